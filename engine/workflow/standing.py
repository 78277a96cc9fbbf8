"""What stands open beside a stored state: its tasks, waits and incidents as rows one can ask for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.orm import lazyload

from engine import calendars, feel, people
from engine.db import Context, Write, inserted
from engine.workflow import messages, spiff
from engine.workflow.store import NEVER, Candidate, Incident, Instance, Status, Task, TaskCopy, TaskStatus, Wait

#: Who gets a task that nobody else can do.
ADMINISTRATOR = "admin"


def remember(ctx: Context, instance: Instance, machine: spiff.Machine) -> None:
    """Note what a running instance waits for before its step: what a step leaves alone need not be looked up."""
    ctx.memo["before", instance.id] = _waiting(machine) if instance.status == Status.RUNNING else None


#: A matter that stands still keeps what is open in it.
LIVE = (Status.RUNNING, Status.SUSPENDED)
STANDING = (TaskStatus.OPEN, TaskStatus.WAITING)
#: How long after a failure the same call is made again; after the last it is left to people.
BACK_OFF = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))


def bring_into_line(ctx: Context, instance: Instance, machine: spiff.Machine, gone: str | None = None) -> list[Write]:
    """Make the rows say what the tokens say: what is new is opened, what is gone is closed, for the reason ``gone``.

    Returns the rows of new tasks, which are written with the rest of the step.
    """
    opened = _tasks(ctx, instance, machine, gone)
    before = ctx.memo.pop(("before", instance.id), None)
    if before is None or instance.status != Status.RUNNING or before != _waiting(machine):
        _waits(ctx, instance, machine)
        _incidents(ctx, instance, machine)
    return opened


def _waiting(machine: spiff.Machine) -> tuple[set[Any], set[Any]]:
    return {_wait_key(wait) for wait in machine.waits}, {(each.task, each.cause) for each in machine.incidents}


# Asked in every step, and therefore put together once.
_TASKS_IN = (
    select(Task, Candidate.group)
    .outerjoin(Candidate, Candidate.task_id == Task.id)
    .where(Task.instance_id == bindparam("instance"))
    .where(or_(Task.status.in_(STANDING), Task.id == bindparam("also")))
    .order_by(Task.id, Candidate.group)
    .options(lazyload(Task.instance))
    .execution_options(populate_existing=True)
)


def tasks(ctx: Context, instance: Instance, *, also: int | None = None) -> list[Task]:
    """The tasks that stand in an instance whose row is locked, and one more; with them comes whose they are."""
    found: dict[Task, list[str]] = {}
    for task, group in ctx.session.execute(_TASKS_IN, {"instance": instance.id, "also": also}):
        found.setdefault(task, []).extend([group] if group else [])
    ctx.memo["standing", instance.id] = list(found)
    ctx.memo |= {("candidates", task.id): groups for task, groups in found.items()}
    return list(found)


def known(ctx: Context, instance: Instance) -> list[Task]:
    """The same, as they were looked up when the row was locked for the step under way."""
    looked_up: list[Task] | None = ctx.memo.get(("standing", instance.id))
    return tasks(ctx, instance) if looked_up is None else looked_up


def forget(ctx: Context, instance_id: int) -> None:
    """A new step begins, and what was looked up for the one before may have changed."""
    ctx.memo.pop(("standing", instance_id), None)


def _tasks(ctx: Context, instance: Instance, machine: spiff.Machine, gone: str | None) -> list[Write]:
    standing = {task.token: task for task in known(ctx, instance) if task.status in STANDING}
    forget(ctx, instance.id)
    wanted = {task.id: task for task in machine.tasks} if instance.status in LIVE else {}
    for token, task in standing.items():
        # A signer's task has no token of its own: it stands and falls with the task it is about.
        if token.partition("/")[0] not in wanted:
            task.status, task.completed_at, task.gone = TaskStatus.CANCELLED, ctx.now, gone
    # In the machine's order, which is the order in which people see them.
    fresh = [drawn for token, drawn in wanted.items() if token not in standing]
    return [write for drawn in fresh for write in _open(ctx, instance, drawn)]


def _open(ctx: Context, instance: Instance, drawn: spiff.OpenTask) -> Iterator[Write]:
    # Named for somebody who holds no post any more is as good as for nobody.
    assignee = drawn.assignee if drawn.assignee and people.positions(ctx, drawn.assignee) else None
    attended = assignee is not None or any(people.holders(ctx, group) for group in drawn.candidates)
    groups = list(drawn.candidates) if attended else [*drawn.candidates, ADMINISTRATOR]
    yield inserted(
        Task,
        instance_id=instance.id,
        token=drawn.id,
        process=drawn.process,
        element=drawn.element,
        name=drawn.name or drawn.element,
        status=TaskStatus.OPEN,
        visits=drawn.visits,
        item=drawn.item,
        assignee=assignee,
        unit=next((group.partition("@")[2] for group in drawn.candidates if "@" in group), None),
        form=drawn.form,
        operation=drawn.properties.get("operation"),
        inputs=feel.dumps(dict(drawn.inputs)),
        batch=_sheet(drawn.properties.get("batch")),
        unattended=not attended,
        created_at=ctx.now,
        due_at=drawn.due,
        ballot=drawn.properties.get("vote"),
        remind_at=_remind_at(ctx, drawn),
    )
    for group in dict.fromkeys(groups):
        place = drawn.due or NEVER
        yield inserted(Candidate, below="task_id", group_code=group, is_open=True, due_at=place)
    for account in _shown(ctx, drawn):
        yield inserted(TaskCopy, below="task_id", account=account, reason="", at=ctx.now)


def _remind_at(ctx: Context, drawn: spiff.OpenTask) -> datetime | None:
    """The property ``remind``: so many working days before it falls due its holder is told; never before it is there."""
    days = drawn.properties.get("remind")
    return None if days is None or drawn.due is None else remind_at(ctx, int(days), drawn.due)


def remind_at(ctx: Context, days: int, due: datetime) -> datetime:
    """When the holder of a task is told of it, so many working days before it falls due; never before now."""
    day = calendars.calendar(ctx).add(calendars.last_day(due), -days)
    return max(calendars.start_of(day), ctx.now)


def _shown(ctx: Context, drawn: spiff.OpenTask) -> list[str]:
    """The property ``copies``: whoever is in these groups is shown the task when it is reached (抄送)."""
    groups = [group.strip() for group in str(drawn.properties.get("copies") or "").split(",") if group.strip()]
    return sorted({account for group in groups for account in people.holders(ctx, group)})


def _sheet(worked_out: Any) -> str | None:
    """What names a sheet of tasks may be worked out as a number; it is compared as text."""
    return worked_out if worked_out is None or isinstance(worked_out, str) else feel.show(worked_out)


def _waits(ctx: Context, instance: Instance, machine: spiff.Machine) -> None:
    standing = {
        _wait_key(wait): wait for wait in ctx.session.scalars(select(Wait).where(Wait.instance_id == instance.id))
    }
    wanted = {_wait_key(wait): wait for wait in machine.waits} if instance.status in LIVE else {}
    gone = [standing[key].id for key in standing.keys() - wanted.keys()]
    if gone:
        ctx.session.execute(delete(Wait).where(Wait.id.in_(gone)))
    fresh = [drawn for key, drawn in wanted.items() if key not in standing]
    # In one order for everybody, or two could wait for each other.
    for name in sorted({each.name for each in fresh if each.kind == "message" and each.takes_early and each.name}):
        messages.meet(ctx, name)
    ctx.session.add_all(_wait(instance, drawn) for drawn in fresh)


def _wait(instance: Instance, drawn: spiff.Wait) -> Wait:
    return Wait(
        instance_id=instance.id,
        token=drawn.id,
        element=drawn.element,
        kind=drawn.kind,
        name=drawn.name,
        key=drawn.key,
        due_at=drawn.due,
    )


def _wait_key(wait: Any) -> tuple[Any, ...]:
    stored = isinstance(wait, Wait)
    return (wait.token if stored else wait.id, wait.kind, wait.name, wait.key, wait.due_at if stored else wait.due)


def _incidents(ctx: Context, instance: Instance, machine: spiff.Machine) -> None:
    query = select(Incident).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
    standing = {each.token or each.element: each for each in ctx.session.scalars(query)}
    wanted = {each.task: each for each in machine.incidents}
    for key, row in standing.items():
        found = wanted.get(key) or next((each for each in wanted.values() if each.element == key), None)
        if found is None:
            row.resolved_at, row.retry_at = ctx.now, None
        else:
            row.token, row.cause = found.task, found.cause
    known = {row.token for row in standing.values()}
    for each in wanted.values():
        if each.task not in known:
            ctx.session.add(_incident(ctx, instance, each))


def _incident(ctx: Context, instance: Instance, found: spiff.Incident) -> Incident:
    return Incident(
        instance_id=instance.id,
        element=found.element,
        cause=found.cause,
        opened_at=ctx.now,
        token=found.task,
        attempts=0,
        retry_at=ctx.now + BACK_OFF[0] if found.passing else None,
    )
