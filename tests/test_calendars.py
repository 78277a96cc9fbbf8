from datetime import date, datetime, timedelta

from engine import calendars
from engine.audit import Entry
from engine.db import SHANGHAI
from tests.cast import Office

#: Labour Day 2026 with the Saturday worked for it, as an office's calendar gives it.
LABOUR_DAY = {
    date(2026, 5, 1): (False, "劳动节"),
    date(2026, 5, 4): (False, "劳动节"),
    date(2026, 5, 5): (False, "劳动节"),
    date(2026, 5, 9): (True, "劳动节调休上班"),
}


def test_without_a_table_weekends_alone_are_free(office: Office) -> None:
    with office.by(reading=True) as ctx:
        # Monday 20 April plus five: 21, 22, 23, 24, then Monday 27, to its end.
        assert calendars.deadline(ctx, 5) == datetime(2026, 4, 28, tzinfo=SHANGHAI)


def test_a_deadline_steps_over_holidays_and_counts_a_saturday_that_is_worked(office: Office) -> None:
    with office.by() as ctx:
        calendars.put(ctx, LABOUR_DAY)
        # From Thursday 30 April: 6, 7, 8 May, Saturday the 9th.
        assert calendars.deadline(ctx, 4, date(2026, 4, 30)) == datetime(2026, 5, 10, tzinfo=SHANGHAI)


def test_what_was_put_is_seen_at_once_and_by_everybody_later(office: Office) -> None:
    with office.by() as ctx:
        assert calendars.calendar(ctx).is_working(date(2026, 5, 1))
        calendars.put(ctx, LABOUR_DAY)
        assert not calendars.calendar(ctx).is_working(date(2026, 5, 1))
    with office.by(reading=True) as ctx:
        assert not calendars.calendar(ctx).is_working(date(2026, 5, 1))
        assert calendars.calendar(ctx).is_working(date(2026, 5, 9))


def test_a_day_given_again_is_replaced_and_each_time_is_recorded(office: Office) -> None:
    with office.by() as ctx:
        calendars.put(ctx, LABOUR_DAY)
        calendars.put(ctx, {date(2026, 5, 9): (False, "改休")})
        assert not calendars.calendar(ctx).is_working(date(2026, 5, 9))
        assert not calendars.calendar(ctx).is_working(date(2026, 5, 1))
        assert [entry.facts for entry in ctx.session.query(Entry).order_by(Entry.seq)] == [{"days": 4}, {"days": 1}]


def test_a_date_lasts_to_the_end_of_its_day_in_the_office(office: Office) -> None:
    end = calendars.end_of(date(2026, 4, 30))
    assert end == datetime(2026, 5, 1, tzinfo=SHANGHAI)
    assert calendars.last_day(end) == date(2026, 4, 30)
    assert calendars.last_day(end - timedelta(seconds=1)) == date(2026, 4, 30)
    assert calendars.last_day(end + timedelta(seconds=1)) == date(2026, 5, 1)
    assert calendars.local_date(calendars.start_of(date(2026, 4, 30))) == date(2026, 4, 30)
