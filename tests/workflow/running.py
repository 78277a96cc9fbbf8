"""A little machine room for tests: operations whose effects can be seen, and short ways to start and to look."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine import audit, workflow
from engine.db import Context
from engine.errors import Refused
from engine.workflow import Act, Instance, Registry, Task, definitions, starts
from engine.workflow.spiff import BpmnError
from engine.workflow.store import TaskStatus
from tests.cast import Office
from tests.workflow.spiff.drawing import draw

STORED = Path(__file__).parent / "stored_diagrams"
OPERATIONS = Registry()


class Closed(Refused):
    """The counter is closed."""

    code = "closed"


@OPERATIONS.operation("note.write", summary="Write a note", outputs={"written": "the text"})
def write(ctx: Context, act: Act, *, text: str) -> Mapping[str, object]:
    audit.record(ctx, "note.write", "notes", text=text, by=ctx.actor, instance=act.instance.key)
    return {"written": text}


@OPERATIONS.operation("note.hand_in", summary="Hand in what was typed", outputs={"handed_in": "the answers"})
def hand_in(ctx: Context, act: Act) -> Mapping[str, object]:
    assert act.task is not None
    audit.record(ctx, "note.hand_in", "notes", answers=dict(act.answers), task=act.task.element)
    return {"handed_in": dict(act.answers)}


@OPERATIONS.operation("counter.ask", summary="Refuses unless it is open")
def ask(ctx: Context, act: Act, *, open: bool) -> None:
    audit.record(ctx, "counter.ask", "notes")
    if not open:
        raise Closed


@OPERATIONS.operation("counter.stumble", summary="Fails in a way nobody foresaw")
def stumble(ctx: Context, act: Act) -> None:
    raise ZeroDivisionError("nobody foresaw this")


@OPERATIONS.operation("evidence.count", summary="Ends with an error of the diagram")
def count(ctx: Context, act: Act) -> None:
    raise BpmnError("NO_EVIDENCE", {"found": 0})


@OPERATIONS.operation("matter.open", summary="Start another matter")
def open_matter(ctx: Context, act: Act, *, process: str, key: str) -> None:
    workflow.start(ctx, process, key=key, title=key)


@OPERATIONS.operation("matter.tell", summary="Send a message")
def tell(ctx: Context, act: Act, *, message: str) -> None:
    workflow.send(ctx, message, {"told": message})


@OPERATIONS.operation("matter.put", summary="Change a value of the matter itself")
def put(ctx: Context, act: Act, *, value: int) -> None:
    workflow.put_variables(ctx, act.instance.id, {"value": value})


@OPERATIONS.operation("matter.signal", summary="Send a signal")
def signal(ctx: Context, act: Act, *, signal: str) -> None:
    workflow.signal(ctx, signal)


def equip(office: Office) -> Office:
    office.database.operations = OPERATIONS
    return office


def deploy(office: Office, text: str = "", **others: str) -> None:
    """Deploy the process ``main`` as it is drawn, and others by their ids."""
    drawn = {**({"main": text} if text else {}), **others}
    sources = [definitions.Source(f"{name}.bpmn", draw(each, process=name)) for name, each in drawn.items()]
    with office.by("wang") as ctx:
        definitions.deploy(ctx, sources)


def start(office: Office, process: str = "main", key: str = "1", by: str | None = "wang", **variables: Any) -> int:
    """Start a process; the id of its instance."""
    with office.by(by) as ctx:
        return workflow.start(ctx, process, key=key, title=f"Matter {key}", unit="A01", variables=variables).id


def task_of(ctx: Context, instance: int, element: str) -> Task:
    query = select(Task).where(Task.instance_id == instance, Task.element == element, Task.status == TaskStatus.OPEN)
    return ctx.session.scalars(query.order_by(Task.id)).first() or absent(element)


def absent(element: str) -> Any:
    raise AssertionError(f"{element} is not open")


def complete(office: Office, instance: int, element: str, by: str | None = None, **answers: Any) -> None:
    with office.by(by) as ctx:
        workflow.complete(ctx, task_of(ctx, instance, element).id, answers)


def tick(office: Office) -> int:
    """Do what is due, as the ticker does, one instance per transaction; returns how many were advanced or begun."""
    done = 0
    while True:
        with office.by() as ctx:
            if (due := workflow.due(ctx)) is not None:
                workflow.advance(ctx, due)
            elif (begins := starts.due_start(ctx)) is not None:
                starts.begin(ctx, begins)
            else:
                return done
        done += 1


def opened(office: Office, instance: int | None = None) -> list[str]:
    """The elements of the open tasks, sorted."""
    with office.by(reading=True) as ctx:
        query = select(Task.element).where(Task.status == TaskStatus.OPEN)
        query = query if instance is None else query.where(Task.instance_id == instance)
        return sorted(ctx.session.scalars(query))


def variables(office: Office, instance: int) -> dict[str, Any]:
    with office.by(reading=True) as ctx:
        return workflow.variables(ctx, workflow.instance(ctx, instance))


def instance_of(office: Office, instance: int) -> Instance:
    with office.by(reading=True) as ctx:
        return workflow.instance(ctx, instance)


def notes(office: Office) -> list[str]:
    """What the operations have done, in order: the act, with its text where it has one."""
    with office.by(reading=True) as ctx:
        query = select(audit.Entry).where(audit.Entry.chain == "notes").order_by(audit.Entry.seq)
        return [entry.facts.get("text", entry.act) for entry in ctx.session.scalars(query)]


def incidents(office: Office, instance: int) -> list[tuple[str, str]]:
    with office.by(reading=True) as ctx:
        found = workflow.incidents(ctx, workflow.instance(ctx, instance))
        return [(each.element, each.cause) for each in found]


def everything(office: Office) -> list[tuple[Any, ...]]:
    """Every row of the machine's tables and of the audit, to compare before and after."""
    with office.by(reading=True) as ctx:
        rows = []
        for table in (
            "instance",
            "task",
            "candidate",
            "wait",
            "incident",
            "kept_message",
            "audit_entry",
            "audit_head",
            "start_timer",
            "timed_start",
        ):
            found = ctx.session.connection().exec_driver_sql(f"SELECT * FROM {table}")
            rows += sorted(((table, *map(str, row)) for row in found), key=str)
        return rows
