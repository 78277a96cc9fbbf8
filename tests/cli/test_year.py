"""``bihuan simulate`` and ``bihuan demo`` say what of the demo's events still waits for its moment."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import main

EVENTS = """at,kind,unit,indicator,by,json
2026-01-07T10:00:00+08:00,appeal_filed,U1,N1,u1_leader,"{""text"": ""漏计一项""}"
"""


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new package in whose demo a unit would appeal against a result that nobody has shown yet."""
    monkeypatch.setenv("BIHUAN_PACKAGES_DIR", str(tmp_path / "processes"))
    monkeypatch.setenv("BIHUAN_FILES_DIR", str(tmp_path / "files"))
    assert CliRunner().invoke(main, ["new", "school_inspection"]).exit_code == 0
    (tmp_path / "processes" / "school_inspection" / "demo" / "events.csv").write_text(EVENTS, encoding="utf-8")
    return f"sqlite:///{tmp_path / 'year.db'}"


@pytest.mark.parametrize(("command", "until"), [("simulate", "--until"), ("demo", "--at")])
def test_what_still_waits_is_said_at_the_end(database: str, command: str, until: str) -> None:
    arguments = [command, "--package", "school_inspection", "--database", database]
    before = CliRunner().invoke(main, [*arguments, until, "2026-01-07"])
    assert (before.exit_code, "still waits" in before.stdout) == (0, False)
    told = CliRunner().invoke(main, [*arguments, until, "2026-01-20"])
    assert "still waits for its moment: appeal_filed U1 N1 (line 1, since 2026-01-07T10:00:00+08:00)" in told.stdout
    found = json.loads(CliRunner().invoke(main, [*arguments, until, "2026-01-20", "--json"]).stdout)
    assert [(each["line"], each["kind"]) for each in found["waiting"]] == [(1, "appeal_filed")]
