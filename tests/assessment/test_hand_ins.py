import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from engine import access, people
from engine.assessment import evidence, hands, rectification
from engine.assessment.rectification import HandIn, Item
from engine.db import Context
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, begun, moment
from tests.cast import appoint

EXTENSION: dict[str, Any] = {"request": "extension", "account": "完成六成", "reason": "招标推迟"}
LONG_TERM: dict[str, Any] = {"request": "long_term", "account": "完成三成", "reason": "跨年度项目"}
STAGES = [{"goal": "主体完工", "due": date(2026, 12, 31)}, {"goal": "投产", "due": date(2027, 6, 30)}]


@pytest.fixture
def town() -> Iterator[Town]:
    with begun() as opened:
        yield opened


def yellow(town: Town, ctx: Context) -> Item:
    return town.items(ctx, "A04")["E13"]


def red(town: Town, ctx: Context) -> Item:
    return town.items(ctx, "A04")["H05"]


def bring(town: Town, ctx: Context, item: Item, file: str, **changed: Any) -> HandIn:
    given = {"request": "evidence", "account": "已完成", "evidence": [number(file)], **changed}
    return rectification.hand_in(ctx, town.cycle(ctx), item, given)


def ask(town: Town, ctx: Context, item: Item, request: dict[str, Any], **more: Any) -> HandIn:
    return rectification.hand_in(ctx, town.cycle(ctx), item, {**request, **more})


def number(file: str) -> int:
    return int(file.partition(":")[2])


def sign(town: Town, code: str = "E13", verdict: str = "signed") -> None:
    with town.by("a04_leader") as ctx:
        rectification.sign_hand_in(ctx, town.cycle(ctx), town.items(ctx, "A04")[code], verdict, None)


# ---- evidence


@pytest.mark.requirement("C2")
@pytest.mark.requirement("G1")
def test_evidence_is_kept_with_its_hash_its_time_and_who_brought_it(town: Town) -> None:
    file = town.upload("a04_clerk", "竣工验收.pdf")
    with town.by("a04_clerk") as ctx:
        handed = bring(town, ctx, yellow(town, ctx), file)
    with town.by(reading=True) as ctx:
        (kept,) = rectification.files_of(ctx, handed.id)
        assert kept.sha256 == hashlib.sha256("%PDF-1.7 竣工验收.pdf".encode()).hexdigest()
        assert (kept.name, kept.uploaded_by, kept.uploaded_at) == ("竣工验收.pdf", "a04_clerk", town.now)
        assert (handed.submitted_by, handed.late, handed.version) == ("a04_clerk", False, 1)
        assert yellow(town, ctx).status == "evidence_submitted"


@pytest.mark.requirement("C2")
@pytest.mark.parametrize(("at", "late"), [("2026-07-31 23:59", False), ("2026-08-01 00:01", True)])
def test_evidence_that_comes_after_the_date_is_taken_and_flagged_late(town: Town, at: str, late: bool) -> None:
    town.live_to(at)
    file = town.upload("a04_clerk")
    with town.by("a04_clerk") as ctx:
        assert bring(town, ctx, yellow(town, ctx), file).late is late
    assert [each["late"] for each in town.acts("hand_in.submit")] == [late]


def test_evidence_without_a_file_is_none(town: Town) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        rectification.hand_in(
            ctx, town.cycle(ctx), yellow(town, ctx), {"request": "evidence", "account": "已完成", "evidence": []}
        )


@pytest.mark.parametrize("account", ["a04_leader", "a05_clerk", "d01_clerk", "lead1"])
def test_only_the_units_clerk_hands_in(town: Town, account: str) -> None:
    file = town.upload(account)
    with town.refusal(access.NotYours, account) as ctx:
        bring(town, ctx, yellow(town, ctx), file)


def test_a_file_another_unit_has_uploaded_cannot_be_handed_in(town: Town) -> None:
    file = town.upload("a05_clerk")
    with town.refusal(evidence.NotYourFile, "a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), file)


def test_a_file_that_belongs_to_another_matter_cannot_be_handed_in_again(town: Town) -> None:
    file = town.upload("a04_clerk")
    with town.by("a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), file)
    with town.refusal(evidence.NotYourFile, "a04_clerk") as ctx:
        bring(town, ctx, red(town, ctx), file)


def test_a_file_that_does_not_exist_cannot_be_handed_in(town: Town) -> None:
    with town.refusal(NotFound, "a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), "file:9999")


def test_a_colleague_may_have_uploaded_the_file(town: Town) -> None:
    file = town.upload("a04_leader")
    with town.by("a04_clerk") as ctx:
        assert bring(town, ctx, yellow(town, ctx), file).id


def test_the_same_file_may_be_handed_in_again_after_it_came_back(town: Town) -> None:
    file = town.upload("a04_clerk")
    with town.by("a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), file)
    sign(town, verdict="returned")
    with town.by("a04_clerk") as ctx:
        again = bring(town, ctx, yellow(town, ctx), file)
        assert (again.version, [each.id for each in rectification.files_of(ctx, again.id)]) == (2, [number(file)])


def test_what_the_leader_gives_back_never_leaves_the_unit(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), town.upload_in(ctx))
    sign(town, verdict="returned")
    with town.by(reading=True) as ctx:
        assert rectification.latest_hand_in(ctx, yellow(town, ctx)).verdict == "returned"
        assert yellow(town, ctx).status == "in_progress"
    with town.refusal(rectification.NotHandedIn, "d01_clerk") as ctx:
        rectification.verify(ctx, town.cycle(ctx), yellow(town, ctx), "accepted", "已对照")


@pytest.mark.parametrize("account", ["a04_clerk", "a05_leader", "d01_leader"])
def test_only_the_units_leader_signs_what_is_handed_in(town: Town, account: str) -> None:
    with town.by("a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), town.upload_in(ctx))
    with town.refusal(access.NotYours, account) as ctx:
        rectification.sign_hand_in(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)


def test_who_hands_in_does_not_sign(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "a04_clerk", "leader", people.unit(ctx, "A04"))
    with town.by("a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), town.upload_in(ctx))
    with town.refusal(hands.OwnWork, "a04_clerk") as ctx:
        rectification.sign_hand_in(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)


def test_before_anything_is_handed_in_there_is_nothing_to_sign(town: Town) -> None:
    with town.refusal(NotFound, "a04_leader") as ctx:
        rectification.sign_hand_in(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)


# ---- verifying


def handed_in(town: Town, code: str = "E13") -> None:
    town.hand_in(town.matter("A04", code))


@pytest.mark.parametrize("account", ["d25_clerk", "d01_leader", "lead1", "a04_leader"])
def test_evidence_is_verified_by_the_responsible_units_clerk_alone(town: Town, account: str) -> None:
    handed_in(town)
    with town.refusal(access.NotYours, account) as ctx:
        rectification.verify(ctx, town.cycle(ctx), yellow(town, ctx), "accepted", "已对照")


def test_red_evidence_too_is_verified_by_the_responsible_unit(town: Town) -> None:
    handed_in(town, "H05")
    with town.refusal(access.NotYours, "lead1") as ctx:
        rectification.verify(ctx, town.cycle(ctx), red(town, ctx), "accepted", "已对照")
    with town.by("d25_clerk") as ctx:
        rectification.verify(ctx, town.cycle(ctx), red(town, ctx), "accepted", "已对照")
        assert red(town, ctx).status == "accepted"


@pytest.mark.parametrize("account", ["a04_clerk", "a04_leader"])
def test_an_owner_of_the_matter_does_not_accept_its_evidence(town: Town, account: str) -> None:
    with town.by() as ctx:
        appoint(ctx, account, "clerk", people.unit(ctx, "D01"))
    handed_in(town)
    with town.refusal(hands.OwnWork, account) as ctx:
        rectification.verify(ctx, town.cycle(ctx), yellow(town, ctx), "accepted", "已对照")


def test_evidence_the_leader_has_not_signed_is_not_verified(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), town.upload_in(ctx))
    with town.refusal(rectification.NotHandedIn, "d01_clerk") as ctx:
        rectification.verify(ctx, town.cycle(ctx), yellow(town, ctx), "accepted", "已对照")


def test_a_request_for_more_time_is_not_verified_as_evidence(town: Town) -> None:
    town.hand_in(town.matter("A04", "E13"), **EXTENSION, new_due="2026-08-31")
    with town.refusal(rectification.NotHandedIn, "d01_clerk") as ctx:
        rectification.verify(ctx, town.cycle(ctx), yellow(town, ctx), "accepted", "已对照")


def test_returned_evidence_stays_with_its_reason_and_the_next_version_follows(town: Town) -> None:
    handed_in(town)
    town.verify(town.matter("A04", "E13"), "d01_clerk", "returned")
    handed_in(town)
    with town.by(reading=True) as ctx:
        found = rectification.hand_ins(ctx, yellow(town, ctx))
        assert [(each.version, each.verdict, each.note, each.decided_by) for each in found] == [
            (1, "returned", "已对照", "d01_clerk"),
            (2, None, None, None),
        ]


def test_accepted_evidence_is_to_be_closed_out_within_five_working_days(town: Town) -> None:
    town.live_to("2026-05-06 10:00")
    handed_in(town)
    town.verify(town.matter("A04", "E13"), "d01_clerk")
    # 7 and 8 May, Saturday the 9th which is worked, 11 and 12 May.
    assert town.due("close_out", item=town.matter("A04", "E13").id) == moment("2026-05-13 00:00")


# ---- more time


def asked(town: Town, code: str = "E13", new_due: str = "2026-08-31") -> None:
    town.hand_in(town.matter("A04", code), **EXTENSION, new_due=new_due)


def test_more_time_moves_the_date_and_keeps_the_original_one(town: Town) -> None:
    asked(town)
    town.do(
        "d01_clerk",
        "decide_extension",
        {"verdict": "approved", "new_due": "2026-08-31"},
        item=town.matter("A04", "E13").id,
    )
    item = town.matter("A04", "E13")
    assert (item.work_due, item.original_due) == (moment("2026-09-01 00:00"), moment("2026-08-01 00:00"))
    assert (item.extensions, item.status) == (1, "in_progress")
    assert town.due("submit_evidence", item=item.id) == moment("2026-09-01 00:00")


def test_a_new_date_that_is_no_working_day_moves_to_the_next(town: Town) -> None:
    asked(town, new_due="2026-10-01")
    with town.by("d01_clerk") as ctx:
        due = rectification.decide_extension(
            ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 10, 1), None
        )
    # The national holiday lasts until Wednesday 7 October.
    assert due == moment("2026-10-09 00:00")


def test_the_decider_may_name_another_date_than_the_one_asked_for(town: Town) -> None:
    asked(town, new_due="2026-09-30")
    with town.by("d01_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 8, 14), None)
    with town.by(reading=True) as ctx:
        assert rectification.latest_hand_in(ctx, yellow(town, ctx)).new_due == date(2026, 9, 30)
        assert yellow(town, ctx).work_due == moment("2026-08-15 00:00")


def test_more_time_is_asked_for_before_the_date_not_after(town: Town) -> None:
    town.live_to("2026-08-01 00:01")
    with town.refusal(rectification.TooLate, "a04_clerk") as ctx:
        ask(town, ctx, yellow(town, ctx), EXTENSION, new_due=date(2026, 8, 31))


def test_on_the_last_day_it_may_still_be_asked_for_and_decided_later(town: Town) -> None:
    town.live_to("2026-07-31 23:00")
    asked(town)
    town.live_to("2026-08-04 10:00")
    with town.by("d01_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 8, 31), None)
        assert yellow(town, ctx).work_due == moment("2026-09-01 00:00")


@pytest.mark.parametrize("new_due", [None, date(2026, 7, 31), date(2026, 5, 1)])
def test_the_date_asked_for_lies_after_the_one_that_stands(town: Town, new_due: date | None) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        ask(town, ctx, yellow(town, ctx), EXTENSION, new_due=new_due)


@pytest.mark.parametrize("new_due", [None, date(2026, 7, 31)])
def test_so_does_the_date_that_is_granted(town: Town, new_due: date | None) -> None:
    asked(town)
    with town.refusal(Invalid, "d01_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", new_due, None)


def test_a_matter_is_extended_once(town: Town) -> None:
    asked(town)
    with town.by("d01_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 8, 31), None)
    with town.refusal(rectification.ExtendedBefore, "a04_clerk") as ctx:
        ask(town, ctx, yellow(town, ctx), EXTENSION, new_due=date(2026, 9, 30))


def test_a_refused_request_leaves_the_date_and_may_be_made_again(town: Town) -> None:
    asked(town)
    item = town.matter("A04", "E13")
    town.do("d01_clerk", "decide_extension", {"verdict": "refused", "note": "理由不充分"}, item=item.id)
    item = town.matter("A04", "E13")
    assert (item.work_due, item.extensions, item.status) == (moment("2026-08-01 00:00"), 0, "in_progress")
    asked(town)


@pytest.mark.parametrize("account", ["lead1", "d25_clerk", "d01_leader", "a04_leader"])
def test_more_time_for_a_yellow_matter_is_the_responsible_units_to_grant(town: Town, account: str) -> None:
    asked(town)
    with town.refusal(access.NotYours, account) as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 8, 31), None)


def test_more_time_for_a_red_matter_is_the_leads_to_grant(town: Town) -> None:
    asked(town, "H05")
    with town.refusal(access.NotYours, "d25_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), red(town, ctx), "approved", date(2026, 8, 31), None)
    with town.by("lead2") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), red(town, ctx), "approved", date(2026, 8, 31), None)
        assert red(town, ctx).extensions == 1


def test_who_asks_for_more_time_does_not_grant_it(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "a04_clerk", "clerk", people.unit(ctx, "D01"))
    asked(town)
    with town.refusal(hands.OwnWork, "a04_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 8, 31), None)


def test_more_time_is_not_granted_where_none_was_asked_for(town: Town) -> None:
    handed_in(town)
    with town.refusal(rectification.NotHandedIn, "d01_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 8, 31), None)


# ---- a long-term matter


def asked_long(town: Town) -> None:
    stages = [{"goal": each["goal"], "due": str(each["due"])} for each in STAGES]
    town.hand_in(town.matter("A04", "E13"), **LONG_TERM, stages=stages)


def agree(town: Town, ctx: Context, verdict: str = "agreed") -> None:
    rectification.agree_long_term(ctx, town.cycle(ctx), yellow(town, ctx), verdict, None)


def decide(town: Town, ctx: Context, verdict: str = "approved") -> None:
    rectification.decide_long_term(ctx, town.cycle(ctx), yellow(town, ctx), verdict, None)


def test_a_long_term_matter_is_agreed_decided_and_keeps_its_stages(town: Town) -> None:
    asked_long(town)
    with town.by("d01_clerk") as ctx:
        agree(town, ctx)
    with town.by("lead1") as ctx:
        decide(town, ctx)
    with town.by(reading=True) as ctx:
        item, asked_for = yellow(town, ctx), rectification.latest_hand_in(ctx, yellow(town, ctx))
        assert (item.status, item.is_open, item.closed_at, item.ended_at) == ("long_term", False, None, town.now)
        assert asked_for.stages == [{"goal": "主体完工", "due": "2026-12-31"}, {"goal": "投产", "due": "2027-06-30"}]
        assert (asked_for.agreed_by, asked_for.decided_by) == ("d01_clerk", "lead1")


@pytest.mark.parametrize("stages", [None, [], [{"goal": "主体完工", "due": date(2026, 4, 21)}]])
def test_a_long_term_matter_needs_stages_that_lie_ahead(town: Town, stages: Any) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        ask(town, ctx, yellow(town, ctx), LONG_TERM, stages=stages)


def test_it_too_is_asked_for_before_the_date(town: Town) -> None:
    town.live_to("2026-08-01 00:01")
    with town.refusal(rectification.TooLate, "a04_clerk") as ctx:
        ask(town, ctx, yellow(town, ctx), LONG_TERM, stages=STAGES)


def test_a_matter_that_was_extended_may_still_become_a_long_term_one(town: Town) -> None:
    asked(town)
    with town.by("d01_clerk") as ctx:
        rectification.decide_extension(ctx, town.cycle(ctx), yellow(town, ctx), "approved", date(2026, 8, 31), None)
    with town.by("a04_clerk") as ctx:
        assert ask(town, ctx, yellow(town, ctx), LONG_TERM, stages=STAGES).request == "long_term"


def test_the_lead_does_not_decide_before_the_responsible_unit_has_agreed(town: Town) -> None:
    asked_long(town)
    with town.refusal(rectification.NotHandedIn, "lead1") as ctx:
        decide(town, ctx)


@pytest.mark.parametrize("account", ["lead1", "d25_clerk", "a04_leader"])
def test_only_the_responsible_unit_agrees(town: Town, account: str) -> None:
    asked_long(town)
    with town.refusal(access.NotYours, account) as ctx:
        agree(town, ctx)


@pytest.mark.parametrize("account", ["d01_clerk", "org_leader", "a04_leader"])
def test_only_the_lead_decides(town: Town, account: str) -> None:
    asked_long(town)
    with town.by("d01_clerk") as ctx:
        agree(town, ctx)
    with town.refusal(access.NotYours, account) as ctx:
        decide(town, ctx)


def test_who_asks_for_a_long_term_matter_neither_agrees_nor_decides(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "a04_clerk", "clerk", people.unit(ctx, "D01"))
        appoint(ctx, "a04_leader", "lead", people.unit(ctx, "ORG"))
    asked_long(town)
    with town.refusal(hands.OwnWork, "a04_clerk") as ctx:
        agree(town, ctx)
    with town.by("d01_clerk") as ctx:
        agree(town, ctx)
    with town.refusal(hands.OwnWork, "a04_leader") as ctx:
        decide(town, ctx)


def test_who_agrees_to_a_long_term_matter_does_not_decide_on_it(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "d01_clerk", "lead", people.unit(ctx, "ORG"))
    town.hand_in(town.matter("A04", "E13"), **LONG_TERM, stages=[{**each, "due": str(each["due"])} for each in STAGES])
    town.do("d01_clerk", "agree_long_term", {"verdict": "agreed"}, item=town.matter("A04", "E13").id)
    with town.refusal(hands.OwnWork, "d01_clerk") as ctx:
        rectification.decide_long_term(ctx, town.cycle(ctx), yellow(town, ctx), "approved", None)
    town.do("lead1", "decide_long_term", {"verdict": "approved"}, item=town.matter("A04", "E13").id)
    assert town.matter("A04", "E13").status == "long_term"


@pytest.mark.parametrize("by_lead", [False, True])
def test_a_refused_long_term_matter_goes_on_to_its_date(town: Town, by_lead: bool) -> None:
    asked_long(town)
    item = town.matter("A04", "E13").id
    town.do("d01_clerk", "agree_long_term", {"verdict": "agreed" if by_lead else "refused"}, item=item)
    if by_lead:
        town.do("lead1", "decide_long_term", {"verdict": "refused"}, item=item)
    assert len(town.tasks("submit_evidence", item=item)) == 1
    assert town.matter("A04", "E13").status == "in_progress"
    assert town.matter("A04", "E13").work_due == moment("2026-08-01 00:00")


def test_nothing_is_handed_in_or_decided_in_a_matter_that_has_ended(town: Town) -> None:
    handed_in(town)
    file = town.upload("a04_clerk")
    with town.by() as ctx:
        rectification.end(ctx, town.cycle(ctx), yellow(town, ctx), "withdrawn", "数据有误")
    with town.refusal(rectification.ItemClosed, "a04_clerk") as ctx:
        bring(town, ctx, yellow(town, ctx), file)
    with town.refusal(rectification.ItemClosed, "a04_leader") as ctx:
        rectification.sign_hand_in(ctx, town.cycle(ctx), yellow(town, ctx), "signed", None)
    with town.refusal(rectification.ItemClosed, "d01_clerk") as ctx:
        rectification.verify(ctx, town.cycle(ctx), yellow(town, ctx), "accepted", "已对照")
