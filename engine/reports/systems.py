"""The indicator system of a year as people read it: its lines and weights, and one indicator over units and years.

Rules are everybody's; targets and figures are the unit's own, of all units for those who oversee and for the units that
answer for the indicator or publish its figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select

from engine import access, people
from engine.assessment import (
    concurrence,
    indicators,
    measures,
    plans,
    ranking,
    readings,
    results,
    rules,
    scoring,
    snapshots,
    targets,
)
from engine.db import Context
from engine.reports import year_plan


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator in the list of the year."""

    indicator: indicators.CycleIndicator
    rules: rules.ScoringRules | None
    #: The units' targets beside the city's, for those who see them all.
    decomposition: targets.Decomposition | None
    #: The person's own unit's target; None where it has none or several.
    own: targets.Target | None


@dataclass(frozen=True, slots=True)
class Measured:
    """Verified figures of one indicator: which dates there are, and (unit, date) -> figure."""

    units: list[people.Unit]
    dates: list[date]
    figures: Mapping[tuple[str, date], Decimal]
    #: The figure that does not count, where the superior has one beside ours.
    others: Mapping[tuple[str, date], Decimal]


@dataclass(frozen=True, slots=True)
class GroupFeedback:
    """The statistics of one group in the annual round; ``own`` where the person's unit is in it."""

    group: str
    statistics: ranking.Statistics
    unit: str | None
    own: ranking.Standing | None


def sees_all(ctx: Context, used: indicators.CycleIndicator) -> bool:
    """Whether the person sees every unit's target and figure on the indicator."""
    return access.oversees(ctx) or not access.own_units(ctx).isdisjoint({used.responsible_unit, used.data_unit or ""})


def sees(ctx: Context, used: indicators.CycleIndicator, unit: str) -> bool:
    return unit in access.own_units(ctx) or sees_all(ctx, used)


def groups(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The groups in which units are compared, in the order of their names."""
    weighted = {weight.group for used in indicators.of_cycle(ctx, cycle) for weight in used.weights}
    return sorted(weighted | {unit.group for unit in plans.assessed_units(ctx, cycle)})


def own_unit(ctx: Context) -> people.Unit | None:
    """The assessed unit the person belongs to; None for those who belong to none, or to several."""
    own = [unit for unit in plans.standing_units(ctx) if unit.code in access.own_units(ctx)]
    return own[0] if len(own) == 1 else None


def lines(ctx: Context, cycle: plans.Cycle) -> list[Line]:
    """The indicators of the year in the order of the booklet."""
    newest, unit = year_plan.newest_rules(ctx, cycle), own_unit(ctx)
    own = {used.id: target for used, target in targets.of_unit(ctx, cycle, unit.code)} if unit else {}
    parts = {each.indicator.id: each for each in targets.decomposition(ctx, cycle)}
    return [
        Line(used, newest.get(used.id), parts[used.id] if sees_all(ctx, used) else None, own.get(used.id))
        for used in indicators.of_cycle(ctx, cycle)
    ]


def weight_sums(lines: Iterable[indicators.CycleIndicator]) -> dict[str, dict[str, Decimal]]:
    """Category -> group -> sum of weights, categories in the order of the booklet."""
    sums: dict[str, dict[str, Decimal]] = {}
    for used in lines:
        of_category = sums.setdefault(used.indicator.category, {})
        for weight in used.weights:
            of_category[weight.group] = of_category.get(weight.group, Decimal(0)) + weight.weight
    return sums


def versions(ctx: Context, used: indicators.CycleIndicator) -> list[rules.ScoringRules]:
    """The versions of an indicator's rules, newest first; what is not handed in yet only its writers see."""
    query = select(rules.ScoringRules).where(rules.ScoringRules.cycle_indicator_id == used.id)
    found = ctx.session.scalars(query.order_by(rules.ScoringRules.version.desc()))
    return [each for each in found if readable(ctx, used, each)]


def readable(ctx: Context, used: indicators.CycleIndicator, version: rules.ScoringRules) -> bool:
    """Whether the person may read this version: everybody once it is handed in, before that its writers and the lead."""
    written = version.status not in (rules.RuleStatus.DRAFT, rules.RuleStatus.RETURNED)
    return written or access.oversees(ctx) or used.responsible_unit in access.own_units(ctx)


def booklet(
    ctx: Context, cycle: plans.Cycle
) -> list[tuple[str, list[tuple[indicators.CycleIndicator, rules.ScoringRules | None]]]]:
    """Category -> its indicators with their rules, every indicator once and in order (B6)."""
    newest = year_plan.newest_rules(ctx, cycle)
    chapters: dict[str, list[tuple[indicators.CycleIndicator, rules.ScoringRules | None]]] = {}
    for used in indicators.in_force(ctx, cycle):
        known = newest.get(used.id)
        shown = known if known is not None and readable(ctx, used, known) else None
        chapters.setdefault(used.indicator.category, []).append((used, shown))
    return list(chapters.items())


def targets_of(
    ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator
) -> list[tuple[people.Unit, targets.Target]]:
    """The units' targets on the indicator that the person may see, by unit."""
    known = {unit.code: unit for unit in plans.assessed_units(ctx, cycle) if sees(ctx, used, unit.code)}
    query = select(targets.Target).where(targets.Target.cycle_indicator_id == used.id).order_by(targets.Target.unit)
    return [(known[each.unit], each) for each in ctx.session.scalars(query) if each.unit in known]


def measured(ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator) -> Measured:
    """Verified figures over the years (K2). An assessed unit reads its own, up to the last round that is published."""
    units = [unit for unit in plans.assessed_units(ctx, cycle) if sees(ctx, used, unit.code)]
    until = None if sees_all(ctx, used) else published_until(ctx, cycle)
    query = select(readings.Reading).where(
        readings.Reading.indicator_id == used.indicator_id,
        readings.Reading.unit.in_([unit.code for unit in units]),
        readings.Reading.status == readings.ReadingStatus.VERIFIED,
        readings.Reading.as_of <= date(cycle.year, 12, 31),
    )
    query = query.where(readings.Reading.as_of <= until) if until else query
    found = ctx.session.scalars(query.order_by(readings.Reading.as_of, readings.Reading.number))
    newest = {(each.unit, each.as_of): each for each in found}
    known = {key: each.verified for key, each in newest.items() if each.verified is not None}
    return Measured(units, sorted({day for _, day in known}), known, dict(_others(used, newest)))


def _others(
    used: indicators.CycleIndicator, newest: Mapping[tuple[str, date], readings.Reading]
) -> Iterable[tuple[tuple[str, date], Decimal]]:
    for key, each in newest.items():
        other = each.reported if used.counting == indicators.Counting.SUPERIOR else each.superior
        if each.superior is not None and other is not None:
            yield key, other


def means(measured: Measured) -> dict[str, dict[date, Decimal]]:
    """Group -> date -> unweighted mean of its units' figures, to 4 decimals."""
    sums: dict[str, dict[date, list[Decimal]]] = {}
    by_code = {unit.code: unit.group for unit in measured.units}
    for (unit, day), figure in measured.figures.items():
        sums.setdefault(by_code[unit], {}).setdefault(day, []).append(figure)
    return {
        group: {day: scoring.half_up(Fraction(sum(each)) / len(each), 4) for day, each in days.items()}
        for group, days in sorted(sums.items())
    }


def feedback(ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator) -> list[GroupFeedback]:
    """The statistics of the annual round by group (F1): to the assessed units with the published result, their group."""
    annual = plans.annual_round(ctx, cycle)
    frozen = snapshots.of_round(ctx, annual)
    if not frozen or (annual.published_at is None and not access.oversees(ctx)):
        return []
    rows = [row for row in snapshots.rows(ctx, frozen[-1]) if row.cycle_indicator_id == used.id]
    populations: dict[str, list[snapshots.SnapshotRow]] = {}
    for row in rows:
        populations.setdefault(row.group, []).append(row)
    own = own_unit(ctx)
    found = [_group_feedback(group, each, own) for group, each in sorted(populations.items())]
    return [each for each in found if sees_all(ctx, used) or each.unit is not None]


def partners_of(ctx: Context, cycle: plans.Cycle) -> dict[int, list[str]]:
    """Cycle indicator id -> the units that co-organise it; of those that are co-organised at all."""
    found: dict[int, list[str]] = {}
    ids = [each.id for each in indicators.of_cycle(ctx, cycle)]
    query = select(concurrence.Partner).where(concurrence.Partner.cycle_indicator_id.in_(ids))
    for each in ctx.session.scalars(query.order_by(concurrence.Partner.unit)):
        found.setdefault(each.cycle_indicator_id, []).append(each.unit)
    return found


def judged(used: measures.Used) -> bool:
    """Whether people judge it, so that it counts in the subjective part of a total."""
    return used.method in results.SUBJECTIVE


def _group_feedback(group: str, rows: Sequence[snapshots.SnapshotRow], own: people.Unit | None) -> GroupFeedback:
    scores = {each.unit: each.score for each in rows if each.state != snapshots.State.EXEMPT}
    unit = own.code if own is not None and own.code in scores else None
    return GroupFeedback(
        group, ranking.statistics(scores), unit, ranking.standing(scores, unit) if unit is not None else None
    )


def published_until(ctx: Context, cycle: plans.Cycle) -> date:
    """The last day whose figures the assessed units may read: that of the last published round."""
    shown = [each.as_of for each in plans.rounds(ctx, cycle) if each.published_at is not None]
    return max(shown, default=date(cycle.year - 1, 12, 31))
