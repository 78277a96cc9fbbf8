"""What a diagram says, as plain data: read once, never changed, shared by the checks, the machine and the pages.

Reading refuses nothing but broken XML: what cannot be run is still here, so that every complaint can name its element.
Attributes are those of Camunda 7; ``flowable:`` and ``activiti:`` attributes of the same names are read alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

from engine import feel

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
DIALECTS: Final = ("http://camunda.org/schema/1.0/bpmn", "http://flowable.org/bpmn", "http://activiti.org/bpmn")
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"

HUMAN: Final = frozenset({"userTask", "manualTask", "task"})
AUTOMATIC: Final = frozenset({"scriptTask", "serviceTask", "sendTask", "businessRuleTask"})
NESTED: Final = frozenset({"subProcess", "transaction"})
ACTIVITIES: Final = HUMAN | AUTOMATIC | NESTED | {"receiveTask", "callActivity"}
GATEWAYS: Final = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway"})
THROWING: Final = frozenset({"intermediateThrowEvent", "endEvent"})
CATCHING: Final = frozenset({"intermediateCatchEvent", "boundaryEvent", "startEvent"})
NODES: Final = ACTIVITIES | GATEWAYS | THROWING | CATCHING
"""What the machine runs."""
UNRUN: Final = frozenset(
    {"complexGateway", "adHocSubProcess", "choreographyTask", "callChoreography", "subChoreography"}
)
"""What may stand in a diagram and is read, so that it can be spoken of, but never run."""
MAX_NODES: Final = 500
MAX_FLOWS: Final = 2_000
MAX_EXPRESSIONS: Final = 100_000
"""Characters of all the expressions of a file, which are compiled when it is checked."""


@dataclass(frozen=True)
class Formula:
    """An expression as it was written; it is compiled when it is first asked for."""

    text: str
    language: str | None = None

    @cached_property
    def expression(self) -> feel.Expression:
        """Raises what ``feel.read`` and ``feel.compile`` raise."""
        return feel.compile(feel.read(self.text))

    def __str__(self) -> str:
        return self.text


Value: TypeAlias = "str | Formula | tuple[Value, ...] | Mapping[str, Value] | None"
"""What an attribute holds: literal text, an expression, or lists and maps of these."""


def formulas(value: Value) -> Iterator[Formula]:
    """Every expression inside a value."""
    if isinstance(value, Formula):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from formulas(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from formulas(item)


@dataclass(frozen=True)
class Flow:
    """A sequence flow; flows are asked in the order in which they stand in the file."""

    id: str
    source: str
    target: str
    name: str | None = None
    condition: Formula | None = None
    default: bool = False


@dataclass(frozen=True)
class Event:
    """One event definition: what an event waits for or throws."""

    kind: str
    #: Name of the message or signal, code of the error or escalation, name of the link, id of the activity to
    #: compensate. None catches any error or escalation, and compensates everything.
    name: str | None = None
    #: The reference that names it, and whether that reference leads anywhere.
    reference: str | None = None
    declared: bool = True
    #: ``date``, ``duration`` or ``cycle``, with the text or expression that says when.
    timing: str | None = None
    when: Value = None
    condition: Formula | None = None
    code_variable: str | None = None
    message_variable: str | None = None
    operation: str | None = None


@dataclass(frozen=True)
class Loop:
    """Multi-instance (``many``) or standard loop characteristics."""

    many: bool
    sequential: bool = False
    collection: Formula | None = None
    item_variable: str | None = None
    cardinality: Formula | None = None
    #: Completion condition of a multi-instance, loop condition of a standard loop.
    condition: Formula | None = None
    test_before: bool = False
    maximum: str | None = None


@dataclass(frozen=True)
class Handover:
    """One ``camunda:in`` or ``camunda:out`` of a call activity."""

    inward: bool
    source: str | Formula | None
    target: str | None
    everything: bool = False


@dataclass(frozen=True)
class Element:
    """A flow node with everything that was written on it."""

    id: str
    kind: str
    #: Id of the process, and of the process or subprocess that directly holds the element.
    process: str
    scope: str
    name: str | None = None
    lane: str | None = None
    documentation: str | None = None
    flows: tuple[Flow, ...] = ()
    incoming: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    #: Boundary events that hang on the element, in the order of the file; and where it hangs itself.
    boundary: tuple[str, ...] = ()
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    loop: Loop | None = None
    event_subprocess: bool = False
    for_compensation: bool = False
    #: The handler that a compensation boundary event is associated with.
    handler: str | None = None
    candidates: Value = None
    assignee: Value = None
    due: Value = None
    form: str | None = None
    properties: Mapping[str, Value] = field(default_factory=dict)
    inputs: Mapping[str, Value] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    operation: str | None = None
    script: Formula | None = None
    result: str | None = None
    decision: str | None = None
    decision_mapping: str | None = None
    called: str | None = None
    handovers: tuple[Handover, ...] = ()

    @property
    def human(self) -> bool:
        return self.kind in HUMAN

    @property
    def activity(self) -> bool:
        return self.kind in ACTIVITIES

    @property
    def key(self) -> Value:
        """The correlation key of a message: the property ``key`` of the element that sends or waits."""
        return self.properties.get("key")

    def formulas(self) -> Iterator[tuple[str, Formula]]:
        """Every expression of the element, with the word for where it stands."""
        for flow in self.flows:
            if flow.condition:
                yield flow.id, flow.condition
        for value in self._values():
            for formula in formulas(value):
                yield self.id, formula

    def _values(self) -> Iterator[Value]:
        yield from (self.candidates, self.assignee, self.due, self.script)
        yield from (self.properties, self.inputs, self.outputs)
        for event in self.events:
            yield from (event.when, event.condition)
        if self.loop:
            yield from (self.loop.collection, self.loop.cardinality, self.loop.condition)
        for handover in self.handovers:
            if isinstance(handover.source, Formula):
                yield handover.source


@dataclass(frozen=True)
class Scope:
    """What a process or an embedded subprocess directly holds."""

    id: str
    process: str
    #: The scope around it; None for a process.
    outer: str | None
    elements: Mapping[str, Element]
    flows: tuple[Flow, ...]

    @cached_property
    def starts(self) -> tuple[Element, ...]:
        return tuple(element for element in self.elements.values() if element.kind == "startEvent")

    @cached_property
    def event_subprocesses(self) -> tuple[Element, ...]:
        return tuple(element for element in self.elements.values() if element.event_subprocess)

    @cached_property
    def links(self) -> Mapping[str | None, str]:
        """Name of a link -> the event that catches it."""
        return {
            event.name: element.id
            for element in self.elements.values()
            if element.kind == "intermediateCatchEvent"
            for event in element.events
            if event.kind == "link"
        }


@dataclass(frozen=True)
class Process:
    id: str
    name: str | None
    executable: bool
    documentation: str | None
    properties: Mapping[str, Value]
    #: Id of the process and of each subprocess in it -> its scope.
    scopes: Mapping[str, Scope]

    @property
    def elements(self) -> Iterator[Element]:
        """Every flow node of the process, subprocesses included, in the order of the file."""
        for scope in self.scopes.values():
            yield from scope.elements.values()


@dataclass(frozen=True)
class Diagram:
    processes: Mapping[str, Process]
    has_layout: bool
