"""Signing in for a program."""

from typing import Any

from flask_smorest import Blueprint
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, fields

from engine.db import Context
from engine.people import SignInRefused
from web import identity
from web.boundary import door

session = Blueprint("session", __name__, url_prefix="/api/v1", description="Signing in")


class Credentials(Schema):
    account = fields.String(required=True)
    password = fields.String(required=True)


class Token(Schema):
    csrf = fields.String(metadata={"description": "Sent back as X-CSRF-Token with every changing call."})


@session.post("/session")
@session.arguments(Credentials)
@session.response(200, Token)
def sign_in(given: dict[str, str]) -> dict[str, Any]:
    """Sign in: sets the cookie and returns the token."""
    if not _check(given["account"], given["password"]):
        raise SignInRefused
    return {"csrf": generate_csrf()}


@session.delete("/session")
@session.response(204)
def sign_out() -> None:
    """Sign out."""
    identity.sign_out()


def _check(account: str, password: str) -> bool:
    outcome: list[bool] = []

    @door(writes=True, public=True)
    def check(ctx: Context) -> str:
        outcome.append(identity.sign_in(ctx, account, password))
        return ""

    check()
    return outcome[0]
