"""A table whose rows are only ever added: the database itself refuses to change or delete one."""

from alembic import op

MESSAGE = "rows are only ever added"

SQLITE = """
CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: {message}'); END
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION {table}_only_added() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table}: {message}'; END $$
"""


def append_only(table: str) -> None:
    """Refuse every UPDATE, DELETE and TRUNCATE of ``table`` from now on."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(table=table, act=act, message=MESSAGE))
        return
    op.execute(POSTGRESQL.format(table=table, message=MESSAGE))
    for name, acts, each in (("only_added", "UPDATE OR DELETE", "ROW"), ("never_emptied", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_{name} BEFORE {acts} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {table}_only_added()"
        )
