"""The targets of the year beside the city's own, and how they are changed within it."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import authority, indicators, plans, scans, target_changes
from engine.assessment.figures import figure
from engine.db import Context
from engine.reports import systems
from web import fields
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

targets = keep_year(Blueprint("targets", __name__, url_prefix="/targets"))


@targets.get("")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    lines = [each for each in systems.lines(ctx, cycle) if each.indicator.is_in_force]
    changes = target_changes.of_cycle(ctx, cycle)
    name_people(ctx, [who for each in changes for who in (each.requested_by, each.decided_by)])
    days = target_changes.window(cycle)
    return render_template(
        "system/targets.html",
        cycle=cycle,
        lines=[each for each in lines if each.decomposition is not None or each.own is not None],
        papers=scans.of(ctx, "target_change", [each.id for each in changes]),
        may_attach={each.id for each in changes if target_changes.may_attach(ctx, each)},
        changes=[(each, target_changes.effect(ctx, cycle, each)) for each in changes],
        used={each.id: each for each in indicators.of_cycle(ctx, cycle)},
        days=days,
        open=days is not None and days[0] <= ctx.today <= days[1],
        own=systems.own_unit(ctx),
        answers=[each.indicator for each in lines if _answers(ctx, each.indicator)],
        units=plans.assessed_units(ctx, cycle),
        decides=authority.decides(ctx),
    )


@targets.post("/changes")
@door(writes=True)
def request(ctx: Context) -> ResponseReturnValue:
    value, reason, basis = figure(fields.text("value")), fields.text("reason"), fields.text("basis")
    unit, code = fields.text("unit"), fields.text("indicator")
    papers = fields.uploads(ctx, "papers")
    target_changes.request(ctx, cycle_asked(ctx), unit, code, value, reason, basis, papers)
    return redirect(url_for("targets.show"), 303)


@targets.post("/changes/<int:change_id>/<any(approve, refuse):verdict>")
@door(writes=True)
def decide(ctx: Context, change_id: int, verdict: str) -> ResponseReturnValue:
    document, note = fields.text("document"), fields.text("note")
    approved = verdict == "approve"
    papers = fields.uploads(ctx, "papers")
    cycle = cycle_asked(ctx)
    target_changes.decide(ctx, cycle, change_id, approved=approved, document=document, note=note, papers=papers)
    return redirect(url_for("targets.show"), 303)


@targets.post("/changes/<int:change_id>/papers")
@door(writes=True)
def attach(ctx: Context, change_id: int) -> ResponseReturnValue:
    """A paper that comes later than the act that rests on it."""
    target_changes.add_papers(ctx, cycle_asked(ctx), change_id, fields.uploads(ctx, "papers"))
    return redirect(url_for("targets.show"), 303)


def _answers(ctx: Context, used: indicators.CycleIndicator) -> bool:
    unit = used.responsible_unit
    return access.may(ctx, f"clerk@{unit}", f"leader@{unit}") and ctx.actor is not None
