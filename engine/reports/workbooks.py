"""Excel files: the entry sheet as a template to fill in and bring back, and tables to take away.

What is written as text stays text: a name that begins with ``=`` is never a formula in a file of ours, and a formula in
a file that comes in is refused, never computed.
"""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import coordinate_to_tuple, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from engine.assessment import plans
from engine.errors import Invalid, Message
from engine.reports.sheets import Block, EntrySheet, Place

#: A message id -> the text in the reader's language.
Say = Callable[[str], str]

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Row of the column keys that the way back is read by, of the heads above the figures, and of the first unit.
KEYS, HEADS, FIRST = 2, 5, 6
#: The hidden page with what the template held.
BASELINE = "baseline"
#: More rows or columns than any sheet of ours has.
MOST_ROWS, MOST_COLUMNS = 2000, 600
#: More than any template of ours holds, unpacked.
MOST_PARTS, MOST_BYTES, MOST_TEXTS = 100, 1_200_000, 1_000_000
#: Rows of the hidden page; a row may call itself the thousand millionth, and those before it would all be gone through.
MOST_KEPT = 100_000
_GREY = PatternFill("solid", fgColor="ECEFF2")
_ENTRY = PatternFill("solid", fgColor="FFFBE6")
_BOLD = Font(bold=True)
_MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)


class WrongWorkbook(Invalid):
    """{count} cells cannot be taken, the first is {cell}; nothing was entered."""

    code = "wrong_workbook"

    def __init__(self, problems: Sequence["CellProblem"]) -> None:
        self.problems = sorted(problems, key=lambda problem: coordinate_to_tuple(problem.cell))
        super().__init__(count=len(problems), cell=self.problems[0].cell)


class OtherSheet(Invalid):
    """This file is not the template of this sheet; download the template and fill it in."""

    code = "other_sheet"


@dataclass(frozen=True, slots=True)
class CellProblem:
    #: As a spreadsheet names it: ``F12``.
    cell: str
    message: Message


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell that was changed: ``unit/indicator/field``, its text, what it held in the template, and where it stands."""

    key: str
    text: str
    before: str
    cell: str


@dataclass(slots=True)
class FilledIn:
    """What came back in a workbook."""

    typed: list[Typed] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """One page of a workbook: the first row is its head."""

    title: str
    rows: Sequence[Sequence[Any]]


def key_of(sheet: EntrySheet) -> str:
    """What tells a template apart from that of another round or unit."""
    return f"{plans.chain_of(sheet.cycle)}/{sheet.round.key}/{sheet.unit}"


def template(sheet: EntrySheet, title: str, say: Say) -> bytes:
    """The entry sheet as a workbook, with what is entered already."""
    book = Workbook()
    page = _first(book, say("Entry sheet"))
    _put(page.cell(1, 1), key_of(sheet))
    _put(page.cell(1, 2), title)
    page.cell(1, 2).font = _BOLD
    page.row_dimensions[KEYS].hidden = True
    for column, head in enumerate((say("Code"), say("Unit")), start=1):
        _head(page.cell(HEADS, column), head)
    codes = [unit.code for unit in sheet.units]
    for row, unit in enumerate(sheet.units, start=FIRST):
        _put(page.cell(row, 1), unit.code)
        _put(page.cell(row, 2), unit.name)
    column = 3
    for block in sheet.blocks:
        column = _write_block(page, column, block, codes, say)
    page.freeze_panes = f"C{FIRST}"
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 10, 18
    _write_baseline(book.create_sheet(BASELINE), sheet)
    return _bytes(book)


def filled_in(sheet: EntrySheet, stream: IO[bytes], say: Say) -> FilledIn:
    """What was changed in the sheet's own cells since the template was made, and every cell that cannot be read.

    Empty cells are left out: they change nothing. Raises ``OtherSheet`` for any other workbook.
    """
    rows, baseline = _read(stream)
    if not rows or _text(rows[0][0]) != key_of(sheet):
        raise OtherSheet
    keys = {cell.column: _text(cell) for cell in rows[KEYS - 1] if _text(cell)}
    known = {unit.code for unit in sheet.units}
    found = FilledIn()
    for row in rows[FIRST - 1 :]:
        unit = _text(row[0])
        inputs = [cell for cell in row if cell.column in keys and cell.value not in (None, "")]
        if inputs and unit not in known:
            found.problems.append(CellProblem(f"A{inputs[0].row}", Message("There is no unit {code}.", {"code": unit})))
            continue
        for cell in inputs:
            _take(sheet, f"{unit}/{keys[cell.column]}", cell, say, baseline, found)
    return found


def workbook(tables: Iterable[Table]) -> bytes:
    """Tables as the pages of one workbook."""
    book = Workbook()
    book.remove(_first(book, "-"))
    for table in tables:
        page = book.create_sheet(_title(table.title))
        for number, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row, start=1):
                _put(page.cell(number, column), value)
                if number == 1:
                    _head(page.cell(1, column), value)
        page.freeze_panes = "A2"
        _fit(page)
    return _bytes(book)


def _write_block(page: Worksheet, column: int, block: Block, units: Sequence[str], say: Say) -> int:
    """Write an indicator's columns from ``column`` on; returns the first column after them."""
    heads = [(say("Last round"), ""), (say("Target"), ""), (say("Reported value"), "reported")]
    heads.append((say("Verified value, if different"), "verified"))
    if block.superior:
        heads.append((say("The superior's figure"), "superior"))
    if block.detail:
        heads.append((say("Details"), "detail"))
    used = block.indicator
    _put(page.cell(3, column), used.code)
    _put(page.cell(4, column), f"{used.name}（{used.indicator.unit_of_measure}） {block.as_of.isoformat()}")
    for row in (3, 4):
        page.merge_cells(start_row=row, start_column=column, end_row=row, end_column=column + len(heads) - 1)
        page.cell(row, column).alignment, page.cell(row, column).font = _MIDDLE, _BOLD
    for offset, (head, named) in enumerate(heads):
        _head(page.cell(HEADS, column + offset), head)
        if named:
            _put(page.cell(KEYS, column + offset), f"{used.code}/{named}")
        page.column_dimensions[get_column_letter(column + offset)].width = 26 if named == "detail" else 13
        for row, code in enumerate(units, start=FIRST):
            _write_place(page.cell(row, column + offset), block.places.get(code), offset, named, say)
    return column + len(heads)


def _write_place(cell: Any, place: Place | None, offset: int, named: str, say: Say) -> None:
    if place is None or place.exempt:
        _put(cell, say("Exempt"))
        cell.fill = _GREY
    elif named == "detail":
        _put(cell, place.detail)
        cell.fill = _ENTRY
    elif named:
        text = str(getattr(place, named))
        _put(cell, Decimal(text) if text else None)
        cell.fill = _ENTRY
    else:
        _put(cell, place.last if offset == 0 else place.target)


def _take(sheet: EntrySheet, key: str, cell: Cell, say: Say, baseline: Mapping[str, str], found: FilledIn) -> None:
    unit, code, _field = key.split("/")
    block = sheet.block(code)
    place = block.places.get(unit) if block else None
    if (place is None or place.exempt) and _text(cell) == say("Exempt"):
        return
    if block is None or place is None or place.exempt:
        found.problems.append(CellProblem(cell.coordinate, Message("The unit is exempt from this indicator.")))
    elif cell.data_type == "f":
        found.problems.append(CellProblem(cell.coordinate, Message("A formula is not taken; paste its value.")))
    elif isinstance(cell.value, bool) or not isinstance(cell.value, int | float | str):
        found.problems.append(CellProblem(cell.coordinate, Message("Expected a number.")))
    elif not same(_text(cell), baseline.get(key, "")):
        found.typed.append(Typed(key, _text(cell), baseline.get(key, ""), cell.coordinate))


def same(one: str, other: str) -> bool:
    """Whether two cells say the same: 4.50 and 4.5 do."""
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _text(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, float):
        # The 15 digits a spreadsheet shows: 4.1 is stored as 4.0999999999999996.
        return format(Decimal(f"{value:.15g}"), "f")
    return "" if value is None else str(value).strip()


def _write_baseline(page: Worksheet, sheet: EntrySheet) -> None:
    """What each cell held when the template was made, so that on the way back only changes count."""
    page.sheet_state = "hidden"
    row = 0
    for block in sheet.blocks:
        for place in block.places.values():
            for name in ("reported", "verified", "superior", "detail"):
                if getattr(place, name):
                    row += 1
                    _put(page.cell(row, 1), f"{place.unit}/{block.indicator.code}/{name}")
                    _put(page.cell(row, 2), str(getattr(place, name)))


def _read(stream: IO[bytes]) -> tuple[list[tuple[Cell, ...]], dict[str, str]]:
    """The cells of the first page and what they held before; read as a stream, so that a page of a million rows costs nothing."""
    try:
        _refuse_swollen(stream)
        book = load_workbook(stream, read_only=True, data_only=False)
        rows = list(_dense(book.worksheets[0].iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS)))
        kept = (
            book[BASELINE].iter_rows(max_row=MOST_KEPT, max_col=2, values_only=True)
            if BASELINE in book.sheetnames
            else ()
        )
        return rows, {str(pair[0]): str(pair[1]) for pair in kept if len(pair) == 2 and pair[0]}
    except Exception as error:
        # A damaged file fails somewhere inside the reader, with whatever exception lies there.
        raise OtherSheet from error


def _refuse_swollen(stream: IO[bytes]) -> None:
    """A small file may say that it holds gigabytes; what it says it holds is all that is ever unpacked of it."""
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
    texts = [part.file_size for part in parts if part.filename.endswith("sharedStrings.xml")]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES or sum(texts) > MOST_TEXTS:
        raise OtherSheet
    stream.seek(0)


def _dense(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Rows of cells that exist; the reader stands empty places in with cells that know no column."""
    for row in rows:
        known = tuple(cell for cell in row if getattr(cell, "coordinate", None) and cell.value is not None)
        if known and known[0].column == 1:
            yield known
        else:
            yield (_Nothing(), *known)


class _Nothing:
    """The empty first cell of a row."""

    value, column, coordinate, data_type = None, 1, "A", "n"


def _put(cell: Any, value: Any) -> None:
    """Write a value; text is written as text whatever it begins with."""
    if isinstance(value, date):
        value = value.isoformat()
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@", "\t", "\r")


def _head(cell: Any, value: Any) -> None:
    _put(cell, value)
    cell.font, cell.alignment, cell.fill = _BOLD, _MIDDLE, _GREY


def _fit(page: Worksheet) -> None:
    widths: Mapping[int, int] = {
        column: max((len(str(cell.value or "")) for cell in cells), default=0)
        for column, cells in enumerate(page.iter_cols(), start=1)
    }
    for column, width in widths.items():
        page.column_dimensions[get_column_letter(column)].width = min(max(8, int(width * 1.6) + 2), 48)


def _first(book: Workbook, title: str) -> Worksheet:
    page = book.worksheets[0]
    page.title = _title(title)
    return page


def _title(text: str) -> str:
    """A page's name as Excel allows it."""
    return "".join(letter for letter in text if letter not in "[]:*?/\\")[:31] or "-"


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
