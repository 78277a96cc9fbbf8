"""The two pre-assessments of a year beside each other, in numbers worked out by hand (D2)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from engine.assessment import plans
from engine.db import Context, transaction
from engine.reports.board import Asked, board
from engine.reports.comparison import Comparison, Summary
from tests.simulation import cities


@pytest.fixture(scope="module")
def ctx() -> Iterator[Context]:
    """The small city after its whole year."""
    folder, _ = cities.played("small")
    with (
        cities.opened(f"sqlite:///{folder / 'bihuan.db'}", folder / "files") as database,
        transaction(database, now=cities.THE_END, reading=True) as ctx,
    ):
        yield ctx


@pytest.fixture(scope="module")
def comparison(ctx: Context) -> Comparison:
    return board(ctx, plans.find(ctx, "county_leadership"), Asked()).comparison


def of_indicator(comparison: Comparison, code: str) -> list[Summary]:
    return next(found for used, found in comparison.by_indicator if used.code == code)


@pytest.mark.requirement("D2")
def test_the_rounds_stand_beside_each_other_for_each_main_indicator(comparison: Comparison) -> None:
    assert [each.key for each in comparison.rounds] == ["april", "august"]
    assert {used.code for used, _ in comparison.by_indicator} == {
        *("E13", "E14", "E15", "E30", "E34", "S07", "P01", "P03", "H01", "H05", "J01", "J02")
    }


@pytest.mark.requirement("D2")
def test_an_indicator_tells_who_caught_up_and_who_was_warned_again(comparison: Comparison) -> None:
    april, august = of_indicator(comparison, "E13")
    # +5 +4 +2 -1 -2 -3 points: 5 together. Then 62 61 60 59 58 % where 58.33 % is due; A06 has no figure.
    assert (april.ranked, april.on_schedule, april.behind, april.mean_lead) == (6, 3, 3, Decimal("0.83"))
    assert (august.ranked, august.on_schedule, august.behind, august.mean_lead) == (5, 4, 1, Decimal("1.67"))
    assert (april.missing, august.missing) == (0, 1)
    # A04, A05 and A06 are warned, then A03, A04 and A05: two again, one no more.
    assert (april.yellow, april.red, april.repeated, april.recovered) == (3, 0, 0, 0)
    assert (august.yellow, august.red, august.repeated, august.recovered) == (3, 0, 2, 1)


@pytest.mark.requirement("D2")
def test_red_warnings_are_counted_apart_from_yellow_ones(comparison: Comparison) -> None:
    april, august = of_indicator(comparison, "H05")
    # 0 +2.5 -35 -36 -37 -38, then 80.8 83 80.3 77.5 77.5 79.3 of 80: +1 +3.75 +0.375 -3.125 -3.125 -0.875.
    assert (april.mean_lead, august.mean_lead) == (Decimal("-23.92"), Decimal("-0.33"))
    assert [(each.yellow, each.red, each.repeated, each.recovered) for each in (april, august)] == [
        (0, 4, 0, 0),
        (3, 0, 3, 1),
    ]


@pytest.mark.requirement("D2")
def test_the_whole_of_it_is_summed_up(comparison: Comparison) -> None:
    april, august = comparison.overall
    # 12 indicators of 6 units, less one exempt pair and the six that are not due in April; 29 warnings, 4 of them red.
    assert (april.ranked, april.yellow, april.red, april.missing) == (65, 25, 4, 0)
    # Of the 71 pairs of August the files have no figure of A06 on E13 and of A03 on E34.
    assert (august.ranked, august.missing) == (69, 2)
