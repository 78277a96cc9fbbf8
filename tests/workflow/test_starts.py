"""Processes that the clock begins: when, how often, in which version, and by whom it was seen to."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import audit, calendars, due, hints, ticker, workflow
from engine.db import SHANGHAI, set_clock, transaction
from engine.notifications import Notification
from engine.workflow import Instance, definitions, schedule, starts
from engine.workflow.schedule import StartTimer, TimedStart
from tests.cast import MONDAY, Office
from tests.contending import beat, together
from tests.workflow import running
from tests.workflow.running import complete, deploy, incidents, opened, start, tick, variables
from tests.workflow.spiff.drawing import draw

MAY = datetime(2026, 5, 1, 9, 0, tzinfo=SHANGHAI)
DATE = "start s date=2026-05-01T09:00 \n user look \n end e \n s -> look -> e"
MONTHLY = "start s cycle=R/2026-05-01T09:00/P1M \n user look \n end e \n s -> look -> e"


@pytest.fixture
def office(office: Office) -> Office:
    return running.equip(office)


def matters(office: Office) -> list[str]:
    with office.by(reading=True) as ctx:
        return list(ctx.session.scalars(select(Instance.key).order_by(Instance.id)))


def planned(office: Office) -> list[tuple[str, datetime | None]]:
    with office.by(reading=True) as ctx:
        return [(row.element, row.due_at) for row in ctx.session.scalars(select(StartTimer).order_by(StartTimer.id))]


def seen_to(office: Office) -> list[tuple[datetime, int, bool]]:
    """Each time that was seen to: how many earlier ones it stands for, and whether a matter was begun."""
    with office.by(reading=True) as ctx:
        rows = ctx.session.scalars(select(TimedStart).order_by(TimedStart.due_at, TimedStart.id))
        return [(row.due_at, row.missed, row.instance_id is not None) for row in rows]


def on(office: Office, moment: datetime) -> None:
    office.now = moment
    tick(office)


def first_entry(office: Office, key: str) -> audit.Entry:
    with office.by(reading=True) as ctx:
        return workflow.history(ctx, workflow.find(ctx, "", key))[0]


def test_a_date_begins_one_matter_when_it_comes_and_not_before(office: Office) -> None:
    deploy(office, DATE)
    assert planned(office) == [("s", MAY)]
    on(office, MAY - timedelta(seconds=1))
    assert matters(office) == []
    on(office, MAY)
    assert matters(office) == ["main/2026-05-01T09:00:00"]
    assert (opened(office), planned(office)) == (["look"], [("s", None)])
    on(office, MAY + timedelta(days=400))
    assert len(matters(office)) == 1


def test_the_system_begins_it_and_the_story_says_at_which_time(office: Office) -> None:
    deploy(office, DATE)
    on(office, MAY + timedelta(hours=1))
    with office.by(reading=True) as ctx:
        begun = ctx.session.scalars(select(Instance)).one()
    assert (begun.process, begun.title, begun.unit, begun.started_by) == ("main", "main · 2026-05-01 09:00", None, None)
    entry = first_entry(office, begun.key)
    assert (entry.act, entry.actor) == ("instance.start", None)
    assert (entry.facts["timer"], entry.facts["missed"]) == ("s", 0)
    assert datetime.fromisoformat(entry.facts["due"]) == MAY
    assert [each[0] for each in entry.facts["trace"]][:3] == ["started", "entered", "fired"]


@pytest.mark.parametrize(
    ("drawn", "first"),
    [
        ("timer=P10D", MONDAY + timedelta(days=10)),
        ("date=2026-06-01", datetime(2026, 6, 1, tzinfo=SHANGHAI)),
        ("cycle=R3/P7D", MONDAY + timedelta(days=7)),
        ("cycle=R/2026-01-31T09:00/P1M", datetime(2026, 4, 30, 9, tzinfo=SHANGHAI)),
        ('timer="5 workdays"', datetime(2026, 4, 27, 9, tzinfo=SHANGHAI)),
        ('cycle="R2/5 workdays"', datetime(2026, 4, 27, 9, tzinfo=SHANGHAI)),
        ("date='=date(now()) + duration(\"P3D\")'", datetime(2026, 4, 23, tzinfo=SHANGHAI)),
        ("date=2026-04-01", None),
        ("cycle=R3/2026-01-01/P1M", None),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_kept_is_the_next_time_to_come(office: Office, drawn: str, first: datetime | None) -> None:
    """The 20th of April is a Monday; of a cycle that has begun before, the next round, and of what is past, nothing."""
    deploy(office, f"start s {drawn} \n user look \n s -> look")
    assert planned(office) == [("s", first)]
    if first is not None:
        on(office, first)
        assert len(matters(office)) == 1


def test_a_time_in_working_days_follows_the_offices_calendar(office: Office) -> None:
    office.now = datetime(2026, 4, 29, 9, 0, tzinfo=SHANGHAI)
    with office.by() as ctx:
        calendars.put(ctx, {datetime(2026, 5, day).date(): (False, "劳动节") for day in (1, 4, 5)})
    deploy(office, 'start s timer="3 workdays" \n user look \n s -> look')
    # 30 April, 6 and 7 May.
    assert planned(office) == [("s", datetime(2026, 5, 7, 9, 0, tzinfo=SHANGHAI))]


def test_a_cycle_begins_a_matter_each_time_and_ends(office: Office) -> None:
    deploy(office, "start s cycle=R2/2026-05-01T09:00/P1M \n user look \n s -> look")
    for day in range(0, 100, 10):
        on(office, MAY + timedelta(days=day))
    assert matters(office) == ["main/2026-05-01T09:00:00", "main/2026-06-01T09:00:00"]
    assert planned(office) == [("s", None)]


def test_of_what_a_cycle_missed_the_last_begins_a_matter_and_stands_for_the_others(office: Office) -> None:
    """Down from before May until September: the 1st of September is done, four are counted, October comes as planned."""
    deploy(office, MONTHLY)
    on(office, datetime(2026, 9, 10, 12, 0, tzinfo=SHANGHAI))
    september = datetime(2026, 9, 1, 9, 0, tzinfo=SHANGHAI)
    assert (matters(office), seen_to(office)) == (["main/2026-09-01T09:00:00"], [(september, 4, True)])
    assert first_entry(office, matters(office)[0]).facts["missed"] == 4
    assert planned(office) == [("s", datetime(2026, 10, 1, 9, 0, tzinfo=SHANGHAI))]


def test_of_missed_dates_each_begins_its_own_matter(office: Office) -> None:
    deploy(
        office,
        "start s date=2026-05-01T09:00 \n start t date=2026-06-01 \n user look \n user more \n s -> look \n t -> more",
    )
    on(office, datetime(2026, 9, 1, tzinfo=SHANGHAI))
    assert matters(office) == ["main/2026-05-01T09:00:00", "main/2026-06-01T00:00:00"]
    assert opened(office) == ["look", "more"]


def test_missed_repetitions_use_up_a_counted_cycle(office: Office) -> None:
    deploy(office, "start s cycle=R3/PT1H \n user look \n s -> look")
    on(office, MONDAY + timedelta(hours=2, minutes=30))
    assert seen_to(office) == [(MONDAY + timedelta(hours=2), 1, True)]
    on(office, MONDAY + timedelta(days=5))
    assert seen_to(office)[1:] == [(MONDAY + timedelta(hours=3), 0, True)]


def test_a_cycle_of_seconds_that_was_missed_for_years_is_caught_up_with_at_once(office: Office) -> None:
    deploy(office, "start s cycle=R/1926-05-01T09:00/PT1S \n user look \n s -> look")
    office.now = MONDAY + timedelta(days=3650)
    with office.by() as ctx:
        begins = starts.due_start(ctx)
        assert begins is not None
        assert starts.begin(ctx, begins) is not None
    assert seen_to(office) == [(office.now, 3650 * 24 * 3600, True)]


def test_what_begins_late_counts_from_its_own_instant(office: Office) -> None:
    deploy(
        office,
        "start s date=2026-05-01T09:00 \n user look dueDate=P3D \n boundary late on=look timer=P1D aside \n user chase \n s -> look \n late -> chase",
    )
    on(office, MAY + timedelta(days=2))
    assert opened(office) == ["chase", "look"]
    with office.by(reading=True) as ctx:
        task = ctx.session.scalars(select(workflow.Task).where(workflow.Task.element == "look")).one()
    assert task.due_at == MAY + timedelta(days=3)


def test_a_new_version_brings_its_own_schedule(office: Office) -> None:
    deploy(office, MONTHLY)
    on(office, MAY)
    deploy(office, "start s date=2026-07-15 \n user judge \n s -> judge")
    assert planned(office) == [("s", datetime(2026, 7, 15, tzinfo=SHANGHAI))]
    on(office, datetime(2026, 8, 1, tzinfo=SHANGHAI))
    assert (matters(office), opened(office)) == (
        ["main/2026-05-01T09:00:00", "main/2026-07-15T00:00:00"],
        ["judge", "look"],
    )


def test_a_new_version_without_a_time_begins_nothing(office: Office) -> None:
    deploy(office, MONTHLY)
    deploy(office, "start s \n user look \n s -> look")
    on(office, MAY + timedelta(days=100))
    assert (matters(office), planned(office)) == ([], [])


def test_a_time_that_was_seen_to_is_not_seen_to_again_by_a_new_version(office: Office) -> None:
    deploy(office, DATE)
    on(office, MAY)
    deploy(office, DATE.replace("look", "judge"))
    on(office, MAY)
    on(office, MAY + timedelta(days=3))
    assert len(matters(office)) == 1


def test_a_time_that_nobody_had_seen_to_is_seen_to_in_the_new_version(office: Office) -> None:
    """Down over the date, and mended by a new version before the clock ticks again."""
    deploy(office, DATE)
    office.now = MAY + timedelta(hours=3)
    deploy(office, DATE.replace("look", "judge"))
    tick(office)
    assert (matters(office), opened(office)) == (["main/2026-05-01T09:00:00"], ["judge"])


def test_the_same_version_deployed_again_changes_nothing(office: Office) -> None:
    deploy(office, "start s timer=P10D \n user look \n s -> look")
    office.wait(days=4)
    deploy(office, "start s timer=P10D \n user look \n s -> look")
    assert planned(office) == [("s", MONDAY + timedelta(days=10))]
    on(office, MONDAY + timedelta(days=10))
    deploy(office, "start s timer=P10D \n user look \n s -> look")
    on(office, MONDAY + timedelta(days=100))
    assert len(matters(office)) == 1


def test_what_was_deployed_before_times_were_kept_is_planned_when_it_is_deployed_again(office: Office) -> None:
    deploy(office, DATE)
    with office.by() as ctx:
        ctx.session.delete(ctx.session.scalars(select(StartTimer)).one())
    deploy(office, DATE)
    assert planned(office) == [("s", MAY)]


def test_an_older_version_deployed_again_counts_anew(office: Office) -> None:
    spans = ["start s timer=P10D \n user look \n s -> look", "start s timer=P20D \n user look \n s -> look"]
    for text in [*spans, spans[0]]:
        deploy(office, text)
        office.wait(days=1)
    assert planned(office) == [("s", MONDAY + timedelta(days=12))]


def test_a_pool_that_only_documents_begins_nothing(office: Office) -> None:
    source = draw(DATE, process="partner").replace(b'isExecutable="true"', b'isExecutable="false"')
    with office.by("wang") as ctx:
        definitions.deploy(ctx, [definitions.Source("partner.bpmn", source)])
    assert planned(office) == []


def test_what_is_no_longer_current_begins_nothing(office: Office) -> None:
    deploy(office, DATE)
    with office.by() as ctx:
        definitions.find(ctx, "process", "main").current_id = None
    on(office, MAY)
    assert matters(office) == []


def test_a_process_may_also_be_begun_by_hand(office: Office) -> None:
    deploy(
        office,
        "start s \n start t date=2026-05-01T09:00 out:month==now().month \n user plain \n user look \n s -> plain \n t -> look",
    )
    start(office, key="1")
    assert opened(office) == ["plain"]
    on(office, MAY)
    assert opened(office) == ["look", "plain"]
    with office.by(reading=True) as ctx:
        assert variables(office, workflow.find(ctx, "", "main/2026-05-01T09:00:00").id) == {"month": 5}


def test_a_name_that_is_taken_is_numbered(office: Office) -> None:
    deploy(office, DATE)
    start(office, key="main/2026-05-01T09:00:00")
    on(office, MAY)
    assert matters(office)[1] == "main/2026-05-01T09:00:00#2"


def test_what_is_due_next_is_told(office: Office) -> None:
    deploy(office, DATE, other="start s \n catch c timer=P30D \n s -> c")
    with office.by(reading=True) as ctx:
        assert workflow.next_due(ctx) == MAY
    start(office, "other")
    on(office, MAY)
    with office.by(reading=True) as ctx:
        assert workflow.next_due(ctx) == MONDAY + timedelta(days=30)


def test_when_a_process_begins_stands_in_the_audit(office: Office) -> None:
    deploy(office, DATE)
    deploy(office, "start s \n user look \n s -> look")
    with office.by(reading=True) as ctx:
        query = select(audit.Entry.facts).where(audit.Entry.act == "start.plan").order_by(audit.Entry.id)
        told = [(facts["element"], facts["before"], facts["due"]) for facts in ctx.session.scalars(query)]
    assert [(element, before is None, due is None) for element, before, due in told] == [
        ("s", True, False),
        ("s", False, True),
    ]
    assert datetime.fromisoformat(told[0][2]) == MAY


# ---- whoever ticks


def test_the_beat_begins_what_is_due_and_a_restarted_one_nothing_again(office: Office) -> None:
    deploy(office, DATE, other=MONTHLY)
    with office.by() as ctx:
        set_clock(ctx, MAY + timedelta(days=2))
    assert [ticker.beat(office.database) for _ in range(3)] == [2, 0, 0]
    assert sorted(matters(office)) == ["main/2026-05-01T09:00:00", "other/2026-05-01T09:00:00"]


def test_two_tickers_in_two_processes_begin_each_matter_exactly_once(office: Office, database_url: str) -> None:
    deploy(office, **{f"p{number}": DATE for number in range(12)})
    with office.by() as ctx:
        set_clock(ctx, MAY + timedelta(days=2))
    assert sum(together(beat, [(database_url,)] * 2)) == 12
    assert sorted(matters(office)) == sorted(f"p{number}/2026-05-01T09:00:00" for number in range(12))


def test_with_a_broker_the_ticker_begins_it_all_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are told of matters that run; what begins is the ticker's own, and at once."""
    given: list[int] = []
    monkeypatch.setattr(hints, "give", lambda queue, instance_id, seconds: given.append(instance_id))
    deploy(office, DATE)
    with office.by() as ctx:
        set_clock(ctx, MAY)
    ticker.hint(office.database, hints.application(office.database.settings))
    assert (given, matters(office)) == ([], ["main/2026-05-01T09:00:00"])


def test_one_time_is_seen_to_once_whatever_the_schedule_says(office: Office) -> None:
    deploy(office, DATE)
    on(office, MAY)
    with office.by() as ctx:
        row = ctx.session.scalars(select(StartTimer)).one()
        row.due_at = row.try_at = MAY
    tick(office)
    assert (len(matters(office)), planned(office)) == (1, [("s", None)])


def test_what_was_begun_and_not_committed_is_begun_once_all_the_same(office: Office) -> None:
    """A worker that dies in the middle has left nothing behind; the next one does it."""
    deploy(office, DATE)
    office.now = MAY
    with pytest.raises(KeyboardInterrupt), office.by() as ctx:
        begins = starts.due_start(ctx)
        assert begins is not None and starts.begin(ctx, begins) is not None
        raise KeyboardInterrupt
    assert matters(office) == []
    tick(office)
    assert len(matters(office)) == 1


# ---- what cannot be begun


def test_a_refusing_operation_stands_as_an_incident_of_the_matter_that_was_begun(office: Office) -> None:
    deploy(
        office,
        "start s date=2026-05-01T09:00 \n service ask op=counter.ask in:open==false \n user look \n s -> ask -> look",
    )
    on(office, MAY)
    with office.by(reading=True) as ctx:
        begun = ctx.session.scalars(select(Instance)).one()
    assert incidents(office, begun.id) == [("ask", "The counter is closed.")]


def test_what_fails_unforeseen_is_tried_again_and_then_passed_over_and_holds_up_nobody(office: Office) -> None:
    deploy(
        office,
        other=DATE,
        main="start s cycle=R/2026-05-01T09:00/P1M \n service fails op=counter.stumble \n s -> fails",
    )
    made: list[Any] = []
    for wait in (timedelta(0), timedelta(minutes=6), timedelta(minutes=40), timedelta(minutes=170), timedelta(days=1)):
        with office.by() as ctx:
            set_clock(ctx, MAY + wait)
        ticker.beat(office.database)
        made.append((matters(office), seen_to(office)[-1]))
    assert [each for each, _ in made] == [["other/2026-05-01T09:00:00"]] * 5
    assert [stands for _, (_, _, stands) in made] == [True, True, True, False, False]
    assert ("s", datetime(2026, 6, 1, 9, 0, tzinfo=SHANGHAI)) in planned(office)
    with office.by(reading=True) as ctx:
        query = select(audit.Entry.facts).where(audit.Entry.act == "start.fail").order_by(audit.Entry.id)
        assert [(each["cause"], each["given_up"]) for each in ctx.session.scalars(query)] == [
            ("nobody foresaw this", given_up) for given_up in (False, False, False, True)
        ]
        told = ctx.session.execute(select(Notification.account, Notification.kind).order_by(Notification.id)).all()
        assert [tuple(each) for each in told] == [("liu", "start.failed"), ("liu", "start.passed_over")]


def test_a_time_that_cannot_be_worked_out_is_refused_at_deployment(office: Office) -> None:
    with pytest.raises(definitions.DeploymentRefused, match="nothing but the time is known before a matter begins"):
        deploy(office, "start s date==deadline \n user look \n s -> look")
    with pytest.raises(schedule.NoStartTime, match="s of main says no time at which to begin"):
        deploy(
            office,
            "start s date='=if now().month = 1 then \"2026-06-01\" else null' \n user look \n s -> look",
        )
    assert planned(office) == []


def test_a_condition_begins_no_process_and_is_refused(office: Office) -> None:
    drawn = 'start s \n start c when="x > 3" \n user look \n user more \n s -> look \n c -> more'
    with pytest.raises(definitions.DeploymentRefused, match="no data a condition could watch"):
        deploy(office, drawn)


def test_a_matter_that_was_begun_by_the_clock_runs_to_its_end(office: Office) -> None:
    deploy(office, DATE)
    on(office, MAY)
    with office.by(reading=True) as ctx:
        begun = ctx.session.scalars(select(Instance)).one()
    complete(office, begun.id, "look")
    with transaction(office.database, reading=True, now=office.now) as ctx:
        assert workflow.instance(ctx, begun.id).status == workflow.Status.ENDED
    assert not due.begin_next(office.database)
