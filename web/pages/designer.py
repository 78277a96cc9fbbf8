"""The designer: which processes are deployed, and drawing, checking and deploying one of them.

The lead may look; designers and administrators draw and deploy.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from engine import access, people
from engine.db import Context
from engine.errors import Conflict, Invalid, NotFound
from engine.reports import drawing_changes, upkeep
from engine.reports.element_templates import element_templates
from engine.workflow import definitions, packages, xml
from engine.workflow.problems import Problem
from engine.workflow.store import Definition, Kind, Version
from web import boundary, texts
from web.boundary import door
from web.words import WORDS, word

designer = Blueprint("designer", __name__, url_prefix="/designer")

#: Stands in an address for what belongs to no package.
NO_PACKAGE = "-"


class OtherProcess(Invalid):
    """The drawing no longer holds the process {key}; give the process back its id."""

    code = "other_process"


class WrongVersion(Invalid):
    """If-Match must be the version of the draft; load the drawing again."""

    code = "wrong_version"


class DeployedSince(Conflict):
    """{by} has deployed version {number} since you opened the drawing; save yours as a file, open the process again and bring your changes in."""

    code = "deployed_since"


@designer.get("")
@door()
def show_all(ctx: Context) -> ResponseReturnValue:
    found = upkeep.processes(ctx)
    titles = {package.key: texts.local_name(package.title) for package in packages.deployed(ctx)}
    return render_template("designer/processes.html", processes=found, titles=titles, folder=NO_PACKAGE)


@designer.get("/templates.json")
@door()
def templates(ctx: Context) -> ResponseReturnValue:
    """The operations a diagram may call, as element templates."""
    access.require(ctx, *upkeep.LOOKING)
    return jsonify(element_templates(ctx.database.operations, texts.say))


@designer.get("/<package>/<key>")
@door(style_attributes=True)
def show(ctx: Context, package: str, key: str) -> ResponseReturnValue:
    definition = _definition(ctx, package, key)
    draws = access.may(ctx, *upkeep.DRAWING)
    return render_template(
        "designer/designer.html" if draws else "designer/version.html",
        **_facts(ctx, definition, package),
        shown=_current(ctx, definition),
        source=f"/versions/{_current(ctx, definition).id}.bpmn",
        draft=definitions.draft_of(ctx, definition),
        known=_known(ctx, definition),
        draws=draws,
        writing=_writing(ctx, definition, package),
    )


@designer.get("/<package>/<key>/versions/<int:number>")
@door(style_attributes=True)
def version(ctx: Context, package: str, key: str, number: int) -> ResponseReturnValue:
    """An older version, to look at."""
    definition = _definition(ctx, package, key)
    shown = next((each for each in definitions.versions(ctx, definition) if each.number == number), None)
    if shown is None:
        raise NotFound
    draws = access.may(ctx, *upkeep.DRAWING)
    facts = {**_facts(ctx, definition, package), "shown": shown, "draws": draws}
    earlier = next((each for each in facts["versions"] if each.number < number), None)
    if earlier is not None:
        facts |= _compared(earlier, shown.source)
    return render_template("designer/version.html", **facts, source=f"/versions/{shown.id}.bpmn")


@designer.get("/<package>/<key>/draft")
@door(style_attributes=True)
def draft(ctx: Context, package: str, key: str) -> ResponseReturnValue:
    """The draft beside the current version: what deploying it would change."""
    definition = _definition(ctx, package, key, *upkeep.DRAWING)
    kept, current = definitions.draft_of(ctx, definition), _current(ctx, definition)
    if kept is None:
        raise NotFound
    facts = {**_facts(ctx, definition, package), **_compared(current, kept.source.encode())}
    source = url_for("designer.source", package=package, key=key)
    return render_template("designer/version.html", **facts, source=source, shown=current, kept=kept, draws=True)


@designer.get("/<package>/<key>.xml")
@door()
def source(ctx: Context, package: str, key: str) -> ResponseReturnValue:
    """The draft, else the current version; the ETag is the draft's version."""
    definition = _definition(ctx, package, key)
    draft = definitions.draft_of(ctx, definition)
    content = draft.source.encode() if draft else _current(ctx, definition).source
    response = Response(content, content_type="application/xml; charset=utf-8")
    if draft is not None:
        response.headers["ETag"] = f'"{draft.version}"'
    return response


@designer.put("/<package>/<key>/draft")
@door(writes=True)
def save(ctx: Context, package: str, key: str) -> ResponseReturnValue:
    """Keep the drawing; 409 with who saved or deployed since when it is not the draft the person has seen."""
    definition = _definition(ctx, package, key, *upkeep.DRAWING)
    seen, content = _seen(request.headers.get("If-Match")), _drawing()
    standing = definitions.draft_of(ctx, definition)
    if (standing.version if standing else 0) != seen or _is_outdated(ctx, definition):
        return _contested(ctx, definition, package)
    draft = definitions.save_draft(ctx, definition, content.decode("utf-8"), seen)
    return jsonify({"version": draft.version, "saved_at": texts.moment(draft.saved_at)})


@designer.post("/<package>/<key>/draft/drop")
@door(writes=True)
def drop(ctx: Context, package: str, key: str) -> ResponseReturnValue:
    """Give the draft up; the current version stands."""
    definitions.drop_draft(ctx, _definition(ctx, package, key, *upkeep.DRAWING))
    return redirect(url_for("designer.show", package=package, key=key), 303)


@designer.post("/<package>/<key>/check")
@door()
def check(ctx: Context, package: str, key: str) -> ResponseReturnValue:
    """Every complaint about the drawing as it would be deployed."""
    definition = _definition(ctx, package, key, *upkeep.DRAWING)
    known = definitions.known(ctx, definition.package)
    found = definitions.check([_source(ctx, definition)], ctx.database.operations, known)
    return jsonify({"problems": [_as_json(each.problem) for each in found]})


@designer.post("/<package>/<key>/deploy")
@door(writes=True)
def deploy(ctx: Context, package: str, key: str) -> ResponseReturnValue:
    """Make the drawing the current version; running matters keep theirs. 422 with every complaint otherwise."""
    definition = _definition(ctx, package, key, *upkeep.DRAWING)
    if _is_outdated(ctx, definition):
        current = _current(ctx, definition)
        raise DeployedSince(by=_who(ctx, current.deployed_by), number=current.number)
    given = _source(ctx, definition)
    try:
        deployed = definitions.deploy(ctx, [given], definition.package)
    except definitions.DeploymentRefused as error:
        problems = [_as_json(each.problem) for each in error.complaints]
        return boundary.problem(422, error.code, texts.said(error), problems=problems)
    made = next((each for each in deployed if each.kind == Kind.PROCESS and each.key == definition.key), None)
    if made is None:
        raise OtherProcess(key=definition.key)
    definitions.drop_draft(ctx, definition)
    known = definitions.known(ctx, definition.package)
    warnings = [_as_json(each.problem) for each in definitions.check([given], ctx.database.operations, known)]
    url = url_for("designer.show", package=package, key=key)
    writing = _writing(ctx, definition, package)
    return jsonify({"version": made.version, "url": url, "problems": warnings, **writing})


def _definition(ctx: Context, package: str, key: str, *wanted: str) -> Definition:
    """The deployed process, for those who may look, or may do what is ``wanted``."""
    access.require(ctx, *(wanted or upkeep.LOOKING))
    query = select(Definition).where(
        Definition.kind == Kind.PROCESS,
        Definition.key == key,
        Definition.package == ("" if package == NO_PACKAGE else package),
    )
    found = ctx.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def _current(ctx: Context, definition: Definition) -> Version:
    if definition.current_id is None:
        raise NotFound
    return definitions.version(ctx, definition.current_id)


def _facts(ctx: Context, definition: Definition, package: str) -> dict[str, Any]:
    return {
        "definition": definition,
        "package": package,
        "versions": definitions.versions(ctx, definition),
        "current": definition.current_id,
    }


def _compared(earlier: Version, newer: bytes) -> dict[str, Any]:
    """What is different from an earlier version, as a list and as marks on the drawing."""
    found = drawing_changes.changes(earlier.source, newer)
    words = {"added": texts.say("added"), "changed": texts.say("changed")}
    marks = {kind: {part.element: word for part in getattr(found, kind)} for kind, word in words.items()}
    return {"earlier": earlier, "changes": found, "marks": marks}


def _known(ctx: Context, definition: Definition) -> dict[str, Any]:
    """The names the properties panel offers: roles and forms."""
    own = packages.current(ctx, definition.package).roles if definition.package else {}
    forms = select(Definition).where(Definition.kind == Kind.FORM, Definition.package.in_([definition.package, ""]))
    return {
        "roles": {role: texts.local_name(names) for role, names in {**own, **packages.SYSTEM_ROLES}.items()},
        "forms": [
            {"key": each.key, "title": each.name} for each in ctx.session.scalars(forms.order_by(Definition.key))
        ],
    }


def _source(ctx: Context, definition: Definition) -> definitions.Source:
    return definitions.Source(_current(ctx, definition).filename, _drawing())


def _drawing() -> bytes:
    """The XML of the request, well-formed and within the bounds of a diagram."""
    content = request.get_data(cache=False)
    xml.load(content)
    return content


def _seen(header: str | None) -> int:
    """The version of the draft the person has seen; 0 for none."""
    plain = (header or "0").removeprefix("W/").strip('"')
    if not plain.isdecimal():
        raise WrongVersion
    return int(plain)


def _writing(ctx: Context, definition: Definition, package: str) -> dict[str, str]:
    """Where the drawing is kept and deployed; the version it began from is part of it."""
    key, base = definition.key, _current(ctx, definition).number
    return {
        "draft": url_for("designer.save", package=package, key=key, base=base),
        "deploy": url_for("designer.deploy", package=package, key=key, base=base),
    }


def _is_outdated(ctx: Context, definition: Definition) -> bool:
    """Whether another version was deployed since the drawing was begun."""
    base = request.args.get("base", type=int)
    return base is not None and base != _current(ctx, definition).number


def _who(ctx: Context, account: str | None) -> str:
    """The person by name; deployments from the command line are the system's."""
    return people.names(ctx, [account]).get(account or "") or account or texts.say("System")


def _contested(ctx: Context, definition: Definition, package: str) -> ResponseReturnValue:
    """Who saved the draft since, or deployed it, so that there is none any more."""
    draft = definitions.draft_of(ctx, definition)
    current = _current(ctx, definition)
    by, at = (draft.saved_by, draft.saved_at) if draft else (current.deployed_by, current.deployed_at)
    seen = {"by": _who(ctx, by), "saved_at": texts.moment(at), "version": draft.version if draft else 0}
    response = jsonify({**seen, **_writing(ctx, definition, package)})
    response.status_code = 409
    return response


def _as_json(problem: Problem) -> dict[str, Any]:
    """A complaint; in Chinese its kind in words before the engine's own sentence, which names the parts."""
    # The list names the element as it is called in the drawing, before the sentence.
    message = problem.message.removeprefix(f"{problem.element}: ")
    if texts.language() != "en" and problem.code in WORDS["problem"]:
        message = f"{word('problem', problem.code)}（{message}）"
    return {"element": problem.element, "severity": problem.severity, "code": problem.code, "message": message}
