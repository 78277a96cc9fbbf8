"""What a reader of a diagram would call untidy, measured on its drawing (BPMN DI)."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
CONTAINERS = {"subProcess", "transaction"}
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    name: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box", margin: float = 0) -> bool:
        return (
            self.left < other.right + margin
            and other.left < self.right + margin
            and self.top < other.bottom + margin
            and other.top < self.bottom + margin
        )

    def contains(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def shrunk(self, by: float) -> "Box":
        return Box(self.name, self.left + by, self.top + by, self.right - by, self.bottom - by)


@dataclass(frozen=True)
class Edge:
    name: str
    source: str
    target: str
    points: tuple[Point, ...]

    @property
    def segments(self) -> Iterator[Box]:
        for (x1, y1), (x2, y2) in pairwise(self.points):
            yield Box(self.name, min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


@dataclass(frozen=True)
class Drawing:
    shapes: dict[str, Box]
    labels: list[Box]
    edges: list[Edge]
    kinds: dict[str, str]
    hosts: dict[str, str]
    #: Size of the whole drawing.
    width: float
    height: float


def read(file: Path) -> Drawing:
    root = ET.parse(file).getroot()
    kinds = {each.get("id", ""): each.tag.removeprefix(BPMN) for each in root.iter() if each.tag.startswith(BPMN)}
    hosts = {each.get("id", ""): each.get("attachedToRef", "") for each in root.iter(f"{BPMN}boundaryEvent")}
    flows = {each.get("id", ""): each for each in root.iter(f"{BPMN}sequenceFlow")}
    shapes = {each.get("bpmnElement", ""): _box(each) for each in root.iter(f"{DI}BPMNShape")}
    drawn = [*root.iter(f"{DI}BPMNShape"), *root.iter(f"{DI}BPMNEdge")]
    labels = [_box(label, each.get("bpmnElement")) for each in drawn for label in each.iter(f"{DI}BPMNLabel")]
    edges = [
        Edge(
            name,
            flows[name].get("sourceRef", ""),
            flows[name].get("targetRef", ""),
            tuple((float(point.get("x", 0)), float(point.get("y", 0))) for point in each.iter(WAYPOINT)),
        )
        for each in root.iter(f"{DI}BPMNEdge")
        if (name := each.get("bpmnElement", "")) in flows
    ]
    boxes = [*shapes.values(), *labels, *(segment for edge in edges for segment in edge.segments)]
    width = max(box.right for box in boxes) - min(box.left for box in boxes)
    height = max(box.bottom for box in boxes) - min(box.top for box in boxes)
    return Drawing(shapes, labels, edges, kinds, hosts, width, height)


def complaints(drawing: Drawing) -> list[str]:
    """Every untidiness, in words; empty for a tidy drawing."""
    return [
        *_undrawn(drawing),
        *_overlapping_shapes(drawing),
        *_covered_labels(drawing),
        *_crossed_shapes(drawing),
        *_slanted_edges(drawing),
        *_loose_ends(drawing),
    ]


def _undrawn(drawing: Drawing) -> Iterator[str]:
    flow_nodes = ("Task", "Event", "Gateway", "callActivity", "subProcess", "task")
    for name, kind in drawing.kinds.items():
        if kind.endswith(flow_nodes) and name and name not in drawing.shapes:
            yield f"{name} is not drawn"


def _overlapping_shapes(drawing: Drawing) -> Iterator[str]:
    for one, two in combinations(drawing.shapes, 2):
        a, b = drawing.shapes[one], drawing.shapes[two]
        if one in (drawing.hosts.get(two),) or two in (drawing.hosts.get(one),):
            continue
        inside = (_is_container(drawing, one) and a.contains(b)) or (_is_container(drawing, two) and b.contains(a))
        if a.overlaps(b) and not inside:
            yield f"{one} overlaps {two}"


def _covered_labels(drawing: Drawing) -> Iterator[str]:
    for label in drawing.labels:
        for name, shape in drawing.shapes.items():
            if _is_container(drawing, name) and shape.contains(label):
                continue
            if label.overlaps(shape):
                yield f"the label of {label.name} lies on {name}"
        for edge in drawing.edges:
            if any(label.shrunk(1).overlaps(segment) for segment in edge.segments):
                yield f"{edge.name} runs through the label of {label.name}"
    for one, two in combinations(drawing.labels, 2):
        if one.overlaps(two):
            yield f"the labels of {one.name} and {two.name} overlap"


def _crossed_shapes(drawing: Drawing) -> Iterator[str]:
    for edge in drawing.edges:
        for name, shape in drawing.shapes.items():
            if name in (edge.source, edge.target) or _is_container(drawing, name):
                continue
            if any(shape.shrunk(1).overlaps(segment) for segment in edge.segments):
                yield f"{edge.name} runs through {name}"


def _slanted_edges(drawing: Drawing) -> Iterator[str]:
    for edge in drawing.edges:
        if any(abs(x1 - x2) > 0.5 and abs(y1 - y2) > 0.5 for (x1, y1), (x2, y2) in pairwise(edge.points)):
            yield f"{edge.name} is not right-angled"


def _loose_ends(drawing: Drawing) -> Iterator[str]:
    for edge in drawing.edges:
        for name, (x, y) in ((edge.source, edge.points[0]), (edge.target, edge.points[-1])):
            box = drawing.shapes[name]
            on_side = abs(x - box.left) < 1 or abs(x - box.right) < 1 or abs(y - box.top) < 1 or abs(y - box.bottom) < 1
            if not (on_side and box.left - 1 <= x <= box.right + 1 and box.top - 1 <= y <= box.bottom + 1):
                yield f"{edge.name} does not touch {name}"
        if edge.points[0] == edge.points[-1] or any(a == b for a, b in pairwise(edge.points)):
            yield f"{edge.name} has a segment of no length"


def _is_container(drawing: Drawing, name: str) -> bool:
    return drawing.kinds.get(name) in CONTAINERS


def _box(element: ET.Element, name: str | None = None) -> Box:
    bounds = next(element.iter(f"{DC}Bounds"))
    x, y, width, height = (float(bounds.get(key, 0)) for key in ("x", "y", "width", "height"))
    return Box(name or element.get("bpmnElement", ""), x, y, x + width, y + height)


def main_line(drawing: Drawing) -> list[str]:
    """The elements from the first start event to the furthest end event by unconditional or default flows, if on one line."""
    start = min(
        (box for name, box in drawing.shapes.items() if drawing.kinds[name] == "startEvent"), key=lambda box: box.left
    )
    level = (start.top + start.bottom) / 2
    on_line, here = [start.name], start.name
    while True:
        ahead = [
            edge.target
            for edge in drawing.edges
            if edge.source == here
            and len({round(y, 1) for _, y in edge.points}) == 1
            and abs(edge.points[0][1] - level) < 0.5
        ]
        if not ahead:
            return on_line
        here = ahead[0]
        on_line.append(here)
