"""Objections: within three days of receipt a unit may dispute a value; only that notice waits meanwhile (1.4 no. 15).

The responsible unit confirms or corrects, its leader signs. A correction makes a revision of the snapshot, after which the
lead keeps or withdraws the notice.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications
from engine.assessment import concurrence, indicators, letters, plans, readings, rectification, warnings
from engine.assessment.figures import figure
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class AlreadyObjected(Conflict):
    """The value of {indicator} was disputed already; each notice is disputed once at most."""

    code = "already_objected"


class ObjectionStands(Refused):
    """The objection is {status}; this cannot be done with it now."""

    code = "objection_stands"


class ObjectionStatus(StrEnum):
    RAISED = "raised"
    #: The value stands.
    CONFIRMED = "confirmed"
    #: The value was wrong; the lead decides what becomes of the notice.
    CORRECTED = "corrected"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


#: Notices whose values can be disputed: those the unit has received and that still stand.
DISPUTABLE = frozenset({warnings.NoticeStatus.RECEIVED, warnings.NoticeStatus.MERGED})


class Objection(Base):
    __tablename__ = "objection"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), unique=True)
    status: Mapped[str] = mapped_column(String(20), default=ObjectionStatus.RAISED)
    #: What the unit says the value should be, as it wrote it.
    claimed: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    raised_by: Mapped[str | None] = mapped_column(String(60))
    value: Mapped[Decimal | None]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[str | None] = mapped_column(String(60))
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(60))
    decision: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))


def raise_objections(
    ctx: Context, cycle: plans.Cycle, letter: letters.Letter, objections: list[Mapping[str, Any]]
) -> list[Objection]:
    """Record what a unit disputes of its letter: ``notice``, ``claimed``, ``reason`` each.

    Each notice at most once: raises ``AlreadyObjected``. One that was withdrawn or lifted cannot be disputed any more.
    """
    access.require(ctx, f"clerk@{letter.unit}")
    own = {each.id: each for each in warnings.of_letter(ctx, letter.id)}
    chosen = [int(each["notice"]) for each in objections]
    if not chosen or len(set(chosen)) != len(chosen) or not set(chosen) <= own.keys():
        raise Invalid("Choose at least one notice of this letter, and each only once.")
    for notice_id in chosen:
        _require_disputable(ctx, own[notice_id])
    made = []
    for each in objections:
        notice = own[int(each["notice"])]
        notice.status = warnings.NoticeStatus.OBJECTED
        made.append(
            Objection(
                notice_id=notice.id,
                status=ObjectionStatus.RAISED,
                claimed=each.get("claimed"),
                reason=each["reason"],
                raised_at=ctx.now,
                raised_by=ctx.actor,
            )
        )
    ctx.session.add_all(made)
    ctx.session.flush()
    audit.record(ctx, "objection.raise", plans.chain_of(cycle), letter=letter.id, notices=chosen)
    return made


def of_notice(ctx: Context, notice_id: int) -> Objection:
    found = ctx.session.scalar(select(Objection).where(Objection.notice_id == notice_id))
    if found is None:
        raise NotFound
    return found


def maybe_of_notice(ctx: Context, notice_id: int) -> Objection | None:
    return ctx.session.scalar(select(Objection).where(Objection.notice_id == notice_id))


def answer(ctx: Context, notice_id: int, outcome: str, value: str | None, reason: str) -> None:
    """The responsible unit's clerk says whether the value stands, and what it is otherwise."""
    objection = _in_state(ctx, notice_id, ObjectionStatus.RAISED)
    used = indicators.get(ctx, warnings.notice(ctx, notice_id).cycle_indicator_id)
    access.require(ctx, f"clerk@{used.responsible_unit}")
    objection.value = figure(value) if outcome == "corrected" else None
    if outcome == "corrected" and objection.value is None:
        raise Invalid("Write the corrected value.")
    objection.answer, objection.answered_by = reason, ctx.actor
    _ask_partners(ctx, used, objection)


def sign(ctx: Context, cycle: plans.Cycle, notice: warnings.Notice) -> bool:
    """The responsible unit's leader signs the answer; returns whether the value was corrected.

    A correction is entered as a verified reading of the round; the caller publishes the revision. Raises
    ``ConcurrenceOutstanding`` while a co-organiser may still say what it thinks of the answer.
    """
    used = indicators.get(ctx, notice.cycle_indicator_id)
    access.require(ctx, f"leader@{used.responsible_unit}")
    objection = _in_state(ctx, notice.id, ObjectionStatus.RAISED)
    if objection.answer is None:
        raise Invalid("The objection is not answered yet.")
    readings.require_other_hands(ctx, objection.answered_by)
    concurrence.settle(ctx, cycle, used, concurrence.About.VALUE, notice.id)
    objection.signed_at, objection.signed_by = ctx.now, ctx.actor
    corrected = objection.value is not None
    objection.status = ObjectionStatus.CORRECTED if corrected else ObjectionStatus.CONFIRMED
    if objection.value is not None:
        round = ctx.session.get_one(plans.Round, notice.round_id)
        readings.correct(ctx, cycle, round, used, notice.unit, objection.value, objection.answered_by)
    else:
        _restore(ctx, notice)
    audit.record(ctx, "objection.sign", plans.chain_of(cycle), notice=notice.id, corrected=corrected)
    _tell(ctx, notice, objection)
    return corrected


def decide(ctx: Context, cycle: plans.Cycle, notice: warnings.Notice, decision: str, reason: str) -> None:
    """After a correction the lead keeps the notice or withdraws it, with the reason."""
    access.require(ctx, "lead")
    objection = _in_state(ctx, notice.id, ObjectionStatus.CORRECTED)
    if decision not in (ObjectionStatus.KEPT, ObjectionStatus.WITHDRAWN):
        raise Invalid("Keep the notice or withdraw it.")
    objection.status, objection.decision = ObjectionStatus(decision), reason
    objection.decided_at, objection.decided_by = ctx.now, ctx.actor
    if decision == ObjectionStatus.KEPT:
        _restore(ctx, notice)
        audit.record(ctx, "objection.keep", plans.chain_of(cycle), notice=notice.id, reason=reason)
    elif notice.status not in warnings.ENDED:
        warnings.end(ctx, cycle, notice, warnings.NoticeStatus.WITHDRAWN, reason)
    _tell(ctx, notice, objection)


def _ask_partners(ctx: Context, used: indicators.CycleIndicator, objection: Objection) -> None:
    """Those who co-organise the indicator concur on the answer before it is signed."""
    value = "" if objection.value is None else f"{format(objection.value, 'f')} "
    text = f"{objection.reason} → {value}{objection.answer}"
    cycle = plans.cycle(ctx, used.cycle_id)
    concurrence.ask(ctx, cycle, used, concurrence.About.VALUE, text, objection.notice_id)


def _require_disputable(ctx: Context, notice: warnings.Notice) -> None:
    code = indicators.get(ctx, notice.cycle_indicator_id).code
    if maybe_of_notice(ctx, notice.id) is not None:
        raise AlreadyObjected(indicator=code)
    if notice.status in warnings.ENDED:
        raise warnings.NoticeEnded(indicator=code, status=notice.status)
    if notice.status not in DISPUTABLE:
        raise Invalid("Sign for the letter before you dispute what it says.")


def _in_state(ctx: Context, notice_id: int, status: ObjectionStatus) -> Objection:
    objection = of_notice(ctx, notice_id)
    if objection.status != status:
        raise ObjectionStands(status=objection.status)
    return objection


def _restore(ctx: Context, notice: warnings.Notice) -> None:
    """The notice stands again as it did before it was disputed; one that was taken back meanwhile stays so."""
    if notice.status in warnings.ENDED:
        return
    query = select(rectification.ItemNotice.merged).where(rectification.ItemNotice.notice_id == notice.id)
    merged = ctx.session.scalar(query)
    notice.status = warnings.NoticeStatus.MERGED if merged else warnings.NoticeStatus.RECEIVED


def _tell(ctx: Context, notice: warnings.Notice, objection: Objection) -> None:
    groups = [f"clerk@{notice.unit}", f"leader@{notice.unit}"]
    link = f"/letters/{notice.letter_id}"
    notifications.notify(ctx, f"objection.{objection.status}", groups=groups, link=link, notice=notice.id)
