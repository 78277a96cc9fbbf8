"""Small diagrams in a few lines, so that a test shows what it walks.

    start s                                  an element: its kind, its id, its attributes
    user vote each=people as=person          camunda: attributes and loops have short names
    boundary late on=vote timer=P3D aside    ``aside``: not interrupting
    sub inner {                              what stands between braces is inside
      start s2
      ...
    }
    s -> vote -> done                        flows, in the order in which they are written
    x -> vote if more                        with a condition, up to the end of the line
    x -> done default
    lane clerk@unit a b                      the lane of elements of a process
    raw '<bpmn:group id="g" />'              XML as it stands, here or, with ``root``, beside the processes

Kinds: start end catch throw boundary user manual task script service send receive rule call sub tx xor and or race.
"""

import shlex
from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "user": "userTask",
    "manual": "manualTask",
    "task": "task",
    "script": "scriptTask",
    "service": "serviceTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "rule": "businessRuleTask",
    "call": "callActivity",
    "sub": "subProcess",
    "tx": "transaction",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "race": "eventBasedGateway",
    "complex": "complexGateway",
    "adhoc": "adHocSubProcess",
    "choreography": "choreographyTask",
    "store": "dataStoreReference",
    "dataobject": "dataObject",
    "datareference": "dataObjectReference",
}
NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:flowable="http://flowable.org/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
CAMUNDA = ("candidateGroups", "assignee", "dueDate", "formRef", "resultVariable", "decisionRef", "mapDecisionResult")
REFERENCES = {"message": "name", "signal": "name", "error": "errorCode", "escalation": "escalationCode"}
TIMERS = {"timer": "timeDuration", "date": "timeDate", "cycle": "timeCycle"}


def draw(text: str, process: str = "main", **others: str) -> bytes:
    """A BPMN file with the process, and with others by their ids."""
    drawing = _Drawing()
    processes = [drawing.process(name, body) for name, body in [(process, text), *others.items()]]
    roots = "".join(drawing.roots.values())
    return f"<bpmn:definitions {NAMESPACES}>{roots}{''.join(processes)}</bpmn:definitions>".encode()


class _Drawing:
    def __init__(self) -> None:
        self.roots: dict[str, str] = {}
        self.count = 0
        #: What belongs to an element and stands beside it.
        self.beside = ""

    def process(self, name: str, text: str) -> str:
        lines = (line.strip() for line in text.splitlines())
        body = self.scope(line for line in lines if line and not line.startswith("#"))
        return f'<bpmn:process id="{name}" isExecutable="true">{body}</bpmn:process>'

    def scope(self, lines: Iterator[str]) -> str:
        written: list[tuple[str, str]] = []
        flows: list[tuple[str, str, str]] = []
        lanes: list[list[str]] = []
        raw = ""
        for line in lines:
            if line == "}":
                break
            if line.startswith("raw "):
                raw += shlex.split(line)[1]
            elif line.startswith("root "):
                self.roots[line] = shlex.split(line)[1]
            elif line.startswith("lane "):
                lanes.append(shlex.split(line)[1:])
            elif "->" in line:
                flows += _flows(line)
            else:
                inside = self.scope(lines) if line.endswith("{") else ""
                written.append((line.removesuffix("{"), inside))
        elements = [self.element(line, inside, flows, start=self.count) for line, inside in written]
        return _lanes(lanes) + "".join(elements) + "".join(self.flow(*flow) for flow in flows) + raw

    def flow(self, source: str, target: str, rest: str) -> str:
        self.count += 1
        condition = ""
        if rest.startswith("if "):
            text = escape(rest.removeprefix("if ").strip())
            condition = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'
        return (
            f'<bpmn:sequenceFlow id="f{self.count}" sourceRef="{source}" targetRef="{target}">'
            f"{condition}</bpmn:sequenceFlow>"
        )

    def element(self, line: str, inside: str, flows: list[tuple[str, str, str]], start: int) -> str:
        kind, name, *words = shlex.split(line)
        said = dict(word.partition("=")[::2] for word in words)
        attributes = {"id": name}
        for number, (source, _target, rest) in enumerate(flows, start + 1):
            if source == name and rest == "default":
                attributes["default"] = f"f{number}"
        extension, children = self.said(kind, said, attributes)
        written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        held = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
        beside, self.beside = self.beside, ""
        return f"<bpmn:{KINDS[kind]}{written}>{held}{children}{inside}</bpmn:{KINDS[kind]}>{beside}"

    def said(self, kind: str, said: dict[str, str], attributes: dict[str, str]) -> tuple[str, str]:
        """The words after an element's id: attributes go into ``attributes``, the rest is extension and children."""
        children, inputs, outputs, properties, extension = "", "", "", "", ""
        for word, value in said.items():
            match word:
                case "on":
                    attributes["attachedToRef"] = value
                case "aside":
                    attributes["isInterrupting" if kind == "start" else "cancelActivity"] = "false"
                case "event":
                    attributes["triggeredByEvent"] = "true"
                case "op":
                    attributes |= {"camunda:type": "external", "camunda:topic": value}
                case "calls":
                    attributes["calledElement"] = value
                case "compensates":
                    attributes["isForCompensation"] = "true"
                case "feel":
                    attributes["scriptFormat"] = "feel"
                    children += f"<bpmn:script>{escape(value)}</bpmn:script>"
                case word if word in CAMUNDA:
                    attributes[f"camunda:{word}"] = value
                case word if word.startswith("in:"):
                    inputs += f'<camunda:inputParameter name="{word[3:]}">{escape(value)}</camunda:inputParameter>'
                case word if word.startswith("out:"):
                    outputs += f'<camunda:outputParameter name="{word[4:]}">{escape(value)}</camunda:outputParameter>'
                case word if word.startswith("prop:"):
                    properties += f'<camunda:property name="{word[5:]}" value={quoteattr(value)} />'
                case word if word.startswith(("give:", "take:")):
                    tag = "in" if word.startswith("give:") else "out"
                    extension += _handover(tag, word[5:], value)
                case "message" | "signal" | "error" | "escalation" if kind in ("send", "receive"):
                    attributes["messageRef"] = self.root(word, value)
                case "message" | "signal" | "error" | "escalation":
                    children += f"<bpmn:{word}EventDefinition{self.reference(word, value)} />"
                case "timer" | "date" | "cycle":
                    timer = f"<bpmn:{TIMERS[word]}>{escape(value)}</bpmn:{TIMERS[word]}>"
                    children += f"<bpmn:timerEventDefinition>{timer}</bpmn:timerEventDefinition>"
                case "terminate" | "cancel":
                    children += f"<bpmn:{word}EventDefinition />"
                case "compensate":
                    activity = f' activityRef="{value}"' if value else ""
                    children += f"<bpmn:compensateEventDefinition{activity} />"
                case "link":
                    children += f'<bpmn:linkEventDefinition name="{value}" />'
                case "when":
                    condition = f"<bpmn:condition>{escape(value)}</bpmn:condition>"
                    children += f"<bpmn:conditionalEventDefinition>{condition}</bpmn:conditionalEventDefinition>"
                case "handler":
                    self.beside += (
                        f'<bpmn:association id="to_{value}" sourceRef="{attributes["id"]}" targetRef="{value}" />'
                    )
                case "xml":
                    children += value
                case "ext":
                    extension += value
                case "each" | "times" | "loop":
                    children += _loop(said)
                case "as" | "until" | "sequential" | "max" | "before":
                    pass
                case _:
                    attributes[word] = value
        if properties:
            extension += f"<camunda:properties>{properties}</camunda:properties>"
        if inputs or outputs:
            extension += f"<camunda:inputOutput>{inputs}{outputs}</camunda:inputOutput>"
        return extension, children

    def reference(self, kind: str, value: str) -> str:
        """``error`` alone catches every error."""
        return f' {kind}Ref="{self.root(kind, value)}"' if value else ""

    def root(self, kind: str, value: str) -> str:
        name = f"{kind}_{value}"
        self.roots[name] = f'<bpmn:{kind} id="{name}" {REFERENCES[kind]}="{value}" />'
        return name


def _lanes(lanes: list[list[str]]) -> str:
    if not lanes:
        return ""
    written = ""
    for number, (name, *elements) in enumerate(lanes, 1):
        held = "".join(f"<bpmn:flowNodeRef>{element}</bpmn:flowNodeRef>" for element in elements)
        written += f'<bpmn:lane id="lane_{number}" name={quoteattr(name)}>{held}</bpmn:lane>'
    return f'<bpmn:laneSet id="lane_set">{written}</bpmn:laneSet>'


def _flows(line: str) -> Iterator[tuple[str, str, str]]:
    """``a -> b -> c if x``: what stands behind the last target belongs to the last flow."""
    *sources, last = (part.strip() for part in line.split("->"))
    target, _, rest = last.partition(" ")
    names = [*sources, target]
    for position, (source, following) in enumerate(pairwise(names)):
        yield source, following, rest.strip() if position == len(sources) - 1 else ""


def _loop(said: dict[str, str]) -> str:
    if "loop" in said:
        condition = f"<bpmn:loopCondition>{escape(said['loop'])}</bpmn:loopCondition>" if said["loop"] else ""
        maximum = f' loopMaximum="{said["max"]}"' if "max" in said else ""
        before = ' testBefore="true"' if "before" in said else ""
        return f"<bpmn:standardLoopCharacteristics{maximum}{before}>{condition}</bpmn:standardLoopCharacteristics>"
    collection = f" camunda:collection={quoteattr(said['each'])}" if "each" in said else ""
    item = f' camunda:elementVariable="{said["as"]}"' if "as" in said else ""
    sequential = ' isSequential="true"' if "sequential" in said else ""
    count = f"<bpmn:loopCardinality>{escape(said['times'])}</bpmn:loopCardinality>" if "times" in said else ""
    until = f"<bpmn:completionCondition>{escape(said['until'])}</bpmn:completionCondition>" if "until" in said else ""
    return (
        f"<bpmn:multiInstanceLoopCharacteristics{collection}{item}{sequential}>{count}{until}"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def _handover(tag: str, target: str, value: str) -> str:
    if target == "all":
        return f'<camunda:{tag} variables="all" />'
    if value.startswith(("=", "${")):
        return f'<camunda:{tag} sourceExpression={quoteattr(value)} target="{target}" />'
    return f'<camunda:{tag} source="{value}" target="{target}" />'
