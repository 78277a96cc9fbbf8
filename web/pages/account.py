"""One's own account: a new password."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from engine import people
from engine.db import Context
from web import identity, texts
from web.boundary import door

account = Blueprint("account", __name__)


@account.get("/password")
@door()
def password(ctx: Context) -> ResponseReturnValue:
    return render_template("password.html", refused=None)


@account.post("/password")
@door(writes=True)
def change(ctx: Context) -> ResponseReturnValue:
    """A new password; every other session of the account ends."""
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return render_template("password.html", refused=texts.say("The two new passwords differ.")), 422
    try:
        people.change_password(ctx, current_user.account, request.form.get("old", ""), new)
    except (people.SignInRefused, people.WeakPassword) as error:
        return render_template("password.html", refused=texts.said(error)), 422
    identity.renew(ctx, current_user.account)
    return redirect(url_for("inbox.home"), 303)
