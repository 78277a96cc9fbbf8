"""Methods that measure units against each other: their ranks, the best of them, their mean."""

from collections.abc import Callable
from fractions import Fraction
from math import lcm

from engine.assessment.scoring.exact import BadCase, Ratio, competition_ranks
from engine.assessment.scoring.kinds import DIRECTION, MODE, NUMBER, number
from engine.assessment.scoring.lines import deduction, smaller, whole
from engine.assessment.scoring.registry import Param, Scores, method, vector
from engine.assessment.scoring.rows import Column, Rows

_NOTHING: Ratio = (0, 1)
_FULL: Ratio = (1, 1)
_DIRECTION = Param("direction", DIRECTION, "whether more or less is better", "higher_better")
_SHARE = number(at_least=0, at_most=1)


@method(
    "rank_step",
    row_fields=("actual",),
    params=(
        Param("step", _SHARE, "share of the points that each lower rank costs", "0.05"),
        Param("floor", NUMBER, "points the score never falls under", "0"),
        _DIRECTION,
    ),
    vectors=(
        vector(
            "100",
            {"A": ("9",), "B": ("8",), "C": ("8",), "D": ("7",)},
            {"A": "100.00", "B": "95.00", "C": "95.00", "D": "85.00"},
        ),
        vector(
            "100",
            {f"U{at:02}": (str(100 - at),) for at in range(1, 21)},
            {"U01": "100.00", "U02": "95.00", "U20": "5.00"},
        ),
    ),
)
def rank_step(rows: Rows, *, step: Fraction, floor: Fraction, direction: str) -> Scores:
    """The best gets all the points, each lower rank a share ``step`` of them less, never under ``floor``.

    Source: competing for advance (争先进位法): best W, second 95 %, third 90 %. Competition ranks: equals share a rank
    and the next one is skipped.
    """
    _, (actuals,) = rows.numbers("actual")
    after = _after_ranks(rows.points, step, floor)
    return [None if rank is None else after(rank) for rank in _ranks(actuals, direction)]


def _after_ranks(points: Fraction, step: Fraction, floor: Fraction) -> Callable[[int], Ratio]:
    after = deduction(points, points * step, floor=floor)
    return lambda rank: after(rank - 1, 1)


def _ranks(actuals: Column, direction: str) -> list[int | None]:
    return competition_ranks(actuals, highest_first=direction == "higher_better")


@method(
    "rank_step_base",
    row_fields=("ranks",),
    params=(
        Param("step", _SHARE, "share of the points that each lower rank costs", "0.02"),
        Param("floor", NUMBER, "points the score never falls under", "0"),
    ),
    vectors=(
        vector("200", {"A": (["5"],), "B": (["1", "2", "3"],), "C": ([],)}, {"A": "184.00", "B": "196.00", "C": None}),
    ),
)
def rank_step_base(rows: Rows, *, step: Fraction, floor: Fraction) -> Scores:
    """Each ranker's first gets all the points, each lower rank a share ``step`` less; the mean over the rankers.

    Source: Rui'an (first = W, each lower rank −2 % of W, mean over several rankers). ``ranks`` are those the rankers
    gave the unit; one that is missing leaves the unit without a score.
    """
    after = _after_ranks(rows.points, step, floor)
    return [
        None
        if not ranks or None in ranks
        else (sum(Fraction(*after(int(rank))) for rank in ranks) / len(ranks)).as_integer_ratio()
        for ranks in rows.values("ranks")
    ]


@method(
    "gate_plus_rank",
    row_fields=("actual",),
    params=(
        Param("gate", NUMBER, "value that has to be reached"),
        Param("gate_points", number(at_least=0), "points for reaching it"),
        Param("rank_points", number(at_least=0), "points shared out by rank among the units beyond it"),
        Param("step", _SHARE, "share of rank_points that each lower rank costs", "0.05"),
        _DIRECTION,
    ),
    vectors=(
        vector(
            "10",
            {"A": ("9.0",), "B": ("8.5",), "C": ("8.0",), "D": ("7.9",)},
            {"A": "10.00", "B": "9.70", "C": "4.00", "D": "0.00"},
            params={"gate": "8", "gate_points": "4", "rank_points": "6"},
        ),
    ),
)
def gate_plus_rank(
    rows: Rows, *, gate: Fraction, gate_points: Fraction, rank_points: Fraction, step: Fraction, direction: str
) -> Scores:
    """Nothing short of the gate, ``gate_points`` at it, beyond it also ``rank_points`` by rank.

    Source: a published GDP rule, place not recorded (growth of 8 % met → 4 points, else 0; above 8 % the rank step on
    6 more). Only units strictly beyond the gate are ranked. The two parts are in points and are not scaled by the
    points of the case.
    """
    scale, (actuals,) = rows.numbers("actual")
    sign = 1 if direction == "higher_better" else -1
    unit, (line,) = whole(gate * scale)
    beyond = [None if x is None else sign * (x * unit - line) for x in actuals]
    ranks = competition_ranks([x if x is not None and x > 0 else None for x in beyond])
    after, met = _after_ranks(rank_points, step, Fraction(0)), gate_points.as_integer_ratio()
    return [
        None if x is None else _NOTHING if x < 0 else met if rank is None else _plus(met, after(rank))
        for x, rank in zip(beyond, ranks, strict=True)
    ]


def _plus(a: Ratio, b: Ratio) -> Ratio:
    return a[0] * b[1] + b[0] * a[1], a[1] * b[1]


@method(
    "ratio_to_best",
    row_fields=("actual",),
    params=(_DIRECTION,),
    vectors=(
        vector("600", {"A": ("950",), "B": ("902.5",)}, {"A": "600.00", "B": "570.00"}),
        vector("10", {"A": ("4",), "B": ("5",)}, {"A": "10.00", "B": "8.00"}, params={"direction": "lower_better"}),
    ),
)
def ratio_to_best(rows: Rows, *, direction: str) -> Scores:
    """The best gets all the points, the others in proportion: W·x/x_best, or W·x_best/x where less is better.

    Source: level index (水平指数). The best is full also where it is 0. Where the best is below 0, or some are below a
    best of 0, or less is better and values are below 0, there is no proportion and the case is refused.
    """
    _, (actuals,) = rows.numbers("actual")
    above, below = rows.points.as_integer_ratio()
    shares = _shares_of_best(actuals, direction, "ratio_to_best")
    return [None if share is None else (above * share[0], below * share[1]) for share in shares]


def _shares_of_best(actuals: Column, direction: str, name: str) -> Scores:
    present = [x for x in actuals if x is not None]
    least, best = min(present, default=0), max(present, default=0)
    if best < 0 or (best == 0 and least < 0) or (direction == "lower_better" and least < 0):
        raise BadCase("Values below 0 have no ratio to the best; choose another method than {method}.", method=name)
    if direction == "lower_better":
        return [None if x is None else _FULL if x == least else (least, x) for x in actuals]
    return [None if x is None else _FULL if x == best else (x, best) for x in actuals]


@method(
    "growth_vs_mean",
    row_fields=("actual", "base"),
    params=(Param("mix", _SHARE, "share of growth in the score; the rest is the level", "0.6"),),
    vectors=(
        vector(
            "10",
            {"A": ("100", "100"), "B": ("110", "100"), "C": ("120", "100"), "D": ("50", "0")},
            {"A": "0.00", "B": "10.00", "C": "15.00", "D": None},
            params={"mix": "1"},
        ),
        vector("10", {"A": ("90", "90"), "B": ("120", "100")}, {"A": "3.00", "B": "13.00"}),
        vector("10", {"A": ("50", "40"), "B": ("100", "80")}, {"A": "8.00", "B": "10.00"}),
    ),
)
def growth_vs_mean(rows: Rows, *, mix: Fraction) -> Scores:
    """Growth against the mean growth, mixed with the level against the best level.

    Growth: the lowest earns 0, the mean W, the best 1.5·W, linear between; where all grow alike, W. Level: W·x/best.
    Source: Suxian; mixes from Zhoukou (level 40, growth 60) and Wanjiang. Growth is (x − base)/base, the mean is not
    weighted. A unit whose base is missing or not above 0 has no score and counts in no best, lowest or mean.
    """
    _, (actuals, bases) = rows.numbers("actual", "base")
    scored = [x is not None and b is not None and b > 0 for x, b in zip(actuals, bases, strict=True)]
    pairs = [(x or 0, b or 1) for x, b, has in zip(actuals, bases, scored, strict=True) if has]
    growths = _growth_shares(pairs)
    levels = _shares_of_best([x for x, _ in pairs], "higher_better", "growth_vs_mean") if mix < 1 else growths
    of_growth, of_level, over = mix.numerator, mix.denominator - mix.numerator, mix.denominator
    above, below = rows.points.as_integer_ratio()
    mixed = (
        (above * (of_growth * g[0] * v[1] + of_level * v[0] * g[1]), below * over * g[1] * v[1])
        for g, v in zip(growths, levels, strict=True)
        if g is not None and v is not None
    )
    return [next(mixed) if has else None for has in scored]


def _growth_shares(pairs: list[tuple[int, int]]) -> Scores:
    """Each growth as a share of W. All growths are counted in one denominator, so that nothing has to be reduced."""
    common = lcm(*(base for _, base in pairs))
    growths = [(actual - base) * (common // base) for actual, base in pairs]
    lowest, best = min(growths, default=0), max(growths, default=0)
    if lowest == best:
        return [_FULL for _ in growths]
    units, total = len(growths), sum(growths)  # the mean is total / units, itself counted in 1 / common
    return [
        (units * (growth - lowest), total - units * lowest)
        if units * growth <= total
        else (2 * (units * best - total) + units * growth - total, 2 * (units * best - total))
        for growth in growths
    ]


@method(
    "flat80_step_bonus",
    row_fields=("actual", "base"),
    params=(
        Param("base_share", _SHARE, "share of the points for being level with last year", "0.8"),
        Param("step", number(above=0), "growth that earns one bonus, in percent of last year", "5"),
        Param("bonus", number(at_least=0), "points for each step", "1"),
        Param("mode", MODE, "whether a part of a step earns its part, or only whole steps count", "whole_steps"),
        Param("bonus_cap", number(at_least=0), "most bonus, as a share of the points", "0.5"),
    ),
    vectors=(
        vector(
            "10",
            {"A": ("112", "100"), "B": ("100", "100"), "C": ("200", "100"), "D": ("99", "100"), "E": ("5", "0")},
            {"A": "10.00", "B": "8.00", "C": "13.00", "D": "0.00", "E": None},
        ),
        vector("10", {"A": ("112", "100")}, {"A": "10.40"}, params={"mode": "pro_rata"}),
    ),
)
def flat80_step_bonus(
    rows: Rows, *, base_share: Fraction, step: Fraction, bonus: Fraction, mode: str, bonus_cap: Fraction
) -> Scores:
    """Level with last year earns 80 % of the points, each 5 % of growth one point more, at most half the points.

    Source: a published rule, place not recorded. It gives nothing for falling below last year, and that is the reading
    here: 0. A base that is missing or not above 0 leaves the unit without a score.
    """
    _, (actuals, bases) = rows.numbers("actual", "base")
    level, most = (rows.points * base_share).as_integer_ratio(), (rows.points * bonus_cap).as_integer_ratio()
    scores: Scores = []
    for actual, base in zip(actuals, bases, strict=True):
        if actual is None or base is None or base <= 0:
            scores.append(None)
            continue
        steps, over = 100 * (actual - base) * step.denominator, base * step.numerator
        if mode == "whole_steps":
            steps, over = steps // over, 1
        won = (steps * bonus.numerator, over * bonus.denominator)
        scores.append(_NOTHING if actual < base else _plus(level, smaller(won, most)))
    return scores


@method(
    "province_rank_bonus",
    row_fields=("rank", "of"),
    params=(Param("places", number(at_least=1, whole=True), "how many first and last places count", "5"),),
    vectors=(
        vector(
            "100",
            {"A": ("1", "96"), "B": ("5", "96"), "C": ("50", "96"), "D": ("92", "96"), "E": ("96", "96")},
            {"A": "5.00", "B": "1.00", "C": "0.00", "D": "-1.00", "E": "-5.00"},
        ),
    ),
)
def province_rank_bonus(rows: Rows, *, places: Fraction) -> Scores:
    """A place among the province's first five adds 5 … 1 points, among its last five takes 1 … 5, the last most.

    Source: a published rule, place not recorded. ``rank`` is the unit's place in the province, ``of`` how many were
    ranked; with so few that first and last places overlap the case is refused. Not scaled by the points.
    """
    scores: Scores = []
    for unit, rank, of in zip(rows.units, rows.values("rank"), rows.values("of"), strict=True):
        if rank is None or of is None:
            scores.append(None)
            continue
        if rank > of or of < 2 * places:
            template = "Unit {unit} is ranked {rank} of {of}: there must be {least} or more, and the rank among them."
            raise BadCase(template, unit=unit, rank=rank, of=of, least=2 * places)
        won, lost = max(places + 1 - rank, Fraction(0)), max(places - (of - rank), Fraction(0))
        scores.append((won - lost).as_integer_ratio())
    return scores
