"""The planted cases whose answer is a figure, a rank or a warning: worked out by hand, answered by the engine alone.

The figures of each case, the shipped table and the engine's functions, without a database; ``test_planted_cities`` asks
the same of cities.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from engine.assessment import indicators, ranking, results, scoring, snapshots, warnings
from engine.assessment.snapshots import SnapshotRow, State
from engine.workflow import packages
from tests.assessment.years import warning_table
from tests.processes.demo_files import BOTH, BOTTOM, CITY, FAR


def indicator(**facts: Any) -> indicators.CycleIndicator:
    usual: dict[str, Any] = {
        "id": 1,
        "direction": "higher_better",
        "measure": "cumulative",
        "schedule": {},
        "method": "completion_ratio",
        "params": {"cap": "1"},
    }
    return indicators.CycleIndicator(**usual | facts)


LEVEL = indicator(measure="level")
USED_UP = indicator(direction="lower_better", method="control_limit", params={})
LIMIT = indicator(direction="lower_better", measure="level", method="control_limit", params={})
RANGE = indicator(direction="range", measure="level", method="range", params={"low": "75", "high": "85", "width": "20"})
WHY = {"x": State.EXEMPT, "-": State.MISSING, "?": State.PENDING}


def frozen(figures: str, target: str | None, due: str = "1", group: str = "A") -> list[SnapshotRow]:
    """One row a unit, named A01, A02 …: a figure, or x exempt, - missing, ? announced for later."""
    return [
        SnapshotRow(
            cycle_indicator_id=1,
            unit=f"{group}{number:02}",
            group=group,
            state=WHY.get(text, State.VALUED),
            target=None if text == "x" or target is None else Decimal(target),
            base=None,
            actual=None if text in WHY else Decimal(text),
            detail={},
            as_of=None if text in WHY else date(2026, 3, 31),
            expected=due,
        )
        for number, text in enumerate(figures.split(), start=1)
    ]


@cache
def parameters() -> dict[str, Any]:
    return dict(packages.read_folder(CITY).parameters)


def warned(used: indicators.CycleIndicator, rows: list[SnapshotRow], **changed: Any) -> dict[str, str]:
    """Unit -> reasons and colour, as the shipped table judges the engine's facts."""
    found = {
        unit: warnings.judge(facts, parameters() | changed, warning_table)
        for unit, facts in snapshots.facts_of(used, rows).items()
    }
    return {unit: f"{';'.join(each['reasons'])} {each['level']}" for unit, each in found.items() if each["reasons"]}


def leads(used: indicators.CycleIndicator, rows: list[SnapshotRow]) -> list[str]:
    """Points ahead of the schedule, with two decimals."""
    return [
        "" if each.lead_points is None else f"{scoring.half_up(each.lead_points, 2):+}"
        for each in snapshots.facts_of(used, rows).values()
    ]


YELLOW, YELLOW_BOTH, RED_BOTH = f"{BOTTOM} yellow", f"{BOTH} yellow", f"{BOTH} red"


@pytest.mark.planted(1)
def test_a_clean_bottom_three() -> None:
    rows = frozen("60 58 54 48 46 44", "200", "3/12")
    assert leads(indicator(), rows) == ["+5.00", "+4.00", "+2.00", "-1.00", "-2.00", "-3.00"]
    assert warned(indicator(), rows) == {"A04": YELLOW, "A05": YELLOW, "A06": YELLOW}


@pytest.mark.planted(2)
def test_a_tie_at_third_last_warns_four() -> None:
    rows = frozen("30 29 28 27 26 25 23 23 22 21", "100", "3/12")
    assert warned(indicator(), rows) == {"A07": YELLOW, "A08": YELLOW, "A09": YELLOW, "A10": YELLOW}


@pytest.mark.planted(3)
def test_nobody_is_warned_where_all_are_equal() -> None:
    assert warned(LEVEL, frozen("95 95 95 95 95 95", "95")) == {}
    assert warned(indicator(), frozen("1500 1500 1500 1500 1500 1500", "6000", "3/12")) == {}


@pytest.mark.planted(4)
def test_the_last_three_are_warned_though_on_schedule_unless_the_switch_says_otherwise() -> None:
    rows = frozen("4200 4150 4100 4050 4000 3950 3900 3700 3650 3600", "6000", "7/12")
    assert leads(indicator(), rows)[7:] == ["+3.33", "+2.50", "+1.67"]
    assert warned(indicator(), rows) == {"A08": YELLOW, "A09": YELLOW, "A10": YELLOW}
    assert warned(indicator(), rows, suppress_if_on_schedule=True) == {}


@pytest.mark.planted(5)
def test_far_from_the_target_is_a_reason_by_itself() -> None:
    # 52, 51.2, 50.4, 49.6 of 80 are 65, 64, 63 and 62 %: three are worse than the first.
    rows = frozen("80 82 52 51.2 50.4 49.6", "80")
    assert leads(LEVEL, rows)[2:] == ["-35.00", "-36.00", "-37.00", "-38.00"]
    assert warned(LEVEL, rows) == {"A03": f"{FAR} red", "A04": RED_BOTH, "A05": RED_BOTH, "A06": RED_BOTH}


@pytest.mark.planted(6)
def test_both_reasons_are_one_warning() -> None:
    rows = frozen("84 80 78 72 71 48", "120", "7/12")
    assert leads(indicator(), rows)[3:] == ["+1.67", "+0.83", "-18.33"]
    assert warned(indicator(), rows) == {"A04": YELLOW, "A05": YELLOW, "A06": YELLOW_BOTH}


@pytest.mark.planted(7)
def test_the_largest_use_of_a_limit_is_the_worst() -> None:
    rows = frozen("60 62 64 72 75 90", "120", "7/12")  # 50, 51.67, 53.33, 60, 62.5 and 75 % used, 58.33 due
    assert leads(USED_UP, rows) == ["+8.33", "+6.67", "+5.00", "-1.67", "-4.17", "-16.67"]
    assert warned(USED_UP, rows) == {"A04": YELLOW, "A05": YELLOW, "A06": YELLOW_BOTH}


@pytest.mark.planted(7)
def test_a_limited_level_falls_as_it_rises_and_ten_points_to_the_letter_are_not_far() -> None:
    rows = frozen("28 35 38.5 42", "35", group="C")  # 2 - x/35: 1.2, 1, 0.9, 0.8
    assert leads(LIMIT, rows) == ["+20.00", "+0.00", "-10.00", "-20.00"]
    assert warned(LIMIT, rows) == {"C02": YELLOW, "C03": YELLOW, "C04": YELLOW_BOTH}


@pytest.mark.planted(8)
def test_the_distance_from_a_range_counts_on_both_sides() -> None:
    rows = frozen("80 85 87 90 70 76", "80")  # 75 to 85, width 20: 2, 5 and 5 outside are 0.9, 0.75, 0.75
    assert leads(RANGE, rows) == ["+0.00", "+0.00", "-10.00", "-25.00", "-25.00", "+0.00"]
    assert warned(RANGE, rows) == {"A03": YELLOW, "A04": YELLOW_BOTH, "A05": YELLOW_BOTH}


@pytest.mark.planted(9)
def test_a_missing_figure_is_not_the_worst_figure() -> None:
    rows = frozen("124 122 120 118 116 -", "200", "7/12")
    facts = snapshots.facts_of(indicator(), rows)["A06"]
    assert (facts.why, facts.rank) == ("missing", None)
    assert warned(indicator(), rows) == {"A03": YELLOW, "A04": YELLOW, "A05": YELLOW}


@pytest.mark.planted(10)
def test_an_exempt_unit_is_not_last() -> None:
    rows = frozen("97 96 95.6 95.2 95 x", "95")
    assert snapshots.facts_of(LEVEL, rows)["A06"].why == "exempt"
    assert warned(LEVEL, rows) == {"A03": YELLOW, "A04": YELLOW, "A05": YELLOW}


@pytest.mark.planted(11)
def test_in_a_group_of_four_three_are_warned_and_in_one_of_three_nobody() -> None:
    assert warned(LEVEL, frozen("92 90 88 86", "90", group="C")) == {"C02": YELLOW, "C03": YELLOW, "C04": YELLOW}
    assert warned(LEVEL, frozen("92 90 88", "90", group="C")) == {}


@pytest.mark.planted(11)
def test_in_a_group_of_four_the_best_and_the_last_three_overlap() -> None:
    used = indicator(measure="level", method="rank_step", params={"step": "0.05", "floor": "0"})
    scores = snapshots.scores_of(used, frozen("93 91 89 87", "90", group="C"))
    assert list(scores.values()) == [Decimal(100), Decimal(95), Decimal(90), Decimal(85)]
    told = ranking.statistics(scores)
    assert (told.highest, told.lowest, told.mean) == (Decimal(100), Decimal(85), Decimal("92.50"))
    assert (told.top, told.bottom) == (("C01", "C02", "C03"), ("C04", "C03", "C02"))
    assert told.overlap == ("C02", "C03")


GRADES = {"quota": Decimal("0.30"), "good_line": Decimal(80), "qualified_line": Decimal(60)}


@pytest.mark.planted(17)
def test_the_quota_is_rounded_down_and_a_tie_across_it_leaves_both_out() -> None:
    assert [ranking.excellent_places(units, GRADES["quota"]) for units in (6, 10, 4)] == [1, 3, 1]
    # 96 % on the one and all of the other, the other way round, both weigh 0.66: (96 + 100) * 0.66 / 100 = 1.2936.
    mirrored = [
        {"P05": snapshots.scores_of(LEVEL, frozen(p05, "90"))["A01"], "P06": scored}
        for p05, scored in (("86.4", Decimal(100)), ("90", snapshots.scores_of(LEVEL, frozen("57.6", "60"))["A01"]))
    ]
    weights = {"P05": Decimal("0.66"), "P06": Decimal("0.66")}
    assert [scoring.total(scores, weights) for scores in mirrored] == [Decimal("1.2936"), Decimal("1.2936")]
    others = {"B01": "97.8", "B02": "99.3", "B03": "94.5", "B04": "94.5", "B05": "85.4"}
    others |= {"B06": "83.9", "B07": "69.3", "B08": "79.8", "B09": "73.9", "B10": "72.7"}
    totals = {unit: Decimal(total) for unit, total in others.items()}
    assert [ranking.ranks(totals)[unit] for unit in ("B02", "B01", "B03", "B04", "B05")] == [1, 2, 3, 3, 5]
    found = ranking.grades(totals, **GRADES)
    assert [unit for unit, grade in found.items() if grade == "excellent"] == ["B01", "B02"]
    assert found["B03"] == found["B04"] == "good"


@pytest.mark.planted(20)
def test_over_fulfilment_counts_only_where_no_cap_is() -> None:
    capped, open_ended = indicator(params={"cap": "1"}), indicator(params={"cap": None})
    assert snapshots.scores_of(capped, frozen("120", "100")) == {"A01": Decimal(100)}
    assert snapshots.scores_of(open_ended, frozen("60", "50")) == {"A01": Decimal(120)}


@pytest.mark.planted(21)
def test_scores_that_look_alike_at_two_decimals_rank_apart() -> None:
    used = indicator(measure="level", method="panel_mean", params={})
    scores = snapshots.scores_of(used, frozen("89.995 90", None, group="B"))
    assert [scoring.shown(score or Decimal(0), 2) for score in scores.values()] == ["90.00", "90.00"]
    assert ranking.ranks(scores) == {"B01": 2, "B02": 1}


VOTES = {"values": {"优秀": "100", "良好": "80", "一般": "60", "较差": "40"}}


@pytest.mark.planted(23)
def test_equal_totals_hide_different_parts() -> None:
    gatherings = snapshots.scores_of(indicator(), frozen("96 100", "100"))
    ballots = frozen("90 86", None)
    for row, votes in zip(ballots, ((12, 6, 2, 0), (10, 6, 4, 0)), strict=True):
        row.detail = {"votes": dict(zip(VOTES["values"], votes, strict=True))}
    voted = snapshots.scores_of(indicator(measure="level", method="vote_grades", params=VOTES), ballots)
    # (12 * 100 + 6 * 80 + 2 * 60) / 20 = 90 and (10 * 100 + 6 * 80 + 4 * 60) / 20 = 86
    assert [gatherings, voted] == [
        {"A01": Decimal(96), "A02": Decimal(100)},
        {"A01": Decimal(90), "A02": Decimal(86)},
    ]
    weight = Decimal("0.65")
    totals = {
        unit: scoring.total({"J03": gatherings[unit], "J18": voted[unit]}, {"J03": weight, "J18": weight})
        for unit in ("A01", "A02")
    }
    assert totals == {"A01": Decimal("1.209"), "A02": Decimal("1.209")}
    assert ranking.ranks(totals) == {"A01": 1, "A02": 1}


@pytest.mark.planted(24)
def test_the_same_score_for_everybody_is_flagged() -> None:
    rows = frozen(" ".join(["100"] * 20), None)
    used = indicator(measure="level", method="panel_mean", params={})
    for row, score in zip(rows, snapshots.scores_of(used, rows).values(), strict=True):
        row.score = score
    assert {row.score for row in rows} == {Decimal(100)}
    assert results.flat_indicators(rows) == [1]
    rows[7].score = Decimal("99.999999")
    assert results.flat_indicators(rows) == []


@pytest.mark.planted(25)
def test_a_seasonal_indicator_is_not_due_before_its_season() -> None:
    used = indicator(schedule={"03-31": "0", "07-31": "0.2", "12-31": "1"})
    assert [used.expected_share(date(2026, *day)) for day in ((2, 28), (3, 31), (7, 31), (11, 30), (12, 31))] == [
        *(Decimal(0), Decimal(0), Decimal("0.2"), Decimal("0.2"), Decimal(1))
    ]
    rows = frozen("0 0 30 0 60 0", "3000", "0")
    assert {facts.why for facts in snapshots.facts_of(used, rows).values()} == {"not_due"}
    assert warned(used, rows) == {}


@pytest.mark.planted(27)
def test_what_is_announced_is_neither_missing_nor_warned_until_it_is_published() -> None:
    assert snapshots.facts_of(LEVEL, frozen("? ? ? ? ? ? ? ? ? ?", "100", group="B")) == {}
    rows = frozen("100 100 96 100 100 100 100 100 100 100", "100", group="B")
    assert warned(LEVEL, rows) == {"B03": YELLOW}


@pytest.mark.planted(28)
def test_where_nobody_has_a_figure_nobody_is_ranked_or_warned() -> None:
    rows = frozen("- - - - - -", "98")
    assert {facts.why for facts in snapshots.facts_of(LEVEL, rows).values()} == {"missing"}
    assert warned(LEVEL, rows) == {}
