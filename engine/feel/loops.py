"""``for``, ``some``, ``every`` and filters, as code."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from engine.feel import syntax
from engine.feel.comparison import Truth, both, either
from engine.feel.errors import Exhausted
from engine.feel.numbers import whole
from engine.feel.run import Run
from engine.feel.scope import Binds, Code, Frame, Scope
from engine.feel.values import MAX_LIST, Range, Value, kind

_Over = Callable[[Run, Any], Iterable[Value] | None]
_ONE_DAY: Final = timedelta(days=1)


def for_(part: syntax.For, scope: Scope) -> Code:
    walk = _walk(part.iterations, part.body, scope.inside(Binds.PARTIAL, "partial"))

    def code(run: Run, frame: Frame) -> Value:
        returned: list[Value] = []
        for value in walk(run, (returned, frame)):
            if value is _NOTHING:
                return None
            returned.append(value)
            if len(returned) > MAX_LIST:
                raise Exhausted("a list is too long")
        return returned

    return code


def quantified(part: syntax.Quantified, scope: Scope) -> Code:
    walk = _walk(part.iterations, part.body, scope)
    join, end = (both, False) if part.every else (either, True)

    def code(run: Run, frame: Frame) -> Value:
        answer: Truth = part.every
        for value in walk(run, frame):
            if value is _NOTHING:
                return None
            answer = join(answer, value)
            if answer is end:
                return end
        return answer

    return code


_NOTHING: Final[Any] = object()
"""Stands for a loop over something that cannot be looped over."""


def _walk(
    iterations: tuple[syntax.Iteration, ...], body: syntax.Expression, scope: Scope
) -> Callable[[Run, Any], Iterator[Any]]:
    """The body's value for each combination, the last variable changing fastest."""
    iteration, *rest = iterations
    over = _over(iteration, scope)
    inner_scope = scope.inside(Binds.VALUE, iteration.name)
    if not rest:
        return _walk_last(over, inner_scope.code(body))
    inner = _walk(tuple(rest), body, inner_scope)

    def walk(run: Run, frame: Any) -> Iterator[Any]:
        items = over(run, frame)
        if items is None:
            yield _NOTHING
            return
        for item in items:
            run.charge()
            yield from inner(run, (item, frame))

    return walk


def _walk_last(over: _Over, code: Code) -> Callable[[Run, Any], Iterator[Any]]:
    def walk(run: Run, frame: Any) -> Iterator[Any]:
        items = over(run, frame)
        if items is None:
            yield _NOTHING
            return
        for item in items:
            run.charge()
            yield code(run, (item, frame))

    return walk


def _over(iteration: syntax.Iteration, scope: Scope) -> _Over:
    first = scope.code(iteration.over)
    if iteration.to is None:
        return lambda run, frame: _items(first(run, frame))
    last = scope.code(iteration.to)
    return lambda run, frame: _steps(first(run, frame), last(run, frame))


def _items(value: Value) -> Iterable[Value] | None:
    if type(value) is list:
        return value
    if type(value) is Range:
        return _within(value)
    return None if value is None else [value]


def _within(span: Range) -> Iterable[Value] | None:
    low, high = span.start, span.end
    if span.comparator is not None or low is None or high is None:
        return None
    steps = _steps(low, high)
    if steps is None:
        return None
    return (step for step in steps if (span.start_included or step != low) and (span.end_included or step != high))


def _steps(first: Value, last: Value) -> Iterable[Value] | None:
    """From one whole number or day to another, up or down."""
    if type(first) is Decimal and type(last) is Decimal:
        start, stop = whole(first), whole(last)
        if start is None or stop is None:
            return None
        way = 1 if start <= stop else -1
        return (Decimal(step) for step in range(start, stop + way, way))
    if type(first) is date and type(last) is date:
        way = 1 if first <= last else -1
        return (first + step * _ONE_DAY for step in range(0, (last - first).days + way, way))
    return None


def filter_(part: syntax.Filter, scope: Scope) -> Code:
    of, at = scope.code(part.of), part.at
    if type(part.by) is syntax.Literal and type(part.by.value) is Decimal:
        return _position(of, part.by.value)
    by = scope.inside(Binds.ITEM, "item").code(part.by)

    def code(run: Run, frame: Frame) -> Value:
        items = of(run, frame)
        if items is None:
            return None
        if items == []:
            return None if type(by(run, (None, frame))) is Decimal else []
        kept: list[Value] = []
        for item in items if type(items) is list else [items]:
            run.charge()
            answer = by(run, (item, frame))
            if type(answer) is Decimal:
                return _placed(items, answer, by(run, (None, frame)), run, at)
            if answer is True:
                kept.append(item)
            elif answer is not False and answer is not None:
                run.warn("wrong_kinds", at, f"A filter cannot be a {kind(answer)}; it is taken as null.")
                return None
        return kept

    return code


def _placed(items: Value, place: Decimal, of_no_item: Value, run: Run, at: int) -> Value:
    """The item at a place, which must not depend on the items (DMN 1.5, Table 68)."""
    if of_no_item == place:
        return _at(items, place)
    run.warn("wrong_kinds", at, "A filter cannot be a number of each item; it is taken as null.")
    return None


def _position(of: Code, position: Decimal) -> Code:
    return lambda run, frame: _at(of(run, frame), position)


def _at(items: Value, position: Decimal) -> Value:
    """The element at a place counted from 1, or from the end with -1; null beyond either end."""
    if items is None:
        return None
    if type(items) is not list:
        items = [items]
    place = whole(position)
    if not place or abs(place) > len(items):
        return None
    return items[place - 1 if place > 0 else place]  # type: ignore[no-any-return]
