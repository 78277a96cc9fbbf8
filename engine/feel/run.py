"""One bounded evaluation: what it was given, what it may still spend, what it found doubtful."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic
from types import NoneType
from typing import Any, Final, TypeVar

from engine.feel.errors import Exhausted, Unusable
from engine.feel.far import FarDate, FarMoment
from engine.feel.functions import Function
from engine.feel.numbers import CONTEXT, in_reach
from engine.feel.values import MAX_DEPTH, MAX_LIST, Range, Value, YearMonths

Given = TypeVar("Given")

DEFAULT_BUDGET: Final = 100_000
MAX_CALL_DEPTH: Final = 60
MAX_SECONDS: Final = 5.0
"""A step never costs much, so this only ends what a loaded machine would stretch."""
_STEPS_BETWEEN_LOOKS: Final = 1_000
_MAX_WARNINGS: Final = 100
"""A loop doubts the same thing every time round."""


@dataclass(frozen=True, slots=True)
class FeelWarning:
    """Something that made a value null and was probably not meant.

    ``code`` is stable, ``position`` counts characters of the expression from 1, ``message`` is one English sentence.
    """

    code: str
    position: int
    message: str


class Run:
    """One evaluation over ``given``, the host's variables, which are only read, and only those an expression names.

    Several expressions may share a run (the cells of a decision table do): they then share its budget. A run belongs
    to one thread. ``now`` is what ``now()`` and ``today()`` answer from. Warnings are collected where a list is given.
    """

    __slots__ = ("admitted", "deadline", "depth", "given", "left", "look_at", "now", "warnings")

    def __init__(
        self,
        given: Mapping[str, object],
        *,
        now: datetime | None = None,
        budget: int = DEFAULT_BUDGET,
        warnings: list[FeelWarning] | None = None,
    ) -> None:
        self.given = given
        self.now = now
        self.left = budget
        self.look_at = budget - _STEPS_BETWEEN_LOOKS
        self.deadline: float | None = None
        self.depth = 0
        self.admitted: dict[object, Value] | None = None
        self.warnings = warnings

    def charge(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < self.look_at or self.left < 0:
            self._look()

    def _look(self) -> None:
        if self.left < 0:
            raise Exhausted("too many steps")
        self.look_at = self.left - _STEPS_BETWEEN_LOOKS
        self.look_at_clock()

    def look_at_clock(self) -> None:
        """The clock starts at the first look: a plain condition never asks for the time."""
        seconds = monotonic()
        if self.deadline is None:
            self.deadline = seconds + MAX_SECONDS
        elif seconds > self.deadline:
            raise Exhausted("too much time")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_CALL_DEPTH:
            raise Exhausted("functions call each other too deeply")
        self.charge()

    def leave(self) -> None:
        self.depth -= 1

    def warn(self, code: str, position: int, message: str) -> None:
        if self.warnings is not None and len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(FeelWarning(code, position + 1, message))

    def over(self, given: Mapping[str, object], code: Callable[["Run"], Given]) -> Given:
        """What ``code`` gives over other variables, out of what this run may still spend."""
        inner = Run(given, now=self.now, budget=self.left, warnings=self.warnings)
        inner.depth, inner.deadline = self.depth, self.deadline
        try:
            return code(inner)
        finally:
            self.left, self.deadline = inner.left, inner.deadline

    def admit(self, key: object, raw: object) -> Value:
        """The FEEL value of a host value; what has to be copied is copied once per run and remembered under ``key``."""
        if type(raw) not in _COPIED:
            return admit(raw, self)
        if self.admitted is None:
            self.admitted = {}
        if key not in self.admitted:
            self.admitted[key] = admit(raw, self)
        return self.admitted[key]

    def measure(self, value: Value, depth: int = 0) -> None:
        """Charge for a result as the tree that whoever prints or stores it will walk, however much of it is shared."""
        if type(value) is str:
            self.charge(len(value) // 16)
        if type(value) is not list and type(value) is not dict:
            return
        _refuse_depth(depth)
        self.charge(len(value))
        for item in value.values() if type(value) is dict else value:
            self.measure(item, depth + 1)


def admit(raw: object, run: Run, depth: int = 0) -> Value:
    """The FEEL value of plain host data; ``Unusable`` for anything else, so no object of ours is ever looked into."""
    entrance = _ENTRANCES.get(type(raw))
    if entrance is None:
        raise Unusable("A value of type {kind}", kind=type(raw).__name__)
    return entrance(raw, run, depth)


def _as_it_is(raw: Any, _run: Run, _depth: int) -> Value:
    return raw  # type: ignore[no-any-return]


def _number(raw: Decimal | int | float, _run: Run, _depth: int) -> Value:
    if type(raw) is Decimal and in_reach(raw):
        return raw
    number = CONTEXT.create_decimal(repr(raw) if type(raw) is float else raw)
    if not number.is_finite():
        raise Unusable("A number that is not finite, or out of all reach,")
    return number


def _list(raw: list[object] | tuple[object, ...], run: Run, depth: int) -> Value:
    _refuse_depth(depth)
    if len(raw) > MAX_LIST:
        raise Exhausted("a list is too long")
    run.charge(1 + len(raw) // 4)
    return [admit(item, run, depth + 1) for item in raw]


def _context(raw: dict[object, object], run: Run, depth: int) -> Value:
    _refuse_depth(depth)
    run.charge(1 + len(raw) // 4)
    entries: dict[str, Value] = {}
    for name, value in raw.items():
        if type(name) is not str:
            raise Unusable("A context whose names are not text")
        entries[name] = admit(value, run, depth + 1)
    return entries


def _refuse_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Exhausted("values lie too deeply inside each other")


_ENTRANCES: Final[dict[type, Callable[[Any, Run, int], Value]]] = {
    **dict.fromkeys(
        (NoneType, bool, str, date, time, datetime, FarDate, FarMoment, timedelta, YearMonths, Range, Function),
        _as_it_is,
    ),
    **dict.fromkeys((Decimal, int, float), _number),
    **dict.fromkeys((list, tuple), _list),
    dict: _context,
}

_COPIED: Final = frozenset({list, tuple, dict})
UNCHANGED: Final = frozenset(kind for kind, entrance in _ENTRANCES.items() if entrance is _as_it_is)
"""Host types whose values are FEEL values already."""
