"""What a year came to under its rules, as plain values that two ways of ruling it can be compared by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """A unit on an indicator, by code."""

    unit: str
    indicator: str


@dataclass(frozen=True, slots=True)
class Figure:
    """How a pair was measured in a round; ``score`` in annual rounds alone."""

    group: str
    lead_points: Decimal | None
    rank: int | None
    score: Decimal | None


@dataclass(frozen=True, slots=True)
class Warned:
    reasons: tuple[str, ...]
    level: str | None


NOT_WARNED = Warned((), None)


@dataclass(frozen=True, slots=True)
class RoundOutcome:
    key: str
    as_of: date
    parameters: Mapping[str, Any]
    #: Indicator -> field -> how it was measured, scored, weighed.
    rules: Mapping[str, Mapping[str, Any]]
    #: Decision -> number of the version that judged.
    tables: Mapping[str, int]
    figures: Mapping[Pair, Figure]
    warned: Mapping[Pair, Warned]


@dataclass(frozen=True, slots=True)
class Called:
    """A unit for which a consultation is called: after which round, for how many grave warnings."""

    round: str
    grave: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit's year, or a member's, who has neither score, place nor grade when vetoed."""

    group: str
    score: Decimal | None
    rank: int | None
    grade: str | None
    #: Of members alone: the standard their place in the committee has.
    standard: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    #: In the order of the schedule.
    rounds: tuple[RoundOutcome, ...]
    consultations: Mapping[str, Called]
    results: Mapping[str, Placed]
    #: Input that names a table -> the names its tables of the year read.
    looked_at: Mapping[str, frozenset[str]]

    def round(self, key: str) -> RoundOutcome:
        return next(each for each in self.rounds if each.key == key)
