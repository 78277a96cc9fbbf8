"""What a unit hands in while it works on a matter: evidence, a request for more time, a request for a long-term matter.

Each leaves the unit only after its leader signs. Evidence is verified by the unit that answers for the indicator, beside
the latest reading, and goes back as often as it must; nothing ever passes because a date has passed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, files
from engine.assessment import evidence, hands, indicators, plans
from engine.assessment.rectification.items import Item, ItemStatus, require_open
from engine.assessment.rectification.plans_of_work import WorkPlan, require_approver
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused


class TooLate(Refused):
    """More time is asked for before the date, not after; the matter was due on {due}."""

    code = "too_late"


class ExtendedBefore(Refused):
    """This matter has been extended once already; ask for a long-term matter if it cannot be finished."""

    code = "extended_before"


class NotHandedIn(Refused):
    """{number}: there is no {request} that the unit's leader has signed."""

    code = "not_handed_in"


class Request(StrEnum):
    EVIDENCE = "evidence"
    EXTENSION = "extension"
    LONG_TERM = "long_term"


class HandIn(Base):
    """One thing handed in, with what became of it."""

    __tablename__ = "hand_in"
    __table_args__ = (UniqueConstraint("item_id", "round", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    round: Mapped[int]
    version: Mapped[int]
    request: Mapped[str] = mapped_column(String(20))
    #: How far the work has come, in the unit's words.
    account: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    new_due: Mapped[date | None]
    #: Stage targets with dates of a long-term matter.
    stages: Mapped[list[Any]]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    #: Came after the date the work was due.
    late: Mapped[bool] = mapped_column(default=False)
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(60))
    #: The responsible unit's agreement to a long-term request.
    agreed_at: Mapped[datetime | None]
    agreed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    #: ``accepted``, ``approved``, ``returned``, ``refused`` or None while nobody has decided.
    verdict: Mapped[str | None] = mapped_column(String(20))
    note: Mapped[str | None] = mapped_column(Text)


class HandInFile(Base):
    """A file of a hand-in; the file itself knows its hash, size, who brought it and when."""

    __tablename__ = "hand_in_file"

    hand_in_id: Mapped[int] = mapped_column(ForeignKey("hand_in.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), primary_key=True)


def hand_in(ctx: Context, cycle: plans.Cycle, item: Item, given: Mapping[str, Any]) -> HandIn:
    """The unit's clerk hands in. Raises ``TooLate`` or ``ExtendedBefore`` for a request that comes too late or twice."""
    access.require(ctx, f"clerk@{item.worked_by}")
    require_open(item)
    request = Request(given["request"])
    if request is not Request.EVIDENCE:
        _check_request(ctx, item, request, given)
    elif not given.get("evidence"):
        raise Invalid("Attach the evidence.")
    made = HandIn(
        item_id=item.id,
        round=item.round,
        version=len(hand_ins(ctx, item, round=item.round)) + 1,
        request=request,
        account=given["account"],
        reason=given.get("reason"),
        new_due=given.get("new_due"),
        stages=[{"goal": each["goal"], "due": str(each["due"])} for each in given.get("stages") or []],
        submitted_at=ctx.now,
        submitted_by=ctx.actor,
        late=ctx.now > item.work_due,
    )
    ctx.session.add(made)
    ctx.session.flush()
    _attach(ctx, item, made, given.get("evidence") or [])
    item.status = ItemStatus.EVIDENCE_SUBMITTED
    facts = {"item": item.number, "request": request, "version": made.version, "late": made.late}
    audit.record(ctx, "hand_in.submit", plans.chain_of(cycle), **facts)
    return made


def sign_hand_in(ctx: Context, cycle: plans.Cycle, item: Item, verdict: str, note: str | None) -> HandIn:
    """The unit's leader signs it out of the unit or gives it back. Raises ``hands.OwnWork``."""
    access.require(ctx, f"leader@{item.worked_by}")
    require_open(item)
    handed = latest_hand_in(ctx, item)
    if verdict == "signed":
        hands.require_apart(ctx, handed.submitted_by)
        handed.signed_at, handed.signed_by, item.status = ctx.now, ctx.actor, ItemStatus.CLAIMED
    else:
        _decide(ctx, handed, "returned", note)
        item.status = ItemStatus.IN_PROGRESS
    audit.record(ctx, f"hand_in.{verdict}_by_leader", plans.chain_of(cycle), item=item.number, note=note)
    return handed


def verify(ctx: Context, cycle: plans.Cycle, item: Item, verdict: str, note: str) -> datetime:
    """The unit that answers for the indicator accepts the evidence or returns it; returns when the close-out is due."""
    access.require(ctx, f"clerk@{indicators.get(ctx, item.cycle_indicator_id).responsible_unit}")
    handed = _to_decide(ctx, item, Request.EVIDENCE)
    _decide(ctx, handed, verdict, note)
    item.status = ItemStatus.ACCEPTED if verdict == "accepted" else ItemStatus.IN_PROGRESS
    audit.record(ctx, f"hand_in.{verdict}", plans.chain_of(cycle), item=item.number, note=note)
    return calendars.deadline(ctx, cycle.days("close_out"))


def decide_extension(
    ctx: Context, cycle: plans.Cycle, item: Item, verdict: str, new_due: date | None, note: str | None
) -> datetime:
    """Grant more time, naming the new date, or refuse; returns the date the work is due now. The original one is kept."""
    require_approver(ctx, item)
    handed = _to_decide(ctx, item, Request.EXTENSION)
    if verdict == "approved":
        later = _later(item, new_due)
        item.work_due, item.extensions = calendars.end_of(calendars.calendar(ctx).roll(later)), item.extensions + 1
    _decide(ctx, handed, verdict, note)
    item.status = ItemStatus.IN_PROGRESS
    audit.record(ctx, f"extension.{verdict}", plans.chain_of(cycle), item=item.number, due=item.work_due, note=note)
    return item.work_due


def agree_long_term(ctx: Context, cycle: plans.Cycle, item: Item, verdict: str, note: str | None) -> None:
    """The responsible unit agrees that the matter cannot be finished in the year, or refuses."""
    access.require(ctx, f"clerk@{indicators.get(ctx, item.cycle_indicator_id).responsible_unit}")
    handed = _to_decide(ctx, item, Request.LONG_TERM)
    if verdict == "agreed":
        handed.agreed_at, handed.agreed_by = ctx.now, ctx.actor
    else:
        _decide(ctx, handed, verdict, note)
        item.status = ItemStatus.IN_PROGRESS
    audit.record(ctx, f"long_term.{verdict}", plans.chain_of(cycle), item=item.number, note=note)


def decide_long_term(ctx: Context, cycle: plans.Cycle, item: Item, verdict: str, note: str | None) -> None:
    """The lead decides: a long-term matter (长期整改) is counted apart, with its stage targets, into the next year.

    Raises ``NotHandedIn`` unless the responsible unit has agreed.
    """
    access.require(ctx, "lead")
    handed = _to_decide(ctx, item, Request.LONG_TERM)
    if handed.agreed_at is None:
        raise NotHandedIn(number=item.number, request=Request.LONG_TERM)
    hands.require_apart(ctx, handed.agreed_by)
    _decide(ctx, handed, verdict, note)
    item.status = ItemStatus.LONG_TERM if verdict == "approved" else ItemStatus.IN_PROGRESS
    if verdict == "approved":
        item.ended_at = ctx.now
    audit.record(ctx, f"long_term.{verdict}_by_lead", plans.chain_of(cycle), item=item.number, note=note)


def hand_ins(ctx: Context, item: Item, *, round: int | None = None) -> list[HandIn]:
    """Everything handed in for the matter, oldest first; of one round where that is asked."""
    query = select(HandIn).where(HandIn.item_id == item.id)
    query = query.where(HandIn.round == round) if round else query
    return list(ctx.session.scalars(query.order_by(HandIn.round, HandIn.version)))


def latest_hand_in(ctx: Context, item: Item) -> HandIn:
    found = hand_ins(ctx, item, round=item.round)
    if not found:
        raise NotFound
    return found[-1]


def owners(ctx: Context, item: Item) -> set[str]:
    """Who has written or signed a plan or anything handed in for the matter, in all its rounds."""
    planned = ctx.session.scalars(select(WorkPlan).where(WorkPlan.item_id == item.id))
    papers: list[WorkPlan | HandIn] = [*planned, *hand_ins(ctx, item)]
    return {who for each in papers for who in (each.submitted_by, each.signed_by) if who is not None}


def files_of(ctx: Context, hand_in_id: int) -> list[files.StoredFile]:
    query = select(files.StoredFile).join(HandInFile, HandInFile.file_id == files.StoredFile.id)
    return list(ctx.session.scalars(query.where(HandInFile.hand_in_id == hand_in_id).order_by(files.StoredFile.id)))


def _check_request(ctx: Context, item: Item, request: Request, given: Mapping[str, Any]) -> None:
    if ctx.now > item.work_due:
        raise TooLate(due=calendars.last_day(item.work_due))
    if request is Request.EXTENSION and item.extensions:
        raise ExtendedBefore
    if request is Request.EXTENSION:
        _later(item, given.get("new_due"))
    stages = given.get("stages") or []
    if request is Request.LONG_TERM and not stages:
        raise Invalid("A long-term matter needs at least one stage target with its date.")
    if any(each["due"] <= ctx.today for each in stages):
        raise Invalid("The stages of a long-term matter lie after today.")


def _later(item: Item, new_due: date | None) -> date:
    if new_due is None or new_due <= calendars.last_day(item.work_due):
        raise Invalid("The new date must lie after {due}.", due=calendars.last_day(item.work_due))
    return new_due


def _attach(ctx: Context, item: Item, made: HandIn, file_ids: Sequence[int]) -> None:
    evidence.attach(ctx, f"item:{item.id}", file_ids)
    ctx.session.add_all(HandInFile(hand_in_id=made.id, file_id=file_id) for file_id in dict.fromkeys(file_ids))


def _decide(ctx: Context, handed: HandIn, verdict: str, note: str | None) -> None:
    handed.verdict, handed.note, handed.decided_at, handed.decided_by = verdict, note, ctx.now, ctx.actor


def _to_decide(ctx: Context, item: Item, request: Request) -> HandIn:
    """What the unit asks for, signed out of it, for somebody to decide who has no part in it."""
    require_open(item)
    handed = hand_ins(ctx, item, round=item.round)
    if not handed or handed[-1].request != request or handed[-1].signed_at is None:
        raise NotHandedIn(number=item.number, request=request)
    hands.require_apart(ctx, *owners(ctx, item))
    return handed[-1]
