"""What a step costs: a person hands in a form, with permission, form check, audit, candidates of the next task and the
machine's state, against the least that must be written durably for it."""

import time
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from bench import desks, naive
from bench.measure import BLOCKS, Figure, compared
from engine.db import Database

TIMES = 60
#: So often a plan goes back in the loop that is measured.
ROUNDS = 400
STATE = "x" * 2048
BARE = (
    "CREATE TABLE bare_task (id INTEGER PRIMARY KEY, status TEXT)",
    "CREATE TABLE bare_audit (id INTEGER PRIMARY KEY, said TEXT)",
    "CREATE TABLE bare_state (id INTEGER PRIMARY KEY, state TEXT)",
    "INSERT INTO bare_task VALUES (0, 'open')",
    "INSERT INTO bare_state VALUES (1, '')",
)


def step_sqlite() -> Figure:
    with desks.on_sqlite() as database:
        return _step("step_sqlite", 6, database)


def step_postgresql() -> Figure:
    with desks.on_postgresql() as database:
        return _step("step_postgresql", 3, database)


def step_cpu_vs_naive() -> Figure:
    """The CPU of a step against that of SpiffWorkflow's own way, which keeps a workflow whole as JSON."""
    with desks.on_sqlite() as database:
        tasks = iter(desks.open_tasks(database, desks.matters(database, BLOCKS * TIMES)))
        known = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in desks.KNOWN.items()
        }
        office = naive.Office(database.engine, desks.drawing(), known, BLOCKS * TIMES)
        matters = iter(range(BLOCKS * TIMES))
        return compared(
            "step_cpu_vs_naive",
            1,
            "SpiffWorkflow's own step with the whole workflow as JSON",
            lambda: desks.act(database, next(tasks)),
            lambda: office.act(next(matters), desks.PLAN),
            TIMES,
            time.process_time,
        )


def rounds_400() -> Figure:
    """A plan that went back 400 times against plans on their first way; each turn looks up who holds it."""
    with desks.on_sqlite() as database:
        old, *fresh = desks.matters(database, 1 + BLOCKS * TIMES)
        for _ in range(2 * ROUNDS):
            desks.turn(database, old)
        first = iter([matter for matter in fresh for _ in range(2)])
        return compared(
            "rounds_400",
            1.2,
            "the first round",
            lambda: desks.turn(database, old),
            lambda: desks.turn(database, next(first)),
            TIMES,
        )


def _step(name: str, limit: float, database: Database) -> Figure:
    bare = Bare(database.engine)
    tasks = iter(desks.open_tasks(database, desks.matters(database, BLOCKS * TIMES)))
    reference = "one transaction that writes a task, an audit row and the state"
    return compared(name, limit, reference, lambda: desks.act(database, next(tasks)), bare.write, TIMES)


class Bare:
    """The bare durable minimum, by the same engine, so with the same safety."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.written = engine, 0
        with engine.begin() as connection:
            for statement in BARE:
                connection.execute(text(statement))

    def write(self) -> None:
        with self.engine.begin() as connection:
            self.write_in(connection)

    def write_in(self, connection: Connection) -> None:
        self.written += 1
        row = {"id": self.written, "before": self.written - 1, "state": f"{STATE}{self.written}"}
        connection.execute(text("UPDATE bare_task SET status = 'done' WHERE id = :before"), row)
        connection.execute(text("INSERT INTO bare_task VALUES (:id, 'open')"), row)
        connection.execute(text("INSERT INTO bare_audit VALUES (:id, 'complete')"), row)
        connection.execute(text("UPDATE bare_state SET state = :state WHERE id = 1"), row)
