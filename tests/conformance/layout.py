"""Draws what the notation leaves out: where everything stands, so that a case opens in the designer and makes a picture.

Elements stand in columns by their distance from a start, a subprocess is as large as what is inside it, and boundary
events hang on the lower edge. It is plain, not pretty: no lines are kept from crossing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_DI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
_DC: Final = "http://www.omg.org/spec/DD/20100524/DC"
_DD: Final = "http://www.omg.org/spec/DD/20100524/DI"
_EVENT: Final = (36, 36)
_GATEWAY: Final = (50, 50)
_TASK: Final = (100, 80)
_PAD: Final = 40
_GAP: Final = (60, 50)
_LABELLED: Final = 40
"""Room a label takes below an event or a gateway."""
_OURS: Final = "http://bihuan.example/conformance"


@dataclass
class Box:
    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass
class _Scope:
    """What a process or subprocess directly holds, laid out from (0, 0)."""

    boxes: dict[str, Box] = field(default_factory=dict)
    inner: dict[str, "_Scope"] = field(default_factory=dict)
    flows: list[etree._Element] = field(default_factory=list)
    width: float = 0
    height: float = 0


def lay_out(source: bytes) -> bytes:
    """The diagram with its shapes and edges. Everything gets a name, its id, so that a picture can be read."""
    head = f'<bpmn:definitions xmlns:bpmndi="{_DI}" xmlns:dc="{_DC}" xmlns:di="{_DD}" id="definitions" targetNamespace="{_OURS}" '
    root = etree.fromstring(source.replace(b"<bpmn:definitions ", head.encode(), 1))
    for number, process in enumerate(root.findall(_bpmn("process")), 1):
        diagram = etree.SubElement(root, f"{{{_DI}}}BPMNDiagram", {"id": f"diagram_{number}"})
        holder = {"id": f"plane_{number}", "bpmnElement": process.get("id", "")}
        plane = etree.SubElement(diagram, f"{{{_DI}}}BPMNPlane", holder)
        _write(plane, _scope(process), float(_PAD), float(_PAD))
    for node in root.iter():
        if _kind(node).endswith(("Event", "Task", "Gateway", "ubProcess", "callActivity")) or _kind(node) in _TASKS:
            node.set("name", node.get("name") or (node.get("id") or "").replace("_", " "))
    etree.cleanup_namespaces(root, keep_ns_prefixes=["bpmn", "camunda", "bpmndi", "dc", "di"])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


_TASKS: Final = ("task", "transaction", "callActivity")


def _scope(node: etree._Element) -> _Scope:
    scope = _Scope(flows=[*node.findall(_bpmn("sequenceFlow")), *node.findall(_bpmn("association"))])
    nodes = {child.get("id", ""): child for child in node if _size(child) is not None}
    hosts = {name: child.get("attachedToRef", "") for name, child in nodes.items() if child.get("attachedToRef")}
    sizes: dict[str, tuple[float, float]] = {}
    for name, child in nodes.items():
        sizes[name] = _size(child) or _TASK
        if _kind(child) in ("subProcess", "transaction", "adHocSubProcess"):
            inner = scope.inner[name] = _scope(child)
            sizes[name] = (inner.width, inner.height)
    free = [name for name in nodes if name not in hosts]
    _place(scope, free, sizes, _columns(free, _ahead(scope.flows, nodes, hosts)))
    _hang(scope, hosts)
    scope.width = max((box.right for box in scope.boxes.values()), default=60.0) + _PAD
    scope.height = max((box.bottom for box in scope.boxes.values()), default=40.0) + _PAD + _LABELLED / 2
    return scope


def _ahead(flows: list[etree._Element], nodes: Mapping[str, object], hosts: Mapping[str, str]) -> dict[str, list[str]]:
    """What follows what; the flows of a boundary event leave its host, and its handler stands behind it as well."""
    ahead: dict[str, list[str]] = {name: [] for name in nodes if name not in hosts}
    for flow in flows:
        source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
        source = hosts.get(source, source)
        if source in ahead and target in ahead and source != target:
            ahead[source].append(target)
    return ahead


def _columns(names: list[str], ahead: Mapping[str, list[str]]) -> dict[str, int]:
    """Distance from a start, the longest way; a flow that leads back is not followed."""
    columns: dict[str, int] = {}
    back: set[tuple[str, str]] = set()
    _mark_back(names, ahead, back)
    left = list(names)
    while left:
        waiting = {target for name in left for target in ahead[name] if (name, target) not in back}
        ready = [name for name in left if name not in waiting] or left[:1]
        for name in ready:
            before = [columns[other] for other in columns if name in ahead[other] and (other, name) not in back]
            columns[name] = max(before, default=-1) + 1
        left = [name for name in left if name not in columns]
    return columns


def _mark_back(names: list[str], ahead: Mapping[str, list[str]], back: set[tuple[str, str]]) -> None:
    done: set[str] = set()
    for first in names:
        path: list[tuple[str, Iterator[str]]] = [] if first in done else [(first, iter(ahead[first]))]
        while path:
            name, following = path[-1]
            target = next(following, None)
            if target is None:
                done.add(name)
                path.pop()
            elif any(target == other for other, _ in path):
                back.add((name, target))
            elif target not in done:
                path.append((target, iter(ahead[target])))


def _place(
    scope: _Scope, names: list[str], sizes: Mapping[str, tuple[float, float]], columns: Mapping[str, int]
) -> None:
    left = float(_PAD)
    for column in range(max(columns.values(), default=-1) + 1):
        held = [name for name in names if columns[name] == column]
        width = max(sizes[name][0] for name in held)
        top = float(_PAD)
        for name in held:
            wide, high = sizes[name]
            # What is low is centred on a line of tasks, so that a row runs straight.
            lowered = top + max(0.0, (_TASK[1] - high) / 2)
            scope.boxes[name] = Box(left + (width - wide) / 2, lowered, wide, high)
            top = max(top + _TASK[1], lowered + high) + _GAP[1]
        left += width + _GAP[0]


def _hang(scope: _Scope, hosts: Mapping[str, str]) -> None:
    counted: dict[str, int] = {}
    for name, host in hosts.items():
        if host not in scope.boxes:
            continue
        box, place = scope.boxes[host], counted.get(host, 0)
        counted[host] = place + 1
        left = box.left + 12 + place * (_EVENT[0] + 8)
        scope.boxes[name] = Box(left, box.bottom - _EVENT[1] / 2, *_EVENT)


def _write(plane: etree._Element, scope: _Scope, left: float, top: float) -> None:
    for name, box in scope.boxes.items():
        shape = etree.SubElement(plane, f"{{{_DI}}}BPMNShape", {"id": f"{name}_di", "bpmnElement": name})
        if name in scope.inner:
            shape.set("isExpanded", "true")
        place = {"x": left + box.left, "y": top + box.top, "width": box.width, "height": box.height}
        etree.SubElement(shape, f"{{{_DC}}}Bounds", {key: f"{value:g}" for key, value in place.items()})
        if name in scope.inner:
            _write(plane, scope.inner[name], left + box.left, top + box.top)
    for flow in scope.flows:
        ends = [scope.boxes.get(flow.get("sourceRef", "")), scope.boxes.get(flow.get("targetRef", ""))]
        if ends[0] is not None and ends[1] is not None and flow.get("id"):
            _edge(plane, flow.get("id", ""), list(_way(ends[0], ends[1], scope)), left, top)


def _way(source: Box, target: Box, scope: _Scope) -> Iterator[tuple[float, float]]:
    """To the right and straight, or around below where it leads back or out of the lower edge."""
    hanging = (source.width, source.height) == _EVENT and any(
        box is not source
        and box.left <= source.left
        and source.right <= box.right
        and abs(box.bottom - source.middle) < 1
        for box in scope.boxes.values()
    )
    if hanging or target.left < source.right:
        start = source.left + source.width / 2
        low = max(source.bottom, target.bottom if target.left < source.right else source.bottom) + 24
        yield (start, source.bottom)
        yield (start, low)
        if target.left < source.right:
            middle = target.left + target.width / 2
            yield (middle, low)
            yield (middle, target.bottom)
            return
        yield (target.left - 20, low)
        yield (target.left - 20, target.middle)
    else:
        yield (source.right, source.middle)
        if abs(source.middle - target.middle) > 1:
            yield (target.left - 20, source.middle)
            yield (target.left - 20, target.middle)
    yield (target.left, target.middle)


def _edge(plane: etree._Element, flow: str, points: list[tuple[float, float]], left: float, top: float) -> None:
    edge = etree.SubElement(plane, f"{{{_DI}}}BPMNEdge", {"id": f"{flow}_di", "bpmnElement": flow})
    for x, y in points:
        etree.SubElement(edge, f"{{{_DD}}}waypoint", {"x": f"{left + x:g}", "y": f"{top + y:g}"})


def _size(node: etree._Element) -> tuple[float, float] | None:
    kind = _kind(node)
    if kind.endswith("Event"):
        return _EVENT
    if kind.endswith("Gateway"):
        return _GATEWAY
    if kind.endswith(("Task", "ubProcess")) or kind in _TASKS:
        return _TASK
    return (50, 50) if kind in ("dataStoreReference", "dataObjectReference") else None


def _kind(node: etree._Element) -> str:
    named = isinstance(node.tag, str) and etree.QName(node)
    return named.localname if named and named.namespace == BPMN else ""


def _bpmn(name: str) -> str:
    return f"{{{BPMN}}}{name}"
