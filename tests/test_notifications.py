import pytest

from engine import notifications
from engine.notifications import Notification
from tests.cast import MONDAY, Office


def kinds(office: Office, account: str, before: int | None = None) -> list[str]:
    with office.by(account, reading=True) as ctx:
        return [each.kind for each in notifications.latest(ctx, account, before=before)]


def test_everyone_who_holds_a_group_is_told_once(office: Office) -> None:
    with office.by() as ctx:
        told = notifications.notify(
            ctx, "letter.issued", groups=["clerk@A01", "leader@A01", "clerk"], accounts=["zhang", "wang"], number="3"
        )
    assert told == ["chen", "li", "qian", "wang", "wu", "zhang"]
    assert kinds(office, "zhang") == ["letter.issued"]
    assert kinds(office, "zhou") == []


def test_what_is_told_carries_its_facts_its_link_and_the_moment(office: Office) -> None:
    with office.by() as ctx:
        notifications.notify(ctx, "letter.issued", accounts=["li"], link="/letters/3", number="〔2026〕3号")
    with office.by("li", reading=True) as ctx:
        told = notifications.latest(ctx, "li")[0]
        assert (told.facts, told.link, told.at) == ({"number": "〔2026〕3号"}, "/letters/3", MONDAY)
        assert (told.read_at, told.delivered_at) == (None, None)


def test_who_joins_later_is_not_told_of_what_was(office: Office) -> None:
    with office.by() as ctx:
        assert notifications.notify(ctx, "letter.issued", groups=["expert"]) == []


def test_the_newest_comes_first_and_the_next_page_goes_on_from_the_last(office: Office) -> None:
    with office.by() as ctx:
        for number in range(60):
            notifications.notify(ctx, f"kind.{number}", accounts=["li"])
    with office.by("li", reading=True) as ctx:
        first = notifications.latest(ctx, "li")
        second = notifications.latest(ctx, "li", before=first[-1].id)
        assert [each.kind for each in (*first, *second)] == [f"kind.{number}" for number in reversed(range(60))]
        assert len(first) == 50


def test_unread_is_counted_for_each_person_until_they_read(office: Office) -> None:
    with office.by() as ctx:
        for _ in range(3):
            notifications.notify(ctx, "letter.issued", accounts=["li", "wu"])
    with office.by("li") as ctx:
        assert notifications.unread(ctx, "li") == 3
        notifications.mark_read(ctx, "li")
    with office.by() as ctx:
        assert (notifications.unread(ctx, "li"), notifications.unread(ctx, "wu")) == (0, 3)
        notifications.notify(ctx, "letter.issued", accounts=["li"])
    with office.by("li", reading=True) as ctx:
        assert notifications.unread(ctx, "li") == 1


def test_reading_twice_keeps_the_first_moment(office: Office) -> None:
    with office.by() as ctx:
        notifications.notify(ctx, "letter.issued", accounts=["li"])
    for _ in range(2):
        office.wait(hours=1)
        with office.by("li") as ctx:
            notifications.mark_read(ctx, "li")
    with office.by(reading=True) as ctx:
        assert ctx.session.query(Notification).one().read_at == MONDAY.replace(hour=10)


def test_nobody_is_told_of_an_act_that_was_undone(office: Office) -> None:
    with pytest.raises(RuntimeError), office.by() as ctx:
        notifications.notify(ctx, "letter.issued", accounts=["li"])
        raise RuntimeError
    assert kinds(office, "li") == []
