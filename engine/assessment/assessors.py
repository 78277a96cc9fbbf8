"""The assessors (考核队伍): who is on the roster, who led which assessment, what each was trained in (S3 4.7)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, people
from engine.assessment import annual_plan
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class OnRoster(Conflict):
    """{account} is on the roster already."""

    code = "on_roster"


class OffRoster(Refused):
    """{account} is not on the roster on that day."""

    code = "off_roster"


class LedByAnother(Conflict):
    """{name} has a leader already."""

    code = "led_by_another"


class AssignedBefore(Conflict):
    """{account} is assigned to {name} already."""

    code = "assigned_before"


class OwnUnit(Refused):
    """{account} holds a post in a unit that {name} assesses; choose somebody else."""

    code = "own_unit"


class AssessorKind(StrEnum):
    FULL_TIME = "full_time"
    PART_TIME = "part_time"


class Part(StrEnum):
    LEADER = "leader"
    MEMBER = "member"


class TrainingKind(StrEnum):
    STUDY_TOUR = "study_tour"
    ROTATION = "rotation"
    #: 跟班学习
    FOLLOW_CLASS = "follow_class"
    COURSE = "course"


class Assessor(Base):
    __tablename__ = "assessor"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    #: The unit that sends them.
    unit: Mapped[str] = mapped_column(String(40))
    speciality: Mapped[str] = mapped_column(String(200))
    from_date: Mapped[date]
    to_date: Mapped[date | None]

    def serves_on(self, day: date) -> bool:
        return self.from_date <= day and (self.to_date is None or day <= self.to_date)


class Duty(Base):
    """A part in an assessment of the plan."""

    __tablename__ = "assessor_duty"
    __table_args__ = (UniqueConstraint("assessor_id", "planned_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    assessor_id: Mapped[int] = mapped_column(ForeignKey("assessor.id"))
    planned_id: Mapped[int] = mapped_column(ForeignKey("planned_assessment.id"), index=True)
    part: Mapped[str] = mapped_column(String(20))
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[str | None] = mapped_column(String(60))


class Training(Base):
    __tablename__ = "training"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    assessor_id: Mapped[int] = mapped_column(ForeignKey("assessor.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(200))
    from_date: Mapped[date]
    to_date: Mapped[date]
    outcome: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


def enrol(ctx: Context, account: str, kind: AssessorKind, unit: str, speciality: str, from_date: date) -> Assessor:
    """The lead puts a person on the roster. Raises ``OnRoster``."""
    access.require(ctx, "lead")
    people.person(ctx, account)
    people.unit(ctx, unit)
    if any(each.account == account and (each.to_date is None or from_date <= each.to_date) for each in roster(ctx)):
        raise OnRoster(account=account)
    facts = {"account": account, "kind": kind, "unit": unit, "speciality": speciality.strip(), "from_date": from_date}
    made = Assessor(**facts)
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "assessor.enrol", CHAIN, **facts)
    return made


def release(ctx: Context, assessor_id: int, to_date: date) -> None:
    """The lead takes a person off the roster after a day; what they led stays."""
    access.require(ctx, "lead")
    found = get(ctx, assessor_id)
    if not found.serves_on(to_date):
        raise OffRoster(account=found.account)
    found.to_date = to_date
    audit.record(ctx, "assessor.release", CHAIN, account=found.account, to=to_date)


def assign(ctx: Context, assessor_id: int, planned_id: int, part: Part) -> Duty:
    """Give an assessor a part in an approved assessment: one leader each, and nobody in one of their own unit."""
    access.require(ctx, "lead")
    assessor, planned = get(ctx, assessor_id), annual_plan.require_approved(ctx, planned_id)
    if not assessor.serves_on(ctx.today):
        raise OffRoster(account=assessor.account)
    own = {assessor.unit, *(held.unit for held in people.positions(ctx, assessor.account))}
    if own & annual_plan.assessed(ctx, planned):
        raise OwnUnit(account=assessor.account, name=planned.name)
    standing = of_assessment(ctx, planned)
    if any(each.assessor_id == assessor.id for each in standing):
        raise AssignedBefore(account=assessor.account, name=planned.name)
    if part == Part.LEADER and any(each.part == Part.LEADER for each in standing):
        raise LedByAnother(name=planned.name)
    made = Duty(assessor_id=assessor.id, planned_id=planned.id, part=part, assigned_at=ctx.now, assigned_by=ctx.actor)
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "assessor.assign", CHAIN, account=assessor.account, planned=planned.id, part=part)
    return made


def train(
    ctx: Context, assessor_id: int, kind: TrainingKind, topic: str, from_date: date, to_date: date, outcome: str = ""
) -> Training:
    """Record what an assessor was trained in."""
    access.require(ctx, "lead")
    assessor = get(ctx, assessor_id)
    if not topic.strip() or to_date < from_date or from_date > ctx.today:
        raise Invalid("Give the topic, and days in order that have begun.")
    made = Training(
        assessor_id=assessor.id,
        kind=kind,
        topic=topic.strip(),
        from_date=from_date,
        to_date=to_date,
        outcome=outcome.strip(),
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "assessor.train", CHAIN, account=assessor.account, kind=kind, topic=made.topic)
    return made


def roster(ctx: Context) -> list[Assessor]:
    """Everybody who is or was on the roster, for those who oversee; a person sees their own entry."""
    query = select(Assessor).order_by(Assessor.from_date, Assessor.id)
    return list(ctx.session.scalars(query if access.oversees(ctx) else query.where(Assessor.account == ctx.actor)))


def get(ctx: Context, assessor_id: int) -> Assessor:
    found = ctx.session.get(Assessor, assessor_id)
    if found is None or not (access.oversees(ctx) or found.account == ctx.actor):
        raise NotFound
    return found


def duties(ctx: Context) -> dict[int, list[tuple[annual_plan.PlannedAssessment, Duty]]]:
    """Assessor id -> the assessments they had a part in, of those on the roster the person may see."""
    seen = [each.id for each in roster(ctx)]
    query = (
        select(annual_plan.PlannedAssessment, Duty)
        .join(Duty, Duty.planned_id == annual_plan.PlannedAssessment.id)
        .where(Duty.assessor_id.in_(seen))
        .order_by(Duty.id)
    )
    found: dict[int, list[tuple[annual_plan.PlannedAssessment, Duty]]] = {key: [] for key in seen}
    for planned, duty in ctx.session.execute(query):
        found[duty.assessor_id].append((planned, duty))
    return found


def trainings(ctx: Context) -> dict[int, list[Training]]:
    """Assessor id -> what they were trained in, of those on the roster the person may see."""
    seen = [each.id for each in roster(ctx)]
    query = select(Training).where(Training.assessor_id.in_(seen)).order_by(Training.from_date, Training.id)
    found: dict[int, list[Training]] = {key: [] for key in seen}
    for each in ctx.session.scalars(query):
        found[each.assessor_id].append(each)
    return found


def of_assessment(ctx: Context, planned: annual_plan.PlannedAssessment) -> list[Duty]:
    """Who assesses it, its leader among them."""
    return list(ctx.session.scalars(select(Duty).where(Duty.planned_id == planned.id).order_by(Duty.id)))


CHAIN = "assessors"
