"""Methods that put parts together: means, weighted sums, the annual points of a member.

Their parts are already scores or rates, so the result is their own value, neither scaled by the points nor clamped.
A part that is missing leaves the unit without a score.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import Any, Final

from engine.assessment.scoring.exact import PLACES, BadCase, Ratio, root_half_up
from engine.assessment.scoring.kinds import NUMBER, choice, list_of, map_of, number, optional
from engine.assessment.scoring.registry import Param, Scores, method, vector
from engine.assessment.scoring.rows import Rows

_SHARE = number(at_least=0, at_most=1)
_DEEPEST_ROOT: Final = 1000
_TRIMMED_FROM: Final = 6  # scores from which on the highest and the lowest are left out


@method(
    "weighted_rates",
    row_fields=("rates",),
    params=(Param("weights", map_of(number(at_least=0), total=1, filled=True), "share of each rate"),),
    vectors=(
        vector(
            "100",
            {"A": ({"signed": "95", "settled": "80"},), "B": ({"signed": "95"},)},
            {"A": "86.00", "B": None},
            params={"weights": {"signed": "0.4", "settled": "0.6"}},
        ),
    ),
)
def weighted_rates(rows: Rows, *, weights: dict[str, Fraction]) -> Scores:
    """The weighted sum of several rates on a scale of 100: Σ weight·rate.

    Source: composite rates of published schemes, weights printed with the rule.
    """
    return [_weighted(weights, rates) for rates in rows.maps("rates", weights)]


def _weighted(weights: Mapping[str, Fraction], named: Mapping[str, Fraction | None] | None) -> Ratio | None:
    result = Fraction(0)
    for name, weight in weights.items():
        part = None if named is None else named.get(name)
        if part is None:
            return None
        result += weight * part
    return result.as_integer_ratio()


@method(
    "composite",
    row_fields=("scores",),
    params=(
        Param(
            "weights",
            optional(list_of(number(at_least=0), filled=True)),
            "weight of each score in order; null for equal ones",
            None,
        ),
        Param("mean", choice("arithmetic", "geometric"), "which mean", "arithmetic"),
    ),
    vectors=(
        vector("100", {"A": (["80", "90"],), "B": (["80", None],)}, {"A": "85.00", "B": None}),
        vector("100", {"A": (["80", "90"],)}, {"A": "87.00"}, params={"weights": ["0.3", "0.7"]}),
        vector(
            "100", {"A": (["2", "8"],), "B": (["4", "4"],)}, {"A": "4.00", "B": "4.00"}, params={"mean": "geometric"}
        ),
        vector("100", {"A": (["1", "16"],)}, {"A": "8.00"}, params={"mean": "geometric", "weights": ["0.25", "0.75"]}),
    ),
)
def composite(rows: Rows, *, weights: tuple[Fraction, ...] | None, mean: str) -> Scores:
    """The arithmetic or geometric mean of several scores, weighted or not.

    Source: totals of published schemes (weighted sum normally, geometric mean where no part may be neglected). Weights
    need not sum to 1: the mean divides by their sum. Without weights each unit's mean is over the scores it lists. The
    geometric mean asks for scores of 0 or more, and for weights in a ratio of small whole numbers (sum ≤ 1000).
    """
    if weights is not None and sum(weights) == 0:
        raise BadCase("The weights of composite are all 0; give at least one score a weight.")
    powers = None if weights is None else _powers(weights)
    if mean == "geometric" and powers is not None and sum(powers) > _DEEPEST_ROOT:
        raise BadCase("The weights of a geometric mean must have few decimals; round them, for example to 0.01.")
    scores: Scores = []
    for unit, given in zip(rows.units, rows.values("scores"), strict=True):
        if not given or None in given:
            scores.append(None)
            continue
        exponents = (1,) * len(given) if powers is None else powers
        _check_scores(unit, given, exponents, mean)
        scores.append(_arithmetic(given, exponents) if mean == "arithmetic" else _geometric(given, exponents))
    return scores


def _powers(weights: tuple[Fraction, ...]) -> tuple[int, ...]:
    """The smallest whole numbers in the ratio of the weights."""
    over = lcm(*(weight.denominator for weight in weights))
    counts = [int(weight * over) for weight in weights]
    return tuple(count // gcd(*counts) for count in counts)


def _check_scores(unit: str, scores: tuple[Fraction, ...], powers: tuple[int, ...], mean: str) -> None:
    if len(scores) != len(powers):
        template = "Unit {unit} has {scores} scores for {weights} weights; give one score for each weight."
        raise BadCase(template, unit=unit, scores=len(scores), weights=len(powers))
    if mean == "geometric" and (min(scores) < 0 or len(scores) > _DEEPEST_ROOT):
        raise BadCase("Unit {unit} has a score below 0 or too many: there is no geometric mean of them.", unit=unit)


def _arithmetic(scores: tuple[Fraction, ...], powers: tuple[int, ...]) -> Ratio:
    weighted = sum((score * power for score, power in zip(scores, powers, strict=True)), Fraction(0))
    return (weighted / sum(powers)).as_integer_ratio()


def _geometric(scores: tuple[Fraction, ...], powers: tuple[int, ...]) -> Ratio:
    """Mostly irrational, so it is rounded here, once and exactly: (2, 8) and (4, 4) meet in 4."""
    product = Fraction(1)
    for score, power in zip(scores, powers, strict=True):
        product *= score**power
    return root_half_up(product, sum(powers)), 10**PLACES


@method(
    "panel_mean",
    row_fields=("scores",),
    vectors=(
        vector(
            "100",
            {"A": (["70", "80", "90", "90", "100"],), "B": (["10", "80", "82", "84", "86", "100"],), "C": ([],)},
            {"A": "86.00", "B": "83.00", "C": None},
        ),
    ),
)
def panel_mean(rows: Rows) -> Scores:
    """The mean of a panel's scores; of more than five without one highest and one lowest.

    Source: published panel rules. Whether a ballot is valid (all equal, quota broken) is decided where ballots are
    collected, not here.
    """
    return [None if not scores or None in scores else _trimmed_mean(scores) for scores in rows.values("scores")]


def _trimmed_mean(scores: tuple[Fraction, ...]) -> Ratio:
    kept = sorted(scores)[1:-1] if len(scores) >= _TRIMMED_FROM else scores
    return (sum(kept, Fraction(0)) / len(kept)).as_integer_ratio()


@method(
    "site_plus_feedback",
    row_fields=("site", "feedback"),
    params=(
        Param("site_weight", _SHARE, "share of the visit on site", "0.9"),
        Param("feedback_weight", _SHARE, "share of the answer to its findings", "0.1"),
    ),
    vectors=(vector("100", {"A": ("90", "70"), "B": ("90", None)}, {"A": "88.00", "B": None}),),
)
def site_plus_feedback(rows: Rows, *, site_weight: Fraction, feedback_weight: Fraction) -> Scores:
    """A visit on site counts 90 %, what the unit then mended 10 %.

    Source: Xiang'an, which so ties rectification to the score. The two weights sum to 1.
    """
    _check_pair("site_weight", site_weight, "feedback_weight", feedback_weight)
    pairs = zip(rows.values("site"), rows.values("feedback"), strict=True)
    return [
        None
        if site is None or feedback is None
        else (site_weight * site + feedback_weight * feedback).as_integer_ratio()
        for site, feedback in pairs
    ]


def _check_pair(first: str, one: Fraction, second: str, other: Fraction) -> None:
    if one + other != 1:
        raise BadCase("Parameters {first} and {second} must sum to 1; correct one of them.", first=first, second=second)


def _read_lines(value: object) -> dict[str, Fraction]:
    lines: dict[str, Fraction] = map_of(NUMBER, filled=True).read(value)
    if len(set(lines.values())) != len(lines) or min(lines.values()) > 0:
        raise ValueError(value)
    return lines


_LINES = map_of(NUMBER, filled=True)._replace(
    text="a map of grades, each with the number it starts at, all different, the lowest 0 or less", read=_read_lines
)


def _grade(value: Ratio, params: Mapping[str, Any]) -> str:
    lines: Mapping[str, Fraction] = params["lines"]
    falling = sorted(lines, key=lambda grade: lines[grade], reverse=True)
    exact = Fraction(*value)
    return next((grade for grade in falling if exact >= lines[grade]), falling[-1])


@method(
    "points_annual",
    row_fields=("monthly", "review", "bonus", "vetoed"),
    params=(
        Param("monthly_weight", _SHARE, "share of the mean of the months", "0.9"),
        Param("review_weight", _SHARE, "share of the annual democratic review", "0.1"),
        Param("lines", _LINES, "the grades", {"优秀": "100", "合格": "90", "基本合格": "80", "不合格": "0"}),
    ),
    vectors=(
        vector(
            "100",
            {
                "A": (["98"], "96", "2"),
                "B": (["100"], "100", "0"),
                "C": (["85"], "80", "1.5"),
                "D": (["79"], "85", "0"),
                "E": (["100"], "100", "9", True),
            },
            {"A": "99.80", "B": "100.00", "C": "86.00", "D": "79.60", "E": None},
            grades={"A": "合格", "B": "优秀", "C": "基本合格", "D": "不合格", "E": None},
        ),
    ),
    grade=_grade,
)
def points_annual(
    rows: Rows, *, monthly_weight: Fraction, review_weight: Fraction, lines: Mapping[str, Fraction]
) -> Scores:
    """A member's year: mean of the months · 90 % + democratic review · 10 % + bonus, and its grade.

    Source: S4, rows N7–N9. The months are those of membership; the bonus has no cap, and a row without one had none. A
    vetoed member has neither score nor rank nor grade. The grade is taken on the unrounded value; what lies under the
    lowest line has the lowest grade.
    """
    _check_pair("monthly_weight", monthly_weight, "review_weight", review_weight)
    columns = (rows.values("monthly"), rows.values("review"), rows.values("bonus", absent="0"), rows.values("vetoed"))
    scores: Scores = []
    for monthly, review, bonus, vetoed in zip(*columns, strict=True):
        if vetoed or not monthly or None in monthly or review is None or bonus is None:
            scores.append(None)
            continue
        mean = sum(monthly, Fraction(0)) / len(monthly)
        scores.append((mean * monthly_weight + review * review_weight + bonus).as_integer_ratio())
    return scores
