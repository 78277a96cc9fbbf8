"""What the assessed units are told of an indicator when its result is published (S3 4.2)."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.assessment.ranking.order import Scores, ranks
from engine.assessment.scoring.exact import difference, half_up

FEW: Final = 3
"""How many the feedback names at the top and at the bottom, ties beside."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the assessed units are told of one indicator; over the scored units alone."""

    n: int
    highest: Decimal | None
    lowest: Decimal | None
    mean: Decimal | None  # not weighted, HALF_UP to 2 decimals
    top: tuple[str, ...]  # rank 3 or better, ties included; best first, equals by code
    bottom: tuple[str, ...]  # fewer than 3 strictly worse, ties included; worst first, equals by code
    overlap: tuple[str, ...]  # units in both lists, which small groups and equal scores make


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit in its statistics; gaps are below 0 where the unit is behind."""

    score: Decimal | None
    rank: int | None
    gap_to_best: Decimal | None  # own score less the highest
    gap_to_mean: Decimal | None  # own score less the mean as it is published, with its 2 decimals


def statistics(scores: Scores) -> Statistics:
    """Top three, bottom three, maximum, minimum and mean of one indicator."""
    scored = {unit: score for unit, score in scores.items() if score is not None}
    if not scored:
        return Statistics(0, None, None, None, (), (), ())
    rising = sorted(scored.values())
    third_best, third_worst = rising[-FEW:][0], rising[:FEW][-1]
    by_code = sorted(scored)
    top = sorted((u for u in by_code if scored[u] >= third_best), key=lambda u: scored[u], reverse=True)
    bottom = sorted((u for u in by_code if scored[u] <= third_worst), key=lambda u: scored[u])
    mean = half_up(sum(map(Fraction, rising), Fraction(0)) / len(rising), 2)
    overlap = tuple(unit for unit in top if scored[unit] <= third_worst)
    return Statistics(len(rising), rising[-1], rising[0], mean, tuple(top), tuple(bottom), overlap)


def standing(scores: Scores, unit: str) -> Standing:
    """What one unit is told of itself."""
    score, known = scores[unit], statistics(scores)
    if score is None or known.highest is None or known.mean is None:
        return Standing(None, None, None, None)
    return Standing(score, ranks(scores)[unit], difference(score, known.highest), difference(score, known.mean))
