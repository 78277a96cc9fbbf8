"""Fault tolerance (容错纠错): an honest mistake takes no points, once another person than who asked for it agrees (S2, H7).

A ruling names the basis and how many points of the indicator's hundred were taken. It works when figures are frozen the
next time; the frozen row names it, so that the score can be computed again and everybody sees why it is what it is.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications
from engine.assessment import hands, indicators, plans
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound


class RulingDecided(Conflict):
    """This request for tolerance was decided already."""

    code = "ruling_decided"


class RulingStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"


class Ruling(Base):
    """One mistake of one unit on one indicator for which no points are to be taken."""

    __tablename__ = "ruling"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    unit: Mapped[str] = mapped_column(String(40), index=True)
    #: How much was taken, of the indicator's 100 points.
    points: Mapped[Decimal]
    #: The rule or document that allows it, and what happened.
    basis: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=RulingStatus.PROPOSED)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)


def propose(ctx: Context, cycle: plans.Cycle, unit: str, code: str, points: Decimal, basis: str) -> Ruling:
    """The unit itself or the lead asks that a deduction be taken away."""
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}", "lead")
    if unit not in {each.code for each in plans.assessed_units(ctx, cycle)}:
        raise NotFound
    if not 0 < points <= 100:
        raise Invalid("The points lie above 0 and up to 100.")
    if not basis.strip():
        raise Invalid("Write the basis: the rule that allows it and what happened.")
    used = indicators.find(ctx, cycle, code)
    made = Ruling(
        cycle_id=cycle.id,
        cycle_indicator_id=used.id,
        unit=unit,
        points=points,
        basis=basis.strip(),
        status=RulingStatus.PROPOSED,
        proposed_at=ctx.now,
        proposed_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "ruling.propose", plans.chain_of(cycle), ruling=made.id, unit=unit, indicator=code, points=points)
    notifications.notify(
        ctx,
        "ruling.proposed",
        groups=["lead"],
        link=plans.path(ctx, cycle, "/hearings#rulings"),
        unit=unit,
        indicator=code,
    )
    return made


def decide(ctx: Context, cycle: plans.Cycle, ruling_id: int, note: str, *, approved: bool) -> Ruling:
    """The lead or the leading group agrees or not, in writing; never who proposed it (``OwnWork``)."""
    access.require(ctx, "lead", "committee")
    found = get(ctx, cycle, ruling_id)
    if found.status != RulingStatus.PROPOSED:
        raise RulingDecided
    hands.require_apart(ctx, found.proposed_by)
    if not note.strip():
        raise Invalid("Write the reason of the decision.")
    found.status = RulingStatus.APPROVED if approved else RulingStatus.REFUSED
    found.decided_at, found.decided_by, found.note = ctx.now, ctx.actor, note.strip()
    audit.record(ctx, "ruling.decide", plans.chain_of(cycle), ruling=found.id, status=found.status)
    groups = [f"clerk@{found.unit}", f"leader@{found.unit}"]
    notifications.notify(ctx, f"ruling.{found.status}", groups=groups, link=plans.path(ctx, cycle, "/hearings#rulings"))
    return found


def get(ctx: Context, cycle: plans.Cycle, ruling_id: int) -> Ruling:
    found = ctx.session.get(Ruling, ruling_id)
    if found is None or found.cycle_id != cycle.id:
        raise NotFound
    return found


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Ruling]:
    """What the person may see: all for those who oversee, else the own units', newest first."""
    query = select(Ruling).where(Ruling.cycle_id == cycle.id).order_by(Ruling.id.desc())
    if not access.oversees(ctx):
        query = query.where(Ruling.unit.in_(access.own_units(ctx)))
    return list(ctx.session.scalars(query))


def approved(ctx: Context, cycle: plans.Cycle) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """(year's indicator, unit) -> the approved rulings as a frozen row keeps them."""
    query = select(Ruling).where(Ruling.cycle_id == cycle.id, Ruling.status == RulingStatus.APPROVED)
    found: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for each in ctx.session.scalars(query.order_by(Ruling.id)):
        kept = {"ruling": each.id, "points": format(each.points, "f")}
        found.setdefault((each.cycle_indicator_id, each.unit), []).append(kept)
    return found


def points_of(kept: Iterable[dict[str, Any]]) -> list[Decimal]:
    """The points of the rulings a frozen row names."""
    return [Decimal(each["points"]) for each in kept]
