"""Judgement by people: the components of a result, checks, panels, debriefings, one's own vote, uses of results."""

from collections.abc import Mapping
from itertools import pairwise

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import (
    ballots,
    components,
    debriefings,
    indicators,
    panels,
    plans,
    result_uses,
    spot_checks,
    voting,
)
from engine.db import Context
from engine.reports import archive
from web import fields, texts
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year, look_at

evaluation = keep_year(Blueprint("evaluation", __name__))


@evaluation.get("/evaluation")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """How far each component of the result is, and who lacks it; units see their own line alone."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    own = None if access.oversees(ctx) else access.own_units(ctx)
    found = components.standings(ctx, cycle)
    return render_template("evaluation/overview.html", cycle=cycle, found=found, own=own)


@evaluation.get("/checks")
@door()
def checks(ctx: Context) -> ResponseReturnValue:
    """Draws with their seeds for those who oversee; checks that were made for everybody they concern."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    drawn = spot_checks.of_cycle(ctx, cycle)
    made = spot_checks.seen(ctx, cycle)
    name_people(ctx, [who for _, each in made for who in (each.first_checker, each.second_checker)])
    name_people(ctx, [each.drawn_by for each in drawn])
    return render_template(
        "evaluation/checks.html",
        cycle=cycle,
        drawn=drawn,
        is_reproduced=spot_checks.is_reproduced,
        replaced={before.id for before, after in pairwise(drawn) if before.round == after.round},
        made=made,
        due={each.id: sum(check.recorded_at is None for check in spot_checks.checks(ctx, each)) for each in drawn},
        used={each.id: each for each in indicators.of_cycle(ctx, cycle)},
    )


@evaluation.get("/panels")
@door()
def show_panels(ctx: Context) -> ResponseReturnValue:
    """Every panel the person may see, with its members; marks by member once it is closed."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = panels.of_cycle(ctx, cycle)
    seated = {each.id: panels.members(ctx, each) for each in found}
    name_people(ctx, [member.account for members in seated.values() for member in members])
    marks = {each.id: {(m.unit, m.account): m for m in panels.marks_of(ctx, each)} for each in found}
    return render_template(
        "evaluation/panels.html",
        cycle=cycle,
        found=found,
        seated=seated,
        standings={each.id: panels.standings(ctx, each) for each in found},
        marks=marks,
        used={each.id: each for each in indicators.of_cycle(ctx, cycle)},
    )


@evaluation.get("/debriefings")
@door()
def show_debriefings(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = debriefings.seen(ctx, cycle)
    name_people(ctx, [who for each in found for who in (each.answered_by, each.commented_by)])
    return render_template(
        "evaluation/debriefings.html",
        cycle=cycle,
        found=found,
        complete=debriefings.debriefed(ctx, cycle),
        files={each.id: archive.files_of(ctx, f"debriefing:{each.id}") for each in found},
    )


@evaluation.get("/uses")
@door()
def uses(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = result_uses.of_cycle(ctx, cycle)
    name_people(ctx, [who for each in found for who in (each.recorded_by, each.void_by)])
    return render_template(
        "evaluation/uses.html",
        cycle=cycle,
        found=found,
        leads=access.may(ctx, "lead"),
        kinds=result_uses.UseKind,
        units=plans.assessed_units(ctx, cycle),
    )


@evaluation.post("/uses")
@door(writes=True)
def record_use(ctx: Context) -> ResponseReturnValue:
    names = ("unit", "kind", "decided_by", "document", "person", "note")
    draft = result_uses.Draft(decided_on=fields.day("decided_on"), **{name: fields.text(name) for name in names})
    result_uses.record(ctx, cycle_asked(ctx), draft)
    return redirect(url_for("evaluation.uses"), 303)


@evaluation.post("/uses/<int:use_id>/void")
@door(writes=True)
def void_use(ctx: Context, use_id: int) -> ResponseReturnValue:
    result_uses.make_void(ctx, cycle_asked(ctx), use_id, fields.text("reason"))
    return redirect(url_for("evaluation.uses"), 303)


@evaluation.get("/votes/<int:evaluation_id>/own")
@door()
def own_vote(ctx: Context, evaluation_id: int) -> ResponseReturnValue:
    """The ballot of a vote to which the person is called by name."""
    return _own_ballot(ctx, evaluation_id, {}, None)


@evaluation.post("/votes/<int:evaluation_id>/own")
@door(writes=True)
def cast_own(ctx: Context, evaluation_id: int) -> ResponseReturnValue:
    """Cast once; a ballot against the rules is first given back with the reason, and nothing is kept of it."""
    held, _ = voting.own(ctx, evaluation_id)
    marks = {each["code"]: request.form.get(f"mark.{each['code']}", "") for each in held.subjects}
    try:
        voting.vote(ctx, evaluation_id, marks, as_it_is="as_it_is" in request.form)
    except ballots.InvalidBallot as error:
        return _own_ballot(ctx, evaluation_id, marks, texts.said(error)), 422
    return redirect(url_for("evaluation.own_vote", evaluation_id=evaluation_id), 303)


def _own_ballot(ctx: Context, evaluation_id: int, marks: Mapping[str, str], refused: str | None) -> str:
    held, right = voting.own(ctx, evaluation_id)
    cycle = plans.cycle(ctx, held.cycle_id)
    look_at(cycle.package, cycle)
    is_open = held.closed_at is None and held.opens_at <= ctx.now < held.closes_at
    return render_template(
        "evaluation/own_vote.html", held=held, right=right, is_open=is_open, marks=marks, refused=refused
    )
