"""A target changed within the year: asked for with a reason and a paper, decided by the leading group, told to the unit.

Offices take such requests only after the half-year check and until the end of October; a target that was lowered in order
and is then met costs nothing. What is frozen already keeps the target it was measured by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people
from engine.assessment import authority, indicators, plans, scans, targets
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused

#: The parameter of the year that holds the first and the last day, ``MM-DD``, on which a change can be asked for.
WINDOW = "target_change"


class NoWindow(Refused):
    """The rules of {year} know no change of targets."""

    code = "no_window"


class OutsideWindow(Refused):
    """Changes of targets are taken from {first} to {last}; today is {today}."""

    code = "outside_window"


class NothingToChange(Refused):
    """{unit} has no target on {indicator} that could be changed."""

    code = "nothing_to_change"


class ChangeUnderWay(Conflict):
    """A change of the target of {unit} on {indicator} is under way already."""

    code = "change_under_way"


class ChangeDecided(Conflict):
    """The change of the target of {unit} is {status} already."""

    code = "change_decided"


class FiguresFrozen(Refused):
    """The annual round of {year} is open; no target can be changed any more."""

    code = "figures_frozen"


class ChangeStatus(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


class TargetChange(Base):
    """One request to change one unit's target on one indicator, and what came of it."""

    __tablename__ = "target_change"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"), index=True)
    unit: Mapped[str] = mapped_column(String(40))
    #: The target as it stood when the change was asked for.
    old_value: Mapped[Decimal]
    new_value: Mapped[Decimal]
    reason: Mapped[str] = mapped_column(Text)
    #: The paper the request rests on.
    basis: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20), default=ChangeStatus.REQUESTED)
    requested_at: Mapped[datetime]
    requested_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    #: The paper that decides.
    document: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to the sum of the units' targets, beside the city's own."""

    before: Decimal
    after: Decimal
    city: Decimal | None
    #: Whether the units' targets still reach the city's; None where the city has no sum to reach.
    reaches: bool | None


def window(cycle: plans.Cycle) -> tuple[date, date] | None:
    """The first and the last day on which a change can be asked for; None where the year's rules know none."""
    days = cycle.parameters.get(WINDOW)
    if not days:
        return None
    first, last = (date.fromisoformat(f"{cycle.year}-{day}") for day in days)
    return first, last


def request(
    ctx: Context,
    cycle: plans.Cycle,
    unit: str,
    code: str,
    value: Decimal | None,
    reason: str,
    basis: str,
    papers: Sequence[int] = (),
) -> TargetChange:
    """The unit, or the one that answers for the indicator, asks for another target, on a paper, here with its scan.

    Raises ``NoWindow``, ``OutsideWindow``, ``FiguresFrozen``, ``NothingToChange``, ``ChangeUnderWay``.
    """
    used = indicators.find(ctx, cycle, code)
    access.require(ctx, *_askers(used, unit))
    _require_window(ctx, cycle)
    require_unfrozen(ctx, cycle)
    standing = _require_target(ctx, used, unit)
    if value is None or value < 0 or value == standing:
        raise Invalid("Give the new target: a number of at least 0, and another than the standing one.")
    if not reason.strip() or not basis.strip():
        raise Invalid("Give the reason and the paper it rests on.")
    made = TargetChange(
        cycle_indicator_id=used.id,
        unit=unit,
        old_value=standing,
        new_value=value,
        reason=reason.strip(),
        basis=basis.strip(),
        status=ChangeStatus.REQUESTED,
        requested_at=ctx.now,
        requested_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"change": made.id, "unit": unit, "indicator": code, "old": standing, "new": value, "basis": made.basis}
    audit.record(ctx, "targets.request_change", plans.chain_of(cycle), **facts)
    _attach(ctx, cycle, made, papers)
    return made


def add_papers(ctx: Context, cycle: plans.Cycle, change_id: int, papers: Sequence[int]) -> TargetChange:
    """Who may ask for the change, or decides it, attaches what it rests on or is decided by, whatever became of it."""
    found = get(ctx, cycle, change_id)
    if not may_attach(ctx, found):
        access.require(ctx, *_askers(indicators.get(ctx, found.cycle_indicator_id), found.unit))
    scans.require_some(papers)
    _attach(ctx, cycle, found, papers)
    return found


def decide(
    ctx: Context,
    cycle: plans.Cycle,
    change_id: int,
    *,
    approved: bool,
    document: str,
    note: str = "",
    papers: Sequence[int] = (),
) -> TargetChange:
    """The leading group approves the change, which then stands, or refuses it; never the one who asked for it.

    Raises ``ChangeDecided``, and ``FiguresFrozen`` for an approval once the year's figures are collected.
    """
    change = get(ctx, cycle, change_id)
    authority.require_leadership(ctx, change.requested_by)
    if change.status != ChangeStatus.REQUESTED:
        raise ChangeDecided(unit=change.unit, status=change.status)
    if not document.strip():
        raise Invalid("Give the number of the paper.")
    if not approved and not note.strip():
        raise Invalid("Write the reason.")
    if approved:
        _apply(ctx, cycle, change)
    change.status = ChangeStatus.APPROVED if approved else ChangeStatus.REFUSED
    change.decided_at, change.decided_by = ctx.now, ctx.actor
    change.document, change.note = document.strip(), note.strip() or None
    facts = {"change": change.id, "outcome": change.status, "document": change.document, "new": change.new_value}
    audit.record(ctx, "targets.decide_change", plans.chain_of(cycle), unit=change.unit, **facts)
    _attach(ctx, cycle, change, papers)
    _tell(ctx, cycle, change)
    return change


def may_attach(ctx: Context, change: TargetChange) -> bool:
    """Whether the person may attach papers to the change."""
    return authority.decides(ctx) or access.may(
        ctx, *_askers(indicators.get(ctx, change.cycle_indicator_id), change.unit)
    )


def get(ctx: Context, cycle: plans.Cycle, change_id: int) -> TargetChange:
    """A change the person may see. Raises ``NotFound``."""
    found = next((each for each in of_cycle(ctx, cycle) if each.id == change_id), None)
    if found is None:
        raise NotFound
    return found


def visible(ctx: Context, change_id: int) -> TargetChange:
    """A change of whatever year that the person may see. Raises ``NotFound``."""
    found = ctx.session.get(TargetChange, change_id)
    if found is None:
        raise NotFound
    return get(ctx, plans.cycle(ctx, indicators.get(ctx, found.cycle_indicator_id).cycle_id), change_id)


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[TargetChange]:
    """The changes of the year the person may see, newest first: one's own, those of one's indicators, all for overseers."""
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    query = select(TargetChange).where(TargetChange.cycle_indicator_id.in_(used)).order_by(TargetChange.id.desc())
    found = list(ctx.session.scalars(query))
    if access.oversees(ctx) or authority.decides(ctx):
        return found
    own = access.own_units(ctx)
    return [each for each in found if {each.unit, used[each.cycle_indicator_id].responsible_unit} & own]


def effect(ctx: Context, cycle: plans.Cycle, change: TargetChange) -> Effect | None:
    """The sum of the units' targets with and without the change, beside the city's own target.

    None for an assessed unit, to which the others' targets are not told.

    Of a decided change ``before`` and ``after`` are the sum as it stands now, without and with what it changed.
    """
    used = indicators.get(ctx, change.cycle_indicator_id)
    if not (access.oversees(ctx) or authority.decides(ctx) or used.responsible_unit in access.own_units(ctx)):
        return None
    part = next(each for each in targets.decomposition(ctx, cycle) if each.indicator.id == change.cycle_indicator_id)
    gained = change.new_value - change.old_value
    is_in = change.status == ChangeStatus.APPROVED
    before, after = (part.total - gained, part.total) if is_in else (part.total, part.total + gained)
    return Effect(before, after, part.city, targets.Decomposition(part.indicator, part.units, after, part.city).reaches)


def require_unfrozen(ctx: Context, cycle: plans.Cycle) -> None:
    """Refuse with ``FiguresFrozen`` once the figures of the whole year are being collected."""
    if plans.annual_round(ctx, cycle).opened_at is not None:
        raise FiguresFrozen(year=cycle.year)


def _askers(used: indicators.CycleIndicator, unit: str) -> list[str]:
    return [f"{role}@{office}" for office in (unit, used.responsible_unit) for role in ("clerk", "leader")]


def _attach(ctx: Context, cycle: plans.Cycle, change: TargetChange, papers: Sequence[int]) -> None:
    scans.attach(ctx, plans.chain_of(cycle), f"target_change:{change.id}", papers)


def _require_window(ctx: Context, cycle: plans.Cycle) -> None:
    days = window(cycle)
    if days is None:
        raise NoWindow(year=cycle.year)
    if not days[0] <= ctx.today <= days[1]:
        raise OutsideWindow(first=days[0], last=days[1], today=ctx.today)


def _require_target(ctx: Context, used: indicators.CycleIndicator, unit: str) -> Decimal:
    """The standing target, when it can be changed and nobody else is at it."""
    people.unit(ctx, unit)
    target = _target(ctx, used.id, unit)
    if target is None or target.exempt or target.value is None or not used.is_in_force:
        raise NothingToChange(unit=unit, indicator=used.code)
    query = select(TargetChange.id).where(
        TargetChange.cycle_indicator_id == used.id,
        TargetChange.unit == unit,
        TargetChange.status == ChangeStatus.REQUESTED,
    )
    if ctx.session.scalars(query).first() is not None:
        raise ChangeUnderWay(unit=unit, indicator=used.code)
    return target.value


def _apply(ctx: Context, cycle: plans.Cycle, change: TargetChange) -> None:
    require_unfrozen(ctx, cycle)
    target = _target(ctx, change.cycle_indicator_id, change.unit)
    if target is None or target.exempt or target.value != change.old_value:
        # An adjustment of the system came in between: what was asked for rests on another target.
        raise NothingToChange(unit=change.unit, indicator=indicators.get(ctx, change.cycle_indicator_id).code)
    target.value, target.provisional = change.new_value, False


def _target(ctx: Context, cycle_indicator_id: int, unit: str) -> targets.Target | None:
    query = select(targets.Target).where(
        targets.Target.cycle_indicator_id == cycle_indicator_id, targets.Target.unit == unit
    )
    return ctx.session.scalar(query)


def _tell(ctx: Context, cycle: plans.Cycle, change: TargetChange) -> None:
    used = indicators.get(ctx, change.cycle_indicator_id)
    groups = [f"{role}@{unit}" for unit in {change.unit, used.responsible_unit} for role in ("clerk", "leader")]
    kind, link = f"target.{change.status}", plans.path(ctx, cycle, "/targets")
    notifications.notify(ctx, kind, groups=groups, link=link, unit=change.unit, indicator=used.name)
