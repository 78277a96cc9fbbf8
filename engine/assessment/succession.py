"""Succession: a unit has gone and another stands in its place, by a paper.

What the unit left open is not rewritten: it keeps its numbers and the name it was issued to. From the recorded act on the
successor's people hold the posts of the unit that is gone, so its matters, letters, sheets and tasks are theirs to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people
from engine.assessment import indicators, letters, plans, rectification
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, Message
from engine.workflow import set_free
from engine.workflow.store import Task, TaskStatus


class AlreadySucceeded(Conflict):
    """{unit} has gone already; {successor} stands in its place."""

    code = "already_succeeded"


class NoSuccessor(Invalid):
    """{successor} cannot stand in the place of {unit}: {why}"""

    code = "no_successor"


#: Letters somebody still has to sign, send or receive.
_ON_THEIR_WAY = (letters.LetterStatus.DRAFT, letters.LetterStatus.SIGNED, letters.LetterStatus.ISSUED)


class Succession(Base):
    """One unit gone, another in its place: by which paper, and what passed over."""

    __tablename__ = "succession"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), unique=True)
    successor: Mapped[str] = mapped_column(String(40), index=True)
    #: The last day of the unit.
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(200))
    #: What passed over: ``matters`` and ``letters`` by number, ``indicators`` by code, ``tasks`` how many.
    passed: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Estate:
    """What a unit has open and would leave to its successor."""

    matters: tuple[rectification.Item, ...]
    letters: tuple[letters.Letter, ...]
    tasks: tuple[Task, ...]
    #: The indicators it answers for in years that still run.
    indicators: tuple[indicators.CycleIndicator, ...]

    @property
    def told(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {
            "matters": [each.number for each in self.matters],
            "letters": [each.label or f"#{each.id}" for each in self.letters],
            "indicators": [each.code for each in self.indicators],
            "tasks": len(self.tasks),
        }


def estate(ctx: Context, unit: str) -> Estate:
    """What would pass over, for the lead to see before it acts."""
    access.require(ctx, "lead")
    people.unit(ctx, unit)
    items = select(rectification.Item).where(
        rectification.Item.unit == unit, rectification.Item.status.in_(rectification.OPEN)
    )
    papers = select(letters.Letter).where(letters.Letter.unit == unit, letters.Letter.status.in_(_ON_THEIR_WAY))
    tasks = select(Task).where(Task.unit == unit, Task.status == TaskStatus.OPEN).order_by(Task.id)
    return Estate(
        tuple(ctx.session.scalars(items.order_by(rectification.Item.number))),
        tuple(ctx.session.scalars(papers.order_by(letters.Letter.id))),
        tuple(ctx.session.scalars(tasks)),
        tuple(_answered_for(ctx, unit)),
    )


def succeed(ctx: Context, unit: str, successor: str, ends_on: date, reason: str, document: str) -> Succession:
    """The lead records that a unit has gone and who stands in its place; what is open passes over at once.

    Raises ``AlreadySucceeded``, and ``NoSuccessor`` for a unit that is gone itself or of another kind.
    """
    left = estate(ctx, unit)
    gone = people.unit(ctx, unit)
    if gone.successor is not None:
        raise AlreadySucceeded(unit=unit, successor=gone.successor)
    _require_fit(ctx, gone, people.unit(ctx, successor))
    if not reason.strip() or not document.strip():
        raise Invalid("Give the reason and the paper it rests on.")
    if ends_on > ctx.today:
        raise Invalid("The last day of the unit lies in the future; record it when it has come.")
    made = Succession(
        unit=unit,
        successor=successor,
        ends_on=ends_on,
        reason=reason.strip(),
        document=document.strip(),
        passed=left.told,
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    for task in left.tasks:
        set_free(ctx, task, f"{unit} → {successor}")
    facts = {"unit": unit, "successor": successor, "ends_on": ends_on, "document": made.document, "passed": left.told}
    audit.record(ctx, "unit.succeed", "units", **facts)
    people.take_over(ctx, gone, successor, ends_on)
    told = {"unit": unit, "successor": people.unit(ctx, successor).name}
    held = [f"{role}@{successor}" for role in ("clerk", "leader")]
    notifications.notify(ctx, "unit.succeeded", groups=held, link=f"/units/{unit}", **told)
    return made


def of_unit(ctx: Context, unit: str) -> Succession | None:
    """How the unit went; None while there is it."""
    return ctx.session.scalar(select(Succession).where(Succession.unit == unit))


def taken_over(ctx: Context, unit: str) -> Sequence[Succession]:
    """What the unit has taken over, oldest first."""
    query = select(Succession).where(Succession.successor == unit).order_by(Succession.id)
    return ctx.session.scalars(query).all()


def passed_matters(ctx: Context, cycle: plans.Cycle, unit: str) -> list[rectification.Item]:
    """The matters of the year that others left open to the unit, by number."""
    numbers = [number for each in taken_over(ctx, unit) for number in each.passed["matters"]]
    query = select(rectification.Item).where(
        rectification.Item.cycle_id == cycle.id, rectification.Item.number.in_(numbers)
    )
    return list(ctx.session.scalars(query.order_by(rectification.Item.number)))


def _answered_for(ctx: Context, unit: str) -> list[indicators.CycleIndicator]:
    query = (
        select(indicators.CycleIndicator)
        .join(plans.Cycle, plans.Cycle.id == indicators.CycleIndicator.cycle_id)
        .where(
            indicators.CycleIndicator.responsible_unit == unit,
            indicators.CycleIndicator.dropped_at.is_(None),
            plans.Cycle.status.in_((plans.CycleStatus.PLANNED, plans.CycleStatus.RUNNING)),
        )
    )
    return list(ctx.session.scalars(query.order_by(indicators.CycleIndicator.position)))


def _require_fit(ctx: Context, gone: people.Unit, successor: people.Unit) -> None:
    if successor.code == gone.code or successor.successor is not None or not successor.exists_on(ctx.today):
        raise NoSuccessor(unit=gone.code, successor=successor.code, why=Message("there is no such unit today."))
    if bool(successor.group) != bool(gone.group):
        why = Message("one of them is assessed, the other is not.")
        raise NoSuccessor(unit=gone.code, successor=successor.code, why=why)
