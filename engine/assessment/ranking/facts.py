"""The facts a warning rests on (S3 4.1): how far each unit is, how far it should be, and who is worse.

Exact fractions. Reasons and level are not decided here: a decision table does that, from ``decision_inputs``.

Inside, a progress is a numerator over a denominator that nobody reduces (``Ratio``): a country has millions of rows, and
most of them are only kept, rounded once (``measures``), never looked at as fractions.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any, Final, NamedTuple

from engine.assessment.scoring.exact import PLACES, BadCase, Ratio, half_up, order_keys, shown
from engine.assessment.scoring.kinds import FLAG, NUMBER, SHARE, Kind, choice, number, optional
from engine.assessment.scoring.rows import Column, Rows, brief, open_rows


class Why(StrEnum):
    """Why a unit is not ranked."""

    EXEMPT = "exempt"
    NO_TARGET = "no_target"
    NOT_DUE = "not_due"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of one unit on one indicator in one round; exact. An unranked unit has None for its numbers."""

    unit: str
    progress: Fraction | None  # never clamped; of a cumulative lower_better indicator the use, x / limit
    expected: Fraction  # progress that the schedule asks for
    lead_points: Fraction | None  # lead over the schedule in percentage points; below 0 is behind
    ratio: Fraction | None  # progress / expected; of a cumulative lower_better indicator expected / use, None at use 0
    strictly_worse: int | None  # ranked units of the same date that are worse
    ranked: int  # ranked units of the same date
    below_best: bool  # some ranked unit of the same date is better
    due: bool  # the schedule asks for something by now
    why: Why | None  # None for a ranked unit
    rank: int | None  # competition rank among the ranked units of the same date, best first


class Measured(NamedTuple):
    """What is kept of one unit's facts: the two measures HALF_UP to 12 decimals, None where it is not ranked."""

    unit: str
    progress: Decimal | None
    lead_points: Decimal | None
    rank: int | None
    why: Why | None


class _Placed(NamedTuple):
    """A row among those of its date."""

    unit: str
    progress: Ratio | Why
    expected: Fraction
    worth: int | None  # place in ``field``, higher is better; None is not ranked
    field: Sequence[int]  # the worths of the ranked rows of the date, rising


_KINDS: Final = choice("cumulative", "level", "milestone")
_DIRECTIONS: Final = choice("higher_better", "lower_better", "range")


def _read_expected(value: object) -> Fraction:
    # The share due by a date is the same for thousands of units.
    return _known_share(value) if isinstance(value, str) else _share(value)


def _share(value: object) -> Fraction:
    expected: Fraction = SHARE.read(value)
    if not 0 <= expected <= 1:
        raise ValueError(value)
    return expected


_known_share: Final = lru_cache(maxsize=256)(_share)


def _read_date(value: object) -> date:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError(value)
    return date.fromisoformat(value)


_EXPECTED: Final = Kind("decimal text or a fraction such as 7/12, from 0 to 1", _read_expected)
_ROW: Final[dict[str, Kind]] = {
    "target": NUMBER,
    "actual": NUMBER,
    "base": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "width": number(above=0),
    "done": number(at_least=0),
    "due": number(at_least=0),
    "expected": _EXPECTED,
    "as_of": Kind("a date such as 2026-03-31", _read_date),
}
#: The fields that the facts are computed from; any other is read for its faults alone.
_READ: Final[dict[str, tuple[str, ...]]] = {
    "cumulative": ("target", "actual", "expected", "as_of"),
    "level": ("target", "actual", "expected", "as_of"),
    "milestone": ("target", "actual", "done", "due", "expected", "as_of"),
    "range": ("low", "high", "width", "actual", "expected", "as_of"),
}
_CASE: Final = {"direction", "kind", "time_progress", "rule", "rows"}
_RULE: Final[dict[str, tuple[Kind, Any]]] = {  # kind and default; a null that the kind refuses must be given
    "bottom": (number(at_least=1, whole=True), None),
    "lag_points": (optional(number(at_least=0)), None),
    "lag_ratio": (optional(number(at_least=0)), None),
    "red_lag_points": (optional(number(at_least=0)), None),
    "suppress_if_on_schedule": (FLAG, False),
    "min_group": (number(at_least=1, whole=True), "4"),
}


def facts(case: Mapping[str, Any]) -> list[Facts]:
    """The facts of every row of a warning case, in its order. ``BadCase`` names what cannot be read.

    Progress: x/T; of lower_better at a level 2 − x/T; of lower_better and cumulative the use x/limit, ranked the other
    way round; of range 1 inside and 1 − distance/width outside (row ``low``, ``high``, ``width``); of milestone
    done/due (row ``done`` and ``due``, or ``actual`` and ``target``). Expected: the row's own ``expected``, else
    ``time_progress`` of a cumulative indicator and 1 of the others. A row that is exempt, without a target, not yet due
    (expected 0) or without a value is not ranked; the first of these is its ``why``. Rows are ranked only with rows of
    equal ``as_of``.
    """
    placed, reverse = _placed(case)
    return [_facts(each, reverse=reverse) for each in placed]


def measures(case: Mapping[str, Any]) -> list[Measured]:
    """The same, as a row is kept: nothing is worked out that is not kept, which is most of it."""
    placed, reverse = _placed(case)
    return [_measured(each, reverse=reverse) for each in placed]


def _placed(case: Mapping[str, Any]) -> tuple[list[_Placed], bool]:
    """The rows of a case, and whether less progress is better (it is the use of a limit)."""
    if not isinstance(case, Mapping) or not case.keys() <= _CASE:
        raise BadCase("A warning case has direction, kind, time_progress, rule and rows, and nothing else.")
    kind = _read("kind", _KINDS, case.get("kind"))
    direction = _read("direction", _DIRECTIONS, case.get("direction", "higher_better"))
    if kind == "milestone" and direction != "higher_better":
        raise BadCase("Milestones are counted upward; make their direction higher_better.")
    rows = open_rows(case.get("rows"), _ROW)
    rows.check_unused(_READ["range" if direction == "range" else kind])
    expected = _expected(rows, kind, case.get("time_progress"))
    reverse = kind == "cumulative" and direction == "lower_better"
    return _among(rows, _progress(rows, kind, direction), expected, reverse=reverse), reverse


def rule_parameters(rule: Mapping[str, Any]) -> dict[str, Decimal | bool | None]:
    """The parameters of the warning table, absent ones at their defaults; an unknown or unfit one is refused."""
    if not isinstance(rule, Mapping) or not rule.keys() <= _RULE.keys():
        raise BadCase("A warning rule has {names}, and nothing else.", names=", ".join(_RULE))
    read = {name: _read(name, kind, rule.get(name, default)) for name, (kind, default) in _RULE.items()}
    return {name: half_up(value, 12) if isinstance(value, Fraction) else value for name, value in read.items()}


def _read(name: str, kind: Kind, value: object) -> Any:
    try:
        return kind.read(value)
    except ValueError:
        template = "The {field} of a warning case must be {expected}, not {value}."
        raise BadCase(template, field=name, expected=kind.text, value=brief(value)) from None


def _expected(rows: Rows, kind: str, time_progress: object) -> list[Fraction]:
    own, usual = rows.values("expected"), Fraction(1)
    if kind == "cumulative" and (time_progress is not None or None in own):
        usual = _read("time_progress", _EXPECTED, time_progress)
    return [usual if expected is None else expected for expected in own]


def _progress(rows: Rows, kind: str, direction: str) -> list[Ratio | Why]:
    """Each row's progress, or why it has none."""
    if direction == "range":
        actuals = rows.values("actual")
        bounds = zip(*(rows.values(name) for name in ("low", "high", "width")), strict=True)
        progress = [_within(*cells) for cells in zip(rows.units, bounds, actuals, strict=True)]
    else:
        falling = direction == "lower_better" and kind == "level"
        pairs = zip(rows.units, *(_milestones(rows) if kind == "milestone" else _figures(rows)), strict=True)
        progress = [_completed(unit, target, actual, falling=falling) for unit, target, actual in pairs]
    return [Why.EXEMPT if exempt else found for exempt, found in zip(rows.exempt, progress, strict=True)]


def _figures(rows: Rows) -> tuple[Column, Column]:
    """Targets and actuals, counted in one unit."""
    _, (actuals, targets) = rows.numbers("actual", "target")
    return targets, actuals


def _milestones(rows: Rows) -> tuple[Column, Column]:
    """How many are due and how many done, counted in one unit."""
    actuals, targets = rows.values("actual"), rows.values("target")
    columns = _either(rows, targets, rows.values("due")), _either(rows, actuals, rows.values("done"))
    over = lcm(*(cell.denominator for column in columns for cell in column if cell is not None))
    due, done = ([None if cell is None else int(cell * over) for cell in column] for column in columns)
    return due, done


def _either(rows: Rows, usual: Sequence[Fraction | None], own: Sequence[Fraction | None]) -> list[Fraction | None]:
    """Milestones may be named done and due, or stand as actual and target; a row says each of them once."""
    for unit, one, other in zip(rows.units, usual, own, strict=True):
        if one is not None and other is not None:
            raise BadCase("Unit {unit} has its milestones twice, as done and due and as actual and target.", unit=unit)
    return [other if one is None else one for one, other in zip(usual, own, strict=True)]


def _completed(unit: str, target: int | None, actual: int | None, *, falling: bool) -> Ratio | Why:
    if not target:
        return Why.NO_TARGET
    if target < 0:
        raise BadCase("The target of unit {unit} is below 0, so nothing can be measured as a share of it.", unit=unit)
    if actual is None:
        return Why.MISSING
    return (2 * target - actual, target) if falling else (actual, target)


def _within(unit: str, bounds: tuple[Fraction | None, ...], actual: Fraction | None) -> Ratio | Why:
    low, high, width = bounds
    if low is None or high is None or width is None:
        return Why.NO_TARGET
    if low > high:
        raise BadCase("The range of unit {unit} has its low end above its high end; swap them.", unit=unit)
    if actual is None:
        return Why.MISSING
    return (1 - max(low - actual, actual - high, Fraction(0)) / width).as_integer_ratio()


def _among(
    rows: Rows, progress: Sequence[Ratio | Why], expected: Sequence[Fraction], *, reverse: bool
) -> list[_Placed]:
    counted = [
        None if isinstance(found, Why) or not due else found for found, due in zip(progress, expected, strict=True)
    ]
    worths = [None if key is None else -key if reverse else key for key in order_keys(counted)]
    dates = rows.values("as_of")
    fields: dict[date | None, list[int]] = {day: [] for day in dates}  # what is ranked together, by date
    for day, worth in zip(dates, worths, strict=True):
        if worth is not None:
            fields[day].append(worth)
    for field in fields.values():
        field.sort()
    together = [fields[day] for day in dates]
    return list(map(_Placed, rows.units, progress, expected, worths, together))


def _facts(placed: _Placed, *, reverse: bool) -> Facts:
    unit, found, expected, worth, field = placed
    if isinstance(found, Why) or worth is None:
        return Facts(unit, None, expected, None, None, None, 0, False, expected > 0, _why(found, expected), None)
    progress = Fraction(*found)
    lead = expected - progress if reverse else progress - expected
    ratio = _of_use(expected, progress) if reverse else progress / expected
    worse, better = bisect_left(field, worth), len(field) - bisect_right(field, worth)
    return Facts(unit, progress, expected, 100 * lead, ratio, worse, len(field), better > 0, True, None, better + 1)


def _measured(placed: _Placed, *, reverse: bool) -> Measured:
    unit, found, expected, worth, field = placed
    if isinstance(found, Why) or worth is None:
        return Measured(unit, None, None, None, _why(found, expected))
    above, below = expected.numerator, expected.denominator
    lead = 100 * (found[0] * below - above * found[1])
    lead_points = half_up((-lead if reverse else lead, below * found[1]), 12)
    return Measured(unit, half_up(found, 12), lead_points, len(field) - bisect_right(field, worth) + 1, None)


def _why(found: Ratio | Why, expected: Fraction) -> Why:
    """Why a row is not ranked: before anything is due, that nothing is counts before a figure that is missing."""
    return found if isinstance(found, Why) and (expected or found is not Why.MISSING) else Why.NOT_DUE


def _of_use(expected: Fraction, use: Fraction) -> Fraction | None:
    """Expected over use; a unit that used nothing, or gave back, is never far from keeping its limit."""
    return expected / use if use > 0 else None


def decision_inputs(facts: Facts) -> dict[str, int | bool | Decimal | None]:
    """What the warning table sees of one unit: the two measures HALF_UP to 12 decimals, null where there is none."""
    return {
        "strictly_worse": facts.strictly_worse,
        "ranked": facts.ranked,
        "below_best": facts.below_best,
        "due": facts.due,
        "lead_points": None if facts.lead_points is None else half_up(facts.lead_points, 12),
        "ratio": None if facts.ratio is None else half_up(facts.ratio, 12),
    }


def printed_facts(facts: Sequence[Facts]) -> list[dict[str, Any]]:
    """JSON rows in the order of the units, measures HALF_UP to 6 decimals; ``why`` stands with the unranked alone."""
    return [
        {"unit": f.unit, "progress": _text(f.progress), "lead_points": _text(f.lead_points), "rank": f.rank}
        | ({} if f.why is None else {"why": str(f.why)})
        for f in sorted(facts, key=lambda f: f.unit)
    ]


def _text(value: Fraction | None) -> str | None:
    return None if value is None else shown(half_up(value), PLACES)
