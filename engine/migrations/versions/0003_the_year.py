"""The year."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cycle",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("package", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("parameters", db.Json, nullable=False),
        sa.Column("draw_seed", sa.String(length=80), nullable=False),
        sa.Column("started_at", db.Instant(), nullable=True),
        sa.Column("confirmed_at", db.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=60), nullable=True),
        sa.Column("archived_at", db.Instant(), nullable=True),
        sa.Column("archived_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
        sa.UniqueConstraint("package", "year", name=op.f("uq_cycle_package_year")),
    )
    op.create_table(
        "indicator",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("package", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("unit_of_measure", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("package", "code", name=op.f("uq_indicator_package_code")),
    )
    op.create_table(
        "number_series",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "year", "scope", name=op.f("pk_number_series")),
    )
    op.create_table(
        "cycle_indicator",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("indicator_id", db.Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("responsible_unit", sa.String(length=40), nullable=False),
        sa.Column("data_unit", sa.String(length=40), nullable=True),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("schedule", db.Json, nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("params", db.Json, nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("target_total", db.Exact(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_cycle_indicator_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_cycle_indicator_indicator_id_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle_indicator")),
        sa.UniqueConstraint("cycle_id", "indicator_id", name=op.f("uq_cycle_indicator_cycle_id_indicator_id")),
    )
    with op.batch_alter_table("cycle_indicator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cycle_indicator_responsible_unit"), ["responsible_unit"], unique=False)

    op.create_table(
        "opinion_request",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("answered_at", db.Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_opinion_request_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion_request")),
        sa.UniqueConstraint("cycle_id", "unit", name=op.f("uq_opinion_request_cycle_id_unit")),
    )
    op.create_table(
        "reading",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reported", db.Exact(), nullable=True),
        sa.Column("verified", db.Exact(), nullable=True),
        sa.Column("detail", db.Json, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("entered_at", db.Instant(), nullable=False),
        sa.Column("entered_by", sa.String(length=60), nullable=True),
        sa.Column("verified_at", db.Instant(), nullable=True),
        sa.Column("verified_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_reading_indicator_id_indicator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint(
            "indicator_id", "unit", "as_of", "number", name=op.f("uq_reading_indicator_id_unit_as_of_number")
        ),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index("ix_reading_as_of", ["as_of", "status"], unique=False)

    op.create_table(
        "round",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("opens_at", db.Instant(), nullable=False),
        sa.Column("collect_until", sa.Date(), nullable=False),
        sa.Column("publish_by", sa.Date(), nullable=False),
        sa.Column("opened_at", db.Instant(), nullable=True),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.Column("published_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_round_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("cycle_id", "key", name=op.f("uq_round_cycle_id_key")),
    )
    op.create_table(
        "target_signature",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("at", db.Instant(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_target_signature_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_signature")),
        sa.UniqueConstraint("cycle_id", "unit", name=op.f("uq_target_signature_cycle_id_unit")),
    )
    op.create_table(
        "decision",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("meeting_date", sa.Date(), nullable=False),
        sa.Column("minutes_no", sa.String(length=100), nullable=False),
        sa.Column("file_id", db.Key, nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_decision_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_decision_file_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_table(
        "feedback_sheet",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("issued_at", db.Instant(), nullable=False),
        sa.Column("deemed_at", db.Instant(), nullable=False),
        sa.Column("signed_at", db.Instant(), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=True),
        sa.Column("deemed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_feedback_sheet_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_sheet")),
        sa.UniqueConstraint("round_id", "unit", name=op.f("uq_feedback_sheet_round_id_unit")),
    )
    op.create_table(
        "opinion",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_at", db.Instant(), nullable=False),
        sa.Column("given_by", sa.String(length=60), nullable=True),
        sa.Column("adopted", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_opinion_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_opinion_cycle_indicator_id_cycle_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
    )
    op.create_table(
        "own_check",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", db.Instant(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_own_check_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_check")),
        sa.UniqueConstraint("round_id", "unit", "attempt", name=op.f("uq_own_check_round_id_unit_attempt")),
    )
    op.create_table(
        "pending",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("announced_at", db.Instant(), nullable=False),
        sa.Column("announced_by", sa.String(length=60), nullable=True),
        sa.Column("published_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_pending_cycle_indicator_id_cycle_indicator")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_pending_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending")),
        sa.UniqueConstraint("round_id", "cycle_indicator_id", name=op.f("uq_pending_round_id_cycle_indicator_id")),
    )
    op.create_table(
        "scoring_rules",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("submitted_at", db.Instant(), nullable=True),
        sa.Column("submitted_by", sa.String(length=60), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("issued_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_scoring_rules_cycle_indicator_id_cycle_indicator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scoring_rules")),
        sa.UniqueConstraint("cycle_indicator_id", "version", name=op.f("uq_scoring_rules_cycle_indicator_id_version")),
    )
    op.create_table(
        "sheet",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("submitted_at", db.Instant(), nullable=True),
        sa.Column("submitted_by", sa.String(length=60), nullable=True),
        sa.Column("signed_at", db.Instant(), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=True),
        sa.Column("return_note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_sheet_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet")),
        sa.UniqueConstraint("round_id", "unit", name=op.f("uq_sheet_round_id_unit")),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("published_at", db.Instant(), nullable=False),
        sa.Column("published_by", sa.String(length=60), nullable=True),
        sa.Column("parameters", db.Json, nullable=False),
        sa.Column("late", db.Json, nullable=False),
        sa.Column("changes", db.Json, nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_snapshot_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("round_id", "revision", name=op.f("uq_snapshot_round_id_revision")),
    )
    op.create_table(
        "target",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("value", db.Exact(), nullable=True),
        sa.Column("base", db.Exact(), nullable=True),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_target_cycle_indicator_id_cycle_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint("cycle_indicator_id", "unit", name=op.f("uq_target_cycle_indicator_id_unit")),
    )
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_target_unit"), ["unit"], unique=False)

    op.create_table(
        "weight",
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=False),
        sa.Column("weight", db.Exact(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_weight_cycle_indicator_id_cycle_indicator")
        ),
        sa.PrimaryKeyConstraint("cycle_indicator_id", "group_code", name=op.f("pk_weight")),
    )
    op.create_table(
        "result",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("snapshot_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=False),
        sa.Column("total", db.Exact(), nullable=False),
        sa.Column("objective", db.Exact(), nullable=False),
        sa.Column("subjective", db.Exact(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("proposed_grade", sa.String(length=20), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.Column("weights", db.Json, nullable=False),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("published_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_result_snapshot_id_snapshot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("snapshot_id", "unit", name=op.f("uq_result_snapshot_id_unit")),
    )
    op.create_table(
        "revision",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("requested_at", db.Instant(), nullable=False),
        sa.Column("requested_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("submitted_by", sa.String(length=60), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=True),
        sa.Column("snapshot_id", db.Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_revision_cycle_indicator_id_cycle_indicator")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_revision_round_id_round")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_revision_snapshot_id_snapshot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_table(
        "snapshot_row",
        sa.Column("snapshot_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("group_code", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("target", db.Exact(), nullable=True),
        sa.Column("base", db.Exact(), nullable=True),
        sa.Column("actual", db.Exact(), nullable=True),
        sa.Column("detail", db.Json, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("expected", sa.String(length=40), nullable=False),
        sa.Column("progress", db.Exact(), nullable=True),
        sa.Column("lead_points", db.Exact(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("score", db.Exact(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_snapshot_row_cycle_indicator_id_cycle_indicator"),
        ),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_snapshot_row_snapshot_id_snapshot")),
        sa.PrimaryKeyConstraint("snapshot_id", "cycle_indicator_id", "unit", name=op.f("pk_snapshot_row")),
    )
    with op.batch_alter_table("snapshot_row", schema=None) as batch_op:
        batch_op.create_index("ix_snapshot_row_unit", ["snapshot_id", "unit"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("snapshot_row", schema=None) as batch_op:
        batch_op.drop_index("ix_snapshot_row_unit")

    op.drop_table("snapshot_row")
    op.drop_table("revision")
    op.drop_table("result")
    op.drop_table("weight")
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_target_unit"))

    op.drop_table("target")
    op.drop_table("snapshot")
    op.drop_table("sheet")
    op.drop_table("scoring_rules")
    op.drop_table("pending")
    op.drop_table("own_check")
    op.drop_table("opinion")
    op.drop_table("feedback_sheet")
    op.drop_table("decision")
    op.drop_table("target_signature")
    op.drop_table("round")
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_index("ix_reading_as_of")

    op.drop_table("reading")
    op.drop_table("opinion_request")
    with op.batch_alter_table("cycle_indicator", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cycle_indicator_responsible_unit"))

    op.drop_table("cycle_indicator")
    op.drop_table("number_series")
    op.drop_table("indicator")
    op.drop_table("cycle")
