"""The indicator system of the year: the list, one indicator over units and years, and the booklet of rules."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import expert_reviews, rules, series
from engine.assessment import indicators as system
from engine.db import Context
from engine.reports import forecast, systems, year_plan
from web import texts
from web.boundary import door
from web.pages.named import name_units
from web.papers import paper
from web.words import word
from web.years import cycle_asked, keep_year

indicators = keep_year(Blueprint("indicators", __name__, url_prefix="/indicators"))

PAGE = 200


@indicators.get("")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    every = [line for line in systems.lines(ctx, cycle) if line.indicator.is_in_force]
    used = [line.indicator for line in every]
    shown = [line for line in every if _is_asked(ctx, line.indicator)]
    page = max(request.args.get("page", 1, type=int), 1)
    part = shown[(page - 1) * PAGE : page * PAGE]
    return render_template(
        "indicators/indicators.html",
        cycle=cycle,
        chapters=_chapters(part),
        count=len(shown),
        page=page,
        pages=-(-len(shown) // PAGE) or 1,
        groups=systems.groups(ctx, cycle),
        sums=systems.weight_sums(used),
        wrong=system.wrong_sums(used),
        total=_total(systems.weight_sums(used)),
        own=systems.own_unit(ctx),
        oversees=access.oversees(ctx),
        answers=any(each.responsible_unit in access.own_units(ctx) for each in used),
        asked=request.args,
    )


@indicators.get("/booklet")
@door()
def booklet(ctx: Context) -> ResponseReturnValue:
    """The booklet of rules as a paper, every indicator once and in order."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    chapters = systems.booklet(ctx, cycle)
    versions = [version for _, lines in chapters for _, version in lines if version is not None]
    issued = [each.issued_at for each in versions if each.issued_at is not None]
    return paper(
        "indicators/booklet.html",
        f"{cycle.year}-booklet",
        cycle=cycle,
        chapters=chapters,
        groups=systems.groups(ctx, cycle),
        sums=systems.weight_sums(used for _, lines in chapters for used, _ in lines),
        issued_at=max(issued, default=None),
        final=bool(versions) and all(each.status == rules.RuleStatus.ISSUED for each in versions),
        details=_params,
        lead=year_plan.lead_unit(ctx),
    )


@indicators.get("/<code>")
@door()
def one(ctx: Context, code: str) -> ResponseReturnValue:
    """One indicator: rules, opinions, targets, figures over units and years, the statistics of the result."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    used = system.find(ctx, cycle, code)
    measured = systems.measured(ctx, cycle, used)
    day = _day_asked(measured.dates)
    breaks = series.breaks(ctx, used)
    broken = series.days(breaks)
    parts = next(each for each in systems.lines(ctx, cycle) if each.indicator.id == used.id)
    return render_template(
        "indicators/indicator.html",
        cycle=cycle,
        used=used,
        line=parts,
        params=_params(used),
        versions=systems.versions(ctx, used),
        opinions=year_plan.opinions(ctx, cycle, used),
        targets={unit.code: target for unit, target in systems.targets_of(ctx, cycle, used)},
        measured=measured,
        day=day,
        over_years=_over_years(used, measured, broken),
        within_year=_within_year(used, measured, cycle.year, broken),
        breaks=breaks,
        records=access.may(ctx, f"clerk@{used.responsible_unit}", f"leader@{used.responsible_unit}"),
        leads=access.may(ctx, "lead"),
        across_units=_across_units(used, measured, day),
        feedback=systems.feedback(ctx, cycle, used),
        revisions=expert_reviews.history(ctx, used),
        foretold=forecast.of_indicator(forecast.of_cycle(ctx, cycle), code),
        sees_all=systems.sees_all(ctx, used),
        chosen=_unit_asked(measured),
    )


def _is_asked(ctx: Context, used: system.CycleIndicator) -> bool:
    asked = request.args
    mine = asked.get("mine") != "1" or used.responsible_unit in access.own_units(ctx)
    main = asked.get("main") != "1" or used.main
    return mine and main and asked.get("category") in (None, "", used.indicator.category)


def _chapters(lines: Sequence[systems.Line]) -> dict[str, list[systems.Line]]:
    found: dict[str, list[systems.Line]] = {}
    for line in lines:
        found.setdefault(line.indicator.indicator.category, []).append(line)
    return found


def _total(sums: dict[str, dict[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for of_category in sums.values():
        for group, weight in of_category.items():
            found[group] = found.get(group, Decimal(0)) + weight
    return found


def _params(used: system.CycleIndicator) -> list[tuple[str, str]]:
    """The parameters of the scoring method in words."""
    return [(word("param", name), _shown(value)) for name, value in used.params.items()]


def _shown(value: Any) -> str:
    if value is None:
        return texts.say("not used")
    if isinstance(value, bool):
        return texts.say("Yes") if value else texts.say("No")
    if isinstance(value, dict):
        return "；".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "、".join(_shown(each) for each in value)
    return word("choice", value)


def _day_asked(dates: Sequence[date]) -> date | None:
    """The day whose figures are compared: the one asked for, else the newest."""
    asked = request.args.get("as_of", "")
    return next((day for day in dates if day.isoformat() == asked), dates[-1] if dates else None)


def _unit_asked(measured: systems.Measured) -> str | None:
    codes = [unit.code for unit in measured.units]
    asked = request.args.get("unit")
    if asked in codes:
        return asked
    return codes[0] if len(codes) == 1 else None


def _over_years(
    used: system.CycleIndicator, measured: systems.Measured, broken: Sequence[date]
) -> dict[str, Any] | None:
    """The chart of the years' ends; figures within a year stand apart, for most of them grow over it."""
    days = [day for day in measured.dates if (day.month, day.day) == (12, 31)]
    return _lines(used, measured, days, broken)


def _within_year(
    used: system.CycleIndicator, measured: systems.Measured, year: int, broken: Sequence[date]
) -> dict[str, Any] | None:
    return _lines(used, measured, [day for day in measured.dates if day.year == year], broken)


def _lines(
    used: system.CycleIndicator, measured: systems.Measured, days: Sequence[date], broken: Sequence[date]
) -> dict[str, Any] | None:
    """One unit and its group's mean where all are seen, else the means of the groups; None for less than two days.

    Each definition has a line of its own: no line runs over the day on which another one began.
    """
    if len(days) < 2:
        return None
    chosen = _unit_asked(measured)
    means = systems.means(measured) if len(measured.units) > 1 else {}
    unit = next((each for each in measured.units if each.code == chosen), None)
    drawn = (
        [{"name": unit.name, "values": [_point(measured.figures.get((unit.code, day))) for day in days]}]
        if unit
        else []
    )
    for group, known in ({unit.group: means[unit.group]} if unit and unit.group in means else means).items():
        name = texts.say("Mean of group {group}", group=group)
        drawn.append({"name": name, "values": [_point(known.get(day)) for day in days]})
    return {
        "kind": "line",
        "title": used.name,
        "unit": f" {used.indicator.unit_of_measure}",
        "categories": [day.isoformat() for day in days],
        "series": [part for each in drawn for part in _by_definition(each, days, broken)],
    }


def _by_definition(line: dict[str, Any], days: Sequence[date], broken: Sequence[date]) -> list[dict[str, Any]]:
    """The line in as many parts as there were definitions."""
    ends = [day for day in broken if days[0] < day <= days[-1]]
    spans = list(zip([date.min, *ends], [*ends, date.max], strict=True))
    return [
        {
            "name": f"{line['name']} {_definition(first)}" if ends else line["name"],
            "values": [value if first <= day < last else None for day, value in zip(days, line["values"], strict=True)],
        }
        for first, last in spans
    ]


def _definition(first: date) -> str:
    if first == date.min:
        return texts.say("(old definition)")
    return texts.say("(definition from {day})", day=first.isoformat())


def _across_units(used: system.CycleIndicator, measured: systems.Measured, day: date | None) -> dict[str, Any] | None:
    """The chart of one day over the units; None where there is only one."""
    if day is None or len(measured.units) < 2:
        return None
    return {
        "kind": "bar",
        "title": f"{used.name} {day.isoformat()}",
        "unit": f" {used.indicator.unit_of_measure}",
        "categories": [unit.name for unit in measured.units],
        "series": [
            {
                "name": texts.day(day, year=True),
                "values": [_point(measured.figures.get((unit.code, day))) for unit in measured.units],
            }
        ],
    }


def _point(figure: Decimal | None) -> float | None:
    """A point of a picture; nothing is computed from it."""
    return None if figure is None else float(figure)
