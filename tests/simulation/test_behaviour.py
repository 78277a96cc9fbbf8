from pathlib import Path

import pytest

from engine.simulation import behaviour
from tests.processes.demo_files import CITY


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


def test_an_event_may_change_how_long_a_task_takes(tmp_path: Path) -> None:
    text = "default: {delay: [1, 4]}\ntasks:\n  a/b: {upon: {slow: {delay: [20, 25]}}}\n"
    reaction = behaviour.read(write(tmp_path, text)).manner("a", "b").reactions["slow"]
    assert (reaction.delay, reaction.answers, reaction.when) == ((20, 25), {}, None)


@pytest.mark.parametrize("said", ["{}", "{delays: [1, 2]}", "{answers: {}, how: x}"])
def test_an_event_that_changes_nothing_known_is_refused(tmp_path: Path, said: str) -> None:
    folder = write(tmp_path, f"default: {{delay: [0, 2]}}\ntasks:\n  a/b: {{upon: {{slow: {said}}}}}\n")
    with pytest.raises(behaviour.WrongBehaviour, match="answers or delay"):
        behaviour.read(folder)
