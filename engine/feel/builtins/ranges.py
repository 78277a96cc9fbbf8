"""Ranges from text, and how ranges and points lie to each other (DMN 1.3, 10.3.4).

A point is taken as the range from itself to itself. Where two ends cannot be compared the answer is null.
"""

from collections.abc import Callable
from typing import Final

from engine.feel import syntax
from engine.feel.builtins.registry import built_in
from engine.feel.comparison import Truth, at_most, equal, less
from engine.feel.errors import FeelSyntaxError
from engine.feel.parser import parse
from engine.feel.run import Run
from engine.feel.scanner import KnownNames
from engine.feel.temporal import read_date, read_date_and_time, read_duration, read_time
from engine.feel.values import Range, Value

_READERS: Final[dict[str, Callable[[str], Value]]] = {
    "date": read_date,
    "time": read_time,
    "date and time": read_date_and_time,
    "duration": read_duration,
}
_NAMES: Final = KnownNames(_READERS, followed_by=r"(?=\s*\()")


@built_in("range", "from: string")
def range_(run: Run, text: str) -> Range | None:
    """A range written between two constants of one kind; one end may be left out where it is not included."""
    run.charge(1 + len(text))
    try:
        written = parse(_with_nulls(text), _NAMES)
    except FeelSyntaxError:
        return None
    if type(written) is not syntax.Span or written.comparator is not None:
        return None
    low, high = _constant(written.low), _constant(written.high)
    if (low is None and (written.low_included or not _is_null(written.low))) or (
        high is None and (written.high_included or not _is_null(written.high))
    ):
        return None
    if low is None and high is None:
        return None
    if low is not None and high is not None and at_most(low, high) is not True:
        return None
    return Range(low, high, written.low_included, written.high_included)


def _with_nulls(text: str) -> str:
    low, dots, high = text.strip().partition("..")
    if not dots:
        return text
    return (low + "null" if len(low.strip()) == 1 else low) + ".." + ("null" + high if len(high.strip()) == 1 else high)


def _is_null(end: syntax.Expression | None) -> bool:
    return type(end) is syntax.Literal and end.value is None


def _constant(end: syntax.Expression | None) -> Value:
    """What a constant end says: a literal, or a conversion of a literal text; null for anything else."""
    if type(end) is syntax.Literal:
        return None if type(end.value) is bool else end.value
    if type(end) is not syntax.Call or type(end.function) is not syntax.Name or len(end.positional) != 1:
        return None
    argument, read = end.positional[0], _READERS.get(end.function.name)
    if read is None or type(argument) is not syntax.Literal or type(argument.value) is not str:
        return None
    return read(argument.value)


_Relation = Callable[[Range, Range, Run], bool]


class _NotComparable(Exception):
    """Two ends that cannot be compared; ends the relation, whose answer is then null."""


def _is_less(left: Value, right: Value) -> bool:
    answer = less(left, right)
    if answer is None:
        raise _NotComparable
    return answer


def _same(left: Value, right: Value, run: Run) -> bool:
    answer = equal(left, right, run)
    if answer is None:
        raise _NotComparable
    return answer


def _before(a: Range, b: Range, run: Run) -> bool:
    return _is_less(a.end, b.start) or (_same(a.end, b.start, run) and not (a.end_included and b.start_included))


def _starts_earlier(a: Range, b: Range, run: Run) -> bool:
    return _is_less(a.start, b.start) or (_same(a.start, b.start, run) and a.start_included and not b.start_included)


def _ends_earlier(a: Range, b: Range, run: Run) -> bool:
    return _is_less(a.end, b.end) or (_same(a.end, b.end, run) and not a.end_included and b.end_included)


def _meets(a: Range, b: Range, run: Run) -> bool:
    return a.end_included and b.start_included and _same(a.end, b.start, run)


def _overlaps(a: Range, b: Range, run: Run) -> bool:
    return not _before(a, b, run) and not _before(b, a, run)


def _overlaps_before(a: Range, b: Range, run: Run) -> bool:
    return _starts_earlier(a, b, run) and _ends_earlier(a, b, run) and _overlaps(a, b, run)


def _same_start(a: Range, b: Range, run: Run) -> bool:
    return _same(a.start, b.start, run) and a.start_included is b.start_included


def _same_end(a: Range, b: Range, run: Run) -> bool:
    return _same(a.end, b.end, run) and a.end_included is b.end_included


def _finishes(a: Range, b: Range, run: Run) -> bool:
    return _same_end(a, b, run) and not _starts_earlier(a, b, run)


def _starts(a: Range, b: Range, run: Run) -> bool:
    return _same_start(a, b, run) and not _ends_earlier(b, a, run)


def _includes(a: Range, b: Range, run: Run) -> bool:
    return not _starts_earlier(b, a, run) and not _ends_earlier(a, b, run)


def _coincides(a: Range, b: Range, run: Run) -> bool:
    return _same_start(a, b, run) and _same_end(a, b, run)


def _declare(name: str, relation: _Relation, *forms: str, turned: bool = False) -> None:
    def related(run: Run, first: Value, second: Value) -> Truth:
        form = ("range" if type(first) is Range else "point") + " " + ("range" if type(second) is Range else "point")
        if form not in forms or first is None or second is None:
            return None
        a, b = _as_range(first), _as_range(second)
        try:
            return relation(b, a, run) if turned else relation(a, b, run)
        except _NotComparable:
            return None

    built_in(name, *_SIGNATURES)(related)


def _as_range(value: Value) -> Range:
    return value if type(value) is Range else Range(value, value, True, True)


_SIGNATURES: Final = (
    "point1: any, point2: any",
    "point: any, range: any",
    "range: any, point: any",
    "range1: any, range2: any",
)
_ALL: Final = ("point point", "point range", "range point", "range range")

_declare("before", _before, *_ALL)
_declare("after", _before, *_ALL, turned=True)
_declare("meets", _meets, "range range")
_declare("met by", _meets, "range range", turned=True)
_declare("overlaps", _overlaps, "range range")
_declare("overlaps before", _overlaps_before, "range range")
_declare("overlaps after", _overlaps_before, "range range", turned=True)
_declare("finishes", _finishes, "point range", "range range")
_declare("finished by", _finishes, "range point", "range range", turned=True)
_declare("includes", _includes, "range point", "range range")
_declare("during", _includes, "point range", "range range", turned=True)
_declare("starts", _starts, "point range", "range range")
_declare("started by", _starts, "range point", "range range", turned=True)
_declare("coincides", _coincides, "point point", "range range")
