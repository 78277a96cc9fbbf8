"""Several assessments as one (多考合一): one visit, one request for material, its evidence shared by the parts (S3 4.5).

The parts are entries of the approved plan. What a unit hands in once serves every part that its request names; a unit is
visited once, a further visit needs its reason and is counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, files, notifications
from engine.assessment import annual_plan, evidence
from engine.assessment.annual_plan import PlannedAssessment
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class PartTaken(Conflict):
    """{name} is part of another combined assessment already."""

    code = "part_taken"


class CombinedClosed(Refused):
    """The combined assessment {name} is closed."""

    code = "combined_closed"


class SecondVisit(Refused):
    """{unit} has been visited for this already; a further visit needs a reason."""

    code = "second_visit"


class HandedInBefore(Conflict):
    """{unit} has handed this in already."""

    code = "handed_in_before"


class CombinedAssessment(Base):
    __tablename__ = "combined_assessment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    year: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    from_date: Mapped[date]
    to_date: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str | None] = mapped_column(String(60))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(60))


class MaterialRequest(Base):
    """Material asked for once on behalf of several parts."""

    __tablename__ = "material_request"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    combined_id: Mapped[int] = mapped_column(ForeignKey("combined_assessment.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    #: Ids of the plan's entries it serves.
    serves: Mapped[list[Any]]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(60))


class Material(Base):
    """What a unit handed in, its files under ``material:{id}``."""

    __tablename__ = "material"
    __table_args__ = (UniqueConstraint("request_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("material_request.id"))
    unit: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text)
    handed_at: Mapped[datetime]
    handed_by: Mapped[str | None] = mapped_column(String(60))
    is_late: Mapped[bool] = mapped_column(default=False)


class Visit(Base):
    """A day on which the assessors were with a unit, for all the parts it names."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    combined_id: Mapped[int] = mapped_column(ForeignKey("combined_assessment.id"), index=True)
    unit: Mapped[str] = mapped_column(String(40))
    visited_on: Mapped[date]
    visitors: Mapped[str] = mapped_column(String(300))
    serves: Mapped[list[Any]]
    #: Why the unit was visited again; None for the one visit.
    again: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Burden:
    """What a combined assessment asked of a unit, and what its parts would have asked for one by one."""

    unit: str
    visits: int
    visits_apart: int
    handed_in: int
    requests: int
    requests_apart: int


def combine(
    ctx: Context, year: int, name: str, part_ids: Iterable[int], from_date: date, to_date: date
) -> CombinedAssessment:
    """The lead makes approved entries of the plan one assessment: two parts at least, each in no other one."""
    access.require(ctx, "lead")
    parts = [annual_plan.require_approved(ctx, part_id) for part_id in sorted(set(part_ids))]
    if len(parts) < 2 or not name.strip():
        raise Invalid("Give a name and choose at least two assessments.")
    if to_date < from_date:
        raise Invalid("The last day lies before the first.")
    for each in parts:
        if each.combined_id is not None:
            raise PartTaken(name=each.name)
        if each.year != year:
            raise annual_plan.NotInPlan(name=each.name, year=year)
    made = CombinedAssessment(
        year=year, name=name.strip(), from_date=from_date, to_date=to_date, opened_at=ctx.now, opened_by=ctx.actor
    )
    ctx.session.add(made)
    ctx.session.flush()
    for each in parts:
        each.combined_id, each.from_date, each.to_date = made.id, from_date, to_date
    audit.record(ctx, "combined.open", _chain(made), name=made.name, parts=[each.id for each in parts])
    return made


def ask(ctx: Context, combined_id: int, title: str, due_on: date, serves: Iterable[int]) -> MaterialRequest:
    """Ask the units for material once, for the parts it serves; their clerks are told."""
    access.require(ctx, "lead")
    combined = _open(ctx, combined_id)
    if not title.strip() or due_on <= ctx.today:
        raise Invalid("Say what is to be handed in, and give a day after today.")
    chosen = _parts_named(ctx, combined, serves)
    made = MaterialRequest(
        combined_id=combined.id,
        title=title.strip(),
        due_on=due_on,
        serves=chosen,
        asked_at=ctx.now,
        asked_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    groups = [f"clerk@{unit}" for unit in units(ctx, combined)]
    link = f"/combined/{combined.id}"
    notifications.notify(ctx, "material.asked", groups=groups, link=link, title=made.title, until=str(due_on))
    audit.record(ctx, "combined.ask", _chain(combined), request=made.id, title=made.title, serves=chosen)
    return made


def hand_in(ctx: Context, request_id: int, unit: str, note: str, file_ids: Sequence[int]) -> Material:
    """A unit hands material in, once; it then serves every part the request names. What comes late is marked."""
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}")
    asked = ctx.session.get(MaterialRequest, request_id)
    if asked is None:
        raise NotFound
    combined = _open(ctx, asked.combined_id)
    if unit not in units(ctx, combined):
        raise NotFound
    if not file_ids:
        raise Invalid("Attach at least one file.")
    if any(each.unit == unit for each in _materials(ctx, [asked.id])):
        raise HandedInBefore(unit=unit)
    made = Material(
        request_id=asked.id,
        unit=unit,
        note=note.strip(),
        handed_at=ctx.now,
        handed_by=ctx.actor,
        is_late=ctx.now >= calendars.end_of(asked.due_on),
    )
    ctx.session.add(made)
    ctx.session.flush()
    evidence.attach(ctx, f"material:{made.id}", file_ids)
    audit.record(ctx, "combined.hand_in", _chain(combined), request=asked.id, unit=unit, late=made.is_late)
    return made


def visit(
    ctx: Context, combined_id: int, unit: str, visited_on: date, visitors: str, serves: Iterable[int], again: str = ""
) -> Visit:
    """Record a visit for all the parts it served. Raises ``SecondVisit`` for another one without its reason."""
    access.require(ctx, "lead", "inspector")
    combined = _open(ctx, combined_id)
    if unit not in units(ctx, combined):
        raise Invalid("{unit} is not assessed by it.", unit=unit)
    if not visitors.strip() or not combined.from_date <= visited_on <= min(combined.to_date, ctx.today):
        raise Invalid("Name the visitors and a day of the visit between {first} and today.", first=combined.from_date)
    before = [each for each in visits(ctx, combined) if each.unit == unit]
    if before and not again.strip():
        raise SecondVisit(unit=unit)
    made = Visit(
        combined_id=combined.id,
        unit=unit,
        visited_on=visited_on,
        visitors=visitors.strip(),
        serves=_parts_named(ctx, combined, serves),
        again=again.strip() or None,
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    audit.record(ctx, "combined.visit", _chain(combined), unit=unit, day=visited_on, again=made.again)
    return made


def close(ctx: Context, combined_id: int) -> None:
    """The lead closes it; material and visits stay with the parts."""
    access.require(ctx, "lead")
    combined = _open(ctx, combined_id)
    combined.closed_at, combined.closed_by = ctx.now, ctx.actor
    audit.record(ctx, "combined.close", _chain(combined), name=combined.name)


def get(ctx: Context, combined_id: int) -> CombinedAssessment:
    """A combined assessment the person has to do with: those who oversee, its organisers, the units it assesses."""
    found = ctx.session.get(CombinedAssessment, combined_id)
    if found is None or not _concerns(ctx, found):
        raise NotFound
    return found


def of_year(ctx: Context, year: int) -> list[CombinedAssessment]:
    """Those the person has to do with."""
    query = select(CombinedAssessment).where(CombinedAssessment.year == year).order_by(CombinedAssessment.id)
    return [each for each in ctx.session.scalars(query) if _concerns(ctx, each)]


def parts(ctx: Context, combined: CombinedAssessment) -> list[PlannedAssessment]:
    query = select(PlannedAssessment).where(PlannedAssessment.combined_id == combined.id)
    return list(ctx.session.scalars(query.order_by(PlannedAssessment.id)))


def units(ctx: Context, combined: CombinedAssessment) -> list[str]:
    """The units that any of its parts assesses, by code."""
    return sorted(frozenset().union(*(annual_plan.assessed(ctx, each) for each in parts(ctx, combined))))


def requests(ctx: Context, combined: CombinedAssessment) -> list[MaterialRequest]:
    query = select(MaterialRequest).where(MaterialRequest.combined_id == combined.id).order_by(MaterialRequest.id)
    return list(ctx.session.scalars(query))


def materials(ctx: Context, combined: CombinedAssessment, part_id: int | None = None) -> list[Material]:
    """What was handed in, for one part where that is asked; a unit sees its own, an organiser that of its parts."""
    own = access.own_units(ctx)
    organised = {each.id for each in parts(ctx, combined) if each.organiser in own}
    asked = [each for each in requests(ctx, combined) if part_id is None or part_id in each.serves]
    served = {each.id for each in asked if organised & set(each.serves)}
    found = _materials(ctx, [each.id for each in asked])
    if access.oversees(ctx):
        return found
    return [each for each in found if each.unit in own or each.request_id in served]


def material(ctx: Context, material_id: int) -> Material:
    """Material the person may see. Raises ``NotFound``."""
    found = ctx.session.get(Material, material_id)
    if found is None:
        raise NotFound
    combined = get(ctx, ctx.session.get_one(MaterialRequest, found.request_id).combined_id)
    if found not in materials(ctx, combined):
        raise NotFound
    return found


def papers(ctx: Context, handed: Sequence[Material]) -> dict[int, list[files.StoredFile]]:
    """Material id -> its files, of material the caller has been shown."""
    subjects = {f"material:{each.id}": each.id for each in handed}
    found: dict[int, list[files.StoredFile]] = {each.id: [] for each in handed}
    query = select(files.StoredFile).where(files.StoredFile.subject.in_(subjects)).order_by(files.StoredFile.id)
    for stored in ctx.session.scalars(query):
        found[subjects[stored.subject or ""]].append(stored)
    return found


def visits(ctx: Context, combined: CombinedAssessment) -> list[Visit]:
    query = select(Visit).where(Visit.combined_id == combined.id).order_by(Visit.visited_on, Visit.id)
    return list(ctx.session.scalars(query))


def burdens(ctx: Context, combined: CombinedAssessment) -> list[Burden]:
    """Visits and requests of each unit, beside what its parts one by one would have made; a unit sees its own line."""
    made, asked, found = visits(ctx, combined), requests(ctx, combined), parts(ctx, combined)
    handed = _materials(ctx, [each.id for each in asked])
    of_part = {each.id: annual_plan.assessed(ctx, each) for each in found}
    seen = units(ctx, combined)
    if not access.oversees(ctx):
        seen = [unit for unit in seen if unit in access.own_units(ctx)]
    return [
        Burden(
            unit,
            visits=sum(each.unit == unit for each in made),
            visits_apart=sum(len(each.serves) for each in made if each.unit == unit),
            handed_in=sum(each.unit == unit for each in handed),
            requests=sum(any(unit in of_part[part] for part in each.serves) for each in asked),
            requests_apart=sum(unit in of_part[part] for each in asked for part in each.serves),
        )
        for unit in seen
    ]


def _concerns(ctx: Context, combined: CombinedAssessment) -> bool:
    if access.oversees(ctx):
        return True
    concerned = set(units(ctx, combined)) | {each.organiser for each in parts(ctx, combined)}
    return bool(access.own_units(ctx) & concerned)


def _materials(ctx: Context, request_ids: Sequence[int]) -> list[Material]:
    return list(ctx.session.scalars(select(Material).where(Material.request_id.in_(request_ids)).order_by(Material.id)))


def _parts_named(ctx: Context, combined: CombinedAssessment, serves: Iterable[int]) -> list[int]:
    chosen = sorted(set(serves))
    if not chosen or not set(chosen) <= {each.id for each in parts(ctx, combined)}:
        raise Invalid("Choose at least one of its parts.")
    return chosen


def _open(ctx: Context, combined_id: int) -> CombinedAssessment:
    found = get(ctx, combined_id)
    if found.closed_at is not None:
        raise CombinedClosed(name=found.name)
    return found


def _chain(combined: CombinedAssessment) -> str:
    return f"combined:{combined.id}"
