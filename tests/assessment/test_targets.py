"""Target decomposition: the units' targets beside the city's, and each unit's signature for its own."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import indicators, plans, rules, targets
from engine.assessment.indicators import SystemIssued
from engine.assessment.targets import Allocation, AlreadySigned
from engine.db import Context
from engine.errors import Invalid
from tests.assessment.town import Town
from tests.assessment.years import acts, begun


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        yield made


def allocate(
    ctx: Context, cycle: plans.Cycle, code: str, unit: str, value: str | None, *, exempt: bool = False
) -> None:
    used = indicators.find(ctx, cycle, code)
    given = Allocation(None if value is None else Decimal(value), Decimal("90"), exempt)
    targets.allocate(ctx, cycle, {(used.id, unit): given})


def decomposed(ctx: Context, cycle: plans.Cycle) -> dict[str, targets.Decomposition]:
    return {each.indicator.code: each for each in targets.decomposition(ctx, cycle)}


@pytest.mark.requirement("B7")
def test_the_parts_are_shown_beside_the_whole_and_whether_they_reach_it(town: Town) -> None:
    with town.by(reading=True) as ctx:
        found = decomposed(ctx, town.cycle(ctx))
        # Six units with 200 each make 1200 of the city's 1176; a limit is kept when the parts stay below it.
        assert (found["E13"].units, found["E13"].total, found["E13"].city) == (6, Decimal(1200), Decimal(1176))
        assert (found["H01"].units, found["H01"].total, found["H01"].city) == (6, Decimal(720), Decimal(734))
        assert [found[code].reaches for code in ("E13", "H01", "S07")] == [True, True, None]


@pytest.mark.requirement("B7")
def test_parts_that_fall_short_of_the_citys_target_are_found(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        allocate(ctx, cycle, "E13", "A06", "176")
        assert (decomposed(ctx, cycle)["E13"].total, decomposed(ctx, cycle)["E13"].reaches) == (Decimal(1176), True)
        allocate(ctx, cycle, "E13", "A06", "175.99")
        assert decomposed(ctx, cycle)["E13"].reaches is False


@pytest.mark.requirement("B7")
def test_parts_that_exceed_the_citys_limit_are_found(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        allocate(ctx, cycle, "H01", "A06", "134")
        assert decomposed(ctx, cycle)["H01"].reaches is True
        allocate(ctx, cycle, "H01", "A06", "134.1")
        assert decomposed(ctx, cycle)["H01"].reaches is False


def test_an_exempt_unit_counts_in_no_sum(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        assert decomposed(ctx, cycle)["J02"].units == 5
        allocate(ctx, cycle, "E13", "A01", "200", exempt=True)
        assert (decomposed(ctx, cycle)["E13"].units, decomposed(ctx, cycle)["E13"].total) == (5, Decimal(1000))


def test_a_units_targets_stand_in_the_order_of_the_booklet_exempt_ones_included(town: Town) -> None:
    with town.by(reading=True) as ctx:
        own = targets.of_unit(ctx, town.cycle(ctx), "A06")
        assert [used.code for used, _ in own][:3] == ["E13", "E14", "E15"]
        assert [(used.code, target.value) for used, target in own if target.exempt] == [("J02", None)]


def test_a_target_below_nothing_is_refused_because_nothing_can_be_a_share_of_it(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        with pytest.raises(Invalid, match="target of A01 on E13 is below 0"):
            allocate(ctx, cycle, "E13", "A01", "-1")


@pytest.mark.requirement("B5")
def test_targets_do_not_change_any_more_once_the_booklet_is_issued(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        allocate(ctx, cycle, "E13", "A01", "210")
        rules.issue(ctx, cycle)
        allocate(ctx, cycle, "E13", "A01", "210")
        with pytest.raises(SystemIssued):
            allocate(ctx, cycle, "E13", "A01", "150")
        assert targets.of_unit(ctx, cycle, "A01")[0][1].value == Decimal(210)


# ---- signatures


@pytest.mark.requirement("B7")
def test_the_units_leader_signs_for_its_targets(town: Town) -> None:
    with town.by("a01_leader") as ctx:
        targets.sign(ctx, town.cycle(ctx), "A01", "signed", None)
        signed = targets.signatures(ctx, town.cycle(ctx))["A01"]
        assert (signed.answer, signed.by, signed.at, signed.late) == ("signed", "a01_leader", town.now, False)


@pytest.mark.parametrize("account", ["a01_clerk", "a02_leader", "lead1", "d01_leader"])
def test_nobody_else_signs_for_it(town: Town, account: str) -> None:
    with town.by(account) as ctx:
        with pytest.raises(NotYours, match="leader@A01"):
            targets.sign(ctx, town.cycle(ctx), "A01", "signed", None)
        assert targets.signatures(ctx, town.cycle(ctx)) == {}


def test_a_refusal_is_recorded_with_its_reason(town: Town) -> None:
    with town.by("a01_leader") as ctx:
        cycle = town.cycle(ctx)
        for blank in (None, "", "  "):
            with pytest.raises(Invalid, match="reason"):
                targets.sign(ctx, cycle, "A01", "refused", blank)
        targets.sign(ctx, cycle, "A01", "refused", "目标过高")
        assert (targets.signatures(ctx, cycle)["A01"].answer, targets.signatures(ctx, cycle)["A01"].reason) == (
            "refused",
            "目标过高",
        )
        assert "A01" not in targets.unsigned(ctx, cycle)


def test_a_unit_answers_once(town: Town) -> None:
    with town.by("a01_leader") as ctx:
        cycle = town.cycle(ctx)
        targets.sign(ctx, cycle, "A01", "signed", None)
        with pytest.raises(AlreadySigned, match="A01 has already answered for its targets of 2026"):
            targets.sign(ctx, cycle, "A01", "refused", "改主意了")
        assert targets.signatures(ctx, cycle)["A01"].answer == "signed"


def test_when_signing_closes_who_is_missing_is_named_and_may_still_sign_late(town: Town) -> None:
    for unit in ("A01", "A03", "A04", "A06"):
        with town.by(f"{unit.lower()}_leader") as ctx:
            targets.sign(ctx, town.cycle(ctx), unit, "signed", None)
    with town.by() as ctx:
        assert targets.close_signing(ctx, town.cycle(ctx)) == ["A02", "A05"]
        assert acts(ctx, "targets.close_signing") == [{"missing": ["A02", "A05"]}]
    with town.by("a02_leader") as ctx:
        targets.sign(ctx, town.cycle(ctx), "A02", "signed", None, late=True)
        assert targets.signatures(ctx, town.cycle(ctx))["A02"].late is True
        assert targets.unsigned(ctx, town.cycle(ctx)) == ["A05"]
