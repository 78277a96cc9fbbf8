"""What feelin answers otherwise than the engine, and the rule of the standard (DMN 1.5, chapter 10) that decides it.

Each kind of difference is as narrow as its rule: it explains an expression only where the operands are those the rule
speaks of, and each has an example whose answer follows from the rule alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final

from engine import feel
from tests.feel.against import Parting

_DURATIONS: Final = ("days and time duration", "years and months duration")
_ORDERED: Final = ("number", "string", "date", "time", "date and time", *_DURATIONS)
_ON_PLACES: Final = ("sublist()", "remove()", "insert before()", "list replace()")
_ON_RANGES: Final = ("before()", "after()", "meets()", "met by()", "overlaps()", "includes()")
_COMPARING: Final = ("<", "<=", ">", ">=", "in", "between", "tests", "not tests")
_OF_THE_ITEM: Final = re.compile(r"\w\((if true then )?[\[(](item|得分)")
"""A list or range of the item, given to a function."""


@dataclass(frozen=True)
class Difference:
    """``example`` is an expression, or the tests of a cell and its input; ``answer`` what the rule makes of it, encoded."""

    name: str
    rule: str
    example: str | tuple[str, str]
    answer: Any
    explains: Callable[[Parting], bool]


def _exceeds(left: Any, right: Any) -> bool:
    """Of two values of one kind; of two moments or times of which one knows no offset, by their clocks."""
    if isinstance(left, datetime | time) and (left.utcoffset() is None) is not (right.utcoffset() is None):
        return bool(left.replace(tzinfo=None) > right.replace(tzinfo=None))
    return bool(left > right)


def _are_ends(low: feel.Value, high: feel.Value) -> bool:
    return feel.kind(low) == feel.kind(high) and feel.kind(low) in _ORDERED and not _exceeds(low, high)


def _is_scaled_duration(seen: Parting) -> bool:
    left, right = seen.kinds
    if "number" in seen.kinds and (left in _DURATIONS or (right in _DURATIONS and seen.form == "*")):
        return True
    return seen.form == "/" and left == right and left in _DURATIONS


def _is_moved_day(seen: Parting) -> bool:
    return sorted(seen.kinds) == ["date", _DURATIONS[0]] and "date" in seen.value and "dateTime" in seen.their_value


def _is_no_place(place: feel.Value, size: int) -> bool:
    """Whether it is no place in so long a list or text."""
    return isinstance(place, Decimal) and (place != int(place) or place == 0 or abs(place) > size)


def _has_no_place(seen: Parting) -> bool:
    within, place, *rest = seen.operands
    size = len(within) if isinstance(within, list) or (seen.form == "substring()" and isinstance(within, str)) else 1
    if isinstance(place, list) and len(place) == 1:
        place = place[0]
    if _is_no_place(place, size):
        return True
    length = rest[0] if rest and seen.form in ("sublist()", "substring()") else None
    if not (isinstance(length, Decimal) and isinstance(place, Decimal)):
        return False
    return not 1 <= length <= (size - place + 1 if place > 0 else -place)


def _are_unlike(seen: Parting) -> bool:
    """Whether what is compared is of several kinds, or of one that has no order."""
    return len({*seen.kinds}) > 1 or seen.kinds[0] not in _ORDERED


def _ends(values: tuple[feel.Value, ...]) -> set[str]:
    """The kinds of the points and of the ends of ranges."""
    points = [
        end for value in values for end in ((value.start, value.end) if isinstance(value, feel.Range) else (value,))
    ]
    return {*map(feel.kind, points)}


def _offsets(seen: Parting) -> set[bool]:
    """Of all the times and moments compared, whether they know an offset."""
    points = [
        end
        for value in seen.operands
        for end in ((value.start, value.end) if isinstance(value, feel.Range) else (value,))
    ]
    return {point.utcoffset() is not None for point in points if isinstance(point, datetime | time)}


def _is_out_of_floats(seen: Parting) -> bool:
    return any(f"'n': '{number}'" in str(seen.their_value) for number in ("NaN", "Infinity", "-Infinity"))


def _holds_one_item(value: feel.Value) -> bool:
    return isinstance(value, list) and len(value) == 1


DIFFERENCES: Final = [
    Difference(
        "the ends of a range in their order",
        "10.3.2.7: the endpoints must be of equivalent types (a number, text, a day, a time, a moment, a duration) and "
        "ordered such that the start is at most the end",
        "[3..1]",
        None,
        lambda seen: seen.form == "range" and seen.value is None and not _are_ends(*seen.operands),
    ),
    Difference(
        "durations multiplied and divided",
        "Table 59: a duration times a number and divided by one is a duration, by its like a number",
        '@"PT10H" / 4',
        {"duration": "PT2H30M"},
        lambda seen: seen.form in ("*", "/") and seen.their_value is None and _is_scaled_duration(seen),
    ),
    Difference(
        "a duration with a minus sign",
        "Table 62: -e is e * -1",
        '-@"P1DT2H"',
        {"duration": "-P1DT2H"},
        lambda seen: seen.form == "negative" and seen.kinds[0] in _DURATIONS and seen.their_value is None,
    ),
    Difference(
        "a day some hours on is a day",
        "Table 57: a date and a days and time duration make a date, that of the moment so far from its midnight",
        '@"2026-03-31" - @"PT90S"',
        {"date": "2026-03-30"},
        lambda seen: seen.form in ("+", "-") and seen.value is not None and _is_moved_day(seen),
    ),
    Difference(
        "a condition that is neither true nor false",
        "Table 49: if e1 is true then e2 else e3",
        'if "text" then 1 else 2',
        {"n": "2"},
        lambda seen: seen.form == "if" and not isinstance(seen.operands[0], bool),
    ),
    Difference(
        "the least and the greatest of other than numbers",
        "Table 75: of a non-empty list of comparable items",
        'max(["a", "c", "b"])',
        "c",
        lambda seen: (
            seen.form in ("min()", "max()") and seen.their_value is None and isinstance(seen.value, str | dict)
        ),
    ),
    Difference(
        "years and months have no days",
        "10.3.2.3.8: such a duration is a pair of numbers for the years and months; what is left is not counted, either way",
        'years and months duration(@"2025-12-31", @"2026-04-01")',
        {"duration": "P3M"},
        lambda seen: seen.form == "years and months duration()" and "duration" in seen.their_value,
    ),
    Difference(
        "between bounds that are out of order, or of other kinds",
        "Table 55: e1 between e2 and e3 is e1 >= e2 and e1 <= e3",
        "7 between 10 and 1",
        False,
        lambda seen: seen.form == "between" and seen.value is not True and not _are_ends(*seen.operands[1:]),
    ),
    Difference(
        "places that are not there",
        "Tables 74 and 75, notes: a position is a non-zero integer from -L to L, a length from 1 to what is left; "
        "outside its domain the answer is null (10.3.4)",
        'substring("text", 0)',
        None,
        lambda seen: seen.form in (*_ON_PLACES, "substring()") and seen.value is None and _has_no_place(seen),
    ),
    Difference(
        "a loop that counts down to nought",
        "10.3.2.14: a range whose first number is the higher one is gone through by decrementing",
        "for i in 2..0 return i",
        [{"n": "2"}, {"n": "1"}, {"n": "0"}],
        lambda seen: seen.form == "for" and seen.their_value is None and "..0 return" in seen.asked["expression"],
    ),
    Difference(
        "numbers sorted as numbers",
        "Table 75: the median is the middle one after sorting, the modes are in ascending order",
        "median(1, 10, 9)",
        {"n": "9"},
        lambda seen: seen.form in ("median()", "mode()") and seen.value is not None and seen.their_value is not None,
    ),
    Difference(
        "beyond the floats",
        "10.3.2.3.1: a decimal of 34 digits; there is no infinity and nothing that is no number, use null instead",
        "0 ** -1",
        None,
        _is_out_of_floats,
    ),
    Difference(
        "values that cannot be compared",
        "Table 52: both must be of the same kind, for which Table 54 has an order; else null (10.3.2.15)",
        '@"P1Y" > [1, 2]',
        None,
        lambda seen: seen.form in _COMPARING and (seen.value is None or "fell" in seen.theirs) and _are_unlike(seen),
    ),
    Difference(
        "a cell that cannot be compared with its input",
        "Table 46: an input satisfies a test where FEEL(e in (t)) is true; of two kinds it is null",
        (">= 3", '@"PT90S"'),
        False,
        lambda seen: seen.form == "tests" and seen.value is False and _are_unlike(seen),
    ),
    Difference(
        "not of what is not known",
        "Table 46: not(t) is satisfied where FEEL(e in (t)) is false, and null is not false",
        ("not(> null)", "2"),
        False,
        lambda seen: seen.form == "not tests" and seen.value is False and _are_unlike(seen),
    ),
    Difference(
        "a truth in a cell is a value like others",
        "Table 55: e1 in e2 is e1 = e2, unless e2 speaks of its input with ?",
        ("odd(4)", "false"),
        True,
        lambda seen: seen.form in ("tests", "not tests") and any(isinstance(each, bool) for each in seen.operands[1:]),
    ),
    Difference(
        "ranges of different kinds",
        "Table 78 in terms of < and =, which are null between kinds (Table 52)",
        'before(["a".."b"], [1..2])',
        None,
        lambda seen: seen.form in _ON_RANGES and seen.value is None and len(_ends(seen.operands)) > 1,
    ),
    Difference(
        "a moment without an offset at the other's",
        "Table 54: if one input has a null timezone offset, that input uses the timezone offset of the other input",
        '@"2026-03-31T10:30:00" between @"2026-03-31T02:30:00Z" and @"2026-03-31T10:30:00+08:00"',
        True,
        lambda seen: seen.form in (*_COMPARING, *_ON_RANGES, "range") and len(_offsets(seen)) > 1,
    ),
    Difference(
        "how far apart two moments are of which one knows no offset",
        "Table 57: subtraction is undefined where only one of the values has a timezone",
        '@"2026-03-31T10:30:00" - @"2026-03-31T02:30:00Z"',
        None,
        lambda seen: (
            seen.form == "-" and seen.value is None and {*seen.kinds} == {"date and time"} and len(_offsets(seen)) > 1
        ),
    ),
    Difference(
        "how far apart two times or moments with offsets are",
        "10.3.2.3.4 and 10.3.2.3.6: with an offset they have a UTC form, and their distance is that of the UTC forms",
        '@"2026-03-31T10:30:00+08:00" - @"2026-03-31T02:30:00Z"',
        {"duration": "PT0S"},
        lambda seen: (
            seen.form == "-" and {*seen.kinds} <= {"time", "date", "date and time"} and _offsets(seen) == {True}
        ),
    ),
    Difference(
        "places counted from the end",
        "Table 75, note 1: a position is from -L to L, of which 10.3.2.5 has -1 the last",
        "remove([1, 2, 3], -1)",
        [{"n": "1"}, {"n": "2"}],
        lambda seen: seen.form in _ON_PLACES and seen.value is not None and bool(seen.operands[1] < 0),  # type: ignore[operator]
    ),
    Difference(
        "an end that is not known keeps its bracket",
        "Table 42 clears the inclusion of an end only where a range is written with an operator",
        "[null..3]",
        {"range": [None, {"n": "3"}, True, True]},
        lambda seen: seen.form == "range" and seen.value is not None and None in seen.operands,
    ),
    Difference(
        "how a context, a range and a function read",
        "Table 72: from is converted to a string; of these kinds no more is said",
        "string({得分: 1})",
        "{得分: 1}",
        lambda seen: seen.form == "string()" and seen.kinds[0] in ("context", "list", "range", "function"),
    ),
    Difference(
        "lists of which one is longer, or holds other kinds",
        "Table 53: lists must be of the same length and equal item by item",
        "[1] = [1, 2]",
        False,
        lambda seen: seen.form in ("=", "!=") and seen.kinds == ("list", "list") and seen.their_value is None,
    ),
    Difference(
        "is never null",
        "10.3.2.2: is never results in null",
        'is(@"2026-03-31T10:30:00+08:00", [100])',
        False,
        lambda seen: seen.form == "is()" and seen.value is False and seen.their_value is None,
    ),
    Difference(
        "some and every of what is no truth",
        "Table 49: true and FEEL(e, s') and ...; of what is neither true nor false Table 50 makes null",
        'every i in [1] satisfies "text"',
        None,
        lambda seen: seen.form in ("some", "every") and seen.value is None,
    ),
    Difference(
        "null is an item",
        "10.3.2.5: the list of the items for which the filter is true",
        "[null, 1][1 = 1]",
        [None, {"n": "1"}],
        lambda seen: seen.form == "filter" and isinstance(seen.operands[0], list) and None in seen.operands[0],
    ),
    Difference(
        "a filter that is null",
        "10.3.2.5: a list containing only the items for which the filter is true",
        "[1, 2][null]",
        [],
        lambda seen: seen.form == "filter" and seen.value == [] and seen.their_value is None,
    ),
    Difference(
        "a filter that is neither a place nor a truth",
        "Table 68: the filter is an integer or a boolean; inputs outside of their domain result in null (10.3.2.15)",
        '[1, 2]["text"]',
        None,
        lambda seen: seen.form == "filter" and seen.value is None and isinstance(seen.their_value, list),
    ),
    Difference(
        "days that no calendar has, and days far away",
        "10.3.2.3.5 and Table 66: year, month and day are integers, the year from -999,999,999 to 999,999,999",
        "date(0.5, 1, 2)",
        None,
        lambda seen: (
            seen.form == "date()" and len(seen.operands) == 3 and (seen.value is None or seen.their_value is None)
        ),
    ),
    Difference(
        "union is concatenate without its duplicates",
        "Table 75, and 10.3.2.9.4: what is no list is made one; a list is not equal to its only item",
        "union(1, [[1.5], 1.5])",
        [{"n": "1"}, [{"n": "1.5"}], {"n": "1.5"}],
        lambda seen: seen.form == "union()",
    ),
    Difference(
        "in ends before and, or",
        "10.3.1.2, rules 47 to 49: in is a comparison, which holds together more tightly",
        "1 in [7..8] or true",
        True,
        lambda seen: seen.form in ("and", "or") and " in " in seen.asked["expression"],
    ),
    Difference(
        "groups of a delimiter are none of the pieces",
        "Table 74: a list of substrings, breaking at each occurrence of the delimiter",
        'split("Hello", "(l)")',
        ["He", "", "o"],
        lambda seen: seen.form == "split()" and "(" in str(seen.operands[1]),
    ),
    Difference(
        "a scale that is no whole number",
        "Table 76: round half up takes the scale's digits after the point, of which there are no halves",
        "round half up(0.5, 0.5)",
        {"n": "1"},
        lambda seen: len(seen.operands) == 2 and seen.kinds == ("number", "number") and seen.operands[1] % 1 != 0,
    ),
    Difference(
        "an order that does not hold of all",
        "Table 80: precedes is a boolean function; where it is not true, the item does not precede",
        "sort([[2], 1, 1], function(a, b) a < b)",
        [[{"n": "2"}], {"n": "1"}, {"n": "1"}],
        lambda seen: seen.form == "sort()" and "fell" in seen.theirs,
    ),
    Difference(
        "what cannot be added",
        "Table 57: if input values are not of the listed types, the result is null",
        '@"10:30:00" + @"P1Y"',
        None,
        lambda seen: seen.form in ("+", "-", "/") and seen.value is None and len({*seen.kinds}) == 2,
    ),
    Difference(
        "a list of one item given for the item",
        "10.3.2.9.4: of a singleton list where one of its items is wanted, the item is taken",
        "abs([-3])",
        {"n": "3"},
        lambda seen: seen.form.endswith("()") and seen.their_value is None and any(map(_holds_one_item, seen.operands)),
    ),
    Difference(
        "text that is no number",
        "Table 72, note 1: from must be a number literal",
        'number("")',
        None,
        lambda seen: seen.form == "number()" and seen.operands == ("",),
    ),
    Difference(
        "all the digits of a number",
        "10.3.2.3.1: 34 decimal digits",
        "string(1 / 3)",
        "0.3333333333333333333333333333333333",
        lambda seen: (
            seen.form == "string()" and seen.kinds == ("number",) and seen.value.startswith(seen.their_value[:15])
        ),
    ),
    Difference(
        "empty lists are equal",
        "Table 53: lists of the same length whose items are equal, of which there are none",
        "index of([[1][false], 2], [])",
        [{"n": "1"}],
        lambda seen: seen.form in ("index of()", "list contains()") and seen.operands[1] == [],
    ),
    Difference(
        "a member of lists in a list",
        "10.3.2.5: of a list of contexts e.f is the list of the selections, and so it is of a list that is an item",
        "[{a: 1}, [{a: 2}]].a",
        [{"n": "1"}, [{"n": "2"}]],
        lambda seen: seen.form.startswith(".") and any(isinstance(item, list) for item in seen.operands[0]),  # type: ignore[union-attr]
    ),
    Difference(
        "a function of the item in a filter",
        "10.3.2.5: the filter is evaluated for each item, as the function would be outside of it",
        "[1, 2][list contains([item], null)]",
        [],
        lambda seen: seen.form == "filter" and bool(_OF_THE_ITEM.search(seen.asked["expression"])),
    ),
    Difference(
        "instance of ends before a comparison",
        "10.3.1.2, rules 49 and 51: it holds together more tightly",
        "if true or 1 instance of list<number> != false then 1 else function(p) 2",
        {"n": "1"},
        lambda seen: seen.form == "if" and "instance of list<number> !=" in seen.asked["expression"],
    ),
]
