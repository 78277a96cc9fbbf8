"""Ranks, the statistics of the feedback, and grades by quota."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.ranking import (
    BadDecision,
    BadQuota,
    Grade,
    Statistics,
    excellent_places,
    grades,
    populations,
    progress_ranks,
    ranks,
    standing,
    statistics,
    tied_at_cut,
)
from engine.errors import Invalid


def of(**scores: str | None) -> dict[str, Decimal | None]:
    return {unit: None if score is None else Decimal(score) for unit, score in scores.items()}


# Ranks


@pytest.mark.requirement("H2")
def test_equal_totals_share_a_rank() -> None:
    scores = of(a="90", b="85.10", c="85.1", d=None, e="70", f="90.0000001")
    assert ranks(scores) == {"a": 2, "b": 3, "c": 3, "d": None, "e": 5, "f": 1}


def test_units_are_ranked_in_their_group_or_all_together() -> None:
    groups = {"a1": "A", "b1": "B", "a2": "A"}
    assert populations(groups, "group") == {"A": ["a1", "a2"], "B": ["b1"]}
    assert populations(groups, "all") == {"all": ["a1", "b1", "a2"]}
    with pytest.raises(Invalid, match="group or all, not 'city'"):
        populations(groups, "city")  # type: ignore[arg-type]


def test_progress_is_ranked_by_places_won() -> None:
    before = of(a="90", b="80", c="70", d="60")
    now = of(a="90", b="60", c="80", d="95", e="99")
    # now: e 1, d 2, a 3, c 4, b 5; won: a 1-3, b 2-5, c 3-4, d 4-2
    assert progress_ranks(now, before) == {"a": 3, "b": 4, "c": 2, "d": 1, "e": None}


# Feedback


@pytest.mark.requirement("F1")
def test_top_and_bottom_three_with_their_numbers() -> None:
    scores = of(a="95", b="90", c="85.5", d="80", e="70", f="60.01", g=None)
    # (95 + 90 + 85.5 + 80 + 70 + 60.01) / 6 = 480.51 / 6 = 80.085
    assert statistics(scores) == Statistics(
        n=6,
        highest=Decimal("95"),
        lowest=Decimal("60.01"),
        mean=Decimal("80.09"),
        top=("a", "b", "c"),
        bottom=("f", "e", "d"),
        overlap=(),
    )


@pytest.mark.requirement("F1")
def test_ties_at_the_cut_are_all_named() -> None:
    found = statistics(of(a="90", b="80", c="70", d="70", e="60", f="60", g="60", h="50", i="40"))
    assert found.top == ("a", "b", "c", "d")
    assert found.bottom == ("i", "h", "e", "f", "g")


@pytest.mark.requirement("F1")
def test_small_groups_mark_who_is_in_both_lists() -> None:
    found = statistics(of(a="90", b="80", c="70", d="60"))
    assert (found.top, found.bottom) == (("a", "b", "c"), ("d", "c", "b"))
    assert found.overlap == ("b", "c")
    assert statistics(of(a="90", b="80")).overlap == ("a", "b")


def test_equal_scores_put_everybody_in_both_lists() -> None:
    found = statistics(of(b="90", a="90", c="90", d="90"))
    assert found.top == found.bottom == found.overlap == ("a", "b", "c", "d")


def test_a_mean_ending_in_a_half_goes_up() -> None:
    assert statistics(of(a="89.99", b="90")).mean == Decimal("90.00")
    assert statistics(of(a="1", b="1", c="2")).mean == Decimal("1.33")


def test_nothing_scored_has_no_numbers() -> None:
    assert statistics(of(a=None)) == Statistics(0, None, None, None, (), (), ())
    assert statistics({}).n == 0


@pytest.mark.requirement("F2")
def test_a_unit_sees_its_distance_to_best_and_mean() -> None:
    scores = of(a="95", b="80.5", c="70", d=None)
    own = standing(scores, "b")  # the mean is 245.5 / 3 = 81.8333..., published as 81.83
    assert (own.score, own.rank) == (Decimal("80.5"), 2)
    assert (own.gap_to_best, own.gap_to_mean) == (Decimal("-14.5"), Decimal("-1.33"))
    assert standing(scores, "d").rank is None


# Grades


def graded(scores: Mapping[str, Decimal | None], vetoed: str = "", decided: str = "") -> str:
    """One letter a unit: e, g, q, u, and - for the unscored."""
    found = grades(
        scores,
        quota=Decimal("0.30"),
        good_line=Decimal(80),
        qualified_line=Decimal(60),
        vetoed=set(vetoed),
        decided=set(decided),
    )
    return "".join("-" if grade is None else grade[0] for grade in found.values())


@pytest.mark.requirement("B9")
@pytest.mark.parametrize(("n", "places"), [(6, 1), (10, 3), (4, 1), (1, 1), (20, 6), (3, 1), (7, 2)])
def test_the_quota_is_rounded_down_to_at_least_one(n: int, places: int) -> None:
    assert excellent_places(n, Decimal("0.30")) == places


@pytest.mark.requirement("H2")
def test_the_quota_first_and_then_the_lines() -> None:
    scores = of(a="99", b="98", c="97", d="96", e="80", f="79.999999", g="60", h="59.99", i="50", j="10", k=None)
    assert graded(scores) == "eeeggqquuu-"


@pytest.mark.requirement("H2")
def test_units_that_tie_across_the_cut_get_nothing_more() -> None:
    scores = of(a="99", b="98", c="97", d="97.0", e="90", f="80", g="70", h="60", i="50", j="40")
    assert graded(scores) == "eeggggqquu"
    assert tied_at_cut(scores, Decimal("0.30")) == (("c", "d"), 1)


def test_a_decision_may_name_one_of_the_tied() -> None:
    scores = of(a="99", b="98", c="97", d="97", e="90", f="80", g="70", h="60", i="50", j="40")
    assert graded(scores, decided="d") == "eegegg" + "qquu"
    for decided in ("cd", "e", "a"):
        with pytest.raises(BadDecision, match="cannot be named excellent"):
            graded(scores, decided=decided)
    with pytest.raises(BadDecision):
        graded(scores, decided="c", vetoed="c")


def test_a_tie_that_fits_the_quota_is_no_tie_at_the_cut() -> None:
    scores = of(a="99", b="97", c="97", d="96", e="90", f="80", g="70", h="60", i="50", j="40")
    assert graded(scores).startswith("eeeg")
    assert tied_at_cut(scores, Decimal("0.30")) == ((), 0)


def test_when_all_are_equal_nobody_is_excellent() -> None:
    assert graded(of(a="90", b="90", c="90", d="90")) == "gggg"


@pytest.mark.requirement("H2")
def test_a_veto_bars_the_grade_and_frees_no_place() -> None:
    scores = of(a="99", b="98", c="97", d="96", e="90", f="85", g="70", h="60", i="50", j="40")
    assert graded(scores, vetoed="b") == "eqeggg" + "qquu"
    assert graded(scores, vetoed="f") == "eeeggq" + "qquu"
    assert graded(scores, vetoed="j")[-1] == "u"
    assert ranks(scores)["b"] == 2


def test_a_vetoed_unit_goes_on_tying() -> None:
    scores = of(a="99", b="98", c="97", d="97", e="90", f="80", g="70", h="60", i="50", j="40")
    assert graded(scores, vetoed="c") == "eeqggg" + "qquu"
    assert graded(scores, vetoed="c", decided="d") == "eeqegg" + "qquu"


def test_a_quota_or_lines_that_cannot_be_meant_are_refused() -> None:
    for quota, good in (("0", "80"), ("1.1", "80"), ("0.3", "60")):
        with pytest.raises(BadQuota):
            grades(of(a="1"), quota=Decimal(quota), good_line=Decimal(good), qualified_line=Decimal(60))


plain = settings(deadline=None, max_examples=80)
some_scores = st.dictionaries(
    st.sampled_from("abcdefghijkl"), st.none() | st.decimals("0", "100", places=1), min_size=1, max_size=12
)


@plain
@given(some_scores)
def test_a_rank_is_one_more_than_those_ahead(scores: dict[str, Decimal | None]) -> None:
    for unit, rank in ranks(scores).items():
        own = scores[unit]
        ahead = None if own is None else sum(other is not None and other > own for other in scores.values())
        assert rank == (None if ahead is None else ahead + 1)


@plain
@given(some_scores)
def test_the_named_are_those_with_fewer_than_three_beyond(scores: dict[str, Decimal | None]) -> None:
    known = {unit: score for unit, score in scores.items() if score is not None}
    found = statistics(scores)
    assert set(found.top) == {u for u in known if sum(other > known[u] for other in known.values()) < 3}
    assert set(found.bottom) == {u for u in known if sum(other < known[u] for other in known.values()) < 3}
    assert set(found.overlap) == set(found.top) & set(found.bottom)
    if known:
        mean = sum(map(Fraction, known.values())) / len(known)
        assert found.mean is not None and abs(Fraction(found.mean) - mean) <= Fraction(1, 200)


@plain
@given(some_scores, st.sets(st.sampled_from("abcdefghijkl")))
def test_no_more_are_excellent_than_the_quota_allows(scores: dict[str, Decimal | None], vetoed: set[str]) -> None:
    found = grades(scores, quota=Decimal("0.3"), good_line=Decimal(80), qualified_line=Decimal(60), vetoed=vetoed)
    excellent = {unit for unit, grade in found.items() if grade is Grade.EXCELLENT}
    n = sum(score is not None for score in scores.values())
    assert len(excellent) <= max(1, n * 3 // 10)
    assert not {unit for unit in vetoed & found.keys() if found[unit] in (Grade.EXCELLENT, Grade.GOOD)}
