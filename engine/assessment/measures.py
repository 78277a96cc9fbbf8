"""Figures measured and scored: from the rows of one indicator to progress, lead, rank and score; pure.

A row is a frozen one of a snapshot or one that is about to be frozen; the indicator is as the year uses it or as a
snapshot kept it. What was computed once is computed again, digit for digit.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from engine import abreast
from engine.assessment import indicators, ranking, rulings, scoring

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
    case = {
        "direction": used.direction,
        "kind": used.measure,
        # Every row carries its own schedule; this stands for the exempt ones alone, which count nowhere.
        "time_progress": "1",
        "rows": [_warning_row(used, each) for each in group if each.state != State.PENDING],
    }
    return {each.unit: each for each in ranking.facts(case)}


def measures_of(used: Used, group: Sequence[Row]) -> dict[str, Measures]:
    """Unit -> progress, lead in points, rank and why it has none, as a frozen row keeps them (to 12 decimals)."""
    facts = facts_of(used, group)
    return {each.unit: _measures(facts.get(each.unit)) for each in group}


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
) -> Iterator[list[Draft]]:
    """The drafts of one indicator after the other with their measures filled in, and their scores where that is asked.

    ``scope`` is the population that is ranked together (``rank_scope``). Only a few indicators are in memory at a time.
    """
    if processes == 1:
        for used, drafts in drawn:
            yield _filled(drafts, _outcomes(used, drafts, scope, scored=scored))
        return
    tasks = ((drafts, (_definition(used), list(map(_INPUTS, drafts)), scope, scored)) for used, drafts in drawn)
    for drafts, outcomes in abreast.in_order(_outcomes_of, tasks, processes):
        yield _filled(drafts, outcomes)


def scoring_method(code: str) -> scoring.Method:
    return _METHODS[code]


_METHODS: Mapping[str, scoring.Method] = {method.name: method for method in scoring.methods()}


#: What a row is measured and scored from, in the order of a draft's fields.
_INPUTS: Callable[[Draft], tuple[Any, ...]] = attrgetter(
    *("cycle_indicator_id", "unit", "group", "state", "target", "base", "actual", "detail", "as_of", "expected")
)
_Outcome: TypeAlias = tuple[Measures, Decimal | None]


def _definition(used: Used) -> Definition:
    return Definition(used.direction, used.measure, used.method, dict(used.params))


def _outcomes_of(task: tuple[Definition, list[tuple[Any, ...]], str, bool]) -> list[_Outcome]:
    """In a process of its own: what came over is made into drafts again."""
    used, inputs, scope, scored = task
    return _outcomes(used, [Draft(*each) for each in inputs], scope, scored=scored)


def _outcomes(used: Used, drafts: Sequence[Draft], scope: str, *, scored: bool) -> list[_Outcome]:
    measures: dict[str, Measures] = {}
    scores: dict[str, Decimal | None] = {}
    for group in by_population(drafts, scope).values():
        measures |= measures_of(used, group)
        scores |= scores_of(used, group) if scored else {}
    return [(measures[each.unit], scores.get(each.unit)) for each in drafts]


def _filled(drafts: list[Draft], outcomes: Iterable[_Outcome]) -> list[Draft]:
    for each, (measures, score) in zip(drafts, outcomes, strict=True):
        each.progress, each.lead_points, each.rank, each.why = measures
        each.score = score
    return drafts


def _measures(known: ranking.Facts | None) -> Measures:
    if known is None:
        return None, None, None, str(State.PENDING)
    why = str(known.why) if known.why else None
    if known.progress is None or known.lead_points is None:
        return None, None, None, why
    return scoring.half_up(known.progress, 12), scoring.half_up(known.lead_points, 12), known.rank, why


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
    if frozen.actual is not None:
        known.setdefault("scores", [str(frozen.actual)])
    row = {name: known[name] for name in method.row_fields if known.get(name) is not None}
    return {"unit": frozen.unit, "exempt": frozen.state == State.EXEMPT, **row}


def _given_back(score: Decimal | None, frozen: Row, method: scoring.Method) -> Decimal | None:
    """A deduction of a list was struck out before scoring; anywhere else the points are added to the score."""
    tolerated = rulings.points_of(frozen.detail.get("rulings", ()))
    if score is None or not tolerated or "deductions" in method.row_fields:
        return score
    return max(score, min(score + sum(tolerated), Decimal("100.000000")))


def _without_tolerated(frozen: Row) -> dict[str, Any]:
    """The row's detail without the listed deductions that a ruling takes away."""
    left = list(frozen.detail.get("deductions", ()))
    for points in rulings.points_of(frozen.detail.get("rulings", ())):
        found = next((each for each in left if each is not None and Decimal(str(each)) == points), None)
        if found is not None:
            left.remove(found)
    return {**frozen.detail, **({"deductions": left} if "deductions" in frozen.detail else {})}
