"""Succession: a unit has gone and others stand in its place, by a paper.

What the unit left open is not rewritten: it keeps its numbers and the name it was issued to. From the recorded act on the
successor's people hold the posts of the unit that is gone, so its matters, letters, sheets and tasks are theirs to do. Where
a unit is dissolved among several, one is the successor; single matters and indicators go to the others by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people
from engine.assessment import (
    concurrence,
    indicators,
    letters,
    objections,
    passings,
    plans,
    readings,
    rectification,
    rules,
    scans,
    supervision,
    warnings,
)
from engine.assessment.passings import NoSuccessor
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, Message, NotFound, Refused
from engine.workflow import inputs, set_free
from engine.workflow.store import Task, TaskStatus

__all__ = [
    "AlreadySucceeded",
    "Estate",
    "IndicatorBusy",
    "NoSuccessor",
    "NotAnsweredFor",
    "Share",
    "Split",
    "Succession",
    "add_papers",
    "estate",
    "every",
    "given_indicators",
    "of_unit",
    "passed",
    "passed_matters",
    "shares",
    "succeed",
    "taken_over",
    "visible",
]


class AlreadySucceeded(Conflict):
    """{unit} has gone already; {successor} stands in its place."""

    code = "already_succeeded"


class NotAnsweredFor(Invalid):
    """{unit} does not answer for this indicator in a year that still runs."""

    code = "not_answered_for"


class IndicatorBusy(Refused):
    """{indicator} cannot go to {unit} now: {why}"""

    code = "indicator_busy"


#: Letters somebody still has to sign, send or receive.
_ON_THEIR_WAY = (letters.LetterStatus.DRAFT, letters.LetterStatus.SIGNED, letters.LetterStatus.ISSUED)


class Succession(Base):
    """One unit gone, another in its place: by which paper, and what passed over."""

    __tablename__ = "succession"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), unique=True)
    successor: Mapped[str] = mapped_column(String(40), index=True)
    #: The last day of the unit.
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(200))
    #: What passed over: ``matters`` and ``letters`` by number, ``indicators`` by code, ``tasks`` how many; ``given`` to
    #: others than the successor: ``matters``, number -> unit, and ``indicators``, pairs of code and unit.
    passed: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))

    @property
    def given_matters(self) -> dict[str, str]:
        """Number -> the unit, other than the successor, to which the matter went in this act."""
        return dict(self.passed.get("given", {}).get("matters", {}))

    @property
    def given_indicators(self) -> list[tuple[str, str]]:
        """Code and unit of each indicator that went to another than the successor."""
        return [(code, unit) for code, unit in self.passed.get("given", {}).get("indicators", [])]


@dataclass(frozen=True, slots=True)
class Estate:
    """What a unit has open and would leave, or the part of it that goes to one other unit."""

    matters: tuple[rectification.Item, ...]
    letters: tuple[letters.Letter, ...]
    tasks: tuple[Task, ...]
    #: The indicators it answers for in years that still run.
    indicators: tuple[indicators.CycleIndicator, ...]

    @property
    def told(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {
            "matters": [each.number for each in self.matters],
            "letters": [each.label or f"#{each.id}" for each in self.letters],
            "indicators": [each.code for each in self.indicators],
            "tasks": len(self.tasks),
        }


@dataclass(frozen=True, slots=True)
class Split:
    """What does not go to the successor: number of a matter -> unit, id of a year's indicator -> unit."""

    matters: Mapping[str, str] = field(default_factory=dict)
    indicators: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """What one unit would get."""

    unit: people.Unit
    estate: Estate


def estate(ctx: Context, unit: str) -> Estate:
    """What would pass over, for the lead to see before it acts; what the unit has itself taken over is part of it."""
    access.require(ctx, "lead")
    people.unit(ctx, unit)
    own = passings.stood_for(ctx, unit)
    items = select(rectification.Item).where(
        passings.done_by(ctx, own), rectification.Item.status.in_(rectification.OPEN)
    )
    papers = select(letters.Letter).where(letters.Letter.unit.in_(own), letters.Letter.status.in_(_ON_THEIR_WAY))
    tasks = select(Task).where(Task.unit.in_(own), Task.status == TaskStatus.OPEN).order_by(Task.id)
    return Estate(
        tuple(ctx.session.scalars(items.order_by(rectification.Item.number))),
        tuple(ctx.session.scalars(papers.order_by(letters.Letter.id))),
        tuple(ctx.session.scalars(tasks)),
        tuple(_answered_for(ctx, own)),
    )


def shares(ctx: Context, unit: str, successor: str, split: Split | None = None) -> list[Share]:
    """Who would get what, the successor first, for the lead to see before it acts.

    Raises ``AlreadySucceeded``; ``NoSuccessor`` for a unit that is gone itself or of another kind; ``NotOfUnit``,
    ``ItemClosed``, ``NotAnsweredFor`` and ``IndicatorBusy`` for what cannot be given to another by name.
    """
    left, split = estate(ctx, unit), split or Split()
    gone = people.unit(ctx, unit)
    if gone.successor is not None:
        raise AlreadySucceeded(unit=unit, successor=gone.successor)
    heirs = [successor, *sorted({*split.matters.values(), *split.indicators.values()} - {successor})]
    for code in heirs:
        passings.require_fit(ctx, gone, people.unit(ctx, code))
    for number in split.matters:
        passings.open_matter(ctx, unit, number)
    _require_givable(ctx, unit, successor, left, split)
    to_whom = {each.id: _heir_of(ctx, each, left, split, successor) for each in left.tasks}
    return [Share(people.unit(ctx, code), _share(left, split, successor, code, to_whom)) for code in heirs]


def succeed(
    ctx: Context,
    unit: str,
    successor: str,
    ends_on: date,
    reason: str,
    document: str,
    *,
    split: Split | None = None,
    papers: Sequence[int] = (),
) -> Succession:
    """The lead records that a unit has gone and who stands in its place; what is open passes over at once.

    What ``split`` names goes to others than the successor. Raises what ``shares`` raises; then nothing has passed.
    """
    main, *others = shares(ctx, unit, successor, split)
    if not reason.strip() or not document.strip():
        raise Invalid("Give the reason and the paper it rests on.")
    if ends_on > ctx.today:
        raise Invalid("The last day of the unit lies in the future; record it when it has come.")
    made = Succession(
        unit=unit,
        successor=successor,
        ends_on=ends_on,
        reason=reason.strip(),
        document=document.strip(),
        passed={**main.estate.told, "given": _given(others)},
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"unit": unit, "successor": successor, "ends_on": ends_on, "document": made.document, "passed": made.passed}
    audit.record(ctx, "unit.succeed", "units", **facts)
    for each in others:
        _give(ctx, made, each)
    for task in main.estate.tasks:
        set_free(ctx, task, f"{unit} → {successor}")
    scans.attach(ctx, "units", f"succession:{made.id}", papers)
    people.take_over(ctx, people.unit(ctx, unit), successor, ends_on)
    told = {"unit": unit, "successor": people.unit(ctx, successor).name}
    held = [f"{role}@{successor}" for role in ("clerk", "leader")]
    notifications.notify(ctx, "unit.succeeded", groups=held, link=f"/units/{unit}", **told)
    return made


def add_papers(ctx: Context, unit: str, papers: Sequence[int]) -> Succession:
    """The lead attaches what the record rests on, later than the record."""
    access.require(ctx, "lead")
    found = of_unit(ctx, unit)
    if found is None:
        raise NotFound
    scans.require_some(papers)
    scans.attach(ctx, "units", f"succession:{found.id}", papers)
    return found


def of_unit(ctx: Context, unit: str) -> Succession | None:
    """How the unit went; None while there is it."""
    return ctx.session.scalar(select(Succession).where(Succession.unit == unit))


def visible(ctx: Context, succession_id: int) -> Succession:
    """A record the person may see: those who oversee, and the units that got something. Raises ``NotFound``."""
    found = ctx.session.get(Succession, succession_id)
    if found is None or not (access.oversees(ctx) or _concerned(ctx, found) & access.own_units(ctx)):
        raise NotFound
    return found


def passed(ctx: Context, made: Succession) -> dict[str, Any] | None:
    """What passed over; None for a unit that got no more of it than single matters or indicators."""
    whole = access.oversees(ctx) or made.unit in access.own_units(ctx)
    return dict(made.passed) if whole else None


def taken_over(ctx: Context, unit: str) -> Sequence[Succession]:
    """In whose place the unit stands by a record of its own, oldest first."""
    query = select(Succession).where(Succession.successor == unit).order_by(Succession.id)
    return ctx.session.scalars(query).all()


def every(ctx: Context) -> list[Succession]:
    """Every record the person may see, the newest first."""
    found = ctx.session.scalars(select(Succession).order_by(Succession.id.desc()))
    return [each for each in found if access.oversees(ctx) or _concerned(ctx, each) & access.own_units(ctx)]


def given_indicators(ctx: Context, unit: str) -> list[tuple[Succession, list[str]]]:
    """The indicators of others that were given to the unit by name, by code, with the record of each, oldest first."""
    found = ctx.session.scalars(select(Succession).order_by(Succession.id))
    codes = [(each, [code for code, to in each.given_indicators if to == unit]) for each in found]
    return [(each, own) for each, own in codes if own]


def passed_matters(ctx: Context, cycle: plans.Cycle, unit: str) -> list[rectification.Item]:
    """The matters of the year that others left to the unit, as their successor or by name, by number."""
    item = rectification.Item
    numbers = [number for each in taken_over(ctx, unit) for number in each.passed["matters"]]
    theirs = item.number.in_(numbers) | item.given_to.in_(passings.stood_for(ctx, unit))
    query = select(item).where(item.cycle_id == cycle.id, item.unit != unit, theirs)
    return list(ctx.session.scalars(query.order_by(item.number)))


# ---- who gets what


def _share(left: Estate, split: Split, successor: str, code: str, heirs: Mapping[int, str]) -> Estate:
    """The part of one heir: what is named for it; of the successor all that is not named for another."""
    return Estate(
        tuple(each for each in left.matters if split.matters.get(each.number, successor) == code),
        left.letters if code == successor else (),
        tuple(each for each in left.tasks if heirs[each.id] == code),
        tuple(each for each in left.indicators if split.indicators.get(each.id, successor) == code),
    )


def _heir_of(ctx: Context, task: Task, left: Estate, split: Split, successor: str) -> str:
    """A task goes with its matter, or with the indicator that the matter is about."""
    item = _matter_of(ctx, inputs(task))
    if item is None:
        return successor
    if item in left.matters:
        return split.matters.get(item.number, successor)
    return split.indicators.get(item.cycle_indicator_id, successor)


def _matter_of(ctx: Context, given: Mapping[str, Any]) -> rectification.Item | None:
    if slip := given.get("slip"):
        return ctx.session.get_one(rectification.Item, ctx.session.get_one(supervision.Slip, int(slip)).item_id)
    return ctx.session.get_one(rectification.Item, int(given["item"])) if given.get("item") else None


def _given(others: Sequence[Share]) -> dict[str, Any]:
    return {
        "matters": {item.number: each.unit.code for each in others for item in each.estate.matters},
        "indicators": [[used.code, each.unit.code] for each in others for used in each.estate.indicators],
    }


def _give(ctx: Context, made: Succession, share: Share) -> None:
    for item in share.estate.matters:
        passings.give(ctx, item, share.unit.code, made.reason, made.document, made.id)
    for used in share.estate.indicators:
        _answer(ctx, used, share.unit.code, made)


def _answer(ctx: Context, used: indicators.CycleIndicator, heir: str, made: Succession) -> None:
    """The heir answers for the indicator from now on; what waits for the old unit in its open matters is the heir's."""
    left, used.responsible_unit = used.responsible_unit, heir
    open_ones = select(rectification.Item).where(
        rectification.Item.cycle_indicator_id == used.id, rectification.Item.status.in_(rectification.OPEN)
    )
    why = f"{left} → {heir} {made.document}"
    for item in ctx.session.scalars(open_ones.order_by(rectification.Item.id)):
        if item.instance_id is not None:
            passings.move_tasks(ctx, item, [item.instance_id], left, heir, why, "responsible_unit")
    facts = {"indicator": used.code, "left": left, "heir": heir, "document": made.document}
    audit.record(ctx, "indicator.pass_on", plans.chain_of(plans.cycle(ctx, used.cycle_id)), **facts)
    groups = [f"{role}@{heir}" for role in ("clerk", "leader")]
    link = f"/indicators/{used.code}"
    notifications.notify(ctx, "indicator.passed_on", groups=groups, link=link, indicator=f"{used.code} {used.name}")


def _concerned(ctx: Context, made: Succession) -> set[str]:
    """The units it names; of those that were given a matter later, the reader's own."""
    given = {*made.given_matters.values(), *(unit for _, unit in made.given_indicators)}
    later = {unit for each, _ in passings.of_unit(ctx, made.unit) for unit in (each.left, each.heir)}
    return {made.unit, made.successor, *given, *later}


def _answered_for(ctx: Context, units: Sequence[str]) -> list[indicators.CycleIndicator]:
    query = (
        select(indicators.CycleIndicator)
        .join(plans.Cycle, plans.Cycle.id == indicators.CycleIndicator.cycle_id)
        .where(
            indicators.CycleIndicator.responsible_unit.in_(units),
            indicators.CycleIndicator.dropped_at.is_(None),
            plans.Cycle.status.in_((plans.CycleStatus.PLANNED, plans.CycleStatus.RUNNING)),
        )
    )
    return list(
        ctx.session.scalars(query.order_by(indicators.CycleIndicator.cycle_id, indicators.CycleIndicator.position))
    )


# ---- an indicator that may go to another by name


def _require_givable(ctx: Context, unit: str, successor: str, left: Estate, split: Split) -> None:
    answered = {each.id: each for each in left.indicators}
    for key, heir in split.indicators.items():
        if key not in answered:
            raise NotAnsweredFor(unit=unit)
        if heir != successor and (why := _hindrance(ctx, answered[key], heir, left.tasks)) is not None:
            raise IndicatorBusy(indicator=answered[key].code, unit=heir, why=why)


def _hindrance(ctx: Context, used: indicators.CycleIndicator, heir: str, tasks: Sequence[Task]) -> Message | None:
    """Why the indicator would leave something half done if it changed hands today."""
    cycle = plans.cycle(ctx, used.cycle_id)
    if not _is_issued(ctx, cycle):
        return Message("the scoring rules of {year} are not issued yet; change the draft.", {"year": cycle.year})
    if any(each.opened_at is not None and each.published_at is None for each in plans.rounds(ctx, cycle)):
        return Message("figures are being collected; leave it to the successor, or wait until they are published.")
    if _was_late(ctx, cycle, {used.responsible_unit, heir}):
        return Message("a sheet of one of the two units came late in this year; leave it to the successor.")
    if heir in concurrence.partners(ctx, used):
        return Message("that unit co-organises it; take it off the co-organisers first.")
    if _is_disputed(ctx, used) or _is_worked_on(ctx, cycle, used, tasks):
        return Message("its figures are being disputed or revised; wait until that is settled.")
    return None


def _is_issued(ctx: Context, cycle: plans.Cycle) -> bool:
    try:
        rules.require_draft(ctx, cycle)
    except indicators.SystemIssued:
        return True
    return False


def _was_late(ctx: Context, cycle: plans.Cycle, units: set[str]) -> bool:
    """A figure of a late sheet counts by who answered for it then; that is looked up by the unit, for one year."""
    return any(units & set(readings.late_units(ctx, each)) for each in plans.rounds(ctx, cycle))


def _is_disputed(ctx: Context, used: indicators.CycleIndicator) -> bool:
    query = select(objections.Objection.id).join(warnings.Notice, warnings.Notice.id == objections.Objection.notice_id)
    query = query.where(
        warnings.Notice.cycle_indicator_id == used.id, objections.Objection.status == objections.ObjectionStatus.RAISED
    )
    return ctx.session.scalars(query.limit(1)).first() is not None


def _is_worked_on(ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, tasks: Sequence[Task]) -> bool:
    """A task of the unit that goes names the indicator and not a matter, which takes its tasks along."""
    named = [inputs(each) for each in tasks if each.instance.package == cycle.package]
    return any(each.get("indicator") == used.code and "item" not in each for each in named)
