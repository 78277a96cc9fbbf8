"""The story of a year's plan: who was asked, who answered, what was decided, who signed (S3 4.1, 4.5).

Each function shows what the acting person may see: those who oversee everything, a unit what concerns itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from engine import access, files, people
from engine.assessment import indicators, plans, rules, targets
from engine.db import Context
from engine.errors import NotFound


@dataclass(frozen=True, slots=True)
class Drafting:
    """How far a responsible unit is with the rules of its indicators."""

    unit: str
    indicators: int
    #: Status of rules -> how many of the unit's indicators.
    states: dict[str, int]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A unit that its like has a place in the plan for, and it has none."""

    unit: people.Unit
    #: ``no_group`` or ``no_indicator``.
    lacks: str


@dataclass(frozen=True, slots=True)
class Signatures:
    answered: list[targets.TargetSignature]
    #: Who has neither signed nor refused, by code.
    missing: list[str]


def newest_rules(ctx: Context, cycle: plans.Cycle) -> dict[int, rules.ScoringRules]:
    """Cycle indicator id -> the newest version of its rules; those without any are absent."""
    query = (
        select(rules.ScoringRules)
        .join(indicators.CycleIndicator, indicators.CycleIndicator.id == rules.ScoringRules.cycle_indicator_id)
        .where(indicators.CycleIndicator.cycle_id == cycle.id)
        .order_by(rules.ScoringRules.version)
    )
    return {each.cycle_indicator_id: each for each in ctx.session.scalars(query)}


def drafting(ctx: Context, cycle: plans.Cycle) -> list[Drafting]:
    """The responsible units with the state of their rules, by code."""
    newest = newest_rules(ctx, cycle)
    found: dict[str, list[str]] = {}
    for used in indicators.of_cycle(ctx, cycle):
        known = newest.get(used.id)
        found.setdefault(used.responsible_unit, []).append(known.status if known else rules.RuleStatus.DRAFT)
    counted = {unit: {state: states.count(state) for state in sorted(set(states))} for unit, states in found.items()}
    return [Drafting(unit, sum(states.values()), states) for unit, states in sorted(counted.items()) if _own(ctx, unit)]


def requests(ctx: Context, cycle: plans.Cycle) -> list[rules.OpinionRequest]:
    """Who was asked for an opinion and what came of it, by unit."""
    query = select(rules.OpinionRequest).where(rules.OpinionRequest.cycle_id == cycle.id)
    return [each for each in ctx.session.scalars(query.order_by(rules.OpinionRequest.unit)) if _own(ctx, each.unit)]


def opinions(
    ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator | None = None
) -> list[tuple[indicators.CycleIndicator, rules.Opinion]]:
    """Opinions as they came, of one indicator where that is asked: one's own, and those on one's own indicators."""
    known = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    query = select(rules.Opinion).where(rules.Opinion.cycle_id == cycle.id).order_by(rules.Opinion.id)
    query = query.where(rules.Opinion.cycle_indicator_id == used.id) if used else query
    pairs = [(known[each.cycle_indicator_id], each) for each in ctx.session.scalars(query)]
    return [(on, each) for on, each in pairs if _own(ctx, each.unit, on.responsible_unit)]


def decisions(ctx: Context, cycle: plans.Cycle, about: str) -> list[rules.Decision]:
    """What the leading group decided about ``targets`` or ``grades``, as it was recorded."""
    query = select(rules.Decision).where(rules.Decision.cycle_id == cycle.id, rules.Decision.about == about)
    return list(ctx.session.scalars(query.order_by(rules.Decision.id)))


def scan(ctx: Context, decision_id: int) -> files.StoredFile:
    """The scanned minutes of a decision, for those who oversee. Raises ``NotFound`` for everybody else."""
    decision = ctx.session.get(rules.Decision, decision_id)
    if decision is None or not access.oversees(ctx):
        raise NotFound
    return files.stored(ctx, decision.file_id)


def signatures(ctx: Context, cycle: plans.Cycle) -> Signatures:
    """The units' answers to their targets, and who has given none."""
    answered = [each for unit, each in sorted(targets.signatures(ctx, cycle).items()) if _own(ctx, unit)]
    return Signatures(answered, [unit for unit in targets.unsigned(ctx, cycle) if _own(ctx, unit)])


def unplaced(ctx: Context, cycle: plans.Cycle) -> list[Unplaced]:
    """Units whose like are compared or answer for an indicator, and they do not; for those who oversee."""
    if not access.oversees(ctx):
        return []
    units, responsible = people.units(ctx), set(indicators.responsible_units(ctx, cycle))
    compared = {unit.kind for unit in units if unit.group}
    answering = {unit.kind for unit in units if unit.code in responsible}
    found = [Unplaced(unit, "no_group") for unit in units if unit.kind in compared and not unit.group]
    idle = [unit for unit in units if unit.kind in answering - compared and unit.code not in responsible]
    return found + [Unplaced(unit, "no_indicator") for unit in idle]


def lead_unit(ctx: Context) -> str | None:
    """The unit in which the lead's posts are, by code; None while nobody holds one."""
    held = select(people.Unit.code).join(people.Appointment, people.Appointment.unit_id == people.Unit.id)
    return ctx.session.scalars(
        held.where(people.Appointment.role == "lead", *people.in_office(ctx)).order_by(people.Unit.code)
    ).first()


def counts(found: Sequence[rules.OpinionRequest]) -> dict[str, int]:
    """Outcome of asking -> how many units, in the order a person reads them."""
    states = [each.status for each in found]
    return {state: states.count(state) for state in rules.OpinionStatus if state in states}


def _own(ctx: Context, *units: str) -> bool:
    return access.oversees(ctx) or not access.own_units(ctx).isdisjoint(units)
