"""Plan, admission, combined assessments, the veto list, peacetime records, special assessments, assessors, archives."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admission",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("package", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=True),
        sa.Column("reviewed_at", db.Instant(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=60), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admission")),
    )
    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.create_index("ix_admission_code", ["package", "code"], unique=False)

    op.create_table(
        "combined_assessment",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("opened_by", sa.String(length=60), nullable=True),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_combined_assessment")),
    )
    op.create_table(
        "list_inspection",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("inspected_on", sa.Date(), nullable=False),
        sa.Column("irregular", sa.Boolean(), nullable=False),
        sa.Column("inspectors", sa.String(length=300), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_inspection")),
    )
    with op.batch_alter_table("list_inspection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_inspection_unit"), ["unit"], unique=False)

    op.create_table(
        "listed_item",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=True),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("struck_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_item")),
    )
    op.create_table(
        "archive_review",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("references", db.Json, nullable=False),
        sa.Column("reviewed_at", db.Instant(), nullable=False),
        sa.Column("reviewed_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_archive_review_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_review")),
    )
    with op.batch_alter_table("archive_review", schema=None) as batch_op:
        batch_op.create_index("ix_archive_review_cycle_unit", ["cycle_id", "unit"], unique=False)

    op.create_table(
        "assessor",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("speciality", sa.String(length=200), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["person.account"], name=op.f("fk_assessor_account_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor")),
    )
    with op.batch_alter_table("assessor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assessor_account"), ["account"], unique=False)

    op.create_table(
        "list_finding",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("inspection_id", db.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("was_struck", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["list_inspection.id"], name=op.f("fk_list_finding_inspection_id_list_inspection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_finding")),
    )
    with op.batch_alter_table("list_finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_list_finding_inspection_id"), ["inspection_id"], unique=False)

    op.create_table(
        "material_request",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("combined_id", db.Key, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("serves", db.Json, nullable=False),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["combined_id"],
            ["combined_assessment.id"],
            name=op.f("fk_material_request_combined_id_combined_assessment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_request")),
    )
    with op.batch_alter_table("material_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_material_request_combined_id"), ["combined_id"], unique=False)

    op.create_table(
        "planned_assessment",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organiser", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("units", db.Json, nullable=False),
        sa.Column("indicators", db.Json, nullable=False),
        sa.Column("from_date", sa.Date(), nullable=True),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("package", sa.String(length=80), nullable=True),
        sa.Column("combined_id", db.Key, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("document", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["combined_id"],
            ["combined_assessment.id"],
            name=op.f("fk_planned_assessment_combined_id_combined_assessment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_assessment")),
    )
    with op.batch_alter_table("planned_assessment", schema=None) as batch_op:
        batch_op.create_index("ix_planned_assessment_year", ["year", "id"], unique=False)

    op.create_table(
        "responsibility_letter",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("item_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signatory", sa.String(length=100), nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"], ["listed_item.id"], name=op.f("fk_responsibility_letter_item_id_listed_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsibility_letter")),
        sa.UniqueConstraint("item_id", "unit", "year", name=op.f("uq_responsibility_letter_item_id_unit_year")),
    )
    op.create_table(
        "visit",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("combined_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("visitors", sa.String(length=300), nullable=False),
        sa.Column("serves", db.Json, nullable=False),
        sa.Column("again", sa.Text(), nullable=True),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["combined_id"], ["combined_assessment.id"], name=op.f("fk_visit_combined_id_combined_assessment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_combined_id"), ["combined_id"], unique=False)

    op.create_table(
        "assessor_duty",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("assessor_id", db.Key, nullable=False),
        sa.Column("planned_id", db.Key, nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("assigned_at", db.Instant(), nullable=False),
        sa.Column("assigned_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_assessor_duty_assessor_id_assessor")),
        sa.ForeignKeyConstraint(
            ["planned_id"], ["planned_assessment.id"], name=op.f("fk_assessor_duty_planned_id_planned_assessment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_duty")),
        sa.UniqueConstraint("assessor_id", "planned_id", name=op.f("uq_assessor_duty_assessor_id_planned_id")),
    )
    with op.batch_alter_table("assessor_duty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assessor_duty_planned_id"), ["planned_id"], unique=False)

    op.create_table(
        "material",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("request_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("handed_at", db.Instant(), nullable=False),
        sa.Column("handed_by", sa.String(length=60), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["material_request.id"], name=op.f("fk_material_request_id_material_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("request_id", "unit", name=op.f("uq_material_request_id_unit")),
    )
    op.create_table(
        "special_assessment",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("planned_id", db.Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("trigger_kind", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("tags", db.Json, nullable=False),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("opened_by", sa.String(length=60), nullable=True),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.Column("final_at", db.Instant(), nullable=True),
        sa.Column("final_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["planned_id"], ["planned_assessment.id"], name=op.f("fk_special_assessment_planned_id_planned_assessment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_special_assessment")),
    )
    with op.batch_alter_table("special_assessment", schema=None) as batch_op:
        batch_op.create_index("ix_special_assessment_year_unit", ["year", "unit"], unique=False)

    op.create_table(
        "training",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("assessor_id", db.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["assessor_id"], ["assessor.id"], name=op.f("fk_training_assessor_id_assessor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_assessor_id"), ["assessor_id"], unique=False)

    op.create_table(
        "aspect_rating",
        sa.Column("special_id", db.Key, nullable=False),
        sa.Column("aspect", sa.String(length=20), nullable=False),
        sa.Column("rating", sa.String(length=20), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("rated_at", db.Instant(), nullable=False),
        sa.Column("rated_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["special_id"], ["special_assessment.id"], name=op.f("fk_aspect_rating_special_id_special_assessment")
        ),
        sa.PrimaryKeyConstraint("special_id", "aspect", name=op.f("pk_aspect_rating")),
    )
    op.create_table(
        "corroboration",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("special_id", db.Key, nullable=False),
        sa.Column("body", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("asked_at", db.Instant(), nullable=True),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", db.Instant(), nullable=True),
        sa.Column("replied_by", sa.String(length=60), nullable=True),
        sa.Column("waived_why", sa.Text(), nullable=True),
        sa.Column("waived_at", db.Instant(), nullable=True),
        sa.Column("waived_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["special_id"], ["special_assessment.id"], name=op.f("fk_corroboration_special_id_special_assessment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corroboration")),
        sa.UniqueConstraint("special_id", "body", name=op.f("uq_corroboration_special_id_body")),
    )
    with op.batch_alter_table("corroboration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corroboration_unit"), ["unit"], unique=False)

    op.create_table(
        "record",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("participants", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tags", db.Json, nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.Column("item_id", db.Key, nullable=True),
        sa.Column("void_at", db.Instant(), nullable=True),
        sa.Column("void_by", sa.String(length=60), nullable=True),
        sa.Column("void_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_record_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index("ix_record_year_unit", ["year", "unit"], unique=False)

    _take_over_what_runs()


def _take_over_what_runs() -> None:
    """Years that were begun before there was a plan or admission go on: their own system is what they rest on."""
    empty = "'[]'" if op.get_bind().dialect.name == "sqlite" else "CAST('[]' AS JSONB)"
    op.execute(PLANNED.format(empty=empty))
    op.execute(ADMITTED)


PLANNED = """
INSERT INTO planned_assessment (year, kind, name, organiser, subject, units, indicators, package, status, basis,
    proposed_at, decided_at, document)
SELECT cycle.year, 'cycle', CAST(cycle.year AS TEXT) || ' 年度考核', lead.unit, CAST(cycle.year AS TEXT) || ' 年度考核', {empty}, {empty}, cycle.package, 'approved',
    'indicators.csv', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 'indicators.csv'
FROM cycle CROSS JOIN (
    SELECT MIN(unit.code) AS unit FROM appointment JOIN unit ON unit.id = appointment.unit_id
    WHERE appointment.role = 'lead' AND appointment.to_date IS NULL
) AS lead
WHERE lead.unit IS NOT NULL
"""
ADMITTED = """
INSERT INTO admission (package, code, name, unit, basis, status, adopted, proposed_at, decided_at, document, expires_on)
SELECT cycle.package, indicator.code, indicator.name, used.responsible_unit, 'indicators.csv', 'admitted', TRUE,
    CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 'indicators.csv', MAX(round.as_of)
FROM cycle_indicator AS used
JOIN cycle ON cycle.id = used.cycle_id
JOIN indicator ON indicator.id = used.indicator_id
JOIN round ON round.cycle_id = cycle.id
GROUP BY used.id, cycle.package, indicator.code, indicator.name, used.responsible_unit
"""


def downgrade() -> None:
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index("ix_record_year_unit")

    op.drop_table("record")
    with op.batch_alter_table("corroboration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corroboration_unit"))

    op.drop_table("corroboration")
    op.drop_table("aspect_rating")
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_assessor_id"))

    op.drop_table("training")
    with op.batch_alter_table("special_assessment", schema=None) as batch_op:
        batch_op.drop_index("ix_special_assessment_year_unit")

    op.drop_table("special_assessment")
    op.drop_table("material")
    with op.batch_alter_table("assessor_duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assessor_duty_planned_id"))

    op.drop_table("assessor_duty")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_combined_id"))

    op.drop_table("visit")
    op.drop_table("responsibility_letter")
    with op.batch_alter_table("planned_assessment", schema=None) as batch_op:
        batch_op.drop_index("ix_planned_assessment_year")

    op.drop_table("planned_assessment")
    with op.batch_alter_table("material_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_material_request_combined_id"))

    op.drop_table("material_request")
    with op.batch_alter_table("list_finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_list_finding_inspection_id"))

    op.drop_table("list_finding")
    with op.batch_alter_table("assessor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assessor_account"))

    op.drop_table("assessor")
    with op.batch_alter_table("archive_review", schema=None) as batch_op:
        batch_op.drop_index("ix_archive_review_cycle_unit")

    op.drop_table("archive_review")
    op.drop_table("listed_item")
    with op.batch_alter_table("list_inspection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_list_inspection_unit"))

    op.drop_table("list_inspection")
    op.drop_table("combined_assessment")
    with op.batch_alter_table("admission", schema=None) as batch_op:
        batch_op.drop_index("ix_admission_code")

    op.drop_table("admission")
