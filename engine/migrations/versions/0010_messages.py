"""What the workflow gained after its moves: an operator's act on a guarded matter waits for a second person."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operator_request",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("instance_id", db.Key, nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("incident_id", db.Key, nullable=True),
        sa.Column("token", sa.String(length=40), nullable=True),
        sa.Column("element", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("on_behalf_of", sa.String(length=60), nullable=True),
        sa.Column("asked_at", db.Instant(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("decided_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_operator_request_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_operator_request_instance_id_instance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_request")),
    )
    with op.batch_alter_table("operator_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operator_request_instance_id"), ["instance_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("operator_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_operator_request_instance_id"))
    op.drop_table("operator_request")
