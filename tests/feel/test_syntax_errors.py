"""What cannot be read is refused with the place, what was expected, and what is there."""

import pytest

from engine import feel


@pytest.mark.parametrize(
    ("text", "position", "expected", "found"),
    [
        ("1 +", 4, "a value", "nothing more"),
        ("", 1, "a value", "nothing more"),
        ("a > ", 5, "a value", "nothing more"),
        ("(1 + 2", 7, "“)”", "nothing more"),
        ("[1, 2", 6, "“]”", "nothing more"),
        ("if a then b", 12, "“else”", "nothing more"),
        ("a ) b", 3, "an operator or the end", "“)”"),
        ('"abc', 1, "a closing quotation mark", "none"),
        ("金额 ＞ 5", 4, "“>” of half width", "“＞” of full width"),
        ("f（x）", 2, "“(” of half width", "“（” of full width"),
        ("a % b", 3, "a name, a value or an operator", "“%”"),
        ('@"foo"', 2, "a date, a time or a duration", "“foo”"),
        ("1 instance of thing", 15, "a type", "“thing”"),
        ("a = = b", 5, "a value", "“=”"),
        ("function(x) external {}", 13, "a function written in FEEL", "“external”"),
        ("f(a: 1, a: 2)", 10, "“a” only once", "“:”"),
    ],
)
def test_the_refusal_says_where_and_what(text: str, position: int, expected: str, found: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as refusal:
        feel.compile(text)
    assert refusal.value.code == "bad_expression"
    assert refusal.value.facts == {"position": position, "expected": expected, "found": found}
    assert str(position) in str(refusal.value)


@pytest.mark.parametrize("text", ["${a}", "a && b", "a == b", "a ? b : c", "!a", "x -> y", "for x return y", "a..b"])
def test_what_is_no_feel_is_refused(text: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile(text)
