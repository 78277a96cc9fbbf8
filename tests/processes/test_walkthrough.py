"""The guide of ``processes/README.md``, followed word for word by somebody who writes no Python, ends in a running assessment."""

import contextlib
import csv
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import requests
from click.testing import CliRunner

from tests.processes import walkthrough
from tests.processes.demo_files import ROOT
from web.cli import main

GUIDE = ROOT / "processes" / "README.md"
BIN = Path(sys.executable).parent
SERVE = "bihuan serve"
NAME = "school_inspection"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader sits: a folder with the packages of the project in it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "processes").mkdir()
    return folder


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def surroundings(desk: Path, port: int) -> dict[str, str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")}
    return known | {
        "PATH": f"{BIN}{os.pathsep}{known['PATH']}",
        "PYTHONPATH": str(ROOT),
        "BIHUAN_PACKAGES_DIR": str(desk / "processes"),
        "BIHUAN_FILES_DIR": str(desk / "files"),
        "PORT": str(port),
    }


@pytest.fixture(scope="module")
def served(desk: Path, port: int, surroundings: dict[str, str]) -> Iterator[str]:
    """The address of what the reader has made, after everything the guide says was done."""
    server: subprocess.Popen[bytes] | None = None
    try:
        for step in walkthrough.steps(GUIDE.read_text("utf-8")):
            if isinstance(step, walkthrough.Change):
                walkthrough.make(step, desk / "processes")
            elif step.line.startswith(SERVE):
                server = subprocess.Popen(step.line.split(), cwd=desk, env=surroundings)
            else:
                run(step.line, desk, surroundings)
        assert server is not None, "the guide never serves"
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/livez")
        yield address
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=30)


def run(line: str, desk: Path, surroundings: dict[str, str]) -> None:
    """One command of the guide. Ours are called within this process, which saves their start twenty times over."""
    program, *rest = line.split()
    if program == "bihuan":
        with contextlib.chdir(desk):
            done = CliRunner().invoke(main, rest, env=surroundings)
        assert done.exit_code == 0, f"{line}\n{done.output}"
    else:
        subprocess.run([program, *rest], cwd=desk, env=surroundings, check=True)


def wait_for(address: str) -> None:
    for _ in range(300):
        try:
            urlopen(address, timeout=5).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"{address} never answered")


def test_the_year_comes_to_the_answers_beside_it(served: str, desk: Path, surroundings: dict[str, str]) -> None:
    command = ["loop", "--package", NAME, "--database", f"sqlite:///{desk}/var/school-year.db", "--json"]
    state = json.loads(CliRunner().invoke(main, command, env=surroundings).stdout)
    with (desk / "processes" / NAME / "demo" / "expected" / "results.csv").open(encoding="utf-8") as file:
        kept = [(row["unit"], row["score"], int(row["rank"]), row["grade"]) for row in csv.DictReader(file)]
    assert [(each["unit"], each["score"], each["rank"], each["grade"]) for each in state["results"]] == kept
    # U1: 97 of 100 weighs 40, 90 of 90 weighs 30, 8 of at most 10 is full and weighs 30. U4: 76, 80 and 40.
    assert kept[0] == ("U1", "98.8", 1, "excellent")
    assert kept[3] == ("U4", "66.4", 4, "qualified")


def test_a_person_of_the_new_assessment_signs_in_and_finds_work(served: str) -> None:
    session = requests.Session()
    door = session.get(f"{served}/", timeout=30).text
    assert "督导办公室" in door
    token = door.partition('name="csrf_token" value="')[2].partition('"')[0]
    given = {"csrf_token": token, "account": "d1_clerk", "card": "1"}
    inbox = session.post(f"{served}/sign-in", data=given, timeout=30)
    assert inbox.status_code == 200
    assert "填报指标数据" in inbox.text
    assert "春季督导" in session.get(f"{served}/rounds", timeout=30).text


def test_the_guide_holds_every_kind_of_step() -> None:
    steps = walkthrough.steps(GUIDE.read_text("utf-8"))
    said = [step.line.split()[1] for step in steps if isinstance(step, walkthrough.Command) and "bihuan" in step.line]
    assert {"new", "check", "play", "simulate", "demo", "serve", "init", "import", "deploy", "account"} <= set(said)
    assert not [step for step in steps if isinstance(step, walkthrough.Change) and step.file.endswith(".py")]


def test_a_change_that_does_not_fit_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\none\n", "utf-8")
    [twice] = walkthrough.changes("+++ a\n-one\n+two\n")
    with pytest.raises(AssertionError, match="2 times"):
        walkthrough.make(twice, tmp_path)
    with pytest.raises(ValueError, match="cannot hold"):
        list(walkthrough.changes("+++ a\nstray\n"))
