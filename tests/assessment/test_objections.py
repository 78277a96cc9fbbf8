from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from engine import access, people, workflow
from engine.assessment import indicators, letters, objections, readings, rectification, revisions, snapshots, warnings
from engine.assessment.objections import Objection
from engine.db import Context
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, april, delivered, moment
from tests.cast import appoint


@pytest.fixture
def town() -> Iterator[Town]:
    """Every letter was signed for on Tuesday 21 April; nobody has said a word about its figures."""
    with delivered() as opened:
        yield opened


def notice(town: Town, unit: str = "A04", code: str = "E13") -> int:
    with town.by(reading=True) as ctx:
        return town.notice(ctx, unit, code).id


def status(town: Town, unit: str = "A04", code: str = "E13") -> tuple[str, str]:
    """How the notice and the objection to it stand."""
    with town.by(reading=True) as ctx:
        found = town.notice(ctx, unit, code)
        return found.status, objections.of_notice(ctx, found.id).status


def standing(town: Town) -> Objection:
    with town.by(reading=True) as ctx:
        return objections.of_notice(ctx, notice(town))


def dispute(town: Town, ctx: Context, *notices: int) -> list[Objection]:
    given = [{"notice": each, "claimed": "五十六", "reason": "漏计一个项目"} for each in notices]
    return objections.raise_objections(ctx, town.cycle(ctx), town.letter(ctx, "A04"), given)


def answer(town: Town, outcome: str, value: str | None = None) -> None:
    given: dict[str, Any] = {"outcome": outcome, "reason": "经核实"}
    town.do("d01_clerk", "answer_objection", given | ({"value": value} if value else {}), notice=notice(town))


def sign(town: Town, verdict: str = "signed") -> None:
    town.do("d01_leader", "sign_answer", {"verdict": verdict}, notice=notice(town))


def decide(town: Town, decision: str) -> None:
    town.do("lead1", "decide_notice", {"decision": decision, "reason": "按更正后数据"}, notice=notice(town))


def corrected(town: Town) -> None:
    """A04 was found to have reached 56 of 200 on E13, and not 48."""
    town.dispute("A04", "E13")
    answer(town, "corrected", "56")
    sign(town)


# ---- raising


def test_a_unit_disputes_a_figure_of_its_letter(town: Town) -> None:
    with town.by("a04_clerk") as ctx:
        (made,) = dispute(town, ctx, notice(town))
    assert (made.status, made.claimed, made.reason) == ("raised", "五十六", "漏计一个项目")
    assert (made.raised_by, made.raised_at, made.answer, made.signed_at) == ("a04_clerk", town.now, None, None)
    assert status(town) == ("objected", "raised")
    assert town.acts("objection.raise") == [{"letter": town.letter_id("A04"), "notices": [notice(town)]}]


@pytest.mark.parametrize("account", ["a04_leader", "a05_clerk", "d01_clerk", "lead1"])
def test_only_the_units_clerk_disputes(town: Town, account: str) -> None:
    with town.refusal(access.NotYours, account) as ctx:
        dispute(town, ctx, notice(town))


def test_nothing_or_the_same_figure_twice_is_no_objection(town: Town) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        dispute(town, ctx)
    with town.refusal(Invalid, "a04_clerk") as ctx:
        dispute(town, ctx, notice(town), notice(town))


def test_a_figure_of_another_letter_is_not_disputed(town: Town) -> None:
    with town.refusal(Invalid, "a04_clerk") as ctx:
        dispute(town, ctx, notice(town), notice(town, "A05"))


def test_a_figure_is_disputed_once(town: Town) -> None:
    town.dispute("A04", "E13")
    with town.refusal(objections.AlreadyObjected, "a04_clerk") as ctx:
        dispute(town, ctx, notice(town, code="E14"), notice(town))
    answer(town, "confirmed")
    sign(town)
    with town.refusal(objections.AlreadyObjected, "a04_clerk") as ctx:
        dispute(town, ctx, notice(town))


@pytest.mark.parametrize("end", [revisions.withdraw, revisions.lift])
def test_a_notice_that_was_taken_back_is_not_disputed(town: Town, end: Any) -> None:
    with town.by("lead1") as ctx:
        end(ctx, notice(town), "数据有误")
    with town.refusal(warnings.NoticeEnded, "a04_clerk") as ctx:
        dispute(town, ctx, notice(town))


def test_what_was_not_signed_for_is_not_disputed() -> None:
    with april() as town:
        town.send_letter("A04")
        with town.refusal(Invalid, "a04_clerk") as ctx:
            dispute(town, ctx, notice(town))


def test_a_unit_has_three_working_days_to_dispute(town: Town) -> None:
    # Wednesday 22, Thursday 23, Friday 24 April.
    assert town.due("check_figures", letter=town.letter_id("A04")) == moment("2026-04-25 00:00")
    town.live_to("2026-04-24 23:59")
    assert len(town.tasks("check_figures", letter=town.letter_id("A04"))) == 1
    town.live_to("2026-04-25 00:00")
    assert town.tasks("check_figures") == []


def test_a_unit_that_agrees_disputes_nothing(town: Town) -> None:
    town.do("a04_clerk", "check_figures", {"stance": "agree"}, letter=town.letter_id("A04"))
    assert town.count(Objection) == [0]
    assert town.tasks("answer_objection") == []


# ---- the clock


def test_only_the_disputed_matter_waits(town: Town) -> None:
    town.dispute("A04", "E13")
    assert town.open_elements(town.matter("A04", "E13")) == []
    assert town.open_elements(town.matter("A04", "E14")) == ["submit_plan"]
    # The plans were due on 30 April; Labour Day's bridge ends on 5 May. The leader hears of six matters, not of seven.
    town.live_to("2026-05-12 09:00")
    told = {each["item"] for each in town.acts("item.tell_leader")} & {f"ZG-2026-A04-{n:03}" for n in range(1, 8)}
    assert town.matter("A04", "E13").number not in told
    assert len(told) == 6


def test_a_figure_that_stands_starts_the_plan_clock_anew(town: Town) -> None:
    town.dispute("A04", "E13")
    town.live_to("2026-04-23 10:00")
    answer(town, "confirmed")
    sign(town)
    assert status(town) == ("received", "confirmed")
    item = town.matter("A04", "E13")
    assert town.open_elements(item) == ["submit_plan"]
    # 24, 27, 28, 29, 30 April, 6 and 7 May: 1 to 5 May is the holiday.
    assert item.plan_due == town.due("submit_plan", item=item.id) == moment("2026-05-08 00:00")
    assert town.told("a04_leader")[-1] == "objection.confirmed"
    assert town.acts("objection.sign") == [{"notice": notice(town), "corrected": False}]


# ---- answering


def test_the_answer_is_due_in_five_working_days(town: Town) -> None:
    town.dispute("A04", "E13")
    # 22, 23, 24, 27 and 28 April.
    assert town.due("answer_objection", notice=notice(town)) == moment("2026-04-29 00:00")


@pytest.mark.parametrize("account", ["d25_clerk", "d01_leader", "a04_clerk", "lead1"])
def test_only_the_clerk_of_the_responsible_unit_answers(town: Town, account: str) -> None:
    town.dispute("A04", "E13")
    with town.refusal(access.NotYours, account) as ctx:
        objections.answer(ctx, notice(town), "confirmed", None, "经核实")


@pytest.mark.parametrize("value", [None, "", "约56", "1e3"])
def test_a_correction_needs_a_figure(town: Town, value: str | None) -> None:
    town.dispute("A04", "E13")
    with town.refusal(Invalid, "d01_clerk") as ctx:
        objections.answer(ctx, notice(town), "corrected", value, "经核实")


def test_a_figure_is_read_as_it_is_typed_in_an_office(town: Town) -> None:
    town.dispute("A04", "E13")
    with town.by("d01_clerk") as ctx:
        objections.answer(ctx, notice(town), "corrected", "１，０５６．５", "经核实")
    assert standing(town).value == Decimal("1056.5")


def test_a_value_beside_a_confirmation_is_not_taken(town: Town) -> None:
    town.dispute("A04", "E13")
    with town.by("d01_clerk") as ctx:
        objections.answer(ctx, notice(town), "confirmed", "56", "经核实")
    assert standing(town).value is None


def test_what_nobody_disputes_is_not_answered(town: Town) -> None:
    with town.refusal(NotFound, "d01_clerk") as ctx:
        objections.answer(ctx, notice(town), "confirmed", None, "经核实")
    with town.by(reading=True) as ctx:
        assert objections.maybe_of_notice(ctx, notice(town)) is None


def test_what_is_settled_is_not_answered_again(town: Town) -> None:
    corrected(town)
    with town.refusal(objections.ObjectionStands, "d01_clerk") as ctx:
        objections.answer(ctx, notice(town), "confirmed", None, "经核实")


# ---- signing


def test_an_answer_the_leader_gives_back_is_written_again(town: Town) -> None:
    town.dispute("A04", "E13")
    answer(town, "corrected", "56")
    sign(town, "returned")
    assert status(town) == ("objected", "raised")
    answer(town, "confirmed")
    sign(town)
    assert status(town) == ("received", "confirmed")
    assert town.acts("round.revise") == []


@pytest.mark.parametrize("account", ["d01_clerk", "d25_leader", "a04_leader", "lead1"])
def test_only_the_leader_of_the_responsible_unit_signs(town: Town, account: str) -> None:
    town.dispute("A04", "E13")
    answer(town, "confirmed")
    with town.refusal(access.NotYours, account) as ctx:
        objections.sign(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"))


def test_there_is_nothing_to_sign_before_there_is_an_answer(town: Town) -> None:
    town.dispute("A04", "E13")
    with town.refusal(Invalid, "d01_leader") as ctx:
        objections.sign(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"))


def test_who_answers_does_not_sign(town: Town) -> None:
    with town.by() as ctx:
        appoint(ctx, "d01_clerk", "leader", people.unit(ctx, "D01"))
    town.dispute("A04", "E13")
    answer(town, "confirmed")
    with town.refusal(readings.SameHands, "d01_clerk") as ctx:
        objections.sign(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"))
    # Nor does anybody in that person's name.
    with town.by("d01_leader", on_behalf_of="d01_clerk") as ctx, pytest.raises(readings.SameHands):
        objections.sign(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"))


def test_an_objection_is_settled_once(town: Town) -> None:
    corrected(town)
    with town.refusal(objections.ObjectionStands, "d01_leader") as ctx:
        objections.sign(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"))


def test_a_correction_is_a_further_reading_and_a_revision_beside_the_published_snapshot(town: Town) -> None:
    corrected(town)
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "E13")
        first, second = readings.history(ctx, used.indicator_id, "A04")[-2:]
        assert (first.verified, second.verified, second.number) == (Decimal(48), Decimal(56), first.number + 1)
        assert (second.as_of, second.reported) == (first.as_of, first.reported)
        assert (second.entered_by, second.verified_by, second.status) == ("d01_clerk", "d01_leader", "verified")
        older, newer = snapshots.of_round(ctx, town.round(ctx))
        frozen = [
            {row.unit: row for row in snapshots.rows(ctx, each) if row.cycle_indicator_id == used.id}["A04"]
            for each in (older, newer)
        ]
        # 56 of 200 is 28 %, three points ahead, and the third of six.
        assert [(each.actual, each.lead_points, each.rank) for each in frozen] == [
            (Decimal(48), Decimal(-1), 4),
            (Decimal(56), Decimal(3), 3),
        ]
        assert (newer.revision, newer.reason) == (2, "E13 A04")
    assert status(town) == ("objected", "corrected")
    assert town.told("a04_clerk")[-1] == "round.revised"
    assert "objection.corrected" in town.told("a04_leader")


def test_a_revision_says_what_it_means_for_every_notice(town: Town) -> None:
    corrected(town)
    with town.by(reading=True) as ctx:
        newer = snapshots.latest(ctx, town.round(ctx))
    # A04 leaves the last three, of which the lead decides by itself; A03 with 54 of 200 takes its place.
    assert [(each["unit"], each["indicator"], each["change"]) for each in newer.changes] == [("A03", "E13", "added")]


def test_the_other_units_warnings_that_a_correction_changes_are_decided_and_their_letters_drafted(town: Town) -> None:
    corrected(town)
    decision = {"decision": "withdrawn", "reason": "已更正"}
    town.do("lead1", "decide_notice", decision, notice=notice(town))
    decided = [{"unit": "A03", "indicator": "E13", "decision": "add", "reason": "更正后列后三名"}]
    town.do("lead1", "decide_notices", {"notices": decided}, round="april", revision=2)
    with town.by(reading=True) as ctx:
        added = town.notice(ctx, "A03", "E13")
        assert (added.status, added.reasons) == ("drafted", ["bottom_three"])
        letter = ctx.session.get_one(letters.Letter, added.letter_id)
        assert (letter.unit, letter.part, letter.status) == ("A03", 2, "draft")
    assert town.told("a04_clerk", "round.revised") == ["round.revised"]


# ---- the lead's decision


def test_the_matter_waits_until_the_lead_has_decided(town: Town) -> None:
    corrected(town)
    assert town.open_elements(town.matter("A04", "E13")) == []
    assert len(town.tasks("decide_notice", notice=notice(town))) == 1


def test_a_withdrawn_notice_ends_its_matter(town: Town) -> None:
    corrected(town)
    decide(town, "withdrawn")
    assert status(town) == ("withdrawn", "withdrawn")
    ended, found = town.matter("A04", "E13"), standing(town)
    assert (ended.status, ended.end_reason, ended.ended_at) == ("withdrawn", "按更正后数据", town.now)
    assert (found.decision, found.decided_by, found.decided_at) == ("按更正后数据", "lead1", town.now)
    with town.by(reading=True) as ctx:
        assert workflow.instance(ctx, ended.instance_id or 0).status == "ended"
    assert town.told("a04_leader")[-2:] == ["objection.withdrawn", "item.withdrawn"]


def test_a_notice_that_is_kept_starts_the_clock_again(town: Town) -> None:
    corrected(town)
    decide(town, "kept")
    assert status(town) == ("received", "kept")
    assert town.open_elements(town.matter("A04", "E13")) == ["submit_plan"]
    assert town.acts("objection.keep") == [{"notice": notice(town), "reason": "按更正后数据"}]


@pytest.mark.parametrize("account", ["d01_leader", "a04_clerk", "org_leader", "inspector1"])
def test_only_the_lead_decides(town: Town, account: str) -> None:
    corrected(town)
    with town.refusal(access.NotYours, account) as ctx:
        objections.decide(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"), "kept", "保留")


@pytest.mark.parametrize("decision", ["lifted", "confirmed", ""])
def test_the_lead_keeps_or_withdraws_and_nothing_else(town: Town, decision: str) -> None:
    corrected(town)
    with town.refusal(Invalid, "lead1") as ctx:
        objections.decide(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"), decision, "保留")


def test_there_is_nothing_to_decide_where_the_figure_stands(town: Town) -> None:
    town.dispute("A04", "E13")
    answer(town, "confirmed")
    sign(town)
    with town.refusal(objections.ObjectionStands, "lead1") as ctx:
        objections.decide(ctx, town.cycle(ctx), town.notice(ctx, "A04", "E13"), "kept", "保留")


# ---- a notice that was taken back while it was disputed


def take_back(town: Town) -> None:
    with town.by("lead2") as ctx:
        revisions.withdraw(ctx, notice(town), "口径调整")


def test_a_notice_taken_back_meanwhile_does_not_come_back_with_the_answer(town: Town) -> None:
    town.dispute("A04", "E13")
    take_back(town)
    answer(town, "confirmed")
    sign(town)
    assert status(town) == ("withdrawn", "confirmed")
    assert town.matter("A04", "E13").status == "withdrawn"


@pytest.mark.parametrize("decision", ["kept", "withdrawn"])
def test_nor_with_the_leads_decision_which_ends_it_only_once(town: Town, decision: str) -> None:
    corrected(town)
    take_back(town)
    decide(town, decision)
    assert status(town) == ("withdrawn", decision)
    with town.by(reading=True) as ctx:
        assert town.notice(ctx, "A04", "E13").end_reason == "口径调整"
    assert len(town.acts("notice.withdrawn")) == 1


def test_a_disputed_notice_that_was_merged_is_merged_again() -> None:
    with delivered() as town:
        town.publish_august({("E13", unit): "124" for unit in ("A01", "A02", "A03")} | {("E13", "A04"): "50"})
        town.deliver("A04", "august")
        with town.by(reading=True) as ctx:
            later = town.notice(ctx, "A04", "E13", "august").id
        given = [{"notice": later, "reason": "口径不一致"}]
        answers = {"stance": "object", "objections": given}
        town.do("a04_clerk", "check_figures", answers, letter=town.letter_id("A04", "august"))
        town.do("d01_clerk", "answer_objection", {"outcome": "confirmed", "reason": "经核实"}, notice=later)
        town.do("d01_leader", "sign_answer", {"verdict": "signed"}, notice=later)
        with town.by(reading=True) as ctx:
            assert town.notice(ctx, "A04", "E13", "august").status == "merged"
            assert [each.status for each in rectification.notices_of(ctx, town.items(ctx, "A04")["E13"])] == [
                "received",
                "merged",
            ]
