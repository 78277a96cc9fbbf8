"""The same verbs for programs: JSON in and out, described by OpenAPI at ``/api/v1/openapi.json``."""

from flask import Flask
from flask_smorest import Api

from web.api import session, tasks
from web.boundary import csrf


def register(app: Flask) -> None:
    app.config.update(
        API_TITLE="Bihuan",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = Api(app)
    for blueprint in (session.session, tasks.tasks):
        api.register_blueprint(blueprint)
    csrf.exempt(session.sign_in)
