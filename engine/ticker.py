"""The heartbeat: what is due is done, one instance per transaction; two tickers, a late one and a restarted one are harmless.

1. Ask for one running instance with something due, locked so that no other ticker takes it too.
2. Fire everything due in it, each timer at its own instant, in that transaction; commit.
3. Again, until nothing is due.
4. A step that fails unforeseen is undone; the instance stands aside with an incident, so that it cannot hold up the rest.
APScheduler beats in memory; no business job ever lies in it.
"""

import logging
import threading
from collections.abc import Callable

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from engine import workflow
from engine.db import Database, transaction

logger = structlog.get_logger()
#: Steps of one beat, so that a heap of due matters does not keep a stopping process waiting.
MOST = 1000


def beat(database: Database, stopping: Callable[[], bool] = lambda: False) -> int:
    """Do everything that is due now; returns how many instances were advanced."""
    done = 0
    while done < MOST and not stopping() and _advance_one(database):
        done += 1
    return done


def run(database: Database, stopping: threading.Event) -> None:
    """Beat until ``stopping`` is set; the step under way is finished first."""
    with heartbeat(database, stopping):
        stopping.wait()


class heartbeat:
    """Beats beside whatever else the process does, from entering to leaving the block."""

    def __init__(self, database: Database, stopping: threading.Event | None = None) -> None:
        self.database, self.stopping = database, stopping or threading.Event()
        # Its own log says every beat; a second beat while one runs is skipped, a late one runs once.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self.scheduler = BackgroundScheduler(timezone="UTC")
        self.scheduler.add_job(
            self._beat,
            "interval",
            seconds=database.settings.tick_seconds,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def __enter__(self) -> "heartbeat":
        self.scheduler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.scheduler.shutdown(wait=True)

    def _beat(self) -> None:
        try:
            beat(self.database, self.stopping.is_set)
        except Exception:
            # A beat must not end the heart: the database may be away for a minute.
            logger.exception("ticker.beat_failed")


def _advance_one(database: Database) -> bool:
    instance_id: int | None = None
    try:
        with transaction(database) as ctx:
            instance_id = workflow.due(ctx)
            if instance_id is None:
                return False
            workflow.advance(ctx, instance_id)
    except Exception as error:
        if instance_id is None:
            raise
        logger.exception("ticker.step_failed", instance=instance_id)
        with transaction(database) as ctx:
            workflow.set_aside(ctx, instance_id, str(error))
    return True
