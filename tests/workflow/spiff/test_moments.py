"""How often a timer has fallen due by a moment, and what is left of it then: found without counting one by one."""

from datetime import date, datetime, timedelta
from functools import partial

import pytest

from engine.workdays import Calendar
from engine.workflow.scenarios.script import later
from engine.workflow.spiff import moments

NOW = datetime.fromisoformat("2026-01-31T09:00:00+08:00")
#: Monday to Friday.
WORKDAYS = partial(later, Calendar({}))


def started(cycle: str) -> moments.Timer:
    return moments.timer("cycle", cycle, NOW, WORKDAYS)


@pytest.mark.parametrize(
    ("cycle", "by", "times"),
    [
        ("R/P1M", "2026-02-28T08:59:59+08:00", 0),
        ("R/P1M", "2026-02-28T09:00:00+08:00", 1),
        ("R/P1M", "2026-12-31T09:00:00+08:00", 11),
        ("R3/P1M", "2030-01-01T00:00:00+08:00", 3),
        ("R/PT1S", "2026-01-31T10:00:00+08:00", 3600),
        ("R/2026-01-01/P1D", "2026-01-31T00:00:00+08:00", 31),
        ("R/5 workdays", "2026-02-20T09:00:00+08:00", 3),
        ("R/P1000Y", "9999-01-01T00:00:00+08:00", 7),
    ],
)
def test_how_often_a_cycle_falls_due_by_then(cycle: str, by: str, times: int) -> None:
    assert moments.times_due(started(cycle), datetime.fromisoformat(by), WORKDAYS) == times


def test_what_is_left_after_several_times_is_what_is_left_after_one_and_one() -> None:
    running: moments.Timer | None = started("R5/P1M")
    for times in range(1, 5):
        assert running is not None
        running = moments.fired(running, WORKDAYS)
        assert running == moments.after(started("R5/P1M"), times, WORKDAYS)
    assert running is not None and running.due == datetime.fromisoformat("2026-06-30T09:00:00+08:00")
    assert moments.after(started("R5/P1M"), 5, WORKDAYS) is None


def test_a_single_time_is_due_once() -> None:
    once = moments.timer("date", date(2026, 5, 1), NOW, WORKDAYS)
    assert moments.times_due(once, once.due - timedelta(seconds=1), WORKDAYS) == 0
    assert moments.times_due(once, once.due + timedelta(days=900), WORKDAYS) == 1
    assert (moments.after(once, 0, WORKDAYS), moments.after(once, 1, WORKDAYS)) == (once, None)
