"""Votes and appeals: evaluations with their links and ballots, rulings of tolerance, vetoes, opinions, appeals."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "body_opinion",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("body", sa.String(length=20), nullable=False),
        sa.Column("asked_of", sa.String(length=40), nullable=False),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("given_at", db.Instant(), nullable=True),
        sa.Column("given_by", sa.String(length=60), nullable=True),
        sa.Column("waived_at", db.Instant(), nullable=True),
        sa.Column("waived_by", sa.String(length=60), nullable=True),
        sa.Column("waived_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_body_opinion_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_opinion")),
        sa.UniqueConstraint("cycle_id", "unit", "body", name=op.f("uq_body_opinion_cycle_id_unit_body")),
    )
    op.create_table(
        "grade_bar",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("revoked_at", db.Instant(), nullable=True),
        sa.Column("revoked_by", sa.String(length=60), nullable=True),
        sa.Column("revoked_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_grade_bar_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_bar")),
    )
    with op.batch_alter_table("grade_bar", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grade_bar_unit"), ["unit"], unique=False)

    op.create_table(
        "evaluation",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=True),
        sa.Column("subjects", db.Json, nullable=False),
        sa.Column("options", db.Json, nullable=False),
        sa.Column("classes", db.Json, nullable=False),
        sa.Column("means", db.Json, nullable=False),
        sa.Column("most_best", sa.Integer(), nullable=True),
        sa.Column("flat_invalid", sa.Boolean(), nullable=False),
        sa.Column("opens_at", db.Instant(), nullable=False),
        sa.Column("closes_at", db.Instant(), nullable=False),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.Column("made_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_evaluation_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_evaluation_cycle_indicator_id_cycle_indicator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
    )
    op.create_table(
        "ruling",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("points", db.Exact(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_ruling_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_ruling_cycle_indicator_id_cycle_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ruling")),
    )
    with op.batch_alter_table("ruling", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ruling_unit"), ["unit"], unique=False)

    op.create_table(
        "appeal",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("filed_at", db.Instant(), nullable=False),
        sa.Column("filed_by", sa.String(length=60), nullable=True),
        sa.Column("accepted_at", db.Instant(), nullable=True),
        sa.Column("accepted_by", sa.String(length=60), nullable=True),
        sa.Column("due_at", db.Instant(), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reading_id", db.Key, nullable=True),
        sa.Column("before_id", db.Key, nullable=True),
        sa.Column("after_id", db.Key, nullable=True),
        sa.ForeignKeyConstraint(["after_id"], ["snapshot.id"], name=op.f("fk_appeal_after_id_snapshot")),
        sa.ForeignKeyConstraint(["before_id"], ["snapshot.id"], name=op.f("fk_appeal_before_id_snapshot")),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_appeal_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_appeal_cycle_indicator_id_cycle_indicator")
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_appeal_reading_id_reading")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_unit"), ["unit"], unique=False)

    op.create_table(
        "ballot",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("evaluation_id", db.Key, nullable=False),
        sa.Column("voters", sa.String(length=40), nullable=False),
        sa.Column("marks", db.Json, nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["evaluation_id"], ["evaluation.id"], name=op.f("fk_ballot_evaluation_id_evaluation")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("ballot", schema=None) as batch_op:
        batch_op.create_index("ix_ballot_evaluation", ["evaluation_id", "voters"], unique=False)

    op.create_table(
        "voting_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("evaluation_id", db.Key, nullable=False),
        sa.Column("voters", sa.String(length=40), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_voting_link_evaluation_id_evaluation")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_voting_link")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("voting_link", schema=None) as batch_op:
        batch_op.create_index("ix_voting_link_evaluation", ["evaluation_id", "voters"], unique=False)


def downgrade() -> None:
    op.drop_table("voting_link")
    op.drop_table("ballot")
    op.drop_table("appeal")
    op.drop_table("ruling")
    op.drop_table("evaluation")
    op.drop_table("grade_bar")
    op.drop_table("body_opinion")
