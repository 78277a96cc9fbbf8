"""Competition ranks (1, 2, 2, 4) of exact values, and who is ranked with whom."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, TypeAlias

from engine.assessment.scoring.exact import competition_ranks
from engine.assessment.scoring.rows import brief
from engine.errors import Invalid

Scores: TypeAlias = Mapping[str, Decimal | None]
"""Unit -> stored score or exact total; None is missing or exempt and counts nowhere."""


def ranks(scores: Scores) -> dict[str, int | None]:
    """Unit -> competition rank, the highest score first; None for the unscored. Exact equals share a rank."""
    return dict(zip(scores, competition_ranks(list(scores.values())), strict=True))


def populations(groups: Mapping[str, str], scope: Literal["group", "all"]) -> dict[str, list[str]]:
    """Who is ranked with whom: name of the population -> its units, in the order given.

    ``group``: each group on its own; ``all``: one common ranking, whatever the groups, under the name "all".
    """
    if scope == "all":
        return {"all": list(groups)}
    if scope != "group":
        raise Invalid("The rank scope is group or all, not {scope}.", scope=brief(scope))
    found: dict[str, list[str]] = {}
    for unit, group in groups.items():
        found.setdefault(group, []).append(unit)
    return found


def progress_ranks(now: Scores, before: Scores) -> dict[str, int | None]:
    """Unit -> rank by the places won since last time, most first; None where one of the two ranks is missing."""
    here, there = ranks(now), ranks(before)
    won = {unit: _won(there.get(unit), rank) for unit, rank in here.items()}
    return dict(zip(won, competition_ranks(list(won.values())), strict=True))


def _won(before: int | None, now: int | None) -> int | None:
    return None if before is None or now is None else before - now
