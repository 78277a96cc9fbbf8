"""An appeal while the result is shown: other hands decide, the figure is corrected, the result is computed anew."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine import verify
from engine.access import NotYours
from engine.assessment import appeals, grading, plans, results, snapshots
from engine.assessment.appeals import AppealMoved, NotCorrected, NotShown
from engine.assessment.hands import OwnWork
from engine.errors import Conflict, Invalid, NotFound
from tests.assessment import years
from tests.assessment.town import Town, moment


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The result was decided on Friday 29 January 2027 and is shown until the end of 5 February."""
    with years.settled(tmp_path) as made:
        years.decide(made)
        yield made


def file(town: Town, unit: str = "A05", code: str = "E13") -> int:
    with town.by(f"{unit.lower()}_clerk") as ctx:
        return appeals.file(ctx, town.cycle(ctx), unit, code, "完成值漏计在建项目，见统计月报").id


def accept(town: Town, appeal: int, account: str = "lead1") -> None:
    with town.by(account) as ctx:
        appeals.accept(ctx, town.cycle(ctx), appeal)


def decide(town: Town, appeal: int, account: str = "lead2", *, upheld: bool = True) -> None:
    with town.by(account) as ctx:
        appeals.decide(ctx, town.cycle(ctx), appeal, "经复核属实", upheld=upheld)


def upheld(town: Town) -> int:
    appeal = file(town)
    accept(town, appeal)
    decide(town, appeal)
    return appeal


def told(town: Town) -> dict[str, tuple[Decimal, int, str | None]]:
    with town.by(reading=True) as ctx:
        return {each.unit: (each.total, each.rank, each.grade) for each in results.of_cycle(ctx, town.cycle(ctx))}


@pytest.mark.planted(19)
@pytest.mark.requirement("H2", "C6")
def test_an_upheld_appeal_changes_two_ranks_and_a_report_says_so(town: Town) -> None:
    before = told(town)
    appeal = upheld(town)
    with town.by("d01_leader") as ctx:
        appeals.correct(ctx, town.cycle(ctx), appeal, Decimal(200))
    with town.by("lead1") as ctx:
        changed = appeals.recompute(ctx, town.cycle(ctx), appeal)
    # 200 of 200 in the place of 189.4: 5.3 points of weight 6 are 0.318; A05 passes A04.
    after = told(town)
    assert after["A05"][0] == before["A05"][0] + Decimal("0.318")
    assert {unit: rank for unit, (_, rank, _) in before.items() if unit in ("A04", "A05")} == {"A04": 4, "A05": 5}
    assert {unit: rank for unit, (_, rank, _) in after.items() if unit in ("A04", "A05")} == {"A04": 5, "A05": 4}
    assert [(each.unit, each.old_rank, each.new_rank) for each in changed] == [("A04", 4, 5), ("A05", 5, 4)]
    assert {unit: after[unit] for unit in ("A01", "A02", "A03", "A06")} == {
        unit: before[unit] for unit in ("A01", "A02", "A03", "A06")
    }
    # Decided before, so decided still; whoever it concerns is told.
    assert {grade for *_, grade in after.values()} == {"excellent", "good"}
    assert town.told("a04_leader", "appeal.recomputed") == ["appeal.recomputed"]
    assert town.told("a01_leader", "appeal.recomputed") == []


@pytest.mark.requirement("C6")
def test_the_old_result_stays_beside_the_new_one_and_both_can_be_recomputed(town: Town) -> None:
    appeal = upheld(town)
    with town.by("d01_leader") as ctx:
        appeals.correct(ctx, town.cycle(ctx), appeal, Decimal(200))
    with town.by("lead1") as ctx:
        appeals.recompute(ctx, town.cycle(ctx), appeal)
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        frozen = snapshots.of_round(ctx, plans.annual_round(ctx, cycle))
        assert [len(results.of_snapshot(ctx, each)) for each in frozen] == [6, 6]
        assert [each.places for each in verify.verify(ctx) if each.id in ("I9", "I16")] == [(), ()]
    with town.by("a05_leader", reading=True) as ctx:
        assert [each.unit for each in appeals.report(ctx, town.cycle(ctx), appeal)] == ["A05"]
    with town.by("lead3", reading=True) as ctx:
        assert len(appeals.report(ctx, town.cycle(ctx), appeal)) == 6
    with town.by("a04_leader", reading=True) as ctx, pytest.raises(NotFound):
        appeals.report(ctx, town.cycle(ctx), appeal)


def test_an_appeal_suspends_nothing_and_what_was_published_stays_published(town: Town) -> None:
    appeal = upheld(town)
    with town.by() as ctx:
        results.publish(ctx, town.cycle(ctx))
    town.now = moment("2027-02-10")
    with town.by("d01_leader") as ctx:
        appeals.correct(ctx, town.cycle(ctx), appeal, Decimal(200))
    with town.by("lead1") as ctx:
        appeals.recompute(ctx, town.cycle(ctx), appeal)
    with town.by(reading=True) as ctx:
        assert {each.published_at for each in results.of_cycle(ctx, town.cycle(ctx))} == {town.now}


def test_an_appeal_is_filed_while_the_result_is_shown_and_not_after(town: Town) -> None:
    with town.by(reading=True) as ctx:
        assert appeals.window(ctx, town.cycle(ctx)) == moment("2027-02-06 00:00")
    town.now = moment("2027-02-05 23:59")
    first = file(town)
    town.now = moment("2027-02-06 00:00")
    with town.refusal(NotShown, "a06_clerk") as ctx:
        appeals.file(ctx, town.cycle(ctx), "A06", "E13", "有误")
    accept(town, first)
    with town.by(reading=True) as ctx:
        # Twenty working days after Saturday 6 February 2027.
        assert appeals.get(ctx, town.cycle(ctx), first).due_at is not None


def test_before_the_decision_there_is_nothing_to_appeal_against(tmp_path: Path) -> None:
    with years.begun(tmp_path) as made:
        made.now = moment("2027-01-29 10:00")
        with made.refusal(NotShown, "a05_clerk") as ctx:
            appeals.file(ctx, made.cycle(ctx), "A05", "E13", "有误")
        years.settle_year(made)
        with made.by() as ctx:
            results.propose(ctx, made.cycle(ctx))
        with made.refusal(NotShown, "a05_clerk") as ctx:
            appeals.file(ctx, made.cycle(ctx), "A05", "E13", "有误")


def test_who_takes_an_appeal_on_does_not_decide_it(town: Town) -> None:
    appeal = file(town)
    with town.refusal(AppealMoved, "lead2") as ctx:
        appeals.decide(ctx, town.cycle(ctx), appeal, "属实", upheld=True)
    accept(town, appeal, "lead1")
    with town.refusal(OwnWork, "lead1") as ctx:
        appeals.decide(ctx, town.cycle(ctx), appeal, "属实", upheld=True)
    decide(town, appeal, "committee1", upheld=False)
    with town.refusal(AppealMoved, "lead2") as ctx:
        appeals.decide(ctx, town.cycle(ctx), appeal, "属实", upheld=True)


def test_only_the_responsible_units_leader_corrects_and_only_then_it_is_computed_anew(town: Town) -> None:
    appeal = upheld(town)
    with town.refusal(NotCorrected, "lead1") as ctx:
        appeals.recompute(ctx, town.cycle(ctx), appeal)
    for account in ("lead1", "d01_clerk"):
        with town.refusal(NotYours, account) as ctx:
            appeals.correct(ctx, town.cycle(ctx), appeal, Decimal(200))
    for account in ("d32_leader", "a04_leader"):
        with town.refusal(NotFound, account) as ctx:
            appeals.correct(ctx, town.cycle(ctx), appeal, Decimal(200))


def test_a_unit_appeals_once_per_indicator_in_writing_for_itself(town: Town) -> None:
    file(town)
    with town.refusal(Conflict, "a05_leader") as ctx:
        appeals.file(ctx, town.cycle(ctx), "A05", "E13", "再诉")
    with town.refusal(Invalid, "a05_leader") as ctx:
        appeals.file(ctx, town.cycle(ctx), "A05", "E14", "  ")
    with town.refusal(NotYours, "a04_leader") as ctx:
        appeals.file(ctx, town.cycle(ctx), "A05", "E14", "有误")
    for account, count in (("a05_leader", 1), ("a04_leader", 0), ("d01_clerk", 1), ("d32_clerk", 0), ("lead3", 1)):
        with town.by(account, reading=True) as ctx:
            assert len(appeals.of_cycle(ctx, town.cycle(ctx))) == count, account


def test_computing_anew_says_why_and_is_the_leads(town: Town) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        grading.recompute(ctx, town.cycle(ctx), " ")
    with town.refusal(NotYours, "committee1") as ctx:
        grading.recompute(ctx, town.cycle(ctx), "更正")
