"""Every case is played from its file: in memory and put away after every step; every refused one says why."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.workflow.definitions import DeploymentRefused, Source, deploy
from engine.workflow.scenarios import play
from engine.workflow.spiff import Machine, specify
from tests.cast import Office
from tests.conformance.cases import CASES, DRAWN, Case, fragments, whole
from tests.conformance.playing import both_ways
from tests.conformance.settings import SETTINGS, settled
from tests.conformance.write import diagram, files, shown
from tests.workflow.spiff.walking import START, World
from web.cli import main

PLAYED = [case for case in shown() if case.refusal is None]
REFUSED = [case for case in whole() if case.refusal is not None]
ELSEWHERE = [case for case in settled() if case.group != "fragments"]


def named(cases: list[Case]) -> list[str]:
    return [f"{case.group}-{case.name}" for case in cases]


def test_the_files_are_what_the_cases_say() -> None:
    """Where this fails: python -m tests.conformance.write."""
    wanted = dict(files())
    assert {file for file in DRAWN.rglob("*") if file.is_file()} == set(wanted)
    assert [file.name for file, content in wanted.items() if file.read_bytes() != content] == []


def taken_out(case: Case, folder: Path) -> Path:
    """A copy of the case's file without its neighbours, all of which a play would look through for called processes."""
    shutil.copy(CASES / "level.dmn", folder)
    return Path(shutil.copy(case.file, folder))


@pytest.mark.parametrize("case", PLAYED, ids=named(PLAYED))
def test_a_case_holds(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = both_ways(taken_out(case, tmp_path), case.file.with_suffix(".yaml"), monkeypatch)
    assert (played.problems, played.failure) == ((), None)


@pytest.mark.parametrize("case", ELSEWHERE, ids=named(ELSEWHERE))
def test_a_fragment_holds_wherever_it_stands(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(CASES / "level.dmn", tmp_path)
    file = tmp_path / "drawn.bpmn"
    file.write_bytes(diagram(case))
    played = both_ways(file, case.scenario, monkeypatch)
    assert (played.problems, played.failure) == ((), None)


@pytest.mark.parametrize("case", REFUSED, ids=named(REFUSED))
def test_what_is_not_run_is_refused_with_its_element_and_the_reason(case: Case, tmp_path: Path) -> None:
    assert case.refusal is not None
    played = play(taken_out(case, tmp_path), {"process": case.name})
    assert not played.ok
    found = [problem for _, problem in played.problems if problem.element == case.refusal.element]
    assert case.refusal.code in [problem.code for problem in found]
    assert any(case.refusal.words in problem.message for problem in found)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_deployment_refuses_the_same(office: Office) -> None:
    for case in REFUSED:
        assert case.refusal is not None
        with office.by("wang") as ctx, pytest.raises(DeploymentRefused) as refused:
            deploy(ctx, [Source(case.file.name, case.file.read_bytes())])
        assert case.refusal.element in [complaint.problem.element for complaint in refused.value.complaints]


def test_the_command_plays_a_file_as_it_lies_there() -> None:
    file = DRAWN / "fragments" / "boundary_timer.bpmn"
    done = CliRunner().invoke(main, ["play", str(file), "--scenario", str(file.with_suffix(".yaml")), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["ok"], told["steps"], told["failure"]) == (True, 6, None)
    assert [line["element"] for line in told["trace"] if line["event"] == "fired"] == ["late"]


def test_the_command_names_the_element_it_refuses(tmp_path: Path) -> None:
    scenario = tmp_path / "any.yaml"
    scenario.write_text("process: java_class\nsteps: []\n", "utf-8")
    file = DRAWN / "refused" / "java_class.bpmn"
    done = CliRunner().invoke(main, ["play", str(file), "--scenario", str(scenario), "--json"])
    assert done.exit_code == 1
    assert ("c", "not_run") in [(each["element"], each["code"]) for each in json.loads(done.stdout)["problems"]]


def test_lanes_say_who_may_do_a_task() -> None:
    source = (DRAWN / "values" / "lanes.bpmn").read_bytes()
    machine = Machine.start(specify("lanes", {"lanes": source}), {"unit": "A01"}, World(), START)
    seen = {}
    while machine.tasks:
        (task,) = machine.tasks
        seen[task.element] = task.candidates
        machine.complete(task.id, {})
    assert seen == {"write": ("clerk@A01",), "check": ("lead",), "sign": ("leader@A01",)}


def test_there_are_as_many_cases_as_there_are_said_to_be() -> None:
    assert len(PLAYED) + len(REFUSED) > 200
    assert len(ELSEWHERE) == len(fragments()) * (len(SETTINGS) - 1)
