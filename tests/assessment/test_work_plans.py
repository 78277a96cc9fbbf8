from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine import access, people, workflow
from engine.assessment import hands, rectification
from engine.assessment.rectification import Item, WorkPlan
from engine.db import Context
from engine.errors import Invalid, NotFound
from engine.workflow import Task, TaskStatus, moves
from tests.assessment.town import PLAN, Town, delivered, moment
from tests.cast import appoint

#: The plan as the form types it.
GIVEN: dict[str, Any] = {**PLAN, "finish_on": date(2026, 7, 31)}


@pytest.fixture
def town() -> Iterator[Town]:
    with delivered() as opened:
        yield opened


def yellow(town: Town, ctx: Context) -> Item:
    return town.items(ctx, "A04")["E13"]


def red(town: Town, ctx: Context) -> Item:
    return town.items(ctx, "A04")["H05"]


def submit(town: Town, ctx: Context, item: Item, **changed: Any) -> WorkPlan:
    return rectification.submit_plan(ctx, town.cycle(ctx), item, GIVEN | changed)


# ---- writing it


@pytest.mark.requirement("G1")
def test_a_plan_names_the_problem_its_cause_the_measures_who_until_when_and_how_one_will_tell(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx), criterion_value="116.7")
    with town.by(reading=True) as ctx:
        plan = rectification.plan_of(ctx, yellow(town, ctx))
        assert {name: getattr(plan, name) for name in GIVEN} == GIVEN
        assert (plan.criterion_value, plan.version, plan.round) == (Decimal("116.7"), 1, 1)
        assert (plan.submitted_by, plan.submitted_at, plan.verdict) == ("a04_clerk", town.now, None)
        assert yellow(town, ctx).status == "plan_submitted"


@pytest.mark.parametrize("account", ["a04_leader", "a05_clerk", "d01_clerk", "lead1"])
def test_only_the_units_clerk_writes_the_plan(town: Town, account: str) -> None:
    with town.refusal(access.NotYours, account) as ctx:
        submit(town, ctx, yellow(town, ctx))


def test_a_plan_cannot_end_after_the_work_is_due(town: Town) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx), finish_on=date(2026, 8, 1))


def test_a_rank_is_no_criterion(town: Town) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx), criterion="rank")


@pytest.mark.parametrize("text", [None, "", "  "])
def test_deliverables_have_to_be_listed(town: Town, text: str | None) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx), criterion="deliverables", criterion_text=text)
    with town.by("a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx), criterion="deliverables", criterion_text="项目清单")


def test_a_returned_plan_stays_and_the_next_version_begins_with_what_it_said(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx))
    with town.by("a04_leader") as ctx:
        rectification.sign_plan(ctx, town.cycle(ctx), yellow(town, ctx), "returned", "措施再具体")
    with town.by("a04_clerk") as ctx:
        item = yellow(town, ctx)
        assert item.status == "opened"
        assert rectification.earlier_plan(ctx, item) == PLAN
        submit(town, ctx, item, measures="专班按周调度")
    with town.by(reading=True) as ctx:
        versions = ctx.session.scalars(select(WorkPlan).order_by(WorkPlan.version)).all()
        assert [(each.version, each.measures, each.verdict, each.note) for each in versions] == [
            (1, "按月调度", "returned", "措施再具体"),
            (2, "专班按周调度", None, None),
        ]


def test_before_there_is_a_plan_there_is_nothing_to_begin_with_and_nothing_to_find(town: Town) -> None:
    with town.by(reading=True) as ctx:
        assert rectification.earlier_plan(ctx, yellow(town, ctx)) == {}
    with town.refusal(NotFound, "a04_leader") as ctx:
        rectification.sign_plan(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)


def test_nothing_is_planned_in_a_matter_that_has_ended(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx))
    with town.by() as ctx:
        rectification.end(ctx, town.cycle(ctx), yellow(town, ctx), "lifted", "已回到序时")
    with town.refusal(rectification.ItemClosed, "a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx))
    with town.refusal(rectification.ItemClosed, "a04_leader") as ctx:
        rectification.sign_plan(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)
    with town.refusal(rectification.ItemClosed, "d01_clerk") as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)


# ---- signing it


@pytest.mark.parametrize("account", ["a04_clerk", "a05_leader", "d01_leader", "lead1"])
def test_only_the_units_leader_signs_the_plan(town: Town, account: str) -> None:
    with town.by("a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx))
    with town.refusal(access.NotYours, account) as ctx:
        rectification.sign_plan(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)


def test_who_wrote_the_plan_does_not_sign_it_also_not_in_anothers_name(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "a04_clerk", "leader", people.unit(ctx, "A04"))
    with town.by("a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx))
    with town.refusal(hands.OwnWork, "a04_clerk") as ctx:
        rectification.sign_plan(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)
    with town.refusal(hands.OwnWork, "a04_clerk") as ctx:
        ctx.on_behalf_of = "a04_leader"
        rectification.sign_plan(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)


def test_the_signature_starts_the_five_days_of_the_approval(town: Town) -> None:
    town.live_to("2026-04-22 10:00")
    town.plan(town.matter("A04", "E13"))
    # 23, 24, 27, 28, 29 April.
    assert town.due("approve_plan", item=town.matter("A04", "E13").id) == moment("2026-04-30 00:00")


# ---- approving it


def signed(town: Town, code: str) -> int:
    item = town.matter("A04", code)
    town.plan(item)
    return item.id


@pytest.mark.parametrize("account", ["lead1", "d25_clerk", "d01_leader", "a04_leader"])
def test_a_yellow_plan_is_approved_by_the_responsible_units_clerk_alone(town: Town, account: str) -> None:
    signed(town, "E13")
    with town.refusal(access.NotYours, account) as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)
    with town.by("d01_clerk") as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)
        assert yellow(town, ctx).status == "in_progress"


@pytest.mark.parametrize("account", ["d25_clerk", "org_leader", "inspector1"])
def test_a_red_plan_is_approved_by_the_lead_alone(town: Town, account: str) -> None:
    signed(town, "H05")
    with town.refusal(access.NotYours, account) as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), red(town, ctx), "approved", None)
    with town.by("lead3") as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), red(town, ctx), "approved", None)
        assert rectification.plan_of(ctx, red(town, ctx)).decided_by == "lead3"


@pytest.mark.parametrize("mark", [{"repeated": True}, {"source": "consultation"}])
def test_so_is_that_of_a_repeated_or_a_consultation_matter(town: Town, mark: dict[str, Any]) -> None:
    signed(town, "E13")
    with town.by() as ctx:
        for name, value in mark.items():
            setattr(yellow(town, ctx), name, value)
    with town.refusal(access.NotYours, "d01_clerk") as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)
    with town.by("lead1") as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)


def test_a_plan_the_leader_has_not_signed_is_not_approved(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        submit(town, ctx, yellow(town, ctx))
    with town.refusal(rectification.NotSigned, "d01_clerk") as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)


@pytest.mark.parametrize("account", ["a04_clerk", "a04_leader"])
def test_who_wrote_or_signed_the_plan_does_not_approve_it(town: Town, account: str) -> None:
    with town.by() as ctx:
        appoint(ctx, account, "clerk", people.unit(ctx, "D01"))
    signed(town, "E13")
    with town.refusal(hands.OwnWork, account) as ctx:
        rectification.approve_plan(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)


def test_a_plan_returned_by_the_approver_is_due_again_seven_working_days_later(town: Town) -> None:
    town.live_to("2026-04-24 10:00")
    item = signed(town, "E13")
    town.do("d01_clerk", "approve_plan", {"verdict": "returned", "note": "请补充责任人"}, item=item)
    # 27, 28, 29, 30 April, 6, 7, 8 May: the holiday lies between.
    assert town.due("submit_plan", item=item) == moment("2026-05-09 00:00")
    assert town.matter("A04", "E13").plan_due == moment("2026-05-09 00:00")
    with town.by(reading=True) as ctx:
        returned = rectification.plan_of(ctx, yellow(town, ctx))
        assert (returned.verdict, returned.note, returned.decided_by) == ("returned", "请补充责任人", "d01_clerk")


# ---- taken back


def test_a_plan_the_leader_has_not_opened_is_taken_back_and_handed_in_anew_as_the_next_version(town: Town) -> None:
    item = town.matter("A04", "E13")
    town.do("a04_clerk", "submit_plan", PLAN, item=item.id)
    with town.by("a04_clerk") as ctx:
        done = select(Task.id).where(Task.element == "submit_plan", Task.status == TaskStatus.COMPLETED)
        moves.withdraw(ctx, ctx.session.scalars(done.order_by(Task.id.desc())).first() or 0, "责任人有误")
    assert town.open_elements(item) == ["submit_plan"]
    town.do("a04_clerk", "submit_plan", {**PLAN, "responsible_person": "赵敏"}, item=item.id)
    town.do("a04_leader", "sign_plan", {"verdict": "signed"}, item=item.id)
    with town.by(reading=True) as ctx:
        plan = rectification.plan_of(ctx, yellow(town, ctx))
        assert (plan.version, plan.responsible_person, plan.signed_by) == (2, "赵敏", "a04_leader")


def test_a_plan_the_leader_has_opened_is_not_taken_back(town: Town) -> None:
    item = town.matter("A04", "E13")
    town.do("a04_clerk", "submit_plan", PLAN, item=item.id)
    (signing,) = town.tasks("sign_plan", item=item.id)
    with town.by("a04_leader") as ctx:
        workflow.opened(ctx, workflow.task(ctx, signing))
    with town.refusal(moves.AlreadyOpened, "a04_clerk") as ctx:
        done = select(Task.id).where(Task.element == "submit_plan", Task.status == TaskStatus.COMPLETED)
        moves.withdraw(ctx, ctx.session.scalars(done.order_by(Task.id.desc())).first() or 0, "责任人有误")
