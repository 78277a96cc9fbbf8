"""Moves: from hand to hand, signers, opinions, urges, copies, absences, extensions, signatures on paper."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("agent", sa.String(length=60), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("processes", db.Json, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=60), nullable=True),
        sa.Column("set_at", db.Instant(), nullable=False),
        sa.Column("ended_at", db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_absence_agent"), ["agent"], unique=False)

    op.create_table(
        "phrase",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
        sa.UniqueConstraint("account", "text", name=op.f("uq_phrase_account_text")),
    )
    op.create_table(
        "extension",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("due_at", db.Instant(), nullable=False),
        sa.Column("wanted", db.Instant(), nullable=False),
        sa.Column("granted", db.Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_extension_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_task_id"), ["task_id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("from_account", sa.String(length=60), nullable=True),
        sa.Column("to_account", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_handover_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_task_id"), ["task_id"], unique=False)

    op.create_table(
        "paper_signature",
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("signer", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("manner", sa.String(length=10), nullable=False),
        sa.Column("file_id", db.Key, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_paper_signature_file_id_stored_file")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_paper_signature_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_paper_signature")),
    )
    op.create_table(
        "signer",
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("of_id", db.Key, nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("removed_by", sa.String(length=60), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["of_id"], ["task.id"], name=op.f("fk_signer_of_id_task")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_signer_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_signer")),
    )
    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signer_of_id"), ["of_id"], unique=False)

    op.create_table(
        "task_copy",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.Column("copied_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.Column("read_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_copy_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_copy")),
        sa.UniqueConstraint("task_id", "account", name=op.f("uq_task_copy_task_id_account")),
    )
    with op.batch_alter_table("task_copy", schema=None) as batch_op:
        batch_op.create_index("ix_task_copy_account", ["account", "id"], unique=False)

    op.create_table(
        "task_opinion",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.Column("given_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_opinion_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_opinion")),
    )
    with op.batch_alter_table("task_opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_opinion_task_id"), ["task_id"], unique=False)

    op.create_table(
        "urge",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("task_id", db.Key, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", db.Instant(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("urged_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_urge_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urge")),
    )
    with op.batch_alter_table("urge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_urge_task_id"), ["task_id"], unique=False)

    with op.batch_alter_table("incident", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("token", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("retry_at", db.Instant(), nullable=True))
        batch_op.create_index(
            "ix_incident_retry",
            ["retry_at"],
            unique=False,
            postgresql_where=sa.text("retry_at IS NOT NULL"),
            sqlite_where=sa.text("retry_at IS NOT NULL"),
        )

    with op.batch_alter_table("task", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("delegated_by", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("side", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("parked", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("followed", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("held", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("held_by", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("ballot", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("vote", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("gone", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("original_due_at", db.Instant(), nullable=True))
        batch_op.add_column(sa.Column("remind_at", db.Instant(), nullable=True))
        batch_op.create_index(
            "ix_task_remind",
            ["remind_at"],
            unique=False,
            postgresql_where=sa.text("remind_at IS NOT NULL"),
            sqlite_where=sa.text("remind_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("task", recreate="never") as batch_op:
        batch_op.drop_index(
            "ix_task_remind",
            postgresql_where=sa.text("remind_at IS NOT NULL"),
            sqlite_where=sa.text("remind_at IS NOT NULL"),
        )
        batch_op.drop_column("remind_at")
        batch_op.drop_column("original_due_at")
        batch_op.drop_column("gone")
        batch_op.drop_column("vote")
        batch_op.drop_column("ballot")
        batch_op.drop_column("held_by")
        batch_op.drop_column("held")
        batch_op.drop_column("followed")
        batch_op.drop_column("parked")
        batch_op.drop_column("side")
        batch_op.drop_column("delegated_by")

    with op.batch_alter_table("incident", recreate="never") as batch_op:
        batch_op.drop_index(
            "ix_incident_retry",
            postgresql_where=sa.text("retry_at IS NOT NULL"),
            sqlite_where=sa.text("retry_at IS NOT NULL"),
        )
        batch_op.drop_column("retry_at")
        batch_op.drop_column("attempts")
        batch_op.drop_column("token")

    with op.batch_alter_table("urge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_urge_task_id"))

    op.drop_table("urge")
    with op.batch_alter_table("task_opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_opinion_task_id"))

    op.drop_table("task_opinion")
    with op.batch_alter_table("task_copy", schema=None) as batch_op:
        batch_op.drop_index("ix_task_copy_account")

    op.drop_table("task_copy")
    with op.batch_alter_table("signer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signer_of_id"))

    op.drop_table("signer")
    op.drop_table("paper_signature")
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_task_id"))

    op.drop_table("handover")
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_extension_task_id"))

    op.drop_table("extension")
    op.drop_table("phrase")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absence_agent"))
        batch_op.drop_index(batch_op.f("ix_absence_account"))

    op.drop_table("absence")
