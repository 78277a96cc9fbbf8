"""The machine."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CURRENT = "fk_definition_current_id_version"


def upgrade() -> None:
    op.create_table(
        "definition",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("package", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("current_id", db.Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["current_id"], ["version.id"], name=op.f("fk_definition_current_id_version"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition")),
        sa.UniqueConstraint("package", "kind", "key", name=op.f("uq_definition_package_kind_key")),
    )
    op.create_table(
        "instance",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("package", sa.String(length=80), nullable=False),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("release", db.Json, nullable=False),
        sa.Column("started_at", db.Instant(), nullable=False),
        sa.Column("started_by", sa.String(length=60), nullable=True),
        sa.Column("ended_at", db.Instant(), nullable=True),
        sa.Column("chain_seq", sa.Integer(), nullable=False),
        sa.Column("chain_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
        sa.UniqueConstraint("package", "key", name=op.f("uq_instance_package_key")),
    )
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_instance_process"), ["process"], unique=False)
        batch_op.create_index(batch_op.f("ix_instance_unit"), ["unit"], unique=False)

    op.create_table(
        "kept_message",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("arrived_at", db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_message")),
    )
    with op.batch_alter_table("kept_message", schema=None) as batch_op:
        batch_op.create_index("ix_kept_message_name", ["name", "key"], unique=False)

    op.create_table(
        "draft",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("definition_id", db.Key, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", db.Instant(), nullable=False),
        sa.Column("saved_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["definition_id"], ["definition.id"], name=op.f("fk_draft_definition_id_definition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("definition_id", name=op.f("uq_draft_definition_id")),
    )
    op.create_table(
        "incident",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("instance_id", db.Key, nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("resolved_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_incident_instance_id_instance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_instance_id"), ["instance_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("instance_id", db.Key, nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=True),
        sa.Column("assignee", sa.String(length=60), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("form", sa.String(length=200), nullable=True),
        sa.Column("operation", sa.String(length=120), nullable=True),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("batch", sa.String(length=120), nullable=True),
        sa.Column("unattended", sa.Boolean(), nullable=False),
        sa.Column("created_at", db.Instant(), nullable=False),
        sa.Column("due_at", db.Instant(), nullable=True),
        sa.Column("opened_at", db.Instant(), nullable=True),
        sa.Column("opened_by", sa.String(length=60), nullable=True),
        sa.Column("draft", db.Json, nullable=True),
        sa.Column("completed_at", db.Instant(), nullable=True),
        sa.Column("completed_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_task_instance_id_instance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("instance_id", "token", name=op.f("uq_task_instance_id_token")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_assignee", ["assignee", "status"], unique=False)
        batch_op.create_index("ix_task_batch", ["batch"], unique=False)
        batch_op.create_index("ix_task_done", ["completed_by", "completed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_instance_id"), ["instance_id"], unique=False)
        batch_op.create_index(
            "ix_task_open_due",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("status = 'open'"),
            sqlite_where=sa.text("status = 'open'"),
        )
        batch_op.create_index(batch_op.f("ix_task_unit"), ["unit"], unique=False)

    op.create_table(
        "version",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("definition_id", db.Key, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("deployed_at", db.Instant(), nullable=False),
        sa.Column("deployed_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["definition_id"], ["definition.id"], name=op.f("fk_version_definition_id_definition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("definition_id", "number", name=op.f("uq_version_definition_id_number")),
        sa.UniqueConstraint("definition_id", "sha256", name=op.f("uq_version_definition_id_sha256")),
    )
    op.create_table(
        "wait",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("instance_id", db.Key, nullable=False),
        sa.Column("token", sa.String(length=80), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("due_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_wait_instance_id_instance")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait")),
    )
    with op.batch_alter_table("wait", schema=None) as batch_op:
        batch_op.create_index(
            "ix_wait_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("due_at IS NOT NULL"),
            sqlite_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_wait_instance_id"), ["instance_id"], unique=False)
        batch_op.create_index("ix_wait_message", ["kind", "name", "key"], unique=False)

    op.create_table(
        "candidate",
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("group_code", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_candidate_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", "group_code", name=op.f("pk_candidate")),
    )
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.create_index("ix_candidate_group", ["group_code", "task_id"], unique=False)
    if op.get_bind().dialect.name != "sqlite":
        # SQLite has it from the table's start; elsewhere the circle is closed once both tables stand.
        op.create_foreign_key(CURRENT, "definition", "version", ["current_id"], ["id"])


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(CURRENT, "definition", type_="foreignkey")
    with op.batch_alter_table("candidate", schema=None) as batch_op:
        batch_op.drop_index("ix_candidate_group")

    op.drop_table("candidate")
    with op.batch_alter_table("wait", schema=None) as batch_op:
        batch_op.drop_index("ix_wait_message")
        batch_op.drop_index(batch_op.f("ix_wait_instance_id"))
        batch_op.drop_index(
            "ix_wait_due", postgresql_where=sa.text("due_at IS NOT NULL"), sqlite_where=sa.text("due_at IS NOT NULL")
        )

    op.drop_table("wait")
    op.drop_table("version")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_unit"))
        batch_op.drop_index(
            "ix_task_open_due", postgresql_where=sa.text("status = 'open'"), sqlite_where=sa.text("status = 'open'")
        )
        batch_op.drop_index(batch_op.f("ix_task_instance_id"))
        batch_op.drop_index("ix_task_done")
        batch_op.drop_index("ix_task_batch")
        batch_op.drop_index("ix_task_assignee")

    op.drop_table("task")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_instance_id"))

    op.drop_table("incident")
    op.drop_table("draft")
    with op.batch_alter_table("kept_message", schema=None) as batch_op:
        batch_op.drop_index("ix_kept_message_name")

    op.drop_table("kept_message")
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instance_unit"))
        batch_op.drop_index(batch_op.f("ix_instance_process"))

    op.drop_table("instance")
    op.drop_table("definition")
