from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from engine import people
from engine.db import Context, Database, transaction
from engine.people import Account, Locked, Position, SignInRefused, WeakPassword
from tests.cast import MONDAY, PASSWORD, Office, appoint


@pytest.fixture
def signed(office: Office, quick_passwords: None) -> Office:
    """Zhang has an account and has already chosen a password."""
    with office.by() as ctx:
        people.open_account(ctx, "zhang", PASSWORD)
    return office


def tries(office: Office, password: str, account: str = "zhang") -> bool:
    with office.by() as ctx:
        return people.check_password(ctx, account, password)


def account(ctx: Context, name: str = "zhang") -> Account:
    return ctx.session.get_one(Account, name)


def test_a_password_is_kept_as_argon2id_and_never_as_itself(office: Office) -> None:
    with office.by() as ctx:
        people.open_account(ctx, "zhang", PASSWORD)
        kept = account(ctx).password_hash
    assert PASSWORD not in kept
    assert extract_parameters(kept).type is Type.ID
    assert PasswordHasher().verify(kept, PASSWORD)


def test_the_right_password_signs_in_and_a_wrong_one_does_not(signed: Office) -> None:
    assert tries(signed, PASSWORD)
    assert not tries(signed, "Winter-2026")
    assert not tries(signed, PASSWORD + " ")
    assert not tries(signed, "")


def test_a_one_time_password_is_new_each_time_and_must_be_changed(office: Office) -> None:
    with office.by() as ctx:
        first = people.give_account(ctx, "zhang", again=False)
    with office.by() as ctx:
        second = people.give_account(ctx, "zhang", again=True)
        assert account(ctx).must_change
    assert first != second
    assert len(first) == 17
    assert not tries(office, first)
    assert tries(office, second)


def test_an_account_is_given_once_and_reset_only_where_there_is_one(office: Office) -> None:
    with office.by() as ctx:
        people.give_account(ctx, "zhang", again=False)
        with pytest.raises(people.AccountExists):
            people.give_account(ctx, "zhang", again=False)
        with pytest.raises(people.NoAccount):
            people.give_account(ctx, "li", again=True)
        with pytest.raises(people.UnknownPerson):
            people.give_account(ctx, "nobody", again=False)


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(signed: Office) -> None:
    for _ in range(5):
        assert not tries(signed, "wrong")
    with pytest.raises(Locked) as refused:
        tries(signed, PASSWORD)
    assert refused.value.facts["until"] == MONDAY + timedelta(minutes=15)
    signed.wait(minutes=14, seconds=59)
    with pytest.raises(Locked):
        tries(signed, PASSWORD)
    signed.wait(seconds=1)
    assert tries(signed, PASSWORD)


def test_four_wrong_passwords_do_not_lock_and_a_right_one_starts_the_count_anew(signed: Office) -> None:
    for _ in range(2):
        for _ in range(4):
            assert not tries(signed, "wrong")
        assert tries(signed, PASSWORD)


def test_a_lock_survives_a_restart(signed: Office) -> None:
    for _ in range(5):
        tries(signed, "wrong")
    again = Database(signed.database.settings)
    with pytest.raises(Locked), transaction(again, now=MONDAY) as ctx:
        people.check_password(ctx, "zhang", PASSWORD)
    again.dispose()


def test_an_attempt_while_locked_does_not_prolong_the_lock(signed: Office) -> None:
    for _ in range(5):
        tries(signed, "wrong")
    signed.wait(minutes=10)
    with pytest.raises(Locked):
        tries(signed, "wrong")
    signed.wait(minutes=5)
    assert tries(signed, PASSWORD)


def test_a_new_one_time_password_lifts_the_lock(signed: Office) -> None:
    for _ in range(5):
        tries(signed, "wrong")
    with signed.by() as ctx:
        fresh = people.give_account(ctx, "zhang", again=True)
    assert tries(signed, fresh)


@pytest.mark.parametrize("who", ["zhang", "nobody", "wu"])
def test_whoever_asks_pays_for_one_hash(office: Office, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """A known account, an unknown person, a person without an account: the same work, so the time tells nothing."""
    verified: list[str] = []
    with office.by() as ctx:
        people.open_account(ctx, "zhang", PASSWORD)

    def count(self: PasswordHasher, hashed: str, password: str) -> bool:
        verified.append(hashed)
        return False

    monkeypatch.setattr(PasswordHasher, "verify", count)
    assert not tries(office, "wrong", who)
    assert [extract_parameters(each) for each in verified] == [extract_parameters(PasswordHasher().hash("x"))]


def test_a_disabled_account_cannot_sign_in_with_its_right_password(signed: Office) -> None:
    with signed.by() as ctx:
        people.disable_account(ctx, "zhang")
    assert not tries(signed, PASSWORD)


def test_every_change_of_password_and_disabling_raises_the_epoch(signed: Office) -> None:
    epochs: list[int] = []

    def note() -> None:
        with signed.by(reading=True) as ctx:
            epochs.append(account(ctx).epoch)

    note()
    with signed.by("zhang") as ctx:
        people.change_password(ctx, "zhang", PASSWORD, "Summer-2026")
    note()
    with signed.by() as ctx:
        people.give_account(ctx, "zhang", again=True)
    note()
    with signed.by() as ctx:
        people.disable_account(ctx, "zhang")
    note()
    assert epochs == [1, 2, 3, 4]


def test_signing_in_does_not_end_other_sessions(signed: Office) -> None:
    assert tries(signed, PASSWORD)
    with signed.by(reading=True) as ctx:
        assert account(ctx).epoch == 1


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Abc-12345", "nine characters"),
        ("", "nothing"),
        ("abcdefghij", "small letters only"),
        ("ABCDEFGHIJ", "capital letters only"),
        ("1234567890", "digits only"),
        ("!!!!!!!!!!", "signs only"),
        ("abcdefgh12", "two kinds"),
        ("ABCDEFGH12", "two kinds"),
        ("abcdefgh-!", "two kinds"),
        (PASSWORD, "the old one"),
    ],
)
def test_a_weak_password_is_refused(signed: Office, password: str, why: str) -> None:
    with pytest.raises(WeakPassword), signed.by("zhang") as ctx:
        people.change_password(ctx, "zhang", PASSWORD, password)
    assert tries(signed, PASSWORD), why


@pytest.mark.parametrize("password", ["Abcdefgh12", "abcdefg-12", "ABCDEFG-12", "Abcdefghi-", "春天来了花开满城Ab1"])
def test_three_kinds_of_ten_characters_are_enough(signed: Office, password: str) -> None:
    with signed.by("zhang") as ctx:
        people.change_password(ctx, "zhang", PASSWORD, password)
        assert not account(ctx).must_change
    assert tries(signed, password)


def test_the_old_password_must_be_right(signed: Office) -> None:
    with pytest.raises(SignInRefused), signed.by("zhang") as ctx:
        people.change_password(ctx, "zhang", "wrong", "Summer-2026")


def test_what_happens_to_accounts_is_recorded_without_passwords(signed: Office) -> None:
    with signed.by("zhang") as ctx:
        people.change_password(ctx, "zhang", PASSWORD, "Summer-2026")
    for _ in range(5):
        tries(signed, "wrong")
    with signed.by(reading=True) as ctx:
        entries = list(recorded(ctx))
    assert [act for act, _ in entries] == ["account.open", "account.change_password", "account.lock"]
    assert all(facts == {"account": "zhang"} for _, facts in entries)


def recorded(ctx: Context) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = ctx.session.query(people.audit.Entry).filter_by(chain="people").order_by(people.audit.Entry.seq)
    yield from ((entry.act, entry.facts) for entry in entries)


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [
        (date(2026, 4, 20), None, True),
        (date(2026, 4, 21), None, False),
        (date(2020, 1, 1), date(2026, 4, 20), True),
        (date(2020, 1, 1), date(2026, 4, 19), False),
    ],
)
def test_a_post_is_held_from_its_first_day_to_its_last(
    office: Office, since: date, until: date | None, held: bool
) -> None:
    with office.by() as ctx:
        appoint(ctx, "wu", "expert", people.unit(ctx, "D01"), since, until)
    with office.by("wu", reading=True) as ctx:
        assert (Position("expert", "D01") in people.positions(ctx, "wu")) is held
        assert (people.holders(ctx, "expert") == ["wu"]) is held
        assert (people.holders(ctx, "expert@D01") == ["wu"]) is held


def test_the_date_is_the_one_of_the_office_not_of_greenwich(office: Office) -> None:
    with office.by() as ctx:
        appoint(ctx, "wu", "expert", people.unit(ctx, "D01"), date(2026, 4, 21))
    just_after_midnight = MONDAY.replace(hour=0, minute=30) + timedelta(days=1)
    with office.by(now=just_after_midnight, reading=True) as ctx:
        assert people.holders(ctx, "expert") == ["wu"]


def test_holders_of_a_role_anywhere_and_of_a_role_in_one_unit(office: Office) -> None:
    with office.by(reading=True) as ctx:
        assert people.holders(ctx, "clerk") == ["chen", "qian", "wu", "zhang"]
        assert people.holders(ctx, "clerk@A01") == ["chen", "zhang"]
        assert people.holders(ctx, "clerk@NOWHERE") == []
        assert people.holders(ctx, "emperor") == []
        assert people.leader_of(ctx, "A01") == "li"
        assert people.leader_of(ctx, "CITY") is None


def test_somebody_with_two_posts_is_named_once(office: Office) -> None:
    with office.by() as ctx:
        appoint(ctx, "zhang", "clerk", people.unit(ctx, "A02"))
    with office.by(reading=True) as ctx:
        assert people.holders(ctx, "clerk") == ["chen", "qian", "wu", "zhang"]
        assert [each.group for each in people.positions(ctx, "zhang")] == ["clerk@A01", "clerk@A02"]


def test_an_unknown_unit_and_an_unknown_person_are_named(office: Office) -> None:
    with office.by(reading=True) as ctx:
        with pytest.raises(people.UnknownUnit, match="A99"):
            people.unit(ctx, "A99")
        with pytest.raises(people.UnknownPerson, match="nobody"):
            people.person(ctx, "nobody")
        assert people.names(ctx, ["li", None, "nobody", "li"]) == {"li": "李强"}


def test_units_in_order_and_of_one_kind(office: Office) -> None:
    with office.by(reading=True) as ctx:
        assert [unit.code for unit in people.units(ctx)] == ["A01", "A02", "CITY", "D01", "D02", "D10"]
        assert [unit.code for unit in people.units(ctx, "county")] == ["A01", "A02"]


def test_a_city_is_empty_until_somebody_lives_there(database: Database) -> None:
    with transaction(database, now=MONDAY) as ctx:
        assert people.is_empty(ctx)
        ctx.session.add(people.Person(account="li", name="Li"))
        ctx.session.flush()
        assert not people.is_empty(ctx)
