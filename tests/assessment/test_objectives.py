"""Objectives with key results: handed in, approved, reported on by their owners, checked at each stage, counted."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.access import NotYours
from engine.assessment import objectives, plans
from engine.assessment.evidence import NotYourFile
from engine.assessment.hands import OwnWork
from engine.assessment.objectives import (
    Aim,
    CheckedAlready,
    Draft,
    KeyResult,
    NotApproved,
    Objective,
    ObjectivesSettled,
    ProgressReport,
)
from engine.errors import Invalid, NotFound
from engine.reports import matter
from tests.assessment.town import Town, moment
from tests.assessment.years import begun

CLERK, LEADER = "a01_clerk", "a01_leader"


def aim(title: str = "走访企业", weight: str = "100", **changed: Any) -> Aim:
    given: dict[str, Any] = {
        "unit_of_measure": "家",
        "start": Decimal(0),
        "target": Decimal(50),
        "owner": CLERK,
        "due": date(2026, 11, 30),
    }
    return Aim(title=title, weight=Decimal(weight), **given | changed)


def draft(*aims: Aim, title: str = "优化营商环境", weight: str = "100", basis: str = "工作要点第三条") -> Draft:
    return Draft(title, basis, Decimal(weight), aims or (aim(),))


#: By hand: two objectives of 60 and 40; the first has key results of 70 and 30, the second one of 100.
FULL = (
    draft(
        aim("走访企业", "70"),
        aim("办结时限", "30", start=Decimal(10), target=Decimal(5), unit_of_measure="天"),
        weight="60",
    ),
    draft(aim("发展党员", target=Decimal(4), unit_of_measure="名", owner=LEADER), title="建强队伍", weight="40"),
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        made.now = moment("2026-01-12 10:00")
        yield made


def submit(town: Town, drafts: Sequence[Draft] = FULL, account: str = CLERK) -> None:
    with town.by(account) as ctx:
        objectives.submit(ctx, town.cycle(ctx), "A01", drafts)


def decide(town: Town, *, approved: bool = True, note: str = "", account: str = "lead1") -> None:
    with town.by(account) as ctx:
        objectives.decide(ctx, town.cycle(ctx), "A01", approved=approved, note=note)


@pytest.fixture
def approved(town: Town) -> Town:
    submit(town)
    decide(town)
    town.now = moment("2026-04-02 10:00")
    return town


def results(town: Town) -> dict[str, int]:
    """Title of a key result -> its id."""
    with town.by(reading=True) as ctx:
        held = objectives.of_unit(ctx, town.cycle(ctx), "A01")
        return {each.title: each.id for one in held for each in one.key_results}


def report(town: Town, title: str, value: str, as_of: str = "2026-03-31", account: str = CLERK, **more: Any) -> None:
    with town.by(account) as ctx:
        found = objectives.key_result(ctx, results(town)[title])
        objectives.report(ctx, found, Decimal(value), date.fromisoformat(as_of), "按计划推进", **more)


def check(town: Town, title: str, verdict: str = "on_track", round: str = "april", note: str = "") -> None:
    with town.by("lead1") as ctx:
        found = objectives.key_result(ctx, results(town)[title])
        objectives.check(ctx, town.round(ctx, round), found, verdict, note)


def done(town: Town, title: str, until: str = "2026-03-31") -> Fraction:
    with town.by(reading=True) as ctx:
        found = objectives.key_result(ctx, results(town)[title])
        return objectives.standing(ctx, found, date.fromisoformat(until)).completion


def unit_done(town: Town, until: str = "2026-03-31") -> Fraction | None:
    with town.by(reading=True) as ctx:
        held = objectives.of_unit(ctx, town.cycle(ctx), "A01")
        return objectives.unit_completion(ctx, held, date.fromisoformat(until))


def test_completion_is_weighted_through_both_levels(approved: Town) -> None:
    assert unit_done(approved) == 0
    report(approved, "走访企业", "30")
    report(approved, "办结时限", "8")
    report(approved, "发展党员", "1", account=LEADER)
    # 30/50 = 60 %; from 10 days to 8 of 5 is 2/5 = 40 %; 1/4 = 25 %.
    assert [done(approved, each) for each in ("走访企业", "办结时限", "发展党员")] == [60, 40, 25]
    # (60 x 0.7 + 40 x 0.3) x 0.6 + 25 x 0.4 = 54 x 0.6 + 10
    assert unit_done(approved) == Fraction("42.4")


def test_a_person_has_the_completion_of_what_he_or_she_owns(approved: Town) -> None:
    report(approved, "走访企业", "30")
    report(approved, "办结时限", "8")
    with approved.by(reading=True) as ctx:
        own = objectives.owned(ctx, approved.cycle(ctx), CLERK)
        # (60 x 42 + 40 x 18) / 60: the weights are 0.7 and 0.3 of 60.
        assert objectives.person_completion(ctx, own, date(2026, 3, 31)) == 54
        assert objectives.person_completion(ctx, [], date(2026, 3, 31)) is None
        assert objectives.owners(ctx, approved.cycle(ctx)) == [CLERK, LEADER]


def test_a_completion_stays_between_nothing_and_the_whole(approved: Town) -> None:
    report(approved, "走访企业", "80")
    report(approved, "办结时限", "12")
    assert (done(approved, "走访企业"), done(approved, "办结时限")) == (100, 0)


def test_the_latest_report_counts_and_earlier_days_keep_theirs(approved: Town) -> None:
    report(approved, "走访企业", "10", "2026-02-28")
    report(approved, "走访企业", "20")
    assert (done(approved, "走访企业", "2026-03-01"), done(approved, "走访企业")) == (20, 40)
    assert approved.count(ProgressReport) == [2]


def test_a_rejected_report_does_not_count_and_what_comes_after_it_does(approved: Town) -> None:
    report(approved, "走访企业", "10", "2026-02-28")
    check(approved, "走访企业")
    report(approved, "走访企业", "45")
    approved.now = moment("2026-08-03 10:00")
    check(approved, "走访企业", "rejected", "august", "佐证不实")
    assert done(approved, "走访企业", "2026-07-31") == 20
    report(approved, "走访企业", "25", "2026-07-31")
    assert done(approved, "走访企业", "2026-07-31") == 50


def test_objectives_are_changed_only_after_the_lead_returns_them(town: Town) -> None:
    submit(town)
    with town.refusal(ObjectivesSettled, CLERK) as ctx:
        objectives.submit(ctx, town.cycle(ctx), "A01", FULL)
    decide(town, approved=False, note="关键结果不可量化")
    submit(town, [draft()])
    assert town.count(Objective, KeyResult) == [1, 1]
    decide(town)
    with town.refusal(ObjectivesSettled, CLERK) as ctx:
        objectives.submit(ctx, town.cycle(ctx), "A01", FULL)
    with town.refusal(ObjectivesSettled, "lead1") as ctx:
        objectives.decide(ctx, town.cycle(ctx), "A01", approved=True, note="")


def test_owners_are_told_when_their_objectives_are_approved(approved: Town) -> None:
    assert approved.told(CLERK, "objectives.approved") == approved.told(LEADER, "objectives.approved")
    assert approved.told(CLERK, "objectives.approved") == ["objectives.approved"]


@pytest.mark.parametrize(
    ("drafts", "place"),
    [
        ([], "objectives"),
        ([draft(weight="99")], "objectives"),
        ([draft(title=" ")], "objectives/1"),
        ([draft(basis=" ")], "objectives/1"),
        ([draft(aim(weight="90"))], "key_results/1"),
        ([draft(aim(target=Decimal(0)))], "key_results/1/走访企业"),
        ([draft(aim(owner="a02_clerk"))], "key_results/1/走访企业"),
        ([draft(aim(due=date(2027, 1, 1)))], "key_results/1/走访企业"),
        ([draft(aim(due=date(2026, 1, 11)))], "key_results/1/走访企业"),
        ([draft(aim(unit_of_measure=" "))], "key_results/1/走访企业"),
    ],
    ids=["none", "sum", "title", "basis", "inner sum", "no way to go", "stranger", "next year", "past", "unit"],
)
def test_what_cannot_stand_is_named(town: Town, drafts: list[Draft], place: str) -> None:
    with town.refusal(Invalid, CLERK) as ctx:
        try:
            objectives.submit(ctx, town.cycle(ctx), "A01", drafts)
        except Invalid as error:
            assert place in error.fields
            raise


def test_everybody_keeps_to_the_own_part(town: Town) -> None:
    for account, unit in (("a02_clerk", "A01"), ("lead1", "A01")):
        with town.refusal(NotYours, account) as ctx:
            objectives.submit(ctx, town.cycle(ctx), unit, FULL)
    with town.refusal(NotFound, "d01_clerk") as ctx:
        objectives.submit(ctx, town.cycle(ctx), "D01", FULL)
    submit(town)
    with town.refusal(NotYours, CLERK) as ctx:
        objectives.decide(ctx, town.cycle(ctx), "A01", approved=True, note="")
    with town.refusal(Invalid, "lead1") as ctx:
        objectives.decide(ctx, town.cycle(ctx), "A01", approved=False, note=" ")
    with town.refusal(NotFound, "lead1") as ctx:
        objectives.decide(ctx, town.cycle(ctx), "A02", approved=True, note="")
    with town.refusal(NotApproved, CLERK) as ctx:
        found = objectives.key_result(ctx, results(town)["走访企业"])
        objectives.report(ctx, found, Decimal(1), date(2026, 1, 12), "开始")
    with town.refusal(NotApproved, "lead1") as ctx:
        found = objectives.key_result(ctx, results(town)["走访企业"])
        objectives.check(ctx, town.round(ctx), found, "on_track", "")


def test_only_the_owner_reports_and_never_of_the_future_nor_back_in_time(approved: Town) -> None:
    report(approved, "走访企业", "10", "2026-03-15")
    refused = [
        (NotYours, LEADER, "2026-03-31", "推进"),
        (Invalid, CLERK, "2026-04-03", "推进"),
        (Invalid, CLERK, "2026-03-14", "推进"),
        (Invalid, CLERK, "2026-03-31", " "),
    ]
    for error, account, day, text in refused:
        with approved.refusal(error, account) as ctx:
            found = objectives.key_result(ctx, results(approved)["走访企业"])
            objectives.report(ctx, found, Decimal(20), date.fromisoformat(day), text)


def test_a_stage_is_checked_once_with_a_reason_unless_on_track(approved: Town) -> None:
    for verdict, note in (("behind", " "), ("rejected", ""), ("fine", "好")):
        with approved.refusal(Invalid, "lead1") as ctx:
            found = objectives.key_result(ctx, results(approved)["走访企业"])
            objectives.check(ctx, approved.round(ctx), found, verdict, note)
    with approved.refusal(NotYours, LEADER) as ctx:
        found = objectives.key_result(ctx, results(approved)["走访企业"])
        objectives.check(ctx, approved.round(ctx), found, "on_track", "")
    check(approved, "走访企业")
    with approved.refusal(CheckedAlready, "lead1") as ctx:
        found = objectives.key_result(ctx, results(approved)["走访企业"])
        objectives.check(ctx, approved.round(ctx), found, "on_track", "")


def test_who_hands_in_does_not_approve_even_with_both_posts(town: Town) -> None:
    submit(town)
    with town.by() as ctx:
        for each in objectives.of_unit(ctx, town.cycle(ctx), "A01"):
            each.submitted_by = "lead1"
    with town.refusal(OwnWork, "lead1") as ctx:
        objectives.decide(ctx, town.cycle(ctx), "A01", approved=True, note="")


def test_units_see_their_own_objectives_and_the_lead_all(approved: Town) -> None:
    seen = {}
    for account in ("lead1", CLERK, "a02_clerk"):
        with approved.by(account, reading=True) as ctx:
            seen[account] = len(objectives.of_cycle(ctx, approved.cycle(ctx)))
    assert seen == {"lead1": 2, CLERK: 2, "a02_clerk": 0}
    with approved.refusal(NotFound, "a02_clerk") as ctx:
        objectives.key_result(ctx, results(approved)["走访企业"])


def test_one_file_shows_several_key_results_and_is_read_by_the_unit_and_the_lead_alone(approved: Town) -> None:
    stored = int(approved.upload(CLERK).partition(":")[2])
    report(approved, "走访企业", "10", file_ids=[stored])
    report(approved, "办结时限", "9", file_ids=[stored])
    for account in ("lead1", LEADER):
        with approved.by(account, reading=True) as ctx:
            assert matter.file(ctx, stored).id == stored
    with approved.refusal(NotFound, "a02_clerk") as ctx:
        matter.file(ctx, stored)
    strange = int(approved.upload("a02_clerk").partition(":")[2])
    with approved.refusal(NotYourFile, CLERK) as ctx:
        found = objectives.key_result(ctx, results(approved)["走访企业"])
        objectives.report(ctx, found, Decimal(20), date(2026, 3, 31), "推进", [strange])


def test_completions_go_on_the_sheet_of_the_indicator_as_drafts(approved: Town) -> None:
    report(approved, "走访企业", "30")
    with approved.by() as ctx:
        plans.round_of(ctx, approved.cycle(ctx), "april").opened_at = ctx.now
    with approved.by("lead1") as ctx:
        # (60 x 0.7) x 0.6 = 25.2
        filled = objectives.fill(ctx, approved.cycle(ctx), approved.round(ctx), "J01")
    assert filled == {"A01": Decimal("25.2")}
