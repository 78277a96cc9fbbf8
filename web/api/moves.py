"""Moves of a task, and what an operator does, for programs. Who acts for another says so by ``X-On-Behalf-Of``."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from engine import workflow
from engine.db import Context
from engine.reports import upkeep
from engine.workflow import copies, extensions, handing, migration, moves, operating, opinions, signers, urging
from engine.workflow.store import Incident, Instance, Side, Task
from web import moves as menu
from web import texts
from web.api.tasks import TaskLine, line
from web.boundary import door

moving = Blueprint("moves_api", __name__, url_prefix="/api/v1", description="Moves of tasks and what an operator does")

Given = Mapping[str, Any]


class Reason(Schema):
    reason = fields.String(load_default="")


class Person(Reason):
    to = fields.String(required=True, metadata={"description": "An account; of a task done by units, a unit's code."})


class Element(Reason):
    to = fields.String(required=True, metadata={"description": "The id of an element."})


class Signature(Reason):
    agreed = fields.Boolean(required=True)


class Asked(Person):
    side = fields.String(required=True, validate=validate.OneOf([each.value for each in Side]))


class Removal(Reason):
    item = fields.Integer(load_default=None, metadata={"description": "Position in a sequence; else the task's own."})


class People(Reason):
    to = fields.List(fields.String(), required=True)


class MoreTime(Reason):
    until = fields.Date(required=True)
    progress = fields.String(required=True)


class Decision(Schema):
    until = fields.Date(required=True, allow_none=True, metadata={"description": "null refuses it."})
    answer = fields.String(required=True)


class Jump(Element):
    token = fields.String(required=True)


class Choice(Schema):
    id = fields.String()
    name = fields.String()


class Offered(Schema):
    moves = fields.List(fields.String(), metadata={"description": "What the caller may do with the task now."})
    returns = fields.List(fields.Nested(Choice), metadata={"description": "Where it may be returned to."})
    colleagues = fields.List(fields.String(), metadata={"description": "To whom it may be transferred."})
    advisers = fields.List(fields.String(), metadata={"description": "Who may be asked, or shown it."})


class ToMigrate(Reason):
    process = fields.String(required=True)
    package = fields.String(load_default="")
    names = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={"description": "Element of the old version -> what it is called in the new one."},
    )
    preview = fields.Boolean(load_default=False, metadata={"description": "Only say what it would meet."})


class Obstacle(Schema):
    element = fields.String()
    code = fields.String()
    message = fields.String()


class Migrated(Schema):
    id = fields.Integer()
    matter = fields.String()
    before = fields.Integer()
    after = fields.Integer()
    moved = fields.Boolean()
    obstacles = fields.List(fields.Nested(Obstacle))


class IncidentLine(Schema):
    id = fields.Integer()
    instance = fields.Integer()
    process = fields.String()
    matter = fields.String()
    element = fields.String()
    token = fields.String(allow_none=True)
    cause = fields.String()
    opened = fields.String()
    attempts = fields.Integer()
    retry = fields.String(allow_none=True, metadata={"description": "When it is tried again by itself."})


class InstanceLine(Schema):
    id = fields.Integer()
    process = fields.String()
    matter = fields.String()
    status = fields.String()
    version = fields.Integer()


#: Move -> what it is given, and the verb.
ACTS: dict[str, tuple[type[Schema], Callable[[Context, int, Given], object], str]] = {
    "claim": (Schema, lambda ctx, task, given: workflow.claim(ctx, task), "Take a task of the group for oneself"),
    "release": (Schema, lambda ctx, task, given: workflow.release(ctx, task), "Put a taken task back"),
    "transfer": (
        Person,
        lambda ctx, task, given: handing.transfer(ctx, task, given["to"], given["reason"]),
        "Hand a task over for good",
    ),
    "delegate": (
        Person,
        lambda ctx, task, given: handing.delegate(ctx, task, given["to"], given["reason"]),
        "Ask somebody for an opinion; the task comes back with it",
    ),
    "give-back": (
        Reason,
        lambda ctx, task, given: handing.give_back(ctx, task, given["reason"]),
        "Give an opinion and the task back",
    ),
    "take-back": (
        Reason,
        lambda ctx, task, given: handing.take_back(ctx, task, given["reason"]),
        "Take a task back from whom one has asked",
    ),
    "signers": (
        Asked,
        lambda ctx, task, given: signers.ask_signer(ctx, task, given["to"], Side(given["side"]), given["reason"]),
        "Ask somebody to sign before or after oneself",
    ),
    "sign": (
        Signature,
        lambda ctx, task, given: signers.sign(ctx, task, agreed=given["agreed"], opinion=given["reason"]),
        "Speak as an added signer",
    ),
    "remove-signer": (
        Reason,
        lambda ctx, task, given: signers.remove_signer(ctx, task, given["reason"]),
        "Take a signer off, by the signer's own task",
    ),
    "voters": (
        Person,
        lambda ctx, task, given: signers.add_voter(ctx, task, given["to"], given["reason"]),
        "Add one more to a running vote",
    ),
    "remove-voter": (
        Removal,
        lambda ctx, task, given: signers.remove_voter(ctx, task, given["reason"], given["item"]),
        "Take a voter off who has not voted",
    ),
    "return": (
        Element,
        lambda ctx, task, given: moves.send_back(ctx, task, given["to"], given["reason"]),
        "Return a task to an earlier one",
    ),
    "withdraw": (
        Reason,
        lambda ctx, task, given: moves.withdraw(ctx, task, given["reason"]),
        "Take back what one has handed in",
    ),
    "urge": (Reason, lambda ctx, task, given: urging.urge(ctx, task, given["reason"]), "Remind whoever has the task"),
    "copies": (
        People,
        lambda ctx, task, given: copies.copy(ctx, task, given["to"], given["reason"]),
        "Show a task to people",
    ),
    "comments": (
        Reason,
        lambda ctx, task, given: opinions.comment(ctx, task, given["reason"]),
        "Say something on a task",
    ),
    "extensions": (
        MoreTime,
        lambda ctx, task, given: extensions.ask_extension(
            ctx, task, given["until"], given["reason"], given["progress"]
        ),
        "Ask for more time",
    ),
}
#: What an operator does with a matter -> what it is given, and the verb.
SWITCHES: dict[str, tuple[type[Schema], Callable[[Context, int, Given], None], str]] = {
    "suspend": (
        Reason,
        lambda ctx, matter, given: operating.suspend(ctx, matter, given["reason"]),
        "Let nothing move in a matter",
    ),
    "resume": (
        Reason,
        lambda ctx, matter, given: operating.resume(ctx, matter, given["reason"]),
        "Let a suspended matter go on",
    ),
    "cancel": (
        Reason,
        lambda ctx, matter, given: operating.call_off(ctx, matter, given["reason"]),
        "End a matter before its end",
    ),
    "jump": (
        Jump,
        lambda ctx, matter, given: operating.jump(ctx, matter, given["token"], given["to"], given["reason"]),
        "Take a token to another element",
    ),
}


@moving.get("/tasks/<int:task_id>/moves")
@moving.response(200, Offered)
def offered(task_id: int) -> ResponseReturnValue:
    """What the caller may do with a task besides doing it."""
    return _offered(task_id)


@moving.post("/extensions/<int:extension_id>")
@moving.arguments(Decision(unknown=RAISE))
@moving.response(200, TaskLine)
def decide(given: dict[str, Any], extension_id: int) -> ResponseReturnValue:
    """Grant more time until a day, or refuse it."""
    return _decide(extension_id, given)


@moving.get("/incidents")
@moving.response(200, IncidentLine(many=True))
def incidents() -> ResponseReturnValue:
    """What stands, the oldest first."""
    return _incidents()


@moving.post("/incidents/<int:incident_id>/retry")
@moving.response(204)
def retry(incident_id: int) -> ResponseReturnValue:
    """Take up an incident where it stands; what fails again is refused with its reason and nothing has changed."""
    return _retry(incident_id)


@moving.post("/incidents/<int:incident_id>/skip")
@moving.arguments(Reason(unknown=RAISE))
@moving.response(204)
def skip(given: dict[str, Any], incident_id: int) -> ResponseReturnValue:
    """Pass over the element, without its operation."""
    return _skip(incident_id, given)


@moving.post("/migrations")
@moving.arguments(ToMigrate(unknown=RAISE))
@moving.response(200, Migrated(many=True))
def migrate(given: dict[str, Any]) -> ResponseReturnValue:
    """Let the running matters of a process go on under its current version; what cannot stays whole and says why."""
    return _migrate(given)


def _declare(name: str, schema: type[Schema], verb: Callable[[Context, int, Given], object], summary: str) -> None:
    @door(writes=True)
    def do(ctx: Context, task_id: int, given: Given) -> ResponseReturnValue:
        verb(ctx, task_id, given)
        return jsonify(line(ctx.session.get_one(Task, task_id)))

    def view(given: Given, task_id: int) -> ResponseReturnValue:
        return do(task_id, given)

    _route(f"/tasks/<int:task_id>/{name}", f"task_{name}", schema, TaskLine, view, summary)


def _declare_switch(name: str, schema: type[Schema], verb: Callable[[Context, int, Given], None], summary: str) -> None:
    @door(writes=True)
    def do(ctx: Context, instance_id: int, given: Given) -> ResponseReturnValue:
        operating.require_matter(ctx, instance_id)
        verb(ctx, instance_id, given)
        return jsonify(_instance(ctx.session.get_one(Instance, instance_id)))

    def view(given: Given, instance_id: int) -> ResponseReturnValue:
        return do(instance_id, given)

    _route(f"/instances/<int:instance_id>/{name}", f"instance_{name}", schema, InstanceLine, view, summary)


def _route(
    rule: str, endpoint: str, schema: type[Schema], answer: type[Schema], view: Callable[..., Any], summary: str
) -> None:
    view.__name__, view.__doc__ = endpoint.replace("-", "_"), f"{summary}."
    described = moving.response(200, answer)(view)
    moving.post(rule, endpoint=view.__name__)(moving.arguments(schema(unknown=RAISE))(described))


for _name, _act in ACTS.items():
    _declare(_name, *_act)
for _name, _switch in SWITCHES.items():
    _declare_switch(_name, *_switch)


@door()
def _offered(ctx: Context, task_id: int) -> ResponseReturnValue:
    task = workflow.task(ctx, task_id)
    names = list(menu.offered(ctx, task))
    returns = (
        [{"id": each.element, "name": each.name} for each in moves.targets(ctx, task)] if "return" in names else []
    )
    colleagues = handing.colleagues(ctx, task) if "transfer" in names else []
    return jsonify(
        {"moves": names, "returns": returns, "colleagues": colleagues, "advisers": handing.advisers(ctx, task)}
    )


@door(writes=True)
def _decide(ctx: Context, extension_id: int, given: Given) -> ResponseReturnValue:
    decided = extensions.decide_extension(ctx, extension_id, given["until"], given["answer"])
    return jsonify(line(ctx.session.get_one(Task, decided.task_id)))


@door()
def _incidents(ctx: Context) -> ResponseReturnValue:
    return jsonify([_incident(incident, instance) for incident, instance in upkeep.incidents(ctx)])


@door(writes=True)
def _retry(ctx: Context, incident_id: int) -> ResponseReturnValue:
    operating.retry(ctx, incident_id)
    return "", 204


@door(writes=True)
def _skip(ctx: Context, incident_id: int, given: Given) -> ResponseReturnValue:
    operating.skip(ctx, incident_id, given["reason"])
    return "", 204


@door(writes=True)
def _migrate(ctx: Context, given: Given) -> ResponseReturnValue:
    process, package, names = given["process"], given["package"], given["names"]
    met = migration.plans(ctx, process, package, names)
    told = [_met(each, moved=False) for each in met]
    if not given["preview"]:
        done = migration.migrate_all(ctx, process, given["reason"], package=package, names=names)
        told = [_met(each, moved=each.instance.id in done.moved) for each in met]
    return jsonify(told)


def _met(plan: migration.Plan, *, moved: bool) -> dict[str, Any]:
    obstacles = [{"element": each.element, "code": each.code, "message": each.message} for each in plan.obstacles]
    known = {"id": plan.instance.id, "matter": plan.instance.title, "before": plan.before, "after": plan.after}
    return {**known, "moved": moved, "obstacles": obstacles}


def _incident(found: Incident, instance: Instance) -> dict[str, Any]:
    return {
        "id": found.id,
        "instance": instance.id,
        "process": instance.process,
        "matter": instance.title,
        "element": found.element,
        "token": found.token,
        "cause": found.cause,
        "opened": texts.moment(found.opened_at),
        "attempts": found.attempts or 0,
        "retry": texts.moment(found.retry_at) or None,
    }


def _instance(found: Instance) -> dict[str, Any]:
    return {
        "id": found.id,
        "process": found.process,
        "matter": found.title,
        "status": found.status,
        "version": found.version,
    }
