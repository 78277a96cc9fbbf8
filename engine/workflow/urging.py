"""Reminding: by a person 催办, recorded, limited and stepping up to the unit's leader; by the clock, where it is drawn."""

from typing import Final

from sqlalchemy import func, select

from engine import audit, calendars, people
from engine.db import Context
from engine.errors import Refused
from engine.workflow import inbox, instances, opinions
from engine.workflow.store import Instance, Status, Task, TaskStatus, Urge

#: Urges of one task on one day, whoever sends them; from the third on the leader of its unit is told too.
A_DAY: Final = 2
ESCALATES_AT: Final = 3


class UrgedEnough(Refused):
    """This task has been urged {times} times today; urge again tomorrow."""

    code = "urged_enough"


class OwnTask(Refused):
    """This task waits for you yourself."""

    code = "own_task"


def urge(ctx: Context, task_id: int, text: str = "") -> Urge:
    """Remind whoever has the task, with a line on its story. Anybody who sees the task may, but not its own holder."""
    inbox.task(ctx, task_id)
    task, _ = instances.locked(ctx, task_id)
    if ctx.actor is not None and inbox.is_mine(ctx, task):
        raise OwnTask
    so_far = _count(ctx, task)
    if _count(ctx, task, today=True) >= A_DAY:
        raise UrgedEnough(times=A_DAY)
    leader = people.leader_of(ctx, task.unit) if task.unit and so_far + 1 >= ESCALATES_AT else None
    urged = Urge(
        task_id=task.id,
        text=text.strip(),
        at=ctx.now,
        day=ctx.today,
        urged_by=ctx.actor,
        on_behalf_of=ctx.on_behalf_of,
        escalated=leader is not None,
    )
    ctx.session.add(urged)
    audit.record(ctx, "task.urge", f"task:{task.id}", text=urged.text, escalated=urged.escalated)
    opinions.tell(ctx, "task.urged", task, [*opinions.holders(ctx, task), leader], reason=urged.text)
    return urged


def urges(ctx: Context, task: Task) -> list[Urge]:
    """How often the task was urged, by whom, in order."""
    return list(ctx.session.scalars(select(Urge).where(Urge.task_id == task.id).order_by(Urge.id)))


def remind(ctx: Context) -> int | None:
    """Tell the holders of one task that it falls due, or that it is overdue; its id, None when nobody need be told.

    A node asks for it by the property ``remind``, a number of working days. Each task is told of twice at most.
    """
    query = (
        select(Task)
        .join(Instance)
        .where(Task.remind_at <= ctx.now, Task.status == TaskStatus.OPEN, Instance.status == Status.RUNNING)
        .order_by(Task.remind_at, Task.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Task)
    )
    task = ctx.session.scalar(query)
    if task is None or task.due_at is None:
        return None
    late = task.due_at <= ctx.now
    leader = people.leader_of(ctx, task.unit) if task.unit and late else None
    told = [*opinions.holders(ctx, task), leader]
    opinions.tell(ctx, "task.overdue" if late else "task.due_soon", task, told, due=_shown(ctx, task))
    task.remind_at = None if late else task.due_at
    return task.id


def _shown(ctx: Context, task: Task) -> str:
    assert task.due_at is not None
    return str(calendars.last_day(task.due_at))


def _count(ctx: Context, task: Task, *, today: bool = False) -> int:
    query = select(func.count(Urge.id)).where(Urge.task_id == task.id)
    return ctx.session.scalar(query.where(Urge.day == ctx.today) if today else query) or 0
