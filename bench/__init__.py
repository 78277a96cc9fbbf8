"""What Bihuan costs, measured side by side with what the same work must cost at least.

Times of one machine say little about another; a ratio of two measurements in the same run, taken in turn, says something.
Each measurement is a function that returns a ``Figure``; ``NAMES`` lists them all.
"""

from collections.abc import Callable

from bench import calls, expressions, inboxes, scores, steps, years
from bench.measure import Figure

NAMES: dict[str, Callable[[], Figure]] = {
    "condition": expressions.condition,
    "table_30_rules": expressions.table_30_rules,
    "step_sqlite": steps.step_sqlite,
    "step_postgresql": steps.step_postgresql,
    "round_400": steps.round_400,
    "inbox": inboxes.inbox,
    "inbox_flat": inboxes.inbox_flat,
    "call": calls.call,
    "simulate": years.simulate,
    "score_national": scores.score_national,
}

__all__ = ["NAMES", "Figure"]
