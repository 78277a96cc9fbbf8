from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from engine import access, files
from engine.assessment import evidence, supervision
from engine.assessment.supervision import Slip
from engine.db import Context
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, begun, moment
from tests.assessment.town import late as nobody_worked

TALK: dict[str, Any] = {"held_on": date(2026, 8, 14), "attendees": "督查室、县政府", "record": "限期办结"}


@pytest.fixture
def town() -> Iterator[Town]:
    """A04 works on E13 and H05, which are due on Friday 31 July."""
    with begun() as opened:
        yield opened


@pytest.fixture
def late() -> Iterator[Town]:
    """Nothing was handed in: since the first minute of Thursday 6 August both lie before the inspection office."""
    with nobody_worked() as opened:
        yield opened


def slip_of(town: Town, ctx: Context, code: str = "E13") -> Slip:
    return supervision.of_item(ctx, town.items(ctx, "A04")[code])[-1]


def slip_id(town: Town, code: str = "E13") -> int:
    with town.by(reading=True) as ctx:
        return slip_of(town, ctx, code).id


def slip(town: Town, code: str = "E13") -> Slip:
    with town.by(reading=True) as ctx:
        return slip_of(town, ctx, code)


def issue(town: Town, code: str = "E13", account: str = "inspector1") -> None:
    town.do(account, "issue_slip", {"requirement": "说明逾期原因"}, slip=slip_id(town, code))


def answer(town: Town, account: str = "a04_clerk", **more: Any) -> None:
    town.do(account, "answer_slip", {"answer": "已补报", **more}, slip=slip_id(town))


# ---- opening


def test_a_matter_five_days_late_comes_before_the_inspection_office(town: Town) -> None:
    town.live_to("2026-08-05 23:59")
    assert town.tasks("issue_slip") == []
    town.live_to("2026-08-06 00:00")
    assert len(town.tasks("issue_slip")) == 2
    opened = slip(town)
    assert (opened.status, opened.number, opened.label) == ("opened", None, "")
    assert (opened.for_due, opened.opened_at) == (moment("2026-08-01 00:00"), moment("2026-08-06 00:00"))
    # Friday 7, Monday 10, Tuesday 11 August.
    assert town.due("issue_slip", slip=opened.id) == moment("2026-08-12 00:00")


def test_what_was_handed_in_by_then_comes_before_nobody(town: Town) -> None:
    town.live_to("2026-07-31 09:00")
    town.hand_in(town.matter("A04", "E13"))
    town.live_to("2026-08-07 09:00")
    with town.by(reading=True) as ctx:
        assert supervision.of_item(ctx, town.items(ctx, "A04")["E13"]) == []
        assert len(supervision.of_item(ctx, town.items(ctx, "A04")["H05"])) == 1


def test_there_is_one_slip_for_each_date_that_passed(late: Town) -> None:
    town = late
    with town.by() as ctx:
        item = town.items(ctx, "A04")["E13"]
        assert supervision.open_slip(ctx, town.cycle(ctx), item) is None
        item.work_due += timedelta(days=30)
        again = supervision.open_slip(ctx, town.cycle(ctx), item)
        assert again is not None
        assert [each.for_due for each in supervision.of_item(ctx, item)] == [
            moment("2026-08-01 00:00"),
            moment("2026-08-31 00:00"),
        ]


# ---- issuing


def test_an_issued_slip_has_a_number_of_its_own_and_is_told_to_the_unit(late: Town) -> None:
    town = late
    issue(town)
    issue(town, "H05", "inspector2")
    first, second = slip(town), slip(town, "H05")
    assert (first.label, second.label) == ("督办〔2026〕1号", "督办〔2026〕2号")
    assert (first.status, first.requirement) == ("issued", "说明逾期原因")
    assert (first.issued_by, first.issued_at, second.issued_by) == ("inspector1", town.now, "inspector2")
    for account in ("a04_clerk", "a04_leader"):
        assert town.told(account, "slip.issued") == ["slip.issued"] * 2
    # Five working days after Thursday 6 August: 7, 10, 11, 12 and 13.
    assert town.due("answer_slip", slip=first.id) == moment("2026-08-14 00:00")
    assert town.acts("slip.issue")[0] == {"slip": first.id, "number": "督办〔2026〕1号"}


@pytest.mark.parametrize("account", ["lead1", "a04_leader", "d01_clerk", "committee1"])
def test_only_the_inspection_office_issues_and_records_talks(late: Town, account: str) -> None:
    with late.refusal(access.NotYours, account) as ctx:
        supervision.issue(ctx, late.cycle(ctx), slip_of_anybody(late, ctx), "说明逾期原因")
    issue(late)
    with late.refusal(access.NotYours, account) as ctx:
        supervision.record_interview(ctx, late.cycle(ctx), slip_of(late, ctx), TALK)


def slip_of_anybody(town: Town, ctx: Context) -> Slip:
    """A slip that the unit does not see yet."""
    return ctx.session.get_one(Slip, slip_id(town))


def test_a_slip_is_issued_once(late: Town) -> None:
    issue(late)
    with late.refusal(supervision.SlipMoved, "inspector2") as ctx:
        supervision.issue(ctx, late.cycle(ctx), slip_of(late, ctx), "说明逾期原因")


# ---- answering


@pytest.mark.parametrize("account", ["a04_clerk", "a04_leader"])
def test_the_unit_answers_with_its_papers(late: Town, account: str) -> None:
    town = late
    issue(town)
    town.live_to("2026-08-12 10:00")
    file = town.upload(account, "情况说明.pdf")
    answer(town, account, evidence=[file])
    answered = slip(town)
    assert (answered.status, answered.answer) == ("answered", "已补报")
    assert (answered.answered_by, answered.answered_at) == (account, town.now)
    with town.by(reading=True) as ctx:
        assert files.stored(ctx, int(file.partition(":")[2])).subject == f"slip:{answered.id}"
    assert town.tasks("record_interview") == []
    town.live_to("2026-08-20 10:00")
    assert town.tasks("record_interview") == []


def test_a_slip_is_answered_without_papers_too(late: Town) -> None:
    issue(late)
    answer(late)
    assert slip(late).status == "answered"


def test_another_units_paper_is_not_handed_in(late: Town) -> None:
    issue(late)
    file = int(late.upload("a05_clerk").partition(":")[2])
    with late.refusal(evidence.NotYourFile, "a04_clerk") as ctx:
        supervision.answer(ctx, late.cycle(ctx), slip_of(late, ctx), "已补报", [file])


@pytest.mark.parametrize("account", ["a05_clerk", "d01_clerk", "inspector1", "lead1"])
def test_nobody_answers_for_the_unit(late: Town, account: str) -> None:
    issue(late)
    with late.refusal(access.NotYours, account) as ctx:
        supervision.answer(ctx, late.cycle(ctx), slip_of_anybody(late, ctx), "已补报", [])


def test_what_was_not_issued_is_neither_answered_nor_talked_about(late: Town) -> None:
    with late.refusal(supervision.SlipMoved, "a04_clerk") as ctx:
        supervision.answer(ctx, late.cycle(ctx), slip_of_anybody(late, ctx), "已补报", [])
    with late.refusal(supervision.SlipMoved, "inspector1") as ctx:
        supervision.record_interview(ctx, late.cycle(ctx), slip_of(late, ctx), TALK)


# ---- the talk


def unanswered(town: Town) -> None:
    issue(town)
    town.live_to("2026-08-14 10:00")


def test_a_slip_without_an_answer_leads_to_a_talk_that_is_recorded(late: Town) -> None:
    town = late
    issue(town)
    town.live_to("2026-08-13 23:59")
    assert len(town.tasks("answer_slip")) == 1
    town.live_to("2026-08-14 10:00")
    assert town.tasks("answer_slip") == []
    town.do("inspector2", "record_interview", TALK | {"held_on": "2026-08-14"}, slip=slip_id(town))
    held = slip(town)
    assert (held.status, held.interviewed_on) == ("interviewed", date(2026, 8, 14))
    assert held.interview == "督查室、县政府\n限期办结"
    assert town.acts("slip.interview") == [{"slip": held.id, "held_on": "2026-08-14"}]


@pytest.mark.parametrize("day", [date(2026, 8, 15), date(2026, 8, 5)])
def test_a_talk_is_neither_before_the_slip_nor_in_the_future(late: Town, day: date) -> None:
    unanswered(late)
    with late.refusal(Invalid, "inspector1") as ctx:
        supervision.record_interview(ctx, late.cycle(ctx), slip_of(late, ctx), TALK | {"held_on": day})


def test_after_the_talk_there_is_nothing_to_answer(late: Town) -> None:
    unanswered(late)
    with late.by("inspector1") as ctx:
        supervision.record_interview(ctx, late.cycle(ctx), slip_of(late, ctx), TALK)
    with late.refusal(supervision.SlipMoved, "a04_clerk") as ctx:
        supervision.answer(ctx, late.cycle(ctx), slip_of(late, ctx), "已补报", [])


def test_after_the_answer_there_is_no_talk(late: Town) -> None:
    issue(late)
    answer(late)
    with late.refusal(supervision.SlipMoved, "inspector1") as ctx:
        supervision.record_interview(ctx, late.cycle(ctx), slip_of(late, ctx), TALK)


# ---- who sees it


def test_the_unit_sees_a_slip_once_it_is_issued(late: Town) -> None:
    number = slip_id(late)
    with late.refusal(NotFound, "a04_clerk") as ctx:
        supervision.slip(ctx, number)
    with late.by("a04_clerk", reading=True) as ctx:
        assert supervision.of_item(ctx, late.items(ctx, "A04")["E13"]) == []
    issue(late)
    with late.by("a04_leader", reading=True) as ctx:
        assert supervision.slip(ctx, number).label == "督办〔2026〕1号"
        assert len(supervision.of_item(ctx, late.items(ctx, "A04")["E13"])) == 1


@pytest.mark.parametrize("account", ["inspector2", "lead1", "committee1"])
def test_who_oversees_sees_it_from_the_beginning(late: Town, account: str) -> None:
    number = slip_id(late)
    with late.by(account, reading=True) as ctx:
        assert supervision.slip(ctx, number).status == "opened"


@pytest.mark.parametrize("account", ["a05_clerk", "d01_clerk", "expert1"])
def test_nobody_else_ever_sees_it(late: Town, account: str) -> None:
    number = slip_id(late)
    issue(late)
    with late.refusal(NotFound, account) as ctx:
        supervision.slip(ctx, number)


def test_a_slip_that_does_not_exist_is_refused_like_one_that_is_not_yours(late: Town) -> None:
    with late.refusal(NotFound, "lead1") as ctx:
        supervision.slip(ctx, 9999)
