"""What the web adds: a task handed in through the API against an empty POST that writes the bare minimum."""

from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from bench import desks
from bench.measure import BLOCKS, Figure, compared
from bench.steps import Bare
from engine import people
from engine.db import Context, Database, set_clock, transaction
from web import create_app
from web.boundary import door

TIMES = 40
CLERK = "u00_clerk"


def http_complete() -> Figure:
    """``POST /api/v1/tasks/<id>/complete`` of a signed-in clerk, by the application itself without a network."""
    with desks.on_sqlite() as database:
        app = _application(database)
        papers = desks.matters(database, desks.UNITS * BLOCKS * TIMES)
        tasks = iter([task for task in desks.open_tasks(database, papers) if desks.holder(task) == CLERK])
        browser, headers = _signed_in(app, database)

        def complete() -> None:
            task = next(tasks)
            body = {"version": task.instance.version, "data": desks.answers(task)}
            _accepted(browser.post(f"/api/v1/tasks/{task.id}/complete", json=body, headers=headers))

        def empty() -> None:
            _accepted(browser.post("/bench/bare", headers=headers))

        return compared(
            "http_complete", 2.5, "an empty signed-in POST that writes the bare minimum", complete, empty, TIMES
        )


def _accepted(answer: Any) -> None:
    assert answer.status_code == 200, answer.get_data(as_text=True)


def _application(database: Database) -> Flask:
    database.settings = replace(database.settings, secret_key="of this measurement alone")
    app = create_app(database=database)
    bare = Bare(database.engine)

    @app.post("/bench/bare")
    @door(writes=True)
    def write(ctx: Context) -> str:
        bare.write_in(ctx.session.connection())
        return ""

    return app


def _signed_in(app: Flask, database: Database) -> tuple[FlaskClient, dict[str, str]]:
    with transaction(database, now=desks.NOW) as ctx:
        set_clock(ctx, desks.NOW)
        secret = people.open_account(ctx, CLERK, "Measured-2026")
    browser = app.test_client()
    answer = browser.post("/api/v1/session", json={"account": CLERK, "password": secret})
    _accepted(answer)
    return browser, {"X-CSRF-Token": answer.get_json()["csrf"]}
