"""More time for a task 延期: asked for before it falls due, decided by who oversees; both dates are kept.

The task's date moves, and with it the boundary timers of the task that are due at that date: who has until Friday is not
called late on Wednesday. What the diagram does at a date of its own, it does at that date.
"""

from datetime import date, datetime

from sqlalchemy import select

from engine import access, audit, calendars
from engine.db import Context
from engine.errors import Conflict, Invalid, Refused
from engine.workflow import drawn, inbox, instances, opinions, standing
from engine.workflow.store import Asking, Extension, Task


class TooLate(Refused):
    """This task is past its date, or has none; more time is asked for before it."""

    code = "too_late"


class AskedAlready(Conflict):
    """More time has been asked for already and is not decided yet."""

    code = "asked_already"


class NoLater(Invalid):
    """Give a day after {due}, the date in force."""

    code = "no_later"


class NotAsked(Conflict):
    """This request is decided already."""

    code = "not_asked"


class OwnRequest(Refused):
    """You have asked for it yourself; somebody else decides."""

    code = "own_request"


def ask_extension(ctx: Context, task_id: int, until: date, reason: str, progress: str) -> Extension:
    """Ask for a later date: why, how far the work is, when it will be done."""
    task, _ = instances.locked(ctx, task_id)
    inbox.require_mine(ctx, task)
    if task.due_at is None or ctx.now >= task.due_at:
        raise TooLate
    if any(each.status == Asking.ASKED for each in of_task(ctx, task)):
        raise AskedAlready
    asked = Extension(
        task_id=task.id,
        status=Asking.ASKED,
        due_at=task.due_at,
        wanted=_later(task, until),
        reason=opinions.said(reason),
        progress=opinions.said(progress),
        asked_at=ctx.now,
        asked_by=ctx.actor,
        on_behalf_of=ctx.on_behalf_of,
    )
    ctx.session.add(asked)
    ctx.session.flush()
    audit.record(ctx, "task.ask_extension", f"task:{task.id}", until=until)
    return asked


def decide_extension(ctx: Context, extension_id: int, until: date | None, answer: str) -> Extension:
    """Grant a request until a day, which may be another than the one wanted, or refuse it with None."""
    asked = ctx.session.get(Extension, extension_id, with_for_update=True, populate_existing=True)
    access.require(ctx, *sorted(access.OVERSEERS))
    if asked is None or asked.status != Asking.ASKED:
        raise NotAsked
    if {ctx.actor, ctx.on_behalf_of} & {asked.asked_by, asked.on_behalf_of} - {None}:
        raise OwnRequest
    task, _ = instances.locked(ctx, asked.task_id)
    asked.answer, asked.decided_at, asked.decided_by = opinions.said(answer), ctx.now, ctx.actor
    asked.status = Asking.REFUSED if until is None else Asking.GRANTED
    if until is not None:
        asked.granted = _later(task, until)
        _extend(ctx, task, asked.granted)
    audit.record(ctx, "task.decide_extension", f"task:{task.id}", extension=asked.id, until=until, answer=asked.answer)
    kind = "task.not_extended" if until is None else "task.extended"
    opinions.tell(ctx, kind, task, opinions.holders(ctx, task), reason=asked.answer, until=str(until or ""))
    return asked


def _extend(ctx: Context, task: Task, due: datetime) -> None:
    if task.side is None:  # a signer's task has no token of its own, and so no timers
        instances.step(
            ctx, task.instance_id, "task.extend", lambda machine: machine.postpone(task.token, due), task=task.id
        )
    task.original_due_at, task.due_at = task.original_due_at or task.due_at, due
    remind = drawn.policy(ctx, task, "remind")
    if remind is not None:
        task.remind_at = standing.remind_at(ctx, int(remind), due)


def of_task(ctx: Context, task: Task) -> list[Extension]:
    """The requests for more time, in order."""
    return list(ctx.session.scalars(select(Extension).where(Extension.task_id == task.id).order_by(Extension.id)))


def undecided(ctx: Context) -> list[tuple[Extension, Task]]:
    """Requests that wait for a decision, the oldest first; for those who oversee."""
    access.require(ctx, *sorted(access.OVERSEERS))
    query = select(Extension, Task).join(Task, Task.id == Extension.task_id).where(Extension.status == Asking.ASKED)
    return [(asked, task) for asked, task in ctx.session.execute(query.order_by(Extension.id).limit(200))]


def _later(task: Task, until: date) -> datetime:
    wanted = calendars.end_of(until)
    if task.due_at is None or until <= calendars.last_day(task.due_at):
        raise NoLater(due=task.due_at)
    return wanted
