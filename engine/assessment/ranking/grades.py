"""Grades of a year: a quota for excellent, two lines for the others (S3 3.1.4)."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from engine.assessment.ranking.order import Scores, ranks
from engine.errors import Invalid


class Grade(StrEnum):
    """Grade of a unit's year."""

    EXCELLENT = "excellent"  # 优秀, within the quota
    GOOD = "good"  # 良好
    QUALIFIED = "qualified"  # 一般
    UNQUALIFIED = "unqualified"  # 较差


class BadQuota(Invalid):
    """The quota and the lines of the grades do not fit together."""

    code = "bad_quota"


class BadDecision(Invalid):
    """{unit} cannot be named excellent: name only units that tie for the last places, without a veto, no more than fit."""

    code = "bad_decision"


def excellent_places(n: int, quota: Decimal) -> int:
    """How many of ``n`` scored units may be excellent: floor(n · quota), at least 1."""
    return max(1, int(n * Fraction(quota)))


def grades(
    scores: Scores,
    *,
    quota: Decimal,
    good_line: Decimal,
    qualified_line: Decimal,
    vetoed: Collection[str] = (),
    decided: Collection[str] = (),
) -> dict[str, Grade | None]:
    """Grade one ranked population: excellent within the quota, the others by the two lines; None for the unscored.

    n counts every scored unit. Units that tie across the last place are none of them excellent, unless a decision
    names some of them (``decided``, at most as many as there are places left; ``BadDecision``). A confirmed veto bars
    excellent and good: the unit keeps its score and its rank, so it goes on occupying its place and frees none for the
    next. Source: S3 3.1.4 and the published practice of vetoes, which bar awards and leave the score.
    """
    if not 0 < quota <= 1 or not qualified_line < good_line:
        raise BadQuota("The quota must be above 0 and at most 1, and the good line above the qualified one.")
    scored = {unit: score for unit, score in scores.items() if score is not None}
    excellent = _within_quota(scored, excellent_places(len(scored), quota), vetoed, decided)
    found: dict[str, Grade | None] = {}
    for unit, score in scores.items():
        if score is None:
            found[unit] = None
        elif unit in excellent:
            found[unit] = Grade.EXCELLENT
        elif score >= good_line and unit not in vetoed:
            found[unit] = Grade.GOOD
        else:
            found[unit] = Grade.QUALIFIED if score >= qualified_line else Grade.UNQUALIFIED
    return found


def tied_at_cut(scores: Scores, quota: Decimal) -> tuple[tuple[str, ...], int]:
    """The units that tie across the last excellent place, and how many places are left for them; none: ((), 0)."""
    scored = {unit: score for unit, score in scores.items() if score is not None}
    return _tied(scored, excellent_places(len(scored), quota))


def _tied(scored: Mapping[str, Decimal], places: int) -> tuple[tuple[str, ...], int]:
    falling = sorted(scored.values(), reverse=True)
    if len(falling) <= places or falling[places - 1] != falling[places]:
        return (), 0
    tied = tuple(sorted(unit for unit, score in scored.items() if score == falling[places]))
    return tied, places - falling.index(falling[places])


def _within_quota(
    scored: Mapping[str, Decimal], places: int, vetoed: Collection[str], decided: Collection[str]
) -> set[str]:
    tied, left = _tied(scored, places)
    for unit in sorted(decided):
        if unit not in tied or unit in vetoed or len(set(decided)) > left:
            raise BadDecision(unit=unit)
    found = ranks(scored)
    clear = {unit for unit, rank in found.items() if rank is not None and rank <= places and unit not in tied}
    return (clear | set(decided)) - set(vetoed)
