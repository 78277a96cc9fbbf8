"""Who co-organises which indicator, and what those units said when they were asked to concur."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import concurrence, indicators
from engine.db import Context
from engine.reports import systems
from web import fields
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

concurrences = keep_year(Blueprint("concurrences", __name__, url_prefix="/concurrences"))


@concurrences.get("")
@door()
def everything(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = concurrence.of_cycle(ctx, cycle)
    name_people(ctx, [who for each in found for who in (each.asked_by, each.answered_by)])
    standing = indicators.in_force(ctx, cycle)
    shared = systems.partners_of(ctx, cycle)
    return render_template(
        "system/concurrences.html",
        cycle=cycle,
        found=found,
        used={each.id: each for each in indicators.of_cycle(ctx, cycle)},
        shared=[(each, shared[each.id]) for each in standing if each.id in shared],
        # Who may name co-organisers, and of what.
        named=[each for each in standing if access.may(ctx, "lead", f"clerk@{each.responsible_unit}")],
        chosen=request.args.get("indicator", ""),
        offices=[unit for unit in people.units(ctx) if not unit.group and unit.parent_id],
        answers_for=lambda code: access.may(ctx, f"clerk@{code}", f"leader@{code}"),
        now=ctx.now,
    )


@concurrences.post("/partners")
@door(writes=True)
def name(ctx: Context) -> ResponseReturnValue:
    concurrence.name_partners(ctx, cycle_asked(ctx), fields.text("indicator"), request.form.getlist("units"))
    return redirect(url_for("concurrences.everything"), 303)


@concurrences.post("/<int:key>/<any(concurs, differs):stance>")
@door(writes=True)
def answer(ctx: Context, key: int, stance: str) -> ResponseReturnValue:
    concurrence.answer(ctx, cycle_asked(ctx), key, stance, fields.text("text"))
    return redirect(url_for("concurrences.everything"), 303)
