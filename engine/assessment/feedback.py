"""Feedback sheets (情况反馈表): after each pre-assessment every unit, warned or not, is told how it stands (S3 4.1, F3).

Own value, schedule, rank and the group's mean; no other unit is named. The unit signs for it, or is deemed to have it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications
from engine.assessment import indicators, plans, scoring, snapshots
from engine.db import Base, Context, Key
from engine.errors import NotFound


class FeedbackSheet(Base):
    __tablename__ = "feedback_sheet"
    __table_args__ = (UniqueConstraint("round_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit: Mapped[str] = mapped_column(String(40))
    issued_at: Mapped[datetime]
    deemed_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(60))
    deemed: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator of a unit's sheet."""

    indicator: indicators.CycleIndicator
    own: snapshots.SnapshotRow
    #: Ranked units of the group, and the mean of their progress.
    ranked: int
    mean: Decimal | None


def issue(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> datetime:
    """Give every assessed unit its sheet of the round; returns when they are deemed to have it."""
    deemed_at = calendars.deadline(ctx, cycle.days("deemed_received"))
    for unit in plans.standing_units(ctx, cycle):
        if _find(ctx, round, unit.code) is None:
            ctx.session.add(FeedbackSheet(round_id=round.id, unit=unit.code, issued_at=ctx.now, deemed_at=deemed_at))
            groups = [f"clerk@{unit.code}", f"leader@{unit.code}"]
            notifications.notify(
                ctx,
                "feedback.issued",
                groups=groups,
                link=plans.path(ctx, cycle, f"/units/{unit.code}"),
                round=round.key,
            )
    ctx.session.flush()
    audit.record(ctx, "feedback.issue", plans.chain_of(cycle), round=round.key)
    return deemed_at


def sign(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str) -> None:
    """The unit signs for its sheet; once it is deemed received a signature changes nothing any more."""
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}")
    sheet = of_unit(ctx, round, unit)
    if sheet.signed_at is None:
        sheet.signed_at, sheet.signed_by = ctx.now, ctx.actor
        audit.record(ctx, "feedback.sign", plans.chain_of(cycle), round=round.key, unit=unit)


def deem(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[str]:
    """Three working days are over: who has not signed is deemed to have the sheet; returns them."""
    missing = [each for each in of_round(ctx, round) if each.signed_at is None]
    for sheet in missing:
        sheet.signed_at, sheet.deemed = ctx.now, True
    units = [each.unit for each in missing]
    audit.record(ctx, "feedback.deem", plans.chain_of(cycle), round=round.key, units=units)
    return units


def of_round(ctx: Context, round: plans.Round) -> list[FeedbackSheet]:
    query = select(FeedbackSheet).where(FeedbackSheet.round_id == round.id).order_by(FeedbackSheet.unit)
    return list(ctx.session.scalars(query))


def of_unit(ctx: Context, round: plans.Round, unit: str) -> FeedbackSheet:
    """A sheet the person may see: the unit's own, or any for those who oversee."""
    access.require_unit(ctx, unit)
    found = _find(ctx, round, unit)
    if found is None:
        raise NotFound
    return found


def lines(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str) -> list[Line]:
    """What the unit's sheet says, in the order of the booklet; only its own figures and means of its group.

    Raises ``NotPublished`` before the round is published, also where its figures are frozen already.
    """
    access.require_unit(ctx, unit)
    if round.published_at is None:
        raise snapshots.NotPublished(round=round.key)
    frozen = snapshots.rows(ctx, snapshots.latest(ctx, round))
    populations = snapshots.by_population(frozen, cycle.parameter("rank_scope"))
    own = {each.cycle_indicator_id: each for each in frozen if each.unit == unit}
    groups = {row.cycle_indicator_id: rows for rows in populations.values() for row in rows if row.unit == unit}
    return [
        Line(used, own[used.id], *_of_group(groups[used.id]))
        for used in indicators.of_cycle(ctx, cycle)
        if used.id in own
    ]


def _of_group(rows: Sequence[snapshots.SnapshotRow]) -> tuple[int, Decimal | None]:
    known = [each.progress for each in rows if each.progress is not None]
    return len(known), scoring.half_up(sum(map(Fraction, known), Fraction(0)) / len(known), 4) if known else None


def _find(ctx: Context, round: plans.Round, unit: str) -> FeedbackSheet | None:
    query = select(FeedbackSheet).where(FeedbackSheet.round_id == round.id, FeedbackSheet.unit == unit)
    return ctx.session.scalar(query)
