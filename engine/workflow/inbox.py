"""The inbox: which tasks are mine, what a task shows when it is opened, drafts, claiming.

A candidate group and an assignee are kept apart: a task of a group is everybody's of the group until one takes it
(领取), and somebody who joins the group tomorrow sees it tomorrow.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, or_, select
from sqlalchemy.orm import contains_eager, defer

from engine import access, audit, feel
from engine.db import Context
from engine.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from engine.workflow import walks
from engine.workflow.store import NEVER, Candidate, Instance, Parked, Status, Task, TaskCopy, TaskStatus


class NotYourTask(Forbidden):
    """This task is for {groups}; it is not yours to do."""

    code = "not_your_task"


class Claimed(Conflict):
    """{winner} has taken this task; ask them to put it back."""

    code = "claimed"

    def __init__(self, winner: str) -> None:
        super().__init__(winner=winner)
        self.winner = winner


class WrongPlace(Invalid):
    """This is no place in the list; begin at its start."""

    code = "wrong_place"


class WithHelper(Conflict):
    """{winner} has been asked for an opinion and gives this task back with it; until then it is not to be moved."""

    code = "with_helper"

    def __init__(self, winner: str) -> None:
        super().__init__(winner=winner)
        self.winner = winner


class OpinionOnly(Refused):
    """You are asked for an opinion on this task, not to do it; give your opinion and it goes back."""

    code = "opinion_only"


class ForSigners(Conflict):
    """Added signers have not all spoken yet; wait for them or take them off."""

    code = "for_signers"


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, and where the next part begins; None when this is the last."""

    tasks: list[Task]
    next: str | None


_GROUPS_OF = select(Candidate.group).where(Candidate.task_id == bindparam("task")).order_by(Candidate.group)
PAGE = 50
#: Due instant and id of the last task of a page.
PLACE = re.compile(r"(?P<due>[^|]*)\|(?P<last>[0-9]{1,18})", re.ASCII)
#: Counting stops here: "500+" says enough and a count of everything costs as much as everything.
COUNTED = 500


def mine(
    ctx: Context,
    *,
    after: str | None = None,
    limit: int = PAGE,
    process: str | None = None,
    package: str | None = None,
) -> Page:
    """Open tasks of the acting person, what is due soonest first, those without a date last.

    ``after`` is the ``next`` of the page before: the list is walked by key, so page 200 costs what page 1 costs.
    Raises ``WrongPlace`` for anything else.
    """
    beyond = _place(after) if after else None
    wanted = _asked(ctx, limit + 1, beyond=beyond, process=process or None, package=package or None)
    rows: Sequence[Task] = ctx.session.scalars(_listed(wanted.shape), wanted.values).all()
    last = rows[limit - 1] if len(rows) > limit else None
    following = f"{last.due_at.isoformat() if last.due_at else ''}|{last.id}" if last else None
    return Page(list(rows[:limit]), following)


def count_mine(ctx: Context) -> int:
    """How many open tasks the person has, counted up to ``COUNTED``."""
    return walks.count(ctx, _asked(ctx, COUNTED))


def count_by_process(ctx: Context, package: str | None = None) -> dict[str, int]:
    """Process -> how many open tasks the person has in it, of one package or of all; counting stops as ``count_mine``."""
    return _counted(ctx, Instance.process, package)


def count_by_package(ctx: Context) -> dict[str, int]:
    """Package -> how many open tasks the person has in it; what belongs to none stands under the empty text."""
    return _counted(ctx, Instance.package)


def done(ctx: Context, *, before: int | None = None, limit: int = PAGE) -> list[Task]:
    """Tasks the person has completed, newest first; ``before`` is the last id of the page before."""
    who = principal(ctx)
    theirs = Task.completed_by == who
    if ctx.on_behalf_of:
        theirs = or_(theirs, Task.on_behalf_of == who)
    query = select(Task).where(Task.status == TaskStatus.COMPLETED, theirs)
    last = ctx.session.get(Task, before) if before else None
    if last is not None:
        # Tasks are not done in the order they were born, so the place in the list is the time and the id.
        at_once = and_(Task.completed_at == last.completed_at, Task.id < last.id)
        query = query.where(or_(Task.completed_at < last.completed_at, at_once))
    return list(ctx.session.scalars(query.order_by(Task.completed_at.desc(), Task.id.desc()).limit(limit)))


def started(ctx: Context, *, before: int | None = None, limit: int = PAGE) -> list[Instance]:
    """Matters the person has started, newest first; ``before`` is the last id of the page before."""
    query = select(Instance).where(Instance.started_by == ctx.actor)
    query = query.where(Instance.id < before) if before else query
    return list(ctx.session.scalars(query.order_by(Instance.id.desc()).limit(limit)))


def ways_in(ctx: Context, instances: Iterable[Instance]) -> dict[int, int]:
    """Matter -> the newest of its tasks, where the person may see that one."""
    newest = select(func.max(Task.id)).where(Task.instance_id.in_([each.id for each in instances]))
    tasks = ctx.session.scalars(select(Task).where(Task.id.in_(newest.group_by(Task.instance_id))))
    return {each.instance_id: each.id for each in tasks if is_mine(ctx, each) or _may_see(ctx, each)}


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
    # What somebody else has to speak on first is not handed in with the rest.
    query = query.where(Task.parked.is_(None), Task.delegated_by.is_(None))
    same = ctx.session.scalars(query.where(Instance.process == task.instance.process).order_by(Task.id))
    return list(same) or [task]


def of_instances(ctx: Context, instances: Iterable[int]) -> list[Task]:
    """The open tasks of those instances: who holds each matter now."""
    query = select(Task).where(Task.status == TaskStatus.OPEN, Task.instance_id.in_(list(instances)))
    return list(ctx.session.scalars(query.order_by(Task.id)))


def candidates(ctx: Context, task: Task) -> list[str]:
    """The groups that may do it, as its row says in this transaction."""
    known: list[str] | None = ctx.memo.get(("candidates", task.id))
    return list(ctx.session.scalars(_GROUPS_OF, {"task": task.id})) if known is None else known


def put_before(ctx: Context, task: Task, *groups: str) -> None:
    """An open task is the groups' from now on, whoever it was made for or had taken it."""
    ctx.session.execute(delete(Candidate).where(Candidate.task_id == task.id))
    is_open, due = task.status == TaskStatus.OPEN, task.due_at or NEVER
    ctx.session.add_all(Candidate(task_id=task.id, group=group, is_open=is_open, due_at=due) for group in groups)
    ctx.memo.pop(("candidates", task.id), None)
    task.assignee, task.unit = None, None
    audit.record(ctx, "task.put_before", f"task:{task.id}", groups=list(groups))


def principal(ctx: Context) -> str | None:
    """In whose name one acts: one's own, or that of whom one stands in for."""
    return ctx.on_behalf_of or ctx.actor


def scope(ctx: Context) -> frozenset[str] | None:
    """The processes in which one may stand in for another; None is all."""
    found: frozenset[str] | None = ctx.memo.get("acting_in")
    return found


def is_mine(ctx: Context, task: Task) -> bool:
    """Whether the person may do it: it is theirs by name, or nobody's yet and they hold one of its groups."""
    if ctx.actor is None:
        return True
    within = scope(ctx)
    if within is not None and task.instance.process not in within:
        return False
    if task.assignee is not None:
        return task.assignee == principal(ctx)
    return bool(access.groups(ctx) & set(candidates(ctx, task)))


def require_mine(ctx: Context, task: Task) -> None:
    """Raises ``Claimed`` when a colleague has taken it, ``NotYourTask`` when it never was the person's."""
    if is_mine(ctx, task):
        return
    groups = candidates(ctx, task)
    if task.assignee and access.groups(ctx) & set(groups):
        raise Claimed(task.assignee)
    raise NotYourTask(groups=", ".join(groups))


def require_free(ctx: Context, task: Task) -> None:
    """Raises ``OpinionOnly``, ``WithHelper`` or ``ForSigners`` where the task is not its holder's to move just now."""
    if task.side is not None or task.delegated_by is not None:
        if is_mine(ctx, task):
            raise OpinionOnly
        raise WithHelper(task.assignee or "")
    if task.parked is not None:
        raise ForSigners


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
    found.assignee = principal(ctx)
    audit.record(ctx, "task.claim", f"task:{found.id}")
    return found


def release(ctx: Context, task_id: int) -> Task:
    """Put a taken task back for the group (放回)."""
    found = ctx.session.get(Task, task_id, with_for_update={"of": Task})
    if found is None or found.status != TaskStatus.OPEN:
        raise NotFound
    if found.assignee != principal(ctx) or not candidates(ctx, found):
        raise NotYourTask(groups=found.assignee or "")
    require_free(ctx, found)
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


@cache
def _open() -> Select[Task]:
    # What is handed in and held for signers is the signers' now.
    waits = or_(Task.parked.is_(None), Task.parked != Parked.HELD)
    # A list needs a matter's title, not the state of its machine.
    matter = contains_eager(Task.instance).options(defer(Instance.state), defer(Instance.release))
    joined = select(Task).join(Instance).options(matter)
    return joined.where(Task.status == TaskStatus.OPEN, Instance.status == Status.RUNNING, waits)


def _is_mine(ctx: Context) -> ColumnElement[bool]:
    held = exists().where(Candidate.task_id == Task.id, Candidate.group.in_(sorted(access.groups(ctx))))
    who = [account] if (account := principal(ctx)) else []
    theirs = or_(Task.assignee.in_(who), and_(Task.assignee.is_(None), held))
    return and_(theirs, *_in_scope(ctx))


def _in_scope(ctx: Context) -> list[ColumnElement[bool]]:
    within = scope(ctx)
    return [] if within is None else [Instance.process.in_(sorted(within))]


def _asked(ctx: Context, limit: int, **narrower: Any) -> walks.Asked:
    return walks.asked(ctx, principal(ctx), limit, scope=scope(ctx), **narrower)


@cache
def _listed(shape: walks.Shape) -> Select[Task]:
    order = Task.due_at.is_(None), Task.due_at, Task.id
    return _open().where(Task.id.in_(walks.ids(shape))).order_by(*order).limit(bindparam("most"))


@cache
def _counting(shape: walks.Shape, by: Any) -> Select[Any]:
    query = select(by, func.count(Task.id)).join(Task, Task.instance_id == Instance.id)
    return query.where(Task.id.in_(walks.ids(shape))).group_by(by)


def _counted(ctx: Context, by: Any, package: str | None = None) -> dict[str, int]:
    wanted = _asked(ctx, COUNTED, package=package or None)
    return dict(ctx.session.execute(_counting(wanted.shape, by), wanted.values).all())


def _place(after: str) -> walks.Place:
    """It comes out of an address, where anybody can type."""
    found = PLACE.fullmatch(after)
    try:
        due = datetime.fromisoformat(found["due"]) if found and found["due"] else None
    except ValueError:
        raise WrongPlace from None
    if found is None or (due is not None and due.tzinfo is None):
        raise WrongPlace
    return due or NEVER, int(found["last"])


def _may_see(ctx: Context, task: Task) -> bool:
    own, who = access.own_units(ctx), principal(ctx)
    if access.oversees(ctx) or task.unit in own or task.instance.unit in own:
        return True
    if {ctx.actor, who} & {task.completed_by, task.on_behalf_of, task.delegated_by, task.held_by}:
        return True
    copied = select(TaskCopy.id).where(TaskCopy.task_id == task.id, TaskCopy.account == who)
    return ctx.session.scalar(copied) is not None
