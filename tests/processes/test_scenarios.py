"""Every diagram of the county package is walked: straight, and by every way back, also with its state put away and fetched."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.operations import registry
from engine.workflow import spiff, xml
from engine.workflow.scenarios import acts, play
from engine.workflow.scenarios.script import Step
from tests.processes.demo_files import CITY

SCENARIOS = sorted((CITY / "scenarios").glob("*.yaml"))
DIAGRAMS = sorted(CITY.glob("*.bpmn"))
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


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda file: file.stem)
def test_the_scenario_holds(scenario: Path, keeping: str) -> None:
    played = play(CITY, scenario, registry)
    assert (played.problems, played.failure) == ((), None)
    assert played.ok


@pytest.fixture(scope="module")
def walked() -> set[tuple[str, str]]:
    """(process, element or flow) of all that any scenario came through."""
    traces = [entry for scenario in SCENARIOS for entry in play(CITY, scenario, registry).trace]
    return {(entry.process, name) for entry in traces for name in (entry.element, *entry.flows)}


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda file: file.stem)
def test_no_element_and_no_flow_is_left_unwalked(diagram: Path, walked: set[tuple[str, str]]) -> None:
    processes = [each for each in xml.load(diagram.read_bytes()) if xml.local(each) == "process"]
    drawn = {
        (process.get("id"), each.get("id"))
        for process in processes
        for each in process.iter()
        if isinstance(each.tag, str) and xml.local(each).endswith(WALKED)
    }
    assert len(drawn) > 10
    assert drawn - walked == set()
