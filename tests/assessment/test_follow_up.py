from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine import access, files, people
from engine.assessment import evidence, follow_up, hands, rectification
from engine.assessment.follow_up import Review
from engine.db import Context
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, moment
from tests.assessment.town import closed as closed_out
from tests.cast import appoint

FOUND = {"verdict": "confirmed", "finding": "对照最新数据，成果稳固"}
VISIT = {"first_reviewer": "inspector1", "second_reviewer": "inspector2", "place": "项目现场"}


@pytest.fixture
def town() -> Iterator[Town]:
    """On Wednesday 6 May A04's yellow matter on E13 and its red one on H05 have been closed out."""
    with closed_out() as opened:
        yield opened


@pytest.fixture
def open_town(town: Town) -> Town:
    """Friday 5 June, the thirtieth day after: both are looked at again."""
    town.live_to("2026-06-05 10:00")
    return town


def review_of(town: Town, ctx: Context, code: str = "E13") -> Review:
    return follow_up.of_item(ctx, town.items(ctx, "A04")[code])[-1]


def review(town: Town, code: str = "E13") -> Review:
    with town.by(reading=True) as ctx:
        return review_of(town, ctx, code)


def record(town: Town, ctx: Context, code: str = "E13", form: str = "written", **given: Any) -> None:
    follow_up.record(ctx, town.cycle(ctx), review_of(town, ctx, code), form, {**FOUND, **given})


def visited(town: Town, ctx: Context, **changed: Any) -> None:
    """Inspectors have been to A04 for H05 on the day itself."""
    if "record_sheet" not in changed:
        changed["record_sheet"] = [int(town.upload_in(ctx, "核查表.pdf").partition(":")[2])]
    record(town, ctx, "H05", "on_site", **{**VISIT, "visited_on": date(2026, 6, 5), **changed})


def rebounded(town: Town) -> None:
    """The written check of E13 finds that the problem is back."""
    given = {"verdict": "rebounded", "finding": "进度再次落后"}
    town.do("inspector1", "review_written", given, review=review(town).id)


# ---- planning


@pytest.mark.requirement("G2")
def test_every_close_out_plans_a_second_look_thirty_to_sixty_days_later(town: Town) -> None:
    planned = review(town)
    assert (planned.round, planned.done_at, planned.verdict, planned.drawn) == (1, None, None, None)
    assert planned.opens_at == moment("2026-06-05 00:00")
    assert planned.due_at == moment("2026-06-06 00:00")
    assert planned.until == moment("2026-07-06 00:00")
    town.live_to("2026-06-04 23:59")
    assert town.tasks("review_written") == town.tasks("review_on_site") == []


def test_a_second_look_that_falls_on_a_weekend_is_due_on_the_monday(town: Town) -> None:
    town.live_to("2026-05-07 10:00")
    with town.by() as ctx:
        item = town.items(ctx, "A04")["E13"]
        item.round = 2
        planned = follow_up.schedule(ctx, town.cycle(ctx), item)
    # The thirtieth day after 7 May is Saturday 6 June.
    assert (planned.opens_at, planned.due_at) == (moment("2026-06-06 00:00"), moment("2026-06-09 00:00"))


def test_a_plan_whose_window_is_no_duration_plans_nothing(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        cycle.parameters = {**cycle.parameters, "follow_up_after": "30"}
    with town.refusal(Invalid) as ctx:
        follow_up.due_after(ctx, town.cycle(ctx), date(2026, 5, 6))


# ---- the draw


@pytest.mark.parametrize(
    ("seed", "value", "drawn"),
    [
        # The first 48 bits of the SM3 of "a/ZG-2026-A04-001/1", as a fraction of 2 ** 48.
        ("a", Decimal("0.101049469910"), True),
        ("d", Decimal("0.195332994209"), True),
        ("h", Decimal("0.425331990333"), False),
        ("demo", Decimal("0.932749945182"), False),
    ],
)
def test_a_fifth_is_drawn_so_that_anybody_can_draw_again(town: Town, seed: str, value: Decimal, drawn: bool) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        cycle.draw_seed = seed
        assert follow_up.draw(ctx, cycle, review_of(town, ctx)) is drawn
    kept = review(town)
    assert (kept.draw_seed, kept.draw_value, kept.drawn) == (seed, value, drawn)
    told = {"item": "ZG-2026-A04-001", "seed": seed, "value": str(value), "drawn": drawn}
    assert town.acts("review.draw") == [told]


def test_a_red_matter_is_visited_and_a_yellow_one_checked_in_writing(open_town: Town) -> None:
    assert len(open_town.tasks("review_written", review=review(open_town).id)) == 1
    assert len(open_town.tasks("review_on_site", review=review(open_town, "H05").id)) == 1


@pytest.mark.parametrize("change", ["drawn", "repeated", "consultation"])
def test_drawn_repeated_and_consultation_matters_are_visited_too(town: Town, change: str) -> None:
    with town.by() as ctx:
        cycle, item = town.cycle(ctx), town.items(ctx, "A04")["E13"]
        item.round, item.repeated = 2, change == "repeated"
        if change == "drawn":
            cycle.parameters = {**cycle.parameters, "follow_up_sample": 1}
        if change == "consultation":
            item.source = "consultation"
        again = follow_up.schedule(ctx, cycle, item).id
    town.live_to("2026-06-05 10:00")
    assert len(town.tasks("review_on_site", review=again)) == 1


# ---- what was found


def test_a_confirmed_matter_stays_closed_and_its_unit_is_told(open_town: Town) -> None:
    town = open_town
    town.do("inspector2", "review_written", FOUND, review=review(town).id)
    done, item = review(town), town.matter("A04", "E13")
    assert (done.form, done.verdict, done.finding) == ("written", "confirmed", "对照最新数据，成果稳固")
    assert (done.done_by, done.done_at, done.first_reviewer) == ("inspector2", town.now, None)
    assert (item.status, item.round) == ("closed_out", 1)
    assert town.told("a04_clerk")[-1] == town.told("a04_leader")[-1] == "review.confirmed"
    assert town.acts("review.record") == [
        {"item": "ZG-2026-A04-001", "round": 1, "form": "written", "verdict": "confirmed"}
    ]


@pytest.mark.requirement("G2")
def test_a_rebound_reopens_the_same_matter_and_keeps_what_was_before(open_town: Town) -> None:
    town = open_town
    rebounded(town)
    again = town.matter("A04", "E13")
    assert (again.number, again.round, again.status) == ("ZG-2026-A04-001", 2, "opened")
    assert town.open_elements(again) == ["submit_plan"]
    with town.by(reading=True) as ctx:
        (before,) = rectification.hand_ins(ctx, again)
        assert (before.round, before.verdict) == (1, "accepted")
        assert [(each.round, each.verdict) for each in follow_up.of_item(ctx, again)] == [(1, "rebounded")]
    assert town.acts("item.reopen") == [{"item": "ZG-2026-A04-001", "round": 2, "why": "进度再次落后"}]
    assert town.told("a04_leader")[-2:] == ["review.rebounded", "item.reopened"]


@pytest.mark.requirement("G2")
def test_the_second_close_out_has_a_second_look_of_its_own(open_town: Town) -> None:
    town = open_town
    rebounded(town)
    item = town.matter("A04", "E13")
    town.plan(item, finish_on="2026-07-20")
    town.approve(item, "d01_clerk")
    town.hand_in(item)
    town.verify(item, "d01_clerk")
    town.close(item)
    with town.by(reading=True) as ctx:
        found = follow_up.of_item(ctx, town.items(ctx, "A04")["E13"])
        assert [(each.round, each.verdict) for each in found] == [(1, "rebounded"), (2, None)]
        assert found[1].opens_at == moment("2026-07-05 00:00")
        assert {round for item, round in follow_up.of_cycle(ctx, town.cycle(ctx)) if item == found[0].item_id} == {1, 2}


def test_nothing_reopens_without_a_rebound(open_town: Town) -> None:
    with open_town.refusal(Invalid) as ctx:
        follow_up.rebound(ctx, open_town.cycle(ctx), review_of(open_town, ctx))


# ---- who looks, and when


@pytest.mark.parametrize("account", ["lead1", "a04_leader", "d01_clerk", "dcs_leader", "expert1"])
def test_only_the_inspection_office_looks_again(open_town: Town, account: str) -> None:
    with open_town.refusal(access.NotYours, account) as ctx:
        record(open_town, ctx)


def test_nobody_looks_before_the_window_opens(town: Town) -> None:
    town.live_to("2026-06-04 23:59")
    with town.refusal(follow_up.TooEarly, "inspector1") as ctx:
        record(town, ctx)


def test_what_was_looked_at_is_looked_at_once(open_town: Town) -> None:
    with open_town.by("inspector1") as ctx:
        record(open_town, ctx)
    with open_town.refusal(follow_up.AlreadyReviewed, "inspector2") as ctx:
        record(open_town, ctx, verdict="rebounded")


@pytest.mark.parametrize("account", ["a04_clerk", "a04_leader", "d01_clerk", "lead1"])
def test_neither_owner_nor_acceptor_looks_again(open_town: Town, account: str) -> None:
    """The clerk wrote, the leader signed, the responsible unit accepted, the lead closed out."""
    with open_town.by() as ctx:
        appoint(ctx, account, "inspector", people.unit(ctx, "DCS"))
    with open_town.refusal(hands.OwnWork, account) as ctx:
        record(open_town, ctx)
    with open_town.by("inspector1", on_behalf_of=account) as ctx, pytest.raises(hands.OwnWork):
        record(open_town, ctx)


# ---- the visit


def test_a_visit_is_signed_by_two_with_place_day_and_sheet(open_town: Town) -> None:
    town = open_town
    sheet = town.upload("inspector1", "核查表.pdf")
    given = {**VISIT, **FOUND, "visited_on": "2026-06-05", "record_sheet": [sheet]}
    town.do("inspector1", "review_on_site", given, review=review(town, "H05").id)
    done = review(town, "H05")
    assert (done.form, done.verdict, done.place) == ("on_site", "confirmed", "项目现场")
    assert (done.first_reviewer, done.second_reviewer, done.visited_on) == (
        "inspector1",
        "inspector2",
        date(2026, 6, 5),
    )
    with town.by(reading=True) as ctx:
        kept = files.stored(ctx, done.file_id or 0)
        assert (kept.name, kept.subject) == ("核查表.pdf", f"review:{done.id}")


@pytest.mark.parametrize(
    "changed",
    [
        {"second_reviewer": "inspector1"},
        {"first_reviewer": "inspector2", "second_reviewer": "dcs_leader"},
        {"second_reviewer": "dcs_leader"},
        {"second_reviewer": "lead2"},
        {"visited_on": date(2026, 6, 4)},
        {"visited_on": date(2026, 6, 6)},
        {"record_sheet": []},
    ],
)
def test_a_visit_that_nobody_can_answer_for_is_refused(open_town: Town, changed: dict[str, Any]) -> None:
    with open_town.refusal(Invalid, "inspector1") as ctx:
        visited(open_town, ctx, **changed)


def test_who_had_a_part_in_the_matter_does_not_make_the_visit(open_town: Town) -> None:
    with open_town.by() as ctx:
        appoint(ctx, "d25_clerk", "inspector", people.unit(ctx, "DCS"))
    with open_town.refusal(Invalid, "inspector1") as ctx:
        visited(open_town, ctx, second_reviewer="d25_clerk")


def test_another_units_paper_is_no_record_sheet(open_town: Town) -> None:
    sheet = int(open_town.upload("a04_clerk").partition(":")[2])
    with open_town.refusal(evidence.NotYourFile, "inspector1") as ctx:
        visited(open_town, ctx, record_sheet=[sheet])


# ---- who sees it


def test_a_review_is_seen_by_whom_its_matter_concerns(open_town: Town) -> None:
    number = review(open_town).id
    for account in ("a04_clerk", "d01_clerk", "inspector1", "lead1"):
        with open_town.by(account, reading=True) as ctx:
            assert follow_up.review(ctx, number).id == number
    with open_town.refusal(rectification.UnknownItem, "a05_clerk") as ctx:
        follow_up.review(ctx, number)
    with open_town.refusal(NotFound, "lead1") as ctx:
        follow_up.review(ctx, 9999)
