"""What a full step costs: a person hands in a plan of the shipped rectification, with permission, form check, audit,
notifications and the machine's state, against the least that must be written durably for it."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url, select, text

from bench.measure import BLOCKS, Figure, compared
from engine import migrations, people, simulation, workflow
from engine.db import SHANGHAI, Context, Database, transaction
from engine.errors import Refused
from engine.operations import registry
from engine.settings import Settings, read_settings
from engine.simulation import filling
from engine.workflow.store import Candidate, Task, TaskStatus

#: Nearly two hundred plans wait to be handed in on that morning.
MORNING = datetime(2026, 5, 6, 9, tzinfo=SHANGHAI)
TIMES = 30
PLAN = {"finish_on": "2026-07-31", "criterion": "deliverables"}
STATE = "x" * 2048
BARE = (
    "CREATE TABLE bare_task (id INTEGER PRIMARY KEY, status TEXT)",
    "CREATE TABLE bare_audit (id INTEGER PRIMARY KEY, said TEXT)",
    "CREATE TABLE bare_state (id INTEGER PRIMARY KEY, state TEXT)",
    "INSERT INTO bare_task VALUES (0, 'open')",
    "INSERT INTO bare_state VALUES (1, '')",
)


class NoServer(Refused):
    """step_postgresql needs a server; name one by BIHUAN_TEST_POSTGRESQL."""

    code = "no_server"


def step_sqlite() -> Figure:
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        return _step("step_sqlite", 6, f"sqlite:///{folder}/bench.db", Path(folder))


def step_postgresql() -> Figure:
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder, _fresh_postgresql() as url:
        return _step("step_postgresql", 3, url, Path(folder))


def _step(name: str, limit: float, url: str, folder: Path) -> Figure:
    database = Database(Settings(database_url=url, files_dir=folder / "files"), registry)
    migrations.upgrade(database.engine)
    simulation.play(database, read_settings().packages_dir / "county_leadership", MORNING)
    with transaction(database, now=MORNING, reading=True) as ctx:
        acts = iter(_waiting_plans(ctx, BLOCKS * TIMES))
    bare = Bare(database.engine)
    reference = "one transaction that writes a task, an audit row and the state"
    figure = compared(name, limit, reference, lambda: _hand_in(database, *next(acts)), bare.write, TIMES)
    database.dispose()
    return figure


def _waiting_plans(ctx: Context, number: int) -> list[tuple[int, str, dict[str, Any]]]:
    """(task, who does it, the answers), drawn up before anything is measured."""
    query = select(Task).where(Task.status == TaskStatus.OPEN, Task.element == "submit_plan").limit(number)
    tasks = list(ctx.session.scalars(query.order_by(Task.id)))
    assert len(tasks) == number, "too few plans wait on that morning"
    return [(task.id, _clerk(ctx, task), _answers(ctx, task)) for task in tasks]


def _clerk(ctx: Context, task: Task) -> str:
    group = ctx.session.scalars(select(Candidate.group).where(Candidate.task_id == task.id)).one()
    return people.holders(ctx, group)[0]


def _answers(ctx: Context, task: Task) -> dict[str, Any]:
    offered = workflow.offered(ctx, task)
    sees = {**offered, **filling.sees_of(ctx.today, task.visits, task.due_at, title=task.instance.title)}
    return filling.Pen(ctx, sees, PLAN, (task.id,)).fill(workflow.form_of(ctx, task))


def _hand_in(database: Database, task: int, account: str, answers: dict[str, Any]) -> None:
    with transaction(database, actor=account, now=MORNING) as ctx:
        workflow.complete(ctx, task, answers)


class Bare:
    """The bare durable minimum, by the same engine, so with the same safety."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.written = engine, 0
        with engine.begin() as connection:
            for statement in BARE:
                connection.execute(text(statement))

    def write(self) -> None:
        self.written += 1
        row = {"id": self.written, "before": self.written - 1, "state": f"{STATE}{self.written}"}
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE bare_task SET status = 'done' WHERE id = :before"), row)
            connection.execute(text("INSERT INTO bare_task VALUES (:id, 'open')"), row)
            connection.execute(text("INSERT INTO bare_audit VALUES (:id, 'complete')"), row)
            connection.execute(text("UPDATE bare_state SET state = :state WHERE id = 1"), row)


@contextmanager
def _fresh_postgresql() -> Iterator[str]:
    """A database of its own on the server that is named."""
    given = os.environ.get("BIHUAN_TEST_POSTGRESQL")
    if not given:
        raise NoServer
    server = make_url(given).set(drivername="postgresql+psycopg")
    name = f"bench_{uuid.uuid4().hex[:12]}"
    _administer(server, f'CREATE DATABASE "{name}"')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
