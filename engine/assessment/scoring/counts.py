"""Methods that count what happened. Their results are their own value, not scaled by the points."""

from fractions import Fraction

from engine.assessment.scoring.kinds import NUMBER, map_of, number, optional, record
from engine.assessment.scoring.registry import Param, Scores, method, vector
from engine.assessment.scoring.rows import Rows


@method(
    "count_points",
    row_fields=("counts",),
    params=(Param("items", map_of(NUMBER, filled=True), "points for one of each kind; below 0 for what deducts"),),
    vectors=(
        vector(
            "100",
            {
                "A": ({"new": "3", "continued": "2", "criticised": "1"},),
                "B": ({"plan": "0.75"},),
                "C": ({},),
                "D": (None,),
            },
            {"A": "14.00", "B": "45.00", "C": "0.00", "D": None},
            params={"items": {"new": "5", "continued": "2", "plan": "60", "criticised": "-5"}},
        ),
    ),
)
def count_points(rows: Rows, *, items: dict[str, Fraction]) -> Scores:
    """Each event earns its points: Σ count·points.

    Source: Yan'an (+5 a new and +2 a continued project, classes by size and type, 60·done/plan, −5 … −20 when
    criticised). A class is a kind of its own ("size from 1 billion"), a share such as done/plan a count below 1. A
    kind that is not listed did not happen; a count that is null is missing and leaves no score.
    """
    scores: Scores = []
    for counts in rows.maps("counts", items):
        if counts is None or None in counts.values():
            scores.append(None)
        else:
            earned = sum((items[name] * count for name, count in counts.items()), Fraction(0))
            scores.append(earned.as_integer_ratio())
    return scores


@method(
    "count_capped",
    row_fields=("counts",),
    params=(
        Param(
            "items",
            map_of(record(each=number(at_least=0), cap=optional(number(at_least=0))), filled=True),
            "points for one of each kind, and the most that kind can earn",
        ),
        Param("cap", optional(number(at_least=0)), "most that all kinds together can earn; null for no end", None),
    ),
    vectors=(
        vector(
            "20",
            {"A": ({"award": "15", "report": "4", "pilot": "1"},), "B": ({"pilot": "3"},)},
            {"A": "20.00", "B": "12.00"},
            params={
                "items": {
                    "award": {"each": "2", "cap": "12"},
                    "report": {"each": "1", "cap": None},
                    "pilot": {"each": "4", "cap": None},
                }
            },
        ),
    ),
)
def count_capped(rows: Rows, *, items: dict[str, dict[str, Fraction | None]], cap: Fraction | None) -> Scores:
    """Each event earns its points, each kind up to its cap, all together up to the total cap.

    Source: a published example (15·2 capped at 12, and 4 and 4: 20). Counts are whole. A kind that is not listed did
    not happen; a count that is null is missing and leaves no score.
    """
    whole_counts = map_of(optional(number(at_least=0, whole=True)))
    scores: Scores = []
    for counts in rows.maps("counts", items, whole_counts):
        if counts is None or None in counts.values():
            scores.append(None)
        else:
            earned = sum((_earned(items[name], count) for name, count in counts.items()), Fraction(0))
            scores.append((earned if cap is None else min(earned, cap)).as_integer_ratio())
    return scores


def _earned(item: dict[str, Fraction | None], count: Fraction) -> Fraction:
    earned, cap = (item["each"] or Fraction(0)) * count, item["cap"]
    return earned if cap is None else min(earned, cap)
