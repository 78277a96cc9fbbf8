"""The decisions of one file, and what they need of each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from engine import feel
from engine.feel import Value
from engine.workflow.decisions.errors import BadDecision, NoSuchDecision, WhichDecision
from engine.workflow.decisions.explanation import TableTrace, explain
from engine.workflow.decisions.logic import Logic
from engine.workflow.decisions.table import Outcome, Table
from engine.workflow.problems import Problem


@dataclass(frozen=True)
class Decision:
    """One decision: its names, what it needs, what it gives.

    ``outputs`` are the names of its table's output columns, empty for any other logic; ``required`` are the ids of the
    decisions and business knowledge models it is drawn to need.
    """

    id: str
    name: str
    variable: str
    logic: Logic
    required: tuple[str, ...]
    outputs: tuple[str, ...]
    type: feel.Type | None = None

    @property
    def own_names(self) -> frozenset[str]:
        """What those that require it may call its result."""
        return frozenset((self.id, self.name, self.variable))


@dataclass(frozen=True)
class Evaluation:
    """What a decision gave.

    ``outputs`` has the shape of the hit policy: of one output column the bare value, of several a context; a list of those
    for COLLECT, RULE ORDER and OUTPUT ORDER. ``rows`` are the same results always by column name. ``matched_rules`` are
    numbered from 1, in the order in which they count; empty for anything but a table.
    """

    outputs: Value
    rows: list[dict[str, Any]]
    matched_rules: list[int]
    warnings: list[feel.FeelWarning]
    traces: Callable[[], tuple[TableTrace, ...]]

    @cached_property
    def explanation(self) -> tuple[TableTrace, ...]:
        """Rule by rule and cell by cell, the tables it needed first. Found out when it is first asked for."""
        return self.traces()


class Model:
    """The decisions of a file by their ids, and every complaint about them."""

    def __init__(
        self, decisions: dict[str, Decision], functions: dict[str, Decision], problems: tuple[Problem, ...]
    ) -> None:
        self.decisions: Mapping[str, Decision] = decisions
        self.problems = problems
        self._parts = functions | decisions
        self._order: dict[str, list[Decision]] = {}

    @property
    def inputs(self) -> frozenset[str]:
        """The variables the decisions read that none of them supplies: what a process has to have."""
        return frozenset().union(*(self.reads(decision) for decision in self.decisions))

    def reads(self, decision_id: str | None = None) -> frozenset[str]:
        """The variables a decision reads, by itself and through what it requires."""
        read: set[str] = set()
        for part in self._in_order(self._find(decision_id)):
            read |= part.logic.names - {name for each in part.required for name in self._supplies(each)}
        return frozenset(read)

    def _supplies(self, part_id: str) -> frozenset[str]:
        part = self._parts[part_id]
        return part.own_names.union(part.outputs)

    def evaluate(
        self,
        decision_id: str | None,
        context: Mapping[str, object],
        *,
        now: datetime | None = None,
        budget: int = feel.DEFAULT_BUDGET,
    ) -> Evaluation:
        """Evaluate a decision, and first what it requires; without an id the one that no other requires.

        Refuses with ``BadDecision`` while the file has errors, with ``RulesOverlap`` or ``RulesDisagree`` where the hit
        policy is broken, and with what an evaluation refuses.
        """
        asked = self._find(decision_id)
        self._refuse_errors()
        warnings: list[feel.FeelWarning] = []
        run = feel.Run(context, now=now, budget=budget, warnings=warnings)
        outcomes: dict[str, Outcome] = {}
        traced: list[tuple[Table, Mapping[str, object]]] = []
        for part in self._in_order(asked):
            given = self._given(part, outcomes, context)
            outcomes[part.id] = _outcome(part, given, run)
            if part.logic.table is not None:
                traced.append((part.logic.table, given))
        outcome = outcomes[asked.id]
        return Evaluation(
            outputs=outcome.value,
            rows=outcome.rows,
            matched_rules=outcome.matched,
            warnings=warnings,
            traces=lambda: tuple(explain(table, given, now) for table, given in traced),
        )

    def _given(
        self, part: Decision, outcomes: dict[str, Outcome], context: Mapping[str, object]
    ) -> Mapping[str, object]:
        """The host's variables, and before them the results of what this part requires.

        A result goes by the names of its decision; behind the host's variables it also goes by its output columns, as
        Camunda 7 has it.
        """
        if not part.required:
            return dict(context)
        named: dict[str, object] = {}
        by_column: dict[str, object] = {}
        for each in part.required:
            needed, outcome = self._parts[each], outcomes[each]
            named |= dict.fromkeys(needed.own_names, outcome.value)
            if len(outcome.rows) == 1:
                by_column |= outcome.rows[0]
        return {**by_column, **context, **named}

    def _find(self, decision_id: str | None) -> Decision:
        if decision_id is not None:
            if decision_id not in self.decisions:
                raise NoSuchDecision(decision=decision_id, known=", ".join(sorted(self.decisions)) or "none")
            return self.decisions[decision_id]
        needed = {each for decision in self.decisions.values() for each in decision.required}
        tops = [decision for key, decision in self.decisions.items() if key not in needed]
        if len(tops) != 1:
            raise WhichDecision(known=", ".join(sorted(decision.id for decision in tops)) or "none")
        return tops[0]

    def _refuse_errors(self) -> None:
        for problem in self.problems:
            if problem.severity == "error":
                raise BadDecision(element=problem.element or "the file", message=problem.message)

    def _in_order(self, asked: Decision) -> list[Decision]:
        """What the decision requires, each before what requires it, and last itself."""
        if asked.id not in self._order:
            self._order[asked.id] = self._sorted(asked)
        return self._order[asked.id]

    def _sorted(self, asked: Decision) -> list[Decision]:
        graph: dict[str, tuple[str, ...]] = {}
        waiting = [asked.id]
        while waiting:
            key = waiting.pop()
            if key not in graph:
                graph[key] = self._parts[key].required
                waiting += graph[key]
        return [self._parts[key] for key in TopologicalSorter(graph).static_order()]


def _outcome(part: Decision, given: Mapping[str, object], run: feel.Run) -> Outcome:
    try:
        return _evaluated(part, given, run)
    except RecursionError:
        raise feel.Exhausted("the decision is too deep") from None


def _evaluated(part: Decision, given: Mapping[str, object], run: feel.Run) -> Outcome:
    table = part.logic.table
    if table is None:
        value = run.over(given, part.logic.run)
        return Outcome(value if part.type is None else feel.fit(value, part.type), [], [])
    outcome = run.over(given, table.evaluate)
    return outcome if part.type is None else replace(outcome, value=feel.fit(outcome.value, part.type))
