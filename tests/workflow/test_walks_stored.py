"""The random walks through the doors everybody uses: on each database, and by processes that are killed on the way.

150 walks on each kind of database, 15 with killed processes on each; ``WALKS=2000`` makes as many of every kind.
"""

import multiprocessing
import signal
from multiprocessing.context import ForkServerContext
from random import Random

import pytest

from engine.db import Database
from tests.workflow.spiff.trio import Trio, walks
from tests.workflow.stored_walks import StoredWalk, opened, told, walk_until_killed, walked

STORED = walks(150)
KILLED = walks(15)
PARTS = 3


@pytest.mark.parametrize("part", range(PARTS))
def test_a_walk_on_a_database_goes_as_it_goes_in_memory(database: Database, part: int) -> None:
    for seed in range(part, STORED, PARTS):
        trio = walked(seed)
        walk = StoredWalk(database, trio)
        with kept(trio):
            walk.deploy()
            walk.go_on()
            walk.agrees()
            assert walk.told() == told(trio)
        walk.clear_away()


class kept:
    """Keeps the walk when what is claimed about it does not hold."""

    def __init__(self, trio: Trio) -> None:
        self.trio = trio

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.trio.keep()


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Forked from a server that has imported everything once, and never from this process with its connections."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.workflow.stored_walks"])
    return context


def test_a_walk_whose_processes_are_killed_goes_as_it_goes_in_memory(
    database_url: str, processes: ForkServerContext
) -> None:
    """Two processes are killed on the way, a third brings the walk to its end."""
    killed = 0
    for seed in range(KILLED):
        trio, random = walked(seed), Random(seed)
        database = opened(database_url)
        walk = StoredWalk(database, trio)
        walk.deploy()
        with kept(trio):
            for statement in (random.randint(1, 60), random.randint(1, 150), 0):
                worker = processes.Process(target=walk_until_killed, args=(database_url, seed, statement))
                worker.start()
                worker.join(timeout=120)
                assert worker.exitcode in (0, -signal.SIGKILL)
                killed += worker.exitcode != 0
            assert worker.exitcode == 0
            assert walk.done() == len(trio.acts) + 1
            walk.go_on()
            walk.agrees()
            assert walk.told() == told(trio)
        walk.clear_away()
        database.dispose()
    assert killed >= KILLED
