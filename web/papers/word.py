"""A paper as a Word file: its paragraphs and tables in the type and measures of official papers (GB/T 9704)."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table

from web.papers.blocks import Block, Grid, Words, blocks

BODY, TITLE, HEAD = "仿宋", "方正小标宋简体", "黑体"
RED = RGBColor(0xB3, 0x26, 0x1E)
#: How a kind of paragraph is set: type, size, alignment, indent of the first line in characters.
_SET: dict[str, tuple[str, float, WD_ALIGN_PARAGRAPH, int]] = {
    "sender": (TITLE, 28, WD_ALIGN_PARAGRAPH.CENTER, 0),
    "number": (BODY, 16, WD_ALIGN_PARAGRAPH.CENTER, 0),
    "title": (TITLE, 22, WD_ALIGN_PARAGRAPH.CENTER, 0),
    "head": (HEAD, 16, WD_ALIGN_PARAGRAPH.LEFT, 2),
    "to": (BODY, 16, WD_ALIGN_PARAGRAPH.LEFT, 0),
    "text": (BODY, 16, WD_ALIGN_PARAGRAPH.JUSTIFY, 2),
    "small": (BODY, 12, WD_ALIGN_PARAGRAPH.LEFT, 2),
    "seal": (BODY, 16, WD_ALIGN_PARAGRAPH.RIGHT, 0),
}
_TABLE_SIZE = 10.5
#: Millimetres between the margins; characters that a column gets at least, and at most.
_LINE, _FEWEST, _MOST = 156, 4, 30


def written(article: str, title: str) -> bytes:
    """The Word file of a paper given as its ``<article>``."""
    document = Document()
    _set_page(document, title)
    for block in blocks(article):
        _put(document, block)
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def _set_page(document: Paper, title: str) -> None:
    about = document.core_properties
    about.title, about.author, about.comments = title, "", ""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(37),
        Mm(35),
        Mm(28),
        Mm(26),
    )
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(foot, "— ", BODY, 14)
    _count_pages(_run(foot, "", BODY, 14))
    _run(foot, " —", BODY, 14)


def _put(document: Paper, block: Block) -> None:
    if isinstance(block, Grid):
        _put_table(document, block)
        return
    face, size, alignment, indent = _SET[block.kind]
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    paragraph.paragraph_format.space_after = Pt(16 if block.kind in ("title", "number") else 0)
    paragraph.paragraph_format.space_before = Pt(8 if block.kind == "small" else 0)
    paragraph.paragraph_format.first_line_indent = Pt(size * indent)
    for text, bold in block.runs:
        _run(paragraph, text, face, size, bold=bold, red=block.kind == "sender")


def _put_table(document: Paper, grid: Grid) -> None:
    width = max((sum(cell.span for cell in row) for row in grid.rows), default=0)
    if not width:
        return
    table = document.add_table(rows=len(grid.rows), cols=width)
    table.style, table.autofit = "Table Grid", False
    for number, row in enumerate(grid.rows):
        _fill(table, number, row)
    _repeat(table, grid.heads)
    for column, share in zip(table.columns, _shares(grid, width), strict=True):
        for cell in column.cells:
            cell.width = Mm(_LINE * share)


def _shares(grid: Grid, columns: int) -> list[float]:
    """How the width of a line is shared: by the longest line of each column, none too narrow, none too wide."""
    longest = [_FEWEST] * columns
    for row in grid.rows:
        if len(row) == columns:
            lengths = (max(map(len, cell.text.split("\n"))) for cell in row)
            longest = [max(before, min(length, _MOST)) for before, length in zip(longest, lengths, strict=True)]
    return [each / sum(longest) for each in longest]


def _fill(table: Table, number: int, row: Iterable[Words]) -> None:
    cells, place = table.rows[number].cells, 0
    for each in row:
        cell = cells[place] if each.span == 1 else cells[place].merge(cells[place + each.span - 1])
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if each.kind == "num" else WD_ALIGN_PARAGRAPH.LEFT
        for text, bold in each.runs:
            _run(paragraph, text, HEAD if each.kind == "th" else BODY, _TABLE_SIZE, bold=bold)
        place += each.span


def _repeat(table: Table, heads: int) -> None:
    """The heads stand again on every page, and no row is torn apart."""
    for number, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if number < heads:
            properties.append(OxmlElement("w:tblHeader"))


def _run(paragraph: Any, text: str, face: str, size: float, *, bold: bool = False, red: bool = False) -> Any:
    run = paragraph.add_run(text)
    run.bold, run.font.size, run.font.name = bold or None, Pt(size), face
    # Chinese characters have a type of their own beside that of Latin ones.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    if red:
        run.font.color.rgb = RED
    return run


def _count_pages(run: Any) -> None:
    for element in _page_field():
        run._element.append(element)


def _page_field() -> Iterator[Any]:
    for kind in ("begin", "end"):
        if kind == "end":
            asked = OxmlElement("w:instrText")
            asked.text = "PAGE"
            yield asked
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        yield mark
