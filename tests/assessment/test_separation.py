"""Separate duties (5.4): one person who holds every post of the city still does not do both parts of any of these pairs.

``PAIRS`` lists them all. In each the first part is done by that person, the second is refused to that same person with
nothing changed, and then done by somebody else, so that nothing but the person was in the way.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from engine import access, people
from engine.assessment import (
    admission,
    bars,
    follow_up,
    grading,
    letters,
    readings,
    rectification,
    revisions,
    rounds,
    rulings,
    target_changes,
)
from engine.assessment.hands import OwnWork
from engine.assessment.points import months
from engine.assessment.points.months import OwnMarks, PointMonth
from engine.assessment.readings import Entry, SameHands
from engine.db import Context
from engine.errors import BihuanError
from tests.assessment import town as towns
from tests.assessment import years
from tests.assessment.town import PLAN, Town
from tests.assessment.years import appoint

EVERYBODY = "everybody"
POSTS = (
    *(("clerk", "D09"), ("leader", "D09"), ("clerk", "D01"), ("leader", "D01"), ("lead", "ORG"), ("leader", "ORG")),
    *(("clerk", "A04"), ("leader", "A04"), ("committee", "LXZ"), ("inspector", "DCS"), ("secretary", "A04")),
)
Act = Callable[[Town, Context], object]


@dataclass(frozen=True)
class Pair:
    """Two parts of one matter; ``begin`` is done by others before, ``between`` by others after the first part."""

    first: Act
    second: Act
    other: str
    begin: Callable[[Town], object] = lambda town: None
    between: Callable[[Town], object] = lambda town: None
    city: Callable[[], AbstractContextManager[Town]] = towns.april
    refused: type[BihuanError] = OwnWork


def e13(town: Town, ctx: Context) -> rectification.Item:
    return town.items(ctx, "A04")["E13"]


# ---- admission, veto, target change: who proposes does not approve


def propose_admission(town: Town, ctx: Context) -> None:
    admission.propose(ctx, "county_leadership", "D09", "E99", "数字经济增加值", "云政办〔2026〕8号")


def review_admission(town: Town, ctx: Context) -> None:
    admission.review(ctx, admission.of_package(ctx, "county_leadership")[0].id, forwarded=True, note="符合")


def admit(town: Town, ctx: Context) -> None:
    number = admission.of_package(ctx, "county_leadership")[0].id
    admission.decide(ctx, number, admitted=True, document="6号", expires_on=date(2028, 12, 31))


def propose_veto(town: Town, ctx: Context) -> None:
    bars.propose(ctx, town.cycle(ctx), "A02", "YP-01", "调查报告〔2026〕3号")


def veto(act: Callable[..., object]) -> Act:
    return lambda town, ctx: act(
        ctx, town.cycle(ctx), bars.of_cycle(ctx, town.cycle(ctx))[-1].id, "会议纪要〔2026〕2号"
    )


def in_october(town: Town) -> None:
    town.now = towns.moment("2026-10-20 10:00")


def request_change(town: Town, ctx: Context) -> None:
    target_changes.request(ctx, town.cycle(ctx), "A04", "E13", Decimal(180), "项目停建", "市政府〔2026〕9号")


def approve_change(town: Town, ctx: Context) -> None:
    change = target_changes.of_cycle(ctx, town.cycle(ctx))[-1]
    target_changes.decide(ctx, town.cycle(ctx), change.id, approved=True, document="领导小组〔2026〕5号", note="")


def propose_ruling(town: Town, ctx: Context) -> None:
    rulings.propose(ctx, town.cycle(ctx), "A04", "S07", Decimal(5), "容错认定〔2026〕1号")


def approve_ruling(town: Town, ctx: Context) -> None:
    cycle = town.cycle(ctx)
    rulings.decide(ctx, cycle, rulings.of_cycle(ctx, cycle)[-1].id, "同意", approved=True)


# ---- figures: who reports does not verify


def in_collection(town: Town) -> None:
    """August's sheets are open."""
    town.live_to("2026-08-03 10:00")


def type_figures(town: Town, ctx: Context) -> None:
    entries = [Entry("A01", "P01", "2000", None)]
    readings.enter(ctx, town.cycle(ctx), town.round(ctx, "august"), "D09", entries)


def hand_in_figures(town: Town, ctx: Context) -> None:
    readings.submit(ctx, town.cycle(ctx), town.round(ctx, "august"), "D09", None)


def verify_figures(town: Town, ctx: Context) -> None:
    readings.sign(ctx, town.cycle(ctx), town.round(ctx, "august"), "D09", "signed", None)


def as_clerk(*acts: Act) -> Callable[[Town], None]:
    def done(town: Town) -> None:
        for act in acts:
            with town.by("d09_clerk") as ctx:
                act(town, ctx)

    return done


def request_revision(town: Town) -> None:
    with town.by("d01_clerk") as ctx:
        revisions.request(ctx, town.cycle(ctx), town.round(ctx), "E13", "口径更正")


def correct_figure(town: Town, ctx: Context) -> None:
    readings.enter(ctx, town.cycle(ctx), town.round(ctx), "D01", [Entry("A06", "E13", "62", None)], revision=True)


def hand_in_correction(town: Town) -> None:
    town.do("d01_clerk", "enter_revision", {}, indicator="E13")


def verify_correction(town: Town, ctx: Context) -> None:
    revisions.sign(ctx, town.cycle(ctx), town.round(ctx), "E13", "signed")


# ---- rectification: owner, acceptor, who closes out and who looks again


def write_plan(town: Town, ctx: Context) -> None:
    rectification.submit_plan(ctx, town.cycle(ctx), e13(town, ctx), PLAN | {"finish_on": date(2026, 7, 31)})


def sign_plan(town: Town, ctx: Context) -> None:
    rectification.sign_plan(ctx, town.cycle(ctx), e13(town, ctx), "signed", None)


def approve_plan(town: Town, ctx: Context) -> None:
    rectification.approve_plan(ctx, town.cycle(ctx), e13(town, ctx), "approved", None)


def bring_evidence(town: Town, ctx: Context) -> None:
    file = int(town.upload_in(ctx).partition(":")[2])
    given = {"request": "evidence", "account": "已完成", "evidence": [file]}
    rectification.hand_in(ctx, town.cycle(ctx), e13(town, ctx), given)


def sign_evidence(town: Town, ctx: Context) -> None:
    rectification.sign_hand_in(ctx, town.cycle(ctx), e13(town, ctx), "signed", None)


def accept_evidence(town: Town, ctx: Context) -> None:
    rectification.verify(ctx, town.cycle(ctx), e13(town, ctx), "accepted", "已对照")


def close_out(town: Town, ctx: Context) -> None:
    rectification.close_out(ctx, town.cycle(ctx), e13(town, ctx), None)


def look_again(town: Town, ctx: Context) -> None:
    review = follow_up.of_item(ctx, e13(town, ctx))[-1]
    given = {"verdict": "confirmed", "finding": "对照最新数据，成果稳固"}
    follow_up.record(ctx, town.cycle(ctx), review, "written", given)


def by(account: str, act: Act) -> Callable[[Town], None]:
    def done(town: Town) -> None:
        with town.by(account) as ctx:
            act(town, ctx)

    return done


def then(*steps: Callable[[Town], None]) -> Callable[[Town], None]:
    def done(town: Town) -> None:
        for step in steps:
            step(town)

    return done


def a_month_on(town: Town) -> None:
    """The follow-up review is planned with the close-out, and its window opens thirty days after."""
    with town.by() as ctx:
        follow_up.schedule(ctx, town.cycle(ctx), e13(town, ctx))
    town.now += timedelta(days=36)


# ---- points: nobody rates themself


def rate_sheet(town: Town, ctx: Context) -> None:
    months.rate(ctx, town.cycle(ctx), "2026-03", "secretary@A04", [])


def on_the_sheet(town: Town, ctx: Context) -> None:
    """The secretary is a member of the branch, and the sheet of the branch has the secretary's own line."""
    line = {"account": EVERYBODY, "month": "2026-03", "branch": "A04", "committee": "ORG", "rater": "secretary@A04"}
    made = PointMonth(cycle_id=town.cycle(ctx).id, state="self_confirmed", by_entries=False, **line)
    ctx.session.add(made)


PAIRS: dict[str, Pair] = {
    "admission: proposer, reviewer": Pair(propose_admission, review_admission, "lead1"),
    "admission: proposer, approver": Pair(
        propose_admission, admit, "committee1", between=by("lead1", review_admission)
    ),
    "admission: reviewer, approver": Pair(
        review_admission, admit, "committee1", begin=by("d09_clerk", propose_admission)
    ),
    "veto: proposer, who confirms": Pair(propose_veto, veto(grading.confirm_bar), "lead2", begin=years.list_veto),
    "veto: proposer, who rejects": Pair(propose_veto, veto(grading.reject_bar), "lead2", begin=years.list_veto),
    "veto: proposer, who revokes": Pair(
        propose_veto,
        veto(grading.revoke_bar),
        "lead2",
        begin=years.list_veto,
        between=by("committee1", veto(grading.confirm_bar)),
    ),
    "target change: proposer, approver": Pair(request_change, approve_change, "committee1", begin=in_october),
    "fault tolerance: proposer, approver": Pair(propose_ruling, approve_ruling, "lead2"),
    "figure: who types, verifier": Pair(
        type_figures,
        verify_figures,
        "d09_leader",
        begin=in_collection,
        between=as_clerk(hand_in_figures),
        refused=SameHands,
    ),
    "figure: who hands in, verifier": Pair(
        hand_in_figures,
        verify_figures,
        "d09_leader",
        begin=then(in_collection, as_clerk(type_figures)),
        refused=SameHands,
    ),
    "corrected figure: who types, verifier": Pair(
        correct_figure,
        verify_correction,
        "d01_leader",
        begin=request_revision,
        between=hand_in_correction,
        refused=SameHands,
    ),
    "letter: who drafts, who signs": Pair(
        lambda town, ctx: letters.finish_draft(ctx, town.cycle(ctx), town.letter(ctx, "A04"), "请整改", "逐项报方案"),
        lambda town, ctx: letters.sign(ctx, town.cycle(ctx), town.letter(ctx, "A04")),
        "org_leader",
    ),
    "plan: who writes, who signs": Pair(write_plan, sign_plan, "a04_leader", city=towns.delivered),
    "plan: who writes, who approves": Pair(
        write_plan, approve_plan, "d01_clerk", city=towns.delivered, between=by("a04_leader", sign_plan)
    ),
    "plan: who signs, who approves": Pair(
        sign_plan, approve_plan, "d01_clerk", city=towns.delivered, begin=by("a04_clerk", write_plan)
    ),
    "evidence: who hands in, who signs": Pair(bring_evidence, sign_evidence, "a04_leader", city=towns.begun),
    "rectification: owner who hands in, acceptor": Pair(
        bring_evidence, accept_evidence, "d01_clerk", city=towns.begun, between=by("a04_leader", sign_evidence)
    ),
    "rectification: owner who signs, acceptor": Pair(
        sign_evidence, accept_evidence, "d01_clerk", city=towns.begun, begin=by("a04_clerk", bring_evidence)
    ),
    "rectification: owner, who closes out": Pair(
        bring_evidence,
        close_out,
        "lead1",
        city=towns.begun,
        between=then(by("a04_leader", sign_evidence), by("d01_clerk", accept_evidence)),
    ),
    "rectification: owner, follow-up reviewer": Pair(
        bring_evidence,
        look_again,
        "inspector1",
        city=towns.begun,
        between=then(
            by("a04_leader", sign_evidence), by("d01_clerk", accept_evidence), by("lead1", close_out), a_month_on
        ),
    ),
    "rectification: acceptor, follow-up reviewer": Pair(
        accept_evidence,
        look_again,
        "inspector1",
        city=towns.begun,
        begin=then(by("a04_clerk", bring_evidence), by("a04_leader", sign_evidence)),
        between=then(by("lead1", close_out), a_month_on),
    ),
    "rectification: who closes out, follow-up reviewer": Pair(
        close_out,
        look_again,
        "inspector1",
        city=towns.begun,
        begin=then(by("a04_clerk", bring_evidence), by("a04_leader", sign_evidence), by("d01_clerk", accept_evidence)),
        between=a_month_on,
    ),
}


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> Pair:
    return PAIRS[request.param]


@pytest.fixture
def town(pair: Pair) -> Iterator[Town]:
    with pair.city() as opened:
        appoint_everybody(opened)
        yield opened


def appoint_everybody(town: Town) -> None:
    with town.by() as ctx:
        ctx.session.add(people.Person(account=EVERYBODY, name="全能"))
        ctx.session.flush()
        for role, unit in POSTS:
            appoint(ctx, EVERYBODY, role, unit)


@pytest.mark.requirement("A3", "A5", "G1", "G2", "C6")
def test_who_did_the_one_part_is_refused_the_other(town: Town, pair: Pair) -> None:
    pair.begin(town)
    with town.by(EVERYBODY) as ctx:
        pair.first(town, ctx)
    pair.between(town)
    with town.refusal(pair.refused, EVERYBODY) as ctx:
        pair.second(town, ctx)
    with town.by(pair.other) as ctx:
        pair.second(town, ctx)


@pytest.mark.requirement("N6")
def test_a_secretary_is_refused_a_sheet_with_the_secretarys_own_marks() -> None:
    with towns.april() as town:
        appoint_everybody(town)
        with town.by() as ctx:
            on_the_sheet(town, ctx)
        with town.refusal(OwnMarks, EVERYBODY) as ctx:
            rate_sheet(town, ctx)


@pytest.mark.parametrize("account", ["lead1", "org_leader", "committee1"])
def test_the_lead_returns_a_responsible_units_figures_and_never_edits_them(account: str) -> None:
    with towns.april() as town:
        in_collection(town)
        as_clerk(type_figures, hand_in_figures)(town)
        with town.refusal(access.NotYours, account) as ctx:
            type_figures(town, ctx)
        with town.refusal(access.NotYours, account) as ctx:
            verify_figures(town, ctx)
        with town.by("d09_leader") as ctx:
            verify_figures(town, ctx)
        town.live_to("2026-08-24 09:00")
        with town.by("lead1") as ctx:
            given = {"verdict": "returned", "units": ["D09"], "note": "请核对 A01"}
            told = rounds.check(ctx, town.cycle(ctx), town.round(ctx, "august"), given)
        assert told["responsible_units"] == ["D09"]
