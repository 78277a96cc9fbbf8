"""Cities as package folders, and years played on them."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import simulation, verify
from engine.assessment import plans
from engine.db import SHANGHAI, Database, transaction
from engine.operations import registry
from engine.reports.loop_state import loop_state
from engine.settings import Settings
from engine.workflow import packages
from processes.county_leadership.demo import generate
from tests import databases
from tests.processes.demo_files import CITY, ROOT, SMALL

#: When the whole year is over: results published, first reviews recorded.
THE_END = datetime(2027, 3, 31, 9, tzinfo=SHANGHAI)


def small_city(folder: Path) -> Path:
    """The county package with the small city in the place of the demo city; expected answers are not part of it."""
    return _assemble(folder, {path: (SMALL / path).read_text("utf-8") for path in _data(SMALL)})


def drawn_city(folder: Path, seed: int, groups: dict[str, int], indicators: int) -> Path:
    """The county package with a city drawn by chance."""
    return _assemble(folder, generate.city(seed, groups=groups, indicators=indicators, planted=False))


def _data(folder: Path) -> list[str]:
    return [str(file.relative_to(folder)) for file in folder.rglob("*.csv") if "expected" not in file.parts]


def _assemble(folder: Path, texts: Mapping[str, str]) -> Path:
    behaviour = (CITY / "demo" / "behaviour.yaml").read_text("utf-8")
    shutil.copytree(CITY, folder, ignore=shutil.ignore_patterns("demo", "__pycache__"))
    # In these cities sit neither discipline nor audit, so nobody is heard before a unit is excellent.
    package = (CITY / "package.yaml").read_text("utf-8").replace("opinions_needed: true", "opinions_needed: false")
    generate.write(folder, {**texts, "demo/behaviour.yaml": behaviour, "package.yaml": package})
    return folder


@contextmanager
def opened(url: str, files: Path) -> Iterator[Database]:
    database = Database(Settings(database_url=url, files_dir=files), registry)
    yield database
    database.dispose()


def play(database: Database, package: Path, *, until: datetime = THE_END, seed: int = 1) -> dict[str, Any]:
    """The state of the loop at ``until``, as JSON gives it back, after the invariants were found to hold."""
    found = simulation.play(database, package, until, seed=seed)
    assert until < THE_END or found.waiting == ()
    with transaction(database, now=until, reading=True) as ctx:
        assert [each for each in verify.verify(ctx) if each.places] == []
        state = loop_state(ctx, plans.find(ctx, packages.read_folder(package).key, found.year))
    return json.loads(json.dumps(state))


def played(name: str, until: datetime = THE_END) -> tuple[Path, dict[str, Any]]:
    """The city ``small`` or ``demo``, or that of another package by its name, played under seed 1 up to a moment.

    Played once for all processes of a run. A folder with ``bihuan.db`` and ``files``, which tests read and do not change, and the state of its loop.
    """
    folder = Path(os.environ[databases.SHARED]) / f"played-{name}-{until:%Y%m%d}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "state.json").exists():
            _play_into(folder, _package(name, folder), until)
    return folder, json.loads((folder / "state.json").read_text("utf-8"))


def _package(name: str, folder: Path) -> Path:
    if name == "small":
        return small_city(folder / "package")
    return CITY if name == "demo" else ROOT / "processes" / name


@contextmanager
def copied(folder: Path, name: str, until: datetime) -> Iterator[Database]:
    """A copy of a played city, in ``folder``, for a test to go on from."""
    source, _ = played(name, until)
    shutil.copyfile(source / "bihuan.db", folder / "bihuan.db")
    shutil.copytree(source / "files", folder / "files", dirs_exist_ok=True)
    with opened(f"sqlite:///{folder / 'bihuan.db'}", folder / "files") as database:
        yield database


def _play_into(folder: Path, package: Path, until: datetime) -> None:
    (folder / "files").mkdir(exist_ok=True)
    with databases.sqlite(folder) as url, opened(url, folder / "files") as database:
        state = play(database, package, until=until)
    (folder / "state.json").write_text(json.dumps(state), "utf-8")
