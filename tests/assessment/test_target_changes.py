"""A target changed within the year: in its window, by the leading group, without a touch on what is frozen already."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import indicators, plans, snapshots, system_checks, target_changes, targets
from engine.assessment.hands import OwnWork
from engine.assessment.target_changes import (
    ChangeDecided,
    ChangeStatus,
    ChangeUnderWay,
    FiguresFrozen,
    NothingToChange,
    NoWindow,
    OutsideWindow,
)
from engine.db import Context
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, moment, remember
from tests.assessment.years import appoint, begun, small_figures


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A Tuesday in October: the half-year check is long over, the annual round not open."""
    with begun(tmp_path) as made:
        made.now = moment("2026-10-20 10:00")
        yield made


def ask(town: Town, account: str = "a04_clerk", *, unit: str = "A04", value: str = "180", code: str = "E13") -> int:
    """A04 has 200 on E13, of which the city wants 1176 in all."""
    with town.by(account) as ctx:
        made = target_changes.request(ctx, town.cycle(ctx), unit, code, Decimal(value), "项目停建", "市政府〔2026〕9号")
        return made.id


def decide(town: Town, change: int, account: str = "committee1", *, approved: bool = True, note: str = "") -> None:
    with town.by(account) as ctx:
        document = "领导小组〔2026〕5号"
        target_changes.decide(ctx, town.cycle(ctx), change, approved=approved, document=document, note=note)


def target(ctx: Context, cycle: plans.Cycle, unit: str = "A04", code: str = "E13") -> Decimal | None:
    used = indicators.find(ctx, cycle, code)
    return targets.of_cycle(ctx, cycle)[used.id, unit].value


@pytest.mark.requirement("B7")
def test_an_approved_change_is_the_target_from_then_on_and_the_unit_is_told(town: Town) -> None:
    change = ask(town)
    with town.by(reading=True) as ctx:
        assert target(ctx, town.cycle(ctx)) == 200
    decide(town, change)
    with town.by(reading=True) as ctx:
        assert target(ctx, town.cycle(ctx)) == 180
    assert town.told("a04_leader", "target.approved") == ["target.approved"]
    assert town.told("d01_clerk", "target.approved") == ["target.approved"]


@pytest.mark.requirement("B7")
def test_whoever_decides_sees_the_sum_of_the_units_beside_the_citys_target(town: Town) -> None:
    """Six units with 200 each make 1200; the city wants 1176, so 24 may go and no more."""
    allowed = ask(town, value="176")
    with town.by("committee1", reading=True) as ctx:
        cycle = town.cycle(ctx)
        told = target_changes.effect(ctx, cycle, target_changes.get(ctx, cycle, allowed))
        assert told is not None
        assert (told.before, told.after, told.city, told.reaches) == (Decimal(1200), Decimal(1176), Decimal(1176), True)
    decide(town, allowed)
    more = ask(town, "a05_clerk", unit="A05", value="199")
    with town.by("committee1", reading=True) as ctx:
        cycle = town.cycle(ctx)
        told = target_changes.effect(ctx, cycle, target_changes.get(ctx, cycle, more))
        assert told is not None
        assert (told.before, told.after, told.reaches) == (Decimal(1176), Decimal(1175), False)
        done = target_changes.effect(ctx, cycle, target_changes.get(ctx, cycle, allowed))
        assert done is not None
        assert (done.before, done.after) == (Decimal(1200), Decimal(1176))


def test_a_round_that_is_frozen_keeps_the_target_it_was_measured_by_in_its_corrections_too(town: Town) -> None:
    with town.by() as ctx:
        remember(ctx, town.cycle(ctx), small_figures("2026-07-31", "E13"), date(2026, 7, 31))
        snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx, "august"))
    decide(town, ask(town))
    with town.by() as ctx:
        cycle, code = town.cycle(ctx), "E13"
        corrected = snapshots.freeze(ctx, cycle, town.round(ctx, "august"), "更正")
        annual = snapshots.freeze(ctx, cycle, plans.annual_round(ctx, cycle))
        used = indicators.find(ctx, cycle, code)
        frozen = [snapshots.row(ctx, each, used.id, "A04") for each in (corrected, annual)]
        assert [row.target for row in frozen if row is not None] == [200, 180]


@pytest.mark.parametrize("day", ["2026-06-30", "2026-11-01"])
def test_a_change_is_taken_only_after_the_half_year_check_and_until_the_end_of_october(town: Town, day: str) -> None:
    town.now = moment(f"{day} 10:00")
    with town.refusal(OutsideWindow, "a04_clerk") as ctx:
        target_changes.request(ctx, town.cycle(ctx), "A04", "E13", Decimal(180), "项目停建", "市政府〔2026〕9号")


@pytest.mark.parametrize("day", ["2026-07-01", "2026-10-31"])
def test_the_first_and_the_last_day_belong_to_the_window(town: Town, day: str) -> None:
    town.now = moment(f"{day} 23:00")
    assert ask(town)


def test_a_year_without_the_rule_takes_no_change(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        cycle.parameters = {name: value for name, value in cycle.parameters.items() if name != "target_change"}
    with town.refusal(NoWindow, "a04_clerk") as ctx:
        target_changes.request(ctx, town.cycle(ctx), "A04", "E13", Decimal(180), "项目停建", "市政府〔2026〕9号")


def test_once_the_annual_round_is_open_nothing_is_approved_any_more(town: Town) -> None:
    change = ask(town)
    with town.by() as ctx:
        plans.annual_round(ctx, town.cycle(ctx)).opened_at = town.now
    with town.refusal(FiguresFrozen, "committee1") as ctx:
        target_changes.decide(ctx, town.cycle(ctx), change, approved=True, document="领导小组〔2026〕5号")
    decide(town, change, approved=False, note="已进入年度考核")


def test_who_asked_for_the_change_does_not_decide_it(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "a04_clerk", "committee", "D35")
    change = ask(town)
    with town.refusal(OwnWork, "a04_clerk") as ctx:
        target_changes.decide(ctx, town.cycle(ctx), change, approved=True, document="领导小组〔2026〕5号")


def test_a_decision_by_who_asked_would_be_found(town: Town) -> None:
    decide(town, ask(town))
    with town.by() as ctx:
        change = target_changes.of_cycle(ctx, town.cycle(ctx))[0]
        assert list(system_checks.same_hands(ctx)) == []
        change.decided_by = change.requested_by
        ctx.session.flush()
        assert list(system_checks.same_hands(ctx)) == [f"target change {change.id}"]


def test_another_unit_neither_asks_nor_sees(town: Town) -> None:
    change = ask(town)
    with town.refusal(NotYours, "a05_clerk") as ctx:
        target_changes.request(ctx, town.cycle(ctx), "A04", "E13", Decimal(150), "项目停建", "市政府〔2026〕9号")
    with town.by("a05_clerk", reading=True) as ctx:
        assert target_changes.of_cycle(ctx, town.cycle(ctx)) == []
        with pytest.raises(NotFound):
            target_changes.get(ctx, town.cycle(ctx), change)
    with town.by("a04_clerk", reading=True) as ctx:
        own = target_changes.get(ctx, town.cycle(ctx), change)
        assert target_changes.effect(ctx, town.cycle(ctx), own) is None
    with town.by("d01_clerk", reading=True) as ctx:
        assert [each.id for each in target_changes.of_cycle(ctx, town.cycle(ctx))] == [change]


def test_neither_the_unit_nor_the_lead_decides(town: Town) -> None:
    change = ask(town)
    for account in ("a04_leader", "lead1"):
        with town.refusal(NotYours, account) as ctx:
            target_changes.decide(ctx, town.cycle(ctx), change, approved=True, document="领导小组〔2026〕5号")


def test_two_changes_of_one_target_do_not_run_at_a_time_and_none_is_decided_twice(town: Town) -> None:
    change = ask(town)
    with town.refusal(ChangeUnderWay, "a04_leader") as ctx:
        target_changes.request(ctx, town.cycle(ctx), "A04", "E13", Decimal(150), "项目停建", "市政府〔2026〕9号")
    decide(town, change)
    with town.refusal(ChangeDecided, "committee1") as ctx:
        target_changes.decide(ctx, town.cycle(ctx), change, approved=False, document="领导小组〔2026〕6号", note="更正")
    assert ask(town, value="170") > change


def test_a_refusal_needs_its_reason_and_leaves_the_target(town: Town) -> None:
    change = ask(town)
    with town.refusal(Invalid, "committee1") as ctx:
        target_changes.decide(ctx, town.cycle(ctx), change, approved=False, document="领导小组〔2026〕5号")
    decide(town, change, approved=False, note="理由不足")
    with town.by("a04_clerk", reading=True) as ctx:
        assert target_changes.get(ctx, town.cycle(ctx), change).status == ChangeStatus.REFUSED
        assert target(ctx, town.cycle(ctx)) == 200


@pytest.mark.parametrize(
    ("value", "reason", "basis"), [("200", "x", "y"), ("-1", "x", "y"), ("1", " ", "y"), ("1", "x", "")]
)
def test_a_request_says_another_target_its_reason_and_its_paper(
    town: Town, value: str, reason: str, basis: str
) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        target_changes.request(ctx, town.cycle(ctx), "A04", "E13", Decimal(value), reason, basis)


def test_a_unit_without_a_target_has_nothing_to_change(town: Town) -> None:
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        code, unit = next(
            (used.code, target.unit)
            for used in indicators.of_cycle(ctx, cycle)
            for (key, _), target in targets.of_cycle(ctx, cycle).items()
            if key == used.id and target.exempt
        )
    with town.refusal(NothingToChange, f"{unit.lower()}_clerk") as ctx:
        target_changes.request(ctx, town.cycle(ctx), unit, code, Decimal(1), "项目停建", "市政府〔2026〕9号")
