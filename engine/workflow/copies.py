"""Copies 抄送: a task shown to people for their knowledge, with who has read it and when. A copy gives sight, nothing else."""

from collections.abc import Sequence

from sqlalchemy import func, select

from engine import audit, people
from engine.db import Context
from engine.workflow import handing, inbox, opinions
from engine.workflow.store import Task, TaskCopy

PAGE = 50


def copy(ctx: Context, task_id: int, accounts: Sequence[str], reason: str = "") -> list[TaskCopy]:
    """Show a task to people; who has a copy already gets no second one. Raises ``handing.NotAColleague``."""
    task = inbox.task(ctx, task_id)
    wanted = dict.fromkeys(accounts)
    allowed = set(handing.advisers(ctx, task))
    for account in wanted:
        name = people.person(ctx, account).name
        if account not in allowed:
            raise handing.NotAColleague(name=name)
    have = set(ctx.session.scalars(select(TaskCopy.account).where(TaskCopy.task_id == task.id)))
    made = [
        TaskCopy(
            task=task,
            account=account,
            reason=reason.strip(),
            at=ctx.now,
            copied_by=ctx.actor,
            on_behalf_of=ctx.on_behalf_of,
        )
        for account in wanted
        if account not in have
    ]
    ctx.session.add_all(made)
    ctx.session.flush()
    audit.record(ctx, "task.copy", f"task:{task.id}", accounts=[each.account for each in made], reason=reason)
    opinions.tell(ctx, "task.copied", task, [each.account for each in made], reason=reason)
    return made


def copies(ctx: Context, *, before: int | None = None, limit: int = PAGE) -> list[TaskCopy]:
    """What was copied to the acting person, newest first; ``before`` is the last id of the page before."""
    query = select(TaskCopy).where(TaskCopy.account == inbox.principal(ctx))
    query = query.where(TaskCopy.id < before) if before else query
    return list(ctx.session.scalars(query.order_by(TaskCopy.id.desc()).limit(limit)))


def count_unread(ctx: Context) -> int:
    query = select(func.count(TaskCopy.id)).where(TaskCopy.account == inbox.principal(ctx), TaskCopy.read_at.is_(None))
    return ctx.session.scalar(query) or 0


def read(ctx: Context, task: Task) -> None:
    """The acting person has looked at the task: their copy of it is read, once, by themselves and by nobody for them."""
    query = select(TaskCopy).where(
        TaskCopy.task_id == task.id, TaskCopy.account == ctx.actor, TaskCopy.read_at.is_(None)
    )
    for found in ctx.session.scalars(query):
        found.read_at = ctx.now


def of_task(ctx: Context, task: Task) -> list[TaskCopy]:
    """Who has a copy of the task, and since when they have read it."""
    return list(ctx.session.scalars(select(TaskCopy).where(TaskCopy.task_id == task.id).order_by(TaskCopy.id)))
