"""An issued system changes only by an adjustment: what was measured before it stays, digit for digit."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import adjustments, admission, indicators, plans, rounds, rules, snapshots, targets, warnings
from engine.assessment.adjustments import (
    Adjustment,
    AdjustmentMoved,
    AdjustmentOpen,
    AdjustmentStatus,
    NotIssued,
    RoundBegun,
    WrongWeights,
)
from engine.assessment.admission import NotAdmitted
from engine.assessment.hands import OwnWork
from engine.assessment.indicators import UnknownIndicator, WrongIndicator
from engine.assessment.rectification import ItemStatus
from engine.assessment.targets import Allocation
from engine.db import Context
from engine.errors import Invalid, NotFound
from engine.verify import verify
from tests.assessment import years
from tests.assessment.town import Town, delivered, moment, remember

PAPER = "领导小组〔2026〕6号"


@pytest.fixture
def town() -> Iterator[Town]:
    """The day after April's letters: every system is issued, April published, August not open."""
    with delivered() as made:
        yield made


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Town]:
    """April's sheets are open and empty."""
    with years.collecting(tmp_path) as made:
        yield made


def draft(town: Town, round: str = "august", account: str = "lead1") -> int:
    with town.by(account) as ctx:
        return adjustments.draft(ctx, town.cycle(ctx), round, "国家口径调整", "市委办〔2026〕12号").id


def weigh(town: Town, key: int, **weights: str) -> None:
    given = {code: {"A": Decimal(weight)} for code, weight in weights.items()}
    with town.by("lead1") as ctx:
        adjustments.weigh(ctx, town.cycle(ctx), key, given)


def drop(town: Town, key: int, code: str) -> None:
    with town.by("lead1") as ctx:
        adjustments.drop(ctx, town.cycle(ctx), key, code)


def hand_in(town: Town, key: int) -> None:
    with town.by("lead1") as ctx:
        adjustments.submit(ctx, town.cycle(ctx), key)


def approve(town: Town, key: int, account: str = "committee1") -> Adjustment:
    with town.by(account) as ctx:
        return adjustments.decide(ctx, town.cycle(ctx), key, approved=True, document=PAPER)


def dropped(town: Town) -> int:
    """H05 (6.5) is dropped, its weight goes to H01 (6.5)."""
    key = draft(town)
    drop(town, key, "H05")
    weigh(town, key, H01="13")
    hand_in(town, key)
    return key


def frozen_scores(ctx: Context, town: Town) -> Mapping[tuple[str, str], tuple[object, ...]]:
    """(indicator, unit) -> what April's last revision keeps."""
    snapshot = snapshots.latest(ctx, town.round(ctx))
    known = snapshots.rules_of(ctx, snapshot)
    return {
        (known[row.cycle_indicator_id].code, row.unit): (
            row.actual,
            row.target,
            row.progress,
            row.lead_points,
            row.rank,
        )
        for row in snapshots.rows(ctx, snapshot)
    }


def broken(town: Town) -> list[str]:
    with town.by(reading=True) as ctx:
        return [f"{each.id} {place}" for each in verify(ctx) for place in each.places]


@pytest.mark.requirement("B2")
def test_what_is_dropped_is_measured_no_more_and_its_open_warnings_end_with_the_reason(town: Town) -> None:
    assert town.matter("A04", "H05").status == ItemStatus.OPENED
    key = dropped(town)
    assert approve(town, key).status == AdjustmentStatus.IN_FORCE
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        assert "H05" not in {each.code for each in indicators.in_force(ctx, cycle)}
        assert indicators.weights(ctx, cycle, "A")["H01"] == 13
        assert indicators.wrong_sums(indicators.in_force(ctx, cycle), ["A"]) == {}
        notice = town.notice(ctx, "A04", "H05")
        assert (notice.status, notice.end_reason) == (warnings.NoticeStatus.WITHDRAWN, "国家口径调整")
        assert town.notice(ctx, "A04", "E13").status == warnings.NoticeStatus.RECEIVED
    ended = town.matter("A04", "H05")
    assert (ended.status, ended.end_reason) == (ItemStatus.WITHDRAWN, "国家口径调整")
    assert town.open_elements(ended) == []
    assert (
        town.told("a04_leader", "system.adjusted") == town.told("d25_clerk", "system.adjusted") == ["system.adjusted"]
    )
    assert broken(town) == []


def test_earlier_rounds_keep_what_they_were_measured_by_also_when_they_are_corrected_later(town: Town) -> None:
    with town.by(reading=True) as ctx:
        before = frozen_scores(ctx, town)
    approve(town, dropped(town))
    with town.by() as ctx:
        snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx), "更正")
    with town.by(reading=True) as ctx:
        assert frozen_scores(ctx, town) == before
        kept = snapshots.rules_of(ctx, snapshots.latest(ctx, town.round(ctx)))
        weights = {each.code: each.weight("A") for each in kept.values()}
        assert (weights["H05"], weights["H01"]) == (Decimal("6.50"), Decimal("6.50"))
    assert broken(town) == []


def test_the_next_round_is_measured_by_the_new_system(town: Town) -> None:
    key = dropped(town)
    approve(town, key)
    with town.by() as ctx:
        remember(ctx, town.cycle(ctx), years.small_figures("2026-07-31"), date(2026, 7, 31))
        made = snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx, "august"))
        codes = {each.code for each in snapshots.rules_of(ctx, made).values()}
        assert "H05" not in codes and "H01" in codes
        assert len(snapshots.rows(ctx, made)) == 6 * len(codes)


def test_a_method_is_changed_by_a_new_version_of_the_rules_and_april_is_computed_as_before(town: Town) -> None:
    key = draft(town)
    with town.by("lead1") as ctx:
        adjustments.change_rules(
            ctx,
            town.cycle(ctx),
            key,
            "E13",
            method="ratio_to_best",
            params={"direction": "higher_better"},
            counting="ours",
            standard="按与最优值之比计分。",
        )
    hand_in(town, key)
    approve(town, key)
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        newest = rules.rules_of(ctx, used)
        assert (used.method, newest.version, newest.standard) == ("ratio_to_best", 2, "按与最优值之比计分。")
        kept = snapshots.rules_of(ctx, snapshots.latest(ctx, town.round(ctx)))[used.id]
        assert (kept.method, kept.rule_version) == ("completion_ratio", 1)
    assert broken(town) == []


def test_while_an_earlier_round_is_collected_the_adjustment_waits_for_its_own(collecting: Town) -> None:
    key = dropped(collecting)
    assert approve(collecting, key).status == AdjustmentStatus.APPROVED
    with collecting.by(reading=True) as ctx:
        assert indicators.find(ctx, collecting.cycle(ctx), "H05").is_in_force
    with collecting.by() as ctx:
        rounds.open_round(ctx, collecting.cycle(ctx), "august")
    with collecting.by(reading=True) as ctx:
        assert not indicators.find(ctx, collecting.cycle(ctx), "H05").is_in_force
        assert adjustments.get(ctx, collecting.cycle(ctx), key).status == AdjustmentStatus.IN_FORCE
        # What stood before is kept with what came.
        assert adjustments.get(ctx, collecting.cycle(ctx), key).before["H05"]["weights"] == {"A": "6.50"}


def admitted(town: Town, code: str = "E99") -> None:
    with town.by("d01_clerk") as ctx:
        passage = admission.propose(ctx, "county_leadership", "D01", code, "数字经济增速", "市政府〔2026〕3号").id
    with town.by("lead2") as ctx:
        admission.review(ctx, passage, forwarded=True, note="")
    with town.by("committee2") as ctx:
        admission.decide(ctx, passage, admitted=True, document=PAPER, expires_on=date(2027, 12, 31))


def new_row(weight: str = "1") -> indicators.Row:
    return indicators.Row(
        code="E99",
        name="数字经济增速",
        category="经济发展",
        source="key_work",
        responsible_unit="D01",
        data_unit=None,
        unit_of_measure="%",
        direction="higher_better",
        measure="level",
        schedule={},
        method="completion_ratio",
        params={"cap": "1"},
        main=True,
        target_total=None,
        weights={"A": Decimal(weight)},
    )


def add(town: Town, key: int, row: indicators.Row | None = None) -> None:
    given = {"A01": Allocation(Decimal(10), Decimal(8), False), "A02": Allocation(Decimal(12), None, False)}
    with town.by("lead1") as ctx:
        adjustments.add(ctx, town.cycle(ctx), key, row or new_row(), "按完成率计分。", given)


@pytest.mark.requirement("A3")
def test_what_is_added_must_be_admitted_and_brings_its_rules_and_targets(town: Town) -> None:
    key = draft(town)
    add(town, key)
    weigh(town, key, E13="5")
    with town.refusal(NotAdmitted, "lead1") as ctx:
        adjustments.submit(ctx, town.cycle(ctx), key)
    admitted(town)
    hand_in(town, key)
    approve(town, key)
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        made = indicators.find(ctx, cycle, "E99")
        assert rules.rules_of(ctx, made).status == rules.RuleStatus.ISSUED
        allocated = targets.of_indicator(ctx, made.id)
        assert {unit: (each.value, each.exempt) for unit, each in allocated.items()} == {
            "A01": (10, False),
            "A02": (12, False),
            **dict.fromkeys(("A03", "A04", "A05", "A06"), (None, True)),
        }
        assert indicators.wrong_sums(indicators.in_force(ctx, cycle), ["A"]) == {}
    assert broken(town) == []


def test_the_weights_of_every_group_sum_to_a_hundred_again(town: Town) -> None:
    key = draft(town)
    drop(town, key, "H05")
    with town.refusal(WrongWeights, "lead1") as ctx:
        adjustments.submit(ctx, town.cycle(ctx), key)
    with town.by("lead1", reading=True) as ctx:
        adjustment = adjustments.get(ctx, town.cycle(ctx), key)
        found = adjustments.sums(adjustments.planned_weights(ctx, town.cycle(ctx), adjustment), ["A"])
        assert found == {"A": Decimal("93.50")}


def test_a_change_back_to_what_stands_is_no_change(town: Town) -> None:
    key = draft(town)
    weigh(town, key, E13="5", E14="7")
    weigh(town, key, E13="6.00", E14="6")
    with town.by("lead1", reading=True) as ctx:
        assert adjustments.get(ctx, town.cycle(ctx), key).changes == {}
    with town.refusal(Invalid, "lead1") as ctx:
        adjustments.submit(ctx, town.cycle(ctx), key)


def test_the_lead_drafts_the_leading_group_decides_and_nobody_does_both(town: Town) -> None:
    with town.refusal(NotYours, "d01_leader") as ctx:
        adjustments.draft(ctx, town.cycle(ctx), "august", "国家口径调整", "市委办〔2026〕12号")
    with town.by() as ctx:
        years.appoint(ctx, "lead1", "committee", "LXZ")
    key = dropped(town)
    for account, error in (("lead1", OwnWork), ("lead2", NotYours), ("d25_leader", NotFound)):
        with town.refusal(error, account) as ctx:
            adjustments.decide(ctx, town.cycle(ctx), key, approved=True, document=PAPER)


def test_a_refused_adjustment_changes_nothing_and_is_seen_by_those_who_drafted_it_alone(town: Town) -> None:
    key = dropped(town)
    with town.refusal(Invalid, "committee1") as ctx:
        adjustments.decide(ctx, town.cycle(ctx), key, approved=False, document=PAPER)
    with town.by("committee1") as ctx:
        adjustments.decide(ctx, town.cycle(ctx), key, approved=False, document=PAPER, note="依据不足")
    with town.by("a04_clerk", reading=True) as ctx:
        assert adjustments.of_cycle(ctx, town.cycle(ctx)) == []
        assert indicators.find(ctx, town.cycle(ctx), "H05").is_in_force
    with town.refusal(AdjustmentMoved, "committee1") as ctx:
        adjustments.decide(ctx, town.cycle(ctx), key, approved=True, document=PAPER)


def test_only_one_adjustment_is_under_way_and_none_reaches_a_round_that_is_open(town: Town) -> None:
    with town.refusal(RoundBegun, "lead1") as ctx:
        adjustments.draft(ctx, town.cycle(ctx), "april", "国家口径调整", "市委办〔2026〕12号")
    key = draft(town)
    with town.refusal(AdjustmentOpen, "lead1") as ctx:
        adjustments.draft(ctx, town.cycle(ctx), "annual", "国家口径调整", "市委办〔2026〕12号")
    with town.by("lead2") as ctx:
        adjustments.discard(ctx, town.cycle(ctx), key, "另行研究")
    assert draft(town, "annual") > key


def test_an_adjustment_that_was_overtaken_by_its_round_is_not_approved(town: Town) -> None:
    key = dropped(town)
    town.now = moment("2026-08-03 09:00")
    with town.by() as ctx:
        plans.round_of(ctx, town.cycle(ctx), "august").opened_at = town.now
    with town.refusal(RoundBegun, "committee1") as ctx:
        adjustments.decide(ctx, town.cycle(ctx), key, approved=True, document=PAPER)


def test_a_system_that_is_not_issued_is_changed_itself(tmp_path: Path) -> None:
    with ExitStack() as stack:
        town = stack.enter_context(years.begun(tmp_path))
        with town.refusal(NotIssued, "lead1") as ctx:
            adjustments.draft(ctx, town.cycle(ctx), "april", "国家口径调整", "市委办〔2026〕12号")


def test_what_could_not_be_measured_is_not_drafted(town: Town) -> None:
    key = draft(town)
    with town.refusal(WrongIndicator, "lead1") as ctx:
        adjustments.change_rules(
            ctx, town.cycle(ctx), key, "E13", method="no_such", params={}, counting="ours", standard="x"
        )
    with town.refusal(UnknownIndicator, "lead1") as ctx:
        adjustments.drop(ctx, town.cycle(ctx), key, "X99")
    with town.refusal(Invalid, "lead1") as ctx:
        adjustments.weigh(ctx, town.cycle(ctx), key, {"E13": {"A": Decimal(-1)}})
