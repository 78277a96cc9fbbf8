"""What every test may ask for: a fresh database on both kinds, and the standing cast in it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from engine import people
from engine.db import Database
from engine.settings import Settings
from tests import databases
from tests.browser.assets_app import chromium
from tests.cast import Office, move_in

#: One browser for all tests of a process: a fixture that is known by two ways would start a second beside it.
__all__ = ["chromium"]

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def pytest_configure(config: pytest.Config) -> None:
    if databases.begin():
        config.add_cleanup(databases.end)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database; a test of one kind alone says ``parametrize("database_url", ["sqlite"], indirect=True)``."""
    fresh: AbstractContextManager[str] = (
        databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgresql()
    )
    with fresh as url:
        yield url


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    opened = Database(Settings(database_url=database_url, files_dir=tmp_path / "files"))
    yield opened
    opened.dispose()


@pytest.fixture
def office(database: Database) -> Office:
    """The standing cast at work on a Monday morning: ``with office.by("zhang") as ctx``."""
    return move_in(database)


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as weakly as can be: a test that signs in often is not a test of argon2."""
    monkeypatch.setattr(people, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
