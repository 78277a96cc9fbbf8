"""What holds for every input: each method against its plain formula in fractions, and the order it must keep."""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.assessment.scoring import score

plain = settings(deadline=None, max_examples=60)

values = st.decimals("-500", "500", places=2)
amounts = st.decimals("0.01", "500", places=2)
points = st.sampled_from(["100", "5", "0.5", "33.3"])
columns = st.lists(values, min_size=1, max_size=8)


def scored(method: str, rows: Sequence[dict[str, Any]], points: str = "100", **params: Any) -> list[Decimal | None]:
    named = [{"unit": f"U{at:03}"} | {key: str(cell) for key, cell in row.items()} for at, row in enumerate(rows)]
    return [row.score for row in score({"method": method, "points": points, "params": params, "rows": named})]


def half_up(value: Fraction) -> Decimal:
    """The stored form, by long division in the decimal module: 60 digits decide every tie of these inputs."""
    wide = Context(prec=60)
    quotient = wide.divide(Decimal(value.numerator), Decimal(value.denominator))
    return quotient.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)


def actuals(column: Sequence[Decimal]) -> list[dict[str, Any]]:
    return [{"actual": value} for value in column]


@plain
@given(amounts, values, points, st.sampled_from([None, "1", "1.25"]))
def test_completion_ratio_is_its_formula(target: Decimal, actual: Decimal, w: str, cap: str | None) -> None:
    ratio = Fraction(actual) / Fraction(target)
    ratio = ratio if cap is None else min(ratio, Fraction(cap))
    expected = half_up(Fraction(w) * max(ratio, Fraction(0)))
    assert scored("completion_ratio", [{"target": target, "actual": actual}], w, cap=cap) == [expected]


@plain
@given(amounts, values, points)
def test_control_limit_is_its_formula(limit: Decimal, actual: Decimal, w: str) -> None:
    share = min(max(2 - Fraction(actual) / Fraction(limit), Fraction(0)), Fraction(1))
    assert scored("control_limit", [{"target": limit, "actual": actual}], w) == [half_up(Fraction(w) * share)]


@plain
@given(columns, points, st.sampled_from(["0", "0.05", "0.3"]), st.sampled_from(["higher_better", "lower_better"]))
def test_rank_step_is_its_formula(column: list[Decimal], w: str, step: str, direction: str) -> None:
    ahead = (lambda a, b: a > b) if direction == "higher_better" else (lambda a, b: a < b)
    ranks = [1 + sum(ahead(other, value) for other in column) for value in column]
    expected = [half_up(max(Fraction(w) * (1 - Fraction(step) * (rank - 1)), Fraction(0))) for rank in ranks]
    assert scored("rank_step", actuals(column), w, step=step, direction=direction) == expected


@plain
@given(columns, points, st.booleans())
def test_efficacy_is_its_formula(column: list[Decimal], w: str, reverse: bool) -> None:
    assume(max(column) > min(column))
    worst, best = (max(column), min(column)) if reverse else (min(column), max(column))
    scale = Fraction(w) / 100
    expected = [
        half_up(scale * (60 + 40 * (Fraction(x) - Fraction(worst)) / (Fraction(best) - Fraction(worst))))
        for x in column
    ]
    direction = "lower_better" if reverse else "higher_better"
    assert scored("efficacy_minmax", actuals(column), w, direction=direction) == expected


@plain
@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6), st.sampled_from(["0", "0.5", "0.6", "1"]))
def test_growth_against_the_mean_is_its_formula(pairs: list[tuple[Decimal, Decimal]], mix: str) -> None:
    growths = [(Fraction(x) - Fraction(b)) / Fraction(b) for x, b in pairs]
    mean, low, high = sum(growths) / len(growths), min(growths), max(growths)
    best = max(Fraction(x) for x, _ in pairs)
    expected = []
    for growth, (x, _) in zip(growths, pairs, strict=True):
        if low == high:
            part = Fraction(1)
        elif growth <= mean:
            part = (growth - low) / (mean - low)
        else:
            part = 1 + (growth - mean) / (high - mean) / 2
        expected.append(half_up(100 * (Fraction(mix) * part + (1 - Fraction(mix)) * Fraction(x) / best)))
    rows = [{"actual": x, "base": b} for x, b in pairs]
    assert scored("growth_vs_mean", rows, mix=mix) == expected


@plain
@given(values, values, points, st.sampled_from(["0.5", "2"]), st.sampled_from(["pro_rata", "whole_steps"]))
def test_deductions_are_their_formula(target: Decimal, actual: Decimal, w: str, step: str, mode: str) -> None:
    steps = max(Fraction(actual) - Fraction(target), Fraction(0)) / Fraction(step)
    steps = Fraction(math.floor(steps)) if mode == "whole_steps" else steps
    expected = half_up(max(Fraction(w) - Fraction("0.25") * steps, Fraction(0)))
    rows = [{"target": target, "actual": actual}]
    assert scored("per_point_deduct", rows, w, deduct="0.25", step=step, mode=mode) == [expected]


RISING = [
    ("completion_ratio", {}),
    ("target_or_zero", {}),
    ("base80_slope", {}),
    ("per_point_deduct", {"deduct": "0.5", "direction": "higher_better"}),
    ("per_point_deduct", {"deduct": "0.5", "direction": "higher_better", "mode": "whole_steps"}),
    ("per_step_deduct", {}),
    ("penalty_line_floor", {"full_at": "90", "deduct_per_point": "0.3", "floor": "10"}),
    ("efficacy_minmax", {}),
    ("efficacy_minmax", {"clamp": True, "satisfactory": "100", "not_allowed": "-20"}),
    ("efficacy_fixed", {"lo": "15", "hi": "25"}),
    ("banded_linear", {"levels": ["100", "90", "80", "60"]}),
    ("rank_step", {}),
    ("gate_plus_rank", {"gate": "8", "gate_points": "40", "rank_points": "60"}),
]


@plain
@given(st.sampled_from(RISING), st.lists(values, min_size=2, max_size=8))
def test_more_never_earns_less_where_more_is_better(rule: tuple[str, dict[str, Any]], column: list[Decimal]) -> None:
    method, params = rule
    rising = sorted(column)
    earned = scored(method, [{"target": Decimal(70), "actual": value} for value in rising], **params)
    assert earned == sorted(value for value in earned if value is not None)


FALLING = [
    ("control_limit", {}),
    ("per_point_deduct", {"deduct": "0.5"}),
    ("target_or_zero", {"direction": "lower_better"}),
    ("rank_step", {"direction": "lower_better"}),
    ("efficacy_minmax", {"direction": "lower_better"}),
    ("banded_linear", {"levels": ["10", "20", "30", "40"]}),
]


@plain
@given(st.sampled_from(FALLING), st.lists(values, min_size=2, max_size=8))
def test_more_never_earns_more_where_less_is_better(rule: tuple[str, dict[str, Any]], column: list[Decimal]) -> None:
    method, params = rule
    falling = sorted(column, reverse=True)
    earned = scored(method, [{"target": Decimal(70), "actual": value} for value in falling], **params)
    assert earned == sorted(value for value in earned if value is not None)


BOUNDED = [
    ("completion_ratio", {}, 0, 100),
    ("control_limit", {}, 0, 100),
    ("target_or_zero", {}, 0, 100),
    ("base80_slope", {}, 0, 100),
    ("per_point_deduct", {"deduct": "0.5", "floor": "20"}, 20, 100),
    ("per_step_deduct", {"floor": "7"}, 7, 100),
    ("penalty_line_floor", {"full_at": "90", "deduct_per_point": "0.3", "floor": "10"}, 10, 100),
    ("range", {"low": "40", "high": "60", "width": "30"}, 0, 100),
    ("efficacy_minmax", {}, 60, 100),
    ("efficacy_fixed", {"lo": "15", "hi": "25", "clamp": True}, 60, 100),
    ("banded_linear", {"levels": ["100", "90", "80", "60"]}, 0, 100),
    ("rank_step", {"step": "0.2", "floor": "3"}, 3, 100),
    ("flat80_step_bonus", {}, 0, 130),
]


@plain
@given(st.sampled_from(BOUNDED), columns)
def test_no_score_leaves_its_bounds(rule: tuple[str, dict[str, Any], int, int], column: list[Decimal]) -> None:
    method, params, low, high = rule
    rows = [{"target": Decimal(70), "base": Decimal(70), "actual": value} for value in column]
    assert all(value is not None and low <= value <= high for value in scored(method, rows, **params))


@plain
@given(st.data(), st.sampled_from(["rank_step", "efficacy_minmax", "growth_vs_mean", "ratio_to_best"]))
def test_the_order_of_the_units_changes_nothing(data: st.DataObject, method: str) -> None:
    column = data.draw(st.lists(amounts, min_size=1, max_size=8))
    rows = [{"unit": f"U{at}", "actual": str(x), "base": "50"} for at, x in enumerate(column)]
    shuffled = data.draw(st.permutations(rows))
    assert sorted(score({"method": method, "rows": rows})) == sorted(score({"method": method, "rows": shuffled}))


@plain
@given(st.decimals("50", "110", places=4), st.decimals("0.0001", "0.01", places=4))
def test_between_standards_there_is_no_jump(value: Decimal, little: Decimal) -> None:
    levels = ["100", "90", "80", "60"]
    low, high = scored("banded_linear", actuals([value, value + little]), levels=levels)
    assume(not value < 60 <= value + little)  # reaching D itself is the one step of the rule
    assert low is not None and high is not None
    assert high - low <= Decimal("2.5") * little + Decimal("0.000001")  # the steepest band: 25 points in 10


@plain
@given(st.integers(1, 500), st.integers(1, 500), st.integers(2, 40))
def test_equal_quotients_tie_however_they_are_written(actual: int, target: int, times: int) -> None:
    rows = [
        {"unit": "A", "actual": str(actual), "target": str(target)},
        {"unit": "B", "actual": str(Decimal(actual * times) / 10), "target": str(Decimal(target * times) / 10)},
    ]
    assert [row.rank for row in score({"method": "completion_ratio", "params": {"cap": None}, "rows": rows})] == [1, 1]


@plain
@given(st.lists(st.decimals("0", "120", places=2), min_size=1, max_size=5))
def test_a_geometric_mean_is_the_nearest_root(parts: list[Decimal]) -> None:
    (stored,) = score(
        {
            "method": "composite",
            "params": {"mean": "geometric"},
            "rows": [{"unit": "A", "scores": list(map(str, parts))}],
        }
    )
    assert stored.score is not None
    product, half = Fraction(math.prod(map(Fraction, parts))), Fraction(1, 2_000_000)
    assert max(Fraction(stored.score) - half, Fraction(0)) ** len(parts) <= product
    assert product < (Fraction(stored.score) + half) ** len(parts)


@plain
@given(st.lists(st.decimals("0", "100", places=2), min_size=6, max_size=12))
def test_a_panel_mean_lies_between_its_kept_extremes(parts: list[Decimal]) -> None:
    (stored,) = score({"method": "panel_mean", "rows": [{"unit": "A", "scores": list(map(str, parts))}]})
    rising = sorted(parts)
    assert stored.score is not None and rising[1] <= stored.score <= rising[-2]
