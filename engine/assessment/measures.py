"""Figures measured and scored: from the rows of one indicator to progress, lead, rank and score; pure.

A row is a frozen one of a snapshot or one that is about to be frozen; the indicator is as the year uses it or as a
snapshot kept it. What was computed once is computed again, digit for digit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from engine import abreast
from engine.assessment import indicators, ranking, rulings, scoring, seals

#: Progress, lead over the schedule in points, rank, and why there is none.
Measures: TypeAlias = tuple[Decimal | None, Decimal | None, int | None, str | None]


class State(StrEnum):
    VALUED = "valued"
    #: 不考核
    EXEMPT = "exempt"
    #: 无数据
    MISSING = "missing"
    #: 待发布
    PENDING = "pending"


class Row(Protocol):
    """One unit on one indicator: what figures are measured and scored from."""

    @property
    def cycle_indicator_id(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def target(self) -> Decimal | None: ...
    @property
    def base(self) -> Decimal | None: ...
    @property
    def actual(self) -> Decimal | None: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...
    @property
    def as_of(self) -> date | None: ...
    @property
    def expected(self) -> str: ...


class Used(Protocol):
    """How an indicator is measured and scored."""

    @property
    def direction(self) -> str: ...
    @property
    def measure(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def params(self) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class Draft:
    """A row that is about to be frozen, field by field what ``SnapshotRow`` will keep."""

    cycle_indicator_id: int
    unit: str
    group: str
    state: str
    target: Decimal | None
    base: Decimal | None
    actual: Decimal | None
    detail: dict[str, Any]
    as_of: date | None
    expected: str
    progress: Decimal | None = None
    lead_points: Decimal | None = None
    rank: int | None = None
    why: str | None = None
    score: Decimal | None = None


class Definition(NamedTuple):
    """How an indicator is measured and scored, and nothing else: what another process needs to know of it."""

    direction: str
    measure: str
    method: str
    params: Mapping[str, Any]


_R = TypeVar("_R", bound=Row)


def facts_of(used: Used, group: Sequence[Row]) -> dict[str, ranking.Facts]:
    """Unit -> the exact facts of a warning, computed from frozen rows of one indicator in one group."""
    return {each.unit: each for each in ranking.facts(_warning_case(used, group))}


def measures_of(used: Used, group: Sequence[Row]) -> dict[str, Measures]:
    """Unit -> progress, lead in points, rank and why it has none, as a frozen row keeps them (to 12 decimals)."""
    found: dict[str, Measures] = {each.unit: (None, None, None, str(State.PENDING)) for each in group}
    for unit, progress, lead, rank, why in ranking.measures(_warning_case(used, group)):
        found[unit] = progress, lead, rank, None if why is None else str(why)
    return found


def scores_of(used: Used, group: Sequence[Row]) -> dict[str, Decimal | None]:
    """Unit -> the indicator's score out of 100, computed from frozen rows of one indicator in one group.

    Points that a ruling of tolerance gives back are added last, up to the full 100 (H7).
    """
    method = scoring_method(used.method)
    rows = [_scoring_row(method, each) for each in group]
    params = dict(used.params)
    if "direction" in {param.name for param in method.params} and used.direction != indicators.Direction.RANGE:
        params.setdefault("direction", used.direction)
    scored = scoring.score({"method": used.method, "points": "100", "params": params, "rows": rows})
    return {each.unit: _given_back(each.score, row, method) for each, row in zip(scored, group, strict=True)}


def by_population(rows: Iterable[_R], scope: str = "group") -> dict[tuple[int, str], list[_R]]:
    """Rows of one indicator that are compared with each other: those of one group, or of all (``rank_scope``)."""
    found: dict[tuple[int, str], list[_R]] = {}
    for each in rows:
        found.setdefault((each.cycle_indicator_id, each.group if scope == "group" else ""), []).append(each)
    return found


def measured(
    drawn: Iterable[tuple[Used, list[Draft]]], scope: str, *, scored: bool, processes: int = 1
) -> Iterator[tuple[list[Draft], str]]:
    """The drafts of one indicator after the other, measured, and scored where that is asked, with the seal of their rows.

    ``scope`` is the population that is ranked together (``rank_scope``). Only a few indicators are in memory at a time.
    """
    if processes == 1:
        for used, drafts in drawn:
            yield drafts, _measure(used, drafts, scope, scored=scored)
        return
    tasks = ((drafts, (_definition(used), _sent(drafts, _INPUTS), scope, scored)) for used, drafts in drawn)
    for drafts, (outcomes, seal) in abreast.in_order(_measured_there, tasks, processes):
        for each, outcome in zip(drafts, _received(outcomes, _OUTCOMES), strict=True):
            each.progress, each.lead_points, each.rank, each.why, each.score = outcome
        yield drafts, seal


def scoring_method(code: str) -> scoring.Method:
    return _METHODS[code]


_METHODS: Mapping[str, scoring.Method] = {method.name: method for method in scoring.methods()}


#: What a row is measured and scored from, and what is found of it, which a draft begins without.
_INPUTS = tuple(each.name for each in fields(Draft) if each.default is MISSING)
_OUTCOMES = tuple(each.name for each in fields(Draft) if each.default is not MISSING)
_EVERY: Callable[[Draft], tuple[Any, ...]] = attrgetter(*_INPUTS, *_OUTCOMES)


def _definition(used: Used) -> Definition:
    return Definition(used.direction, used.measure, used.method, dict(used.params))


def _measure(used: Used, drafts: Sequence[Draft], scope: str, *, scored: bool) -> str:
    """Fill in what is found of the drafts of one indicator; the seal of their rows."""
    for group in by_population(drafts, scope).values():
        measures, scores = measures_of(used, group), scores_of(used, group) if scored else {}
        for each in group:
            each.progress, each.lead_points, each.rank, each.why = measures[each.unit]
            each.score = scores.get(each.unit)
    return seals.of_rows(map(_EVERY, drafts))


# ---- in a process of its own


#: What goes to another process as text and is read there: sending it as it is takes longer than measuring it.
_READ: Mapping[str, Callable[[str], Any]] = {
    "as_of": date.fromisoformat,
    **dict.fromkeys(("target", "base", "actual", "progress", "lead_points", "score"), Decimal),
}


def _measured_there(task: tuple[Definition, list[list[Any]], str, bool]) -> tuple[list[list[Any]], str]:
    used, columns, scope, scored = task
    drafts = [Draft(*each) for each in _received(columns, _INPUTS)]
    seal = _measure(used, drafts, scope, scored=scored)
    return _sent(drafts, _OUTCOMES), seal


def _sent(drafts: Sequence[Draft], names: Sequence[str]) -> list[list[Any]]:
    columns = [[getattr(each, name) for each in drafts] for name in names]
    return [
        [None if value is None else str(value) for value in column] if name in _READ else column
        for name, column in zip(names, columns, strict=True)
    ]


def _received(columns: Sequence[list[Any]], names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    read = [
        [None if text is None else _READ[name](text) for text in column] if name in _READ else column
        for name, column in zip(names, columns, strict=True)
    ]
    return zip(*read, strict=True)


# ---- rows of a case


def _warning_case(used: Used, group: Sequence[Row]) -> dict[str, Any]:
    return {
        "direction": used.direction,
        "kind": used.measure,
        # Every row carries its own schedule; this stands for the exempt ones alone, which count nowhere.
        "time_progress": "1",
        "rows": [_warning_row(used, each) for each in group if each.state != State.PENDING],
    }


def _warning_row(used: Used, frozen: Row) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit": frozen.unit,
        "target": frozen.target,
        "actual": frozen.actual,
        "expected": frozen.expected,
        "exempt": frozen.state == State.EXEMPT,
        "as_of": frozen.as_of,
    }
    if used.direction == indicators.Direction.RANGE:
        row |= {name: used.params[name] for name in ("low", "high", "width")}
    return row


def _scoring_row(method: scoring.Method, frozen: Row) -> dict[str, Any]:
    known = {"target": frozen.target, "actual": frozen.actual, "base": frozen.base, **_without_tolerated(frozen)}
    if frozen.actual is not None and "scores" in method.row_fields:
        known.setdefault("scores", [str(frozen.actual)])
    row: dict[str, Any] = {"unit": frozen.unit, "exempt": frozen.state == State.EXEMPT}
    for name in method.row_fields:
        if (value := known.get(name)) is not None:
            row[name] = value
    return row


def _given_back(score: Decimal | None, frozen: Row, method: scoring.Method) -> Decimal | None:
    """A deduction of a list was struck out before scoring; anywhere else the points are added to the score."""
    if score is None or "rulings" not in frozen.detail or "deductions" in method.row_fields:
        return score
    tolerated = rulings.points_of(frozen.detail["rulings"])
    return max(score, min(score + sum(tolerated), Decimal("100.000000")))


def _without_tolerated(frozen: Row) -> Mapping[str, Any]:
    """The row's detail without the listed deductions that a ruling takes away."""
    if "rulings" not in frozen.detail or "deductions" not in frozen.detail:
        return frozen.detail
    left = list(frozen.detail["deductions"])
    for points in rulings.points_of(frozen.detail["rulings"]):
        found = next((each for each in left if each is not None and Decimal(str(each)) == points), None)
        if found is not None:
            left.remove(found)
    return {**frozen.detail, "deductions": left}
