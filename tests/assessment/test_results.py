"""The year's result: added up from what was frozen, graded by quota and lines, decided, shown, published."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import archives, indicators, plans, results, snapshots
from engine.assessment.results import AlreadyChecked, AlreadyDecided, NoResult, NotDecided, Result, Unscored
from engine.assessment.snapshots import NotPublished, SnapshotRow
from engine.errors import Invalid
from tests.assessment.town import WARNED, Town, moment
from tests.assessment.years import acts, begun, settle_year


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The year is over: a Friday at the end of January."""
    with begun(tmp_path) as made:
        made.now = moment("2027-01-29 10:00")
        yield made


@pytest.fixture
def settled(town: Town) -> Town:
    """The figures are frozen, the archives reviewed."""
    settle_year(town)
    with town.by("lead1") as ctx:
        archives.review(ctx, town.cycle(ctx), reviewed=True)
    return town


def propose(town: Town) -> dict[str, Result]:
    with town.by() as ctx:
        return {each.unit: each for each in results.propose(ctx, town.cycle(ctx))}


def decide(town: Town) -> None:
    with town.by() as ctx:
        results.decide(ctx, town.cycle(ctx))


def totals(town: Town) -> dict[str, results.Total]:
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        found = results.totals(ctx, cycle, snapshots.latest(ctx, plans.annual_round(ctx, cycle)))
        return {each.unit: each for each in found}


def check(town: Town, unit: str, outcome: str = "confirmed", text: str | None = None, account: str = "") -> None:
    with town.by(account or f"{unit.lower()}_leader") as ctx:
        results.check_own(ctx, town.cycle(ctx), unit, outcome, text)


# ---- adding up


@pytest.mark.requirement("H2")
def test_a_total_is_the_sum_of_scores_by_weight(settled: Town) -> None:
    # Scores of A02 by weight: 6 × (99.6 + 95.9 + 100 + 100 + 99.5) + 22 × 88 + 10 × (98.1 + 99.4)
    # + 6.5 × (96.5 + 97.6) + 7.5 × (100 + 100) = 9642.65.
    assert totals(settled)["A02"].total == Decimal("96.4265")


@pytest.mark.requirement("H2")
def test_the_weight_of_what_a_unit_is_exempt_from_is_spread_in_its_category(settled: Town) -> None:
    found = totals(settled)["A06"]
    assert found.weights["J01"] == Decimal(15)
    assert found.weights.get("J02", Decimal(0)) == 0
    assert sum(found.weights.values()) == 100
    # 6 × (93.6 + 90.5 + 91 + 75 + 92.5) + 22 × 67.5 + 10 × (94.1 + 90.1) + 6.5 × (91 + 75.2) + 15 × 93.673469
    assert found.total == Decimal("84.68002035")


def test_what_people_judged_is_shown_apart_and_makes_up_the_total_with_the_rest(town: Town) -> None:
    with town.by() as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "S07")
        used.method, used.params = "panel_mean", {}
    settle_year(town)
    found = totals(town)["A02"]
    # A mark of 95.6 of weight 22; the rest is 96.4265 without the 22 × 88 of before.
    assert (found.subjective, found.objective) == (Decimal("21.032"), Decimal("77.0665"))
    assert found.total == Decimal("98.0985")


@pytest.mark.requirement("H1")
def test_nothing_is_added_up_while_a_score_is_missing(town: Town) -> None:
    settle_year(town, {("E13", "A03"): "", ("S07", "A05"): ""})
    with town.by() as ctx, pytest.raises(Unscored, match="2 scores are missing, such as A03's on E13"):
        results.propose(ctx, town.cycle(ctx))
    with town.refusal(NoResult) as ctx:
        results.of_cycle(ctx, town.cycle(ctx))


def test_an_indicator_without_weight_in_the_group_need_not_be_scored(town: Town) -> None:
    with town.by() as ctx:
        indicators.find(ctx, town.cycle(ctx), "E13").weights[0].weight = Decimal(0)
        indicators.find(ctx, town.cycle(ctx), "E14").weights[0].weight = Decimal(12)
    settle_year(town, {("E13", "A03"): ""})
    # 12 × 95.9 in the place of 6 × 99.6 + 6 × 95.9: 6 × 3.7 less.
    assert totals(town)["A02"].total == Decimal("96.4265") - Decimal("0.222")


# ---- proposing


@pytest.mark.requirement("H2")
def test_totals_are_ranked_and_graded_by_quota_and_lines(settled: Town) -> None:
    found = propose(settled)
    assert {unit: (each.rank, each.proposed_grade) for unit, each in found.items()} == {
        "A02": (1, "excellent"),
        "A01": (2, "good"),
        "A03": (3, "good"),
        "A04": (4, "good"),
        "A05": (5, "good"),
        "A06": (6, "good"),
    }
    assert {each.grade for each in found.values()} == {None}
    assert Decimal(found["A06"].weights["J01"]) == 15
    with settled.by(reading=True) as ctx:
        total, *rest = acts(ctx, "results.propose")[0]["results"]["A02"]
        assert (Decimal(total), rest) == (Decimal("96.4265"), [1, "excellent"])


def test_lines_and_quota_are_those_of_the_year(settled: Town) -> None:
    with settled.by() as ctx:
        cycle = settled.cycle(ctx)
        changed = {"excellent_quota": 0.5, "good_line": 90, "qualified_line": 89.3}
        cycle.parameters = {**cycle.parameters, **changed}
    # 96.43 95.09 94.72 | 89.48 | 89.21 84.68
    assert {unit: each.proposed_grade for unit, each in propose(settled).items()} == {
        **dict.fromkeys(("A01", "A02", "A03"), "excellent"),
        "A04": "qualified",
        **dict.fromkeys(("A05", "A06"), "unqualified"),
    }


def test_proposed_again_the_proposals_are_replaced_and_not_doubled(settled: Town) -> None:
    before = {each.id for each in propose(settled).values()}
    again = propose(settled)
    with settled.by(reading=True) as ctx:
        kept = results.of_cycle(ctx, settled.cycle(ctx))
        assert [each.unit for each in kept] == [*WARNED]
        assert {each.id for each in kept} == {each.id for each in again.values()}
        assert len(ctx.session.query(Result).all()) == 6
    assert before


def test_before_the_figures_are_frozen_there_is_nothing_to_add_up(town: Town) -> None:
    with town.refusal(NotPublished) as ctx:
        results.propose(ctx, town.cycle(ctx))
    with town.refusal(NoResult) as ctx:
        results.of_cycle(ctx, town.cycle(ctx))


# ---- deciding and publishing


def test_the_decision_makes_the_proposals_the_grades_and_shows_them_for_five_working_days(settled: Town) -> None:
    propose(settled)
    with settled.by(reading=True) as ctx:
        assert not results.is_public(results.of_cycle(ctx, settled.cycle(ctx)))
    with settled.by() as ctx:
        # Five working days after Friday 29 January 2027.
        assert results.decide(ctx, settled.cycle(ctx)) == moment("2027-02-06 00:00")
        found = results.of_cycle(ctx, settled.cycle(ctx))
        assert results.is_public(found)
        assert {each.unit: each.grade for each in found} == dict.fromkeys(WARNED, "good") | {"A02": "excellent"}
        assert {(each.decided_at, each.published_at) for each in found} == {(settled.now, None)}
    assert settled.told("a06_leader", "results.publicised") == ["results.publicised"]


def test_what_is_decided_is_neither_decided_nor_proposed_again(settled: Town) -> None:
    propose(settled)
    decide(settled)
    with settled.refusal(AlreadyDecided) as ctx:
        results.decide(ctx, settled.cycle(ctx))
    with settled.refusal(AlreadyDecided) as ctx:
        results.propose(ctx, settled.cycle(ctx))


def test_only_what_is_decided_is_published_and_then_it_is_final(settled: Town) -> None:
    with settled.refusal(NoResult) as ctx:
        results.publish(ctx, settled.cycle(ctx))
    propose(settled)
    with settled.refusal(NotDecided) as ctx:
        results.publish(ctx, settled.cycle(ctx))
    decide(settled)
    settled.now += timedelta(days=8)
    with settled.by() as ctx:
        results.publish(ctx, settled.cycle(ctx))
        cycle = settled.cycle(ctx)
        assert (cycle.status, plans.annual_round(ctx, cycle).published_at) == ("final", settled.now)
        assert {each.published_at for each in results.of_cycle(ctx, cycle)} == {settled.now}
    assert settled.told("a01_clerk", "results.published") == ["results.published"]


# ---- the units' own check


def test_a_unit_confirms_its_scores_or_disputes_them_in_writing(settled: Town) -> None:
    check(settled, "A01")
    check(settled, "A04", "disputed", "S07 口径有误", account="a04_clerk")
    with settled.by(reading=True) as ctx:
        found = {each.unit: (each.outcome, each.text, each.by) for each in results.checks(ctx, settled.cycle(ctx))}
    assert found == {"A01": ("confirmed", None, "a01_leader"), "A04": ("disputed", "S07 口径有误", "a04_clerk")}


@pytest.mark.parametrize("text", [None, "", "  "])
def test_nothing_is_disputed_without_a_word(settled: Town, text: str | None) -> None:
    with settled.refusal(Invalid, "a04_leader") as ctx:
        results.check_own(ctx, settled.cycle(ctx), "A04", "disputed", text)


def test_a_unit_checks_its_own_scores_once(settled: Town) -> None:
    check(settled, "A01")
    with settled.refusal(AlreadyChecked, "a01_clerk") as ctx:
        results.check_own(ctx, settled.cycle(ctx), "A01", "disputed", "改主意了")
    for account in ("a02_leader", "d01_clerk", "lead1"):
        with settled.refusal(NotYours, account) as ctx:
            results.check_own(ctx, settled.cycle(ctx), "A04", "confirmed", None)


def test_there_is_nothing_to_check_before_the_figures_are_frozen(town: Town) -> None:
    with town.refusal(NotPublished, "a01_leader") as ctx:
        results.check_own(ctx, town.cycle(ctx), "A01", "confirmed", None)


def test_when_checking_closes_who_said_nothing_is_recorded_and_who_disputes_is_named(settled: Town) -> None:
    check(settled, "A01")
    check(settled, "A05", "disputed", "H01 有误")
    check(settled, "A04", "disputed", "S07 有误")
    with settled.by() as ctx:
        assert results.close_checks(ctx, settled.cycle(ctx)) == ["A04", "A05"]
        found = {each.unit: each.outcome for each in results.checks(ctx, settled.cycle(ctx))}
        assert found == {"A01": "confirmed", "A04": "disputed", "A05": "disputed"} | dict.fromkeys(
            ("A02", "A03", "A06"), "silent"
        )
    with settled.refusal(AlreadyChecked, "a02_leader") as ctx:
        results.check_own(ctx, settled.cycle(ctx), "A02", "disputed", "来晚了")


def test_corrected_figures_are_checked_anew(settled: Town) -> None:
    check(settled, "A01")
    with settled.by() as ctx:
        snapshots.freeze(ctx, settled.cycle(ctx), plans.annual_round(ctx, settled.cycle(ctx)), "S07 更正")
        assert results.checks(ctx, settled.cycle(ctx)) == []
    check(settled, "A01", "disputed", "更正后仍有误")
    with settled.by(reading=True) as ctx:
        found = [(each.attempt, each.outcome) for each in results.checks(ctx, settled.cycle(ctx))]
        assert found == [(2, "disputed")]


# ---- feedback and checks on the scorers


@pytest.mark.requirement("F1")
def test_of_each_indicator_best_last_highest_lowest_and_mean_are_told(settled: Town) -> None:
    with settled.by(reading=True) as ctx:
        cycle = settled.cycle(ctx)
        snapshot = snapshots.latest(ctx, plans.annual_round(ctx, cycle))
        told = results.feedback(ctx, cycle, snapshot)
        roads = told[indicators.find(ctx, cycle, "E13").id, "A"]
        # 206.2 199.2 198.2 187.8 189.4 187.2 of 200, capped at 100: 100 99.6 99.1 93.9 94.7 93.6, together 580.9.
        assert (roads.n, roads.highest, roads.lowest, roads.mean) == (
            *(6, Decimal(100), Decimal("93.6"), Decimal("96.82")),
        )
        assert (roads.top, roads.bottom) == (("A01", "A02", "A03"), ("A06", "A04", "A05"))
        tied = told[indicators.find(ctx, cycle, "J01").id, "A"]
        # Four have 100: nobody is third alone, and fewer than three are worse than any of the four.
        assert tied.top == ("A01", "A02", "A04", "A05")
        assert tied.bottom == ("A06", "A03", "A01", "A02", "A04", "A05")
        exempt = told[indicators.find(ctx, cycle, "J02").id, "A"]
        assert (exempt.n, "A06" in (*exempt.top, *exempt.bottom)) == (5, False)


@pytest.mark.planted(24)
def test_a_score_that_is_the_same_for_everybody_tells_nobody_from_anybody() -> None:
    def row(indicator: int, unit: str, score: str | None) -> SnapshotRow:
        return SnapshotRow(cycle_indicator_id=indicator, unit=unit, score=None if score is None else Decimal(score))

    rows = [row(1, unit, "100.000000") for unit in WARNED]
    rows += [row(2, "A01", "90"), row(2, "A02", "90.000001")]
    # An indicator that measures one unit alone cannot tell it from others either way.
    rows += [row(3, "A01", "80"), row(3, "A02", None)]
    assert results.flat_indicators(rows) == [1]


def test_a_score_that_its_own_figures_do_not_give_is_found(settled: Town) -> None:
    with settled.by() as ctx:
        cycle = settled.cycle(ctx)
        snapshot = snapshots.latest(ctx, plans.annual_round(ctx, cycle))
        assert results.differing_scores(ctx, cycle, snapshot) == []
        row = snapshots.row(ctx, snapshot, indicators.find(ctx, cycle, "S07").id, "A04")
        assert row is not None
        row.score = Decimal("76.000001")
        assert results.differing_scores(ctx, cycle, snapshot) == [("A04", "S07")]
