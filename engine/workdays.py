"""Working days of a Chinese office: Monday to Friday, but for the calendar's exceptions (holidays and 调休 make-up days).

A deadline is the end of a working day, 24:00 in Asia/Shanghai, given as the aware UTC instant of the midnight that
follows. A year of which the calendar holds no row is counted by weekends only and its dates are provisional (暂定).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from engine.errors import Invalid, Message

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_MOST_DAYS: Final = 100_000
"""Counted in one go: four hundred years, beyond which no deadline of an office lies."""


class Problem(NamedTuple):
    """One wrong cell of a calendar table."""

    row: int  # 1 is the first row under the heading
    column: str
    message: Message


class BadCalendar(Invalid):
    """Row {row} of the calendar is wrong ({message}); correct it and import the whole table again."""

    code = "bad_calendar"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(row=problems[0].row, message=problems[0].message)
        self.problems = problems


class OutOfCalendar(Invalid):
    """Working day {days} from {start} lies beyond the years a calendar can hold; give a smaller number of days."""

    code = "out_of_calendar"


class Calendar:
    """Which days are worked. Immutable; dates only, never instants (see ``local_day``)."""

    __slots__ = ("_years", "exceptions")

    def __init__(self, exceptions: Mapping[date, bool]) -> None:
        """``exceptions``: day -> True (worked) or False (off); every other day follows Monday to Friday."""
        self.exceptions: Mapping[date, bool] = MappingProxyType(dict(exceptions))
        self._years = frozenset(day.year for day in exceptions)

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str | None]]) -> "Calendar":
        """Read ``calendar.csv`` rows ``date,working,note``; ``BadCalendar`` names every wrong row, and none is taken."""
        exceptions: dict[date, bool] = {}
        problems: list[Problem] = []
        for position, row in enumerate(rows, start=1):
            try:
                day, worked = _read_row(row)
                if day in exceptions:
                    raise _WrongCell("date", Message("{text} occurs twice", {"text": day.isoformat()}))
                exceptions[day] = worked
            except _WrongCell as wrong:
                problems.append(Problem(position, wrong.column, wrong.message))
        if problems:
            raise BadCalendar(problems)
        return cls(exceptions)

    def is_working(self, day: date) -> bool:
        if isinstance(day, datetime):
            raise TypeError("a calendar counts dates; turn an instant into one with local_day")
        worked = self.exceptions.get(day)
        return day.weekday() < _SATURDAY if worked is None else worked

    def is_provisional(self, day: date) -> bool:
        """No row of this day's year has been imported: the day is counted by weekends only and may still move."""
        return day.year not in self._years

    def add(self, start: date, days: int) -> date:
        """The ``days``-th working day after ``start``, which itself does not count; before it where negative.

        0 gives ``start`` as it is, worked or not.
        """
        if abs(days) > _MOST_DAYS:
            raise OutOfCalendar(days=days, start=start.isoformat())
        step = _DAY if days > 0 else -_DAY
        day, left = start, abs(days)
        try:
            while left:
                day += step
                left -= self.is_working(day)
        except OverflowError:
            raise OutOfCalendar(days=days, start=start.isoformat()) from None
        return day

    def roll(self, day: date) -> date:
        """The day itself where it is worked, else the next working day."""
        while not self.is_working(day):
            day += _DAY
        return day

    def between(self, a: date, b: date) -> int:
        """Working days left on day ``a`` until ``b``: those after ``a`` up to and including ``b``.

        The inverse of ``add``: ``between(a, add(a, n)) == n``, negative where ``b`` is past.
        """
        if b < a:
            return -sum(self.is_working(b + _DAY * ahead) for ahead in range((a - b).days))
        return sum(self.is_working(a + _DAY * ahead) for ahead in range(1, (b - a).days + 1))

    def end_of_day(self, day: date) -> datetime:
        """24:00 of that day in Asia/Shanghai, as an aware UTC instant."""
        if day == date.max:
            raise OutOfCalendar(days=1, start=day.isoformat())
        return datetime.combine(day + _DAY, time(), SHANGHAI).astimezone(UTC)

    def deadline(self, start: date, days: int) -> datetime:
        """End of the ``days``-th working day after ``start``; with 0, of ``start`` or the next working day."""
        if days < 0:
            raise Invalid("A deadline lies 0 or more working days ahead, not {days}.", days=days)
        return self.end_of_day(self.roll(self.add(start, days)))


def local_day(instant: datetime) -> date:
    """The date on which an aware instant falls in Asia/Shanghai, where deadlines are counted."""
    if instant.tzinfo is None:
        raise TypeError("an instant without a time zone has no date; give an aware one")
    return instant.astimezone(SHANGHAI).date()


class _WrongCell(Exception):
    def __init__(self, column: str, message: Message) -> None:
        super().__init__(column, message)
        self.column, self.message = column, message


def _read_row(row: Mapping[str, str | None]) -> tuple[date, bool]:
    day, working = row.get("date") or "", row.get("working") or ""
    if working not in ("0", "1"):
        raise _WrongCell("working", Message("{text!r} is neither 0 nor 1", {"text": working}))
    try:
        return date.fromisoformat(day), working == "1"
    except ValueError:
        raise _WrongCell("date", Message("{text!r} is not a date such as 2026-10-01", {"text": day})) from None
