"""A member's month: self-rating, rating by another hand, closing by the date (N1, N6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from engine import people
from engine.access import NotYours
from engine.assessment.points import membership, months
from engine.errors import Conflict, Invalid
from engine.notifications import Notification
from tests.assessment.points.committee import LEAVES, Committee, cycle, sheet_row

OWN = {
    "politics": "20",
    "discipline": "25",
    "morality": "25",
    "performance": "8.5",
    "innovation": "3",
    "cooperation": "5",
}


def states(house: Committee, month: str) -> dict[str, str]:
    with house.by() as ctx:
        return {row.account: row.state for row in months.of_committee(ctx, cycle(ctx), month, "DW")}


def rate_self(house: Committee, account: str, month: str, **changed: str) -> None:
    marks = {code: Decimal(mark) for code, mark in {**OWN, "assignment": "5", **changed}.items()}
    with house.by(account) as ctx:
        months.rate_self(ctx, cycle(ctx), month, marks, "按要求完成")


def rate(house: Committee, by: str, rater: str, rows: list[dict[str, Any]], month: str = "2026-01") -> None:
    with house.by(by) as ctx:
        months.rate(ctx, cycle(ctx), month, rater, rows)


@pytest.mark.requirement("N1")
def test_a_month_has_everybody_who_is_a_member_on_its_last_day_with_who_rates_them(house: Committee) -> None:
    house.opened("2026-01")
    house.opened("2026-06")
    house.opened("2026-07")
    with house.by() as ctx:
        january, june, july = (
            {row.account: (row.branch, row.rater) for row in months.of_committee(ctx, cycle(ctx), month, "DW")}
            for month in ("2026-01", "2026-06", "2026-07")
        )
    assert january == {
        # The committee's secretary takes part in the branch as an ordinary member.
        "ma": ("B1", "secretary@B1"),
        "li": ("B1", "secretary@B1"),
        "han": ("B1", "secretary@B1"),
        "sun": ("B1", "secretary@DW"),
        "ji": ("B2", "secretary@B2"),
        "office": ("B2", "secretary@B2"),
        "qin": ("B2", "secretary@DW"),
    }
    # wu came on 10 May; han went over on 1 July.
    assert june["wu"] == ("B1", "secretary@B1") and june["han"][0] == "B1"
    assert july["han"] == ("B2", "secretary@B2")


def test_a_month_is_opened_once(house: Committee) -> None:
    house.opened("2026-01")
    with pytest.raises(months.MonthOpened), house.by() as ctx:
        months.open_month(ctx, cycle(ctx), "2026-01")
    with pytest.raises(Invalid), house.by() as ctx:
        months.open_month(ctx, cycle(ctx), "2027-01")


@pytest.mark.requirement("N6")
def test_a_month_goes_from_open_over_self_confirmed_and_scored_to_closed(house: Committee) -> None:
    house.enter("sun", "li", "DISCIPLINE", "2026-01-05")
    house.opened("2026-01")
    assert set(states(house, "2026-01").values()) == {"open"}
    rate_self(house, "li", "2026-01")
    assert states(house, "2026-01")["li"] == "self_confirmed"
    assert house.frozen("2026-01") == {
        "raters": ["secretary@B1", "secretary@B2", "secretary@DW"],
        "unconfirmed": 6,
    }
    house.rated("2026-01", "secretary@B1", "sun", li="91.5")
    assert states(house, "2026-01") == dict.fromkeys(("ma", "li", "han"), "secretary_scored") | dict.fromkeys(
        ("sun", "ji", "office", "qin"), "unconfirmed"
    )
    house.closed("2026-01")
    assert set(states(house, "2026-01").values()) == {"closed"}
    with house.by() as ctx:
        row = months.of_member(ctx, cycle(ctx), "li", "2026-01")
    assert (row.base, row.self_total, row.accumulated_total) == (Decimal("91.5"), Decimal("91.5"), Decimal(25))
    assert row.rated_by == "sun" and not row.by_entries


@pytest.mark.requirement("N6")
def test_who_has_not_confirmed_by_the_date_is_rated_all_the_same(house: Committee) -> None:
    house.month("2026-01", li="97")
    with house.by() as ctx:
        row = months.of_member(ctx, cycle(ctx), "li", "2026-01")
    assert (row.base, row.confirmed_at, row.state) == (Decimal(97), None, "closed")


def test_a_self_rating_is_confirmed_once_and_before_the_date(house: Committee) -> None:
    house.opened("2026-01")
    rate_self(house, "li", "2026-01")
    with pytest.raises(months.MonthMoved):
        rate_self(house, "li", "2026-01")
    house.frozen("2026-01")
    with pytest.raises(months.MonthMoved):
        rate_self(house, "han", "2026-01")
    with pytest.raises(months.NoMonth):
        rate_self(house, "wu", "2026-01")


@pytest.mark.parametrize(
    ("leaf", "mark"), [("politics", "25.01"), ("innovation", "5.5"), ("morality", "-1"), ("morality", "0.001")]
)
def test_a_mark_lies_between_0_and_full_with_two_decimals_at_most(house: Committee, leaf: str, mark: str) -> None:
    house.opened("2026-01")
    with pytest.raises(Invalid):
        rate_self(house, "li", "2026-01", **{leaf: mark})
    house.frozen("2026-01")
    rows = [sheet_row(account, "80") for account in ("ma", "li", "han")]
    rows[0][leaf] = Decimal(mark)
    with pytest.raises(Invalid):
        rate(house, "sun", "secretary@B1", rows)
    assert "secretary_scored" not in states(house, "2026-01").values()


def test_a_mark_of_no_category_is_refused(house: Committee) -> None:
    house.opened("2026-01")
    with pytest.raises(Invalid):
        rate_self(house, "li", "2026-01", strange="1")


@pytest.mark.requirement("N6")
def test_a_secretary_never_rates_themself(house: Committee) -> None:
    house.opened("2026-01")
    house.frozen("2026-01")
    rows = [sheet_row(account, "80") for account in ("sun", "qin")]
    # Not by the sheet of others, on which they do not stand, nor by the one they stand on.
    with pytest.raises(NotYours):
        rate(house, "sun", "secretary@DW", rows)
    with pytest.raises(Invalid):
        rate(house, "sun", "secretary@B1", [*(sheet_row(each, "80") for each in ("ma", "li", "han", "sun"))])
    rate(house, "ma", "secretary@DW", rows)


def test_who_holds_both_posts_is_rated_by_the_discipline_secretary(house: Committee) -> None:
    with house.by() as ctx:
        member = membership.Place("ma", "DW", "DW")
        assert membership.rater_of(ctx, member) == "discipline@DW"
        vacant = membership.Place("li", "B9", "DW")
        assert membership.rater_of(ctx, vacant) == "secretary@DW"
        with pytest.raises(membership.NoRater):
            membership.rater_of(ctx, membership.Place("li", "B9", "B8"))


def test_only_the_rater_hands_in_a_sheet_and_it_holds_everybody_once(house: Committee) -> None:
    house.opened("2026-01")
    house.frozen("2026-01")
    rows = [sheet_row(account, "80") for account in ("ma", "li", "han")]
    for by in ("li", "qin", "ma", "office"):
        with pytest.raises(NotYours):
            rate(house, by, "secretary@B1", rows)
    for wrong in (rows[:2], [*rows, rows[0]], [*rows[:2], sheet_row("ji", "80")]):
        with pytest.raises(Invalid):
            rate(house, "sun", "secretary@B1", wrong)
    rate(house, "sun", "secretary@B1", rows)
    with pytest.raises(Conflict):
        rate(house, "sun", "secretary@B1", rows)


def test_a_mark_that_is_not_that_of_the_entries_needs_a_reason(house: Committee) -> None:
    house.enter("sun", "li", "DISCIPLINE", "2026-01-05")
    house.opened("2026-01")
    house.frozen("2026-01")
    with house.by("sun") as ctx:
        offered = months.sheet_rows(ctx, cycle(ctx), "2026-01", "secretary@B1")
    assert [(row["account"], row["accumulated_total"], row["discipline"]) for row in offered] == [
        ("han", "0", 0),
        ("li", "25", 25),
        ("ma", "0", 0),
    ]
    offered[1]["discipline"] = Decimal(24)
    with pytest.raises(Invalid):
        rate(house, "sun", "secretary@B1", offered)
    offered[1]["reason"] = "迟到未登记"
    rate(house, "sun", "secretary@B1", offered)


def test_before_the_self_rating_closes_nobody_is_rated(house: Committee) -> None:
    house.opened("2026-01")
    with pytest.raises(months.MonthMoved):
        rate(house, "sun", "secretary@B1", [sheet_row(account, "80") for account in ("ma", "li", "han")])


def test_where_the_rater_is_silent_the_marks_of_the_entries_count_and_the_rater_is_named(house: Committee) -> None:
    house.enter("qin", "ji", "WORK", "2026-01-05", "7.5")
    house.opened("2026-01")
    house.frozen("2026-01")
    house.rated("2026-01", "secretary@B1", "sun")
    with house.by() as ctx:
        assert months.remind(ctx, cycle(ctx), "2026-01", "DW") == ["secretary@B2", "secretary@DW"]
        told = set(ctx.session.scalars(select(Notification.account).where(Notification.kind == "points.remind")))
    assert told == {"qin", "ma"}
    assert house.closed("2026-01") == ["secretary@B2", "secretary@DW"]
    with house.by() as ctx:
        row = months.of_member(ctx, cycle(ctx), "ji", "2026-01")
    assert (row.base, row.by_entries, row.rated_by) == (Decimal("7.5"), True, None)
    with pytest.raises(months.MonthMoved):
        house.closed("2026-01")


def test_the_quarter_ends_with_its_third_month() -> None:
    assert [months.quarter_of(f"2026-{number:02}") for number in (2, 3, 12)] == [None, "2026-Q1", "2026-Q4"]
    assert months.months_of_quarter("2026-Q4") == ["2026-10", "2026-11", "2026-12"]


def test_every_month_of_the_year_opens_when_it_is_over() -> None:
    planned = membership.months_of(2026)
    assert (planned[0], planned[-1], len(planned)) == ("2026-01", "2026-12", 12)
    assert [str(membership.month_end(month)) for month in ("2026-02", "2028-02", "2026-12")] == [
        "2026-02-28",
        "2028-02-29",
        "2026-12-31",
    ]
    assert LEAVES[0] == "politics"


@pytest.mark.requirement("N6")
def test_who_became_secretary_after_the_month_was_opened_does_not_hand_in_a_sheet_they_stand_on(
    house: Committee,
) -> None:
    house.opened("2026-01")
    house.frozen("2026-01")
    with house.by() as ctx:
        branch = people.unit(ctx, "B1").id
        ctx.session.add(people.Appointment(account="li", role="secretary", unit_id=branch, from_date=date(2026, 2, 1)))
    rows = [sheet_row(account, "80") for account in ("ma", "li", "han")]
    with pytest.raises(months.OwnMarks):
        rate(house, "li", "secretary@B1", rows)
    rate(house, "sun", "secretary@B1", rows)
