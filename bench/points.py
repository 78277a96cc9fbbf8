"""What a row of points costs: checked, placed in its branch, told in the audit, against bare rows of the same content.

The least that can be done is one ``executemany`` on SQLite and one COPY on PostgreSQL into a table with the same columns
and indexes, each in a transaction of its own, as the entries are.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from statistics import median
from typing import Any, Final

from sqlalchemy import insert, text

from bench import desks
from bench.measure import Figure
from engine.assessment import plans
from engine.assessment.points import entries, items
from engine.db import SHANGHAI, Base, Context, Database, transaction
from engine.people import Appointment, Person, Unit

BRANCHES, MEMBERS = 100, 2_000
#: Rows of a batch, such as a county's hour, and batches of each kind, in turn.
ROWS, BLOCKS = 10_000, 7
NOW = datetime(2026, 6, 30, 18, tzinfo=SHANGHAI)
FIRST: Final = date(2026, 6, 1)
COLUMNS = ("cycle_id", "account", "branch", "item", "day", "points", "note", "recorded_at", "recorded_by")
BARE = (
    "CREATE TABLE bare_entry (id {key} PRIMARY KEY, cycle_id BIGINT, account VARCHAR(60), branch VARCHAR(40), "
    "item VARCHAR(40), day DATE, points {number}, note TEXT, file_id BIGINT, source VARCHAR(80), undoes BIGINT, "
    "recorded_at {moment}, recorded_by VARCHAR(60), UNIQUE (cycle_id, account, source), UNIQUE (undoes))",
    "CREATE INDEX ix_bare_entry ON bare_entry (cycle_id, account, day)",
)
ON_SQLITE = {"key": "INTEGER", "number": "VARCHAR(80)", "moment": "DATETIME"}
ON_POSTGRESQL = {"key": "BIGINT GENERATED ALWAYS AS IDENTITY", "number": "NUMERIC", "moment": "TIMESTAMPTZ"}
SCHEME = {
    "categories": [{"code": "politics", "name": "政治合格", "full": 100}],
    "monthly_weight": "0.9",
    "review_weight": "0.1",
    "lines": {"合格": "0"},
    "standards": [{"name": "合格", "share": "1"}],
    "processes": dict.fromkeys(("month", "annual", "veto", "leave", "appeal"), "none"),
}


def points() -> Figure:
    """Rows a second on SQLite."""
    with desks.on_sqlite() as database, _bare(database, ON_SQLITE):
        return _measured("points", database, "bare executemany", _executed)


def points_postgresql() -> Figure:
    """Rows a second on PostgreSQL."""
    with desks.on_postgresql() as database, _bare(database, ON_POSTGRESQL):
        return _measured("points_postgresql", database, "bare COPY", _copied)


def settle(database: Database) -> None:
    """A committee with its branches, their members and one item."""
    with transaction(database, now=NOW) as ctx:
        cycle = plans.Cycle(package="points", year=2026, draw_seed="bench", parameters={"points": SCHEME})
        committee = Unit(code="DW", name="DW", kind="committee")
        ctx.session.add_all([cycle, committee])
        ctx.session.flush()
        branches = [Unit(code=f"B{n:03}", name="", kind="branch", parent_id=committee.id) for n in range(BRANCHES)]
        ctx.session.add_all(branches)
        ctx.session.execute(insert(Person), [{"account": account(n), "name": account(n)} for n in range(MEMBERS)])
        ctx.session.flush()
        posts = [_post(n, branches[n % BRANCHES].id) for n in range(MEMBERS)]
        ctx.session.execute(insert(Appointment), posts)
        row = items.Row("STUDY", "学习", items.Kind.MUST, "politics", Decimal(5), None, veto=False, basis="")
        items.put(ctx, cycle, [row])


def account(number: int) -> str:
    return f"m{number:07}"


def drafts(batch: int) -> list[entries.Draft]:
    """One batch: different members on the days of June."""
    rows = range(batch * ROWS, (batch + 1) * ROWS)
    return [
        entries.Draft(account(n % MEMBERS), "STUDY", FIRST.replace(day=n // MEMBERS % 30 + 1), Decimal("2.5"), "学习")
        for n in rows
    ]


def enter(database: Database, batch: int) -> None:
    """As an import does, in one transaction; nobody stands at a screen."""
    with transaction(database, now=NOW) as ctx:
        entries.add_many(ctx, plans.find(ctx, "points", 2026), drafts(batch))


@contextmanager
def _bare(database: Database, dialect: dict[str, str]) -> Iterator[None]:
    settle(database)
    with database.engine.begin() as connection:
        for statement in BARE:
            connection.execute(text(statement.format(**dialect)))
    yield


def _measured(name: str, database: Database, least: str, bare: Callable[[Database, int], None]) -> Figure:
    batches = count()
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(BLOCKS):
        theirs.append(_seconds(lambda: bare(database, next(batches))))
        ours.append(_seconds(lambda: enter(database, next(batches))))
    rate, best = ROWS / median(ours), ROWS / median(theirs)
    told = f"{least}: {best:.0f} rows/s; {_bytes_a_row(database):.0f} bytes a row with its indexes"
    return Figure(name, "rows/s", round(rate), told, round(rate / best, 3))


def _seconds(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _tuples(batch: int) -> list[tuple[Any, ...]]:
    return [
        (1, each.account, "B001", each.item, each.day, each.points, each.note, NOW, "office") for each in drafts(batch)
    ]


def _executed(database: Database, batch: int) -> None:
    rows = [(*each[:4], str(each[4]), str(each[5]), each[6], str(each[7]), each[8]) for each in _tuples(batch)]
    with database.engine.begin() as connection:
        marks = ", ".join("?" * len(COLUMNS))
        connection.exec_driver_sql(f"INSERT INTO bare_entry ({', '.join(COLUMNS)}) VALUES ({marks})", rows)


def _copied(database: Database, batch: int) -> None:
    with database.engine.begin() as connection:
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"COPY bare_entry ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in _tuples(batch):
                copy.write_row(row)


def _bytes_a_row(database: Database) -> float:
    """What the entries and their indexes take on the disk, by the row."""
    with transaction(database, now=NOW, reading=True) as ctx:
        return _size(ctx) / (ROWS * BLOCKS)


def _size(ctx: Context) -> int:
    table = Base.metadata.tables[entries.PointEntry.__tablename__].name
    if ctx.session.get_bind().dialect.name == "postgresql":
        return ctx.session.scalar(text(f"SELECT pg_total_relation_size('{table}')")) or 0
    query = f"SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%{table}%'"
    return ctx.session.scalar(text(query)) or 0


def _post(number: int, branch: int) -> dict[str, Any]:
    return {"account": account(number), "role": "member", "unit_id": branch, "from_date": date(2020, 1, 1)}
