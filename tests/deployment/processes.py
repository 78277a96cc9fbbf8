"""The services of ``docker-compose.yml`` as processes of this machine, on a real PostgreSQL and a real Redis."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.db import Database
from engine.operations import registry
from engine.settings import Settings
from tests import databases
from tests.lacking import lacking

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[dict[str, str]]:
    with databases.postgresql(template="template0") as url:
        yield {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "BIHUAN_DATABASE_URL": url,
            "BIHUAN_SECRET_KEY": "not a secret: a test's own key",
            "BIHUAN_FILES_DIR": str(tmp_path / "files"),
            "BIHUAN_SECURE_COOKIES": "0",
            "BIHUAN_BROKER_URL": "",
        }


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A real redis-server of the test's own."""
    if shutil.which("redis-server") is None:
        lacking("redis-server is not installed")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", *SERVICES["broker"]["command"][1:]]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(timeout=30)


@contextmanager
def running(
    name: str, surroundings: Mapping[str, str], log: Path, *, killed: bool = False, **replaced: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The service's own command, with what a machine without containers must replace.

    It has to end well when it is told to; one that the test is going to kill does not.
    """
    command = [replaced.get(part, part) for part in SERVICES[name]["command"]]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=dict(surroundings), cwd=log.parent, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=60) == (-signal.SIGKILL if killed else 0), log.read_text("utf-8")


def until(holds: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the machine, however slow it is; a process that ended will not come round."""
    for _ in range(600):
        if holds():
            return
        assert process.poll() is None, log.read_text("utf-8")
        time.sleep(0.2)
    pytest.fail(f"It has not come to pass: {log.read_text('utf-8')}")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def database(surroundings: Mapping[str, str]) -> Iterator[Database]:
    settings = Settings(
        database_url=surroundings["BIHUAN_DATABASE_URL"], files_dir=Path(surroundings["BIHUAN_FILES_DIR"])
    )
    opened = Database(settings, registry)
    yield opened
    opened.dispose()
