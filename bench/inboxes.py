"""What one page of an inbox costs: for a person in three groups, among few open tasks and among very many."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text

from bench import desks
from bench.measure import Figure, compared
from engine import people, workflow
from engine.db import Database, transaction
from engine.people import Appointment, Person
from engine.workflow.store import Candidate, Instance, Task, TaskStatus

FEW, MANY = 1_000, 100_000
GROUPS = 500
TIMES = 20
READER = "reader"
WALK = (
    "SELECT * FROM (SELECT task_id FROM candidate JOIN task ON task.id = task_id JOIN instance ON instance.id = instance_id "
    "WHERE group_code = '{group}' AND {is_open} AND assignee IS NULL AND instance.status = 'running' "
    "ORDER BY candidate.due_at, task_id LIMIT 51) AS {name}"
)
BEST = (
    "SELECT task.*, instance.title, instance.key, instance.unit, instance.process FROM task "
    "JOIN instance ON instance.id = task.instance_id WHERE task.id IN ({walks} UNION "
    "SELECT id FROM task WHERE assignee = 'reader' AND status = 'open') "
    "ORDER BY task.due_at IS NULL, task.due_at, task.id LIMIT 51"
)


def best(dialect: str) -> str:
    """The same page by hand: along the index of each of the reader's groups, with all a line shows."""
    is_open = "is_open" if dialect == "postgresql" else "is_open = 1"
    groups = {"first": "clerk", "second": "clerk@G001", "third": "clerk@G002"}
    walks = [WALK.format(group=group, name=name, is_open=is_open) for name, group in groups.items()]
    return BEST.format(walks=" UNION ".join(walks))


def inbox_100k_sqlite() -> Figure:
    with desks.on_sqlite() as database:
        return _against_one_statement("inbox_100k_sqlite", database)


def inbox_100k_postgresql() -> Figure:
    with desks.on_postgresql() as database:
        return _against_one_statement("inbox_100k_postgresql", database)


def inbox_growth() -> Figure:
    """Among 100,000 open tasks against the same page among 1,000."""
    with desks.on_sqlite() as few, desks.on_sqlite() as many:
        _fill(few, FEW)
        _fill(many, MANY)
        return compared("inbox_growth", 1.5, f"the page among {FEW:,} tasks", _page(many), _page(few), TIMES)


def _against_one_statement(name: str, database: Database) -> Figure:
    _fill(database, MANY)
    if database.engine.dialect.name == "postgresql":
        # It does so itself sooner or later; a measurement cannot wait.
        with database.engine.begin() as connection:
            connection.execute(text("ANALYZE"))
    return compared(name, 4, "the page as one statement", _page(database), _by_hand(database), TIMES)


def _page(database: Database) -> Callable[[], object]:
    def read() -> None:
        with transaction(database, actor=READER, now=desks.NOW, reading=True) as ctx:
            assert len(workflow.mine(ctx).tasks) == 50

    return read


def _by_hand(database: Database) -> Callable[[], object]:
    statement = text(best(database.engine.dialect.name))

    def read() -> None:
        with database.engine.connect() as connection:
            assert len(connection.execute(statement).all()) == 51

    return read


def _fill(database: Database, number: int) -> None:
    """So many open tasks over 500 groups; the reader holds three of them, a third of all tasks."""
    with transaction(database, now=desks.NOW) as ctx:
        ctx.session.add(Person(account=READER, name=READER))
        instance = desks.start(ctx, 0)
        for code in ("G001", "G002"):
            ctx.session.add(people.Unit(code=code, name=code, kind="assessed"))
        ctx.session.flush()
        for code in ("G001", "G002"):
            unit = people.unit(ctx, code)
            post = Appointment(account=READER, role="clerk", unit_id=unit.id, from_date=date(2025, 1, 1))
            ctx.session.add(post)
        first = (ctx.session.scalar(select(Task.id).order_by(Task.id.desc())) or 0) + 1
        ctx.session.execute(insert(Task), [_task(instance, first + each, each) for each in range(number)])
        groups = [_candidate(first + each, each) for each in range(number)]
        ctx.session.execute(insert(Candidate), groups)


def _candidate(task: int, number: int) -> dict[str, Any]:
    """A third of all is the reader's, however many there are: the fuller the office, the fuller the inbox."""
    group = f"clerk@G{1 + number % 2:03}" if number % 3 == 0 else f"clerk@X{number % GROUPS:03}"
    return {"task_id": task, "group": group, "is_open": True, "due_at": _due(number)}


def _due(number: int) -> datetime:
    return desks.NOW + timedelta(minutes=(number * 7919) % 100_000)


def _task(instance: Instance, task: int, number: int) -> dict[str, Any]:
    return {
        "id": task,
        "instance_id": instance.id,
        "token": f"t{task}",
        "process": "rectification",
        "element": "submit_plan",
        "name": "提交整改方案",
        "status": TaskStatus.OPEN,
        "inputs": "{}",
        "visits": 1,
        "unattended": False,
        "created_at": desks.NOW,
        "due_at": _due(number),
    }
