"""Days and moments in years the host's own types do not reach: before 1 and after 9999.

The calendar repeats itself every 400 years, weekdays and all, so such a day is a day of the years 2000 to 2399 and the
number of whole periods it lies away from there. Everything in reach stays a plain ``date`` or ``datetime``: these types
appear only where a year out of reach is written, or an addition ends in one.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeAlias, TypeVar

MAX_YEAR: Final = 999_999_999
_PERIOD_YEARS: Final = 400
_PERIOD: Final = timedelta(days=146_097)
_BASE: Final = 2000

Near = TypeVar("Near", date, datetime)


@dataclass(frozen=True, slots=True)
class FarDate:
    """The day ``near``, that many times 400 years away."""

    near: date
    periods: int

    @property
    def year(self) -> int:
        return self.near.year + _PERIOD_YEARS * self.periods

    @property
    def month(self) -> int:
        return self.near.month

    @property
    def day(self) -> int:
        return self.near.day


@dataclass(frozen=True, slots=True)
class FarMoment(FarDate):
    """The moment ``near``, that many times 400 years away."""

    near: datetime


AnyDay: TypeAlias = date | FarDate
"""A day or a moment, far or near; every ``datetime`` is a ``date`` and every ``FarMoment`` a ``FarDate``."""


def day_of(year: int, month: int, day: int) -> date | FarDate | None:
    """The day of that year, month and day; null where the calendar has none."""
    periods, within = divmod(year - _BASE, _PERIOD_YEARS)
    try:
        return _settled(date(_BASE + within, month, day), periods)
    except ValueError:
        return None


def moment_of(day: AnyDay, clock: time) -> datetime | FarMoment | None:
    """The moment of a day (or of a moment's day) at which the clock shows that time."""
    near, periods = _split(day)
    return _settled(datetime.combine(near, clock), periods)  # type: ignore[return-value]


def later(day: AnyDay, by: timedelta) -> AnyDay | None:
    """That much later. Of a day, its midnight is moved, and what is left of the day it ends in is cut off."""
    near, periods = _split(day)
    whole, rest = divmod(by, _PERIOD)
    return _settled(near + rest, periods + whole)


def later_by_months(day: AnyDay, months: int) -> AnyDay | None:
    """The same day some months on, or the last day of that month where it is shorter."""
    near, periods = _split(day)
    years, month = divmod(near.month - 1 + months, 12)
    whole, within = divmod(near.year - _BASE + years, _PERIOD_YEARS)
    year, month = _BASE + within, month + 1
    last = calendar.monthrange(year, month)[1]
    return _settled(near.replace(year=year, month=month, day=min(near.day, last)), periods + whole)


def between(later_day: Any, earlier_day: Any) -> timedelta | None:
    """From one day to another, or from one moment to another; null where only one knows its offset.

    Raises ``OverflowError`` where no duration is that long.
    """
    (left, left_periods), (right, right_periods) = _split(later_day), _split(earlier_day)
    if _only_one_knows_its_offset(left, right):
        return None
    distance: timedelta = left - right
    return distance + (left_periods - right_periods) * _PERIOD


def is_earlier(left: Any, right: Any) -> bool:
    """Whether one day or moment comes before another. One that knows no offset is taken at the other's."""
    (left_near, left_periods), (right_near, right_periods) = _split(left), _split(right)
    if _only_one_knows_its_offset(left_near, right_near):
        left_near, right_near = left_near.replace(tzinfo=None), right_near.replace(tzinfo=None)
    if abs(left_periods - right_periods) > 1:
        return left_periods < right_periods
    distance: timedelta = left_near - right_near
    return distance + (left_periods - right_periods) * _PERIOD < timedelta(0)


def _only_one_knows_its_offset(left: Any, right: Any) -> bool:
    return isinstance(left, datetime) and (left.utcoffset() is None) is not (right.utcoffset() is None)


def _split(day: AnyDay) -> tuple[Any, int]:
    if isinstance(day, FarDate):
        return day.near, day.periods
    periods, within = divmod(day.year - _BASE, _PERIOD_YEARS)
    return day.replace(year=_BASE + within), periods


def _settled(near: Near, periods: int) -> Near | FarDate | None:
    more, within = divmod(near.year - _BASE, _PERIOD_YEARS)
    near, periods = near.replace(year=_BASE + within), periods + more
    year = near.year + _PERIOD_YEARS * periods
    if 1 <= year <= 9999:
        return near.replace(year=year)
    if year == 0 or abs(year) > MAX_YEAR:
        return None
    return FarMoment(near, periods) if isinstance(near, datetime) else FarDate(near, periods)
