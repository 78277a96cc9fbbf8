"""The plan of a matter: what is wrong, why, what is to be reached, by what, by whom, until when, and how one will tell."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars
from engine.assessment import hands, indicators, plans
from engine.assessment.rectification.items import Item, ItemStatus, origins, require_open
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused


class NotSigned(Refused):
    """The plan of {number} has not been signed by the unit's leader yet."""

    code = "not_signed"


class Criterion(StrEnum):
    """By what one will tell that the matter is done (1.4 no. 17); never by a rank."""

    #: A figure by the date; without one, to be on schedule.
    VALUE = "value"
    #: What is listed.
    DELIVERABLES = "deliverables"


class WorkPlan(Base):
    """One version of a matter's plan; a returned one is followed by the next, none is changed."""

    __tablename__ = "work_plan"
    __table_args__ = (UniqueConstraint("item_id", "round", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    round: Mapped[int]
    version: Mapped[int]
    problem: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    goal: Mapped[str] = mapped_column(Text)
    measures: Mapped[str] = mapped_column(Text)
    responsible_leader: Mapped[str] = mapped_column(String(100))
    responsible_office: Mapped[str] = mapped_column(String(200))
    responsible_person: Mapped[str] = mapped_column(String(100))
    finish_on: Mapped[date]
    #: A ``Criterion``.
    criterion: Mapped[str] = mapped_column(String(20))
    criterion_value: Mapped[Decimal | None]
    criterion_text: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    #: ``approved``, ``returned`` or None while nobody has decided.
    verdict: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)


TEXTS = ("problem", "cause", "goal", "measures", "responsible_leader", "responsible_office", "responsible_person")


def submit_plan(ctx: Context, cycle: plans.Cycle, item: Item, given: Mapping[str, Any]) -> WorkPlan:
    """The unit's clerk writes the plan. It may not end after the work is due; a rank is no criterion."""
    access.require(ctx, f"clerk@{item.worked_by}")
    require_open(item)
    if given["criterion"] not in tuple(Criterion):
        raise Invalid("A plan closes by a value or by deliverables, never by a rank.")
    if given["criterion"] == Criterion.DELIVERABLES and not (given.get("criterion_text") or "").strip():
        raise Invalid("List what is to be delivered.")
    if given["finish_on"] > calendars.last_day(item.work_due):
        last = calendars.last_day(item.work_due)
        raise Invalid("The plan ends on {day}, but the work is due on {due}.", day=given["finish_on"], due=last)
    before = _versions(ctx, item)
    value = given.get("criterion_value")
    made = WorkPlan(
        item_id=item.id,
        round=item.round,
        version=len(before) + 1,
        **{name: given[name] for name in TEXTS},
        finish_on=given["finish_on"],
        criterion=given["criterion"],
        criterion_value=Decimal(value) if value else None,
        criterion_text=given.get("criterion_text"),
        submitted_at=ctx.now,
        submitted_by=ctx.actor,
    )
    ctx.session.add(made)
    item.status = ItemStatus.PLAN_SUBMITTED
    audit.record(ctx, "plan.submit", plans.chain_of(cycle), item=item.number, version=made.version)
    return made


def sign_plan(ctx: Context, cycle: plans.Cycle, item: Item, verdict: str, note: str | None) -> datetime:
    """The unit's leader signs the plan out of the unit, or gives it back; returns when the approval is due."""
    access.require(ctx, f"leader@{item.worked_by}")
    require_open(item)
    plan = plan_of(ctx, item)
    if verdict == "signed":
        hands.require_apart(ctx, plan.submitted_by)
        plan.signed_at, plan.signed_by, item.status = ctx.now, ctx.actor, ItemStatus.PLAN_SIGNED
    else:
        plan.verdict, plan.note, item.status = "returned", note, ItemStatus.OPENED
    audit.record(ctx, f"plan.{verdict}_by_leader", plans.chain_of(cycle), item=item.number, note=note)
    return calendars.deadline(ctx, cycle.days("plan_approval"))


def approve_plan(ctx: Context, cycle: plans.Cycle, item: Item, verdict: str, note: str | None) -> None:
    """The responsible unit (the lead for red, repeated and consultation matters) approves the plan or returns it.

    Raises ``NotSigned``, ``hands.OwnWork``.
    """
    require_approver(ctx, item)
    require_open(item)
    plan = plan_of(ctx, item)
    if plan.signed_at is None:
        raise NotSigned(number=item.number)
    hands.require_apart(ctx, plan.submitted_by, plan.signed_by)
    plan.verdict, plan.note, plan.decided_at, plan.decided_by = verdict, note, ctx.now, ctx.actor
    item.status = ItemStatus.IN_PROGRESS if verdict == "approved" else ItemStatus.OPENED
    if verdict == "returned":
        item.plan_due = calendars.deadline(ctx, cycle.days("plan"))
    audit.record(ctx, f"plan.{verdict}", plans.chain_of(cycle), item=item.number, note=note)


def earlier_plan(ctx: Context, item: Item) -> dict[str, Any]:
    """What the plan said that was returned, for its next version to begin with; empty before there is one.

    A matter carried over begins with the plan of the year before, without its date.
    """
    own = _versions(ctx, item)
    versions = own or [plan for each in origins(ctx, item)[:1] for plan in _versions(ctx, each)]
    if not versions:
        return {}
    names = (*TEXTS, *(("finish_on",) if own else ()), "criterion", "criterion_value", "criterion_text")
    found = {name: getattr(versions[-1], name) for name in names}
    return {name: value if isinstance(value, str) else str(value) for name, value in found.items() if value is not None}


def plan_of(ctx: Context, item: Item) -> WorkPlan:
    """The newest version of the matter's plan. Raises ``NotFound`` before there is one."""
    versions = _versions(ctx, item)
    if not versions:
        raise NotFound
    return versions[-1]


def require_approver(ctx: Context, item: Item) -> None:
    """Refuse unless the actor is of the unit that approves this matter's plan and requests."""
    if item.red or item.repeated or item.source == "consultation":
        access.require(ctx, "lead")
    else:
        access.require(ctx, f"clerk@{indicators.get(ctx, item.cycle_indicator_id).responsible_unit}")


def _versions(ctx: Context, item: Item) -> list[WorkPlan]:
    query = select(WorkPlan).where(WorkPlan.item_id == item.id, WorkPlan.round == item.round)
    return list(ctx.session.scalars(query.order_by(WorkPlan.version)))
