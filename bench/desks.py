"""A city of clerks and leaders who hand a plan of the shipped ``rectification`` to and fro.

Its operations do nothing and answer as written here, so that what is measured is the step (permission, form, machine,
tasks, audit) and not what a package does in it.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url, text

from engine import migrations, people, workflow
from engine.db import SHANGHAI, Context, Database, transaction
from engine.errors import Refused
from engine.operations import registry
from engine.people import Appointment, Person, Unit
from engine.settings import Settings, read_settings
from engine.workflow import Act, Instance, Operation, Task, definitions

NOW = datetime(2026, 5, 6, 9, tzinfo=SHANGHAI)
UNITS = 20
PACKAGE, PROCESS = "county_leadership", "rectification"
DUE = datetime(2026, 7, 31, 23, 59, 59, tzinfo=SHANGHAI)
KNOWN: dict[str, Any] = {
    "cycle": 1,
    "item": 1,
    "indicator": "E13",
    "responsible_unit": "U00",
    "unit": "U01",
    "round": "april",
    "letter": 1,
    "plan_due": DUE,
    "work_due": DUE,
    "red": False,
    "repeated": False,
    "source": "warning",
}
PLAN: dict[str, Any] = {
    "problem": "进度落后",
    "cause": "项目储备不足，前期手续滞后。",
    "goal": "到期达到序时进度",
    "measures": "按月调度，逐项会商。",
    "responsible_leader": "分管负责人",
    "responsible_office": "发展改革科",
    "responsible_person": "科长",
    "finish_on": "2026-07-31",
    "criterion": "deliverables",
    "criterion_text": "任务清单全部完成",
}
RETURNED: dict[str, Any] = {"verdict": "returned", "note": "措施不具体"}
#: What the operations on the way answer.
OUTPUTS: dict[str, dict[str, object]] = {"items.sign_plan": {"verdict": "returned", "approval_due": DUE}}


class NoServer(Refused):
    """This measurement needs a PostgreSQL server; name one by BIHUAN_TEST_POSTGRESQL."""

    code = "no_server"


@contextmanager
def on_sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        yield from _city(f"sqlite:///{folder}/bench.db", Path(folder))


@contextmanager
def on_postgresql() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder, _fresh_postgresql() as url:
        yield from _city(url, Path(folder))


def matters(database: Database, number: int) -> list[int]:
    """So many plans wait to be written; their instances."""
    with transaction(database, now=NOW) as ctx:
        return [start(ctx, each).id for each in range(number)]


def drawing() -> Path:
    return read_settings().packages_dir / PACKAGE / f"{PROCESS}.bpmn"


def open_tasks(database: Database, instances: list[int]) -> list[Task]:
    with transaction(database, now=NOW, reading=True) as ctx:
        return workflow.of_instances(ctx, instances)


def act(database: Database, task: Task) -> None:
    """The clerk hands in, or the leader returns: what a request does, without HTTP."""
    with transaction(database, actor=holder(task), now=NOW) as ctx:
        workflow.complete(ctx, task.id, answers(task))


def turn(database: Database, matter: int) -> None:
    """Look up who holds the plan, and do that."""
    (task,) = open_tasks(database, [matter])
    act(database, task)


def start(ctx: Context, number: int) -> Instance:
    unit = f"U{number % UNITS:02}"
    known = KNOWN | {"item": number, "letter": number, "unit": unit}
    key, title = f"item/{number}", f"整改 {number}"
    return workflow.start(ctx, PROCESS, package=PACKAGE, key=key, title=title, unit=unit, variables=known)


def answers(task: Task) -> dict[str, Any]:
    return PLAN if task.element == "submit_plan" else RETURNED


def holder(task: Task) -> str:
    return f"{(task.unit or '').lower()}_{'clerk' if task.element == 'submit_plan' else 'leader'}"


def _city(url: str, folder: Path) -> Iterator[Database]:
    operations = {name: _answering(registry[name]) for name in registry}
    database = Database(Settings(database_url=url, files_dir=folder / "files"), operations)
    migrations.upgrade(database.engine)
    with transaction(database, now=NOW) as ctx:
        _people(ctx)
        definitions.deploy(ctx, definitions.sources_of([read_settings().packages_dir / PACKAGE]))
    yield database
    database.dispose()


def _answering(operation: Operation) -> Operation:
    outputs = OUTPUTS.get(operation.name, {})

    def answer(_ctx: Context, _act: Act, **_given: object) -> Mapping[str, object]:
        return outputs

    return replace(operation, verb=answer, preparation=None)


def _people(ctx: Context) -> None:
    for number in range(UNITS):
        code = f"U{number:02}"
        ctx.session.add(Unit(code=code, name=code, kind="assessed"))
        for role in ("clerk", "leader"):
            ctx.session.add(Person(account=f"{code.lower()}_{role}", name=f"{code} {role}"))
    ctx.session.flush()
    for number in range(UNITS):
        unit = people.unit(ctx, f"U{number:02}")
        for role in ("clerk", "leader"):
            account = f"{unit.code.lower()}_{role}"
            ctx.session.add(Appointment(account=account, role=role, unit_id=unit.id, from_date=date(2025, 1, 1)))
    ctx.session.flush()


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
