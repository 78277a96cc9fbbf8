"""Changed definitions, and the superior's figure beside ours: what counts is named, what does not is kept."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import indicators, readings, series, snapshots, targets
from engine.assessment.hands import OwnWork
from engine.assessment.indicators import Counting
from engine.assessment.readings import Entry
from engine.assessment.series import BreakConfirmed, PublishedBefore
from engine.db import Context
from engine.errors import Invalid
from engine.reports import analysis
from tests.assessment.town import Town, april, remember
from tests.assessment.years import appoint, collecting, enter

PAPER = "统计局〔2026〕2号"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The sheets of April are open and empty; D01 answers for E13, which the superior measures too."""
    with collecting(tmp_path) as made:
        yield made


@pytest.fixture
def published() -> Iterator[Town]:
    with april() as made:
        yield made


def record(town: Town, begins: date, account: str = "d01_clerk", **bases: str) -> int:
    restated = {unit: Decimal(base) for unit, base in bases.items()}
    with town.by(account) as ctx:
        return series.record(ctx, town.cycle(ctx), "E13", begins, "含农户投资", PAPER, restated).id


def confirm(town: Town, key: int, account: str = "lead1") -> None:
    with town.by(account) as ctx:
        series.confirm(ctx, town.cycle(ctx), "E13", key)


def base(ctx: Context, town: Town, unit: str) -> Decimal | None:
    return targets.of_indicator(ctx, indicators.find(ctx, town.cycle(ctx), "E13").id)[unit].base


def test_a_confirmed_definition_restates_the_base_and_keeps_the_original(town: Town) -> None:
    with town.by(reading=True) as ctx:
        original = base(ctx, town, "A01")
    key = record(town, date(2026, 3, 31), A01="175.5")
    with town.by(reading=True) as ctx:
        assert base(ctx, town, "A01") == original
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        assert series.days(series.breaks(ctx, used)) == []
    confirm(town, key)
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        (found,) = series.breaks(ctx, used)
        assert found.bases == {"A01": {"original": None if original is None else str(original), "restated": "175.5"}}
        assert base(ctx, town, "A01") == Decimal("175.5")
        assert series.days([found]) == [date(2026, 3, 31)]
    assert town.told("a01_leader", "series.broken") == ["series.broken"]


def test_what_is_published_keeps_its_definition_and_its_base(published: Town) -> None:
    with published.refusal(PublishedBefore, "d01_clerk") as ctx:
        series.record(ctx, published.cycle(ctx), "E13", date(2026, 3, 31), "含农户投资", PAPER, {})
    with published.by(reading=True) as ctx:
        before = base(ctx, published, "A01")
    confirm(published, record(published, date(2026, 4, 1), A01="175.5"))
    with published.by() as ctx:
        corrected = snapshots.freeze(ctx, published.cycle(ctx), published.round(ctx), "更正")
        used = indicators.find(ctx, published.cycle(ctx), "E13")
        row = snapshots.row(ctx, corrected, used.id, "A01")
        assert row is not None and row.base == before != Decimal("175.5")


def test_who_recorded_a_definition_does_not_confirm_it_and_nobody_else_does_either(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "d01_clerk", "lead", "ORG")
    key = record(town, date(2026, 4, 1))
    for account, error in (("d01_clerk", OwnWork), ("d01_leader", NotYours)):
        with town.refusal(error, account) as ctx:
            series.confirm(ctx, town.cycle(ctx), "E13", key)
    confirm(town, key)
    with town.refusal(BreakConfirmed, "lead2") as ctx:
        series.confirm(ctx, town.cycle(ctx), "E13", key)


def test_only_the_answering_unit_records_and_says_what_it_rests_on(town: Town) -> None:
    with town.refusal(NotYours, "d25_clerk") as ctx:
        series.record(ctx, town.cycle(ctx), "E13", date(2026, 4, 1), "含农户投资", PAPER, {})
    for definition, paper in ((" ", PAPER), ("含农户投资", " ")):
        with town.refusal(Invalid, "d01_clerk") as ctx:
            series.record(ctx, town.cycle(ctx), "E13", date(2026, 4, 1), definition, paper, {})
    with town.refusal(Invalid, "d01_clerk") as ctx:
        series.record(ctx, town.cycle(ctx), "E13", date(2026, 4, 1), "含农户投资", PAPER, {"D25": Decimal(1)})


def counts(town: Town, counting: Counting) -> None:
    with town.by() as ctx:
        indicators.find(ctx, town.cycle(ctx), "E13").counting = counting


def put(town: Town, reported: str, superior: str | None, verified: str | None = None) -> readings.Reading:
    with town.by("d01_clerk") as ctx:
        entry = Entry("A01", "E13", reported, verified, superior=superior)
        return readings.enter(ctx, town.cycle(ctx), town.round(ctx), "D01", [entry])[0]


def frozen(town: Town) -> snapshots.SnapshotRow:
    """What April freezes of A01 on E13 once D01 has signed."""
    with town.by("d01_clerk") as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D01", None)
    with town.by("d01_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D01", "signed", None)
    with town.by() as ctx:
        snapshot = snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx))
        found = snapshots.row(ctx, snapshot, indicators.find(ctx, town.cycle(ctx), "E13").id, "A01")
        assert found is not None
        return found


def test_where_ours_counts_the_superiors_figure_is_kept_beside_it(town: Town) -> None:
    put(town, "50", "47.5")
    row = frozen(town)
    assert (row.actual, row.detail) == (Decimal("50"), {"other": "47.5"})


def test_where_the_superiors_counts_ours_is_kept_beside_it(town: Town) -> None:
    counts(town, Counting.SUPERIOR)
    kept = put(town, "50", "47.5", verified="49")
    assert (kept.reported, kept.verified, kept.superior) == (Decimal("50"), Decimal("47.5"), Decimal("47.5"))
    row = frozen(town)
    assert (row.actual, row.detail) == (Decimal("47.5"), {"other": "50"})


def test_where_the_superiors_counts_and_is_not_there_yet_the_figure_is_missing(town: Town) -> None:
    counts(town, Counting.SUPERIOR)
    put(town, "50", "")
    row = frozen(town)
    assert (row.state, row.actual) == (snapshots.State.MISSING, None)


def test_a_figure_entered_without_a_word_on_the_superiors_leaves_it(town: Town) -> None:
    put(town, "50", "47.5")
    assert put(town, "51", None).superior == Decimal("47.5")
    assert put(town, "51", "").superior is None


def test_a_figure_of_the_superior_that_is_no_number_is_refused_with_its_cell(town: Town) -> None:
    with pytest.raises(readings.WrongCells) as refused:
        put(town, "50", "四十七")
    assert set(refused.value.fields) == {"A01/E13"}


def data_unit(town: Town) -> None:
    """D09 publishes the figures of H05, for which D25 answers."""
    with town.by() as ctx:
        indicators.find(ctx, town.cycle(ctx), "H05").data_unit = "D09"


def test_a_data_unit_enters_its_figures_and_the_answering_unit_hands_in_and_signs(town: Town) -> None:
    data_unit(town)
    enter(town, "D25", {("H05", "A01"): "70"}, by="d09_clerk")
    with town.refusal(NotYours, "d09_clerk") as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D25", None)
    with town.refusal(NotYours, "d09_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D25", "signed", None)
    with town.by("d25_clerk") as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D25", None)
    with town.by("d25_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D25", "signed", None)
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "H05")
        (kept,) = [each for each in readings.history(ctx, used.indicator_id, "A01") if each.as_of.year == 2026]
        assert (kept.entered_by, kept.verified_by) == ("d09_clerk", "d25_leader")


def test_a_data_unit_enters_nothing_else_on_that_sheet_and_nothing_on_others(town: Town) -> None:
    data_unit(town)
    with pytest.raises(readings.WrongCells):
        enter(town, "D25", {("H01", "A01"): "70"}, by="d09_clerk")
    with pytest.raises(NotYours):
        enter(town, "D32", {("S07", "A01"): "90"}, by="d09_clerk")


def test_the_answering_units_leader_who_entered_for_the_data_unit_does_not_sign(town: Town) -> None:
    data_unit(town)
    with town.by() as ctx:
        appoint(ctx, "d25_leader", "clerk", "D09")
    enter(town, "D25", {("H05", "A01"): "70"}, by="d25_leader")
    with town.by("d25_clerk") as ctx:
        readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D25", None)
    with town.refusal(readings.SameHands, "d25_leader") as ctx:
        readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D25", "signed", None)


def test_a_course_over_the_years_is_not_indexed_over_another_definition(town: Town) -> None:
    """E13 has figures of 2024 and 2025; one of 2026 by the new definition is compared with neither."""
    with town.by() as ctx:
        remember(ctx, town.cycle(ctx), {("E13", "A01"): "190", ("E14", "A01"): "90"}, date(2026, 12, 31))
    key = record(town, date(2026, 4, 1))
    for expected in (False, True):
        with town.by("lead1", reading=True) as ctx:
            courses = {each.indicator.code: each for each in analysis.team(ctx, town.cycle(ctx), "A01").courses}
        assert (courses["E13"].index == {}, list(courses["E13"].broken)) == (
            expected,
            [date(2026, 4, 1)] if expected else [],
        )
        assert courses["E14"].index
        if not expected:
            confirm(town, key)
