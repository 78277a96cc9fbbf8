"""What may change a grade beside the score: vetoes, opinions of the bodies, rulings of tolerance, appeals with their reports."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import appeals, bars, grading, indicators, plans, rulings, veto_list
from engine.assessment.figures import figure
from engine.db import Context
from engine.errors import Invalid, NotFound
from engine.reports import systems
from web.boundary import door
from web.pages.named import name_units
from web.years import cycle_asked, keep_year

hearings = keep_year(Blueprint("hearings", __name__, url_prefix="/hearings"))


@hearings.get("")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """Everything of the year that the person may see, with what they may do."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    own = systems.own_unit(ctx)
    return render_template(
        "hearings/hearings.html",
        cycle=cycle,
        used=used,
        own=own,
        bars=bars.of_cycle(ctx, cycle),
        listed=(listed := {each.code: each for each in veto_list.items(ctx, veto_list.ListKind.VETO)}),
        usable=[each for each in listed.values() if each.in_force_on(ctx.today)],
        opinions=bars.opinions(ctx, cycle),
        needed=bool(cycle.parameters.get("opinions_needed", False)),
        bodies=[str(each) for each in bars.Body],
        rulings=rulings.of_cycle(ctx, cycle),
        appeals=appeals.of_cycle(ctx, cycle),
        appeals_until=appeals.window(ctx, cycle),
        units=plans.assessed_units(ctx, cycle),
        offices=[unit for unit in people.units(ctx) if not unit.group and unit.parent_id],
        leads=access.may(ctx, "lead"),
        proposes=access.may(ctx, "lead", "inspector"),
        decides=access.may(ctx, "lead", "committee"),
        answers_for=lambda code: access.may(ctx, f"clerk@{code}", f"leader@{code}"),
        corrects=lambda code: access.may(ctx, f"leader@{code}"),
    )


@hearings.post("/bars")
@door(writes=True)
def propose_bar(ctx: Context) -> ResponseReturnValue:
    bars.propose(ctx, cycle_asked(ctx), _text("unit"), _text("item"), _text("basis"))
    return _back("bars")


@hearings.post("/bars/<int:bar_id>/<any(confirm, reject, revoke):act>")
@door(writes=True)
def decide_bar(ctx: Context, bar_id: int, act: str) -> ResponseReturnValue:
    """Confirmed, rejected or taken back; each by another person than who proposed it."""
    acts = {"confirm": grading.confirm_bar, "reject": grading.reject_bar, "revoke": grading.revoke_bar}
    acts[act](ctx, cycle_asked(ctx), bar_id, _text("note"))
    return _back("bars")


@hearings.post("/opinions")
@door(writes=True)
def ask(ctx: Context) -> ResponseReturnValue:
    due = _day("due")
    bars.ask(ctx, cycle_asked(ctx), request.form.getlist("units"), _one_of("body", bars.Body), _text("asked_of"), due)
    return _back("opinions")


@hearings.post("/opinions/<int:opinion_id>/give")
@door(writes=True)
def give(ctx: Context, opinion_id: int) -> ResponseReturnValue:
    bars.give(ctx, cycle_asked(ctx), opinion_id, _one_of("verdict", bars.Verdict), _text("text"))
    return _back("opinions")


@hearings.post("/opinions/<int:opinion_id>/waive")
@door(writes=True)
def waive(ctx: Context, opinion_id: int) -> ResponseReturnValue:
    bars.waive(ctx, cycle_asked(ctx), opinion_id, _text("why"))
    return _back("opinions")


@hearings.post("/settle")
@door(writes=True)
def settle(ctx: Context) -> ResponseReturnValue:
    """A grade that was withheld is given after a late opinion."""
    grading.settle(ctx, cycle_asked(ctx), _text("unit"), _text("why"))
    return _back("opinions")


@hearings.post("/rulings")
@door(writes=True)
def propose_ruling(ctx: Context) -> ResponseReturnValue:
    points = figure(_text("points"))
    if points is None:
        raise Invalid("Write how many points were taken.")
    rulings.propose(ctx, cycle_asked(ctx), _text("unit"), _text("indicator"), points, _text("basis"))
    return _back("rulings")


@hearings.post("/rulings/<int:ruling_id>/<any(approve, refuse):act>")
@door(writes=True)
def decide_ruling(ctx: Context, ruling_id: int, act: str) -> ResponseReturnValue:
    rulings.decide(ctx, cycle_asked(ctx), ruling_id, _text("note"), approved=act == "approve")
    return _back("rulings")


@hearings.post("/recompute")
@door(writes=True)
def recompute(ctx: Context) -> ResponseReturnValue:
    """After a ruling that came when the figures were frozen already."""
    grading.recompute(ctx, cycle_asked(ctx), _text("why"))
    return _back("rulings")


@hearings.post("/appeals")
@door(writes=True)
def file(ctx: Context) -> ResponseReturnValue:
    appeals.file(ctx, cycle_asked(ctx), _text("unit"), _text("indicator"), _text("text"))
    return _back("appeals")


@hearings.post("/appeals/<int:appeal_id>/<any(accept, uphold, dismiss, recompute):act>")
@door(writes=True)
def move(ctx: Context, appeal_id: int, act: str) -> ResponseReturnValue:
    """One step of an appeal."""
    cycle = cycle_asked(ctx)
    if act == "accept":
        appeals.accept(ctx, cycle, appeal_id)
    elif act == "recompute":
        appeals.recompute(ctx, cycle, appeal_id)
        return redirect(url_for("hearings.report", appeal_id=appeal_id), 303)
    else:
        appeals.decide(ctx, cycle, appeal_id, _text("note"), upheld=act == "uphold")
    return _back("appeals")


@hearings.post("/appeals/<int:appeal_id>/correct")
@door(writes=True)
def correct(ctx: Context, appeal_id: int) -> ResponseReturnValue:
    value = figure(_text("value"))
    if value is None:
        raise Invalid("Write the corrected figure.")
    appeals.correct(ctx, cycle_asked(ctx), appeal_id, value)
    return _back("appeals")


@hearings.get("/appeals/<int:appeal_id>")
@door()
def report(ctx: Context, appeal_id: int) -> ResponseReturnValue:
    """What the recomputation after an appeal changed, for whom."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = appeals.get(ctx, cycle, appeal_id)
    facts: dict[str, Any] = {"cycle": cycle, "appeal": found, "used": indicators.get(ctx, found.cycle_indicator_id)}
    return render_template("hearings/report.html", **facts, changes=appeals.report(ctx, cycle, appeal_id))


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _one_of(name: str, choices: Any) -> str:
    if _text(name) not in set(choices):
        raise NotFound
    return _text(name)


def _day(name: str) -> date:
    try:
        return date.fromisoformat(_text(name))
    except ValueError:
        raise Invalid("Give a day, such as 2026-04-30.") from None


def _back(part: str) -> ResponseReturnValue:
    return redirect(url_for("hearings.show") + f"#{part}", 303)
