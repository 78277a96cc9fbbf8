"""From the XML of a diagram to what it says. The shapes are in ``diagram``; here is only where each of them stands."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from engine.workflow import xml
from engine.workflow.spiff import moments
from engine.workflow.spiff.diagram import (
    BPMN,
    DI,
    DIALECTS,
    MAX_EXPRESSIONS,
    MAX_FLOWS,
    MAX_NODES,
    NESTED,
    NODES,
    UNRUN,
    Diagram,
    Element,
    Event,
    Flow,
    Formula,
    Handover,
    Loop,
    Process,
    Scope,
    Value,
)

Ends: TypeAlias = Mapping[str, Sequence[Flow]]
_EVENT_NAMES = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
_RESOURCE = "an external resource"
_UNSAID = "an unnamed language"
_TIMINGS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


def diagram(source: bytes) -> Diagram:
    """What the file says. Raises ``NotXml``, ``Doctype`` or ``TooLarge``."""
    root = xml.load(source)
    for unit, count, limit in sizes(root):
        if count > limit:
            raise xml.TooLarge(count=count, unit=unit, limit=limit)
    found = read(root)
    if (count := expressions(found)) > MAX_EXPRESSIONS:
        raise xml.TooLarge(count=count, unit="characters of expressions", limit=MAX_EXPRESSIONS)
    return found


def expressions(read: Diagram) -> int:
    """The characters of everything that would have to be compiled."""
    elements = (element for process in read.processes.values() for element in process.elements)
    return sum(len(formula.text) for element in elements for _where, formula in element.formulas())


def sizes(scope: xml.Element) -> Iterator[tuple[str, int, int]]:
    """What is counted -> how much of it there is, and may be: beyond that nobody could follow it, nor check it in time."""
    counts = Counter(xml.local(node) for node in scope.iter(f"{{{BPMN}}}*"))
    yield "flow nodes", sum(count for kind, count in counts.items() if kind in NODES), MAX_NODES
    yield "sequence flows", counts["sequenceFlow"], MAX_FLOWS


def read(root: xml.Element) -> Diagram:
    around = _Around(_names(root), _lanes(root), _handlers(root), _definitions(root))
    processes = (_Reading(node, around).process() for node in root.findall(_tag("process")))
    return Diagram(
        processes={process.id: process for process in processes},
        has_layout=root.find(f".//{{{DI}}}BPMNShape") is not None,
    )


@dataclass(frozen=True)
class _Named:
    name: str
    #: Correlation key written on the ``bpmn:message`` itself.
    key: Value


@dataclass(frozen=True)
class _Around:
    """What the nodes of a process need to know of the file they stand in."""

    names: Mapping[str, _Named]
    lanes: Mapping[str, str]
    handlers: Mapping[str, str]
    definitions: Mapping[str, xml.Element]


def _names(root: xml.Element) -> dict[str, _Named]:
    """Id of a message, signal, error or escalation -> what people call it; its id where it has no name."""
    return {
        node.get("id", ""): _Named(node.get(attribute) or node.get("name") or node.get("id", ""), _key(node))
        for kind, attribute in _EVENT_NAMES.items()
        for node in root.findall(_tag(kind))
    }


def _key(node: xml.Element) -> Value:
    return _properties(node).get("key")


def _lanes(root: xml.Element) -> dict[str, str]:
    """Id of a flow node -> name of its innermost lane. Lanes come outermost first, so the last one written wins."""
    return {
        (reference.text or "").strip(): lane.get("name")
        for lane in root.iter(_tag("lane"))
        for reference in lane.findall(_tag("flowNodeRef"))
        if lane.get("name")
    }


def _handlers(root: xml.Element) -> dict[str, str]:
    """Id of a compensation boundary event -> id of the activity it is associated with."""
    return {node.get("sourceRef", ""): node.get("targetRef", "") for node in root.iter(_tag("association"))}


def _definitions(root: xml.Element) -> dict[str, xml.Element]:
    """Id -> event definition that stands beside the processes, for events to refer to."""
    return {node.get("id", ""): node for node in root if xml.local(node).endswith("EventDefinition")}


class _Reading:
    """Reads one process."""

    def __init__(self, node: xml.Element, around: _Around) -> None:
        self.node = node
        self.id: str = node.get("id", "")
        self.names = around.names
        self.lanes = around.lanes
        self.handlers = around.handlers
        self.definitions = around.definitions
        self.scopes: dict[str, Scope] = {}

    def process(self) -> Process:
        self.scope(self.node, outer=None, lane=None)
        return Process(
            id=self.id,
            name=self.node.get("name"),
            executable=self.node.get("isExecutable") != "false",
            documentation=_text(self.node, "documentation"),
            properties=_properties(self.node),
            scopes=self.scopes,
        )

    def scope(self, node: xml.Element, *, outer: str | None, lane: str | None) -> None:
        """Outer scopes are entered before inner ones, so that the order of ``scopes`` is that of the file."""
        identity = node.get("id", "")
        self.scopes[identity] = Scope(identity, self.id, outer, {}, ())
        flows = tuple(_flows(node))
        ends = _by(flows, lambda flow: flow.source), _by(flows, lambda flow: flow.target)
        nodes = [child for child in node if xml.local(child) in NODES | UNRUN and xml.namespace(child) == BPMN]
        elements = [self.element(child, identity, ends, lane) for child in nodes]
        self.scopes[identity] = Scope(
            identity, self.id, outer, {element.id: element for element in _hung(elements)}, flows
        )
        for child, element in zip(nodes, elements, strict=True):
            if element.kind in NESTED:
                self.scope(child, outer=identity, lane=element.lane)

    def element(self, node: xml.Element, scope: str, ends: tuple[Ends, Ends], lane: str | None) -> Element:
        """``ends``: the flows of the scope by the element they leave, and by the one they lead to."""
        identity = node.get("id", "")
        kind = xml.local(node)
        leaving, arriving = (flows.get(identity, ()) for flows in ends)
        base = Element(
            id=identity,
            kind=kind,
            process=self.id,
            scope=scope,
            name=node.get("name"),
            lane=self.lanes.get(identity) or lane,
            documentation=_text(node, "documentation"),
            flows=tuple(replace(flow, default=flow.id == node.get("default")) for flow in leaving),
            incoming=tuple(flow.id for flow in arriving),
            events=tuple(self.events(node)),
            attached_to=node.get("attachedToRef"),
            interrupting=node.get("cancelActivity", node.get("isInterrupting")) != "false",
            default=node.get("default"),
            loop=_loop(node),
            event_subprocess=node.get("triggeredByEvent") == "true",
            for_compensation=node.get("isForCompensation") == "true",
            handler=self.handlers.get(identity),
            properties=_properties(node),
            inputs=_parameters(node, "inputParameter"),
            outputs=_parameters(node, "outputParameter"),
        )
        return self.with_key(replace(_with_people(base, node), **self.work(node, kind)))

    def work(self, node: xml.Element, kind: str) -> dict[str, Any]:
        """What the kinds of activity say each in their own way."""
        if kind in ("sendTask", "receiveTask") and node.get("messageRef"):
            return {"events": (self.named(node, "message", "messageRef"),), "operation": _topic(node)}
        if kind in ("serviceTask", "sendTask"):
            return {"operation": _topic(node), "result": _extension(node, "resultVariable")}
        if kind in ("userTask", "manualTask", "task"):
            operation = _properties(node).get("operation")
            return {"operation": operation if isinstance(operation, str) else None}
        if kind == "scriptTask":
            return {
                "script": Formula(_text(node, "script") or "", node.get("scriptFormat", _UNSAID)),
                "result": _extension(node, "resultVariable"),
            }
        if kind == "businessRuleTask":
            return {
                "operation": _topic(node),
                "decision": _extension(node, "decisionRef"),
                "result": _extension(node, "resultVariable"),
                "decision_mapping": _extension(node, "mapDecisionResult"),
            }
        if kind == "callActivity":
            return {"called": node.get("calledElement"), "handovers": tuple(_handovers(node))}
        return {}

    def with_key(self, element: Element) -> Element:
        """A key written on the message holds wherever the element that uses the message names none of its own."""
        named = (self.names.get(event.reference or "") for event in element.events if event.kind == "message")
        key = next((message.key for message in named if message), None)
        if element.key is not None or key is None:
            return element
        return replace(element, properties={**element.properties, "key": key})

    def events(self, node: xml.Element) -> Iterator[Event]:
        """Those written on the event, and those it refers to; one that leads nowhere is of a kind nothing allows."""
        for child in node:
            if xml.local(child).endswith("EventDefinition"):
                yield self.event(child)
            elif xml.local(child) == "eventDefinitionRef":
                name = (child.text or "").strip()
                found = self.definitions.get(name)
                yield Event(f"undeclared ({name})") if found is None else self.event(found)

    def event(self, node: xml.Element) -> Event:
        kind = xml.local(node).removesuffix("EventDefinition")
        if kind in _EVENT_NAMES:
            return self.named(node, kind, f"{kind}Ref")
        if kind == "timer":
            return _timer(node)
        if kind == "link":
            return Event(kind, name=node.get("name"))
        if kind == "compensate":
            return Event(kind, name=node.get("activityRef"))
        if kind == "conditional":
            return Event(kind, condition=_child_formula(node, "condition"))
        return Event(kind)

    def named(self, node: xml.Element, kind: str, attribute: str) -> Event:
        reference = node.get(attribute)
        known = self.names.get(reference or "")
        return Event(
            kind,
            name=known.name if known else reference,
            reference=reference,
            declared=known is not None or reference is None,
            code_variable=_extension(node, f"{kind}CodeVariable"),
            message_variable=_extension(node, f"{kind}MessageVariable"),
            operation=_topic(node),
        )


def _hung(elements: list[Element]) -> Iterator[Element]:
    """The elements, each with the boundary events that hang on it."""
    hanging: dict[str, list[str]] = {}
    for element in elements:
        if element.attached_to is not None:
            hanging.setdefault(element.attached_to, []).append(element.id)
    for element in elements:
        yield replace(element, boundary=tuple(hanging.get(element.id, ())))


def _by(flows: Iterable[Flow], end: Callable[[Flow], str]) -> Ends:
    found: dict[str, list[Flow]] = {}
    for flow in flows:
        found.setdefault(end(flow), []).append(flow)
    return found


def _with_people(element: Element, node: xml.Element) -> Element:
    if not element.human:
        return element
    due = _extension(node, "dueDate")
    return replace(
        element,
        candidates=_value(_extension(node, "candidateGroups")),
        assignee=_value(_extension(node, "assignee")),
        due=due if due is None or moments.is_literal(due) else Formula(due),
        form=_extension(node, "formRef") or _extension(node, "formKey"),
    )


def _flows(scope: xml.Element) -> Iterator[Flow]:
    """Flowable's own files leave ids of flows out; such a flow is called by its ends, the second of two by a number."""
    taken: Counter[str] = Counter()
    for node in scope.findall(_tag("sequenceFlow")):
        given = (node.get("id") or "").strip()
        name = given or f"{node.get('sourceRef', '')}->{node.get('targetRef', '')}"
        taken[name] += 1
        yield _flow(node, name if given or taken[name] == 1 else f"{name} {taken[name]}")


def _flow(node: xml.Element, identity: str) -> Flow:
    return Flow(
        id=identity,
        source=node.get("sourceRef", ""),
        target=node.get("targetRef", ""),
        name=node.get("name"),
        condition=_child_formula(node, "conditionExpression"),
    )


def _formula(node: xml.Element) -> Formula:
    language = _RESOURCE if _extension(node, "resource") else node.get("language")
    return Formula((node.text or "").strip(), language)


def _timer(node: xml.Element) -> Event:
    for tag, timing in _TIMINGS.items():
        found = node.find(_tag(tag))
        if found is not None:
            text = (found.text or "").strip()
            return Event("timer", timing=timing, when=text if moments.is_literal(text) else Formula(text))
    return Event("timer")


def _loop(node: xml.Element) -> Loop | None:
    many = node.find(_tag("multiInstanceLoopCharacteristics"))
    if many is not None:
        return _multi_instance(many)
    standard = node.find(_tag("standardLoopCharacteristics"))
    if standard is None:
        return None
    return Loop(
        many=False,
        condition=_child_formula(standard, "loopCondition"),
        test_before=standard.get("testBefore") == "true",
        maximum=standard.get("loopMaximum"),
    )


def _multi_instance(node: xml.Element) -> Loop:
    collection = _extension(node, "collection") or _text(node, "loopDataInputRef")
    item = node.find(_tag("inputDataItem"))
    return Loop(
        many=True,
        sequential=node.get("isSequential") == "true",
        collection=Formula(collection.strip()) if collection else None,
        item_variable=_extension(node, "elementVariable") or (None if item is None else item.get("name")),
        cardinality=_child_formula(node, "loopCardinality"),
        condition=_child_formula(node, "completionCondition"),
    )


def _child_formula(node: xml.Element, tag: str) -> Formula | None:
    """None where nothing is written; an expression kept in a resource is something."""
    child = node.find(_tag(tag))
    formula = None if child is None else _formula(child)
    return formula if formula and (formula.text or formula.language == _RESOURCE) else None


def _handovers(node: xml.Element) -> Iterator[Handover]:
    for child in node.findall(f"{_tag('extensionElements')}/*"):
        if xml.namespace(child) not in DIALECTS or xml.local(child) not in ("in", "out"):
            continue
        if child.get("businessKey") is not None:
            continue
        expression = child.get("sourceExpression")
        yield Handover(
            inward=xml.local(child) == "in",
            source=Formula(expression) if expression is not None else child.get("source"),
            target=child.get("target"),
            everything=child.get("variables") == "all",
        )


def _topic(node: xml.Element) -> str | None:
    return _extension(node, "topic")


def _properties(node: xml.Element) -> dict[str, Value]:
    return {
        child.get("name", ""): _value(child.get("value", "")) for child in _extended(node, "properties", "property")
    }


def _parameters(node: xml.Element, tag: str) -> dict[str, Value]:
    return {child.get("name", ""): _parameter(child) for child in _extended(node, "inputOutput", tag)}


def _parameter(node: xml.Element) -> Value:
    """Text, an expression, or a ``camunda:list``, ``camunda:map`` or ``camunda:script`` of them."""
    for child in node:
        kind = xml.local(child)
        if kind == "list":
            return tuple(_parameter(item) for item in child if xml.local(item))
        if kind == "map":
            return {entry.get("key", ""): _parameter(entry) for entry in child if xml.local(entry)}
        if kind == "script":
            return Formula((child.text or "").strip(), child.get("scriptFormat", _UNSAID))
        if kind:
            return _value((child.text or "").strip())
    return _value((node.text or "").strip())


def _extended(node: xml.Element, group: str, tag: str) -> Iterator[xml.Element]:
    for dialect in DIALECTS:
        yield from node.findall(f"{_tag('extensionElements')}/{{{dialect}}}{group}/{{{dialect}}}{tag}")


def _extension(node: xml.Element, name: str) -> str | None:
    """An attribute of any of the dialects; an empty one counts as absent."""
    for dialect in DIALECTS:
        text: str | None = node.get(f"{{{dialect}}}{name}")
        if text and text.strip():
            return text.strip()
    return None


def _value(text: str | None) -> Value:
    """Literal text, or an expression. Text around a ``${`` is no literal: it would be shown to somebody as it stands."""
    if text is None:
        return None
    return Formula(text) if text.lstrip().startswith("=") or "${" in text or "#{" in text else text


def _text(node: xml.Element, tag: str) -> str | None:
    text: str | None = node.findtext(_tag(tag))
    return text.strip() if text and text.strip() else None


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"
