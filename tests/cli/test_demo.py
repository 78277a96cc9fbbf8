"""``bihuan demo`` keeps what is there, and says the cure where it cannot; refusals name people, not their codes."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from engine import audit, demo, migrations
from engine.db import SHANGHAI, Database, set_clock, transaction
from engine.operations import registry
from engine.settings import Settings
from web.cli import main

EARLIER = "0013"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two new packages; the demo of the first has just begun."""
    monkeypatch.setenv("BIHUAN_PACKAGES_DIR", str(tmp_path / "processes"))
    monkeypatch.setenv("BIHUAN_FILES_DIR", str(tmp_path / "files"))
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    for name in ("school_inspection", "road_care"):
        assert run("new", name).exit_code == 0
    assert run("demo", "--package", "school_inspection", "--at", "2026-01-07", "--database", url).exit_code == 0
    return url


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def error(done: Result) -> str:
    assert done.exit_code == 1, done.output
    return done.stderr.splitlines()[-1]


def test_it_names_whom_the_first_page_offers_and_the_password_of_all(database: str) -> None:
    lines = run(
        "demo", "--package", "school_inspection", "--at", "2026-01-07", "--database", database
    ).stdout.splitlines()
    cards = yaml.safe_load(demo_file("school_inspection", database).read_text("utf-8"))["cards"]
    assert [line.split()[0] for line in lines[:-1]] == cards
    assert lines[-1].startswith(f"Everybody has the password {demo.PASSWORD}; --json lists all ")


def demo_file(package: str, database: str) -> Path:
    return Path(database.removeprefix("sqlite:///")).parent / "processes" / package / demo.BEHAVIOUR


def test_a_second_demo_in_the_database_of_another_is_refused_with_the_cure(database: str) -> None:
    for command in (("demo",), ("simulate", "--until", "2026-02-01")):
        said = error(run(*command, "--package", "road_care", "--database", database))
        assert said == (
            "error: This database holds the demo of school_inspection, not the year 2026 of road_care; "
            "name another one with --database, or begin anew with --reset."
        )
    assert run("demo", "--package", "road_care", "--at", "2026-01-07", "--reset", "--database", database).exit_code == 0


def test_a_demo_of_an_earlier_release_says_how_to_begin_anew_and_is_left_alone(database: str) -> None:
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": EARLIER})
    engine.dispose()
    again = ("demo", "--package", "school_inspection", "--at", "2026-01-07", "--database", database)
    for told in (error(run(*again)), error(run("serve", "--database", database))):
        assert EARLIER in told and migrations.head() in told and "make demo-reset" in told
    assert migrations.revision(engine) == EARLIER
    assert run(*again, "--reset").exit_code == 0


def test_played_again_up_to_an_earlier_day_the_clock_does_not_go_back(database: str, tmp_path: Path) -> None:
    opened = Database(Settings(database_url=database, files_dir=tmp_path / "files"), registry)
    later = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    with transaction(opened, now=later) as ctx:
        set_clock(ctx, later)
        audit.record(ctx, "demo.look", "demo:1")
    assert run("demo", "--package", "school_inspection", "--at", "2026-01-07", "--database", database).exit_code == 0
    with transaction(opened, reading=True) as ctx:
        assert later <= ctx.now < later + timedelta(hours=1)
        assert demo.last_moment(ctx) == later
    opened.dispose()


def test_a_refusal_on_the_command_line_names_who_is_meant(database: str, tmp_path: Path) -> None:
    people = (tmp_path / "processes" / "school_inspection" / "demo" / "people.csv").read_text("utf-8")
    leader = {row["account"]: row["name"] for row in csv.DictReader(people.splitlines())}["u1_leader"]
    said = error(run("account", "create", "u1_leader", "--database", database))
    assert said == f"error: {leader} has an account already; to give a new password, reset it."
