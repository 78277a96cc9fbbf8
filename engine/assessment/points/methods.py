"""How a branch rates the parts that are left to it: its own criteria, in versions that hold from a month on (S4, row N2).

The criteria of a part sum to the part's full marks, so every branch works within the same 10/5/5/5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit
from engine.assessment import plans
from engine.assessment.points import entries, membership, scheme
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid


class MethodStands(Conflict):
    """{branch} has a method from {day} on already."""

    code = "method_stands"


class BranchMethod(Base):
    """One version; never changed."""

    __tablename__ = "branch_method"
    __table_args__ = (UniqueConstraint("cycle_id", "branch", "from_date"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    branch: Mapped[str] = mapped_column(String(40))
    #: The first day of a month.
    from_date: Mapped[date]
    #: Each {"part", "text", "points"}.
    criteria: Mapped[list[Any]]
    set_at: Mapped[datetime]
    set_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Criterion:
    part: str
    text: str
    points: Decimal


def put(ctx: Context, cycle: plans.Cycle, branch: str, since: date, criteria: Sequence[Criterion]) -> BranchMethod:
    """The branch's secretary sets its method from a month on whose points are not settled yet.

    A part that is not named keeps the criteria it has by then.

    Raises ``MethodStands``, or ``Invalid`` where the criteria of a part do not sum to its full marks.
    """
    access.require(ctx, f"{membership.SECRETARY}@{branch}")
    first, last = membership.year_of(cycle)
    if since.day != 1 or not first <= since <= last:
        raise Invalid("A method holds from the first day of a month of {year}.", year=cycle.year)
    if since <= entries.frozen_until(ctx, cycle, membership.committee_of(ctx, branch)):
        raise entries.MonthFrozen(month=membership.month_of(since))
    named = {each.part for each in criteria}
    criteria = [*criteria, *(each for each in _criteria(ctx, cycle, branch, since) if each.part not in named)]
    _require_fit(scheme.of_cycle(cycle), criteria)
    if any(each.from_date == since for each in of_branch(ctx, cycle, branch)):
        raise MethodStands(branch=branch, day=since)
    told = [{"part": each.part, "text": each.text.strip(), "points": format(each.points, "f")} for each in criteria]
    made = BranchMethod(cycle_id=cycle.id, branch=branch, from_date=since, criteria=told)
    made.set_at, made.set_by = ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "points.method", plans.chain_of(cycle), branch=branch, since=since, criteria=told)
    return made


def of_branch(ctx: Context, cycle: plans.Cycle, branch: str) -> list[BranchMethod]:
    """All versions, the oldest first."""
    query = select(BranchMethod).where(BranchMethod.cycle_id == cycle.id, BranchMethod.branch == branch)
    return list(ctx.session.scalars(query.order_by(BranchMethod.from_date)))


def in_force(ctx: Context, cycle: plans.Cycle, branch: str, day: date) -> BranchMethod | None:
    """The version that holds on the day; None before the branch has set any."""
    held = [each for each in of_branch(ctx, cycle, branch) if each.from_date <= day]
    return held[-1] if held else None


def told(ctx: Context, cycle: plans.Cycle, branch: str, day: date) -> str:
    """The method in force as a text for who rates by it; empty before there is one."""
    method = in_force(ctx, cycle, branch, day)
    names = {leaf.code: leaf.name for leaf in scheme.of_cycle(cycle).divided}
    lines = [f"{names[each['part']]}：{each['text']}（{each['points']}）" for each in method.criteria] if method else []
    return "\n".join(lines)


def _criteria(ctx: Context, cycle: plans.Cycle, branch: str, day: date) -> list[Criterion]:
    method = in_force(ctx, cycle, branch, day)
    known = method.criteria if method else []
    return [Criterion(each["part"], each["text"], Decimal(each["points"])) for each in known]


def _require_fit(drawn: scheme.Scheme, criteria: Sequence[Criterion]) -> None:
    sums = {leaf.code: Decimal(0) for leaf in drawn.divided}
    for each in criteria:
        if each.part not in sums:
            raise Invalid("{part} is not left to the branches.", part=each.part)
        if not each.text.strip() or each.points <= 0 or not scheme.plain(each.points, scheme.FULL):
            raise Invalid("A criterion has a text and points above 0, with at most 2 decimals.")
        sums[each.part] += each.points
    for leaf in drawn.divided:
        if sums[leaf.code] != leaf.full:
            raise Invalid(
                "The criteria of {part} sum to {total}, not to {full}.",
                part=leaf.name,
                total=sums[leaf.code],
                full=leaf.full,
            )
