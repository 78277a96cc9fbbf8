"""A unit that has gone: what it leaves open, and the record of who stands in its place."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import plans
from engine.assessment import succession as units
from engine.db import Context
from engine.reports import unit_year
from web import fields
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

succession = keep_year(Blueprint("succession", __name__, url_prefix="/units/<code>/succession"))


class Course(NamedTuple):
    """How a unit went, what it has taken over, and whether the reader may record its successor."""

    to: units.Succession | None
    taken: Sequence[units.Succession]
    may_record: bool


@succession.app_template_global("succession")
def course(code: str) -> Course:
    """For the pages of the unit and of its archive."""
    ctx: Context = g.ctx
    gone = units.of_unit(ctx, code)
    return Course(gone, units.taken_over(ctx, code), gone is None and access.may(ctx, "lead"))


@succession.get("")
@door()
def show(ctx: Context, code: str) -> ResponseReturnValue:
    """What would pass over, before anything is recorded; afterwards the record."""
    unit = unit_year.unit(ctx, code)
    name_units(ctx)
    done = units.of_unit(ctx, code)
    if done is not None:
        name_people(ctx, [done.recorded_by])
        return render_template("system/succeeded.html", unit=unit, done=done, cycle=cycle_asked(ctx))
    left = units.estate(ctx, code)
    name_people(ctx, [each.assignee for each in left.tasks])
    same_kind = plans.standing_units(ctx) if unit.group else [each for each in people.units(ctx) if not each.group]
    return render_template(
        "system/succession.html",
        unit=unit,
        left=left,
        heirs=[each for each in same_kind if each.code != code and each.successor is None and each.parent_id],
        cycle=cycle_asked(ctx),
    )


@succession.post("")
@door(writes=True)
def record(ctx: Context, code: str) -> ResponseReturnValue:
    successor, reason, document = fields.text("successor"), fields.text("reason"), fields.text("document")
    units.succeed(ctx, code, successor, fields.day("ends_on"), reason, document)
    return redirect(url_for("succession.show", code=code), 303)
