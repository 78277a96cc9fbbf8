"""SpiffWorkflow's specifications, made to hold tokens instead of predictions.

SpiffWorkflow 3.2.0 foresees the path of a process and builds it ahead; its joins, loops and boundary events count on
what was foreseen, and go wrong once a loop comes round again. Here nothing is foreseen: a task exists only where a
token is or was. The life of a task stays SpiffWorkflow's own (reached, ready, run, completed); what each of these means
for a BPMN element is asked of the running workflow.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
from SpiffWorkflow.specs.base import TaskSpec

from engine.workflow.spiff.diagram import Element, Scope

if TYPE_CHECKING:
    from engine.workflow.spiff.tokens import Token

ROOT = "(root)"
"""Name of the task every frame's tree hangs on; no element of a diagram can be called so."""


class Unforeseen:
    """In front of any specification class: no predictions, and the running workflow decides."""

    element: Element

    def _predict(self, *_: Any, **__: Any) -> None:
        """Nothing: a task that is not yet reached does not exist."""

    def test(self) -> None:
        """Nothing: an element without incoming flows is the checks' business, long before."""

    def _update_hook(self, token: "Token") -> bool:
        return token.top.rules.arrive(token)

    def _on_ready_hook(self, token: "Token") -> None:
        """Nothing: stock classes feed an event manager here."""

    def _run_hook(self, token: "Token") -> bool:
        return token.top.rules.perform(token)

    def _on_complete(self, token: "Token") -> None:
        token.top.rules.completed(token)

    def connect(self, target: TaskSpec) -> None:
        """Only connects: stock gateways also move event definitions and conditions."""
        TaskSpec.connect(self, target)


class Root(Unforeseen, BpmnStartTask):  # type: ignore[misc]
    """What a frame's tree hangs on; no token ever moves here."""


@cache
def unforeseen(stock: type[TaskSpec]) -> type[TaskSpec]:
    return type(f"Unforeseen{stock.__name__}", (Unforeseen, stock), {})


class ScopeSpec(BpmnProcessSpec):  # type: ignore[misc]
    """The specification of a process or an embedded subprocess. Its stock start and end tasks are dropped: their names
    are names a diagram may use, and completion is counted in tokens."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(name=scope.id)
        self.scope = scope
        self.task_specs.clear()
        self.start = Root(self, ROOT)
        self.start.element = Element(ROOT, "root", scope.process, scope.id)
        #: Filled by the joins: gateway -> element -> the flows a token there can still take without passing it.
        self.reachable: dict[str, dict[str, frozenset[str]]] = {}
