"""Every command explains itself, and whatever is wrong with a call is said in one sentence that names the cure.

0 done, 1 refused and nothing changed, 2 wrong usage.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from tests import databases
from tests.processes.demo_files import CITY
from web import vite
from web.cli import main

NOBODY = "postgresql://nobody:secret@127.0.0.1:1/city"
UNITS = "code,name,group,kind,parent\nA01,青河县,A,county,NOWHERE\n"
#: Name -> what stands in it; every call below is made among these files.
FILES: dict[str, bytes] = {
    "not_utf8.json": b"\xff\xfe{}",
    "list.json": b"[]",
    "open.json": b"{",
    "nan.json": b'{"method": NaN}',
    "bad.bpmn": b"<bpmn:definitions",
    "notes.txt": b"notes",
    "list.yaml": b"[]",
    "binary.yaml": b"\xff\xfe",
    "nobody.yaml": b"process: nobody\nsteps: []\n",
    "startless.yaml": b"process: rectification\nsteps: []\n",
    "fails.yaml": b"process: rectification\nstart: {item: 1}\nsteps:\n  - complete: dance\n",
    "strange.csv": b"a,b\n1,2\n",
    "units.csv": UNITS.encode(),
    "values.csv": b"unit\n",
    "text.db": b"This is a letter and no database. " * 200,
}
TABLE = CITY / "warning_level.dmn"
#: Arguments -> how the sentence goes on after "error: ".
REFUSED: list[tuple[list[str | Path], str]] = [
    (["verify", "--database", "nonsense"], "The database that is named cannot be used: it must read sqlite:///FILE"),
    (["verify", "--database", "abacus://x"], "The database abacus://x cannot be used: it must read"),
    (
        ["verify", "--database", "sqlite:////proc/nowhere/city.db"],
        "The database sqlite:////proc/nowhere/city.db cannot",
    ),
    (["verify", "--database", "sqlite:///text.db"], "The database sqlite:///text.db cannot be used: file is not a"),
    (["init", "--database", "sqlite:///text.db"], "The database sqlite:///text.db cannot be used: file is not a"),
    (["verify", "--database", "sqlite:///new.db"], "The database is at revision None, this program needs "),
    (["loop"], "No package is deployed yet; deploy one first"),
    (["loop", "--package", "chess"], "The package chess has no cycle; import its indicators first."),
    (["loop", "--package", "chess", "--cycle", "1999"], "The package chess has no cycle 1999; import its indicators"),
    (["new", "9lives"], "'9lives' cannot name a package; use small letters, digits and underscores"),
    (["backup", "notes.txt"], "There is a file notes.txt already; name another for the backup."),
    (["restore", "notes.txt"], "notes.txt is no whole backup: File is not a zip file. Nothing was restored;"),
    (["import", "strange.csv"], "strange.csv is none of units.csv, people.csv"),
    (["import", "units.csv"], "1 rows cannot be imported; the first: units.csv row 2, parent: "),
    (["import", "values.csv"], "Indicators and values belong to a cycle; name it with --package and --cycle."),
    (
        ["import", "values.csv", "--package", "chess", "--cycle", "2026"],
        "There is no package 'chess'; deploy its folder",
    ),
    (["account", "create", "nobody"], "There is no person with the account 'nobody'."),
    (["account", "reset", "nobody"], "nobody has no account; create it."),
    (["account", "disable", "nobody"], "There is no person with the account 'nobody'."),
    (["deploy", "bad.bpmn"], "The deployment has 1 error"),
    (["deploy", "notes.txt"], "notes.txt is no diagram, table, form or package folder."),
    (["deploy", "empty"], "empty holds no diagram, table, form or package."),
    (["check", "notes.txt"], "notes.txt is no diagram, table, form or package folder."),
    (["check", "empty"], "empty holds no diagram, table, form or package."),
    (["play", CITY, "--scenario", "list.yaml"], "The scenario cannot be read: it is no mapping."),
    (["play", CITY, "--scenario", "binary.yaml"], "The scenario cannot be read: 'utf-8' codec"),
    (["decide", "bad.bpmn"], "The file is not well-formed XML: "),
    (["decide", TABLE, "--decision", "weather"], "There is no decision weather here; there are warning_colour, "),
    (["decide", TABLE, "--context", "{"], "--context is no JSON: "),
    (["decide", TABLE, "--context", "[1]"], "--context must be a JSON object of names and values."),
    (["eval", "1 +"], "The expression cannot be read"),
    (["eval", "1", "--context", "{"], "--context is no JSON: "),
    (["eval", "x", "--context", '{"x": NaN}'], "--context is no JSON: NaN is no number."),
    (["eval", "1", "--context", "[1]"], "The line is not understood: the context is no object."),
    (["score", "not_utf8.json"], "not_utf8.json is no JSON: "),
    (["score", "open.json"], "open.json is no JSON: "),
    (["score", "nan.json"], "nan.json is no JSON: NaN is no number."),
    (["score", "list.json"], "A scoring case is a map with method, points, params and rows, not []."),
    (["warn", "not_utf8.json"], "not_utf8.json is no JSON: "),
    (["warn", "list.json"], "A warning case has direction, kind, time_progress, rule and rows, and nothing else."),
    (["warn", "list.json", "--package", "chess"], "There is no package 'chess'"),
    (["demo", "--at", "2026-13-01"], "2026-13-01 is no date; write it as 2026-09-15."),
    (["demo", "--package", "chess"], "There is no package 'chess'"),
    (["simulate", "--until", "soon"], "soon is no date; write it as 2026-09-15."),
    (["simulate", "--until", "2026-04-01", "--package", "chess"], "There is no package 'chess'"),
    (["worker"], "A worker takes its hints from a broker; name it by BIHUAN_BROKER_URL."),
    (["serve", "--host", "999.1.1.1"], "Nothing can be served at 999.1.1.1:8000: "),
    (["rehearse", "--against", "2026", "--with", "notes.txt"], "notes.txt cannot be rehearsed; give diagrams, tables,"),
    (["rehearse", "--against", "2026", "--with", TABLE], "No package is deployed yet; deploy one first"),
    (["bench", "patience"], "There is no measurement patience; there are "),
]
#: Arguments -> what the answer on standard output says.
UNPROVED: list[tuple[list[str | Path], str]] = [
    (["check", "bad.bpmn"], "bad.bpmn: error not_xml: "),
    (["play", "bad.bpmn", "--scenario", "nobody.yaml"], "bad.bpmn: error not_xml: "),
    (["play", CITY, "--scenario", "nobody.yaml"], "error unknown_process: There is no process nobody."),
    (
        ["play", CITY, "--scenario", "startless.yaml"],
        "Step 0: expected the process starts, found {'refused': 'cannot_start'",
    ),
    (["play", CITY, "--scenario", "fails.yaml"], "Step 1: expected complete is done, found {'refused': 'not_open'"),
]
MISUSED: list[list[str | Path]] = [
    ["dance"],
    ["init", "--colour", "red"],
    ["verify", "--database"],
    ["import"],
    ["import", "absent.csv"],
    ["import", "units.csv", "--cycle", "soon"],
    ["account", "burn", "wang"],
    ["deploy"],
    ["deploy", "absent"],
    ["check", "absent"],
    ["play", CITY],
    ["play", CITY, "--scenario", "absent.yaml"],
    ["decide", "absent.dmn"],
    ["eval"],
    ["eval", "1", "--batch", "list.json"],
    ["score"],
    ["score", "absent.json"],
    ["warn", "absent.json"],
    ["simulate"],
    ["demo", "--seed", "red"],
    ["loop", "--cycle", "soon"],
    ["rehearse", "--against", "2026"],
    ["rehearse", "--against", "2026", "--with", "absent"],
    ["serve", "--port", "99999"],
    ["serve", "--port", "x"],
]
NAMES = sorted(main.commands)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder of the calls, with an empty, migrated database that is found without being named."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with databases.sqlite(tmp_path) as url:
        monkeypatch.setenv("BIHUAN_DATABASE_URL", url)
        yield tmp_path


def run(arguments: list[str | Path]) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def state(folder: Path) -> dict[str, str]:
    """What the given files and the database hold."""
    with closing(sqlite3.connect(folder / "bihuan.db")) as database:
        rows = "\n".join(database.iterdump())
    kept = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    return {**kept, "rows": rows}


def told(cases: list[tuple[list[str | Path], str]]) -> Any:
    names = [" ".join(each.name if isinstance(each, Path) else each for each in case[0]) for case in cases]
    return pytest.mark.parametrize(("arguments", "begins"), cases, ids=names)


@told(REFUSED)
def test_a_refusal_is_one_sentence_and_changes_nothing(folder: Path, arguments: list[str], begins: str) -> None:
    before = state(folder)
    done = run(arguments)
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[-1].startswith(f"error: {begins}"), lines[-1]
    assert lines[-1].endswith((".", "`"))
    assert "Traceback" not in done.stderr
    assert state(folder) == before


@told(UNPROVED)
def test_what_does_not_hold_is_the_answer(folder: Path, arguments: list[str], begins: str) -> None:
    done = run(arguments)
    assert (done.exit_code, done.stderr) == (1, "")
    assert begins in done.stdout
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("arguments", MISUSED, ids=lambda each: " ".join(map(str, each[:3])))
def test_wrong_usage_is_said_and_exits_with_2(folder: Path, arguments: list[str]) -> None:
    done = run(arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.search(r"^Error: .+\.$", done.stderr, re.MULTILINE), done.stderr


def test_a_database_that_does_not_answer_is_named_without_its_password(folder: Path) -> None:
    for command in ("verify", "init"):
        done = run([command, "--database", NOBODY])
        assert done.exit_code == 1
        assert done.stderr.startswith("error: The database postgresql+psycopg://nobody:***@127.0.0.1:1/city cannot be")
        assert "secret" not in done.stderr and done.stderr.count("\n") == 1


def test_a_setting_that_cannot_be_used_names_its_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_TICK_SECONDS", "often")
    done = run(["init"])
    assert done.exit_code == 1
    assert done.stderr == "error: BIHUAN_TICK_SECONDS='often' cannot be used: it must be a whole number.\n"


def test_a_line_that_cannot_be_read_stops_no_batch(folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(b'{"expression": "1 + 1"}\n\xff\xfe\n\n[1]\n{"expression": "2 + 2"}\n')
    done = run(["eval", "--batch", "rows.jsonl"])
    assert done.exit_code == 0
    assert [line[:9] for line in done.stdout.splitlines()] == ['{"value":', '{"error":', '{"error":', '{"value":']


@pytest.mark.parametrize("name", NAMES)
def test_every_command_answers_help(name: str) -> None:
    done = run([name, "--help"])
    assert done.exit_code == 0
    assert main.commands[name].help in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", NAMES)
def test_every_option_says_what_it_is_for(name: str) -> None:
    options = [each for each in main.commands[name].params if isinstance(each, click.Option)]
    assert {"--database", "--json"} <= {option for each in options for option in each.opts}
    assert [each.opts for each in options if not each.help] == []


def test_the_help_names_every_command() -> None:
    listed = run(["--help"]).stdout
    assert [name for name in NAMES if not re.search(rf"^  {name} +\S", listed, re.MULTILINE)] == []


def test_every_command_has_a_call_here_that_is_refused_or_misused() -> None:
    tried = {str(arguments[0]) for arguments in [*MISUSED, *(case for case, _ in [*REFUSED, *UNPROVED])]}
    assert set(NAMES) - tried == {"tick"}


def test_who_serves_without_the_browser_side_hears_of_it_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vite, "DIST", folder / "empty")
    done = run(["serve", "--host", "999.1.1.1"])
    assert done.stderr.splitlines()[0] == "warning: The browser side is not built; run `make setup`."
