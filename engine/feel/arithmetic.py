"""``+ - * / **`` and the minus sign: which kinds meet, and what comes of it (DMN 1.3, 10.3.2).

Each operator is a table from the two types to a function; a pair that is not in the table has no answer, which is null.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.feel.errors import Exhausted
from engine.feel.far import AnyDay, FarDate, FarMoment, between, later, later_by_months, moment_of
from engine.feel.numbers import CONTEXT, finite, raised
from engine.feel.temporal import duration_of, in_world_time, microseconds, since_midnight
from engine.feel.values import MAX_STRING, Value, YearMonths

Table: TypeAlias = dict[tuple[type, type], Callable[[Any, Any], Value]]

_SOME_DAY: Final = date(2000, 1, 2)
_MAX_MONTHS: Final = 10**12


def _apply(table: Table, left: Value, right: Value) -> Value:
    operate = table.get((type(left), type(right)))
    if operate is None:
        return None
    try:
        return operate(left, right)
    except OverflowError:  # beyond the longest duration
        return None


def add(left: Value, right: Value) -> Value:
    return _apply(_ADD, left, right)


def subtract(left: Value, right: Value) -> Value:
    return _apply(_SUBTRACT, left, right)


def multiply(left: Value, right: Value) -> Value:
    return _apply(_MULTIPLY, left, right)


def divide(left: Value, right: Value) -> Value:
    return _apply(_DIVIDE, left, right)


def power(left: Value, right: Value) -> Value:
    return _apply(_POWER, left, right)


def negate(value: Value) -> Value:
    if type(value) is Decimal:
        return CONTEXT.minus(value)
    if type(value) is timedelta:
        return _subtract_durations(timedelta(0), value)
    return YearMonths(-value.months) if type(value) is YearMonths else None


def _join(left: str, right: str) -> str:
    if len(left) + len(right) > MAX_STRING:
        raise Exhausted("a string is too long")
    return left + right


def _add_numbers(left: Decimal, right: Decimal) -> Value:
    return finite(CONTEXT.add(left, right))


def _subtract_numbers(left: Decimal, right: Decimal) -> Value:
    return finite(CONTEXT.subtract(left, right))


def _multiply_numbers(left: Decimal, right: Decimal) -> Value:
    return finite(CONTEXT.multiply(left, right))


def _divide_numbers(left: Decimal, right: Decimal) -> Value:
    return finite(CONTEXT.divide(left, right))


def _raise_number(left: Decimal, right: Decimal) -> Value:
    return finite(raised(left, right))


def _add_durations(left: timedelta, right: timedelta) -> Value:
    return left + right


def _subtract_durations(left: timedelta, right: timedelta) -> Value:
    try:
        return left - right
    except OverflowError:
        return None


def _add_months(left: YearMonths, right: YearMonths) -> Value:
    return _months(left.months + right.months)


def _months(count: int) -> YearMonths | None:
    return YearMonths(count) if abs(count) <= _MAX_MONTHS else None


def _time_later(moment: time, by: timedelta) -> Value:
    shifted = datetime.combine(_SOME_DAY, moment) + timedelta(seconds=by.seconds, microseconds=by.microseconds)
    return shifted.timetz()


def _between_times(left: time, right: time) -> Value:
    """A time that knows no offset is taken at the other's, as where two times are put in order."""
    (left_knows, left_moment), (right_knows, right_moment) = in_world_time(left), in_world_time(right)
    if left_knows is not right_knows:
        return since_midnight(left) - since_midnight(right)
    return left_moment - right_moment


def _moment_later(moment: datetime, by: timedelta) -> Value:
    try:
        return moment + by
    except OverflowError:
        return later(moment, by)


def _midnight(day: AnyDay) -> Value:
    """Between a day and a moment the day counts as its midnight in UTC (DMN 1.3, 10.3.2.3)."""
    return moment_of(day, time(tzinfo=UTC))


def _times_duration(length: timedelta, factor: Decimal) -> Value:
    return duration_of(CONTEXT.multiply(microseconds(length), factor))


def _duration_by(length: timedelta, divisor: Decimal) -> Value:
    return duration_of(CONTEXT.divide(microseconds(length), divisor)) if divisor else None


def _times_months(length: YearMonths, factor: Decimal) -> Value:
    return _whole_months(CONTEXT.multiply(Decimal(length.months), factor))


def _months_by(length: YearMonths, divisor: Decimal) -> Value:
    return _whole_months(CONTEXT.divide(Decimal(length.months), divisor)) if divisor else None


def _whole_months(count: Decimal) -> YearMonths | None:
    return _months(int(count)) if count.is_finite() and count.adjusted() < 13 else None


_DATES: Final = (date, FarDate)
_MOMENTS: Final = (datetime, FarMoment)
_DAYS: Final = (*_DATES, *_MOMENTS)

_LATER: Final[Table] = {
    **{(day, timedelta): later for day in _DAYS},
    **{(day, YearMonths): lambda day, by: later_by_months(day, by.months) for day in _DAYS},
    (datetime, timedelta): _moment_later,
    (time, timedelta): _time_later,
}

_ADD: Final[Table] = {
    (Decimal, Decimal): _add_numbers,
    (str, str): _join,
    (timedelta, timedelta): _add_durations,
    (YearMonths, YearMonths): _add_months,
    **_LATER,
    **{(by, moment): lambda by, moment: add(moment, by) for moment, by in _LATER},
}

_SUBTRACT: Final[Table] = {
    (Decimal, Decimal): _subtract_numbers,
    (timedelta, timedelta): _subtract_durations,
    (YearMonths, YearMonths): lambda left, right: _months(left.months - right.months),
    (time, time): _between_times,
    **{(left, right): between for days in (_DATES, _MOMENTS) for left in days for right in days},
    **{(day, moment): lambda day, moment: between(_midnight(day), moment) for day in _DATES for moment in _MOMENTS},
    **{(moment, day): lambda moment, day: between(moment, _midnight(day)) for day in _DATES for moment in _MOMENTS},
    **{(moment, by): lambda moment, by: add(moment, negate(by)) for moment, by in _LATER},
}

_MULTIPLY: Final[Table] = {
    (Decimal, Decimal): _multiply_numbers,
    (timedelta, Decimal): _times_duration,
    (Decimal, timedelta): lambda factor, length: _times_duration(length, factor),
    (YearMonths, Decimal): _times_months,
    (Decimal, YearMonths): lambda factor, length: _times_months(length, factor),
}

_DIVIDE: Final[Table] = {
    (Decimal, Decimal): _divide_numbers,
    (timedelta, Decimal): _duration_by,
    (YearMonths, Decimal): _months_by,
    (timedelta, timedelta): lambda left, right: _divide_numbers(microseconds(left), microseconds(right)),
    (YearMonths, YearMonths): lambda left, right: _divide_numbers(Decimal(left.months), Decimal(right.months)),
}

_POWER: Final[Table] = {(Decimal, Decimal): _raise_number}
