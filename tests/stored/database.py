"""The rows of a database as a release wrote them, by table, and how they get into a database of the same revision."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from alembic import command
from sqlalchemy import Column, Engine, LargeBinary, MetaData, Table, insert, select, text
from sqlalchemy.types import JSON, Date, DateTime

from engine import migrations


def rows_of(engine: Engine) -> dict[str, Any]:
    """The revision and every row of every table that has any, in plain values."""
    return {"revision": migrations.revision(engine), "tables": dict(_tables(engine))}


def _tables(engine: Engine) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with engine.connect() as connection:
        for table in _reflected(engine):
            found = connection.execute(select(table)).mappings().all()
            if found and table.name != "alembic_version":
                yield table.name, [{name: _written(value) for name, value in row.items()} for row in found]


def fill(engine: Engine, stored: Mapping[str, Any]) -> None:
    """Make the schema of the stored revision in an empty database, put the rows in, and bring it to the newest."""
    command.upgrade(migrations.config(engine), stored["revision"])
    with engine.begin() as connection:
        postgresql = connection.dialect.name == "postgresql"
        if postgresql:  # rows refer to each other in both directions
            connection.execute(text("SET session_replication_role = replica"))
        for table in _reflected(engine):
            rows = stored["tables"].get(table.name, [])
            if rows:
                # What the migrations themselves have put there stands in the stored rows as well.
                connection.execute(table.delete())
                connection.execute(insert(table), [_read(table, row) for row in rows])
            if rows and postgresql and "id" in table.columns and table.columns["id"].autoincrement:
                _count_on(connection, table)
    migrations.upgrade(engine)


def _count_on(connection: Any, table: Table) -> None:
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table.name})
    if sequence:
        connection.execute(text(f"SELECT setval('{sequence}', (SELECT max(id) FROM \"{table.name}\"))"))


def _reflected(engine: Engine) -> list[Table]:
    found = MetaData()
    found.reflect(engine)
    return [found.tables[name] for name in sorted(found.tables)]


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"hex": value.hex()} if not value.startswith((b"{", b"<")) else {"text": value.decode()}
    return value.isoformat() if isinstance(value, date | datetime) else value


def _read(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _fitted(table.columns[name], value) for name, value in row.items()}


def _fitted(column: Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, JSON):
        return value
    if isinstance(column.type, LargeBinary) or type(column.type).__name__ == "BYTEA":
        return bytes.fromhex(value["hex"]) if "hex" in value else value["text"].encode()
    if isinstance(column.type, DateTime) and isinstance(value, str):
        # SQLite keeps UTC without saying so.
        return _aware(datetime.fromisoformat(value), column)
    if isinstance(column.type, Date) and isinstance(value, str):
        return date.fromisoformat(value)
    return bool(value) if column.type.python_type is bool else value


def _aware(moment: datetime, column: Column[Any]) -> datetime:
    return moment.replace(tzinfo=UTC) if getattr(column.type, "timezone", False) else moment
