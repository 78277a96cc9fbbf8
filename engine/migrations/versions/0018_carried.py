"""A long-term matter carried into the next year knows the matter it goes on from."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("carried_from", db.Key, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_item_carried_from_item"), "item", ["carried_from"], ["id"])
        batch_op.create_unique_constraint(batch_op.f("uq_item_carried_from"), ["carried_from"])


def downgrade() -> None:
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_item_carried_from"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_item_carried_from_item"), type_="foreignkey")
        batch_op.drop_column("carried_from")
