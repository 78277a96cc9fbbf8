"""Vetoes that are revoked, and results corrected after they were published."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "point_veto_revocation",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("veto_id", db.Key, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", db.Instant(), nullable=False),
        sa.Column("proposed_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["veto_id"], ["point_veto.id"], name=op.f("fk_point_veto_revocation_veto_id_point_veto")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_veto_revocation")),
    )
    with op.batch_alter_table("point_veto_revocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_point_veto_revocation_veto_id"), ["veto_id"], unique=False)
    with op.batch_alter_table("point_result", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrected_at", db.Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("point_result", schema=None) as batch_op:
        batch_op.drop_column("corrected_at")
    op.drop_table("point_veto_revocation")
