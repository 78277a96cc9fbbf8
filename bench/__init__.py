"""What Bihuan costs, measured side by side with what the same work must cost at least.

Times of one machine say little about another; a ratio of two measurements in the same run, taken in turn, says something.
Each measurement is a function that returns a ``Figure``; ``NAMES`` lists them all.
"""

from collections.abc import Callable

from bench import calls, expressions, inboxes, points, scores, snapshots, steps, years
from bench.measure import Figure

NAMES: dict[str, Callable[[], Figure]] = {
    "condition": expressions.condition,
    "table_30_rules": expressions.table_30_rules,
    "step_sqlite": steps.step_sqlite,
    "step_postgresql": steps.step_postgresql,
    "step_cpu_vs_naive": steps.step_cpu_vs_naive,
    "rounds_400": steps.rounds_400,
    "inbox_100k_sqlite": inboxes.inbox_100k_sqlite,
    "inbox_100k_postgresql": inboxes.inbox_100k_postgresql,
    "inbox_growth": inboxes.inbox_growth,
    "http_complete": calls.http_complete,
    "points": points.points,
    "points_postgresql": points.points_postgresql,
    "simulate": years.simulate,
    "score_national": scores.score_national,
    "snapshot_national": snapshots.snapshot_national,
}

__all__ = ["NAMES", "Figure"]
