"""A table whose rows are only ever added: the database itself refuses to change or delete one."""

from alembic import op

MESSAGE = "rows are only ever added"

SQLITE = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: {message}'); END
"""
POSTGRESQL = """
CREATE FUNCTION {table}_only_added() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table}: {message}'; END $$
"""


def append_only(table: str) -> None:
    """Refuse every UPDATE and DELETE on ``table`` from now on."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(table=table, act=act, message=MESSAGE))
        return
    op.execute(POSTGRESQL.format(table=table, message=MESSAGE))
    op.execute(
        f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_only_added()"
    )
