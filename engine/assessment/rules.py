"""Scoring rules: drafted by the unit that answers for the indicator, discussed, reviewed, decided, issued (S3 3.1.2).

draft -> submitted -> returned -> submitted … -> approved -> issued. An issued version is never changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit
from engine.assessment import admission, concurrence, indicators, plans
from engine.db import Base, Context, Key, insert_if_absent
from engine.errors import Conflict, Invalid, NotFound, Refused


class RulesIssued(Refused):
    """The scoring rules of {indicator} are issued and can no longer be changed."""

    code = "rules_issued"


class RulesApproved(Refused):
    """The scoring rules of {indicator} are approved; they change only when the lead department returns them."""

    code = "rules_approved"


class OpinionClosed(Conflict):
    """{unit} can no longer give an opinion; what is recorded of it is: {status}."""

    code = "opinion_closed"


class OpinionDecided(Conflict):
    """This opinion was answered already."""

    code = "opinion_decided"


class NotAsked(Refused):
    """{unit} was not asked for its opinion."""

    code = "not_asked"


class RuleStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    ISSUED = "issued"


#: States in which the unit itself can change nothing any more.
FINAL: Mapping[str, type[Refused]] = {RuleStatus.APPROVED: RulesApproved, RuleStatus.ISSUED: RulesIssued}


class OpinionStatus(StrEnum):
    ASKED = "asked"
    GIVEN = "given"
    NONE = "none"
    #: 逾期未反馈
    SILENT = "silent"


class ScoringRules(Base):
    """One version of an indicator's rules: what is assessed, the target, the points, how they are given."""

    __tablename__ = "scoring_rules"
    __table_args__ = (UniqueConstraint("cycle_indicator_id", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(20), default=RuleStatus.DRAFT)
    standard: Mapped[str] = mapped_column(Text, default="")
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    review_note: Mapped[str | None] = mapped_column(Text)
    issued_at: Mapped[datetime | None]


class OpinionRequest(Base):
    """A unit asked for its opinion on the drafts, with what came of it."""

    __tablename__ = "opinion_request"
    __table_args__ = (UniqueConstraint("cycle_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default=OpinionStatus.ASKED)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(60))


class Opinion(Base):
    """One opinion on one indicator; adopted or not, always with a reason."""

    __tablename__ = "opinion"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    unit: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime]
    given_by: Mapped[str | None] = mapped_column(String(60))
    adopted: Mapped[bool | None]
    reason: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))


class Decision(Base):
    """What the leading group decided, as its minutes say: entered by the lead's clerk, with the scan (1.4 no. 20)."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    #: ``targets`` or ``grades``.
    about: Mapped[str] = mapped_column(String(20))
    meeting_date: Mapped[date]
    minutes_no: Mapped[str] = mapped_column(String(100))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    approved: Mapped[bool]
    note: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


def rules_of(ctx: Context, indicator: indicators.CycleIndicator) -> ScoringRules:
    """The newest version of the indicator's rules; an empty draft that stands nowhere yet when there is none."""
    query = select(ScoringRules).where(ScoringRules.cycle_indicator_id == indicator.id)
    found = ctx.session.scalars(query.order_by(ScoringRules.version.desc())).first()
    if found is not None:
        return found
    return ScoringRules(cycle_indicator_id=indicator.id, version=1, status=RuleStatus.DRAFT, standard="")


def versions(ctx: Context, cycle: plans.Cycle) -> dict[int, int]:
    """Cycle indicator id -> the newest version of its rules; those without any are absent."""
    query = (
        select(ScoringRules.cycle_indicator_id, func.max(ScoringRules.version).label("newest"))
        .join(indicators.CycleIndicator, indicators.CycleIndicator.id == ScoringRules.cycle_indicator_id)
        .where(indicators.CycleIndicator.cycle_id == cycle.id)
        .group_by(ScoringRules.cycle_indicator_id)
    )
    return {each.cycle_indicator_id: each.newest for each in ctx.session.execute(query)}


def _to_write(ctx: Context, indicator: indicators.CycleIndicator) -> ScoringRules:
    """The same, kept from now on."""
    rules = rules_of(ctx, indicator)
    ctx.session.add(rules)
    return rules


def submit(ctx: Context, cycle: plans.Cycle, unit: str, standards: Mapping[str, str]) -> None:
    """The responsible unit hands in the standards of its indicators: code -> text. All of them, or ``Invalid``.

    Qualitative or not, every indicator needs stated criteria. Raises ``RulesIssued`` or ``RulesApproved`` when it is
    too late.
    """
    access.require(ctx, f"clerk@{unit}")
    own = indicators.of_unit(ctx, cycle, unit)
    if missing := [each.code for each in own if not standards.get(each.code, "").strip()]:
        raise Invalid("The standard of {codes} is missing.", codes=", ".join(missing))
    if strange := sorted(standards.keys() - {each.code for each in own}):
        raise Invalid("{unit} does not answer for {codes}.", unit=unit, codes=", ".join(strange))
    for each in own:
        rules = _to_write(ctx, each)
        if rules.status in FINAL:
            raise FINAL[rules.status](indicator=each.code)
        rules.standard, rules.status = standards[each.code], RuleStatus.SUBMITTED
        rules.submitted_at, rules.submitted_by = ctx.now, ctx.actor
        concurrence.ask(ctx, cycle, each, concurrence.About.RULES, rules.standard)
    audit.record(ctx, "rules.submit", plans.chain_of(cycle), unit=unit, indicators=[each.code for each in own])


def undrafted(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The responsible units that have not handed in the rules of all their indicators."""
    open_states = (RuleStatus.DRAFT, RuleStatus.RETURNED)
    return sorted(
        {each.responsible_unit for each in indicators.in_force(ctx, cycle) if rules_of(ctx, each).status in open_states}
    )


def ask(ctx: Context, cycle: plans.Cycle, units: Iterable[str]) -> None:
    """Ask the units for their opinion on the drafts; who was asked before is not asked again."""
    state = {"cycle_id": cycle.id, "status": OpinionStatus.ASKED, "asked_at": ctx.now}
    asked = [unit for unit in sorted(set(units)) if insert_if_absent(ctx, OpinionRequest, unit=unit, **state)]
    audit.record(ctx, "opinions.ask", plans.chain_of(cycle), units=asked)


def give(ctx: Context, cycle: plans.Cycle, unit: str, opinions: Sequence[tuple[str, str]]) -> None:
    """A unit's opinions as (indicator code, text); none is an answer too. Once, before the asking closes."""
    access.require(ctx, f"clerk@{unit}")
    request = _request(ctx, cycle, unit)
    if request.status != OpinionStatus.ASKED:
        raise OpinionClosed(unit=unit, status=request.status)
    if not all(text.strip() for _, text in opinions):
        raise Invalid("Write the opinion.")
    request.status = OpinionStatus.GIVEN if opinions else OpinionStatus.NONE
    request.answered_at, request.answered_by = ctx.now, ctx.actor
    for code, text in opinions:
        ctx.session.add(
            Opinion(
                cycle_id=cycle.id,
                cycle_indicator_id=indicators.find(ctx, cycle, code).id,
                unit=unit,
                text=text,
                given_at=ctx.now,
                given_by=ctx.actor,
            )
        )
    audit.record(ctx, "opinions.give", plans.chain_of(cycle), unit=unit, count=len(opinions))


def close_opinions(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The five days are over: who said nothing is recorded as silent (逾期未反馈); returns them."""
    query = select(OpinionRequest).where(
        OpinionRequest.cycle_id == cycle.id, OpinionRequest.status == OpinionStatus.ASKED
    )
    silent = list(ctx.session.scalars(query.order_by(OpinionRequest.unit)))
    for request in silent:
        request.status = OpinionStatus.SILENT
    audit.record(ctx, "opinions.close", plans.chain_of(cycle), silent=[each.unit for each in silent])
    return [each.unit for each in silent]


def opinions_for(ctx: Context, cycle: plans.Cycle, responsible_unit: str, *, undecided: bool = False) -> list[Opinion]:
    """The opinions on the unit's indicators, in the order they came."""
    own = [each.id for each in indicators.of_unit(ctx, cycle, responsible_unit)]
    query = select(Opinion).where(Opinion.cycle_indicator_id.in_(own)).order_by(Opinion.id)
    return list(ctx.session.scalars(query.where(Opinion.adopted.is_(None)) if undecided else query))


def decide_opinion(ctx: Context, cycle: plans.Cycle, unit: str, opinion_id: int, *, adopted: bool, reason: str) -> None:
    """The responsible unit adopts an opinion or not, with a reason either way."""
    access.require(ctx, f"clerk@{unit}")
    opinion = ctx.session.get(Opinion, opinion_id)
    if opinion is None or opinion.cycle_id != cycle.id:
        raise NotFound
    if indicators.get(ctx, opinion.cycle_indicator_id).responsible_unit != unit:
        raise access.NotYours(groups=unit)
    if opinion.adopted is not None:
        raise OpinionDecided
    if not reason.strip():
        raise Invalid("Write the reason.")
    opinion.adopted, opinion.reason = adopted, reason
    opinion.decided_at, opinion.decided_by = ctx.now, ctx.actor
    audit.record(ctx, "opinions.decide", plans.chain_of(cycle), opinion=opinion_id, adopted=adopted)


def review(ctx: Context, cycle: plans.Cycle, returned_units: Sequence[str], note: str | None) -> None:
    """The lead accepts all rules handed in, but returns those of ``returned_units``. Raises ``Invalid`` without a note.

    Raises ``ConcurrenceOutstanding`` while a co-organiser may still say what it thinks of them.
    """
    access.require(ctx, "lead")
    if returned_units and not (note or "").strip():
        raise Invalid("Write why the rules are returned.")
    if strange := sorted(set(returned_units) - set(indicators.responsible_units(ctx, cycle))):
        raise Invalid("{units} have no rules to return.", units=", ".join(strange))
    for each in indicators.in_force(ctx, cycle):
        rules = _to_write(ctx, each)
        if rules.status == RuleStatus.ISSUED:
            raise RulesIssued(indicator=each.code)
        if each.responsible_unit in returned_units:
            rules.status, rules.review_note = RuleStatus.RETURNED, note
        elif rules.status == RuleStatus.SUBMITTED:
            concurrence.settle(ctx, cycle, each, concurrence.About.RULES)
            rules.status = RuleStatus.APPROVED
    audit.record(ctx, "rules.review", plans.chain_of(cycle), returned=list(returned_units), note=note)


def record_decision(ctx: Context, cycle: plans.Cycle, about: str, given: Mapping[str, Any]) -> Decision:
    """Enter the leading group's decision: ``meeting_date``, ``minutes_no``, ``scan`` (file ids), ``outcome``, ``note``."""
    access.require(ctx, "lead")
    if given["meeting_date"] > ctx.today:
        raise Invalid("The meeting date {day} lies in the future.", day=given["meeting_date"])
    if not given["minutes_no"].strip() or not given["scan"]:
        raise Invalid("Give the number of the minutes and attach their scan.")
    decision = Decision(
        cycle_id=cycle.id,
        about=about,
        meeting_date=given["meeting_date"],
        minutes_no=given["minutes_no"],
        file_id=given["scan"][0],
        approved=given["outcome"] == "approved",
        note=given.get("note"),
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(decision)
    ctx.session.flush()
    facts = {"about": about, "minutes_no": decision.minutes_no, "approved": decision.approved, "file": decision.file_id}
    audit.record(ctx, "decision.record", plans.chain_of(cycle), **facts)
    return decision


def issue(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """Compile and issue the booklet: all rules become final. Rules never handed in are named and issued as they stand.

    Raises ``admission.NotAdmitted`` for an indicator that carries weight without having been admitted.
    """
    require_draft(ctx, cycle)
    admission.require_all(ctx, cycle)
    missing = undrafted(ctx, cycle)
    for each in indicators.in_force(ctx, cycle):
        rules = _to_write(ctx, each)
        rules.status, rules.issued_at = RuleStatus.ISSUED, ctx.now
    audit.record(ctx, "rules.issue", plans.chain_of(cycle), missing=missing)
    return missing


def reissue(ctx: Context, used: indicators.CycleIndicator, standard: str) -> ScoringRules:
    """An adjustment issues the next version of an indicator's rules; the one before stays as it was issued."""
    before = rules_of(ctx, used)
    made = ScoringRules(
        cycle_indicator_id=used.id,
        version=before.version + 1 if before.status == RuleStatus.ISSUED else 1,
        status=RuleStatus.ISSUED,
        standard=standard,
        issued_at=ctx.now,
    )
    ctx.session.add(made)
    ctx.session.flush()
    return made


def require_draft(ctx: Context, cycle: plans.Cycle) -> None:
    """Refuse with ``SystemIssued`` once the booklet of the year is issued."""
    query = select(ScoringRules.id).join(
        indicators.CycleIndicator, indicators.CycleIndicator.id == ScoringRules.cycle_indicator_id
    )
    issued = query.where(indicators.CycleIndicator.cycle_id == cycle.id, ScoringRules.status == RuleStatus.ISSUED)
    if ctx.session.scalars(issued.limit(1)).first() is not None:
        raise indicators.SystemIssued(year=cycle.year)


def booklet(ctx: Context, cycle: plans.Cycle) -> list[tuple[indicators.CycleIndicator, ScoringRules]]:
    """Every indicator once, in order, with its rules (B6)."""
    return [(each, rules_of(ctx, each)) for each in indicators.in_force(ctx, cycle)]


def _request(ctx: Context, cycle: plans.Cycle, unit: str) -> OpinionRequest:
    query = select(OpinionRequest).where(OpinionRequest.cycle_id == cycle.id, OpinionRequest.unit == unit)
    found = ctx.session.scalar(query)
    if found is None:
        raise NotAsked(unit=unit)
    return found
