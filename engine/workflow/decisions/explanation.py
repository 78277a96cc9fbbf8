"""Why a table answered as it did: every rule, every cell, what came in and whether it was accepted."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine import feel
from engine.feel import Value
from engine.workflow.decisions.column import Column, accepts_anything
from engine.workflow.decisions.table import Rule, Table


@dataclass(frozen=True)
class CellTrace:
    """One cell: the input's label and value, the test, whether the value was accepted (None: that cannot be told)."""

    input: str
    value: Value
    test: str
    accepted: bool | None
    why: str


@dataclass(frozen=True)
class RuleTrace:
    """One rule, numbered from 1: ``matched`` when every cell accepts."""

    rule: int
    element: str | None
    matched: bool
    annotation: str
    cells: tuple[CellTrace, ...]


@dataclass(frozen=True)
class TableTrace:
    """All the rules of one decision's table."""

    decision: str
    hit_policy: str
    rules: tuple[RuleTrace, ...]


def explain(table: Table, given: Mapping[str, object], now: datetime | None) -> TableTrace:
    """Every cell of the table over the variables it was evaluated with, those of rejected rules included."""
    run = feel.Run(given, now=now)
    values = [column.expression.run(run) for column in table.columns]
    traces = tuple(_rule(number, rule, table, values, given, now) for number, rule in enumerate(table.rules, 1))
    return TableTrace(table.decision, table.hit_policy, traces)


def _rule(
    number: int, rule: Rule, table: Table, values: list[Value], given: Mapping[str, object], now: datetime | None
) -> RuleTrace:
    cells = tuple(
        _cell(column, value, tests, given, now)
        for column, value, tests in zip(table.columns, values, rule.tests, strict=True)
    )
    return RuleTrace(number, rule.element, all(cell.accepted is True for cell in cells), rule.annotation, cells)


def _cell(
    column: Column, value: Value, tests: feel.Tests, given: Mapping[str, object], now: datetime | None
) -> CellTrace:
    if column.variable is not None:
        given = ChainMap({column.variable: value}, given)  # type: ignore[arg-type]
    warnings: list[feel.FeelWarning] = []
    accepted = tests.accepts(value, given, now=now, warnings=warnings)
    return CellTrace(column.label, value, tests.text, accepted, _why(value, tests, accepted, warnings))


def _why(value: Value, tests: feel.Tests, accepted: bool | None, warnings: list[feel.FeelWarning]) -> str:
    shown = feel.show(value)
    if accepts_anything(tests):
        return "Any value is accepted here."
    if accepted is not None:
        return f"{shown} is {'' if accepted else 'not '}accepted by {tests.text}."
    if warnings:
        return f"Whether {tests.text} accepts {shown} cannot be told: {warnings[0].message}"
    if value is None:
        return f"There is no value that {tests.text} could accept."
    return f"Whether {tests.text} accepts {shown} cannot be told; a {feel.kind(value)} does not compare with it."
