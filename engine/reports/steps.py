"""How long each step of the year took, and what it asked of each unit (S3 2.2, K4; the burden of assessment)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from engine import access, people
from engine.assessment import combined, follow_up, indicators, plans, rectification, scoring, targets
from engine.db import Context
from engine.workflow import Instance, Task, TaskStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one process: how often it was done, how long it took in days, how often after its date."""

    process: str
    element: str
    name: str
    done: int
    open: int
    #: From being given to being done, in days of 24 hours to one decimal.
    median: Decimal
    longest: Decimal
    late: int


@dataclass(frozen=True, slots=True)
class Burden:
    """What the year asked of one unit."""

    unit: people.Unit
    #: Tasks put before it, done or not.
    tasks: int
    #: Figures asked of it on the sheets of the rounds.
    cells: int
    #: Requests for material in combined assessments, and what they would have been one by one.
    requests: int
    requests_apart: int
    #: Visits: combined ones, and follow-up reviews on the spot.
    visits: int


def steps(ctx: Context, cycle: plans.Cycle) -> list[Step]:
    """Every step of the year's processes, the slowest first. For those who oversee (K4)."""
    _require(ctx)
    by_step: dict[tuple[str, str], list[Task]] = {}
    for task in _tasks(ctx, cycle):
        by_step.setdefault((task.process, task.element), []).append(task)
    found = [_step(process, element, tasks) for (process, element), tasks in by_step.items()]
    return sorted(found, key=lambda each: (-each.median, each.process, each.element))


def burdens(ctx: Context, cycle: plans.Cycle) -> list[Burden]:
    """What the year asked of every unit, the most burdened first; a unit sees its own line."""
    tasks = Counter(task.unit for task in _tasks(ctx, cycle) if task.unit)
    cells, asked, visits = _cells(ctx, cycle), _combined(ctx, cycle), _on_site(ctx, cycle)
    codes = tasks.keys() | cells.keys() | asked.keys() | visits.keys()
    seen = codes if access.oversees(ctx) else codes & access.own_units(ctx)
    found = [
        Burden(
            unit=people.unit(ctx, code),
            tasks=tasks[code],
            cells=cells.get(code, 0),
            requests=sum(each.requests for each in asked.get(code, ())),
            requests_apart=sum(each.requests_apart for each in asked.get(code, ())),
            visits=visits[code] + sum(each.visits for each in asked.get(code, ())),
        )
        for code in seen
    ]
    return sorted(found, key=lambda each: (-each.tasks - each.cells, each.unit.code))


def _require(ctx: Context) -> None:
    if not access.oversees(ctx):
        raise access.NotYours(groups=", ".join(sorted(access.OVERSEERS)))


def _tasks(ctx: Context, cycle: plans.Cycle) -> Sequence[Task]:
    """Tasks of the year's instances; what the diagram took away unasked is no step of anybody's."""
    query = select(Task).join(Instance, Task.instance_id == Instance.id)
    of_year = (Instance.key == str(cycle.year)) | Instance.key.startswith(f"{cycle.year}/")
    query = query.where(of_year, Task.status.in_((TaskStatus.OPEN, TaskStatus.COMPLETED)), Task.side.is_(None))
    # The instances themselves are not needed, and a city has tens of thousands of tasks.
    return ctx.session.scalars(query.options(lazyload(Task.instance)).order_by(Task.id)).all()


def _step(process: str, element: str, tasks: Sequence[Task]) -> Step:
    done = [task for task in tasks if task.completed_at is not None]
    took = sorted(task.completed_at - task.created_at for task in done if task.completed_at is not None)
    late = [task for task in done if task.due_at and task.completed_at and task.completed_at > task.due_at]
    middle = (took[(len(took) - 1) // 2] + took[len(took) // 2]) / 2 if took else timedelta(0)
    return Step(
        process=process,
        element=element,
        name=tasks[-1].name,
        done=len(done),
        open=len(tasks) - len(done),
        median=_days(middle),
        longest=_days(took[-1] if took else timedelta(0)),
        late=len(late),
    )


def _days(took: timedelta) -> Decimal:
    return scoring.half_up(Fraction(int(took.total_seconds()), 86400), 1)


def _cells(ctx: Context, cycle: plans.Cycle) -> Mapping[str, int]:
    """Responsible unit -> figures it was asked for: its indicators' places that are not exempt, in every opened round."""
    opened = sum(each.opened_at is not None for each in plans.rounds(ctx, cycle))
    query = (
        select(indicators.CycleIndicator.responsible_unit, func.count())
        .join(targets.Target, targets.Target.cycle_indicator_id == indicators.CycleIndicator.id)
        .where(indicators.CycleIndicator.cycle_id == cycle.id, targets.Target.exempt.is_(False))
        .group_by(indicators.CycleIndicator.responsible_unit)
    )
    return {unit: count * opened for unit, count in ctx.session.execute(query)}


def _combined(ctx: Context, cycle: plans.Cycle) -> Mapping[str, list[combined.Burden]]:
    found: dict[str, list[combined.Burden]] = {}
    for each in combined.of_year(ctx, cycle.year):
        for burden in combined.burdens(ctx, each):
            found.setdefault(burden.unit, []).append(burden)
    return found


def _on_site(ctx: Context, cycle: plans.Cycle) -> Counter[str]:
    """Unit -> follow-up reviews that were made on the spot."""
    query = (
        select(rectification.Item.unit)
        .join(follow_up.Review, follow_up.Review.item_id == rectification.Item.id)
        .where(rectification.Item.cycle_id == cycle.id, follow_up.Review.done_at.is_not(None))
        .where(follow_up.Review.form == "on_site")
    )
    return Counter(ctx.session.scalars(query))
