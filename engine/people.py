"""Units and people: the tree of the city, who holds which post when, and how a person signs in."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    ColumnElement,
    Date,
    ForeignKey,
    String,
    UniqueConstraint,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from engine import audit
from engine.db import Base, Context, Key, plain
from engine.errors import Forbidden, Invalid, NotFound


class UnknownUnit(NotFound):
    """There is no unit with the code {code!r}."""

    code = "unknown_unit"


class UnknownPerson(NotFound):
    """There is no person with the account {account!r}."""

    code = "unknown_person"


class AccountExists(Invalid):
    """{account} has an account already; to give a new password, reset it."""

    code = "account_exists"


class NoAccount(NotFound):
    """{account} has no account; create it."""

    code = "no_account"


class WeakPassword(Invalid):
    """The password must have at least 10 characters, three of: capital letters, small letters, digits, signs."""

    code = "weak_password"


class SignInRefused(Forbidden):
    """Account or password is wrong."""

    code = "sign_in_refused"


class Locked(Forbidden):
    """Too many wrong passwords; try again after {until}, or ask the administrator for a new password."""

    code = "locked"


class Unit(Base):
    """A city, department, county … in the tree. ``group`` is the class in which assessed units are compared."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    group: Mapped[str] = mapped_column("group_code", String(40), default="")
    kind: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    #: The first and the last day on which there is this unit; None is open.
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    #: The code of the unit that took over what this one left open: its people hold the posts here.
    successor: Mapped[str | None] = mapped_column(String(40), index=True)

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class Person(Base):
    __tablename__ = "person"

    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class Appointment(Base):
    """``person`` holds ``role`` in ``unit`` from ``from_date`` to ``to_date``, both included; None is open."""

    __tablename__ = "appointment"
    __table_args__ = (UniqueConstraint("account", "role", "unit_id", "from_date"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    from_date: Mapped[date]
    to_date: Mapped[date | None]
    unit: Mapped[Unit] = relationship(lazy="joined")


class Account(Base):
    """How a person signs in. Disabled, never deleted: the audit still names them."""

    __tablename__ = "account"

    account: Mapped[str] = mapped_column(ForeignKey("person.account"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool] = mapped_column(default=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    #: Raised by every change of password and by disabling: a cookie that carries an older one is signed out.
    epoch: Mapped[int] = mapped_column(default=1)


@dataclass(frozen=True, slots=True)
class Position:
    role: str
    unit: str

    @property
    def group(self) -> str:
        """As a diagram's candidate group writes it: ``clerk@B07``."""
        return f"{self.role}@{self.unit}"


FAILURES_ALLOWED = 5
LOCK = timedelta(minutes=15)
ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_hasher = PasswordHasher()


def unit(ctx: Context, code: str) -> Unit:
    found: Unit | None = ctx.memo.get(("unit", code))
    found = found or ctx.session.scalar(select(Unit).where(Unit.code == code))
    if found is None:
        raise UnknownUnit(code=code)
    ctx.memo["unit", code] = found
    return found


def units(ctx: Context, kind: str | None = None) -> list[Unit]:
    """Every unit by code, or those of one kind."""
    query = select(Unit).order_by(Unit.code)
    return list(ctx.session.scalars(query.where(Unit.kind == kind) if kind else query))


def take_over(ctx: Context, gone: Unit, successor: str, ends_on: date) -> None:
    """From now on the unit is gone and the successor's people hold its posts, and those of units it had itself taken over."""
    gone.valid_to, gone.successor = ends_on, successor
    for earlier in ctx.session.scalars(select(Unit).where(Unit.successor == gone.code)):
        earlier.successor = successor
    ctx.session.flush()
    ctx.memo.clear()


def person(ctx: Context, account: str) -> Person:
    found = ctx.session.get(Person, account)
    if found is None:
        raise UnknownPerson(account=account)
    return found


def positions(ctx: Context, account: str) -> list[Position]:
    """The posts the person holds today, by role and unit."""
    cached: list[Position] | None = ctx.memo.get(("positions", account))
    if cached is None:
        rows = plain(ctx, _POSTS_OF, {"account": account, "today": ctx.today})
        cached = sorted((Position(role, code) for role, code in rows), key=lambda held: (held.role, held.unit))
        ctx.memo["positions", account] = cached
    return cached


def holders(ctx: Context, group: str) -> list[str]:
    """The accounts that hold a candidate group today: ``lead`` is anyone in that role, ``clerk@B07`` those of the unit."""
    role, at, code = group.partition("@")
    # ``clerk@`` is the clerk of a unit nobody has named: nobody, where a bare ``clerk`` would be anyone.
    query = _HOLDERS_AT if at else _HOLDERS
    return sorted(account for (account,) in plain(ctx, query, {"role": role, "code": code, "today": ctx.today}))


def in_post(ctx: Context) -> list[Person]:
    """Everybody who holds or held a post, by account."""
    known = select(Appointment.account).distinct()
    return list(ctx.session.scalars(select(Person).where(Person.account.in_(known)).order_by(Person.account)))


def leader_of(ctx: Context, code: str) -> str | None:
    """The account of the unit's leader today; None when the post is vacant."""
    return next(iter(holders(ctx, f"leader@{code}")), None)


def names(ctx: Context, accounts: Iterable[str | None]) -> dict[str, str]:
    """Account -> the person's name, for those that exist."""
    wanted = {account for account in accounts if account}
    return {
        found.account: found.name for found in ctx.session.scalars(select(Person).where(Person.account.in_(wanted)))
    }


def units_of(ctx: Context, accounts: Iterable[str]) -> dict[str, list[str]]:
    """Account -> the names of the units the person holds a post in today, for those that hold one."""
    query = select(Appointment.account, Unit.name).join(Unit, Unit.id == Appointment.unit_id).order_by(Unit.code)
    found: dict[str, list[str]] = {}
    for account, name in ctx.session.execute(query.where(Appointment.account.in_(set(accounts)), *in_office(ctx))):
        held = found.setdefault(account, [])
        held += [] if name in held else [name]
    return found


def open_account(ctx: Context, account: str, password: str | None = None) -> str:
    """Give a person an account, or a forgotten password anew; the one-time password it returns must be changed."""
    person(ctx, account)
    secret = password or "-".join("".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(5)) for _ in range(3))
    row = ctx.session.get(Account, account)
    if row is None:
        row = Account(account=account, password_hash="", epoch=0, failures=0, disabled=False)
        ctx.session.add(row)
    row.password_hash, row.must_change = _hasher.hash(secret), password is None
    row.disabled, row.failures, row.locked_until, row.epoch = False, 0, None, row.epoch + 1
    audit.record(ctx, "account.open", "people", account=account)
    return secret


def give_account(ctx: Context, account: str, *, again: bool) -> str:
    """A person's first account, or with ``again`` a new one-time password. Raises ``AccountExists`` or ``NoAccount``."""
    standing = ctx.session.get(Account, account)
    if again and standing is None:
        raise NoAccount(account=account)
    if standing is not None and not again:
        raise AccountExists(account=account)
    return open_account(ctx, account)


def disable_account(ctx: Context, account: str) -> None:
    row = _account(ctx, account)
    row.disabled, row.epoch = True, row.epoch + 1
    audit.record(ctx, "account.disable", "people", account=account)


def change_password(ctx: Context, account: str, old: str, new: str) -> None:
    """Raises ``SignInRefused`` when ``old`` is wrong and ``WeakPassword`` when ``new`` is too simple."""
    row = _account(ctx, account)
    if not _matches(row.password_hash, old):
        raise SignInRefused
    classes = sum(bool(re.search(pattern, new)) for pattern in ("[A-Z]", "[a-z]", "[0-9]", "[^A-Za-z0-9]"))
    if len(new) < 10 or classes < 3 or new == old:
        raise WeakPassword
    row.password_hash, row.must_change, row.epoch = _hasher.hash(new), False, row.epoch + 1
    audit.record(ctx, "account.change_password", "people", account=account)


def check_password(ctx: Context, account: str, password: str) -> bool:
    """Whether the password is right. A wrong one is counted, five lock the account for a quarter of an hour.

    The answer is a value, not an exception, because the count must be committed. Raises ``Locked`` while it is locked.
    """
    row = ctx.session.get(Account, account, with_for_update=True)
    if row is None or row.disabled:
        # The same work as for a real account: the time of the answer must not say which accounts exist.
        _matches(_ABSENT, password)
        return False
    if row.locked_until and ctx.now < row.locked_until:
        raise Locked(until=row.locked_until)
    if _matches(row.password_hash, password):
        row.failures, row.locked_until = 0, None
        audit.record(ctx, "account.sign_in", "people", account=account)
        return True
    row.failures += 1
    if row.failures >= FAILURES_ALLOWED:
        row.failures, row.locked_until = 0, ctx.now + LOCK
        audit.record(ctx, "account.lock", "people", account=account)
    return False


def _account(ctx: Context, account: str) -> Account:
    row = ctx.session.get(Account, account, with_for_update=True)
    if row is None:
        raise UnknownPerson(account=account)
    return row


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def in_office(ctx: Context) -> tuple[ColumnElement[bool], ...]:
    """The condition that an appointment holds today."""
    return _on(literal(ctx.today))


def is_empty(ctx: Context) -> bool:
    """Whether nobody has been imported yet, so that the first page says how to begin."""
    return not ctx.session.scalar(select(func.count()).select_from(Person))


def _on(day: ColumnElement[date]) -> tuple[ColumnElement[bool], ...]:
    return Appointment.from_date <= day, or_(Appointment.to_date.is_(None), Appointment.to_date >= day)


# Asked several times in every step, and therefore put together once. A post in a unit that has a successor counts no more;
# who holds it in the successor holds it in the unit that is gone.
_IN_OFFICE = _on(bindparam("today", type_=Date))
_HELD = select(Appointment.role, Unit.code).join(Unit).where(Appointment.account == bindparam("account"), *_IN_OFFICE)
_Gone = aliased(Unit)
_OWN_AND_TAKEN_OVER = union_all(
    _HELD.where(Unit.successor.is_(None)),
    _HELD.join(_Gone, _Gone.successor == Unit.code).with_only_columns(Appointment.role, _Gone.code),
).subquery()
_POSTS_OF = select(_OWN_AND_TAKEN_OVER.c.role, _OWN_AND_TAKEN_OVER.c.code)
_HOLDERS = (
    select(Appointment.account)
    .join(Unit)
    .where(Appointment.role == bindparam("role"), Unit.successor.is_(None), *_IN_OFFICE)
    .distinct()
)
_TAKEN_OVER_BY = select(_Gone.successor).where(_Gone.code == bindparam("code")).scalar_subquery()
_HOLDERS_AT = _HOLDERS.where(Unit.code == func.coalesce(_TAKEN_OVER_BY, bindparam("code")))

_ABSENT = _hasher.hash("nobody has this account")
