"""Experts asked about the indicators; objectives with their key results, reports and stage checks."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _expert_reviews()
    _objectives()


def downgrade() -> None:
    for table in ("stage_check", "progress_report", "key_result", "objective"):
        op.drop_table(table)
    for table in ("indicator_revision", "expert_opinion", "expert_request", "expert_review"):
        op.drop_table(table)


def _expert_reviews() -> None:
    op.create_table(
        "expert_review",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("until", db.Instant(), nullable=False),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.Column("revised_at", db.Instant(), nullable=True),
        sa.Column("revised_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_expert_review_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_review")),
        sa.UniqueConstraint("cycle_id", "number", name=op.f("uq_expert_review_cycle_id_number")),
    )
    op.create_table(
        "expert_request",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("review_id", db.Key, nullable=False),
        sa.Column("expert", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("answered_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"], ["expert_review.id"], name=op.f("fk_expert_request_review_id_expert_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_request")),
        sa.UniqueConstraint("review_id", "expert", name=op.f("uq_expert_request_review_id_expert")),
    )
    op.create_table(
        "expert_opinion",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("review_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=True),
        sa.Column("expert", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_at", db.Instant(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"], ["expert_review.id"], name=op.f("fk_expert_opinion_review_id_expert_review")
        ),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_expert_opinion_cycle_indicator_id_cycle_indicator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_opinion")),
    )
    op.create_table(
        "indicator_revision",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("review_id", db.Key, nullable=False),
        sa.Column("indicator_id", db.Key, nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", db.Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"], ["expert_review.id"], name=op.f("fk_indicator_revision_review_id_expert_review")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_revision_indicator_id_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_revision")),
    )
    for table, column in (("expert_opinion", "review_id"), ("indicator_revision", "review_id")):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    op.create_index(op.f("ix_indicator_revision_indicator_id"), "indicator_revision", ["indicator_id"], unique=False)


def _objectives() -> None:
    op.create_table(
        "objective",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("weight", db.Exact(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("submitted_at", db.Instant(), nullable=False),
        sa.Column("submitted_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_objective_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective")),
        sa.UniqueConstraint("cycle_id", "unit", "number", name=op.f("uq_objective_cycle_id_unit_number")),
    )
    op.create_table(
        "key_result",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("objective_id", db.Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("unit_of_measure", sa.String(length=40), nullable=False),
        sa.Column("start", db.Exact(), nullable=False),
        sa.Column("target", db.Exact(), nullable=False),
        sa.Column("weight", db.Exact(), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["objective_id"], ["objective.id"], name=op.f("fk_key_result_objective_id_objective")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_result")),
    )
    op.create_table(
        "progress_report",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("key_result_id", db.Key, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("value", db.Exact(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", db.Json, nullable=False),
        sa.Column("reported_at", db.Instant(), nullable=False),
        sa.Column("reported_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["key_result_id"], ["key_result.id"], name=op.f("fk_progress_report_key_result_id_key_result")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
    )
    op.create_table(
        "stage_check",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("key_result_id", db.Key, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("report_id", db.Key, nullable=True),
        sa.Column("checked_at", db.Instant(), nullable=False),
        sa.Column("checked_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_stage_check_round_id_round")),
        sa.ForeignKeyConstraint(
            ["key_result_id"], ["key_result.id"], name=op.f("fk_stage_check_key_result_id_key_result")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_stage_check_report_id_progress_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_check")),
        sa.UniqueConstraint("round_id", "key_result_id", name=op.f("uq_stage_check_round_id_key_result_id")),
    )
    for table, column in (
        *(("objective", "unit"), ("key_result", "objective_id"), ("key_result", "owner")),
        *(("progress_report", "key_result_id"), ("stage_check", "key_result_id")),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
