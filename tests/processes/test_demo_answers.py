"""The planted cases of the demo city and of the small city, with answers worked out here by hand.

``expected.py`` wrote the answers in ``demo/expected``; here the same answers stand as literals, or as arithmetic on
figures read from ``values.csv``, so that neither the engine nor that script vouches for itself.
"""

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from processes.county_leadership.demo.expected import expected
from tests.processes.demo_files import (
    APRIL,
    AUGUST,
    BOTH,
    BOTTOM,
    CITY,
    FAR,
    GROUP_SIZES,
    SMALL,
    YEAR_END,
    events,
    feedback,
    indicators,
    members,
    progress,
    ranked,
    result,
    rows,
    scores,
    shares,
    values,
    warned,
)

# The planted cases of the two rounds: progress by hand, then who is warned and why


def test_case_1_a_clean_bottom_three() -> None:
    # 60 58 54 48 46 44 of 200, a quarter due: three at least 2 points ahead, three 1 to 3 points behind.
    assert progress(CITY, "E13", "A", APRIL) == shares("0.30 0.29 0.27 0.24 0.23 0.22")
    assert warned(CITY, "april", "E13", "A") == {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM}


def test_case_2_a_tie_at_third_last_gives_four_notices() -> None:
    assert progress(CITY, "E14", "B", APRIL) == shares("0.30 0.29 0.28 0.27 0.26 0.25 0.23 0.23 0.22 0.21")
    # Strictly worse than B07 and B08 are two units, fewer than three.
    assert warned(CITY, "april", "E14", "B") == dict.fromkeys(("B07", "B08", "B09", "B10"), BOTTOM)


def test_case_3_nobody_is_warned_where_all_are_equal() -> None:
    assert progress(CITY, "S20", "A", APRIL) == [Fraction(1)] * 6
    assert warned(CITY, "april", "S20", "A") == {}


def test_case_4_the_last_three_are_warned_though_on_schedule() -> None:
    assert all(share and share > Fraction(7, 12) for share in progress(CITY, "P01", "B", AUGUST))
    assert warned(CITY, "august", "P01", "B") == dict.fromkeys(("B08", "B09", "B10"), BOTTOM)


def test_case_5_far_from_the_target_but_not_among_the_last_three() -> None:
    assert progress(CITY, "H05", "B", APRIL)[4:6] == shares("0.65 0.64")
    assert warned(CITY, "april", "H05", "B") == {"B05": FAR, "B06": BOTH, "B08": BOTH, "B09": BOTH}
    b05 = ranked(CITY, "april", "B05", "H05")
    assert (b05["lead_points"], b05["rank"], b05["level"]) == ("-35.000000", "7", "red")


def test_case_6_both_reasons_make_one_notice() -> None:
    assert progress(CITY, "E15", "A", AUGUST)[5] == Fraction(48, 120)  # 0.4 where 7/12 is due
    assert warned(CITY, "august", "E15", "A") == {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTH}
    assert ranked(CITY, "august", "A06", "E15")["lead_points"] == "-18.333333"  # 40 - 58.333...


def test_case_7_the_largest_use_of_a_limit_is_the_worst() -> None:
    assert progress(CITY, "H01", "B", AUGUST)[7:] == shares("0.60 0.625 0.75")
    assert warned(CITY, "august", "H01", "B") == {"B08": BOTTOM, "B09": BOTTOM, "B10": BOTH}
    assert ranked(CITY, "august", "B10", "H01")["lead_points"] == "-16.666667"  # 58.333... - 75
    # A level: 2 - x/35 of 28, 35, 38.5 and 42. Ten points behind to the letter is not far.
    assert progress(CITY, "H04", "C", APRIL) == shares("0.8 1 1.1 1.2")
    assert warned(CITY, "april", "H04", "C") == {"C02": BOTTOM, "C03": BOTTOM, "C04": BOTH}
    assert ranked(CITY, "april", "C03", "H04")["lead_points"] == "-10.000000"


def test_case_8_distance_from_a_range_counts_on_both_sides() -> None:
    # Range 75 to 85, width 20: 87 is 2 away (0.9), 90 and 70 are 5 away (0.75), the edge itself is inside.
    assert [ranked(CITY, "april", unit, "E34")["progress"] for unit in members(CITY, "A")] == [
        *("1.000000", "1.000000", "0.900000", "0.750000", "0.750000", "1.000000")
    ]
    assert warned(CITY, "april", "E34", "A") == {"A03": BOTTOM, "A04": BOTH, "A05": BOTH}


def test_case_9_a_missing_figure_is_not_the_worst_figure() -> None:
    april = progress(CITY, "E04", "B", APRIL)
    assert april[5] == Fraction(8, 40) == min(share for share in april if share is not None)
    assert progress(CITY, "E04", "B", AUGUST)[5] is None
    assert warned(CITY, "august", "E04", "B") == dict.fromkeys(("B08", "B09", "B10"), BOTTOM)
    assert ranked(CITY, "august", "B06", "E04")["why"] == "missing"


def test_case_10_an_exempt_unit_is_not_last() -> None:
    assert values(CITY)["B10", "E02", "2026-02-28"]["exempt"] == "1"
    assert progress(CITY, "E02", "B", "2026-02-28")[6:] == [
        *(Fraction(x) / Fraction("6.5") for x in ("6.8", "6.7", "6.6")),
        None,
    ]
    assert warned(CITY, "april", "E02", "B") == dict.fromkeys(("B07", "B08", "B09"), BOTTOM)
    assert ranked(CITY, "april", "B10", "E02")["why"] == "exempt"


def test_case_11_top_and_bottom_three_overlap_in_a_group_of_four() -> None:
    assert progress(CITY, "E30", "C", APRIL) == [Fraction(mark, 90) for mark in (92, 90, 88, 86)]
    assert warned(CITY, "april", "E30", "C") == dict.fromkeys(("C02", "C03", "C04"), BOTTOM)
    year = feedback(CITY, "E30", "C")  # 93, 91, 89 and 87 give 100, 95, 90 and 85
    assert (year["max"], year["min"], year["mean"]) == ("100.000000", "85.000000", "92.50")
    assert (year["top"], year["bottom"]) == ("C01;C02;C03", "C04;C03;C02")


def test_case_12_warned_in_april_and_recovered_in_august() -> None:
    assert warned(CITY, "april", "E30", "A") == {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM}
    assert warned(CITY, "august", "E30", "A") == {"A03": BOTTOM, "A04": BOTTOM, "A06": BOTTOM}
    assert ranked(CITY, "august", "A05", "E30")["rank"] == "1"


def test_case_13_warned_in_both_rounds() -> None:
    assert progress(CITY, "S07", "A", APRIL)[5] == Fraction(96, 98)
    assert progress(CITY, "S07", "A", AUGUST)[5] == Fraction(95, 98)
    assert warned(CITY, "april", "S07", "A")["A06"] == warned(CITY, "august", "S07", "A")["A06"] == BOTTOM


# Indicator: how many points B07 stood behind in April and in August, by hand (figure / target less what was due).
RED_IN_AUGUST = {"E03": ("-2", "-33.333333"), "S02": ("-1", "-32.666667"), "J02": ("-2", "-32")}
FAR_IN_BOTH = {
    "E15": ("-13", "-18.333333"),
    "P09": ("-15", "-20"),
    "H10": ("-15", "-20"),
    "J05": ("-14", "-16"),
    "P19": ("-12", "-14"),
    "E33": ("-14", "-16"),
}


def grave(unit: str) -> set[str]:
    found = rows(CITY, "demo/expected/warnings.csv")
    far = {(row["round"], row["indicator"]) for row in found if row["unit"] == unit and FAR in row["reasons"]}
    red = {
        row["indicator"]
        for row in rows(CITY, "demo/expected/ranks.csv")
        if row["unit"] == unit and row["level"] == "red" and row["round"] == "august"
    }
    return red | {indicator for label, indicator in far if label == "august" and ("april", indicator) in far}


def test_case_14_nine_grave_warnings_propose_one_consultation() -> None:
    for indicator, leads in (RED_IN_AUGUST | FAR_IN_BOTH).items():
        for label, lead in zip(("april", "august"), leads, strict=True):
            assert Decimal(ranked(CITY, label, "B07", indicator)["lead_points"]) == Decimal(lead), indicator
    assert grave("B07") == set(RED_IN_AUGUST | FAR_IN_BOTH)
    others = {unit: len(grave(unit)) for group in GROUP_SIZES for unit in members(CITY, group) if unit != "B07"}
    assert max(others.values()) <= 4
    assert rows(CITY, "demo/expected/consultations.csv") == [{"unit": "B07", "round": "august", "warnings": "9"}]


def test_cases_15_and_26_are_mild_april_notices_gone_by_august() -> None:
    for kind, unit, group in (("rebound", "A03", "A"), ("omit_follow_up", "B05", "B")):
        assert [(row["unit"], row["indicator"]) for row in events(CITY, kind)] == [(unit, "J01")]
        assert warned(CITY, "april", "J01", group) == {unit: BOTTOM}  # 97 where all others have 99
        assert warned(CITY, "august", "J01", group) == {}


def test_case_25_a_seasonal_indicator_is_not_yet_due_in_april() -> None:
    assert indicators(CITY)["P03"]["schedule"] == "03-31=0;07-31=0.2;12-31=1"
    assert progress(CITY, "P03", "A", APRIL)[2] == Fraction(30, 3000)
    why = {ranked(CITY, "april", unit, "P03")["why"] for unit in members(CITY, "A") + members(CITY, "B")}
    assert why == {"not_due"}
    assert warned(CITY, "august", "P03", "A")


def test_case_27_a_late_indicator_brings_one_new_notice() -> None:
    assert [(row["indicator"], row["at"][:10]) for row in events(CITY, "late_publication")] == [("S24", "2026-05-06")]
    assert [share for share in progress(CITY, "S24", "B", APRIL) if share != 1] == [Fraction(96, 100)]
    before, after = (
        {(row["round"], row["unit"], row["indicator"]) for row in rows(CITY, f"demo/expected/{name}.csv")}
        for name in ("first_warnings", "warnings")
    )
    assert after - before == {("april", "B03", "S24")}
    assert before <= after


def test_case_28_an_office_that_misses_collection_leaves_no_figures() -> None:
    assert [row["unit"] for row in events(CITY, "missed_collection")] == ["D22"]
    owned = {row["code"]: row["main"] for row in rows(CITY, "indicators.csv") if row["responsible_unit"] == "D22"}
    assert owned == {"P02": "1", "P11": "0"}
    assert not [key for key in values(CITY) if key[1:] in (("P02", AUGUST), ("P11", AUGUST))]
    assert {
        row["why"]
        for row in rows(CITY, "demo/expected/ranks.csv")
        if row["indicator"] in owned and row["round"] == "august"
    } == {"missing"}


def test_the_notices_of_a_round_stay_within_what_letters_can_carry() -> None:
    per_round = Counter(row["round"] for row in rows(CITY, "demo/expected/warnings.csv"))
    assert per_round == {"april": 226, "august": 221}
    mains = {code for code, row in indicators(CITY).items() if row["main"] == "1"}
    assert {row["indicator"] for row in rows(CITY, "demo/expected/warnings.csv")} <= mains


# The planted cases of the year's end


def weighted(unit: str, group: str) -> Decimal:
    """The total of a unit without exemptions: the sum of stored score x weight, over 100."""
    weights = {code: Decimal(row[f"weight:{group}"]) for code, row in indicators(CITY).items()}
    parts = (Decimal(scores(CITY)[unit, code]) * weight for code, weight in weights.items())
    return sum(parts, Decimal(0)) / 100


@pytest.mark.parametrize("unit", ["A01", "A03", "A06"])
def test_a_total_is_the_exact_sum_of_stored_scores(unit: str) -> None:
    assert Decimal(result(CITY, unit)["score"]) == weighted(unit, "A")


def test_an_exempt_indicators_weight_goes_to_its_own_category() -> None:
    # The small city has two indicators of party building, 15 points together; A06 is exempt from one of them.
    assert scores(SMALL)["A06", "J02"] == ""
    others = {code: Decimal(score) for (unit, code), score in scores(SMALL).items() if unit == "A06" and code[0] != "J"}
    total = sum((score * Decimal(indicators(SMALL)[code]["weight:A"]) for code, score in others.items()), Decimal(0))
    total += Decimal(scores(SMALL)["A06", "J01"]) * 15
    assert Decimal(result(SMALL, "A06")["score"]) == total / 100


FIGURES = ("100", "110", "120")
BY_HAND = [
    # Each row: method, parameters, target, figures of a group, scores of 100 points. 190 of 200 are 95 of 100.
    ("completion_ratio", {"cap": "1"}, "200", ("190", "220", "-1"), ("95", "100", "0")),
    ("completion_ratio", {"cap": None}, "200", ("190", "220", "-1"), ("95", "110", "0")),
    ("control_limit", {}, "100", ("120", "200", "80"), ("80", "0", "100")),
    ("target_or_zero", {}, "100", ("99", "100", "101"), ("0", "100", "100")),
    ("rank_step", {"step": "0.05", "floor": "0"}, "", ("9", "7", "9"), ("100", "90", "100")),
    ("rank_step", {"step": "0.6", "floor": "10"}, "", ("9", "8", "7"), ("100", "40", "10")),
    (
        "gate_plus_rank",
        {"gate": "8", "gate_points": "40", "rank_points": "60", "step": "0.05"},
        "",
        ("9", "8.5", "8", "7.9"),
        ("100", "97", "40", "0"),
    ),
    ("efficacy_minmax", {"base": "60", "span": "40"}, "", ("6", "9", "12"), ("60", "80", "100")),
    ("efficacy_minmax", {"base": "60", "span": "40"}, "", ("7", "7", "7"), ("100", "100", "100")),
    # 4 short of 35 at 0.5 each; by whole steps 3.9 short count as 3.
    ("per_point_deduct", {"step": "1", "deduct": "0.5", "floor": "0", "mode": "pro_rata"}, "35", ("31",), ("98",)),
    ("per_point_deduct", {"step": "1", "deduct": "10", "floor": "0", "mode": "whole_steps"}, "35", ("31.1",), ("70",)),
    ("per_point_deduct", {"step": "1", "deduct": "30", "floor": "20", "mode": "pro_rata"}, "35", ("31",), ("20",)),
    # From a base of 100 each: growth 0, 10 and 20 % gives 0, 100 and 150; the level 100 x own / 120; six to four.
    ("growth_vs_mean", {"mix": "0.6"}, "", FIGURES, ("100/3", "290/3", "130")),
    ("range", {"low": "75", "high": "85", "width": "20"}, "", ("70", "85", "105", "54"), ("75", "100", "0", "0")),
    ("panel_mean", {}, "", ("89.995",), ("89.995",)),
]


@pytest.mark.parametrize(("method", "params", "target", "figures", "wanted"), BY_HAND)
def test_the_slow_script_scores_as_the_rules_do(
    method: str, params: dict[str, str | None], target: str, figures: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    goal = Fraction(target) if target else None
    group = [expected.Reading(date(2026, 12, 31), Fraction(x), goal, Fraction(100), False) for x in figures]
    cases = [expected.Case(own, group, dict(params), True, {}) for own in group]
    assert [expected.METHODS[method](case) for case in cases] == [Fraction(score) for score in wanted]


def test_the_slow_script_scores_raw_inputs_as_the_rules_do() -> None:
    def score(method: str, params: dict[str, Any], given: dict[str, Any]) -> Fraction:
        own = expected.Reading(date(2026, 12, 31), Fraction(0), None, None, False)
        return expected.METHODS[method](expected.Case(own, [own], params, True, given))

    items = {
        "meeting": {"each": "2", "cap": "12"},
        "visit": {"each": "4", "cap": "8"},
        "report": {"each": "4", "cap": "8"},
    }
    assert score("count_capped", {"items": items}, {"counts": {"meeting": 15, "visit": 1, "report": 1}}) == 20
    assert (
        score("vote_grades", {"values": {"a": "100", "b": "80", "c": "60"}}, {"votes": {"a": 10, "b": 6, "c": 4}}) == 86
    )
    deductions = {"full": "100", "cap": "5"}
    assert score("event_deduct", deductions, {"deductions": ["1.5", "2"]}) == Fraction("96.5")
    assert score("event_deduct", deductions, {"deductions": ["3", "4"]}) == 95


def test_the_last_respread_weight_takes_the_remainder() -> None:
    # 7 points in the category, 4 of them exempt: 1 x 7 / 3 = 2.333333..., twice rounded, and what is left of 7.
    rules = {code: {"category": "X", "weight:A": weight} for code, weight in zip("abcd", "1114", strict=True)}
    city = expected.City(2026, {"A01": "A"}, rules | {"e": {"category": "Y", "weight:A": "93"}}, {}, {}, set())
    spread = expected.weights(city, "A01", {"a", "b", "c", "e"})
    assert spread == {
        "a": Fraction("2.333333"),
        "b": Fraction("2.333333"),
        "c": Fraction("2.333334"),
        "e": Fraction(93),
    }


def differing(first: str, second: str) -> set[str]:
    return {code for code in indicators(CITY) if scores(CITY)[first, code] != scores(CITY)[second, code]}


def test_case_17_a_tie_across_the_quota_leaves_both_out() -> None:
    # Quotas: 30 % of 6, 10 and 4, rounded down. In B places three and four are one tie, so two are excellent, not three.
    grades = {group: Counter(result(CITY, unit)["grade"] for unit in members(CITY, group)) for group in GROUP_SIZES}
    assert [grades[group]["excellent"] for group in GROUP_SIZES] == [1, 2, 1]
    assert {unit: result(CITY, unit)["rank"] for unit in ("B01", "B02", "B03", "B04", "B05")} == {
        "B01": "2",
        "B02": "1",
        "B03": "3",
        "B04": "3",
        "B05": "5",
    }
    assert result(CITY, "B03")["score"] == result(CITY, "B04")["score"]
    assert result(CITY, "B03")["grade"] == result(CITY, "B04")["grade"] == "good"
    # By hand: 86.4/90 and 57.6/60 are both 96 %, the other of each pair is met, and the two weigh the same.
    assert differing("B03", "B04") == {"P05", "P06"}
    assert [scores(CITY)[unit, code] for unit in ("B03", "B04") for code in ("P05", "P06")] == [
        *("96.000000", "100.000000", "100.000000", "96.000000")
    ]
    assert indicators(CITY)["P05"]["weight:B"] == indicators(CITY)["P06"]["weight:B"]


@pytest.mark.planted(18)
def test_case_18_a_target_lowered_in_october_and_met_costs_nothing() -> None:
    asked = [row for row in rows(CITY, "demo/events.csv") if row["kind"] == "target_change"]
    assert [(row["unit"], row["indicator"], row["at"][:10]) for row in asked] == [("A05", "E17", "2026-10-15")]
    year_end = values(CITY)["A05", "E17", YEAR_END]
    assert (year_end["verified"], year_end["target"]) == ("62", "65")  # 95.384615 of the first target
    assert scores(CITY)["A05", "E17"] == "100.000000"
    assert result(CITY, "A05")["score"] == "81.2148556269"  # 81.1857787014 and 0.63 x 4.615385 / 100 more


@pytest.mark.planted(19)
def test_case_19_an_upheld_appeal_changes_the_ranks_of_two_units() -> None:
    told = {row["kind"]: row for row in rows(CITY, "demo/events.csv") if row["kind"].startswith("appeal_")}
    assert {(row["unit"], row["indicator"]) for row in told.values()} == {("B10", "P20")}
    assert [told[f"appeal_{step}"]["by"] for step in ("filed", "accepted", "upheld", "corrected", "recomputed")] == [
        *("b10_leader", "lead1", "lead2", "d20_leader", "lead1")
    ]
    year_end = values(CITY)["B10", "P20", YEAR_END]
    assert (year_end["verified"], year_end["target"]) == ("94.2", "100")  # all or nothing: no points at first
    assert indicators(CITY)["P20"]["method"] == "target_or_zero"
    assert indicators(CITY)["P20"]["responsible_unit"] == "D20"
    assert json.loads(told["appeal_corrected"]["json"]) == {"value": "100"}
    assert scores(CITY)["B10", "P20"] == "100.000000"
    first = {row["unit"]: row for row in rows(CITY, "demo/expected/first_results.csv")}
    # 100 points of weight 1.35, all at once.
    assert (first["B10"]["score"], result(CITY, "B10")["score"]) == ("72.65604571586349", "74.00604571586349")
    assert first["B09"]["score"] == result(CITY, "B09")["score"] == "73.93626311035059"
    changed = {unit for unit in first if first[unit] != result(CITY, unit)}
    assert changed == {"B09", "B10"}
    ranks = {unit: (first[unit]["rank"], result(CITY, unit)["rank"]) for unit in changed}
    assert ranks == {"B09": ("8", "9"), "B10": ("9", "8")}
    assert {row["grade"] for unit in changed for row in (first[unit], result(CITY, unit))} == {"qualified"}


def test_case_20_over_fulfilment_counts_only_where_no_cap_is() -> None:
    assert values(CITY)["A02", "E14", YEAR_END]["verified"] == "120"  # of 100, capped
    assert values(CITY)["A02", "E16", YEAR_END]["verified"] == "60"  # of 50, not capped
    assert (scores(CITY)["A02", "E14"], scores(CITY)["A02", "E16"]) == ("100.000000", "120.000000")


def test_case_21_scores_that_look_alike_at_two_decimals_rank_apart() -> None:
    assert (scores(CITY)["B01", "J16"], scores(CITY)["B02", "J16"]) == ("89.995000", "90.000000")
    # The twins B03 and B04 tie at third place, so four stand among the top three.
    assert feedback(CITY, "J16", "B")["top"] == "B02;B01;B03;B04"


def test_case_23_equal_totals_hide_different_parts() -> None:
    assert differing("A03", "A04") == {"J03", "J18"}
    # 96 of 100 against 100 of 100 gatherings; votes of 90 = (12x100 + 6x80 + 2x60)/20 and 86 = (10x100 + 6x80 + 4x60)/20.
    assert (scores(CITY)["A03", "J03"], scores(CITY)["A04", "J03"]) == ("96.000000", "100.000000")
    assert (scores(CITY)["A03", "J18"], scores(CITY)["A04", "J18"]) == ("90.000000", "86.000000")
    assert indicators(CITY)["J03"]["weight:A"] == indicators(CITY)["J18"]["weight:A"] == "0.65"
    assert result(CITY, "A03")["score"] == result(CITY, "A04")["score"]
    parts = {row["unit"]: row for row in rows(CITY, "demo/expected/subtotals.csv")}
    for part, gap in (("objective", "-0.026"), ("subjective", "0.026")):  # 4 points of 0.65 in a hundred
        assert Decimal(parts["A03"][part]) - Decimal(parts["A04"][part]) == Decimal(gap)


def test_case_24_one_office_gives_everybody_full_marks() -> None:
    assert {scores(CITY)[unit, "J17"] for group in GROUP_SIZES for unit in members(CITY, group)} == {"100.000000"}


def test_grades_spread_from_excellent_to_unqualified() -> None:
    grades = {row["unit"]: row["grade"] for row in rows(CITY, "demo/expected/results.csv")}
    assert {unit for unit, grade in grades.items() if grade == "unqualified"} == {"C04"}
    assert Counter(grades.values()) == {"excellent": 4, "good": 9, "qualified": 6, "unqualified": 1}
    lines = {"good": (80, 200), "qualified": (60, 80), "unqualified": (0, 60)}
    for unit, grade in grades.items():
        if grade != "excellent":
            assert lines[grade][0] <= Decimal(result(CITY, unit)["score"]) < lines[grade][1]


# The small city


SMALL_WARNINGS = {
    ("april", "E13"): {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM},  # 1
    ("april", "E14"): {"A03": BOTTOM, "A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM},  # 2
    ("april", "P01"): {},  # 3
    ("august", "P01"): {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM},  # 4
    ("april", "H05"): {"A03": FAR, "A04": BOTH, "A05": BOTH, "A06": BOTH},  # 5
    ("august", "E15"): {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTH},  # 6
    ("august", "H01"): {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTH},  # 7
    ("april", "E34"): {"A03": BOTTOM, "A04": BOTH, "A05": BOTH},  # 8
    ("august", "E13"): {"A03": BOTTOM, "A04": BOTTOM, "A05": BOTTOM},  # 9: A06 is missing
    ("april", "J02"): {"A03": BOTTOM, "A04": BOTTOM, "A05": BOTTOM},  # 10: A06 is exempt
    ("april", "E30"): {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM},  # 12: A05
    ("august", "E30"): {"A03": BOTTOM, "A04": BOTTOM, "A06": BOTTOM},
    ("april", "S07"): {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM},  # 13: A06
    ("august", "S07"): {"A04": BOTTOM, "A05": BOTTOM, "A06": BOTTOM},
    ("april", "J01"): {"A03": BOTTOM},  # 15
    ("august", "J01"): {},
    ("april", "P03"): {},  # 25
    ("april", "E15"): {"A02": BOTTOM},  # 26
}


@pytest.mark.parametrize(("label", "indicator"), list(SMALL_WARNINGS))
def test_the_small_city_tells_the_same_cases(label: str, indicator: str) -> None:
    assert warned(SMALL, label, indicator, "A") == SMALL_WARNINGS[label, indicator]


def test_the_small_city_is_small_and_whole() -> None:
    assert Counter(row["kind"] for row in rows(SMALL, "demo/units.csv"))["department"] == 5
    assert sum(Decimal(row["weight:A"]) for row in rows(SMALL, "indicators.csv")) == 100
    assert len(indicators(SMALL)) == 12
    assert [(row["unit"], row["indicator"]) for row in events(SMALL, "rebound")] == [("A03", "J01")]
    assert [(row["unit"], row["indicator"]) for row in events(SMALL, "omit_follow_up")] == [("A02", "E15")]
