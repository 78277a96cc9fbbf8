"""Timers that would fire for ever, never, or at no time at all."""

from datetime import date
from typing import Final

from engine.workdays import Calendar
from tests.hostile.attack import Attack, deploying, running
from tests.workflow.spiff.drawing import draw

_WAIT: Final = """
    start s
    catch wait %s=%s
    end e
    s -> wait -> e
"""
_REMIND: Final = """
    start s
    user work
    boundary remind on=work cycle=%s aside
    end e
    end f
    s -> work -> e
    remind -> f
"""


def _waiting(kind: str, when: str) -> bytes:
    return draw(_WAIT % (kind, f"'{when}'"))


def _reminding(when: str) -> bytes:
    return draw(_REMIND % f"'{when}'")


TIMERS: Final = [
    Attack("a cycle of no length, for ever", "remind", deploying(_reminding("R/PT0S"))),
    Attack("a cycle of no days", "remind", deploying(_reminding("R/P0D"))),
    Attack("a cycle of no workdays", "remind", deploying(_reminding("R5/0 workdays"))),
    Attack("a million seconds one by one", "remind", deploying(_reminding("R1000000/PT1S"))),
    Attack("a cycle that goes round never", "remind", deploying(_reminding("R0/P1D"))),
    Attack("a cycle backwards", "remind", deploying(_reminding("R/-PT1S"))),
    Attack("a cycle from a day that no calendar has", "remind", deploying(_reminding("R3/2026-02-30/P1D"))),
    Attack("a cron line", "remind", deploying(_reminding("* * * * * ?"))),
    Attack("a span beyond the year 9999", "wait", deploying(_waiting("timer", "P9999Y"))),
    Attack("a span of more digits than there are", "wait", deploying(_waiting("timer", "P" + "9" * 5_000 + "D"))),
    Attack("a day that no calendar has", "wait", deploying(_waiting("date", "9999-13-45"))),
    Attack("a span that is text", "wait", deploying(_waiting("timer", "tomorrow, or the day after"))),
    Attack(
        "seconds that catch up on a year",
        "5000 timers",
        running(_reminding("R999999/PT1S"), until="2027-04-20T09:00:00+08:00"),
        is_refused=False,
    ),
    Attack(
        "for ever, that catches up on a thousand years",
        "5000 timers",
        running(_reminding("R/PT1S"), until="3026-04-20T09:00:00+08:00"),
        is_refused=False,
    ),
    Attack(
        "a moment that is computed for ever",
        "wait: ",
        running(_waiting("date", "=for i in 1..1000000000 return i")),
        is_refused=False,
    ),
    Attack("a moment that is a list", "wait: ", running(_waiting("timer", "=[1, 2]")), is_refused=False),
    Attack("ninety thousand workdays", "2", lambda: Calendar({}).add(date(2026, 1, 1), 99_999), is_refused=False),
    Attack("a hundred million workdays", "out_of_calendar", lambda: Calendar({}).add(date(2026, 1, 1), 100_000_000)),
]
