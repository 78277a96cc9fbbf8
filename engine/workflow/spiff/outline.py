"""What a diagram holds, for those who keep, show and describe it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.workflow.spiff import reading
from engine.workflow.spiff.diagram import Diagram, Element, Event, Flow, Process, Value
from engine.workflow.spiff.libraries import Library
from engine.workflow.spiff.names import started_with, unsupplied


@dataclass(frozen=True)
class ElementOutline:
    """A flow node, as it is written: expressions are their text."""

    id: str
    name: str | None
    #: Its BPMN name: ``userTask``, ``exclusiveGateway`` ...
    kind: str
    #: The process or subprocess that directly holds it.
    scope: str
    lane: str | None
    documentation: str | None
    candidates: str | None
    assignee: str | None
    form: str | None
    due: str | None
    properties: Mapping[str, Any]
    inputs: Mapping[str, Any]
    operation: str | None
    decision: str | None
    called: str | None
    #: Names of the messages it waits for or sends.
    messages: tuple[str, ...]
    multi_instance: bool


@dataclass(frozen=True)
class ProcessOutline:
    id: str
    name: str | None
    executable: bool
    documentation: str | None
    properties: Mapping[str, Any]
    elements: tuple[ElementOutline, ...]
    flows: tuple[Flow, ...]
    #: Ids of what it refers to, each once, sorted.
    called: tuple[str, ...]
    decisions: tuple[str, ...]
    forms: tuple[str, ...]
    operations: tuple[str, ...]
    messages: tuple[str, ...]
    #: Message -> the start event that begins the process when it comes.
    started_by: Mapping[str, str]
    #: Signal -> the start event that begins the process whenever it is sent.
    signalled_by: Mapping[str, str]
    #: Start event -> the timer that begins the process there.
    timed_by: Mapping[str, Event]
    #: Names the process says it is started with, and those it reads that nothing in the diagram itself sets: they come
    #: with the start, from a form or from an operation.
    start_variables: tuple[str, ...]
    unset_variables: tuple[str, ...]

    @property
    def tasks(self) -> tuple[ElementOutline, ...]:
        """The elements that people do."""
        return tuple(element for element in self.elements if element.kind in ("userTask", "manualTask", "task"))


@dataclass(frozen=True)
class Outline:
    processes: tuple[ProcessOutline, ...]
    #: Whether the file says where its shapes are drawn.
    has_layout: bool

    def process(self, name: str) -> ProcessOutline:
        """Raises ``KeyError``."""
        for process in self.processes:
            if process.id == name:
                return process
        raise KeyError(name)


def outline(source: bytes) -> Outline:
    """What the file holds. Raises ``NotXml``, ``Doctype`` or ``TooLarge``; what cannot be run is shown all the same."""
    diagram: Diagram = reading.diagram(source)
    return Outline(tuple(_process(process) for process in diagram.processes.values()), diagram.has_layout)


def _process(process: Process) -> ProcessOutline:
    elements = tuple(process.elements)
    return ProcessOutline(
        id=process.id,
        name=process.name,
        executable=process.executable,
        documentation=process.documentation,
        properties=_written(process.properties),
        elements=tuple(_element(element) for element in elements),
        flows=tuple(flow for scope in process.scopes.values() for flow in scope.flows),
        called=_sorted(element.called for element in elements),
        decisions=_sorted(element.decision for element in elements),
        forms=_sorted(element.form for element in elements),
        operations=_sorted(name for element in elements for name in _operations(element)),
        messages=_sorted(name for element in elements for name in _messages(element)),
        started_by=_starts(process, "message"),
        signalled_by=_starts(process, "signal"),
        timed_by=_timed(process),
        start_variables=_sorted(started_with(process)),
        unset_variables=_sorted(unsupplied(process, Library())),
    )


def _starts(process: Process, kind: str) -> dict[str, str]:
    starts = process.scopes[process.id].starts
    return {event.name: start.id for start in starts for event in start.events if event.kind == kind and event.name}


def _timed(process: Process) -> dict[str, Event]:
    starts = process.scopes[process.id].starts
    return {start.id: event for start in starts for event in start.events if event.kind == "timer"}


def _element(element: Element) -> ElementOutline:
    return ElementOutline(
        id=element.id,
        name=element.name,
        kind=element.kind,
        scope=element.scope,
        lane=element.lane,
        documentation=element.documentation,
        candidates=_text(element.candidates),
        assignee=_text(element.assignee),
        form=element.form,
        due=_text(element.due),
        properties=_written(element.properties),
        inputs=_written(element.inputs),
        operation=element.operation,
        decision=element.decision,
        called=element.called,
        messages=tuple(_messages(element)),
        multi_instance=element.loop is not None and element.loop.many,
    )


def _operations(element: Element) -> Iterator[str | None]:
    yield element.operation
    yield from (event.operation for event in element.events)


def _messages(element: Element) -> Iterator[str]:
    yield from (event.name for event in element.events if event.kind == "message" and event.name)


def _sorted(names: Any) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _written(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return None if value is None else str(value)
