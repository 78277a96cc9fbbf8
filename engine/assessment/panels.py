"""A third-party panel (S1): experts, deputies and CPPCC members judge by documents, visits and questionnaires.

Each member gives every unit a mark by each means; its mark of the unit is their weighted sum. The units' scores are the
means of the members' marks, as the method ``panel_mean`` has them, and feed an indicator.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people
from engine.assessment import ballots, indicators, plans, scoring
from engine.assessment.figures import mark as read_mark
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound


class AlreadyConvened(Conflict):
    """A panel is convened for the round {round} already."""

    code = "already_convened"


class MarkedBefore(Conflict):
    """You have given your marks already."""

    code = "marked_before"


class PanelClosed(Conflict):
    """The panel is closed; no more marks are taken."""

    code = "panel_closed"


class MemberKind(StrEnum):
    """Who sits on a panel; the words are roles as well, so that who holds one can be chosen."""

    EXPERT = "expert"
    #: 人大代表
    DEPUTY = "deputy"
    #: 政协委员
    CPPCC = "cppcc"


class Panel(Base):
    __tablename__ = "panel"
    __table_args__ = (UniqueConstraint("cycle_id", "round"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    round: Mapped[str] = mapped_column(String(40))
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    #: Means -> its weight; they sum to exactly 1.
    weights: Mapped[dict[str, Any]]
    units: Mapped[list[Any]]
    until: Mapped[datetime]
    convened_at: Mapped[datetime]
    convened_by: Mapped[str | None] = mapped_column(String(60))
    closed_at: Mapped[datetime | None]


class PanelMember(Base):
    __tablename__ = "panel_member"

    panel_id: Mapped[int] = mapped_column(ForeignKey("panel.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    marked_at: Mapped[datetime | None]


class PanelMark(Base):
    """One member on one unit."""

    __tablename__ = "panel_mark"

    panel_id: Mapped[int] = mapped_column(ForeignKey("panel.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), primary_key=True)
    #: Means -> mark, as typed.
    marks: Mapped[dict[str, Any]]
    score: Mapped[Decimal]
    remark: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Given:
    """A member's marks of one unit: means -> mark as typed."""

    unit: str
    marks: Mapping[str, Any]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit before the panel: the members who marked it and the mean of their marks."""

    unit: str
    marked: int
    score: Decimal | None


def convene(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    indicator: str,
    weights: Mapping[str, Any],
    accounts: Iterable[str],
    until: datetime,
) -> Panel:
    """The lead convenes a panel with members of all three kinds, none of whom holds a post in an assessed unit."""
    access.require(ctx, "lead")
    if ctx.session.scalar(_of_round(cycle, round.key)) is not None:
        raise AlreadyConvened(round=round.key)
    if until <= ctx.now:
        raise Invalid("Choose a day after today.")
    units = [unit.code for unit in plans.assessed_units(ctx, cycle)]
    kinds = _kinds(ctx, sorted(set(accounts)), units)
    made = Panel(
        cycle_id=cycle.id,
        round=round.key,
        cycle_indicator_id=indicators.find(ctx, cycle, indicator).id,
        weights=_weights(weights),
        units=units,
        until=until,
        convened_at=ctx.now,
        convened_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    ctx.session.add_all(PanelMember(panel_id=made.id, account=who, kind=kind) for who, kind in kinds.items())
    audit.record(ctx, "panel.convene", plans.chain_of(cycle), panel=made.id, members=kinds, weights=made.weights)
    day = str(calendars.last_day(until))
    notifications.notify(ctx, "panel.convened", accounts=kinds, link=plans.path(ctx, cycle, "/panels"), until=day)
    ctx.session.flush()
    return made


def give(ctx: Context, panel: Panel, account: str, given: Sequence[Given]) -> None:
    """A member gives its marks of all units at once, by every means. Raises ``MarkedBefore``, ``PanelClosed``."""
    member = ctx.session.get(PanelMember, (panel.id, account))
    if member is None or ctx.actor not in (None, account):
        raise access.NotYours(groups=account)
    if panel.closed_at is not None:
        raise PanelClosed
    if member.marked_at is not None:
        raise MarkedBefore
    if sorted(each.unit for each in given) != sorted(panel.units):
        raise Invalid("Every unit gets its marks, each once.")
    for each in given:
        marks = {means: read_mark(each.marks.get(means)) for means in panel.weights}
        score = sum((Decimal(weight) * marks[means] for means, weight in panel.weights.items()), Decimal(0))
        kept = {means: format(value, "f") for means, value in marks.items()}
        place = {"panel_id": panel.id, "account": account, "unit": each.unit}
        ctx.session.add(PanelMark(**place, marks=kept, score=score, remark=each.remark.strip()))
    member.marked_at = ctx.now
    audit.record(ctx, "panel.give", _chain(ctx, panel), panel=panel.id, units=len(given))


def close(ctx: Context, panel: Panel) -> list[str]:
    """The date has come: no more marks; returns the members who gave none. Raises ``Invalid`` where nobody gave any."""
    access.require(ctx, "lead")
    if panel.closed_at is not None:
        raise PanelClosed
    silent = [each.account for each in members(ctx, panel) if each.marked_at is None]
    panel.closed_at = ctx.now
    audit.record(ctx, "panel.close", _chain(ctx, panel), panel=panel.id, silent=silent)
    return silent


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Panel]:
    """Those the person may see: all who oversee, members their own."""
    found = list(ctx.session.scalars(select(Panel).where(Panel.cycle_id == cycle.id).order_by(Panel.id)))
    if access.oversees(ctx):
        return found
    mine = set(ctx.session.scalars(select(PanelMember.panel_id).where(PanelMember.account == ctx.actor)))
    return [each for each in found if each.id in mine]


def get(ctx: Context, cycle: plans.Cycle, panel_id: int) -> Panel:
    found = next((each for each in of_cycle(ctx, cycle) if each.id == panel_id), None)
    if found is None:
        raise NotFound
    return found


def members(ctx: Context, panel: Panel) -> list[PanelMember]:
    query = select(PanelMember).where(PanelMember.panel_id == panel.id)
    return list(ctx.session.scalars(query.order_by(PanelMember.kind, PanelMember.account)))


def marks_of(ctx: Context, panel: Panel) -> list[PanelMark]:
    """Who gave which marks: for those who oversee once it is closed, for a member always its own."""
    query = select(PanelMark).where(PanelMark.panel_id == panel.id)
    if not (access.oversees(ctx) and panel.closed_at is not None):
        query = query.where(PanelMark.account == ctx.actor)
    return list(ctx.session.scalars(query.order_by(PanelMark.unit, PanelMark.account)))


def standings(ctx: Context, panel: Panel) -> list[Standing]:
    """Every unit's score in the order of units; None before the panel is closed and where nobody gave a mark."""
    found: dict[str, list[str]] = {unit: [] for unit in panel.units}
    for each in ctx.session.scalars(select(PanelMark).where(PanelMark.panel_id == panel.id)):
        found[each.unit].append(format(each.score, "f"))
    scores = means_of(found)
    known = scores if panel.closed_at is not None else {}
    return [Standing(unit, len(found[unit]), known.get(unit)) for unit in panel.units]


def means_of(marks: Mapping[str, Sequence[str]]) -> dict[str, Decimal | None]:
    """Unit -> the mean of its marks by ``panel_mean``: of more than five without one highest and one lowest."""
    rows = [{"unit": unit, "scores": list(given)} for unit, given in marks.items()]
    if not rows:
        return {}
    case = {"method": "panel_mean", "points": "100", "params": {}, "rows": rows}
    return {each.unit: each.score for each in scoring.score(case)}


def judged(ctx: Context, cycle: plans.Cycle) -> set[str]:
    """The units that a closed panel of the year has given a score."""
    return {unit for found in scores(ctx, cycle).values() for unit in found}


def scores(ctx: Context, cycle: plans.Cycle) -> dict[int, dict[str, Decimal]]:
    """Indicator of the year -> unit -> the score of the latest closed panel."""
    found: dict[int, dict[str, Decimal]] = {}
    query = select(Panel).where(Panel.cycle_id == cycle.id, Panel.closed_at.is_not(None)).order_by(Panel.id)
    for panel in ctx.session.scalars(query):
        known = {each.unit: each.score for each in standings(ctx, panel) if each.score is not None}
        found.setdefault(panel.cycle_indicator_id, {}).update(known)
    return found


def _kinds(ctx: Context, accounts: Sequence[str], units: Sequence[str]) -> dict[str, str]:
    holders = {kind: set(people.holders(ctx, kind)) for kind in MemberKind}
    found = {who: kind for who in accounts for kind in MemberKind if who in holders[kind]}
    if strange := [who for who in accounts if who not in found]:
        raise Invalid("{account} is no expert, deputy or CPPCC member.", account=strange[0])
    if set(found.values()) != set(MemberKind):
        raise Invalid("A panel has experts, deputies and CPPCC members, at least one of each.")
    for who in accounts:
        if held := {position.unit for position in people.positions(ctx, who)} & set(units):
            raise Invalid("{account} holds a post in {unit}, which is assessed.", account=who, unit=min(held))
    return {who: str(kind) for who, kind in found.items()}


def _weights(given: Mapping[str, Any]) -> dict[str, str]:
    known = {ballots.Means(means): Decimal(str(weight)) for means, weight in given.items()}
    if sum(known.values(), Decimal(0)) != 1 or any(weight <= 0 for weight in known.values()):
        raise Invalid("The weights of the means are above 0 and sum to exactly 1.")
    return {str(means): format(weight, "f") for means, weight in known.items()}


def _of_round(cycle: plans.Cycle, round: str) -> Any:
    return select(Panel.id).where(Panel.cycle_id == cycle.id, Panel.round == round)


def _chain(ctx: Context, panel: Panel) -> str:
    return plans.chain_of(plans.cycle(ctx, panel.cycle_id))
