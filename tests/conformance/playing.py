"""Plays a scenario as ``bihuan play`` does, and once more with the instance put away and fetched after every step."""

from pathlib import Path
from typing import Any

import pytest

from engine.workflow import spiff
from engine.workflow.scenarios import Played, acts, play
from engine.workflow.scenarios.script import Step


def both_ways(diagram: Path, scenario: Path | dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Played:
    """How the play goes in memory; it has to go the same way, to the last line of its trace, when it is put away."""
    straight = play(diagram, scenario)
    make = acts.Play.make

    def make_and_put_away(under_way: acts.Play, step: Step) -> None:
        try:
            make(under_way, step)
        finally:
            put_away(under_way)

    with monkeypatch.context() as patch:
        patch.setattr(acts.Play, "make", make_and_put_away)
        stored = play(diagram, scenario)
    assert (stored.failure, stored.trace) == (straight.failure, straight.trace)
    return straight


def put_away(under_way: acts.Play) -> None:
    before = under_way.machine
    after = spiff.Machine.load(before.specification, before.dump(), under_way.stage, before.now)
    # A machine tells of its own lifetime only; a scenario asks for the whole.
    after._run.visited, after._run.trace = before._run.visited, before._run.trace
    under_way.machine = after
