"""Votes: the lead draws them up, gives out one-time links and counts; whoever holds a link casts one ballot, unnamed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import segno
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import access
from engine.assessment import ballots, indicators, lost_links, plans, voting
from engine.assessment.figures import figure
from engine.db import SHANGHAI, Context
from engine.errors import Invalid, Message
from web import fields, texts
from web.boundary import door
from web.pages.named import name_units
from web.years import cycle_asked, keep_year

votes = keep_year(Blueprint("votes", __name__))

#: What a new vote begins with.
USUAL = {
    "options": "优秀 100\n称职 80\n基本称职 60\n不称职 40",
    "classes": "主要领导 30\n班子成员 30\n干部群众 40",
    "kind": "democratic_review",
}


@dataclass(frozen=True, slots=True)
class Slip:
    """One link as it is printed."""

    url: str
    picture: Markup
    #: By which it is replaced if it is lost.
    number: str


@votes.get("/votes")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    return _list(ctx, {**USUAL, "period": str(cycle_asked(ctx).year)})


@votes.post("/votes")
@door(writes=True)
def make(ctx: Context) -> ResponseReturnValue:
    """A faulty plan is shown again with what is wrong in it; nothing has been written then."""
    try:
        made = ballots.make(ctx, cycle_asked(ctx), _plan(ctx, request.form))
    except Invalid as error:
        return _list(ctx, request.form, error), 422
    return redirect(url_for("votes.one", evaluation_id=made.id), 303)


@votes.get("/votes/<int:evaluation_id>")
@door()
def one(ctx: Context, evaluation_id: int) -> ResponseReturnValue:
    """Counts while people vote, never who; the result once it is over."""
    cycle = cycle_asked(ctx)
    held = ballots.get(ctx, cycle, evaluation_id)
    used = indicators.get(ctx, held.cycle_indicator_id) if held.cycle_indicator_id else None
    return render_template(
        "votes/vote.html",
        cycle=cycle,
        held=held,
        used=used,
        counts=ballots.counts(ctx, held),
        turnout={each.code: each for each in voting.turnout(ctx, held)},
        is_called=bool(voting.voters(ctx, held)),
        replaced=lost_links.replaced(ctx, cycle, held),
        outcomes=ballots.outcomes(ctx, held) if held.closed_at else [],
        faults=ballots.faults(ctx, held) if held.closed_at else {},
        leads=access.may(ctx, "lead"),
        takes_over=used is not None and access.may(ctx, f"clerk@{used.responsible_unit}"),
        is_over=ctx.now >= held.closes_at,
        fewest=ballots.FEWEST_SHOWN,
    )


@votes.post("/votes/<int:evaluation_id>/links")
@door(writes=True)
def give_out(ctx: Context, evaluation_id: int) -> ResponseReturnValue:
    """The links, this once: the page is the answer itself, for they are kept nowhere."""
    cycle = cycle_asked(ctx)
    held = ballots.get(ctx, cycle, evaluation_id)
    code, count = request.form.get("voters", ""), request.form.get("count", type=int) or 0
    made = voting.issue(ctx, cycle, evaluation_id, code, count)
    name = next(each["name"] for each in held.classes if each["code"] == code)
    return render_template("votes/links.html", held=held, voters=name, slips=[_slip(token) for token in made])


@votes.post("/votes/<int:evaluation_id>/links/replace")
@door(writes=True)
def give_again(ctx: Context, evaluation_id: int) -> ResponseReturnValue:
    """A link in the place of a lost one, shown this once."""
    cycle = cycle_asked(ctx)
    code, token = lost_links.replace(ctx, cycle, evaluation_id, fields.text("number"), fields.text("why"))
    held = ballots.get(ctx, cycle, evaluation_id)
    name = next(each["name"] for each in held.classes if each["code"] == code)
    return render_template("votes/links.html", held=held, voters=name, slips=[_slip(token)])


@votes.post("/votes/<int:evaluation_id>/close")
@door(writes=True)
def close(ctx: Context, evaluation_id: int) -> ResponseReturnValue:
    voting.close(ctx, cycle_asked(ctx), evaluation_id)
    return redirect(url_for("votes.one", evaluation_id=evaluation_id), 303)


@votes.post("/votes/<int:evaluation_id>/take-over")
@door(writes=True)
def take_over(ctx: Context, evaluation_id: int) -> ResponseReturnValue:
    """The result becomes figures of the annual sheet of the unit that answers for the indicator."""
    cycle = cycle_asked(ctx)
    annual = plans.annual_round(ctx, cycle)
    ballots.take_over(ctx, cycle, evaluation_id, annual)
    return redirect(url_for("rounds.show", key=annual.key), 303)


@votes.get("/vote/<token>")
@door(public=True)
def ballot(ctx: Context, token: str) -> ResponseReturnValue:
    return _ballot(ballots.by_link(ctx, token), token, {}, None)


@votes.post("/vote/<token>")
@door(writes=True, public=True)
def cast(ctx: Context, token: str) -> ResponseReturnValue:
    """Cast once; a ballot against the rules is first given back with the reason."""
    held = ballots.by_link(ctx, token)
    marks = {each["code"]: request.form.get(f"mark.{each['code']}", "") for each in held.subjects}
    try:
        valid = ballots.cast(ctx, token, marks, as_it_is="as_it_is" in request.form)
    except ballots.InvalidBallot as error:
        return _ballot(held, token, marks, texts.said(error)), 422
    return render_template("votes/thanks.html", held=held, valid=valid, framed=False)


def _list(ctx: Context, filled: Mapping[str, Any], error: Invalid | None = None) -> str:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    return render_template(
        "votes/votes.html",
        cycle=cycle,
        found=ballots.of_cycle(ctx, cycle),
        filled=filled,
        leads=access.may(ctx, "lead"),
        kinds=[str(each) for each in ballots.Kind],
        means=[str(each) for each in ballots.Means],
        chosen_means=getattr(filled, "getlist", lambda _: [])("means"),
        indicators=indicators.in_force(ctx, cycle),
        units=plans.assessed_units(ctx, cycle),
        refused=texts.said(error) if error else None,
        wrong={name: texts.message(why) for name, why in error.fields.items()} if error else {},
    )


def _ballot(held: ballots.Evaluation, token: str, marks: Mapping[str, str], refused: str | None) -> str:
    return render_template("votes/ballot.html", held=held, token=token, marks=marks, refused=refused, framed=False)


def _slip(token: str) -> Slip:
    url = url_for("votes.ballot", token=token, _external=True, package=None, year=None)
    drawn = segno.make(url, error="m", micro=False).svg_inline(omitsize=True, svgclass="qr", lineclass=None)
    # The code draws the address alone, which this program made.
    return Slip(url, Markup(drawn), lost_links.number_of(token))


def _plan(ctx: Context, form: Any) -> ballots.Plan:
    """The form as a plan; lines that cannot be read are named by their field."""
    wrong: dict[str, Message] = {}
    named = {unit.code: unit.name for unit in plans.assessed_units(ctx)}
    plan = ballots.Plan(
        title=form.get("title", ""),
        kind=form.get("kind", ""),
        period=form.get("period", ""),
        subjects=[_subject(line, number, named) for number, line in _lines(form, "subjects")],
        options=_pairs(form, "options", wrong),
        classes=[(f"k{n}", name, share / 100) for n, (name, share) in enumerate(_pairs(form, "classes", wrong), 1)],
        opens_at=_moment(form, "opens_at", wrong),
        closes_at=_moment(form, "closes_at", wrong),
        indicator=form.get("indicator") or None,
        means=form.getlist("means"),
        most_best=form.get("most_best", type=int),
        flat_invalid="flat_invalid" in form,
    )
    if wrong:
        raise Invalid("The evaluation cannot be held like this; see the fields.", fields=wrong)
    return plan


def _lines(form: Any, name: str) -> list[tuple[int, str]]:
    lines = [line.strip() for line in form.get(name, "").splitlines()]
    return list(enumerate((line for line in lines if line), 1))


def _subject(line: str, number: int, named: Mapping[str, str]) -> dict[str, str]:
    """A unit by its name or code; anything else is a person's name."""
    code = next((code for code, name in named.items() if line in (code, name)), None)
    if code is not None:
        return {"code": code, "name": named[code], "kind": "unit"}
    return {"code": f"p{number}", "name": line[:100], "kind": "person"}


def _pairs(form: Any, name: str, wrong: dict[str, Message]) -> list[tuple[str, Decimal]]:
    """Lines of a name and a number."""
    found: list[tuple[str, Decimal]] = []
    for _, line in _lines(form, name):
        words, _, last = line.rpartition(" ")
        try:
            value = figure(last)
        except Invalid:
            value = None
        if value is None or not words.strip():
            wrong[name] = Message("{line}: write a name, a space and a number.", {"line": line})
        else:
            found.append((words.strip(), value))
    return found


def _moment(form: Any, name: str, wrong: dict[str, Message]) -> datetime:
    try:
        return datetime.fromisoformat(form.get(name, "")).replace(tzinfo=SHANGHAI)
    except ValueError:
        wrong[name] = Message("Choose a day and a time.")
        return datetime(1970, 1, 1, tzinfo=SHANGHAI)
