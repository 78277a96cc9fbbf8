"""``bihuan new``: a package from the template that holds as it is, and refuses what it would overwrite."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine import starting
from engine.workflow import packages
from web.cli import main

RESULTS = "demo/expected/results.csv"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BIHUAN_PACKAGES_DIR", str(tmp_path / "processes"))
    monkeypatch.setenv("BIHUAN_FILES_DIR", str(tmp_path / "files"))
    return tmp_path


def called(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--json"])


def said(*arguments: object) -> Any:
    done = called(*arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_new_package_is_checked_and_its_stories_hold_at_once(here: Path) -> None:
    created = [Path(each) for each in said("new", "school_inspection")["created"]]
    folder = here / "processes" / "school_inspection"
    assert created == sorted(file for file in folder.rglob("*") if file.is_file())
    assert packages.read_folder(folder).key == "school_inspection"
    assert said("check", folder) == {"problems": []}
    scenarios = sorted(folder.glob("scenarios/*.yaml"))
    assert len(scenarios) == 4
    assert [said("play", folder, "--scenario", each)["ok"] for each in scenarios] == [True] * 4


def test_nothing_in_a_new_package_speaks_of_the_template(here: Path) -> None:
    for name in said("new", "school_inspection")["created"]:
        assert starting.PLACEHOLDER not in Path(name).read_text("utf-8")


def test_the_year_of_a_new_package_comes_to_the_answers_kept_beside_it(here: Path) -> None:
    said("new", "school_inspection")
    until = ("--until", "2027-02-26", "--database", f"sqlite:///{here / 'year.db'}")
    state = said("simulate", "--package", "school_inspection", *until)
    found = [{name: str(value) for name, value in each.items()} for each in state["results"]]
    with (here / "processes" / "school_inspection" / RESULTS).open(encoding="utf-8") as file:
        assert found == list(csv.DictReader(file))
    # By hand: N1 weighs 50, N2 30, N3 20. U2: 95 of 100, 85.5 of 90, 10 of a limit of 10; U4: 76, 72 of 90, 16 of 10.
    assert [each["score"] for each in found][1::2] == ["96", "70"]
    assert state["broken_loops"] == [] and state["tasks"]["open"] == 0
    counts = [count for stage, count in state["stages"].items() if stage != "process_monitoring"]
    assert (state["stages"]["process_monitoring"], counts) == (12, [0] * 5)


def test_the_demo_of_a_new_package_has_work_for_whom_its_first_page_offers(here: Path) -> None:
    said("new", "school_inspection")
    shown = said("demo", "--package", "school_inspection", "--database", f"sqlite:///{here / 'demo.db'}")
    assert shown["at"] == "2026-07-09T09:00:00+08:00"
    assert {each["role"] for each in shown["accounts"]} == {"lead", "clerk", "leader", "designer", "admin"}


def test_the_answers_of_the_template_are_those_its_script_works_out(here: Path) -> None:
    said("new", "again")
    folder = here / "processes" / "again"
    kept = (folder / RESULTS).read_bytes()
    (folder / RESULTS).unlink()
    subprocess.run([sys.executable, folder / "demo" / "expected" / "expected.py"], check=True)
    assert (folder / RESULTS).read_bytes() == kept


@pytest.mark.parametrize("name", ["", "School", "9lives", "a b", "../away", "a-b", "学校", "x" * 61])
def test_a_bad_name_is_refused_and_nothing_is_made(here: Path, name: str) -> None:
    done = called("new", name)
    assert (done.exit_code, list(here.iterdir())) == (1, [])
    assert done.stderr.startswith(f"error: {name!r} cannot name a package")


def test_a_name_that_is_taken_is_refused_and_what_is_there_stays(here: Path) -> None:
    taken = here / "processes" / "mine"
    taken.mkdir(parents=True)
    (taken / "notes.txt").write_text("mine", "utf-8")
    done = called("new", "mine")
    assert done.exit_code == 1 and "choose another name" in done.stderr
    assert [file.name for file in taken.iterdir()] == ["notes.txt"]
