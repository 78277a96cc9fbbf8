"""The loop's state as one JSON document, the same for ``bihuan loop`` and ``bihuan simulate``.

Units, people and indicators by code, lists sorted, decimals as text, times with their offset, no surrogate ids.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from engine.assessment import consultation, indicators, loop, plans, rectification, results, rules, scoring, warnings
from engine.assessment.points import scheme, year
from engine.db import SHANGHAI, Context
from engine.workflow.store import Instance, Task, TaskStatus


def loop_state(ctx: Context, cycle: plans.Cycle) -> dict[str, Any]:
    """All there is to tell of the loop: stages, rounds, consultations, matters, broken loops, results."""
    pairs = loop.pairs(ctx, cycle)
    items = rectification.items(ctx, cycle)
    return {
        "package": cycle.package,
        "cycle": cycle.year,
        "now": moment(ctx.now),
        "stages": loop.stage_counts(pairs),
        "rounds": [_round(ctx, cycle, each) for each in plans.rounds(ctx, cycle) if each.opened_at],
        "consultations": [_consultation(ctx, cycle, each) for each in consultation.of_cycle(ctx, cycle)],
        "rectifications": {
            "opened": len(items),
            "closed_out": sum(each.status == rectification.ItemStatus.CLOSED_OUT for each in items),
            "overdue": len(loop.overdue(ctx, items)),
            "reopened": loop.reopenings(ctx, cycle),
        },
        "broken_loops": _broken(pairs),
        "results": _results(ctx, cycle),
        "graded_at": _graded_at(ctx, cycle),
        "tasks": _tasks(ctx, cycle),
    }


def moment(instant: datetime | None) -> str | None:
    """An instant as people of the office read it, with its offset."""
    return instant.astimezone(SHANGHAI).isoformat() if instant else None


def _round(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> dict[str, Any]:
    used = {each.id: each.code for each in indicators.of_cycle(ctx, cycle)}
    standing = [each for each in warnings.of_round(ctx, round) if each.status != warnings.NoticeStatus.WITHDRAWN]
    warned = [
        {
            "unit": each.unit,
            "indicator": used[each.cycle_indicator_id],
            "reasons": sorted(each.reasons),
            "level": each.level,
        }
        for each in standing
    ]
    return {
        "round": round.key,
        "as_of": str(round.as_of),
        "opened_at": moment(round.opened_at),
        "published_at": moment(round.published_at),
        "warned": sorted(warned, key=lambda each: (each["unit"], each["indicator"])),
    }


def _consultation(ctx: Context, cycle: plans.Cycle, held: consultation.Consultation) -> dict[str, Any]:
    findings = [
        {
            "indicator": indicators.get(ctx, each.cycle_indicator_id).code,
            "cause": each.cause,
            "measure": each.measure,
            "owner": each.owner,
        }
        for each in consultation.findings_of(ctx, held)
    ]
    return {"unit": held.unit, "status": held.status, "findings": sorted(findings, key=lambda each: each["indicator"])}


def _broken(pairs: list[loop.Pair]) -> list[dict[str, Any]]:
    found = [
        {"unit": pair.unit, "indicator": pair.indicator.code, "missing": [str(stage) for stage in pair.missing]}
        for pair in loop.broken(pairs)
    ]
    return sorted(found, key=lambda each: (each["unit"], each["indicator"]))


def _results(ctx: Context, cycle: plans.Cycle) -> list[dict[str, Any]]:
    """The published results; empty before the publicity is over."""
    if scheme.has_points(cycle):
        return _points(ctx, cycle)
    try:
        found = results.of_cycle(ctx, cycle)
    except results.NoResult:
        return []
    return [
        {
            "unit": each.unit,
            "group": each.group,
            "score": scoring.digits(each.total),
            "rank": each.rank,
            "grade": each.grade,
        }
        for each in found
        if each.published_at is not None
    ]


def _points(ctx: Context, cycle: plans.Cycle) -> list[dict[str, Any]]:
    """The published results of persons: ``unit`` is the account and ``group`` the branch; the vetoed have none."""
    return [
        {
            "unit": each.account,
            "group": each.branch,
            "score": None if each.score is None else scoring.digits(each.score),
            "rank": year.rank_of(cycle, each),
            "grade": each.grade,
        }
        for each in year.of_cycle(ctx, cycle)
        if each.published_at is not None
    ]


def _graded_at(ctx: Context, cycle: plans.Cycle) -> str | None:
    query = select(func.max(rules.Decision.recorded_at)).where(
        rules.Decision.cycle_id == cycle.id, rules.Decision.about == "grades", rules.Decision.approved
    )
    return moment(ctx.session.scalar(query))


def _tasks(ctx: Context, cycle: plans.Cycle) -> dict[str, int]:
    query = (
        select(Task.status, func.count().label("number"))
        .join(Instance, Instance.id == Task.instance_id)
        .where(Instance.package == cycle.package, Instance.key.like(f"{cycle.year}%"))
        .group_by(Task.status)
    )
    counts = {row.status: row.number for row in ctx.session.execute(query)}
    return {"completed": counts.get(TaskStatus.COMPLETED, 0), "open": counts.get(TaskStatus.OPEN, 0)}
