"""Methods that turn ballots into a score. Their results are their own value, not scaled by the points."""

from collections.abc import Mapping
from fractions import Fraction

from engine.assessment.scoring.exact import BadCase, Ratio
from engine.assessment.scoring.kinds import NUMBER, SHARE, TEXT, list_of, map_of, number, record
from engine.assessment.scoring.registry import Param, Scores, method, vector
from engine.assessment.scoring.rows import Rows

_VALUES = Param("values", map_of(NUMBER, filled=True), "what a ballot of each grade is worth")
_PERCENT = number(at_least=0, at_most=100)
_PUBLISHED_TIERS = [
    {"at_least": "90", "points": "200"},
    {"at_least": "80", "points": "190"},
    {"at_least": "70", "points": "180"},
    {"at_least": "60", "points": "170"},
]


@method(
    "vote_grades",
    row_fields=("votes",),
    params=(_VALUES,),
    vectors=(
        vector(
            "100",
            {"A": ({"优秀": "10", "称职": "6", "基本称职": "4"},), "B": ({},), "C": ({"优秀": None},)},
            {"A": "86.00", "B": None, "C": None},
            params={"values": {"优秀": "100", "称职": "80", "基本称职": "60", "不称职": "40"}},
        ),
    ),
)
def vote_grades(rows: Rows, *, values: dict[str, Fraction]) -> Scores:
    """The mean worth of the valid ballots: Σ votes·value / Σ votes.

    Source: published democratic reviews (100, 80, 60, 40). A grade that is not listed got no ballot; without any ballot,
    or with a count that is null, there is no score.
    """
    return [_mean_ballot(values, votes) for votes in rows.maps("votes", values)]


def _mean_ballot(values: Mapping[str, Fraction], votes: Mapping[str, Fraction | None] | None) -> Ratio | None:
    mean = _ballot_mean(values, votes)
    return None if mean is None else mean.as_integer_ratio()


def _ballot_mean(values: Mapping[str, Fraction], votes: Mapping[str, Fraction | None] | None) -> Fraction | None:
    cast = _cast(votes)
    if cast is None:
        return None
    return sum((values[grade] * count for grade, count in cast.items()), Fraction(0)) / sum(cast.values())


def _cast(votes: Mapping[str, Fraction | None] | None) -> dict[str, Fraction] | None:
    """The counts, or None when nothing was cast or a count is missing."""
    counts = {grade: count for grade, count in (votes or {}).items() if count is not None}
    return counts if votes is not None and len(counts) == len(votes) and sum(counts.values()) > 0 else None


@method(
    "voter_class_mix",
    row_fields=("class_votes",),
    params=(
        Param("weights", map_of(number(at_least=0), total=1, filled=True), "share of each class of voters"),
        _VALUES,
    ),
    vectors=(
        vector(
            "100",
            {"A": ({"chief": {"优秀": "1"}, "others": {"优秀": "1", "称职": "3"}},), "B": ({"chief": {"优秀": "1"}},)},
            {"A": "88.00", "B": None},
            params={"weights": {"chief": "0.2", "others": "0.8"}, "values": {"优秀": "100", "称职": "80"}},
        ),
    ),
)
def voter_class_mix(rows: Rows, *, weights: dict[str, Fraction], values: dict[str, Fraction]) -> Scores:
    """Each class of voters has its mean ballot, and the classes their shares.

    Source: a published scheme, place not recorded (chief .15, in charge .15, other leaders .20, heads of organs .10,
    heads of units .15, staff .25). A class with a share of which nobody voted leaves the unit without a score.
    """
    _check_grades(rows, values)
    scores: Scores = []
    for classes in rows.maps("class_votes", weights):
        means = [_ballot_mean(values, (classes or {}).get(name)) for name in weights]
        weighted = [mean * share for mean, share in zip(means, weights.values(), strict=True) if mean is not None]
        scores.append(sum(weighted, Fraction(0)).as_integer_ratio() if len(weighted) == len(weights) else None)
    return scores


def _check_grades(rows: Rows, values: Mapping[str, Fraction]) -> None:
    for unit, classes in zip(rows.units, rows.values("class_votes"), strict=True):
        for name, votes in (classes or {}).items():
            strange = sorted((votes or {}).keys() - values.keys())
            if strange:
                template = "Unit {unit} has ballots of {voters} for {grade}, which has no value; correct one of them."
                raise BadCase(template, unit=unit, voters=name, grade=strange[0])


@method(
    "vote_rate_tiers",
    row_fields=("votes",),
    params=(
        Param("best", TEXT, "the grade whose rate is measured", "优秀"),
        Param("bad", list_of(TEXT, filled=True), "the grades that count as bad", ["基本称职", "不称职"]),
        Param("neutral", list_of(TEXT), "the other grades", ["称职"]),
        Param(
            "tiers",
            list_of(record(at_least=_PERCENT, points=NUMBER), filled=True),
            "rates in percent with their points, from the best on",
            _PUBLISHED_TIERS,
        ),
        Param("otherwise", NUMBER, "points under the last tier", "160"),
        Param("bad_limit", SHARE, "share of bad ballots from which bad_points count instead", "1/3"),
        Param("bad_points", NUMBER, "points under the last tier with so many bad ballots", "130"),
    ),
    vectors=(
        vector(
            "200",
            {
                "A": ({"优秀": "90", "称职": "10"},),
                "B": ({"优秀": "8999", "称职": "1001"},),
                "C": ({"优秀": "59", "称职": "41"},),
                "D": ({"优秀": "5", "称职": "5", "不称职": "5"},),
                "E": ({"优秀": "6", "不称职": "4"},),
            },
            {"A": "200.00", "B": "190.00", "C": "160.00", "D": "130.00", "E": "170.00"},
        ),
    ),
)
def vote_rate_tiers(
    rows: Rows,
    *,
    best: str,
    bad: tuple[str, ...],
    neutral: tuple[str, ...],
    tiers: tuple[dict[str, Fraction], ...],
    otherwise: Fraction,
    bad_limit: Fraction,
    bad_points: Fraction,
) -> Scores:
    """Points by the rate of the best grade; under the last tier the share of bad ballots decides.

    Source: a published scheme, place not recorded (优秀 from 90 % 200, from 80 % 190, from 70 % 180, from 60 % 170;
    below, 160, or 130 with a third or more of 基本称职 and 不称职). The rule does not say what comes first when 优秀
    reaches 60 % and the bad ballots a third; the tests run in the order printed, so the tier wins.
    """
    grades = [best, *bad, *neutral]
    rates, points = [tier["at_least"] for tier in tiers], [tier["points"] for tier in tiers]
    if not _falls(rates) or len(set(rates)) != len(rates) or not _falls([*points, otherwise, bad_points]):
        raise BadCase("The tiers of vote_rate_tiers must fall in rate and in points; put them in order.")
    if len(set(grades)) != len(grades):
        raise BadCase("A grade of vote_rate_tiers is named twice among best, bad and neutral; name each once.")
    scores: Scores = []
    for cast in map(_cast, rows.maps("votes", grades)):
        if cast is None:
            scores.append(None)
            continue
        rate, bad_share = 100 * _share(cast, best), _share(cast, *bad)
        below = bad_points if bad_share >= bad_limit else otherwise
        scores.append(next((t["points"] for t in tiers if rate >= t["at_least"]), below).as_integer_ratio())
    return scores


def _falls(ladder: list[Fraction]) -> bool:
    return ladder == sorted(ladder, reverse=True)


def _share(cast: Mapping[str, Fraction], *grades: str) -> Fraction:
    return sum((cast.get(grade, Fraction(0)) for grade in grades), Fraction(0)) / sum(cast.values())
