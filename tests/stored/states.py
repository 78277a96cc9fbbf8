"""Instances put away in the middle of something, as the release wrote them: the state, its diagram and what is still to come.

Each is a case of ``tests/conformance`` or of ``cases.yaml`` here, stopped at the step after which most stands half done. A
file holds all that is needed to go on with it, so that a later change of the case, of the drawing or of the layout cannot
change what an old release has written.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from engine.workflow import spiff
from engine.workflow.scenarios import Failure, _make
from engine.workflow.scenarios.acts import Play
from engine.workflow.scenarios.script import read
from engine.workflow.scenarios.stage import Folder
from tests.conformance import cases
from tests.conformance.write import shown
from tests.workflow.spiff.drawing import draw

STORED: Final = Path(__file__).parent

#: Group of cases -> case -> after how many of its steps it is put away.
STOPPED: Final[Mapping[str, Mapping[str, int]]] = {
    "loops": {"loop_in_a_loop": 6, "four_hundred_rounds_with_a_join": 41, "four_hundred_reentered_timers": 31},
    "gateways": {
        "join_takes_one_of_each": 3,
        "inclusive_join_waits_for_a_loop": 2,
        "inclusive_joins_in_turn": 2,
        "race_of_four_kinds": 2,
        "race_with_a_kept_message": 1,
    },
    "many": {
        "counts": 2,
        "decided_by_what_was_said": 2,
        "in_turn_until_enough": 1,
        "call_for_each": 1,
        "many_in_many": 3,
        "loop_counts": 2,
        "timer_on_a_vote": 1,
    },
    "messages": {"each_with_its_own_key": 2, "kept_by_key": 1, "begun_by_a_message": 1, "keeps_what_it_sends": 1},
    "moves": {"return_from_a_vote": 5, "suspended": 4, "retry_after_a_failure": 2, "signer_in_turn": 2},
    "scopes": {
        "event_subprocess_of_the_process": 3,
        "event_subprocess_on_a_clock": 4,
        "event_subprocess_in_an_event_subprocess": 4,
        "escalation_through_a_call": 2,
        "told_each_time": 3,
        "three_deep": 2,
    },
    "timers": {"cycle_three_times": 2, "cycle_of_workdays": 1, "reminder_with_a_branch_of_its_own": 2},
    "undoing": {"one_of_them": 2, "undone_in_an_event_subprocess": 2, "transaction_in_a_transaction": 2},
    "fragments": {
        "call_activity": 1,
        "boundary_timer": 2,
        "boundary_timer_aside": 2,
        "event_subprocess_message": 3,
        "multi_instance_parallel": 2,
        "multi_instance_sequential": 2,
        "multi_instance_subprocess": 2,
        "transaction": 2,
        "compensation": 4,
        "sign_more": 3,
    },
    "stored": {"vote_half_cast": 2, "compensation_by_a_person": 3, "everything_at_once": 4},
}


def stories() -> list[tuple[cases.Case, int]]:
    """Each case with the number of steps after which it is put away."""
    own = yaml.safe_load((STORED / "cases.yaml").read_text("utf-8"))
    known = {(case.group, case.name): case for case in shown()}
    known |= {("stored", each["name"]): cases._case("stored", each) for each in own}
    return [(known[group, name], step) for group, stops in STOPPED.items() for name, step in stops.items()]


def put_away(case: cases.Case, stop: int, folder: Path) -> dict[str, Any]:
    """The case played so far, and everything that is needed to play the rest; ``folder`` is empty."""
    source = draw(case.diagram, case.name, **case.others)
    under_way = _begun(case.name, source, {**case.scenario, "steps": []}, folder)
    for number, step in enumerate(read(case.scenario).steps[:stop], 1):
        failure = _make(under_way, number, step)
        assert failure is None, (case.name, failure)
    return {
        "says": case.says,
        "process": case.name,
        "diagram": source.decode(),
        "scenario": {name: value for name, value in case.scenario.items() if name != "steps"},
        "rest": [*case.steps[stop:]],
        "calls": under_way.stage.calls,
        "holders": under_way.holders,
        "owners": under_way.owners,
        "visited": [*under_way.machine.visited],
        "state": orjson.loads(under_way.machine.dump()),
    }


def go_on(stored: Mapping[str, Any], folder: Path) -> tuple[Play, Failure | None]:
    """Fetch a stored instance and make the steps that were still to come, each claim of them included."""
    under_way = _begun(stored["process"], stored["diagram"].encode(), {**stored["scenario"], "steps": []}, folder)
    under_way.stage.calls, under_way.holders, under_way.owners = stored["calls"], stored["holders"], stored["owners"]
    specification, now = under_way.machine.specification, datetime.fromisoformat(stored["state"]["now"])
    machine = spiff.Machine.load(specification, orjson.dumps(stored["state"]), under_way.stage, now)
    machine._run.visited = [*stored["visited"]]
    under_way.machine, under_way.stage.now = machine, machine.now
    for number, step in enumerate(read({"steps": stored["rest"]}).steps, 1):
        failure = _make(under_way, number, step)
        if failure is not None:
            return under_way, failure
    return under_way, None


def _begun(process: str, source: bytes, scenario: Mapping[str, Any], folder: Path) -> Play:
    (folder / "drawn.bpmn").write_bytes(source)
    return Play(Folder(folder), process, read(scenario))


def releases() -> list[Path]:
    """The folder of each release that has written states."""
    return sorted(each for each in STORED.iterdir() if each.is_dir() and each.name[0].isdigit())
