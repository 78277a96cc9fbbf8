"""Single matters that a unit which is gone has left to another than its successor."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_to", sa.String(length=40), nullable=True))
        batch_op.create_index(batch_op.f("ix_item_given_to"), ["given_to"], unique=False)

    op.create_table(
        "passing",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("item_id", db.Key, nullable=False),
        sa.Column("left_unit", sa.String(length=40), nullable=False),
        sa.Column("heir", sa.String(length=40), nullable=False),
        sa.Column("succession_id", db.Key, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_passing_item_id_item")),
        sa.ForeignKeyConstraint(["succession_id"], ["succession.id"], name=op.f("fk_passing_succession_id_succession")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passing")),
    )
    with op.batch_alter_table("passing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passing_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_passing_heir"), ["heir"], unique=False)


def downgrade() -> None:
    op.drop_table("passing")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_given_to"))
        batch_op.drop_column("given_to")
