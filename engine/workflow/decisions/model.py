"""The decisions of one file, and what they need of each other."""

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from engine import feel
from engine.errors import Invalid
from engine.feel import Value
from engine.workflow.decisions.errors import BadDecision, NoSuchDecision, WhichDecision
from engine.workflow.decisions.explanation import TableTrace, explain
from engine.workflow.decisions.logic import Logic
from engine.workflow.problems import Problem


@dataclass(frozen=True)
class Decision:
    """One decision: its names, what it needs, what it gives.

    ``outputs`` are the names of its table's output columns, empty for any other logic; ``required`` are the ids of the
    decisions and business knowledge models it is drawn to need; ``names`` are the variables it reads, theirs included.
    """

    id: str
    name: str
    variable: str
    logic: Logic
    required: tuple[str, ...]
    outputs: tuple[str, ...]
    names: frozenset[str]
    is_function: bool = False
    fit: Callable[[Value], Value] | None = None


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

    @property
    def inputs(self) -> frozenset[str]:
        """The variables the decisions read that none of them supplies: what a process has to have."""
        return frozenset().union(*(self.reads(decision) for decision in self.decisions))

    def reads(self, decision_id: str | None = None) -> frozenset[str]:
        """The variables a decision reads, by itself and through what it requires."""
        read: set[str] = set()
        for part in self._in_order(self._find(decision_id)):
            read |= part.names - {name for each in part.required for name in _names_of(self._parts[each])}
        return frozenset(read)

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
        results: dict[str, Value] = {}
        outcome: Any = None
        traced: list[tuple[Decision, Mapping[str, object]]] = []
        for part in self._in_order(asked):
            given = self._given(part, results, context)
            outcome = _Outcome(part)
            results[part.id] = run.over(given, outcome.run)
            if part.logic.table is not None and not part.is_function:
                traced.append((part, given))
        return Evaluation(
            outputs=results[asked.id],
            rows=outcome.rows,
            matched_rules=outcome.matched,
            warnings=warnings,
            traces=lambda: tuple(explain(part.logic.table, given, now) for part, given in traced if part.logic.table),
        )

    def _given(self, part: Decision, results: dict[str, Value], context: Mapping[str, object]) -> Mapping[str, object]:
        """The host's variables, and before them the results of what this part requires, under all their names."""
        if not part.required:
            return context
        supplied: dict[str, object] = {}
        for each in part.required:
            supplied |= _supplied(self._parts[each], results[each])
        return ChainMap(supplied, context)  # type: ignore[arg-type]

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
        ordered: dict[str, Decision] = {}

        def visit(part: Decision, above: frozenset[str]) -> Iterator[Decision]:
            if part.id in ordered or part.id in above:
                return
            for each in part.required:
                yield from visit(self._parts[each], above | {part.id})
            ordered[part.id] = part
            yield part

        return list(visit(asked, frozenset()))
