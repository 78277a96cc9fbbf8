"""Any file at all: the checks answer with a list and never fail, and what they let pass runs."""

from random import Random
from xml.etree import ElementTree

import pytest

from engine.errors import BihuanError
from engine.workflow.spiff import Library, Machine, check, outline, specify
from tests.workflow.spiff.blocks import Generator, render
from tests.workflow.spiff.drawing import draw
from tests.workflow.spiff.walking import START, World


def mutated(source: bytes, random: Random) -> bytes:
    """A valid diagram in which something is dropped, doubled, moved, renamed or bent."""
    root = ElementTree.fromstring(source)
    for _ in range(random.randint(1, 3)):
        around = {child: parent for parent in root.iter() for child in parent}
        if not around:
            break
        node = random.choice(list(around))
        match random.randint(0, 5):
            case 0:
                around[node].remove(node)
            case 1:
                around[node].append(node)
            case 2:
                around[node].remove(node)
                random.choice([parent for parent in around if parent is not node]).append(node)
            case 3:
                node.tag = node.tag.partition("}")[0] + "}" + random.choice(_NAMES)
            case 4:
                values = [value for each in root.iter() for value in each.attrib.values()]
                node.attrib |= {name: random.choice(values) for name in list(node.attrib)[-1:]}
            case _:
                node.attrib = dict(list(node.attrib.items())[1:])
    return ElementTree.tostring(root)


_NAMES = [
    "userTask", "exclusiveGateway", "parallelGateway", "boundaryEvent", "endEvent", "startEvent", "subProcess",
    "intermediateCatchEvent", "intermediateThrowEvent", "callActivity", "scriptTask", "eventBasedGateway",
    "inclusiveGateway", "timerEventDefinition", "messageEventDefinition", "errorEventDefinition", "receiveTask",
    "transaction", "complexGateway", "conditionExpression", "linkEventDefinition", "cancelEventDefinition",
    "compensateEventDefinition", "standardLoopCharacteristics", "sequenceFlow", "conditionalEventDefinition", "process",
]  # fmt: skip


@pytest.mark.parametrize("part", range(6))
def test_any_file_is_answered_with_a_list_and_what_passes_runs(part: int) -> None:
    for seed in range(part * 60, part * 60 + 60):
        random = Random(seed)
        text, called = render(Generator(random).process())
        source = mutated(draw(text, **called), random)
        if any(problem.severity == "error" for problem in check(source, Library())):
            continue
        inside = outline(source).processes
        specification = specify(inside[0].id, dict.fromkeys((each.id for each in inside), source))
        machine = Machine.start(specification, {}, World(), START)
        _walk(machine, random)


def _walk(machine: Machine, random: Random) -> None:
    """To the end, an incident, or thirty steps on; refusals aside, nothing may be raised."""
    for _ in range(30):
        if machine.finished or machine.incidents:
            return
        assert machine.tasks or machine.waits
        try:
            if machine.tasks:
                machine.complete(random.choice(machine.tasks).id, {"v1": random.random() < 0.5})
            elif machine.due:
                machine.advance(machine.due)
            else:
                machine.message(random.choice(machine.waits).name or "", {})
        except BihuanError as refused:
            assert refused.code in ("not_open", "ended")
        machine.dump()
