"""Daily entries: only added, capped per month but for honours, undone by counter-entries, kept in the audit (N3–N5)."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from engine import audit, verify
from engine.access import NotYours
from engine.assessment.points import entries, membership
from engine.errors import Invalid
from tests.assessment.points.committee import LEAVES, Committee, cycle


def marks(house: Committee, account: str, month: str) -> dict[str, str]:
    """The leaves above 0 that the entries of a month come to."""
    with house.by() as ctx:
        found = entries.month_marks(ctx, cycle(ctx), [account], month)[account]
    assert tuple(found) == LEAVES
    return {code: f"{mark.normalize():f}" for code, mark in found.items() if mark}


def rows(house: Committee, account: str) -> list[entries.PointEntry]:
    with house.by() as ctx:
        return entries.of_member(ctx, cycle(ctx), account)


def undo(house: Committee, by: str, entry: entries.PointEntry, reason: str = "录错") -> None:
    with house.by(by) as ctx:
        entries.undo(ctx, cycle(ctx), entry.id, reason)


@pytest.mark.requirement("N5")
def test_entries_accumulate_by_the_day_they_are_about(house: Committee) -> None:
    house.at("2026-02-03")
    house.enter("sun", "li", "STUDY", "2026-01-31")
    house.enter("sun", "li", "STUDY", "2026-02-01", "4.25")
    assert marks(house, "li", "2026-01") == {"politics": "10"}
    assert marks(house, "li", "2026-02") == {"politics": "4.25"}


def test_a_category_is_capped_at_its_full_mark_and_an_item_at_its_limit(house: Committee) -> None:
    house.at("2026-01-30")
    for day in ("05", "12", "19"):
        house.enter("sun", "li", "STUDY", f"2026-01-{day}")
        house.enter("sun", "li", "MEETING", f"2026-01-{day}", "9")
    # MEETING 27, at most 20; with STUDY's 30 it is 50, at most 25.
    assert marks(house, "li", "2026-01") == {"politics": "25"}
    house.enter("sun", "han", "MEETING", "2026-01-05", "15")
    house.enter("sun", "han", "MEETING", "2026-01-06", "15")
    assert marks(house, "han", "2026-01") == {"politics": "20"}


def test_a_deduction_bites_however_much_was_earned_and_no_mark_falls_below_0(house: Committee) -> None:
    house.at("2026-01-30")
    for _ in range(2):
        house.enter("sun", "li", "DISCIPLINE", "2026-01-10")
    house.enter("sun", "li", "LATE", "2026-01-11")
    assert marks(house, "li", "2026-01") == {"discipline": "23"}
    house.enter("sun", "han", "LATE", "2026-01-11")
    assert marks(house, "han", "2026-01") == {}


@pytest.mark.requirement("N4")
def test_honours_add_up_without_a_cap_and_are_in_no_category(house: Committee) -> None:
    house.at("2026-01-30")
    for day in range(5, 10):
        house.enter("sun", "li", "PRIZE", f"2026-01-{day:02}")
    with house.by() as ctx:
        assert entries.honours(ctx, cycle(ctx), ["li", "han"]) == {"li": Decimal(150), "han": Decimal(0)}
    assert marks(house, "li", "2026-01") == {}


@pytest.mark.requirement("N3")
@pytest.mark.parametrize(
    ("item", "points"),
    [
        ("STUDY", "10.01"),
        ("STUDY", "-1"),
        ("STUDY", "0"),
        ("STUDY", "1.001"),
        ("LATE", "1"),
        ("LATE", "-3"),
        ("CRIME", None),
    ],
)
def test_points_that_are_not_the_items_are_refused(house: Committee, item: str, points: str | None) -> None:
    with pytest.raises(Invalid):
        house.enter("sun", "li", item, "2026-01-05", points)
    assert rows(house, "li") == []


def test_of_a_batch_with_one_wrong_row_nothing_is_entered(house: Committee) -> None:
    good = entries.Draft("li", "STUDY", date(2026, 1, 5))
    wrong = entries.Draft("han", "STUDY", date(2026, 1, 6))
    with pytest.raises(Invalid), house.by("sun") as ctx:
        entries.add_many(ctx, cycle(ctx), [good, wrong])
    assert rows(house, "li") == []


@pytest.mark.parametrize("by", ["li", "qin", "han"])
def test_only_who_keeps_the_branch_enters_its_points(house: Committee, by: str) -> None:
    with pytest.raises((NotYours, entries.OwnPoints)):
        house.enter(by, "li", "STUDY", "2026-01-05")


@pytest.mark.parametrize("by", ["sun", "ma", "ji", "office"])
def test_the_branch_and_the_committee_enter_points(house: Committee, by: str) -> None:
    house.enter(by, "li", "STUDY", "2026-01-05")
    assert [row.recorded_by for row in rows(house, "li")] == [by]


@pytest.mark.requirement("N6")
def test_nobody_enters_points_for_themself(house: Committee) -> None:
    with pytest.raises(entries.OwnPoints):
        house.enter("sun", "sun", "STUDY", "2026-01-05")


def test_who_is_no_member_on_the_day_gets_none(house: Committee) -> None:
    house.at("2026-05-20")
    with pytest.raises(membership.NotMember):
        house.enter("sun", "wu", "STUDY", "2026-05-09")
    house.enter("sun", "wu", "STUDY", "2026-05-10")


def test_an_entry_lies_in_the_branch_of_its_day_and_that_branch_enters_it(house: Committee) -> None:
    house.at("2026-07-02")
    house.enter("sun", "han", "STUDY", "2026-06-30")
    house.enter("qin", "han", "STUDY", "2026-07-01")
    assert [row.branch for row in rows(house, "han")] == ["B1", "B2"]
    with pytest.raises(NotYours):
        house.enter("sun", "han", "STUDY", "2026-07-02")


def test_a_wrong_entry_is_undone_once_by_a_counter_entry_with_a_reason(house: Committee) -> None:
    house.enter("sun", "li", "STUDY", "2026-01-05")
    (entry,) = rows(house, "li")
    with pytest.raises(Invalid):
        undo(house, "sun", entry, " ")
    undo(house, "sun", entry)
    first, counter = rows(house, "li")
    assert (counter.points, counter.day, counter.undoes, counter.note) == (-first.points, first.day, first.id, "录错")
    assert marks(house, "li", "2026-01") == {}
    for each in (first, counter):
        with pytest.raises(entries.AlreadyUndone):
            undo(house, "sun", each)


def test_a_settled_month_takes_no_entries_and_is_corrected_today(house: Committee) -> None:
    house.enter("sun", "li", "STUDY", "2026-01-05")
    (entry,) = rows(house, "li")
    house.opened("2026-01")
    house.enter("sun", "li", "STUDY", "2026-01-31")
    house.frozen("2026-01")
    with pytest.raises(entries.MonthFrozen):
        house.enter("sun", "li", "STUDY", "2026-01-31")
    undo(house, "sun", entry)
    assert [str(row.day) for row in rows(house, "li")] == ["2026-01-05", "2026-01-31", "2026-02-06"]
    assert marks(house, "li", "2026-01") == {"politics": "20"}


def test_after_the_year_only_an_honour_can_be_undone(house: Committee) -> None:
    house.at("2026-12-31")
    house.enter("sun", "li", "STUDY", "2026-12-31")
    house.enter("sun", "li", "PRIZE", "2026-12-31")
    study, prize = rows(house, "li")
    house.opened("2026-12")
    house.frozen("2026-12")
    with pytest.raises(entries.YearOver):
        undo(house, "sun", study)
    undo(house, "sun", prize)
    with house.by() as ctx:
        assert entries.honours(ctx, cycle(ctx), ["li"]) == {"li": Decimal(0)}


@pytest.mark.parametrize("day", ["2025-12-31", "2026-01-06", "2027-01-01"])
def test_a_day_of_another_year_or_ahead_is_refused(house: Committee, day: str) -> None:
    with pytest.raises(Invalid):
        house.enter("sun", "li", "STUDY", day)


@pytest.mark.parametrize("statement", ["UPDATE point_entry SET points = '9'", "DELETE FROM point_entry"])
def test_the_database_itself_refuses_to_change_or_delete_an_entry(house: Committee, statement: str) -> None:
    house.enter("sun", "li", "STUDY", "2026-01-05")
    with pytest.raises(DatabaseError, match="only ever added"), house.by() as ctx:
        ctx.session.execute(text(statement))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE point_entry SET points = '9' WHERE account = 'li'",
        "DELETE FROM point_entry WHERE account = 'li'",
        "INSERT INTO point_entry SELECT 99, cycle_id, account, branch, item, day, points, note, file_id, source, undoes, recorded_at, recorded_by FROM point_entry WHERE account = 'li'",
    ],
)
def test_entries_changed_behind_the_program_are_found(house: Committee, tampering: str) -> None:
    house.enter("sun", "li", "STUDY", "2026-01-05")
    house.enter("sun", "han", "STUDY", "2026-01-05")
    assert broken(house, "I9") == []
    with house.by() as ctx:
        ctx.session.execute(text("DROP TRIGGER point_entry_no_UPDATE"))
        ctx.session.execute(text("DROP TRIGGER point_entry_no_DELETE"))
        ctx.session.execute(text(tampering))
    assert broken(house, "I9") != []


def broken(house: Committee, invariant: str) -> list[str]:
    with house.by() as ctx:
        (found,) = [each for each in verify.verify(ctx) if each.id == invariant]
    return list(found.places)


def test_a_batch_leaves_one_entry_in_the_audit(house: Committee) -> None:
    drafts = [entries.Draft(account, "STUDY", date(2026, 1, 5)) for account in ("li", "han")]
    with house.by("sun") as ctx:
        assert entries.add_many(ctx, cycle(ctx), drafts) == 2
        assert entries.add_many(ctx, cycle(ctx), []) == 0
    with house.by() as ctx:
        told = [each for each in ctx.session.query(audit.Entry) if each.act == "points.add"]
    assert [(each.actor, each.facts["count"]) for each in told] == [("sun", 2)]
