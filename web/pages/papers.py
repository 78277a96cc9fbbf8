"""Papers: letters, slips, consultations and feedback sheets as they look when they go out, on screen and on A4."""

from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from engine import access
from engine.assessment import letters, plans
from engine.db import Context
from engine.errors import Invalid
from engine.reports import matter
from engine.reports import papers as told
from web.boundary import door
from web.pages.named import name_people, name_units
from web.papers import paper
from web.years import cycle_asked, look_at

papers = Blueprint("papers", __name__)


@papers.get("/letters/<int:letter_id>")
@door()
def letter(ctx: Context, letter_id: int) -> ResponseReturnValue:
    """A warning letter or reminder."""
    name_units(ctx)
    found = told.letter(ctx, letter_id)
    look_at(found.cycle.package, found.cycle)
    return paper(
        "papers/letter.html",
        f"letter-{letter_id}",
        paper=found,
        mine=matter.my_tasks(ctx, found.instances),
        may_register=access.may(ctx, "lead"),
        sees_all=access.oversees(ctx),
    )


@papers.post("/letters/<int:letter_id>/register")
@door(writes=True)
def register(ctx: Context, letter_id: int) -> ResponseReturnValue:
    """The number and date under which the office's own registry keeps the letter."""
    registered = letters.letter(ctx, letter_id)
    cycle = plans.cycle(ctx, ctx.session.get_one(plans.Round, registered.round_id).cycle_id)
    number, day = request.form.get("number", "").strip(), _day(request.form, "day")
    if not number or len(number) > 100:
        raise Invalid("Write the office's number, in at most 100 characters.")
    letters.register_office_number(ctx, cycle, registered, number, day)
    return redirect(url_for("papers.letter", letter_id=letter_id), 303)


@papers.get("/slips/<int:slip_id>")
@door()
def slip(ctx: Context, slip_id: int) -> ResponseReturnValue:
    """A slip of the inspection office."""
    name_units(ctx)
    found = told.slip(ctx, slip_id)
    _look_at(ctx, found.item.cycle_id)
    mine = matter.my_tasks(ctx, found.instances)
    return paper("papers/slip.html", f"slip-{slip_id}", paper=found, mine=mine)


@papers.get("/consultations/<int:consultation_id>")
@door()
def consultation(ctx: Context, consultation_id: int) -> ResponseReturnValue:
    """A consultation with its grounds, diagnoses and measures."""
    name_units(ctx)
    found = told.consultation_paper(ctx, consultation_id)
    _look_at(ctx, found.held.cycle_id)
    name_people(ctx, found.experts)
    mine = matter.my_tasks(ctx, found.instances)
    return paper("papers/consultation.html", f"consultation-{consultation_id}", paper=found, mine=mine)


@papers.get("/rounds/<key>/feedback/<unit>")
@door()
def feedback(ctx: Context, key: str, unit: str) -> ResponseReturnValue:
    """The round's feedback sheet of one unit; it names no other."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = told.feedback_paper(ctx, cycle, key, unit)
    mine = [task for task in matter.my_tasks(ctx, found.instances) if task.unit == unit]
    return paper("papers/feedback.html", f"{cycle.year}-{key}-{unit}", paper=found, mine=mine)


def _look_at(ctx: Context, cycle_id: int) -> None:
    cycle = plans.cycle(ctx, cycle_id)
    look_at(cycle.package, cycle)


def _day(form: MultiDict[str, str], name: str) -> date | None:
    """A date of a form; None where it is left empty."""
    text = form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("{text} is not a date.", text=text) from None
