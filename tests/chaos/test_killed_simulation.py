"""A simulated year whose process is killed with ``kill -9``, again and again, ends as if nothing had been.

When it is killed is told by the time the database has reached, not by the clock of the machine that runs the test.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, inspect, select

from engine import demo, verify
from engine.audit import Entry
from engine.db import SHANGHAI, Database, transaction
from tests import databases
from tests.simulation.cities import THE_END, opened, played, small_city

ROOT = Path(__file__).parents[2]
SIMULATE = ["bihuan", "simulate", "--package", "county_leadership", "--until", f"{THE_END:%Y-%m-%d}", "--json"]
#: While targets are handed down, figures collected, matters put right, the second round opened, the year scored.
MOMENTS = [
    datetime(2026, 1, 6, tzinfo=SHANGHAI),
    datetime(2026, 4, 15, tzinfo=SHANGHAI),
    datetime(2026, 6, 8, tzinfo=SHANGHAI),
    datetime(2026, 8, 20, tzinfo=SHANGHAI),
    datetime(2027, 2, 1, tzinfo=SHANGHAI),
]
#: A chain and a number in it -> the digest, which covers everything before it.
Chains = dict[tuple[str, int], str]


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """The environment of the processes: the small city is the only package there."""
    small_city(tmp_path / "packages" / "county_leadership")
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "BIHUAN_FILES_DIR": str(tmp_path / "files"),
        "BIHUAN_PACKAGES_DIR": str(tmp_path / "packages"),
    }


@contextmanager
def city(surroundings: Mapping[str, str]) -> Iterator[Database]:
    with opened(surroundings["BIHUAN_DATABASE_URL"], Path(surroundings["BIHUAN_FILES_DIR"])) as database:
        yield database


def kill_when(surroundings: Mapping[str, str], log: Path, holds: Callable[[Engine], bool]) -> None:
    """Play on, and kill the process without a word as soon as that holds in its database."""
    engine = create_engine(surroundings["BIHUAN_DATABASE_URL"])
    with log.open("wb") as output:
        process = subprocess.Popen(SIMULATE, env=dict(surroundings), cwd=log.parent, stdout=output, stderr=output)
    try:
        while not holds(engine):
            assert process.poll() is None, f"It ended before it could be killed: {log.read_text('utf-8')}"
            time.sleep(0.01)
    finally:
        process.kill()
        engine.dispose()
    assert process.wait(timeout=60) == -signal.SIGKILL


def has_tables(engine: Engine) -> bool:
    return inspect(engine).has_table(Entry.__tablename__)


def has_reached(moment: datetime) -> Callable[[Engine], bool]:
    latest = select(Entry.at).order_by(Entry.id.desc()).limit(1)

    def holds(engine: Engine) -> bool:
        with engine.connect() as connection:
            at = connection.scalar(latest) if has_tables(engine) else None
        return at is not None and at >= moment

    return holds


def nothing_is_broken(surroundings: Mapping[str, str]) -> datetime:
    """Holds at the place where the process was killed; returns that place."""
    with city(surroundings) as database, transaction(database, reading=True) as ctx:
        assert [each for each in verify.verify(ctx) if each.places] == []
        reached = demo.last_moment(ctx)
    assert reached is not None and reached < THE_END
    return reached


def run(surroundings: Mapping[str, str], *command: str) -> Any:
    done = subprocess.run(command, env=dict(surroundings), capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def chains(database: Database) -> Chains:
    with transaction(database, reading=True) as ctx:
        return {(chain, seq): digest for chain, seq, digest in ctx.session.execute(_ENTRIES)}


_ENTRIES = select(Entry.chain, Entry.seq, Entry.digest)


def test_a_year_killed_again_and_again_is_the_year_that_was_never_killed(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    """To the letter: its state, and every act of everybody, for the digests of the audit cover them all."""
    surroundings["BIHUAN_DATABASE_URL"] = f"sqlite:///{tmp_path / 'bihuan.db'}"
    kill_when(surroundings, tmp_path / "log", has_tables)
    places = []
    for moment in MOMENTS:
        kill_when(surroundings, tmp_path / "log", has_reached(moment))
        places.append(nothing_is_broken(surroundings))
    assert places == sorted(places) and len(set(places)) == len(MOMENTS)
    state = run(surroundings, *SIMULATE)
    checked = run(surroundings, "bihuan", "verify", "--json")
    assert {each["id"]: each["broken"] for each in checked["invariants"] if each["broken"]} == {}
    folder, unkilled = played("small")
    assert state == unkilled
    with city(surroundings) as killed, opened(f"sqlite:///{folder / 'bihuan.db'}", folder / "files") as whole:
        assert chains(killed) == chains(whole)


@pytest.mark.postgresql
def test_a_year_killed_on_postgresql_ends_as_it_would_have(surroundings: dict[str, str], tmp_path: Path) -> None:
    with databases.postgresql(template="template0") as url:
        surroundings["BIHUAN_DATABASE_URL"] = url
        kill_when(surroundings, tmp_path / "log", has_reached(MOMENTS[3]))
        nothing_is_broken(surroundings)
        assert run(surroundings, *SIMULATE) == played("small")[1]
        assert run(surroundings, "bihuan", "verify", "--json")["invariants"]
