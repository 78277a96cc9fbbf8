"""How Alembic reaches our database: through the engine it is handed, never through a URL of its own."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger, Connection, Engine, text

from engine import db
from engine.errors import Broken
from engine.tables import metadata


class TornRows(Broken):
    """After the migration rows of {tables} would point at rows that are not there; nothing was changed."""

    code = "torn_rows"


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Our own column types by their own names, so that a revision reads like the tables."""
    if kind != "type":
        return False
    known = {db.Instant: "db.Instant()", db.Exact: "db.Exact()", JSON: "db.Json", BigInteger: "db.Key"}
    return known.get(type(item), False)


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata", metadata),
        render_as_batch=True,
        compare_type=False,
        render_item=render,
        # SQLite can take back a change of tables as well, whatever Alembic holds of it: all revisions or none.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Two machines that start at once must not migrate at once; a waiting lock must not stop the office.
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(4711)"))
        context.run_migrations()
        require_whole(connection)


def require_whole(connection: Connection) -> None:
    """Raises ``TornRows``, and so takes everything back, where a row would point at one that is not there."""
    if connection.dialect.name == "sqlite":
        torn = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if torn:
            raise TornRows(tables=", ".join(sorted({row[0] for row in torn})))


opened_by: Engine | None = context.config.attributes.get("engine")
assert opened_by is not None, "migrations run through engine.migrations.upgrade"
with opened_by.connect() as opened, db.tables_may_be_made_anew(opened):
    migrate(opened)
