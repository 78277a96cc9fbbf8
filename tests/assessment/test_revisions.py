"""Revisions: a figure that comes or changes after publication, and what becomes of the warnings it touches."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from engine import access, people
from engine.assessment import indicators, letters, plans, readings, revisions, snapshots, warnings
from engine.assessment.readings import Entry, SameHands, SheetClosed
from engine.assessment.revisions import AnnualRound, RevisionOpen
from engine.assessment.snapshots import NotPublished
from engine.db import Context
from engine.errors import Invalid
from tests.assessment.town import Town, april
from tests.cast import appoint

#: E13 in April: 60 58 54 48 46 44 of 200, where 25 % is due; A04, A05 and A06 are warned.
ROSE = {"A06": "62"}
FELL = {"A06": "20"}


@pytest.fixture
def town() -> Iterator[Town]:
    with april() as opened:
        yield opened


def request(town: Town, code: str = "E13", unit: str = "D01", reason: str = "统计口径更正") -> None:
    with town.by(f"{unit.lower()}_clerk") as ctx:
        revisions.request(ctx, town.cycle(ctx), town.round(ctx), code, reason)


def enter(town: Town, figures: Mapping[str, str], code: str = "E13", unit: str = "D01", account: str = "") -> None:
    with town.by(account or f"{unit.lower()}_clerk") as ctx:
        entries = [Entry(place, code, figure, None) for place, figure in figures.items()]
        readings.enter(ctx, town.cycle(ctx), town.round(ctx), unit, entries, revision=True)


def sign(town: Town, code: str = "E13", unit: str = "D01") -> None:
    """The clerk hands in and the leader signs."""
    town.do(f"{unit.lower()}_clerk", "enter_revision", {"note": "见附件"}, indicator=code)
    town.do(f"{unit.lower()}_leader", "sign_revision", {"verdict": "signed"}, indicator=code)


def revise(town: Town, figures: Mapping[str, str], code: str = "E13", unit: str = "D01") -> None:
    """The whole way to the published revision, on whose notices the lead is to decide next."""
    request(town, code, unit)
    enter(town, figures, code, unit)
    sign(town, code, unit)
    town.now = town.now.replace(hour=town.now.hour + 1)
    town.do("lead1", "decide_revision", {"verdict": "approved"}, indicator=code)


def changes(town: Town) -> list[dict[str, Any]]:
    with town.by(reading=True) as ctx:
        return list(snapshots.latest(ctx, town.round(ctx)).changes)


def decide(town: Town, **decisions: str) -> None:
    """The lead decides: unit -> decision, on whatever the revision concerns."""
    rows = [
        {**each, "decision": decisions[each["unit"]], "reason": "按修订后数据"}
        for each in ({name: row[name] for name in ("unit", "indicator", "change")} for row in changes(town))
    ]
    town.do("lead1", "decide_notices", {"notices": rows}, round="april")


def warned(town: Town, code: str = "E13") -> dict[str, str]:
    """Unit -> state of its April notice."""
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), code)
        found = warnings.of_round(ctx, town.round(ctx))
        return {each.unit: each.status for each in found if each.cycle_indicator_id == used.id}


def status(town: Town, code: str = "E13") -> list[str]:
    with town.by(reading=True) as ctx:
        found = ctx.session.query(revisions.Revision).order_by(revisions.Revision.id)
        return [each.status for each in found]


# ---- asking for it


def test_figures_are_open_for_one_indicator_from_the_request_to_the_handing_in(town: Town) -> None:
    def open_ones(ctx: Context) -> list[str]:
        cycle, round = town.cycle(ctx), town.round(ctx)
        codes = [each.code for each in indicators.of_cycle(ctx, cycle)]
        return [code for code in codes if revisions.is_open(ctx, cycle, round, code)]

    with town.by(reading=True) as ctx:
        assert open_ones(ctx) == []
    request(town)
    with town.by(reading=True) as ctx:
        assert open_ones(ctx) == ["E13"]
        assert revisions.was_requested(ctx, town.round(ctx), indicators.find(ctx, town.cycle(ctx), "E13"))
        assert not revisions.was_requested(ctx, town.round(ctx), indicators.find(ctx, town.cycle(ctx), "E14"))
    enter(town, ROSE)
    town.do("d01_clerk", "enter_revision", {}, indicator="E13")
    with town.by(reading=True) as ctx:
        assert open_ones(ctx) == []


def test_an_indicator_has_one_revision_at_a_time(town: Town) -> None:
    request(town)
    with town.refusal(RevisionOpen, "d01_clerk") as ctx:
        revisions.request(ctx, town.cycle(ctx), town.round(ctx), "E13", "再改")
    request(town, "E14")
    assert status(town) == ["requested", "requested"]


@pytest.mark.parametrize("account", ["d09_clerk", "d01_leader", "a06_clerk", "lead1"])
def test_only_the_clerk_of_the_responsible_unit_asks(town: Town, account: str) -> None:
    with town.refusal(access.NotYours, account) as ctx:
        revisions.request(ctx, town.cycle(ctx), town.round(ctx), "E13", "统计口径更正")


def test_only_a_published_pre_assessment_is_revised(town: Town) -> None:
    with town.refusal(NotPublished, "d01_clerk") as ctx:
        revisions.request(ctx, town.cycle(ctx), town.round(ctx, "august"), "E13", "统计口径更正")
    with town.refusal(AnnualRound, "d01_clerk") as ctx:
        revisions.request(ctx, town.cycle(ctx), plans.annual_round(ctx, town.cycle(ctx)), "E13", "统计口径更正")


def test_without_an_open_revision_nothing_is_handed_in_signed_or_decided(town: Town) -> None:
    with town.refusal(SheetClosed, "d01_clerk") as ctx:
        readings.enter(ctx, town.cycle(ctx), town.round(ctx), "D01", [Entry("A06", "E13", "62", None)])
    with town.refusal(SheetClosed, "d01_clerk") as ctx:
        revisions.submit(ctx, town.cycle(ctx), town.round(ctx), "E13", None)
    with town.refusal(SheetClosed, "d01_leader") as ctx:
        revisions.sign(ctx, town.cycle(ctx), town.round(ctx), "E13", "signed")
    with town.refusal(SheetClosed, "lead1") as ctx:
        revisions.decide(ctx, town.cycle(ctx), town.round(ctx), "E13", "approved", None)


# ---- hands


def test_each_step_is_taken_by_its_own_post_and_in_order(town: Town) -> None:
    request(town)
    enter(town, ROSE)
    with town.refusal(SheetClosed, "d01_leader") as ctx:
        revisions.sign(ctx, town.cycle(ctx), town.round(ctx), "E13", "signed")
    with town.refusal(access.NotYours, "d01_leader") as ctx:
        revisions.submit(ctx, town.cycle(ctx), town.round(ctx), "E13", None)
    town.do("d01_clerk", "enter_revision", {}, indicator="E13")
    for account in ("d01_clerk", "d09_leader", "lead1"):
        with town.refusal(access.NotYours, account) as ctx:
            revisions.sign(ctx, town.cycle(ctx), town.round(ctx), "E13", "signed")
    with town.refusal(SheetClosed, "lead1") as ctx:
        revisions.decide(ctx, town.cycle(ctx), town.round(ctx), "E13", "approved", None)
    town.do("d01_leader", "sign_revision", {"verdict": "signed"}, indicator="E13")
    for account in ("d01_leader", "inspector1", "org_leader"):
        with town.refusal(access.NotYours, account) as ctx:
            revisions.decide(ctx, town.cycle(ctx), town.round(ctx), "E13", "approved", None)


@pytest.mark.parametrize("did", ["typed", "handed in"])
def test_who_typed_or_handed_in_does_not_sign(town: Town, did: str) -> None:
    with town.by() as ctx:
        appoint(ctx, "d01_leader", "clerk", people.unit(ctx, "D01"))
    request(town)
    enter(town, ROSE, account="d01_leader" if did == "typed" else "d01_clerk")
    town.do("d01_leader" if did == "handed in" else "d01_clerk", "enter_revision", {}, indicator="E13")
    with town.refusal(SameHands, "d01_leader") as ctx:
        revisions.sign(ctx, town.cycle(ctx), town.round(ctx), "E13", "signed")


def test_the_leader_gives_figures_back_and_they_come_again(town: Town) -> None:
    request(town)
    enter(town, FELL)
    town.do("d01_clerk", "enter_revision", {}, indicator="E13")
    town.do("d01_leader", "sign_revision", {"verdict": "returned", "note": "再核"}, indicator="E13")
    assert status(town) == ["requested"]
    enter(town, ROSE)
    sign(town)
    assert status(town) == ["signed"]


# ---- the new revision


def test_a_revision_leaves_what_was_published_as_it_is(town: Town) -> None:
    with town.by(reading=True) as ctx:
        before = frozen(ctx, town, 1)
    revise(town, ROSE)
    with town.by(reading=True) as ctx:
        assert frozen(ctx, town, 1) == before
        first, second = snapshots.of_round(ctx, town.round(ctx))
        assert (first.revision, second.revision, second.reason) == (1, 2, "统计口径更正")
        assert first.published_at < second.published_at == town.now
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        (change,) = snapshots.differences(ctx, first, second)
        assert (change.cycle_indicator_id, change.unit, change.old, change.new) == (
            *(used.id, "A06", Decimal(44), Decimal(62)),
        )
        assert (change.old_state, change.new_state) == ("valued", "valued")
    assert status(town) == ["published"]


def frozen(ctx: Context, town: Town, revision: int) -> list[tuple[Any, ...]]:
    snapshot = snapshots.of_round(ctx, town.round(ctx))[revision - 1]
    return [
        (each.cycle_indicator_id, each.unit, each.actual, each.progress, each.lead_points, each.rank, each.state)
        for each in snapshots.rows(ctx, snapshot)
    ]


def test_what_the_lead_refuses_does_not_count(town: Town) -> None:
    request(town)
    enter(town, ROSE)
    sign(town)
    town.do("lead1", "decide_revision", {"verdict": "refused", "note": "依据不足"}, indicator="E13")
    assert status(town) == ["refused"]
    with town.by(reading=True) as ctx:
        assert [each.revision for each in snapshots.of_round(ctx, town.round(ctx))] == [1]
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        round, owner = town.round(ctx), used.responsible_unit
        counting = readings.effective(ctx, town.cycle(ctx), round, used.indicator_id, owner)
        assert counting["A06"].verified == Decimal(44)
    request(town)
    assert status(town) == ["refused", "requested"]


def test_another_indicators_figures_wait_for_their_own_decision(town: Town) -> None:
    request(town, "E14")
    enter(town, {"A06": "30"}, "E14")
    revise(town, ROSE)
    with town.by(reading=True) as ctx:
        found = snapshots.differences(ctx, *snapshots.of_round(ctx, town.round(ctx)))
        assert [each.unit for each in found] == ["A06"]
    assert status(town) == ["requested", "published"]


# ---- what it means for the warnings


def test_a_revision_names_the_notices_it_adds_and_drops(town: Town) -> None:
    revise(town, ROSE)
    # 62 60 58 54 48 46: now A03, A04 and A05 are the last three.
    assert [(each["unit"], each["change"], each["reasons"], each["level"]) for each in changes(town)] == [
        ("A03", "added", ["bottom_three"], "yellow"),
        ("A06", "dropped", [], None),
    ]
    with town.by("lead1", reading=True) as ctx:
        shown = revisions.notice_rows(ctx, town.cycle(ctx), town.round(ctx), 2)
    assert [(each["unit"], each["indicator"], each["decision"]) for each in shown] == [
        ("A03", "E13", ""),
        ("A06", "E13", ""),
    ]


def test_a_revision_names_the_notices_whose_reasons_or_colour_change(town: Town) -> None:
    revise(town, FELL)
    # 20 of 200 is 15 points behind the quarter that is due.
    assert [(each["unit"], each["change"], each["reasons"], each["level"]) for each in changes(town)] == [
        ("A06", "changed", ["bottom_three", "far_from_target"], "yellow"),
    ]


@pytest.mark.planted(27)
def test_a_late_figure_adds_exactly_one_notice(town: Town) -> None:
    # All have 1500 of 6000, a quarter; with 1200 A06 alone is strictly below the best.
    revise(town, {"A06": "1200"}, "P01", "D09")
    assert [(each["unit"], each["indicator"], each["change"]) for each in changes(town)] == [("A06", "P01", "added")]
    decide(town, A06="add")
    assert warned(town, "P01") == {"A06": "drafted"}
    with town.by(reading=True) as ctx:
        added = town.notice(ctx, "A06", "P01")
        assert (added.reasons, added.level) == (["bottom_three"], "yellow")
        assert added.snapshot_id == snapshots.latest(ctx, town.round(ctx)).id
        second = ctx.session.get_one(letters.Letter, added.letter_id)
        assert (second.unit, second.part, second.status) == ("A06", 2, "draft")


def test_the_lead_adds_and_withdraws_as_it_decides(town: Town) -> None:
    revise(town, ROSE)
    decide(town, A03="add", A06="withdraw")
    assert warned(town) == {"A03": "drafted", "A04": "drafted", "A05": "drafted", "A06": "withdrawn"}
    with town.by(reading=True) as ctx:
        assert town.notice(ctx, "A06", "E13").end_reason == "按修订后数据"


def test_the_lead_may_leave_everything_as_it_stands(town: Town) -> None:
    revise(town, ROSE)
    decide(town, A03="skip", A06="keep")
    assert warned(town) == {"A04": "drafted", "A05": "drafted", "A06": "drafted"}


def test_what_was_decided_is_not_asked_again(town: Town) -> None:
    revise(town, ROSE)
    decide(town, A03="add", A06="withdraw")
    revise(town, {"A05": "46.5"})
    assert changes(town) == []


@pytest.mark.parametrize(
    "decisions",
    [
        [],
        [("A03", "E13", "add")],
        [("A03", "E13", "add"), ("A06", "E13", "withdraw"), ("A04", "E13", "keep")],
        [("A03", "E13", "add"), ("A03", "E13", "skip"), ("A06", "E13", "withdraw")],
        [("A03", "E13", "keep"), ("A06", "E13", "withdraw")],
        [("A03", "E13", "add"), ("A06", "E13", "skip")],
        [("A03", "E13", ""), ("A06", "E13", "keep")],
    ],
)
def test_the_lead_decides_on_each_notice_the_revision_concerns_and_on_no_other(
    town: Town, decisions: list[tuple[str, str, str]]
) -> None:
    revise(town, ROSE)
    given = [
        {"unit": unit, "indicator": code, "decision": decision, "reason": "按修订后数据"}
        for unit, code, decision in decisions
    ]
    with town.refusal(Invalid, "lead1") as ctx:
        revisions.decide_notices(ctx, town.cycle(ctx), town.round(ctx), 2, given)


def test_nobody_but_the_lead_decides_on_notices(town: Town) -> None:
    revise(town, ROSE)
    for account in ("d01_leader", "a06_leader", "inspector1"):
        with town.refusal(access.NotYours, account) as ctx:
            revisions.decide_notices(ctx, town.cycle(ctx), town.round(ctx), 2, [])


def test_a_notice_is_not_withdrawn_by_a_revision_without_a_reason(town: Town) -> None:
    revise(town, ROSE)
    given = [
        {"unit": "A03", "indicator": "E13", "decision": "skip", "reason": ""},
        {"unit": "A06", "indicator": "E13", "decision": "withdraw", "reason": " "},
    ]
    with town.refusal(Invalid, "lead1") as ctx:
        revisions.decide_notices(ctx, town.cycle(ctx), town.round(ctx), 2, given)


def test_each_unit_whose_figures_changed_is_told_and_no_other(town: Town) -> None:
    revise(town, ROSE)
    decide(town, A03="add", A06="withdraw")
    told = {unit: town.told(f"{unit.lower()}_leader", "round.revised") for unit in ("A03", "A05", "A06")}
    assert told == {"A03": [], "A05": [], "A06": ["round.revised"]}
    assert town.told("a06_clerk", "notice.withdrawn") == ["notice.withdrawn"]


# ---- withdrawing and lifting


@pytest.mark.parametrize(("verb", "outcome"), [(revisions.withdraw, "withdrawn"), (revisions.lift, "lifted")])
def test_the_lead_ends_a_notice_with_a_reason_and_its_matter_ends_too(town: Town, verb: Any, outcome: str) -> None:
    town.deliver("A04")
    with town.by("lead1") as ctx:
        notice = town.notice(ctx, "A04", "E13").id
        verb(ctx, notice, "数据更正")
    with town.by(reading=True) as ctx:
        ended, item = town.notice(ctx, "A04", "E13"), town.items(ctx, "A04")["E13"]
        assert (ended.status, ended.end_reason, ended.ended_by) == (outcome, "数据更正", "lead1")
        assert (item.is_open, item.status) == (False, outcome)
        assert town.items(ctx, "A04")["H05"].is_open
    assert town.open_elements(item) == []
    assert town.told("a04_clerk", f"notice.{outcome}") == [f"notice.{outcome}"]


@pytest.mark.parametrize("verb", [revisions.withdraw, revisions.lift])
def test_nobody_else_ends_it_and_nobody_without_a_reason(town: Town, verb: Any) -> None:
    with town.by(reading=True) as ctx:
        notice = town.notice(ctx, "A04", "E13").id
    for account in ("a04_leader", "d01_leader", "inspector1"):
        with town.refusal(access.NotYours, account) as ctx:
            verb(ctx, notice, "数据更正")
    with town.refusal(Invalid, "lead1") as ctx:
        verb(ctx, notice, "")


def test_a_letter_whose_last_notice_is_withdrawn_is_void(town: Town) -> None:
    town.deliver("A01")
    with town.by("lead1") as ctx:
        revisions.withdraw(ctx, town.notice(ctx, "A01", "H01").id, "数据有误")
    with town.by(reading=True) as ctx:
        assert town.letter(ctx, "A01").is_void
