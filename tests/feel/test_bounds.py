"""No text, and no value, makes an evaluation endless, huge, or fall over."""

import random
from collections.abc import Callable

import pytest

from engine import feel
from engine.errors import BihuanError
from engine.feel.builtins import FUNCTIONS

SHARED = (
    '{a0: "xxxxxxxxxx", '
    + ", ".join(f"a{number}: [a{number - 1}, a{number - 1}]" for number in range(1, 41))
    + ", r: %s}.r"
)
"""Forty lists, each holding the one before twice: small to build, 2 to the 40th parts to walk."""

BIG = {"long": "a" * 100_000, "wide": {f"k{number}": number for number in range(1_000)}, "many": [1] * 10_000}


def evaluate(text: str) -> object:
    return feel.compile(text).evaluate(BIG)


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000000000 return i",
        "for i in 1..3000, j in 1..3000, k in 1..3000 return i",
        "some i in 1..1000000000 satisfies i < 0",
        "every i in 1..1000000000 satisfies i > 0",
        "{f: function(n) f(n), r: f(1)}.r",
        "{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(40)}.r",
        "{y: function(g) g(g), r: y(y)}.r",
        "for i in 1..100000 return partial",
        "for i in 1..400 return [partial[-1]]",
        "string(for i in 1..9000 return long)",
        "for i in 1..90000 return wide",
        "for i in 1..2000 return sum(many)",
        "for i in 1..2000 return concatenate(many, [1])",
        "for i in 1..2000 return many[item = 2]",
        "for i in 1..1000 return upper case(long)",
        "long + long",
        'replace(long, "a", "bb")',
        'string join(for i in 1..5000 return "' + "x" * 1000 + '")',
        "distinct values(for i in 1..30000 return [i])",
        "sort(for i in 1..30000 return -i, function(a, b) true)",
        "sort(many, function(a, b) count(for j in 1..1000 return j) > a)",
        SHARED % "a40",
        SHARED % "string(a40)",
        SHARED % "flatten(a40)",
        SHARED % "a40 = [a39, a39]",
        SHARED % "a40.x",
        SHARED % "distinct values([a40, a39, a40])",
        SHARED % "list contains([a40], [a39, a39])",
        SHARED % "{x: a40} = {x: a40}",
        SHARED % "a40 in a40",
        "{s0: long, " + ", ".join(f"s{i}: s{i - 1} + s{i - 1}" for i in range(1, 30)) + "}",
        "{l0: many, " + ", ".join(f"l{i}: concatenate(l{i - 1}, l{i - 1})" for i in range(1, 40)) + "}",
    ],
)
def test_a_costly_evaluation_is_ended(text: str) -> None:
    with pytest.raises(feel.Exhausted) as refusal:
        evaluate(text)
    assert refusal.value.code == "too_costly"


@pytest.mark.parametrize(
    "pattern",
    ["(a|aa)+$", "(?:a|b){100000}", "(?:(?:(?:a|b){1000}){1000}){1000}", "(?:a|b){1000}" * 35, "a" * 501],
)
def test_a_costly_pattern_is_ended_or_refused(pattern: str) -> None:
    """Counted repetitions are written out when a pattern is compiled: nested ones would take all memory there is."""
    expression = feel.compile("matches(text, pattern)")
    try:
        answer = expression.evaluate({"text": "a" * 40 + "!", "pattern": pattern})
    except feel.Exhausted:
        answer = None
    assert answer is not True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9 ** 99999999", None),
        ("9 ** (9 ** 9)", None),
        ("even(10 ** 6000)", True),
        ("exp(10 ** 10)", None),
        ("date(10 ** 100, 1, 1)", None),
        ("[1, 2][10 ** 100]", None),
        ('substring("abc", 10 ** 100)', None),
        ("for i in 10 ** 100..10 ** 100 return i", None),
        ('number("1e999999999")', None),
        ('duration("P99999999999999999999999D")', None),
        ('matches("' + "a" * 40 + '!", "(a+)+$")', False),
    ],
)
def test_huge_numbers_have_an_answer_at_once(text: str, expected: object) -> None:
    assert evaluate(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1" * 20_001,
        "(" * 5_000 + "1" + ")" * 5_000,
        "[" * 5_000,
        "{a:" * 5_000,
        "-" * 5_000 + "1",
        "not(" * 3_000,
        "if " * 3_000,
        "1" + "+1" * 9_000,
        "1" + " and 1" * 2_500,
        "a" + ".a" * 9_000,
        "[1]" + "[1]" * 3_000,
        "f" + "()" * 3_000,
        "1" + "=1" * 4_000,
        "1" + " in 1" * 3_000,
        "1 in (" * 3_000,
        "x between " * 2_000,
        "x instance of " + "list<" * 3_000,
        "{" + ",".join(f"a b{number}: 1" for number in range(1_500)) + "}",
        "{a<" + " " * 19_000,
        "f(a" + " " * 19_000 + "b)",
        '"' * 9_001,
    ],
)
def test_an_endless_or_bottomless_text_is_refused(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile(text)


@pytest.mark.parametrize("depth", [60, 99])
def test_tests_in_tests_are_read_once(depth: int) -> None:
    """Reading what might be a list of tests a second time, level by level, would take two to the sixtieth steps."""
    try:
        feel.compile("1 in (" * depth + "1" + ")" * depth).evaluate({})
    except feel.FeelSyntaxError as refusal:
        assert refusal.facts["expected"] == "less nesting"


def test_nesting_and_chains_of_a_human_size_are_fine() -> None:
    assert evaluate("(" * 90 + "1" + ")" * 90) == 1
    assert evaluate(" and ".join(["true"] * 500)) is True
    assert evaluate("if false then 1 else " * 60 + "2") == 2


def test_a_smaller_budget_ends_sooner() -> None:
    expression = feel.compile("count(for i in 1..500 return i)")
    assert expression.evaluate({}) == 500
    with pytest.raises(feel.Exhausted):
        expression.evaluate({}, budget=100)


def test_the_hosts_own_lists_are_paid_for() -> None:
    shared: list[object] = ["x"]
    for _ in range(40):
        shared = [shared, shared]
    with pytest.raises(feel.Exhausted):
        feel.compile("count(x)").evaluate({"x": shared})
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(feel.Exhausted):
        feel.compile("x").evaluate({"x": endless})


def test_an_evaluation_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 1_000, 2))
    monkeypatch.setattr("engine.feel.run.monotonic", lambda: next(seconds))
    with pytest.raises(feel.Exhausted) as refusal:
        feel.compile("count(for i in 1..9000 return i)").evaluate({})
    assert str(refusal.value.facts["bound"]) == "too much time"


def test_a_deep_stack_is_a_refusal_and_not_a_crash() -> None:
    """However little of the stack a host leaves, an evaluation ends in an answer or in one of the refusals."""
    expression = feel.compile("{f: function(n) if n < 1 then [0] else [f(n - 1)], r: f(50)}.r")

    def from_depth(depth: int) -> object:
        return from_depth(depth - 1) if depth else expression.evaluate({})

    refused = 0
    for depth in range(0, 900, 25):
        try:
            from_depth(depth)
        except feel.Exhausted:
            refused += 1
        except RecursionError:  # of the test's own frames
            break
    assert refused


ATOMS = [
    *(
        "null",
        "true",
        "0",
        "-1",
        "2.5",
        "10 ** 6000",
        "1E6144",
        "1E-6000",
        '"a"',
        '""',
        '"2026-01-01"',
        '"a+"',
        '"[1..3]"',
    ),
    *("[]", "[1, 2, 3]", '["a", null]', "[[1], [2]]", "{}", "{a: 1, b: {c: 2}}", '{key: "a", value: 1}'),
    *(['@"2026-02-28"', '@"10:00:00"', '@"10:00:00+08:00"', '@"10:00:00@Asia/Shanghai"', '@"2026-01-01T00:00:00"']),
    *(
        [
            '@"2026-01-01T00:00:00Z"',
            '@"P1D"',
            '@"-P1Y"',
            '@"999999999-01-01"',
            '@"-2021-01-01T00:00:00Z"',
            '@"9999-12-31"',
        ]
    ),
    *(
        [
            '@"0001-01-01T00:00:00+14:00"',
            '@"P999999999D"',
            '@"-P999999999D"',
            "[1..3]",
            "(<10)",
            "[null..3]",
            '["a".."z"]',
        ]
    ),
    *("sum", "function(a) a", "function(a, b) a < b", "x", "items"),
]


def _some_expression(dice: random.Random, depth: int = 0) -> str:
    def some() -> str:
        return _some_expression(dice, depth + 1)

    forms: list[Callable[[], str]] = [
        lambda: f"{dice.choice(sorted(FUNCTIONS))}({', '.join(some() for _ in range(dice.randint(0, 3)))})",
        lambda: (
            f"({some()} {dice.choice(['+', '-', '*', '/', '**', '=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in'])} {some()})"
        ),
        lambda: f"({some()} between {some()} and {some()})",
        lambda: f"{some()}[{some()}]",
        lambda: f"({some()}).{dice.choice(['year', 'a', 'start', 'time offset', 'hours', 'years'])}",
        lambda: f"(for i in {some()} return {some()})",
        lambda: f"(some i in {some()} satisfies {some()})",
        lambda: f"(-{some()})",
        lambda: f"[{some()}..{some()}]",
        lambda: f"{{a: {some()}, b: {some()}}}",
    ]
    return dice.choice(ATOMS) if depth > 3 or dice.random() < 0.3 else dice.choice(forms)()


@pytest.mark.parametrize("seed", range(3))
def test_nothing_made_of_everything_falls_over(seed: int) -> None:
    dice = random.Random(seed)
    given = {"x": 5, "items": [{"a": 1}, {"a": "x"}]}
    for _ in range(1_000):
        text = _some_expression(dice)
        try:
            value = feel.compile(text).evaluate(given, warnings=[])
            feel.show(value)
            assert feel.dumps(feel.loads(feel.dumps(value))) == feel.dumps(value), text
        except BihuanError:
            continue
