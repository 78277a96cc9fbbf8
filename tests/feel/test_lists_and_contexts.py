"""Lists, filters, loops, contexts, functions."""

from decimal import Decimal

import pytest

from engine import feel
from engine.feel import Value

UNITS = [{"name": "A", "score": 90}, {"name": "B", "score": 70}, {"name": "C", "score": None}]


def value(text: str, **given: object) -> Value:
    return feel.compile(text).evaluate(given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("units[score > 80].name", ["A"]),
        ("units[item.score < 80].name", ["B"]),
        ("units[score > limit].name", ["A"]),
        ("units[1].name", "A"),
        ("units[-1].name", "C"),
        ("units[i].name", "B"),
        ("units[4]", None),
        ("units[0]", None),
        ("units.name", ["A", "B", "C"]),
        ('units[name = "B"][1].score', 70),
        ("[1, 2, 3][item >= 2]", [2, 3]),
        ("5[1]", 5),
        ("5[2]", None),
        ("5[item > 3]", [5]),
        ("null[1]", None),
        ("[][1]", None),
        ("[][i]", None),
        ("[][item > 1]", []),
        ('[1, 2]["a"]', None),
        ("[3, 1, 2][item]", None),  # a place is the same for all items
        ("[3, 1, 2][i]", 1),
        ("units[score]", None),
        ("count(units[score > 80])", 1),
    ],
)
def test_filters_pick_by_place_or_by_condition(text: str, expected: object) -> None:
    assert value(text, units=UNITS, limit=80, i=2) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for i in 1..3 return i * i", [1, 4, 9]),
        ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in [1..3) return i", [1, 2]),
        ("for i in [1, 2], j in [10, 20] return i + j", [11, 21, 12, 22]),
        ("for x in [[1, 2], [3]], y in x return y", [1, 2, 3]),
        ("for i in 1..5 return if i = 1 then 1 else i * partial[-1]", [1, 2, 6, 24, 120]),
        ("for i in 1..3 return count(partial)", [0, 1, 2]),
        ("for i in null return i", None),
        ('for i in "abc" return i', ["abc"]),
        ("some u in units satisfies u.score > 80", True),
        ("every u in units satisfies u.score > 80", False),
        ("every u in units satisfies u.score > 60", None),
        ("some x in [] satisfies x", False),
        ("every x in [] satisfies x", True),
        ("some i in 1..3, j in 1..3 satisfies i * j = 9", True),
    ],
)
def test_loops(text: str, expected: object) -> None:
    assert value(text, units=UNITS) == expected


def test_partial_is_what_was_returned_so_far_and_does_not_grow() -> None:
    assert value("for i in 1..3 return partial") == [[], [[]], [[], [[]]]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: 1, b: a + 1}.b", 2),
        ("{a: 1}.b", None),
        ("{a: 1, a: 2}", None),
        ('{"a b": 1}["a b"]', None),
        ('get value({"a b": 1}, "a b")', 1),
        ('get value({a: {b: 2}}, ["a", "b"])', 2),
        ("get entries({a: 1})", [{"key": "a", "value": Decimal(1)}]),
        ('context([{key: "a", value: 1}])', {"a": 1}),
        ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
        ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": 2}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
        ("(function(x, y) x - y)(5, 3)", 2),
        ("(function(x, y) x - y)(y: 5, x: 3)", -2),
        ('(function(x: number) x + 1)("a")', None),
        ("(function(x: number) x + 1)([1])", 2),
        ("(function(x) x)(1, 2)", None),
        ("{add: function(n) function(m) n + m, r: add(2)(3)}.r", 5),
        ("{n: 1, f: function() n, r: {n: 2, v: f()}.v}.r", 1),
    ],
)
def test_contexts_and_functions(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count([1, null])", 2),
        ("min(3, 1, 2)", 1),
        ("max([3, 1, 2])", 3),
        ('min(["b", "a"])', "a"),
        ("sum([0.1, 0.2])", Decimal("0.3")),
        ("sum([])", None),
        ('sum([1, "a"])', None),
        ('sum(@"P1D", @"P2D")', None),  # of numbers only
        ('max(["a", "c", "b"])', "c"),
        ("min({a: 1})", None),
        ("max([true])", None),
        ("mean([1, 2, 6])", 3),
        ("median([8, 2, 5, 3, 4])", 4),
        ("median(1, 2, 3, 4)", Decimal("2.5")),
        ("mode([6, 3, 9, 6, 6])", [6]),
        ("stddev([2, 4, 4, 4, 5, 5, 7, 9])", Decimal("2.138089935299395077476427847038028")),  # sqrt(32/7)
        ("product(2, 3, 4)", 24),
        ("all([true, null, false])", False),
        ("any([false, null])", None),
        ("list contains([1, null], null)", True),
        ("sublist([1, 2, 3], 2)", [2, 3]),
        ("sublist([1, 2, 3], -2, 1)", [2]),
        ("append([1], 2, 3)", [1, 2, 3]),
        ("concatenate([1], [2], [3, 4])", [1, 2, 3, 4]),
        ("union([1, 2], [2, 3])", [1, 2, 3]),
        ("insert before([1, 3], 2, 2)", [1, 2, 3]),
        ("remove([1, 2, 3], 2)", [1, 3]),
        ("reverse([1, 2])", [2, 1]),
        ("index of([1, 2, 1], 1)", [1, 3]),
        ("distinct values([1, 1.0, [2], [2], null, null])", [1, [2], None]),
        ("duplicate values([1, 2, 1, 2, 3])", [1, 2]),
        ("flatten([1, [2, [3]]])", [1, 2, 3]),
        ("sort([3, 1, 2])", [1, 2, 3]),
        ("sort([3, 1, 2], function(a, b) a > b)", [3, 2, 1]),
        ("sort(list: [2, 1], precedes: function(a, b) a < b)", [1, 2]),
        ("list replace([1, 2, 3], 2, 9)", [1, 9, 3]),
        ("list replace([1, 5, 3], function(item, new) item > 2, 2)", [1, 2, 2]),
        ("partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("is empty([])", True),
        ("count(5)", 1),
        ("abs([-1])", 1),
        ("count()", None),
        ("count(lst: [1])", None),
        ("nothing(1)", None),
    ],
)
def test_list_functions(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("decimal(1 / 3, 2)", "0.33"),
        ("decimal(2.5, 0)", "2"),
        ("round up(-5.5, 0)", "-6"),
        ("round down(-5.5, 0)", "-5"),
        ("round half up(2.5, 0)", "3"),
        ("round half down(2.5, 0)", "2"),
        ("round half up(1234, -2)", "1200"),
        ("floor(-1.5)", "-2"),
        ("ceiling(1.21, 1)", "1.3"),
        ("abs(-5)", "5"),
        ("modulo(-12, 5)", "3"),
        ("modulo(12, -5)", "-3"),
        ("modulo(10 ** 40, 7)", "4"),  # 10 is 3 to 7, whose powers have period 6, 40 = 4 to 6, 81 = 4 to 7
        ("sqrt(16)", "4"),
        ("log(1)", "0"),
        ("exp(0)", "1"),
        ('number("1.000,5", ".", ",")', "1000.5"),
        ("0 ** 0", "1"),
        ("2.5 ** 0", "1"),
    ],
)
def test_number_functions(text: str, expected: str) -> None:
    assert value(text) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("odd(3)", True),
        ("even(10 ** 6000)", True),
        ("odd(2.5)", False),
        ("even(2.5)", False),
        ("sqrt(-1)", None),
        ("log(0)", None),
        ("modulo(1, 0)", None),
        ("round up(5.5, 7000)", None),
        ("not(1)", None),
        ("is(1, 1.0)", True),
        ("is([], null)", False),
        ("get or else(null, 5)", 5),
        ("is defined(missing)", False),
    ],
)
def test_other_functions(text: str, expected: object) -> None:
    assert value(text) == expected
