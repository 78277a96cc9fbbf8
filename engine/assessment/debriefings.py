"""Debriefings of leaders (述职评议, S1): a report on site, a democratic review of it, a comment of the leading group.

Sessions of a year are counted. Who cannot come says why and is called to a later session; who says nothing until the date
is absent. The report, a valid review and the comment together make the debriefing complete, nothing less.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications
from engine.assessment import ballots, evidence, indicators, plans
from engine.assessment.figures import mark
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class ReportedBefore(Conflict):
    """{unit} has handed in its report or said why it does not come."""

    code = "reported_before"


class SessionClosed(Refused):
    """The reports of this session are closed; {unit} is called to the next one."""

    code = "session_closed"


class CommentedBefore(Conflict):
    """The comments of this session are given already."""

    code = "commented_before"


class DebriefedBefore(Conflict):
    """The debriefing of {unit} is complete; it is not called again."""

    code = "debriefed_before"


class Debriefing(Base):
    """A unit's place in one session."""

    __tablename__ = "debriefing"
    __table_args__ = (UniqueConstraint("cycle_id", "session", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    session: Mapped[int]
    unit: Mapped[str] = mapped_column(String(40))
    #: The indicator that the mark of the comment scores.
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    opened_at: Mapped[datetime]
    #: Reports are taken no more.
    closed_at: Mapped[datetime | None]
    report: Mapped[str | None] = mapped_column(Text)
    #: Why the leader does not come.
    excuse: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(60))
    comment: Mapped[str | None] = mapped_column(Text)
    mark: Mapped[Decimal | None]
    commented_at: Mapped[datetime | None]
    commented_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Comment:
    """What the leading group says of one debriefing; ``mark`` as it was typed."""

    unit: str
    mark: Any
    text: str


def open_session(ctx: Context, cycle: plans.Cycle, indicator: str, units: Iterable[str] | None = None) -> int:
    """Call units, all assessed ones where none is named, to a session; its number. Their leaders are told."""
    access.require(ctx, "lead")
    called = sorted(set(units)) if units is not None else [unit.code for unit in plans.assessed_units(ctx, cycle)]
    known = {unit.code for unit in plans.assessed_units(ctx, cycle)}
    if not called or not set(called) <= known:
        raise Invalid("Name assessed units to be called.")
    if complete := sorted(set(called) & debriefed(ctx, cycle)):
        raise DebriefedBefore(unit=complete[0])
    number = 1 + (ctx.session.scalar(select(func.max(Debriefing.session)).where(Debriefing.cycle_id == cycle.id)) or 0)
    scored = indicators.find(ctx, cycle, indicator).id
    made = {"cycle_id": cycle.id, "session": number, "cycle_indicator_id": scored, "opened_at": ctx.now}
    ctx.session.add_all(Debriefing(**made, unit=unit) for unit in called)
    audit.record(ctx, "debriefing.open", plans.chain_of(cycle), session=number, units=called)
    groups = [f"leader@{unit}" for unit in called]
    notifications.notify(
        ctx, "debriefing.called", groups=groups, link=plans.path(ctx, cycle, "/debriefings"), year=cycle.year
    )
    ctx.session.flush()
    return number


def report(
    ctx: Context, cycle: plans.Cycle, session: int, unit: str, text: str, excuse: str = "", files: Sequence[int] = ()
) -> None:
    """The leader hands in the report, or says why he or she does not come: the one or the other."""
    access.require(ctx, f"leader@{unit}")
    held = _place(ctx, cycle, session, unit)
    if held.answered_at is not None:
        raise ReportedBefore(unit=unit)
    if held.closed_at is not None:
        raise SessionClosed(unit=unit)
    if bool(text.strip()) == bool(excuse.strip()):
        raise Invalid("Hand in the report, or write why you do not come.")
    held.report, held.excuse = text.strip() or None, excuse.strip() or None
    held.answered_at, held.answered_by = ctx.now, ctx.actor
    evidence.attach(ctx, f"debriefing:{held.id}", files)
    facts = {"session": session, "unit": unit, "comes": held.report is not None}
    audit.record(ctx, "debriefing.report", plans.chain_of(cycle), **facts)


def close_reports(ctx: Context, cycle: plans.Cycle, session: int) -> list[str]:
    """Reports are over; returns the units whose leaders debrief. Who said nothing is absent."""
    access.require(ctx, "lead")
    places = of_session(ctx, cycle, session)
    for each in places:
        each.closed_at = each.closed_at or ctx.now
    came = [each.unit for each in places if each.report is not None]
    absent = sorted({each.unit for each in places} - set(came))
    audit.record(ctx, "debriefing.close", plans.chain_of(cycle), session=session, absent=absent)
    return came


def comment(ctx: Context, cycle: plans.Cycle, session: int, given: Sequence[Comment]) -> None:
    """The leading group comments on every debriefing of the session, with a mark."""
    access.require(ctx, "committee")
    came = {each.unit: each for each in of_session(ctx, cycle, session) if each.report is not None}
    if any(each.commented_at is not None for each in came.values()):
        raise CommentedBefore
    if sorted(each.unit for each in given) != sorted(came):
        raise Invalid("Comment on every unit that debriefed, each once.")
    for each in given:
        if not each.text.strip():
            raise Invalid("Write a comment on {unit}.", unit=each.unit)
        place = came[each.unit]
        place.mark, place.comment = mark(each.mark), each.text.strip()
        place.commented_at, place.commented_by = ctx.now, ctx.actor
    marks = {unit: str(each.mark) for unit, each in came.items()}
    audit.record(ctx, "debriefing.comment", plans.chain_of(cycle), session=session, marks=marks)
    groups = [f"leader@{unit}" for unit in came]
    notifications.notify(
        ctx, "debriefing.commented", groups=groups, link=plans.path(ctx, cycle, "/debriefings"), year=cycle.year
    )


def of_session(ctx: Context, cycle: plans.Cycle, session: int) -> list[Debriefing]:
    """The places of a session by unit, whoever asks. Raises ``NotFound``."""
    query = select(Debriefing).where(Debriefing.cycle_id == cycle.id, Debriefing.session == session)
    found = list(ctx.session.scalars(query.order_by(Debriefing.unit)))
    if not found:
        raise NotFound
    return found


def seen(ctx: Context, cycle: plans.Cycle) -> list[Debriefing]:
    """What the person may read: all who oversee, others their own units', the latest session first."""
    query = select(Debriefing).where(Debriefing.cycle_id == cycle.id)
    if not access.oversees(ctx):
        query = query.where(Debriefing.unit.in_(access.own_units(ctx)))
    return list(ctx.session.scalars(query.order_by(Debriefing.session.desc(), Debriefing.unit)))


def get(ctx: Context, debriefing_id: int) -> Debriefing:
    """One the person may read. Raises ``NotFound``."""
    found = ctx.session.get(Debriefing, debriefing_id)
    if found is None or not (access.oversees(ctx) or found.unit in access.own_units(ctx)):
        raise NotFound
    return found


def debriefed(ctx: Context, cycle: plans.Cycle) -> set[str]:
    """The units whose debriefing is complete: reported, validly reviewed afterwards, commented on."""
    reviews = _reviews(ctx, cycle)
    query = select(Debriefing).where(Debriefing.cycle_id == cycle.id, Debriefing.commented_at.is_not(None))
    return {
        each.unit
        for each in ctx.session.scalars(query)
        if any(each.unit in units and held.opens_at >= each.opened_at for held, units in reviews)
    }


def marks(ctx: Context, cycle: plans.Cycle) -> Mapping[int, Mapping[str, Decimal]]:
    """Indicator of the year -> unit -> the mark of its latest comment."""
    query = select(Debriefing).where(Debriefing.cycle_id == cycle.id, Debriefing.mark.is_not(None))
    found: dict[int, dict[str, Decimal]] = {}
    for each in ctx.session.scalars(query.order_by(Debriefing.session)):
        assert each.mark is not None
        found.setdefault(each.cycle_indicator_id, {})[each.unit] = each.mark
    return found


def _reviews(ctx: Context, cycle: plans.Cycle) -> list[tuple[ballots.Evaluation, set[str]]]:
    held = ctx.session.scalars(
        select(ballots.Evaluation).where(
            ballots.Evaluation.cycle_id == cycle.id,
            ballots.Evaluation.kind == ballots.Kind.DEMOCRATIC,
            ballots.Evaluation.closed_at.is_not(None),
            ballots.Evaluation.void.is_(False),
        )
    )
    return [(each, {subject["code"] for subject in each.subjects}) for each in held]


def _place(ctx: Context, cycle: plans.Cycle, session: int, unit: str) -> Debriefing:
    found = next((each for each in of_session(ctx, cycle, session) if each.unit == unit), None)
    if found is None:
        raise NotFound
    return found
