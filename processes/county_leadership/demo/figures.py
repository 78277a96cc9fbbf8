"""How one invented figure comes about: a target, how far a unit runs ahead of it, and the raw inputs behind a score.

Everything is drawn from ``Random`` objects keyed by what the figure is about, never from one running stream, so that
planting or dropping one figure changes no other. Leads are whole thousandths; figures are exact decimals.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from processes.county_leadership.demo.catalogue import SUBJECTIVE, Indicator

YEAR = 2026
ROUNDS = ("april", "august", "annual")
#: In thousandths of a unit's target; a wider gap than the first is "far" at the default of ten points.
USUAL_GAP, FAR = -90, (-220, -110)
#: The year ends a little under its targets for most, or everybody would have full marks.
LAST_QUARTER = -38
VOTERS = 50

Draw = Callable[..., Random]


@dataclass(frozen=True, slots=True)
class Temper:
    """What drives a unit's figures: its strength, its neglect of routine work, and whether figures fall on a coarse grid."""

    strength: int
    neglect: int
    calm: bool  # the main indicators of a told city run close to schedule, or no one could find the planted cases
    coarse: bool  # a city left to chance has figures that coincide, so that ties come about


def as_of(indicator: Indicator, label: str) -> str:
    """The date of the figure read in a round; a lagging indicator is a month behind."""
    if label == "april":
        return f"{YEAR}-02-28" if indicator.lagging else f"{YEAR}-03-31"
    if label == "august":
        return f"{YEAR}-06-30" if indicator.lagging else f"{YEAR}-07-31"
    return f"{YEAR}-12-31"


def share_due(indicator: Indicator, date: str) -> Decimal:
    """The share of the year's target that is due on a date (``YYYY-MM-DD``)."""
    if indicator.schedule:
        due = Decimal(0)
        for step in indicator.schedule.split(";"):
            day, share = step.split("=")
            if day <= date[5:]:
                due = Decimal(share)
        return due
    return Decimal(int(date[5:7])) / 12 if indicator.kind == "cumulative" else Decimal(1)


def rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


def typical_target(indicator: Indicator, size: int, coarse: bool, rng: Random) -> Decimal:
    """A unit's target: the usual one for a rate, an amount in proportion to the unit's size (percent) otherwise."""
    if not indicator.additive:
        return indicator.target
    percent = rng.choice((100, 200)) if coarse else size + rng.randint(-10, 10)
    return max(rounded(indicator.target * percent / 100, indicator.places), Decimal(4))


def lead(indicator: Indicator, temper: Temper, label: str, habit: Random, rng: Random) -> Decimal:
    """How far (as a share of the target) the unit stands ahead of schedule in a round; negative: behind."""
    own, lasting_slip, slip = habit.randint(-30, 30), habit.randint(1, 100) <= 2, rng.randint(1, 100) <= 3
    thousandths = temper.strength + own + rng.randint(-15, 15)
    if "=" in indicator.flags:
        thousandths += 40
    if label == "annual":
        thousandths += temper.strength // 2 + LAST_QUARTER + (temper.neglect // 4 if indicator.main else temper.neglect)
    elif indicator.main and temper.calm:
        thousandths = rng.randint(*FAR) if slip or lasting_slip else max(thousandths, USUAL_GAP)
    if label == "april" and indicator.kind == "cumulative" and thousandths >= USUAL_GAP:
        thousandths //= 2
    if temper.coarse:
        thousandths = thousandths // 20 * 20
    return Decimal(thousandths) / 1000


def figure(indicator: Indicator, target: Decimal, share: Decimal, ahead: Decimal, rng: Random) -> Decimal:
    """The figure of a unit that stands ``ahead`` of the share of its target due."""
    if indicator.direction == "range":
        value = _in_range(indicator, ahead, rng)
    elif indicator.direction == "lower_better":
        value = target * (share - ahead if indicator.kind == "cumulative" else 1 - ahead)
    else:
        value = target * (share + ahead) if share else Decimal(0)
    if indicator.measure in ("%", "分") and target >= 80 and indicator.direction == "higher_better":
        value = min(value, Decimal(100))
    return rounded(max(value, Decimal(0)), indicator.places)


def _in_range(indicator: Indicator, ahead: Decimal, rng: Random) -> Decimal:
    low, high, width = (Decimal(indicator.params[name]) for name in ("low", "high", "width"))
    if ahead >= 0:
        return low + (high - low) * rng.randint(1, 9) / 10
    return high - ahead * width if rng.randint(0, 1) else low + ahead * width


def inputs(indicator: Indicator, ahead: Decimal, rng: Random) -> dict[str, Any] | None:
    """The raw inputs of a year-end score that no single figure holds, as events.csv carries them; None for the rest."""
    if indicator.method == "vote_grades":
        return {"votes": _votes(indicator, ahead)}
    if indicator.method == "count_capped":
        return {"counts": _counts(indicator, ahead, rng)}
    if indicator.method == "event_deduct":
        events = rng.randint(0, 2) + max(0, int(-ahead * 30))
        return {"deductions": [rng.choice(("0.5", "1", "1.5", "2", "3")) for _ in range(events)]}
    return None


def _votes(indicator: Indicator, ahead: Decimal) -> dict[str, int]:
    best = int(VOTERS * min(max(Decimal("0.55") + ahead * 5, Decimal("0.04")), Decimal("0.94")))
    second = (VOTERS - best) * 7 // 10
    third = (VOTERS - best - second) * 3 // 4
    return dict(zip(indicator.params["values"], (best, second, third, VOTERS - best - second - third), strict=True))


def _counts(indicator: Indicator, ahead: Decimal, rng: Random) -> dict[str, int]:
    fullness = min(max(Decimal("0.85") + ahead * 5, Decimal("0.1")), Decimal("1.1"))
    counts = {}
    for name, item in indicator.params["items"].items():
        most = Decimal(item["cap"]) / Decimal(item["each"])
        counts[name] = max(0, int(most * fullness) + rng.randint(-1, 1))
    return counts


def figure_of(indicator: Indicator, given: dict[str, Any]) -> Decimal:
    """What a person would read of raw inputs: the mark of a vote, the number of things counted, the points deducted."""
    if "votes" in given:
        values, votes = indicator.params["values"], given["votes"]
        total = sum((Decimal(values[name]) * count for name, count in votes.items()), Decimal(0))
        return rounded(total / sum(votes.values()), 2)
    if "counts" in given:
        return Decimal(sum(given["counts"].values()))
    return sum((Decimal(points) for points in given["deductions"]), Decimal(0))


def typed_mark(ahead: Decimal, rng: Random) -> Decimal:
    """A mark from 0 to 100 as a panel types it."""
    return rounded(min(max(85 + ahead * 150 + rng.randint(-20, 20) / Decimal(10), Decimal(40)), Decimal(98)), 2)


def is_read_in_rounds(indicator: Indicator) -> bool:
    return indicator.method not in SUBJECTIVE
