"""A browser for tests: it keeps its cookies and sends the token a page would send."""

import html
import os
import re
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from engine.db import Database
from tests import databases
from web import create_app

PAGE = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


class Browser(FlaskClient):
    """Signed in or not. ``token=None`` in a call leaves the CSRF token out; a call of its own for a page is spared."""

    csrf: str | None = None

    def open(self, *args: Any, token: bool = True, **kwargs: Any) -> TestResponse:
        method = kwargs.get("method", "GET")
        if method in UNSAFE and token:
            kwargs["headers"] = {"X-CSRF-Token": self._token(), **dict(kwargs.get("headers") or {})}
        return super().open(*args, **kwargs)

    def sign_in(self, account: str, password: str) -> TestResponse:
        answer = self.post("/sign-in", data={"account": account, "password": password})
        self.csrf = None
        return answer

    def enter(self, account: str) -> "Browser":
        """By a card of the demo's first page."""
        answer = self.post("/sign-in", data={"account": account, "card": "1"})
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.csrf = None
        return self

    def page(self, path: str, status: int = 200) -> str:
        """The page as its reader has it."""
        answer = self.get(path, headers=PAGE)
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        return html.unescape(answer.get_data(as_text=True))

    def _token(self) -> str:
        if self.csrf is None:
            page = super().open("/", headers=PAGE, follow_redirects=True).get_data(as_text=True)
            found = re.search(r'<meta name="csrf-token" content="([^"]+)"', page)
            assert found, "the page holds no token"
            self.csrf = found[1]
        return self.csrf


def application(database: Database) -> Flask:
    """The application as it is served, but that no built scripts are asked for and an unforeseen error is raised."""
    database.settings = replace(database.settings, secret_key="known to the tests alone")
    app = create_app(database=database)
    app.testing = True
    app.test_client_class = Browser
    app.jinja_env.globals["asset_tags"] = lambda *entries: ""
    # Every test has an application of its own; their templates are the same and compiled once in a run.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ[databases.SHARED])
    return app
