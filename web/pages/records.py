"""Daily assessment: records, the archive of a unit, special assessments."""

import io
from tempfile import SpooledTemporaryFile

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import annual_plan, archives, authority, indicators, plans, rectification, special
from engine.assessment import records as kept
from engine.assessment.special import Aspect, Body, FrontLine, Given, Rating, Trigger
from engine.db import Context
from engine.reports import archive as packing
from engine.reports import workbooks
from web import archive_workbook, fields
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

records = keep_year(Blueprint("records", __name__))

PAGE = 100
#: A zip up to so many bytes is made in memory.
IN_MEMORY = 4_000_000


@records.get("/records")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    asked = {name: request.args.get(name) or None for name in ("unit", "kind", "tag")}
    found = kept.of_year(ctx, cycle.year, **asked)
    number = max(request.args.get("page", 1, type=int), 1)
    shown = found[(number - 1) * PAGE : number * PAGE]
    name_people(ctx, [each.recorded_by for each in shown])
    return render_template(
        "daily/records.html",
        cycle=cycle,
        found=shown,
        total=len(found),
        number=number,
        last=max((len(found) - 1) // PAGE + 1, 1),
        asked=asked,
        units=_units(ctx, cycle),
        kinds=kept.RecordKind,
        tags=kept.SourceTag,
        may_write=kept.kinds_of(ctx),
    )


@records.post("/records")
@door(writes=True)
def write(ctx: Context) -> ResponseReturnValue:
    draft = kept.Draft(
        kind=fields.choice("kind", kept.RecordKind),
        unit=fields.text("unit"),
        held_on=fields.day("held_on"),
        text=fields.text("text"),
        participants=fields.text("participants"),
        tags=fields.choices("tag", kept.SourceTag),
        year=cycle_asked(ctx).year,
    )
    made = kept.write(ctx, draft, fields.uploads(ctx))
    return redirect(url_for("records.one", record_id=made.id), 303)


@records.get("/records/<int:record_id>")
@door()
def one(ctx: Context, record_id: int) -> ResponseReturnValue:
    found = kept.get(ctx, record_id)
    cycle = plans.find(ctx, cycle_asked(ctx).package, found.year)
    name_units(ctx)
    name_people(ctx, [found.recorded_by, found.void_by])
    opener = kept.OPENS.get(kept.RecordKind(found.kind))
    may_open = bool(opener) and found.item_id is None and found.void_at is None
    return render_template(
        "daily/record.html",
        found=found,
        papers=packing.files_of(ctx, f"record:{found.id}"),
        item=ctx.session.get(rectification.Item, found.item_id) if found.item_id else None,
        may_open=may_open and kept.RecordKind(found.kind) in kept.kinds_of(ctx),
        may_void=found.void_at is None and (found.recorded_by == ctx.actor or access.may(ctx, "lead")),
        indicators=indicators.in_force(ctx, cycle),
    )


@records.post("/records/<int:record_id>/matter")
@door(writes=True)
def open_matter(ctx: Context, record_id: int) -> ResponseReturnValue:
    cycle = plans.find(ctx, cycle_asked(ctx).package, kept.get(ctx, record_id).year)
    kept.open_matter(ctx, cycle, record_id, fields.text("indicator"), fields.day("due_on"))
    return redirect(url_for("records.one", record_id=record_id), 303)


@records.post("/records/<int:record_id>/void")
@door(writes=True)
def make_void(ctx: Context, record_id: int) -> ResponseReturnValue:
    kept.make_void(ctx, record_id, fields.text("reason"))
    return redirect(url_for("records.one", record_id=record_id), 303)


@records.get("/archives")
@door()
def archive_list(ctx: Context) -> ResponseReturnValue:
    """Each unit's archive, with what lies in it."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = [archives.archive(ctx, cycle, unit.code) for unit in _units(ctx, cycle)]
    reviews = archives.reviews(ctx, cycle)
    name_people(ctx, [each.reviewed_by for each in reviews.values()])
    return render_template("daily/archives.html", cycle=cycle, found=found, reviews=reviews)


@records.get("/archives/<unit>")
@door()
def archive(ctx: Context, unit: str) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    found = archives.archive(ctx, cycle, unit)
    name_units(ctx)
    name_people(ctx, [each.recorded_by for each in found.records])
    review = archives.reviews(ctx, cycle).get(unit)
    name_people(ctx, [review.reviewed_by] if review else [])
    return render_template("daily/archive.html", cycle=cycle, found=found, review=review, unit=people.unit(ctx, unit))


@records.get("/archives/<unit>.zip")
@door()
def archive_whole(ctx: Context, unit: str) -> ResponseReturnValue:
    """The whole archive with its index, to take away."""
    cycle = cycle_asked(ctx)
    found = archives.archive(ctx, cycle, unit)
    papers = packing.papers(ctx, found)
    name_people(ctx, [each.recorded_by for each in found.records])
    index = workbooks.workbook(archive_workbook.index(ctx, found, papers))
    with SpooledTemporaryFile(IN_MEMORY) as out:
        packing.pack(ctx, out, index, papers)
        out.seek(0)
        content = io.BytesIO(out.read())
    name = f"{cycle.year}-{unit}-archive.zip"
    return send_file(content, mimetype="application/zip", download_name=name, as_attachment=True)


@records.get("/special")
@door()
def special_list(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    planned = [each for each in annual_plan.of_year(ctx, cycle.year) if each.kind == annual_plan.EntryKind.SPECIAL]
    return render_template(
        "daily/specials.html",
        cycle=cycle,
        found=[(each, special.standings(ctx, each)) for each in special.of_year(ctx, cycle.year)],
        oversees=access.oversees(ctx),
        leads=access.may(ctx, "lead"),
        planned=[each for each in planned if each.status == annual_plan.EntryStatus.APPROVED],
        units=plans.assessed_units(ctx, cycle),
        triggers=Trigger,
        tags=FrontLine,
    )


@records.post("/special")
@door(writes=True)
def open_special(ctx: Context) -> ResponseReturnValue:
    made = special.open_special(
        ctx,
        fields.number("planned"),
        fields.text("unit"),
        fields.choice("trigger", Trigger),
        fields.text("title"),
        fields.text("occasion"),
        fields.choices("tag", FrontLine),
    )
    return redirect(url_for("records.special_one", special_id=made.id), 303)


@records.get("/special/<int:special_id>")
@door()
def special_one(ctx: Context, special_id: int) -> ResponseReturnValue:
    found = special.get(ctx, special_id)
    name_units(ctx)
    ratings, asked = special.ratings_of(ctx, found), special.corroborations(ctx, found)
    accounts = [who for each in asked.values() for who in (each.asked_by, each.replied_by, each.waived_by)]
    name_people(ctx, [found.opened_by, found.final_by, *(each.rated_by for each in ratings.values()), *accounts])
    mine = [body for body, each in asked.items() if access.may(ctx, f"clerk@{each.unit}", f"leader@{each.unit}")]
    return render_template(
        "daily/special.html",
        found=found,
        ratings=ratings,
        asked=asked,
        standings=special.standings(ctx, found),
        aspects=Aspect,
        grades=Rating,
        bodies=Body,
        mine=mine,
        oversees=access.oversees(ctx),
        leads=access.may(ctx, "lead"),
        rates=access.may(ctx, "lead", "inspector", "supervisor"),
        decides=authority.decides(ctx),
        units=[unit for unit in people.units(ctx) if not unit.group and unit.parent_id is not None],
    )


@records.post("/special/<int:special_id>/ratings")
@door(writes=True)
def rate(ctx: Context, special_id: int) -> ResponseReturnValue:
    chosen = [aspect for aspect in Aspect if fields.text(aspect)]
    given = {each: Given(fields.choice(each, Rating), fields.text(f"{each}_remark")) for each in chosen}
    special.rate(ctx, special_id, given)
    return _special(special_id)


@records.post("/special/<int:special_id>/<any(ask, reply, waive):act>")
@door(writes=True)
def corroborate(ctx: Context, special_id: int, act: str) -> ResponseReturnValue:
    body, words = fields.choice("body", Body), fields.text("text")
    if act == "ask":
        special.ask(ctx, special_id, body, fields.text("unit"), words, fields.day("due_on"))
    elif act == "reply":
        special.reply(ctx, special_id, body, words)
    else:
        special.waive(ctx, special_id, body, words)
    return _special(special_id)


@records.post("/special/<int:special_id>/final")
@door(writes=True)
def finalise(ctx: Context, special_id: int) -> ResponseReturnValue:
    special.finalise(ctx, special_id, fields.text("conclusion"))
    return _special(special_id)


def _special(special_id: int) -> ResponseReturnValue:
    return redirect(url_for("records.special_one", special_id=special_id), 303)


def _units(ctx: Context, cycle: plans.Cycle) -> list[people.Unit]:
    """The assessed units whose archives the person may open."""
    own = access.own_units(ctx)
    return [unit for unit in plans.assessed_units(ctx, cycle) if access.oversees(ctx) or unit.code in own]
