"""The inbox: which tasks are mine, what a task shows when it is opened, drafts, claiming.

A candidate group and an assignee are kept apart: a task of a group is everybody's of the group until one takes it
(领取), and somebody who joins the group tomorrow sees it tomorrow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from engine import access, audit, feel
from engine.db import Context
from engine.errors import Conflict, Forbidden, NotFound
from engine.workflow.store import Candidate, Instance, Status, Task, TaskStatus


class NotYourTask(Forbidden):
    """This task is for {groups}; it is not yours to do."""

    code = "not_your_task"


class Claimed(Conflict):
    """{winner} has taken this task; ask them to put it back."""

    code = "claimed"

    def __init__(self, winner: str) -> None:
        super().__init__(winner=winner)
        self.winner = winner


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, and where the next part begins; None when this is the last."""

    tasks: list[Task]
    next: str | None


PAGE = 50
#: Counting stops here: "500+" says enough and a count of everything costs as much as everything.
COUNTED = 500


def mine(ctx: Context, *, after: str | None = None, limit: int = PAGE, process: str | None = None) -> Page:
    """Open tasks of the acting person, what is due soonest first, those without a date last.

    ``after`` is the ``next`` of the page before: the list is walked by key, so page 200 costs what page 1 costs.
    """
    query = _open().where(_is_mine(ctx))
    if process:
        query = query.where(Instance.process == process)
    return _page(ctx, query, after, limit)


def count_mine(ctx: Context) -> int:
    """How many open tasks the person has, counted up to ``COUNTED``."""
    counted = select(Task.id).where(Task.status == TaskStatus.OPEN, _is_mine(ctx)).limit(COUNTED).subquery()
    return ctx.session.scalar(select(func.count()).select_from(counted)) or 0


def count_by_process(ctx: Context) -> dict[str, int]:
    """Process -> how many open tasks the person has in it."""
    query = select(Instance.process, func.count(Task.id)).join(Task, Task.instance_id == Instance.id)
    query = query.where(Task.status == TaskStatus.OPEN, Instance.status == Status.RUNNING, _is_mine(ctx))
    return dict(ctx.session.execute(query.group_by(Instance.process)).all())


def done(ctx: Context, *, before: int | None = None, limit: int = PAGE) -> list[Task]:
    """Tasks the person has completed, newest first; ``before`` is the last id of the page before."""
    who = ctx.on_behalf_of or ctx.actor
    query = select(Task).where(Task.status == TaskStatus.COMPLETED, Task.completed_by == who)
    query = query.where(Task.id < before) if before else query
    return list(ctx.session.scalars(query.order_by(Task.completed_at.desc(), Task.id.desc()).limit(limit)))


def started(ctx: Context, limit: int = PAGE) -> list[Instance]:
    """Matters the person has started, newest first."""
    query = select(Instance).where(Instance.started_by == ctx.actor).order_by(Instance.id.desc()).limit(limit)
    return list(ctx.session.scalars(query))


def task(ctx: Context, task_id: int) -> Task:
    """A task the person may see: theirs, their unit's, or any for those who oversee. Raises ``NotFound`` otherwise."""
    found = ctx.session.get(Task, task_id)
    if found is None or not (is_mine(ctx, found) or _may_see(ctx, found)):
        raise NotFound
    return found


def batch_of(ctx: Context, task: Task) -> list[Task]:
    """The open tasks of the person on the same sheet as ``task``, itself included, in the order they were made."""
    if task.batch is None:
        return [task]
    query = _open().where(Task.element == task.element, Task.batch == task.batch, _is_mine(ctx))
    same = ctx.session.scalars(query.where(Instance.process == task.instance.process).order_by(Task.id))
    return list(same) or [task]


def of_instances(ctx: Context, instances: Iterable[int]) -> list[Task]:
    """The open tasks of those instances: who holds each matter now."""
    query = select(Task).where(Task.status == TaskStatus.OPEN, Task.instance_id.in_(list(instances)))
    return list(ctx.session.scalars(query.order_by(Task.id)))


def candidates(ctx: Context, task: Task) -> list[str]:
    query = select(Candidate.group).where(Candidate.task_id == task.id).order_by(Candidate.group)
    return list(ctx.session.scalars(query))


def is_mine(ctx: Context, task: Task) -> bool:
    """Whether the person may do it: it is theirs by name, or nobody's yet and they hold one of its groups."""
    if ctx.actor is None:
        return True
    if task.assignee is not None:
        return task.assignee in (ctx.actor, ctx.on_behalf_of)
    return bool(access.groups(ctx) & set(candidates(ctx, task)))


def require_mine(ctx: Context, task: Task) -> None:
    """Raises ``Claimed`` when a colleague has taken it, ``NotYourTask`` when it never was the person's."""
    if is_mine(ctx, task):
        return
    groups = candidates(ctx, task)
    if task.assignee and access.groups(ctx) & set(groups):
        raise Claimed(task.assignee)
    raise NotYourTask(groups=", ".join(groups))


def opened(ctx: Context, task: Task) -> None:
    """Remember who looked first, and when: a withdrawal may depend on it."""
    if task.opened_at is None and task.status == TaskStatus.OPEN:
        task.opened_at, task.opened_by = ctx.now, ctx.actor


def claim(ctx: Context, task_id: int) -> Task:
    """Take a task of the group for oneself (领取)."""
    found = ctx.session.get(Task, task_id, with_for_update={"of": Task})
    if found is None or found.status != TaskStatus.OPEN:
        raise NotFound
    require_mine(ctx, found)
    found.assignee = ctx.actor
    audit.record(ctx, "task.claim", f"task:{found.id}")
    return found


def release(ctx: Context, task_id: int) -> Task:
    """Put a taken task back for the group (放回)."""
    found = ctx.session.get(Task, task_id, with_for_update={"of": Task})
    if found is None or found.status != TaskStatus.OPEN:
        raise NotFound
    if found.assignee != ctx.actor or not candidates(ctx, found):
        raise NotYourTask(groups=found.assignee or "")
    found.assignee = None
    audit.record(ctx, "task.release", f"task:{found.id}")
    return found


def save_draft(ctx: Context, task_id: int, answers: Mapping[str, Any]) -> None:
    """Keep what has been typed so far; it is checked only when it is handed in."""
    found = task(ctx, task_id)
    require_mine(ctx, found)
    if found.status == TaskStatus.OPEN:
        found.draft = _storable(dict(answers))


def _storable(value: Any) -> Any:
    """Without the characters that no database keeps: a null character, half of a pair."""
    if isinstance(value, str):
        return "".join(each for each in value if each != "\0" and not "\ud800" <= each <= "\udfff")
    if isinstance(value, Mapping):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def offered(ctx: Context, task: Task) -> dict[str, Any]:
    """What the task's form is opened with: what its operation prepares (known values, options), else nothing."""
    operation = ctx.database.operations.get(task.operation) if task.operation else None
    return dict(operation.prepare(ctx, inputs(task))) if operation else {}


def inputs(task: Task) -> dict[str, Any]:
    """The parameters the task was entered with."""
    return dict(feel.loads(task.inputs))


def _open() -> Select[Task]:
    return select(Task).join(Instance).where(Task.status == TaskStatus.OPEN, Instance.status == Status.RUNNING)


def _is_mine(ctx: Context) -> ColumnElement[bool]:
    groups = sorted(access.groups(ctx))
    who = [account for account in (ctx.actor, ctx.on_behalf_of) if account]
    candidate = select(Candidate.task_id).where(Candidate.group.in_(groups))
    return or_(Task.assignee.in_(who), and_(Task.assignee.is_(None), Task.id.in_(candidate)))


def _page(ctx: Context, query: Select[Task], after: str | None, limit: int) -> Page:
    undated = Task.due_at.is_(None)
    if after:
        query = query.where(_beyond(after))
    rows: Sequence[Task] = ctx.session.scalars(query.order_by(undated, Task.due_at, Task.id).limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = f"{last.due_at.isoformat() if last.due_at else ''}|{last.id}" if last else None
    return Page(list(rows[:limit]), following)


def _beyond(after: str) -> ColumnElement[bool]:
    due, _, last = after.partition("|")
    if not due:
        return and_(Task.due_at.is_(None), Task.id > int(last))
    moment = datetime.fromisoformat(due)
    return or_(Task.due_at.is_(None), Task.due_at > moment, and_(Task.due_at == moment, Task.id > int(last)))


def _may_see(ctx: Context, task: Task) -> bool:
    own = access.own_units(ctx)
    return access.oversees(ctx) or task.completed_by == ctx.actor or task.unit in own or task.instance.unit in own
