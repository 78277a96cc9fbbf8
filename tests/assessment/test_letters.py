from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select

from engine import access, audit, people
from engine.assessment import hands, indicators, letters, loop, warnings
from engine.assessment.letters import Letter
from engine.assessment.rectification import Item, plan_of
from engine.assessment.warnings import NoticeStatus
from engine.db import Context
from engine.reports import ledger
from tests.assessment.town import WARNED, Town, april, moment
from tests.cast import appoint


@pytest.fixture
def town() -> Iterator[Town]:
    with april() as opened:
        yield opened


def withdraw_all(town: Town, unit: str) -> None:
    with town.by("lead1") as ctx:
        for notice in warnings.of_round(ctx, town.round(ctx), unit=unit):
            warnings.end(ctx, town.cycle(ctx), notice, NoticeStatus.WITHDRAWN, "数据有误")
        letters.void_if_empty(ctx, town.letter(ctx, unit))


def seen(ctx: Context, town: Town) -> list[str]:
    return [each.unit for each in letters.visible(ctx, town.round(ctx))]


# ---- drafting


@pytest.mark.requirement("D3")
def test_each_warned_unit_has_one_letter_with_its_own_notices_alone(town: Town) -> None:
    with town.by(reading=True) as ctx:
        held = {unit: warnings.of_letter(ctx, town.letter(ctx, unit).id) for unit in WARNED}
        assert {unit: len(notices) for unit, notices in held.items()} == dict(
            zip(WARNED, [1, 2, 5, 7, 8, 6], strict=True)
        )
        assert all(each.unit == unit for unit, notices in held.items() for each in notices)


def test_a_letter_with_a_red_warning_is_a_warning_and_any_other_a_reminder(town: Town) -> None:
    with town.by(reading=True) as ctx:
        kinds = {unit: town.letter(ctx, unit).kind for unit in WARNED}
    assert kinds == {"A01": "reminder", "A02": "reminder"} | dict.fromkeys(("A03", "A04", "A05", "A06"), "warning")


def test_a_letter_with_a_repeated_warning_is_a_warning_too(town: Town) -> None:
    # A01 was last but two on H01 in April and is now: 90 of a limit of 120, where 70 is the share of seven months.
    town.publish_august(
        {("H01", unit): use for unit, use in zip(WARNED, ("90", "60", "61", "62", "63", "64"), strict=True)}
    )
    with town.by(reading=True) as ctx:
        assert town.notice(ctx, "A01", "H01", "august").level == "yellow"
        assert town.letter(ctx, "A01", "august").kind == "warning"
        assert town.letter(ctx, "A06", "august").kind == "warning"
        assert town.letter(ctx, "A05", "august").kind == "warning"


def test_drafting_again_makes_no_second_letter(town: Town) -> None:
    with town.by() as ctx:
        assert letters.draft(ctx, town.cycle(ctx), town.round(ctx), warnings.of_round(ctx, town.round(ctx))) == []


def test_a_warning_added_after_the_letter_makes_a_second_part(town: Town) -> None:
    town.send_letter("A01")
    with town.by() as ctx:
        late = town.notice(ctx, "A01", "H01")
        late.letter_id, late.status = None, NoticeStatus.DRAFTED
        (second,) = letters.draft(ctx, town.cycle(ctx), town.round(ctx), [late])
        assert (second.unit, second.part, second.number) == ("A01", 2, None)


def test_a_draft_begins_with_the_unit_and_how_many_indicators_are_meant(town: Town) -> None:
    with town.by("lead1") as ctx:
        words = letters.wording(ctx, town.cycle(ctx), town.letter(ctx, "A04"))
    assert words == {
        "opening": "A04区：根据2026年度3月底预考核结果，你单位有7项指标需要提醒，现点对点反馈如下。",
        "requirement": "请于收到本函之日起7个工作日内逐项提交整改方案，经单位主要负责人审签后报出；"
        "对数值有异议的，于3个工作日内提出。",
    }


def test_a_withdrawn_notice_is_no_longer_counted_in_the_draft(town: Town) -> None:
    with town.by("lead1") as ctx:
        warnings.end(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"), NoticeStatus.WITHDRAWN, "数据有误")
        assert "你单位有6项指标" in letters.wording(ctx, town.cycle(ctx), town.letter(ctx, "A04"))["opening"]


def test_a_returned_letter_is_opened_with_what_had_been_written(town: Town) -> None:
    letter = town.letter_id("A04")
    town.do("lead1", "draft_letter", {"opening": "甲", "requirement": "乙"}, letter=letter)
    town.do("org_leader", "sign_letter", {"verdict": "returned", "note": "再斟酌"}, letter=letter)
    with town.by("lead2", reading=True) as ctx:
        returned = town.letter(ctx, "A04")
        assert letters.wording(ctx, town.cycle(ctx), returned) == {"opening": "甲", "requirement": "乙"}
        assert (returned.status, returned.number) == ("draft", None)
    assert len(town.tasks("draft_letter", letter=letter)) == 1


@pytest.mark.parametrize("account", ["org_leader", "a04_leader", "inspector1", "d01_clerk"])
def test_only_the_lead_words_a_letter(town: Town, account: str) -> None:
    with town.refusal(access.NotYours, account) as ctx:
        letters.finish_draft(ctx, town.cycle(ctx), town.letter(ctx, "A04"), "甲", "乙")


# ---- signing


def test_the_number_is_drawn_at_the_signature_in_the_order_of_signing(town: Town) -> None:
    town.send_letter("A05")
    town.send_letter("A01")
    with town.by(reading=True) as ctx:
        assert town.letter(ctx, "A05").label == "预警〔2026〕1号"
        assert town.letter(ctx, "A01").label == "预警〔2026〕2号"
        assert town.letter(ctx, "A03").label == ""
        signed = town.letter(ctx, "A05")
        assert (signed.signed_by, signed.drafted_by, signed.status) == ("org_leader", "lead1", "issued")


@pytest.mark.parametrize("account", ["lead1", "a04_leader", "dcs_leader", "d01_leader"])
def test_only_the_leader_of_the_lead_department_signs(town: Town, account: str) -> None:
    town.do("lead1", "draft_letter", {"opening": "甲", "requirement": "乙"}, letter=town.letter_id("A04"))
    with town.refusal(access.NotYours, account) as ctx:
        letters.sign(ctx, town.cycle(ctx), town.letter(ctx, "A04"))


def test_who_has_drafted_a_letter_does_not_sign_it(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "lead1", "leader", people.unit(ctx, "ORG"))
    town.do("lead1", "draft_letter", {"opening": "甲", "requirement": "乙"}, letter=town.letter_id("A04"))
    with town.refusal(hands.OwnWork, "lead1") as ctx:
        letters.sign(ctx, town.cycle(ctx), town.letter(ctx, "A04"))
    with town.refusal(hands.OwnWork) as ctx:
        ctx.actor, ctx.on_behalf_of = "org_leader", "lead1"
        letters.sign(ctx, town.cycle(ctx), town.letter(ctx, "A04"))
    town.do("org_leader", "sign_letter", {"verdict": "signed"}, letter=town.letter_id("A04"))


def test_a_signed_letter_is_neither_signed_again_nor_reworded(town: Town) -> None:
    town.send_letter("A04")
    with town.refusal(letters.NotNext, "org_leader") as ctx:
        letters.sign(ctx, town.cycle(ctx), town.letter(ctx, "A04"))
    with town.refusal(letters.NotNext, "lead1") as ctx:
        letters.finish_draft(ctx, town.cycle(ctx), town.letter(ctx, "A04"), "甲", "乙")


def test_only_a_signed_letter_goes_out(town: Town) -> None:
    with town.refusal(letters.NotNext) as ctx:
        letters.issue(ctx, town.cycle(ctx), town.letter(ctx, "A04"))


def test_a_number_is_never_used_again_and_a_withdrawn_letter_is_shown_as_void(town: Town) -> None:
    town.deliver("A01")
    withdraw_all(town, "A01")
    town.send_letter("A02")
    with town.by("a01_clerk", reading=True) as ctx:
        void = town.letter(ctx, "A01")
        assert (void.label, void.is_void) == ("预警〔2026〕1号", True)
        assert letters.visible(ctx, town.round(ctx)) == [void]
    with town.by(reading=True) as ctx:
        assert town.letter(ctx, "A02").label == "预警〔2026〕2号"


def test_a_letter_withdrawn_before_it_is_received_goes_no_further(town: Town) -> None:
    town.send_letter("A01")
    withdraw_all(town, "A01")
    withdraw_all(town, "A02")
    for unit, element in (("A01", "receive_letter"), ("A02", "draft_letter")):
        assert town.tasks(element, letter=town.letter_id(unit)) == []
    town.live_to("2026-04-28 09:00")
    with town.by(reading=True) as ctx:
        assert town.letter(ctx, "A01").received_at is None
        assert (town.letter(ctx, "A02").is_void, town.letter(ctx, "A02").label) == (True, "")


def test_a_letter_with_one_notice_left_stands(town: Town) -> None:
    with town.by("lead1") as ctx:
        warnings.end(ctx, town.cycle(ctx), town.notice(ctx, "A02", "E15"), NoticeStatus.WITHDRAWN, "数据有误")
        letters.void_if_empty(ctx, town.letter(ctx, "A02"))
        assert not town.letter(ctx, "A02").is_void


# ---- receiving


@pytest.mark.requirement("D4")
def test_the_unit_signs_for_its_letter_and_its_clocks_begin(town: Town) -> None:
    town.live_to("2026-04-21 10:00")
    town.deliver("A04")
    with town.by(reading=True) as ctx:
        received = town.letter(ctx, "A04")
        assert (received.status, received.received_by, received.deemed) == ("received", "a04_clerk", False)
        assert received.received_at == town.now
        items = ctx.session.scalars(select(Item).where(Item.letter_id == received.id)).all()
    assert len(items) == 7
    # Seven working days after Tuesday 21 April end with 30 April, three with 24 April.
    assert {each.plan_due for each in items} == {moment("2026-05-01 00:00")}
    assert town.due("check_figures", letter=received.id) == moment("2026-04-25 00:00")


def test_a_letter_is_signed_for_once(town: Town) -> None:
    town.deliver("A04")
    with town.refusal(letters.AlreadyReceived, "a04_leader") as ctx:
        letters.receive(ctx, town.cycle(ctx), town.letter(ctx, "A04"))


@pytest.mark.parametrize("account", ["a05_clerk", "lead1", "d01_clerk"])
def test_nobody_signs_for_another_units_letter(town: Town, account: str) -> None:
    town.send_letter("A04")
    with town.refusal(access.NotYours, account) as ctx:
        letters.receive(ctx, town.cycle(ctx), town.letter(ctx, "A04"))


def test_a_letter_that_is_not_out_cannot_be_received(town: Town) -> None:
    with town.refusal(letters.NotNext, "a04_clerk") as ctx:
        letters.receive(ctx, town.cycle(ctx), town.letter(ctx, "A04"))


def test_after_two_working_days_the_unit_is_reminded_and_after_three_the_letter_counts_as_received(town: Town) -> None:
    town.live_to("2026-04-21 10:00")
    town.send_letter("A04")
    town.live_to("2026-04-23 23:59")
    assert town.told("a04_leader", "letter.unsigned") == []
    town.live_to("2026-04-24 00:00")
    assert town.told("a04_leader", "letter.unsigned") == ["letter.unsigned"]
    town.live_to("2026-04-24 23:59")
    with town.by(reading=True) as ctx:
        assert town.letter(ctx, "A04").received_at is None
    town.live_to("2026-04-25 00:00")
    with town.by(reading=True) as ctx:
        deemed = town.letter(ctx, "A04")
        assert (deemed.status, deemed.deemed, deemed.received_by) == ("received", True, None)
        assert len(town.items(ctx, "A04")) == 7


def test_the_three_days_step_over_the_may_holiday(town: Town) -> None:
    town.live_to("2026-04-29 10:00")
    town.send_letter("A04")
    # 30 April, then 6 and 7 May: the 1st, 4th and 5th are holidays, the 2nd and 3rd a weekend.
    with town.by(reading=True) as ctx:
        assert town.letter(ctx, "A04").deemed_at == moment("2026-05-08 00:00")


def test_a_letter_signed_for_in_time_is_not_deemed_received_as_well(town: Town) -> None:
    town.deliver("A04")
    town.live_to("2026-04-28 09:00")
    assert [each["deemed"] for each in town.acts("letter.receive")] == [False]


def test_clerk_and_leader_are_told_that_a_letter_has_come(town: Town) -> None:
    town.send_letter("A04")
    assert town.told("a04_clerk", "letter.issued") == town.told("a04_leader", "letter.issued") == ["letter.issued"]
    assert town.told("a05_clerk", "letter.issued") == []


# ---- answering in time


def overdue(town: Town) -> set[tuple[str, str]]:
    """Unit and indicator of the matters in the overdue list."""
    with town.by("inspector1", reading=True) as ctx:
        cycle = town.cycle(ctx)
        found = ledger.every(ctx, cycle, ledger.Wanted(standing="overdue"))
        listed = {(each.item.unit, each.indicator.code) for each in found}
        judged = loop.overdue(ctx, list(ctx.session.scalars(select(Item))))
        codes = {each.id: each.code for each in indicators.of_cycle(ctx, cycle)}
        assert listed == {(each.unit, codes[each.cycle_indicator_id]) for each in judged}
        return listed


A01, A02 = {("A01", "H01")}, {("A02", "E15"), ("A02", "H01")}


@pytest.mark.requirement("D4")
def test_what_is_not_answered_by_its_date_stands_in_the_overdue_list_until_it_is(town: Town) -> None:
    town.live_to("2026-04-21 10:00")
    town.deliver("A01")
    town.live_to("2026-04-22 10:00")
    town.deliver("A02")
    # Seven working days end with 30 April and, the holiday of five days between, with 6 May.
    town.live_to("2026-04-30 23:59")
    assert overdue(town) == set()
    town.live_to("2026-05-01 00:01")
    assert overdue(town) == A01
    town.live_to("2026-05-07 00:01")
    assert overdue(town) == A01 | A02
    town.begin(town.matter("A01", "H01"), "d25_clerk")
    assert overdue(town) == A02
    # The work itself is due with 31 July, and then the same matter is late again.
    town.live_to("2026-08-01 00:01")
    assert overdue(town) == A01 | A02


@pytest.mark.requirement("D4")
def test_a_letter_is_acknowledged_and_each_of_its_notices_answered_with_measures_and_a_deadline(town: Town) -> None:
    town.live_to("2026-04-21 10:00")
    town.deliver("A02")
    item = town.matter("A02", "E15")
    assert town.due("submit_plan", item=item.id) == moment("2026-05-01 00:00")
    town.plan(item, measures="按月调度")
    with town.by(reading=True) as ctx:
        answered = plan_of(ctx, town.item(ctx, item.number))
        assert answered is not None
        assert (answered.measures, answered.finish_on) == ("按月调度", date(2026, 7, 31))
        assert town.letter(ctx, "A02").status == "received"
    assert overdue(town) == set()


@pytest.mark.requirement("D4")
def test_an_unanswered_notice_climbs_to_the_leader_and_its_late_work_to_the_inspection_office(town: Town) -> None:
    town.live_to("2026-04-21 10:00")
    town.deliver("A01")
    town.live_to("2026-04-30 23:59")
    assert town.told("a01_leader", "item.overdue") == []
    town.live_to("2026-05-01 00:00")
    assert town.told("a01_leader", "item.overdue") == ["item.overdue"]
    town.begin(town.matter("A01", "H01"), "d25_clerk")
    # The work ends with 31 July: a day more to the leader, five to the inspection office.
    for text, leader_told, slips in (("08-01 23:59", 1, 0), ("08-02 00:00", 2, 0), ("08-06 00:00", 2, 1)):
        town.live_to(f"2026-{text}")
        assert len(town.told("a01_leader", "item.overdue")) == leader_told
        assert len(town.tasks("issue_slip")) == slips


# ---- rights


@pytest.mark.requirement("D3")
def test_a_unit_sees_its_own_letter_alone_and_only_once_it_is_out(town: Town) -> None:
    with town.refusal(letters.UnknownLetter, "a04_clerk") as ctx:
        letters.letter(ctx, town.letter(ctx, "A04").id)
    town.send_letter("A04")
    town.send_letter("A05")
    for account in ("a04_clerk", "a04_leader"):
        with town.by(account, reading=True) as ctx:
            assert seen(ctx, town) == ["A04"]
            assert letters.letter(ctx, town.letter(ctx, "A04").id).unit == "A04"
    with town.refusal(letters.UnknownLetter, "a04_clerk") as ctx:
        letters.letter(ctx, town.letter(ctx, "A05").id)


@pytest.mark.parametrize("account", ["d01_clerk", "d25_leader", "expert1", "designer1"])
def test_who_neither_oversees_nor_belongs_to_the_unit_sees_no_letter(town: Town, account: str) -> None:
    town.send_letter("A04")
    with town.by(account, reading=True) as ctx:
        assert seen(ctx, town) == []
    with town.refusal(letters.UnknownLetter, account) as ctx:
        letters.letter(ctx, town.letter(ctx, "A04").id)


@pytest.mark.parametrize("account", ["lead2", "org_leader", "inspector1", "supervisor1", "committee1"])
def test_who_oversees_sees_every_letter_drafts_included(town: Town, account: str) -> None:
    with town.by(account, reading=True) as ctx:
        assert seen(ctx, town) == [*WARNED]


def test_a_letter_that_does_not_exist_is_refused_like_one_that_is_not_yours(town: Town) -> None:
    with town.refusal(letters.UnknownLetter, "lead1") as ctx:
        letters.letter(ctx, 9999)


def test_the_lead_notes_the_offices_own_number_beside_ours(town: Town) -> None:
    letter = town.send_letter("A04")
    with town.by("lead2") as ctx:
        paper = letters.letter(ctx, letter)
        letters.register_office_number(ctx, town.cycle(ctx), paper, "云考办〔2026〕18号", date(2026, 4, 21))
    with town.by(reading=True) as ctx:
        kept = ctx.session.get_one(Letter, letter)
        assert (kept.office_number, kept.office_date) == ("云考办〔2026〕18号", date(2026, 4, 21))
        assert kept.label == "预警〔2026〕1号"
        assert (
            ctx.session.scalars(select(audit.Entry).where(audit.Entry.act == "letter.register")).one().actor == "lead2"
        )
    with town.refusal(access.NotYours, "a04_clerk") as ctx:
        letters.register_office_number(ctx, town.cycle(ctx), letters.letter(ctx, letter), "1号", None)
