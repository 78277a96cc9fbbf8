"""Lists: what is in them, what they come to, what can be made of them."""

import functools
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.builtins.registry import built_in
from engine.feel.comparison import Truth, equal, greater, index_key, less
from engine.feel.errors import Exhausted
from engine.feel.functions import Function
from engine.feel.numbers import CONTEXT, finite, truncated, whole
from engine.feel.run import Run
from engine.feel.values import MAX_LIST, Value


@built_in("count", "list: list")
def count(items: list[Value]) -> Decimal:
    return Decimal(len(items))


@built_in("is empty", "list: list")
def is_empty(items: list[Value]) -> bool:
    return not items


@built_in("list contains", "list: list, element: any")
def list_contains(run: Run, items: list[Value], element: Value) -> bool:
    return any(equal(item, element, run) is True for item in items)


@built_in("min", "...list: list")
def min_(items: list[Value]) -> Value:
    return _extreme(items, less)


@built_in("max", "...list: list")
def max_(items: list[Value]) -> Value:
    return _extreme(items, greater)


def _extreme(items: list[Value], beats: Callable[[Value, Value], Truth]) -> Value:
    """The item no other beats; null where two of them cannot be compared, or one not even with itself."""
    if not items or beats(items[0], items[0]) is None:
        return None
    best = items[0]
    for item in items[1:]:
        better = beats(item, best)
        if better is None:
            return None
        best = item if better else best
    return best


@built_in("sum", "...list: list")
def sum_(items: list[Value]) -> Decimal | None:
    numbers = _numbers(items)
    return finite(functools.reduce(CONTEXT.add, numbers)) if numbers else None


def _numbers(items: list[Value]) -> list[Decimal] | None:
    numbers = [item for item in items if type(item) is Decimal]
    return numbers if numbers and len(numbers) == len(items) else None


@built_in("mean", "...list: list")
def mean(items: list[Value]) -> Decimal | None:
    numbers = _numbers(items)
    return _mean(numbers) if numbers else None


def _mean(numbers: list[Decimal]) -> Decimal | None:
    return finite(CONTEXT.divide(functools.reduce(CONTEXT.add, numbers), Decimal(len(numbers))))


@built_in("product", "...list: list")
def product(items: list[Value]) -> Decimal | None:
    numbers = _numbers(items)
    return finite(functools.reduce(CONTEXT.multiply, numbers)) if numbers else None


@built_in("median", "...list: list")
def median(items: list[Value]) -> Decimal | None:
    numbers = sorted(_numbers(items) or [])
    middle = len(numbers) // 2
    if not numbers:
        return None
    return numbers[middle] if len(numbers) % 2 else _mean(numbers[middle - 1 : middle + 1])


@built_in("stddev", "...list: list")
def stddev(items: list[Value]) -> Decimal | None:
    """Of a sample: the squares are divided by one less than their number."""
    numbers = _numbers(items)
    middle = _mean(numbers) if numbers and len(numbers) > 1 else None
    if not numbers or middle is None:
        return None
    distances = (CONTEXT.subtract(number, middle) for number in numbers)
    squares = functools.reduce(CONTEXT.add, (CONTEXT.multiply(distance, distance) for distance in distances))
    return finite(CONTEXT.sqrt(CONTEXT.divide(squares, Decimal(len(numbers) - 1))))


@built_in("mode", "...list: list")
def mode(items: list[Value]) -> list[Value] | None:
    """The most frequent numbers, ascending."""
    if not items:
        return []
    numbers = _numbers(items)
    if not numbers:
        return None
    counts = Counter(numbers)
    most = max(counts.values())
    return [number for number in sorted(counts) if counts[number] == most]


@built_in("sublist", "list: list, start position: number, length?: number?")
def sublist(items: list[Value], start: Decimal, length: Decimal | None) -> list[Value] | None:
    begin, size = _index(items, start), None if length is None else whole(length)
    if begin is None or (length is not None and (size is None or size < 1 or begin + size > len(items))):
        return None
    return items[begin:] if size is None else items[begin : begin + size]


def _index(items: list[Value], position: Decimal) -> int | None:
    """The Python index of a place counted from 1, or from the end with -1; None where the list has no such place."""
    place = whole(position)
    if not place or abs(place) > len(items):
        return None
    return place - 1 if place > 0 else len(items) + place


@built_in(
    "append",
    "list: list, item: any",
    "list: list, item: any, item2: any",
    "list: list, item: any, item2: any, item3: any",
)
def append(items: list[Value], *more: Value) -> list[Value]:
    return _bounded([*items, *more])


@built_in("concatenate", "...lists: list")
def concatenate(run: Run, lists: list[Value]) -> list[Value]:
    return _bounded(_joined(run, lists))


@built_in("union", "...lists: list")
def union(run: Run, lists: list[Value]) -> list[Value]:
    return _distinct(run, _joined(run, lists))


def _joined(run: Run, lists: list[Value]) -> list[Value]:
    joined: list[Value] = []
    for items in lists:
        joined.extend(items if type(items) is list else [items])
        run.charge(1 + (len(items) if type(items) is list else 1) // 16)
        _bounded(joined)
    return joined


def _bounded(items: list[Value]) -> list[Value]:
    if len(items) > MAX_LIST:
        raise Exhausted("a list is too long")
    return items


@built_in("distinct values", "list: list")
def distinct_values(run: Run, items: list[Value]) -> list[Value]:
    return _distinct(run, items)


def _distinct(run: Run, items: list[Value]) -> list[Value]:
    return [item for item, first in _with_firsts(run, items) if first]


@built_in("duplicate values", "list: list")
def duplicate_values(run: Run, items: list[Value]) -> list[Value]:
    return _distinct(run, [item for item, first in _with_firsts(run, items) if not first])


def _with_firsts(run: Run, items: list[Value]) -> list[tuple[Value, bool]]:
    """Each item and whether it is the first of its equals. What cannot be looked up is compared, and paid for."""
    keys: set[Any] = set()
    walked: list[Value] = []
    marked: list[tuple[Value, bool]] = []
    for item in items:
        key = index_key(item)
        if key is None:
            run.charge(1 + len(walked) // 8)
            first = not any(equal(item, earlier, run) is True for earlier in walked)
            walked += [item] if first else []
        else:
            first = key not in keys
            keys.add(key)
        marked.append((item, first))
    return marked


@built_in("insert before", "list: list, position: number, newItem: any")
def insert_before(items: list[Value], position: Decimal, new: Value) -> list[Value] | None:
    index = _index(items, position)
    return None if index is None else _bounded([*items[:index], new, *items[index:]])


@built_in("remove", "list: list, position: number")
def remove(items: list[Value], position: Decimal) -> list[Value] | None:
    index = _index(items, position)
    return None if index is None else [*items[:index], *items[index + 1 :]]


@built_in("list replace", "list: list, position: number, newItem: any")
def list_replace(items: list[Value], position: Decimal, new: Value) -> list[Value] | None:
    place = truncated(position)
    index = None if place is None else _index(items, Decimal(place))
    return None if index is None else [*items[:index], new, *items[index + 1 :]]


@built_in("list replace", "list: list, match: function, newItem: any")
def list_replace_matching(run: Run, items: list[Value], match: Function, new: Value) -> list[Value] | None:
    replaced: list[Value] = []
    for item in items:
        chosen = match([item, new], run)
        if type(chosen) is not bool:
            return None
        replaced.append(new if chosen else item)
    return replaced


@built_in("reverse", "list: list")
def reverse(items: list[Value]) -> list[Value]:
    return items[::-1]


@built_in("index of", "list: list, match: any")
def index_of(run: Run, items: list[Value], match: Value) -> list[Value]:
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(item, match, run) is True]


@built_in("flatten", "list: list")
def flatten(run: Run, items: list[Value]) -> list[Value]:
    flat: list[Value] = []
    _flatten(run, items, flat)
    return flat


def _flatten(run: Run, items: list[Value], flat: list[Value]) -> None:
    run.charge(1 + len(items))
    for item in items:
        if type(item) is list:
            _flatten(run, item, flat)
        else:
            flat.append(item)


@built_in("sort", "list: list, precedes?: function?")
def sort(run: Run, items: list[Value], precedes: Function | None) -> list[Value]:
    def order(left: Value, right: Value) -> int:
        run.charge()
        if precedes is None:
            return -1 if less(left, right) else 1 if less(right, left) else 0
        return -1 if precedes([left, right], run) is True else 1 if precedes([right, left], run) is True else 0

    return sorted(items, key=functools.cmp_to_key(order))


@built_in("partition", "list: list, size: number")
def partition(items: list[Value], size: Decimal) -> list[Value] | None:
    length = whole(size)
    if length is None or length < 1:
        return None
    return [items[begin : begin + length] for begin in range(0, len(items), length)]
