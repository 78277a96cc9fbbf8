"""The shape of a scoring case: what is refused, what is missing, how scores are stored, ranked and printed."""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from engine.assessment.scoring import BadCase, answer, digits, half_up, printed, score, shown
from engine.assessment.scoring.case import Scored
from tests.assessment.scoring_words import check


def case(*rows: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"method": "completion_ratio", "rows": [{"target": "100"} | row for row in rows]} | fields


def test_the_documented_case() -> None:
    documented = {
        "method": "completion_ratio",
        "points": "5",
        "params": {"cap": "1"},
        "decimals": 2,
        "rows": [{"unit": "A", "target": "200", "actual": "190", "base": None, "exempt": False}],
    }
    assert answer(documented) == {"scores": [{"unit": "A", "score": "4.75", "rank": 1}]}
    assert score(documented) == [Scored("A", Decimal("4.750000"), 1, None)]


def test_without_points_a_score_is_out_of_a_hundred_and_has_six_decimals() -> None:
    assert answer(case({"unit": "A", "actual": "33"}))["scores"][0]["score"] == "33.000000"


def test_a_score_is_stored_with_six_decimals_half_up() -> None:
    stored = [row.score for row in score(case({"unit": "A", "target": "3", "actual": "1"}, points="1"))]
    assert [str(value) for value in stored] == ["0.333333"]
    half = case({"unit": "A", "target": "2000000", "actual": "1"}, points="1")  # 0.0000005
    assert [str(row.score) for row in score(half)] == ["0.000001"]
    below = {
        "method": "adjusted_value",
        "params": {"terms": {"a": {"factor": "1", "cap": None}}},
        "rows": [{"unit": "A", "actual": "0", "differences": {"a": "-0.0000005"}}],
    }
    assert [str(row.score) for row in score(below)] == ["-0.000001"]


def test_ranks_compare_what_is_stored_and_not_what_is_shown() -> None:
    close = case({"unit": "A", "actual": "89.994"}, {"unit": "B", "actual": "89.995"}, decimals=1)
    assert answer(close)["scores"] == [
        {"unit": "A", "score": "90.0", "rank": 2},
        {"unit": "B", "score": "90.0", "rank": 1},
    ]


def test_scores_that_are_stored_alike_tie() -> None:
    near = case({"unit": "A", "actual": "50.00000001"}, {"unit": "B", "actual": "50"}, {"unit": "C", "actual": "49"})
    assert [row.rank for row in score(near)] == [1, 1, 3]
    apart = case({"unit": "A", "actual": "50.000001"}, {"unit": "B", "actual": "50"}, decimals=2)
    assert [(row["score"], row["rank"]) for row in answer(apart)["scores"]] == [("50.00", 1), ("50.00", 2)]


@pytest.mark.requirement("H2")
def test_equal_quotients_tie() -> None:
    rows = ({"unit": "A", "target": "0.3", "actual": "0.1"}, {"unit": "B", "target": "3", "actual": "1"})
    assert [row.rank for row in score(case(*rows))] == [1, 1]


def test_competition_ranks_skip_after_a_tie() -> None:
    rows = [
        {"unit": unit, "actual": actual} for unit, actual in zip("ABCDE", ("90", "80", "90", "70", None), strict=True)
    ]
    assert [(row.unit, row.rank) for row in score(case(*rows))] == [("A", 1), ("B", 3), ("C", 1), ("D", 4), ("E", None)]


@pytest.mark.requirement("H1")
def test_missing_and_exempt_have_neither_score_nor_rank() -> None:
    rows = (
        {"unit": "A", "actual": None},
        {"unit": "B"},
        {"unit": "C", "actual": "90", "exempt": True},
        {"unit": "D", "actual": "0", "exempt": None},
    )
    assert [(row.score, row.rank) for row in score(case(*rows))] == [
        (None, None),
        (None, None),
        (None, None),
        (Decimal(0), 1),
    ]


def test_an_exempt_row_counts_in_no_best_worst_or_mean() -> None:
    rows = [{"unit": "A", "actual": "1000", "base": "1", "exempt": True}] + [
        {"unit": unit, "actual": actual, "base": "10"} for unit, actual in (("B", "10"), ("C", "12"))
    ]
    for method in ("ratio_to_best", "efficacy_minmax", "rank_step", "growth_vs_mean"):
        with_exempt = score({"method": method, "rows": rows})
        assert with_exempt[0].score is None
        assert with_exempt[1:] == score({"method": method, "rows": rows[1:]})


def test_rows_are_printed_by_unit_and_scored_as_given() -> None:
    mixed = case({"unit": "B", "actual": "1"}, {"unit": "A", "actual": "2"})
    assert [row.unit for row in score(mixed)] == ["B", "A"]
    assert [row["unit"] for row in answer(mixed)["scores"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("89.995", 2, "90.00"),
        ("89.994999", 2, "89.99"),
        ("100", 0, "100"),
        ("-0.004", 2, "0.00"),
        ("-0.005", 2, "-0.01"),
        ("5", 6, "5.000000"),
        ("1234567890123456789012345678901234.5", 0, "1234567890123456789012345678901235"),
    ],
)
def test_showing_rounds_half_up(value: str, places: int, text: str) -> None:
    with localcontext() as context:
        context.prec = 5  # whatever the caller's context is
        assert shown(Decimal(value), places) == text


def test_all_digits_of_a_total_and_no_more() -> None:
    assert [digits(Decimal(text)) for text in ("32.50000000", "100", "0E-8", "1E+2", "-0.10", "87.123456789")] == [
        "32.5",
        "100",
        "0",
        "100",
        "-0.1",
        "87.123456789",
    ]


def test_half_up_of_a_fraction() -> None:
    assert half_up(Fraction(1, 3), 12) == Decimal("0.333333333333")
    assert half_up(Fraction(-5, 2), 0) == Decimal(-3)


def test_a_graded_row_has_its_grade_even_when_it_is_none() -> None:
    assert printed([Scored("A", None, None, None)], 2, graded=True) == [
        {"unit": "A", "score": None, "rank": None, "grade": None}
    ]


def test_numbers_may_be_whole_numbers_or_decimals_already() -> None:
    rows = ({"unit": "A", "target": 200, "actual": Decimal("1.9E+2")}, {"unit": "B", "target": "2e2", "actual": "190"})
    assert [row.score for row in score(case(*rows, points=5))] == [Decimal("4.75"), Decimal("4.75")]


@pytest.mark.parametrize(
    "number",
    [
        *("NaN", "Infinity", "-inf", "", " 5", "5 ", "1_000", "１２", "1/3", "95%", "abc", "1e", "1e999", ".", "+"),
        *(95.5, float("nan"), True, Decimal("NaN"), [], {}, "9" * 41),
    ],
)
def test_what_is_not_finite_decimal_text_is_refused(number: object) -> None:
    for field in ("actual", "target", "base"):
        with pytest.raises(BadCase, match=f"The {field} of unit A must be decimal text, not "):
            score(case({"unit": "A", "actual": "1", field: number}))
    with pytest.raises(BadCase, match="The points of a case must be decimal text"):
        score(case({"unit": "A", "actual": "1"}, points=number))
    with pytest.raises(BadCase, match="Parameter cap of completion_ratio must be decimal text above 0 or null"):
        score(case({"unit": "A", "actual": "1"}, params={"cap": number}))


def test_a_wrong_cell_does_not_hide_in_an_exempt_row() -> None:
    with pytest.raises(BadCase, match="actual of unit A"):
        score(case({"unit": "A", "actual": "x", "exempt": True}))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"method": "completion"}, "There is no scoring method 'completion'"),
        ({"method": None}, "There is no scoring method None"),
        ({"params": {"capp": "1"}}, "There is no parameter capp of completion_ratio"),
        ({"params": {"cap": "0"}}, "above 0 or null, not '0'"),
        ({"params": ["cap"]}, "must be a map of names to values"),
        ({"method": "rank_step", "params": {"direction": "up"}}, "must be higher_better or lower_better, not 'up'"),
        ({"method": "rank_step", "params": {"step": "5"}}, "at least 0 and at most 1, not '5'"),
        ({"method": "range", "params": {"low": "1"}}, "Parameter high of range must be given: decimal text."),
        ({"points": "-1"}, "at least 0 or null, not '-1'"),
        ({"decimals": "2"}, "decimals of a case must be a whole number from 0 to 28"),
        ({"decimals": -1}, "decimals of a case"),
        ({"decimals": True}, "decimals of a case"),
        ({"direction": "lower_better"}, "A scoring case has no field direction"),
        ({"rows": None}, "must be a list"),
        ({"rows": ["A"]}, "A row of a case is a map"),
        ({"rows": [{"unit": "A"}, {"unit": "A"}]}, "Unit A occurs twice"),
        ({"rows": [{"actual": "1"}]}, "names its unit"),
        ({"rows": [{"unit": ""}]}, "names its unit"),
        ({"rows": [{"unit": 7}]}, "names its unit"),
        ({"rows": [{"unit": "A", "actaul": "1"}]}, "A row has no field actaul"),
        ({"rows": [{"unit": "A", "exempt": "false"}]}, "exemption of unit A must be true or false, not 'false'"),
        ({"rows": [{"unit": "A", "vetoed": 1}]}, "vetoed of unit A must be true or false"),
    ],
)
def test_a_case_that_cannot_be_meant_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadCase) as refusal:
        score(case({"unit": "A", "actual": "1"}) | wrong)
    assert sentence in str(refusal.value)
    assert refusal.value.code == "bad_case"


def test_a_case_that_is_no_map_is_refused() -> None:
    for nothing in ([], "completion_ratio", None):
        with pytest.raises(BadCase):
            answer(nothing)  # type: ignore[arg-type]


def test_a_case_without_rows_has_no_scores() -> None:
    for method in ("completion_ratio", "rank_step", "efficacy_minmax", "growth_vs_mean", "ratio_to_best"):
        assert score({"method": method, "rows": []}) == []


def test_a_check_names_every_wrong_parameter_at_once() -> None:
    assert check("rank_step", {"step": "2", "direction": "up", "stepp": "0.05"}) == [
        "There is no parameter stepp of rank_step; remove it or correct its name.",
        "Parameter step of rank_step must be decimal text at least 0 and at most 1, not '2'.",
        "Parameter direction of rank_step must be higher_better or lower_better, not 'up'.",
    ]
    assert check("no_such", {}) == ["There is no scoring method 'no_such'; choose one of the list of methods."]
    assert check("per_point_deduct", None) == [
        "Parameter deduct of per_point_deduct must be given: decimal text at least 0."
    ]
    assert check("completion_ratio", None) == []


def test_weights_of_rates_sum_to_one() -> None:
    (problem,) = check("weighted_rates", {"weights": {"a": "0.3", "b": "0.6"}})
    assert "summing to 1, not {'a': '0.3', 'b': '0.6'}" in problem
