"""A year of points replayed: what months, reviews, honours and vetoes come to under the year's weights, lines and shares.

The months themselves stay as they were closed: people rated them entry by entry, within the marks of the categories.
"""

from engine.assessment import plans
from engine.assessment.points import scheme, year
from engine.db import Context
from engine.rehearsal.outcomes import Outcome, Placed, RoundOutcome
from engine.rehearsal.replaying import CONSULTATION, LEVEL


def replay(ctx: Context, cycle: plans.Cycle) -> Outcome:
    """The results of every committee that has proposed any; ``year.NoPointsYet`` where none has."""
    drawn = scheme.of_cycle(cycle)
    committees = sorted({each.committee for each in year.of_cycle(ctx, cycle)})
    if not committees:
        raise year.NoPointsYet(year=cycle.year)
    placed: dict[str, Placed] = {}
    for committee in committees:
        years = {each.account: each for each in year.years_of(ctx, cycle, committee)}
        for account, each in year.compute(drawn, list(years.values())).items():
            rank = each.branch_rank if cycle.parameter("rank_scope") == year.GROUP_SCOPE else each.committee_rank
            placed[account] = Placed(years[account].branch, each.score, rank, each.grade, each.standard)
    return _outcome(ctx, cycle, placed)


def recorded(ctx: Context, cycle: plans.Cycle) -> Outcome:
    """The results that stand in the record."""
    stored = year.of_cycle(ctx, cycle)
    return _outcome(
        ctx,
        cycle,
        {
            each.account: Placed(each.branch, each.score, year.rank_of(cycle, each), each.grade, each.standard)
            for each in stored
        },
    )


def _outcome(ctx: Context, cycle: plans.Cycle, placed: dict[str, Placed]) -> Outcome:
    annual = plans.annual_round(ctx, cycle)
    told = RoundOutcome(annual.key, annual.as_of, dict(cycle.parameters), {}, {}, {}, {})
    return Outcome((told,), {}, placed, {LEVEL: frozenset(), CONSULTATION: frozenset()})
