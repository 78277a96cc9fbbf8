"""The items by which points are given: must do, encouraged, forbidden, and honours (S4, rows N3, N4).

What is forbidden can only subtract or veto; what is done can only add. Honours stand outside the categories and have no
cap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import audit
from engine.assessment import plans
from engine.assessment.points import scheme
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused

MOST = Decimal(100)


class NoItem(NotFound):
    """The list of {year} has no item {item}."""

    code = "no_item"


class OnlySubtracts(Invalid):
    """{item} is forbidden: it takes points away or is a veto; it never gives any."""

    code = "only_subtracts"


class ItemsFixed(Refused):
    """Points of {year} have been entered; the items by which they are given can no longer change."""

    code = "items_fixed"


class Kind(StrEnum):
    MUST = "must"
    ENCOURAGED = "encouraged"
    FORBIDDEN = "forbidden"
    HONOUR = "honour"


class PointItem(Base):
    __tablename__ = "point_item"
    __table_args__ = (UniqueConstraint("cycle_id", "code"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    #: The category without parts, or the part, whose mark it changes; None for an honour.
    leaf: Mapped[str | None] = mapped_column(String(40))
    #: What one occurrence gives at most; below 0 for what is forbidden, 0 for a veto.
    points: Mapped[Decimal]
    #: At most so many points of it count in a month.
    monthly_limit: Mapped[Decimal | None]
    veto: Mapped[bool]
    basis: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Row:
    """An item as a package's list gives it."""

    code: str
    name: str
    kind: Kind
    leaf: str | None
    points: Decimal
    monthly_limit: Decimal | None
    veto: bool
    basis: str


def put(ctx: Context, cycle: plans.Cycle, rows: Iterable[Row]) -> int:
    """Take over the list of the year before any points are entered; returns how many items. Raises what does not fit."""
    drawn, known = scheme.of_cycle(cycle), {each.code: each for each in of_cycle(ctx, cycle)}
    require_free(ctx, cycle)
    count = 0
    for row in rows:
        check(drawn, row)
        item = known.get(row.code) or PointItem(cycle_id=cycle.id, code=row.code)
        item.name, item.kind, item.leaf, item.points = row.name, row.kind, row.leaf, row.points
        item.monthly_limit, item.veto, item.basis = row.monthly_limit, row.veto, row.basis
        ctx.session.add(item)
        count += 1
    ctx.session.flush()
    audit.record(ctx, "points.items", plans.chain_of(cycle), count=count)
    return count


def check(drawn: scheme.Scheme, row: Row) -> None:
    """Refuse an item that does not fit the categories or whose points have the wrong sign."""
    if row.kind == Kind.HONOUR:
        if row.leaf is not None:
            raise Invalid("{item} is an honour and stands in no category.", item=row.code)
    elif row.leaf is None or drawn.leaf(row.leaf) is None:
        raise Invalid("{item} stands in no category that gets a mark.", item=row.code)
    if row.kind == Kind.FORBIDDEN:
        if row.points > 0 or (row.points == 0) != row.veto:
            raise OnlySubtracts(item=row.code)
    elif row.veto or row.points <= 0:
        raise Invalid("{item} is not forbidden, so it gives points and is no veto.", item=row.code)
    if not scheme.plain(row.points, MOST, -MOST):
        raise Invalid("{item}: points have at most 2 decimals and lie within 100.", item=row.code)
    if row.monthly_limit is not None and (row.kind not in (Kind.MUST, Kind.ENCOURAGED) or row.monthly_limit <= 0):
        raise Invalid("{item}: only what is done has a limit, and it is above 0.", item=row.code)


def require_free(ctx: Context, cycle: plans.Cycle) -> None:
    """Refuse with ``ItemsFixed`` once points of the year are entered."""
    if ctx.session.scalar(select(func.count()).select_from(PointItem).where(PointItem.cycle_id == cycle.id)):
        entered = Base.metadata.tables["point_entry"].c
        if ctx.session.scalar(select(entered.id).where(entered.cycle_id == cycle.id).limit(1)) is not None:
            raise ItemsFixed(year=cycle.year)


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[PointItem]:
    return list(ctx.session.scalars(select(PointItem).where(PointItem.cycle_id == cycle.id).order_by(PointItem.code)))


def by_code(ctx: Context, cycle: plans.Cycle) -> dict[str, PointItem]:
    """The year's items; looked up once in a transaction."""
    found: dict[str, PointItem] | None = ctx.memo.get(("points.items", cycle.id))
    if found is None:
        found = ctx.memo["points.items", cycle.id] = {each.code: each for each in of_cycle(ctx, cycle)}
    return found


def find(ctx: Context, cycle: plans.Cycle, code: str) -> PointItem:
    found = by_code(ctx, cycle).get(code)
    if found is None:
        raise NoItem(item=code, year=cycle.year)
    return found
