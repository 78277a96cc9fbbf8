"""Where a unit will stand at the year's end if it goes on as in the last three rounds (S0, S2: 未来趋势).

A straight line, by least squares, through the leads over the schedule that the last three published rounds found, each
at its own date, drawn on to 31 December. It is told where the lead fell twice in a row and the line ends further behind
than what the year warns of. It is a hint on a page: it makes no notice, no score and nothing that is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from engine.assessment import indicators, plans, scoring, snapshots
from engine.db import Context
from engine.reports import systems

#: Rounds the line is drawn through; with fewer nothing is foretold.
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Forecast:
    """One unit on one indicator: its leads by date, and the lead the line comes to at the year's end, in points."""

    unit: str
    indicator: indicators.CycleIndicator
    leads: tuple[tuple[date, Decimal], ...]
    at_end: Decimal
    #: Whether it is as far behind already; otherwise the forecast is ahead of any warning.
    is_behind: bool


def of_cycle(ctx: Context, cycle: plans.Cycle, after: str | None = None) -> list[Forecast]:
    """The deviations to come that the person may see, the worst first; after the round ``after``, else after the latest.

    Empty while fewer than three rounds are published, and once the annual figures are.
    """
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    found = []
    for (indicator_id, unit), leads in _leads(ctx, _rounds(ctx, cycle, after)).items():
        seen = systems.sees(ctx, used[indicator_id], unit)
        made = _forecast(cycle, used[indicator_id], unit, leads) if seen else None
        found += [made] if made else []
    return sorted(found, key=lambda each: (each.at_end, each.unit, each.indicator.position))


def of_unit(told: Iterable[Forecast], unit: str) -> list[Forecast]:
    return [each for each in told if each.unit == unit]


def of_indicator(told: Iterable[Forecast], code: str) -> list[Forecast]:
    return [each for each in told if each.indicator.code == code]


def line(points: Sequence[tuple[int, Fraction]], at: int) -> Fraction:
    """The value at ``at`` of the straight line that fits the points best by least squares. Two points or more."""
    middle = Fraction(sum(x for x, _ in points), len(points))
    mean = sum((y for _, y in points), Fraction(0)) / len(points)
    slope = sum(((x - middle) * y for x, y in points), Fraction(0)) / sum((x - middle) ** 2 for x, _ in points)
    return mean + slope * (at - middle)


def _forecast(
    cycle: plans.Cycle, used: indicators.CycleIndicator, unit: str, leads: Sequence[tuple[date, Decimal]]
) -> Forecast | None:
    falls = all(later < earlier for (_, earlier), (_, later) in pairwise(leads))
    if len(leads) < ROUNDS or not falls:
        return None
    end, limit = date(cycle.year, 12, 31), Fraction(_limit(cycle))
    at_end = line([(day.toordinal(), Fraction(lead)) for day, lead in leads], end.toordinal())
    if at_end >= -limit:
        return None
    return Forecast(unit, used, tuple(leads), scoring.half_up(at_end, 2), Fraction(leads[-1][1]) < -limit)


def _limit(cycle: plans.Cycle) -> Decimal:
    """How many points behind are far; ten where the year warns by other means."""
    return Decimal(str(cycle.parameters.get("lag_points") or 10))


def _rounds(ctx: Context, cycle: plans.Cycle, after: str | None) -> list[plans.Round]:
    published = [each for each in plans.rounds(ctx, cycle) if each.published_at is not None]
    if after is not None:
        last = plans.round_of(ctx, cycle, after).position
        published = [each for each in published if each.position <= last]
    if any(each.kind == plans.RoundKind.ANNUAL for each in published):
        return []
    return published[-ROUNDS:] if len(published) >= ROUNDS else []


def _leads(ctx: Context, rounds: Iterable[plans.Round]) -> dict[tuple[int, str], list[tuple[date, Decimal]]]:
    """(indicator, unit) -> its leads by date, of the pairs that had one in every round."""
    found: dict[tuple[int, str], list[tuple[date, Decimal]]] = {}
    for each in rounds:
        for row in snapshots.rows(ctx, snapshots.latest(ctx, each)):
            if row.lead_points is not None and row.as_of is not None:
                found.setdefault((row.cycle_indicator_id, row.unit), []).append((row.as_of, row.lead_points))
    return found
