"""The life of an issued system for programs: adjustments, changed targets and successions, each with its papers.

A paper is fetched from the address beside it. It is attached as a form with one or more fields ``papers``, as on the pages.
"""

from collections.abc import Iterable
from typing import Any

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields

from engine import files, people
from engine.assessment import adjustments, indicators, passings, plans, rectification, scans, succession, target_changes
from engine.db import Context
from web import fields as forms
from web import texts
from web.boundary import door
from web.years import cycle_asked

system = Blueprint(
    "system_api", __name__, url_prefix="/api/v1", description="Adjustments, changes of targets and successions"
)


class Ending(Schema):
    successor = fields.String(required=True)
    ends_on = fields.Date(required=True)
    reason = fields.String(required=True)
    document = fields.String(required=True)
    matters = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={"description": "Number of a matter -> the unit, other than the successor, that does it from now on."},
    )
    indicators = fields.Dict(
        keys=fields.Integer(),
        values=fields.String(),
        load_default=dict,
        metadata={
            "description": "Id of a year's indicator -> the unit, other than the successor, that answers for it."
        },
    )


class Handing(Schema):
    now = fields.String(required=True, metadata={"description": "The unit whose people do the matter now."})
    heir = fields.String(required=True)
    reason = fields.String(required=True)
    document = fields.String(required=True)


@system.get("/adjustments")
@door()
@system.response(200)
def list_adjustments(ctx: Context) -> ResponseReturnValue:
    """The year's adjustments, the newest first."""
    found = adjustments.of_cycle(ctx, cycle_asked(ctx))
    papers = scans.of(ctx, "adjustment", [each.id for each in found])
    return jsonify([_adjustment(ctx, each, papers[each.id]) for each in found])


@system.post("/adjustments/<int:key>/papers")
@door(writes=True)
@system.response(200)
def attach_to_adjustment(ctx: Context, key: int) -> ResponseReturnValue:
    found = adjustments.add_papers(ctx, cycle_asked(ctx), key, forms.uploads(ctx, "papers"))
    return jsonify(_adjustment(ctx, found, scans.of(ctx, "adjustment", [key])[key]))


@system.get("/target-changes")
@door()
@system.response(200)
def list_changes(ctx: Context) -> ResponseReturnValue:
    """The year's changes of targets, the newest first."""
    found = target_changes.of_cycle(ctx, cycle_asked(ctx))
    papers = scans.of(ctx, "target_change", [each.id for each in found])
    return jsonify([_change(ctx, each, papers[each.id]) for each in found])


@system.post("/target-changes/<int:key>/papers")
@door(writes=True)
@system.response(200)
def attach_to_change(ctx: Context, key: int) -> ResponseReturnValue:
    found = target_changes.add_papers(ctx, cycle_asked(ctx), key, forms.uploads(ctx, "papers"))
    return jsonify(_change(ctx, found, scans.of(ctx, "target_change", [key])[key]))


@system.get("/successions")
@door()
@system.response(200)
def list_successions(ctx: Context) -> ResponseReturnValue:
    """How units went and who stands in their place, the newest first."""
    return jsonify([_succession(ctx, each) for each in succession.every(ctx)])


@system.post("/units/<code>/succession")
@door(writes=True)
@system.arguments(Ending(unknown=RAISE))
@system.response(200)
def end_unit(ctx: Context, given: dict[str, Any], code: str) -> ResponseReturnValue:
    """Record that a unit has gone and who stands in its place."""
    split = succession.Split(given.pop("matters"), given.pop("indicators"))
    return jsonify(_succession(ctx, succession.succeed(ctx, code, **given, split=split)))


@system.post("/units/<code>/succession/papers")
@door(writes=True)
@system.response(200)
def attach_to_succession(ctx: Context, code: str) -> ResponseReturnValue:
    return jsonify(_succession(ctx, succession.add_papers(ctx, code, forms.uploads(ctx, "papers"))))


@system.post("/matters/<number>/pass-on")
@door(writes=True)
@system.arguments(Handing(unknown=RAISE))
@system.response(200)
def pass_on(ctx: Context, given: dict[str, Any], number: str) -> ResponseReturnValue:
    """Pass an open matter of a unit that is gone to another unit."""
    made = passings.pass_on(ctx, given.pop("now"), number, **given)
    return jsonify(_passing(made, ctx.session.get_one(rectification.Item, made.item_id), []))


@system.post("/passings/<int:key>/papers")
@door(writes=True)
@system.response(200)
def attach_to_passing(ctx: Context, key: int) -> ResponseReturnValue:
    made = passings.add_papers(ctx, key, forms.uploads(ctx, "papers"))
    papers = scans.of(ctx, "passing", [key])[key]
    return jsonify(_passing(made, ctx.session.get_one(rectification.Item, made.item_id), papers))


def _adjustment(ctx: Context, found: adjustments.Adjustment, papers: Iterable[files.StoredFile]) -> dict[str, Any]:
    return {
        "id": found.id,
        "round": ctx.session.get_one(plans.Round, found.round_id).key,
        "basis": found.basis,
        "reason": found.reason,
        "status": found.status,
        "document": found.document,
        "changes": found.changes,
        "papers": _papers(papers),
    }


def _change(ctx: Context, found: target_changes.TargetChange, papers: Iterable[files.StoredFile]) -> dict[str, Any]:
    return {
        "id": found.id,
        "unit": found.unit,
        "indicator": indicators.get(ctx, found.cycle_indicator_id).code,
        "old": format(found.old_value, "f"),
        "new": format(found.new_value, "f"),
        "basis": found.basis,
        "reason": found.reason,
        "status": found.status,
        "document": found.document,
        "papers": _papers(papers),
    }


def _succession(ctx: Context, found: succession.Succession) -> dict[str, Any]:
    by_name = passings.of_unit(ctx, found.unit)
    papers = scans.of(ctx, "passing", [each.id for each, _ in by_name])
    return {
        "id": found.id,
        "unit": found.unit,
        "name": people.unit(ctx, found.unit).name,
        "successor": found.successor,
        "ends_on": found.ends_on.isoformat(),
        "reason": found.reason,
        "document": found.document,
        "passed": succession.passed(ctx, found),
        "passings": [_passing(each, item, papers[each.id]) for each, item in by_name],
        "papers": _papers(scans.of(ctx, "succession", [found.id])[found.id]),
    }


def _passing(made: passings.Passing, item: rectification.Item, papers: Iterable[files.StoredFile]) -> dict[str, Any]:
    return {
        "id": made.id,
        "matter": item.number,
        "left": made.left,
        "heir": made.heir,
        "reason": made.reason,
        "document": made.document,
        "recorded_at": texts.moment(made.recorded_at),
        "papers": _papers(papers),
    }


def _papers(stored: Iterable[files.StoredFile]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.id,
            "name": each.name,
            "size": each.size,
            "sha256": each.sha256,
            "url": url_for("matters.download", file_id=each.id),
        }
        for each in stored
    ]
