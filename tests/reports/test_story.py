from collections.abc import Iterator

import pytest

from engine import workflow
from engine.assessment.rectification import Item
from engine.reports import story
from engine.workflow.store import Instance
from tests.assessment.town import Town, delivered


@pytest.fixture
def town() -> Iterator[Town]:
    """Tuesday 21 April: A04 has its letter; its matter on E13 waits for a plan."""
    with delivered() as opened:
        yield opened


def told(town: Town, item: Item) -> list[tuple[str, str, str | None, str | None]]:
    with town.by(reading=True) as ctx:
        return [(each.name, each.state, each.by, each.holder) for each in story.story(ctx, [item.instance_id or 0])]


def instance(town: Town) -> Instance:
    with town.by(reading=True) as ctx:
        return workflow.instance(ctx, town.items(ctx, "A04")["E13"].instance_id or 0)


def test_a_story_tells_what_was_done_and_then_what_is_to_be_done_and_by_whom(town: Town) -> None:
    item = town.matter("A04", "E13")
    assert told(town, item) == [("提交整改方案", "now", None, "A04")]
    town.plan(item)
    assert told(town, item) == [
        ("提交整改方案", "done", "a04_clerk", None),
        ("负责人审签方案", "done", "a04_leader", None),
        ("审批方案", "now", None, "D01"),
    ]


def test_what_is_late_says_so(town: Town) -> None:
    town.live_to("2026-05-06 09:00")
    assert told(town, town.matter("A04", "E13")) == [("提交整改方案", "late", None, "A04")]


def test_a_step_the_diagram_took_away_is_no_part_of_the_story(town: Town) -> None:
    town.dispute("A04", "E13")
    assert told(town, town.matter("A04", "E13")) == []


def test_a_story_of_several_processes_is_one_in_time(town: Town) -> None:
    first, second = town.matter("A04", "E14"), town.matter("A04", "E13")
    town.plan(first)
    town.live_to("2026-04-22 10:00")
    town.plan(second)
    with town.by(reading=True) as ctx:
        steps = story.story(ctx, [second.instance_id or 0, first.instance_id or 0])
        moments = [each.at for each in steps if each.state == "done" and each.at is not None]
    assert moments == sorted(moments)
    assert [each.state for each in steps] == ["done"] * 4 + ["now"] * 2


def test_who_acted_in_whose_name_is_told(town: Town) -> None:
    item = town.matter("A04", "E13")
    town.plan(item)
    with town.by(reading=True) as ctx:
        first = story.story(ctx, [item.instance_id or 0])[0]
    assert (first.by, first.on_behalf_of, first.at) == ("a04_clerk", None, town.now)


def test_marks_show_the_way_that_was_taken_and_where_it_stands(town: Town) -> None:
    town.plan(town.matter("A04", "E13"))
    with town.by(reading=True) as ctx:
        marks = story.marks(ctx, instance(town), {"D01": "市发展和改革委员会"})
    assert {"opened", "submit_plan", "sign_plan", "planning"} <= set(marks["done"])
    assert "approve_plan" not in marks["done"]
    assert marks["active"] == {"approve_plan": "市发展和改革委员会"}
    assert (marks["overdue"], marks["incident"]) == ({}, {})
    assert marks["flows"]
    assert len(marks["flows"]) == len(set(marks["flows"]))


def test_marks_set_apart_what_is_late(town: Town) -> None:
    town.live_to("2026-05-06 09:00")
    with town.by(reading=True) as ctx:
        marks = story.marks(ctx, instance(town), {})
    assert (marks["active"], marks["overdue"]) == ({}, {"submit_plan": ""})
