"""Activities of branches: created online, signed in to by a QR code on the spot, leave asked for beforehand (N11)."""

from datetime import datetime

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import people
from engine.assessment import plans
from engine.assessment.points import activities as held
from engine.assessment.points import items, membership
from engine.db import SHANGHAI, Context
from engine.errors import Invalid
from engine.reports import points as reports
from web import years
from web.boundary import door
from web.pages.points import cycle_of_points

activities = years.keep_year(Blueprint("activities", __name__))


@activities.get("/points/activities")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_of_points(ctx)
    given = [each for each in items.of_cycle(ctx, cycle) if each.kind in (items.Kind.MUST, items.Kind.ENCOURAGED)]
    units = {unit.code: unit for unit in people.units(ctx)}
    return render_template(
        "points/activities.html",
        cycle=cycle,
        found=held.of_cycle(ctx, cycle),
        units=units,
        organised=[units[code] for code in _organised(ctx, cycle)],
        items=given,
    )


@activities.post("/points/activities")
@door(writes=True)
def make(ctx: Context) -> ResponseReturnValue:
    given = request.form
    begins, ends = _moment("starts_at"), _moment("ends_at")
    plan = held.Plan(
        given.get("unit", ""), given.get("title", ""), given.get("place", ""), begins, ends, given.get("item") or None
    )
    made = held.make(ctx, cycle_of_points(ctx), plan)
    return redirect(url_for("activities.one", activity_id=made.id), 303)


@activities.get("/points/activities/<int:activity_id>")
@door()
def one(ctx: Context, activity_id: int) -> ResponseReturnValue:
    """What it is; for its organiser who came, for a member whether they are signed in or have leave."""
    cycle = cycle_of_points(ctx)
    found = held.get(ctx, cycle, activity_id)
    organises = held.is_organiser(ctx, found.unit)
    attendance = held.attendance(ctx, found) if organises else []
    me = ctx.on_behalf_of or ctx.actor or ""
    mine = membership.own_branch(ctx)
    return render_template(
        "points/activity.html",
        cycle=cycle,
        found=found,
        unit=people.unit(ctx, found.unit),
        item=items.by_code(ctx, cycle).get(found.item or ""),
        organises=organises,
        attendance=attendance,
        names=people.names(ctx, [each.account for each in attendance]),
        units={unit.code: unit.name for unit in people.units(ctx)},
        is_invited=mine is not None and found.unit in (mine.branch, mine.committee),
        signed_in_at=held.signed_in_at(ctx, found, me),
        leave=held.leaves(ctx, found).get(me),
        is_ahead=ctx.now < found.starts_at,
        is_over=ctx.now > found.ends_at,
    )


@activities.get("/points/activities/<int:activity_id>/code")
@door()
def code(ctx: Context, activity_id: int) -> ResponseReturnValue:
    """The code for a screen at the door; the page draws a new one by itself before it runs out."""
    cycle = cycle_of_points(ctx)
    token = held.code(ctx, cycle, activity_id)
    url = url_for("activities.arrive", token=token, _external=True, package=None, year=None)
    drawn = segno.make(url, error="m", micro=False).svg_inline(omitsize=True, svgclass="qr", lineclass=None)
    # The code draws the address alone, which this program made.
    found = held.get(ctx, cycle, activity_id)
    return render_template("points/code.html", found=found, url=url, picture=Markup(drawn), minutes=_minutes())


@activities.get("/points/sign-in/<token>")
@door()
def arrive(ctx: Context, token: str) -> ResponseReturnValue:
    """What the phone shows after reading the code: one button."""
    found = held.by_code(ctx, token)
    came = held.signed_in_at(ctx, found, ctx.actor or "")
    return render_template("points/arrive.html", found=found, token=token, came=came)


@activities.post("/points/sign-in/<token>")
@door(writes=True)
def sign_in(ctx: Context, token: str) -> ResponseReturnValue:
    found = held.sign_in(ctx, token)
    return redirect(url_for("activities.one", activity_id=found.id), 303)


@activities.post("/points/activities/<int:activity_id>/leave")
@door(writes=True)
def ask_leave(ctx: Context, activity_id: int) -> ResponseReturnValue:
    held.ask_leave(ctx, cycle_of_points(ctx), activity_id, request.form.get("reason", ""))
    return redirect(url_for("activities.one", activity_id=activity_id), 303)


def _organised(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The committees and branches the person may create an activity for."""
    day = reports.day_of(ctx, cycle)
    every = [code for each in membership.committees(ctx, day) for code in (each, *membership.branches(ctx, each, day))]
    return [code for code in every if held.is_organiser(ctx, code)]


def _moment(name: str) -> datetime:
    try:
        return datetime.fromisoformat(request.form.get(name, "")).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Invalid("Choose a day and a time.") from None


def _minutes() -> int:
    return int(held.CODE_LASTS.total_seconds() // 60)
