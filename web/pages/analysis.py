"""Analysis: a team over the years and its weak points, how well indicators tell units apart, steps, burden, advice."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import plans, results, snapshots
from engine.db import Context
from engine.reports import analysis as reports
from engine.reports import result_tables, steps, year_plan
from web import texts
from web.boundary import door
from web.pages.named import name_units
from web.papers import paper
from web.years import cycle_asked, keep_year

analysis = keep_year(Blueprint("analysis", __name__, url_prefix="/analysis"))


@analysis.get("")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """Spread, steps and burden for those who oversee; others see their own burden and team."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    oversees = access.oversees(ctx)
    own = access.own_units(ctx)
    return render_template(
        "analysis/analysis.html",
        cycle=cycle,
        oversees=oversees,
        units=[unit for unit in plans.assessed_units(ctx, cycle) if oversees or unit.code in own],
        spreads=reports.spreads(ctx, cycle) if oversees else [],
        steps=steps.steps(ctx, cycle) if oversees else [],
        burdens=steps.burdens(ctx, cycle),
    )


@analysis.get("/teams/<unit>")
@door()
def team(ctx: Context, unit: str) -> ResponseReturnValue:
    """A leadership team's course over the years, and where it is weak."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = reports.team(ctx, cycle, unit)
    explained = _explained(ctx, cycle, unit)
    chapters, parts = reports.weak_points(explained) if explained and explained.compared else ([], [])
    return render_template(
        "analysis/team.html",
        cycle=cycle,
        team=found,
        chart=_chart(found.categories),
        chapters=chapters,
        parts=parts[:10],
    )


@analysis.get("/advice")
@door()
def advice(ctx: Context) -> ResponseReturnValue:
    """Advice for superiors as a paper: what the year's figures say of the whole city (K3)."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    spreads = reports.spreads(ctx, cycle)
    explained = [each for unit in plans.assessed_units(ctx, cycle) if (each := _explained(ctx, cycle, unit.code))]
    weak = {each.unit.code: reports.weak_points(each)[1][:3] for each in explained}
    return paper(
        "analysis/advice.html",
        f"{cycle.year}-advice",
        cycle=cycle,
        groups=result_tables.totals(ctx, cycle),
        categories=sorted(reports.category_means(explained).items(), key=lambda each: each[1]),
        lowest=sorted((each for each in spreads if each.n), key=lambda each: each.mean)[:5],
        flat=[each for each in spreads if each.is_flat or each.is_mostly_full],
        weak=weak,
        lead=year_plan.lead_unit(ctx),
    )


def _explained(ctx: Context, cycle: plans.Cycle, unit: str) -> result_tables.Explanation | None:
    """None before the annual figures are frozen."""
    try:
        return result_tables.explanation(ctx, cycle, unit)
    except (snapshots.NotPublished, results.NoResult):
        return None


def _chart(categories: Mapping[str, Mapping[date, Decimal]]) -> dict[str, Any] | None:
    days = sorted({day for found in categories.values() for day in found})
    if len(days) < 2:
        return None
    series = [{"name": name, "values": [float(found[day]) for day in days]} for name, found in categories.items()]
    title = texts.say("Each category against the first year, which is 100")
    return {"kind": "line", "title": title, "unit": "", "categories": [str(day.year) for day in days], "series": series}
