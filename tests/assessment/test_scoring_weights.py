"""Totals, and the weight of what a unit is exempt from."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.scoring import BadWeights, respread, total


def weights(**given: str) -> dict[str, Decimal]:
    return {indicator: Decimal(weight) for indicator, weight in given.items()}


ECONOMY = {"a": "economy", "b": "economy", "c": "economy", "d": "party", "e": "party"}


@pytest.mark.requirement("H2")
def test_a_total_is_the_exact_weighted_sum() -> None:
    scores = {"a": Decimal("90.000000"), "b": Decimal("33.333333"), "c": None}
    assert total(scores, weights(a="60", b="40")) == Decimal("67.3333332")
    assert total({"a": Decimal("0.000001")}, weights(a="0.000001")) == Decimal("0.00000000000001")
    assert total({}, {}) == 0


def test_a_weight_without_a_score_is_refused() -> None:
    for scores in ({"a": None}, {}):
        with pytest.raises(BadWeights, match="Indicator a has a weight and no score"):
            total(scores, weights(a="100"))


def test_units_with_other_parts_and_the_same_total_tie_exactly() -> None:
    same = weights(a="30", b="70")
    one = total({"a": Decimal("100.000000"), "b": Decimal("70.000000")}, same)
    other = total({"a": Decimal("65.000000"), "b": Decimal("85.000000")}, same)
    assert one == other == 79


def test_an_exempt_weight_is_spread_within_its_category() -> None:
    given = weights(a="10", b="20", c="30", d="25", e="15")
    # 30 of c over a and b as 1 : 2
    assert respread(given, {"c"}, ECONOMY) == weights(a="20", b="40", d="25", e="15")


def test_the_last_of_a_category_takes_what_rounding_leaves() -> None:
    given = weights(a="1", b="1", c="1", d="7", e="90")
    spread = respread(given, {"d"}, dict.fromkeys("abcd", "x") | {"e": "y"})
    # 10 / 3 = 3.333333 twice, and 3.333334 for the last
    assert [str(weight) for weight in spread.values()] == ["3.333333", "3.333333", "3.333334", "90"]
    assert list(spread) == ["a", "b", "c", "e"]


def test_the_given_order_decides_who_is_last() -> None:
    given = {"c": Decimal(1), "x": Decimal(7), "a": Decimal(1), "b": Decimal(1)}
    spread = respread(given, {"x"}, dict.fromkeys("abcx", "all"))
    assert spread == {"c": Decimal("3.333333"), "a": Decimal("3.333333"), "b": Decimal("3.333334")}


def test_nothing_exempt_changes_nothing() -> None:
    given = weights(a="10.5", b="20", c="29.5", d="25", e="15")
    assert respread(given, set(), ECONOMY) == given
    assert respread(given, {"no indicator of this group"}, ECONOMY) == given


def test_a_category_with_everything_exempt_is_refused_unless_told() -> None:
    given = weights(a="10", b="20", c="30", d="25", e="15")
    with pytest.raises(BadWeights, match="category party is exempt"):
        respread(given, {"d", "e"}, ECONOMY)
    # 40 over 10 : 20 : 30
    spread = respread(given, {"d", "e"}, ECONOMY, across=True)
    assert spread == {"a": Decimal("16.666667"), "b": Decimal("33.333333"), "c": Decimal("50")}


def test_across_comes_after_the_spread_within() -> None:
    given = weights(a="10", b="20", c="30", d="40")
    categories = {"a": "x", "b": "x", "c": "y", "d": "z"}
    # a takes the 20 of b: a 30, c 30; then 40 over equal halves
    assert respread(given, {"b", "d"}, categories, across=True) == weights(a="50", c="50")


def test_when_nothing_is_left_there_is_nowhere_to_go() -> None:
    for across in (False, True):
        with pytest.raises(BadWeights, match="nowhere"):
            respread(weights(a="100"), {"a"}, ECONOMY, across=across)


def test_an_indicator_without_weight_takes_no_weight() -> None:
    with pytest.raises(BadWeights, match="category economy"):
        respread(weights(a="0", b="60", d="40"), {"b"}, ECONOMY)
    assert respread(weights(a="0", b="60", d="40"), {"a"}, ECONOMY) == weights(b="60", d="40")


def test_an_indicator_without_category_and_a_negative_weight_are_refused() -> None:
    with pytest.raises(BadWeights, match="Indicator z has no category"):
        respread(weights(z="100"), set(), {})
    with pytest.raises(BadWeights, match="weight -1 of indicator a"):
        respread(weights(a="-1"), set(), ECONOMY)


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.decimals("0.01", "20", places=2), st.booleans()), min_size=2, max_size=12),
    st.sampled_from([1, 2, 3]),
)
def test_every_sum_is_kept_to_the_last_digit(drawn: Sequence[tuple[Decimal, bool]], categories: int) -> None:
    given_weights = {f"i{at}": weight for at, (weight, _) in enumerate(drawn)}
    category = {f"i{at}": str(at % categories) for at in range(len(drawn))}
    exempt = {f"i{at}" for at, (_, is_exempt) in enumerate(drawn) if is_exempt and at >= categories}
    spread = respread(given_weights, exempt, category)
    assert spread.keys() == given_weights.keys() - exempt
    for name in set(category.values()):
        before = sum(weight for i, weight in given_weights.items() if category[i] == name)
        assert sum(weight for i, weight in spread.items() if category[i] == name) == before
    assert all(weight >= given_weights[i] for i, weight in spread.items())
