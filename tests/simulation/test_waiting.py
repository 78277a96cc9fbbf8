"""Events of a demo that wait for their moment: tried again on working days, kept from no record, never just forgotten."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select

from engine import audit, simulation
from engine.assessment import plans
from engine.db import SHANGHAI, Context, Database, transaction
from engine.simulation import Played
from engine.simulation.happenings import HAPPENINGS, Happening
from engine.simulation.waiting import Ahead, NotYet
from engine.simulation.world import Event
from engine.workdays import Calendar
from tests import databases
from tests.simulation.cities import opened, small_city

#: New Year's Day was a Thursday, the Sunday after it was worked.
CALENDAR = Calendar({date(2026, 1, 1): False, date(2026, 1, 2): False, date(2026, 1, 4): True})
BEGINS = "2026-01-01 09:00"
LINE = "2026-01-08T15:40:00+08:00,wonder,A01,,lead1,{}\n"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def event(at: str, line: int = 1) -> Event:
    return Event(line, moment(at), "wonder", "A01", "", "lead1", {})


def ahead(*events: Event, now: str = BEGINS) -> Ahead:
    return Ahead(events, CALENDAR, moment(BEGINS), moment(now))


def tried(known: Ahead) -> tuple[datetime, int | str]:
    found = known.next()
    assert found is not None
    return found[0], found[1].line


def test_what_has_not_come_is_tried_on_the_next_working_day_at_its_own_hour() -> None:
    known = ahead(event("2026-01-09 15:40"))
    days = []
    for _ in range(3):
        days.append(tried(known)[0])
        known.put_off()
    assert days == [moment(f"2026-01-{day} 15:40") for day in ("09", "12", "13")]


def test_a_sunday_that_is_worked_is_a_working_day() -> None:
    known = ahead(event("2026-01-03 10:00"))
    known.put_off()
    assert tried(known)[0] == moment("2026-01-04 10:00")


def test_others_go_on_while_one_waits_and_of_one_instant_the_first_goes_first() -> None:
    known = ahead(event("2026-01-08 10:00", 1), event("2026-01-08 10:00", 2), event("2026-01-12 10:00", 3))
    known.put_off()
    assert tried(known) == (moment("2026-01-08 10:00"), 2)
    known.done()
    assert tried(known) == (moment("2026-01-09 10:00"), 1)
    known.put_off()
    # The one that waits was given first, so it is tried first on Monday too.
    assert tried(known) == (moment("2026-01-12 10:00"), 1)
    known.done()
    assert tried(known) == (moment("2026-01-12 10:00"), 3)
    known.done()
    assert known.next() is None


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("2026-01-09 15:40", "2026-01-09 15:40"),  # its own moment: it may not have been tried
        ("2026-01-09 15:41", "2026-01-12 15:40"),  # Friday afternoon to Monday
        ("2026-01-10 09:00", "2026-01-12 15:40"),
        ("2026-01-12 15:40", "2026-01-12 15:40"),
        ("2026-01-12 17:00", "2026-01-13 15:40"),
    ],
)
def test_a_play_that_goes_on_tries_when_it_would_have(now: str, again: str) -> None:
    assert tried(ahead(event("2026-01-09 15:40"), now=now))[0] == moment(again)


def test_what_is_dated_before_the_play_happens_as_it_begins() -> None:
    assert tried(ahead(event("2025-12-20 08:00")))[0] == moment(BEGINS)


def test_what_waits_is_what_was_due_and_has_not_come() -> None:
    early, late = event("2026-01-08 10:00", 1), event("2026-02-01 10:00", 2)
    known = ahead(early, late)
    known.put_off()
    assert known.waiting(moment("2026-01-20 09:00")) == (early,)
    known.done()
    assert known.waiting(moment("2026-01-20 09:00")) == ()


# A played city


@contextmanager
def city(folder: Path) -> Iterator[Callable[[str], Played]]:
    """The small city with one line more, played up to a day at nine."""
    package = small_city(folder / "city")
    with (package / "demo" / "events.csv").open("a", encoding="utf-8") as file:
        file.write(LINE)
    with databases.sqlite(folder) as url, opened(url, folder / "files") as database:
        yield lambda day: simulation.play(database, package, moment(f"{day} 09:00"))


def set_up(monkeypatch: pytest.MonkeyPatch, happen: Happening) -> None:
    monkeypatch.setitem(cast(MutableMapping[str, Happening], HAPPENINGS), "wonder", happen)


def recorded(database: Database) -> list[tuple[str, datetime, str | None]]:
    with transaction(database, now=moment(BEGINS), reading=True) as ctx:
        query = select(audit.Entry).where(audit.Entry.act.in_(("simulation.happen", "wonder.see")))
        found = list(ctx.session.scalars(query.order_by(audit.Entry.id)))
        return [(each.act, each.at, each.actor) for each in found if each.facts.get("kind", "wonder") == "wonder"]


def test_an_event_before_its_moment_leaves_nothing_behind_and_then_happens_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[datetime, Database]] = []

    def wonder(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
        seen.append((ctx.now, ctx.database))
        audit.record(ctx, "wonder.see", "wonders")
        if ctx.today < date(2026, 1, 13):
            raise NotYet(event)

    set_up(monkeypatch, wonder)
    with city(tmp_path) as play:
        (waiting,) = play("2026-01-10").waiting
        assert (waiting.kind, waiting.at) == ("wonder", moment("2026-01-08 15:40"))
        database = seen[0][1]
        assert recorded(database) == []
        assert play("2026-01-16").waiting == ()
        # A play goes on from what was recorded last, so the second one may ask once more what the first has asked.
        assert {at for at, _ in seen} == {moment(f"2026-01-{day} 15:40") for day in ("08", "09", "12", "13")}
        came = moment("2026-01-13 15:40")
        assert recorded(database) == [("wonder.see", came, "lead1"), ("simulation.happen", came, "lead1")]


def test_an_event_whose_moment_never_comes_is_named_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wonder(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
        raise NotYet(event)

    set_up(monkeypatch, wonder)
    with city(tmp_path) as play:
        assert play("2026-01-08").waiting == ()
        assert [each.kind for each in play("2026-01-20").waiting] == ["wonder"]
        # Also a play that goes on from there, and has nothing left to try before its end.
        assert [each.kind for each in play("2026-01-20").waiting] == ["wonder"]
