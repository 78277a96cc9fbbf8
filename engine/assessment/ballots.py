"""Evaluation by people: democratic review, mass review, third-party panel, evaluation from all sides (S2, S1 H4, M2).

The voters of a class get one-time links. A link is kept as a digest alone, with nothing but whether it was used; a ballot
is kept under a random key, without time, without link. So nobody can vote twice and no ballot leads to a person. At the
closing all rows are written anew in a drawn order, so that not even their place in the database tells who came when.
"""

import hashlib
import random
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit
from engine.assessment import indicators, plans, readings, scoring
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, Message, NotFound, Refused

#: With fewer valid ballots in a class, figures by class would tell who voted how; then only the score is told.
FEWEST_SHOWN = 3
MOST_LINKS = 5000
MOST_SUBJECTS = 200


class LinkUsed(Conflict):
    """This link was used already; each one counts once."""

    code = "link_used"


class NotVoting(Refused):
    """Ballots are cast from {opens} to {closes}."""

    code = "not_voting"


class StillVoting(Refused):
    """Ballots are still cast until {closes}; before that only counts are known."""

    code = "still_voting"


class AlreadyClosed(Conflict):
    """This evaluation is closed."""

    code = "evaluation_closed"


class InvalidBallot(Invalid):
    """This ballot would be invalid: {why}"""

    code = "invalid_ballot"


class Kind(StrEnum):
    DEMOCRATIC = "democratic_review"  # 民主测评
    MASS = "mass_review"  # 群众评议
    PANEL = "third_party"  # 第三方评估
    ALL_ROUND = "all_round"  # 360 度评价


class Means(StrEnum):
    """What a panel judges from (S1)."""

    DOCUMENTS = "documents"
    SITE_VISIT = "site_visit"
    QUESTIONNAIRE = "questionnaire"


class Evaluation(Base):
    """One vote: on whom, in which grades, by which classes of voters, until when."""

    __tablename__ = "evaluation"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    #: What time it is about: ``2026``, ``2026-Q1``.
    period: Mapped[str] = mapped_column(String(20))
    #: Whose score it is, where it is one: its responsible unit takes the result over.
    cycle_indicator_id: Mapped[int | None] = mapped_column(ForeignKey("cycle_indicator.id"))
    #: Each {"code", "name", "kind": "unit" or "person"}.
    subjects: Mapped[list[Any]]
    #: Each {"grade", "value"}, the best first.
    options: Mapped[list[Any]]
    #: Each {"code", "name", "weight"}; the weights sum to exactly 1.
    classes: Mapped[list[Any]]
    means: Mapped[list[Any]]
    #: At most so many subjects may get the best grade on one ballot.
    most_best: Mapped[int | None]
    #: Whether a ballot that gives everybody the same grade is invalid.
    flat_invalid: Mapped[bool]
    #: The share of each class of whom a valid ballot is needed.
    fewest: Mapped[Decimal | None]
    #: Closed, and too few of a class had voted validly: it has no scores.
    void: Mapped[bool] = mapped_column(default=False)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    made_by: Mapped[str | None] = mapped_column(String(60))

    @property
    def values(self) -> dict[str, str]:
        return {each["grade"]: each["value"] for each in self.options}


class VotingLink(Base):
    """A one-time link; who holds it is known to nobody."""

    __tablename__ = "voting_link"
    # Without row ids: their order would tell in which order links were given out and ballots came.
    __table_args__ = (Index("ix_voting_link_evaluation", "evaluation_id", "voters"), {"sqlite_with_rowid": False})

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"))
    voters: Mapped[str] = mapped_column(String(40))
    used: Mapped[bool]


class Ballot(Base):
    """One ballot: its class and its marks."""

    __tablename__ = "ballot"
    __table_args__ = (Index("ix_ballot_evaluation", "evaluation_id", "voters"), {"sqlite_with_rowid": False})

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluation.id"))
    voters: Mapped[str] = mapped_column(String(40))
    #: Subject -> grade; a subject that was left out is not there.
    marks: Mapped[dict[str, Any]]
    valid: Mapped[bool]
    #: Which rule it breaks.
    fault: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Plan:
    """An evaluation as the lead draws it up."""

    title: str
    kind: str
    period: str
    subjects: Sequence[Mapping[str, str]]
    options: Sequence[tuple[str, Decimal]]
    #: (code, name, weight)
    classes: Sequence[tuple[str, str, Decimal]]
    opens_at: datetime
    closes_at: datetime
    indicator: str | None = None
    means: Sequence[str] = ()
    most_best: int | None = None
    flat_invalid: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many links of a class are out, used, and gave valid ballots; the last once voting is over."""

    code: str
    name: str
    weight: Decimal
    issued: int
    cast: int
    valid: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One subject's result: the weighted score, and each class's counts where enough voted."""

    subject: str
    name: str
    score: Decimal | None
    rank: int | None
    #: Class -> grade -> ballots; None where a class is too small for its voters to stay unknown.
    votes: Mapping[str, Mapping[str, int]] | None


def make(ctx: Context, cycle: plans.Cycle, plan: Plan) -> Evaluation:
    """The lead draws up an evaluation. Every fault of the plan is named at once."""
    access.require(ctx, "lead")
    wrong = dict(_faults(ctx, cycle, plan))
    if wrong:
        raise Invalid("The evaluation cannot be held like this; see the fields.", fields=wrong)
    used = indicators.find(ctx, cycle, plan.indicator) if plan.indicator else None
    made = Evaluation(
        cycle_id=cycle.id,
        title=plan.title.strip(),
        kind=Kind(plan.kind),
        period=plan.period.strip(),
        cycle_indicator_id=used.id if used else None,
        subjects=[dict(each) for each in plan.subjects],
        options=[{"grade": grade, "value": format(value, "f")} for grade, value in plan.options],
        classes=[{"code": code, "name": name, "weight": format(weight, "f")} for code, name, weight in plan.classes],
        means=[Means(each).value for each in plan.means],
        most_best=plan.most_best,
        flat_invalid=plan.flat_invalid,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        made_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"evaluation": made.id, "title": made.title, "classes": made.classes, "closes_at": made.closes_at}
    audit.record(ctx, "evaluation.make", plans.chain_of(cycle), **facts)
    return made


def issue(ctx: Context, cycle: plans.Cycle, evaluation_id: int, voters: str, count: int) -> list[str]:
    """New one-time links of a class: their secrets, told this once and kept nowhere."""
    access.require(ctx, "lead")
    held = get(ctx, cycle, evaluation_id)
    if held.closed_at is not None or ctx.now >= held.closes_at:
        raise AlreadyClosed
    if voters not in {each["code"] for each in held.classes}:
        raise NotFound
    if not 1 <= count <= MOST_LINKS:
        raise Invalid("From 1 to {most} links can be made at a time.", most=MOST_LINKS)
    made = new_links(ctx, held, voters, count)
    audit.record(ctx, "evaluation.issue", plans.chain_of(cycle), evaluation=held.id, voters=voters, count=count)
    return made


def new_links(ctx: Context, held: Evaluation, voters: str, count: int) -> list[str]:
    """Secrets of further links, of which the digests alone are kept."""
    made = [secrets.token_urlsafe(24) for _ in range(count)]
    rows = [{"digest": digest_of(each), "evaluation_id": held.id, "voters": voters, "used": False} for each in made]
    ctx.session.execute(insert(VotingLink), rows)
    return made


def by_link(ctx: Context, token: str) -> Evaluation:
    """The evaluation a link is for, while it can be used. Raises ``NotFound``, ``LinkUsed``, ``NotVoting``."""
    link = ctx.session.get(VotingLink, digest_of(token))
    if link is None:
        raise NotFound
    if link.used:
        raise LinkUsed
    held = ctx.session.get_one(Evaluation, link.evaluation_id)
    require_voting(ctx, held)
    return held


def require_voting(ctx: Context, held: Evaluation) -> None:
    """Refuse with ``NotVoting`` outside its time."""
    if held.closed_at is not None or not held.opens_at <= ctx.now < held.closes_at:
        raise NotVoting(opens=held.opens_at, closes=held.closes_at)


def cast(ctx: Context, token: str, marks: Mapping[str, str], *, as_it_is: bool = False) -> bool:
    """Cast the ballot of a link; whether it is valid. Who casts is not asked, and nothing of it is kept.

    A ballot against the rules is given back first (``InvalidBallot``); cast ``as_it_is`` it counts as invalid.
    """
    held = by_link(ctx, token)
    kept = {subject: grade for subject, grade in marks.items() if grade}
    if strange := sorted(kept.keys() - {each["code"] for each in held.subjects}):
        raise Invalid("The ballot has nobody called {subject}.", subject=strange[0])
    fault = fault_of(held, kept)
    if fault is not None and not as_it_is:
        raise InvalidBallot(why=fault)
    digest = digest_of(token)
    taken = update(VotingLink).where(VotingLink.digest == digest, VotingLink.used.is_(False)).values(used=True)
    if ctx.session.execute(taken.returning(VotingLink.digest)).first() is None:
        raise LinkUsed
    voters = ctx.session.scalar(select(VotingLink.voters).where(VotingLink.digest == digest))
    assert voters is not None
    ballot = Ballot(key=secrets.token_hex(16), evaluation_id=held.id, voters=voters, marks=kept)
    ballot.valid, ballot.fault = fault is None, None if fault is None else fault.template
    ctx.session.add(ballot)
    ctx.session.flush()
    return fault is None


def close(ctx: Context, cycle: plans.Cycle, evaluation_id: int) -> Evaluation:
    """The lead closes once the date has come or every link was used; the marks can be read from then on."""
    access.require(ctx, "lead")
    held = get(ctx, cycle, evaluation_id)
    if held.closed_at is not None:
        raise AlreadyClosed
    counted = counts(ctx, held)
    is_complete = any(each.issued for each in counted) and all(each.issued == each.cast for each in counted)
    if ctx.now < held.closes_at and not is_complete:
        raise StillVoting(closes=held.closes_at)
    held.closed_at = ctx.now
    _rewrite(ctx, held)
    facts = {each.code: [each.issued, each.cast] for each in counted}
    audit.record(ctx, "evaluation.close", plans.chain_of(cycle), evaluation=held.id, counts=facts)
    return held


def get(ctx: Context, cycle: plans.Cycle, evaluation_id: int) -> Evaluation:
    """An evaluation of the year the person may see. Raises ``NotFound``."""
    found = next((each for each in of_cycle(ctx, cycle) if each.id == evaluation_id), None)
    if found is None:
        raise NotFound
    return found


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Evaluation]:
    """All for those who oversee; who answers for an indicator sees those that score it. Newest first."""
    query = select(Evaluation).where(Evaluation.cycle_id == cycle.id).order_by(Evaluation.id.desc())
    found = list(ctx.session.scalars(query))
    if access.oversees(ctx):
        return found
    own = access.own_units(ctx)
    answering = {each.id for each in indicators.of_cycle(ctx, cycle) if each.responsible_unit in own}
    return [each for each in found if each.cycle_indicator_id in answering]


def counts(ctx: Context, held: Evaluation) -> list[Count]:
    """Links issued and used of every class; valid ballots are told once voting is over. Never who."""
    links = select(VotingLink.voters, VotingLink.used, func.count()).where(VotingLink.evaluation_id == held.id)
    known = {(voters, used): n for voters, used, n in ctx.session.execute(links.group_by(*links.selected_columns[:2]))}
    good = _valid_counts(ctx, held) if held.closed_at is not None else None
    return [
        Count(
            code=each["code"],
            name=each["name"],
            weight=Decimal(each["weight"]),
            issued=known.get((each["code"], True), 0) + known.get((each["code"], False), 0),
            cast=known.get((each["code"], True), 0),
            valid=None if good is None else good.get(each["code"], 0),
        )
        for each in held.classes
    ]


def faults(ctx: Context, held: Evaluation) -> dict[str, int]:
    """Rule -> how many ballots broke it, once voting is over."""
    _require_closed(held)
    query = select(Ballot.fault, func.count()).where(Ballot.evaluation_id == held.id, Ballot.valid.is_(False))
    return {fault or "": n for fault, n in ctx.session.execute(query.group_by(Ballot.fault))}


def outcomes(ctx: Context, held: Evaluation) -> list[Outcome]:
    """Every subject's weighted score and place, once voting is over (H4). Raises ``StillVoting``."""
    _require_closed(held)
    votes = _votes(ctx, held)
    scored = {each.unit: each for each in scoring.score(_case(held, votes))}
    # One small class alone could be worked out from the score and the others.
    is_small = any(n < FEWEST_SHOWN for n in _valid_counts(ctx, held).values())
    return [
        Outcome(
            subject=each["code"],
            name=each["name"],
            score=None if held.void else scored[each["code"]].score,
            rank=None if held.void else scored[each["code"]].rank,
            votes=None if is_small else votes[each["code"]],
        )
        for each in held.subjects
    ]


def take_over(ctx: Context, cycle: plans.Cycle, evaluation_id: int, round: plans.Round) -> int:
    """The clerk of the unit that answers for the indicator enters the result in its sheet; how many figures.

    Its leader signs them like any others. Raises what ``readings.enter`` raises.
    """
    held = get(ctx, cycle, evaluation_id)
    if held.cycle_indicator_id is None:
        raise Invalid("This evaluation scores no indicator.")
    used = indicators.get(ctx, held.cycle_indicator_id)
    entries = figures(ctx, held, used)
    readings.enter(ctx, cycle, round, used.responsible_unit, entries)
    audit.record(ctx, "evaluation.take_over", plans.chain_of(cycle), evaluation=held.id, indicator=used.code)
    return len(entries)


def figures(ctx: Context, held: Evaluation, used: indicators.CycleIndicator) -> list[readings.Entry]:
    """The scores of a closed vote as cells of a sheet, with the ballots where the indicator's method counts them."""
    votes, entries = _votes_closed(ctx, held), []
    for each in outcomes(ctx, held):
        if each.score is not None:
            figure, detail = format(each.score, "f"), _detail(used.method, votes[each.subject])
            entries.append(readings.Entry(each.subject, used.code, figure, figure, detail=detail))
    return entries


def _faults(ctx: Context, cycle: plans.Cycle, plan: Plan) -> Iterable[tuple[str, Message]]:
    codes = [each["code"] for each in plan.subjects]
    known = {unit.code for unit in plans.assessed_units(ctx, cycle)}
    units = {each["code"] for each in plan.subjects if each.get("kind") == "unit"}
    if not plan.title.strip():
        yield "title", Message("Give it a title.")
    if plan.kind not in set(Kind):
        yield "kind", Message("Choose one of the kinds.")
    if not plan.period.strip():
        yield "period", Message("Write the year or quarter it is about.")
    if not codes or len(set(codes)) != len(codes) or len(codes) > MOST_SUBJECTS or not units <= known:
        yield "subjects", Message("Name the units or persons that are evaluated, each once.")
    if plan.indicator and units != set(codes):
        yield "subjects", Message("An indicator scores units; a person has no place in it.")
    grades = [grade for grade, _ in plan.options]
    values = [value for _, value in plan.options]
    if len(grades) < 2 or len(set(grades)) != len(grades) or values != sorted(values, reverse=True):
        yield "options", Message("Give two grades or more, each once, the best first, with falling values.")
    names = [code for code, *_ in plan.classes]
    if len(set(names)) != len(names) or sum(weight for *_, weight in plan.classes) != 1:
        yield "classes", Message("Give classes of voters, each once; their weights sum to exactly 1.")
    if any(weight <= 0 for *_, weight in plan.classes):
        yield "classes", Message("Every class of voters has a weight above 0.")
    if plan.closes_at <= max(plan.opens_at, ctx.now):
        yield "closes_at", Message("Voting ends after it begins, and not in the past.")
    if plan.kind == Kind.PANEL and not plan.means:
        yield "means", Message("Say what the panel judges from.")
    if plan.most_best is not None and plan.most_best < 1:
        yield "most_best", Message("At least one best grade must be allowed.")


def fault_of(held: Evaluation, marks: Mapping[str, str]) -> Message | None:
    """Which rule a ballot breaks; None for a valid one."""
    best = held.options[0]["grade"]
    if not set(marks.values()) <= held.values.keys():
        return Message("It holds a grade the form does not have.")
    if len(marks) < len(held.subjects):
        return Message("Somebody is left without a mark.")
    if held.most_best is not None and sum(grade == best for grade in marks.values()) > held.most_best:
        return Message("It gives the best grade more often than is allowed.")
    if held.flat_invalid and len(held.subjects) > 1 and len(set(marks.values())) == 1:
        return Message("It gives everybody the same grade.")
    return None


def _require_closed(held: Evaluation) -> None:
    if held.closed_at is None:
        raise StillVoting(closes=held.closes_at)


def _valid_counts(ctx: Context, held: Evaluation) -> dict[str, int]:
    query = select(Ballot.voters, func.count()).where(Ballot.evaluation_id == held.id, Ballot.valid)
    return dict(ctx.session.execute(query.group_by(Ballot.voters)).all())


def _votes(ctx: Context, held: Evaluation) -> dict[str, dict[str, dict[str, int]]]:
    """Subject -> class -> grade -> valid ballots."""
    none = {each["code"]: dict.fromkeys(held.values, 0) for each in held.classes}
    found = {each["code"]: {code: dict(grades) for code, grades in none.items()} for each in held.subjects}
    for ballot in ctx.session.scalars(select(Ballot).where(Ballot.evaluation_id == held.id, Ballot.valid)):
        for subject, grade in ballot.marks.items():
            found[subject][ballot.voters][grade] += 1
    return found


def _votes_closed(ctx: Context, held: Evaluation) -> dict[str, dict[str, dict[str, int]]]:
    _require_closed(held)
    return _votes(ctx, held)


def _case(held: Evaluation, votes: Mapping[str, Mapping[str, Mapping[str, int]]]) -> dict[str, Any]:
    """The vote as a scoring case; a class of which nobody voted validly leaves a subject without a score."""
    rows = [{"unit": subject, "class_votes": _texts(classes)} for subject, classes in votes.items()]
    params = {"weights": {each["code"]: each["weight"] for each in held.classes}, "values": held.values}
    return {"method": "voter_class_mix", "params": params, "rows": rows}


def _texts(classes: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, str]]:
    return {code: {grade: str(n) for grade, n in grades.items()} for code, grades in classes.items()}


def _detail(method: str, classes: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """What the indicator's method needs beside the figure: the ballots by class, or all together."""
    if method == "voter_class_mix":
        return {"class_votes": _texts(classes)}
    if method in ("vote_grades", "vote_rate_tiers"):
        together: dict[str, int] = {}
        for grades in classes.values():
            for grade, n in grades.items():
                together[grade] = together.get(grade, 0) + n
        return {"votes": {grade: str(n) for grade, n in together.items()}}
    return {}


def _rewrite(ctx: Context, held: Evaluation) -> None:
    """Write ballots and links anew in a drawn order, all in this one transaction."""
    for table in (Ballot, VotingLink):
        names = [column.key for column in table.__mapper__.column_attrs]
        query = select(table).where(table.evaluation_id == held.id)
        rows = [{name: getattr(each, name) for name in names} for each in ctx.session.scalars(query)]
        random.SystemRandom().shuffle(rows)
        ctx.session.execute(delete(table).where(table.evaluation_id == held.id))
        if rows:
            ctx.session.execute(insert(table), rows)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
