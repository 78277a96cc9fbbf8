"""From text and from other kinds: ``number``, ``string``, ``date``, ``time``, ``date and time``, ``duration``."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final

from engine.feel.builtins.registry import built_in
from engine.feel.errors import Exhausted
from engine.feel.far import AnyDay, FarDate, FarMoment, day_of, moment_of
from engine.feel.numbers import CONTEXT, finite, whole
from engine.feel.run import Run
from engine.feel.temporal import months_between, read_date, read_date_and_time, read_duration, read_time
from engine.feel.texts import show
from engine.feel.values import MAX_STRING, Value, YearMonths

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)
_DAYS: Final = "date|date and time|far date|far date and time"
_GROUPING: Final = (None, " ", ",", ".")
_DECIMAL: Final = (None, ",", ".")


@built_in("number", "from: string, grouping separator?: string?, decimal separator?: string?")
def number(text: str, grouping: str | None, point: str | None) -> Decimal | None:
    if grouping not in _GROUPING or point not in _DECIMAL or (grouping is not None and grouping == point):
        return None
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    return finite(CONTEXT.create_decimal(plain)) if _NUMBER.fullmatch(plain) else None


@built_in("string", "from: any")
def string(run: Run, value: Value) -> str | None:
    if value is None or type(value) is str:
        return value
    text = show(value, run)
    if len(text) > MAX_STRING:
        raise Exhausted("a string is too long")
    return text


@built_in("date", "from: string")
def date_from_text(text: str) -> date | FarDate | None:
    return read_date(text)


@built_in("date", f"from: {_DAYS}")
def date_of(day: AnyDay) -> date | FarDate | None:
    return day_of(day.year, day.month, day.day)


@built_in("date", "year: number, month: number, day: number")
def date_from_parts(year: Decimal, month: Decimal, day: Decimal) -> date | FarDate | None:
    parts = [part for part in (whole(year), whole(month), whole(day)) if part is not None]
    return day_of(*parts) if len(parts) == 3 else None


@built_in("time", "from: string")
def time_from_text(text: str) -> time | None:
    return read_time(text)


@built_in("time", "from: date|time|date and time")
def time_of(moment: date | time | datetime) -> time:
    """Of a day, its midnight in UTC (DMN 1.3, 10.3.4.1)."""
    if isinstance(moment, datetime):
        return moment.timetz()
    return moment if isinstance(moment, time) else time(tzinfo=UTC)


@built_in("time", "hour: number, minute: number, second: number, offset?: days and time duration?")
def time_from_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None) -> time | None:
    whole_hour, whole_minute, whole_second = whole(hour), whole(minute), whole(second.to_integral_value("ROUND_FLOOR"))
    if whole_hour is None or whole_minute is None or whole_second is None:
        return None
    fraction = int(CONTEXT.multiply(CONTEXT.subtract(second, Decimal(whole_second)), Decimal(1_000_000)))
    try:
        zone = None if offset is None else timezone(offset)
        return time(whole_hour, whole_minute, whole_second, fraction, tzinfo=zone)
    except (ValueError, OverflowError):
        return None


@built_in("date and time", "from: string")
def date_and_time_from_text(text: str) -> datetime | FarMoment | None:
    return read_date_and_time(text)


@built_in("date and time", f"from: {_DAYS}")
def date_and_time_of(day: AnyDay) -> AnyDay | None:
    return day if isinstance(day, datetime | FarMoment) else moment_of(day, time())


@built_in("date and time", f"date: {_DAYS}, time: time")
def date_and_time_from_parts(day: AnyDay, clock: time) -> datetime | FarMoment | None:
    return moment_of(day, clock)


@built_in("duration", "from: string")
def duration(text: str) -> timedelta | YearMonths | None:
    return read_duration(text)


@built_in("duration", "from: days and time duration|years and months duration")
def duration_itself(length: timedelta | YearMonths) -> timedelta | YearMonths:
    return length


@built_in("years and months duration", f"from: {_DAYS}, to: {_DAYS}")
def years_and_months_duration(start: AnyDay, end: AnyDay) -> YearMonths:
    return YearMonths(months_between(start, end))
