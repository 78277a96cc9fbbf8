"""A unit goes and another stands in its place: what is open is the successor's to do, both archives show it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine import access, people, workflow
from engine.access import NotYours
from engine.assessment import archives, letters, plans, readings, rectification, snapshots, succession
from engine.assessment.rectification import ItemStatus
from engine.assessment.succession import AlreadySucceeded, NoSuccessor
from engine.errors import BihuanError, Invalid
from engine.people import Unit
from engine.verify import verify
from engine.workflow.inbox import NotYourTask
from tests.assessment import years
from tests.assessment.town import Town, april, begun, delivered, moment

PAPER = "市编办〔2026〕4号"


@pytest.fixture
def town() -> Iterator[Town]:
    """The day after April's letters: A04 has seven matters."""
    with delivered() as made:
        yield made


@pytest.fixture
def working() -> Iterator[Town]:
    """A04 works on its matters on E13 and H05."""
    with begun() as made:
        yield made


def succeed(town: Town, unit: str = "A04", successor: str = "A05", account: str = "lead1") -> None:
    with town.by(account) as ctx:
        succession.succeed(ctx, unit, successor, ctx.today, "区划调整", PAPER)


def refused(town: Town, error: type[BihuanError], unit: str, successor: str, account: str = "lead1") -> None:
    with town.refusal(error, account) as ctx:
        succession.succeed(ctx, unit, successor, ctx.today, "区划调整", PAPER)


def test_the_lead_sees_first_what_would_pass_over(town: Town) -> None:
    with town.by("lead1", reading=True) as ctx:
        left = succession.estate(ctx, "A04")
        assert [each.number for each in left.matters] == [f"ZG-2026-A04-00{number}" for number in range(1, 8)]
        assert (left.letters, left.indicators) == ((), ())
        assert {each.unit for each in left.tasks} == {"A04"} and len(left.tasks) > 0
        assert [each.code for each in succession.estate(ctx, "D25").indicators] == ["H01", "H05"]
    with town.refusal(NotYours, "a04_leader") as ctx:
        succession.estate(ctx, "A04")


def test_an_open_matter_is_the_successors_to_finish_under_its_old_number(working: Town) -> None:
    town = working
    item = town.matter("A04", "E13")
    succeed(town)
    assert town.told("a05_leader", "unit.succeeded") == ["unit.succeeded"]
    given = {"request": "evidence", "account": "已完成", "evidence": [town.upload("a05_clerk")]}
    (task,) = town.tasks("submit_evidence", item=item.id)
    with town.refusal(NotYourTask, "a04_clerk") as ctx:
        workflow.complete(ctx, task, given)
    town.do("a05_clerk", "submit_evidence", given, item=item.id)
    town.do("a05_leader", "sign_evidence", {"verdict": "signed"}, item=item.id)
    town.verify(item, "d01_clerk")
    assert town.item_of(item.number).status == ItemStatus.ACCEPTED
    with town.by(reading=True) as ctx:
        assert [f"{each.id} {place}" for each in verify(ctx) for place in each.places] == []


def test_a_letter_on_its_way_is_signed_for_by_the_successor() -> None:
    with april() as town:
        letter = town.send_letter("A04")
        succeed(town)
        with town.by("lead1", reading=True) as ctx:
            kept = succession.of_unit(ctx, "A04")
            assert kept is not None and kept.passed["letters"] == [letters.letter(ctx, letter).label]
        town.do("a05_clerk", "receive_letter", {"received": True}, letter=letter)
        with town.by(reading=True) as ctx:
            paper = letters.letter(ctx, letter)
            assert (paper.unit, paper.received_by) == ("A04", "a05_clerk")


def test_what_somebody_of_the_old_unit_had_taken_is_free_for_the_successor(town: Town) -> None:
    task = town.tasks("submit_plan")[0]
    with town.by(reading=True) as ctx:
        unit = workflow.task(ctx, task).unit or ""
    with town.by(f"{unit.lower()}_clerk") as ctx:
        workflow.claim(ctx, task)
    heir = "A01" if unit != "A01" else "A02"
    succeed(town, unit, heir)
    with town.by(f"{heir.lower()}_clerk", reading=True) as ctx:
        found = workflow.task(ctx, task)
        assert found.assignee is None and workflow.is_mine(ctx, found)


def test_both_archives_show_the_matters_that_passed(town: Town) -> None:
    with town.by("lead1", reading=True) as ctx:
        own = [each.number for each in archives.archive(ctx, town.cycle(ctx), "A05").matters]
    succeed(town)
    with town.by("a05_leader", reading=True) as ctx:
        cycle = town.cycle(ctx)
        old = [each.number for each in archives.archive(ctx, cycle, "A04").matters]
        new = [each.number for each in archives.archive(ctx, cycle, "A05").matters]
    assert len(old) == 7 and new == sorted([*own, *old])
    with town.refusal(NotYours, "a04_leader") as ctx:
        archives.archive(ctx, town.cycle(ctx), "A04")


def test_the_people_of_the_old_unit_hold_nothing_any_more_and_the_successors_hold_its_posts(town: Town) -> None:
    succeed(town)
    with town.by(reading=True) as ctx:
        assert access.groups(ctx, "a04_clerk") == frozenset()
        assert access.groups(ctx, "a05_clerk") == {"clerk", "clerk@A04", "clerk@A05"}
        assert people.holders(ctx, "leader@A04") == ["a05_leader"]
        assert "a04_clerk" not in people.holders(ctx, "clerk")


def test_a_successor_that_goes_itself_passes_on_what_it_had_taken_over(town: Town) -> None:
    succeed(town)
    succeed(town, "A05", "A06")
    with town.by(reading=True) as ctx:
        assert access.groups(ctx, "a06_clerk") == {"clerk", "clerk@A04", "clerk@A05", "clerk@A06"}
        assert people.holders(ctx, "clerk@A04") == people.holders(ctx, "clerk@A05") == ["a06_clerk"]
        assert access.groups(ctx, "a05_clerk") == frozenset()


def test_a_department_that_takes_another_over_enters_and_signs_its_sheets(tmp_path: Path) -> None:
    with years.collecting(tmp_path) as town:
        succeed(town, "D25", "D01")
        years.enter(town, "D25", {("H05", "A01"): "70"}, by="d01_clerk")
        with town.by("d01_clerk") as ctx:
            readings.submit(ctx, town.cycle(ctx), town.round(ctx), "D25", None)
        with town.refusal(NotYours, "d25_leader") as ctx:
            readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D25", "signed", None)
        with town.by("d01_leader") as ctx:
            signed = readings.sign(ctx, town.cycle(ctx), town.round(ctx), "D25", "signed", None)
            assert signed.signed_by == "d01_leader"


def test_the_next_round_measures_the_unit_no_more_and_earlier_ones_keep_it(town: Town) -> None:
    succeed(town)
    town.now = moment("2026-08-03 09:00")
    with town.by() as ctx:
        august = snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx, "august"))
        april = snapshots.freeze(ctx, town.cycle(ctx), town.round(ctx), "更正")
        measured = [{row.unit for row in snapshots.rows(ctx, each)} for each in (august, april)]
        assert measured == [{"A01", "A02", "A03", "A05", "A06"}, {"A01", "A02", "A03", "A04", "A05", "A06"}]
        assert [unit.code for unit in plans.standing_units(ctx)] == ["A01", "A02", "A03", "A05", "A06"]
        assert rectification.items(ctx, town.cycle(ctx), unit="A04")


def test_it_is_recorded_once_by_the_lead_with_reason_and_paper(town: Town) -> None:
    refused(town, NotYours, "A04", "A05", "a05_leader")
    for reason, paper in ((" ", PAPER), ("区划调整", "")):
        with town.refusal(Invalid, "lead1") as ctx:
            succession.succeed(ctx, "A04", "A05", ctx.today, reason, paper)
    with town.refusal(Invalid, "lead1") as ctx:
        succession.succeed(ctx, "A04", "A05", date(2026, 4, 22), "区划调整", PAPER)
    succeed(town)
    refused(town, AlreadySucceeded, "A04", "A06")
    with town.by("lead1", reading=True) as ctx:
        kept = succession.of_unit(ctx, "A04")
        assert kept is not None
        assert (kept.successor, kept.ends_on, kept.document) == ("A05", date(2026, 4, 21), PAPER)
        assert [each.unit for each in succession.taken_over(ctx, "A05")] == ["A04"]


def test_a_unit_of_another_kind_or_one_that_is_gone_is_no_successor(town: Town) -> None:
    refused(town, NoSuccessor, "A04", "A04")
    refused(town, NoSuccessor, "A04", "D01")
    succeed(town)
    refused(town, NoSuccessor, "A03", "A04")
    with town.by() as ctx:
        ctx.session.add(Unit(code="A09", name="A09区", group="A", kind="county", valid_from=date(2027, 1, 1)))
    refused(town, NoSuccessor, "A03", "A09")
