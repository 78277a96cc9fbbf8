"""The year's plan: one cycle of one package with its rounds, made from the package's schedule and pinned to it.

Everything with a date later in the year reads it from here; a diagram is given the dates when it starts (S3 4.5).
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, people
from engine.assessment import ranking
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


class FiguresCome(Refused):
    """The round {round} of {year} is open; what figures are judged by can no longer be changed."""

    code = "figures_come"


class NotFinal(Refused):
    """The year {year} is {status}; its books are closed once its result is published."""

    code = "not_final"


class NoLead(Refused):
    """Nobody holds the role {role}; import appointments first."""

    code = "no_lead"


class NoParameter(NotFound):
    """The package {package} gives no {name}, which is needed here; add it under parameters in its package.yaml."""

    code = "no_parameter"


class WrongParameterValue(Invalid):
    """{value} cannot be the value of {name}; expected something such as {expected}."""

    code = "wrong_parameter_value"


#: Parameters that are one of a few words.
CHOICES: Mapping[str, tuple[str, ...]] = {"warn_scope": ("main", "all"), "rank_scope": ("group", "all")}
#: Parameters that need not be whole numbers; every other number counts units, warnings or working days.
FRACTIONS = frozenset(
    {
        *("lag_points", "red_lag_points", "lag_ratio"),
        *("excellent_quota", "good_line", "qualified_line", "follow_up_sample"),
    }
)
#: Parameters that may be empty: the rule they belong to is not used.
OPTIONAL = frozenset({"lag_points", "red_lag_points", "lag_ratio"})
#: The groups of units a package assesses, where it does not assess every one, pinned like its parameters.
GROUPS = "groups"
#: The parts a result needs, one row each, pinned likewise: a package that is deployed anew asks nothing new of a year.
COMPONENTS = "components"
#: What of a year is pinned beside its parameters and is nobody's to change.
PINNED = frozenset({GROUPS, COMPONENTS})
WARNING_RULE = ("bottom", "min_group", "lag_points", "red_lag_points", "lag_ratio", "suppress_if_on_schedule")
_MONTH_DAY = re.compile(r"\d\d-\d\d")
_DURATION = re.compile(r"P(\d{1,3}[YMWD])+")
_PLAIN_NUMBER = re.compile(r"\d{1,9}(\.\d{1,6})?")


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
    #: From then on no parameter can change any more, the excellence quota least of all (B9).
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(60))
    archived_at: Mapped[datetime | None]
    archived_by: Mapped[str | None] = mapped_column(String(60))

    def number(self, parameter: str) -> Decimal:
        return Decimal(str(self.parameter(parameter)))

    def days(self, parameter: str) -> int:
        """A deadline of the package in working days."""
        return int(self.parameter(parameter))

    def parameter(self, name: str) -> Any:
        """Raises ``NoParameter``: what a package leaves out has no default that would hide it."""
        if name not in self.parameters:
            raise NoParameter(package=self.package, name=name)
        return self.parameters[name]


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
        parameters={**drawn.parameters, **_pinned(drawn)},
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
    if found is None and year is None:
        raise NoCycle("The package {package} has no cycle; import its indicators first.", package=package)
    if found is None:
        raise NoCycle(package=package, year=year)
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
    access.require(ctx, "lead")
    if cycle.confirmed_at is not None:
        raise AlreadyConfirmed(year=cycle.year)
    cycle.confirmed_at, cycle.confirmed_by = ctx.now, ctx.actor
    audit.record(ctx, "cycle.confirm", chain_of(cycle), note=note, quota=cycle.parameters.get("excellent_quota"))


def change_parameter(ctx: Context, cycle: Cycle, name: str, text: str) -> None:
    """The lead changes a parameter of the year before its plan is confirmed and before any figure can come (B9).

    The text is read as the kind of value that stands there. Raises ``AlreadyConfirmed``, ``FiguresCome``,
    ``WrongParameterValue`` for any other kind, and what the warning rule or the grades say of a value they cannot work
    with.
    """
    access.require(ctx, "lead")
    if cycle.confirmed_at is not None:
        raise AlreadyConfirmed(year=cycle.year)
    if opened := next((each for each in rounds(ctx, cycle) if each.opened_at is not None), None):
        raise FiguresCome(round=opened.key, year=cycle.year)
    if name in PINNED or isinstance(cycle.parameters.get(name, {}), Mapping):
        raise Invalid("The package has no parameter {name}.", name=name)
    value = _read_parameter(cycle, name, text.strip())
    changed = {**cycle.parameters, name: value}
    check_parameters(changed)
    audit.record(ctx, "cycle.change", chain_of(cycle), name=name, old=cycle.parameters[name], new=value)
    cycle.parameters = changed


def archive(ctx: Context, cycle: Cycle, note: str | None) -> None:
    """The lead closes the year's books after its result; matters still open go on by themselves. Raises ``NotFinal``."""
    access.require(ctx, "lead")
    if cycle.status != CycleStatus.FINAL:
        raise NotFinal(year=cycle.year, status=cycle.status)
    cycle.status, cycle.archived_at, cycle.archived_by = CycleStatus.ARCHIVED, ctx.now, ctx.actor
    audit.record(ctx, "cycle.archive", chain_of(cycle), note=note)


def offices(ctx: Context) -> Offices:
    """The lead department and the inspection office. Raises ``NoLead`` naming the role nobody holds."""
    return Offices(lead=_unit_of_role(ctx, "lead"), inspection=_unit_of_role(ctx, "inspector"))


def lead_unit(ctx: Context) -> str:
    """The department that leads the assessment, by the posts held in it. Raises ``NoLead``."""
    return _unit_of_role(ctx, "lead")


def assessed_units(ctx: Context, cycle: Cycle | None = None) -> list[people.Unit]:
    """The units that are or were compared, by code: those with a group, in a cycle with one of its ``GROUPS``."""
    query = select(people.Unit).where(people.Unit.group != "").order_by(people.Unit.code)
    groups = cycle.parameters.get(GROUPS) if cycle is not None else None
    return list(ctx.session.scalars(query if groups is None else query.where(people.Unit.group.in_(groups))))


def path(ctx: Context, cycle: Cycle, page: str) -> str:
    """A page of this site about the cycle's assessment; it says which only where it is not the default one."""
    if "default package" not in ctx.memo:
        ctx.memo["default package"] = packages.default_key(ctx)
    if cycle.package == ctx.memo["default package"]:
        return page
    address, sign, place = page.partition("#")
    return f"{address}?package={cycle.package}{sign}{place}"


def standing_units(ctx: Context, cycle: Cycle | None = None) -> list[people.Unit]:
    """The assessed units there are today: those that have gone are compared no more."""
    return [unit for unit in assessed_units(ctx, cycle) if unit.exists_on(ctx.today)]


def chain_of(cycle: Cycle) -> str:
    return f"cycle:{cycle.package}/{cycle.year}"


def _pinned(drawn: packages.Package) -> dict[str, Any]:
    """What the year keeps of its package beside the parameters; a list keeps its order in every database."""
    parts = [
        asdict(each) | {name: list(getattr(each, name)) for name in ("indicators", "records")}
        for each in drawn.components
    ]
    groups = {GROUPS: list(drawn.groups)} if drawn.groups is not None else {}
    return {COMPONENTS: parts, **groups}


def _read_parameter(cycle: Cycle, name: str, text: str) -> Any:
    """The text as the kind of value the package gave the parameter."""
    standing = cycle.parameters[name]
    if name in CHOICES:
        return _fitting(text, text in CHOICES[name], name, " / ".join(CHOICES[name]))
    if isinstance(standing, bool):
        return _fitting(text, text in ("true", "false"), name, "true / false") == "true"
    if isinstance(standing, list):
        days = [part.strip() for part in text.split(",")]
        return _fitting(days, all(_is_day(cycle.year, day) for day in days), name, "07-31, 11-30")
    if isinstance(standing, str):
        return _fitting(text, bool(_DURATION.fullmatch(text)), name, "P30D")
    return None if name in OPTIONAL and not text else _number(name, text)


def _is_day(year: int, text: str) -> bool:
    try:
        return bool(_MONTH_DAY.fullmatch(text) and date.fromisoformat(f"{year}-{text}"))
    except ValueError:
        return False


def _number(name: str, text: str) -> int | float:
    """Kept as the package's file keeps it, in JSON; ``Cycle.number`` reads its digits back."""
    whole, expected = text.isdecimal(), "10 / 0.3" if name in FRACTIONS else "10"
    _fitting(text, bool(_PLAIN_NUMBER.fullmatch(text)) and (whole or name in FRACTIONS), name, expected)
    return int(text) if whole else float(text)


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Raises ``BadCase`` or ``BadQuota``: better in January than when the round is to be published."""
    numbers = {name: value for name, value in parameters.items() if isinstance(value, int | float)}
    known = {name: Decimal(str(value)) for name, value in numbers.items() if not isinstance(value, bool)}
    if "bottom" in parameters:
        ranking.rule_parameters(
            {name: known.get(name, parameters[name]) for name in WARNING_RULE if name in parameters}
        )
    if {"excellent_quota", "good_line", "qualified_line"} <= known.keys():
        good, qualified = known["good_line"], known["qualified_line"]
        ranking.grades({}, quota=known["excellent_quota"], good_line=good, qualified_line=qualified)
    sample = known.get("follow_up_sample", Decimal(0))
    _fitting(sample, sample <= 1, "follow_up_sample", "0.2")


def _fitting(value: Any, fits: bool, name: str, expected: str) -> Any:
    if not fits:
        raise WrongParameterValue(name=name, value=value, expected=expected)
    return value


def _unit_of_role(ctx: Context, role: str) -> str:
    code = ctx.session.scalar(
        select(people.Unit.code)
        .join(people.Appointment, people.Appointment.unit_id == people.Unit.id)
        .where(people.Appointment.role == role, people.Unit.successor.is_(None), *people.in_office(ctx))
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
