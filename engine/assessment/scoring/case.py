"""A scoring case: one indicator, its method and its units, from JSON-shaped data to scores and ranks.

    {"method": "completion_ratio", "points": "5", "params": {"cap": "1"}, "decimals": 2,
     "rows": [{"unit": "A", "target": "200", "actual": "190", "exempt": false}]}

Exact inside; an indicator's score is stored rounded HALF_UP to 6 decimals; ranks compare what is stored.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from engine.assessment.scoring.exact import PLACES, BadCase, competition_ranks, placed, rounded, shown
from engine.assessment.scoring.kinds import Kind, number, optional
from engine.assessment.scoring.registry import Method, Scores, find, read_params
from engine.assessment.scoring.rows import FULL_POINTS, ROW_FIELDS, Rows, brief, open_rows

_CASE_FIELDS: Final = {"method", "points", "params", "decimals", "rows"}
_MOST_DECIMALS: Final = 28
_POINTS: Final = optional(number(at_least=0))


class Scored(NamedTuple):
    """What one unit got; score, rank and grade are None for an unscored unit, never 0."""

    unit: str
    score: Decimal | None  # with 6 decimals, as stored
    rank: int | None  # competition rank (1, 2, 2, 4) of the stored scores, highest first
    grade: str | None  # only of a method that grades


def score(case: Mapping[str, Any]) -> list[Scored]:
    """Score every row of a case, in its order. ``BadCase`` is one sentence: what is wrong, and where."""
    method, params, rows = _read(case)
    exact = method.formula(rows, **params)
    units = [None if value is None else rounded(value) for value in exact]
    stored = [None if value is None else placed(value) for value in units]
    grades = _grades(method, params, exact)
    return list(map(Scored, rows.units, stored, competition_ranks(units), grades))


def printed(scored: Sequence[Scored], decimals: int = PLACES, *, graded: bool = False) -> list[dict[str, Any]]:
    """JSON rows in the order of the units, scores as text with exactly ``decimals`` places, ``grade`` on request.

    The stored score is what is rounded for showing, HALF_UP: 89.995 with 2 places is 90.00.
    """
    return [
        {"unit": row.unit, "score": None if row.score is None else shown(row.score, decimals), "rank": row.rank}
        | ({"grade": row.grade} if graded else {})
        for row in sorted(scored, key=lambda row: row.unit)
    ]


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """Score a case and print it as the case asks: ``{"scores": [{"unit", "score", "rank"}]}``."""
    graded = find(case.get("method")).grade is not None if isinstance(case, Mapping) else False
    return {"scores": printed(score(case), case.get("decimals", PLACES), graded=graded)}


def _grades(method: Method, params: Mapping[str, Any], exact: Scores) -> list[str | None]:
    if method.grade is None:
        return [None] * len(exact)
    return [None if value is None else method.grade(value, params) for value in exact]


def _read(case: object) -> tuple[Method, dict[str, Any], Rows]:
    if not isinstance(case, Mapping):
        raise BadCase("A scoring case is a map with method, points, params and rows, not {value}.", value=brief(case))
    strange = sorted(map(str, case.keys() - _CASE_FIELDS))
    if strange:
        raise BadCase("A scoring case has no field {field}; remove it or correct its name.", field=strange[0])
    method = find(case.get("method"))
    params = read_params(method, case.get("params"))
    points = _read_field("points", _POINTS, case.get("points"))
    _check_decimals(case.get("decimals", PLACES))
    rows = open_rows(case.get("rows"), ROW_FIELDS, FULL_POINTS if points is None else points)
    rows.check_unused(method.row_fields)
    return method, params, rows


def _read_field(field: str, kind: Kind, value: object) -> Any:
    try:
        return kind.read(value)
    except ValueError:
        template = "The {field} of a case must be {expected}, not {value}."
        raise BadCase(template, field=field, expected=kind.text, value=brief(value)) from None


def _check_decimals(decimals: object) -> None:
    if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= _MOST_DECIMALS:
        template = "The decimals of a case must be a whole number from 0 to {most}, not {value}."
        raise BadCase(template, most=_MOST_DECIMALS, value=brief(decimals))
