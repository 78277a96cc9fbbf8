"""Points of persons: items, entries, months, activities."""

import sqlalchemy as sa
from alembic import op

from engine import db
from engine.migrations.append_only import append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "branch_method",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("criteria", db.Json, nullable=False),
        sa.Column("set_at", db.Instant(), nullable=False),
        sa.Column("set_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_branch_method_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_method")),
        sa.UniqueConstraint("cycle_id", "branch", "from_date", name=op.f("uq_branch_method_cycle_id_branch_from_date")),
    )
    op.create_table(
        "point_activity",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_at", db.Instant(), nullable=False),
        sa.Column("ends_at", db.Instant(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=True),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("made_at", db.Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_activity_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_activity")),
    )
    with op.batch_alter_table("point_activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_activity_unit"), ["unit"], unique=False)

    op.create_table(
        "point_freeze",
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("committee", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("frozen_at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_freeze_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("cycle_id", "committee", "month", name=op.f("pk_point_freeze")),
    )
    op.create_table(
        "point_item",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("leaf", sa.String(length=40), nullable=True),
        sa.Column("points", db.Exact(), nullable=False),
        sa.Column("monthly_limit", db.Exact(), nullable=True),
        sa.Column("veto", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_item_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_item")),
        sa.UniqueConstraint("cycle_id", "code", name=op.f("uq_point_item_cycle_id_code")),
    )
    op.create_table(
        "point_month",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("committee", sa.String(length=40), nullable=False),
        sa.Column("rater", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("self_marks", db.Json, nullable=True),
        sa.Column("self_note", sa.Text(), nullable=True),
        sa.Column("confirmed_at", db.Instant(), nullable=True),
        sa.Column("accumulated", db.Json, nullable=True),
        sa.Column("marks", db.Json, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("base", db.Exact(), nullable=True),
        sa.Column("rated_at", db.Instant(), nullable=True),
        sa.Column("rated_by", sa.String(length=60), nullable=True),
        sa.Column("by_entries", sa.Boolean(), nullable=False),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_month_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_month")),
        sa.UniqueConstraint("cycle_id", "account", "month", name=op.f("uq_point_month_cycle_id_account_month")),
    )
    with op.batch_alter_table("point_month", schema=None) as batch_op:
        batch_op.create_index("ix_point_month_rater", ["cycle_id", "month", "rater"], unique=False)

    op.create_table(
        "point_quarter",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("mean", db.Exact(), nullable=False),
        sa.Column("bonus", db.Exact(), nullable=False),
        sa.Column("summed_at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_quarter_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_quarter")),
        sa.UniqueConstraint("cycle_id", "account", "quarter", name=op.f("uq_point_quarter_cycle_id_account_quarter")),
    )
    op.create_table(
        "point_result",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("committee", sa.String(length=40), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("vetoed", sa.Boolean(), nullable=False),
        sa.Column("mean", db.Exact(), nullable=True),
        sa.Column("review", db.Exact(), nullable=True),
        sa.Column("bonus", db.Exact(), nullable=True),
        sa.Column("score", db.Exact(), nullable=True),
        sa.Column("branch_rank", sa.Integer(), nullable=True),
        sa.Column("committee_rank", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.Column("standard", sa.String(length=20), nullable=True),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("published_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_result_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_result")),
        sa.UniqueConstraint("cycle_id", "account", name=op.f("uq_point_result_cycle_id_account")),
    )
    op.create_table(
        "point_review",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("committee", sa.String(length=40), nullable=False),
        sa.Column("rater", sa.String(length=60), nullable=False),
        sa.Column("score", db.Exact(), nullable=True),
        sa.Column("minutes", sa.Text(), nullable=True),
        sa.Column("entered_at", db.Instant(), nullable=True),
        sa.Column("entered_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_review_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_review")),
        sa.UniqueConstraint("cycle_id", "account", name=op.f("uq_point_review_cycle_id_account")),
    )
    with op.batch_alter_table("point_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_review_committee"), ["committee"], unique=False)

    op.create_table(
        "point_veto",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("committee", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_veto_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_veto")),
    )
    with op.batch_alter_table("point_veto", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_veto_account"), ["account"], unique=False)

    op.create_table(
        "point_entry",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("branch", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", db.Exact(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("file_id", db.Key, nullable=True),
        sa.Column("source", sa.String(length=80), nullable=True),
        sa.Column("undoes", db.Key, nullable=True),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_entry_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_point_entry_file_id_stored_file")),
        sa.ForeignKeyConstraint(["undoes"], ["point_entry.id"], name=op.f("fk_point_entry_undoes_point_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_entry")),
        sa.UniqueConstraint("cycle_id", "account", "source", name=op.f("uq_point_entry_cycle_id_account_source")),
        sa.UniqueConstraint("undoes", name=op.f("uq_point_entry_undoes")),
    )
    with op.batch_alter_table("point_entry", schema=None) as batch_op:
        batch_op.create_index("ix_point_entry_account", ["cycle_id", "account", "day"], unique=False)

    op.create_table(
        "point_leave",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("activity_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["point_activity.id"], name=op.f("fk_point_leave_activity_id_point_activity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_leave")),
    )
    with op.batch_alter_table("point_leave", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_leave_account"), ["account"], unique=False)
        batch_op.create_index("uq_point_leave_activity", ["activity_id", "account"], unique=True)

    op.create_table(
        "point_sign_in",
        sa.Column("activity_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["point_activity.id"], name=op.f("fk_point_sign_in_activity_id_point_activity")
        ),
        sa.PrimaryKeyConstraint("activity_id", "account", name=op.f("pk_point_sign_in")),
    )
    op.create_table(
        "point_appeal",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("entry_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("raised_at", db.Instant(), nullable=False),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_point_appeal_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["entry_id"], ["point_entry.id"], name=op.f("fk_point_appeal_entry_id_point_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_appeal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_point_appeal_entry_id")),
    )
    with op.batch_alter_table("point_appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_appeal_account"), ["account"], unique=False)
    append_only("point_entry")


def downgrade() -> None:
    with op.batch_alter_table("point_appeal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_point_appeal_account"))

    op.drop_table("point_appeal")
    op.drop_table("point_sign_in")
    with op.batch_alter_table("point_leave", schema=None) as batch_op:
        batch_op.drop_index("uq_point_leave_activity")
        batch_op.drop_index(batch_op.f("ix_point_leave_account"))

    op.drop_table("point_leave")
    with op.batch_alter_table("point_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_point_entry_account")

    op.drop_table("point_entry")
    with op.batch_alter_table("point_veto", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_point_veto_account"))

    op.drop_table("point_veto")
    with op.batch_alter_table("point_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_point_review_committee"))

    op.drop_table("point_review")
    op.drop_table("point_result")
    op.drop_table("point_quarter")
    with op.batch_alter_table("point_month", schema=None) as batch_op:
        batch_op.drop_index("ix_point_month_rater")

    op.drop_table("point_month")
    op.drop_table("point_item")
    op.drop_table("point_freeze")
    with op.batch_alter_table("point_activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_point_activity_unit"))

    op.drop_table("point_activity")
    op.drop_table("branch_method")
