"""Spot checks: a draw anybody can repeat, never replaced in silence, two inspectors, problems that become matters."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import spot_checks
from engine.assessment.spot_checks import CheckedBefore, CheckKind, DrawStands, Finding, NotDrawn
from engine.errors import Invalid, NotFound
from engine.workflow.store import Instance
from tests.assessment.town import Town, moment
from tests.assessment.years import acts, appoint, begun

FOUND = Finding("inspector2", date(2026, 3, 3), "党群服务中心", "台账齐全", "91.5")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        made.now = moment("2026-03-02 09:00")
        yield made


def draw(town: Town, count: int = 2, reason: str | None = None) -> list[str]:
    with town.by("lead1") as ctx:
        return list(spot_checks.draw(ctx, town.cycle(ctx), town.round(ctx), "H05", count, reason).drawn)


def confirm(town: Town) -> dict[str, str]:
    with town.by("lead1") as ctx:
        return {each.unit: each.kind for each in spot_checks.confirm(ctx, town.cycle(ctx), town.round(ctx))}


def record(town: Town, unit: str, finding: Finding = FOUND, by: str = "inspector1") -> None:
    with town.by(by) as ctx:
        spot_checks.record(ctx, town.cycle(ctx), town.round(ctx), unit, finding)


@pytest.mark.requirement("M1")
def test_whoever_has_the_recorded_seed_draws_the_same_units(town: Town) -> None:
    drawn = draw(town)
    with town.by("lead1") as ctx:
        (held,) = spot_checks.of_cycle(ctx, town.cycle(ctx))
        # Worked out here from the seed alone: the units in the order of the SM3 of seed and code.
        order = sorted(held.population, key=lambda code: hashlib.new("sm3", f"{held.seed}/{code}".encode()).hexdigest())
        assert held.population == ["A01", "A02", "A03", "A04", "A05", "A06"]
        assert sorted(order[:2]) == held.drawn == drawn
        assert spot_checks.is_reproduced(held)
        (entry,) = acts(ctx, "spot_checks.draw")
        assert (entry["seed"], entry["drawn"]) == (held.seed, drawn)
        held.drawn = ["A01", "A01"]
        assert not spot_checks.is_reproduced(held)
        held.drawn = drawn


def test_a_second_draw_needs_a_reason_and_leaves_the_first_one_standing(town: Town) -> None:
    draw(town)
    with town.refusal(Invalid, "lead1") as ctx:
        spot_checks.draw(ctx, town.cycle(ctx), town.round(ctx), "H05", 2)
    draw(town, reason="抽中单位正在接受巡察")
    with town.by("lead1") as ctx:
        first, second = spot_checks.of_cycle(ctx, town.cycle(ctx))
        assert (first.number, second.number, second.reason) == (1, 2, "抽中单位正在接受巡察")
        assert first.seed != second.seed
        assert spot_checks.latest(ctx, town.cycle(ctx), "april").number == 2


def test_a_confirmed_list_is_drawn_and_confirmed_no_more(town: Town) -> None:
    drawn = draw(town)
    kinds = confirm(town)
    assert {unit for unit, kind in kinds.items() if kind == CheckKind.SPOT_CHECK} == set(drawn)
    assert len(kinds) == 6
    with town.refusal(DrawStands, "lead1") as ctx:
        spot_checks.draw(ctx, town.cycle(ctx), town.round(ctx), "H05", 2, "再抽")
    with town.refusal(DrawStands, "lead1") as ctx:
        spot_checks.confirm(ctx, town.cycle(ctx), town.round(ctx))


def test_only_the_lead_draws_and_only_so_many_as_there_are(town: Town) -> None:
    with town.refusal(NotYours, "a01_clerk") as ctx:
        spot_checks.draw(ctx, town.cycle(ctx), town.round(ctx), "H05", 2)
    for count in (0, 7):
        with town.refusal(Invalid, "lead1") as ctx:
            spot_checks.draw(ctx, town.cycle(ctx), town.round(ctx), "H05", count)
    with town.refusal(NotDrawn, "lead1") as ctx:
        spot_checks.confirm(ctx, town.cycle(ctx), town.round(ctx))


def test_two_different_inspectors_without_a_post_in_the_unit_record_a_check_once(town: Town) -> None:
    draw(town)
    confirm(town)
    town.now = moment("2026-03-03 15:00")
    with town.by() as ctx:
        appoint(ctx, "inspector2", "clerk", "A02")
    wrong = {
        "the same person": replace(FOUND, second_checker="inspector1"),
        "nobody of the inspection office": replace(FOUND, second_checker="lead1"),
        "before the list was confirmed": replace(FOUND, checked_on=date(2026, 3, 1)),
        "a day ahead": replace(FOUND, checked_on=date(2026, 3, 4)),
        "a mark over 100": replace(FOUND, score="100.01"),
        "no finding": replace(FOUND, finding=" "),
    }
    for unit, finding in [("A02", FOUND), *(("A01", finding) for finding in wrong.values())]:
        with town.refusal(Invalid, "inspector1") as ctx:
            spot_checks.record(ctx, town.cycle(ctx), town.round(ctx), unit, finding)
    with town.refusal(NotYours, "lead1") as ctx:
        spot_checks.record(ctx, town.cycle(ctx), town.round(ctx), "A01", FOUND)
    record(town, "A01")
    with town.refusal(CheckedBefore, "inspector1") as ctx:
        spot_checks.record(ctx, town.cycle(ctx), town.round(ctx), "A01", FOUND)


def test_a_unit_reads_its_own_check_once_made_and_nothing_of_the_draw(town: Town) -> None:
    draw(town)
    confirm(town)
    town.now = moment("2026-03-03 15:00")
    record(town, "A01")
    record(town, "A03")
    with town.by("a01_clerk", reading=True) as ctx:
        ((_, own),) = spot_checks.seen(ctx, town.cycle(ctx))
        assert (own.unit, own.score) == ("A01", Decimal("91.5"))
        assert spot_checks.of_cycle(ctx, town.cycle(ctx)) == []
    assert town.told("a01_leader", "spot_check.recorded")
    with town.by("lead1", reading=True) as ctx:
        found = spot_checks.seen(ctx, town.cycle(ctx))
        assert [check.unit for _, check in found] == ["A01", "A03"]
        other = found[1][1].id
    with town.refusal(NotFound, "a01_clerk") as ctx:
        spot_checks.get(ctx, town.cycle(ctx), other)


def test_a_problem_opens_one_matter_due_in_so_many_working_days(town: Town) -> None:
    draw(town)
    confirm(town)
    town.now = moment("2026-03-03 15:00")
    record(town, "A01", replace(FOUND, problem="主题党日无签到"))
    record(town, "A02")
    with town.by("lead1") as ctx:
        (item,) = spot_checks.open_matters(ctx, town.cycle(ctx), town.round(ctx), 20)
        # From 3 March twenty working days lead to 31 March; it lasts to the end of that day.
        assert (item.unit, item.source, item.work_due) == ("A01", "supervision", moment("2026-04-01 00:00"))
        assert ctx.session.get_one(Instance, item.instance_id or 0).process == "rectification"
        assert spot_checks.open_matters(ctx, town.cycle(ctx), town.round(ctx), 20) == []
        ((_, first), (_, second)) = spot_checks.recorded(ctx, town.cycle(ctx))
        assert (first.item_id, second.item_id) == (item.id, None)
        (marks,) = spot_checks.marks(ctx, town.cycle(ctx)).values()
        assert marks == {"A01": [Decimal("91.5")], "A02": [Decimal("91.5")]}
