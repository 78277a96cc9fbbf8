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
from engine.assessment import indicators, letters, plans, readings, warnings
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound


class ObjectionStatus(StrEnum):
    RAISED = "raised"
    #: The value stands.
    CONFIRMED = "confirmed"
    #: The value was wrong; the lead decides what becomes of the notice.
    CORRECTED = "corrected"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


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
    """Record what a unit disputes of its letter: ``notice``, ``claimed``, ``reason`` each. Each notice at most once."""
    access.require(ctx, f"clerk@{letter.unit}")
    own = {each.id: each for each in warnings.of_letter(ctx, letter.id)}
    chosen = [int(each["notice"]) for each in objections]
    if not chosen or len(set(chosen)) != len(chosen) or not set(chosen) <= own.keys():
        raise Invalid("Choose at least one notice of this letter, and each only once.")
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
    objection = of_notice(ctx, notice_id)
    objection.value = Decimal(value) if outcome == "corrected" and value is not None else None
    if outcome == "corrected" and objection.value is None:
        raise Invalid("Write the corrected value.")
    objection.answer, objection.answered_by = reason, ctx.actor


def sign(ctx: Context, cycle: plans.Cycle, notice: warnings.Notice) -> bool:
    """The responsible unit's leader signs the answer; returns whether the value was corrected.

    A correction is entered as a verified reading of the round; the caller publishes the revision.
    """
    used = indicators.get(ctx, notice.cycle_indicator_id)
    access.require(ctx, f"leader@{used.responsible_unit}")
    objection = of_notice(ctx, notice.id)
    if objection.answered_by is not None and objection.answered_by == ctx.actor:
        raise readings.SameHands
    objection.signed_at, objection.signed_by = ctx.now, ctx.actor
    corrected = objection.value is not None
    objection.status = ObjectionStatus.CORRECTED if corrected else ObjectionStatus.CONFIRMED
    if objection.value is not None:
        round = ctx.session.get_one(plans.Round, notice.round_id)
        readings.correct(ctx, cycle, round, used, notice.unit, objection.value, objection.answered_by)
    else:
        notice.status = warnings.NoticeStatus.RECEIVED
    audit.record(ctx, "objection.sign", plans.chain_of(cycle), notice=notice.id, corrected=corrected)
    _tell(ctx, notice, objection)
    return corrected


def decide(ctx: Context, cycle: plans.Cycle, notice: warnings.Notice, decision: str, reason: str) -> None:
    """After a correction the lead keeps the notice or withdraws it, with the reason."""
    access.require(ctx, "lead")
    objection = of_notice(ctx, notice.id)
    objection.status, objection.decision = ObjectionStatus(decision), reason
    objection.decided_at, objection.decided_by = ctx.now, ctx.actor
    if decision == ObjectionStatus.WITHDRAWN:
        warnings.end(ctx, cycle, notice, warnings.NoticeStatus.WITHDRAWN, reason)
    else:
        notice.status = warnings.NoticeStatus.RECEIVED
        audit.record(ctx, "objection.keep", plans.chain_of(cycle), notice=notice.id, reason=reason)
    _tell(ctx, notice, objection)


def _tell(ctx: Context, notice: warnings.Notice, objection: Objection) -> None:
    groups = [f"clerk@{notice.unit}", f"leader@{notice.unit}"]
    link = f"/letters/{notice.letter_id}"
    notifications.notify(ctx, f"objection.{objection.status}", groups=groups, link=link, notice=notice.id)
