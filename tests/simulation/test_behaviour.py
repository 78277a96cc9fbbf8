import os
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from engine import simulation, workflow
from engine.db import SHANGHAI, transaction
from engine.simulation import behaviour
from tests import databases
from tests.processes.demo_files import CITY
from tests.simulation.cities import opened


def write(folder: Path, text: str) -> Path:
    (folder / "demo").mkdir()
    (folder / "demo" / "behaviour.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_demo_city_says_what_a_rebound_changes_in_both_kinds_of_review() -> None:
    known = behaviour.read(CITY)
    for element in ("review_written", "review_on_site"):
        manner = known.manner("follow_up_review", element)
        assert manner.reactions["rebound"].answers == {"verdict": "rebounded"}
        assert manner.skip_on == "omit_follow_up"


@pytest.mark.parametrize("key", ["on", "answer", "delays"])
def test_what_nobody_would_read_is_refused_and_not_passed_over(tmp_path: Path, key: str) -> None:
    folder = write(tmp_path, f"default: {{delay: [0, 2]}}\ntasks:\n  a/b: {{{key}: {{}}}}\n")
    with pytest.raises(behaviour.WrongBehaviour, match="unknown"):
        behaviour.read(folder)


def test_a_task_of_which_nothing_is_said_is_done_as_by_default(tmp_path: Path) -> None:
    known = behaviour.read(write(tmp_path, "default: {delay: [1, 4]}\ntasks:\n  a/b: {answers: {verdict: signed}}\n"))
    assert known.manner("a", "c").delay == known.manner("a", "b").delay == (1, 4)


def test_the_answer_to_an_objection_reaches_the_leader_even_where_the_clerk_lets_things_lie() -> None:
    known = behaviour.read(CITY)
    assert known.hold["d01_clerk"] > 0
    assert not known.manner("objection", "answer_objection").is_held
    assert known.manner("objection", "sign_answer").is_held


def test_whoever_has_a_part_in_the_loop_finds_a_task_in_the_demo(tmp_path: Path) -> None:
    """Designers and administrators keep the system and have no part in it."""
    if not os.environ.get("BIHUAN_FULL_CITY"):
        pytest.skip("The demo city is played where BIHUAN_FULL_CITY is set")
    cards = yaml.safe_load((CITY / "demo" / "behaviour.yaml").read_text("utf-8"))["cards"]
    until = datetime(2026, 9, 15, 9, tzinfo=SHANGHAI)
    with databases.sqlite(tmp_path) as url, opened(url, tmp_path / "files") as database:
        simulation.play(database, CITY, until, demo_holds=True)
        waiting = {}
        for account in cards:
            with transaction(database, actor=account, now=until, reading=True) as ctx:
                waiting[account] = workflow.count_mine(ctx)
    assert {account for account, count in waiting.items() if not count} == {"designer1", "admin1"}
