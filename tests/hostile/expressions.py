"""Expressions that would take all time, all memory, or something they were not given."""

from typing import Any, Final

from engine import feel
from tests.hostile.attack import Attack, evaluating

_SHARED = (
    "{a0: [1], " + ", ".join(f"a{number}: [a{number - 1}, a{number - 1}]" for number in range(1, 41)) + ", r: %s}.r"
)
"""Forty lists, each holding the one before twice: two to the fortieth parts to walk."""


def _looped() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


def _tests() -> object:
    return feel.compile_tests("not(" + ", ".join(f"< {number}" for number in range(1_500)) + ")").accepts(1, {})


EXPRESSIONS: Final = [
    Attack("a loop over a thousand million", "too many steps", evaluating("for i in 1..1000000000 return i")),
    Attack(
        "a loop in a loop in a loop",
        "too many steps",
        evaluating("count(for i in 1..3000, j in 1..3000, k in 1..3000 return 1)"),
    ),
    Attack("a quantifier that never decides", "too many steps", evaluating("some i in 1..1000000000 satisfies i < 0")),
    Attack(
        "all the days of the calendar",
        "too many steps",
        evaluating('count(for d in @"0001-01-01"..@"9999-12-31" return d)'),
    ),
    Attack("a function that calls itself", "too deeply", evaluating("{f: function(n) f(n), r: f(1)}.r")),
    Attack(
        "Fibonacci as it is defined",
        "too many steps",
        evaluating("{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(40)}.r"),
    ),
    Attack("a function given to itself", "too deeply", evaluating("{y: function(g) g(g), r: y(y)}.r")),
    Attack(
        "a text doubled thirty times",
        "a string is too long",
        evaluating("{s0: long, " + ", ".join(f"s{i}: s{i - 1} + s{i - 1}" for i in range(1, 30)) + "}"),
    ),
    Attack(
        "a list doubled forty times",
        "too long",
        evaluating("{l0: many, " + ", ".join(f"l{i}: concatenate(l{i - 1}, l{i - 1})" for i in range(1, 40)) + "}"),
    ),
    Attack("a small thing with a huge text", "too many steps", evaluating(_SHARED % "string(a40)")),
    Attack("two small things hugely alike", "too many steps", evaluating(_SHARED % "a40 = [a39, a39]")),
    Attack("a small thing flattened", "too many steps", evaluating(_SHARED % "flatten(a40)")),
    Attack("what a loop returned so far, each time", "too many steps", evaluating("for i in 1..90000 return partial")),
    Attack(
        "thirty thousand lists told apart",
        "too many steps",
        evaluating("distinct values(for i in 1..30000 return [i])"),
    ),
    Attack(
        "an order that is none", "too many steps", evaluating("sort(for i in 1..30000 return -i, function(a, b) true)")
    ),
    Attack("a host list that holds itself", "too deeply", evaluating("count(endless)", endless=_looped())),
    Attack("a number of a hundred million digits", "None", evaluating("9 ** 99999999"), is_refused=False),
    Attack("a power of a power", "None", evaluating("9 ** (9 ** 9)"), is_refused=False),
    Attack("whether a huge number is even", "True", evaluating("even(10 ** 6000)"), is_refused=False),
    Attack("a number out of its text", "None", evaluating('number("1e999999999")'), is_refused=False),
    Attack("a day after the last", "None", evaluating('@"999999999-12-31" + @"P1D"'), is_refused=False),
    Attack(
        "a duration of a million million years",
        "None",
        evaluating('duration("P9999999999999999999Y")'),
        is_refused=False,
    ),
    Attack("a range between far ends", "too many steps", evaluating("count(for i in [1..1000000000000] return i)")),
    Attack(
        "a catastrophic pattern",
        "False",
        evaluating('matches(substring(long, 1, 40) + "!", "^(a+)+$")'),
        is_refused=False,
    ),
    Attack(
        "another that is not simplified",
        "a pattern takes too long",
        evaluating('matches(substring(long, 1, 60), "^(a|aa)+b$")'),
    ),
    Attack(
        "a pattern of counted repetitions",
        "a pattern repeats too much",
        evaluating('matches("a", "(?:(?:(?:a|b){1000}){1000}){1000}")'),
    ),
    Attack("a text that grows by its pattern", "too", evaluating('replace(long, "a", "bb")')),
    Attack(
        "a pattern in every step of a loop", "too", evaluating('for i in 1..90000 return matches(long, "(a|b|ab)*c")')
    ),
    Attack("five thousand brackets", "less nesting", evaluating("(" * 5_000 + "1" + ")" * 5_000)),
    Attack("nine thousand terms", "", evaluating("1" + "+1" * 9_000)),
    Attack("nine thousand members", "", evaluating("a" + ".a" * 9_000)),
    Attack("twenty thousand and one characters", "", evaluating("1" * 20_001)),
    Attack("lists of tests in lists of tests", "less nesting", evaluating("1 in (" * 3_000)),
    Attack("a quotation that does not end", "closing quotation mark", evaluating('"' + "a" * 19_000)),
    Attack(
        "the class of a value", "None", evaluating("units.__class__.__mro__[-1].__subclasses__()"), is_refused=False
    ),
    Attack("the globals of a function", "None", evaluating('get value(sum, "__globals__")'), is_refused=False),
    Attack(
        "a function of Java",
        "",
        evaluating('function(a) external {java: {class: "java.lang.Runtime", method signature: "exit(int)"}}'),
    ),
    Attack(
        "a bean of the other world",
        "no counterpart",
        lambda: feel.read("${T(java.lang.Runtime).getRuntime().exec('id')}"),
    ),
    Attack("questions in questions of the other world", "", lambda: feel.read("${" + "a ? b : (" * 4_000 + "}")),
    Attack("ten thousand negations of the other world", "", lambda: feel.read("${" + "!" * 10_000 + "a}")),
    Attack("an object of the host", "A value of type object", evaluating("count(thing)", thing=object())),
    Attack("fifteen hundred tests in a cell", "", _tests, is_refused=False),
    Attack("a stored value a hundred thousand deep", "no stored value", lambda: feel.loads("[" * 100_000)),
]
