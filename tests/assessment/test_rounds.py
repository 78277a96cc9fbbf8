"""A round from its opening to its publication: dates close it, nobody is waited for, who is missing is named."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import workflow
from engine.access import NotYours
from engine.assessment import annual_plan, indicators, plans, readings, rounds, snapshots, warnings
from engine.assessment.rounds import AlreadyOpen, AlreadyPublished, AlreadyStarted
from engine.calendars import end_of
from engine.errors import Invalid
from tests.assessment.town import RESPONSIBLE, WARNED, Town, moment
from tests.assessment.years import acts, begun, collecting, enter


@pytest.fixture
def january(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        yield made


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with collecting(tmp_path) as made:
        yield made


def hand_in(town: Town, unit: str, figures: dict[tuple[str, str], str | None] | None = None) -> None:
    """The unit's clerk and leader do their tasks."""
    enter(town, unit, figures or {})
    town.do(f"{unit.lower()}_clerk", "enter_values", {}, responsible_unit=unit)
    town.do(f"{unit.lower()}_leader", "sign_values", {"verdict": "signed"}, responsible_unit=unit)


def collected(town: Town, *signed: str) -> None:
    """April is over: these units have signed."""
    for unit in signed:
        hand_in(town, unit)
    town.live_to("2026-04-23 00:00")


def check(town: Town, account: str = "lead1", **given: Any) -> None:
    town.do(account, "check_values", {"verdict": "returned", "note": "请复核", **given}, round="april")


def published(town: Town, key: str = "april") -> bool:
    with town.by(reading=True) as ctx:
        return town.round(ctx, key).published_at is not None


# ---- the year and its rounds


def test_the_year_is_started_once_and_by_the_lead(january: Town) -> None:
    with january.by() as ctx:
        following = plans.make_cycle(ctx, "county_leadership", 2027)
        annual_plan.adopt_cycle(ctx, following, "T考领〔2026〕9号")
    for account in ("d01_clerk", "a01_leader", "inspector1"):
        with january.refusal(NotYours, account) as ctx:
            rounds.start_year(ctx, plans.cycle(ctx, following.id))
    with january.by("lead1") as ctx:
        rounds.start_year(ctx, plans.cycle(ctx, following.id))
        assert plans.cycle(ctx, following.id).status == "running"
        given = workflow.variables(ctx, workflow.find(ctx, "county_leadership", "2027"))
        assert [each["key"] for each in given["rounds"]] == ["april", "august"]
        # Five working days after Monday 5 January end with Monday the 12th.
        assert given["confirm_until"] == moment("2026-01-13 00:00")
    with january.refusal(AlreadyStarted, "lead1") as ctx:
        rounds.start_year(ctx, plans.cycle(ctx, following.id))


@pytest.mark.requirement("D1")
def test_each_round_opens_by_itself_on_its_day_and_not_before(january: Town) -> None:
    january.do("lead1", "confirm_plan", {})
    january.live_to("2026-03-31 23:59")
    opened = []
    for text in ("2026-03-31 23:59", "2026-04-01 00:00", "2026-07-31 23:59", "2026-08-01 00:00"):
        january.live_to(text)
        with january.by(reading=True) as ctx:
            planned = plans.rounds(ctx, january.cycle(ctx))
            opened.append([each.key for each in planned if each.opened_at is not None])
    assert opened == [[], ["april"], ["april"], ["april", "august"]]


@pytest.mark.requirement("D1")
def test_a_round_is_collected_from_every_responsible_unit_and_opens_once(town: Town) -> None:
    with town.by(reading=True) as ctx:
        given = workflow.variables(ctx, workflow.find(ctx, "county_leadership", "2026/april"))
    assert given["responsible_units"] == list(RESPONSIBLE)
    assert given["collect_until"] == moment("2026-04-23 00:00")
    assert len(town.tasks("enter_values", round="april")) == 5
    with town.refusal(AlreadyOpen) as ctx:
        rounds.open_round(ctx, town.cycle(ctx), "april")


def test_a_round_that_opens_late_says_so(january: Town) -> None:
    january.now = moment("2026-04-01 01:30")
    with january.by() as ctx:
        rounds.open_round(ctx, january.cycle(ctx), "april")
        assert [each["minutes_late"] for each in acts(ctx, "round.open")] == [90]


def test_the_drafts_go_to_the_assessed_units_and_to_helpers_that_do_not_answer_themselves(january: Town) -> None:
    with january.by() as ctx:
        cycle = january.cycle(ctx)
        assert rounds.opinion_units(ctx, cycle) == [*WARNED]
        indicators.find(ctx, cycle, "E13").data_unit = "D25"
        indicators.find(ctx, cycle, "E14").data_unit = "DCS"
        assert rounds.opinion_units(ctx, cycle) == [*WARNED, "DCS"]


# ---- reminders


def test_who_has_not_signed_is_reminded_and_a_day_before_the_close_its_leader_as_well(town: Town) -> None:
    hand_in(town, "D09")
    enter(town, "D25", {("H01", "A01"): "30"})
    town.do("d25_clerk", "enter_values", {}, responsible_unit="D25")
    town.live_to("2026-04-19 00:00")
    told = {unit: town.told(f"{unit.lower()}_clerk", "readings.remind") for unit in RESPONSIBLE}
    assert told == {unit: [] if unit == "D09" else ["readings.remind"] for unit in RESPONSIBLE}
    assert town.told("d01_leader") == []
    town.live_to("2026-04-21 09:00")
    assert town.told("d01_leader", "readings.escalate") == ["readings.escalate"]
    assert town.told("d01_clerk", "readings.escalate") == ["readings.escalate"]
    assert town.told("d09_leader", "readings.escalate") == []


def test_a_unit_whose_sheet_is_closed_as_late_is_not_reminded_any_more(town: Town) -> None:
    collected(town, "D09", "D25", "D32", "D35")
    check(town, units=["D09"])
    with town.by() as ctx:
        assert rounds.remind(ctx, town.cycle(ctx), town.round(ctx)) == ["D09"]
        assert rounds.escalate(ctx, town.cycle(ctx), town.round(ctx)) == ["D09"]


# ---- closing


@pytest.mark.planted(28)
@pytest.mark.requirement("D1")
def test_a_unit_that_misses_collection_is_named_and_the_round_is_published_on_time(town: Town) -> None:
    hand_in(town, "D09", {("P01", unit): "1500" for unit in WARNED})
    collected(town, "D25", "D32", "D35")
    assert town.told("d01_leader", "readings.late") == ["readings.late"]
    assert town.told("d01_clerk", "readings.late") == ["readings.late"]
    assert town.told("d09_leader", "readings.late") == []
    town.live_to("2026-04-28 10:00")
    check(town, verdict="publish")
    with town.by(reading=True) as ctx:
        round = town.round(ctx)
        frozen = snapshots.latest(ctx, round)
        assert (round.published_at, round.publish_by, frozen.late) == (town.now, date(2026, 4, 30), ["D01"])
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        rows = [each for each in snapshots.rows(ctx, frozen) if each.cycle_indicator_id == used.id]
        assert {(each.state, each.why, each.rank) for each in rows} == {("missing", "missing", None)}
        assert [each for each in warnings.of_round(ctx, round) if each.cycle_indicator_id == used.id] == []


def test_the_close_does_not_wait_for_a_sheet_that_lies_with_the_leader(town: Town) -> None:
    town.do("d32_clerk", "enter_values", {}, responsible_unit="D32")
    collected(town, "D01", "D09", "D25", "D35")
    with town.by(reading=True) as ctx:
        assert readings.late_units(ctx, town.round(ctx)) == ["D32"]
        assert town.round(ctx).closed_at == end_of(date(2026, 4, 22))
    assert town.tasks("sign_values", round="april") == []


def test_a_sheet_that_is_signed_by_all_closes_at_once(town: Town) -> None:
    for unit in RESPONSIBLE:
        hand_in(town, unit)
    with town.by(reading=True) as ctx:
        assert town.round(ctx).closed_at == town.now
    assert len(town.tasks("check_values", round="april")) == 1


# ---- the lead's check


def test_the_lead_returns_a_sheet_which_is_collected_again_until_a_new_date(town: Town) -> None:
    collected(town, *RESPONSIBLE)
    town.live_to("2026-04-23 10:00")
    check(town, units=["D09", "D25"])
    assert town.told("d09_leader", "readings.returned") == ["readings.returned"]
    assert town.told("d01_leader", "readings.returned") == []
    with town.by(reading=True) as ctx:
        round = town.round(ctx)
        # Five working days after Thursday 23 April end with Thursday the 30th.
        assert (round.closed_at, round.collect_until) == (None, date(2026, 4, 30))
        assert [readings.sheet_status(ctx, round, unit) for unit in RESPONSIBLE] == [
            *("signed", "returned", "returned", "signed", "signed"),
        ]
    assert {town.due("enter_values", responsible_unit=unit) for unit in ("D09", "D25")} == {moment("2026-05-01 00:00")}
    assert town.tasks("enter_values", responsible_unit="D01") == []
    hand_in(town, "D09", {("P01", "A01"): "1400"})
    town.live_to("2026-05-01 00:00")
    with town.by(reading=True) as ctx:
        assert readings.late_units(ctx, town.round(ctx)) == ["D25"]


def test_a_late_unit_whose_sheet_is_returned_may_hand_it_in_after_all(town: Town) -> None:
    collected(town, "D09", "D25", "D32", "D35")
    check(town, units=["D01"])
    hand_in(town, "D01", {("E13", "A01"): "60"})
    with town.by(reading=True) as ctx:
        assert readings.late_units(ctx, town.round(ctx)) == []
    check(town, verdict="publish")
    assert published(town)


@pytest.mark.parametrize(
    "given",
    [
        {"units": [], "note": "请复核"},
        {"units": None, "note": "请复核"},
        {"units": ["A01"], "note": "请复核"},
        {"units": ["D09", "D99"], "note": "请复核"},
        {"units": ["D09"], "note": None},
        {"units": ["D09"], "note": "  "},
    ],
)
def test_sheets_are_returned_to_units_that_have_one_and_with_a_word(town: Town, given: dict[str, Any]) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        rounds.check(ctx, town.cycle(ctx), town.round(ctx), {"verdict": "returned", **given})


@pytest.mark.parametrize("account", ["d01_leader", "a01_clerk", "inspector1", "committee1"])
def test_nobody_but_the_lead_checks_a_round(town: Town, account: str) -> None:
    with town.refusal(NotYours, account) as ctx:
        rounds.check(ctx, town.cycle(ctx), town.round(ctx), {"verdict": "publish"})


def test_the_lead_changes_no_figure_itself_it_only_returns_them(town: Town) -> None:
    enter(town, "D09", {("P01", "A01"): "1500"})
    with town.refusal(NotYours, "lead1") as ctx:
        entries = [readings.Entry("A01", "P01", "1", None)]
        readings.enter(ctx, town.cycle(ctx), town.round(ctx), "D09", entries)


# ---- publication


@pytest.mark.requirement("D1")
def test_a_round_is_published_once_and_no_sheet_is_returned_afterwards(town: Town) -> None:
    collected(town, *RESPONSIBLE)
    assert not published(town)
    check(town, verdict="publish")
    assert published(town)
    with town.refusal(AlreadyPublished) as ctx:
        rounds.publish(ctx, town.cycle(ctx), town.round(ctx))
    with town.refusal(AlreadyPublished, "lead1") as ctx:
        rounds.check(ctx, town.cycle(ctx), town.round(ctx), {"verdict": "returned", "units": ["D09"], "note": "请复核"})
    with town.by(reading=True) as ctx:
        assert [each["snapshot"] for each in acts(ctx, "round.publish")] == [snapshots.latest(ctx, town.round(ctx)).id]


def test_the_annual_rounds_figures_are_frozen_for_checking_and_not_yet_published(town: Town) -> None:
    town.now = moment("2027-01-29 10:00")
    with town.by() as ctx:
        cycle, annual = town.cycle(ctx), plans.annual_round(ctx, town.cycle(ctx))
        told = rounds.close_collection(ctx, cycle, annual)
        assert (told["late"], told["assessed_units"]) == ([*RESPONSIBLE], [*WARNED])
        # Three and eight working days after Friday 29 January.
        assert (told["check_until"], told["collate_until"]) == (moment("2027-02-04 00:00"), moment("2027-02-11 00:00"))
        assert snapshots.latest(ctx, annual).revision == 1
        assert annual.published_at is None
