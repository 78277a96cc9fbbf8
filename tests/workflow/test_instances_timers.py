"""Timers on a real database: each fires once, at its own instant, whoever ticks and however late."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from engine import calendars, ticker, workflow
from engine.db import SHANGHAI, set_clock, transaction
from engine.workflow import Status
from engine.workflow.store import Wait
from tests.cast import MONDAY, Office
from tests.contending import beat, together
from tests.workflow import running
from tests.workflow.running import complete, deploy, incidents, instance_of, notes, opened, start, tick

WAITS = 'start s \n catch wait timer=P3D \n service w op=note.write in:text="=\\"fired \\" + who" \n user b \n s -> wait -> w -> b'


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


def due_instants(office: Office) -> list[datetime | None]:
    with office.by(reading=True) as ctx:
        return list(ctx.session.scalars(select(Wait.due_at).order_by(Wait.due_at)))


def fired(office: Office, instance: int) -> list[str]:
    with office.by(reading=True) as ctx:
        history = workflow.history(ctx, workflow.instance(ctx, instance))
        return [entry.act for entry in history if entry.act == "timer.fire"]


def test_a_timer_is_due_at_its_instant_and_not_before(office: Office) -> None:
    deploy(office, WAITS)
    start(office, key="1", who="1")
    assert due_instants(office) == [MONDAY + timedelta(days=3)]
    office.wait(days=3, seconds=-1)
    assert tick(office) == 0
    office.wait(seconds=1)
    assert tick(office) == 1
    assert (opened(office), due_instants(office)) == (["b"], [])
    assert tick(office) == 0


def test_what_is_due_next_is_told(office: Office) -> None:
    deploy(office, WAITS)
    with office.by(reading=True) as ctx:
        assert workflow.next_due(ctx) is None
    start(office, key="1")
    office.wait(days=1)
    start(office, key="2")
    with office.by(reading=True) as ctx:
        assert workflow.next_due(ctx) == MONDAY + timedelta(days=3)


def test_what_has_been_due_longest_is_done_first(office: Office) -> None:
    deploy(office, WAITS)
    for key in ("1", "2", "3"):
        start(office, key=key, who=key)
        office.wait(hours=-1)
    office.now = MONDAY + timedelta(days=10)
    assert tick(office) == 3
    assert notes(office) == ["fired 3", "fired 2", "fired 1"]


def test_a_late_ticker_fires_each_timer_at_its_own_instant(office: Office) -> None:
    """Two weeks nobody ticked: the reminders of every week come, and each counts from the one before it."""
    deploy(
        office,
        "start s \n user a \n boundary again on=a cycle=R3/P7D aside \n service w op=note.write in:text==string(now()) \n s -> a \n again -> w",
    )
    matter = start(office)
    office.wait(days=15)
    assert tick(office) == 1
    assert len(notes(office)) == 2
    assert due_instants(office) == [MONDAY + timedelta(days=21)]
    office.wait(days=30)
    tick(office)
    assert (len(notes(office)), opened(office, matter), due_instants(office)) == (3, ["a"], [])


def test_a_deadline_in_working_days_follows_the_offices_calendar(office: Office) -> None:
    deploy(office, 'start s \n catch wait timer="5 workdays" \n user b dueDate="3 workdays" \n s -> wait -> b')
    office.now = datetime(2026, 4, 29, 9, 0, tzinfo=SHANGHAI)
    with office.by() as ctx:
        calendars.put(ctx, {datetime(2026, 5, day).date(): (False, "劳动节") for day in (1, 4, 5)})
        calendars.put(ctx, {datetime(2026, 5, 9).date(): (True, "调休")})
    start(office)
    # 30 April, then 6, 7, 8 May and Saturday the 9th, which is worked.
    assert due_instants(office) == [datetime(2026, 5, 9, 9, 0, tzinfo=SHANGHAI)]


def test_a_timer_that_is_no_longer_wanted_never_fires(office: Office) -> None:
    deploy(
        office,
        "start s \n user a \n boundary late on=a timer=P3D aside \n user chase \n user b \n s -> a -> b \n late -> chase",
    )
    matter = start(office)
    complete(office, matter, "a")
    office.wait(days=10)
    assert (tick(office), opened(office)) == (0, ["b"])


def test_a_refusing_operation_in_a_timers_step_stands_as_an_incident_and_holds_up_nobody(office: Office) -> None:
    deploy(
        office,
        WAITS,
        closed='start s \n catch wait timer=P2D \n service w op=note.write in:text="before" \n service ask op=counter.ask in:open==false \n user b \n s -> wait -> w -> ask -> b',
    )
    closed, fine = start(office, "closed", key="c"), start(office, key="f", who="f")
    office.wait(days=5)
    assert tick(office) == 2
    assert incidents(office, closed) == [("ask", "The counter is closed.")]
    assert instance_of(office, closed).status == Status.RUNNING
    assert opened(office, fine) == ["b"]
    # What was done before the refusal stands; what the refusing operation had begun does not.
    assert notes(office) == ["before", "fired f"]
    assert tick(office) == 0


def test_an_error_of_the_diagram_in_a_timers_step_is_caught_by_the_diagram(office: Office) -> None:
    deploy(
        office,
        "start s \n catch wait timer=P2D \n service c op=evidence.count \n boundary none on=c error=NO_EVIDENCE \n user again \n s -> wait -> c \n none -> again",
    )
    matter = start(office)
    office.wait(days=5)
    tick(office)
    assert (incidents(office, matter), opened(office, matter)) == ([], ["again"])


def test_a_step_that_fails_unforeseen_sets_its_matter_aside_and_holds_up_nobody(office: Office) -> None:
    deploy(
        office, WAITS, bad="start s \n catch wait timer=P2D \n service fails op=counter.stumble \n s -> wait -> fails"
    )
    bad, fine = start(office, "bad", key="b"), start(office, key="f", who="f")
    with office.by() as ctx:
        set_clock(ctx, MONDAY + timedelta(days=5))
    assert ticker.beat(office.database) == 2
    assert instance_of(office, bad).status == Status.SUSPENDED
    assert incidents(office, bad) == [("", "nobody foresaw this")]
    assert opened(office, fine) == ["b"]
    assert ticker.beat(office.database) == 0


def test_a_failing_step_of_another_matter_does_not_set_aside_the_one_whose_timer_fired(office: Office) -> None:
    """The timer's matter tells another, which refuses: the teller stands with an incident at the telling event."""
    deploy(
        office,
        "start s \n catch wait timer=P2D \n throw t message=came \n user b \n s -> wait -> t -> b",
        other="start s \n catch c message=came \n service ask op=counter.ask in:open==false \n s -> c -> ask",
    )
    other, teller = start(office, "other", key="o"), start(office, key="t")
    with office.by() as ctx:
        set_clock(ctx, MONDAY + timedelta(days=5))
    ticker.beat(office.database)
    assert instance_of(office, teller).status == Status.RUNNING
    assert incidents(office, other) == [("ask", "The counter is closed.")]
    assert opened(office, teller) == ["b"]


def test_the_ticker_stops_politely_between_two_matters(office: Office) -> None:
    deploy(office, WAITS)
    for key in ("1", "2", "3"):
        start(office, key=key, who=key)
    with office.by() as ctx:
        set_clock(ctx, MONDAY + timedelta(days=5))
    asked = iter([False, True])
    assert ticker.beat(office.database, lambda: next(asked)) == 1
    assert len(notes(office)) == 1
    assert ticker.beat(office.database) == 2


def test_a_restarted_ticker_goes_on_where_the_last_one_stopped(office: Office) -> None:
    """Down over the date, up days later: it happens once, at the first beat."""
    deploy(office, WAITS)
    start(office, who="1")
    with office.by() as ctx:
        set_clock(ctx, MONDAY + timedelta(days=9))
    assert [ticker.beat(office.database) for _ in range(3)] == [1, 0, 0]
    assert notes(office) == ["fired 1"]


def test_two_tickers_in_two_processes_fire_each_timer_exactly_once(office: Office, database_url: str) -> None:
    deploy(office, WAITS)
    for number in range(20):
        start(office, key=str(number), who=str(number))
    with office.by() as ctx:
        set_clock(ctx, MONDAY + timedelta(days=5))
    advanced = together(beat, [(database_url,)] * 2)
    assert sum(advanced) == 20
    assert sorted(notes(office)) == sorted(f"fired {number}" for number in range(20))
    assert opened(office) == ["b"] * 20
    with transaction(office.database, reading=True) as ctx:
        assert not ctx.session.scalars(select(Wait)).all()


def test_a_timer_of_a_called_process_fires_in_its_caller(office: Office) -> None:
    deploy(
        office,
        "start s \n call c calls=child \n user b \n s -> c -> b",
        child="start s \n catch wait timer=P1D \n s -> wait",
    )
    matter = start(office)
    office.wait(days=1)
    tick(office)
    assert opened(office, matter) == ["b"]
    assert fired(office, matter) == ["timer.fire"]
