"""What a FEEL value is, and the bounds every value keeps.

FEEL has twelve kinds of value. Each is one exact Python type (days and moments have a second one, for years out of the
first's reach), so the kind of a value is one dictionary look-up and no subclass can slip in with behaviour of its own:

    null None · boolean bool · number Decimal · string str · list list · context dict · date date · time time
    date and time datetime · days and time duration timedelta · years and months duration YearMonths
    range Range · function Function
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from engine.feel.far import FarDate, FarMoment
from engine.feel.functions import Function

MAX_STRING: Final = 100_000
"""Characters of one string."""
MAX_LIST: Final = 100_000
"""Items of one list."""
MAX_DEPTH: Final = 100
"""Lists and contexts inside each other."""


@dataclass(frozen=True, slots=True, order=True)
class YearMonths:
    """A years and months duration, in months; negative goes back in time."""

    months: int


Comparator: TypeAlias = Literal["<", "<=", ">", ">=", "=", "!="]


@dataclass(frozen=True, slots=True)
class Range:
    """The values between two ends, or those on one side of a value.

    ``comparator`` is set for the one-sided form ``(< 10)``: then the value stands in ``start`` or ``end`` and the other
    is None. Without it both ends are what was written, and an end that is null is an unknown end, not an open one: no
    value is known to lie in ``[1..null]``, while 5 does lie in ``(>= 1)``.
    """

    start: Any
    end: Any
    start_included: bool
    end_included: bool
    comparator: Comparator | None = None


Value: TypeAlias = (
    bool
    | str
    | Decimal
    | list[Any]
    | dict[str, Any]
    | date
    | time
    | datetime
    | FarDate
    | FarMoment
    | timedelta
    | YearMonths
    | Range
    | Function
    | None
)

KIND: Final[dict[type, str]] = {
    bool: "boolean",
    Decimal: "number",
    str: "string",
    date: "date",
    time: "time",
    datetime: "date and time",
    FarDate: "date",
    FarMoment: "date and time",
    timedelta: "days and time duration",
    YearMonths: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


def kind(value: object) -> str:
    """The FEEL name of a value's kind; "null" for null."""
    return KIND.get(type(value), "null")
