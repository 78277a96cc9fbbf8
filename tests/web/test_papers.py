"""Papers to take away: the same words as on the page, as PDF and as Word, to whoever may read the page."""

import io
import re
from collections.abc import Callable

import pytest
from docx import Document
from docx.table import Table as WordTable
from pypdf import PdfReader
from sqlalchemy import select

from engine.assessment import indicators, plans, results
from engine.assessment.letters import Letter
from engine.db import Database, transaction
from tests.assessment.town import Town
from tests.web.assessment_fixtures import Visit, ended, visit  # noqa: F401
from tests.web.browsing import Browser
from web.papers import blocks, pdf
from web.papers.blocks import Grid, Words

As = Callable[[str], Browser]


def codes(city: Database) -> list[str]:
    """The codes of the year's indicators in the order of the booklet."""
    with transaction(city, reading=True) as ctx:
        return [each.code for each in indicators.of_cycle(ctx, plans.find(ctx, "county_leadership"))]


def text_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def text_of_word(content: bytes) -> str:
    """Paragraphs and cells in their order."""
    found: list[str] = []
    for each in Document(io.BytesIO(content)).iter_inner_content():
        rows = each.rows if isinstance(each, WordTable) else ()
        found += [cell.text for row in rows for cell in row.cells] if rows else [getattr(each, "text", "")]
    return "\n".join(found)


def listed(text: str, known: list[str]) -> list[str]:
    """The codes that begin a cell or a line, in the order they stand."""
    return re.findall(rf"(?m)(?:^|\s)({'|'.join(known)})\s", text)


@pytest.mark.requirement("B6")
@pytest.mark.parametrize(("kind", "read"), [("pdf", text_of_pdf), ("docx", text_of_word)])
def test_the_booklet_lists_every_indicator_once_and_in_order(
    city: Database, as_: As, kind: str, read: Callable[[bytes], str]
) -> None:
    answer = as_("d01_clerk").get(f"/indicators/booklet?as={kind}")
    assert answer.status_code == 200
    assert f"2026-booklet.{kind}" in answer.headers["Content-Disposition"]
    text = read(answer.data)
    assert listed(text, codes(city)) == codes(city)
    assert "2026" in text and "计分" in text


@pytest.mark.requirement("K3", "F2")
def test_the_result_and_the_advice_are_taken_away_in_both_kinds(ended: Town, visit: Visit) -> None:
    own, lead = visit(ended, "a03_clerk"), visit(ended, "lead1")
    with ended.by("a03_clerk", reading=True) as ctx:
        (result,) = [each for each in results.of_cycle(ctx, ended.cycle(ctx)) if each.unit == "A03"]
        known = [each.code for each in indicators.of_cycle(ctx, ended.cycle(ctx)) if each.weight("A")]
    total = f"{result.total:.4f}"
    for kind, read in (("pdf", text_of_pdf), ("docx", text_of_word)):
        told = read(own.get(f"/results/A03/print?as={kind}").data)
        assert total in told and sorted(listed(told, known)) == sorted(known)
        assert own.get(f"/results/A04/print?as={kind}").status_code in (403, 404)
        assert "短板" in read(lead.get(f"/analysis/advice?as={kind}").data)
        assert own.get(f"/analysis/advice?as={kind}").status_code in (403, 404)


def test_a_pdf_is_on_a4_with_a_number_on_every_page(as_: As) -> None:
    read = PdfReader(io.BytesIO(as_("lead1").get("/indicators/booklet?as=pdf").data))
    assert [round(float(side) / 72 * 25.4) for side in read.pages[0].mediabox[2:]] == [210, 297]
    for number, page in enumerate(read.pages, 1):
        assert f"— {number} —" in page.extract_text()


def test_a_letter_is_taken_away_by_its_addressee_and_by_no_other_unit(city: Database, as_: As) -> None:
    with transaction(city, reading=True) as ctx:
        sent = ctx.session.scalars(select(Letter).where(Letter.unit == "A04").order_by(Letter.id)).first()
        assert sent is not None and sent.label
        number, label = sent.id, sent.label
    taken = as_("a04_clerk").get(f"/letters/{number}?as=docx")
    assert taken.status_code == 200
    text = text_of_word(taken.data)
    assert label in text and "：" in text
    assert as_("a05_clerk").get(f"/letters/{number}?as=docx").status_code == 404


def test_a_paper_is_to_be_had_as_pdf_or_word_alone(as_: As) -> None:
    assert as_("lead1").get("/indicators/booklet?as=exe").status_code == 422


def test_a_server_without_pango_says_so_with_the_cure(as_: As, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "raise OSError('cannot load library pango-1.0')"
    monkeypatch.setattr(pdf, "_COMMAND", [pdf.sys.executable, "-c", told])
    answer = as_("lead1").get("/indicators/booklet?as=pdf")
    assert answer.status_code == 409
    assert "libpango" in answer.get_data(as_text=True)


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_COMMAND", [pdf.sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(pdf, "LONGEST", 0.2)
    with pytest.raises(pdf.PdfFailed):
        pdf.printed('<article class="paper"></article>', "x")


ARTICLE = """<article class="paper"><div class="paper-sender">市委组织部</div>
<h1 class="paper-title">关于<br>通知</h1><p>第一段 <b>要点</b>，完。</p><p class="no-print">不印 <span>也不印</span></p>
<table><thead><tr><th>指标</th><th>值</th></tr></thead><tbody><tr><td>E13 甲</td><td class="num">=1+1</td></tr>
<tr><td colspan="2">合计</td></tr></tbody></table><p></p>
<div class="paper-seal" data-seal="章"><span>组织部</span><span>2026年9月15日</span></div></article>"""


def test_paragraphs_and_tables_are_read_in_their_order_and_what_is_not_printed_is_left_out() -> None:
    found = blocks.blocks(ARTICLE)
    assert [each.kind if isinstance(each, Words) else "grid" for each in found] == [
        *("sender", "title", "text", "grid", "seal", "seal")
    ]
    assert [each.text for each in found if isinstance(each, Words)] == [
        *("市委组织部", "关于\n通知", "第一段 要点，完。", "组织部", "2026年9月15日")
    ]
    assert [run for run in found[2].runs if run[1]] == [("要点", True)] if isinstance(found[2], Words) else False
    grid = found[3]
    assert isinstance(grid, Grid) and grid.heads == 1
    assert [[(cell.text, cell.kind, cell.span) for cell in row] for row in grid.rows] == [
        [("指标", "th", 1), ("值", "th", 1)],
        [("E13 甲", "td", 1), ("=1+1", "num", 1)],
        [("合计", "td", 2)],
    ]
