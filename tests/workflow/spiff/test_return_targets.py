"""Where a return may lead, and that what people are offered is what is done."""

import pytest

from tests.workflow.spiff.test_returns import refused
from tests.workflow.spiff.walking import Begin


def test_a_subprocess_that_has_come_round_again_is_not_earlier_than_what_is_done_in_it(walks: Begin) -> None:
    walk = walks(
        "start s \n xor m \n sub box { \n start s2 \n user a \n s2 -> a \n } \n user b \n s -> m -> box -> b -> m"
    )
    walk.complete("a")
    walk.complete("b")
    assert (walk.open, walk.targets("a")) == (["a"], ["b"])
    assert refused(walk, "box") == "not_earlier"
    walk.return_to("b")
    assert walk.targets("b") == ["box"]
    walk.return_to("box")
    assert walk.open == ["a"]


@pytest.mark.parametrize("target", ["plan", "vote", "box", "inner", "work", "last", "called"])
def test_what_is_offered_is_what_is_done_and_nothing_else(walks: Begin, target: str) -> None:
    """Of what people do and of subprocesses; an operator's or a play's return may also lead to what the machine did."""
    walk = walks(
        "start s \n xor m \n user plan \n user vote each=people as=person \n"
        " sub box { \n start s2 \n user inner \n s2 -> inner \n } \n user work \n user last \n"
        " s -> m -> plan -> vote -> box -> work -> last -> m",
        people=["zhang"],
    )
    for element in ("plan", "vote", "inner", "work", "last", "plan", "vote", "inner"):
        walk.complete(element)
    assert walk.targets("work") == ["box", "vote", "plan", "last"]
    if target in walk.targets("work"):
        walk.return_to(target)
        assert walk.open == ["inner" if target == "box" else target]
    else:
        assert refused(walk, target) == "not_earlier"
