"""Equality, order and belonging, in three-valued logic (DMN 1.3, 10.3.2).

True, False, or null where two values have nothing to say to each other. Lists and contexts are walked and paid for.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.feel.far import FarDate, FarMoment, is_earlier
from engine.feel.run import Run
from engine.feel.temporal import in_world_time, since_midnight
from engine.feel.values import Range, Value, YearMonths, kind

Truth: TypeAlias = bool | None


def both(left: Value, right: Value) -> Truth:
    """Conjunction: one false decides, whatever the other is."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def either(left: Value, right: Value) -> Truth:
    """Disjunction: one true decides, whatever the other is."""
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def negation(value: Value) -> Truth:
    return not value if type(value) is bool else None


def equal(left: Value, right: Value, run: Run) -> Truth:
    """Null equals only null; values of different kinds are not comparable."""
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        return False if kind(left) == kind(right) else None  # a far day is no near one
    same = _SAME.get(type(left))
    return left == right if same is None else same(left, right, run)


def _same_list(left: list[Value], right: list[Value], run: Run) -> Truth:
    run.charge(1 + min(len(left), len(right)))
    return len(left) == len(right) and all(equal(a, b, run) is True for a, b in zip(left, right, strict=True))


def _same_context(left: dict[str, Value], right: dict[str, Value], run: Run) -> Truth:
    run.charge(1 + min(len(left), len(right)))
    return left.keys() == right.keys() and all(equal(left[name], right[name], run) is True for name in left)


def _same_range(left: Range, right: Range, run: Run) -> Truth:
    return (
        (left.comparator, left.start_included, left.end_included)
        == (right.comparator, right.start_included, right.end_included)
        and equal(left.start, right.start, run) is True
        and equal(left.end, right.end, run) is True
    )


def _same_time(left: time, right: time, _run: Run) -> Truth:
    return in_world_time(left.replace(microsecond=0)) == in_world_time(right.replace(microsecond=0))


def _same_date_and_time(left: datetime, right: datetime, _run: Run) -> Truth:
    """To the second, which is as far as the standard's ``second`` property goes; order looks closer."""
    return left.replace(microsecond=0) == right.replace(microsecond=0)


_SAME: Final[dict[type, Callable[[Any, Any, Run], Truth]]] = {
    list: _same_list,
    dict: _same_context,
    Range: _same_range,
    time: _same_time,
    datetime: _same_date_and_time,
}


def less(left: Value, right: Value) -> Truth:
    before = _BEFORE.get(type(left))
    if type(left) is not type(right):
        return is_earlier(left, right) if before is not None and kind(left) == kind(right) else None
    return None if before is None else before(left, right)


def _plainly_before(left: Any, right: Any) -> Truth:
    return bool(left < right)


def _earlier_time(left: time, right: time) -> Truth:
    """A time that knows no offset is taken at the other's (DMN 1.5, Table 54)."""
    (left_knows, left_moment), (right_knows, right_moment) = in_world_time(left), in_world_time(right)
    if left_knows is not right_knows:
        return since_midnight(left) < since_midnight(right)
    return left_moment < right_moment


def _earlier(left: datetime, right: datetime) -> Truth:
    """As of times; one offset on both sides leaves the clocks to compare."""
    if (left.utcoffset() is None) is not (right.utcoffset() is None):
        return left.replace(tzinfo=None) < right.replace(tzinfo=None)
    return left < right


_BEFORE: Final[dict[type, Callable[[Any, Any], Truth]]] = {
    **dict.fromkeys((Decimal, str, date, timedelta, YearMonths), _plainly_before),
    time: _earlier_time,
    datetime: _earlier,
    **dict.fromkeys((FarDate, FarMoment), is_earlier),
}


def greater(left: Value, right: Value) -> Truth:
    return less(right, left)


def at_most(left: Value, right: Value) -> Truth:
    return negation(less(right, left))


def at_least(left: Value, right: Value) -> Truth:
    return negation(less(left, right))


def compare(comparator: str, left: Value, right: Value, run: Run) -> Truth:
    """The comparison written with that operator."""
    if comparator == "=":
        return equal(left, right, run)
    if comparator == "!=":
        return negation(equal(left, right, run))
    return ORDER[comparator](left, right)


ORDER: Final[dict[str, Callable[[Value, Value], Truth]]] = {
    "<": less,
    "<=": at_most,
    ">": greater,
    ">=": at_least,
}


def lies_in(value: Value, span: Range, run: Run) -> Truth:
    if span.comparator is not None:
        return compare(span.comparator, value, span.start if span.end is None else span.end, run)
    after_start = (at_least if span.start_included else greater)(value, span.start)
    before_end = (at_most if span.end_included else less)(value, span.end)
    return both(after_start, before_end)


def belongs(value: Value, to: Value, run: Run) -> Truth:
    """``value in to``: inside a range, one of a list (of values, ranges or lists), or equal."""
    if type(to) is Range:
        return lies_in(value, to, run)
    if type(to) is not list:
        return equal(value, to, run)
    run.charge(1 + len(to) // 4)
    if type(value) is list and equal(value, to, run) is True:
        return True
    return any_holds(belongs(value, item, run) for item in to) is True


def any_holds(truths: Iterable[Truth]) -> Truth:
    answer: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            answer = None
    return answer


def index_key(value: Value) -> tuple[type, Value] | None:
    """A key under which equal values, and only they, meet in a dictionary; None for values that have to be walked."""
    return (type(value), value) if type(value) in _HASHED else None


_HASHED: Final = frozenset({bool, Decimal, str, date, timedelta, YearMonths})
