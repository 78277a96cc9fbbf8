"""A candidate carries its task's date and whether it is open, so that a group's inbox is read off one index."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

#: Where a task without a date stands in the list: after all others.
NEVER = "9999-12-31 00:00:00.000000"
SQLITE = f"""
CREATE TRIGGER candidate_follows_task AFTER UPDATE OF status, due_at ON task
BEGIN
    UPDATE candidate SET is_open = (NEW.status = 'open'), due_at = coalesce(NEW.due_at, '{NEVER}') WHERE task_id = NEW.id;
END
"""
POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION candidate_follows_task() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE candidate SET is_open = (NEW.status = 'open'), due_at = coalesce(NEW.due_at, '{NEVER}+00') WHERE task_id = NEW.id;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER candidate_follows_task AFTER UPDATE OF status, due_at ON task
FOR EACH ROW EXECUTE FUNCTION candidate_follows_task()
"""


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("due_at", db.Instant(), nullable=False, server_default=NEVER))
        batch_op.drop_index("ix_candidate_group")
    op.execute(
        "UPDATE candidate SET is_open = (SELECT task.status = 'open' FROM task WHERE task.id = candidate.task_id), "
        "due_at = coalesce((SELECT task.due_at FROM task WHERE task.id = candidate.task_id), due_at)"
    )
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.alter_column("is_open", existing_type=sa.Boolean(), server_default=None)
        batch_op.alter_column("due_at", existing_type=db.Instant(), server_default=None)
        batch_op.create_index(
            "ix_candidate_walk",
            ["group_code", "due_at", "task_id"],
            unique=False,
            postgresql_where=sa.text("is_open"),
            sqlite_where=sa.text("is_open = 1"),
        )
    op.execute(SQLITE if is_sqlite else POSTGRESQL)
    if not is_sqlite:
        op.execute(TRIGGER)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER candidate_follows_task")
    else:
        op.execute("DROP TRIGGER candidate_follows_task ON task")
        op.execute("DROP FUNCTION candidate_follows_task()")
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_candidate_walk", postgresql_where=sa.text("is_open"), sqlite_where=sa.text("is_open = 1")
        )
        batch_op.create_index("ix_candidate_group", ["group_code", "task_id"], unique=False)
        batch_op.drop_column("due_at")
        batch_op.drop_column("is_open")
