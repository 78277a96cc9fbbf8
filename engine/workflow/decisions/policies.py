"""Hit policies: which of the matching rules count, and what comes of their results (DMN 1.3, 8.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.feel import Value
from engine.workflow.decisions.errors import NotSummable, RulesDisagree, RulesOverlap
from engine.workflow.decisions.sources import (
    ANY,
    COLLECT,
    FIRST,
    OUTPUT_ORDER,
    PRIORITY,
    RULE_ORDER,
    UNIQUE,
)

Row = dict[str, Any]
"""A rule's results by the names of the output columns."""

MANY = (COLLECT, RULE_ORDER, OUTPUT_ORDER)
"""The policies whose result is a list."""

_SUM = feel.compile("sum(values)")
_EXTREMES = {"MIN": feel.compile("min(values)"), "MAX": feel.compile("max(values)")}
_SAME = feel.compile("first = other")


@dataclass(frozen=True)
class Hit:
    """A matching rule: its number from 1 and its results."""

    rule: int
    row: Row


def chosen(policy: str, hits: list[Hit], priorities: Sequence[tuple[str, list[Value]]], decision: str) -> list[Hit]:
    """The hits that count, in the order in which they do.

    ``priorities`` are the output columns with declared values, most important first, their values likewise.
    Refuses with ``RulesOverlap`` or ``RulesDisagree`` where the policy says that this must not be.
    """
    if policy == UNIQUE and len(hits) > 1:
        raise RulesOverlap(rules=_numbers(hits), decision=decision)
    if policy == ANY and not all(_same(hits[0].row, hit.row) for hit in hits[1:]):
        raise RulesDisagree(rules=_numbers(hits), decision=decision)
    if policy in (PRIORITY, OUTPUT_ORDER):
        hits = sorted(hits, key=lambda hit: [_place(values, hit.row[name]) for name, values in priorities])
    return hits[:1] if policy in (ANY, FIRST, PRIORITY) else hits


def _numbers(hits: list[Hit]) -> str:
    return ", ".join(str(hit.rule) for hit in hits)


def _same(first: Row, other: Row) -> bool:
    return _SAME.evaluate({"first": first, "other": other}) is True


def _place(values: list[Value], result: Value) -> int:
    """Where a result stands among the declared values; one that is not declared comes last."""
    return next((place for place, value in enumerate(values) if value == result), len(values))


def shaped(policy: str, rows: list[Row]) -> Value:
    """The result in the shape of the policy: of one column its bare value, of several a context of them."""
    results: list[Value] = [bare(row) for row in rows]
    if policy in MANY:
        return results
    return results[0] if results else None


def bare(row: Row) -> Value:
    return next(iter(row.values())) if len(row) == 1 else row


def aggregated(aggregation: str, values: list[Value], decision: str) -> Value:
    """The results as one number. Nothing to add up is null, nothing to count is 0."""
    if aggregation == "COUNT":
        return feel.decode(len(values))
    if not values:
        return None
    result = (_SUM if aggregation == "SUM" else _EXTREMES[aggregation]).evaluate({"values": values})
    if result is None:
        kinds = ", ".join(sorted({feel.kind(value) for value in values}))
        raise NotSummable(decision=decision, aggregation=aggregation, kinds=kinds)
    return result
