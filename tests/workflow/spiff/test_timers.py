from datetime import UTC, date, datetime, timedelta

import pytest

from engine.feel import YearMonths
from tests.workflow.spiff.walking import Begin, begin_with

TIMER = "start s \n catch t {} \n user a \n s -> t -> a"


@pytest.mark.parametrize(
    ("timer", "due"),
    [
        ("timer=P10D", "2026-04-30T09:00:00+08:00"),
        ("timer=P1M", "2026-05-20T09:00:00+08:00"),
        ("timer=P1Y2M3DT4H5M6S", "2027-06-23T13:05:06+08:00"),
        ("timer=P2W", "2026-05-04T09:00:00+08:00"),
        ("timer=PT90M", "2026-04-20T10:30:00+08:00"),
        ("timer='10 workdays'", "2026-05-04T09:00:00+08:00"),
        ("timer='1 workday'", "2026-04-21T09:00:00+08:00"),
        ("timer='=span'", "2026-04-22T09:00:00+08:00"),
        ("timer=span", "2026-04-22T09:00:00+08:00"),
        ("timer='${text}'", "2026-04-23T09:00:00+08:00"),
        ("timer=months", "2026-06-20T09:00:00+08:00"),
        ("date=2026-05-01", "2026-05-01T00:00:00+08:00"),
        ("date=2026-05-01T08:30", "2026-05-01T08:30:00+08:00"),
        ("date=2026-05-01T08:30:00Z", "2026-05-01T16:30:00+08:00"),
        ("date=day", "2026-07-31T00:00:00+08:00"),
        ("date=moment", "2026-08-01T08:00:00+08:00"),
        ("date='=date(\"2026-05-02\")'", "2026-05-02T00:00:00+08:00"),
        ("date='=today() + duration(\"P1D\")'", "2026-04-21T00:00:00+08:00"),
        ("cycle=R3/P1D", "2026-04-21T09:00:00+08:00"),
        ("cycle=R3/2026-06-30/P1M", "2026-06-30T00:00:00+08:00"),
    ],
)
def test_what_a_timer_may_say(walks: Begin, timer: str, due: str) -> None:
    walk = walks(
        TIMER.format(timer),
        span=timedelta(days=2),
        text="P3D",
        months=YearMonths(2),
        day=date(2026, 7, 31),
        moment=datetime(2026, 8, 1, tzinfo=UTC),
    )
    assert datetime.fromisoformat(walk.due or "") == datetime.fromisoformat(due)
    walk.advance(to=due)
    assert walk.open == ["a"]
    assert walk.visited == ["t"]


@pytest.mark.parametrize("timer", ["timer=nothing", "timer='=1 + 1'", "date='=\"soon\"'", "cycle=span", "timer='=yes'"])
def test_what_says_no_time_stands_as_an_incident(walks: Begin, timer: str) -> None:
    walk = walks(TIMER.format(timer), span="P1D", yes=True)
    assert walk.incidents == ["t"]
    assert "says no time" in walk.machine.incidents[0].cause


def test_a_cycle_of_months_keeps_to_the_last_day(walks: Begin) -> None:
    """31 January and every month after: counted from the first each time, not from the one before."""
    walk = walks("start s \n user a \n boundary r on=a cycle=R5/2026-05-31/P1M aside \n user n \n s -> a \n r -> n")
    walk.advance(to="2026-12-01T00:00:00+08:00")
    fired = [entry.at.date().isoformat() for entry in walk.trace if entry.event == "fired"]
    assert fired == ["2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30"]


def test_a_cycle_may_count_in_working_days(walks: Begin) -> None:
    walk = walks("start s \n user a \n boundary r on=a cycle='R3/2 workdays' aside \n user n \n s -> a \n r -> n")
    walk.advance(days=30)
    fired = [entry.at.date().isoformat() for entry in walk.trace if entry.event == "fired"]
    assert fired == ["2026-04-22", "2026-04-24", "2026-04-28"]


def test_a_timer_started_by_a_timer_counts_from_the_instant_that_was_due(walks: Begin) -> None:
    """Nobody looked for ten days. What was due on the first is counted from the first, and so is what follows."""
    walk = walks("start s \n catch t1 timer=P1D \n catch t2 timer=P2D \n user a \n s -> t1 -> t2 -> a")
    walk.advance(days=10)
    assert walk.open == ["a"]
    assert [entry.at.date().isoformat() for entry in walk.trace if entry.event == "fired"] == [
        "2026-04-21",
        "2026-04-23",
    ]
    assert walk.machine.tasks[0].entered_at.isoformat() == "2026-04-23T09:00:00+08:00"
    assert walk.machine.now.isoformat() == "2026-04-30T09:00:00+08:00"


def test_what_is_due_at_one_instant_fires_in_the_order_in_which_it_began_to_wait(walks: Begin) -> None:
    walk = walks("start s \n and p \n catch t2 timer=P1D \n catch t1 timer=PT24H \n s -> p \n p -> t1 \n p -> t2")
    walk.advance(days=1)
    assert walk.visited == ["t1", "t2"]


def test_the_clock_never_goes_back(walks: Begin) -> None:
    walk = walks(TIMER.format("timer=P1D"))
    walk.advance(days=-3)
    assert walk.due == "2026-04-21T09:00:00+08:00"
    assert walk.machine.now.isoformat() == "2026-04-20T09:00:00+08:00"


def test_a_cycle_that_would_have_to_fire_for_ever_is_cut_off() -> None:
    walk = begin_with(stored=False)(
        "start s \n user a \n boundary r on=a cycle=R/PT1S aside \n s -> a \n end e \n r -> e"
    )
    walk.advance(days=365)
    assert walk.incidents == ["r"]
    assert walk.open == ["a"]
