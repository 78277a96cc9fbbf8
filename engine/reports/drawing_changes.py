"""What is different between two drawings of one process: which parts came, went, or say something else."""

import copy
from dataclasses import dataclass

from engine.workflow import xml

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_DRAWN = "{http://www.omg.org/spec/BPMN/20100524/DI}"
#: Said by the flows themselves; a part is not another one because a flow was drawn to it.
_DERIVED = (f"{_BPMN}incoming", f"{_BPMN}outgoing")


@dataclass(frozen=True, slots=True)
class Part:
    """A drawn element by its id and its name, the id where it has none."""

    element: str
    name: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Parts by what became of them, in the order of their drawing; where they stand on the canvas counts for nothing."""

    added: list[Part]
    removed: list[Part]
    changed: list[Part]


def changes(older: bytes, newer: bytes) -> Changes:
    """What the newer drawing has added, removed and changed. Raises what ``xml.load`` raises."""
    before, after = _parts(older), _parts(newer)
    return Changes(
        added=[part for key, (part, _) in after.items() if key not in before],
        removed=[part for key, (part, _) in before.items() if key not in after],
        changed=[part for key, (part, says) in after.items() if key in before and before[key][1] != says],
    )


def _parts(source: bytes) -> dict[str, tuple[Part, bytes]]:
    """Id -> the part and what it says."""
    root = xml.load(source)
    drawn = {each.get("bpmnElement") for each in root.iter(f"{_DRAWN}BPMNShape", f"{_DRAWN}BPMNEdge")}
    found = {each.get("id"): each for each in root.iter(f"{_BPMN}*") if each.get("id") in drawn}
    return {key: (Part(key, each.get("name") or key), _says(each, drawn)) for key, each in found.items()}


def _says(element: xml.Element, drawn: set[str]) -> bytes:
    """The element's own content: without the parts drawn inside it, and however it is spaced."""
    own = copy.deepcopy(element)
    for each in [each for each in own.iterdescendants() if each.tag in _DERIVED or each.get("id") in drawn]:
        if (parent := each.getparent()) is not None:
            parent.remove(each)
    for each in own.iter():
        each.text, each.tail = (each.text or "").strip() or None, None
    return xml.canonical(own)
