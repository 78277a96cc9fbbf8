"""Every diagram of every package is walked: straight, and by every way back, also with its state put away and fetched."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from engine.operations import registry
from engine.workflow import definitions, spiff, xml
from engine.workflow.scenarios import acts, play
from engine.workflow.scenarios.script import Step
from tests.processes.demo_files import DRAWN, in_every_package, label

SCENARIOS = in_every_package("scenarios/*.yaml")
DIAGRAMS = in_every_package("*.bpmn")
WALKED = ("Event", "Task", "Gateway", "ubProcess", "callActivity", "sequenceFlow")


def put_away(under_way: acts.Play) -> None:
    before = under_way.machine
    after = spiff.Machine.load(before.specification, before.dump(), under_way.stage, before.now)
    # What has been visited is told by a machine only for its own lifetime; scenarios ask for the whole.
    after._run.visited.extend(before.visited)
    under_way.machine = after


@pytest.fixture(params=["kept in memory", "put away after every step"])
def keeping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    make: Callable[[acts.Play, Step], None] = acts.Play.make

    def make_and_put_away(under_way: acts.Play, step: Step) -> None:
        try:
            make(under_way, step)
        finally:
            put_away(under_way)

    if request.param != "kept in memory":
        monkeypatch.setattr(acts.Play, "make", make_and_put_away)
    return str(request.param)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=label)
def test_the_scenario_holds(scenario: Path, keeping: str) -> None:
    played = play(scenario.parents[1], scenario, registry)
    assert (played.problems, played.failure) == ((), None)
    assert played.ok


@pytest.mark.parametrize("package", DRAWN, ids=lambda folder: folder.name)
def test_a_package_is_checked_without_a_complaint(package: Path) -> None:
    sources = definitions.sources_of([package])
    assert [each.as_json() for each in definitions.check(sources, registry)] == []


@cache
def walked(package: Path) -> frozenset[tuple[str, str]]:
    """(process, element or flow) of all that any scenario of the package came through."""
    traces = [
        entry
        for scenario in sorted((package / "scenarios").glob("*.yaml"))
        for entry in play(package, scenario, registry).trace
    ]
    return frozenset((entry.process, name) for entry in traces for name in (entry.element, *entry.flows))


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=label)
def test_no_element_and_no_flow_is_left_unwalked(diagram: Path) -> None:
    processes = [each for each in xml.load(diagram.read_bytes()) if xml.local(each) == "process"]
    drawn = {
        (process.get("id"), each.get("id"))
        for process in processes
        for each in process.iter()
        if isinstance(each.tag, str) and xml.local(each).endswith(WALKED)
    }
    assert len(drawn) > 2
    assert drawn - walked(diagram.parent) == set()
