"""Units: the list of them, and one unit's year."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import targets
from engine.db import Context
from engine.errors import Invalid, Refused
from engine.reports import forecast, lights, unit_year
from web import texts
from web.boundary import door
from web.pages.named import holder_names, name_people, name_units
from web.years import cycle_asked

units = Blueprint("units", __name__)


class SigningOpen(Refused):
    """The signing for the targets is still open; sign in your inbox."""

    code = "signing_open"


class Bar(NamedTuple):
    """One bar of a small picture of a trend, in a box of 60 × 20."""

    x: int
    y: int
    height: int
    is_now: bool
    words: str


@units.get("/units")
@door()
def everyone(ctx: Context) -> ResponseReturnValue:
    """The units the person may see; who may see only one goes straight to it."""
    cycle = cycle_asked(ctx)
    assessed, responsible = unit_year.assessed_lines(ctx, cycle), unit_year.responsible_units(ctx, cycle)
    if not access.oversees(ctx) and len(access.own_units(ctx)) == 1:
        return redirect(url_for("units.one", code=next(iter(access.own_units(ctx)))), 303)
    return render_template("units/units.html", assessed=assessed, responsible=responsible, cycle=cycle)


@units.get("/units/<code>")
@door()
def one(ctx: Context, code: str) -> ResponseReturnValue:
    """An assessed unit's year, or that of a unit which answers for indicators or leads."""
    unit = unit_year.unit(ctx, code)
    cycle = cycle_asked(ctx)
    name_units(ctx)
    if not unit.group:
        told = unit_year.responsible(ctx, cycle, unit)
        name_people(ctx, [each.signed_by for _, each in told.sheets])
        return render_template("units/responsible.html", told=told, unit=unit, cycle=cycle)
    year = unit_year.assessed(ctx, cycle, unit)
    name_people(ctx, [*(each.received_by for each in year.letters), *(each.signed_by for _, each in year.sheets)])
    return render_template(
        "units/assessed.html",
        told=year,
        unit=unit,
        cycle=cycle,
        foretold=forecast.of_unit(forecast.of_cycle(ctx, cycle), code),
        held_by=holder_names(ctx, [each.holder for line in year.matters for each in line.held]),
        may_sign=year.owes_signature and access.may(ctx, f"leader@{code}"),
    )


@units.post("/units/<code>/sign")
@door(writes=True)
def sign_late(ctx: Context, code: str) -> ResponseReturnValue:
    """The unit's leader signs for the year's targets, or refuses, after the signing has closed."""
    cycle = cycle_asked(ctx)
    answer, reason = request.form.get("answer", ""), request.form.get("reason", "").strip()
    if answer not in list(targets.Answer):
        raise Invalid("Sign or refuse.")
    if not unit_year.signing_closed(ctx, cycle):
        raise SigningOpen
    targets.sign(ctx, cycle, code, answer, reason or None, late=True)
    return redirect(url_for("units.one", code=code), 303)


@units.app_template_filter("share")
def share(expected: str) -> Decimal:
    """A share of the target as a snapshot keeps it, as a decimal."""
    return lights.share(expected)


@units.app_template_filter("bars")
def bars(trend: Sequence[tuple[date, Decimal]]) -> list[Bar]:
    """The last five figures of a trend as bars; the lowest is short, not missing."""
    shown = list(trend)[-5:]
    if not shown:
        return []
    low, high = min(value for _, value in shown), max(value for _, value in shown)
    base = min(low, Decimal(0))
    span = (high - base) or Decimal(1)
    last = shown[-1][0]
    made = []
    for index, (day, value) in enumerate(shown):
        height = max(2, round(18 * (value - base) / span))
        made.append(Bar(12 * index, 20 - height, height, day == last, f"{day} {texts.number(value)}"))
    return made
