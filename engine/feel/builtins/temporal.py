"""Dates in their year and week, and the clock the host gave."""

import calendar
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from engine.feel.builtins.registry import built_in
from engine.feel.run import Run

_HOME: Final = ZoneInfo("Asia/Shanghai")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@built_in("day of year", "date: date|date and time")
def day_of_year(day: date) -> Decimal:
    return Decimal(day.timetuple().tm_yday)


@built_in("day of week", "date: date|date and time")
def day_of_week(day: date) -> str:
    return _DAYS[day.weekday()]


@built_in("month of year", "date: date|date and time")
def month_of_year(day: date) -> str:
    return _MONTHS[day.month - 1]


@built_in("week of year", "date: date|date and time")
def week_of_year(day: date) -> Decimal:
    """Of ISO 8601: week 1 holds the first Thursday."""
    return Decimal(day.isocalendar()[1])


@built_in("last day of month", "date: date|date and time")
def last_day_of_month(day: date) -> date:
    return date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])


@built_in("now", "")
def now(run: Run) -> datetime | None:
    """In China's zone, whatever zone the host gave it in: a moment without an offset compares at this one's."""
    return run.now if run.now is None or run.now.tzinfo is None else run.now.astimezone(_HOME)


@built_in("today", "")
def today(run: Run) -> date | None:
    """The day it is in China."""
    moment = now(run)
    return None if moment is None else moment.date()
