"""Methods that put parts, ballots and events together, on numbers worked out by hand, and at their edges."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from engine.assessment.scoring import BadCase, answer, score
from tests.assessment.scoring_words import check


def scores(method: str, rows: list[dict[str, Any]], points: str = "100", **params: Any) -> list[str | None]:
    """Scores in row order, at 2 decimals; the units are named U0, U1 ... where the rows do not name them."""
    named = [{"unit": f"U{at:03}"} | row for at, row in enumerate(rows)]
    case = {"method": method, "points": points, "params": params, "decimals": 2, "rows": named}
    printed = {row["unit"]: row["score"] for row in answer(case)["scores"]}
    return [printed[row["unit"]] for row in named]


def pairs(
    *values: tuple[str | None, str | None], names: tuple[str, str] = ("target", "actual")
) -> list[dict[str, Any]]:
    return [dict(zip(names, pair, strict=True)) for pair in values]


# Parts


def test_weighted_rates_are_their_own_value() -> None:
    weights = {"signed": "0.4", "settled": "0.6"}
    rows = [{"rates": {"signed": "95", "settled": "80"}}, {"rates": {"signed": "95", "settled": None}}, {"rates": None}]
    assert scores("weighted_rates", rows, "5", weights=weights) == ["86.00", None, None]
    with pytest.raises(BadCase, match="name settle,"):
        scores("weighted_rates", [{"rates": {"signed": "95", "settle": "80"}}], weights=weights)


def test_means_of_several_scores() -> None:
    rows = [{"scores": ["80", "90"]}, {"scores": ["80", None]}, {"scores": []}]
    assert scores("composite", rows, "5") == ["85.00", None, None]
    assert scores("composite", rows, weights=["3", "7"]) == ["87.00", None, None]
    assert scores("composite", rows, weights=["0", "1"]) == ["90.00", None, None]


def test_geometric_means_tie_where_they_are_equal() -> None:
    rows = [{"scores": ["2", "8"]}, {"scores": ["4", "4"]}, {"scores": ["2", "8.000001"]}]
    case = {
        "method": "composite",
        "params": {"mean": "geometric"},
        "rows": [{"unit": str(i)} | r for i, r in enumerate(rows)],
    }
    assert [(row.score, row.rank) for row in score(case)] == [
        (Decimal("4.000000"), 1),
        (Decimal("4.000000"), 1),
        (Decimal("4.000000"), 1),  # 4.00000025 is stored as 4.000000
    ]


def test_geometric_means_are_rounded_exactly() -> None:
    # sqrt(2) = 1.41421356..., cube root of 3 = 1.44224957..., 2^0.3 · 5^0.7 = 3.79829...
    rows = [{"scores": ["1", "2"]}]
    case = {"method": "composite", "params": {"mean": "geometric"}, "rows": [{"unit": "A"} | rows[0]]}
    assert score(case)[0].score == Decimal("1.414214")
    assert scores("composite", [{"scores": ["1", "1", "3"]}], mean="geometric") == ["1.44"]
    assert scores("composite", [{"scores": ["2", "5"]}], mean="geometric", weights=["0.3", "0.7"]) == ["3.80"]
    assert scores("composite", [{"scores": ["0", "5"]}], mean="geometric") == ["0.00"]


@pytest.mark.parametrize(
    ("scores_given", "params", "sentence"),
    [
        (["2", "-8"], {"mean": "geometric"}, "below 0"),
        (["2", "8"], {"weights": ["1", "1", "1"]}, "2 scores for 3 weights"),
        (["2", "8"], {"weights": ["0", "0"]}, "all 0"),
        (["2", "8"], {"weights": ["0.333333", "0.666667"], "mean": "geometric"}, "few decimals"),
    ],
)
def test_means_that_cannot_be_taken_are_refused(scores_given: list[str], params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadCase, match=sentence):
        scores("composite", [{"scores": scores_given}], **params)


def test_a_panel_of_six_loses_its_extremes_and_one_of_five_does_not() -> None:
    rows = [{"scores": ["10", "80", "82", "84", "86", "100"]}, {"scores": ["70", "80", "90", "90", "100"]}]
    assert scores("panel_mean", rows, "5") == ["83.00", "86.00"]
    assert scores("panel_mean", [{"scores": ["90", "90", "90", "90", "90", "60", "60"]}]) == ["84.00"]
    assert scores("panel_mean", [{"scores": ["90", None]}, {"scores": []}]) == [None, None]


def test_what_was_mended_counts_a_tenth() -> None:
    rows = pairs(("90", "70"), ("90", None), names=("site", "feedback"))
    assert scores("site_plus_feedback", rows, "5") == ["88.00", None]
    assert check("site_plus_feedback", {"site_weight": "0.8"}) == [
        "Parameters site_weight and feedback_weight must sum to 1; correct one of them."
    ]


# A member's year


def annual(*rows: Mapping[str, Any], **params: Any) -> list[tuple[str | None, int | None, str | None]]:
    named = [{"unit": f"M{at:03}"} | row for at, row in enumerate(rows)]
    printed = answer({"method": "points_annual", "params": params, "decimals": 2, "rows": named})["scores"]
    return [(row["score"], row["rank"], row["grade"]) for row in printed]


@pytest.mark.requirement("N7")
def test_a_members_year_is_ninety_percent_of_the_months_and_ten_of_the_review() -> None:
    assert annual(
        {"monthly": ["98"] * 12, "review": "96", "bonus": "2"},
        {"monthly": ["100"], "review": "100", "bonus": "0"},
        {"monthly": ["80", "90"], "review": "80", "bonus": "1.5"},
        {"monthly": ["79"], "review": "85"},
    ) == [("99.80", 2, "合格"), ("100.00", 1, "优秀"), ("86.00", 3, "基本合格"), ("79.60", 4, "不合格")]


@pytest.mark.requirement("N8")
@pytest.mark.parametrize(
    ("value", "grade"),
    [
        ("100", "优秀"),
        ("99.99", "合格"),
        ("90", "合格"),
        ("89.99", "基本合格"),
        ("89.9999999", "基本合格"),  # stored as 90.000000, graded as it is
        ("80", "基本合格"),
        ("79.99", "不合格"),
        ("0", "不合格"),
        ("-3", "不合格"),
    ],
)
def test_a_grade_begins_at_its_line(value: str, grade: str) -> None:
    assert annual({"monthly": [value], "review": value})[0][2] == grade


@pytest.mark.requirement("N9")
def test_a_vetoed_member_has_no_points_at_all() -> None:
    assert annual(
        {"monthly": ["100"], "review": "100", "bonus": "9", "vetoed": True},
        {"monthly": ["60"], "review": "60", "vetoed": False},
    ) == [(None, None, None), ("60.00", 1, "不合格")]


def test_a_member_without_a_part_has_no_points_yet() -> None:
    assert (
        annual({"monthly": ["60", None], "review": "60"}, {"monthly": ["60"]}, {"review": "60"})
        == [(None, None, None)] * 3
    )
    assert annual({"monthly": ["60"], "review": "60", "bonus": None}) == [(None, None, None)]


@pytest.mark.parametrize("lines", [{"好": "60", "差": "10"}, {"好": "60", "差": "60"}, {}])
def test_lines_that_leave_a_gap_are_refused(lines: dict[str, str]) -> None:
    (problem,) = check("points_annual", {"lines": lines})
    assert problem.startswith("Parameter lines of points_annual must be a map of grades")


# Ballots


@pytest.mark.requirement("H4")
def test_ballots_by_grade() -> None:
    values = {"优秀": "100", "称职": "80", "基本称职": "60", "不称职": "40"}
    rows = [{"votes": {"优秀": "10", "称职": "6", "基本称职": "4"}}, {"votes": {"优秀": "0"}}, {"votes": None}]
    assert scores("vote_grades", rows, "5", values=values) == ["86.00", None, None]
    with pytest.raises(BadCase, match="name 很好"):
        scores("vote_grades", [{"votes": {"很好": "1"}}], values=values)
    with pytest.raises(BadCase, match="votes of unit U000"):
        scores("vote_grades", [{"votes": {"优秀": "1.5"}}], values=values)


@pytest.mark.requirement("H4")
def test_classes_of_voters_have_their_shares() -> None:
    weights = {
        "chief": "0.15",
        "in charge": "0.15",
        "others": "0.20",
        "organs": "0.10",
        "units": "0.15",
        "staff": "0.25",
    }
    full = {name: {"优秀": "4"} for name in weights}
    rows = [
        {"class_votes": full},
        {"class_votes": full | {"staff": {"优秀": "1", "称职": "3"}}},  # 75 + 0.25 · 85
        {"class_votes": full | {"staff": {}}},
        {"class_votes": full | {"staff": None}},
    ]
    params = {"weights": weights, "values": {"优秀": "100", "称职": "80"}}
    assert scores("voter_class_mix", rows, **params) == ["100.00", "96.25", None, None]
    with pytest.raises(BadCase, match="ballots of chief for 良好"):
        scores("voter_class_mix", [{"class_votes": {"chief": {"良好": "1"}}}], **params)


def test_tiers_of_the_rate_of_the_best_grade() -> None:
    ballots = [
        {"优秀": "90", "称职": "10"},
        {"优秀": "8999", "称职": "1001"},
        {"优秀": "70", "称职": "30"},
        {"优秀": "60", "称职": "40"},
        {"优秀": "59", "称职": "41"},
        {"优秀": "5", "称职": "5", "基本称职": "2", "不称职": "3"},
        {"优秀": "6", "称职": "5", "不称职": "5"},
        {"优秀": "6", "不称职": "4"},
    ]
    expected = ["200.00", "190.00", "180.00", "170.00", "160.00", "130.00", "160.00", "170.00"]
    assert scores("vote_rate_tiers", [{"votes": votes} for votes in ballots]) == expected


@pytest.mark.parametrize(
    "params",
    [
        {"tiers": [{"at_least": "60", "points": "170"}, {"at_least": "90", "points": "200"}]},
        {"tiers": [{"at_least": "90", "points": "200"}, {"at_least": "90", "points": "190"}]},
        {"otherwise": "175"},
        {"bad": ["优秀"]},
    ],
)
def test_tiers_out_of_order_are_refused(params: dict[str, Any]) -> None:
    assert len(check("vote_rate_tiers", params)) == 1


# Counts


def test_events_earn_their_points() -> None:
    items = {"new": "5", "continued": "2", "plan": "60", "criticised": "-5"}
    rows = [
        {"counts": {"new": "3", "continued": "2", "criticised": "1"}},
        {"counts": {"plan": "0.75"}},
        {"counts": {}},
        {"counts": {"new": None}},
        {"counts": None},
    ]
    assert scores("count_points", rows, "5", items=items) == ["14.00", "45.00", "0.00", None, None]


def test_events_are_capped_by_kind_and_together() -> None:
    items = {"a": {"each": "2", "cap": "12"}, "b": {"each": "4"}, "c": {"each": "4", "cap": None}}
    rows = [{"counts": {"a": "15", "b": "1", "c": "1"}}, {"counts": {"a": "5"}}]
    assert scores("count_capped", rows, "5", items=items) == ["20.00", "10.00"]
    assert scores("count_capped", rows, "5", items=items, cap="18") == ["18.00", "10.00"]
    with pytest.raises(BadCase, match="whole number"):
        scores("count_capped", [{"counts": {"a": "1.5"}}], items=items)
    assert check("count_capped", {"items": {"a": {"each": "2", "caps": "12"}}}) != []
