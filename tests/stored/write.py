"""Writes the states that this release stores: ``python -m tests.stored.write``.

They go into the folder of the version in ``pyproject.toml``, and nothing else is touched: what an older release has written
stays as it was, for that is what a city's database holds. ``--at REVISION`` writes the database as it was at an older
revision of the schema.
"""

import json
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import create_engine

from engine import migrations
from engine.db import Database
from engine.settings import Settings
from tests.cast import move_in
from tests.stored import database, matters, states

ROOT = Path(__file__).parents[2]


def release() -> str:
    """The two numbers of the version that say what a stored state may look like."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return ".".join(version.split(".")[:2])


def main() -> None:
    folder = states.STORED / release()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "states").mkdir(parents=True)
    for case, stop in states.stories():
        with tempfile.TemporaryDirectory() as empty:
            _write(folder / "states" / f"{case.group}-{case.name}.json", states.put_away(case, stop, Path(empty)))
    with tempfile.TemporaryDirectory() as empty:
        _write(folder / "database.json", stored_database(Path(empty), _revision(sys.argv[1:])))


def _revision(arguments: list[str]) -> str:
    return arguments[1] if arguments[:1] == ["--at"] else "head"


def stored_database(folder: Path, revision: str) -> dict[str, Any]:
    url = f"sqlite:///{folder / 'bihuan.db'}"
    engine = create_engine(url)
    migrations.upgrade(engine)
    opened = Database(Settings(database_url=url, files_dir=folder / "files"))
    office = move_in(opened)
    matters.settle(office)
    opened.dispose()
    if revision != "head":
        command.downgrade(migrations.config(engine), revision)
    rows = database.rows_of(engine)
    engine.dispose()
    return {"now": office.now.isoformat(), **rows}


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")


if __name__ == "__main__":
    main()
