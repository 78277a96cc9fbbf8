"""Weak points, courses over years, spread of scores, time of steps and burden, against figures worked out by hand."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.access import NotYours
from engine.assessment import indicators, loop, plans, results, snapshots
from engine.assessment.rectification import Item
from engine.reports import analysis, board, result_tables, steps
from tests.assessment.town import Town, delivered, ended, moment, remember
from tests.assessment.years import begun, settle_year


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The annual figures are frozen and added up."""
    with begun(tmp_path) as made:
        made.now = moment("2027-01-29 10:00")
        settle_year(made)
        with made.by() as ctx:
            results.propose(ctx, made.cycle(ctx))
        yield made


def spreads(town: Town) -> dict[str, analysis.Spread]:
    with town.by("lead1", reading=True) as ctx:
        return {each.indicator.code: each for each in analysis.spreads(ctx, town.cycle(ctx))}


@pytest.mark.requirement("K1")
def test_how_well_an_indicator_tells_units_apart(town: Town) -> None:
    roads = spreads(town)["E13"]
    # 100 99.6 99.1 93.9 94.7 93.6: one of six has full marks; the mean is 96.82, the deviation about it 2.78.
    assert (roads.n, roads.full, roads.mean, roads.distinct) == (6, Decimal("0.1667"), Decimal("96.82"), 6)
    assert roads.deviation == Decimal("2.78")
    assert not roads.is_flat and not roads.is_mostly_full


@pytest.mark.requirement("K1")
@pytest.mark.planted(24)
def test_an_indicator_on_which_all_are_alike_or_nearly_all_full_is_flagged(tmp_path: Path) -> None:
    units = ("A01", "A02", "A03", "A04", "A05", "A06")
    changed = {("E13", unit): "250" for unit in units} | {("E14", unit): "250" for unit in units[:5]}
    with begun(tmp_path) as made:
        settle_year(made, changed | {("E14", "A06"): "10"})
        found = spreads(made)
    assert found["E13"].is_flat and found["E13"].is_mostly_full and found["E13"].deviation == 0
    assert not found["E14"].is_flat and found["E14"].is_mostly_full


@pytest.mark.requirement("K1")
def test_the_weak_points_of_a_team_are_what_cost_it_most_against_its_group(town: Town) -> None:
    with town.by("lead1", reading=True) as ctx:
        explained = result_tables.explanation(ctx, town.cycle(ctx), "A06")
        chapters, parts = analysis.weak_points(explained)
        mean = {
            part.indicator.code: part.statistics.mean for c in explained.chapters for part in c.parts if part.statistics
        }
    by_code = {each.code: each for each in parts}
    # S07 of weight 22 has 67.5: 32.5 points short of full are 7.15 of the total.
    assert parts[0].code == "S07" and chapters[0].name == "社会治理"
    assert by_code["S07"].lost == Decimal("7.15")
    assert by_code["S07"].behind == ((mean["S07"] or Decimal(0)) - Decimal("67.5")) * Decimal("0.22")
    assert all(each.behind > 0 for each in parts)


def test_before_anything_is_frozen_there_is_no_spread_and_a_unit_reads_none(tmp_path: Path) -> None:
    with begun(tmp_path) as made:
        assert spreads(made) == {}
        with made.refusal(NotYours, "a01_leader") as ctx:
            analysis.spreads(ctx, made.cycle(ctx))


@pytest.mark.requirement("K2")
def test_the_course_of_a_team_over_three_years_is_the_ledgers(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        for year, roads, power in ((2024, "100", "80"), (2025, "150", "100")):
            # Long before the years of the city's files.
            remember(ctx, cycle, {("E13", "A01"): roads, ("H01", "A01"): power}, date(year - 10, 12, 31))
    with town.by("lead1", reading=True) as ctx:
        cycle = town.cycle(ctx)
        team = analysis.team(ctx, cycle, "A01")
        frozen = snapshots.latest(ctx, plans.annual_round(ctx, cycle))
        used = indicators.find(ctx, cycle, "E13")
        row = snapshots.row(ctx, frozen, used.id, "A01")
    course = {each.indicator.code: each for each in team.courses}
    assert row is not None and course["E13"].figures[date(2026, 12, 31)] == row.actual
    assert len(course["E13"].figures) >= 3 and date(2014, 12, 31) in course["E13"].figures
    # 150 against 100 is 150; 100 of something that is better low, against 80, is 80.
    assert course["E13"].index[date(2015, 12, 31)] == 150
    assert course["H01"].index[date(2015, 12, 31)] == 80
    # A range is neither better nor worse for being higher.
    assert course["E34"].index == {}
    assert [(year, result.unit) for year, result in team.results] == [(2026, "A01")]


@pytest.mark.requirement("K2")
def test_a_unit_reads_its_own_course_up_to_what_is_published_and_no_other(town: Town) -> None:
    with town.by("a01_leader", reading=True) as ctx:
        own = analysis.team(ctx, town.cycle(ctx), "A01")
        assert date(2026, 12, 31) not in own.dates and own.results == []
    with town.refusal(NotYours, "a01_leader") as ctx:
        analysis.team(ctx, town.cycle(ctx), "A02")


# ---- a year that was lived


@pytest.fixture
def year() -> Iterator[Town]:
    with ended() as made:
        yield made


@pytest.mark.requirement("K4")
def test_the_time_of_every_step_is_measured(year: Town) -> None:
    with year.by("lead1", reading=True) as ctx:
        found = {(each.process, each.element): each for each in steps.steps(ctx, year.cycle(ctx))}
    receipt = found["warning_notice", "receive_letter"]
    assert receipt.done > 0 and Decimal(0) <= receipt.median <= receipt.longest
    assert all(each.done + each.open > 0 and each.late <= each.done for each in found.values())
    with year.refusal(NotYours, "a01_clerk") as ctx:
        steps.steps(ctx, year.cycle(ctx))


@pytest.mark.requirement("A4")
def test_the_burden_of_a_year_counts_tasks_figures_and_visits(year: Town) -> None:
    with year.by("lead1", reading=True) as ctx:
        found = {each.unit.code: each for each in steps.burdens(ctx, year.cycle(ctx))}
    # D01 answers for five indicators of six units in three rounds; E30 and the like have no exempt unit.
    assert found["D01"].cells == 5 * 6 * 3
    # D35: J01 in six units, J02 in five.
    assert found["D35"].cells == 11 * 3
    assert found["A04"].tasks > found["A01"].tasks > 0 and found["A04"].cells == 0
    with year.by("a04_clerk", reading=True) as ctx:
        assert [each.unit.code for each in steps.burdens(ctx, year.cycle(ctx))] == ["A04"]


@pytest.mark.requirement("H6", "F1")
def test_with_the_published_result_each_unit_has_its_feedback_and_the_year_is_kept(year: Town) -> None:
    with year.by("a03_leader", reading=True) as ctx:
        cycle = year.cycle(ctx)
        kept = results.of_cycle(ctx, cycle)
        explained = result_tables.explanation(ctx, cycle, "A03")
        assert cycle.status == "archived" and all(each.published_at and each.grade for each in kept)
    told = [part.statistics for chapter in explained.chapters for part in chapter.parts]
    assert len(told) == 12 and all(each is not None and each.top and each.bottom for each in told)
    (published,) = year.acts("results.publish")
    (archived,) = year.acts("cycle.archive")
    assert published is not None and archived is not None


# ---- in the middle of a year


@pytest.mark.requirement("C5")
def test_the_boards_numbers_are_those_of_the_letters_and_of_the_ledger() -> None:
    """April's warnings, all delivered: one, two, five, seven, eight and six matters are open; four of A04 to A06 are red."""
    with delivered() as town, town.by("lead1", reading=True) as ctx:
        cycle = town.cycle(ctx)
        told = board.board(ctx, cycle, board.Asked(main=False))
        cells = Counter(cell.says for block in told.blocks for _, row in block.rows for cell in row)
        (mending,) = [line for line in told.stages if line.stage == loop.Stage.RECTIFICATION]
        opened = Counter(item.unit for item in ctx.session.scalars(select(Item)))
    assert opened == {"A01": 1, "A02": 2, "A03": 5, "A04": 7, "A05": 8, "A06": 6}
    assert mending.at_hand == opened.total() == 29
    assert (cells["yellow_warning"], cells["red_warning"]) == (25, 4)
