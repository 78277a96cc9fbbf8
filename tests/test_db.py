from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from engine import db
from engine.db import Clock, Database, insert_if_absent, is_demo, set_clock, transaction
from engine.errors import Broken
from engine.notifications import Notification
from engine.people import Person, Unit
from engine.workflow.store import Wait
from tests.cast import MONDAY, Office
from tests.contending import count_up, count_up_deferred, together

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
#: The database is the same for all examples of a test: each undoes what it wrote.
ONE_DATABASE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS)
NUMBERS = st.decimals(
    allow_nan=False, allow_infinity=False, places=30, min_value=-(10**18), max_value=10**18
) | st.decimals(allow_nan=False, allow_infinity=False).filter(
    lambda number: abs(number.adjusted()) < 60 and len(number.as_tuple().digits) < 40
)


class Undo(Exception):
    pass


def stored_and_read(database: Database, row: Any, column: str) -> Any:
    """The value of a column after it has been to the database and back, in a transaction that is undone."""
    found: list[Any] = []
    with pytest.raises(Undo), transaction(database, now=MONDAY) as ctx:
        ctx.session.add(row)
        ctx.session.flush()
        ctx.session.expire(row)
        found.append(getattr(row, column))
        raise Undo
    return found[0]


@ONE_DATABASE
@given(moment=INSTANTS)
def test_an_instant_comes_back_as_the_same_instant_in_utc(database: Database, moment: datetime) -> None:
    note = Notification(account="nobody", at=MONDAY, kind="x", facts={}, read_at=moment)
    with pytest.raises(Undo), transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Person(account="nobody", name="nobody"))
        ctx.session.flush()
        ctx.session.add(note)
        ctx.session.flush()
        ctx.session.expire(note)
        assert note.read_at == moment
        assert note.read_at.tzinfo is UTC
        raise Undo


@ONE_DATABASE
@given(number=NUMBERS)
def test_a_decimal_comes_back_with_all_its_digits(database: Database, number: Decimal) -> None:
    found = stored_and_read(database, Clock(id=1, offset_seconds=number), "offset_seconds")
    assert isinstance(found, Decimal)
    assert found == number


def test_a_decimal_that_binary_floats_cannot_hold(database: Database) -> None:
    number = Decimal("12345678901234567890.123456789012345678901234567890")
    assert stored_and_read(database, Clock(id=1, offset_seconds=number), "offset_seconds") == number


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_not_finite_is_never_stored(database: Database, number: str) -> None:
    with pytest.raises(StatementError) as refused, transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Clock(id=1, offset_seconds=Decimal(number)))
    assert isinstance(refused.value.orig, Broken)


def test_an_instant_without_a_zone_is_never_stored(database: Database) -> None:
    with pytest.raises(StatementError) as refused, transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Wait(instance_id=1, token="t", element="e", kind="timer", due_at=datetime(2026, 4, 1)))
    assert isinstance(refused.value.orig, Broken)


def test_instants_are_compared_as_instants_by_the_database(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Person(account="li", name="Li"))
        ctx.session.flush()
        early = datetime(2026, 4, 1, 0, 0, tzinfo=db.SHANGHAI)
        for moment in (early, early + timedelta(minutes=1)):
            ctx.session.add(Notification(account="li", at=moment, kind="x", facts={}))
        ctx.session.flush()
        same = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
        assert ctx.session.scalars(select(Notification.at).where(Notification.at <= same)).all() == [same]


def test_returning_commits_and_raising_undoes_everything(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Person(account="li", name="Li"))
    with pytest.raises(Undo), transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Person(account="wu", name="Wu"))
        ctx.session.get_one(Person, "li").name = "changed"
        ctx.session.flush()
        raise Undo
    with transaction(database, now=MONDAY, reading=True) as ctx:
        assert {person.account: person.name for person in ctx.session.scalars(select(Person))} == {"li": "Li"}


def test_a_context_says_who_when_and_the_date_of_the_office(database: Database) -> None:
    late = datetime(2026, 4, 20, 16, 30, tzinfo=UTC)
    with transaction(database, actor="li", on_behalf_of="wu", now=late, key="k1") as ctx:
        assert (ctx.actor, ctx.on_behalf_of, ctx.now, ctx.key) == ("li", "wu", late, "k1")
        assert ctx.today.isoformat() == "2026-04-21"


def test_a_reading_transaction_refuses_what_is_about_to_be_written(database: Database) -> None:
    with pytest.raises(Broken), transaction(database, now=MONDAY, reading=True) as ctx:
        ctx.session.add(Person(account="li", name="Li"))


def test_a_reading_transaction_refuses_what_was_already_sent_to_the_database(database: Database) -> None:
    """A query in between sends what is pending, so that nothing pending is left to see at the end."""
    with pytest.raises((Broken, DBAPIError)), transaction(database, now=MONDAY, reading=True) as ctx:
        ctx.session.add(Person(account="li", name="Li"))
        ctx.session.scalars(select(Person)).all()
    with transaction(database, now=MONDAY, reading=True) as ctx:
        assert ctx.session.get(Person, "li") is None


def test_a_reading_transaction_refuses_a_bare_statement(database: Database) -> None:
    with pytest.raises((Broken, DBAPIError)), transaction(database, now=MONDAY, reading=True) as ctx:
        ctx.session.execute(text("INSERT INTO person (account, name) VALUES ('li', 'Li')"))
    with transaction(database, now=MONDAY) as ctx:
        assert ctx.session.get(Person, "li") is None
        ctx.session.add(Person(account="li", name="a writing transaction on the same connection may write again"))


@SQLITE
def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with transaction(database, now=MONDAY) as writing:
        writing.session.add(Person(account="li", name="Li"))
        writing.session.flush()
        with transaction(database, now=MONDAY, reading=True) as reading:
            assert reading.session.get(Person, "li") is None


def test_four_processes_that_read_and_then_write_lose_nothing(database: Database, database_url: str) -> None:
    with transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Clock(id=1, offset_seconds=Decimal(0)))
    acknowledged = sum(together(count_up, [(database_url, 50)] * 4))
    with transaction(database, now=MONDAY, reading=True) as ctx:
        assert ctx.session.get_one(Clock, 1).offset_seconds == acknowledged == 200


@SQLITE
def test_the_same_without_the_write_lock_loses_updates(database: Database, database_url: str) -> None:
    """Shows that the test above can fail: the driver's own transactions begin deferred."""
    with transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Clock(id=1, offset_seconds=Decimal(0)))
    acknowledged = sum(together(count_up_deferred, [(database_url, 300)] * 4))
    with transaction(database, now=MONDAY, reading=True) as ctx:
        assert ctx.session.get_one(Clock, 1).offset_seconds < acknowledged == 1200


@SQLITE
def test_sqlite_survives_a_power_cut_and_keeps_its_references(database: Database) -> None:
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_reference_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Notification(account="nobody", at=MONDAY, kind="x", facts={}))


def test_insert_if_absent_says_who_was_first_and_spoils_nothing(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        assert insert_if_absent(ctx, Person, account="li", name="first")
        assert not insert_if_absent(ctx, Person, account="li", name="second")
        assert ctx.session.get_one(Person, "li").name == "first"


def test_only_a_demo_database_has_a_clock_of_its_own(office: Office) -> None:
    with office.by() as ctx:
        assert not is_demo(ctx)
    with transaction(office.database) as ctx:
        assert abs(ctx.now - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_demo_clock_stands_where_it_was_set_and_goes_on_from_there(office: Office) -> None:
    september = datetime(2026, 9, 15, 9, 0, tzinfo=db.SHANGHAI)
    with office.by() as ctx:
        set_clock(ctx, september)
    with transaction(office.database) as ctx:
        assert is_demo(ctx)
        assert timedelta(0) <= ctx.now - september < timedelta(minutes=1)


def test_setting_the_demo_clock_twice_does_not_add_up(office: Office) -> None:
    for moment in (datetime(2030, 1, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)):
        with transaction(office.database) as ctx:
            set_clock(ctx, moment)
    with transaction(office.database) as ctx:
        assert timedelta(0) <= ctx.now - moment < timedelta(minutes=1)


def test_a_folder_is_made_for_an_embedded_database(tmp_path: Path) -> None:
    made = Database(db.Settings(database_url=f"sqlite:///{tmp_path}/new/folder/city.db"))
    with made.engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    made.dispose()


@pytest.mark.parametrize("broken", [{"code": "A01"}])
def test_a_unit_code_is_given_once(office: Office, broken: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), office.by() as ctx:
        ctx.session.add(Unit(name="again", kind="county", **broken))


def people_and_units(database: Database) -> tuple[list[str], list[str]]:
    with transaction(database, now=MONDAY, reading=True) as ctx:
        names = list(ctx.session.scalars(select(Person.name).order_by(Person.account)))
        return names, list(ctx.session.scalars(select(Unit.name).order_by(Unit.code)))


def test_rows_written_together_are_there_and_what_was_changed_is_known(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Person(account="li", name="old"))
        ctx.session.flush()
        known = ctx.session.get_one(Person, "li")
        unit = db.inserted(Unit, code="A01", name="A01", kind="county")
        db.write(ctx, unit, db.inserted(Person, account="wu", name="wu"), *db.changed(ctx, known, name="new"))
        assert known.name == "new"
        assert not ctx.session.dirty
    assert people_and_units(database) == (["new", "wu"], ["A01"])


def test_what_a_savepoint_takes_back_is_forgotten_in_memory_too(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        ctx.session.add(Person(account="li", name="old"))
        ctx.session.flush()
        known = ctx.session.get_one(Person, "li")
        inner = ctx.session.begin_nested()
        db.write(ctx, *db.changed(ctx, known, name="new"))
        assert known.name == "new"
        inner.rollback()
        assert known.name == "old"
    assert people_and_units(database) == (["old"], [])


def test_more_rows_than_go_together_go_one_by_one_in_their_order(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        units = [db.inserted(Unit, code=f"A{number:02}", name=str(number), kind="county") for number in range(20)]
        db.write(ctx, *units)
        keys = list(ctx.session.scalars(select(Unit.code).order_by(Unit.id)))
    assert keys == [f"A{number:02}" for number in range(20)]


def test_rows_given_by_their_columns_hold_what_they_were_given(database: Database) -> None:
    late = datetime(2026, 4, 1, 8, tzinfo=db.SHANGHAI)
    columns: dict[str, list[Any]] = {
        # Not in the order of the table.
        "facts": [{}, {"note": "一"}],
        "read_at": [None, late],
        "at": [MONDAY, MONDAY],
        "account": ["li", "wu"],
        "kind": ["x", "y"],
        "link": ["", "/"],
    }
    with transaction(database, now=MONDAY) as ctx:
        ctx.session.add_all([Person(account="li", name="Li"), Person(account="wu", name="Wu")])
        db.insert_columns(ctx, Notification, columns)
        found = ctx.session.scalars(select(Notification).order_by(Notification.account)).all()
        assert [(each.account, each.kind, each.facts, each.read_at) for each in found] == [
            ("li", "x", {}, None),
            ("wu", "y", {"note": "一"}, datetime(2026, 4, 1, tzinfo=UTC)),
        ]


def test_columns_without_a_row_insert_none(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        db.insert_columns(ctx, Person, {"account": [], "name": iter(())})
    assert people_and_units(database) == ([], [])


@pytest.mark.parametrize(
    ("columns", "refusal"),
    [
        ({"account": ["li", "wu"], "name": ["Li"]}, ValueError),
        ({"account": ["li"], "name": ["Li"], "nickname": ["L"]}, KeyError),
        ({"account": ["li"]}, IntegrityError),
    ],
)
def test_columns_that_make_no_rows_are_refused(
    database: Database, columns: dict[str, list[str]], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), transaction(database, now=MONDAY) as ctx:
        db.insert_columns(ctx, Person, columns)
    assert people_and_units(database) == ([], [])


def test_a_column_stores_no_number_that_is_not_finite(database: Database) -> None:
    with pytest.raises(Broken), transaction(database, now=MONDAY) as ctx:
        db.insert_columns(ctx, Clock, {"id": [1], "offset_seconds": [Decimal("NaN")]})
