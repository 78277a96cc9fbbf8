"""Tasks for programs: what is open, one of them, doing it.

``door`` stands before ``arguments``: what a stranger sends is not even looked at.
"""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields

from engine import workflow
from engine.db import Context
from engine.workflow.store import Task, TaskStatus
from web import texts
from web.boundary import door

tasks = Blueprint("tasks_api", __name__, url_prefix="/api/v1/tasks", description="Tasks")


class TaskLine(Schema):
    id = fields.Integer()
    element = fields.String()
    process = fields.String()
    package = fields.String(metadata={"description": "The assessment it belongs to; empty where it belongs to none."})
    name = fields.String()
    matter = fields.String()
    unit = fields.String(allow_none=True)
    assignee = fields.String(allow_none=True)
    status = fields.String()
    due = fields.String(allow_none=True)
    parked = fields.String(
        allow_none=True,
        metadata={"description": "before: signers before it speak first; held: handed in, signers after it speak."},
    )
    side = fields.String(allow_none=True, metadata={"description": "Of an added signer's own task: before or after."})
    version = fields.Integer(metadata={"description": "Sent back when the task is completed."})


class TaskDetail(TaskLine):
    form = fields.Raw(allow_none=True)
    values = fields.Raw()
    groups = fields.List(fields.String())


class TaskPage(Schema):
    tasks = fields.List(fields.Nested(TaskLine))
    next = fields.String(allow_none=True)


class PageQuery(Schema):
    after = fields.String(load_default=None)
    process = fields.String(load_default=None)
    package = fields.String(load_default=None)


class Completion(Schema):
    version = fields.Integer(required=True)
    data = fields.Dict(required=True)


@tasks.get("")
@door()
@tasks.arguments(PageQuery, location="query")
@tasks.response(200, TaskPage)
def mine(ctx: Context, query: dict[str, Any]) -> ResponseReturnValue:
    """My open tasks, what is due soonest first; ``next`` is the ``after`` of the following page."""
    page = workflow.mine(ctx, after=query["after"], process=query["process"], package=query["package"])
    return jsonify({"tasks": [line(task) for task in page.tasks], "next": page.next})


@tasks.get("/<int:task_id>")
@door()
@tasks.response(200, TaskDetail)
def show(ctx: Context, task_id: int) -> ResponseReturnValue:
    """One task; ``form``, and in ``values`` what it is opened with, where it is the caller's to do."""
    task = workflow.task(ctx, task_id)
    groups = workflow.candidates(ctx, task)
    if task.status != TaskStatus.OPEN or not workflow.is_mine(ctx, task):
        return jsonify({**line(task), "form": None, "values": {}, "groups": groups})
    form = workflow.form_of(ctx, task) if task.form else None
    values = {**workflow.offered(ctx, task), **(task.draft or {})}
    return jsonify({**line(task), "form": form, "values": values, "groups": groups})


@tasks.post("/<int:task_id>/complete")
@door(writes=True)
@tasks.arguments(Completion(unknown=RAISE))
@tasks.response(200, TaskLine)
def complete(ctx: Context, given: dict[str, Any], task_id: int) -> ResponseReturnValue:
    """Do a task. 409 when somebody else was first, 422 when the form is not complete; then nothing has moved."""
    return jsonify(line(workflow.complete(ctx, task_id, given["data"], version=given["version"])))


def line(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "element": task.element,
        "process": task.process,
        "package": task.instance.package,
        "name": task.name,
        "matter": task.instance.title,
        "unit": task.unit,
        "assignee": task.assignee,
        "status": task.status,
        "due": texts.moment(task.due_at) or None,
        "parked": task.parked,
        "side": task.side,
        "version": task.instance.version,
    }
