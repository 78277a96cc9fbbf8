"""Diagrams over the caps: refused at once, with how much there is and how much may be."""

from collections.abc import Callable

import pytest

from engine.workflow.spiff import Library, check
from tests.workflow.spiff.drawing import draw


def of_bytes() -> bytes:
    return draw("start s \n end e \n s -> e") + b"<!-- -->" + b" " * 5_000_000


def of_elements() -> bytes:
    notes = '<bpmn:textAnnotation id="n{}"><bpmn:text>x</bpmn:text></bpmn:textAnnotation>'
    raw = "\n".join("raw '" + notes.format(number) + "'" for number in range(10_000))
    return draw(f"start s \n end e \n s -> e \n {raw}")


def of_nodes() -> bytes:
    tasks = "\n".join(f"user t{number}" for number in range(500))
    chain = " -> ".join(["s", *(f"t{number}" for number in range(500))])
    return draw(f"start s \n {tasks} \n {chain}")


def of_depth() -> bytes:
    opened = "\n".join(f"sub b{level} {{ \n start s{level}" for level in range(21))
    closed = "\n".join(f"s{level} -> b{level + 1} \n }}" for level in reversed(range(20)))
    return draw(f"start s \n {opened} \n user a \n s20 -> a \n }} \n {closed} \n s -> b0")


def of_a_doctype() -> bytes:
    return b'<!DOCTYPE x [<!ENTITY e "e">]>' + draw("start s \n end e \n s -> e")


@pytest.mark.parametrize(
    ("source", "element", "code", "words"),
    [
        (of_bytes, None, "too_large", "where 5000000 are allowed"),
        (of_elements, None, "too_large", "where 20000 are allowed"),
        (of_nodes, "main", "too_large", "has 501 flow nodes, where 500 are allowed"),
        (of_depth, "main", "too_large", "lie 21 deep in each other, where 20 are allowed"),
        (of_a_doctype, None, "doctype", "carries a DOCTYPE"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_too_large_is_refused_with_the_count(
    source: Callable[[], bytes], element: str | None, code: str, words: str
) -> None:
    (problem,) = check(source(), Library())
    assert (problem.element, problem.code) == (element, code)
    assert words in problem.message
