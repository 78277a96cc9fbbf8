"""The events of a city that are still ahead, and those among them that wait for their moment.

The moment of some acts is nobody's to write down beforehand: an appeal is filed while a result is shown, and people decide
on what day that begins. Such an event has a line like any other, dated before its moment can come. Its function raises
``NotYet``, which leaves nothing behind; on the next working day, at the hour of its line, the event is tried again.

When an event is tried follows from its line and the calendar alone, so a play that was killed tries it when it would have.
"""

import heapq
from collections.abc import Sequence
from datetime import date, datetime

from engine import calendars
from engine.db import SHANGHAI
from engine.errors import BihuanError
from engine.simulation.world import Event
from engine.workdays import Calendar


class NotYet(BihuanError):
    """The moment of {kind} (line {line}) has not come yet."""

    code = "not_yet"

    def __init__(self, event: Event) -> None:
        super().__init__(kind=event.kind, line=event.line)


class Ahead:
    """Events still to happen, the next one first; of one instant in the order in which they were given."""

    def __init__(self, events: Sequence[Event], calendar: Calendar, begins: datetime, now: datetime) -> None:
        """``begins`` is when the play starts, before which nothing happens; ``now`` is where it stands."""
        self._calendar = calendar
        self._queue = [
            (self._first_try(event, max(event.at, begins), now), place, event) for place, event in enumerate(events)
        ]
        heapq.heapify(self._queue)

    def next(self) -> tuple[datetime, Event] | None:
        """The event that is tried next, and when. It stays the next one until it is done or put off."""
        return (self._queue[0][0], self._queue[0][2]) if self._queue else None

    def done(self) -> None:
        """The next event has come about."""
        heapq.heappop(self._queue)

    def put_off(self) -> None:
        """The moment of the next event has not come: it is tried again on the working day after."""
        tried, place, event = self._queue[0]
        heapq.heapreplace(self._queue, (self._on_day_after(event, calendars.local_date(tried)), place, event))

    def waiting(self, until: datetime) -> tuple[Event, ...]:
        """Those that should have come about by then and have not, in their order."""
        due = [(place, event) for _, place, event in self._queue if event.at <= until]
        return tuple(event for _, event in sorted(due, key=lambda each: each[0]))

    def _first_try(self, event: Event, at: datetime, now: datetime) -> datetime:
        """Its own moment, or where the play has gone past that, for which it then waited, the next of those after."""
        if at >= now:
            return at
        today = calendars.local_date(now)
        again = _at_its_hour(event, today)
        return again if again >= now and self._calendar.is_working(today) else self._on_day_after(event, today)

    def _on_day_after(self, event: Event, day: date) -> datetime:
        return _at_its_hour(event, self._calendar.add(day, 1))


def _at_its_hour(event: Event, day: date) -> datetime:
    return datetime.combine(day, event.at.astimezone(SHANGHAI).time(), SHANGHAI)
