"""The operator's pages: what stands and what to do about it, a matter's switches, handing over everything of a leaver."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, people, workflow
from engine.db import Context
from engine.errors import Forbidden, NotFound, Refused
from engine.reports import upkeep
from engine.workflow import handing, migration, operating, seconding
from engine.workflow.store import Incident
from web.boundary import door, is_page, sentence

operator = Blueprint("operator", __name__, url_prefix="/admin")

Act = Callable[[Context], None]


@operator.get("/incidents")
@door()
def incidents(ctx: Context) -> ResponseReturnValue:
    standing = upkeep.incidents(ctx)
    return render_template("tasks/moves/incidents.html", incidents=standing, **_requests(ctx))


@operator.get("/requests")
@door()
def requests(ctx: Context) -> ResponseReturnValue:
    """What waits for a second person, who may be of the lead department."""
    return render_template("tasks/moves/requests.html", **_requests(ctx))


@operator.post("/requests/<int:request_id>")
@door(writes=True)
def decide(ctx: Context, request_id: int) -> ResponseReturnValue:
    given = request.form
    seconding.decide(ctx, request_id, given.get("confirmed") == "yes", given.get("answer", ""))
    return redirect(url_for("operator.requests"), 303)


def _requests(ctx: Context) -> dict[str, Any]:
    return {"requests": seconding.waiting(ctx), "actor": ctx.actor, "operates": access.may(ctx, operating.OPERATOR)}


@operator.get("/matters/<int:instance_id>")
@door()
def matter(ctx: Context, instance_id: int) -> ResponseReturnValue:
    return _matter(ctx, instance_id)


@operator.post("/matters/<int:instance_id>/<any(retry, skip, jump, suspend, resume, cancel):name>")
def act(instance_id: int, name: str) -> ResponseReturnValue:
    """Act on a matter, or with ``preview`` only look what would come of it. Refused, the page says why."""
    try:
        return _acted(instance_id, name)
    except Refused as error:
        if isinstance(error, NotFound | Forbidden) or not is_page():
            raise
        return _again(instance_id, sentence(error))


@operator.get("/versions")
@door()
def versions(ctx: Context) -> ResponseReturnValue:
    """Running matters that stand on an older version, process by process, with what stands against moving each."""
    package, _, process = request.args.get("process", "").rpartition("/")
    found = migration.plans(ctx, process, package) if process else []
    return render_template("tasks/moves/versions.html", plans=found, chosen=process, package=package, all=_drawn(ctx))


@operator.post("/versions")
@door(writes=True)
def renew(ctx: Context) -> ResponseReturnValue:
    given = request.form
    chosen = given.getlist("matter", type=int)
    for instance_id in sorted(set(chosen)):
        migration.migrate(ctx, instance_id, given.get("reason", ""))
    return redirect(url_for("operator.versions", process=given.get("process", ""), moved=len(chosen)), 303)


def _drawn(ctx: Context) -> list[tuple[str, str]]:
    """Every process, by package and key, with its name."""
    known = upkeep.processes(ctx)
    return [(f"{each.definition.package}/{each.definition.key}", each.definition.name) for each in known]


@operator.get("/handover")
@door()
def handover(ctx: Context) -> ResponseReturnValue:
    return _handover(ctx)


@operator.post("/handover")
def hand_over() -> ResponseReturnValue:
    try:
        return _handed_over()
    except Refused as error:
        if isinstance(error, Forbidden) or not is_page():
            raise
        return _handover_again(sentence(error))


@door(writes=True)
def _acted(ctx: Context, instance_id: int, name: str) -> ResponseReturnValue:
    found = operating.require_matter(ctx, instance_id)
    chosen = _chosen(instance_id, name)
    if request.form.get("preview"):
        return _matter(ctx, instance_id, seen=operating.preview(ctx, instance_id, chosen), previewed=name)
    if name in list(seconding.Asked) and seconding.is_guarded(ctx, found):
        _ask(ctx, instance_id, name)
        return redirect(url_for("operator.matter", instance_id=instance_id, done="asked"), 303)
    chosen(ctx)
    return redirect(url_for("operator.matter", instance_id=instance_id, done=name), 303)


def _ask(ctx: Context, instance_id: int, name: str) -> None:
    given = request.form
    seconding.ask(
        ctx,
        instance_id,
        name,
        given.get("reason", ""),
        incident=given.get("incident", type=int),
        token=given.get("token"),
        element=given.get("element"),
    )


@door()
def _again(ctx: Context, instance_id: int, refused: str) -> ResponseReturnValue:
    response: Response = make_response(_matter(ctx, instance_id, refused=refused), 422)
    return response


@door(writes=True)
def _handed_over(ctx: Context) -> ResponseReturnValue:
    given = request.form
    done = handing.hand_over(ctx, given.get("leaver", ""), given.get("successor", ""), given.get("reason", ""))
    return _handover(ctx, done=done)


@door()
def _handover_again(ctx: Context, refused: str) -> ResponseReturnValue:
    response: Response = make_response(_handover(ctx, refused=refused), 422)
    return response


def _chosen(instance_id: int, name: str) -> Act:
    """The act as it was asked for by the form."""
    given = request.form
    reason, incident = given.get("reason", ""), given.get("incident", 0, type=int)
    token, element = given.get("token", ""), given.get("element", "")
    acts: dict[str, Act] = {
        "retry": lambda ctx: operating.retry(ctx, incident),
        "skip": lambda ctx: operating.skip(ctx, incident, reason),
        "jump": lambda ctx: operating.jump(ctx, instance_id, token, element, reason),
        "suspend": lambda ctx: operating.suspend(ctx, instance_id, reason),
        "resume": lambda ctx: operating.resume(ctx, instance_id, reason),
        "cancel": lambda ctx: operating.call_off(ctx, instance_id, reason),
    }
    return acts[name]


def _matter(ctx: Context, instance_id: int, **more: Any) -> str:
    found = operating.require_matter(ctx, instance_id)
    standing: list[Incident] = workflow.incidents(ctx, found)
    return render_template(
        "tasks/moves/matter.html",
        matter=found,
        incidents=standing,
        tasks=workflow.of_instances(ctx, [found.id]),
        landings=operating.landings(ctx, found),
        guarded=seconding.is_guarded(ctx, found),
        asked=[each for each, matter in seconding.waiting(ctx) if matter.id == found.id],
        done=request.args.get("done"),
        **more,
    )


def _handover(ctx: Context, **more: Any) -> str:
    access.require(ctx, operating.OPERATOR, *(f"leader@{unit}" for unit in access.own_units(ctx)))
    return render_template("tasks/moves/handover.html", people=people.in_post(ctx), given=request.form, **more)
