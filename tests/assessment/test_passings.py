"""A unit is dissolved among several: a single matter or indicator passes to a unit by name, in that act or later."""

from collections.abc import Iterator

import pytest

from engine import people, workflow
from engine.access import NotYours
from engine.assessment import (
    archives,
    concurrence,
    indicators,
    letters,
    passings,
    rectification,
    snapshots,
    succession,
    supervision,
)
from engine.assessment.follow_up import Review, of_item
from engine.assessment.passings import HasItAlready, NoSuccessor, NotOfUnit, StillThere, WithSigners
from engine.assessment.rectification import Item, ItemClosed, ItemStatus, UnknownItem
from engine.assessment.succession import IndicatorBusy, NotAnsweredFor, Split
from engine.errors import BihuanError, Invalid, NotFound
from engine.people import Unit, UnknownUnit
from engine.reports import ledger, matter, papers
from engine.verify import verify
from engine.workflow import instances, signers
from engine.workflow.inbox import NotYourTask
from engine.workflow.store import Side
from tests.assessment.town import PLAN, Town, april, begun, delivered
from tests.assessment.town import late as overdue

PAPER = "市编办〔2026〕4号"


@pytest.fixture
def town() -> Iterator[Town]:
    """A04 works on its matters on E13 and H05; the plans of five more are to be written."""
    with begun() as made:
        yield made


@pytest.fixture
def late() -> Iterator[Town]:
    """Both are overdue and lie before the inspection office."""
    with overdue() as made:
        yield made


def succeed(town: Town, unit: str = "A04", successor: str = "A05", **named: str) -> None:
    """``named``: code of an indicator of a matter -> the unit its matter goes to."""
    with town.by("lead1") as ctx:
        matters = {town.items(ctx, unit)[code].number: heir for code, heir in named.items()}
        succession.succeed(ctx, unit, successor, ctx.today, "区划调整", PAPER, split=Split(matters))


def pass_on(town: Town, item: Item, heir: str, now: str = "A05", account: str = "lead1") -> None:
    with town.by(account) as ctx:
        passings.pass_on(ctx, now, item.number, heir, "职责划转", "市编办〔2026〕7号")


def refused(town: Town, error: type[BihuanError], item: Item, heir: str, now: str = "A05", by: str = "lead1") -> None:
    with town.refusal(error, by) as ctx:
        passings.pass_on(ctx, now, item.number, heir, "职责划转", "市编办〔2026〕7号")


def unsplit(town: Town, error: type[BihuanError], split: Split, unit: str = "A04", successor: str = "A05") -> None:
    """Neither shown beforehand nor recorded."""
    with town.refusal(error, "lead1") as ctx:
        succession.shares(ctx, unit, successor, split)
    with town.refusal(error, "lead1") as ctx:
        succession.succeed(ctx, unit, successor, ctx.today, "区划调整", PAPER, split=split)


def sees(town: Town, account: str, item: Item) -> bool:
    with town.by(account, reading=True) as ctx:
        listed = item.number in {each.number for each in rectification.items(ctx, town.cycle(ctx))}
        assert listed == bool(ledger.numbered(ctx, town.cycle(ctx), item.number, 5))
        try:
            rectification.item(ctx, item.id)
        except UnknownItem:
            assert not listed
            return False
        return listed


def waiting(town: Town, account: str, item: Item) -> list[str]:
    """The elements at which the matter is the person's to do, by the list of their open tasks."""
    with town.by(account, reading=True) as ctx:
        return [each.element for each in workflow.mine(ctx).tasks if workflow.inputs(each).get("item") == item.id]


def used_of(town: Town, code: str) -> int:
    with town.by(reading=True) as ctx:
        return indicators.find(ctx, town.cycle(ctx), code).id


# ---- what the lead sees first


def test_the_lead_sees_who_would_get_what_before_it_records_anything(town: Town) -> None:
    item = town.matter("A04", "E13")
    with town.by("lead1", reading=True) as ctx:
        main, other = succession.shares(ctx, "A04", "A05", Split({item.number: "A06"}))
        every = succession.estate(ctx, "A04")
        assert (main.unit.code, other.unit.code) == ("A05", "A06")
        assert [each.number for each in other.estate.matters] == [item.number]
        assert [(each.element, each.instance_id) for each in other.estate.tasks] == [
            ("submit_evidence", item.instance_id)
        ]
        assert len(main.estate.matters) == 6 and len(main.estate.tasks) == len(every.tasks) - 1
        assert succession.of_unit(ctx, "A04") is None
    with town.refusal(NotYours, "a05_leader") as ctx:
        succession.shares(ctx, "A04", "A05")


def test_what_is_named_for_the_successor_itself_is_as_good_as_not_named(town: Town) -> None:
    succeed(town, E13="A05")
    with town.by("lead1", reading=True) as ctx:
        kept = succession.of_unit(ctx, "A04")
        assert kept is not None and len(kept.passed["matters"]) == 7
        assert kept.given_matters == {} and passings.of_unit(ctx, "A04") == []


# ---- in the act that ends the unit


def test_a_matter_given_by_name_is_finished_by_that_unit_to_the_close_out_and_the_second_look(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town, E13="A06")
    assert (waiting(town, "a06_clerk", item), waiting(town, "a05_clerk", item)) == (["submit_evidence"], [])
    assert town.told("a06_leader", "item.passed_on") == town.told("a06_clerk", "item.passed_on") == ["item.passed_on"]
    with town.refusal(NotYourTask, "a05_clerk") as ctx:
        workflow.complete(ctx, town.tasks("submit_evidence", item=item.id)[0], {"request": "evidence"})
    town.hand_in(town.item_of(item.number))
    town.verify(item, "d01_clerk")
    town.close(item)
    closed = town.item_of(item.number)
    assert (closed.status, closed.unit, closed.worked_by) == (ItemStatus.CLOSED_OUT, "A04", "A06")
    assert town.told("a06_clerk", "item.closed_out") == ["item.closed_out"]
    town.live_to("2026-05-21 10:00")
    given = {"verdict": "confirmed", "finding": "对照最新数据，成果稳固"}
    town.do("inspector1", "review_written", given, review=review(town, item).id)
    assert town.told("a06_leader", "review.confirmed") == ["review.confirmed"]
    assert town.told("a05_leader", "review.confirmed") == []
    with town.by(reading=True) as ctx:
        assert [f"{each.id} {place}" for each in verify(ctx) for place in each.places] == []


def review(town: Town, item: Item) -> Review:
    with town.by(reading=True) as ctx:
        return of_item(ctx, item)[-1]


def test_a_rebound_comes_back_to_the_unit_that_did_the_matter(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town, E13="A06")
    town.hand_in(town.item_of(item.number))
    town.verify(item, "d01_clerk")
    town.close(item)
    town.live_to("2026-05-21 10:00")
    given = {"verdict": "rebounded", "finding": "进度再次落后"}
    town.do("inspector1", "review_written", given, review=review(town, item).id)
    assert town.item_of(item.number).round == 2
    assert (waiting(town, "a06_clerk", item), waiting(town, "a05_clerk", item)) == (["submit_plan"], [])
    town.plan(town.item_of(item.number), finish_on="2026-06-03")
    assert town.item_of(item.number).status == ItemStatus.PLAN_SIGNED


def test_the_rest_and_the_posts_are_the_successors(town: Town) -> None:
    succeed(town, E13="A06", H05="A03")
    with town.by("lead1", reading=True) as ctx:
        kept = succession.of_unit(ctx, "A04")
        assert kept is not None
        assert kept.given_matters == {
            town.items(ctx, "A04")["E13"].number: "A06",
            town.items(ctx, "A04")["H05"].number: "A03",
        }
        assert len(kept.passed["matters"]) == 5 and not kept.given_matters.keys() & set(kept.passed["matters"])
        assert people.holders(ctx, "clerk@A04") == ["a05_clerk"]
        assert [each.number for _, each in passings.received(ctx, "A06")] == [town.items(ctx, "A04")["E13"].number]
    rest = town.matter("A04", "E14")
    assert (waiting(town, "a05_clerk", rest), waiting(town, "a06_clerk", rest)) == (["submit_plan"], [])
    town.do("a05_clerk", "submit_plan", PLAN, item=rest.id)


def test_what_somebody_of_the_old_unit_had_taken_is_free_for_the_new_one(town: Town) -> None:
    item = town.matter("A04", "E13")
    (task,) = town.tasks("submit_evidence", item=item.id)
    with town.by("a04_clerk") as ctx:
        workflow.claim(ctx, task)
    succeed(town, E13="A06")
    with town.by("a06_clerk") as ctx:
        assert workflow.claim(ctx, task).unit == "A06"


def test_the_overdue_ladder_climbs_at_the_new_unit(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town, E13="A06")
    town.live_to("2026-08-06 10:00")
    assert "item.overdue" in town.told("a06_leader") and "item.due_soon" in town.told("a06_clerk")
    with town.by(reading=True) as ctx:
        slip = supervision.of_item(ctx, town.item(ctx, item.number))[0].id
    town.do("inspector1", "issue_slip", {"requirement": "说明逾期原因"}, slip=slip)
    with town.refusal(NotYourTask, "a05_clerk") as ctx:
        workflow.complete(ctx, town.tasks("answer_slip", slip=slip)[0], {"answer": "已补报"})
    town.do("a06_clerk", "answer_slip", {"answer": "已补报"}, slip=slip)


# ---- who may see it


def test_the_unit_of_record_and_the_one_that_does_it_see_the_matter_and_nobody_else(town: Town) -> None:
    item, other = town.matter("A04", "E13"), town.matter("A04", "H05")
    assert not sees(town, "a06_clerk", item)
    succeed(town, E13="A06")
    assert [sees(town, who, item) for who in ("a05_clerk", "a06_clerk", "a03_clerk", "a04_clerk")] == [
        True,
        True,
        False,
        False,
    ]
    assert not sees(town, "a06_clerk", other)
    with town.by("a06_clerk", reading=True) as ctx:
        told = matter.item_told(ctx, item.id)
        assert told.sees_papers and not told.sees_pair and told.hand_ins == []
        with pytest.raises(NotFound):
            matter.pair_told(ctx, town.cycle(ctx), "A04", "E13")
        with pytest.raises(NotYours):
            archives.archive(ctx, town.cycle(ctx), "A04")
        own = archives.archive(ctx, town.cycle(ctx), "A06")
        assert item.number in own.references["matters"] and other.number not in own.references["matters"]
    with town.by("a05_leader", reading=True) as ctx:
        assert item.number not in archives.archive(ctx, town.cycle(ctx), "A05").references["matters"]


def test_of_the_letter_the_new_unit_reads_what_was_given_to_it(town: Town) -> None:
    letter = town.letter_id("A04")
    with town.by("a06_clerk", reading=True) as ctx, pytest.raises(letters.UnknownLetter):
        papers.letter(ctx, letter)
    succeed(town, E13="A06")
    with town.by("a06_clerk", reading=True) as ctx:
        paper = papers.letter(ctx, letter)
        assert ([row.indicator.code for row in paper.rows], paper.is_part, paper.addressee.code) == (
            ["E13"],
            True,
            "A04",
        )
    for account in ("a05_clerk", "lead1"):
        with town.by(account, reading=True) as ctx:
            whole = papers.letter(ctx, letter)
            assert (len(whole.rows), whole.is_part) == (7, False)
    with town.by("a03_clerk", reading=True) as ctx, pytest.raises(letters.UnknownLetter):
        papers.letter(ctx, letter)


def test_who_got_single_matters_reads_of_the_record_what_is_its_own(town: Town) -> None:
    succeed(town, E13="A06", H05="A03")
    with town.by("a06_leader", reading=True) as ctx:
        (made,) = succession.every(ctx)
        assert succession.visible(ctx, made.id) is made and succession.passed(ctx, made) is None
        assert [each.heir for each, _ in passings.of_unit(ctx, "A04")] == ["A06"]
    with town.by("a05_leader", reading=True) as ctx:
        assert succession.passed(ctx, made) == made.passed
        assert [each.heir for each, _ in passings.of_unit(ctx, "A04")] == ["A03", "A06"]
    with town.by("a02_leader", reading=True) as ctx:
        assert succession.every(ctx) == []
        with pytest.raises(NotFound):
            succession.visible(ctx, made.id)


# ---- by an act of its own, later


def test_a_matter_passes_from_the_successor_to_another_by_a_later_act(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town)
    pass_on(town, item, "A06")
    town.hand_in(town.item_of(item.number))
    town.verify(item, "d01_clerk")
    town.close(item)
    (made,) = town.acts("item.pass_on")
    assert made["item"] == item.number and (made["left"], made["heir"]) == ("A05", "A06")
    assert made["document"] == "市编办〔2026〕7号"
    assert town.told("a05_leader", "item.passed_on") == ["item.passed_on"]
    with town.by(reading=True) as ctx:
        assert [f"{each.id} {place}" for each in verify(ctx) for place in each.places] == []


def test_it_passes_on_again_and_back(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town, E13="A06")
    pass_on(town, item, "A03", now="A06")
    assert (waiting(town, "a03_clerk", item), waiting(town, "a06_clerk", item)) == (["submit_evidence"], [])
    assert not sees(town, "a06_clerk", item)
    pass_on(town, item, "A05", now="A03")
    assert (waiting(town, "a05_clerk", item), waiting(town, "a03_clerk", item)) == (["submit_evidence"], [])
    with town.by("lead1", reading=True) as ctx:
        assert [(each.left, each.heir) for each in passings.of_item(ctx, item)] == [
            ("A04", "A06"),
            ("A06", "A03"),
            ("A03", "A05"),
        ]


def test_a_slip_that_waits_for_an_answer_goes_with_its_matter(late: Town) -> None:
    town = late
    item = town.matter("A04", "E13")
    with town.by(reading=True) as ctx:
        slip = supervision.of_item(ctx, town.item(ctx, item.number))[0].id
    town.do("inspector1", "issue_slip", {"requirement": "说明逾期原因"}, slip=slip)
    succeed(town)
    pass_on(town, item, "A06")
    with town.by("a06_leader", reading=True) as ctx:
        assert papers.slip(ctx, slip).item.number == item.number
    town.do("a06_leader", "answer_slip", {"answer": "已补报"}, slip=slip)


def test_a_unit_that_was_given_a_matter_and_goes_itself_leaves_it_with_its_own(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town, E13="A06")
    with town.by("lead1", reading=True) as ctx:
        assert item.number in {each.number for each in succession.estate(ctx, "A06").matters}
        assert item.number not in {each.number for each in succession.estate(ctx, "A05").matters}
    succeed(town, "A06", "A03")
    assert waiting(town, "a03_clerk", item) == ["submit_evidence"]
    with town.by("a03_leader", reading=True) as ctx:
        assert item.number in archives.archive(ctx, town.cycle(ctx), "A03").references["matters"]
    pass_on(town, item, "A05", now="A03")
    assert waiting(town, "a05_clerk", item) == ["submit_evidence"]


def test_a_successor_that_goes_itself_frees_what_its_people_had_taken_in_the_old_units_matters(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town)
    (task,) = town.tasks("submit_evidence", item=item.id)
    with town.by("a05_clerk") as ctx:
        workflow.claim(ctx, task)
    succeed(town, "A05", "A06")
    with town.by("a06_clerk") as ctx:
        workflow.claim(ctx, task)


# ---- refusals


def test_only_the_lead_passes_a_matter_on_with_reason_and_paper(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town)
    refused(town, NotYours, item, "A06", by="a05_leader")
    for reason, paper in ((" ", PAPER), ("职责划转", "")):
        with town.refusal(Invalid, "lead1") as ctx:
            passings.pass_on(ctx, "A05", item.number, "A06", reason, paper)


def test_an_unknown_unit_one_that_is_gone_or_of_another_kind_gets_nothing(town: Town) -> None:
    item = town.matter("A04", "E13")
    unsplit(town, UnknownUnit, Split({item.number: "A77"}))
    unsplit(town, NoSuccessor, Split({item.number: "D01"}))
    unsplit(town, NoSuccessor, Split({item.number: "A04"}))
    succeed(town, "A03", "A02")
    unsplit(town, NoSuccessor, Split({item.number: "A03"}))
    succeed(town)
    for heir, error in (("A77", UnknownUnit), ("D01", NoSuccessor), ("A03", NoSuccessor), ("A04", NoSuccessor)):
        refused(town, error, item, heir)
    refused(town, HasItAlready, item, "A05")
    refused(town, UnknownUnit, item, "A06", now="A77")


def test_a_matter_that_is_not_the_units_or_not_open_is_not_passed(town: Town) -> None:
    item, foreign = town.matter("A04", "E13"), town.matter("A06", "E13")
    unsplit(town, NotOfUnit, Split({foreign.number: "A06"}))
    unsplit(town, NotOfUnit, Split({"ZG-2026-A04-099": "A06"}))
    succeed(town)
    refused(town, NotOfUnit, item, "A06", now="A03")
    refused(town, StillThere, foreign, "A03", now="A06")
    with town.by() as ctx:
        rectification.end(ctx, town.cycle(ctx), town.item(ctx, item.number), "lifted", "已达标")
    refused(town, ItemClosed, item, "A06")
    unsplit(town, ItemClosed, Split({_ended(town).number: "A02"}), "A06", "A03")


def _ended(town: Town) -> Item:
    """A matter of A06 that has ended."""
    item = town.matter("A06", "E13")
    with town.by() as ctx:
        rectification.end(ctx, town.cycle(ctx), town.item(ctx, item.number), "lifted", "已达标")
    return item


@pytest.mark.parametrize("side", [Side.BEFORE, Side.AFTER])
def test_a_matter_waits_for_its_added_signers_before_it_passes(town: Town, side: Side) -> None:
    item = town.matter("A04", "E13")
    succeed(town)
    (task,) = town.tasks("submit_evidence", item=item.id)
    with town.by("a05_clerk") as ctx:
        signers.ask_signer(ctx, task, "a05_leader", side, "请先看")
    refused(town, WithSigners, item, "A06")


def test_a_matter_that_stands_still_is_not_passed_until_it_goes_on(town: Town) -> None:
    item = town.matter("A04", "E13")
    succeed(town)
    with town.by() as ctx:
        instances.suspend(ctx, item.instance_id or 0, "核查")
    refused(town, instances.NotRunning, item, "A06")


def test_where_nobody_holds_the_posts_of_the_new_unit_the_administrator_sees_the_task(town: Town) -> None:
    item = town.matter("A04", "E13")
    with town.by() as ctx:
        ctx.session.add(Unit(code="A09", name="A09区", group="A", kind="county"))
    succeed(town, E13="A09")
    (task,) = town.tasks("submit_evidence", item=item.id)
    with town.by(reading=True) as ctx:
        found = workflow.task(ctx, task)
        assert found.unattended and workflow.candidates(ctx, found) == ["admin", "clerk@A09"]


# ---- an indicator


def test_an_indicator_given_by_name_is_answered_for_by_that_unit(town: Town) -> None:
    item = town.matter("A04", "H05")
    town.hand_in(item)
    with town.by("lead1") as ctx:
        split = Split(indicators={used_of(town, "H05"): "D09"})
        main, other = succession.shares(ctx, "D25", "D01", split)
        assert [each.code for each in other.estate.indicators] == ["H05"]
        assert [each.code for each in main.estate.indicators] == ["H01"]
        assert {each.element for each in other.estate.tasks} == {"verify"}
        made = succession.succeed(ctx, "D25", "D01", ctx.today, "机构改革", PAPER, split=split)
        assert made.given_indicators == [("H05", "D09")] and made.passed["indicators"] == ["H01"]
    assert town.told("d09_leader", "indicator.passed_on") == ["indicator.passed_on"]
    with town.refusal(NotYourTask, "d01_clerk") as ctx:
        workflow.complete(ctx, town.tasks("verify", item=item.id)[0], {"verdict": "accepted", "note": "已对照"})
    town.verify(item, "d09_clerk")
    town.close(item)
    with town.by(reading=True) as ctx:
        cycle = town.cycle(ctx)
        assert [indicators.find(ctx, cycle, code).responsible_unit for code in ("H01", "H05")] == ["D25", "D09"]
        # What was published keeps who answered for it then.
        april = snapshots.latest(ctx, town.round(ctx))
        assert snapshots.rules_of(ctx, april)[used_of(town, "H05")].responsible_unit == "D25"
        assert [f"{each.id} {place}" for each in verify(ctx) for place in each.places] == []


@pytest.mark.requirement("B1")
def test_the_next_rounds_sheet_is_that_of_the_unit_that_answers_now(town: Town) -> None:
    with town.by("lead1") as ctx:
        split = Split(indicators={used_of(town, "H05"): "D09"})
        succession.succeed(ctx, "D25", "D01", ctx.today, "机构改革", PAPER, split=split)
    town.live_to("2026-08-03 09:00")
    with town.by(reading=True) as ctx:
        own = {each.code for each in indicators.of_unit(ctx, town.cycle(ctx), "D09")}
        assert "H05" in own and "H05" not in {each.code for each in indicators.of_unit(ctx, town.cycle(ctx), "D25")}
    with town.by("d09_clerk", reading=True) as ctx:
        assert "enter_values" in {each.element for each in workflow.mine(ctx).tasks}


def test_an_indicator_does_not_change_hands_in_the_midst_of_something() -> None:
    with delivered() as town:
        h05 = Split(indicators={used_of(town, "H05"): "D09"})
        unsplit(town, NotAnsweredFor, Split(indicators={used_of(town, "E13"): "D09"}), "D25", "D01")
        unsplit(town, NotAnsweredFor, Split(indicators={10**9: "D09"}), "D25", "D01")
        unsplit(town, NoSuccessor, Split(indicators={used_of(town, "H05"): "A05"}), "D25", "D01")
        town.dispute("A04", "H05")
        unsplit(town, IndicatorBusy, h05, "D25", "D01")
    with april() as town:
        with town.by() as ctx:
            town.round(ctx).published_at = None
        unsplit(town, IndicatorBusy, h05, "D25", "D01")


def test_a_co_organiser_does_not_answer_for_the_indicator_before_it_is_taken_off(town: Town) -> None:
    with town.by("lead1") as ctx:
        concurrence.name_partners(ctx, town.cycle(ctx), "H05", ["D09"])
    unsplit(town, IndicatorBusy, Split(indicators={used_of(town, "H05"): "D09"}), "D25", "D01")
