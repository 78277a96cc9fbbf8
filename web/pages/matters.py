"""One matter: a pair of unit and indicator through its six stages, or one matter of rectification in full."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, files
from engine.assessment import readings, records, revisions
from engine.db import Context
from engine.errors import Broken, Invalid, NotFound
from engine.reports import matter
from engine.reports.story import Step
from web import texts
from web.boundary import database, door
from web.pages.named import holder_names, name_people, name_units
from web.years import cycle_asked, look_at

matters = Blueprint("matters", __name__)


class LostFile(Broken):
    """The file {name} is recorded but its content is not in the store; tell the administrator."""

    code = "lost_file"


@matters.get("/loop/<unit>/<indicator>")
@door()
def pair(ctx: Context, unit: str, indicator: str) -> ResponseReturnValue:
    """One unit on one indicator."""
    cycle = cycle_asked(ctx)
    told = matter.pair_told(ctx, cycle, unit, indicator)
    _name(ctx, told.story, told.readings, *told.items)
    return render_template(
        "matters/pair.html",
        told=told,
        cycle=cycle,
        chart=_chart(told),
        held_by=holder_names(ctx, [each.holder for each in told.held]),
        sees_unit=told.sees_papers,
    )


@matters.get("/items/<int:item_id>")
@door()
def item(ctx: Context, item_id: int) -> ResponseReturnValue:
    """One matter of rectification."""
    told = matter.item_told(ctx, item_id)
    look_at(told.cycle.package, told.cycle)
    story = matter.story_of(ctx, told)
    _name(ctx, story, [], told)
    return render_template(
        "matters/item.html",
        told=told,
        story=story,
        held_by=holder_names(ctx, [each.holder for each in told.held]),
        records=records.of_item(ctx, told.item),
        sees_unit=told.sees_papers,
        mine=matter.my_tasks(ctx, [told.item.instance_id] if told.item.instance_id else []),
        may_end=access.may(ctx, "lead"),
    )


@matters.post("/items/<int:item_id>/notices/<int:notice_id>/<any(withdraw, lift):act>")
@door(writes=True)
def end(ctx: Context, item_id: int, notice_id: int, act: str) -> ResponseReturnValue:
    """The lead withdraws a warning of the matter, or lifts it."""
    told = matter.item_told(ctx, item_id)
    if notice_id not in {each.notice.id for each in told.notices}:
        raise NotFound
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Invalid("Write the reason.")
    (revisions.withdraw if act == "withdraw" else revisions.lift)(ctx, notice_id, reason)
    return redirect(url_for("matters.item", item_id=item_id), 303)


@matters.get("/files/<int:file_id>")
@door()
def download(ctx: Context, file_id: int) -> ResponseReturnValue:
    """A stored file, never shown inside a page: what somebody uploaded is not ours to open."""
    stored = matter.file(ctx, file_id)
    path = files.path_of(database(), stored.sha256)
    if not path.is_file():
        raise LostFile(name=stored.name)
    response = send_file(
        path.resolve(), mimetype="application/octet-stream", as_attachment=True, download_name=stored.name
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _name(ctx: Context, story: Iterable[Step], figures: Iterable[readings.Reading], *items: matter.ItemTold) -> None:
    """Read the names of everybody the page is about to name."""
    name_units(ctx)
    accounts = [who for step in story for who in (step.by, step.on_behalf_of)]
    accounts += [who for each in figures for who in (each.entered_by, each.verified_by)]
    for told in items:
        accounts += [who for plan in told.plans for who in (plan.submitted_by, plan.signed_by, plan.decided_by)]
        accounts += [stored.uploaded_by for papers in told.hand_ins for stored in papers.files]
    name_people(ctx, accounts)


def _chart(told: matter.PairTold) -> dict[str, Any] | None:
    """Verified and reported figures of the pair by date, and its target; None where there is nothing to draw."""
    newest = {each.as_of: each for each in told.readings}
    if len(newest) < 2:
        return None
    verified = [each.verified if each.status == readings.ReadingStatus.VERIFIED else None for each in newest.values()]
    series = [
        {"name": texts.say("Verified value"), "values": [_plain(value) for value in verified]},
        {"name": texts.say("Reported value"), "values": [_plain(each.reported) for each in newest.values()]},
    ]
    return {
        "kind": "line",
        "title": texts.say("Figures by date"),
        "unit": told.pair.indicator.indicator.unit_of_measure,
        "categories": [str(day) for day in newest],
        "series": series,
    }


def _plain(value: Any) -> float | None:
    """A figure for a picture, which knows no exact numbers."""
    return float(value) if value is not None else None
