"""The diagrams of the packages and the registry know the same operations."""

import re

from engine.operations import registry
from tests.processes.demo_files import in_every_package

CALLED = re.compile(r'camunda:topic="([a-z_.]+)"|name="operation" value="([a-z_.]+)"')


def called() -> set[str]:
    texts = [file.read_text("utf-8") for file in in_every_package("*.bpmn")]
    return {topic or task for text in texts for topic, task in CALLED.findall(text)}


def test_every_operation_is_called_by_a_diagram_and_every_call_is_answered() -> None:
    known = {name for name in called() if registry.get(name) is not None}
    assert called() == known
    assert known == {each.name for each in registry.values()}


def test_every_operation_says_in_words_what_it_does_and_what_it_gives() -> None:
    for each in registry.values():
        assert each.summary
        assert all(each.outputs.values())
