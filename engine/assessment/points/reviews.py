"""The annual democratic review (民主评议): one score from 0 to 100 for every member, entered sheet by sheet (S4, row N7).

The same hands as in the months: who rates a member enters the outcome of the review, nobody enters their own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, people, workflow
from engine.assessment import plans
from engine.assessment.points import membership, scheme
from engine.assessment.points.months import OwnMarks
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound


class ReviewOpened(Conflict):
    """The review of {year} was opened already."""

    code = "review_opened"


class ReviewEntered(Conflict):
    """This sheet of the review is handed in already."""

    code = "review_entered"


class PointReview(Base):
    """The review of one member of 31 December."""

    __tablename__ = "point_review"
    __table_args__ = (UniqueConstraint("cycle_id", "account"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    account: Mapped[str] = mapped_column(String(60))
    branch: Mapped[str] = mapped_column(String(40))
    committee: Mapped[str] = mapped_column(String(40), index=True)
    rater: Mapped[str] = mapped_column(String(60))
    score: Mapped[Decimal | None]
    minutes: Mapped[str | None] = mapped_column(Text)
    entered_at: Mapped[datetime | None]
    entered_by: Mapped[str | None] = mapped_column(String(60))


def open_all(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """Open the review of everybody who is a member on 31 December and start every committee's annual decision."""
    if ctx.session.scalar(_of_cycle(cycle).limit(1)) is not None:
        raise ReviewOpened(year=cycle.year)
    _, last = membership.year_of(cycle)
    members = membership.places(ctx, last)
    raters = membership.raters(ctx, members.values())
    for each in members.values():
        where = {"account": each.account, "branch": each.branch, "committee": each.committee}
        ctx.session.add(PointReview(cycle_id=cycle.id, **where, rater=raters[each.account]))
    ctx.session.flush()
    committees = sorted({each.committee for each in members.values()})
    audit.record(ctx, "points.open_review", plans.chain_of(cycle), members=len(members))
    for committee in committees:
        _start(ctx, cycle, committee)
    return committees


def enter(
    ctx: Context, cycle: plans.Cycle, rater: str, given: Sequence[Mapping[str, Any]], minutes: str | None
) -> None:
    """Hand in a sheet: ``account`` and ``score`` of every member of it. The lead may for a rater who was silent.

    Raises ``OwnMarks``, ``ReviewEntered``, ``NotYours``, ``Invalid``.
    """
    access.require(ctx, rater, "lead")
    rows = {row.account: row for row in sheet(ctx, cycle, rater)}
    if any(membership.is_own(ctx, account) for account in rows):
        raise OwnMarks
    if any(row.score is not None for row in rows.values()):
        raise ReviewEntered
    if sorted(each["account"] for each in given) != sorted(rows):
        raise Invalid("The sheet must hold every member once.")
    for each in given:
        score = each.get("score")
        if score is None or not scheme.plain(score, scheme.FULL):
            raise Invalid("Give {account} a score from 0 to 100, with at most 2 decimals.", account=each["account"])
        row = rows[each["account"]]
        row.score, row.minutes = score, (minutes or "").strip() or None
        row.entered_at, row.entered_by = ctx.now, ctx.actor
    facts = {account: str(row.score) for account, row in rows.items()}
    audit.record(ctx, "points.review", plans.chain_of(cycle), rater=rater, scores=facts)
    ctx.session.flush()


def missing(ctx: Context, cycle: plans.Cycle, committee: str) -> list[str]:
    """The raters whose sheets are not handed in."""
    return sorted({row.rater for row in of_committee(ctx, cycle, committee) if row.score is None})


def sheet(ctx: Context, cycle: plans.Cycle, rater: str) -> list[PointReview]:
    query = _of_cycle(cycle).where(PointReview.rater == rater).order_by(PointReview.branch, PointReview.account)
    found = list(ctx.session.scalars(query))
    if not found:
        raise NotFound
    return found


def sheet_rows(ctx: Context, cycle: plans.Cycle, rater: str) -> list[dict[str, Any]]:
    rows = sheet(ctx, cycle, rater)
    names = people.names(ctx, [row.account for row in rows])
    return [{"account": row.account, "member": names[row.account], "score": row.score} for row in rows]


def of_committee(ctx: Context, cycle: plans.Cycle, committee: str) -> list[PointReview]:
    query = _of_cycle(cycle).where(PointReview.committee == committee)
    return list(ctx.session.scalars(query.order_by(PointReview.account)))


def _of_cycle(cycle: plans.Cycle) -> Select[PointReview]:
    return select(PointReview).where(PointReview.cycle_id == cycle.id)


def _start(ctx: Context, cycle: plans.Cycle, committee: str) -> None:
    reviewers = missing(ctx, cycle, committee)
    workflow.start(
        ctx,
        scheme.of_cycle(cycle).processes["annual"],
        package=cycle.package,
        key=f"{cycle.year}/annual/{committee}",
        title=people.unit(ctx, committee).name,
        unit=committee,
        variables={
            "cycle": cycle.id,
            "round": plans.annual_round(ctx, cycle).key,
            "committee": committee,
            "reviewers": reviewers,
            "review_until": calendars.deadline(ctx, cycle.days("review")),
        },
    )
