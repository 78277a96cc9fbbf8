"""The facts a warning rests on, case by case, and the reasons a table would find in them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.ranking import Facts, Why, decision_inputs, facts, measures, printed_facts, rule_parameters
from engine.assessment.scoring import BadCase, score

RULE = {"bottom": 3, "lag_points": "10", "lag_ratio": None, "red_lag_points": "30"}
BOTTOM_ONLY = RULE | {"lag_points": None, "red_lag_points": None}


def reasons(found: Facts, rule: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """What the warning rule says of one unit's facts, written a second time from the rule itself."""
    if found.why is not None:
        return (["data_missing"], None) if found.why == "missing" else ([], None)
    seen = decision_inputs(found)
    lead, ratio = seen["lead_points"], seen["ratio"]
    assert isinstance(lead, Decimal) and found.strictly_worse is not None
    on_schedule = rule.get("suppress_if_on_schedule", False) and lead >= 0
    last = found.strictly_worse < rule["bottom"] and found.ranked >= rule.get("min_group", 4) and found.below_best
    far = rule["lag_points"] is not None and lead < -Decimal(rule["lag_points"])
    if rule.get("lag_ratio") is not None and isinstance(ratio, Decimal):
        far = far or ratio < Decimal(rule["lag_ratio"])
    given_reasons = ["bottom_three"] * (last and not on_schedule) + ["far_from_target"] * far
    red = rule["red_lag_points"] is not None and lead < -Decimal(rule["red_lag_points"])
    return given_reasons, ("red" if red else "yellow") if given_reasons else None


def cumulative(*values: str | None, time: str = "0.25", **case: Any) -> dict[str, Any]:
    """Units A, B, C ... with a target of 100 each and these values."""
    rows = [{"unit": chr(65 + at), "target": "100", "actual": value} for at, value in enumerate(values)]
    return {"direction": "higher_better", "kind": "cumulative", "time_progress": time, "rows": rows} | case


def warned(case: Mapping[str, Any], rule: Mapping[str, Any] = RULE) -> dict[str, str]:
    """Unit -> reasons and level, for the warned."""
    found = {f.unit: reasons(f, rule) for f in facts(case)}
    return {unit: " ".join([*why, *([level] if level else [])]) for unit, (why, level) in found.items() if why}


def test_the_documented_case() -> None:
    case = {
        "direction": "higher_better",
        "kind": "cumulative",
        "time_progress": "0.25",
        "rule": RULE | {"suppress_if_on_schedule": False, "min_group": 4},
        "rows": [{"unit": "A", "target": "100", "actual": "20", "expected": None, "exempt": False}],
    }
    assert printed_facts(facts(case)) == [{"unit": "A", "progress": "0.200000", "lead_points": "-5.000000", "rank": 1}]
    assert warned(case) == {}


# The planted cases of a round


@pytest.mark.requirement("D3")
def test_the_last_three_are_warned() -> None:
    assert warned(cumulative("25", "22", "30", "21", "28", "26"), BOTTOM_ONLY) == {
        "A": "bottom_three yellow",
        "B": "bottom_three yellow",
        "D": "bottom_three yellow",
    }


@pytest.mark.requirement("D3")
def test_a_tie_at_third_last_warns_four() -> None:
    assert set(warned(cumulative("10", "20", "30", "30", "50", "60"), BOTTOM_ONLY)) == {"A", "B", "C", "D"}


@pytest.mark.requirement("D3")
def test_equal_progress_warns_nobody() -> None:
    assert warned(cumulative("20", "20", "20", "20", "20")) == {}


@pytest.mark.requirement("D3")
def test_the_last_three_are_warned_on_schedule_too_unless_that_is_suppressed() -> None:
    ahead = cumulative("30", "31", "32", "33", "34")
    assert set(warned(ahead)) == {"A", "B", "C"}
    assert warned(ahead, RULE | {"suppress_if_on_schedule": True}) == {}
    exactly = cumulative("24", "25", "32", "33", "34")
    assert set(warned(exactly, RULE | {"suppress_if_on_schedule": True})) == {"A"}


@pytest.mark.requirement("D3")
def test_far_behind_without_being_among_the_last() -> None:
    found = warned(cumulative("1", "2", "3", "15", "60", time="0.5"))
    assert found["D"] == "far_from_target red"  # 35 points behind
    assert found["A"] == "bottom_three far_from_target red"  # both reasons, one warning


@pytest.mark.requirement("D3")
def test_the_lines_themselves_are_not_crossed() -> None:
    found = warned(cumulative("40", "39.99", "20", "19.99", "99", time="0.5"), RULE | {"bottom": 0})
    assert found == {"B": "far_from_target yellow", "C": "far_from_target yellow", "D": "far_from_target red"}


@pytest.mark.requirement("D3")
def test_a_missing_value_is_not_the_worst() -> None:
    found = warned(cumulative(None, "20", "30", "40", "50", "60"), BOTTOM_ONLY)
    assert found == {
        "A": "data_missing",
        "B": "bottom_three yellow",
        "C": "bottom_three yellow",
        "D": "bottom_three yellow",
    }


@pytest.mark.requirement("D3")
def test_an_exempt_unit_is_not_the_last() -> None:
    case = cumulative("1", "20", "30", "40", "50", "60")
    case["rows"][0]["exempt"] = True
    assert set(warned(case, BOTTOM_ONLY)) == {"B", "C", "D"}


@pytest.mark.requirement("D3")
def test_a_group_of_four_has_a_bottom_three_and_a_group_of_three_has_none() -> None:
    assert set(warned(cumulative("22", "23", "24", "25"), BOTTOM_ONLY)) == {"A", "B", "C"}
    assert warned(cumulative("22", "23", "24"), BOTTOM_ONLY) == {}
    assert warned(cumulative("2", "23", "24")) == {"A": "far_from_target yellow"}
    assert warned(cumulative("22", "23", "24", None), BOTTOM_ONLY) == {"D": "data_missing"}


@pytest.mark.requirement("D3")
def test_warned_in_april_and_recovered_in_august() -> None:
    april = cumulative("5", "26", "27", "28", "29", time="0.25")
    august = cumulative("90", "60", "61", "62", "63", time="7/12")
    assert "A" in warned(april) and "A" not in warned(august)


@pytest.mark.requirement("D3")
def test_a_seasonal_indicator_is_not_due_in_april() -> None:
    case = cumulative("0", None, "10", "20", "30")
    for row in case["rows"]:
        row["expected"] = "0"
    assert warned(case) == {}
    assert [f.why for f in facts(case)] == [Why.NOT_DUE] * 5
    assert not any(f.due for f in facts(case))


def test_over_a_hundred_percent_counts_in_full_for_progress_and_capped_for_the_score() -> None:
    rows = [{"unit": unit, "target": "100", "actual": actual} for unit, actual in (("A", "150"), ("B", "120"))]
    found = facts({"kind": "cumulative", "direction": "higher_better", "time_progress": "1", "rows": rows})
    assert [(f.progress, f.rank) for f in found] == [(Fraction(3, 2), 1), (Fraction(6, 5), 2)]
    assert [row.score for row in score({"method": "completion_ratio", "rows": rows})] == [Decimal(100), Decimal(100)]


# Kinds and directions


def one(**case: Any) -> Facts:
    (row,) = facts({"direction": "higher_better", "kind": "level"} | case)
    return row


def test_a_level_is_compared_with_its_target_whatever_the_month() -> None:
    found = one(time_progress="0.25", rows=[{"unit": "A", "target": "90", "actual": "85.5"}])
    assert (found.progress, found.expected, found.lead_points) == (Fraction(19, 20), 1, -5)


def test_less_is_better_at_a_level() -> None:
    found = one(direction="lower_better", rows=[{"unit": "A", "target": "40", "actual": "46"}])
    assert (found.progress, found.lead_points, found.ratio) == (Fraction(17, 20), -15, Fraction(17, 20))
    assert one(direction="lower_better", rows=[{"unit": "A", "target": "40", "actual": "100"}]).progress == Fraction(
        -1, 2
    )


@pytest.mark.requirement("D3")
def test_a_limit_for_the_year_is_worst_where_most_of_it_is_used() -> None:
    case = cumulative("20", "30", "40", "50", "60", direction="lower_better")
    found = facts(case)
    assert [f.rank for f in found] == [1, 2, 3, 4, 5]
    assert [f.strictly_worse for f in found] == [4, 3, 2, 1, 0]
    assert [f.lead_points for f in found] == [5, -5, -15, -25, -35]
    assert [f.progress for f in found] == [Fraction(n, 10) for n in range(2, 7)]
    assert warned(case) == {
        "C": "bottom_three far_from_target yellow",
        "D": "bottom_three far_from_target yellow",
        "E": "bottom_three far_from_target red",
    }


def test_the_ratio_of_a_limit_is_expected_over_use() -> None:
    rule = RULE | {"lag_points": None, "lag_ratio": "0.85", "bottom": 0}
    case = cumulative("0", "-3", "25", "30", "29.5", direction="lower_better")
    assert [f.ratio for f in facts(case)] == [None, None, 1, Fraction(5, 6), Fraction(50, 59)]
    assert warned(case, rule) == {"D": "far_from_target yellow", "E": "far_from_target yellow"}


def test_the_ratio_line_works_beside_the_points() -> None:
    rule = RULE | {"lag_ratio": "0.85", "bottom": 0}
    assert warned(cumulative("21.25", "21.24", "5"), rule) == {
        "B": "far_from_target yellow",
        "C": "far_from_target yellow",
    }


@pytest.mark.requirement("D3")
def test_a_range_is_met_inside_and_missed_by_the_distance() -> None:
    rows = [
        {"unit": unit, "low": "4", "high": "6", "width": "8", "actual": actual}
        for unit, actual in (("A", "5"), ("B", "3"), ("C", "10"), ("D", "20"), ("E", None))
    ]
    found = facts({"direction": "range", "kind": "level", "rows": [*rows, {"unit": "F", "actual": "5"}]})
    assert [f.progress for f in found] == [1, Fraction(7, 8), Fraction(1, 2), Fraction(-3, 4), None, None]
    assert [f.rank for f in found] == [1, 2, 3, 4, None, None]
    assert [f.why for f in found][4:] == [Why.MISSING, Why.NO_TARGET]


@pytest.mark.parametrize(("due", "done"), [("due", "done"), ("target", "actual")])
def test_milestones_done_of_those_due(due: str, done: str) -> None:
    found = one(kind="milestone", rows=[{"unit": "A", due: "4", done: "3"}])
    assert (found.progress, found.lead_points, found.ratio) == (Fraction(3, 4), -25, Fraction(3, 4))


def test_a_schedule_of_its_own_replaces_the_month() -> None:
    case = cumulative("20", "20", time="7/12")
    case["rows"][0]["expected"] = "1/5"
    assert [(f.expected, f.lead_points) for f in facts(case)] == [
        (Fraction(1, 5), 0),
        (Fraction(7, 12), Fraction(-115, 3)),
    ]
    only_own = cumulative("20")
    only_own["rows"][0]["expected"] = "0.3"
    del only_own["time_progress"]
    assert facts(only_own)[0].lead_points == -10


# Who is ranked, and with whom


def test_the_first_reason_for_not_being_ranked_is_named() -> None:
    rows = [
        {"unit": "A", "exempt": True},
        {"unit": "B", "target": "0", "actual": "5", "expected": "0"},
        {"unit": "C", "actual": "5"},
        {"unit": "D", "target": "100", "expected": "0"},
        {"unit": "E", "target": "100", "actual": "5", "expected": "0"},
        {"unit": "F", "target": "100"},
        {"unit": "G", "target": "100", "actual": "5"},
    ]
    found = facts(cumulative() | {"rows": rows})
    assert [f.why for f in found] == ["exempt", "no_target", "no_target", "not_due", "not_due", "missing", None]
    assert [(f.rank, f.progress, f.ranked) for f in found[:6]] == [(None, None, 0)] * 6
    assert (found[6].rank, found[6].ranked) == (1, 1)
    assert printed_facts(found)[1] == {
        "unit": "B",
        "progress": None,
        "lead_points": None,
        "rank": None,
        "why": "no_target",
    }


def test_readings_of_different_dates_are_not_ranked_together() -> None:
    case = cumulative("10", "20", "30", "40", "50", "60")
    for row, day in zip(case["rows"], ["2026-03-31"] * 4 + ["2026-02-28"] * 2, strict=True):
        row["as_of"] = day
    found = facts(case)
    assert [f.rank for f in found] == [4, 3, 2, 1, 2, 1]
    assert [f.ranked for f in found] == [4, 4, 4, 4, 2, 2]
    assert [f.strictly_worse for f in found] == [0, 1, 2, 3, 0, 1]
    assert [f.below_best for f in found] == [True, True, True, False, True, False]


@pytest.mark.requirement("D3")
def test_equal_quotients_are_equally_far() -> None:
    rows = [
        {"unit": "A", "target": "0.3", "actual": "0.1"},
        {"unit": "B", "target": "3", "actual": "1"},
        {"unit": "C", "target": "7", "actual": "3"},
        {"unit": "D", "target": "1000000007", "actual": "333333335.66"},  # a third is ...335.666...
    ]
    found = facts({"kind": "level", "direction": "higher_better", "rows": rows})
    assert [f.rank for f in found] == [2, 2, 1, 4]
    assert [f.strictly_worse for f in found] == [1, 1, 3, 0]


def test_the_table_sees_twelve_decimals_and_people_six() -> None:
    found = one(rows=[{"unit": "A", "target": "3", "actual": "2"}])
    assert found.lead_points == Fraction(-100, 3)
    assert decision_inputs(found) == {
        "strictly_worse": 0,
        "ranked": 1,
        "below_best": False,
        "due": True,
        "lead_points": Decimal("-33.333333333333"),
        "ratio": Decimal("0.666666666667"),
    }
    assert printed_facts([found]) == [{"unit": "A", "progress": "0.666667", "lead_points": "-33.333333", "rank": 1}]


def test_a_row_that_is_not_ranked_shows_the_table_nothing() -> None:
    seen = decision_inputs(one(rows=[{"unit": "A", "target": "3"}]))
    assert (seen["strictly_worse"], seen["lead_points"], seen["ratio"]) == (None, None, None)


# Rules and refusals


def test_absent_parameters_of_a_rule() -> None:
    assert rule_parameters({"bottom": 3, "lag_points": 10, "red_lag_points": "30"}) == {
        "bottom": 3,
        "lag_points": 10,
        "lag_ratio": None,
        "red_lag_points": 30,
        "suppress_if_on_schedule": False,
        "min_group": 4,
    }


@pytest.mark.parametrize(
    "wrong",
    [{"botom": 3}, {"bottom": "2.5"}, {"bottom": None}, {"lag_points": "-1"}, {"suppress_if_on_schedule": "no"}],
)
def test_a_rule_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadCase):
        rule_parameters(RULE | wrong)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "flow"}, "cumulative or level or milestone, not 'flow'"),
        ({"kind": None}, "The kind of a warning case"),
        ({"direction": "up"}, "The direction of a warning case"),
        ({"time_progress": None}, "The time_progress of a warning case"),
        ({"time_progress": "25"}, "from 0 to 1, not '25'"),
        ({"time_progress": "3/0"}, "not '3/0'"),
        ({"time_progress": "1/2/3"}, "not '1/2/3'"),
        ({"time_progress": "nan"}, "not 'nan'"),
        ({"kind": "milestone", "direction": "lower_better"}, "Milestones are counted upward"),
        ({"title": "GDP"}, "and nothing else"),
        ({"rows": [{"unit": "A", "target": "-1", "actual": "1"}]}, "target of unit A is below 0"),
        ({"rows": [{"unit": "A", "target": "1", "actual": "NaN"}]}, "actual of unit A must be decimal text"),
        ({"rows": [{"unit": "A"}, {"unit": "A"}]}, "Unit A occurs twice"),
        ({"rows": [{"unit": "A", "expected": "1.5"}]}, "expected of unit A"),
        ({"rows": [{"unit": "A", "as_of": "31.3.2026"}]}, "as_of of unit A must be a date"),
        ({"rows": [{"unit": "A", "as_of": 20260331}]}, "as_of of unit A must be a date"),
        ({"rows": [{"unit": "A", "goal": "1"}]}, "A row has no field goal"),
        ({"direction": "range", "rows": [{"unit": "A", "low": "2", "high": "1", "width": "1"}]}, "low end above"),
        ({"direction": "range", "rows": [{"unit": "A", "low": "1", "high": "2", "width": "0"}]}, "width of unit A"),
        ({"kind": "milestone", "rows": [{"unit": "A", "due": "2", "target": "2"}]}, "has its milestones twice"),
    ],
)
def test_a_case_that_cannot_be_meant_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadCase) as refusal:
        facts(cumulative("10") | wrong)
    assert sentence in str(refusal.value)


# For every input


cells = st.none() | st.decimals("-20", "300", places=1).map(str)
targets = st.sampled_from([None, "0", "30", "70", "99.9", "210"])
rows_of = st.lists(st.tuples(targets, cells, st.booleans()), max_size=9)


@settings(deadline=None, max_examples=80)
@given(rows_of, st.sampled_from(["higher_better", "lower_better"]), st.sampled_from(["cumulative", "level"]))
def test_facts_are_what_their_definitions_say(drawn: Sequence[tuple[Any, ...]], direction: str, kind: str) -> None:
    rows = [
        {"unit": f"U{at}", "target": target, "actual": actual, "exempt": exempt}
        for at, (target, actual, exempt) in enumerate(drawn)
    ]
    case = {"direction": direction, "kind": kind, "time_progress": "7/12", "rows": rows}
    expected = Fraction(7, 12) if kind == "cumulative" else Fraction(1)
    known = {
        f"U{at}": Fraction(actual) / Fraction(target)
        for at, (target, actual, exempt) in enumerate(drawn)
        if not exempt and actual is not None and target not in (None, "0")
    }
    worth = {unit: -done if direction == "lower_better" else done for unit, done in known.items()}
    found = {f.unit: f for f in facts(case)}
    for unit, f in found.items():
        if unit not in known:
            assert f.why is not None and f.rank is None
            continue
        assert f.strictly_worse == sum(other < worth[unit] for other in worth.values())
        assert f.rank == 1 + sum(other > worth[unit] for other in worth.values())
        assert f.ranked == len(known) and f.below_best == (worth[unit] < max(worth.values()))
        if direction == "higher_better":
            assert f.lead_points == 100 * (known[unit] - expected)
        elif kind == "cumulative":
            assert f.lead_points == 100 * (expected - known[unit])
        else:
            assert f.lead_points == 100 * (1 - known[unit])
    backwards = facts(case | {"rows": rows[::-1]})
    assert backwards[::-1] == list(found.values())


SHARES = st.sampled_from(["0", "1/3", "0.25", "7/12", "1"])
DAYS = st.sampled_from([None, "2026-03-31", date(2026, 6, 30)])


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(targets, cells, st.booleans(), SHARES, DAYS), max_size=9),
    st.sampled_from(["higher_better", "lower_better"]),
    st.sampled_from(["cumulative", "level"]),
)
def test_what_is_kept_of_the_facts_is_each_rounded_once(
    drawn: Sequence[tuple[Any, ...]], direction: str, kind: str
) -> None:
    names = ("target", "actual", "exempt", "expected", "as_of")
    rows = [{"unit": f"U{at}", **dict(zip(names, cell, strict=True))} for at, cell in enumerate(drawn)]
    case = {"direction": direction, "kind": kind, "time_progress": "1", "rows": rows}
    for exact, kept in zip(facts(case), measures(case), strict=True):
        assert (kept.unit, kept.rank, kept.why) == (exact.unit, exact.rank, exact.why)
        assert (kept.progress, kept.lead_points) == (twelve(exact.progress), twelve(exact.lead_points))


def twelve(exact: Fraction | None) -> Decimal | None:
    """HALF_UP to 12 decimals, by way of 60 digits."""
    if exact is None:
        return None
    with localcontext(prec=60, rounding=ROUND_HALF_UP):
        return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("1e-12"))


@pytest.mark.parametrize(
    ("case", "progress", "lead"),
    [
        # Of five steps due by now three are done; by June a half of the year is asked for: 3/5 - 1/2.
        ({"kind": "milestone", "rows": [{"unit": "A", "due": "5", "done": "3", "expected": "1/2"}]}, "0.6", "10"),
        (
            {"kind": "milestone", "rows": [{"unit": "A", "target": "3", "actual": "1"}]},
            "0.333333333333",
            "-66.666666666667",
        ),
        # 2 below a range of 4 to 6 that ends 8 away: 1 - 2/8.
        (
            {
                "direction": "range",
                "kind": "level",
                "rows": [{"unit": "A", "low": "4", "high": "6", "width": "8", "actual": "2"}],
            },
            "0.75",
            "-25",
        ),
    ],
)
def test_milestones_and_ranges_are_kept_like_the_rest(case: dict[str, Any], progress: str, lead: str) -> None:
    (kept,) = measures(case)
    assert (kept.progress, kept.lead_points, kept.rank) == (Decimal(progress), Decimal(lead), 1)
