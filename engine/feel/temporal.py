"""Dates, times, durations: read from text, written as text, moved.

Text follows ISO 8601 as FEEL has it, with a zone by offset or by name after ``@`` (DMN 1.3, 10.3.2.3.4 to 10.3.2.3.8).
A fraction of a second is kept to the microsecond, and what is finer is cut off.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from engine.feel.far import AnyDay, FarDate, FarMoment, day_of, later, moment_of
from engine.feel.numbers import CONTEXT, show_number
from engine.feel.values import YearMonths

_ZONE = r"(?P<zone>Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z_]+(?:/[A-Za-z_+\-0-9]+)*)?"
_DATE: Final = re.compile(r"(-?(?:\d{4}|[1-9]\d{4,8}))-(\d\d)-(\d\d)", re.ASCII)
_TIME: Final = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?" + _ZONE, re.ASCII)
_DURATION: Final = re.compile(
    r"(-)?P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d*)?)S)?)?", re.ASCII
)
_MILLION: Final = Decimal(1_000_000)
_MICROSECOND: Final = timedelta(microseconds=1)
_MAX_OFFSET_HOURS: Final = 14
_MAX_DIGITS: Final = 18
"""Of a duration's counts: more could not be a duration and would only cost time to read."""


def read_temporal(text: str) -> AnyDay | time | timedelta | YearMonths | None:
    """The value of an ``@"..."`` literal, null where it is none."""
    for read in (read_date, read_time, read_date_and_time, read_duration):
        value = read(text)
        if value is not None:
            return value
    return None


def read_date(text: str) -> date | FarDate | None:
    found = _DATE.fullmatch(text)
    return day_of(int(found[1]), int(found[2]), int(found[3])) if found else None


def read_time(text: str) -> time | None:
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour, minute, second, fraction = found.group(1, 2, 3, 4)
    try:
        zone = _read_zone(found["zone"])
        return time(int(hour), int(minute), int(second), int((fraction or "0")[:6].ljust(6, "0")), tzinfo=zone)
    except (ValueError, OSError):
        return None


def read_date_and_time(text: str) -> datetime | FarMoment | None:
    day_text, separator, time_text = text.partition("T")
    day = read_date(day_text)
    if day is None:
        return None
    if not separator:
        return moment_of(day, time())
    if time_text.startswith("24:00:00"):
        return _midnight_after(day, time_text)
    moment = read_time(time_text)
    return None if moment is None else moment_of(day, moment)


def _midnight_after(day: AnyDay, time_text: str) -> datetime | FarMoment | None:
    moment, next_day = read_time("00" + time_text[2:]), later(day, timedelta(days=1))
    if moment is None or moment.microsecond or next_day is None:
        return None
    return moment_of(next_day, moment)


def read_duration(text: str) -> timedelta | YearMonths | None:
    found = _DURATION.fullmatch(text)
    if not found or any(len(part) > _MAX_DIGITS for part in found.groups() if part):
        return None
    sign = -1 if found[1] else 1
    years, months, days, hours, minutes, seconds = found.group(2, 3, 4, 5, 6, 7)
    if years or months:
        mixed = days or hours or minutes or seconds
        return None if mixed else YearMonths(sign * (12 * int(years or 0) + int(months or 0)))
    try:
        return sign * timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            microseconds=int(CONTEXT.multiply(Decimal(seconds or 0), _MILLION)),
        )
    except OverflowError:
        return None


def _read_zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    if text.startswith("@"):
        return _named_zone(text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    if hours > _MAX_OFFSET_HOURS or minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return timezone(-offset if text[0] == "-" else offset)


def _named_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as unknown:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(name) from unknown


def show_date(value: AnyDay) -> str:
    return f"{'-' if value.year < 0 else ''}{abs(value.year):04}-{value.month:02}-{value.day:02}"


def show_date_and_time(value: datetime | FarMoment) -> str:
    near = value.near if isinstance(value, FarMoment) else value
    return f"{show_date(value)}T{show_time(near.time())}{show_zone(near)}"


def show_time(value: time) -> str:
    return _without_trailing_zeros(value.replace(tzinfo=None).isoformat()) + show_zone(value)


def _without_trailing_zeros(text: str) -> str:
    return text.rstrip("0") if "." in text else text


def show_zone(value: time | datetime) -> str:
    zone = value.tzinfo
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = value.utcoffset()
    if not offset:
        return "Z"
    minutes, seconds = divmod(int(abs(offset).total_seconds()), 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def show_years_and_months(value: YearMonths) -> str:
    years, months = divmod(abs(value.months), 12)
    parts = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return ("-" if value.months < 0 else "") + "P" + (parts or "0M")


def show_days_and_time(value: timedelta) -> str:
    days, hours, minutes, seconds = split_days_and_time(value)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{show_number(seconds)}S" if seconds else ""
    parts = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-" if value < timedelta(0) else "") + "P" + (parts or "T0S")


def split_days_and_time(value: timedelta) -> tuple[int, int, int, Decimal]:
    """Days, hours, minutes and seconds (with their fraction) of the duration's length, without its sign."""
    length = abs(value)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return length.days, hours, minutes, CONTEXT.divide(Decimal(seconds * 1_000_000 + length.microseconds), _MILLION)


def microseconds(value: timedelta) -> Decimal:
    return Decimal(value // _MICROSECOND)


def duration_of(length: Decimal) -> timedelta | None:
    """The duration of that many microseconds, a fraction of one cut off; null where it is too long."""
    if not length.is_finite() or length.adjusted() > _MAX_DIGITS + 6:
        return None
    try:
        return int(length) * _MICROSECOND
    except OverflowError:
        return None


def months_between(start: AnyDay, end: AnyDay) -> int:
    """Whole months from one day to another, negative where the second comes first."""
    if (end.year, end.month, end.day) < (start.year, start.month, start.day):
        return -months_between(end, start)
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def since_midnight(value: time) -> timedelta:
    return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)


def in_world_time(value: time) -> tuple[bool, timedelta]:
    """Whether a time knows its offset, and its distance from midnight UTC where it does, from midnight where not."""
    offset = value.utcoffset()
    return (False, since_midnight(value)) if offset is None else (True, since_midnight(value) - offset)
