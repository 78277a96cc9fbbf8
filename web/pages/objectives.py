"""Objectives and key results: how far everybody is, the own ones first, with a report between the rounds."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.assessment import objectives as goals_of
from engine.assessment import scoring
from engine.assessment.figures import figure
from engine.db import Context
from engine.errors import Invalid
from engine.reports import goals
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

objectives = keep_year(Blueprint("objectives", __name__, url_prefix="/objectives"))


@objectives.get("")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """Every unit the person may see, with what the person answers for on top."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = goals.units(ctx, cycle)
    people = goals.persons(found)
    name_people(ctx, [each.account for each in people])
    chosen = request.args.get("unit")
    return render_template(
        "objectives/objectives.html",
        cycle=cycle,
        found=[each for each in found if chosen in (None, "", each.unit)],
        units=[each.unit for each in found],
        overview=len(found) > 1 and not chosen,
        chosen=chosen,
        people=[each for each in people if chosen in (None, "", each.unit)],
        mine=goals.mine(found, ctx.on_behalf_of or ctx.actor),
        latest=min(ctx.today, date(cycle.year, 12, 31)),
    )


@objectives.get("/<int:key_result_id>")
@door()
def one(ctx: Context, key_result_id: int) -> ResponseReturnValue:
    """One key result: every report with its evidence, every check."""
    cycle = cycle_asked(ctx)
    found = goals_of.key_result(ctx, key_result_id)
    reports, checks = goals_of.reports_of(ctx, found), goals_of.checks_of(ctx, found)
    name_people(ctx, [found.owner, *(each.checked_by for each in checks), *(each.reported_by for each in reports)])
    return render_template(
        "objectives/key_result.html",
        cycle=cycle,
        found=found,
        standing=goals_of.stand(found, reports, checks, min(ctx.today, date(cycle.year, 12, 31))),
        reports=list(reversed(reports)),
        checks={each.report_id: each for each in checks},
        unreported=[each for each in checks if each.report_id is None],
        reports_own=found.owner in (ctx.actor, ctx.on_behalf_of) and found.objective.status == goals_of.Status.APPROVED,
        latest=min(ctx.today, date(cycle.year, 12, 31)),
    )


@objectives.post("/<int:key_result_id>/reports")
@door(writes=True)
def report(ctx: Context, key_result_id: int) -> ResponseReturnValue:
    """The owner reports between the rounds."""
    value = figure(request.form.get("value"))
    if value is None:
        raise Invalid("A number is missing.")
    try:
        as_of = date.fromisoformat(request.form.get("as_of", ""))
    except ValueError:
        raise Invalid("Expected a date such as 2026-04-30.") from None
    goals_of.report(ctx, goals_of.key_result(ctx, key_result_id), value, as_of, request.form.get("text", ""))
    return redirect(url_for("objectives.one", key_result_id=key_result_id), 303)


@objectives.app_template_filter("hundredths")
def hundredths(done: Fraction) -> Decimal:
    """A completion as it is shown, with one decimal."""
    return scoring.half_up(done, 1)
