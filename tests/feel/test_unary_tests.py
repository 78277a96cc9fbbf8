"""The cells of a decision table."""

from datetime import date

import pytest

from engine import feel


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("-", None, True),
        ("", 5, True),
        ("  -  ", 5, True),
        ('"a","b"', "a", True),
        ('"a","b"', "c", False),
        ('not("a")', "a", False),
        ('not("a", "b")', "c", True),
        ("not(< 60)", 59, False),
        ("[60..90)", 60, True),
        ("[60..90)", 90, False),
        ("]60..90]", 60, False),
        (">= 60", 60, True),
        ("< 60, > 90", 95, True),
        ("< 60, > 90", 75, False),
        ("5", 5, True),
        ("5", "5", None),
        ("-5", -5, True),
        ("true", True, True),
        ("null", None, True),
        ("null", 1, False),
        ("5", None, False),
        ("> 5", None, None),
        ("> 5", "a", None),
        ('date("2026-04-01")', date(2026, 4, 1), True),
        ('< date("2026-04-01")', date(2026, 3, 31), True),
        ('[date("2026-04-01")..date("2026-04-30")]', date(2026, 4, 30), True),
        ('@"2026-04-01"', date(2026, 4, 2), False),
        ("limit", 80, True),
        ("> limit", 80, False),
        ("[limit..limit + 10]", 85, True),
        ("grades", "A", True),
        ("grades", "Z", False),
        ("? > limit and ? < 100", 90, True),
        ('starts with(?, "甲")', "甲县", True),
        ("even(?)", 3, False),
        ("count(?) > 1", [1, 2], True),
        ("list contains(?, 2)", [1, 2], True),
        ("not(even(?))", 3, True),
        ("not(true)", True, False),
        ("not(flag)", False, False),
        ("!= 5", 6, True),
    ],
)
def test_a_cell_accepts_or_not(cell: str, value: object, expected: bool | None) -> None:
    given = {"limit": 80, "grades": ["A", "B"], "flag": False}
    assert feel.compile_tests(cell).accepts(value, given) is expected


def test_a_cell_says_what_it_reads_besides_its_input() -> None:
    assert feel.compile_tests("? > limit, other").names == {"limit", "other"}
    assert feel.compile_tests('"a"').names == frozenset()


def test_what_a_table_may_know_beforehand() -> None:
    assert feel.compile_tests('"a", "b"').constants == {"a", "b"}
    assert feel.compile_tests('not("a")').constants is None
    assert feel.compile_tests('"a", x').constants is None
    assert feel.compile_tests("[60..90), > 95, 7").boundaries == {60, 90, 95, 7}
    assert feel.compile_tests("[60..x)").boundaries is None
    assert feel.compile_tests('> "a"').boundaries is None


@pytest.mark.parametrize("cell", ["> ", "a b", "1..2", '"a", ', "-, 5", ")"])
def test_a_cell_that_cannot_be_read_is_refused(cell: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile_tests(cell)
