"""Experts are asked about the draft of the indicators; every opinion is answered, every revision kept (S2, B8).

asked -> closed -> revised. A date closes the asking; who said nothing is named. The lead answers each opinion, adopted
or not, always with a reason, and revises the indicators in the same act, as long as the booklet is not issued.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people
from engine.assessment import indicators, plans, rules
from engine.assessment.figures import figure
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NotAsking(Conflict):
    """These experts are no longer asked; their time ended on {until}."""

    code = "not_asking"


class StillAsking(Refused):
    """The experts may answer until {until}; the indicators are revised after that."""

    code = "still_asking"


class AlreadyRevised(Conflict):
    """This consultation on the indicators is finished."""

    code = "already_revised"


class OpinionsUnanswered(Invalid):
    """{count} opinions have no answer; adopt each or not, with a reason."""

    code = "opinions_unanswered"


class ReviewStatus(StrEnum):
    ASKED = "asked"
    CLOSED = "closed"
    REVISED = "revised"


class RequestStatus(StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    NONE = "none"
    #: 逾期未反馈
    SILENT = "silent"


#: What a revision may change beside the weights, ``weight:GROUP``.
NAME, UNIT_OF_MEASURE, MAIN = "name", "unit_of_measure", "main"
WEIGHT = "weight:"
#: An opinion on the system as a whole names no indicator.
WHOLE = "*"


class ExpertReview(Base):
    """One consultation of experts on the year's indicators; a year may have several."""

    __tablename__ = "expert_review"
    __table_args__ = (UniqueConstraint("cycle_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    number: Mapped[int]
    question: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=ReviewStatus.ASKED)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(60))
    until: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    revised_at: Mapped[datetime | None]
    revised_by: Mapped[str | None] = mapped_column(String(60))


class ExpertRequest(Base):
    """An expert who was asked, with what came of it."""

    __tablename__ = "expert_request"
    __table_args__ = (UniqueConstraint("review_id", "expert"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("expert_review.id"))
    expert: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(20), default=RequestStatus.ASKED)
    answered_at: Mapped[datetime | None]


class ExpertOpinion(Base):
    """One opinion; without an indicator it is about the system as a whole."""

    __tablename__ = "expert_opinion"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("expert_review.id"), index=True)
    cycle_indicator_id: Mapped[int | None] = mapped_column(ForeignKey("cycle_indicator.id"))
    expert: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    adopted: Mapped[bool | None]
    reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))


class IndicatorRevision(Base):
    """One change of one property of an indicator, with its reason; the history of the indicator over the years."""

    __tablename__ = "indicator_revision"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("expert_review.id"), index=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    old: Mapped[str] = mapped_column(Text)
    new: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Change:
    """A property of an indicator as it shall be: ``name``, ``unit_of_measure``, ``main`` (1 or 0) or ``weight:A``."""

    indicator: str
    field: str
    value: str
    reason: str


def ask(ctx: Context, cycle: plans.Cycle, experts: Iterable[str], until: date, question: str) -> ExpertReview:
    """The lead asks experts of the pool about the draft until a date. Raises ``SystemIssued`` once the booklet is out."""
    access.require(ctx, "lead")
    rules.require_draft(ctx, cycle)
    chosen, pool = sorted(set(experts)), set(people.holders(ctx, "expert"))
    if not chosen or until <= ctx.today:
        raise Invalid("Choose at least one expert and a date after today.")
    if not question.strip():
        raise Invalid("Write what the experts are asked.")
    if strangers := [each for each in chosen if each not in pool]:
        raise Invalid("{account} is not in the pool of experts.", account=strangers[0])
    made = ExpertReview(
        cycle_id=cycle.id,
        number=len(of_cycle(ctx, cycle)) + 1,
        question=question.strip(),
        status=ReviewStatus.ASKED,
        asked_at=ctx.now,
        asked_by=ctx.actor,
        until=calendars.end_of(until),
    )
    ctx.session.add(made)
    ctx.session.flush()
    ctx.session.add_all(ExpertRequest(review_id=made.id, expert=each, status=RequestStatus.ASKED) for each in chosen)
    notifications.notify(ctx, "experts.asked", accounts=chosen, link="/indicators/experts", until=str(until))
    audit.record(ctx, "experts.ask", plans.chain_of(cycle), review=made.id, experts=chosen, until=str(until))
    return made


def advise(ctx: Context, review: ExpertReview, expert: str, opinions: Sequence[tuple[str, str]]) -> None:
    """An expert's own opinions, each (code of an indicator or ``WHOLE``, text); an empty list is 'no objection'."""
    query = select(ExpertRequest).where(ExpertRequest.review_id == review.id, ExpertRequest.expert == expert)
    asked = ctx.session.scalar(query)
    if asked is None or (ctx.actor is not None and expert not in (ctx.actor, ctx.on_behalf_of)):
        raise access.NotYours(groups=expert)
    if review.status != ReviewStatus.ASKED or asked.status != RequestStatus.ASKED:
        raise NotAsking(until=review.until)
    cycle = plans.cycle(ctx, review.cycle_id)
    if any(not text.strip() for _, text in opinions):
        raise Invalid("Write the opinion.")
    for code, text in opinions:
        about = None if code == WHOLE else indicators.find(ctx, cycle, code).id
        facts = {"review_id": review.id, "expert": expert, "given_at": ctx.now}
        ctx.session.add(ExpertOpinion(cycle_indicator_id=about, text=text.strip(), **facts))
    asked.status, asked.answered_at = RequestStatus.GIVEN if opinions else RequestStatus.NONE, ctx.now
    ctx.session.flush()
    audit.record(ctx, "experts.advise", plans.chain_of(cycle), review=review.id, opinions=len(opinions))


def close(ctx: Context, review: ExpertReview) -> list[str]:
    """End the asking; who has said nothing is recorded as silent and named."""
    if review.status != ReviewStatus.ASKED:
        raise NotAsking(until=review.until)
    silent = [each for each in requests_of(ctx, review) if each.status == RequestStatus.ASKED]
    for each in silent:
        each.status = RequestStatus.SILENT
    review.status, review.closed_at = ReviewStatus.CLOSED, ctx.now
    names = [each.expert for each in silent]
    audit.record(ctx, "experts.close", plans.chain_of(plans.cycle(ctx, review.cycle_id)), review=review.id, late=names)
    return names


def revise(
    ctx: Context, review: ExpertReview, answers: Mapping[int, tuple[bool, str]], changes: Sequence[Change]
) -> list[IndicatorRevision]:
    """The lead answers every opinion (id -> adopted, reason) and revises indicators, all or nothing.

    Raises ``StillAsking``, ``AlreadyRevised``, ``OpinionsUnanswered``, ``SystemIssued``, and ``Invalid`` for weights
    that would not sum to 100 in every group (B2).
    """
    access.require(ctx, "lead")
    if review.status != ReviewStatus.CLOSED:
        raise AlreadyRevised if review.status == ReviewStatus.REVISED else StillAsking(until=review.until)
    _answer(ctx, review, answers)
    made = _apply(ctx, review, changes)
    review.status, review.revised_at, review.revised_by = ReviewStatus.REVISED, ctx.now, ctx.actor
    facts = {"review": review.id, "adopted": sum(adopted for adopted, _ in answers.values()), "changes": len(made)}
    audit.record(ctx, "indicators.revise", plans.chain_of(plans.cycle(ctx, review.cycle_id)), **facts)
    return made


def get(ctx: Context, review_id: int) -> ExpertReview:
    found = ctx.session.get(ExpertReview, review_id)
    if found is None:
        raise NotFound
    return found


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[ExpertReview]:
    """The year's consultations on its indicators, the newest first."""
    query = select(ExpertReview).where(ExpertReview.cycle_id == cycle.id)
    return list(ctx.session.scalars(query.order_by(ExpertReview.number.desc())))


def requests_of(ctx: Context, review: ExpertReview) -> list[ExpertRequest]:
    query = select(ExpertRequest).where(ExpertRequest.review_id == review.id).order_by(ExpertRequest.expert)
    return list(ctx.session.scalars(query))


def sees_names(ctx: Context) -> bool:
    """Who said what is told to those who oversee and to the experts; others read the opinions without the names."""
    return access.oversees(ctx) or access.may(ctx, "expert")


def opinions_of(ctx: Context, review: ExpertReview) -> list[ExpertOpinion]:
    """The opinions by order; before they are answered an expert reads the own ones and others than the lead none."""
    query = select(ExpertOpinion).where(ExpertOpinion.review_id == review.id).order_by(ExpertOpinion.id)
    if review.status != ReviewStatus.REVISED and not access.oversees(ctx):
        query = query.where(ExpertOpinion.expert.in_([ctx.actor or "", ctx.on_behalf_of or ""]))
    return list(ctx.session.scalars(query))


def revisions_of(ctx: Context, review: ExpertReview) -> list[IndicatorRevision]:
    query = select(IndicatorRevision).where(IndicatorRevision.review_id == review.id).order_by(IndicatorRevision.id)
    return list(ctx.session.scalars(query))


def history(ctx: Context, used: indicators.CycleIndicator) -> list[IndicatorRevision]:
    """Every revision of the indicator in any year, the newest first."""
    query = select(IndicatorRevision).where(IndicatorRevision.indicator_id == used.indicator_id)
    return list(ctx.session.scalars(query.order_by(IndicatorRevision.id.desc())))


def fields(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """What of an indicator can be revised: name, unit, main, and the weight of each group."""
    groups = sorted({each.group for used in indicators.of_cycle(ctx, cycle) for each in used.weights})
    return [NAME, UNIT_OF_MEASURE, MAIN, *(f"{WEIGHT}{group}" for group in groups)]


def _answer(ctx: Context, review: ExpertReview, answers: Mapping[int, tuple[bool, str]]) -> None:
    query = select(ExpertOpinion).where(ExpertOpinion.review_id == review.id)
    given = {each.id: each for each in ctx.session.scalars(query)}
    if answers.keys() - given.keys():
        raise NotFound
    missing = [each for each in given if not answers.get(each, (None, ""))[1].strip()]
    if missing:
        raise OpinionsUnanswered(count=len(missing))
    for opinion_id, (adopted, reason) in answers.items():
        each = given[opinion_id]
        each.adopted, each.reason = adopted, reason.strip()
        each.decided_at, each.decided_by = ctx.now, ctx.actor


def _apply(ctx: Context, review: ExpertReview, changes: Sequence[Change]) -> list[IndicatorRevision]:
    cycle = plans.cycle(ctx, review.cycle_id)
    if not changes:
        return []
    rules.require_draft(ctx, cycle)
    known = fields(ctx, cycle)
    made = [_revision(ctx, cycle, review, each, known) for each in changes]
    used = indicators.of_cycle(ctx, cycle)
    for group, total in sorted(indicators.wrong_sums(used).items()):
        raise Invalid("The weights of group {group} would sum to {total}, not to 100.", group=group, total=total)
    if idle := next((each for each in used if not any(weight.weight for weight in each.weights)), None):
        raise Invalid("The indicator {code} would have no weight in any group.", code=idle.code)
    ctx.session.add_all(made)
    ctx.session.flush()
    ctx.memo.pop(("indicators", cycle.id), None)
    return made


def _revision(
    ctx: Context, cycle: plans.Cycle, review: ExpertReview, change: Change, known: Sequence[str]
) -> IndicatorRevision:
    used, value = indicators.find(ctx, cycle, change.indicator), change.value.strip()
    if change.field not in known:
        raise Invalid("{field} of an indicator cannot be revised here.", field=change.field)
    if not value or not change.reason.strip():
        raise Invalid("Write the new value and the reason of every revision.")
    old = _set(used, change.field, value)
    if old == value:
        raise Invalid("{field} of {code} is {value} already.", field=change.field, code=used.code, value=value)
    facts: dict[str, Any] = {"review_id": review.id, "made_at": ctx.now, "made_by": ctx.actor}
    return IndicatorRevision(
        indicator_id=used.indicator_id, field=change.field, old=old, new=value, reason=change.reason.strip(), **facts
    )


def _set(used: indicators.CycleIndicator, field: str, value: str) -> str:
    """Change the property; returns what stood there."""
    if field == NAME:
        old, used.indicator.name = used.indicator.name, value
    elif field == UNIT_OF_MEASURE:
        old, used.indicator.unit_of_measure = used.indicator.unit_of_measure, value
    elif field == MAIN:
        if value not in ("0", "1"):
            raise Invalid("Write 1 for a main indicator and 0 for another.")
        old, used.main = str(int(used.main)), value == "1"
    else:
        old = _set_weight(used, field.removeprefix(WEIGHT), value)
    return old


def _set_weight(used: indicators.CycleIndicator, group: str, text: str) -> str:
    weight = figure(text)
    if weight is None or not 0 <= weight <= 100:
        raise Invalid("A weight lies between 0 and 100.")
    standing = next((each for each in used.weights if each.group == group), None)
    old = standing.weight if standing else Decimal(0)
    if standing is None:
        used.weights.append(indicators.Weight(group=group, weight=weight))
    else:
        standing.weight = weight
    return text if old == weight else format(old.normalize(), "f")
