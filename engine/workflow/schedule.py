"""Processes that begin at a time: when each begins next is kept with its current version.

A version that is deployed brings its own schedule and ends that of the version before it. A duration, and a cycle that
names no beginning, count from the deployment; of dates only those count that are still to come, and one that was due
already and had not been seen to, as after an outage. The same bytes deployed again change nothing. A pool that is not
executable only documents, and begins nothing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    select,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine import audit, calendars
from engine.db import SHANGHAI, Base, Context, Key
from engine.errors import BihuanError, Invalid
from engine.workflow import spiff
from engine.workflow.store import Definition


class NoStartTime(Invalid):
    """{element} of {process} says no time at which to begin: {why}"""

    code = "no_start_time"


class StartTimer(Base):
    """When the current version of a process begins next at one of its start events."""

    __tablename__ = "start_timer"
    __table_args__ = (
        UniqueConstraint("definition_id", "element"),
        Index(
            "ix_start_timer_try",
            "try_at",
            postgresql_where=text("try_at IS NOT NULL"),
            sqlite_where=text("try_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    #: The version whose schedule this is; another version that is current begins nothing by it.
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    element: Mapped[str] = mapped_column(String(200))
    #: None once there is nothing left to come.
    due_at: Mapped[datetime | None]
    #: When it is to be done: then, or later where it has failed so often.
    try_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    #: The rest of a cycle: how often it may still fire (None for ever), what it repeats, from when, and which repetition
    #: is due.
    left: Mapped[int | None] = mapped_column("times_left")
    every: Mapped[str | None] = mapped_column(String(200))
    anchor: Mapped[datetime | None]
    step: Mapped[int] = mapped_column(BigInteger, default=0)
    definition: Mapped[Definition] = relationship()


class TimedStart(Base):
    """A time at which a process was to begin and did: once, whoever saw to it, and whichever version was current."""

    __tablename__ = "timed_start"
    __table_args__ = (UniqueConstraint("definition_id", "element", "due_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definition.id"))
    element: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime]
    #: Earlier times of a cycle that nobody saw to and that this one stands for.
    missed: Mapped[int] = mapped_column(default=0)
    #: None where nothing could be begun, with the cause.
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"))
    cause: Mapped[str | None] = mapped_column(Text)


def plan(ctx: Context, definition: Definition, process: spiff.ProcessOutline) -> None:
    """Keep when the process begins next, now that a version of it is current. Raises ``NoStartTime``."""
    lock(ctx, definition.id)
    query = select(StartTimer).where(StartTimer.definition_id == definition.id)
    before = {row.element: row for row in ctx.session.scalars(query.execution_options(populate_existing=True))}
    timed = process.timed_by if process.executable else {}
    if before.keys() == timed.keys() and all(row.version_id == definition.current_id for row in before.values()):
        return
    for element in before.keys() - timed.keys():
        ctx.session.delete(before[element])
        _record(ctx, definition, element, before[element].due_at, None)
    for element, event in timed.items():
        row = before.get(element)
        was_due = None if row is None else row.due_at
        coming = _coming(ctx, definition, element, event, was_due)
        if row is None:
            row = StartTimer(definition_id=definition.id, element=element)
            ctx.session.add(row)
        row.version_id = definition.current_id or 0
        put(row, coming)
        _record(ctx, definition, element, was_due, row.due_at)
    ctx.session.flush()


def _coming(
    ctx: Context, definition: Definition, element: str, event: spiff.Event, was_due: datetime | None
) -> spiff.Timer | None:
    """The timer as it stands now, without what is past; what the version before had yet to see to is not."""
    since = was_due if was_due is not None and was_due <= ctx.now else ctx.now
    try:
        running = spiff.start_timer(event, ctx.now, add_workdays(ctx))
    except BihuanError as error:
        raise NoStartTime(element=element, process=definition.key, why=str(error)) from error
    past = spiff.times_due(running, since - datetime.resolution, add_workdays(ctx))
    return spiff.after(running, past, add_workdays(ctx))


def lock(ctx: Context, definition_id: int, *, skip_locked: bool = False) -> bool:
    """Whoever changes when a process begins locks the process; whether it is locked now."""
    query = select(Definition.id).where(Definition.id == definition_id).with_for_update(skip_locked=skip_locked)
    return ctx.session.scalar(query) is not None


def put(row: StartTimer, running: spiff.Timer | None) -> None:
    """Keep what is left of a timer; ``None`` where nothing is."""
    row.attempts, row.due_at, row.try_at = 0, None, None
    if running is not None:
        row.due_at = row.try_at = running.due
        row.left, row.every, row.anchor, row.step = running.left, running.every, running.anchor, running.step


def timer_of(row: StartTimer) -> spiff.Timer:
    """The timer a row keeps, whose time is still to come or to be seen to."""
    assert row.due_at is not None
    anchor = row.anchor and row.anchor.astimezone(SHANGHAI)
    return spiff.Timer(row.due_at.astimezone(SHANGHAI), row.left, row.every, anchor, row.step)


def add_workdays(ctx: Context) -> spiff.AddWorkdays:
    """So many working days later on the office's calendar, at the same time of day."""

    def later(start: datetime, days: int) -> datetime:
        local = start.astimezone(SHANGHAI)
        return datetime.combine(calendars.calendar(ctx).add(local.date(), days), local.timetz())

    return later


def waiting(*columns: Any) -> Select[Any]:
    """What begins next comes first; only what belongs to a version that is current."""
    query = select(*columns).join(Definition, Definition.id == StartTimer.definition_id)
    return query.where(StartTimer.try_at.is_not(None), is_current()).order_by(StartTimer.try_at, StartTimer.id)


def is_current() -> ColumnElement[bool]:
    return Definition.current_id == StartTimer.version_id


def _record(ctx: Context, definition: Definition, element: str, before: datetime | None, due: datetime | None) -> None:
    facts = {"package": definition.package, "process": definition.key, "element": element}
    audit.record(ctx, "start.plan", "definitions", **facts, before=before, due=due)
