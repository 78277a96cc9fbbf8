"""Target allocation: what each unit is to reach on each indicator, and its signature for it (S3 4.1, B7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit
from engine.assessment import indicators, plans, rules
from engine.db import Base, Context, Key, insert_if_absent, plain
from engine.errors import Conflict, Invalid


class AlreadySigned(Conflict):
    """{unit} has already answered for its targets of {year}."""

    code = "already_signed"


class Answer(StrEnum):
    SIGNED = "signed"
    #: Recorded with its reason; it stops nothing.
    REFUSED = "refused"


class Target(Base):
    """A unit's target on an indicator of the year; exempt (不考核) has none and counts nowhere."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("cycle_indicator_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    unit: Mapped[str] = mapped_column(String(40), index=True)
    value: Mapped[Decimal | None]
    base: Mapped[Decimal | None]
    exempt: Mapped[bool] = mapped_column(default=False)
    #: 暂定: set before the basis is final; letters say so.
    provisional: Mapped[bool] = mapped_column(default=False)


class TargetSignature(Base):
    """A unit's answer to its targets of the year as a whole."""

    __tablename__ = "target_signature"
    __table_args__ = (UniqueConstraint("cycle_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(2000))
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(String(60))
    #: Given after the signing had closed.
    late: Mapped[bool] = mapped_column(default=False)


class Allocation(NamedTuple):
    """A target as it is given."""

    value: Decimal | None
    base: Decimal | None
    exempt: bool
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The units' targets of an indicator beside the city's own (B7)."""

    indicator: indicators.CycleIndicator
    units: int
    total: Decimal
    city: Decimal | None

    @property
    def reaches(self) -> bool | None:
        """Whether the parts reach the whole; None where the city has no sum to reach."""
        if self.city is None:
            return None
        lower = self.indicator.direction == indicators.Direction.LOWER_BETTER
        return self.total <= self.city if lower else self.total >= self.city


def allocate(ctx: Context, cycle: plans.Cycle, given: Mapping[tuple[int, str], Allocation]) -> None:
    """Enter or change targets: (cycle indicator id, unit) -> what is allocated.

    Raises ``SystemIssued`` for a change once the booklet is issued, ``Invalid`` for a target below 0, of which nothing
    can be a share.
    """
    standing = of_cycle(ctx, cycle)
    changed = {key: each for key, each in given.items() if _differs(standing.get(key), each)}
    if changed:
        rules.require_draft(ctx, cycle)
    for (indicator_id, unit), each in changed.items():
        place(ctx, standing.get((indicator_id, unit)), indicator_id, unit, each)
    ctx.session.flush()
    audit.record(ctx, "targets.allocate", plans.chain_of(cycle), count=len(changed))


def place(ctx: Context, standing: Target | None, indicator_id: int, unit: str, given: Allocation) -> None:
    """Keep a target, in the place of the standing one; whether it may change now is for the caller to see."""
    if given.value is not None and given.value < 0:
        code = indicators.get(ctx, indicator_id).code
        raise Invalid("The target of {unit} on {indicator} is below 0.", unit=unit, indicator=code)
    target = standing or Target(cycle_indicator_id=indicator_id, unit=unit)
    target.value, target.base, target.exempt = given.value, given.base, given.exempt
    target.provisional = given.provisional
    ctx.session.add(target)


def of_cycle(ctx: Context, cycle: plans.Cycle) -> dict[tuple[int, str], Target]:
    """(cycle indicator id, unit) -> target, for the whole year."""
    query = (
        select(Target)
        .join(indicators.CycleIndicator, indicators.CycleIndicator.id == Target.cycle_indicator_id)
        .where(indicators.CycleIndicator.cycle_id == cycle.id)
    )
    return {(each.cycle_indicator_id, each.unit): each for each in ctx.session.scalars(query)}


def of_indicator(ctx: Context, cycle_indicator_id: int) -> dict[str, Allocation]:
    """Unit -> what is allocated to it on one indicator."""
    given = (Target.value, Target.base, Target.exempt, Target.provisional)
    query = select(Target.unit, *given).where(Target.cycle_indicator_id == cycle_indicator_id)
    return {row[0]: Allocation._make(row[1:]) for row in plain(ctx, query, {})}


def of_unit(ctx: Context, cycle: plans.Cycle, unit: str) -> list[tuple[indicators.CycleIndicator, Target]]:
    """What the unit is to reach, in the order of the booklet; indicators it is exempt from included."""
    query = select(Target).where(
        Target.unit == unit, Target.cycle_indicator_id.in_([each.id for each in indicators.of_cycle(ctx, cycle)])
    )
    found = {each.cycle_indicator_id: each for each in ctx.session.scalars(query)}
    return [(each, found[each.id]) for each in indicators.of_cycle(ctx, cycle) if each.id in found]


def decomposition(ctx: Context, cycle: plans.Cycle) -> list[Decomposition]:
    """Every indicator's sum of targets against the city's target."""
    sums: dict[int, list[Decimal]] = {}
    for (indicator_id, _), target in of_cycle(ctx, cycle).items():
        if not target.exempt and target.value is not None:
            sums.setdefault(indicator_id, []).append(target.value)
    return [
        Decomposition(each, len(sums.get(each.id, [])), sum(sums.get(each.id, []), Decimal(0)), each.target_total)
        for each in indicators.in_force(ctx, cycle)
    ]


def sign(ctx: Context, cycle: plans.Cycle, unit: str, answer: str, reason: str | None, *, late: bool = False) -> None:
    """The unit's leader signs for its targets, or refuses with a reason. Raises ``AlreadySigned`` the second time."""
    access.require(ctx, f"leader@{unit}")
    if answer == Answer.REFUSED and not (reason or "").strip():
        raise Invalid("Write the reason.")
    done = insert_if_absent(
        ctx,
        TargetSignature,
        cycle_id=cycle.id,
        unit=unit,
        answer=Answer(answer),
        reason=reason,
        at=ctx.now,
        by=ctx.actor,
        late=late,
    )
    if not done:
        raise AlreadySigned(unit=unit, year=cycle.year)
    audit.record(ctx, "targets.sign", plans.chain_of(cycle), unit=unit, answer=answer, reason=reason, late=late)


def signatures(ctx: Context, cycle: plans.Cycle) -> dict[str, TargetSignature]:
    query = select(TargetSignature).where(TargetSignature.cycle_id == cycle.id)
    return {each.unit: each for each in ctx.session.scalars(query)}


def unsigned(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The units that have neither signed nor refused."""
    answered = signatures(ctx, cycle)
    return [unit.code for unit in plans.standing_units(ctx, cycle) if unit.code not in answered]


def close_signing(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The signing has closed: name who is missing. They may still sign, marked late."""
    missing = unsigned(ctx, cycle)
    audit.record(ctx, "targets.close_signing", plans.chain_of(cycle), missing=missing)
    return missing


def _differs(standing: Target | None, given: Allocation) -> bool:
    return standing is None or (standing.value, standing.base, standing.exempt, standing.provisional) != (
        given.value,
        given.base,
        given.exempt,
        given.provisional,
    )
