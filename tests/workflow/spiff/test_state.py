"""What is stored of an instance, and what SpiffWorkflow is relied on for."""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task

from engine.errors import BihuanError
from engine.feel import YearMonths
from engine.workflow.spiff import Machine, specify
from tests.workflow.spiff.drawing import draw
from tests.workflow.spiff.walking import START, Begin, World, begin_with

VALUES: dict[str, Any] = {
    "text": "修桥 \n \u2028 \"'",
    "number": 17,
    "decimal": Decimal("0.10"),
    "whole": Decimal("3"),
    "yes": True,
    "nothing": None,
    "day": date(2026, 4, 20),
    "moment": datetime.fromisoformat("2026-04-20T09:00:00+08:00"),
    "hour": time(9, 30),
    "span": timedelta(days=3),
    "months": YearMonths(14),
    "typename": "datetime",
    "poison": {"typename": "UUID", "value": "zz"},
    "$date": "not a date",
    "deep": [[{"a": [1, Decimal("0.5")]}], {}],
    "": "an empty name",
}


def test_every_value_a_form_can_hold_comes_back_as_it_was(walks: Begin) -> None:
    walk = walks("start s \n user a \n user b \n s -> a -> b")
    walk.complete("a", **VALUES)
    walk.step(lambda machine: None)
    assert walk.variables == VALUES
    assert [type(value) for value in walk.variables.values()] == [type(value) for value in VALUES.values()]


def test_a_float_is_taken_as_the_decimal_it_is_written_as(walks: Begin) -> None:
    walk = walks("start s \n user a \n user b \n s -> a -> b", share=0.1)
    assert walk.variables == {"share": Decimal("0.1")}


@pytest.mark.parametrize("value", [{1, 2}, object(), {1: 2}, b"x"])
def test_what_is_no_plain_data_is_refused_before_anything_moves(value: object) -> None:
    walk = begin_with(stored=False)("start s \n user a \n s -> a")
    with pytest.raises(BihuanError) as refused:
        walk.complete("a", x=value)
    assert refused.value.code == "not_plain"
    assert walk.open == ["a"]


def test_a_value_given_is_not_the_callers_any_more() -> None:
    walk = begin_with(stored=False)("start s \n user a \n user b \n s -> a -> b")
    rows = [1]
    walk.complete("a", rows=rows)
    rows.append(2)
    assert walk.variables == {"rows": [1]}


def test_a_state_is_json_and_holds_no_diagram() -> None:
    walk = begin_with(stored=False)("start s \n user a name=交方案 \n user b \n s -> a -> b")
    state = json.loads(walk.machine.dump())
    assert state["format"] == 1
    assert "交方案" not in json.dumps(state, ensure_ascii=False)


def test_dumping_changes_nothing() -> None:
    walk = begin_with(stored=False)("start s \n user a \n boundary t on=a timer=P1D \n user b \n s -> a -> b \n t -> b")
    first = walk.machine.dump()
    assert walk.machine.dump() == first
    loaded = Machine.load(walk.specification, first, walk.world, START)
    assert loaded.dump() == first


@pytest.mark.parametrize("state", [b"", b"{}", b"[]", b'{"format": 2}', b"\x00"])
def test_a_state_that_cannot_be_read_is_refused(state: bytes) -> None:
    specification = specify("main", {"main": draw("start s \n user a \n s -> a")})
    with pytest.raises(BihuanError) as refused:
        Machine.load(specification, state, World(), START)
    assert refused.value.code == "unknown_state"


def test_a_state_whose_diagram_has_lost_the_element_is_refused() -> None:
    walk = begin_with(stored=False)("start s \n user a \n s -> a")
    other = specify("main", {"main": draw("start s \n user b \n s -> b")})
    with pytest.raises(BihuanError) as refused:
        Machine.load(other, walk.machine.dump(), World(), START)
    assert refused.value.code == "unknown_state"


def test_a_loop_with_a_subprocess_a_vote_and_a_timer_stays_small() -> None:
    walk = begin_with(stored=True)("""
    start s
    xor m
    sub box {
      start s2
      user a
      s2 -> a
    }
    user vote each=[1,2,3] until="nrOfCompletedInstances = 2"
    boundary t on=vote cycle=R/P1D aside
    end note
    xor x
    s -> m -> box -> vote -> x
    x -> m if true
    t -> note
    """)
    sizes = []
    for _ in range(60):
        walk.complete("a")
        walk.advance(days=2)
        walk.complete("vote")
        walk.complete("vote")
        sizes.append(len(walk.machine.dump()))
    assert max(sizes[10:]) < sizes[5] + 100


def test_one_specification_serves_many_threads() -> None:
    diagram = """
    start s
    xor m
    or split
    user a
    user b
    or join
    xor x
    s -> m -> split
    split -> a if n > 1
    split -> b default
    a -> join
    b -> join
    join -> x
    x -> m if n < 20
    """
    specification = specify("main", {"main": draw(diagram)})
    results: list[list[str]] = []

    def run() -> None:
        machine = Machine.start(specification, {"n": 0}, World(), START)
        visited = []
        for n in range(1, 21):
            machine.complete(machine.tasks[0].id, {"n": n})
            visited += machine.visited
            machine = Machine.load(specification, machine.dump(), World(), START)
        results.append(visited)

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all(result == results[0] for result in results)


# ---- SpiffWorkflow


def test_the_version_is_the_one_whose_private_names_are_used() -> None:
    assert version("SpiffWorkflow") == "3.2.0"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (
            TaskSpec,
            ["_predict", "_update", "_update_hook", "_on_ready", "_on_ready_hook", "_run", "_run_hook", "_on_complete"],
        ),
        (Task, ["_set_state", "_ready", "_child_added_notify"]),
        (ProcessParser, ["_parse"]),
        (BpmnSubWorkflow, ["_calculate_depth"]),
        (BpmnWorkflow, ["update_waiting_tasks", "get_tasks_iterator"]),
        (
            BpmnParser,
            ["PARSER_CLASSES", "OVERRIDE_PARSER_CLASSES", "PROCESS_PARSER_CLASS", "create_parser", "get_spec"],
        ),
        (TaskParser, ["parse_node", "bpmn_attributes"]),
    ],
)
def test_the_private_names_relied_on_exist(owner: type, names: list[str]) -> None:
    assert [name for name in names if not hasattr(owner, name)] == []


def test_a_task_keeps_its_state_parent_and_children_where_they_are_expected() -> None:
    walk = begin_with(stored=False)("start s \n user a \n s -> a")
    token = next(token for token in walk.machine._run.tokens() if token.element.id == "a")
    assert {"_state", "_parent", "_children"} <= vars(token).keys()


def test_nothing_a_diagram_says_reaches_python() -> None:
    walk = begin_with(stored=False)("start s \n user a \n s -> a")
    assert not hasattr(walk.machine._run.script_engine, "evaluate")


STORED = Path(__file__).parents[1] / "diagrams" / "stored"


PAUSES = "start s \n catch one timer=P1D \n catch two timer=P1D \n user a dueDate=P3D \n s -> one -> two -> a"


def test_a_late_clock_counts_from_when_things_were_due() -> None:
    """Put away on a Monday and fetched on the Thursday after: what was due on Tuesday and Wednesday was then."""
    specification = specify("main", {"main": draw(PAUSES)})
    state = Machine.start(specification, {}, World(), START).dump()
    late = Machine.load(specification, state, World(), START + timedelta(days=1, hours=12))
    late.advance(START + timedelta(days=1, hours=12))
    assert late.due == START + timedelta(days=2)
    later = Machine.load(specification, state, World(), START + timedelta(days=3))
    later.advance(START + timedelta(days=3))
    (task,) = later.tasks
    assert (task.entered_at, task.due) == (START + timedelta(days=2), START + timedelta(days=5))
    assert later.now == START + timedelta(days=3)


def test_a_date_that_was_past_already_does_not_turn_the_clock_back() -> None:
    specification = specify(
        "main", {"main": draw("start s \n catch one date=2026-01-01 \n catch two timer=P1D \n s -> one -> two")}
    )
    state = Machine.start(specification, {}, World(), START).dump()
    machine = Machine.load(specification, state, World(), START + timedelta(hours=1))
    machine.advance(START + timedelta(hours=1))
    assert machine.due == START + timedelta(days=1)


def test_a_state_that_was_stored_by_the_first_format_goes_on() -> None:
    """The file is never written again: it stands for every instance that was open when the program was replaced."""
    specification = specify("main", {"main": (STORED / "format_1.bpmn").read_bytes()})
    at = START + timedelta(days=1)
    machine = Machine.load(specification, (STORED / "format_1.json").read_bytes(), World(), at)
    assert sorted(task.element for task in machine.tasks) == ["note", "note", "report"]
    assert machine.variables["share"] == Decimal("0.30")
    report = next(task for task in machine.tasks if task.element == "report")
    assert (report.item_value, report.candidates) == (None, ("clerk@B",))
    machine.advance(at + timedelta(days=1))
    machine.complete(report.id, {})
    for _ in range(3):
        machine.complete(next(task.id for task in machine.tasks if task.element == "note"), {})
    assert [task.element for task in machine.tasks] == ["close"]
    assert machine.variables["pages"] == 3
    machine.return_to(machine.tasks[0].id, "plan")
    machine.complete(machine.tasks[0].id, {})
    assert [task.element for task in machine.tasks] == []
    assert machine.awaits("paper", "17")
