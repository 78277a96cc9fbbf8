"""When something is due: instants, spans and cycles, written in a diagram or computed by an expression.

    instant   2026-04-01, 2026-04-01T09:00, 2026-04-01T09:00:00+08:00; without an offset it is local time
    span      P10D, P1Y2M10DT2H30M, P2W, 10 workdays
    cycle     R3/P1D, R/P1M, R3/2026-04-01/P1M, R2/5 workdays; R without a number goes on for ever

Local time is that of Asia/Shanghai. Months and days are counted on the local calendar; a cycle counts from where it
began, so that the 31st stays the 31st where the month has one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from engine.errors import Invalid
from engine.feel import YearMonths

LOCAL: Final = ZoneInfo("Asia/Shanghai")
AddWorkdays: TypeAlias = Callable[[datetime, int], datetime]

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_SPAN: Final = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=\d)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?",
    re.ASCII,
)
_WORKDAYS: Final = re.compile(r"(\d{1,5}) workdays?", re.ASCII)
_CYCLE: Final = re.compile(r"R(\d{0,6})/(?:([^/P]+)/)?([^/]+)", re.ASCII)
_BEGUN: Final = re.compile(r"R\d*/|P\d|PT\d|\d{4}-\d\d-|\d+ workday", re.ASCII)
_END_OF_DAY: Final = time(23, 59, 59)


class NoMoment(Invalid):
    """{value} says no time; write a date, a date and time, a duration such as P10D, or a count such as 5 workdays."""

    code = "bad_expression"

    def __init__(self, value: object) -> None:
        super().__init__(value=repr(value) if isinstance(value, str) else value)


@dataclass(frozen=True, slots=True)
class Span:
    months: int = 0
    rest: timedelta = timedelta()
    workdays: int = 0

    def __mul__(self, times: int) -> "Span":
        return Span(self.months * times, self.rest * times, self.workdays * times)

    def __bool__(self) -> bool:
        return bool(self.months or self.rest or self.workdays)


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that runs: when it is due next, and what comes after."""

    due: datetime
    #: How often it may still fire, None for ever.
    left: int | None = 1
    #: For a cycle: what it repeats, from when, and the number of the repetition that is due.
    every: str | None = None
    anchor: datetime | None = None
    step: int = 0


def is_literal(text: str) -> bool:
    """Whether the text itself is a moment or a cycle. What is not, is an expression that gives one."""
    return any(form.fullmatch(text.strip()) for form in (_DATE, _SPAN, _WORKDAYS, _CYCLE))


def looks_literal(text: str) -> bool:
    """Whether the text begins as a moment or a cycle does; where it is none, it was meant as one all the same."""
    return _BEGUN.match(text.strip()) is not None


def timer(timing: str, value: object, now: datetime, add_workdays: AddWorkdays) -> Timer:
    """The timer that a definition of this kind starts now. Raises ``NoMoment``."""
    if timing != "cycle":
        return Timer(moment(value, now, add_workdays))
    found = _CYCLE.fullmatch(value.strip()) if isinstance(value, str) else None
    times = int(found[1]) if found and found[1] else None
    if found is None or not _span(found[3]) or times == 0:
        raise NoMoment(value)
    begins = None if found[2] is None else _instant(found[2])
    return _stepped(Timer(now, times, found[3], begins or now, step=-1 if begins else 0), add_workdays)


def fired(running: Timer, add_workdays: AddWorkdays) -> Timer | None:
    """What is left of a timer once it has fired; None when it is used up."""
    if running.left == 1:
        return None
    return _stepped(replace(running, left=running.left and running.left - 1), add_workdays)


def times_due(running: Timer, by: datetime, add_workdays: AddWorkdays) -> int:
    """How often a timer falls due by then, if it is let go on: found without counting, for a cycle may be of seconds."""
    fewest, most = 0, 1
    while _is_due(running, most, by, add_workdays):
        fewest, most = most, 2 * most
    while most - fewest > 1:
        middle = (fewest + most) // 2
        fewest, most = (middle, most) if _is_due(running, middle, by, add_workdays) else (fewest, middle)
    return fewest


def _is_due(running: Timer, times: int, by: datetime, add_workdays: AddWorkdays) -> bool:
    last = after(running, times - 1, add_workdays)
    return last is not None and last.due <= by


def after(running: Timer, times: int, add_workdays: AddWorkdays) -> Timer | None:
    """What is left of a timer once it has fired so often; None when it is used up, or the calendar is."""
    if times == 0:
        return running
    if running.left is not None and running.left <= times:
        return None
    left = running.left and running.left - times
    try:
        return _stepped(replace(running, left=left, step=running.step + times - 1), add_workdays)
    except NoMoment:  # the calendar ends with the year 9999, and so does the cycle
        return None


def _stepped(running: Timer, add_workdays: AddWorkdays) -> Timer:
    span = _span(running.every or "")
    if span is None or running.anchor is None:
        raise NoMoment(running.every)
    step = running.step + 1
    return replace(running, due=later(running.anchor, span * step, add_workdays), step=step)


def moment(value: object, now: datetime, add_workdays: AddWorkdays, *, end_of_day: bool = False) -> datetime:
    """The instant a value means, counted from now where it is a span.

    A bare date is its first moment, or with ``end_of_day`` its last second: a timer fires when the day begins, a task
    may be done until it ends. Raises ``NoMoment``.
    """
    span = value if isinstance(value, Span) else _span(value)
    if span is not None:
        return later(now, span, add_workdays)
    found = _instant(value)
    is_date = type(value) is date or (isinstance(value, str) and "T" not in value)
    return datetime.combine(found.astimezone(LOCAL), _END_OF_DAY, LOCAL) if end_of_day and is_date else found


def later(start: datetime, span: Span, add_workdays: AddWorkdays) -> datetime:
    try:
        local = start.astimezone(LOCAL) + relativedelta(months=span.months) + span.rest
    except (ValueError, OverflowError) as beyond:
        raise NoMoment("a moment beyond the year 9999") from beyond
    return add_workdays(local, span.workdays) if span.workdays else local


def _span(value: Any) -> Span | None:
    if isinstance(value, timedelta):
        return Span(rest=value)
    if isinstance(value, YearMonths):
        return Span(months=value.months)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if found := _WORKDAYS.fullmatch(text):
        return Span(workdays=int(found[1]))
    if found := _SPAN.fullmatch(text):
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return Span(12 * years + months, rest)
    return None


def _instant(value: object) -> datetime:
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise NoMoment(value) from error
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=LOCAL)
    if isinstance(value, date):
        return datetime.combine(value, time(), LOCAL)
    raise NoMoment(value)
