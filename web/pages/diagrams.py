"""The drawn processes as files, for the viewer: a version never changes, so a browser may keep it."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from engine.db import Context
from engine.errors import NotFound
from engine.workflow import definitions
from engine.workflow.store import Kind, Version
from web.boundary import door

diagrams = Blueprint("diagrams", __name__)


@diagrams.get("/versions/<int:version_id>.bpmn")
@door()
def source(ctx: Context, version_id: int) -> ResponseReturnValue:
    found = ctx.session.get(Version, version_id)
    if found is None or found.definition.kind != Kind.PROCESS:
        raise NotFound
    response = Response(definitions.version(ctx, version_id).source, content_type="application/xml; charset=utf-8")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
