"""Which of BPMN's elements a diagram uses, read from its XML alone: the engine's own reading is what is on trial.

A feature is a short text such as ``userTask``, ``boundary timer aside`` or ``event subprocess error``.
"""

from collections.abc import Iterator

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_EVENTS = {
    "startEvent": "start",
    "intermediateCatchEvent": "catch",
    "intermediateThrowEvent": "throw",
    "endEvent": "end",
    "boundaryEvent": "boundary",
}
_ASIDE = {"startEvent": "isInterrupting", "boundaryEvent": "cancelActivity"}
_CHOOSING = ("exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway")
_PLAIN = (
    "laneSet",
    "dataObject",
    "dataObjectReference",
    "textAnnotation",
    "association",
    "group",
    "collaboration",
    "messageFlow",
    "childLaneSet",
    "ioSpecification",
    "eventDefinitionRef",
)


def features(source: bytes) -> set[str]:
    return {feature for node in etree.fromstring(source).iter(f"{BPMN}*") for feature in _of(node)}


def attributes(source: bytes) -> set[str]:
    """The extension attributes and elements a diagram uses, by local name and with the element they stand on."""
    found: set[str] = set()
    for node in etree.fromstring(source).iter():
        if not isinstance(node.tag, str):
            continue
        spaced = [etree.QName(name) for name in (node.tag, *node.attrib)]
        found |= {name.localname for name in spaced if name.namespace and "omg.org" not in name.namespace}
        if etree.QName(node.tag).localname == "property":
            found.add(f"property {node.get('name')}")
    return found


def _of(node: etree._Element) -> Iterator[str]:
    kind = etree.QName(node.tag).localname
    if kind in _EVENTS:
        yield from _events(node, kind)
    elif kind == "subProcess":
        yield "event subprocess" if node.get("triggeredByEvent") == "true" else "subProcess"
    elif kind == "multiInstanceLoopCharacteristics":
        yield "multi-instance sequential" if node.get("isSequential") == "true" else "multi-instance parallel"
        yield from (
            child for child in ("loopCardinality", "completionCondition") if node.find(BPMN + child) is not None
        )
    elif kind == "standardLoopCharacteristics":
        yield "standard loop"
    elif kind == "sequenceFlow":
        yield "conditionExpression" if node.find(f"{BPMN}conditionExpression") is not None else "sequenceFlow"
    elif kind.endswith(("Task", "Gateway")) or kind in ("task", "transaction", "callActivity", *_PLAIN):
        yield kind
    if node.get("isForCompensation") == "true":
        yield "compensation handler"
    if node.get("default"):
        yield "default flow"
    yield from _split(node, kind)


def _split(node: etree._Element, kind: str) -> Iterator[str]:
    flows = [flow.get("sourceRef") for flow in node.findall(f"{BPMN}sequenceFlow")]
    gateways = {each.get("id") for each in node if etree.QName(each.tag).localname in _CHOOSING}
    if any(flows.count(source) > 1 and source not in gateways for source in flows):
        yield "implicit split"


def _events(node: etree._Element, kind: str) -> Iterator[str]:
    where = _EVENTS[kind]
    held = node.getparent()
    if kind == "startEvent" and held is not None and held.get("triggeredByEvent") == "true":
        where = "event subprocess"
    definitions = [
        etree.QName(child.tag).localname.removesuffix("EventDefinition")
        for child in node
        if isinstance(child.tag, str) and etree.QName(child.tag).localname.endswith("EventDefinition")
    ]
    aside = " aside" if kind in _ASIDE and node.get(_ASIDE[kind]) == "false" else ""
    for definition in definitions:
        yield f"{where} {definition}{aside}"
    if len(definitions) != 1 and node.find(f"{BPMN}eventDefinitionRef") is None:
        yield f"{where} {'multiple' if definitions else 'none'}"
    for timer in node.iter(f"{BPMN}timeDate", f"{BPMN}timeDuration", f"{BPMN}timeCycle"):
        yield etree.QName(timer.tag).localname
        if "workday" in (timer.text or ""):
            yield "workdays"
