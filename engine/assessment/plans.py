"""The year's plan: one cycle of one package with its rounds, made from the package's schedule and pinned to it.

Everything with a date later in the year reads it from here; a diagram is given the dates when it starts (S3 4.5).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import audit, calendars, people
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused
from engine.workflow import packages


class NoCycle(NotFound):
    """The package {package} has no cycle {year}; import its indicators first."""

    code = "no_cycle"


class NoRound(NotFound):
    """The plan of {year} has no round {round}."""

    code = "no_round"


class AlreadyConfirmed(Conflict):
    """The plan of {year} is confirmed already."""

    code = "already_confirmed"


class NoLead(Refused):
    """Nobody holds the role {role}; import appointments first."""

    code = "no_lead"


class RoundKind(StrEnum):
    PRE = "pre"
    ANNUAL = "annual"


class CycleStatus(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    FINAL = "final"
    ARCHIVED = "archived"


class Cycle(Base):
    """One assessment year of one package."""

    __tablename__ = "cycle"
    __table_args__ = (UniqueConstraint("package", "year"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    package: Mapped[str] = mapped_column(String(80))
    year: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=CycleStatus.PLANNED)
    #: The package's parameters as they were when the cycle was made; the year keeps them.
    parameters: Mapped[dict[str, Any]]
    #: Seed of the year's draws (follow-up samples), recorded so that a draw can be repeated.
    draw_seed: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime | None]
    #: From then on the excellence quota can no longer change (B9).
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(60))
    archived_at: Mapped[datetime | None]
    archived_by: Mapped[str | None] = mapped_column(String(60))

    def number(self, parameter: str) -> Decimal:
        return Decimal(str(self.parameters[parameter]))

    def days(self, parameter: str) -> int:
        """A deadline of the package in working days."""
        return int(self.parameters[parameter])


class Round(Base):
    """One collection of the year: April, August, the annual one. A date lasts to the end of its day."""

    __tablename__ = "round"
    __table_args__ = (UniqueConstraint("cycle_id", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    as_of: Mapped[date]
    opens_at: Mapped[datetime]
    collect_until: Mapped[date]
    publish_by: Mapped[date]
    opened_at: Mapped[datetime | None]
    #: Collection is closed; later values enter only as a revision.
    closed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    @property
    def closes_at(self) -> datetime:
        return calendars.end_of(self.collect_until)


@dataclass(frozen=True, slots=True)
class Offices:
    """The units that lead a cycle, by the posts held in them."""

    lead: str
    inspection: str


def make_cycle(ctx: Context, package: str, year: int, draw_seed: str | None = None) -> Cycle:
    """The cycle of the year, made from the package's schedule and parameters when it is not there yet.

    ``draw_seed`` is for rehearsals; a real year draws a secret of its own.
    """
    found = ctx.session.scalar(select(Cycle).where(Cycle.package == package, Cycle.year == year))
    if found is not None:
        return found
    drawn = packages.current(ctx, package)
    made = Cycle(
        package=package,
        year=year,
        status=CycleStatus.PLANNED,
        parameters=dict(drawn.parameters),
        draw_seed=draw_seed or secrets.token_hex(16),
    )
    ctx.session.add(made)
    ctx.session.flush()
    for position, planned in enumerate(drawn.rounds(year)):
        kind = RoundKind.ANNUAL if planned.is_last else RoundKind.PRE
        ctx.session.add(Round(cycle_id=made.id, kind=kind, position=position, **planned.dates))
    audit.record(ctx, "cycle.make", chain_of(made), package=package, year=year, parameters=made.parameters)
    ctx.session.flush()
    return made


def cycle(ctx: Context, cycle_id: int) -> Cycle:
    return ctx.session.get_one(Cycle, cycle_id)


def find(ctx: Context, package: str, year: int | None = None) -> Cycle:
    """The cycle of that year, or the package's latest. Raises ``NoCycle``."""
    query = select(Cycle).where(Cycle.package == package).order_by(Cycle.year.desc())
    found = ctx.session.scalars(query if year is None else query.where(Cycle.year == year)).first()
    if found is None:
        raise NoCycle(package=package, year=year or "")
    return found


def rounds(ctx: Context, cycle: Cycle) -> list[Round]:
    query = select(Round).where(Round.cycle_id == cycle.id).order_by(Round.position)
    return list(ctx.session.scalars(query))


def round_of(ctx: Context, cycle: Cycle, key: str) -> Round:
    found = ctx.session.scalar(select(Round).where(Round.cycle_id == cycle.id, Round.key == key))
    if found is None:
        raise NoRound(year=cycle.year, round=key)
    return found


def annual_round(ctx: Context, cycle: Cycle) -> Round:
    return rounds(ctx, cycle)[-1]


def confirm(ctx: Context, cycle: Cycle, note: str | None) -> None:
    """The lead confirms the plan of the year; the quota of excellent units is locked with it, before any value (B9)."""
    if cycle.confirmed_at is not None:
        raise AlreadyConfirmed(year=cycle.year)
    cycle.confirmed_at, cycle.confirmed_by = ctx.now, ctx.actor
    audit.record(ctx, "cycle.confirm", chain_of(cycle), note=note, quota=cycle.parameters.get("excellent_quota"))


def change_parameter(ctx: Context, cycle: Cycle, name: str, value: Any) -> None:
    """Change a parameter of the year before its plan is confirmed; afterwards it is refused."""
    if cycle.confirmed_at is not None:
        raise AlreadyConfirmed(year=cycle.year)
    if name not in cycle.parameters:
        raise Invalid("The package has no parameter {name}.", name=name)
    audit.record(ctx, "cycle.change", chain_of(cycle), name=name, old=cycle.parameters[name], new=value)
    cycle.parameters = {**cycle.parameters, name: value}


def archive(ctx: Context, cycle: Cycle, note: str | None) -> None:
    """Close the year's books; matters still open go on by themselves."""
    cycle.status, cycle.archived_at, cycle.archived_by = CycleStatus.ARCHIVED, ctx.now, ctx.actor
    audit.record(ctx, "cycle.archive", chain_of(cycle), note=note)


def offices(ctx: Context) -> Offices:
    """The lead department and the inspection office. Raises ``NoLead`` naming the role nobody holds."""
    return Offices(lead=_unit_of_role(ctx, "lead"), inspection=_unit_of_role(ctx, "inspector"))


def assessed_units(ctx: Context) -> list[people.Unit]:
    """The units that are compared: those with a group, by code."""
    return list(ctx.session.scalars(select(people.Unit).where(people.Unit.group != "").order_by(people.Unit.code)))


def chain_of(cycle: Cycle) -> str:
    return f"cycle:{cycle.package}/{cycle.year}"


def _unit_of_role(ctx: Context, role: str) -> str:
    code = ctx.session.scalar(
        select(people.Unit.code)
        .join(people.Appointment, people.Appointment.unit_id == people.Unit.id)
        .where(people.Appointment.role == role, *people.in_office(ctx))
        .order_by(people.Unit.code)
    )
    if code is None:
        raise NoLead(role=role)
    return code


def schedule_facts(ctx: Context, cycle: Cycle) -> Mapping[str, Any]:
    """What the diagram of the year is given at its start: the rounds to open and when."""
    planned = rounds(ctx, cycle)
    return {
        "cycle": cycle.id,
        "rounds": [{"key": each.key, "opens_at": each.opens_at} for each in planned if each.kind == RoundKind.PRE],
        "annual_opens_at": planned[-1].opens_at,
    }
