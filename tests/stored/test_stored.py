"""What every release has stored is fetched by this one and goes on to its end, as a city's matters do after an upgrade."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from engine import audit, workflow
from engine.db import Database
from engine.settings import Settings
from engine.verify import verify
from engine.workflow import Instance, Status
from engine.workflow.spiff import state
from engine.workflow.spiff.tokens import DEAD
from engine.workflow.store import KeptMessage
from tests import databases
from tests.cast import Office
from tests.conftest import KINDS
from tests.stored import database as stored_database
from tests.stored.states import STOPPED, go_on, releases, stories
from tests.stored.write import release
from tests.workflow.running import complete, equip, instance_of, opened, task_of, tick, variables

STATES = [file for each in releases() for file in sorted((each / "states").glob("*.json"))]


def read(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("file", STATES, ids=[f"{file.parents[1].name}-{file.stem}" for file in STATES])
def test_a_stored_state_is_fetched_and_goes_on_to_its_end(file: Path, tmp_path: Path) -> None:
    under_way, failure = go_on(read(file), tmp_path)
    assert failure is None
    assert under_way.machine.dump()


def test_each_release_has_stored_every_kind_of_state() -> None:
    """Where this fails for the release at hand: python -m tests.stored.write."""
    named = {f"{group}-{name}" for group, stops in STOPPED.items() for name in stops}
    assert {file.stem for file in STATES if file.parents[1].name == release()} == named
    assert len(stories()) == len(named)


def test_a_state_of_another_format_is_refused_and_says_so(tmp_path: Path) -> None:
    """Shows that the loading looks at what it loads."""
    stored = read(STATES[0])
    stored["state"]["format"] = state.FORMAT + 1
    with pytest.raises(state.UnknownState, match="format 2 of process"):
        go_on(stored, tmp_path)


def test_every_state_says_what_it_was_in_the_middle_of() -> None:
    """Stored when nothing was open any more, a state would prove nothing."""
    for file in STATES:
        stored = read(file)
        assert stored["rest"], file.name
        assert any(token["state"] not in DEAD for frame in stored["state"]["frames"] for token in frame["tokens"]), (
            file.name
        )


@pytest.fixture(params=[each / "database.json" for each in releases()], ids=[each.name for each in releases()])
def stored(request: pytest.FixtureRequest) -> Any:
    return read(request.param)


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, stored: Any, tmp_path: Path) -> Iterator[Office]:
    """The office of a stored database, brought to the schema of this release."""
    fresh: AbstractContextManager[str] = databases.empty_sqlite(tmp_path)
    if request.param == "postgresql":
        fresh = databases.postgresql(template="template0")
    with fresh as url:
        engine = create_engine(url)
        stored_database.fill(engine, stored)
        engine.dispose()
        opened_again = Database(Settings(database_url=url, files_dir=tmp_path / "files"))
        yield equip(Office(opened_again, datetime.fromisoformat(stored["now"])))
        opened_again.dispose()


def matter(office: Office, key: str) -> int:
    with office.by(reading=True) as ctx:
        return workflow.find(ctx, "", key).id


def test_a_stored_database_is_sound_in_this_release(office: Office) -> None:
    with office.by(reading=True) as ctx:
        assert list(audit.broken_entries(ctx)) == []
        assert [each for each in verify(ctx) if each.places] == []
        running = ctx.session.scalars(select(Instance.key).where(Instance.status == Status.RUNNING))
        assert sorted(running) == ["hears", "rounds", "undone", "voted"]


def test_a_stored_loop_with_a_join_a_reminder_a_draft_and_a_call_comes_to_its_end(office: Office) -> None:
    rounds = matter(office, "rounds")
    assert opened(office, rounds) == ["chase", "figures", "plan"]
    with office.by(reading=True) as ctx:
        plan, figures = task_of(ctx, rounds, "plan"), task_of(ctx, rounds, "figures")
        assert (plan.draft, plan.visits, figures.assignee, figures.visits) == ({"goal": "5%"}, 2, "zhang", 2)
    office.wait(days=2)
    tick(office)
    assert opened(office, rounds) == ["chase", "chase", "figures", "plan"]
    for element, by in (("figures", "zhang"), ("look", "wang"), ("chase", "wang"), ("chase", "wang")):
        complete(office, rounds, element, by=by)
    complete(office, rounds, "plan", by="zhang", more=False)
    assert opened(office, rounds) == ["sign"]
    complete(office, rounds, "sign", by="li")
    assert instance_of(office, rounds).status == Status.ENDED


def test_a_stored_vote_counts_the_ballot_that_was_cast_before(office: Office) -> None:
    voted = matter(office, "voted")
    assert opened(office, voted) == ["vote", "vote"]
    with office.by("zhang") as ctx:
        (ballot,) = [each for each in workflow.mine(ctx).tasks if each.instance_id == voted]
        workflow.complete(ctx, ballot.id, {"verdict": "agreed"})
    assert opened(office, voted) == ["publish"]
    assert variables(office, voted)["vote_result"] == "passed"
    complete(office, voted, "publish", by="wang")
    assert instance_of(office, voted).status == Status.ENDED


def test_a_stored_event_subprocess_and_an_early_message_are_still_there(office: Office) -> None:
    hears = matter(office, "hears")
    assert opened(office, hears) == ["answer"]
    complete(office, hears, "answer", by="wang")
    assert instance_of(office, hears).status == Status.ENDED
    assert variables(office, hears)["pages"] == 3
    with office.by(reading=True) as ctx:
        assert ctx.session.scalars(select(KeptMessage)).all() == []


def test_a_stored_compensation_is_brought_to_its_end(office: Office) -> None:
    undone = matter(office, "undone")
    assert opened(office, undone) == ["cancel_booking"]
    complete(office, undone, "cancel_booking", by="zhang")
    assert instance_of(office, undone).status == Status.ENDED


def test_a_new_matter_begins_beside_the_stored_ones(office: Office) -> None:
    with office.by("wang") as ctx:
        begun = workflow.start(ctx, "hears", key="new", title="new", variables={"unit": "A01", "subject": 18}).id
    assert opened(office, begun) == ["write"]
