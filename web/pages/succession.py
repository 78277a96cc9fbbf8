"""A unit that has gone: what it leaves open and to whom, the record of it, and single matters that pass on later."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, files, people, workflow
from engine.assessment import indicators, passings, plans, rectification, scans
from engine.assessment import succession as units
from engine.db import Context
from engine.errors import Invalid, NotFound, Refused
from web import fields
from web.boundary import door, sentence
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

succession = keep_year(Blueprint("succession", __name__, url_prefix="/units/<code>/succession"))


class Course(NamedTuple):
    """How a unit went, what it has taken over, and whether the reader may record its successor."""

    to: units.Succession | None
    taken: Sequence[units.Succession]
    #: Matters of others that were given to it by name, those of one paper together, and indicators.
    matters: list[list[tuple[passings.Passing, rectification.Item]]]
    indicators: list[tuple[units.Succession, list[str]]]
    may_record: bool


class Line(NamedTuple):
    """A matter of the unit that passed by name: by which act, with its papers."""

    passing: passings.Passing
    item: rectification.Item
    papers: list[files.StoredFile]


@succession.app_template_global("succession")
def course(code: str) -> Course:
    """For the pages of the unit and of its archive."""
    ctx: Context = g.ctx
    gone = units.of_unit(ctx, code)
    given: dict[tuple[str, str], list[tuple[passings.Passing, rectification.Item]]] = {}
    for made, item in passings.received(ctx, code):
        given.setdefault((item.unit, made.document), []).append((made, item))
    may_record = gone is None and access.may(ctx, "lead")
    taken, answered = units.taken_over(ctx, code), units.given_indicators(ctx, code)
    return Course(gone, taken, list(given.values()), answered, may_record)


@succession.get("")
@door()
def show(ctx: Context, code: str) -> ResponseReturnValue:
    """What the unit leaves, before anything is recorded; afterwards the record."""
    done = units.of_unit(ctx, code)
    return _done(ctx, units.visible(ctx, done.id)) if done is not None else _estate(ctx, code)


@succession.post("/preview")
@door()
def preview(ctx: Context, code: str) -> ResponseReturnValue:
    """What would pass to whom as it was chosen; nothing is recorded."""
    chosen, split = fields.text("successor"), _split(request.form)
    try:
        shares = units.shares(ctx, code, chosen, split)
    except (Invalid, Refused) as error:
        # Nothing has been written: what was chosen stays on the page beside the sentence.
        return _estate(ctx, code, chosen, split, refused=sentence(error)), 422
    return _estate(ctx, code, chosen, split, shares)


@succession.post("")
@door(writes=True)
def record(ctx: Context, code: str) -> ResponseReturnValue:
    successor, reason, document = fields.text("successor"), fields.text("reason"), fields.text("document")
    papers, split = fields.uploads(ctx, "papers"), _split(request.form)
    units.succeed(ctx, code, successor, fields.day("ends_on"), reason, document, split=split, papers=papers)
    return redirect(url_for("succession.show", code=code), 303)


@succession.post("/papers")
@door(writes=True)
def attach(ctx: Context, code: str) -> ResponseReturnValue:
    """A paper that comes later than the record that rests on it."""
    units.add_papers(ctx, code, fields.uploads(ctx, "papers"))
    return redirect(url_for("succession.show", code=code), 303)


@succession.get("/matters/<int:item_id>")
@door()
def passing(ctx: Context, code: str, item_id: int) -> ResponseReturnValue:
    """One open matter of the unit that is gone: who does it now, what would pass with it."""
    item = _matter(ctx, code, item_id)
    now = passings.stands_for(ctx, item.worked_by)
    passings.require_passable(ctx, now, item.number)
    name_units(ctx)
    waiting = workflow.of_instances(ctx, [item.instance_id] if item.instance_id is not None else [])
    tasks = [each for each in waiting if each.unit == item.worked_by]
    name_people(ctx, [each.assignee for each in tasks])
    return render_template(
        "system/passing.html",
        unit=people.unit(ctx, code),
        item=item,
        used=indicators.get(ctx, item.cycle_indicator_id),
        now=now,
        tasks=tasks,
        heirs=[each for each in _heirs(ctx, people.unit(ctx, code)) if each.code != now],
        cycle=cycle_asked(ctx),
    )


@succession.post("/matters/<int:item_id>")
@door(writes=True)
def pass_on(ctx: Context, code: str, item_id: int) -> ResponseReturnValue:
    """``now`` is whom the page showed: a matter that has passed on meanwhile is refused."""
    number, now, heir = _matter(ctx, code, item_id).number, fields.text("now"), fields.text("heir")
    reason, document = fields.text("reason"), fields.text("document")
    passings.pass_on(ctx, now, number, heir, reason, document, fields.uploads(ctx, "papers"))
    return redirect(url_for("succession.show", code=code), 303)


@succession.post("/passings/<int:passing_id>/papers")
@door(writes=True)
def attach_to_passing(ctx: Context, code: str, passing_id: int) -> ResponseReturnValue:
    passings.add_papers(ctx, passing_id, fields.uploads(ctx, "papers"))
    return redirect(url_for("succession.show", code=code), 303)


def _estate(
    ctx: Context,
    code: str,
    chosen: str = "",
    split: units.Split | None = None,
    shares: Sequence[units.Share] = (),
    refused: str = "",
) -> str:
    left, unit = units.estate(ctx, code), people.unit(ctx, code)
    name_units(ctx)
    name_people(ctx, [each.assignee for each in left.tasks])
    return render_template(
        "system/succession.html",
        unit=unit,
        left=left,
        heirs=_heirs(ctx, unit),
        chosen=chosen,
        split=split or units.Split(),
        shares=shares,
        refused=refused,
        used=_used(ctx, left.matters),
        cycle=cycle_asked(ctx),
    )


def _done(ctx: Context, done: units.Succession) -> str:
    name_units(ctx)
    given = passings.of_unit(ctx, done.unit)
    papers = scans.of(ctx, "passing", [each.id for each, _ in given])
    name_people(ctx, [done.recorded_by, *(each.recorded_by for each, _ in given)])
    still = _still_open(ctx, done.unit) if access.may(ctx, "lead") else []
    return render_template(
        "system/succeeded.html",
        unit=people.unit(ctx, done.unit),
        done=done,
        papers=scans.of(ctx, "succession", [done.id])[done.id],
        given=[Line(each, item, papers[each.id]) for each, item in given],
        still=still,
        used=_used(ctx, [item for _, item in given] + [item for item, _ in still]),
        leads=access.may(ctx, "lead"),
        passed=units.passed(ctx, done),
        cycle=cycle_asked(ctx),
    )


def _still_open(ctx: Context, code: str) -> list[tuple[rectification.Item, str]]:
    """The open matters that were issued to the unit, with who does each now."""
    found = [each for each in rectification.items(ctx, cycle_asked(ctx), unit=code) if each.is_open]
    return [(each, passings.stands_for(ctx, each.worked_by)) for each in found]


def _matter(ctx: Context, code: str, item_id: int) -> rectification.Item:
    item = rectification.item(ctx, item_id)
    if item.unit != code:
        raise NotFound
    return item


def _heirs(ctx: Context, gone: people.Unit) -> list[people.Unit]:
    """The units that could stand in its place."""
    same_kind = plans.standing_units(ctx) if gone.group else [each for each in people.units(ctx) if not each.group]
    return [each for each in same_kind if each.code != gone.code and each.successor is None and each.parent_id]


def _used(ctx: Context, items: Iterable[rectification.Item]) -> dict[int, indicators.CycleIndicator]:
    return {each.id: indicators.get(ctx, each.cycle_indicator_id) for each in items}


def _split(given: Any) -> units.Split:
    """Fields ``matter/<number>`` and ``indicator/<id>`` name the unit; empty is the successor."""
    matters, answered = {}, {}
    for name, unit in given.items():
        kind, _, key = name.partition("/")
        if kind == "matter" and unit:
            matters[key] = unit
        elif kind == "indicator" and unit and key.isdecimal() and len(key) < 18:
            answered[int(key)] = unit
    return units.Split(matters, answered)
