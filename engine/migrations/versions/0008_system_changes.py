"""Adjusted systems, October's target changes, successors of units, concurrences, breaks in series."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("valid_to", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("successor", sa.String(length=40), nullable=True))
        batch_op.create_index(batch_op.f("ix_unit_successor"), ["successor"], unique=False)

    with op.batch_alter_table("cycle_indicator", schema=None) as batch_op:
        # Until now only our own figures counted.
        batch_op.add_column(sa.Column("counting", sa.String(length=20), nullable=False, server_default="ours"))
        batch_op.add_column(sa.Column("dropped_at", db.Instant(), nullable=True))

    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.add_column(sa.Column("superior", db.Exact(), nullable=True))

    op.create_table(
        "succession",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("successor", sa.String(length=40), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("passed", db.Json, nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
        sa.UniqueConstraint("unit", name=op.f("uq_succession_unit")),
    )
    with op.batch_alter_table("succession", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_succession_successor"), ["successor"], unique=False)

    op.create_table(
        "adjustment",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("changes", db.Json, nullable=False),
        sa.Column("before", db.Json, nullable=False),
        sa.Column("drafted_at", db.Instant(), nullable=False),
        sa.Column("drafted_by", sa.String(length=60), nullable=True),
        sa.Column("submitted_at", db.Instant(), nullable=True),
        sa.Column("submitted_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("in_force_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_adjustment_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_adjustment_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustment")),
    )
    with op.batch_alter_table("adjustment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_adjustment_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "series_break",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("indicator_id", db.Key, nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("bases", db.Json, nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.Column("confirmed_at", db.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_series_break_indicator_id_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_break")),
    )
    with op.batch_alter_table("series_break", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_break_indicator_id"), ["indicator_id"], unique=False)

    op.create_table(
        "target_change",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("old_value", db.Exact(), nullable=False),
        sa.Column("new_value", db.Exact(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("requested_at", db.Instant(), nullable=False),
        sa.Column("requested_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_target_change_cycle_indicator_id_cycle_indicator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_change")),
    )
    with op.batch_alter_table("target_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_change_cycle_indicator_id"), ["cycle_indicator_id"], unique=False)

    op.create_table(
        "partner",
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("named_at", db.Instant(), nullable=False),
        sa.Column("named_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_partner_cycle_indicator_id_cycle_indicator")
        ),
        sa.PrimaryKeyConstraint("cycle_indicator_id", "unit", name=op.f("pk_partner")),
    )
    op.create_table(
        "concurrence",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("notice_id", db.Key, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", db.Instant(), nullable=False),
        sa.Column("stance", sa.String(length=20), nullable=False),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", db.Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_concurrence_cycle_indicator_id_cycle_indicator"),
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_concurrence_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concurrence")),
    )
    with op.batch_alter_table("concurrence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concurrence_cycle_indicator_id"), ["cycle_indicator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_concurrence_unit"), ["unit"], unique=False)


def downgrade() -> None:
    for table in ("concurrence", "partner", "target_change", "series_break", "adjustment", "succession"):
        op.drop_table(table)
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_column("superior")

    with op.batch_alter_table("cycle_indicator", schema=None) as batch_op:
        batch_op.drop_column("dropped_at")
        batch_op.drop_column("counting")

    with op.batch_alter_table("unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_successor"))
        batch_op.drop_column("successor")
        batch_op.drop_column("valid_to")
        batch_op.drop_column("valid_from")
