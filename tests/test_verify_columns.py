"""Every column of what was frozen, warned of and decided is changed once by SQL, and the result it belongs to is named."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Integer

from engine import verify
from engine.assessment.results import Result
from engine.assessment.snapshots import Snapshot, SnapshotIndicator, SnapshotRow
from engine.assessment.warnings import Notice
from engine.db import Base, Exact, Instant, Json
from tests.assessment.town import Town, ended

CYCLE = "county_leadership/2026"
ANNUAL = "snapshot_id = (SELECT max(snapshot_id) FROM result)"
E13 = "cycle_indicator_id = (SELECT c.id FROM cycle_indicator c JOIN indicator i ON i.id = c.indicator_id WHERE i.code = 'E13')"
OF_A04 = (
    "(SELECT min(notice.id) FROM notice JOIN round ON round.id = round_id WHERE notice.unit = 'A04' AND key = 'april')"
)
#: Table -> which row of it is touched, and what is named then.
TOUCHED: dict[type[Base], tuple[str, str]] = {
    Snapshot: (ANNUAL.replace("snapshot_id", "id", 1), f"{CYCLE}/annual"),
    SnapshotIndicator: (f"{ANNUAL} AND {E13}", f"{CYCLE}/annual/E13"),
    SnapshotRow: (f"{ANNUAL} AND {E13} AND unit = 'A02'", f"{CYCLE}/annual/E13"),
    Result: (f"{ANNUAL} AND unit = 'A02'", f"{CYCLE}/A02"),
    Notice: (f"id = {OF_A04}", f"{CYCLE}/april/A04"),
}
COLUMNS = [
    pytest.param(table, column, id=f"{table.__tablename__}-{column.name}")
    for table in TOUCHED
    for column in table.__table__.columns
    # The number of a result's own row is in no paper and nothing points to it.
    if (table, column.name) != (Result, "id")
]


@pytest.fixture(scope="module")
def year() -> Iterator[Town]:
    with ended() as opened:
        yield opened


def named(town: Town) -> tuple[str, ...]:
    """The places at which results do not equal their recomputation."""
    with town.by(reading=True) as ctx:
        (found,) = verify.verify(ctx, "I16")
    return found.places


@contextmanager
def touched(town: Town, table: type[Base], column: str, value: Any, where: str) -> Iterator[None]:
    """The one row with another value in the column, until the block ends."""
    name, file = table.__tablename__, town.database.engine.url.database or ""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        ((row, before),) = connection.execute(f'SELECT rowid, "{column}" FROM {name} WHERE {where}').fetchall()
        connection.execute(f'UPDATE {name} SET "{column}" = ? WHERE rowid = ?', (value, row))
        moved = connection.execute(f"SELECT 1 FROM {name} WHERE rowid = ?", (row,)).fetchone() is None
        try:
            yield
        finally:
            # A row may be known to SQLite by the very number that was changed.
            connection.execute(f'UPDATE {name} SET "{column}" = ? WHERE rowid = ?', (before, value if moved else row))


def other(column: Column[Any]) -> Any:
    """A value of the column's kind that no row of the year holds."""
    if isinstance(column.type, Boolean):
        # The indicator is a main one, the notice is the first of its kind.
        return int(column.name == "escalated")
    if isinstance(column.type, Integer) or column.foreign_keys or column.name == "id":
        return 7007
    if isinstance(column.type, Exact):
        return "77.125"
    if isinstance(column.type, Instant):
        return "2020-01-01 00:00:00.000000"
    if isinstance(column.type, Date):
        return "2020-01-01"
    return '{"one": 1}' if isinstance(column.type, type(Json)) else "other"


@pytest.mark.requirement("C6", "H2")
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_column_changed_by_sql_names_its_result(year: Town, table: type[Base], column: Column[Any]) -> None:
    where, place = TOUCHED[table]
    with touched(year, table, column.name, other(column), where):
        assert any(each.startswith(place) for each in named(year))


def test_what_was_touched_stands_again_as_it_was(year: Town) -> None:
    assert named(year) == ()
