"""Items and the scheme: what may give points and what may only take them (N2–N4)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from engine import importing
from engine.assessment import plans
from engine.assessment.points import items, scheme
from engine.importing import ImportRefused
from tests.assessment.points.committee import ITEMS, Committee, cycle

GOOD = items.Row("X", "项", items.Kind.MUST, "politics", Decimal(1), None, veto=False, basis="")
POINTS: dict[str, Any] = {
    "categories": [
        {"code": "a", "name": "甲", "full": 60},
        {"code": "b", "name": "乙", "full": 40, "parts": [{"code": "b1", "name": "一", "full": 40}]},
    ],
    "monthly_weight": "0.9",
    "review_weight": "0.1",
    "lines": {"好": "0"},
    "standards": [{"name": "优", "share": "0.2"}, {"name": "良", "share": "0.8"}],
    "processes": dict.fromkeys(scheme.MATTERS, "p"),
}


def drawn(**changed: Any) -> scheme.Scheme:
    parameters = {"points": POINTS | changed}
    return scheme.of_cycle(plans.Cycle(package="x", year=2026, parameters=parameters))


@pytest.mark.requirement("N2")
def test_categories_sum_to_100_and_the_parts_of_one_to_its_full_mark() -> None:
    assert [leaf.code for leaf in drawn().leaves] == ["a", "b1"]
    assert [leaf.code for leaf in drawn().divided] == ["b1"]
    short = [{"code": "a", "name": "甲", "full": 60}, {"code": "b", "name": "乙", "full": 39}]
    with pytest.raises(scheme.WrongScheme, match="sum to 99"):
        drawn(categories=short)
    parts = [{"code": "b1", "name": "一", "full": 39}]
    with pytest.raises(scheme.WrongScheme, match="parts of b sum to 39"):
        drawn(categories=[short[0], {"code": "b", "name": "乙", "full": 40, "parts": parts}])


def test_a_scheme_that_leaves_something_out_is_refused() -> None:
    with pytest.raises(scheme.WrongScheme, match="no process is named for appeal"):
        drawn(processes=dict.fromkeys(scheme.MATTERS[:-1], "p"))
    with pytest.raises(scheme.WrongScheme, match="do not sum to 1"):
        drawn(standards=[{"name": "优", "share": "0.2"}])
    with pytest.raises(scheme.WrongScheme):
        drawn(lines=None)


def test_a_cycle_without_points_says_so() -> None:
    with pytest.raises(scheme.NoPoints):
        scheme.of_cycle(plans.Cycle(package="x", year=2026, parameters={}))


@pytest.mark.requirement("N10")
@pytest.mark.parametrize(
    ("rank", "ranked", "standard"),
    [
        # A fifth of 7 is 1.4: two places; of 10 exactly two.
        (2, 7, "优秀"),
        (3, 7, "合格"),
        (2, 10, "优秀"),
        (3, 10, "合格"),
        # 0.7 of 10 is 7, 0.95 of 10 is 9.5, rounded up: the last of ten is still 一般.
        (7, 10, "合格"),
        (8, 10, "一般"),
        (10, 10, "一般"),
        (20, 20, "后进"),
        (1, 1, "优秀"),
    ],
)
def test_the_standard_is_the_first_whose_share_reaches_the_place(rank: int, ranked: int, standard: str) -> None:
    shares = (("优秀", "0.2"), ("合格", "0.5"), ("一般", "0.25"), ("后进", "0.05"))
    made = replace(drawn(), standards=tuple((name, Fraction(share)) for name, share in shares))
    assert made.standard(rank, ranked) == standard


@pytest.mark.requirement("N3")
def test_what_is_forbidden_only_subtracts_or_vetoes(house: Committee) -> None:
    with house.by() as ctx:
        used = scheme.of_cycle(cycle(ctx))
        items.check(used, replace(GOOD, kind=items.Kind.FORBIDDEN, points=Decimal(-1)))
        items.check(used, replace(GOOD, kind=items.Kind.FORBIDDEN, points=Decimal(0), veto=True))
        for points, veto in ((1, False), (0, False), (-1, True), (1, True)):
            with pytest.raises(items.OnlySubtracts):
                items.check(used, replace(GOOD, kind=items.Kind.FORBIDDEN, points=Decimal(points), veto=veto))


@pytest.mark.requirement("N3")
@pytest.mark.parametrize(
    "changed",
    [
        {"points": Decimal(0)},
        {"points": Decimal(-1)},
        {"veto": True},
        {"leaf": None},
        {"leaf": "contribution"},
        {"leaf": "strange"},
        {"points": Decimal("0.001")},
        {"points": Decimal(101)},
        {"monthly_limit": Decimal(0)},
        {"kind": items.Kind.HONOUR},
        {"kind": items.Kind.HONOUR, "leaf": None, "monthly_limit": Decimal(5)},
    ],
)
def test_an_item_that_does_not_fit_is_refused(house: Committee, changed: dict[str, Any]) -> None:
    with house.by() as ctx:
        items.check(scheme.of_cycle(cycle(ctx)), GOOD)
        with pytest.raises(items.Invalid):
            items.check(scheme.of_cycle(cycle(ctx)), replace(GOOD, **changed))


def test_the_list_is_imported_whole_or_not_at_all_with_every_wrong_row_named(house: Committee) -> None:
    wrong = ITEMS + "BAD,坏,politics,forbidden,5,,0,\nNONE,无,,must,5,,0,\n"
    with house.by() as ctx, pytest.raises(ImportRefused) as refused:
        importing.import_files(ctx, [("items.csv", wrong.encode())], cycle(ctx))
    assert [(each.row, each.column) for each in refused.value.problems] == [(9, ""), (10, "")]


def test_the_list_is_fixed_once_points_are_entered(house: Committee) -> None:
    with house.by() as ctx:
        assert importing.import_files(ctx, [("items.csv", ITEMS.encode())], cycle(ctx)) == {"items": 7}
    house.enter("sun", "li", "STUDY", "2026-01-05")
    with house.by() as ctx, pytest.raises(items.ItemsFixed):
        items.put(ctx, cycle(ctx), [GOOD])


def test_an_item_nobody_has_listed_gives_nothing(house: Committee) -> None:
    with pytest.raises(items.NoItem):
        house.enter("sun", "li", "GHOST", "2026-01-05")
