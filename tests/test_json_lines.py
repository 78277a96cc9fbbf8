"""Documents by the line: in order, over one process or two, without holding the whole file."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from engine import abreast, json_lines
from engine.assessment import scoring
from engine.errors import Invalid


def slow_first(document: Any) -> Any:
    """The first is done last, so that order is not luck."""
    if document["n"] == 0:
        time.sleep(0.5)
    if document["n"] == 3:
        raise Invalid("three is refused")
    return {"n": document["n"], "size": len(document["filling"])}


def lines(count: int, size: int = 300_000) -> Iterator[bytes]:
    for number in range(count):
        yield json.dumps({"n": number, "filling": "x" * size}).encode() + b"\n"


@pytest.mark.parametrize("processes", [1, 2])
def test_answers_come_in_the_order_of_the_lines(processes: int) -> None:
    told = [json.loads(each) for each in json_lines.answers(lines(20), slow_first, processes)]
    expected: list[Any] = [{"n": number, "size": 300_000} for number in range(20)]
    expected[3] = {"error": {"code": "invalid", "message": "three is refused"}}
    assert told == expected


def test_only_a_few_portions_are_under_way_at_a_time() -> None:
    taken = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for line in lines(60, json_lines.PORTION):
            taken += 1
            yield line

    answers = json_lines.answers(counted(), slow_first, 2)
    next(answers)
    # Four portions of a line each are away, a fifth is being put together from a sixth.
    assert taken <= 2 * abreast.AHEAD + 2
    assert len(list(answers)) == 59 and taken == 60


def test_an_empty_file_has_no_answers() -> None:
    assert list(json_lines.answers(iter(()), slow_first, 2)) == []


def test_blank_lines_are_passed_over_and_a_line_is_named_by_its_number() -> None:
    told = [json.loads(each) for each in json_lines.answers([b"\n", b"  \n", b'{"a"\n'], slow_first)]
    assert [each["error"]["message"].partition(" is no JSON")[0] for each in told] == ["line 3"]


def test_a_lost_process_is_said_and_not_waited_for() -> None:
    with pytest.raises(abreast.WorkerLost):
        list(json_lines.answers(lines(20), exit_hard, 2))


def exit_hard(document: Any) -> Any:
    os._exit(9)


@pytest.mark.requirement("C6")
def test_two_processes_score_as_one_does() -> None:
    """A national file in small: each case is scored as it is scored alone, digit for digit."""
    cases = [
        {
            "method": "completion_ratio",
            "points": "100",
            "params": {"cap": "1"},
            "rows": [
                {"unit": f"u{unit:04}", "target": "200", "actual": str((unit * (case + 3)) % 211)}
                for unit in range(1500)
            ],
        }
        for case in range(40)
    ]
    written = [json.dumps(case).encode() + b"\n" for case in cases]
    told = [json.loads(each) for each in json_lines.answers(written, scoring.answer, 2)]
    assert sum(map(len, written)) > 2 * json_lines.PORTION
    assert told == [scoring.answer(case) for case in cases]
