"""The application on the standing cast's city, with a few views of its own that do what is to be tested."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify

from engine import access, people
from engine.assessment import targets
from engine.db import Context
from engine.errors import BihuanError, Broken, Conflict, Forbidden, Invalid, Message, NotFound, Refused
from engine.people import Locked, Person, SignInRefused
from tests.cast import MONDAY, PASSWORD, Office
from tests.web.browsing import Browser, application
from tests.workflow import running
from web.boundary import door


class Lost(Conflict):
    """This was already done by {winner}."""

    code = "lost"

    def __init__(self, winner: str) -> None:
        super().__init__(winner=winner)
        self.winner = winner


REFUSALS: list[tuple[BihuanError, int]] = [
    (SignInRefused(), 401),
    (Locked(until=MONDAY), 429),
    (Forbidden(), 403),
    (access.NotYours(groups="lead"), 403),
    (NotFound(), 404),
    (Lost("张伟"), 409),
    (Invalid(fields={"plan": Message("At least {limit} characters.", {"limit": 4})}), 422),
    (Refused(), 409),
    (Broken(), 500),
    (targets.AlreadySigned(unit="A01", year=2026), 409),
]


@pytest.fixture
def site(office: Office, quick_passwords: None) -> Flask:
    running.equip(office)
    with office.by() as ctx:
        for account in ("zhang", "wang", "liu"):
            people.open_account(ctx, account, PASSWORD)
    app = application(office.database)

    @app.post("/act/add/<account>")
    @door(writes=True)
    def add(ctx: Context, account: str) -> Any:
        ctx.session.add(Person(account=account, name="new"))
        ctx.session.flush()
        return jsonify({"added": account})

    @app.post("/act/add-and-fail/<account>")
    @door(writes=True)
    def add_and_fail(ctx: Context, account: str) -> Any:
        ctx.session.add(Person(account=account, name="new"))
        ctx.session.flush()
        raise Conflict

    @app.post("/act/stumble")
    @door(writes=True)
    def stumble(ctx: Context) -> Any:
        ctx.session.add(Person(account="stumbled", name="new"))
        ctx.session.flush()
        raise ZeroDivisionError

    @app.get("/act/write-while-reading")
    @door()
    def write_while_reading(ctx: Context) -> Any:
        ctx.session.add(Person(account="sneaked", name="new"))
        return jsonify({})

    for number, (error, _) in enumerate(REFUSALS):
        app.add_url_rule(f"/act/refuse/{number}", f"refuse{number}", door()(_refusing(error)))
    return app


def _refusing(error: BihuanError) -> Callable[[Context], Any]:
    def refuse(ctx: Context) -> Any:
        raise error

    return refuse


def browser(site: Flask, account: str | None = "zhang") -> Browser:
    client = site.test_client()
    assert isinstance(client, Browser)
    if account is not None:
        assert client.sign_in(account, PASSWORD).status_code == 303
    return client
