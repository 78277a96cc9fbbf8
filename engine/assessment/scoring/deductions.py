"""Methods that start from all the points and take away."""

from fractions import Fraction

from engine.assessment.scoring.exact import BadCase
from engine.assessment.scoring.kinds import DIRECTION, MODE, NUMBER, number, optional
from engine.assessment.scoring.lines import deduction, whole
from engine.assessment.scoring.registry import Param, Scores, method, vector
from engine.assessment.scoring.rows import Rows

_FLOOR = Param("floor", NUMBER, "points the score never falls under", "0")
_MODE = Param("mode", MODE, "whether a part of a step deducts its part, or only whole steps count", "pro_rata")


@method(
    "per_point_deduct",
    row_fields=("target", "actual"),
    params=(
        Param("step", number(above=0), "how far off the target one deduction reaches, in the unit of the value", "1"),
        Param("deduct", number(at_least=0), "points deducted for each step"),
        _MODE,
        _FLOOR,
        Param("direction", DIRECTION, "lower_better deducts over the target, higher_better under it", "lower_better"),
    ),
    vectors=(
        vector(
            "3",
            {"A": ("35", "39"), "B": ("35", "42"), "C": ("35", "35")},
            {"A": "1.00", "B": "0.00", "C": "3.00"},
            params={"deduct": "0.5"},
        ),
        vector("1", {"A": ("85", "83")}, {"A": "0.50"}, params={"deduct": "0.25", "direction": "higher_better"}),
        vector("3", {"A": ("35", "36.9")}, {"A": "2.50"}, params={"deduct": "0.5", "mode": "whole_steps"}),
    ),
)
def per_point_deduct(
    rows: Rows, *, step: Fraction, deduct: Fraction, mode: str, floor: Fraction, direction: str
) -> Scores:
    """Full at the target, ``deduct`` points less for each ``step`` beyond it.

    Source: published rules for air quality and rates, places not recorded (each 1 µg/m³ over the target −0.5, each percentage point
    below −0.25, never under 0).
    """
    scale, (targets, actuals) = rows.numbers("target", "actual")
    after = deduction(rows.points, deduct, mode=mode, floor=floor)
    ahead = step.denominator if direction == "lower_better" else -step.denominator
    over = scale * step.numerator
    return [
        None if target is None or actual is None else after((actual - target) * ahead, over)
        for target, actual in zip(targets, actuals, strict=True)
    ]


@method(
    "per_step_deduct",
    row_fields=("target", "actual"),
    params=(
        Param("step", number(above=0), "how far off the target one deduction reaches, in percent of the target", "2"),
        Param("deduct", number(at_least=0), "points deducted for each step", "1"),
        _MODE,
        _FLOOR,
        Param("direction", DIRECTION, "whether more or less is better", "higher_better"),
    ),
    vectors=(
        vector(
            "30", {"A": ("100", "95"), "B": ("100", "120"), "C": ("0", "5")}, {"A": "27.50", "B": "30.00", "C": None}
        ),
        vector("30", {"A": ("100", "95")}, {"A": "28.00"}, params={"mode": "whole_steps"}),
    ),
)
def per_step_deduct(
    rows: Rows, *, step: Fraction, deduct: Fraction, mode: str, floor: Fraction, direction: str
) -> Scores:
    """Full at the target, ``deduct`` points less for each ``step`` percent of the target short of it.

    Source: a published rule, place not recorded (met → full, each 2 % below −1, at least 0). It is silent on parts of a step: ``mode`` says. Nothing is
    a percentage of a target of 0: no score.
    """
    _, (targets, actuals) = rows.numbers("target", "actual")
    rows.refuse_negative("target", targets)
    after = deduction(rows.points, deduct, mode=mode, floor=floor)
    percent = 100 * (step.denominator if direction == "lower_better" else -step.denominator)
    return [
        None if not target or actual is None else after((actual - target) * percent, target * step.numerator)
        for target, actual in zip(targets, actuals, strict=True)
    ]


@method(
    "penalty_line_floor",
    row_fields=("actual",),
    params=(
        Param("full_at", NUMBER, "rate in percent from which on the score is full"),
        Param("deduct_per_point", number(at_least=0), "points deducted for each percentage point below"),
        _FLOOR,
    ),
    vectors=(
        vector(
            "15",
            {"A": ("89.82",), "B": ("90",), "C": ("60",)},
            {"A": "14.82", "B": "15.00", "C": "5.00"},
            params={"full_at": "90", "deduct_per_point": "1", "floor": "5"},
        ),
    ),
)
def penalty_line_floor(rows: Rows, *, full_at: Fraction, deduct_per_point: Fraction, floor: Fraction) -> Scores:
    """Full at or above a rate, ``deduct_per_point`` less for each percentage point below it, never under ``floor``.

    Source: a published rule for rates, place not recorded (15 points, full at 90 %: 89.82 % earns 14.82).
    """
    scale, (actuals,) = rows.numbers("actual")
    after = deduction(rows.points, deduct_per_point, floor=floor)
    line, over = full_at.numerator * scale, full_at.denominator
    return [None if actual is None else after(line - actual * over, over * scale) for actual in actuals]


@method(
    "range",
    row_fields=("actual",),
    params=(
        Param("low", NUMBER, "lower end of the wanted range"),
        Param("high", NUMBER, "upper end of the wanted range"),
        Param("width", number(above=0), "distance outside at which nothing is left"),
    ),
    vectors=(
        vector(
            "10",
            {"A": ("5",), "B": ("3",), "C": ("9",), "D": ("20",)},
            {"A": "10.00", "B": "8.75", "C": "6.25", "D": "0.00"},
            params={"low": "4", "high": "6", "width": "8"},
        ),
        vector("10", {"A": ("3",)}, {"A": "5.00"}, params={"low": "4", "high": "6", "width": "2"}),
    ),
)
def in_range(rows: Rows, *, low: Fraction, high: Fraction, width: Fraction) -> Scores:
    """Full inside the range, outside it falling in a straight line to 0 at ``width`` from its nearer end.

    Source: this project; no published formula was found, so the booklet must print this one.
    """
    if low > high:
        raise BadCase("Parameter low of range lies above high, so nothing is inside; swap them.")
    scale, (actuals,) = rows.numbers("actual")
    after = deduction(rows.points, rows.points)
    unit, (low_end, high_end, slope) = whole(low * scale, high * scale, width * scale)
    return [
        None if actual is None else after(max(low_end - actual * unit, actual * unit - high_end), slope)
        for actual in actuals
    ]


@method(
    "event_deduct",
    row_fields=("deductions",),
    params=(
        Param(
            "full", optional(number(at_least=0)), "points before any deduction; null for the points of the case", None
        ),
        Param("cap", optional(number(at_least=0)), "most that is deducted in all; null for no end", None),
    ),
    vectors=(
        vector(
            "100",
            {"A": (["2", "1.5"],), "B": (["3", "4"],), "C": ([],), "D": (None,)},
            {"A": "96.50", "B": "95.00", "C": "100.00", "D": None},
            params={"cap": "5"},
        ),
        vector("10", {"A": (["6", "7"],)}, {"A": "0.00"}),
    ),
)
def event_deduct(rows: Rows, *, full: Fraction | None, cap: Fraction | None) -> Scores:
    """All the points less the sum of the deductions for events, the sum capped, never under 0.

    Source: Guiyang (deductions of at most 5 taken off the total). A list without entries is a unit without events:
    full; a unit without a list is missing: no score.
    """
    start = rows.points if full is None else full
    return [None if lost is None or None in lost else _left(start, lost, cap) for lost in rows.values("deductions")]


def _left(start: Fraction, lost: tuple[Fraction, ...], cap: Fraction | None) -> tuple[int, int]:
    taken = sum(lost, Fraction(0))
    return max(start - (taken if cap is None else min(taken, cap)), Fraction(0)).as_integer_ratio()
