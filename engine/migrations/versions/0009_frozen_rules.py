"""What a snapshot freezes of its indicators."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = op.create_table(
        "snapshot_indicator",
        sa.Column("snapshot_id", db.Key, nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("indicator_id", db.Key, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("unit_of_measure", sa.String(length=40), nullable=False),
        sa.Column("responsible_unit", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=20), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("schedule", db.Json, nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("params", db.Json, nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("counting", sa.String(length=20), nullable=False),
        sa.Column("weights", db.Json, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_snapshot_indicator_cycle_indicator_id_cycle_indicator"),
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_snapshot_indicator_indicator_id_indicator")
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshot.id"], name=op.f("fk_snapshot_indicator_snapshot_id_snapshot")
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "cycle_indicator_id", name=op.f("pk_snapshot_indicator")),
    )
    op.create_table(
        "tie_decision",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("population", sa.String(length=40), nullable=False),
        sa.Column("units", db.Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("decided_at", db.Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_tie_decision_cycle_id_cycle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie_decision")),
    )
    with op.batch_alter_table("tie_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tie_decision_cycle_id"), ["cycle_id"], unique=False)
    rows = list(_standing(op.get_bind()))
    if rows:
        op.bulk_insert(kept, rows)


def downgrade() -> None:
    op.drop_table("tie_decision")
    op.drop_table("snapshot_indicator")


def _standing(connection: sa.Connection) -> list[dict[str, Any]]:
    """Until now no issued system could change: what stands is what the older snapshots were computed by."""
    weights: dict[int, dict[str, str]] = {}
    weighed = sa.table(
        "weight", sa.column("cycle_indicator_id"), sa.column("group_code"), sa.column("weight", db.Exact())
    )
    for indicator, group, weight in connection.execute(sa.select(*weighed.c)):
        weights.setdefault(indicator, {})[group] = format(Decimal(weight), "f")
    # By name: given by position, three columns would be taken for the first three of the query.
    used = sa.text(_USED).columns(params=db.Json, schedule=db.Json, main=sa.Boolean())
    return [
        {**row, "weights": weights.get(row["cycle_indicator_id"], {})} for row in connection.execute(used).mappings()
    ]


_USED = """
SELECT snapshot.id AS snapshot_id, used.id AS cycle_indicator_id, indicator.id AS indicator_id, used.position,
       indicator.code, indicator.name, indicator.category, indicator.unit_of_measure, used.responsible_unit,
       used.direction, used.measure, used.schedule, used.method, used.params, used.main, used.counting,
       (SELECT MAX(version) FROM scoring_rules WHERE scoring_rules.cycle_indicator_id = used.id) AS rule_version
FROM snapshot
JOIN round ON round.id = snapshot.round_id
JOIN cycle_indicator AS used ON used.cycle_id = round.cycle_id
JOIN indicator ON indicator.id = used.indicator_id
"""
