"""A null nobody meant is said, with its place."""

import pytest

from engine import feel


def warnings_of(text: str, **given: object) -> list[feel.FeelWarning]:
    warnings: list[feel.FeelWarning] = []
    feel.compile(text).evaluate(given, warnings=warnings)
    return warnings


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("1 + amout", "unknown_name", 5),
        ('score > "60"', "wrong_kinds", 7),
        ('score + "60"', "wrong_kinds", 7),
        ('score = "85"', "wrong_kinds", 7),
        ("-name", "wrong_kinds", 1),
        ("unit.nmae", "unknown_member", 5),
        ("units[1].nmae", "unknown_member", 9),
        ("units[name]", "wrong_kinds", 6),
        ("frobnicate(1)", "unknown_function", 1),
        ("name(1)", "wrong_kinds", 1),
        ("substring(1, 2)", "no_answer", 1),
        ("count()", "no_answer", 1),
        ("string length(text: name)", "no_answer", 1),
    ],
)
def test_a_doubtful_null_is_warned_of(text: str, code: str, position: int) -> None:
    found = warnings_of(text, score=85, name="A", unit={"name": "A"}, units=[{"name": "B"}])
    assert (found[0].code, found[0].position) == (code, position)


@pytest.mark.parametrize(
    "text", ["nothing > 5", "nothing + 1", "nothing.a", "nothing = null", "count(units) > 1", "-nothing"]
)
def test_null_that_comes_from_null_is_not(text: str) -> None:
    assert warnings_of(text, nothing=None, units=[1]) == []


def test_a_loop_does_not_say_the_same_without_end() -> None:
    assert len(warnings_of("for i in 1..5000 return i + unknown")) == 100
