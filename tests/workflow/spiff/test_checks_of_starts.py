"""What is checked of the events at which a process begins by itself."""

import pytest

from engine.workflow.spiff import Library, check
from tests.workflow.spiff.drawing import draw


def complaints(text: str, severity: str) -> list[tuple[str | None, str]]:
    return [(found.element, found.code) for found in check(draw(text), Library()) if found.severity == severity]


def test_a_time_may_begin_a_process() -> None:
    drawn = "start s cycle=R/P1D \n user a candidateGroups=clerk \n s -> a"
    assert complaints(drawn, "error") == complaints(drawn, "warning") == []


@pytest.mark.parametrize("when", ["date==deadline", "date==null", 'cycle="0 0 9 * * ?"', "cycle==x.y", "date==1/0"])
def test_a_time_at_which_a_process_begins_is_known_before_there_is_a_matter(when: str) -> None:
    assert ("s", "bad_expression") in complaints(f"start s {when} \n user a candidateGroups=clerk \n s -> a", "error")


def test_a_condition_begins_no_process() -> None:
    drawn = "start s when=x>3 \n user a candidateGroups=clerk \n s -> a"
    assert ("s", "not_run") in complaints(drawn, "error")
    inside = "start s \n user a candidateGroups=clerk \n s -> a \n sub h event { \n start c when=x>3 \n user b candidateGroups=clerk \n c -> b \n }"
    assert complaints(inside, "error") == []
