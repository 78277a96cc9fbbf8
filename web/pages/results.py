"""The year's result: totals for those who oversee, a unit's own from the total down to each figure, papers and a workbook."""

import io
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import bars, grading, plans, snapshots, ties
from engine.db import Context
from engine.reports import origins, result_tables, round_tables, systems, workbooks, year_plan
from engine.reports.heads import heads
from web import result_workbook, texts
from web.boundary import door
from web.pages.named import name_units
from web.papers import paper
from web.years import cycle_asked, keep_year

results = keep_year(Blueprint("results", __name__))


@results.get("/results")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """All units for those who oversee; an assessed unit is shown its own."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    own = systems.own_unit(ctx)
    if not access.oversees(ctx):
        if own is not None and snapshots.of_round(ctx, plans.annual_round(ctx, cycle)):
            return redirect(url_for("results.one", unit=own.code), 303)
        return render_template("results/none.html", cycle=cycle, standing=result_tables.standing(ctx, cycle), own=own)
    return render_template("results/results.html", **_facts(ctx, cycle), chart=_chart)


@results.get("/results/print")
@door()
def list_paper(ctx: Context) -> ResponseReturnValue:
    """The grades of all units as a paper."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    return paper("results/list_paper.html", f"{cycle.year}-result", **_facts(ctx, cycle), lead=year_plan.lead_unit(ctx))


@results.get("/results/<unit>")
@door()
def one(ctx: Context, unit: str) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    return render_template("results/unit.html", **_unit_facts(ctx, cycle, unit))


@results.get("/results/<unit>/print")
@door()
def unit_paper(ctx: Context, unit: str) -> ResponseReturnValue:
    """A unit's result with the feedback of every indicator as a paper."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    facts = _unit_facts(ctx, cycle, unit)
    return paper("results/unit_paper.html", f"{cycle.year}-result-{unit}", **facts, lead=year_plan.lead_unit(ctx))


@results.post("/results/tie")
@door(writes=True)
def name_excellent(ctx: Context) -> ResponseReturnValue:
    """The lead names who of the tied units gets the last excellent places."""
    given = request.form
    texts_given = (given.get("reason", "")[:2000], given.get("document", "")[:200])
    grading.name_excellent(ctx, cycle_asked(ctx), given.get("population", ""), given.getlist("units"), *texts_given)
    return redirect(url_for("results.show"), 303)


@results.get("/results.xlsx")
@door()
def workbook(ctx: Context) -> ResponseReturnValue:
    """Everything the person may see, to take away: all units, or their own."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    own = systems.own_unit(ctx)
    if access.oversees(ctx):
        tables = result_workbook.all_units(ctx, cycle)
    else:
        tables = [result_workbook.one_unit(result_tables.explanation(ctx, cycle, own.code if own else ""))]
    content = io.BytesIO(workbooks.workbook(tables))
    return send_file(content, mimetype=workbooks.MIME, download_name=f"{cycle.year}-results.xlsx", as_attachment=True)


def _facts(ctx: Context, cycle: plans.Cycle) -> dict[str, Any]:
    return {
        "cycle": cycle,
        "standing": result_tables.standing(ctx, cycle),
        "barred": bars.standing(ctx, cycle),
        "groups": result_tables.totals(ctx, cycle),
        "checks": result_tables.checks(ctx, cycle),
        "ties": result_tables.ties(ctx, cycle),
        "named": ties.standing(ctx, cycle),
        "may_name": access.may(ctx, "lead"),
        "flat": round_tables.flat(ctx, cycle, plans.annual_round(ctx, cycle)),
        "anew": result_tables.recomputations(ctx, cycle, [unit.code for unit in plans.assessed_units(ctx, cycle)]),
    }


def _unit_facts(ctx: Context, cycle: plans.Cycle, unit: str) -> dict[str, Any]:
    found = result_tables.explanation(ctx, cycle, unit)
    ahead, behind = result_tables.best_and_worst(found.chapters)
    return {
        "cycle": cycle,
        "round": plans.annual_round(ctx, cycle),
        "found": found,
        "standing": result_tables.standing(ctx, cycle),
        "barred": bars.standing(ctx, cycle),
        "origins": origins.origins(ctx, cycle, found.snapshot, unit),
        "ahead": ahead,
        "behind": behind,
        "oversees": access.oversees(ctx),
        "anew": result_tables.recomputations(ctx, cycle, [unit]),
        "judged": systems.judged,
        "heads": heads(ctx, unit, cycle.year),
    }


def _chart(lines: Iterable[result_tables.TotalLine]) -> dict[str, Any]:
    """A group's totals as bars; a click goes to the unit."""
    shown = list(lines)
    values = [
        {"value": float(round(line.result.total, 2)), "url": url_for("results.one", unit=line.unit.code)}
        for line in shown
    ]
    return {
        "kind": "bar",
        "title": texts.say("Totals"),
        "unit": "",
        "categories": [line.unit.name for line in shown],
        "series": [{"name": texts.say("Total"), "values": values}],
    }
