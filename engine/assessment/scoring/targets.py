"""Methods that measure a value against the unit's own target."""

from fractions import Fraction

from engine.assessment.scoring.exact import BadCase, Ratio
from engine.assessment.scoring.kinds import DIRECTION, number, optional
from engine.assessment.scoring.lines import larger, line, smaller
from engine.assessment.scoring.registry import Param, Scores, method, vector
from engine.assessment.scoring.rows import Rows

_NOTHING: Ratio = (0, 1)


@method(
    "completion_ratio",
    row_fields=("target", "actual"),
    params=(
        Param("cap", optional(number(above=0)), "ratio from which the score no longer rises; null for no end", "1"),
    ),
    vectors=(
        vector("5", {"A": ("200", "190"), "B": ("200", "220")}, {"A": "4.75", "B": "5.00"}),
        vector("5", {"A": ("200", "220")}, {"A": "5.50"}, params={"cap": None}),
        vector("5", {"A": ("0.08", "-0.1"), "B": ("0", "3")}, {"A": "0.00", "B": None}),
    ),
)
def completion_ratio(rows: Rows, *, cap: Fraction | None) -> Scores:
    """Points in proportion to the completion of the target: W·x/T, full when met, never under 0.

    Source: Guiyang, development indicators (发展型). A negative growth scores 0. A target of 0 is no target: no score.
    ``cap`` bounds x/T; without one, over-completion goes on earning.
    """
    _, (targets, actuals) = rows.numbers("target", "actual")
    rows.refuse_negative("target", targets)
    above, below = rows.points.as_integer_ratio()
    most, over = (cap or Fraction(0)).as_integer_ratio()
    full = (above * most, below * over)
    return [
        None
        if not target or actual is None
        else _NOTHING
        if actual <= 0
        else full
        if most and actual * over >= target * most
        else (above * actual, below * target)
        for target, actual in zip(targets, actuals, strict=True)
    ]


@method(
    "control_limit",
    row_fields=("target", "actual"),
    vectors=(
        vector(
            "5", {"A": ("100", "120"), "B": ("100", "200"), "C": ("100", "80")}, {"A": "4.00", "B": "0.00", "C": "5.00"}
        ),
        vector("5", {"A": ("0", "0"), "B": ("0", "0.1")}, {"A": "5.00", "B": "0.00"}),
    ),
)
def control_limit(rows: Rows) -> Scores:
    """Full within the limit, above it W·(2 − x/T), never under 0.

    Source: Guiyang, control indicators (控制型). A limit of 0 that is kept is full, anything over it 0.
    """
    _, (limits, actuals) = rows.numbers("target", "actual")
    rows.refuse_negative("target", limits)
    above, below = rows.points.as_integer_ratio()
    full = (above, below)
    return [
        None
        if limit is None or actual is None
        else full
        if actual <= limit
        else _NOTHING
        if actual >= 2 * limit
        else (above * (2 * limit - actual), below * limit)
        for limit, actual in zip(limits, actuals, strict=True)
    ]


@method(
    "target_or_zero",
    row_fields=("target", "actual"),
    params=(Param("direction", DIRECTION, "whether more or less is better", "higher_better"),),
    vectors=(
        vector("10", {"A": ("100", "99"), "B": ("100", "100")}, {"A": "0.00", "B": "10.00"}),
        vector(
            "10", {"A": ("3", "4"), "B": ("3", "3")}, {"A": "0.00", "B": "10.00"}, params={"direction": "lower_better"}
        ),
    ),
)
def target_or_zero(rows: Rows, *, direction: str) -> Scores:
    """All the points when the target is met, else 0.

    Source: target-completion method (目标完成计分法).
    """
    _, (targets, actuals) = rows.numbers("target", "actual")
    full = rows.points.as_integer_ratio()
    sign = 1 if direction == "higher_better" else -1
    return [
        None if target is None or actual is None else full if sign * actual >= sign * target else _NOTHING
        for target, actual in zip(targets, actuals, strict=True)
    ]


@method(
    "base80_slope",
    row_fields=("target", "actual"),
    params=(
        Param("base_share", number(at_least=0), "share of the points that the target itself earns", "0.8"),
        Param("per_point", number(at_least=0), "points won or lost for each unit of the value off the target", "0.5"),
        Param("cap", optional(number(above=0)), "highest share of the points; null for no end", "1"),
        Param("direction", DIRECTION, "whether more or less is better", "higher_better"),
    ),
    vectors=(
        vector(
            "60", {"A": ("70", "80"), "B": ("70", "66"), "C": ("70", "98")}, {"A": "53.00", "B": "46.00", "C": "60.00"}
        ),
    ),
)
def base80_slope(
    rows: Rows, *, base_share: Fraction, per_point: Fraction, cap: Fraction | None, direction: str
) -> Scores:
    """The target earns 80 % of the points, each percentage point off it half a point more or less.

    Source: a published rule, place not recorded (target → 80 % of W, ±0.5 per percentage point, capped). Target and value are in
    percent. The rule gives no floor; the score ends at 0. The cap is a share of the points.
    """
    if cap is not None and cap < base_share:
        raise BadCase(
            "The cap of base80_slope lies under base_share, so the target could not earn its share; raise it."
        )
    scale, (targets, actuals) = rows.numbers("target", "actual")
    sign = 1 if direction == "higher_better" else -1
    slope = line(sign * per_point / scale, rows.points * base_share)
    scores: Scores = []
    for target, actual in zip(targets, actuals, strict=True):
        if target is None or actual is None:
            scores.append(None)
            continue
        score = larger(slope.at(actual - target), _NOTHING)
        scores.append(score if cap is None else smaller(score, (rows.points * cap).as_integer_ratio()))
    return scores


@method(
    "declared_target",
    row_fields=("standard", "declared", "actual"),
    params=(
        Param("a", number(at_least=0), "percent of the points won for each percentage point over the standard", "0.5"),
        Param(
            "b", number(at_least=0), "percent of the points lost for each point the declared value was missed by", "0.3"
        ),
    ),
    vectors=(
        vector(
            "10",
            {
                "A": ("100", "110", "121"),
                "B": ("100", "110", "90"),
                "C": ("100", "110", "105"),
                "D": ("100", "80", "90"),
            },
            {"A": "10.75", "B": "9.00", "C": "10.25", "D": "8.63"},
        ),
    ),
)
def declared_target(rows: Rows, *, a: Fraction, b: Fraction) -> Scores:
    """A value against a standard and against what the unit itself declared, so that declaring low does not pay.

    With s = x/standard and d = x/declared in percent and B the points: both met, B·[1 + (s − 100)·a − (d − 100)·b];
    neither, B·s; only the standard, B·[1 + (s − 100)·a]; only the declared value, B·s − B·(d − 100)·b. Source: a
    published rule, place not recorded (a of 0.3–1 %, b of 0.2–0.9 %, a above b). It sets neither cap nor floor. A
    standard or declared value of 0 is none: no score.
    """
    if not a > b:
        raise BadCase("Parameter a of declared_target must be above b, or declaring low would pay; raise a or lower b.")
    _, (standards, declared, actuals) = rows.numbers("standard", "declared", "actual")
    rows.refuse_negative("standard", standards)
    rows.refuse_negative("declared", declared)
    cells = zip(standards, declared, actuals, strict=True)
    return [
        None if not s or not d or x is None else (rows.points * _declared_share(s, d, x, a, b)).as_integer_ratio()
        for s, d, x in cells
    ]


def _declared_share(standard: int, declared: int, actual: int, a: Fraction, b: Fraction) -> Fraction:
    of_standard, of_declared = Fraction(actual, standard), Fraction(actual, declared)
    share = 1 + (of_standard - 1) * a if actual >= standard else of_standard
    return share - (of_declared - 1) * b if actual >= declared else share
