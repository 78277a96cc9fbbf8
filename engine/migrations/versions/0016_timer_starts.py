"""Processes that a date starts."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_timer",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("definition_id", db.Key, nullable=False),
        sa.Column("version_id", db.Key, nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("due_at", db.Instant(), nullable=True),
        sa.Column("try_at", db.Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("times_left", sa.Integer(), nullable=True),
        sa.Column("every", sa.String(length=200), nullable=True),
        sa.Column("anchor", db.Instant(), nullable=True),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition.id"], name=op.f("fk_start_timer_definition_id_definition")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_start_timer_version_id_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_timer")),
        sa.UniqueConstraint("definition_id", "element", name=op.f("uq_start_timer_definition_id_element")),
    )
    with op.batch_alter_table("start_timer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_start_timer_try",
            ["try_at"],
            unique=False,
            postgresql_where=sa.text("try_at IS NOT NULL"),
            sqlite_where=sa.text("try_at IS NOT NULL"),
        )
    op.create_table(
        "timed_start",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("definition_id", db.Key, nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("due_at", db.Instant(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("instance_id", db.Key, nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definition.id"], name=op.f("fk_timed_start_definition_id_definition")
        ),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_timed_start_instance_id_instance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timed_start")),
        sa.UniqueConstraint(
            "definition_id", "element", "due_at", name=op.f("uq_timed_start_definition_id_element_due_at")
        ),
    )


def downgrade() -> None:
    op.drop_table("timed_start")
    with op.batch_alter_table("start_timer", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_start_timer_try",
            postgresql_where=sa.text("try_at IS NOT NULL"),
            sqlite_where=sa.text("try_at IS NOT NULL"),
        )
    op.drop_table("start_timer")
