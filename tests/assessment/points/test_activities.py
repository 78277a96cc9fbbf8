"""Activities: created online, signed in to by a code that runs out, once; leave asked for before (N11)."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from engine.access import NotYours
from engine.assessment.points import activities, entries, items
from engine.db import SHANGHAI
from engine.errors import Invalid, NotFound
from tests.assessment.points.committee import Committee, cycle

BEGINS = datetime(2026, 1, 7, 14, tzinfo=SHANGHAI)
ENDS = datetime(2026, 1, 7, 16, tzinfo=SHANGHAI)


def made(house: Committee, by: str = "sun", unit: str = "B1", item: str | None = "MEETING") -> int:
    with house.by(by) as ctx:
        return activities.make(ctx, cycle(ctx), activities.Plan(unit, "主题党日", "会议室", BEGINS, ENDS, item)).id


def code(house: Committee, activity: int, by: str = "sun") -> str:
    with house.by(by) as ctx:
        return activities.code(ctx, cycle(ctx), activity)


def sign_in(house: Committee, account: str, token: str) -> None:
    with house.by(account) as ctx:
        activities.sign_in(ctx, token)


@pytest.fixture
def held(house: Committee) -> tuple[Committee, int]:
    """An activity of B1 that is going on."""
    activity = made(house)
    house.at("2026-01-07", 14)
    return house, activity


@pytest.mark.requirement("N11")
def test_signing_in_counts_once_and_gives_the_items_points(held: tuple[Committee, int]) -> None:
    house, activity = held
    token = code(house, activity)
    sign_in(house, "li", token)
    with pytest.raises(activities.AlreadySignedIn):
        sign_in(house, "li", token)
    with pytest.raises(activities.AlreadySignedIn):
        sign_in(house, "li", code(house, activity))
    with house.by("sun") as ctx:
        (entry,) = entries.of_member(ctx, cycle(ctx), "li")
        came = {
            each.account: each.signed_in_at
            for each in activities.attendance(ctx, activities.get(ctx, cycle(ctx), activity))
        }
    assert (entry.item, entry.points, entry.source) == ("MEETING", Decimal(20), f"activity:{activity}")
    assert came == {"li": house.now, "han": None, "ma": None, "sun": None}


def test_a_source_gives_a_member_points_once(house: Committee) -> None:
    draft = entries.Draft("li", "STUDY", house.now.date(), source="activity:1")
    with house.by() as ctx:
        entries.add_by_rule(ctx, cycle(ctx), draft)
    with pytest.raises(entries.EnteredAlready), house.by() as ctx:
        entries.add_by_rule(ctx, cycle(ctx), draft)


@pytest.mark.requirement("N11")
def test_a_code_runs_out_after_ten_minutes_and_a_new_one_works(held: tuple[Committee, int]) -> None:
    house, activity = held
    token = code(house, activity)
    house.now += timedelta(minutes=10, seconds=-1)
    sign_in(house, "li", token)
    house.now += timedelta(seconds=1)
    with pytest.raises(activities.CodeOver):
        sign_in(house, "han", token)
    sign_in(house, "han", code(house, activity))


@pytest.mark.parametrize("change", ["", "x", "1", "1.2", "9.9.9", "①.1.1", "1" * 30 + ".1.1", "1." + "9" * 30 + ".1"])
def test_what_is_no_code_is_refused(held: tuple[Committee, int], change: str) -> None:
    house, _ = held
    with pytest.raises(activities.WrongCode):
        sign_in(house, "li", change)


def test_a_code_cannot_be_made_to_last_longer_or_to_fit_another_activity(held: tuple[Committee, int]) -> None:
    house, activity = held
    number, expires, signature = code(house, activity).split(".")
    house.at("2026-01-06")
    other = made(house)
    house.at("2026-01-07", 14)
    for forged in (
        f"{number}.{int(expires) + 60}.{signature}",
        f"{other}.{expires}.{signature}",
        f"{number}.{expires}.{signature}0",
    ):
        with pytest.raises(activities.WrongCode):
            sign_in(house, "li", forged)


def test_one_signs_in_around_the_time_of_the_activity(house: Committee) -> None:
    activity = made(house)
    for moment, fits in ((BEGINS - timedelta(minutes=31), False), (BEGINS - timedelta(minutes=30), True)):
        house.now = moment
        if not fits:
            with pytest.raises(activities.NotNow):
                sign_in(house, "li", code(house, activity))
        else:
            sign_in(house, "li", code(house, activity))
    house.now = ENDS
    late = code(house, activity)
    sign_in(house, "han", late)
    house.now = ENDS + timedelta(minutes=1)
    with pytest.raises(activities.NotNow):
        sign_in(house, "ma", late)


def test_only_who_is_invited_signs_in_for_themself(held: tuple[Committee, int]) -> None:
    house, activity = held
    token = code(house, activity)
    with pytest.raises(activities.NotInvited):
        sign_in(house, "qin", token)
    with house.by("sun") as ctx:
        ctx.on_behalf_of = "li"
        with pytest.raises(Invalid):
            activities.sign_in(ctx, token)


def test_an_activity_of_the_committee_is_for_all_its_branches(house: Committee) -> None:
    activity = made(house, "ma", "DW", None)
    house.at("2026-01-07", 14)
    token = code(house, activity, "ma")
    for account in ("li", "qin", "office"):
        sign_in(house, account, token)
    with house.by("ma") as ctx:
        found = activities.get(ctx, cycle(ctx), activity)
        assert sum(each.signed_in_at is not None for each in activities.attendance(ctx, found)) == 3
        assert entries.of_member(ctx, cycle(ctx), "li") == []


def test_who_keeps_the_unit_creates_its_activities_and_shows_the_code(house: Committee) -> None:
    for by, unit in (("li", "B1"), ("qin", "B1"), ("sun", "DW"), ("sun", "B2")):
        with pytest.raises(NotYours):
            made(house, by, unit)
    activity = made(house)
    for by, wrong in (("li", NotYours), ("qin", NotFound)):
        with pytest.raises(wrong):
            code(house, activity, by)
    with house.by("qin") as ctx:
        assert activities.of_cycle(ctx, cycle(ctx)) == []
    with house.by("li") as ctx, pytest.raises(NotYours):
        activities.attendance(ctx, activities.get(ctx, cycle(ctx), activity))


@pytest.mark.parametrize("item", ["LATE", "PRIZE", "CRIME"])
def test_only_what_is_done_can_be_given_for_signing_in(house: Committee, item: str) -> None:
    with pytest.raises(Invalid):
        made(house, item=item)


def test_an_activity_has_a_title_a_place_and_a_time_ahead(house: Committee) -> None:
    plans = [
        activities.Plan("B1", " ", "会议室", BEGINS, ENDS),
        activities.Plan("B1", "主题党日", "", BEGINS, ENDS),
        activities.Plan("B1", "主题党日", "会议室", ENDS, BEGINS),
        activities.Plan("B1", "主题党日", "会议室", BEGINS - timedelta(days=9), ENDS - timedelta(days=9)),
    ]
    for plan in plans:
        with pytest.raises(Invalid), house.by("sun") as ctx:
            activities.make(ctx, cycle(ctx), plan)
    with pytest.raises(items.NoItem):
        made(house, item="GHOST")


@pytest.mark.requirement("N11")
def test_leave_is_asked_for_before_once_and_decided_by_who_rates_the_member(house: Committee) -> None:
    activity = made(house)
    with house.by("li") as ctx:
        leave = activities.ask_leave(ctx, cycle(ctx), activity, "出差").id
    with pytest.raises(activities.LeaveMoved), house.by("li") as ctx:
        activities.ask_leave(ctx, cycle(ctx), activity, "还是出差")
    for by, wrong in (("li", activities.OwnLeave), ("han", NotYours), ("qin", NotYours)):
        with pytest.raises(wrong), house.by(by) as ctx:
            activities.decide_leave(ctx, leave, "approved", None)
    with house.by("sun") as ctx:
        activities.decide_leave(ctx, leave, "approved", "同意")
    with pytest.raises(activities.LeaveMoved), house.by("ma") as ctx:
        activities.decide_leave(ctx, leave, "refused", None)
    with house.by("sun") as ctx:
        states = {
            each.account: each.leave.status
            for each in activities.attendance(ctx, activities.get(ctx, cycle(ctx), activity))
            if each.leave
        }
    assert states == {"li": "approved"}


def test_leave_needs_a_reason_an_invitation_and_comes_before_the_beginning(house: Committee) -> None:
    activity = made(house)
    with pytest.raises(Invalid), house.by("li") as ctx:
        activities.ask_leave(ctx, cycle(ctx), activity, " ")
    with pytest.raises(NotFound), house.by("qin") as ctx:
        activities.ask_leave(ctx, cycle(ctx), activity, "出差")
    with pytest.raises(activities.NotInvited), house.by("ji") as ctx:
        activities.ask_leave(ctx, cycle(ctx), activity, "出差")
    house.now = BEGINS
    with pytest.raises(activities.LeaveTooLate), house.by("li") as ctx:
        activities.ask_leave(ctx, cycle(ctx), activity, "出差")
