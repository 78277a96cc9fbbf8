"""Complaints about the XML itself: what is too large, foreign, ambiguous, or code."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from engine.workflow import xml
from engine.workflow.problems import Problem
from engine.workflow.spiff.diagram import BPMN, DIALECTS, MAX_FLOWS, MAX_NODES, NESTED, NODES, ZEEBE

MAX_NESTING: Final = 20
_BESIDE_NODES: Final = frozenset(
    [
        "association",
        "auditing",
        "category",
        "categoryValueRef",
        "correlationSubscription",
        "dataObject",
        "dataObjectReference",
        "documentation",
        "extensionElements",
        "group",
        "humanPerformer",
        "incoming",
        "ioBinding",
        "ioSpecification",
        "laneSet",
        "monitoring",
        "outgoing",
        "performer",
        "potentialOwner",
        "property",
        "resourceRole",
        "sequenceFlow",
        "supports",
        "textAnnotation",
    ]
)
_INSIDE_ANY: Final = frozenset(
    [
        "dataInputAssociation",
        "dataOutputAssociation",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "script",
        "completionCondition",
    ]
)
_CODE: Final = {
    "class": "it names a Java class",
    "delegateExpression": "it names a delegate expression",
    "expression": "it names a method expression",
    "variableMappingClass": "it names a Java class",
    "variableMappingDelegateExpression": "it names a delegate expression",
}
_CODE_ELEMENTS: Final = {
    "connector": "it uses a connector",
    "eventListener": "it has an event listener",
    "executionListener": "it has an execution listener",
    "taskListener": "it has a task listener",
    "field": "it injects a field into code",
}
_UNRUN_HERE: Final = {
    "parallelMultiple": (
        "true",
        "an event that waits for several things to happen together is not run; use a parallel gateway",
    ),
    "instantiate": ("true", "a process is started at its start events only"),
    "eventGatewayType": ("Parallel", "it waits for all its events together; use a parallel gateway"),
}
"""Attribute -> the value that is not run, and why."""
_QUANTITIES: Final = ("startQuantity", "completionQuantity")
_ONCE: Final = ("1", "0", "")
"""Tools that know no quantities write a nought."""
_CHOREOGRAPHIES: Final = ("choreography", "globalChoreographyTask")
_NOT_READ: Final = {
    "inheritVariables": 'an in and an out with variables="all"',
    "elementIndexVariable": "loopCounter",
    "initiator": "a start variable",
    "candidateStarterUsers": "",
    "followUpDate": "dueDate",
    "candidateUsers": "assignee or candidateGroups",
    "candidateStarterGroups": "",
    "formData": "formRef",
    "errorEventDefinition": "the errors the operation names itself",
    "correlationProperty": "the extension property key",
    "loopDataOutputRef": "an output parameter",
    "outputDataItem": "an output parameter",
    "potentialOwner": "candidateGroups",
    "humanPerformer": "assignee",
    "performer": "assignee",
}
"""What is kept in a file and means nothing here -> what to use instead."""


def fatal(root: xml.Element) -> Iterator[Problem]:
    """Complaints after which there is nothing more to say; found before a large file has cost much."""
    processes = root.findall(f"{{{BPMN}}}process")
    if not processes:
        yield Problem(None, "error", "no_process", "The file holds no process.")
    for process in processes:
        yield from _sizes(process)
    yield from _ids(root)


def complaints(root: xml.Element) -> Iterator[Problem]:
    processes = root.findall(f"{{{BPMN}}}process")
    for stray in root.iter(f"{{{BPMN}}}correlationProperty"):
        yield _not_read(stray, "correlationProperty")
    for node in root:
        if xml.local(node) in _CHOREOGRAPHIES and xml.namespace(node) == BPMN:
            reason = "a choreography is not run; draw the process of each participant"
            yield _not_run(node, reason)
    for process in processes:
        for scope in [process, *process.iter(*(f"{{{BPMN}}}{kind}" for kind in NESTED))]:
            yield from _strangers(scope)
        for node in process.iter():
            yield from _foreign(node)
            yield from _code(node)


def _ids(root: xml.Element) -> Iterator[Problem]:
    names = Counter(node.get("id") for node in root.iter() if xml.namespace(node) == BPMN and node.get("id"))
    for name, count in names.items():
        if count > 1:
            yield Problem(name, "error", "duplicate_id", f"{count} elements are called {name}.")
    for node in root.iter():
        named = xml.local(node) in NODES | {"process"} and xml.namespace(node) == BPMN
        if named and not (node.get("id") or "").strip():
            yield Problem(None, "error", "no_id", f"A {xml.local(node)} has no id.")


def _sizes(process: xml.Element) -> Iterator[Problem]:
    name = process.get("id")
    count = sum(xml.local(node) in NODES for node in process.iter() if xml.namespace(node) == BPMN)
    if count > MAX_NODES:
        yield Problem(name, "error", "too_large", f"The process has {count} flow nodes, where {MAX_NODES} are allowed.")
    flows = sum(1 for _ in process.iter(f"{{{BPMN}}}sequenceFlow"))
    if flows > MAX_FLOWS:
        message = f"The process has {flows} sequence flows, where {MAX_FLOWS} are allowed."
        yield Problem(name, "error", "too_large", message)
    depth = _depth(process)
    if depth > MAX_NESTING:
        message = f"Subprocesses lie {depth} deep in each other, where {MAX_NESTING} are allowed."
        yield Problem(name, "error", "too_large", message)


def _depth(scope: xml.Element) -> int:
    inside = [_depth(child) for child in scope if xml.local(child) in NESTED]
    return 1 + max(inside) if inside else 0


def _strangers(scope: xml.Element) -> Iterator[Problem]:
    """What stands among the nodes of a process and is none the machine knows."""
    for node in scope:
        kind = xml.local(node)
        known = kind in NODES or kind in _BESIDE_NODES or kind in _INSIDE_ANY or kind.endswith("EventDefinition")
        if xml.namespace(node) == BPMN and not known:
            yield _not_run(node, f"the engine runs no {kind}")
        if xml.namespace(node) == BPMN:
            yield from _meanings(node)


def _meanings(node: xml.Element) -> Iterator[Problem]:
    """What would change how a known element runs, and is not run here."""
    for attribute, (value, reason) in _UNRUN_HERE.items():
        if node.get(attribute) == value:
            yield _not_run(node, reason)
    for attribute in _QUANTITIES:
        if node.get(attribute, "1").strip() not in _ONCE:
            yield _not_run(node, f"a {attribute} other than 1 is not run; use a multi-instance")
    many = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if many is not None and _throws(many):
        yield _not_run(
            node, "a multi-instance that throws an event for each instance is not run; draw the event inside"
        )


def _throws(many: xml.Element) -> bool:
    """The attribute ``behavior`` alone throws nothing; tools write it into every file."""
    drawn = many.find(f"{{{BPMN}}}complexBehaviorDefinition") is not None
    return drawn or any(many.get(name) for name in ("noneBehaviorEventRef", "oneBehaviorEventRef"))


def _not_run(node: xml.Element, reason: str) -> Problem:
    return Problem(node.get("id"), "error", "not_run", f"{node.get('id') or xml.local(node)}: {reason}.")


def _foreign(node: xml.Element) -> Iterator[Problem]:
    if xml.namespace(node) == ZEEBE or any(xml.split_name(name)[0] == ZEEBE for name in node.attrib):
        name = _owner(node)
        yield Problem(name, "error", "dialect", f"{name}: zeebe: extensions are not read; use those of Camunda 7.")


def _code(node: xml.Element) -> Iterator[Problem]:
    for name in node.attrib:
        space, attribute = xml.split_name(name)
        if space in DIALECTS and attribute in _CODE:
            yield _no_code(node, _CODE[attribute])
        elif space in DIALECTS and attribute == "skipExpression":
            yield _not_run(node, "a skipExpression is not run; draw a gateway around it")
        elif space in DIALECTS and attribute in _NOT_READ:
            yield _not_read(node, attribute)
    kind, foreign = xml.local(node), xml.namespace(node) in DIALECTS
    if foreign and kind in _CODE_ELEMENTS:
        yield _no_code(node, _CODE_ELEMENTS[kind])
    elif kind in _NOT_READ and (foreign or kind != "errorEventDefinition"):
        yield _not_read(node, kind)


def _no_code(node: xml.Element, reason: str) -> Problem:
    name = _owner(node)
    return Problem(
        name, "error", "not_run", f'{name}: {reason}; only operations are called (type="external" topic=...).'
    )


def _not_read(node: xml.Element, attribute: str) -> Problem:
    name = _owner(node)
    instead = f"; use {_NOT_READ[attribute]}" if _NOT_READ[attribute] else ""
    return Problem(name, "warning", "ignored", f"{name}: {attribute} is kept and not read{instead}.")


def _owner(node: xml.Element) -> str | None:
    """The nearest element with an id, from the node outward."""
    while node is not None:
        if node.get("id") and xml.namespace(node) == BPMN and not xml.local(node).endswith("EventDefinition"):
            return str(node.get("id"))
        node = node.getparent()
    return None
