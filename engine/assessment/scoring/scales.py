"""Methods that place a value on a scale of fixed or found ends."""

from fractions import Fraction

from engine.assessment.scoring.exact import BadCase
from engine.assessment.scoring.kinds import DIRECTION, FLAG, NUMBER, list_of, map_of, number, optional, record
from engine.assessment.scoring.lines import larger, line, smaller, whole
from engine.assessment.scoring.registry import Param, Scores, method, vector
from engine.assessment.scoring.rows import FULL_POINTS, Column, Rows

_BASE = Param("base", NUMBER, "score at the lower end, on a scale of 100", "60")
_SPAN = Param("span", number(above=0), "score between the ends, on a scale of 100", "40")
_CLAMP = Param("clamp", FLAG, "whether the score stays between its ends", False)


@method(
    "efficacy_minmax",
    row_fields=("actual",),
    params=(
        _BASE,
        _SPAN,
        Param("direction", DIRECTION, "whether more or less is better", "higher_better"),
        _CLAMP,
        Param("satisfactory", optional(NUMBER), "value that earns base + span; null for the best of the rows", None),
        Param("not_allowed", optional(NUMBER), "value that earns base; null for the worst of the rows", None),
    ),
    vectors=(
        vector(
            "100",
            {"A": ("5.81",), "B": ("12",)},
            {"A": "58.73", "B": "100.00"},
            params={"satisfactory": "12", "not_allowed": "6"},
        ),
        vector(
            "5",
            {"A": ("20",), "B": ("15",), "C": ("10",)},
            {"A": "3.00", "B": "4.00", "C": "5.00"},
            params={"direction": "lower_better"},
        ),
        vector("100", {"A": ("7",), "B": ("7",)}, {"A": "100.00", "B": "100.00"}),
    ),
)
def efficacy_minmax(
    rows: Rows,
    *,
    base: Fraction,
    span: Fraction,
    direction: str,
    clamp: bool,
    satisfactory: Fraction | None,
    not_allowed: Fraction | None,
) -> Scores:
    """Efficacy coefficient (功效系数法): base + span·(x − not allowed)/(satisfactory − not allowed), of the points.

    Source: published city schemes (60 + 40). Without ``clamp`` a value beyond an end goes beyond its score. When both
    ends are the same value every unit gets base + span. A satisfactory value worse than the not allowed one is refused.
    """
    scale, (actuals,) = rows.numbers("actual")
    found = sorted((x for x in actuals if x is not None), reverse=direction == "higher_better")
    best = Fraction(found[0], scale) if satisfactory is None and found else satisfactory
    worst = Fraction(found[-1], scale) if not_allowed is None and found else not_allowed
    if best is None or worst is None:
        return [None] * len(actuals)
    if best < worst if direction == "higher_better" else best > worst:
        template = "The satisfactory value {best} is worse than the not allowed value {worst}; correct one of them."
        raise BadCase(template, best=str(best), worst=str(worst))
    return _efficacy(rows.points, actuals, scale, (best, worst), (base, span), clamp)


def _efficacy(
    points: Fraction,
    actuals: Column,
    scale: int,
    ends: tuple[Fraction, Fraction],
    scores: tuple[Fraction, Fraction],
    clamp: bool,
) -> Scores:
    (best, worst), (base, span) = ends, scores
    share = points / FULL_POINTS
    low, high = (share * base).as_integer_ratio(), (share * (base + span)).as_integer_ratio()
    if best == worst:
        return [None if x is None else high for x in actuals]
    rise = span / (best - worst)
    slope = line(share * rise / scale, share * (base - rise * worst))
    if clamp:
        return [None if x is None else larger(low, smaller(high, slope.at(x))) for x in actuals]
    return [None if x is None else slope.at(x) for x in actuals]


@method(
    "efficacy_fixed",
    row_fields=("actual",),
    params=(
        Param("lo", NUMBER, "value that earns base"),
        Param("hi", NUMBER, "value that earns base + span"),
        _BASE,
        _SPAN,
        _CLAMP,
    ),
    vectors=(
        vector("100", {"A": ("20",), "B": ("30",)}, {"A": "80.00", "B": "120.00"}, params={"lo": "15", "hi": "25"}),
        vector(
            "10",
            {"A": ("30",), "B": ("10",)},
            {"A": "10.00", "B": "6.00"},
            params={"lo": "15", "hi": "25", "clamp": True},
        ),
    ),
)
def efficacy_fixed(rows: Rows, *, lo: Fraction, hi: Fraction, base: Fraction, span: Fraction, clamp: bool) -> Scores:
    """Efficacy coefficient between a fixed base value and a fixed target value.

    Source: Ningbo (growth from 15 % to 25 %). Where less is better, ``hi`` is the smaller of the two.
    """
    if lo == hi:
        raise BadCase("Parameters lo and hi of efficacy_fixed are equal, which leaves no scale; set them apart.")
    scale, (actuals,) = rows.numbers("actual")
    return _efficacy(rows.points, actuals, scale, (hi, lo), (base, span), clamp)


@method(
    "banded_linear",
    row_fields=("actual",),
    params=(Param("levels", list_of(NUMBER, count=4), "the standards A, B, C and D, from the best on"),),
    vectors=(
        vector(
            "4",
            {"A": ("85",), "B": ("100",), "C": ("120",), "D": ("60",), "E": ("59.99",)},
            {"A": "2.50", "B": "4.00", "C": "4.00", "D": "1.00", "E": "0.00"},
            params={"levels": ["100", "90", "80", "60"]},
        ),
        vector("100", {"A": ("15",)}, {"A": "87.50"}, params={"levels": ["10", "20", "30", "40"]}),
    ),
)
def banded_linear(rows: Rows, *, levels: tuple[Fraction, ...]) -> Scores:
    """Four standards earn 4, 3, 2 and 1 quarters of the points, linear between, above the first full, below the last 0.

    Source: a published rule, place not recorded. The levels fall from A to D, or rise where less is better; equal ones
    would leave a gap and are refused.
    """
    sign = 1 if levels[0] > levels[3] else -1
    ladder = [sign * level for level in levels]
    if not ladder[0] > ladder[1] > ladder[2] > ladder[3]:
        raise BadCase("The levels of banded_linear must fall from A to D, or rise, without equals; put them in order.")
    scale, (actuals,) = rows.numbers("actual")
    unit, ends = whole(*(level * scale for level in ladder))
    quarter = rows.points / 4
    bands = []
    for at in range(3):  # the band from level at + 1 up to level at, which earn 3 - at and 4 - at quarters
        rise = quarter / (ends[at] - ends[at + 1])
        bands.append((ends[at + 1], line(rise, quarter * (3 - at) - rise * ends[at + 1])))
    full = rows.points.as_integer_ratio()
    scores: Scores = []
    for actual in actuals:
        x = None if actual is None else sign * actual * unit
        within = None if x is None else next((band for low, band in bands if x >= low), None)
        if x is None:
            scores.append(None)
        elif x >= ends[0]:
            scores.append(full)
        else:
            scores.append((0, 1) if within is None else within.at(x))
    return scores


@method(
    "adjusted_value",
    row_fields=("actual", "differences"),
    params=(
        Param(
            "terms",
            map_of(record(factor=NUMBER, cap=optional(number(at_least=0))), filled=True),
            "name of each correction, what its difference is multiplied with, and the most it moves either way",
        ),
    ),
    vectors=(
        vector(
            "100",
            {
                "A": ("80", {"gdp": "1", "investment": "10", "industry": "-30"}),
                "B": ("80", {"gdp": "1", "investment": None}),
            },
            {"A": "80.00", "B": None},
            params={
                "terms": {
                    "gdp": {"factor": "1.5", "cap": "5"},
                    "investment": {"factor": "0.15", "cap": "3"},
                    "industry": {"factor": "0.15", "cap": "3"},
                }
            },
        ),
    ),
)
def adjusted_value(rows: Rows, *, terms: dict[str, dict[str, Fraction | None]]) -> Scores:
    """A rate corrected by differences, each multiplied and capped: x + Σ clamp(factor·difference, ±cap).

    Source: Wenzhou 2013 (+1.5·(GDP growth − target) within ±5, two corrections of 0.15 within ±3), then ranked. The
    corrected value is the score itself, not scaled by the points. Every correction needs its difference, or there is
    no score.
    """
    pairs = zip(rows.values("actual"), rows.maps("differences", terms), strict=True)
    scores: Scores = []
    for actual, differences in pairs:
        given = {} if differences is None else {name: part for name, part in differences.items() if part is not None}
        if actual is None or given.keys() != terms.keys():
            scores.append(None)
            continue
        scores.append(sum((_clamped(terms[name], part) for name, part in given.items()), actual).as_integer_ratio())
    return scores


def _clamped(term: dict[str, Fraction | None], difference: Fraction) -> Fraction:
    moved, cap = (term["factor"] or Fraction(0)) * difference, term["cap"]
    return moved if cap is None else max(-cap, min(cap, moved))
