"""What stands open beside a stored state: its tasks, waits and incidents as rows one can ask for."""

from typing import Any

from sqlalchemy import delete, select

from engine import feel, people
from engine.db import Context
from engine.workflow import spiff
from engine.workflow.store import Candidate, Incident, Instance, Status, Task, TaskStatus, Wait

#: Who gets a task that nobody else can do.
ADMINISTRATOR = "admin"


def bring_into_line(ctx: Context, instance: Instance, machine: spiff.Machine) -> None:
    """Make the rows say what the tokens say: what is new is opened, what is gone is closed."""
    _tasks(ctx, instance, machine)
    _waits(ctx, instance, machine)
    _incidents(ctx, instance, machine)


def _tasks(ctx: Context, instance: Instance, machine: spiff.Machine) -> None:
    query = select(Task).where(Task.instance_id == instance.id, Task.status == TaskStatus.OPEN)
    standing = {task.token: task for task in ctx.session.scalars(query)}
    wanted = {task.id: task for task in machine.tasks} if instance.status == Status.RUNNING else {}
    for token in standing.keys() - wanted.keys():
        standing[token].status, standing[token].completed_at = TaskStatus.CANCELLED, ctx.now
    # In the machine's order, which is the order in which people see them.
    for token, drawn in wanted.items():
        if token not in standing:
            _open_task(ctx, instance, drawn)


def _open_task(ctx: Context, instance: Instance, drawn: spiff.OpenTask) -> None:
    # Named for somebody who holds no post any more is as good as for nobody.
    assignee = drawn.assignee if drawn.assignee and people.positions(ctx, drawn.assignee) else None
    attended = assignee is not None or any(people.holders(ctx, group) for group in drawn.candidates)
    groups = list(drawn.candidates) if attended else [*drawn.candidates, ADMINISTRATOR]
    task = Task(
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
        batch=drawn.properties.get("batch"),
        unattended=not attended,
        created_at=ctx.now,
        due_at=drawn.due,
    )
    task.instance = instance
    ctx.session.add(task)
    ctx.session.flush()
    ctx.session.add_all(Candidate(task_id=task.id, group=group) for group in dict.fromkeys(groups))


def _waits(ctx: Context, instance: Instance, machine: spiff.Machine) -> None:
    standing = {
        _wait_key(wait): wait for wait in ctx.session.scalars(select(Wait).where(Wait.instance_id == instance.id))
    }
    wanted = {_wait_key(wait): wait for wait in machine.waits} if instance.status == Status.RUNNING else {}
    gone = [standing[key].id for key in standing.keys() - wanted.keys()]
    if gone:
        ctx.session.execute(delete(Wait).where(Wait.id.in_(gone)))
    for key, drawn in wanted.items():
        if key not in standing:
            ctx.session.add(
                Wait(
                    instance_id=instance.id,
                    token=drawn.id,
                    element=drawn.element,
                    kind=drawn.kind,
                    name=drawn.name,
                    key=drawn.key,
                    due_at=drawn.due,
                )
            )


def _wait_key(wait: Any) -> tuple[Any, ...]:
    stored = isinstance(wait, Wait)
    return (wait.token if stored else wait.id, wait.kind, wait.name, wait.key, wait.due_at if stored else wait.due)


def _incidents(ctx: Context, instance: Instance, machine: spiff.Machine) -> None:
    query = select(Incident).where(Incident.instance_id == instance.id, Incident.resolved_at.is_(None))
    standing = {(each.element, each.cause): each for each in ctx.session.scalars(query)}
    wanted = dict.fromkeys((each.element, each.cause) for each in machine.incidents)
    for key in standing.keys() - wanted:
        standing[key].resolved_at = ctx.now
    for element, cause in wanted:
        if (element, cause) not in standing:
            ctx.session.add(Incident(instance_id=instance.id, element=element, cause=cause, opened_at=ctx.now))
