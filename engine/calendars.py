"""The office's working days: the table behind ``engine.workdays``, imported from ``calendar.csv`` year by year."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import audit
from engine.db import SHANGHAI, Base, Context
from engine.workdays import Calendar


class DayException(Base):
    """A day that is not what its weekday says: a holiday, or a weekend worked in exchange (调休)."""

    __tablename__ = "day_exception"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    note: Mapped[str] = mapped_column(String(100), default="")


def calendar(ctx: Context) -> Calendar:
    """The working days as this transaction sees them."""
    found: Calendar | None = ctx.memo.get("calendar")
    if found is None:
        found = ctx.memo["calendar"] = Calendar(
            {row.day: row.working for row in ctx.session.scalars(select(DayException))}
        )
    return found


def put(ctx: Context, days: Mapping[date, tuple[bool, str]]) -> None:
    """Take over the exceptions of a calendar file; a day already known is replaced."""
    for day, (working, note) in days.items():
        row = ctx.session.get(DayException, day) or DayException(day=day)
        row.working, row.note = working, note
        ctx.session.add(row)
    ctx.session.flush()
    ctx.memo.pop("calendar", None)
    audit.record(ctx, "calendar.put", "calendar", days=len(days))


def deadline(ctx: Context, days: int, start: date | None = None) -> datetime:
    """The end (24:00) of the ``days``-th working day after ``start`` (today)."""
    return calendar(ctx).deadline(start or ctx.today, days)


def end_of(day: date) -> datetime:
    """A date lasts to the end of its day."""
    return start_of(day + timedelta(days=1))


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def local_date(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def last_day(deadline_at: datetime) -> date:
    """The date a person is told for an instant that is the end of a day."""
    return local_date(deadline_at - timedelta(microseconds=1))
