"""Ranges as values, and how they lie to each other."""

from decimal import Decimal

import pytest

from engine import feel
from engine.feel import Range, Value


def value(text: str) -> Value:
    return feel.compile(text).evaluate({})


def test_a_range_keeps_what_was_written() -> None:
    assert value("(1..5]") == Range(Decimal(1), Decimal(5), False, True)
    assert value("]1..5[") == Range(Decimal(1), Decimal(5), False, False)
    assert value("(< 5)") == Range(None, Decimal(5), False, False, "<")
    assert value("(>= 5)") == Range(Decimal(5), None, True, False, ">=")


@pytest.mark.parametrize("text", ["[5..1]", '[1.."a"]', "[null..null]"])
def test_what_is_no_range_is_null(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('range("[18..21)") = [18..21)', True),
        ('range("[@\\"2026-01-01\\"..date(\\"2026-02-01\\")]").end.month', 2),
        ('range("(1..)").end', None),
        ('range("[1..]")', None),
        ('range("[a..2]")', None),
        ('range("")', None),
        ("(< 10) = (null..10)", False),
    ],
)
def test_ranges_out_of_text(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, 10)", True),
        ("before([1..5], 5)", False),
        ("before([1..5), 5)", True),
        ("after(12, [2..5])", True),
        ("meets([1..5], [5..10])", True),
        ("meets([1..5), [5..10])", False),
        ("met by([5..10], [1..5])", True),
        ("overlaps([1..5], [3..8])", True),
        ("overlaps([1..5], [6..8])", False),
        ("overlaps before([1..5], [3..8])", True),
        ("overlaps after([3..8], [1..5])", True),
        ("finishes(10, [1..10])", True),
        ("finished by([1..10], [5..10])", True),
        ("includes([1..10], [4..6])", True),
        ("during(5, [1..10])", True),
        ("starts([1..5], [1..10])", True),
        ("started by([1..10], 1)", True),
        ("coincides([1..5], [1..5])", True),
        ('before(1, "a")', None),
        ('meets([1..2], ["a".."b"])', None),
        ('coincides(1, "a")', None),
        ("meets(1, 2)", None),
    ],
)
def test_relations(text: str, expected: bool | None) -> None:
    assert value(text) is expected
