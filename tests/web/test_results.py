"""The year's result on paper and screen, against the answers of the slow script in ``demo/expected``."""

import io
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from engine.assessment import archives, indicators, readings, results, snapshots
from engine.reports import result_tables
from tests.assessment import years
from tests.assessment.town import Town
from tests.processes.demo_files import SMALL, rows
from tests.web.assessment_fixtures import PAGE, Visit, collecting, ended, shown, visit  # noqa: F401

FEEDBACK = {row["indicator"]: row for row in rows(SMALL, "demo/expected/feedback.csv")}
RESULTS = {row["unit"]: row for row in rows(SMALL, "demo/expected/results.csv")}


@pytest.fixture
def checking(collecting: Town) -> Iterator[Town]:
    """The annual figures are frozen, nothing is added up."""
    years.settle_year(collecting)
    yield collecting


def test_the_totals_and_ranks_are_those_of_the_slow_script(ended: Town, visit: Visit) -> None:
    page = shown(visit(ended, "lead1"), "/results")
    lines = re.findall(r'<tr data-row><td class="num">(\d+)</td>.*?/results/(\w+)".*?<b title="([\d.]+)"', page, re.S)
    assert {unit: (int(rank), Decimal(total)) for rank, unit, total in lines} == {
        unit: (int(row["rank"]), Decimal(row["score"])) for unit, row in RESULTS.items()
    }


def test_what_a_unit_is_told_of_each_indicator_is_what_the_slow_script_says(ended: Town) -> None:
    with ended.by("a03_clerk", reading=True) as ctx:
        found = result_tables.explanation(ctx, ended.cycle(ctx), "A03")
    told = {part.indicator.code: part for chapter in found.chapters for part in chapter.parts}
    for code, row in FEEDBACK.items():
        known = told[code].statistics
        assert known is not None
        assert (known.n, known.highest, known.lowest, known.mean) == (
            int(row["n"]),
            Decimal(row["max"]),
            Decimal(row["min"]),
            Decimal(row["mean"]),
        ), code
        assert set(known.top) == set(row["top"].split(";")) and set(known.bottom) == set(row["bottom"].split(";")), code


def test_the_first_and_last_of_an_indicator_are_named_not_coded(ended: Town, visit: Visit) -> None:
    page = shown(visit(ended, "a03_clerk"), "/results/A03")
    names = {row["code"]: row["name"] for row in rows(SMALL, "demo/units.csv")}
    for code, row in FEEDBACK.items():
        line = page[page.index(f'<tr id="{code}"') :].split("</tr>")[0]
        for head, units in (("前三名", row["top"]), ("后三名", row["bottom"])):
            said = line.split(f'data-label="{head}">')[1].split("<")[0]
            assert set(said.split("、")) == {names[unit] for unit in units.split(";")}, code


def test_the_parts_of_a_total_sum_to_it_exactly(ended: Town) -> None:
    for unit, row in RESULTS.items():
        with ended.by("lead1", reading=True) as ctx:
            found = result_tables.explanation(ctx, ended.cycle(ctx), unit)
        assert found.contribution == Decimal(row["score"]), unit
        assert sum(chapter.weight for chapter in found.chapters) == 100, unit


def test_the_weight_of_an_exempt_indicator_is_spread_within_its_category_and_marked(ended: Town) -> None:
    with ended.by("lead1", reading=True) as ctx:
        units = set(RESULTS)
        explained = {unit: result_tables.explanation(ctx, ended.cycle(ctx), unit) for unit in units}
    spread = {
        unit: [part for chapter in found.chapters for part in chapter.parts if part.respread]
        for unit, found in explained.items()
    }
    # J02 is assessed in five units of six; in the sixth J01 carries the whole 15 of its category.
    ((unit, parts),) = [(unit, parts) for unit, parts in spread.items() if parts]
    assert [(part.indicator.code, part.nominal, part.weight) for part in parts] == [
        ("J01", Decimal("7.5"), Decimal("15"))
    ], unit


def test_a_unit_reads_its_own_result_and_no_other(ended: Town, visit: Visit) -> None:
    clerk = visit(ended, "a03_clerk")
    assert clerk.get("/results").location == "/results/A03"
    own = shown(clerk, "/results/A03")
    assert "组内名次" in own and "后三名" in own
    for path in ("/results/A01", "/results/A01/print", "/results/print"):
        shown(clerk, path, 403)


def test_while_units_check_they_see_scores_and_nothing_to_compare_with(checking: Town, visit: Visit) -> None:
    page = shown(visit(checking, "a03_clerk"), "/results/A03")
    assert "冻结供核对" in page and "客观分" not in page and "后三名" not in page and "A01" not in page
    assert "后三名" in shown(visit(checking, "lead1"), "/results/A03")


def test_in_publicity_a_unit_sees_its_rank_and_nobody_is_named(checking: Town, visit: Visit) -> None:
    with checking.by() as ctx:
        cycle = checking.cycle(ctx)
        results.propose(ctx, cycle)
    assert "组内名次" not in shown(visit(checking, "a03_clerk"), "/results/A03")
    with checking.by() as ctx:
        archives.review(ctx, checking.cycle(ctx), reviewed=True)
        results.decide(ctx, checking.cycle(ctx))
    page = shown(visit(checking, "a03_clerk"), "/results/A03")
    assert "组内名次" in page and "A01" not in page.split("经济发展")[1]


def test_before_the_figures_are_frozen_there_is_nothing_to_read(collecting: Town, visit: Visit) -> None:
    assert "暂无可查看的结果" in shown(visit(collecting, "a03_clerk"), "/results")
    assert "尚未汇总" in shown(visit(collecting, "lead1"), "/results")
    shown(visit(collecting, "a03_clerk"), "/results/A03", 404)


def test_the_paper_names_total_place_and_grade_and_has_a_place_for_the_seal(ended: Town, visit: Visit) -> None:
    page = shown(visit(ended, "a03_leader"), "/results/A03/print")
    assert 'class="paper"' in page and 'data-seal="印章"' in page and "点对点" in page
    assert f"列第 {RESULTS['A03']['rank']} 名" in page


def test_the_workbook_of_the_lead_holds_every_total(ended: Town, visit: Visit) -> None:
    book = load_workbook(io.BytesIO(visit(ended, "lead1").get("/results.xlsx").data))
    assert book.sheetnames == ["总分", "得分", "情况反馈"]
    totals = {row[2]: Decimal(str(row[3])) for row in book["总分"].iter_rows(min_row=2, values_only=True)}
    for unit, row in RESULTS.items():
        assert abs(totals[f"{unit}区"] - Decimal(row["score"])) < Decimal("1e-9"), unit
    assert book["得分"].max_row == 13 and book["情况反馈"].max_row == 13


def test_the_workbook_of_a_unit_holds_its_own_scores_only(ended: Town, visit: Visit) -> None:
    book = load_workbook(io.BytesIO(visit(ended, "a03_clerk").get("/results.xlsx").data))
    assert book.sheetnames == ["A03区"]
    assert visit(ended, "d01_clerk").get("/results.xlsx", headers=PAGE).status_code == 403


def test_a_text_that_begins_like_a_formula_stays_a_text(ended: Town, visit: Visit) -> None:
    with ended.by() as ctx:
        # The result names an indicator as it was named when the figures were frozen.
        kept = snapshots.rules_of(ctx, snapshots.latest(ctx, ended.round(ctx, "annual")))
        kept[indicators.find(ctx, ended.cycle(ctx), "E13").id].name = '=HYPERLINK("http://x","y")'
    book = load_workbook(io.BytesIO(visit(ended, "a03_clerk").get("/results.xlsx").data))
    cell = next(each for row in book.active.iter_rows() for each in row if str(each.value).startswith("=HYPERLINK"))
    assert cell.data_type == "s"


def test_judged_and_measured_parts_stand_apart(ended: Town, visit: Visit) -> None:
    with ended.by() as ctx:
        for each in ctx.session.scalars(select(results.Result)):
            number = int(each.unit[2:])
            each.objective, each.subjective = Decimal(90 - number), Decimal(number)
    page = shown(visit(ended, "lead1"), "/results")
    # A01 is measured best and judged last of six, A06 the other way round: five places apart.
    assert page.count("差距大") == 2


def test_a_revision_that_counts_replaces_what_was_frozen_before(checking: Town) -> None:
    with checking.by("d25_leader") as ctx:
        cycle, annual = checking.cycle(ctx), checking.round(ctx, "annual")
        readings.correct(ctx, cycle, annual, indicators.find(ctx, cycle, "H05"), "A03", Decimal("91.5"), "d25_clerk")
        snapshots.freeze(ctx, cycle, annual, "H05 更正")
    with checking.by("a03_clerk", reading=True) as ctx:
        found = result_tables.explanation(ctx, checking.cycle(ctx), "A03")
    assert found.snapshot.revision == 2
    shown_figures = {part.indicator.code: part.row.actual for chapter in found.chapters for part in chapter.parts}
    assert shown_figures["H05"] == Decimal("91.5")
