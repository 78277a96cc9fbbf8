"""The indicator library and each year's indicator system: what is measured, by whom, with which weight (S3 3.1.1)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine import audit
from engine.assessment import plans, scoring
from engine.db import Base, Context, Key
from engine.errors import Invalid, Message, NotFound, Refused


class UnknownIndicator(NotFound):
    """There is no indicator {code!r} in the cycle {year}."""

    code = "unknown_indicator"


class WrongIndicator(Invalid):
    """The indicator {code}: {why}"""

    code = "wrong_indicator"


class SystemIssued(Refused):
    """The indicator system of {year} is issued; it changes only by an approved adjustment."""

    code = "system_issued"


class Source(StrEnum):
    #: From the superior's own assessment of the city.
    SUPERIOR = "superior"
    #: From the city's key work of the year.
    KEY_WORK = "key_work"
    ROUTINE = "routine"


class Direction(StrEnum):
    HIGHER_BETTER = "higher_better"
    LOWER_BETTER = "lower_better"
    RANGE = "range"


class Measure(StrEnum):
    #: Grows over the year; expected in proportion to the time gone.
    CUMULATIVE = "cumulative"
    #: A state; compared with its target at any time.
    LEVEL = "level"
    #: Steps due by dates.
    MILESTONE = "milestone"


class Counting(StrEnum):
    """Whose figure counts where the superior's own stands beside ours."""

    OURS = "ours"
    SUPERIOR = "superior"


class Indicator(Base):
    """An indicator of the library, the same over the years by its code."""

    __tablename__ = "indicator"
    __table_args__ = (UniqueConstraint("package", "code"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    package: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(100))
    unit_of_measure: Mapped[str] = mapped_column(String(40))


class CycleIndicator(Base):
    """An indicator as one year uses it. Exactly one unit answers for it: ``responsible_unit`` (B1)."""

    __tablename__ = "cycle_indicator"
    __table_args__ = (UniqueConstraint("cycle_id", "indicator_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    #: Place in the booklet, from 0.
    position: Mapped[int]
    source: Mapped[str] = mapped_column(String(20))
    responsible_unit: Mapped[str] = mapped_column(String(40), index=True)
    #: Who publishes the figure, where it is another unit.
    data_unit: Mapped[str | None] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(20))
    measure: Mapped[str] = mapped_column(String(20))
    #: ``MM-DD`` -> share of the year's target due by then; empty means the months gone of twelve.
    schedule: Mapped[dict[str, Any]]
    method: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    #: Main indicators are the ones warned of.
    main: Mapped[bool]
    #: The city's own target, which the units' targets are to reach together.
    target_total: Mapped[Decimal | None]
    #: Which figure the rules say counts: ``Counting``.
    counting: Mapped[str] = mapped_column(String(20), default=Counting.OURS)
    #: An adjustment has taken it out of the year; what was measured before stays.
    dropped_at: Mapped[datetime | None]
    indicator: Mapped[Indicator] = relationship(lazy="joined", innerjoin=True)
    weights: Mapped[list["Weight"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def name(self) -> str:
        return self.indicator.name

    @property
    def is_in_force(self) -> bool:
        return self.dropped_at is None

    def weight(self, group: str) -> Decimal | None:
        return next((each.weight for each in self.weights if each.group == group), None)

    def expected_share(self, as_of: date) -> tuple[int, int] | Decimal:
        return expected_share(self.measure, self.schedule, as_of)


class Weight(Base):
    """The indicator's weight in a group of units; the weights of a group sum to exactly 100 (B2)."""

    __tablename__ = "weight"

    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"), primary_key=True)
    group: Mapped[str] = mapped_column("group_code", String(40), primary_key=True)
    weight: Mapped[Decimal]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of ``indicators.csv``, read and checked."""

    code: str
    name: str
    category: str
    source: str
    responsible_unit: str
    data_unit: str | None
    unit_of_measure: str
    direction: str
    measure: str
    schedule: Mapping[str, str]
    method: str
    params: Mapping[str, Any]
    main: bool
    target_total: Decimal | None
    weights: Mapping[str, Decimal]


def expected_share(measure: str, schedule: Mapping[str, str], as_of: date) -> tuple[int, int] | Decimal:
    """Share of the year's target due by ``as_of``: (months, 12), or what the indicator's own schedule says.

    The schedule is a list of dates: the last one on or before ``as_of`` counts, before the first it is 0, which
    means not yet due.
    """
    if measure != Measure.CUMULATIVE and not schedule:
        return Decimal(1)
    if not schedule:
        return as_of.month, 12
    reached = [share for day, share in sorted(schedule.items()) if day <= f"{as_of:%m-%d}"]
    return Decimal(reached[-1]) if reached else Decimal(0)


def put(ctx: Context, cycle: plans.Cycle, row: Row, position: int) -> CycleIndicator:
    """Enter an indicator in the year's system, or change it; that the system is still a draft is for the caller to see.

    Raises ``WrongIndicator`` for one that could not be measured or scored when its round comes.
    """
    check(row)
    library = ctx.session.scalar(
        select(Indicator).where(Indicator.package == cycle.package, Indicator.code == row.code)
    )
    library = library or Indicator(package=cycle.package, code=row.code)
    library.name, library.category, library.unit_of_measure = row.name, row.category, row.unit_of_measure
    ctx.session.add(library)
    ctx.session.flush()
    used = ctx.session.scalar(
        select(CycleIndicator).where(CycleIndicator.cycle_id == cycle.id, CycleIndicator.indicator_id == library.id)
    )
    used = used or CycleIndicator(cycle_id=cycle.id, indicator_id=library.id)
    used.position, used.source, used.responsible_unit = position, row.source, row.responsible_unit
    used.data_unit, used.direction, used.measure = row.data_unit, row.direction, row.measure
    used.schedule, used.method, used.params = dict(row.schedule), row.method, dict(row.params)
    used.main, used.target_total, used.indicator = row.main, row.target_total, library
    used.weights = [Weight(group=group, weight=weight) for group, weight in sorted(row.weights.items())]
    ctx.session.add(used)
    ctx.session.flush()
    ctx.memo.pop(("indicators", cycle.id), None)
    return used


def check(row: Row) -> None:
    """Refuse with ``WrongIndicator`` what could not be measured or scored when its round comes."""
    for why in _faults(row):
        raise WrongIndicator(code=row.code, why=why)


def _faults(row: Row) -> Iterator[Message]:
    yield from scoring.check(row.method, row.params)
    if not any(row.weights.values()):
        yield Message("It has no weight in any group.")
    if row.measure == Measure.MILESTONE and row.direction != Direction.HIGHER_BETTER:
        yield Message("Milestones are counted upward; make its direction higher_better.")
    if row.direction == Direction.RANGE and not {"low", "high", "width"} <= row.params.keys():
        yield Message("A range needs low, high and width among its parameters.")


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[CycleIndicator]:
    """The year's indicators in the order of the booklet, those that an adjustment dropped included."""
    found: list[CycleIndicator] | None = ctx.memo.get(("indicators", cycle.id))
    if found is None:
        query = select(CycleIndicator).where(CycleIndicator.cycle_id == cycle.id).order_by(CycleIndicator.position)
        found = ctx.memo["indicators", cycle.id] = list(ctx.session.scalars(query))
    return found


def in_force(ctx: Context, cycle: plans.Cycle) -> list[CycleIndicator]:
    """What is measured from now on, in the order of the booklet."""
    return [each for each in of_cycle(ctx, cycle) if each.is_in_force]


def of_unit(ctx: Context, cycle: plans.Cycle, responsible_unit: str) -> list[CycleIndicator]:
    """The indicators in force that the unit answers for."""
    return [each for each in in_force(ctx, cycle) if each.responsible_unit == responsible_unit]


def find(ctx: Context, cycle: plans.Cycle, code: str) -> CycleIndicator:
    for each in of_cycle(ctx, cycle):
        if each.code == code:
            return each
    raise UnknownIndicator(code=code, year=cycle.year)


def get(ctx: Context, cycle_indicator_id: int) -> CycleIndicator:
    return ctx.session.get_one(CycleIndicator, cycle_indicator_id)


def responsible_units(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The units that answer for at least one indicator of the year, by code."""
    return sorted({each.responsible_unit for each in in_force(ctx, cycle)})


def category_of(ctx: Context, cycle: plans.Cycle) -> dict[str, str]:
    return {each.code: each.indicator.category for each in of_cycle(ctx, cycle)}


def weights(ctx: Context, cycle: plans.Cycle, group: str) -> dict[str, Decimal]:
    """Code -> weight of the indicators the group is measured by, in the order of the booklet."""
    found = {each.code: each.weight(group) for each in of_cycle(ctx, cycle)}
    return {code: weight for code, weight in found.items() if weight}


def wrong_sums(indicators: Iterable[CycleIndicator], groups: Iterable[str] = ()) -> dict[str, Decimal]:
    """Group -> sum of its weights, for the groups whose weights do not sum to exactly 100; ``groups`` must have some."""
    sums: dict[str, Decimal] = dict.fromkeys(groups, Decimal(0))
    for each in indicators:
        for weight in each.weights:
            sums[weight.group] = sums.get(weight.group, Decimal(0)) + weight.weight
    return {group: total for group, total in sums.items() if total != 100}


def record_import(ctx: Context, cycle: plans.Cycle, count: int) -> None:
    audit.record(ctx, "indicators.put", plans.chain_of(cycle), count=count)
