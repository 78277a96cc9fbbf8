"""Files in the dialects of other tools: each runs as it is drawn, or is refused with every element that stands in the way.

They are written for these tests, in the way Camunda Modeler, Flowable, Activiti and tools that exchange diagrams write
theirs: prefixes, encodings, extensions, pools, lanes and layout.
"""

from pathlib import Path

import pytest
import yaml

from engine.workflow.scenarios import play
from engine.workflow.spiff import Library, Machine, check, specify
from tests.conformance.playing import both_ways
from tests.workflow.spiff.walking import START, World

FOREIGN = Path(__file__).parent / "foreign"
RUN = sorted(file.with_suffix(".bpmn") for file in FOREIGN.glob("*.yaml") if file.stem != "refused")
REFUSED = yaml.safe_load((FOREIGN / "refused.yaml").read_text("utf-8"))
PROCESSES = {
    "camunda_delegates": "invoice",
    "camunda_eight": "eight",
    "exchange_drawing": "office",
    "flowable_tasks": "tasks",
}


def test_every_file_is_accounted_for() -> None:
    assert {file.stem for file in FOREIGN.glob("*.bpmn")} == {file.stem for file in RUN} | set(REFUSED)


@pytest.mark.parametrize("file", RUN, ids=lambda file: file.stem)
def test_a_foreign_diagram_runs_as_it_is_drawn(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = both_ways(file, file.with_suffix(".yaml"), monkeypatch)
    assert (played.problems, played.failure) == ((), None)


@pytest.mark.parametrize("name", REFUSED)
def test_a_foreign_diagram_is_refused_with_everything_that_stands_in_its_way(name: str) -> None:
    played = play(FOREIGN / f"{name}.bpmn", {"process": PROCESSES[name]})
    assert not played.ok
    found = [problem for _, problem in played.problems]
    for element, code, words in REFUSED[name]:
        said = [problem.message for problem in found if (problem.element, problem.code) == (element, code)]
        assert any(words in message for message in said), (element, code, said)


def test_what_a_foreign_diagram_says_in_vain_is_said() -> None:
    """Kept in the file and not read: nobody is to believe that it counts."""
    said = {
        (problem.element, problem.message.split()[1])
        for name in ("camunda_modeler_pools", "flowable_designer")
        for problem in check((FOREIGN / f"{name}.bpmn").read_bytes(), Library(processes=["archive"]))
        if problem.code == "ignored" and "is kept and not read" in problem.message
    }
    assert said == {
        ("Activity_write", "formData"),
        ("Activity_publish", "candidateUsers"),
        ("startNoneEvent1", "initiator"),
        ("leave", "candidateStarterGroups"),
    }


def test_the_innermost_lane_counts() -> None:
    source = (FOREIGN / "exchange_lanes.bpmn").read_bytes()
    machine = Machine.start(specify("WFP-6-", {"WFP-6-": source}), {}, World(), START)
    assert [task.candidates for task in machine.tasks] == [("inspector",)]
