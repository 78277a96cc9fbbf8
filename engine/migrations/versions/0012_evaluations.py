"""Spot checks, panels, debriefings, votes of appointed voters, uses of results."""

import sqlalchemy as sa
from alembic import op

from engine import db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _votes()
    _checks()
    _panels()
    _debriefings_and_uses()


def downgrade() -> None:
    for table in (
        "result_use",
        "debriefing",
        "panel_mark",
        "panel_member",
        "panel",
        "spot_check",
        "spot_draw",
        "voting_right",
    ):
        op.drop_table(table)
    with op.batch_alter_table("evaluation", schema=None) as batch_op:
        batch_op.drop_column("void")
        batch_op.drop_column("fewest")


def _votes() -> None:
    with op.batch_alter_table("evaluation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fewest", db.Exact(), nullable=True))
        # Until now no vote was void.
        batch_op.add_column(sa.Column("void", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "voting_right",
        sa.Column("evaluation_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("voters", sa.String(length=40), nullable=False),
        sa.Column("voted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_voting_right_evaluation_id_evaluation")
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "account", name=op.f("pk_voting_right")),
        sqlite_with_rowid=False,
    )


def _checks() -> None:
    op.create_table(
        "spot_draw",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("round", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("seed", sa.String(length=80), nullable=False),
        sa.Column("population", db.Json, nullable=False),
        sa.Column("drawn", db.Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("drawn_at", db.Instant(), nullable=False),
        sa.Column("drawn_by", sa.String(length=60), nullable=True),
        sa.Column("confirmed_at", db.Instant(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_spot_draw_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_spot_draw_cycle_indicator_id_cycle_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_draw")),
        sa.UniqueConstraint("cycle_id", "round", "number", name=op.f("uq_spot_draw_cycle_id_round_number")),
    )
    op.create_table(
        "spot_check",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("draw_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("first_checker", sa.String(length=60), nullable=True),
        sa.Column("second_checker", sa.String(length=60), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("score", db.Exact(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("item_id", db.Key, nullable=True),
        sa.Column("recorded_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["draw_id"], ["spot_draw.id"], name=op.f("fk_spot_check_draw_id_spot_draw")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_spot_check_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check")),
        sa.UniqueConstraint("draw_id", "unit", name=op.f("uq_spot_check_draw_id_unit")),
    )


def _panels() -> None:
    op.create_table(
        "panel",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("round", sa.String(length=40), nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("weights", db.Json, nullable=False),
        sa.Column("units", db.Json, nullable=False),
        sa.Column("until", db.Instant(), nullable=False),
        sa.Column("convened_at", db.Instant(), nullable=False),
        sa.Column("convened_by", sa.String(length=60), nullable=True),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_panel_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"], ["cycle_indicator.id"], name=op.f("fk_panel_cycle_indicator_id_cycle_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel")),
        sa.UniqueConstraint("cycle_id", "round", name=op.f("uq_panel_cycle_id_round")),
    )
    op.create_table(
        "panel_member",
        sa.Column("panel_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("marked_at", db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_panel_member_panel_id_panel")),
        sa.PrimaryKeyConstraint("panel_id", "account", name=op.f("pk_panel_member")),
    )
    op.create_table(
        "panel_mark",
        sa.Column("panel_id", db.Key, nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("marks", db.Json, nullable=False),
        sa.Column("score", db.Exact(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_panel_mark_panel_id_panel")),
        sa.PrimaryKeyConstraint("panel_id", "account", "unit", name=op.f("pk_panel_mark")),
    )


def _debriefings_and_uses() -> None:
    op.create_table(
        "debriefing",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("cycle_indicator_id", db.Key, nullable=False),
        sa.Column("opened_at", db.Instant(), nullable=False),
        sa.Column("closed_at", db.Instant(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("excuse", sa.Text(), nullable=True),
        sa.Column("answered_at", db.Instant(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("mark", db.Exact(), nullable=True),
        sa.Column("commented_at", db.Instant(), nullable=True),
        sa.Column("commented_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_debriefing_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["cycle_indicator_id"],
            ["cycle_indicator.id"],
            name=op.f("fk_debriefing_cycle_indicator_id_cycle_indicator"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debriefing")),
        sa.UniqueConstraint("cycle_id", "session", "unit", name=op.f("uq_debriefing_cycle_id_session_unit")),
    )
    op.create_table(
        "result_use",
        sa.Column("id", db.Key, nullable=False),
        sa.Column("cycle_id", db.Key, nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("result_id", db.Key, nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=60), nullable=True),
        sa.Column("void_at", db.Instant(), nullable=True),
        sa.Column("void_by", sa.String(length=60), nullable=True),
        sa.Column("void_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_result_use_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name=op.f("fk_result_use_result_id_result")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_use")),
    )
    with op.batch_alter_table("result_use", schema=None) as batch_op:
        batch_op.create_index("ix_result_use_cycle_id_unit", ["cycle_id", "unit"], unique=False)
