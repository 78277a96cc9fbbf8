"""The planted cases whose answer is what became of a matter: recovered, warned twice, rebounded, not looked at again.

In the small city after its year. The demo city tells the same cases; where BIHUAN_FULL_CITY is set, of the city whose
people have lived the year it is asked too.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from engine.assessment import consultation, follow_up, indicators, loop, plans, rectification, warnings
from engine.assessment.rectification import Item
from engine.db import Context, transaction
from tests.simulation import cities


@dataclass
class City:
    ctx: Context

    @property
    def cycle(self) -> plans.Cycle:
        return plans.find(self.ctx, "county_leadership")

    def notices(self, unit: str, code: str) -> list[warnings.Notice]:
        used = indicators.find(self.ctx, self.cycle, code)
        found = warnings.of_cycle(self.ctx, self.cycle, unit=unit)
        return [each for each in found if each.cycle_indicator_id == used.id]

    def matters(self, unit: str, code: str) -> list[Item]:
        used = indicators.find(self.ctx, self.cycle, code)
        query = select(Item).where(Item.unit == unit, Item.cycle_indicator_id == used.id)
        return list(self.ctx.session.scalars(query.order_by(Item.id)))

    def reviews(self, item: Item) -> list[tuple[int, str | None]]:
        return [(each.round, each.verdict) for each in follow_up.of_item(self.ctx, item)]

    def broken(self) -> list[tuple[str, str, list[str]]]:
        found = loop.broken(loop.pairs(self.ctx, self.cycle))
        return [(each.unit, each.indicator.code, [str(stage) for stage in each.missing]) for each in found]


@pytest.fixture(scope="module")
def small() -> Iterator[City]:
    yield from at_the_end("small")


@pytest.fixture(scope="module")
def demo() -> Iterator[City]:
    if not os.environ.get("BIHUAN_FULL_CITY"):
        pytest.skip("The demo city's whole year is played where BIHUAN_FULL_CITY is set")
    yield from at_the_end("demo")


def at_the_end(name: str) -> Iterator[City]:
    folder, _ = cities.played(name)
    with (
        cities.opened(f"sqlite:///{folder / 'bihuan.db'}", folder / "files") as database,
        transaction(database, now=cities.THE_END, reading=True) as ctx,
    ):
        yield City(ctx)


def recovered(city: City) -> None:
    """A05 was last on E30 in April and first in August."""
    (told,) = city.notices("A05", "E30")
    (matter,) = city.matters("A05", "E30")
    assert (told.escalated, matter.repeated, matter.source) == (False, False, "warning")
    assert matter.status == "closed_out"


@pytest.mark.planted(12)
def test_case_12_in_the_small_city(small: City) -> None:
    recovered(small)


@pytest.mark.planted(12)
def test_case_12_in_the_demo_city(demo: City) -> None:
    recovered(demo)


@pytest.mark.planted(13)
def test_case_13_in_the_small_city(small: City) -> None:
    # A06's April matter on S07 was closed out in July, so the August notice opens another: repeated, the lead's to approve.
    first, second = small.matters("A06", "S07")
    assert [(each.status, each.repeated) for each in (first, second)] == [("closed_out", False), ("closed_out", True)]
    approved = [rectification.plan_of(small.ctx, each).decided_by for each in (first, second)]
    assert approved[0] == "d32_clerk"
    assert str(approved[1]).startswith("lead")
    reviews = [follow_up.of_item(small.ctx, each)[0].form for each in (first, second)]
    assert reviews[1] == "on_site"


@pytest.mark.planted(14)
def test_case_14_in_the_demo_city(demo: City) -> None:
    (held,) = consultation.of_cycle(demo.ctx, demo.cycle)
    assert (held.unit, len(held.grounds), held.status) == ("B07", 9, "measures_issued")


@pytest.mark.planted(14)
def test_nobody_is_consulted_in_the_small_city(small: City) -> None:
    assert consultation.of_cycle(small.ctx, small.cycle) == []


def came_back(city: City) -> None:
    """A03 on J01: closed out, found to have come back, worked on again under the same number, closed out and confirmed."""
    (told,) = city.notices("A03", "J01")
    assert (told.reasons, told.level) == (["bottom_three"], "yellow")
    (matter,) = city.matters("A03", "J01")
    assert (matter.round, matter.status) == (2, "closed_out")
    assert city.reviews(matter) == [(1, "rebounded"), (2, "confirmed")]
    accepted = [each.round for each in rectification.hand_ins(city.ctx, matter) if each.verdict == "accepted"]
    assert accepted == [1, 2]
    assert rectification.plan_of(city.ctx, matter).round == 2


@pytest.mark.planted(15)
@pytest.mark.requirement("G2")
def test_case_15_in_the_small_city(small: City) -> None:
    came_back(small)


@pytest.mark.planted(15)
def test_case_15_in_the_demo_city(demo: City) -> None:
    came_back(demo)


@pytest.mark.planted(26)
@pytest.mark.requirement("G3")
def test_case_26_in_the_small_city(small: City) -> None:
    assert small.broken() == [("A02", "E15", ["follow_up_review"])]
    (matter,) = small.matters("A02", "E15")
    assert (matter.status, small.reviews(matter)) == ("closed_out", [(1, None)])


@pytest.mark.planted(26)
def test_case_26_in_the_demo_city(demo: City) -> None:
    assert demo.broken() == [("B05", "J01", ["follow_up_review"])]
