"""Special assessments (专项考核): held in time when their occasion comes, on five aspects, confirmed by others (S3 4.4).

opened -> final. Final only when all five aspects are rated and each body that corroborates has replied, or its reply was
waived by the leading group with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people
from engine.assessment import annual_plan, authority
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class SpecialFinal(Refused):
    """The special assessment {title} is final; nothing more can be changed in it."""

    code = "special_final"


class AspectsMissing(Refused):
    """{count} of the five aspects are not rated yet; rate them first."""

    code = "aspects_missing"


class NotCorroborated(Refused):
    """{count} bodies have neither replied nor been waived; it cannot be final before."""

    code = "not_corroborated"


class RepliedBefore(Conflict):
    """This request was replied to or waived already."""

    code = "replied_before"


class AskedBefore(Conflict):
    """This body was asked already, or its reply was waived."""

    code = "asked_before"


class Trigger(StrEnum):
    #: 重要专项工作
    IMPORTANT_WORK = "important_work"
    #: 急难险重任务
    URGENT_TASK = "urgent_task"
    #: 重大突发事件
    SUDDEN_EVENT = "sudden_event"
    #: 领导班子运行情况专题调研
    TEAM_SURVEY = "team_survey"


class Aspect(StrEnum):
    ATTITUDE = "attitude"
    RESPONSIBILITY = "responsibility"
    LEADERSHIP = "leadership"
    ROLE = "role"
    EFFECT = "effect"


class Rating(StrEnum):
    EXCELLENT = "excellent"
    GOOD = "good"
    QUALIFIED = "qualified"
    UNQUALIFIED = "unqualified"


class FrontLine(StrEnum):
    """四个一线 and the scenes of the front line (J3)."""

    TRAIN = "train"
    RECOMMEND = "recommend"
    ASSESS = "assess"
    USE = "use"
    KEY_PROJECT = "key_project"
    PILOT_ZONE = "pilot_zone"
    POLLUTION_CONTROL = "pollution_control"
    RELIEF = "relief"


class Body(StrEnum):
    """Who corroborates."""

    DISCIPLINE = "discipline"
    AUDIT = "audit"
    PETITIONS = "petitions"


class Corroborated(StrEnum):
    UNASKED = "unasked"
    OUTSTANDING = "outstanding"
    REPLIED = "replied"
    WAIVED = "waived"


SETTLED = frozenset({Corroborated.REPLIED, Corroborated.WAIVED})


class SpecialAssessment(Base):
    __tablename__ = "special_assessment"
    __table_args__ = (Index("ix_special_assessment_year_unit", "year", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    planned_id: Mapped[int] = mapped_column(ForeignKey("planned_assessment.id"))
    year: Mapped[int]
    unit: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(200))
    trigger: Mapped[str] = mapped_column("trigger_kind", String(20))
    occasion: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[Any]]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str | None] = mapped_column(String(60))
    conclusion: Mapped[str | None] = mapped_column(Text)
    final_at: Mapped[datetime | None]
    final_by: Mapped[str | None] = mapped_column(String(60))

    @property
    def state(self) -> str:
        """``open`` or ``final``."""
        return "open" if self.final_at is None else "final"


class AspectRating(Base):
    __tablename__ = "aspect_rating"

    special_id: Mapped[int] = mapped_column(ForeignKey("special_assessment.id"), primary_key=True)
    aspect: Mapped[str] = mapped_column(String(20), primary_key=True)
    rating: Mapped[str] = mapped_column(String(20))
    remark: Mapped[str] = mapped_column(Text)
    rated_at: Mapped[datetime]
    rated_by: Mapped[str | None] = mapped_column(String(60))


class Corroboration(Base):
    """A question to a body, and its reply or why it was done without."""

    __tablename__ = "corroboration"
    __table_args__ = (UniqueConstraint("special_id", "body"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    special_id: Mapped[int] = mapped_column(ForeignKey("special_assessment.id"))
    body: Mapped[str] = mapped_column(String(20))
    #: The unit that is asked; None where the reply was waived before anybody was asked.
    unit: Mapped[str | None] = mapped_column(String(40), index=True)
    question: Mapped[str | None] = mapped_column(Text)
    due_on: Mapped[date | None]
    asked_at: Mapped[datetime | None]
    asked_by: Mapped[str | None] = mapped_column(String(60))
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[str | None] = mapped_column(String(60))
    waived_why: Mapped[str | None] = mapped_column(Text)
    waived_at: Mapped[datetime | None]
    waived_by: Mapped[str | None] = mapped_column(String(60))

    @property
    def standing(self) -> Corroborated:
        if self.replied_at is not None:
            return Corroborated.REPLIED
        return Corroborated.WAIVED if self.waived_at is not None else Corroborated.OUTSTANDING


@dataclass(frozen=True, slots=True)
class Given:
    """The rating of one aspect."""

    rating: Rating
    remark: str = ""


def open_special(
    ctx: Context,
    planned_id: int,
    unit: str,
    trigger: Trigger,
    title: str,
    occasion: str,
    tags: Sequence[FrontLine] = (),
) -> SpecialAssessment:
    """The lead opens a special assessment of a unit on an approved entry of the plan. Raises ``NotInPlan``."""
    access.require(ctx, "lead")
    planned = annual_plan.require_approved(ctx, planned_id, annual_plan.EntryKind.SPECIAL)
    if not title.strip() or not occasion.strip():
        raise Invalid("Give the title and the occasion.")
    if unit not in annual_plan.assessed(ctx, planned):
        raise Invalid("{unit} is not assessed by it.", unit=unit)
    made = SpecialAssessment(
        planned_id=planned.id,
        year=planned.year,
        unit=unit,
        title=title.strip(),
        trigger=trigger,
        occasion=occasion.strip(),
        tags=sorted({str(tag) for tag in tags}),
        opened_at=ctx.now,
        opened_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "special.open", _chain(made), special=made.id, unit=unit, trigger=trigger, planned=planned.id)
    return made


def rate(ctx: Context, special_id: int, given: Mapping[Aspect, Given]) -> None:
    """The lead or the inspection office rates aspects; what was rated before is replaced until it is final."""
    access.require(ctx, "lead", "inspector", "supervisor")
    special = _open(ctx, special_id)
    for aspect, each in given.items():
        row = ctx.session.get(AspectRating, (special.id, aspect)) or AspectRating(special_id=special.id, aspect=aspect)
        row.rating, row.remark, row.rated_at, row.rated_by = each.rating, each.remark.strip(), ctx.now, ctx.actor
        ctx.session.add(row)
    ratings = {aspect: each.rating for aspect, each in given.items()}
    audit.record(ctx, "special.rate", _chain(special), special=special.id, ratings=ratings)


def ask(ctx: Context, special_id: int, body: Body, unit: str, question: str, due_on: date) -> Corroboration:
    """The lead asks a body to confirm what is said of the unit; its clerks are told."""
    access.require(ctx, "lead")
    special = _open(ctx, special_id)
    people.unit(ctx, unit)
    if unit == special.unit or not question.strip() or due_on <= ctx.today:
        raise Invalid("Ask another unit than the assessed one, with a question and a day after today.")
    if body in corroborations(ctx, special):
        raise AskedBefore
    made = Corroboration(special_id=special.id, body=body, unit=unit, question=question.strip(), due_on=due_on)
    made.asked_at, made.asked_by = ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    groups, link = [f"clerk@{unit}", f"leader@{unit}"], f"/special/{special.id}"
    notifications.notify(ctx, "corroboration.asked", groups=groups, link=link, title=special.title, until=str(due_on))
    audit.record(ctx, "special.ask", _chain(special), special=special.id, body=body, unit=unit)
    return made


def reply(ctx: Context, special_id: int, body: Body, text: str) -> None:
    """The body replies. Raises ``RepliedBefore``."""
    found = ctx.session.get(SpecialAssessment, special_id)
    asked = _of_special(ctx, found).get(body) if found else None
    if found is None or asked is None:
        raise NotFound
    access.require(ctx, f"clerk@{asked.unit}", f"leader@{asked.unit}")
    special = _open(ctx, special_id)
    if asked.standing != Corroborated.OUTSTANDING:
        raise RepliedBefore
    if not text.strip():
        raise Invalid("Write the reply.")
    asked.reply, asked.replied_at, asked.replied_by = text.strip(), ctx.now, ctx.actor
    audit.record(ctx, "special.reply", _chain(special), special=special.id, body=body)


def waive(ctx: Context, special_id: int, body: Body, reason: str) -> None:
    """The leading group does without a body's reply, with the reason; not the person who asked for it."""
    special = get(ctx, special_id)
    standing = corroborations(ctx, special).get(body)
    authority.require_leadership(ctx, standing.asked_by if standing else special.opened_by)
    _open(ctx, special_id)
    if standing is not None and standing.standing != Corroborated.OUTSTANDING:
        raise RepliedBefore
    if not reason.strip():
        raise Invalid("Write the reason.")
    waived = standing or Corroboration(special_id=special.id, body=body)
    waived.waived_why, waived.waived_at, waived.waived_by = reason.strip(), ctx.now, ctx.actor
    ctx.session.add(waived)
    audit.record(ctx, "special.waive", _chain(special), special=special.id, body=body, reason=reason)


def finalise(ctx: Context, special_id: int, conclusion: str) -> None:
    """The lead concludes it. Raises ``AspectsMissing`` or ``NotCorroborated`` while something is outstanding."""
    access.require(ctx, "lead")
    special = _open(ctx, special_id)
    if not conclusion.strip():
        raise Invalid("Write the conclusion.")
    if missing := [aspect for aspect in Aspect if aspect not in ratings_of(ctx, special)]:
        raise AspectsMissing(count=len(missing))
    if outstanding := [body for body, standing in standings(ctx, special).items() if standing not in SETTLED]:
        raise NotCorroborated(count=len(outstanding))
    special.conclusion, special.final_at, special.final_by = conclusion.strip(), ctx.now, ctx.actor
    groups, link = [f"clerk@{special.unit}", f"leader@{special.unit}"], f"/special/{special.id}"
    notifications.notify(ctx, "special.final", groups=groups, link=link, title=special.title)
    audit.record(ctx, "special.finalise", _chain(special), special=special.id)


def get(ctx: Context, special_id: int) -> SpecialAssessment:
    """One the person may see: those who oversee, bodies that were asked, and the unit once it is final."""
    found = ctx.session.scalar(_seen(ctx).where(SpecialAssessment.id == special_id))
    if found is None:
        raise NotFound
    return found


def of_year(ctx: Context, year: int, unit: str | None = None) -> list[SpecialAssessment]:
    """Those the person may see, the newest first."""
    query = _seen(ctx).where(SpecialAssessment.year == year).order_by(SpecialAssessment.id.desc())
    return list(ctx.session.scalars(query.where(SpecialAssessment.unit == unit) if unit else query))


def ratings_of(ctx: Context, special: SpecialAssessment) -> dict[Aspect, AspectRating]:
    """Aspect -> its rating, for those who oversee and, once final, for the unit; a body asked reads none."""
    own = special.final_at is not None and special.unit in access.own_units(ctx)
    if not (access.oversees(ctx) or own):
        return {}
    rows = ctx.session.scalars(select(AspectRating).where(AspectRating.special_id == special.id))
    return {Aspect(each.aspect): each for each in rows}


def corroborations(ctx: Context, special: SpecialAssessment) -> dict[Body, Corroboration]:
    """Body -> what it was asked: for those who oversee all, for a body its own, for the assessed unit none."""
    own = access.own_units(ctx)
    found = _of_special(ctx, special)
    return {body: each for body, each in found.items() if access.oversees(ctx) or each.unit in own}


def standings(ctx: Context, special: SpecialAssessment) -> dict[Body, Corroborated]:
    """Body -> how far its corroboration is, in the order the bodies are named."""
    found = corroborations(ctx, special)
    return {body: found[body].standing if body in found else Corroborated.UNASKED for body in Body}


def _of_special(ctx: Context, special: SpecialAssessment) -> dict[Body, Corroboration]:
    rows = ctx.session.scalars(select(Corroboration).where(Corroboration.special_id == special.id))
    return {Body(each.body): each for each in rows}


def _seen(ctx: Context) -> Select[SpecialAssessment]:
    query = select(SpecialAssessment)
    if access.oversees(ctx):
        return query
    own = access.own_units(ctx)
    asked = select(Corroboration.special_id).where(Corroboration.unit.in_(own))
    final = SpecialAssessment.unit.in_(own) & SpecialAssessment.final_at.is_not(None)
    return query.where(or_(final, SpecialAssessment.id.in_(asked)))


def _open(ctx: Context, special_id: int) -> SpecialAssessment:
    found = get(ctx, special_id)
    if found.final_at is not None:
        raise SpecialFinal(title=found.title)
    return found


def _chain(special: SpecialAssessment) -> str:
    return f"special:{special.year}"
