"""What several real processes do at once to one database; each function runs in a process of its own."""

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text

from engine import audit, ticker, workflow
from engine.db import Clock, Database, transaction
from engine.settings import Settings
from tests.cast import MONDAY
from tests.workflow.running import OPERATIONS, task_of


def together(act: Callable[..., Any], each: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Call ``act`` once for each tuple of arguments, all at the same time, each in a fresh process."""
    calls = list(each)
    # Spawned, not forked: a forked connection would be shared with the parent.
    with ProcessPoolExecutor(len(calls), mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(act, *arguments) for arguments in calls]
        return [each.result(timeout=120) for each in waiting]


def settings(url: str) -> Settings:
    return Settings(database_url=url, files_dir=Path("/nonexistent"))


def count_up(url: str, times: int) -> int:
    """Read a number and write one more, so many times; returns how often that was acknowledged."""
    database = Database(settings(url))
    for _ in range(times):
        with transaction(database, now=MONDAY) as ctx:
            clock = ctx.session.get_one(Clock, 1, with_for_update=True)
            clock.offset_seconds += 1
    database.dispose()
    return times


def count_up_deferred(url: str, times: int) -> int:
    """The same on SQLite as the driver does it by itself: reading takes no lock, the write comes too late."""
    engine = create_engine(url, connect_args={"timeout": 60})
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode=WAL"))
    done = 0
    while done < times:
        with engine.begin() as connection:
            seen = int(connection.scalar(text("SELECT offset_seconds FROM demo_clock")) or 0)
            connection.execute(text("UPDATE demo_clock SET offset_seconds = :next"), {"next": str(seen + 1)})
        done += 1
    engine.dispose()
    return done


def record_many(url: str, times: int) -> None:
    """Add so many entries to one chain, each in a transaction of its own."""
    database = Database(settings(url))
    for number in range(times):
        with transaction(database, now=MONDAY) as ctx:
            audit.record(ctx, "sheet.sign", "shared", number=number)
    database.dispose()


def beat(url: str) -> int:
    """Tick until nothing is due; returns how many matters this ticker advanced."""
    database = Database(settings(url), OPERATIONS)
    done = 0
    while advanced := ticker.beat(database):
        done += advanced
    database.dispose()
    return done


def do_branch(url: str, matters: list[int], element: str) -> int:
    """Do that one task of every matter; returns how many were acknowledged."""
    database = Database(settings(url), OPERATIONS)
    for matter in matters:
        with transaction(database, now=MONDAY) as ctx:
            workflow.complete(ctx, task_of(ctx, matter, element).id, {element: "done"})
    database.dispose()
    return len(matters)


def send_with_key(url: str, name: str, key: str, times: int) -> int:
    """Send a message of one key so often, each in a transaction of its own; returns how often somebody took it."""
    database = Database(settings(url))
    taken = 0
    for _ in range(times):
        with transaction(database, now=MONDAY) as ctx:
            taken += workflow.send(ctx, name, {}, key=key)
    database.dispose()
    return taken
