"""Strings and patterns."""

import pytest

from engine import feel
from engine.feel import Value


def value(text: str, **given: object) -> Value:
    return feel.compile(text).evaluate(given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"甲" + "乙"', "甲乙"),
        ('string length("🐎甲")', 2),
        ('"\\u7532\\ud83d\\udc0e"', "甲🐎"),
        ('"a\\"b\\n"', 'a"b\n'),
        ('substring("foobar", 3)', "obar"),
        ('substring("foobar", 3, 3)', "oba"),
        ('substring("foobar", -2, 1)', "a"),
        ('substring("foobar", 0)', None),
        ('substring before("foobar", "bar")', "foo"),
        ('substring before("foobar", "xyz")', ""),
        ('substring after("foobar", "o")', "obar"),
        ('upper case("aBc4")', "ABC4"),
        ('lower case("aBc4")', "abc4"),
        ('contains("督查室", "查")', True),
        ('starts with("foobar", "fo")', True),
        ('ends with("foobar", "r")', True),
        ('trim("  a ")', "a"),
        ('is blank("  ")', True),
        ('split("John Doe", "\\s")', ["John", "Doe"]),
        ('split("a;b;;", ";")', ["a", "b", "", ""]),
        ('string join(["a", null, "c"], "、")', "a、c"),
        ("string join([1])", None),
        ("string(1.50)", "1.5"),
        ("string(100)", "100"),
        ('string([1, "a", null, {b: true}])', '[1, "a", null, {b: true}]'),
        ('string(date("2026-04-01"))', "2026-04-01"),
        ("string(null)", None),
        ("string([1..3))", "[1..3)"),
    ],
)
def test_strings(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"^1[3-9]\d{9}$", "13912345678", True),
        ("[a-z]{3}", "banana", True),
        ("^[一-龥]{2,4}$", "张三丰", True),
        ("a.c", "a\rc", False),
        ("a$", "a\n", False),
        ("[a-z-[aeiou]]", "e", False),
        ("[a-z-[aeiou]]", "x", True),
        (r"\p{Lu}", "aB", True),
        (r"\p{IsBasicLatin}", "甲", False),
        (r"^\i\c*$", "_a-1", True),
        (r"(a)\1", "aa", True),
    ],
)
def test_patterns_are_those_of_xpath(pattern: str, text: str, expected: bool) -> None:
    assert value("matches(input, pattern)", input=text, pattern=pattern) is expected


@pytest.mark.parametrize("pattern", ["(?=a)", "(?i)a", r"\bx", "a{,3}", "(?:a){e<=1}", "(", "[", "*", r"(a)[\1]"])
def test_a_pattern_that_is_not_of_xpath_is_null(pattern: str) -> None:
    assert value('matches("a", pattern)', pattern=pattern) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('replace("abracadabra", "bra", "*")', "a*cada*"),
        ('replace("0123456789", "(\\d{3})(\\d{3})(\\d{4})", "($1) $2-$3")', "(012) 345-6789"),
        ('replace("abc", "B", "x", "i")', "axc"),
        ('replace("a.c", ".", "x", "q")', "axc"),
        ('replace("abc", "b", "\\$")', "a$c"),
        ('replace("abc", "b", "$")', None),
        ('replace("abc", "x*", "-")', None),
        ('matches("A", "a", "i")', True),
        ('matches("a b", "a b", "x")', False),
        ('matches("a", "a", "z")', None),
    ],
)
def test_replacing(text: str, expected: object) -> None:
    assert value(text) == expected
