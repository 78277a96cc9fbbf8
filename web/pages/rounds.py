"""The rounds of the year: how far collection is, what was published and corrected, and figures that come late."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import indicators, plans, revisions, snapshots, writers
from engine.db import Context
from engine.errors import Refused
from engine.reports import round_tables, systems
from web import texts
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

rounds = keep_year(Blueprint("rounds", __name__, url_prefix="/rounds"))


class AnnualRound(Refused):
    """The annual figures are corrected by the lead department, which returns the sheet to its unit."""

    code = "annual_round"


@rounds.get("")
@door()
def show_all(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    planned = plans.rounds(ctx, cycle)
    return render_template(
        "rounds/rounds.html",
        cycle=cycle,
        rounds=[(each, round_tables.progress(ctx, cycle, each)) for each in planned],
        sheets=writers.sheets(ctx, cycle),
    )


@rounds.get("/<key>")
@door()
def show(ctx: Context, key: str) -> ResponseReturnValue:
    return _page(ctx, key)


@rounds.post("/<key>/revisions")
@door(writes=True)
def request_revision(ctx: Context, key: str) -> ResponseReturnValue:
    """Ask to enter figures of one indicator although the round is published (补报)."""
    cycle = cycle_asked(ctx)
    round = plans.round_of(ctx, cycle, key)
    code, reason = request.form.get("indicator", ""), request.form.get("reason", "").strip()
    if not reason:
        return _page(ctx, key, refused=texts.say("Write why the figures come late or change.")), 422
    unit = indicators.find(ctx, cycle, code).responsible_unit
    if round.kind == plans.RoundKind.ANNUAL:
        raise AnnualRound
    revisions.request(ctx, cycle, round, code, reason)
    return redirect(url_for("sheets.show", key=key, unit=unit, indicator=code), 303)


def _page(ctx: Context, key: str, refused: str | None = None) -> str:
    cycle = cycle_asked(ctx)
    round = plans.round_of(ctx, cycle, key)
    name_units(ctx)
    progress = round_tables.progress(ctx, cycle, round)
    name_people(ctx, [account for each in progress.sheets for account in (each.submitted_by, each.signed_by)])
    group = _group_asked(ctx, cycle)
    revision = request.args.get("revision", type=int)
    category = request.args.get("category") or None
    return render_template(
        "rounds/round.html",
        cycle=cycle,
        round=round,
        progress=progress,
        editions=round_tables.editions(ctx, cycle, round),
        figures=round_tables.figures(ctx, cycle, round, group=group, category=category, revision=revision),
        pending=round_tables.pending(ctx, cycle, round),
        flat=round_tables.flat(ctx, cycle, round),
        requestable=round_tables.requestable(ctx, cycle, round),
        requests=round_tables.revisions_of(ctx, cycle, round),
        groups=systems.groups(ctx, cycle),
        group=group,
        categories=list(systems.weight_sums(indicators.of_cycle(ctx, cycle))),
        category=category,
        revision=revision,
        own=systems.own_unit(ctx),
        oversees=access.oversees(ctx),
        sheets=writers.sheets(ctx, cycle),
        cell=_cell,
        refused=refused,
    )


def _group_asked(ctx: Context, cycle: plans.Cycle) -> str | None:
    """The group whose units stand in the table: the one asked for, else the first; none for an assessed unit."""
    if systems.own_unit(ctx) is not None and not access.oversees(ctx):
        return None
    known = systems.groups(ctx, cycle)
    asked = request.args.get("group")
    return asked if asked in known else next(iter(known), None)


def _cell(row: snapshots.SnapshotRow | None) -> dict[str, Any]:
    """How a pair stands in the table: its words where it has no figure, else figure, lead and place."""
    if row is None:
        return {"state": "none"}
    if row.state != snapshots.State.VALUED:
        return {"state": row.state, "word": row.why if row.why == "not_due" else row.state}
    behind = row.lead_points is not None and row.lead_points < Decimal(0)
    return {
        "state": "valued",
        "actual": row.actual,
        "lead": row.lead_points,
        "rank": row.rank,
        "why": row.why,
        "behind": behind,
    }
