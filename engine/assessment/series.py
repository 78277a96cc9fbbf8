"""Breaks in the series of an indicator: from a day on it is measured by another definition (口径).

Figures before and after are not compared as if nothing had happened: charts show the break, and where growth is scored the
base is restated by the new definition while the original stays on record. What is published already is not touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications
from engine.assessment import hands, indicators, plans, targets
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class PublishedBefore(Refused):
    """The figures of {indicator} until {day} are published by the old definition; the new one begins after that day."""

    code = "published_before"


class BreakConfirmed(Conflict):
    """This change of definition is confirmed already."""

    code = "break_confirmed"


class SeriesBreak(Base):
    """From a day on an indicator is measured by another definition; figures before it are not comparable."""

    __tablename__ = "series_break"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    #: The first day whose figures follow the new definition.
    begins_on: Mapped[date]
    definition: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(200))
    #: Unit -> ``original`` and ``restated`` base as decimal text; ``original`` None where there was none.
    bases: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(60))


def record(
    ctx: Context,
    cycle: plans.Cycle,
    code: str,
    begins_on: date,
    definition: str,
    document: str,
    restated: Mapping[str, Decimal | None],
) -> SeriesBreak:
    """The unit that answers for the indicator records the new definition with the bases restated by it: unit -> base.

    The base that stands is kept beside as the original. Raises ``PublishedBefore`` for a day whose figures are published.
    """
    used = indicators.find(ctx, cycle, code)
    access.require(ctx, f"clerk@{used.responsible_unit}", f"leader@{used.responsible_unit}")
    if not definition.strip() or not document.strip():
        raise Invalid("Write the new definition and the paper it rests on.")
    _require_ahead(ctx, cycle, used, begins_on)
    made = SeriesBreak(
        indicator_id=used.indicator_id,
        begins_on=begins_on,
        definition=definition.strip(),
        document=document.strip(),
        bases=_bases(ctx, used, restated),
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"indicator": code, "break": made.id, "begins_on": begins_on, "document": made.document}
    audit.record(ctx, "series.record", plans.chain_of(cycle), **facts)
    return made


def confirm(ctx: Context, cycle: plans.Cycle, code: str, break_id: int) -> SeriesBreak:
    """The lead confirms what another recorded: the restated bases are those of the year from now on; the units are told."""
    access.require(ctx, "lead")
    used = indicators.find(ctx, cycle, code)
    found = ctx.session.get(SeriesBreak, break_id)
    if found is None or found.indicator_id != used.indicator_id:
        raise NotFound
    hands.require_apart(ctx, found.recorded_by)
    if found.confirmed_at is not None:
        raise BreakConfirmed
    _require_ahead(ctx, cycle, used, found.begins_on)
    found.confirmed_at, found.confirmed_by = ctx.now, ctx.actor
    query = select(targets.Target).where(targets.Target.cycle_indicator_id == used.id)
    for target in ctx.session.scalars(query):
        if target.unit in found.bases:
            target.base = Decimal(found.bases[target.unit]["restated"])
    facts = {"indicator": code, "break": found.id, "bases": found.bases}
    audit.record(ctx, "series.confirm", plans.chain_of(cycle), **facts)
    groups = [f"{role}@{unit}" for unit in sorted(found.bases) for role in ("clerk", "leader")]
    link = plans.path(ctx, cycle, f"/indicators/{code}")
    notifications.notify(ctx, "series.broken", groups=groups, link=link, indicator=used.name)
    return found


def breaks(ctx: Context, used: indicators.CycleIndicator) -> Sequence[SeriesBreak]:
    """The changes of definition over the years, oldest first; those not confirmed yet included."""
    query = select(SeriesBreak).where(SeriesBreak.indicator_id == used.indicator_id)
    return ctx.session.scalars(query.order_by(SeriesBreak.begins_on, SeriesBreak.id)).all()


def broken(ctx: Context, indicator_ids: Iterable[int]) -> dict[int, list[date]]:
    """Library indicator -> the days on which another definition of it began, of those that are confirmed."""
    query = select(SeriesBreak).where(SeriesBreak.indicator_id.in_(list(indicator_ids)))
    found: dict[int, list[date]] = {}
    for each in ctx.session.scalars(query.where(SeriesBreak.confirmed_at.is_not(None)).order_by(SeriesBreak.begins_on)):
        found.setdefault(each.indicator_id, []).append(each.begins_on)
    return found


def days(found: Sequence[SeriesBreak]) -> list[date]:
    """The first days of the definitions that are confirmed."""
    return sorted({each.begins_on for each in found if each.confirmed_at is not None})


def _require_ahead(ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, begins_on: date) -> None:
    published = [each.as_of for each in plans.rounds(ctx, cycle) if each.published_at is not None]
    last = max(published, default=date(cycle.year - 1, 12, 31))
    if begins_on <= last:
        raise PublishedBefore(indicator=used.code, day=last)


def _bases(
    ctx: Context, used: indicators.CycleIndicator, restated: Mapping[str, Decimal | None]
) -> dict[str, dict[str, str | None]]:
    standing = targets.of_indicator(ctx, used.id)
    found: dict[str, dict[str, str | None]] = {}
    for unit, base in restated.items():
        if base is None:
            continue
        if unit not in standing or standing[unit].exempt:
            raise Invalid("{unit} has no target on this indicator.", unit=unit)
        original = standing[unit].base
        found[unit] = {
            "original": None if original is None else format(original, "f"),
            "restated": format(base, "f"),
        }
    return found
