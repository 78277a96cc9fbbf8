"""A member's month: open → self_confirmed → secretary_scored → closed (S4, row N6).

The member rates themself and confirms; the rater gives the marks, whose sum is the month's base. A date closes each step:
who has not confirmed is rated all the same, and where the rater was silent the entries' own marks count, with the rater
named. A month whose self-rating has closed takes no more entries.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people, workflow
from engine.assessment import plans
from engine.assessment.points import entries, membership, scheme
from engine.db import Base, Context, Key, insert_if_absent
from engine.errors import Conflict, Invalid, NotFound, Refused


class NoMonth(NotFound):
    """The month {month} is not open for {account}."""

    code = "no_month"


class MonthMoved(Conflict):
    """The month {month} of {account} is {status} already."""

    code = "month_moved"


class MonthOpened(Conflict):
    """The month {month} was opened already."""

    code = "month_opened"


class OwnMarks(Refused):
    """Nobody rates themself."""

    code = "own_marks"


class State(StrEnum):
    OPEN = "open"
    SELF_CONFIRMED = "self_confirmed"
    #: The date passed without the member's own rating.
    UNCONFIRMED = "unconfirmed"
    SECRETARY_SCORED = "secretary_scored"
    CLOSED = "closed"


class PointMonth(Base):
    """One month of one member."""

    __tablename__ = "point_month"
    __table_args__ = (
        UniqueConstraint("cycle_id", "account", "month"),
        Index("ix_point_month_rater", "cycle_id", "month", "rater"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    account: Mapped[str] = mapped_column(String(60))
    #: As 2026-03.
    month: Mapped[str] = mapped_column(String(7))
    #: Where the member belongs on the month's last day.
    branch: Mapped[str] = mapped_column(String(40))
    committee: Mapped[str] = mapped_column(String(40))
    #: The candidate group that rates it.
    rater: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20))
    self_marks: Mapped[dict[str, Any] | None]
    self_note: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None]
    #: What the entries came to when the self-rating closed.
    accumulated: Mapped[dict[str, Any] | None]
    marks: Mapped[dict[str, Any] | None]
    #: Why the marks are not those of the entries.
    reason: Mapped[str | None] = mapped_column(Text)
    #: The sum of the marks.
    base: Mapped[Decimal | None]
    rated_at: Mapped[datetime | None]
    rated_by: Mapped[str | None] = mapped_column(String(60))
    #: The rater was silent; the marks are those of the entries.
    by_entries: Mapped[bool]
    closed_at: Mapped[datetime | None]

    @property
    def accumulated_total(self) -> Decimal | None:
        return total(self.accumulated)

    @property
    def self_total(self) -> Decimal | None:
        return total(self.self_marks)


class PointFreeze(Base):
    """A month whose self-rating has closed in a committee: its days take no more entries."""

    __tablename__ = "point_freeze"

    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    committee: Mapped[str] = mapped_column(String(40), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    frozen_at: Mapped[datetime]


def total(marks: Mapping[str, Any] | None) -> Decimal | None:
    return None if marks is None else sum((Decimal(each) for each in marks.values()), Decimal(0))


def plan(cycle: plans.Cycle) -> list[dict[str, Any]]:
    """The months of the year, each with the instant at which it is over and opened for rating."""
    months = membership.months_of(cycle.year)
    return [{"month": each, "opens_at": calendars.end_of(membership.month_end(each))} for each in months]


def open_month(ctx: Context, cycle: plans.Cycle, month: str) -> list[str]:
    """Open a month for rating: a row for everybody who is a member on its last day, a matter for every committee.

    Returns the committees. Raises ``MonthOpened`` the second time.
    """
    _require_month(cycle, month)
    if ctx.session.scalar(_of_month(cycle, month).limit(1)) is not None:
        raise MonthOpened(month=month)
    members = membership.places(ctx, membership.month_end(month))
    raters = membership.raters(ctx, members.values())
    state: dict[str, Any] = {"cycle_id": cycle.id, "month": month, "state": State.OPEN, "by_entries": False}
    for each in members.values():
        where = {"account": each.account, "branch": each.branch, "committee": each.committee}
        ctx.session.add(PointMonth(**state, **where, rater=raters[each.account]))
    ctx.session.flush()
    committees = sorted({each.committee for each in members.values()})
    audit.record(ctx, "points.open_month", plans.chain_of(cycle), month=month, members=len(members))
    for committee in committees:
        _start(ctx, cycle, month, committee)
    notifications.notify(
        ctx, "points.month_open", accounts=list(members), link=plans.path(ctx, cycle, "/points"), month=month
    )
    return committees


def rate_self(ctx: Context, cycle: plans.Cycle, month: str, marks: Mapping[str, Decimal], note: str | None) -> None:
    """The member rates their own month and confirms it, once. Raises ``NoMonth``, ``MonthMoved`` or ``Invalid``."""
    found = of_member(ctx, cycle, ctx.actor or "", month)
    if found.state != State.OPEN:
        raise MonthMoved(month=month, account=found.account, status=found.state)
    found.self_marks, found.self_note = _kept(scheme.of_cycle(cycle), marks), (note or "").strip() or None
    found.state, found.confirmed_at = State.SELF_CONFIRMED, ctx.now
    ctx.session.flush()


def close_self_rating(ctx: Context, cycle: plans.Cycle, month: str, committee: str) -> dict[str, Any]:
    """The date has come: entries of the month are frozen, what they come to is kept; the raters are next."""
    if not insert_if_absent(ctx, PointFreeze, cycle_id=cycle.id, committee=committee, month=month, frozen_at=ctx.now):
        raise MonthOpened("The self-rating of {month} is closed already.", month=month)
    ctx.memo.pop(("points.frozen", cycle.id, committee), None)
    rows = of_committee(ctx, cycle, month, committee)
    marks = entries.month_marks(ctx, cycle, [row.account for row in rows], month)
    for row in rows:
        row.accumulated = _text(marks[row.account])
        if row.state == State.OPEN:
            row.state = State.UNCONFIRMED
    silent = sum(row.state == State.UNCONFIRMED for row in rows)
    ctx.session.flush()
    audit.record(ctx, "points.freeze", plans.chain_of(cycle), month=month, committee=committee, unconfirmed=silent)
    return {"raters": sorted({row.rater for row in rows}), "unconfirmed": silent}


def rate(ctx: Context, cycle: plans.Cycle, month: str, rater: str, given: Sequence[Mapping[str, Any]]) -> None:
    """The rater gives the marks of a whole sheet: ``account``, a mark for each leaf, ``reason`` where they differ.

    Raises ``OwnMarks``, ``NotYours``, ``MonthMoved`` and ``Invalid``; nothing is kept of a sheet with a fault.
    """
    access.require(ctx, rater)
    rows = {row.account: row for row in sheet(ctx, cycle, month, rater)}
    if any(membership.is_own(ctx, account) for account in rows):
        raise OwnMarks
    if sorted(each["account"] for each in given) != sorted(rows):
        raise Invalid("The sheet must hold every member once.")
    drawn = scheme.of_cycle(cycle)
    for each in given:
        _rate(ctx, drawn, rows[each["account"]], each)
    facts = {each.account: str(each.base) for each in rows.values()}
    audit.record(ctx, "points.rate", plans.chain_of(cycle), month=month, rater=rater, bases=facts)
    ctx.session.flush()


def close_month(ctx: Context, cycle: plans.Cycle, month: str, committee: str) -> list[str]:
    """Close the month; returns the raters who were silent. The marks of the entries count for their members."""
    rows = of_committee(ctx, cycle, month, committee)
    for row in rows:
        if row.state == State.CLOSED:
            raise MonthMoved(month=month, account=row.account, status=row.state)
        if row.state != State.SECRETARY_SCORED:
            row.marks, row.base, row.by_entries = row.accumulated, row.accumulated_total, True
        row.state, row.closed_at = State.CLOSED, ctx.now
    late = sorted({row.rater for row in rows if row.by_entries})
    ctx.session.flush()
    audit.record(ctx, "points.close_month", plans.chain_of(cycle), month=month, committee=committee, late=late)
    told = [row.account for row in rows]
    notifications.notify(ctx, "points.month_closed", accounts=told, link=plans.path(ctx, cycle, "/points"), month=month)
    return late


def remind(ctx: Context, cycle: plans.Cycle, month: str, committee: str) -> list[str]:
    """Remind the raters whose sheets are not handed in; returns their groups."""
    waiting = sorted({row.rater for row in of_committee(ctx, cycle, month, committee) if not _is_rated(row)})
    notifications.notify(ctx, "points.remind", groups=waiting, link="/", month=month)
    return waiting


def sheet(ctx: Context, cycle: plans.Cycle, month: str, rater: str) -> list[PointMonth]:
    """Everybody whom a group rates in a month, by branch and account. Raises ``NoMonth``."""
    query = _of_month(cycle, month).where(PointMonth.rater == rater)
    found = list(ctx.session.scalars(query.order_by(PointMonth.branch, PointMonth.account)))
    if not found:
        raise NoMonth(month=month, account=rater)
    return found


def sheet_rows(ctx: Context, cycle: plans.Cycle, month: str, rater: str) -> list[dict[str, Any]]:
    """The sheet as its form is opened: the marks of the entries to begin with, the self-rating beside them."""
    rows = sheet(ctx, cycle, month, rater)
    names = people.names(ctx, [row.account for row in rows])
    return [
        {
            "account": row.account,
            "member": names[row.account],
            "confirmed": "已自评" if row.confirmed_at else "未自评",
            "self_total": str(row.self_total) if row.self_marks is not None else "",
            "accumulated_total": str(row.accumulated_total),
            **{code: Decimal(mark) for code, mark in (row.accumulated or {}).items()},
            "reason": "",
        }
        for row in rows
    ]


def of_member(ctx: Context, cycle: plans.Cycle, account: str, month: str) -> PointMonth:
    found = ctx.session.scalar(_of_month(cycle, month).where(PointMonth.account == account))
    if found is None:
        raise NoMonth(month=month, account=account)
    return found


def all_of(ctx: Context, cycle: plans.Cycle, account: str) -> list[PointMonth]:
    """A member's months, in order."""
    query = select(PointMonth).where(PointMonth.cycle_id == cycle.id, PointMonth.account == account)
    return list(ctx.session.scalars(query.order_by(PointMonth.month)))


def of_committee(ctx: Context, cycle: plans.Cycle, month: str, committee: str) -> list[PointMonth]:
    query = _of_month(cycle, month).where(PointMonth.committee == committee)
    return list(ctx.session.scalars(query.order_by(PointMonth.branch, PointMonth.account)))


def closed(ctx: Context, cycle: plans.Cycle, months: Sequence[str] | None = None) -> dict[str, list[PointMonth]]:
    """Account -> its closed months, in order; of the whole year or of some months."""
    query = select(PointMonth).where(PointMonth.cycle_id == cycle.id, PointMonth.state == State.CLOSED)
    if months is not None:
        query = query.where(PointMonth.month.in_(months))
    found: dict[str, list[PointMonth]] = {}
    for row in ctx.session.scalars(query.order_by(PointMonth.account, PointMonth.month)):
        found.setdefault(row.account, []).append(row)
    return found


def unclosed(ctx: Context, cycle: plans.Cycle, committee: str) -> list[str]:
    """Months of the year that are not opened, or not closed in the committee."""
    query = select(PointMonth.month).where(PointMonth.cycle_id == cycle.id)
    opened = set(ctx.session.scalars(query.distinct()))
    held = query.where(PointMonth.committee == committee, PointMonth.state != State.CLOSED)
    waiting = set(ctx.session.scalars(held.distinct()))
    return [month for month in membership.months_of(cycle.year) if month not in opened or month in waiting]


def _start(ctx: Context, cycle: plans.Cycle, month: str, committee: str) -> None:
    self_until = calendars.deadline(ctx, cycle.days("self_rating"), membership.month_end(month))
    rate_until = calendars.deadline(ctx, cycle.days("self_rating") + cycle.days("rating"), membership.month_end(month))
    name = people.unit(ctx, committee).name
    workflow.start(
        ctx,
        scheme.of_cycle(cycle).processes["month"],
        package=cycle.package,
        key=f"{cycle.year}/{month}/{committee}",
        title=f"{name} {month}",
        unit=committee,
        variables={
            "cycle": cycle.id,
            "month": month,
            "round": month,
            "committee": committee,
            "self_until": self_until,
            "rate_until": rate_until,
            "quarter": quarter_of(month),
        },
    )


def quarter_of(month: str) -> str | None:
    """The quarter that ends with the month, as 2026-Q1."""
    number = int(month[5:])
    return f"{month[:4]}-Q{number // 3}" if number % 3 == 0 else None


def months_of_quarter(quarter: str) -> list[str]:
    year, number = quarter.split("-Q")
    return [f"{year}-{3 * (int(number) - 1) + position:02}" for position in (1, 2, 3)]


def _rate(ctx: Context, drawn: scheme.Scheme, row: PointMonth, given: Mapping[str, Any]) -> None:
    if row.state not in (State.SELF_CONFIRMED, State.UNCONFIRMED):
        raise MonthMoved(month=row.month, account=row.account, status=row.state)
    marks = _kept(drawn, {leaf.code: given.get(leaf.code) for leaf in drawn.leaves})
    reason = (given.get("reason") or "").strip()
    own = row.accumulated or {}
    if not reason and any(Decimal(mark) != Decimal(own[code]) for code, mark in marks.items()):
        raise Invalid("Write why the marks of {account} are not those of the entries.", account=row.account)
    row.marks, row.reason, row.base = marks, reason or None, total(marks)
    row.state, row.rated_at, row.rated_by = State.SECRETARY_SCORED, ctx.now, ctx.actor


def _kept(drawn: scheme.Scheme, marks: Mapping[str, Decimal | None]) -> dict[str, str]:
    """The marks as they are kept, one for each leaf. Raises ``Invalid`` for one that is missing or out of bounds."""
    if strange := sorted(marks.keys() - {leaf.code for leaf in drawn.leaves}):
        raise Invalid("There is no category {category}.", category=strange[0])
    kept: dict[str, Decimal] = {}
    for leaf in drawn.leaves:
        mark = marks.get(leaf.code)
        if mark is None or not scheme.plain(mark, leaf.full):
            raise Invalid(
                "{category}: give a mark from 0 to {full}, with at most 2 decimals.", category=leaf.name, full=leaf.full
            )
        kept[leaf.code] = mark
    return _text(kept)


def _text(marks: Mapping[str, Decimal]) -> dict[str, str]:
    return {code: format(mark, "f") for code, mark in marks.items()}


def _is_rated(row: PointMonth) -> bool:
    return row.state in (State.SECRETARY_SCORED, State.CLOSED)


def _of_month(cycle: plans.Cycle, month: str) -> Select[PointMonth]:
    return select(PointMonth).where(PointMonth.cycle_id == cycle.id, PointMonth.month == month)


def _require_month(cycle: plans.Cycle, month: str) -> None:
    if month not in membership.months_of(cycle.year):
        raise Invalid("{month} is no month of {year}.", month=month, year=cycle.year)
