"""The same verbs for programs: JSON in and out, described by OpenAPI at ``/api/v1/openapi.json``."""

from typing import Any

from flask import Flask
from flask_smorest import Api
from marshmallow import Schema, fields

from web.api import moves, points, seconding, session, system, tasks
from web.boundary import csrf

#: A refusal (RFC 9457).
PROBLEM = Schema.from_dict(
    {
        "type": fields.String(),
        "status": fields.Integer(),
        "code": fields.String(metadata={"description": "Stable; what programs decide by."}),
        "detail": fields.String(metadata={"description": "One sentence in the caller's language."}),
        "fields": fields.Dict(metadata={"description": "Path of a field -> what is wrong with it."}),
        "winner": fields.String(metadata={"description": "Who was first."}),
    },
    name="Problem",
)


class _Api(Api):  # type: ignore[misc]
    """Refusals are the boundary's: one shape for the whole site, whoever found what is wrong."""

    ERROR_SCHEMA = PROBLEM

    def _register_error_handlers(self) -> None: ...


def register(app: Flask) -> None:
    app.config.update(
        API_TITLE="Bihuan",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api: Any = _Api(app)
    for blueprint in (session.session, tasks.tasks, moves.moving, seconding.seconded, points.points, system.system):
        api.register_blueprint(blueprint)
    csrf.exempt(session.sign_in)
