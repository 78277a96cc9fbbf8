"""Acts on guarded matters that wait for a second person, for programs."""

from collections.abc import Mapping
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from engine.db import Context
from engine.workflow import seconding
from engine.workflow.seconding import OperatorRequest
from engine.workflow.store import Instance
from web import texts
from web.boundary import door

seconded = Blueprint(
    "seconding_api", __name__, url_prefix="/api/v1", description="Acts on guarded matters that a second person confirms"
)

Given = Mapping[str, Any]


class Wanted(Schema):
    act = fields.String(required=True, validate=validate.OneOf([each.value for each in seconding.Asked]))
    reason = fields.String(required=True)
    incident = fields.Integer(load_default=None, metadata={"description": "What is passed over."})
    token = fields.String(load_default=None, metadata={"description": "Of a jump: from where."})
    to = fields.String(load_default=None, metadata={"description": "Of a jump: the id of the element."})


class Answer(Schema):
    confirmed = fields.Boolean(required=True)
    answer = fields.String(required=True)


class RequestLine(Schema):
    id = fields.Integer()
    instance = fields.Integer()
    matter = fields.String()
    act = fields.String()
    to = fields.String(allow_none=True)
    reason = fields.String()
    asked_by = fields.String(allow_none=True)
    asked = fields.String()
    confirmed = fields.Boolean(allow_none=True, metadata={"description": "null while it waits."})


@seconded.get("/requests")
@seconded.response(200, RequestLine(many=True))
def waiting() -> ResponseReturnValue:
    """What waits for a second person, the oldest first."""
    return _waiting()


@seconded.post("/instances/<int:instance_id>/requests")
@seconded.arguments(Wanted(unknown=RAISE))
@seconded.response(200, RequestLine)
def ask(given: dict[str, Any], instance_id: int) -> ResponseReturnValue:
    """Ask for an act on a guarded matter."""
    return _ask(instance_id, given)


@seconded.post("/requests/<int:request_id>")
@seconded.arguments(Answer(unknown=RAISE))
@seconded.response(200, RequestLine)
def decide(given: dict[str, Any], request_id: int) -> ResponseReturnValue:
    """Confirm what was asked for, which does it at once, or refuse it; never one's own."""
    return _decide(request_id, given)


@door()
def _waiting(ctx: Context) -> ResponseReturnValue:
    return jsonify([_line(asked, matter) for asked, matter in seconding.waiting(ctx)])


@door(writes=True)
def _ask(ctx: Context, instance_id: int, given: Given) -> ResponseReturnValue:
    more = {"incident": given["incident"], "token": given["token"], "element": given["to"]}
    asked = seconding.ask(ctx, instance_id, given["act"], given["reason"], **more)
    return jsonify(_line(asked, ctx.session.get_one(Instance, instance_id)))


@door(writes=True)
def _decide(ctx: Context, request_id: int, given: Given) -> ResponseReturnValue:
    decided = seconding.decide(ctx, request_id, given["confirmed"], given["answer"])
    return jsonify(_line(decided, ctx.session.get_one(Instance, decided.instance_id)))


def _line(asked: OperatorRequest, matter: Instance) -> dict[str, Any]:
    return {
        "id": asked.id,
        "instance": matter.id,
        "matter": matter.title,
        "act": asked.act,
        "to": asked.element,
        "reason": asked.reason,
        "asked_by": asked.asked_by,
        "asked": texts.moment(asked.asked_at),
        "confirmed": asked.confirmed,
    }
