"""Planted case 18: a target that is lowered by decision in October, and then met."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine.assessment import indicators, plans, snapshots, target_changes
from tests.assessment.town import Town, moment
from tests.assessment.years import begun, settle_year


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A Tuesday in October; A04 is to reach 200 on E13 and will reach 180."""
    with begun(tmp_path) as made:
        with made.by() as ctx:
            snapshots.freeze(ctx, made.cycle(ctx), made.round(ctx, "april"))
        made.now = moment("2026-10-20 10:00")
        yield made


def scored(town: Town) -> tuple[Decimal | None, Decimal | None]:
    """Target and score of A04 on E13 in the annual figures: completion ratio, never over the full 100."""
    settle_year(town, {("E13", "A04"): "180"})
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        row = snapshots.row(ctx, snapshots.latest(ctx, plans.annual_round(ctx, town.cycle(ctx))), used.id, "A04")
        assert row is not None
        return row.target, row.score


@pytest.mark.planted(18)
@pytest.mark.requirement("B7")
def test_a_lower_target_that_was_approved_in_october_and_met_costs_nothing(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        made = target_changes.request(ctx, town.cycle(ctx), "A04", "E13", Decimal(180), "项目停建", "市政府〔2026〕9号")
        change = made.id
    with town.by("committee1") as ctx:
        document = "领导小组〔2026〕5号"
        target_changes.decide(ctx, town.cycle(ctx), change, approved=True, document=document, note="")
    assert scored(town) == (Decimal(180), Decimal(100))
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        kept = snapshots.row(ctx, snapshots.latest(ctx, town.round(ctx, "april")), used.id, "A04")
        assert kept is not None and kept.target == 200


@pytest.mark.planted(18)
def test_a_target_that_nobody_lowered_is_missed(town: Town) -> None:
    assert scored(town) == (Decimal(200), Decimal(90))
