"""Points of persons for programs: one's own, a person's, a branch's ranking; entering, rating oneself, signing in."""

from datetime import date
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from engine.assessment.points import activities, entries, months
from engine.db import Context
from engine.reports import points as reports
from web import texts
from web.boundary import door
from web.pages.points import cycle_of_points

points = Blueprint("points_api", __name__, url_prefix="/api/v1/points", description="Points of persons")

#: Rows of one call; a nightly import splits its file.
MOST_ROWS = 5000


class Entry(Schema):
    account = fields.String(required=True)
    item = fields.String(required=True)
    day = fields.Date(required=True)
    points = fields.Decimal(
        load_default=None, allow_none=True, metadata={"description": "Null is what the item gives."}
    )
    note = fields.String(load_default=None, allow_none=True)


class Entries(Schema):
    entries = fields.List(
        fields.Nested(Entry(unknown=RAISE)), required=True, validate=validate.Length(min=1, max=MOST_ROWS)
    )


class SelfRating(Schema):
    marks = fields.Dict(keys=fields.String(), values=fields.Decimal(), required=True)
    note = fields.String(load_default=None, allow_none=True)


class Code(Schema):
    code = fields.String(required=True)


@points.get("/own")
@door()
@points.response(200)
def own(ctx: Context) -> ResponseReturnValue:
    """One's own points: the running month, the settled months, every entry."""
    return jsonify(_detail(reports.own(ctx, cycle_of_points(ctx))))


@points.get("/people/<account>")
@door(writes=True)
@points.response(200)
def person(ctx: Context, account: str) -> ResponseReturnValue:
    """One person's points, for who is entitled; that they were asked for is kept."""
    return jsonify(_detail(reports.exported(ctx, cycle_of_points(ctx), account)))


@points.get("/branches/<code>")
@door()
@points.response(200)
def branch(ctx: Context, code: str) -> ResponseReturnValue:
    """A branch's ranking so far, the best first."""
    found = reports.branch(ctx, cycle_of_points(ctx), code)
    rows = [
        {
            "account": each.account,
            "name": each.name,
            "months": each.months,
            "mean": _text(each.mean),
            "bonus": _text(each.bonus),
            "so_far": _text(each.so_far),
            "rank": each.rank,
        }
        for each in found
    ]
    return jsonify({"branch": code, "ranking": rows})


@points.post("/entries")
@door(writes=True)
@points.arguments(Entries(unknown=RAISE))
@points.response(200)
def enter(ctx: Context, given: dict[str, Any]) -> ResponseReturnValue:
    """Enter rows, all or none."""
    drafts = [entries.Draft(**each) for each in given["entries"]]
    return jsonify({"entered": entries.add_many(ctx, cycle_of_points(ctx), drafts)})


@points.post("/months/<month>")
@door(writes=True)
@points.arguments(SelfRating(unknown=RAISE))
@points.response(200)
def rate_self(ctx: Context, given: dict[str, Any], month: str) -> ResponseReturnValue:
    """Rate oneself in a month and confirm it."""
    months.rate_self(ctx, cycle_of_points(ctx), month, given["marks"], given["note"])
    return jsonify({"month": month, "state": months.State.SELF_CONFIRMED})


@points.post("/sign-ins")
@door(writes=True)
@points.arguments(Code(unknown=RAISE))
@points.response(200)
def sign_in(ctx: Context, given: dict[str, Any]) -> ResponseReturnValue:
    """Sign in to an activity with the code that is shown there."""
    found = activities.sign_in(ctx, given["code"])
    return jsonify({"activity": found.id, "title": found.title})


def _detail(found: reports.Detail) -> dict[str, Any]:
    result = found.result
    return {
        "account": found.account,
        "name": found.name,
        "branch": found.place.branch,
        "committee": found.place.committee,
        "vetoed": found.is_vetoed,
        "month": {"month": found.month, "marks": {code: _text(mark) for code, mark in found.marks.items()}},
        "bonus": None if found.is_vetoed else _text(found.bonus),
        "months": [
            {"month": each.month, "state": each.state, "self_rating": _text(each.self_total), "base": _text(each.base)}
            for each in found.months
        ],
        "quarters": [
            {"quarter": each.quarter, "mean": _text(each.mean), "bonus": _text(each.bonus)} for each in found.quarters
        ],
        "entries": [_line(line) for line in reversed(found.lines)],
        "result": None if result is None else {"score": _text(result.score), "grade": result.grade},
    }


def _line(line: reports.Line) -> dict[str, Any]:
    entry = line.entry
    day: date = entry.day
    about = {"day": day.isoformat(), "item": entry.item, "name": line.item.name, "kind": line.item.kind}
    by = {"note": entry.note, "recorded_by": entry.recorded_by, "recorded_at": texts.moment(entry.recorded_at)}
    return {"id": entry.id, **about, "points": _text(entry.points), **by, "undoes": entry.undoes}


def _text(value: Any) -> str | None:
    return None if value is None else format(value, "f")
