"""One task: the form, why it is here, the matter's story, the diagram with the token on it; and a whole sheet of them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from engine import access, files, people, workflow
from engine.db import Context
from engine.errors import Invalid
from engine.reports import desk, sheet, story
from engine.workflow import copies
from engine.workflow.store import Task, TaskStatus
from web import plain_forms, texts
from web.boundary import door
from web.pages import moves
from web.pages.named import name_people, name_units
from web.years import look_at

tasks = Blueprint("tasks", __name__, url_prefix="/tasks")

#: A form with more questions than this is one to fill in; with no more, and a choice among them, one to decide.
VERDICT = 3


class WrongPayload(Invalid):
    """What the page sent cannot be read; reload it and try again."""

    code = "wrong_payload"


@tasks.get("/<int:task_id>")
@door(writes=True, style_attributes=True)
def show(ctx: Context, task_id: int) -> ResponseReturnValue:
    """A task; looking at it is remembered, because a withdrawal may depend on it."""
    task = workflow.task(ctx, task_id)
    look_at(task.instance.package)
    mine = task.status == TaskStatus.OPEN and workflow.is_mine(ctx, task)
    if mine:
        workflow.opened(ctx, task)
    together = workflow.batch_of(ctx, task) if mine else [task]
    copies.read(ctx, task)
    beside = moves.beside(ctx, task)
    return render_template("tasks/task.html", **facts(ctx, task), mine=mine, together=together, beside=beside)


@tasks.post("/<int:task_id>/complete")
@door(writes=True)
def complete(ctx: Context, task_id: int) -> ResponseReturnValue:
    task = workflow.complete(ctx, task_id, answers_of(ctx), version=request.args.get("version", type=int))
    return jsonify({"redirect": url_for("tasks.after", task_id=task.id)})


@tasks.get("/<int:task_id>/after")
@door()
def after(ctx: Context, task_id: int) -> ResponseReturnValue:
    """What happens next and who has it now."""
    task = workflow.task(ctx, task_id)
    look_at(task.instance.package)
    following = workflow.of_instances(ctx, [task.instance_id])
    page = workflow.mine(ctx, limit=1)
    return render_template("tasks/after.html", task=task, following=following, next_task=next(iter(page.tasks), None))


@tasks.put("/<int:task_id>/draft")
@door(writes=True)
def draft(ctx: Context, task_id: int) -> ResponseReturnValue:
    given = request.get_json(silent=True)
    if not isinstance(given, dict) or not isinstance(given.get("data"), dict):
        raise WrongPayload
    workflow.save_draft(ctx, task_id, given["data"])
    return jsonify({"saved_at": texts.moment(ctx.now)})


@tasks.post("/<int:task_id>/claim")
@door(writes=True)
def claim(ctx: Context, task_id: int) -> ResponseReturnValue:
    workflow.claim(ctx, task_id)
    return _back(task_id)


@tasks.post("/<int:task_id>/release")
@door(writes=True)
def release(ctx: Context, task_id: int) -> ResponseReturnValue:
    workflow.release(ctx, task_id)
    return _back(task_id)


@tasks.get("/<int:task_id>/together")
@door(writes=True, style_attributes=True)
def together(ctx: Context, task_id: int) -> ResponseReturnValue:
    """All rows of the sheet the task belongs to: a plan sheet of a letter, a batch of close-outs."""
    task = workflow.task(ctx, task_id)
    if task.status != TaskStatus.OPEN or not workflow.is_mine(ctx, task):
        return _back(task_id)
    look_at(task.instance.package)
    mine = workflow.batch_of(ctx, task)
    for each in mine:
        workflow.opened(ctx, each)
    name_units(ctx)
    rows = sheet.rows(ctx, mine)
    name_people(ctx, [stored.uploaded_by for row in rows for stored in row.evidence])
    return render_template("tasks/together.html", task=task, **_sheet_facts(ctx, task, rows))


def _sheet_facts(ctx: Context, task: Task, rows: list[sheet.Row]) -> dict[str, Any]:
    """What the sheet shows. Rows whose form is of another version than the first one's are done on their own."""
    schema = rows[0].schema
    alike = [row for row in rows if row.schema == schema] if plain_forms.is_plain(schema) else []
    questions = [each for each in schema["components"] if each.get("key")] if alike and schema else []
    kind, _, letter = (task.batch or "").partition("/")
    theirs = access.oversees(ctx) or (task.instance.unit in access.own_units(ctx))
    return {
        "questions": questions,
        "rows": alike or rows,
        "others": [row for row in rows if row not in alike],
        "is_verdict": len(questions) <= VERDICT and any(each["type"] == "radio" for each in questions),
        "has_matters": any(row.item is not None for row in alike),
        "has_plans": any(row.plan is not None for row in alike),
        "has_evidence": any(row.evidence for row in alike),
        "letter": letter if kind == "letter" and theirs else None,
    }


@tasks.post("/<int:task_id>/together")
@door(writes=True)
def complete_together(ctx: Context, task_id: int) -> ResponseReturnValue:
    """Hand in several rows at once: all of them, or none with the wrong ones marked."""
    given = answers_of(ctx)
    chosen = given.get("rows")
    if not isinstance(chosen, dict) or not chosen:
        raise Invalid("Choose at least one row.")
    workflow.complete_all(ctx, {int(key): answers for key, answers in chosen.items()})
    return jsonify({"redirect": url_for("tasks.after", task_id=task_id)})


def facts(ctx: Context, task: Task) -> dict[str, Any]:
    """What a template shows of a task."""
    offered = workflow.offered(ctx, task) if task.status == TaskStatus.OPEN else {}
    why = desk.desk(ctx, task)
    units = {unit.code: unit.name for unit in people.units(ctx)}
    holders = {**units, **people.names(ctx, [task.assignee])}
    return {
        "task": task,
        "groups": workflow.candidates(ctx, task),
        "schema": workflow.form_of(ctx, task) if task.form else None,
        "values": {**offered, **(task.draft or {})},
        "desk": why,
        "story": story.story(ctx, why.instances),
        "marks": story.marks(ctx, task.instance, holders),
        "diagram": task.instance.release[f"process:{task.instance.process}"],
        "sees_all": access.oversees(ctx),
    }


def answers_of(ctx: Context) -> dict[str, Any]:
    """The payload of a form, its files stored and put in place of the browser's references to them."""
    try:
        payload = json.loads(request.form["payload"], parse_float=Decimal)
    except (KeyError, ValueError):
        raise WrongPayload from None
    if not isinstance(payload, dict):
        raise WrongPayload
    stored = {key: [_stored(ctx, upload) for upload in request.files.getlist(key)] for key in request.files}
    return dict(_with_files(payload, stored))


def _stored(ctx: Context, upload: FileStorage) -> str:
    return f"file:{files.store(ctx, upload.filename or 'file', upload.stream).id}"


def _with_files(value: Any, stored: Mapping[str, list[str]]) -> Any:
    if isinstance(value, dict):
        return {name: _with_files(inner, stored) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_files(inner, stored) for inner in value]
    if isinstance(value, str) and value.startswith("files::"):
        return stored.get(value, [])
    return value


def _back(task_id: int) -> ResponseReturnValue:
    where = url_for("tasks.show", task_id=task_id)
    return (
        Response(status=204, headers={"HX-Redirect": where})
        if request.headers.get("HX-Request")
        else Response(status=303, headers={"Location": where})
    )
