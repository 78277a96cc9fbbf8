"""Daily points: rows that are only ever added (S4, rows N3–N5). What was entered wrongly is undone by a counter-entry.

An entry belongs to the day it is about. A month takes entries until its self-rating closes; from then on its days are
frozen. Rows come one by one or by the thousand; each batch leaves one entry in the audit with a digest over its rows.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit
from engine.assessment import plans
from engine.assessment.points import items, membership, scheme
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused

#: Points of a month in a category, or of a year's honours.
Sums = Mapping[str, Decimal]


class MonthFrozen(Refused):
    """The month {month} takes no more entries; what was wrong in it is undone by a counter-entry today."""

    code = "month_frozen"


class OwnPoints(Refused):
    """Nobody enters points for themself; who rates you does."""

    code = "own_points"


class AlreadyUndone(Conflict):
    """This entry was undone already, or itself undoes another."""

    code = "already_undone"


class EnteredAlready(Conflict):
    """{account} has these points already."""

    code = "entered_already"


class YearOver(Refused):
    """The months of {year} are closed; only an honour can still be undone."""

    code = "year_over"


class PointEntry(Base):
    """Points of one member for one item on one day. Never changed, never deleted."""

    __tablename__ = "point_entry"
    __table_args__ = (
        UniqueConstraint("cycle_id", "account", "source"),
        Index("ix_point_entry_account", "cycle_id", "account", "day"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    account: Mapped[str] = mapped_column(String(60))
    #: Where the member belonged on the day.
    branch: Mapped[str] = mapped_column(String(40))
    item: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    points: Mapped[Decimal]
    note: Mapped[str | None] = mapped_column(Text)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    #: What it came from, where it came by itself: each source gives a member points once.
    source: Mapped[str | None] = mapped_column(String(80))
    #: The entry it undoes.
    undoes: Mapped[int | None] = mapped_column(ForeignKey("point_entry.id"), unique=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Draft:
    """Points to be entered. ``points`` None is what the item gives."""

    account: str
    item: str
    day: date
    points: Decimal | None = None
    note: str | None = None
    file_id: int | None = None
    source: str | None = None


def add(ctx: Context, cycle: plans.Cycle, draft: Draft) -> None:
    """Enter one row; the rights and refusals of ``add_many``."""
    add_many(ctx, cycle, [draft])


def add_many(ctx: Context, cycle: plans.Cycle, drafts: Sequence[Draft]) -> int:
    """Enter rows, all or none; returns how many. Who rates a member, or the committee, enters; nobody for themself.

    Raises ``OwnPoints``, ``MonthFrozen``, ``membership.NotMember``, ``items.NoItem`` or ``Invalid``.
    """
    placed = _placed(ctx, drafts)
    for member in set(placed.values()):
        if membership.is_own(ctx, member.account):
            raise OwnPoints
        if not membership.keeps(ctx, member):
            raise access.NotYours(groups=f"secretary@{member.branch}")
    return _insert(ctx, cycle, [_values(ctx, cycle, each, placed[each.account, each.day]) for each in drafts])


def add_by_rule(ctx: Context, cycle: plans.Cycle, draft: Draft) -> None:
    """Points that come by themselves, as for signing in. Raises ``EnteredAlready`` when the source gave them before."""
    member = membership.place(ctx, draft.account, draft.day)
    standing = select(PointEntry.id).where(
        PointEntry.cycle_id == cycle.id, PointEntry.account == draft.account, PointEntry.source == draft.source
    )
    if ctx.session.scalar(standing) is not None:
        raise EnteredAlready(account=draft.account)
    _insert(ctx, cycle, [_values(ctx, cycle, draft, member)])


def undo(ctx: Context, cycle: plans.Cycle, entry_id: int, reason: str) -> None:
    """Undo an entry by a counter-entry that names it, in the same month while that takes entries, else today.

    Raises ``AlreadyUndone``, ``YearOver``, and ``Invalid`` without a reason.
    """
    found = get(ctx, cycle, entry_id)
    member = membership.Place(found.account, found.branch, membership.committee_of(ctx, found.branch))
    if membership.is_own(ctx, found.account):
        raise OwnPoints
    if not membership.keeps(ctx, member):
        raise access.NotYours(groups=f"secretary@{found.branch}")
    if not reason.strip():
        raise Invalid("Write why the entry is undone.")
    again = ctx.session.scalar(select(PointEntry.id).where(PointEntry.undoes == found.id))
    if found.undoes is not None or again is not None:
        raise AlreadyUndone
    counter = _row(ctx, cycle, found.account, found.branch, found.item, _counter_day(ctx, cycle, found), -found.points)
    _insert(ctx, cycle, [{**counter, "note": reason.strip(), "undoes": found.id}])


def get(ctx: Context, cycle: plans.Cycle, entry_id: int) -> PointEntry:
    found = ctx.session.get(PointEntry, entry_id)
    if found is None or found.cycle_id != cycle.id:
        raise NotFound
    return found


def of_member(
    ctx: Context, cycle: plans.Cycle, account: str, since: date | None = None, until: date | None = None
) -> list[PointEntry]:
    """A member's rows by day, both days included."""
    query = select(PointEntry).where(PointEntry.cycle_id == cycle.id, PointEntry.account == account)
    if since is not None and until is not None:
        query = query.where(PointEntry.day.between(since, until))
    return list(ctx.session.scalars(query.order_by(PointEntry.day, PointEntry.id)))


def latest(ctx: Context, cycle: plans.Cycle, branch: str, limit: int = 50) -> list[PointEntry]:
    """What was entered last in a branch."""
    query = select(PointEntry).where(PointEntry.cycle_id == cycle.id, PointEntry.branch == branch)
    return list(ctx.session.scalars(query.order_by(PointEntry.id.desc()).limit(limit)))


def month_marks(ctx: Context, cycle: plans.Cycle, accounts: Iterable[str], month: str) -> dict[str, dict[str, Decimal]]:
    """Account -> leaf -> the mark its entries of the month come to, from 0 to the leaf's full marks.

    What was done counts up to each item's limit and to the full mark; what is forbidden is taken off that.
    """
    drawn, known = scheme.of_cycle(cycle), items.by_code(ctx, cycle)
    end = membership.month_end(month)
    sums = _sums(ctx, cycle, accounts, end.replace(day=1), end)
    return {account: _marks(drawn, known, per_item) for account, per_item in sums.items()}


def honours(ctx: Context, cycle: plans.Cycle, accounts: Iterable[str]) -> dict[str, Decimal]:
    """Account -> what its honours of the year come to; without a cap (N4)."""
    known = items.by_code(ctx, cycle)
    sums = _sums(ctx, cycle, accounts, date.min, date.max)
    return {account: _honours(known, per_item) for account, per_item in sums.items()}


def honours_between(
    ctx: Context, cycle: plans.Cycle, accounts: Iterable[str], since: date, until: date
) -> dict[str, Decimal]:
    known = items.by_code(ctx, cycle)
    return {each: _honours(known, sums) for each, sums in _sums(ctx, cycle, accounts, since, until).items()}


def _placed(ctx: Context, drafts: Sequence[Draft]) -> dict[tuple[str, date], membership.Place]:
    """(account, day) -> where the member belonged. Raises ``membership.NotMember``."""
    placed: dict[tuple[str, date], membership.Place] = {}
    for day in {each.day for each in drafts}:
        wanted = {each.account for each in drafts if each.day == day}
        found = membership.places(ctx, day, wanted)
        if missing := wanted - found.keys():
            raise membership.NotMember(account=min(missing), day=day)
        placed |= {(account, day): found[account] for account in wanted}
    return placed


def _values(ctx: Context, cycle: plans.Cycle, draft: Draft, member: membership.Place) -> dict[str, Any]:
    item = items.find(ctx, cycle, draft.item)
    points = item.points if draft.points is None else draft.points
    _require_fit(item, points)
    first, last = membership.year_of(cycle)
    if not first <= draft.day <= min(last, ctx.today):
        raise Invalid("The day {day} is not in {year}, or it lies ahead.", day=draft.day, year=cycle.year)
    if draft.day <= frozen_until(ctx, cycle, member.committee):
        raise MonthFrozen(month=membership.month_of(draft.day))
    row = _row(ctx, cycle, draft.account, member.branch, draft.item, draft.day, points)
    return {**row, "note": draft.note, "file_id": draft.file_id, "source": draft.source}


def _require_fit(item: items.PointItem, points: Decimal) -> None:
    """Points have the item's sign and are at most what one occurrence gives."""
    if item.veto:
        raise Invalid("{item} is a veto; propose it as one.", item=item.code)
    least, most = sorted((Decimal(0), item.points))
    if points == 0 or not scheme.plain(points, most, least):
        raise Invalid(
            "{item} gives up to {points} points, with at most 2 decimals.", item=item.code, points=item.points
        )


def _row(
    ctx: Context, cycle: plans.Cycle, account: str, branch: str, item: str, day: date, points: Decimal
) -> dict[str, Any]:
    about = {"cycle_id": cycle.id, "account": account, "branch": branch, "item": item, "day": day, "points": points}
    blank = {"note": None, "file_id": None, "source": None, "undoes": None}
    return {**about, **blank, "recorded_at": ctx.now, "recorded_by": ctx.actor}


def _insert(ctx: Context, cycle: plans.Cycle, rows: Sequence[Mapping[str, Any]]) -> int:
    if rows:
        # The audit first: it locks the year's chain, so that rows lie in the order in which the chain tells of them.
        facts = {"count": len(rows), "digest": digest(rows), "accounts": len({row["account"] for row in rows})}
        audit.record(ctx, "points.add", plans.chain_of(cycle), **facts)
        ctx.session.flush()
        # The table itself, not the mapper: a batch of thousands needs no objects.
        ctx.session.execute(insert(Base.metadata.tables[PointEntry.__tablename__]), rows)
    return len(rows)


def digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """SM3 over the rows of a batch: what the audit keeps of them."""
    told = hashlib.new("sm3")
    for row in rows:
        about = (row["account"], row["item"], str(row["day"]), format(row["points"], "f"), str(row["undoes"]))
        told.update("|".join(about).encode() + b"\n")
    return told.hexdigest()


def _counter_day(ctx: Context, cycle: plans.Cycle, found: PointEntry) -> date:
    committee = membership.committee_of(ctx, found.branch)
    _, last = membership.year_of(cycle)
    if found.day > frozen_until(ctx, cycle, committee):
        return found.day
    if ctx.today <= last:
        return ctx.today
    if items.find(ctx, cycle, found.item).kind != items.Kind.HONOUR:
        raise YearOver(year=cycle.year)
    return last


def frozen_until(ctx: Context, cycle: plans.Cycle, committee: str) -> date:
    """The last day that takes no more entries in the committee."""
    key = ("points.frozen", cycle.id, committee)
    found: date | None = ctx.memo.get(key)
    if found is None:
        frozen = Base.metadata.tables["point_freeze"].c
        query = select(func.max(frozen.month)).where(frozen.cycle_id == cycle.id, frozen.committee == committee)
        month = ctx.session.scalar(query)
        found = ctx.memo[key] = membership.month_end(month) if month else date.min
    return found


def _sums(
    ctx: Context, cycle: plans.Cycle, accounts: Iterable[str], since: date, until: date
) -> dict[str, dict[str, Decimal]]:
    """Account -> item -> its points in these days; every account asked for is there.

    Added here and not by the database: SQLite would add binary floats.
    """
    found: dict[str, dict[str, Decimal]] = {account: {} for account in accounts}
    query = select(PointEntry.account, PointEntry.item, PointEntry.points).where(
        PointEntry.cycle_id == cycle.id, PointEntry.account.in_(found), PointEntry.day.between(since, until)
    )
    for account, item, points in ctx.session.execute(query):
        per_item = found[account]
        per_item[item] = per_item.get(item, Decimal(0)) + points
    return found


def _marks(drawn: scheme.Scheme, known: Mapping[str, items.PointItem], sums: Sums) -> dict[str, Decimal]:
    zero = Decimal(0)
    earned = {leaf.code: zero for leaf in drawn.leaves}
    taken = dict(earned)
    for code, points in sums.items():
        item = known[code]
        if item.leaf is None:
            continue
        if item.kind == items.Kind.FORBIDDEN:
            taken[item.leaf] += points
        else:
            earned[item.leaf] += points if item.monthly_limit is None else min(points, item.monthly_limit)
    return {
        leaf.code: min(leaf.full, max(zero, min(leaf.full, earned[leaf.code]) + taken[leaf.code]))
        for leaf in drawn.leaves
    }


def _honours(known: Mapping[str, items.PointItem], sums: Sums) -> Decimal:
    return sum((points for code, points in sums.items() if known[code].kind == items.Kind.HONOUR), Decimal(0))
