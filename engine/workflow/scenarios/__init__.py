"""A scenario: how a diagram is proved. It is played in memory, with people, clock and operations given by the script.

A play holds when every step could be made, or was refused where it says so, and everything it expects was true. Moves
that concern only who holds a task are kept in the play; everything else is done by the machine that runs in production.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import BihuanError
from engine.workflow import spiff
from engine.workflow.problems import Problem
from engine.workflow.registry import Operation
from engine.workflow.scenarios import claims
from engine.workflow.scenarios.acts import Play
from engine.workflow.scenarios.script import BadScenario, Scenario, Step, read
from engine.workflow.scenarios.stage import Folder


@dataclass(frozen=True)
class Failure:
    """The step (counted from 1; 0 is the start) at which a play did not hold."""

    step: int
    expected: Any
    actual: Any


@dataclass(frozen=True)
class Played:
    """How a play went. ``problems`` are those of a diagram that was refused, each with its file; then nothing ran."""

    ok: bool
    steps: int = 0
    trace: tuple[spiff.Entry, ...] = ()
    failure: Failure | None = None
    problems: tuple[tuple[str, Problem], ...] = ()


def play(
    diagram: Path, scenario: Path | Mapping[str, Any], operations: Mapping[str, Operation] | None = None
) -> Played:
    """Plays a scenario on a diagram file, or on the one in a folder that holds its process.

    ``operations`` are those that are registered; one that is not stubbed answers with nothing. Raises ``BadScenario``.
    """
    script = read(scenario)
    folder = Folder(diagram)
    process = script.process or folder.only_process()
    problems = folder.problems(process, operations or {}, script.stub)
    if problems:
        return Played(ok=False, problems=tuple(problems))
    try:
        under_way = Play(folder, process, script)
    except spiff.CannotStart as error:
        return Played(False, failure=Failure(0, "the process starts", _refusal(error)))
    return _run(under_way, script)


def _run(under_way: Play, script: Scenario) -> Played:
    trace = under_way.machine.trace
    for number, step in enumerate(script.steps, 1):
        failure = _make(under_way, number, step)
        if failure is not None:
            return Played(False, number, tuple(trace), failure)
    return Played(True, len(script.steps), tuple(trace))


def _make(under_way: Play, number: int, step: Step) -> Failure | None:
    """Makes a step; what was not as it should be, if anything."""
    if step.verb == "expect":
        wrong = claims.wrong(under_way.machine, step.subject)
        return Failure(number, *wrong) if wrong else None
    refused: dict[str, str] | None = None
    try:
        under_way.make(step)
    except BadScenario:
        raise
    except BihuanError as error:
        refused = _refusal(error)
    if step.refused == (refused and refused["refused"]):
        return None
    done = f"{step.verb} is done"
    return Failure(number, {"refused": step.refused} if step.refused else done, refused or done)


def _refusal(error: BihuanError) -> dict[str, str]:
    return {"refused": error.code, "message": str(error)}


__all__ = ["BadScenario", "Failure", "Played", "play", "read"]
