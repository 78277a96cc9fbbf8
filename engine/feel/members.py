"""What stands behind a dot: entries of a context, properties of dates, times, durations and ranges."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.feel.far import FarDate, FarMoment
from engine.feel.run import Run
from engine.feel.temporal import split_days_and_time
from engine.feel.values import Range, Value, YearMonths


def member(value: Value, name: str, run: Run) -> Value:
    """``value.name``; of a list, the list of each item's; null where there is none (DMN 1.3, 10.3.2)."""
    if type(value) is dict:
        return value.get(name)
    if type(value) is list:
        run.charge(1 + len(value))
        return [member(item, name, run) for item in value]
    properties = _PROPERTIES.get(type(value))
    find = None if properties is None else properties.get(name)
    return None if find is None else find(value)


def has_member(value: Value, name: str) -> bool:
    if type(value) is dict:
        return name in value
    return type(value) is list or name in _PROPERTIES.get(type(value), ())


def _years(value: YearMonths) -> Decimal:
    return _signed(value.months, abs(value.months) // 12)


def _months(value: YearMonths) -> Decimal:
    return _signed(value.months, abs(value.months) % 12)


def _signed(like: int, count: int) -> Decimal:
    return Decimal(-count if like < 0 else count)


def _part(index: int) -> Callable[[timedelta], Decimal]:
    """One of days, hours, minutes and whole seconds; all carry the sign of the duration."""

    def find(value: timedelta) -> Decimal:
        return _signed(-1 if value < timedelta(0) else 1, int(split_days_and_time(value)[index]))

    return find


def _timezone(value: time | datetime) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _offset(value: time | datetime) -> timedelta | None:
    return value.utcoffset()


_Properties = dict[str, Callable[[Any], Value]]


def _of_near(properties: _Properties) -> _Properties:
    """Of a far day everything but the year is as of the near one."""

    def looked_up(find: Callable[[Any], Value]) -> Callable[[Any], Value]:
        return lambda value: find(value.near)

    return {name: looked_up(find) for name, find in properties.items()} | {"year": properties["year"]}


_OF_DATES: Final[_Properties] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.isoweekday()),
}
_OF_TIMES: Final[_Properties] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": lambda value: Decimal(value.second),
    "time offset": _offset,
    "timezone": _timezone,
}
_PROPERTIES: Final[dict[type, _Properties]] = {
    date: _OF_DATES,
    time: _OF_TIMES,
    datetime: _OF_DATES | _OF_TIMES,
    FarDate: _of_near(_OF_DATES),
    FarMoment: _of_near(_OF_DATES | _OF_TIMES),
    YearMonths: {"years": _years, "months": _months},
    timedelta: {"days": _part(0), "hours": _part(1), "minutes": _part(2), "seconds": _part(3)},
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
SPACED_PROPERTIES: Final = ("time offset", "start included", "end included")
"""The properties whose names are two words."""
