"""Performance consultation (绩效会诊): experts dissect a unit with many problems; every measure becomes a matter (S3 4.1).

proposed -> convened | declined -> diagnosed -> measures_issued. One per unit and cycle.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people, workflow
from engine.assessment import indicators, plans, rectification, warnings
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused


class NotAtThisStep(Refused):
    """The consultation of {unit} is {status}; this cannot be done in it now."""

    code = "not_at_this_step"


class ConsultationStatus(StrEnum):
    PROPOSED = "proposed"
    DECLINED = "declined"
    CONVENED = "convened"
    DIAGNOSED = "diagnosed"
    MEASURES_ISSUED = "measures_issued"


#: The experts have been called.
CONVENED = frozenset({ConsultationStatus.CONVENED, ConsultationStatus.DIAGNOSED, ConsultationStatus.MEASURES_ISSUED})
#: What a finding says (E1).
TEXTS = ("problem", "cause", "measure", "owner")
#: Its grounds may still grow or shrink.
UNDER_WAY = frozenset({ConsultationStatus.PROPOSED, ConsultationStatus.CONVENED, ConsultationStatus.DIAGNOSED})


class Consultation(Base):
    __tablename__ = "consultation"
    __table_args__ = (UniqueConstraint("cycle_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default=ConsultationStatus.PROPOSED)
    #: Ids of the warnings that met the threshold.
    grounds: Mapped[list[Any]]
    reason: Mapped[str | None] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    diagnose_until: Mapped[datetime | None]
    conclude_until: Mapped[datetime | None]
    issued_at: Mapped[datetime | None]


class Diagnosis(Base):
    """What one expert found; ``given_at`` None is an expert who has not (yet) said anything, and is named."""

    __tablename__ = "diagnosis"
    __table_args__ = (UniqueConstraint("consultation_id", "expert"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    expert: Mapped[str] = mapped_column(String(60))
    crux: Mapped[str | None] = mapped_column(Text)
    causes: Mapped[str | None] = mapped_column(Text)
    measures: Mapped[str | None] = mapped_column(Text)
    given_at: Mapped[datetime | None]


class Finding(Base):
    """A problem with its cause, the measure against it and who owns it (E1); the measure becomes a matter (E2)."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    problem: Mapped[str] = mapped_column(Text)
    cause: Mapped[str] = mapped_column(Text)
    measure: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(100))
    due: Mapped[date]
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))


def propose(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    grave: Mapping[str, Sequence[warnings.Notice]],
    table: warnings.Table,
) -> list[Consultation]:
    """Propose a consultation for each unit whose grave warnings the package's table finds too many; one a year.

    Run again after a revision of the round, it proposes what the revision made necessary, and the grounds of a
    consultation that is still under way follow the revision.
    """
    standing = {each.unit: each for each in of_cycle(ctx, cycle)}
    for unit, held in standing.items():
        _follow(held, round, grave.get(unit, []))
    return [
        _propose(ctx, cycle, round, unit, notices)
        for unit, notices in sorted(grave.items())
        if unit not in standing and table({**cycle.parameters, "grave_warnings": len(notices)}) is True
    ]


def convene(
    ctx: Context, cycle: plans.Cycle, consultation: Consultation, experts: Iterable[str], until: date, reason: str
) -> dict[str, datetime]:
    """The lead convenes experts until a date; returns the closing instants of diagnosis and conclusion."""
    access.require(ctx, "lead")
    _require(consultation, ConsultationStatus.PROPOSED)
    chosen = sorted(set(experts))
    if not chosen or until <= ctx.today:
        raise Invalid("Choose at least one expert and a date after today.")
    for expert in chosen:
        if expert not in people.holders(ctx, "expert"):
            raise Invalid("{account} is not in the pool of experts.", account=expert)
        ctx.session.add(Diagnosis(consultation_id=consultation.id, expert=expert))
    consultation.status, consultation.reason = ConsultationStatus.CONVENED, reason
    consultation.decided_at, consultation.decided_by = ctx.now, ctx.actor
    consultation.diagnose_until = calendars.end_of(until)
    consultation.conclude_until = calendars.deadline(ctx, cycle.days("consultation_conclude"), until)
    notifications.notify(ctx, "consultation.convened", accounts=chosen, unit=consultation.unit, until=str(until))
    audit.record(ctx, "consultation.convene", plans.chain_of(cycle), unit=consultation.unit, experts=chosen)
    return {"diagnose_until": consultation.diagnose_until, "conclude_until": consultation.conclude_until}


def decline(ctx: Context, cycle: plans.Cycle, consultation: Consultation, reason: str) -> None:
    """The lead does not convene anybody, with the reason; the unit's year has had its consultation."""
    access.require(ctx, "lead")
    _require(consultation, ConsultationStatus.PROPOSED)
    if not reason.strip():
        raise Invalid("Write the reason.")
    consultation.status, consultation.reason = ConsultationStatus.DECLINED, reason
    consultation.decided_at, consultation.decided_by = ctx.now, ctx.actor
    audit.record(ctx, "consultation.decline", plans.chain_of(cycle), unit=consultation.unit, reason=reason)


def diagnose(ctx: Context, consultation: Consultation, expert: str, given: Mapping[str, str]) -> None:
    """An expert's own diagnosis: ``crux``, ``causes``, ``measures``."""
    query = select(Diagnosis).where(Diagnosis.consultation_id == consultation.id, Diagnosis.expert == expert)
    diagnosis = ctx.session.scalar(query)
    if diagnosis is None or (ctx.actor is not None and expert not in (ctx.actor, ctx.on_behalf_of)):
        raise access.NotYours(groups=expert)
    _require(consultation, ConsultationStatus.CONVENED)
    diagnosis.crux, diagnosis.causes, diagnosis.measures = given["crux"], given["causes"], given["measures"]
    diagnosis.given_at = ctx.now


def conclude(
    ctx: Context, cycle: plans.Cycle, consultation: Consultation, findings: Sequence[Mapping[str, Any]]
) -> None:
    """The lead draws the diagnoses together: each finding has a cause, a measure and an owner; at least one."""
    access.require(ctx, "lead")
    _require(consultation, ConsultationStatus.CONVENED)
    if not findings or any(not str(each[name]).strip() for each in findings for name in TEXTS):
        raise Invalid("Write at least one finding, each with problem, cause, measure and owner.")
    for each in findings:
        used = indicators.find(ctx, cycle, each["indicator"])
        if each["due"] <= ctx.today:
            raise Invalid("The measure on {indicator} must be due after today.", indicator=used.code)
        texts = {name: each[name] for name in TEXTS}
        ctx.session.add(Finding(consultation_id=consultation.id, cycle_indicator_id=used.id, due=each["due"], **texts))
    consultation.status = ConsultationStatus.DIAGNOSED
    facts = {"unit": consultation.unit, "findings": len(findings), "silent": silent_experts(ctx, consultation)}
    audit.record(ctx, "consultation.conclude", plans.chain_of(cycle), **facts)


def issue_measures(ctx: Context, cycle: plans.Cycle, consultation: Consultation) -> None:
    """Every measure opens a matter, or joins the unit's open one on the same indicator (E2)."""
    _require(consultation, ConsultationStatus.DIAGNOSED)
    for each in findings_of(ctx, consultation):
        standing = rectification.find(ctx, cycle, consultation.unit, each.cycle_indicator_id)
        if standing is not None:
            rectification.join_measure(ctx, cycle, standing)
        else:
            used = indicators.get(ctx, each.cycle_indicator_id)
            due = calendars.end_of(calendars.calendar(ctx).roll(each.due))
            standing = rectification.open_for_measure(ctx, cycle, consultation.unit, used, due)
        each.item_id = standing.id
    consultation.status, consultation.issued_at = ConsultationStatus.MEASURES_ISSUED, ctx.now
    audit.record(ctx, "consultation.issue_measures", plans.chain_of(cycle), unit=consultation.unit)


def consultation(ctx: Context, consultation_id: int) -> Consultation:
    """A consultation the person may see: its experts, those who oversee, and its unit once it is convened."""
    found = ctx.session.get(Consultation, consultation_id)
    if found is None:
        raise NotFound
    experts = {each.expert for each in diagnoses_of(ctx, found)}
    # What is only proposed rests on warnings whose letter may not have gone out yet.
    is_units = found.unit in access.own_units(ctx) and found.status in CONVENED
    if not (access.oversees(ctx) or is_units or experts & {ctx.actor, ctx.on_behalf_of}):
        raise NotFound
    return found


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Consultation]:
    query = select(Consultation).where(Consultation.cycle_id == cycle.id).order_by(Consultation.unit)
    return list(ctx.session.scalars(query))


def findings_of(ctx: Context, consultation: Consultation) -> list[Finding]:
    query = select(Finding).where(Finding.consultation_id == consultation.id).order_by(Finding.id)
    return list(ctx.session.scalars(query))


def diagnoses_of(ctx: Context, consultation: Consultation) -> list[Diagnosis]:
    query = select(Diagnosis).where(Diagnosis.consultation_id == consultation.id).order_by(Diagnosis.expert)
    return list(ctx.session.scalars(query))


def silent_experts(ctx: Context, consultation: Consultation) -> list[str]:
    """The experts who have not given a diagnosis."""
    return [each.expert for each in diagnoses_of(ctx, consultation) if each.given_at is None]


def covered(ctx: Context, cycle: plans.Cycle) -> dict[tuple[int, str], Consultation]:
    """(indicator, unit) -> the consultation that covers the pair: by its grounds or by a measure. Declined ones cover none."""
    found: dict[tuple[int, str], Consultation] = {}
    for each in of_cycle(ctx, cycle):
        if each.status == ConsultationStatus.DECLINED:
            continue
        grounds = [warnings.notice(ctx, notice_id).cycle_indicator_id for notice_id in each.grounds]
        measured = [finding.cycle_indicator_id for finding in findings_of(ctx, each)]
        found |= {(indicator_id, each.unit): each for indicator_id in [*grounds, *measured]}
    return found


def _require(consultation: Consultation, status: ConsultationStatus) -> None:
    if consultation.status != status:
        raise NotAtThisStep(unit=consultation.unit, status=consultation.status)


def _follow(standing: Consultation, round: plans.Round, notices: Sequence[warnings.Notice]) -> None:
    if standing.round_id == round.id and standing.status in UNDER_WAY:
        standing.grounds = [each.id for each in notices]


def _propose(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, notices: Sequence[warnings.Notice]
) -> Consultation:
    made = Consultation(
        cycle_id=cycle.id,
        round_id=round.id,
        unit=unit,
        status=ConsultationStatus.PROPOSED,
        grounds=[each.id for each in notices],
        proposed_at=ctx.now,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "consultation.propose", plans.chain_of(cycle), unit=unit, grounds=made.grounds)
    workflow.start(
        ctx,
        "consultation",
        package=cycle.package,
        key=f"{cycle.year}/consultation/{unit}",
        title=people.unit(ctx, unit).name,
        unit=unit,
        variables={
            "cycle": cycle.id,
            "consultation": made.id,
            "unit": unit,
            "convene_until": calendars.deadline(ctx, cycle.days("consultation_convene")),
        },
    )
    return made
