"""Signing in for a program."""

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, fields

from engine.db import Context
from engine.people import SignInRefused
from web import identity
from web.boundary import door, refused

session = Blueprint("session", __name__, url_prefix="/api/v1", description="Signing in")


class Credentials(Schema):
    account = fields.String(required=True)
    password = fields.String(required=True)


class Token(Schema):
    csrf = fields.String(metadata={"description": "Sent back as X-CSRF-Token with every changing call."})


@session.post("/session")
@door(writes=True, public=True)
@session.arguments(Credentials)
@session.response(200, Token)
def sign_in(ctx: Context, given: dict[str, str]) -> ResponseReturnValue:
    """Sign in: sets the cookie and returns the token."""
    if not identity.sign_in(ctx, given["account"], given["password"]):
        # Answered, not raised: the failed attempt is to stay counted.
        return refused(SignInRefused())
    return jsonify({"csrf": generate_csrf()})


@session.delete("/session")
@session.response(204)
def sign_out() -> None:
    """Sign out."""
    identity.sign_out()
