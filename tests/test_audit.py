import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from engine import audit
from engine.audit import Entry, Head
from engine.db import Context
from tests.cast import MONDAY, Office
from tests.contending import record_many, together


@pytest.fixture
def chained(office: Office) -> Office:
    """Two chains: ``sheets`` of five entries and ``plans`` of one, with the database's own guard taken away."""
    with office.by("zhang") as ctx:
        for number in range(1, 6):
            audit.record(ctx, "sheet.sign", "sheets", sheet=number)
        audit.record(ctx, "plan.make", "plans", year=2026)
    with office.by() as ctx:
        for statement in unguard(ctx):
            ctx.session.execute(text(statement))
    return office


def unguard(ctx: Context) -> Iterator[str]:
    if ctx.session.get_bind().dialect.name == "postgresql":
        yield "ALTER TABLE audit_entry DISABLE TRIGGER ALL"
        return
    for act in ("UPDATE", "DELETE"):
        yield f"DROP TRIGGER audit_entry_no_{act}"


def broken_after(office: Office, *statements: str) -> list[str]:
    with office.by() as ctx:
        for statement in statements:
            ctx.session.execute(text(statement))
    with office.by(reading=True) as ctx:
        return list(audit.broken_entries(ctx))


def test_an_entry_says_who_did_what_when_in_whose_name(office: Office) -> None:
    with office.by("zhang", on_behalf_of="li") as ctx:
        audit.record(ctx, "sheet.sign", "sheets", sheet=7, until=date(2026, 4, 22), share=Decimal("0.10"))
    with office.by(reading=True) as ctx:
        entry = ctx.session.scalars(select(Entry)).one()
        assert (entry.chain, entry.seq, entry.act) == ("sheets", 1, "sheet.sign")
        assert (entry.actor, entry.on_behalf_of, entry.at) == ("zhang", "li", MONDAY)
        assert entry.facts == {"sheet": 7, "until": "2026-04-22", "share": "0.10"}


def test_the_digest_is_sm3_over_the_previous_one_and_the_canonical_content(office: Office) -> None:
    with office.by("zhang") as ctx:
        audit.record(ctx, "sheet.sign", "sheets", unit="青河县", b=1, a=2)
        audit.record(ctx, "sheet.sign", "sheets")
    first = '["","sheets",1,"2026-04-20T01:00:00+00:00","sheet.sign","zhang",null,{"a":2,"b":1,"unit":"青河县"}]'
    expected = hashlib.new("sm3", first.encode()).hexdigest()
    second = f'["{expected}","sheets",2,"2026-04-20T01:00:00+00:00","sheet.sign","zhang",null,{{}}]'
    with office.by(reading=True) as ctx:
        entries = ctx.session.scalars(select(Entry).order_by(Entry.seq)).all()
        assert [entry.digest for entry in entries] == [expected, hashlib.new("sm3", second.encode()).hexdigest()]
        assert [entry.previous for entry in entries] == ["", expected]


def test_sm3_is_the_one_of_the_standard() -> None:
    """GB/T 32905-2016, A.1."""
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert hashlib.new("sm3", b"abc").hexdigest() == expected


def test_chains_as_written_hold(chained: Office) -> None:
    assert broken_after(chained) == []


@pytest.mark.parametrize(
    "change",
    [
        "act = 'sheet.return'",
        "actor = 'wu'",
        "on_behalf_of = 'li'",
        "facts = '{\"sheet\": 9}'",
        "previous = 'x'",
        "digest = 'x'",
    ],
)
def test_a_changed_entry_is_named(chained: Office, change: str) -> None:
    assert "sheets#3" in broken_after(chained, f"UPDATE audit_entry SET {change} WHERE chain = 'sheets' AND seq = 3")


def test_a_changed_time_is_named(chained: Office) -> None:
    with chained.by() as ctx:
        entry = ctx.session.scalars(select(Entry).where(Entry.seq == 3)).one()
        entry.at = datetime(2026, 4, 19, tzinfo=UTC)
    assert broken_after(chained) == ["sheets#3"]


def test_a_changed_entry_with_a_new_digest_breaks_the_one_after_it(chained: Office) -> None:
    with chained.by() as ctx:
        entry = ctx.session.scalars(select(Entry).where(Entry.seq == 3)).one()
        entry.actor = "wu"
        entry.digest = audit.digest_of(entry)
    assert broken_after(chained) == ["sheets#4"]


def test_a_deleted_entry_is_named_by_its_follower(chained: Office) -> None:
    assert broken_after(chained, "DELETE FROM audit_entry WHERE chain = 'sheets' AND seq = 3") == ["sheets#4"]


def test_a_dropped_tail_is_named_by_the_head(chained: Office) -> None:
    assert broken_after(chained, "DELETE FROM audit_entry WHERE chain = 'sheets' AND seq = 5") == ["sheets#5"]


def test_a_chain_dropped_whole_is_named_by_its_head(chained: Office) -> None:
    assert broken_after(chained, "DELETE FROM audit_entry WHERE chain = 'plans'") == ["plans#1"]


def test_entries_that_changed_places_are_named(chained: Office) -> None:
    swap = ["SET seq = 99 WHERE seq = 2", "SET seq = 2 WHERE seq = 3", "SET seq = 3 WHERE seq = 99"]
    found = broken_after(chained, *(f"UPDATE audit_entry {each} AND chain = 'sheets'" for each in swap))
    assert found == ["sheets#2", "sheets#3", "sheets#4"]


def test_an_entry_put_into_another_chain_is_named(chained: Office) -> None:
    moved = "UPDATE audit_entry SET chain = 'plans', seq = 2 WHERE chain = 'sheets' AND seq = 5"
    assert "plans#2" in broken_after(chained, moved)


def test_an_entry_forged_at_the_end_is_named(chained: Office) -> None:
    with chained.by() as ctx:
        last = ctx.session.scalars(select(Entry).where(Entry.chain == "sheets", Entry.seq == 5)).one()
        forged = Entry(chain="sheets", seq=6, at=ctx.now, act="sheet.sign", facts={}, previous=last.digest)
        forged.digest = audit.digest_of(forged)
        ctx.session.add(forged)
    assert broken_after(chained) == ["sheets#5"]


@pytest.mark.parametrize("act", ["UPDATE audit_entry SET actor = 'wu'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_what_was_recorded(office: Office, act: str) -> None:
    with office.by("zhang") as ctx:
        audit.record(ctx, "sheet.sign", "sheets", sheet=1)
    with pytest.raises(DBAPIError, match="rows are only ever added"), office.by() as ctx:
        ctx.session.execute(text(act))
    with office.by(reading=True) as ctx:
        assert ctx.session.scalars(select(Entry.actor)).one() == "zhang"


def test_an_undone_act_leaves_no_entry_and_no_gap(office: Office) -> None:
    with pytest.raises(RuntimeError), office.by("zhang") as ctx:
        audit.record(ctx, "sheet.sign", "sheets", sheet=1)
        raise RuntimeError
    with office.by("zhang") as ctx:
        audit.record(ctx, "sheet.sign", "sheets", sheet=2)
    with office.by(reading=True) as ctx:
        assert ctx.session.get_one(Head, "sheets").chain_seq == 1
    assert broken_after(office) == []


def test_three_processes_that_write_one_chain_leave_it_whole(office: Office, database_url: str) -> None:
    together(record_many, [(database_url, 20)] * 3)
    with office.by(reading=True) as ctx:
        assert ctx.session.get_one(Head, "shared").chain_seq == 60
    assert broken_after(office) == []
