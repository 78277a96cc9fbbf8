"""``+ - * / **`` and the minus sign: which kinds meet, and what comes of it (DMN 1.3, tables 56 to 59).

Each operator is a table from the two types to a function; a pair that is not in the table has no answer, which is null.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.feel.errors import Exhausted
from engine.feel.numbers import CONTEXT, finite
from engine.feel.temporal import duration_of, in_world_time, later_by_months, microseconds, since_midnight
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
    except OverflowError:  # out of the years 1 to 9999, or of the longest duration
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
    return finite(CONTEXT.power(left, right))


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


def _day_later(day: date, by: timedelta) -> Value:
    """A day is its own midnight, and what is left of the day it lands on is cut off."""
    return (datetime(day.year, day.month, day.day) + by).date()


def _time_later(moment: time, by: timedelta) -> Value:
    shifted = datetime.combine(_SOME_DAY, moment) + timedelta(seconds=by.seconds, microseconds=by.microseconds)
    return shifted.timetz()


def _between_times(left: time, right: time) -> Value:
    (left_knows, left_moment), (right_knows, right_moment) = in_world_time(left), in_world_time(right)
    if left_knows is right_knows:
        return left_moment - right_moment
    return since_midnight(left) - since_midnight(right) if left.tzinfo == right.tzinfo else None


def _between_moments(left: datetime, right: datetime) -> Value:
    return left - right if (left.utcoffset() is None) is (right.utcoffset() is None) else None


def _midnight(day: date) -> datetime:
    """Between a day and a moment the day counts as its midnight in UTC (DMN 1.3, 10.3.2.3.6)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


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


_ADD: Final[Table] = {
    (Decimal, Decimal): _add_numbers,
    (str, str): _join,
    (timedelta, timedelta): _add_durations,
    (YearMonths, YearMonths): _add_months,
    (date, timedelta): _day_later,
    (datetime, timedelta): lambda moment, by: moment + by,
    (time, timedelta): _time_later,
    (date, YearMonths): lambda day, by: later_by_months(day, by.months),
    (datetime, YearMonths): lambda moment, by: later_by_months(moment, by.months),
    (timedelta, date): lambda by, day: _day_later(day, by),
    (timedelta, datetime): lambda by, moment: moment + by,
    (timedelta, time): lambda by, moment: _time_later(moment, by),
    (YearMonths, date): lambda by, day: later_by_months(day, by.months),
    (YearMonths, datetime): lambda by, moment: later_by_months(moment, by.months),
}

_SUBTRACT: Final[Table] = {
    (Decimal, Decimal): _subtract_numbers,
    (timedelta, timedelta): _subtract_durations,
    (YearMonths, YearMonths): lambda left, right: _months(left.months - right.months),
    (date, date): lambda left, right: left - right,
    (datetime, datetime): _between_moments,
    (time, time): _between_times,
    (date, datetime): lambda day, moment: _between_moments(_midnight(day), moment),
    (datetime, date): lambda moment, day: _between_moments(moment, _midnight(day)),
    (date, timedelta): lambda day, by: _day_later(day, -by),
    (datetime, timedelta): lambda moment, by: moment - by,
    (time, timedelta): lambda moment, by: _time_later(moment, -by),
    (date, YearMonths): lambda day, by: later_by_months(day, -by.months),
    (datetime, YearMonths): lambda moment, by: later_by_months(moment, -by.months),
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
