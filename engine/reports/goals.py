"""The objectives of a year on one page: how far each unit, objective, key result and person is (S0)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select

from engine.assessment import objectives, plans
from engine.db import Context


@dataclass(frozen=True, slots=True)
class Line:
    """An objective with its key results as they stand."""

    objective: objectives.Objective
    completion: Fraction
    results: list[objectives.Standing]


@dataclass(frozen=True, slots=True)
class UnitGoals:
    unit: str
    status: str
    #: Why they were returned, while they are.
    note: str | None
    #: None before they are approved.
    completion: Fraction | None
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class PersonGoals:
    """What somebody's own key results come to; each counts by its weight in the unit's whole."""

    account: str
    unit: str
    results: int
    completion: Fraction


def units(ctx: Context, cycle: plans.Cycle) -> list[UnitGoals]:
    """The units whose objectives the person may see, by unit, as of today or of the year's end."""
    found = objectives.of_cycle(ctx, cycle)
    known = _standings(ctx, found, min(ctx.today, date(cycle.year, 12, 31)))
    return [_goals(unit, held, known) for unit, held in objectives.by_unit(found).items()]


def persons(goals: Iterable[UnitGoals]) -> list[PersonGoals]:
    """Everybody who answers for a key result of these units, by unit and account."""
    held: dict[tuple[str, str], list[tuple[Fraction, Fraction]]] = {}
    for each in goals:
        if each.completion is not None:
            for line in each.lines:
                for result in line.results:
                    weight = Fraction(line.objective.weight) * Fraction(result.key_result.weight)
                    held.setdefault((each.unit, result.key_result.owner), []).append((weight, result.completion))
    return [PersonGoals(account, unit, len(own), _mean(own)) for (unit, account), own in sorted(held.items())]


def mine(goals: Iterable[UnitGoals], account: str | None) -> list[objectives.Standing]:
    """The approved key results the person answers for, by due date."""
    own = [
        result
        for each in goals
        if each.completion is not None
        for line in each.lines
        for result in line.results
        if result.key_result.owner == account
    ]
    return sorted(own, key=lambda result: (result.key_result.due, result.key_result.id))


def _goals(unit: str, held: Sequence[objectives.Objective], known: dict[int, objectives.Standing]) -> UnitGoals:
    lines = [_line(each, [known[aim.id] for aim in each.key_results]) for each in held]
    is_approved = all(each.status == objectives.Status.APPROVED for each in held)
    whole = [(Fraction(line.objective.weight), line.completion) for line in lines]
    note = held[0].note if held[0].status == objectives.Status.RETURNED else None
    return UnitGoals(unit, held[0].status, note, _mean(whole) if is_approved else None, lines)


def _line(objective: objectives.Objective, results: list[objectives.Standing]) -> Line:
    return Line(objective, _mean([(Fraction(each.key_result.weight), each.completion) for each in results]), results)


def _mean(weighted: Sequence[tuple[Fraction, Fraction]]) -> Fraction:
    return sum((weight * done for weight, done in weighted), Fraction(0)) / sum(
        (weight for weight, _ in weighted), Fraction(0)
    )


def _standings(ctx: Context, found: Iterable[objectives.Objective], until: date) -> dict[int, objectives.Standing]:
    """Key result -> how it stands; all reports and checks read at once."""
    aims = {aim.id: aim for each in found for aim in each.key_results}
    reports: dict[int, list[objectives.ProgressReport]] = {each: [] for each in aims}
    checks: dict[int, list[objectives.StageCheck]] = {each: [] for each in aims}
    said, seen = objectives.ProgressReport, objectives.StageCheck
    for report in ctx.session.scalars(select(said).where(said.key_result_id.in_(aims)).order_by(said.id)):
        reports[report.key_result_id].append(report)
    for check in ctx.session.scalars(select(seen).where(seen.key_result_id.in_(aims)).order_by(seen.id)):
        checks[check.key_result_id].append(check)
    return {key: objectives.stand(aim, reports[key], checks[key], until) for key, aim in aims.items()}
