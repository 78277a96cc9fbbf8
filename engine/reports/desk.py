"""Why a piece of work is on somebody's desk: the facts behind it, from the matter it belongs to.

Labels are message ids; values are plain and are put into words where they are shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine import access, workflow
from engine.assessment import (
    ballots,
    consultation,
    feedback,
    follow_up,
    indicators,
    letters,
    objections,
    passings,
    plans,
    readings,
    rectification,
    snapshots,
    spot_checks,
    supervision,
    warnings,
)
from engine.assessment.points import scheme
from engine.db import Context
from engine.workflow.store import Task


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: Any
    #: How the value is shown: ``text``, ``number``, ``points``, ``percent``, ``day``, ``unit``, ``word:<kind>`` …
    kind: str = "text"
    link: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that a decision is made beside."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Fact, ...], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Where the work itself is done or read."""

    label: str
    url: str


@dataclass(slots=True)
class Desk:
    facts: list[Fact] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    #: Instances whose story is this matter's story.
    instances: list[int] = field(default_factory=list)


def _unit(ctx: Context, code: str) -> Fact:
    """The unit, with a way to its page for those who may see it."""
    return Fact("Unit", code, "unit", f"/units/{code}" if _may_see(ctx, code) else "")


def _may_see(ctx: Context, unit: str) -> bool:
    return access.oversees(ctx) or unit in access.own_units(ctx)


def desk(ctx: Context, task: Task) -> Desk:
    """What the person has to know to do this task."""
    given = workflow.inputs(task)
    made = Desk(instances=[task.instance_id])
    if task.operation in JUDGING:
        JUDGING[task.operation](ctx, made, given)
        return made
    for name, tell in TELLERS.items():
        if name in given:
            tell(ctx, made, given)
            return made
    return made


def subjects(ctx: Context, tasks: Iterable[Task]) -> dict[int, str]:
    """Task -> what it is about, where many of one matter would read alike in a list: the title of a vote."""
    asked = {task.id: int(workflow.inputs(task)["evaluation"]) for task in tasks if task.operation == "ballots.vote"}
    known = select(ballots.Evaluation).where(ballots.Evaluation.id.in_(asked.values()))
    titles = {held.id: held.title for held in ctx.session.scalars(known)} if asked else {}
    return {task: titles[held] for task, held in asked.items() if held in titles}


def _item(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    item = rectification.item(ctx, int(given["item"]))
    used = indicators.get(ctx, item.cycle_indicator_id)
    made.facts += [
        Fact("Matter", item.number, link=f"/items/{item.id}"),
        _unit(ctx, item.unit),
        *([Fact("Given to", item.given_to, "unit")] if item.given_to else []),
        Fact("Indicator", f"{used.code} {used.name}"),
        Fact("State", item.status, "word:item"),
        Fact("Work due", item.work_due, "day"),
    ]
    if item.work_due != item.original_due:
        made.facts.append(Fact("Originally due", item.original_due, "day"))
    for notice in rectification.notices_of(ctx, item):
        _notice_facts(ctx, made, notice)
    _latest_reading(ctx, made, item, used)
    _plan(ctx, made, item)
    if item.instance_id is not None:
        made.instances = [item.instance_id]


def _notice_facts(ctx: Context, made: Desk, notice: warnings.Notice) -> None:
    row = ctx.session.get(snapshots.SnapshotRow, (notice.snapshot_id, notice.cycle_indicator_id, notice.unit))
    made.facts.append(Fact("Warned in", ctx.session.get_one(plans.Round, notice.round_id).key, "word:round"))
    letter = ctx.session.get(letters.Letter, notice.letter_id) if notice.letter_id else None
    if letter is not None and letter.number:
        readable = _may_see(ctx, letter.unit) or notice.id in passings.letter_rows(ctx, letter.id)
        link = f"/letters/{letter.id}" if readable else ""
        made.facts.append(Fact("Letter", letter.label, link=link))
    made.facts.append(Fact("Reasons", notice.reasons, "reasons"))
    made.facts.append(Fact("Level", notice.level, "level"))
    if row is not None:
        made.facts += [
            Fact("Target", row.target, "number"),
            Fact("Value", row.actual, "number"),
            Fact("Lead over the schedule", row.lead_points, "points"),
            Fact("Rank in the group", row.rank),
        ]


def _latest_reading(ctx: Context, made: Desk, item: rectification.Item, used: indicators.CycleIndicator) -> None:
    known = [each for each in readings.history(ctx, used.indicator_id, item.unit) if each.status == "verified"]
    if known:
        made.facts.append(Fact("Latest reading", known[-1].verified, "number"))
        made.facts.append(Fact("As of", known[-1].as_of, "date"))


def _plan(ctx: Context, made: Desk, item: rectification.Item) -> None:
    plan = rectification.earlier_plan(ctx, item)
    if not plan:
        return
    ends = date.fromisoformat(plan["finish_on"])
    made.facts += [
        Fact("Goal", plan["goal"]),
        Fact("Measures", plan["measures"]),
        Fact("To be finished by", ends, "date"),
    ]
    if "criterion_value" in plan:
        made.facts.append(Fact("Closes at", Decimal(plan["criterion_value"]), "number"))


def _letter(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    letter = letters.letter(ctx, int(given["letter"]))
    made.facts += [
        _unit(ctx, letter.unit),
        Fact("Letter", letter.label or "—", link=f"/letters/{letter.id}"),
        Fact("State", letter.status, "word:letter"),
    ]
    made.links.append(Link("Open the letter", f"/letters/{letter.id}"))
    made.tables.append(_notices(ctx, warnings.of_letter(ctx, letter.id)))


def _notices(ctx: Context, notices: list[warnings.Notice]) -> Table:
    rows = []
    for notice in notices:
        row = ctx.session.get_one(snapshots.SnapshotRow, (notice.snapshot_id, notice.cycle_indicator_id, notice.unit))
        used = indicators.get(ctx, notice.cycle_indicator_id)
        rows.append(
            (
                Fact("", f"{used.code} {used.name}"),
                Fact("", row.target, "number"),
                Fact("", row.actual, "number"),
                Fact("", row.lead_points, "points"),
                Fact("", notice.reasons, "reasons"),
                Fact("", notice.level, "level"),
            )
        )
    return Table(("Indicator", "Target", "Value", "Lead", "Reasons", "Level"), tuple(rows))


def _notice(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    notice = warnings.notice(ctx, int(given["notice"]))
    used = indicators.get(ctx, notice.cycle_indicator_id)
    made.facts += [Fact("Unit", notice.unit, "unit"), Fact("Indicator", f"{used.code} {used.name}")]
    _notice_facts(ctx, made, notice)
    objection = objections.maybe_of_notice(ctx, notice.id)
    if objection is not None:
        made.facts += [Fact("The unit says", objection.claimed), Fact("Its reason", objection.reason)]
        if objection.answer:
            made.facts += [Fact("Answer", objection.answer), Fact("Corrected to", objection.value, "number")]


def _slip(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    slip = supervision.slip(ctx, int(given["slip"]))
    made.links.append(Link("Open the slip", f"/slips/{slip.id}"))
    if slip.requirement:
        made.facts += [Fact("Slip", slip.label), Fact("Requirement", slip.requirement)]
    _item(ctx, made, {"item": slip.item_id})


def _review(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    review = follow_up.review(ctx, int(given["review"]))
    made.facts += [
        Fact("Review due", review.due_at, "day"),
        Fact("Window ends", review.until, "day"),
        Fact("In the sample", review.drawn, "yes"),
    ]
    _item(ctx, made, {"item": review.item_id})


def _consultation(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    held = consultation.consultation(ctx, int(given["consultation"]))
    made.facts += [
        _unit(ctx, held.unit),
        Fact("State", held.status, "word:consultation"),
        Fact("Diagnoses until", held.diagnose_until, "day"),
    ]
    made.links.append(Link("Open the consultation", f"/consultations/{held.id}"))
    made.tables.append(_notices(ctx, [warnings.notice(ctx, each) for each in held.grounds]))


def _round(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    cycle = plans.cycle(ctx, int(given["cycle"]))
    round = plans.round_of(ctx, cycle, str(given["round"]))
    made.facts += [
        Fact("Round", round.key, "word:round"),
        Fact("As of", round.as_of, "date"),
        Fact("Collection closes", round.closes_at, "day"),
    ]
    if unit := given.get("responsible_unit"):
        made.facts.append(Fact("Sheet", readings.sheet_status(ctx, round, unit), "word:sheet"))
        made.links.append(Link("Open the entry sheet", f"/rounds/{round.key}/sheets/{unit}"))
    elif unit := given.get("unit"):
        made.facts.append(Fact("Deemed received", feedback.of_unit(ctx, round, unit).deemed_at, "day"))
        made.links.append(Link("Open the feedback sheet", f"/rounds/{round.key}/feedback/{unit}"))
    else:
        made.links.append(Link("Open the round", f"/rounds/{round.key}"))


def _cycle(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    cycle = plans.cycle(ctx, int(given["cycle"]))
    made.facts += [Fact("Year", cycle.year), Fact("State", cycle.status, "word:cycle")]
    if unit := given.get("unit") or given.get("responsible_unit"):
        made.facts.append(_unit(ctx, unit))
    made.links.append(Link("Open the plan", "/plan"))
    persons = scheme.has_points(cycle)
    made.links.append(Link("Open the points", "/points") if persons else Link("Open the indicators", "/indicators"))


#: Parameter of a task -> who tells of it; the first that the task has.
TELLERS: dict[str, Callable[[Context, Desk, dict[str, Any]], None]] = {
    "item": _item,
    "notice": _notice,
    "letter": _letter,
    "slip": _slip,
    "review": _review,
    "consultation": _consultation,
    "round": _round,
    "cycle": _cycle,
}


def _vote(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    held = ctx.session.get_one(ballots.Evaluation, int(given["evaluation"]))
    made.facts += [
        Fact("Vote", held.title),
        Fact("Voting until", held.closes_at, "day"),
        Fact("Units evaluated", len(held.subjects)),
    ]
    made.links.append(Link("Open the ballot", f"/votes/{held.id}/own"))


def _check(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    cycle = plans.cycle(ctx, int(given["cycle"]))
    held = spot_checks.latest(ctx, cycle, str(given["round"]))
    made.facts.append(Fact("Round", held.round, "word:round"))
    if unit := given.get("unit"):
        kind = spot_checks.CheckKind.SPOT_CHECK if unit in held.drawn else spot_checks.CheckKind.FIELD_SURVEY
        made.facts += [_unit(ctx, unit), Fact("Kind", str(kind), "word:check_kind")]
    made.facts += [Fact("Draw", held.number), Fact("Seed of the draw", held.seed)]
    made.links.append(Link("Open the checks", plans.path(ctx, cycle, "/checks")))


def _panel(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    cycle = plans.cycle(ctx, int(given["cycle"]))
    made.facts.append(Fact("Year", cycle.year))
    made.links.append(Link("Open the panels", plans.path(ctx, cycle, "/panels")))


def _debriefing(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    cycle = plans.cycle(ctx, int(given["cycle"]))
    made.facts += [Fact("Year", cycle.year), Fact("Session", int(given["session"]))]
    if unit := given.get("unit"):
        made.facts.append(_unit(ctx, unit))
    made.links.append(Link("Open the debriefings", plans.path(ctx, cycle, "/debriefings")))


def _uses(ctx: Context, made: Desk, given: dict[str, Any]) -> None:
    cycle = plans.cycle(ctx, int(given["cycle"]))
    made.facts.append(Fact("Year", cycle.year))
    made.links += [
        Link("Open the results", plans.path(ctx, cycle, "/results")),
        Link("Open the uses of results", plans.path(ctx, cycle, "/uses")),
    ]


#: Operation of a task in which people judge -> who tells of it; asked before the parameters are.
JUDGING: dict[str, Callable[[Context, Desk, dict[str, Any]], None]] = {
    "ballots.vote": _vote,
    "spot_checks.confirm": _check,
    "spot_checks.record": _check,
    "panels.convene": _panel,
    "panels.give": _panel,
    "debriefings.report": _debriefing,
    "debriefings.comment": _debriefing,
    "uses.record": _uses,
}
