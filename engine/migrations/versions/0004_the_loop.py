"""The loop."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consultation",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("grounds", db.Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("diagnose_until", db.Instant(), nullable=True),
        sa.Column("conclude_until", db.Instant(), nullable=True),
        sa.Column("issued_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_consultation_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_consultation_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
        sa.UniqueConstraint("cycle_id", "unit", name=op.f("uq_consultation_cycle_id_unit")),
    )
    op.create_table(
        "letter",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("office_number", sa.String(length=100), nullable=True),
        sa.Column("office_date", sa.Date(), nullable=True),
        sa.Column("drafted_by", sa.String(length=60), nullable=True),
        sa.Column("signed_at", db.Instant(), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=True),
        sa.Column("issued_at", db.Instant(), nullable=True),
        sa.Column("deemed_at", db.Instant(), nullable=True),
        sa.Column("received_at", db.Instant(), nullable=True),
        sa.Column("received_by", sa.String(length=60), nullable=True),
        sa.Column("deemed", sa.Boolean(), nullable=False),
        sa.Column("instance_id", db.Key, nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_letter_instance_id_instance")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_letter_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("round_id", "unit", "part", name=op.f("uq_letter_round_id_unit_part")),
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_unit"), ["unit"], unique=False)

    op.create_table(
        "diagnosis",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("consultation_id", db.Key, nullable=False),
        sa.Column("expert", sa.String(length=60), nullable=False),
        sa.Column("crux", sa.Text(), nullable=True),
        sa.Column("causes", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("given_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_diagnosis_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_diagnosis")),
        sa.UniqueConstraint("consultation_id", "expert", name=op.f("uq_diagnosis_consultation_id_expert")),
    )
    op.create_table(
        "item",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("red", sa.Boolean(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("letter_id", db.Key, nullable=True),
        sa.Column("instance_id", db.Key, nullable=True),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("plan_due", db.Instant(), nullable=False),
        sa.Column("work_due", db.Instant(), nullable=False),
        sa.Column("original_due", db.Instant(), nullable=False),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=60), nullable=True),
        sa.Column("ended_at", db.Instant(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_item_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_item_cycle_indicator_id_cycle_indicator")
        ),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_item_instance_id_instance")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_item_letter_id_letter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("number", name=op.f("uq_item_number")),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_cycle_id"), ["cycle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_item_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_item_unit"), ["unit"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("round_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("snapshot_id", db.Key, nullable=False),
        sa.Column("letter_id", db.Key, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reasons", db.Json, nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("previous_id", db.Key, nullable=True),
        sa.Column("ended_at", db.Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=60), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_notice_cycle_indicator_id_cycle_indicator")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_notice_letter_id_letter")),
        sa.ForeignKeyConstraint(["previous_id"], ["notice.id"], name=op.f("fk_notice_previous_id_notice")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_notice_round_id_round")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=op.f("fk_notice_snapshot_id_snapshot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "round_id", "cycle_indicator_id", "unit", name=op.f("uq_notice_round_id_cycle_indicator_id_unit")
        ),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_unit"), ["unit"], unique=False)

    op.create_table(
        "finding",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("consultation_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("item_id", db.Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_finding_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_finding_cycle_indicator_id_cycle_indicator")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_finding_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_consultation_id"), ["consultation_id"], unique=False)

    op.create_table(
        "hand_in",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("item_id", db.Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(length=20), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("new_due", sa.Date(), nullable=True),
        sa.Column("stages", db.Json, nullable=False),
        sa.Column("submitted_at", db.Instant(), nullable=False),
        sa.Column("submitted_by", sa.String(length=60), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("signed_at", db.Instant(), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=True),
        sa.Column("agreed_at", db.Instant(), nullable=True),
        sa.Column("agreed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_hand_in_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_in")),
        sa.UniqueConstraint("item_id", "round", "version", name=op.f("uq_hand_in_item_id_round_version")),
    )
    op.create_table(
        "item_notice",
        sa.Column("item_id", db.Key, nullable=False),
        sa.Column("notice_id", db.Key, nullable=False),
        sa.Column("merged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_notice_item_id_item")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_item_notice_notice_id_notice")),
        sa.PrimaryKeyConstraint("item_id", "notice_id", name=op.f("pk_item_notice")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_item_notice_notice_id")),
    )
    op.create_table(
        "objection",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("notice_id", db.Key, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("claimed", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_at", db.Instant(), nullable=False),
        sa.Column("raised_by", sa.String(length=60), nullable=True),
        sa.Column("value", db.Exact(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.Column("signed_at", db.Instant(), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_objection_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_objection_notice_id")),
    )
    op.create_table(
        "review",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("item_id", db.Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("opens_at", db.Instant(), nullable=False),
        sa.Column("due_at", db.Instant(), nullable=False),
        sa.Column("until", db.Instant(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=True),
        sa.Column("draw_seed", sa.String(length=80), nullable=True),
        sa.Column("draw_value", db.Exact(), nullable=True),
        sa.Column("form", sa.String(length=20), nullable=True),
        sa.Column("first_reviewer", sa.String(length=60), nullable=True),
        sa.Column("second_reviewer", sa.String(length=60), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("file_id", db.Key, nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("done_at", db.Instant(), nullable=True),
        sa.Column("done_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_review_file_id_stored_file")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_review_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("item_id", "round", name=op.f("uq_review_item_id_round")),
    )
    op.create_table(
        "slip",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("item_id", db.Key, nullable=False),
        sa.Column("for_due", db.Instant(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("requirement", sa.Text(), nullable=True),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("issued_at", db.Instant(), nullable=True),
        sa.Column("issued_by", sa.String(length=60), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", db.Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.Column("interviewed_on", sa.Date(), nullable=True),
        sa.Column("interview", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_slip_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip")),
    )
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slip_item_id"), ["item_id"], unique=False)

    op.create_table(
        "work_plan",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("item_id", db.Key, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("responsible_leader", sa.String(length=100), nullable=False),
        sa.Column("responsible_office", sa.String(length=200), nullable=False),
        sa.Column("responsible_person", sa.String(length=100), nullable=False),
        sa.Column("finish_on", sa.Date(), nullable=False),
        sa.Column("criterion", sa.String(length=20), nullable=False),
        sa.Column("criterion_value", db.Exact(), nullable=True),
        sa.Column("criterion_text", sa.Text(), nullable=True),
        sa.Column("submitted_at", db.Instant(), nullable=False),
        sa.Column("submitted_by", sa.String(length=60), nullable=True),
        sa.Column("signed_at", db.Instant(), nullable=True),
        sa.Column("signed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_work_plan_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_plan")),
        sa.UniqueConstraint("item_id", "round", "version", name=op.f("uq_work_plan_item_id_round_version")),
    )
    op.create_table(
        "hand_in_file",
        sa.Column("hand_in_id", db.Key, nullable=False),
        sa.Column("file_id", db.Key, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_hand_in_file_file_id_stored_file")),
        sa.ForeignKeyConstraint(["hand_in_id"], ["hand_in.id"], name=op.f("fk_hand_in_file_hand_in_id_hand_in")),
        sa.PrimaryKeyConstraint("hand_in_id", "file_id", name=op.f("pk_hand_in_file")),
    )


def downgrade() -> None:
    op.drop_table("hand_in_file")
    op.drop_table("work_plan")
    with op.batch_alter_table("slip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slip_item_id"))

    op.drop_table("slip")
    op.drop_table("review")
    op.drop_table("objection")
    op.drop_table("item_notice")
    op.drop_table("hand_in")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_consultation_id"))

    op.drop_table("finding")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_unit"))

    op.drop_table("notice")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_unit"))
        batch_op.drop_index(batch_op.f("ix_item_status"))
        batch_op.drop_index(batch_op.f("ix_item_cycle_id"))

    op.drop_table("item")
    op.drop_table("diagnosis")
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_unit"))

    op.drop_table("letter")
    op.drop_table("consultation")
