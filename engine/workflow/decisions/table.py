"""Decision tables, compiled once and evaluated often.

The rules that can still match are a set of bits, narrowed column by column.
"""

from collections import ChainMap
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from engine import feel
from engine.feel import Value
from engine.workflow.decisions import policies, texts
from engine.workflow.decisions.column import Column
from engine.workflow.decisions.policies import Hit, Row
from engine.workflow.decisions.sources import (
    AGGREGATIONS,
    ANY,
    COLLECT,
    HIT_POLICIES,
    OUTPUT_ORDER,
    PRIORITY,
    UNIQUE,
    Cell,
    Complain,
    TableSource,
)


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
    """What a table gave: its value, and of each rule that counts its number and its results by column.

    Under ANY all the matching rules count, being all the same, and the row is that of the first.
    """

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
        for number, column in enumerate(self.columns):
            column.fill([rule.tests[number] for rule in self.rules if len(rule.tests) == len(self.columns)])
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
        matched = [hit.rule for hit in (hits if self.hit_policy == ANY else counted)]
        return Outcome(self._value(rows, bool(hits)), rows, matched)

    def _matching(self, run: feel.Run) -> int:
        candidates = (1 << len(self.rules)) - 1
        for column in self.columns:
            value = column.expression.run(run)
            if column.allowed is not None and run.warnings is not None:
                _warn_of_other_value(column, value, run)
            if column.variable is None:
                candidates &= column.accepting(value, run, candidates)
            else:
                candidates &= _accepting_by_name(column, column.variable, value, run, candidates)
            if not candidates:
                return 0
        return candidates

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


def _accepting_by_name(column: Column, name: str, value: Value, run: feel.Run, candidates: int) -> int:
    """As ``Column.accepting``, for tests that call the input by a name of its own."""
    given = ChainMap({name: value}, run.given)  # type: ignore[arg-type]
    return run.over(given, lambda inner: column.accepting(value, inner, candidates))


def _warn_of_other_value(column: Column, value: Value, run: feel.Run) -> None:
    if column.allowed is not None and column.allowed.run(value, run) is not True:
        run.warn("not_allowed", 0, f"{feel.show(value)} is not among the values declared for {column.label}.")


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
