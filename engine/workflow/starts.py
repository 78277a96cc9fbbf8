"""Matters that the clock begins: one for each time that comes, whoever ticks and however late.

Whoever sees to it locks the process first, as its deployment does, so that nobody else sees to the same time and no new
version comes in between. What is begun late begins at its own instant, and its dates count from there. Of a cycle whose
times nobody saw to, as in an outage, the last one begins a matter and stands for the others, which are counted; of dates
each begins its own.

What cannot be begun is undone, tried again after five minutes, half an hour and two hours, and then passed over; the
administrators are told when it fails first, and when it is passed over.
"""

from sqlalchemy import select

from engine import audit, calendars, notifications
from engine.db import SHANGHAI, Context
from engine.workflow import instances, messages, schedule, spiff
from engine.workflow.schedule import StartTimer, TimedStart
from engine.workflow.standing import ADMINISTRATOR, BACK_OFF
from engine.workflow.store import Instance


def due_start(ctx: Context) -> int | None:
    """The id of a start that is due, its process locked for this transaction; None when none is.

    Another ticker that asks at the same moment gets another process's.
    """
    due = schedule.waiting(StartTimer.id, StartTimer.definition_id).where(StartTimer.try_at <= ctx.now)
    for start_id, definition_id in ctx.session.execute(due.limit(50)).all():
        # On PostgreSQL a process another ticker has in hand is passed over; one it had may have been seen to.
        free = schedule.lock(ctx, definition_id, skip_locked=True)
        if free and ctx.session.execute(due.where(StartTimer.id == start_id)).first():
            found: int = start_id
            return found
    return None


def begin(ctx: Context, start_id: int) -> Instance | None:
    """Begin the matter that is due, and keep when the next one is; None where this time was seen to before."""
    row = ctx.session.get_one(StartTimer, start_id, populate_existing=True)
    running, add = schedule.timer_of(row), schedule.add_workdays(ctx)
    missed = spiff.times_due(running, ctx.now, add) - 1
    last = spiff.after(running, missed, add)
    assert last is not None
    begun = None
    if not _was_seen_to(ctx, row, last):
        # Nobody stands at a screen: a refusal stands as an incident of the matter that was begun.
        ctx.memo["patient"] = True
        begun = _start(ctx, row, last, missed)
        _note(ctx, row, last, missed=missed, instance_id=begun.id)
    schedule.put(row, spiff.after(last, 1, add))
    return begun


def _start(ctx: Context, row: StartTimer, last: spiff.Timer, missed: int) -> Instance:
    definition, at = row.definition, last.due.astimezone(SHANGHAI)
    begun = messages.Beginning(
        message=None,
        package=definition.package,
        process=definition.key,
        at=row.element,
        key=messages.free(ctx, definition.package, f"{definition.key}/{at:%Y-%m-%dT%H:%M:%S}"),
        title=f"{definition.name or definition.key} · {at:%Y-%m-%d %H:%M}",
        unit=None,
        due=last.due,
        missed=missed,
    )
    return instances.start(
        ctx, begun.process, package=begun.package, key=begun.key, title=begun.title, unit=begun.unit, begun=begun
    )


def put_off(ctx: Context, start_id: int, cause: str) -> None:
    """It failed and was undone: note it, and try it later or pass over it."""
    row = ctx.session.get_one(StartTimer, start_id)
    schedule.lock(ctx, row.definition_id)
    ctx.session.refresh(row)
    if row.due_at is None or row.try_at is None or row.try_at > ctx.now:
        return
    definition, given_up = row.definition, row.attempts >= len(BACK_OFF)
    facts = {"package": definition.package, "process": definition.key, "element": row.element, "due": row.due_at}
    audit.record(ctx, "start.fail", "starts", **facts, cause=cause, given_up=given_up)
    if row.attempts == 0 or given_up:
        kind, day = "start.passed_over" if given_up else "start.failed", calendars.local_date(row.due_at)
        matter = definition.name or definition.key
        notifications.notify(ctx, kind, groups=[ADMINISTRATOR], matter=matter, due=day.isoformat(), cause=cause)
    if not given_up:
        row.try_at, row.attempts = ctx.now + BACK_OFF[row.attempts], row.attempts + 1
        return
    running, add = schedule.timer_of(row), schedule.add_workdays(ctx)
    _note(ctx, row, running, cause=cause)
    schedule.put(row, spiff.after(running, 1, add))


def _was_seen_to(ctx: Context, row: StartTimer, running: spiff.Timer) -> bool:
    seen = select(TimedStart.id).where(TimedStart.definition_id == row.definition_id)
    seen = seen.where(TimedStart.element == row.element, TimedStart.due_at == running.due)
    return ctx.session.scalar(seen.limit(1)) is not None


def _note(
    ctx: Context,
    row: StartTimer,
    running: spiff.Timer,
    *,
    missed: int = 0,
    instance_id: int | None = None,
    cause: str | None = None,
) -> None:
    ctx.session.add(
        TimedStart(
            definition_id=row.definition_id,
            element=row.element,
            due_at=running.due,
            missed=missed,
            instance_id=instance_id,
            cause=cause,
        )
    )
