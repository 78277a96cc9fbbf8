"""What the figures say of a leadership team and of the indicators themselves (S3 2.4, 4.6; K1, K2, K3).

A team's course over the years is drawn from verified figures, each as a share of its first one, so that indicators of
different units of measure stand in one picture; the figures themselves stand beside it and are those of the ledger.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select

from engine import access, people
from engine.assessment import indicators, plans, readings, results, scoring, series, snapshots
from engine.db import Context
from engine.reports import result_tables, systems

#: From this share of full marks on an indicator hardly tells units apart (55 of 77 units had full marks somewhere).
MOSTLY_FULL = Decimal("0.7")
FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Course:
    """One indicator of a unit over the years' ends: figures, and each against the first, 100 where it is equal."""

    indicator: indicators.CycleIndicator
    figures: Mapping[date, Decimal]
    #: Above 100 is better than the first year, whatever the direction; empty where the first figure is 0 or below, and
    #: where another definition began in between: nothing is compared over that day.
    index: Mapping[date, Decimal]
    #: The days on which another definition began, between the first and the last figure.
    broken: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """A unit over the years: the ends of years, its indicators, and the mean index of each category."""

    unit: people.Unit
    dates: Sequence[date]
    courses: Sequence[Course]
    categories: Mapping[str, Mapping[date, Decimal]]
    #: (year, total, rank, grade) of the results the person may see, oldest first.
    results: Sequence[tuple[int, results.Result]]


@dataclass(frozen=True, slots=True)
class WeakPoint:
    """A category or an indicator with what it costs of the total: against full marks, and against the group's mean."""

    name: str
    code: str | None
    lost: Decimal
    behind: Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """How well an indicator tells the units of one group apart."""

    indicator: indicators.CycleIndicator
    group: str
    n: int
    full: Decimal
    mean: Decimal
    #: Standard deviation over the units, to 2 decimals.
    deviation: Decimal
    distinct: int

    @property
    def is_flat(self) -> bool:
        return self.n > 1 and self.distinct == 1

    @property
    def is_mostly_full(self) -> bool:
        return self.n > 1 and self.full >= MOSTLY_FULL


def team(ctx: Context, cycle: plans.Cycle, unit: str) -> Team:
    """The unit's course over the years up to the cycle's (K2); for those who oversee and for the unit itself."""
    access.require_unit(ctx, unit)
    used = {each.indicator_id: each for each in indicators.of_cycle(ctx, cycle) if systems.sees(ctx, each, unit)}
    by_indicator: dict[int, dict[date, Decimal]] = {}
    for each in _year_ends(ctx, cycle, unit, used):
        if each.verified is not None:
            by_indicator.setdefault(each.indicator_id, {})[each.as_of] = each.verified
    broken = series.broken(ctx, by_indicator)
    courses = [
        _course(used[key], figures, broken.get(key, []))
        for key, figures in sorted(by_indicator.items(), key=lambda each: used[each[0]].position)
    ]
    dates = sorted({day for course in courses for day in course.figures})
    return Team(people.unit(ctx, unit), dates, courses, _by_category(courses, dates), _results(ctx, cycle, unit))


def weak_points(explained: result_tables.Explanation) -> tuple[list[WeakPoint], list[WeakPoint]]:
    """A unit's categories and its indicators by what they cost against the mean of its group, the dearest first (K1)."""
    chapters = []
    for chapter in explained.chapters:
        points = [_weak(part) for part in chapter.parts if part.weight]
        lost = sum((each.lost for each in points), Decimal(0))
        chapters.append(WeakPoint(chapter.category, None, lost, sum((each.behind for each in points), Decimal(0))))
    parts = [_weak(part) for chapter in explained.chapters for part in chapter.parts if part.weight]
    return _dearest(chapters), [each for each in _dearest(parts) if each.behind > 0]


def spreads(ctx: Context, cycle: plans.Cycle) -> list[Spread]:
    """Indicator by indicator and group, how its annual scores lie; empty before they are frozen. For those who oversee."""
    if not access.oversees(ctx):
        raise access.NotYours(groups=", ".join(sorted(access.OVERSEERS)))
    frozen = snapshots.of_round(ctx, plans.annual_round(ctx, cycle))
    if not frozen:
        return []
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    populations = snapshots.by_population(snapshots.rows(ctx, frozen[-1]))
    found = [
        _spread(used[key], group, [row.score for row in rows if row.score is not None])
        for (key, group), rows in populations.items()
        if any(row.score is not None for row in rows)
    ]
    return sorted(found, key=lambda each: (each.indicator.position, each.group))


def category_means(explained: Iterable[result_tables.Explanation]) -> dict[str, tuple[Decimal, Decimal]]:
    """Category -> mean share of its points that units reached, and the lowest share; in percent, to 2 decimals."""
    shares: dict[str, list[Fraction]] = {}
    for each in explained:
        for chapter in each.chapters:
            if chapter.weight:
                shares.setdefault(chapter.category, []).append(
                    100 * Fraction(chapter.contribution) / Fraction(chapter.weight)
                )
    return {category: (_mean(found), scoring.half_up(min(found), 2)) for category, found in shares.items()}


def _year_ends(
    ctx: Context, cycle: plans.Cycle, unit: str, used: Mapping[int, indicators.CycleIndicator]
) -> Iterable[readings.Reading]:
    until = systems.published_until(ctx, cycle)
    query = select(readings.Reading).where(
        readings.Reading.unit == unit,
        readings.Reading.indicator_id.in_(used),
        readings.Reading.status == readings.ReadingStatus.VERIFIED,
        readings.Reading.as_of <= date(cycle.year, 12, 31),
    )
    query = query if access.oversees(ctx) else query.where(readings.Reading.as_of <= until)
    found = ctx.session.scalars(query.order_by(readings.Reading.as_of, readings.Reading.number))
    return [each for each in found if (each.as_of.month, each.as_of.day) == (12, 31)]


def _course(used: indicators.CycleIndicator, figures: Mapping[date, Decimal], broken: Iterable[date]) -> Course:
    between = [day for day in broken if min(figures) < day <= max(figures)]
    return Course(used, figures, {} if between else _index(used, figures), between)


def _index(used: indicators.CycleIndicator, figures: Mapping[date, Decimal]) -> dict[date, Decimal]:
    first = figures[min(figures)]
    if min(figures.values()) <= 0 or used.direction == indicators.Direction.RANGE:
        return {}
    reverse = used.direction == indicators.Direction.LOWER_BETTER
    return {
        day: scoring.half_up(
            100 * (Fraction(first) / Fraction(figure) if reverse else Fraction(figure) / Fraction(first)), 2
        )
        for day, figure in figures.items()
    }


def _by_category(courses: Iterable[Course], dates: Sequence[date]) -> dict[str, dict[date, Decimal]]:
    """Over the indicators that have a figure at every end of a year, so that the mean compares like with like."""
    whole: dict[str, list[Course]] = {}
    for course in courses:
        if len(course.index) == len(dates) > 1:
            whole.setdefault(course.indicator.indicator.category, []).append(course)
    return {
        category: {day: _mean([Fraction(course.index[day]) for course in found]) for day in dates}
        for category, found in whole.items()
    }


def _results(ctx: Context, cycle: plans.Cycle, unit: str) -> list[tuple[int, results.Result]]:
    query = select(plans.Cycle).where(plans.Cycle.package == cycle.package, plans.Cycle.year <= cycle.year)
    found = []
    for each in ctx.session.scalars(query.order_by(plans.Cycle.year)):
        frozen = snapshots.of_round(ctx, plans.annual_round(ctx, each))
        kept = results.of_snapshot(ctx, frozen[-1]) if frozen else []
        if access.oversees(ctx) or results.is_public(kept):
            found += [(each.year, result) for result in kept if result.unit == unit]
    return found


def _weak(part: result_tables.Part) -> WeakPoint:
    weight, score = part.weight or Decimal(0), part.row.score
    mean = part.statistics.mean if part.statistics is not None else None
    lost = (FULL - score) * weight / 100 if score is not None and score < FULL else Decimal(0)
    behind = (mean - score) * weight / 100 if score is not None and mean is not None else Decimal(0)
    return WeakPoint(part.indicator.name, part.indicator.code, lost, behind)


def _dearest(points: Iterable[WeakPoint]) -> list[WeakPoint]:
    return sorted(points, key=lambda each: (-each.behind, -each.lost, each.code or each.name))


def _spread(used: indicators.CycleIndicator, group: str, scores: Sequence[Decimal]) -> Spread:
    n, exact = len(scores), [Fraction(score) for score in scores]
    mean = sum(exact, Fraction(0)) / n
    variance = sum(((score - mean) ** 2 for score in exact), Fraction(0)) / n
    return Spread(
        indicator=used,
        group=group,
        n=n,
        full=scoring.half_up(Fraction(sum(score >= FULL for score in scores), n), 4),
        mean=scoring.half_up(mean, 2),
        deviation=scoring.half_up(Fraction((Decimal(variance.numerator) / variance.denominator).sqrt()), 2),
        distinct=len(set(scores)),
    )


def _mean(found: Sequence[Fraction]) -> Decimal:
    return scoring.half_up(sum(found, Fraction(0)) / len(found), 2)
