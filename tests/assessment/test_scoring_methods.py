"""Each method on numbers worked out by hand from its published rule, and at its edges."""

import json
from typing import Any

import pytest

from engine.assessment.scoring import BadCase, Vector, answer, described, methods
from tests.assessment.scoring_words import check

DOCUMENTED = {
    *("completion_ratio", "control_limit", "target_or_zero", "rank_step", "ratio_to_best", "efficacy_minmax"),
    *("per_point_deduct", "penalty_line_floor", "weighted_rates", "growth_vs_mean", "composite", "vote_grades"),
    *("panel_mean", "banded_linear", "range", "points_annual"),
    *("gate_plus_rank", "efficacy_fixed", "per_step_deduct", "base80_slope", "flat80_step_bonus", "rank_step_base"),
    *("adjusted_value", "count_points", "count_capped", "declared_target", "vote_rate_tiers", "voter_class_mix"),
    *("event_deduct", "site_plus_feedback", "province_rank_bonus"),
}


def scores(method: str, rows: list[dict[str, Any]], points: str = "100", **params: Any) -> list[str | None]:
    """Scores in row order, at 2 decimals; the units are named U0, U1 ... where the rows do not name them."""
    named = [{"unit": f"U{at:03}"} | row for at, row in enumerate(rows)]
    case = {"method": method, "points": points, "params": params, "decimals": 2, "rows": named}
    printed = {row["unit"]: row["score"] for row in answer(case)["scores"]}
    return [printed[row["unit"]] for row in named]


def actuals(*values: str | None) -> list[dict[str, Any]]:
    return [{"actual": value} for value in values]


def pairs(
    *values: tuple[str | None, str | None], names: tuple[str, str] = ("target", "actual")
) -> list[dict[str, Any]]:
    return [dict(zip(names, pair, strict=True)) for pair in values]


def test_every_documented_method_is_there_and_no_other() -> None:
    assert {method.name for method in methods()} == DOCUMENTED


@pytest.mark.parametrize(
    ("name", "vector"), [(method.name, vector) for method in methods() for vector in method.vectors]
)
def test_what_a_method_says_of_itself_holds(name: str, vector: Vector) -> None:
    rows = {row["unit"]: row for row in answer(vector.case)["scores"]}
    assert {unit: rows[unit]["score"] for unit in vector.scores} == vector.scores
    if vector.grades is not None:
        assert {unit: rows[unit]["grade"] for unit in vector.grades} == vector.grades
    assert check(name, vector.case["params"]) == []


def test_a_described_method_says_what_its_parameters_are() -> None:
    found = {entry["method"]: entry for entry in described()}
    assert found["completion_ratio"]["row_fields"] == ["target", "actual"]
    assert found["completion_ratio"]["params"] == [
        {
            "name": "cap",
            "type": "decimal text above 0 or null",
            "default": "1",
            "meaning": "ratio from which the score no longer rises; null for no end",
        }
    ]
    assert found["per_point_deduct"]["params"][1]["type"].endswith("required")
    assert all(entry["vectors"] and answer(entry["example"])["scores"] for entry in found.values())
    assert json.loads(json.dumps(described())) == described()


# Against the unit's own target


@pytest.mark.requirement("C6")
def test_completion_earns_in_proportion_and_stops_when_met() -> None:
    rows = pairs(("200", "190"), ("200", "200"), ("200", "220"), ("0.08", "-0.1"), ("200", "0"))
    assert scores("completion_ratio", rows, "5") == ["4.75", "5.00", "5.00", "0.00", "0.00"]


def test_completion_over_the_target_counts_as_far_as_the_cap() -> None:
    rows = pairs(("100", "150"), ("100", "110"))
    assert scores("completion_ratio", rows, "10", cap="1.2") == ["12.00", "11.00"]
    assert scores("completion_ratio", rows, "10", cap=None) == ["15.00", "11.00"]


def test_without_a_target_there_is_no_completion() -> None:
    assert scores("completion_ratio", pairs(("0", "5"), (None, "5"), ("5", None))) == [None, None, None]


def test_a_negative_target_is_refused() -> None:
    for method in ("completion_ratio", "control_limit", "per_step_deduct"):
        with pytest.raises(BadCase, match="unit U000 is below 0"):
            scores(method, pairs(("-5", "3")))


def test_a_limit_costs_what_goes_over_it() -> None:
    rows = pairs(("100", "120"), ("100", "200"), ("100", "250"), ("100", "80"), ("100", "100"))
    assert scores("control_limit", rows, "5") == ["4.00", "0.00", "0.00", "5.00", "5.00"]


def test_a_limit_of_nothing_is_kept_or_not() -> None:
    assert scores("control_limit", pairs(("0", "0"), ("0", "0.01"), ("0", "-1")), "5") == ["5.00", "0.00", "5.00"]


def test_target_or_zero() -> None:
    assert scores("target_or_zero", pairs(("100", "99"), ("100", "100.0")), "10") == ["0.00", "10.00"]
    rows = pairs(("-2", "-1"), ("-2", "-2.5"))
    assert scores("target_or_zero", rows, "10", direction="lower_better") == ["0.00", "10.00"]


def test_the_target_earns_four_fifths_and_each_point_half_a_point() -> None:
    rows = pairs(("70", "80"), ("70", "70"), ("70", "66"), ("70", "99"), ("99", "0"))
    # 48 + 5; 48; 48 - 2; 48 + 14.5 capped at 60; 48 - 49.5 ends at 0
    assert scores("base80_slope", rows, "60") == ["53.00", "48.00", "46.00", "60.00", "0.00"]
    assert scores("base80_slope", pairs(("5", "3")), "60", direction="lower_better") == ["49.00"]
    with pytest.raises(BadCase, match="cap"):
        scores("base80_slope", rows, cap="0.5")


def test_declaring_low_does_not_pay() -> None:
    names = ("declared", "actual")
    high, low = ({"standard": "100"} | row for row in pairs(("120", "121"), ("101", "121"), names=names))
    # 10·[1 + 21·0.5% − (121/120 − 1)·0.3] = 11.05 − 0.025; 10·[1.105 − (121/101 − 1)·0.3] = 11.05 − 0.594...
    assert scores("declared_target", [high, low], "10") == ["11.03", "10.46"]
    with pytest.raises(BadCase, match="above b"):
        scores("declared_target", [high], a="0.3", b="0.3")


# Deductions


def test_each_point_over_the_limit_deducts() -> None:
    rows = pairs(("35", "39"), ("35", "42"), ("35", "34"), ("35", "35.5"))
    assert scores("per_point_deduct", rows, "3", deduct="0.5") == ["1.00", "0.00", "3.00", "2.75"]
    assert scores("per_point_deduct", rows, "3", deduct="0.5", mode="whole_steps") == ["1.00", "0.00", "3.00", "3.00"]
    assert scores("per_point_deduct", rows, "3", deduct="0.5", floor="1.5") == ["1.50", "1.50", "3.00", "2.75"]
    assert scores("per_point_deduct", rows, "3", deduct="0.5", step="2") == ["2.00", "1.25", "3.00", "2.88"]


def test_each_point_below_a_rate_deducts() -> None:
    rows = pairs(("85", "83"), ("85", "80.9"), ("85", "90"))
    assert scores("per_point_deduct", rows, "1", deduct="0.25", direction="higher_better") == ["0.50", "0.00", "1.00"]


def test_a_floor_above_the_points_is_refused() -> None:
    with pytest.raises(BadCase, match="floor 6 lies above the 5 points"):
        scores("rank_step", actuals("1"), "5", floor="6")


def test_each_two_percent_short_deducts() -> None:
    rows = pairs(("100", "95"), ("40", "39.6"), ("100", "100"), ("100", "1"))
    # 5 % is 2.5 steps; 1 % is half a step; 99 % is 49.5 steps
    assert scores("per_step_deduct", rows, "30") == ["27.50", "29.50", "30.00", "0.00"]
    assert scores("per_step_deduct", rows, "30", mode="whole_steps") == ["28.00", "30.00", "30.00", "0.00"]


def test_a_rate_below_the_line_loses_its_distance() -> None:
    params = {"full_at": "90", "deduct_per_point": "1"}
    assert scores("penalty_line_floor", actuals("89.82", "90", "95", "60"), "15", **params) == [
        "14.82",
        "15.00",
        "15.00",
        "0.00",
    ]


def test_a_range_is_full_inside_and_fades_outside() -> None:
    params = {"low": "4", "high": "6", "width": "8"}
    values = actuals("4", "6", "3", "9", "-4", "14.0", "20")
    assert scores("range", values, "10", **params) == ["10.00", "10.00", "8.75", "6.25", "0.00", "0.00", "0.00"]
    with pytest.raises(BadCase, match="above high"):
        scores("range", values, low="6", high="4", width="1")


def test_events_deduct_up_to_their_cap() -> None:
    rows = [
        {"deductions": ["2", "1.5"]},
        {"deductions": ["3", "4"]},
        {"deductions": []},
        {"deductions": ["1", None]},
        {},
    ]
    assert scores("event_deduct", rows, cap="5") == ["96.50", "95.00", "100.00", None, None]
    assert scores("event_deduct", rows[:2], full="5") == ["1.50", "0.00"]


# Units against each other


def test_the_last_of_twenty_keeps_a_twentieth() -> None:
    assert scores("rank_step", actuals(*(str(20 - at) for at in range(20))))[-1] == "5.00"


def test_equals_share_a_rank_and_the_next_is_skipped() -> None:
    assert scores("rank_step", actuals("7", "9.0", "8", "9.00")) == ["85.00", "100.00", "90.00", "100.00"]
    assert scores("rank_step", actuals("7", "9"), direction="lower_better") == ["100.00", "95.00"]


def test_a_rank_never_earns_less_than_the_floor() -> None:
    assert scores("rank_step", actuals("3", "2", "1"), "10", step="0.5", floor="1") == ["10.00", "5.00", "1.00"]
    assert scores("rank_step", actuals("3", "2", "1"), "10", step="0.8") == ["10.00", "2.00", "0.00"]


def test_ranks_by_several_rankers_are_averaged() -> None:
    rows = [{"ranks": ["5"]}, {"ranks": ["1", "2", "3"]}, {"ranks": ["60", "1"]}, {"ranks": ["1", None]}]
    assert scores("rank_step_base", rows, "200") == ["184.00", "196.00", "100.00", None]


def test_a_gate_then_a_rank() -> None:
    params = {"gate": "8", "gate_points": "4", "rank_points": "6"}
    assert scores("gate_plus_rank", actuals("9.0", "8.5", "8.0", "7.9"), "10", **params) == [
        "10.00",
        "9.70",
        "4.00",
        "0.00",
    ]
    assert scores("gate_plus_rank", actuals("7", "8", "9"), "10", direction="lower_better", **params) == [
        "10.00",
        "4.00",
        "0.00",
    ]


def test_ratio_to_the_best() -> None:
    assert scores("ratio_to_best", actuals("950", "902.5"), "600") == ["600.00", "570.00"]
    assert scores("ratio_to_best", actuals("4", "5"), "10", direction="lower_better") == ["10.00", "8.00"]


def test_a_best_of_nothing_is_still_the_best() -> None:
    assert scores("ratio_to_best", actuals("0", "0"), "10") == ["10.00", "10.00"]
    assert scores("ratio_to_best", actuals("0", "5"), "10", direction="lower_better") == ["10.00", "0.00"]
    for direction in ("higher_better", "lower_better"):
        with pytest.raises(BadCase, match="no ratio"):
            scores("ratio_to_best", actuals("0", "-5"), direction=direction)


@pytest.mark.requirement("C7")
def test_growth_against_the_mean() -> None:
    rows = pairs(("100", "100"), ("110", "100"), ("120", "100"), ("5", "0"), ("5", None), names=("actual", "base"))
    assert scores("growth_vs_mean", rows, "10", mix="1") == ["0.00", "10.00", "15.00", None, None]
    # level of the best 120: 10·100/120 = 8.333333, 9.166667, 10; mixed 40 : 60 with 0, 10 and 15
    assert scores("growth_vs_mean", rows, "10") == ["3.33", "9.67", "13.00", None, None]


def test_equal_growth_is_full_for_all() -> None:
    rows = pairs(("110", "100"), ("55", "50"), names=("actual", "base"))
    assert scores("growth_vs_mean", rows, "10", mix="1") == ["10.00", "10.00"]


def test_growth_between_mean_and_best_rises_to_one_and_a_half() -> None:
    # growths 0, 0.1, 0.5 with mean 0.2: 0; half way to the mean; best
    rows = pairs(("100", "100"), ("110", "100"), ("150", "100"), names=("actual", "base"))
    assert scores("growth_vs_mean", rows, "10", mix="1") == ["0.00", "5.00", "15.00"]
    # growths 0, 0.2, 0.3, 0.3 with mean 0.2; then 0, 0.5, 0.3, 0.4 with mean 0.3: 0.4 is half way up
    rows = pairs(("10", "10"), ("15", "10"), ("13", "10"), ("14", "10"), names=("actual", "base"))
    assert scores("growth_vs_mean", rows, "10", mix="1") == ["0.00", "15.00", "10.00", "12.50"]


def test_growth_in_steps_over_last_year() -> None:
    rows = pairs(("112", "100"), ("100", "100"), ("200", "100"), ("99", "100"), names=("actual", "base"))
    assert scores("flat80_step_bonus", rows, "10") == ["10.00", "8.00", "13.00", "0.00"]
    assert scores("flat80_step_bonus", rows[:1], "10", mode="pro_rata") == ["10.40"]


def test_a_place_in_the_province() -> None:
    rows = pairs(("1", "20"), ("5", "20"), ("6", "20"), ("15", "20"), ("16", "20"), ("20", "20"), names=("rank", "of"))
    assert scores("province_rank_bonus", rows) == ["5.00", "1.00", "0.00", "0.00", "-1.00", "-5.00"]
    for pair in (("1", "9"), ("21", "20")):
        with pytest.raises(BadCase, match="is ranked"):
            scores("province_rank_bonus", pairs(pair, names=("rank", "of")))


# Scales


def test_efficacy_between_named_ends_goes_beyond_them() -> None:
    params = {"satisfactory": "12", "not_allowed": "6"}
    assert scores("efficacy_minmax", actuals("5.81", "12", "13.5"), **params) == ["58.73", "100.00", "110.00"]
    assert scores("efficacy_minmax", actuals("5.81", "13.5"), clamp=True, **params) == ["60.00", "100.00"]
    assert scores("efficacy_minmax", actuals("5.81"), "5", **params) == ["2.94"]  # 2.93666...


def test_efficacy_between_the_best_and_the_worst_found() -> None:
    assert scores("efficacy_minmax", actuals("20", "15", "10")) == ["100.00", "80.00", "60.00"]
    assert scores("efficacy_minmax", actuals("20", "15", "10"), direction="lower_better") == [
        "60.00",
        "80.00",
        "100.00",
    ]
    assert scores("efficacy_minmax", actuals("7", "7"), "5") == ["5.00", "5.00"]
    assert scores("efficacy_minmax", actuals("7", "9"), base="50", span="50") == ["50.00", "100.00"]


def test_efficacy_with_ends_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(BadCase, match="worse than"):
        scores("efficacy_minmax", actuals("7"), satisfactory="6", not_allowed="12")
    with pytest.raises(BadCase, match="worse than"):
        scores("efficacy_minmax", actuals("7", "13"), satisfactory="6")


def test_efficacy_between_fixed_ends() -> None:
    assert scores("efficacy_fixed", actuals("20", "25", "10"), lo="15", hi="25") == ["80.00", "100.00", "40.00"]
    assert scores("efficacy_fixed", actuals("20"), lo="25", hi="15") == ["80.00"]


def test_four_standards() -> None:
    levels = ["100", "90", "80", "60"]
    values = actuals("85", "100", "101", "90", "80", "70", "60", "59.99")
    expected = ["2.50", "4.00", "4.00", "3.00", "2.00", "1.50", "1.00", "0.00"]
    assert scores("banded_linear", values, "4", levels=levels) == expected
    assert scores("banded_linear", actuals("95"), levels=levels) == ["87.50"]
    assert scores("banded_linear", actuals("10", "15", "40", "41"), "4", levels=["10", "20", "30", "40"]) == [
        "4.00",
        "3.50",
        "1.00",
        "0.00",
    ]


@pytest.mark.parametrize("levels", [["100", "90", "90", "60"], ["100", "90", "95", "60"], ["1", "1", "1", "1"]])
def test_standards_that_leave_a_gap_are_refused(levels: list[str]) -> None:
    assert check("banded_linear", {"levels": levels}) == [
        "The levels of banded_linear must fall from A to D, or rise, without equals; put them in order."
    ]


def test_a_rate_is_corrected_within_caps() -> None:
    terms = {
        "gdp": {"factor": "1.5", "cap": "5"},
        "growth": {"factor": "0.15", "cap": "3"},
        "industry": {"factor": "0.15", "cap": "3"},
    }
    row = {"actual": "80", "differences": {"gdp": "1", "growth": "10", "industry": "-30"}}
    assert scores("adjusted_value", [row], "5", terms=terms) == ["80.00"]
    del row["differences"]["industry"]  # type: ignore[attr-defined]
    assert scores("adjusted_value", [row], "5", terms=terms) == [None]
