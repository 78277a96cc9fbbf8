"""Concurrence (会签): exactly one unit answers for an indicator and signs; those that co-organise it concur by a date.

They are asked on the rules and on disputed values. Who differs says why and the answering unit goes on with that on record;
who is silent until the date is recorded as silent (逾期未会签).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people
from engine.assessment import hands, indicators, plans
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused


class ConcurrenceOver(Refused):
    """{unit} can no longer answer on {indicator}; what is recorded of it is: {status}."""

    code = "concurrence_over"


class ConcurrenceOutstanding(Refused):
    """{unit} is asked to concur on {indicator} until {until}; wait for its answer or for that day."""

    code = "concurrence_outstanding"


class About(StrEnum):
    RULES = "rules"
    VALUE = "value"


class Stance(StrEnum):
    ASKED = "asked"
    CONCURS = "concurs"
    DIFFERS = "differs"
    #: 逾期未会签
    SILENT = "silent"
    #: What it was asked on was written anew before it had answered.
    SUPERSEDED = "superseded"


class Partner(Base):
    """A unit that co-organises (协办) an indicator of the year: it concurs, it neither answers nor signs for it."""

    __tablename__ = "partner"

    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), primary_key=True)
    named_at: Mapped[datetime]
    named_by: Mapped[str | None] = mapped_column(String(60))


class Concurrence(Base):
    """One co-organiser asked to concur (会签) by a date, and what it said."""

    __tablename__ = "concurrence"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"), index=True)
    unit: Mapped[str] = mapped_column(String(40), index=True)
    about: Mapped[str] = mapped_column(String(20))
    #: The disputed notice, where it is about a value.
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    #: What is put before the co-organiser.
    text: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime]
    stance: Mapped[str] = mapped_column(String(20), default=Stance.ASKED)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(60))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(60))

    def stance_at(self, now: datetime) -> str:
        """As it stands: who has not answered when the date has passed is silent."""
        return str(Stance.SILENT) if self.stance == Stance.ASKED and self.due_at <= now else self.stance


def name_partners(ctx: Context, cycle: plans.Cycle, code: str, units: Iterable[str]) -> None:
    """The lead, or the unit that answers for the indicator, says who co-organises it; nobody of them signs for it."""
    used = indicators.find(ctx, cycle, code)
    access.require(ctx, "lead", f"clerk@{used.responsible_unit}")
    put_partners(ctx, cycle, used, units)


def put_partners(ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, units: Iterable[str]) -> None:
    """Have exactly these units co-organise the indicator; who may say so is for the caller to see.

    Raises ``Invalid`` for a unit that is assessed itself or answers for the indicator, ``people.UnknownUnit``.
    """
    wanted = sorted(set(units))
    for unit in wanted:
        if people.unit(ctx, unit).group or unit == used.responsible_unit:
            raise Invalid("{unit} cannot co-organise {indicator}.", unit=unit, indicator=used.code)
    standing = {each.unit: each for each in _partners(ctx, used)}
    if wanted == sorted(standing):
        return
    for unit in standing.keys() - set(wanted):
        ctx.session.delete(standing[unit])
    added = [unit for unit in wanted if unit not in standing]
    ctx.session.add_all(
        Partner(cycle_indicator_id=used.id, unit=unit, named_at=ctx.now, named_by=ctx.actor) for unit in added
    )
    ctx.session.flush()
    audit.record(ctx, "partners.name", plans.chain_of(cycle), indicator=used.code, units=wanted)


def partners(ctx: Context, used: indicators.CycleIndicator) -> list[str]:
    """The units that co-organise the indicator, by code."""
    return [each.unit for each in _partners(ctx, used)]


def ask(
    ctx: Context,
    cycle: plans.Cycle,
    used: indicators.CycleIndicator,
    about: About,
    text: str,
    notice_id: int | None = None,
) -> list[Concurrence]:
    """Ask every co-organiser on this text, in place of what it was asked before; on the same text nobody is asked twice."""
    standing = _asked(ctx, used, about, notice_id)
    wanted = [unit for unit in partners(ctx, used) if not any(e.unit == unit and e.text == text for e in standing)]
    if not wanted:
        return []
    due = calendars.deadline(ctx, cycle.days("concurrence"))
    for each in standing:
        if each.stance_at(ctx.now) == Stance.ASKED:
            each.stance = Stance.SUPERSEDED
    made = [_new(ctx, used, unit, about, text, due, notice_id) for unit in wanted]
    ctx.session.add_all(made)
    ctx.session.flush()
    until = str(calendars.last_day(due))
    groups = [f"{role}@{unit}" for unit in wanted for role in ("clerk", "leader")]
    link = plans.path(ctx, cycle, "/concurrences")
    notifications.notify(ctx, "concurrence.asked", groups=groups, link=link, indicator=used.name, until=until)
    audit.record(ctx, "concurrence.ask", plans.chain_of(cycle), indicator=used.code, about=about, units=wanted)
    return made


def answer(ctx: Context, cycle: plans.Cycle, concurrence_id: int, stance: str, text: str) -> Concurrence:
    """A co-organiser concurs, or differs and says why. Raises ``ConcurrenceOver`` after its answer or its date."""
    found = next((each for each in of_cycle(ctx, cycle) if each.id == concurrence_id), None)
    if found is None:
        raise NotFound
    access.require(ctx, f"clerk@{found.unit}", f"leader@{found.unit}")
    hands.require_apart(ctx, found.asked_by)
    used = indicators.get(ctx, found.cycle_indicator_id)
    if found.stance_at(ctx.now) != Stance.ASKED:
        raise ConcurrenceOver(unit=found.unit, indicator=used.code, status=found.stance_at(ctx.now))
    if stance not in (Stance.CONCURS, Stance.DIFFERS) or (stance == Stance.DIFFERS and not text.strip()):
        raise Invalid("Concur, or differ and say why.")
    found.stance, found.answer = Stance(stance), text.strip() or None
    found.answered_at, found.answered_by = ctx.now, ctx.actor
    facts = {"indicator": used.code, "unit": found.unit, "stance": found.stance}
    audit.record(ctx, "concurrence.answer", plans.chain_of(cycle), **facts)
    groups = [f"{role}@{used.responsible_unit}" for role in ("clerk", "leader")]
    link = plans.path(ctx, cycle, "/concurrences")
    notifications.notify(ctx, "concurrence.answered", groups=groups, link=link, unit=found.unit, indicator=used.name)
    return found


def settle(
    ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, about: About, notice_id: int | None = None
) -> list[Concurrence]:
    """What the co-organisers said, before it is signed or approved; who was silent until the date is recorded so.

    Raises ``ConcurrenceOutstanding`` while one may still answer.
    """
    standing = [each for each in _asked(ctx, used, about, notice_id) if each.stance != Stance.SUPERSEDED]
    for each in standing:
        if each.stance_at(ctx.now) == Stance.ASKED:
            until = calendars.last_day(each.due_at)
            raise ConcurrenceOutstanding(unit=each.unit, indicator=used.code, until=until)
    silent = [each for each in standing if each.stance == Stance.ASKED]
    for each in silent:
        each.stance = Stance.SILENT
    if silent:
        units = [each.unit for each in silent]
        audit.record(ctx, "concurrence.silent", plans.chain_of(cycle), indicator=used.code, about=about, units=units)
    return standing


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Concurrence]:
    """What the person may see, newest first: what the own units asked or are asked, everything for those who oversee."""
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    query = select(Concurrence).where(Concurrence.cycle_indicator_id.in_(used)).order_by(Concurrence.id.desc())
    found = list(ctx.session.scalars(query))
    if access.oversees(ctx):
        return found
    own = access.own_units(ctx)
    return [each for each in found if {each.unit, used[each.cycle_indicator_id].responsible_unit} & own]


def _partners(ctx: Context, used: indicators.CycleIndicator) -> Sequence[Partner]:
    query = select(Partner).where(Partner.cycle_indicator_id == used.id).order_by(Partner.unit)
    return ctx.session.scalars(query).all()


def _asked(ctx: Context, used: indicators.CycleIndicator, about: About, notice_id: int | None) -> Sequence[Concurrence]:
    query = select(Concurrence).where(Concurrence.cycle_indicator_id == used.id, Concurrence.about == about)
    query = query.where(Concurrence.notice_id == notice_id) if notice_id is not None else query
    return ctx.session.scalars(query.order_by(Concurrence.id)).all()


def _new(
    ctx: Context,
    used: indicators.CycleIndicator,
    unit: str,
    about: About,
    text: str,
    due: datetime,
    notice_id: int | None,
) -> Concurrence:
    return Concurrence(
        cycle_indicator_id=used.id,
        unit=unit,
        about=about,
        notice_id=notice_id,
        text=text,
        due_at=due,
        stance=Stance.ASKED,
        asked_at=ctx.now,
        asked_by=ctx.actor,
    )
