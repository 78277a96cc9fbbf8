"""Operators: exact numbers, three-valued logic, comparisons."""

from datetime import date
from decimal import Decimal, localcontext

import pytest

from engine import feel
from engine.feel import Value


def value(text: str, **given: object) -> Value:
    return feel.compile(text).evaluate(given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1 - 2 - 3", "-4"),
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("7 / 2", "3.5"),
        ("2 ** 3 ** 2", "64"),  # from left to right
        ("-3 ** 2", "9"),  # the sign binds closest
        ("10 - -5", "15"),
        (".5 + 1.5e2", "150.5"),
        ("1 / 3 * 3", "0.9999999999999999999999999999999999"),  # 34 digits
    ],
)
def test_numbers_are_exact_decimals(text: str, expected: str) -> None:
    assert value(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text", ["1 / 0", "1 + null", '1 + "a"', "9 ** 99999999", "0 ** -1", "number(1)", "-true", 'null * "a"']
)
def test_arithmetic_without_an_answer_is_null(text: str) -> None:
    assert value(text) is None


def test_a_long_sum_is_one_sum() -> None:
    assert value("+".join(["1"] * 900)) == 900


def test_the_hosts_decimal_context_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 2
        assert value("123456 + 0.7") == Decimal("123456.7")
        assert value('duration("PT1.000001S").seconds') == 1
        assert value('string(duration("PT61.000001S"))') == "PT1M1.000001S"


TRUTH = {"t": True, "f": False, "n": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t and f", False),
        ("n and f", False),
        ("f and n", False),
        ("n and t", None),
        ("t and n and f", False),
        ("n or t", True),
        ("n or f", None),
        ("f or n or t", True),
        ("not(n)", None),
        ("not(t)", False),
        ("t and 1", None),
        ("f or 1", None),
        ("t or t and f", True),
    ],
)
def test_unknown_is_a_third_truth(text: str, expected: bool | None) -> None:
    assert value(text, **TRUTH) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a" = "a"', True),
        ("1 = 1.00", True),
        ('1 = "1"', None),
        ("null = null", True),
        ("1 != null", True),
        ("[1, [2]] = [1, [2]]", True),
        ("[1, 2] = [2, 1]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ('"b" > "a"', True),
        ('"a" > 5', None),
        ("true < false", None),
        ("5 between 1 and 5", True),
        ("6 between 1 and 5", False),
        ("null between 1 and 5", None),
        ('date("2026-04-01") < date("2026-04-30")', True),
        ('date("2026-04-01") < date and time("2026-04-30T00:00:00")', None),
    ],
)
def test_only_like_compares_with_like(text: str, expected: bool | None) -> None:
    assert value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 in (<3, >4)", True),
        ("5 in [1..5]", True),
        ("5 in [1..5)", False),
        ("5 in [1..5[", False),
        ("1 in ]1..5]", False),
        ("5 in (1, 5)", True),
        ("3 in (2..4)", True),
        ("2 in (2..4)", False),
        ("2 in (1 + 1..4]", False),
        ("5 in [[1..2], [4..6]]", True),
        ("5 in (1 + 1) * 3", False),
        ("6 in (1 + 1) * 3", True),
        ("5 in (>= 5)", True),
        ("null in [1..10]", None),
        ("5 in [1..null]", None),
        ('"b" in ["a".."c"]', True),
        ("[1] in [[1], [2]]", True),
    ],
)
def test_in_asks_ranges_lists_and_tests(text: str, expected: bool | None) -> None:
    assert value(text) is expected


def test_the_second_condition_is_not_looked_at_where_the_first_decides() -> None:
    warnings: list[feel.FeelWarning] = []
    assert feel.compile("f and missing > 1").evaluate({"f": False}, warnings=warnings) is False
    assert warnings == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('if x > 1 then "more" else "less"', "more"),
        ('if x > 5 then "more" else "less"', "less"),
        ('if missing > 5 then "more" else "less"', "less"),
    ],
)
def test_if_takes_then_only_for_true(text: str, expected: str) -> None:
    assert value(text, x=2) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ('"1" instance of number', False),
        ("null instance of Any", False),
        ('date("2026-01-01") instance of date', True),
        ('date("2026-01-01") instance of date and time', False),
        ("[1, 2] instance of list<number>", True),
        ('[1, "2"] instance of list<number>', False),
        ("{a: 1} instance of context<a: number>", True),
        ("{} instance of context<a: number>", False),
        ("[1..2] instance of range<number>", True),
        ("(function(x) x) instance of function<number> -> number", True),
    ],
)
def test_instance_of_asks_the_kind(text: str, expected: bool) -> None:
    assert value(text) is expected


def test_what_a_host_has_is_what_an_expression_sees() -> None:
    given = {"n": 7, "f": 0.1, "d": Decimal("2.50"), "t": (1, 2), "day": date(2026, 4, 1), "deep": {"a": [{"b": 1}]}}
    assert value("n + f + d", **given) == Decimal("9.6")
    assert value("t[2]", **given) == 2
    assert value("deep.a[1].b", **given) == 1
    assert value("day.year", **given) == 2026


@pytest.mark.parametrize(
    "thing", [object(), {1, 2}, b"bytes", float("nan"), Decimal("inf"), Decimal("1e9999"), {1: "a"}, 1j]
)
def test_what_is_no_plain_data_is_refused_by_name(thing: object) -> None:
    with pytest.raises(feel.Unusable):
        value("x", x=thing)
    with pytest.raises(feel.Unusable):
        value("x.y", x=[thing])


def test_only_what_is_read_is_looked_at() -> None:
    assert value("a + 1", a=1, b=object()) == 2
    assert value("a.x", a={"x": 1, "y": object()}) == 1


def test_an_object_has_no_members() -> None:
    class Secret:
        password = "1234"

    with pytest.raises(feel.Unusable):
        value("secret.password", secret=Secret())
    assert value('"text".__class__') is None
    assert value("__class__") is None


def test_the_host_gets_copies() -> None:
    items = [1, {"a": [2]}]
    result = value("items", items=items)
    assert result == [1, {"a": [2]}]
    assert isinstance(result, list)
    result[1]["a"].append(3)
    assert items == [1, {"a": [2]}]
