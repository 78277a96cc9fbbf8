"""Who is at the other end: signing in and out, and the cookie that says so.

The cookie holds the account and its epoch; a changed password or a disabled account raises the epoch and so ends every
session at once. A session without a click for too long ends as well.
"""

from dataclasses import dataclass

from flask import Flask, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from engine import people
from engine.db import Context, is_demo, transaction
from engine.people import Account, SignInRefused
from web import boundary

login = LoginManager()


@dataclass(frozen=True)
class User(UserMixin):  # type: ignore[misc]
    account: str
    name: str
    epoch: int
    must_change: bool

    def get_id(self) -> str:
        return f"{self.account}#{self.epoch}"


def register(app: Flask) -> None:
    login.session_protection = "basic"
    login.init_app(app)
    login.user_loader(_load)


def sign_in(ctx: Context, account: str, password: str) -> bool:
    """Sign the person in; False when account or password is wrong, which is counted."""
    if not people.check_password(ctx, account, password):
        return False
    _begin(ctx, account)
    return True


def sign_in_to_demo(ctx: Context, account: str) -> None:
    """Sign in by a card of the first page, which only a demo database has."""
    if not is_demo(ctx) or ctx.session.get(Account, account) is None:
        raise SignInRefused
    _begin(ctx, account)


def sign_out() -> None:
    logout_user()
    session.clear()


def renew(ctx: Context, account: str) -> None:
    """Go on with this session after its own password was changed."""
    _begin(ctx, account)


def _begin(ctx: Context, account: str) -> None:
    session.clear()
    session.permanent = True
    login_user(_user(ctx, account))


def _user(ctx: Context, account: str) -> User:
    row = ctx.session.get_one(Account, account)
    return User(account, people.person(ctx, account).name, row.epoch, row.must_change)


def _load(user_id: str) -> User | None:
    account, _, epoch = user_id.rpartition("#")
    with transaction(boundary.database(), reading=True) as ctx:
        row = ctx.session.get(Account, account)
        if row is None or row.disabled or str(row.epoch) != epoch:
            return None
        return User(account, people.person(ctx, account).name, row.epoch, row.must_change)
