"""Objectives and key results: what a unit has set itself, who answers for it until when, and how far it has come (S0).

submitted -> returned -> submitted … -> approved. After that owners report, and at each stage the lead checks. A report is
a row that is never changed; the latest one that no check rejected says how far a key result is.

    completion of a key result   (reported - start) / (target - start), from 0 to 1, at the date of the round
    of an objective, of a unit   the weighted sum; weights of each level are exactly 100 together
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine import access, audit, files, notifications, people
from engine.assessment import evidence, hands, indicators, plans, readings, scoring
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, Message, NotFound, Refused


class ObjectivesSettled(Conflict):
    """The objectives of {unit} are {status} already."""

    code = "objectives_settled"


class NotApproved(Refused):
    """The objectives of {unit} are not approved; nothing is reported on them yet."""

    code = "objectives_not_approved"


class CheckedAlready(Conflict):
    """{title} was checked at this stage already."""

    code = "checked_already"


class Status(StrEnum):
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class Verdict(StrEnum):
    ON_TRACK = "on_track"
    BEHIND = "behind"
    #: The evidence does not hold: what was reported since the last check does not count.
    REJECTED = "rejected"


class Objective(Base):
    """One objective of a unit in a year, with the point of the year's work it comes from."""

    __tablename__ = "objective"
    __table_args__ = (UniqueConstraint("cycle_id", "unit", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    #: The point of the annual work plan it carries out.
    basis: Mapped[str] = mapped_column(Text)
    weight: Mapped[Decimal]
    status: Mapped[str] = mapped_column(String(20), default=Status.SUBMITTED)
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)
    key_results: Mapped[list["KeyResult"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="KeyResult.position", back_populates="objective"
    )


class KeyResult(Base):
    """What shows that the objective is reached: a figure that goes from ``start`` to ``target`` until ``due``."""

    __tablename__ = "key_result"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    objective_id: Mapped[int] = mapped_column(ForeignKey("objective.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    unit_of_measure: Mapped[str] = mapped_column(String(40))
    start: Mapped[Decimal]
    target: Mapped[Decimal]
    weight: Mapped[Decimal]
    owner: Mapped[str] = mapped_column(String(60), index=True)
    due: Mapped[date]
    objective: Mapped[Objective] = relationship(back_populates="key_results")


class ProgressReport(Base):
    """What an owner reported, and as of which day."""

    __tablename__ = "progress_report"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key_result_id: Mapped[int] = mapped_column(ForeignKey("key_result.id"), index=True)
    as_of: Mapped[date]
    value: Mapped[Decimal]
    text: Mapped[str] = mapped_column(Text)
    #: Ids of stored files.
    evidence: Mapped[list[Any]]
    reported_at: Mapped[datetime]
    reported_by: Mapped[str | None] = mapped_column(String(60))


class StageCheck(Base):
    """What the lead found of a key result at a stage, a round of the plan."""

    __tablename__ = "stage_check"
    __table_args__ = (UniqueConstraint("round_id", "key_result_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    key_result_id: Mapped[int] = mapped_column(ForeignKey("key_result.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    #: The newest report it has seen; None where there was none.
    report_id: Mapped[int | None] = mapped_column(ForeignKey("progress_report.id"))
    checked_at: Mapped[datetime]
    checked_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Aim:
    """A key result as it is drafted."""

    title: str
    unit_of_measure: str
    start: Decimal
    target: Decimal
    weight: Decimal
    owner: str
    due: date


@dataclass(frozen=True, slots=True)
class Draft:
    """An objective as it is drafted."""

    title: str
    basis: str
    weight: Decimal
    aims: Sequence[Aim]


@dataclass(frozen=True, slots=True)
class Standing:
    """A key result with its report that counts, and how far it is, in hundredths."""

    key_result: KeyResult
    report: ProgressReport | None
    completion: Fraction
    check: StageCheck | None


def submit(ctx: Context, cycle: plans.Cycle, unit: str, drafts: Sequence[Draft]) -> list[Objective]:
    """The unit's clerk or leader hands in its objectives of the year, in place of those that were returned.

    Raises ``ObjectivesSettled`` where they are before the lead or approved, ``Invalid`` naming every fault.
    """
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}")
    if unit not in {each.code for each in plans.assessed_units(ctx, cycle)}:
        raise NotFound
    standing = of_unit(ctx, cycle, unit)
    if any(each.status != Status.RETURNED for each in standing):
        raise ObjectivesSettled(unit=unit, status=standing[0].status)
    if wrong := dict(_faults(ctx, cycle, unit, drafts)):
        raise Invalid("The objectives cannot stand like this; see the fields.", fields=wrong)
    for each in standing:
        ctx.session.delete(each)
    ctx.session.flush()
    made = [_objective(ctx, cycle, unit, number, each) for number, each in enumerate(drafts, 1)]
    ctx.session.add_all(made)
    ctx.session.flush()
    audit.record(ctx, "objectives.submit", plans.chain_of(cycle), unit=unit, objectives=len(made))
    return made


def decide(ctx: Context, cycle: plans.Cycle, unit: str, *, approved: bool, note: str) -> None:
    """The lead approves the unit's objectives or returns them with a reason; never who handed them in."""
    access.require(ctx, "lead")
    standing = of_unit(ctx, cycle, unit)
    if not standing:
        raise NotFound
    if any(each.status != Status.SUBMITTED for each in standing):
        raise ObjectivesSettled(unit=unit, status=standing[0].status)
    hands.require_apart(ctx, *(each.submitted_by for each in standing))
    if not approved and not note.strip():
        raise Invalid("Write why they are returned.")
    for each in standing:
        each.status = Status.APPROVED if approved else Status.RETURNED
        each.decided_at, each.decided_by, each.note = ctx.now, ctx.actor, note.strip() or None
    owners = {aim.owner for each in standing for aim in each.key_results} if approved else set()
    link = plans.path(ctx, cycle, "/objectives")
    notifications.notify(ctx, "objectives.approved", accounts=owners, link=link, unit=unit)
    audit.record(ctx, "objectives.decide", plans.chain_of(cycle), unit=unit, approved=approved, note=note)


def report(
    ctx: Context, key_result: KeyResult, value: Decimal, as_of: date, text: str, file_ids: Sequence[int] = ()
) -> ProgressReport:
    """The owner reports how far the key result is; what was reported before stays."""
    if ctx.actor is not None and key_result.owner not in (ctx.actor, ctx.on_behalf_of):
        raise access.NotYours(groups=key_result.owner)
    objective = key_result.objective
    if objective.status != Status.APPROVED:
        raise NotApproved(unit=objective.unit)
    before = reports_of(ctx, key_result)
    if as_of > ctx.today or (before and as_of < before[-1].as_of):
        raise Invalid("A report is not dated in the future, nor before the last one.")
    if not text.strip():
        raise Invalid("Write what has been done.")
    made = ProgressReport(
        key_result_id=key_result.id,
        as_of=as_of,
        value=value,
        text=text.strip(),
        evidence=list(file_ids),
        reported_at=ctx.now,
        reported_by=ctx.actor,
    )
    _bring(ctx, objective, file_ids)
    ctx.session.add(made)
    ctx.session.flush()
    cycle = plans.cycle(ctx, objective.cycle_id)
    audit.record(ctx, "objectives.report", plans.chain_of(cycle), key_result=key_result.id, value=value, as_of=as_of)
    return made


def check(ctx: Context, round: plans.Round, key_result: KeyResult, verdict: str, note: str) -> StageCheck:
    """The lead checks a key result at the round's stage, once; never its owner. A reason is needed unless on track."""
    access.require(ctx, "lead")
    hands.require_apart(ctx, key_result.owner)
    if key_result.objective.status != Status.APPROVED:
        raise NotApproved(unit=key_result.objective.unit)
    if verdict not in set(Verdict) or (verdict != Verdict.ON_TRACK and not note.strip()):
        raise Invalid("Say on track, behind or rejected, and write why where it is not on track.")
    known = checks_of(ctx, key_result)
    if any(each.round_id == round.id for each in known):
        raise CheckedAlready(title=key_result.title)
    seen = [each for each in reports_of(ctx, key_result) if each.as_of <= round.as_of]
    made = StageCheck(
        round_id=round.id,
        key_result_id=key_result.id,
        verdict=Verdict(verdict),
        note=note.strip(),
        report_id=seen[-1].id if seen else None,
        checked_at=ctx.now,
        checked_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    chain = plans.chain_of(plans.cycle(ctx, round.cycle_id))
    audit.record(ctx, "objectives.check", chain, key_result=key_result.id, round=round.key, verdict=made.verdict)
    return made


def fill(ctx: Context, cycle: plans.Cycle, round: plans.Round, code: str) -> dict[str, Decimal]:
    """Enter each unit's completion as of the round's day on the sheet of the indicator, as drafts; unit -> figure.

    A unit without approved objectives gets none. Raises what ``readings.enter`` raises.
    """
    used = indicators.find(ctx, cycle, code)
    found = {
        unit: scoring.half_up(done, 6)
        for unit, held in by_unit(of_cycle(replace(ctx, actor=None, on_behalf_of=None), cycle)).items()
        if (done := unit_completion(ctx, held, round.as_of)) is not None
    }
    entries = [readings.Entry(unit, code, format(done, "f"), format(done, "f")) for unit, done in found.items()]
    # The program brings the figures, whoever's act the diagram came here by: nobody's hand is in them yet.
    readings.enter(replace(ctx, actor=None, on_behalf_of=None), cycle, round, used.responsible_unit, entries)
    audit.record(ctx, "objectives.fill", plans.chain_of(cycle), round=round.key, indicator=code, figures=len(found))
    return found


def get(ctx: Context, objective_id: int) -> Objective:
    """An objective the person may see: of an own unit, or any for those who oversee. Raises ``NotFound``."""
    found = ctx.session.get(Objective, objective_id)
    if found is None or not (access.oversees(ctx) or found.unit in access.own_units(ctx)):
        raise NotFound
    return found


def of_unit(ctx: Context, cycle: plans.Cycle, unit: str) -> list[Objective]:
    query = select(Objective).where(Objective.cycle_id == cycle.id, Objective.unit == unit)
    return list(ctx.session.scalars(query.order_by(Objective.number)))


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Objective]:
    """What the person may see: all for those who oversee, else the own units'; by unit and number."""
    query = select(Objective).where(Objective.cycle_id == cycle.id).order_by(Objective.unit, Objective.number)
    if not access.oversees(ctx):
        query = query.where(Objective.unit.in_(access.own_units(ctx)))
    return list(ctx.session.scalars(query))


def key_result(ctx: Context, key_result_id: int) -> KeyResult:
    """A key result the person may see. Raises ``NotFound``."""
    found = ctx.session.get(KeyResult, key_result_id)
    if found is None or not (access.oversees(ctx) or found.objective.unit in access.own_units(ctx)):
        raise NotFound
    return found


def owned(ctx: Context, cycle: plans.Cycle, owner: str) -> list[KeyResult]:
    """The approved key results a person answers for, by due date."""
    query = select(KeyResult).join(Objective).where(KeyResult.owner == owner, Objective.status == Status.APPROVED)
    return list(ctx.session.scalars(query.where(Objective.cycle_id == cycle.id).order_by(KeyResult.due, KeyResult.id)))


def owners(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """Everybody who answers for an approved key result of the year."""
    query = select(KeyResult.owner).join(Objective).where(Objective.status == Status.APPROVED).distinct()
    return list(ctx.session.scalars(query.where(Objective.cycle_id == cycle.id).order_by(KeyResult.owner)))


def members(ctx: Context, unit: str) -> list[str]:
    """Who holds a post in the unit today, and may so answer for a key result."""
    query = (
        select(people.Appointment.account)
        .join(people.Unit, people.Unit.id == people.Appointment.unit_id)
        .where(people.Unit.code == unit, *people.in_office(ctx))
    )
    return sorted(set(ctx.session.scalars(query)))


def reports_of(ctx: Context, key_result: KeyResult) -> list[ProgressReport]:
    """Its reports, the oldest first."""
    query = select(ProgressReport).where(ProgressReport.key_result_id == key_result.id)
    return list(ctx.session.scalars(query.order_by(ProgressReport.id)))


def checks_of(ctx: Context, key_result: KeyResult) -> list[StageCheck]:
    """Its checks, the oldest first."""
    query = select(StageCheck).where(StageCheck.key_result_id == key_result.id)
    return list(ctx.session.scalars(query.order_by(StageCheck.id)))


def standing(ctx: Context, key_result: KeyResult, until: date) -> Standing:
    """How far the key result is by a day."""
    return stand(key_result, reports_of(ctx, key_result), checks_of(ctx, key_result), until)


def stand(
    key_result: KeyResult, reports: Sequence[ProgressReport], checks: Sequence[StageCheck], until: date
) -> Standing:
    """The same from its reports and checks, oldest first: the latest report dated until then that no check rejected."""
    counts = [each for each in reports if each.as_of <= until]
    for place, each in enumerate(checks):
        if each.verdict == Verdict.REJECTED and each.report_id is not None:
            since = max((one.report_id or 0 for one in checks[:place]), default=0)
            counts = [one for one in counts if not since < one.id <= each.report_id]
    last = counts[-1] if counts else None
    return Standing(key_result, last, completion(key_result, last), checks[-1] if checks else None)


def completion(key_result: KeyResult, last: ProgressReport | None) -> Fraction:
    """In hundredths, from 0 to 100; nothing reported is 0."""
    if last is None:
        return Fraction(0)
    way = Fraction(key_result.target) - Fraction(key_result.start)
    done = (Fraction(last.value) - Fraction(key_result.start)) / way
    return min(max(done, Fraction(0)), Fraction(1)) * 100


def unit_completion(ctx: Context, objectives: Iterable[Objective], until: date) -> Fraction | None:
    """The weighted completion of a unit's approved objectives by a day; None where it has none."""
    approved = [each for each in objectives if each.status == Status.APPROVED]
    if not approved:
        return None
    return sum((objective_completion(ctx, each, until) * Fraction(each.weight) for each in approved), Fraction(0)) / 100


def objective_completion(ctx: Context, objective: Objective, until: date) -> Fraction:
    parts = [standing(ctx, each, until).completion * Fraction(each.weight) for each in objective.key_results]
    return sum(parts, Fraction(0)) / 100


def person_completion(ctx: Context, held: Sequence[KeyResult], until: date) -> Fraction | None:
    """What a person's key results come to by a day, each by its weight in the unit's whole; None without any."""
    weights = [Fraction(each.weight) * Fraction(each.objective.weight) for each in held]
    if not weights:
        return None
    done = [standing(ctx, each, until).completion * weight for each, weight in zip(held, weights, strict=True)]
    return sum(done, Fraction(0)) / sum(weights)


def by_unit(objectives: Iterable[Objective]) -> Mapping[str, list[Objective]]:
    found: dict[str, list[Objective]] = {}
    for each in objectives:
        found.setdefault(each.unit, []).append(each)
    return found


def _bring(ctx: Context, objective: Objective, file_ids: Sequence[int]) -> None:
    """One file may show several key results of the unit; it belongs to the objective it was brought for first."""
    of = select(Objective.id).where(Objective.cycle_id == objective.cycle_id, Objective.unit == objective.unit)
    own = {f"objective:{each}" for each in ctx.session.scalars(of)}
    fresh = [each for each in file_ids if files.stored(ctx, each).subject not in own]
    evidence.attach(ctx, f"objective:{objective.id}", fresh)


def _objective(ctx: Context, cycle: plans.Cycle, unit: str, number: int, draft: Draft) -> Objective:
    aims = [
        KeyResult(
            position=position,
            title=each.title.strip(),
            unit_of_measure=each.unit_of_measure.strip(),
            start=each.start,
            target=each.target,
            weight=each.weight,
            owner=each.owner,
            due=each.due,
        )
        for position, each in enumerate(draft.aims)
    ]
    return Objective(
        cycle_id=cycle.id,
        unit=unit,
        number=number,
        title=draft.title.strip(),
        basis=draft.basis.strip(),
        weight=draft.weight,
        status=Status.SUBMITTED,
        submitted_at=ctx.now,
        submitted_by=ctx.actor,
        key_results=aims,
    )


def _faults(ctx: Context, cycle: plans.Cycle, unit: str, drafts: Sequence[Draft]) -> Iterable[tuple[str, Message]]:
    if not drafts or sum(each.weight for each in drafts) != 100:
        yield "objectives", Message("The weights of the objectives sum to exactly 100.")
    own = set(members(ctx, unit))
    for number, draft in enumerate(drafts, 1):
        if not draft.title.strip() or not draft.basis.strip() or draft.weight <= 0:
            yield f"objectives/{number}", Message("Every objective has a title, a point of the work plan and a weight.")
        if sum(each.weight for each in draft.aims) != 100 or any(each.weight <= 0 for each in draft.aims):
            yield f"key_results/{number}", Message("The weights of an objective's key results sum to exactly 100.")
        for aim in draft.aims:
            yield from _aim_faults(ctx, cycle, own, number, aim)


def _aim_faults(
    ctx: Context, cycle: plans.Cycle, own: set[str], number: int, aim: Aim
) -> Iterable[tuple[str, Message]]:
    place = f"key_results/{number}/{aim.title}"
    if not aim.title.strip() or not aim.unit_of_measure.strip():
        yield place, Message("Every key result has a title and a unit of measure.")
    if aim.start == aim.target:
        yield place, Message("The target of a key result differs from where it starts.")
    if aim.owner not in own:
        yield place, Message("{account} holds no post in the unit.", {"account": aim.owner})
    if not ctx.today <= aim.due <= date(cycle.year, 12, 31):
        yield place, Message("A key result is due in the year and not in the past.")
