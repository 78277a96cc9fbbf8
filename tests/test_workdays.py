"""Working days over 调休, leap days and year ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.workdays import BadCalendar, Calendar, OutOfCalendar, local_day

DAY = timedelta(days=1)


def days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + DAY * at for at in range((end - start).days + 1)]


OFF_2026 = [
    *days("2026-01-01", "2026-01-03"),
    *days("2026-02-15", "2026-02-23"),
    *days("2026-04-04", "2026-04-06"),
    *days("2026-05-01", "2026-05-05"),
    *days("2026-06-19", "2026-06-21"),
    *days("2026-09-25", "2026-09-27"),
    *days("2026-10-01", "2026-10-07"),
]
WORKED_2026 = [
    date.fromisoformat(text)
    for text in ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
]
CALENDAR = Calendar(dict.fromkeys(OFF_2026, False) | dict.fromkeys(WORKED_2026, True))
PLAIN = Calendar({})


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2025-12-31", 1, "2026-01-04"),  # New Year off, the Sunday after it worked
        ("2026-02-13", 1, "2026-02-14"),  # a worked Saturday
        ("2026-02-13", 2, "2026-02-24"),  # over Spring Festival
        ("2026-02-13", 6, "2026-02-28"),
        ("2026-02-13", 7, "2026-03-02"),
        ("2026-02-18", 1, "2026-02-24"),  # started inside the holiday
        ("2026-04-03", 1, "2026-04-07"),
        ("2026-04-30", 1, "2026-05-06"),
        ("2026-04-30", 4, "2026-05-09"),
        ("2026-04-30", 5, "2026-05-11"),
        ("2026-06-18", 1, "2026-06-22"),
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-09-24", 1, "2026-09-28"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 4, "2026-10-12"),
        ("2026-12-31", 1, "2027-01-01"),  # 2027 is not imported: a Friday counts
        ("2026-12-31", 2, "2027-01-04"),
        ("2028-02-28", 1, "2028-02-29"),
        ("2028-02-28", 2, "2028-03-01"),
        ("2027-02-26", 1, "2027-03-01"),
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-02-24", -1, "2026-02-14"),
        ("2026-01-04", -1, "2025-12-31"),
        ("2026-10-03", 0, "2026-10-03"),
    ],
)
def test_the_nth_working_day_after_a_day(start: str, count: int, expected: str) -> None:
    assert CALENDAR.add(date.fromisoformat(start), count) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-01", "2026-10-08"),
        ("2026-02-21", "2026-02-24"),
        ("2026-01-02", "2026-01-04"),
        ("2026-05-09", "2026-05-09"),
        ("2026-07-31", "2026-07-31"),
        ("2027-05-01", "2027-05-03"),
    ],
)
def test_a_date_on_a_day_off_moves_to_the_next_working_day(day: str, expected: str) -> None:
    assert CALENDAR.roll(date.fromisoformat(day)) == date.fromisoformat(expected)


def test_a_deadline_is_the_end_of_its_day_in_shanghai() -> None:
    # Signed for on Monday 20 April, three working days: Thursday 23 April, 24:00, which is 16:00 in UTC.
    due = CALENDAR.deadline(date(2026, 4, 20), 3)
    assert due == datetime(2026, 4, 23, 16, 0, tzinfo=UTC)
    assert due.tzinfo is UTC


def test_a_deadline_of_no_days_on_a_day_off_is_the_end_of_the_next_working_day() -> None:
    assert CALENDAR.deadline(date(2026, 10, 3), 0) == datetime(2026, 10, 8, 16, 0, tzinfo=UTC)
    assert CALENDAR.deadline(date(2026, 10, 9), 0) == datetime(2026, 10, 9, 16, 0, tzinfo=UTC)


def test_a_deadline_in_the_past_is_refused() -> None:
    with pytest.raises(Invalid, match="not -1"):
        CALENDAR.deadline(date(2026, 4, 20), -1)


def test_the_last_day_of_the_year_ends_in_the_next_year() -> None:
    assert CALENDAR.end_of_day(date(2026, 12, 31)) == datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert local_day(CALENDAR.end_of_day(date(2026, 12, 31))) == date(2027, 1, 1)


def test_an_instant_falls_on_the_date_it_has_in_shanghai() -> None:
    assert local_day(datetime(2026, 3, 31, 15, 59, tzinfo=UTC)) == date(2026, 3, 31)
    assert local_day(datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == date(2026, 4, 1)
    with pytest.raises(TypeError):
        local_day(datetime(2026, 3, 31, 16, 0))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("2026-09-30", "2026-10-10", 3),  # 8, 9 and the worked Saturday
        ("2026-09-30", "2026-10-07", 0),
        ("2026-10-08", "2026-10-08", 0),
        ("2026-10-12", "2026-10-09", -2),
        ("2026-10-12", "2026-10-01", -3),
    ],
)
def test_working_days_left(a: str, b: str, expected: int) -> None:
    assert CALENDAR.between(date.fromisoformat(a), date.fromisoformat(b)) == expected


def test_a_year_without_a_row_is_provisional() -> None:
    assert CALENDAR.is_provisional(date(2027, 1, 1))
    assert not CALENDAR.is_provisional(date(2026, 7, 1))
    assert PLAIN.is_provisional(date(2026, 7, 1))


def test_rows_are_read_with_their_notes_ignored() -> None:
    rows = [
        {"date": "2026-10-01", "working": "0", "note": "国庆节"},
        {"date": "2026-10-10", "working": "1", "note": "调休"},
    ]
    calendar = Calendar.from_rows(rows)
    assert calendar.exceptions == {date(2026, 10, 1): False, date(2026, 10, 10): True}


def test_every_wrong_row_is_named() -> None:
    rows = [
        {"date": "2026-10-01", "working": "0"},
        {"date": "2026-13-01", "working": "0"},
        {"date": "2026-10-02", "working": "off"},
        {"date": "2026-10-01", "working": "1"},
        {"date": None, "working": "1"},
        {"date": "2026-10-03"},
    ]
    with pytest.raises(BadCalendar) as refusal:
        Calendar.from_rows(rows)
    assert [(row, column) for row, column, _ in refusal.value.problems] == [
        (2, "date"),
        (3, "working"),
        (4, "date"),
        (5, "date"),
        (6, "working"),
    ]
    assert str(refusal.value).startswith("Row 2 of the calendar is wrong ('2026-13-01' is not a date")
    assert "2026-10-01 occurs twice" in str(refusal.value.problems[2].message)


def test_a_calendar_does_not_follow_changes_of_what_it_was_made_of() -> None:
    exceptions = {date(2026, 10, 1): False}
    calendar = Calendar(exceptions)
    exceptions[date(2026, 10, 2)] = False
    assert calendar.is_working(date(2026, 10, 2))


def test_an_instant_is_not_a_day() -> None:
    with pytest.raises(TypeError, match="local_day"):
        CALENDAR.is_working(datetime(2026, 10, 1, tzinfo=UTC))


def test_a_count_beyond_all_calendars_is_refused() -> None:
    with pytest.raises(OutOfCalendar, match="9999-12-30"):
        CALENDAR.add(date(9999, 12, 30), 5)
    with pytest.raises(OutOfCalendar):
        CALENDAR.add(date(1, 1, 2), -5)
    with pytest.raises(OutOfCalendar):
        CALENDAR.end_of_day(date.max)


some_days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
calendars = st.dictionaries(some_days, st.booleans(), max_size=40).map(Calendar) | st.just(CALENDAR)
plain = settings(deadline=None, max_examples=80)


@plain
@given(calendars, some_days, st.integers(-60, 60))
def test_adding_and_counting_are_inverse(calendar: Calendar, start: date, count: int) -> None:
    assert calendar.between(start, calendar.add(start, count)) == count


@plain
@given(calendars, some_days, st.integers(0, 60), st.integers(0, 60))
def test_deadlines_never_precede_the_start_and_grow_with_the_days(
    calendar: Calendar, start: date, few: int, more: int
) -> None:
    first, second = calendar.deadline(start, few), calendar.deadline(start, few + more)
    assert calendar.end_of_day(start) <= first <= second


@plain
@given(calendars, some_days, st.integers(1, 60))
def test_the_day_reached_is_worked(calendar: Calendar, start: date, count: int) -> None:
    assert calendar.is_working(calendar.add(start, count))
    assert calendar.is_working(calendar.add(start, -count))
    assert calendar.is_working(calendar.roll(start))


@plain
@given(some_days, st.integers(0, 40))
def test_without_exceptions_a_week_has_five_days(start: date, weeks: int) -> None:
    assert PLAIN.between(start, start + 7 * weeks * DAY) == 5 * weeks
