"""Decision tables, compiled once and evaluated often.

A set of rules is a bit mask. Each column keeps its different tests, each with the mask of the rules that hold it, so a
test that thirty rules share is run once, and not at all where none of its rules can match any more. Tests that are plain
constants are not run but looked up.
"""

from collections import ChainMap
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.feel import Value
from engine.workflow.decisions import policies, texts
from engine.workflow.decisions.policies import Hit, Row
from engine.workflow.decisions.sources import (
    AGGREGATIONS,
    COLLECT,
    HIT_POLICIES,
    OUTPUT_ORDER,
    PRIORITY,
    UNIQUE,
    Cell,
    Complain,
    TableSource,
)


@dataclass
class Column:
    """An input: its expression, and the tests of the rules on it."""

    label: str
    expression: feel.Expression
    variable: str | None
    allowed: feel.Tests | None
    free: int = 0
    """the rules that test nothing here"""
    tested: dict[str, tuple[feel.Tests, int]] = field(default_factory=dict)
    """each different test by its text, and the rules that hold it"""
    constants: dict[tuple[type, Any], int] = field(default_factory=dict)
    """the rules that accept a value, of those whose tests are constants"""

    def add(self, tests: feel.Tests, rule: int) -> None:
        if not tests.text.strip("- \n\t"):
            self.free |= rule
        elif tests.constants is not None:
            for constant in tests.constants:
                key = type(constant), constant
                self.constants[key] = self.constants.get(key, 0) | rule
        else:
            known = self.tested.get(tests.text, (tests, 0))
            self.tested[tests.text] = tests, known[1] | rule

    def accepting(self, value: Value, run: feel.Run, candidates: int) -> int:
        """Those of the candidates that accept the value, and perhaps some that are no candidates."""
        accepting = self.free
        if self.constants and type(value) is not list and type(value) is not dict:
            accepting |= self.constants.get((type(value), value), 0)
        for tests, rules in self.tested.values():
            if candidates & rules and tests.run(value, run) is True:
                accepting |= rules
        return accepting


@dataclass(frozen=True)
class Output:
    name: str
    order: list[Value] | None
    default: feel.Expression | None


@dataclass(frozen=True)
class Rule:
    element: str | None
    tests: tuple[feel.Tests, ...]
    results: tuple[feel.Expression | None, ...]
    annotation: str


@dataclass(frozen=True)
class Outcome:
    """What a table gave: its value, the results by column of each rule that counts, and the numbers of all that match."""

    value: Value
    rows: list[Row]
    matched: list[int]


class Table:
    """A compiled table. ``names`` are the variables its inputs, tests and results read."""

    def __init__(self, source: TableSource, names: Collection[str], complain: Complain, decision: str) -> None:
        _check_shape(source, complain)
        self.decision = decision
        self.hit_policy = source.hit_policy
        self.aggregation = source.aggregation
        self.columns = _columns(source, names, complain)
        self.outputs = _outputs(source, names, complain)
        self.rules = _rules(source, names, complain)
        self.names = frozenset(self._names())
        self._priorities = [(output.name, output.order) for output in self.outputs if output.order]
        for index, rule in enumerate(self.rules):
            for column, tests in zip(self.columns, rule.tests, strict=False):
                column.add(tests, 1 << index)
        _warn_of_twins(self, complain)

    def _names(self) -> Iterator[str]:
        own = {column.variable for column in self.columns}
        for column in self.columns:
            yield from column.expression.names
            yield from column.allowed.names if column.allowed else ()
        for output in self.outputs:
            yield from output.default.names if output.default else ()
        for rule in self.rules:
            for tests in rule.tests:
                yield from tests.names - own
            for result in rule.results:
                yield from result.names if result else ()

    def run(self, run: feel.Run) -> Value:
        return self.evaluate(run).value

    def evaluate(self, run: feel.Run) -> Outcome:
        matching = self._matching(run)
        hits = [Hit(number + 1, self._row(number, run)) for number in range(len(self.rules)) if matching >> number & 1]
        counted = policies.chosen(self.hit_policy, hits, self._priorities, self.decision)
        rows = [hit.row for hit in counted] or self._default(run)
        matched = [hit.rule for hit in (counted if self.hit_policy in policies.MANY else hits)]
        return Outcome(self._value(rows, bool(hits)), rows, matched)

    def _matching(self, run: feel.Run) -> int:
        candidates = (1 << len(self.rules)) - 1
        for column in self.columns:
            value = column.expression.run(run)
            if column.variable is None:
                candidates &= column.accepting(value, run, candidates)
            else:
                candidates &= self._accepting_by_name(column, value, run, candidates)
            if not candidates:
                return 0
        return candidates

    def _accepting_by_name(self, column: Column, value: Value, run: feel.Run, candidates: int) -> int:
        accepting = 0

        def accept(inner: feel.Run) -> Value:
            nonlocal accepting
            accepting = column.accepting(value, inner, candidates)
            return None

        run.over(ChainMap({column.variable or "": value}, run.given), accept)  # type: ignore[arg-type]
        return accepting

    def _row(self, number: int, run: feel.Run) -> Row:
        results = self.rules[number].results
        return {
            output.name: None if result is None else result.run(run)
            for output, result in zip(self.outputs, results, strict=True)
        }

    def _default(self, run: feel.Run) -> list[Row]:
        """The default results, where there are any, stand in for a rule when none matches."""
        if not any(output.default for output in self.outputs):
            return []
        return [{output.name: output.default.run(run) if output.default else None for output in self.outputs}]

    def _value(self, rows: list[Row], hit: bool) -> Value:
        if self.aggregation is None:
            return policies.shaped(self.hit_policy, rows)
        values = [policies.bare(row) for row in rows]
        if not hit and values and self.aggregation != "COUNT":
            return values[0]
        return policies.aggregated(self.aggregation, values if hit else [], self.decision)


def _check_shape(source: TableSource, complain: Complain) -> None:
    if source.hit_policy not in HIT_POLICIES:
        complain(source.element, "hit_policy", f"There is no hit policy {source.hit_policy}.")
    if source.aggregation is not None:
        if source.aggregation not in AGGREGATIONS:
            complain(source.element, "aggregation", f"There is no aggregation {source.aggregation}.")
        if source.hit_policy != COLLECT:
            complain(source.element, "aggregation", "Only the hit policy COLLECT brings results together.")
        if len(source.outputs) > 1 and source.aggregation != "COUNT":
            complain(source.element, "aggregation", "Results of several columns cannot be brought together.")
    if not source.outputs:
        complain(source.element, "no_output", "The table has no output column.")
    names = [output.name for output in source.outputs]
    if len(names) > 1 and (not all(names) or len(set(names)) < len(names)):
        complain(source.element, "output_name", "With several output columns each needs a name of its own.")
    if source.hit_policy in (PRIORITY, OUTPUT_ORDER) and not any(output.values for output in source.outputs):
        complain(source.element, "no_priorities", f"{source.hit_policy} needs the values of an output in their order.")


def _columns(source: TableSource, names: Collection[str], complain: Complain) -> list[Column]:
    columns = []
    for each in source.inputs:
        expression = texts.expression(each.expression, names, complain)
        if expression is None and not each.expression.text.strip():
            complain(each.expression.element, "no_expression", f"The input {each.label} has no expression.")
        allowed = texts.tests(each.values, names, complain) if each.values else None
        columns.append(Column(each.label, expression or feel.compile("null"), each.variable, allowed))
    return columns


def _outputs(source: TableSource, names: Collection[str], complain: Complain) -> list[Output]:
    outputs = []
    for number, each in enumerate(source.outputs, 1):
        default = texts.expression(each.default, names, complain) if each.default else None
        outputs.append(Output(each.name or f"output {number}", _order(each.values, names, complain), default))
    return outputs


def _order(values: Cell | None, names: Collection[str], complain: Complain) -> list[Value] | None:
    """The declared values of an output, most important first."""
    if values is None or not values.text.strip():
        return None
    listed = texts.expression(Cell(values.element, f"[{values.text}]", values.language), names, complain)
    order = listed.evaluate({}) if listed else None
    return order if type(order) is list else None


def _rules(source: TableSource, names: Collection[str], complain: Complain) -> list[Rule]:
    rules = []
    for number, each in enumerate(source.rules, 1):
        if len(each.tests) != len(source.inputs) or len(each.results) != len(source.outputs):
            complain(each.element, "rule_width", f"Rule {number} has not one cell for each column.")
            continue
        tests = [texts.tests(cell, names, complain) for cell in each.tests]
        results = tuple(texts.expression(cell, names, complain) for cell in each.results)
        rules.append(Rule(each.element, tuple(test for test in tests if test), results, each.annotation))
    return rules


def _warn_of_twins(table: Table, complain: Complain) -> None:
    """Two rules with the same tests can never be told apart, whatever comes in."""
    if table.hit_policy != UNIQUE:
        return
    seen: dict[tuple[str, ...], int] = {}
    for number, rule in enumerate(table.rules, 1):
        earlier = seen.setdefault(tuple(tests.text.strip() for tests in rule.tests), number)
        if earlier != number:
            complain(
                rule.element, "same_rule", f"Rules {earlier} and {number} test the same, where only one may match."
            )
