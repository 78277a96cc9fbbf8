"""The small city with its April round published, and people of it at their browsers."""

import html
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from engine.db import set_clock
from tests.assessment.town import Town, april
from web import create_app

#: An account -> the person's browser, signed in, at the town's present moment.
Visit: TypeAlias = Callable[[str], FlaskClient]
#: What a browser asks for.
PAGE = {"Accept": "text/html"}


@pytest.fixture
def town() -> Iterator[Town]:
    """All letters of April are drafted; nobody has done anything since the publication."""
    with april() as made:
        yield made


@pytest.fixture
def visit(town: Town) -> Visit:
    app = application(town)
    return lambda account: entered(app, town, account)


def entered(app: Flask, town: Town, account: str) -> FlaskClient:
    """The person's browser, signed in by card at the town's present moment."""
    with town.by() as ctx:
        set_clock(ctx, town.now)
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"account": account, "card": "1"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return browser


def shown(browser: FlaskClient, path: str, status: int = 200) -> str:
    """The page as its reader has it, answered with this status."""
    answer = browser.get(path, headers=PAGE)
    assert answer.status_code == status, f"{path}: {answer.status_code}"
    return html.unescape(answer.get_data(as_text=True))


def cells(page: str) -> list[str]:
    """The words of every cell of the heat map on the page, row by row."""
    table = page[page.index('<table class="heat">') : page.index("</table>", page.index('<table class="heat">'))]
    return re.findall(r'<td[^>]*><(?:a|span)[^>]*title="([^"]*)"', table)


def statements(town: Town, act: Callable[[], object]) -> int:
    """How many statements the act sends to the database."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(town.database.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(town.database.engine, "before_cursor_execute", note)
    return len(sent)


def application(town: Town) -> Flask:
    app = create_app(database=town.database)
    app.config["WTF_CSRF_ENABLED"] = False
    # What is tested here needs no scripts; pages are answered whether or not they are built.
    app.jinja_env.globals["asset_tags"] = lambda *entries: ""
    return app
