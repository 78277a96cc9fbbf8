"""The web: the only place that knows HTTP. ``create_app`` reads as a table of contents."""

from flask import Flask

from engine.db import Database
from engine.operations import registry
from engine.settings import Settings, read_settings
from web import api, boundary, health, identity, pages, plain_forms, texts, vite, years


def create_app(settings: Settings | None = None, database: Database | None = None) -> Flask:
    """The application on one city's database. ``gunicorn "web:create_app()"`` reads the settings from the environment."""
    database = database or Database(settings or read_settings(), registry)
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    boundary.register(app, database)
    identity.register(app)
    texts.register(app)
    vite.register(app)
    plain_forms.register(app)
    years.register(app)
    pages.register(app)
    api.register(app)
    health.register(app)
    return app
