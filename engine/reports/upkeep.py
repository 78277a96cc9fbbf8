"""What those who keep the system look after: deployed processes, accounts, posts, incidents, messages nobody took."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from engine import access, people
from engine.db import Context
from engine.workflow.store import Definition, Draft, Incident, Instance, KeptMessage, Kind, Status, Version

#: Who may look at the drawn processes, and who may change them.
LOOKING = ("designer", "admin", "lead")
DRAWING = ("designer", "admin")
PAGE = 50


@dataclass(frozen=True, slots=True)
class Process:
    """A deployed process with its current version and what is going on about it."""

    definition: Definition
    version: Version
    running: int
    draft: Draft | None


@dataclass(frozen=True, slots=True)
class Package:
    definition: Definition
    version: Version
    #: Kind of definition -> how many the package holds.
    holds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Member:
    """A person with their account and the posts they hold today."""

    person: people.Person
    account: people.Account | None
    posts: list[people.Position]


@dataclass(frozen=True, slots=True)
class Held:
    """A post somebody holds today."""

    appointment: people.Appointment
    person: people.Person


def processes(ctx: Context) -> list[Process]:
    """Every deployed process, by package and key. Raises ``NotYours`` for those who have nothing to do with them."""
    access.require(ctx, *LOOKING)
    running = _running(ctx)
    drafts = {each.definition_id: each for each in ctx.session.scalars(select(Draft))}
    query = (
        select(Definition, Version)
        .join(Version, Version.id == Definition.current_id)
        .where(Definition.kind == Kind.PROCESS)
        .order_by(Definition.package, Definition.key)
    )
    return [
        Process(each, version, running.get((each.package, each.key), 0), drafts.get(each.id))
        for each, version in ctx.session.execute(query)
    ]


def packages(ctx: Context) -> list[Package]:
    """The deployed packages with what they hold."""
    access.require(ctx, "admin")
    counted: dict[str, dict[str, int]] = {}
    query = select(Definition.package, Definition.kind, func.count()).group_by(Definition.package, Definition.kind)
    for package, kind, count in ctx.session.execute(query):
        counted.setdefault(package, {})[kind] = count
    found = (
        select(Definition, Version)
        .join(Version, Version.id == Definition.current_id)
        .where(Definition.kind == Kind.PACKAGE)
        .order_by(Definition.key)
    )
    return [Package(each, version, counted.get(each.key, {})) for each, version in ctx.session.execute(found)]


def members(ctx: Context, *, text: str = "", page: int = 1) -> tuple[list[Member], int]:
    """A page of people by account with how many there are; ``text`` is part of an account, a name or a unit."""
    access.require(ctx, "admin")
    query = select(people.Person).order_by(people.Person.account)
    if text:
        held = (
            select(people.Appointment.account).join(people.Unit).where(_like(people.Unit.code, people.Unit.name, text))
        )
        query = query.where(
            or_(_like(people.Person.account, people.Person.name, text), people.Person.account.in_(held))
        )
    total = ctx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = list(ctx.session.scalars(query.limit(PAGE).offset((page - 1) * PAGE)))
    wanted = [each.account for each in found]
    accounts = {
        each.account: each
        for each in ctx.session.scalars(select(people.Account).where(people.Account.account.in_(wanted)))
    }
    return [Member(each, accounts.get(each.account), people.positions(ctx, each.account)) for each in found], total


def posts(ctx: Context, *, text: str = "", page: int = 1) -> tuple[list[Held], int]:
    """A page of the posts held today, by unit and role, with how many there are."""
    access.require(ctx, "admin")
    query = (
        select(people.Appointment, people.Person)
        .join(people.Person, people.Person.account == people.Appointment.account)
        .join(people.Unit, people.Unit.id == people.Appointment.unit_id)
        .where(*people.in_office(ctx))
    )
    if text:
        known = (people.Unit.code, people.Unit.name, people.Person.name, people.Person.account, people.Appointment.role)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in known)))
    total = ctx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(people.Unit.code, people.Appointment.role, people.Appointment.account)
    found = ctx.session.execute(ordered.limit(PAGE).offset((page - 1) * PAGE))
    return [Held(appointment, person) for appointment, person in found], total


def incidents(ctx: Context, limit: int = 200) -> list[tuple[Incident, Instance]]:
    """What stands and cannot go on by itself, the oldest first."""
    access.require(ctx, "admin")
    query = select(Incident, Instance).join(Instance, Instance.id == Incident.instance_id)
    query = query.where(Incident.resolved_at.is_(None)).order_by(Incident.id).limit(limit)
    return list(ctx.session.execute(query))


def kept_messages(ctx: Context, limit: int = 200) -> list[KeptMessage]:
    """Messages that came before anybody waited for them, newest first."""
    access.require(ctx, "admin")
    return list(ctx.session.scalars(select(KeptMessage).order_by(KeptMessage.id.desc()).limit(limit)))


def _running(ctx: Context) -> dict[tuple[str, str], int]:
    query = select(Instance.package, Instance.process, func.count()).where(Instance.status == Status.RUNNING)
    found = ctx.session.execute(query.group_by(Instance.package, Instance.process))
    return {(package, process): count for package, process, count in found}


def _like(one: Any, other: Any, text: str) -> Any:
    return or_(one.icontains(text, autoescape=True), other.icontains(text, autoescape=True))
