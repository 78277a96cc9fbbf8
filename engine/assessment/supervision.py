"""The inspection office's slips (督办单): issued when a matter is five days overdue, answered in five, else an interview.

督考一体 (S3 4.5): supervision and assessment share the unit, the matter and its papers.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people, workflow
from engine.assessment import evidence as uploads
from engine.assessment import indicators, numbers, plans
from engine.assessment.rectification import Item
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused


class SlipMoved(Refused):
    """The slip is {status}; this cannot be done with it now."""

    code = "slip_moved"


class SlipStatus(StrEnum):
    OPENED = "opened"
    ISSUED = "issued"
    ANSWERED = "answered"
    #: Not answered in time; the talk was held and recorded.
    INTERVIEWED = "interviewed"


class Slip(Base):
    __tablename__ = "slip"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    #: The date that had passed; one slip for each.
    for_due: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20), default=SlipStatus.OPENED)
    year: Mapped[int]
    number: Mapped[int | None]
    requirement: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    issued_by: Mapped[str | None] = mapped_column(String(60))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(60))
    interviewed_on: Mapped[date | None]
    interview: Mapped[str | None] = mapped_column(Text)

    @property
    def label(self) -> str:
        """督办〔2026〕5号, or empty before it is issued."""
        return f"督办〔{self.year}〕{self.number}号" if self.number else ""


def open_slip(ctx: Context, cycle: plans.Cycle, item: Item) -> Slip | None:
    """Put an overdue matter before the inspection office; None when a slip for this date stands already."""
    standing = select(Slip).where(Slip.item_id == item.id, Slip.for_due == item.work_due)
    if ctx.session.scalar(standing) is not None:
        return None
    made = Slip(item_id=item.id, for_due=item.work_due, status=SlipStatus.OPENED, year=cycle.year, opened_at=ctx.now)
    ctx.session.add(made)
    ctx.session.flush()
    workflow.start(
        ctx,
        "supervision_slip",
        package=cycle.package,
        key=f"{cycle.year}/slip/{made.id}",
        title=f"{people.unit(ctx, item.unit).name} · {indicators.get(ctx, item.cycle_indicator_id).name}",
        unit=item.worked_by,
        variables={
            "cycle": cycle.id,
            "slip": made.id,
            "item": item.id,
            "unit": item.worked_by,
            "issue_until": calendars.deadline(ctx, cycle.days("slip_issue")),
        },
    )
    return made


def issue(ctx: Context, cycle: plans.Cycle, slip: Slip, requirement: str) -> datetime:
    """The inspection office issues the slip, drawing its number; returns until when the unit has to answer."""
    access.require(ctx, "inspector")
    _require(slip, SlipStatus.OPENED)
    slip.number = numbers.draw(ctx, "slip", slip.year)
    slip.status, slip.requirement = SlipStatus.ISSUED, requirement
    slip.issued_at, slip.issued_by = ctx.now, ctx.actor
    unit = ctx.session.get_one(Item, slip.item_id).worked_by
    groups = [f"clerk@{unit}", f"leader@{unit}"]
    notifications.notify(ctx, "slip.issued", groups=groups, link=f"/slips/{slip.id}", number=slip.label)
    audit.record(ctx, "slip.issue", plans.chain_of(cycle), slip=slip.id, number=slip.label)
    return calendars.deadline(ctx, cycle.days("slip_answer"))


def answer(ctx: Context, cycle: plans.Cycle, slip: Slip, text: str, evidence: Sequence[int]) -> None:
    """The unit says what it has done, with files. Raises ``SlipMoved`` when the talk was held already."""
    unit = ctx.session.get_one(Item, slip.item_id).worked_by
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}")
    _require(slip, SlipStatus.ISSUED)
    uploads.attach(ctx, f"slip:{slip.id}", evidence)
    slip.status, slip.answer = SlipStatus.ANSWERED, text
    slip.answered_at, slip.answered_by = ctx.now, ctx.actor
    audit.record(ctx, "slip.answer", plans.chain_of(cycle), slip=slip.id)


def record_interview(ctx: Context, cycle: plans.Cycle, slip: Slip, given: Mapping[str, Any]) -> None:
    """The talk with the unit (约谈), as it was held: ``held_on``, ``attendees``, ``record``. Recorded, never automated."""
    access.require(ctx, "inspector")
    _require(slip, SlipStatus.ISSUED)
    assert slip.issued_at is not None
    issued_on = calendars.local_date(slip.issued_at)
    if not issued_on <= given["held_on"] <= ctx.today:
        raise Invalid("The day of the talk lies between {day} and today.", day=issued_on)
    slip.status, slip.interviewed_on = SlipStatus.INTERVIEWED, given["held_on"]
    slip.interview = f"{given['attendees']}\n{given['record']}"
    audit.record(ctx, "slip.interview", plans.chain_of(cycle), slip=slip.id, held_on=given["held_on"])


def slip(ctx: Context, slip_id: int) -> Slip:
    """A slip the person may see: the inspection office and those who oversee, and the matter's units once it is issued."""
    found = ctx.session.get(Slip, slip_id)
    if found is None:
        raise NotFound
    item = ctx.session.get_one(Item, found.item_id)
    theirs = {item.unit, item.worked_by} & access.own_units(ctx)
    if not access.oversees(ctx) and (found.issued_at is None or not theirs):
        raise NotFound
    return found


def of_item(ctx: Context, item: Item) -> list[Slip]:
    """The slips on the matter; for its unit those that are issued."""
    query = select(Slip).where(Slip.item_id == item.id).order_by(Slip.id)
    if not access.oversees(ctx):
        query = query.where(Slip.issued_at.is_not(None))
    return list(ctx.session.scalars(query))


def _require(slip: Slip, status: SlipStatus) -> None:
    if slip.status != status:
        raise SlipMoved(status=slip.status)
