"""An honest mistake takes no points once two persons agree; the score says so."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine import verify
from engine.access import NotYours
from engine.assessment import indicators, plans, results, rulings, snapshots
from engine.assessment.hands import OwnWork
from engine.assessment.rulings import Ruling, RulingDecided
from engine.errors import Invalid, NotFound
from tests.assessment.test_planted_figures import frozen, indicator
from tests.assessment.town import Town, moment
from tests.assessment.years import acts, begun, settle_year


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A Friday at the end of January; nothing is frozen."""
    with begun(tmp_path) as made:
        made.now = moment("2027-01-29 10:00")
        yield made


def propose(town: Town, account: str = "a06_clerk", unit: str = "A06", code: str = "S07", points: str = "10") -> int:
    with town.by(account) as ctx:
        return rulings.propose(ctx, town.cycle(ctx), unit, code, Decimal(points), "先行先试失误，符合容错规定第五条").id


def decide(town: Town, ruling: int, account: str = "lead1", *, approved: bool = True) -> Ruling:
    with town.by(account) as ctx:
        return rulings.decide(ctx, town.cycle(ctx), ruling, "会议研究同意", approved=approved)


def score(town: Town, unit: str, code: str) -> Decimal | None:
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        frozen = snapshots.latest(ctx, plans.annual_round(ctx, cycle))
        row = snapshots.row(ctx, frozen, indicators.find(ctx, cycle, code).id, unit)
        return row.score if row else None


@pytest.mark.requirement("H7")
def test_an_approved_ruling_gives_the_points_back_and_the_frozen_row_names_it(town: Town) -> None:
    ruling = propose(town)
    decide(town, ruling)
    settle_year(town)
    # 67.5 without it; of the weight 22 ten points are 2.2 of the total 84.68002035.
    assert score(town, "A06", "S07") == Decimal("77.5")
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        frozen = snapshots.latest(ctx, plans.annual_round(ctx, cycle))
        assert {each.unit: each.total for each in results.totals(ctx, cycle, frozen)}["A06"] == Decimal("86.88002035")
        row = snapshots.row(ctx, frozen, indicators.find(ctx, cycle, "S07").id, "A06")
        assert row is not None and row.detail["rulings"] == [{"ruling": ruling, "points": "10"}]
        assert results.differing_scores(ctx, cycle, frozen) == []


@pytest.mark.requirement("H7")
@pytest.mark.parametrize("decided", [False, None])
def test_a_ruling_that_is_refused_or_not_decided_changes_nothing(town: Town, decided: bool | None) -> None:
    ruling = propose(town)
    if decided is not None:
        decide(town, ruling, approved=decided)
    settle_year(town)
    assert score(town, "A06", "S07") == Decimal("67.5")


def test_no_more_is_given_back_than_was_taken(town: Town) -> None:
    decide(town, propose(town, "a02_leader", "A02", "S07", "20"))
    settle_year(town)
    # 88 and 20 more would be 108.
    assert score(town, "A02", "S07") == Decimal(100)


def test_a_listed_deduction_is_struck_out_before_the_score_reaches_its_floor() -> None:
    used = indicator(measure="level", method="event_deduct", params={})
    (row,) = frozen("0", None)
    row.detail = {"deductions": ["40", "70", "5"]}
    assert snapshots.scores_of(used, [row]) == {"A01": Decimal(0)}
    row.detail |= {"rulings": [{"ruling": 1, "points": "40"}]}
    # Without the 40 there remain 75, so 25 points; added to the floor they would have been 40.
    assert snapshots.scores_of(used, [row]) == {"A01": Decimal(25)}


@pytest.mark.requirement("H7")
def test_who_proposes_does_not_decide(town: Town) -> None:
    ruling = propose(town, "lead1")
    with town.refusal(OwnWork, "lead1") as ctx:
        rulings.decide(ctx, town.cycle(ctx), ruling, "同意", approved=True)
    decide(town, ruling, "committee1")
    with town.refusal(RulingDecided, "lead2") as ctx:
        rulings.decide(ctx, town.cycle(ctx), ruling, "再议", approved=False)


def test_a_stranger_neither_proposes_nor_decides_nor_reads(town: Town) -> None:
    ruling = propose(town)
    with town.refusal(NotYours, "a05_clerk") as ctx:
        rulings.propose(ctx, town.cycle(ctx), "A06", "S07", Decimal(1), "依据")
    with town.refusal(NotYours, "d32_leader") as ctx:
        rulings.decide(ctx, town.cycle(ctx), ruling, "同意", approved=True)
    with town.by("a05_clerk", reading=True) as ctx:
        assert rulings.of_cycle(ctx, town.cycle(ctx)) == []
    with town.by("a06_leader", reading=True) as ctx:
        assert [each.id for each in rulings.of_cycle(ctx, town.cycle(ctx))] == [ruling]


@pytest.mark.parametrize(
    ("unit", "points", "basis", "error"),
    [
        ("A06", "0", "依据", Invalid),
        ("A06", "101", "依据", Invalid),
        ("A06", "5", " ", Invalid),
        ("D01", "5", "依据", NotFound),
    ],
)
def test_a_ruling_needs_an_assessed_unit_points_and_a_basis(
    town: Town, unit: str, points: str, basis: str, error: type[Invalid | NotFound]
) -> None:
    with town.refusal(error, "lead1") as ctx:
        rulings.propose(ctx, town.cycle(ctx), unit, "S07", Decimal(points), basis)


@pytest.mark.requirement("H7")
def test_points_that_no_approved_ruling_carries_are_found(town: Town) -> None:
    ruling = propose(town)
    decide(town, ruling)
    settle_year(town)
    with town.by() as ctx:
        results.propose(ctx, town.cycle(ctx))
    with town.by() as ctx:
        assert [each.places for each in verify.verify(ctx) if each.id == "I16"] == [()]
        ctx.session.get_one(Ruling, ruling).points = Decimal(3)
        ctx.session.flush()
        (found,) = [each.places for each in verify.verify(ctx) if each.id == "I16"]
        assert found == ("county_leadership/2026/A06/S07",)
        assert acts(ctx, "ruling.decide")[0]["status"] == "approved"
        ctx.session.rollback()
