"""The heartbeat: what is due is done, one instance per transaction; two tickers, a late one and a restarted one are harmless.

1. Ask for one running instance with something due, locked so that no other ticker takes it too.
2. Fire everything due in it, each timer at its own instant, in that transaction; commit.
3. Again, until nothing is due; then begin what begins by the clock, one matter per transaction.

With a broker the ticker tells workers instead, and does itself only what is still due after a minute: workers make it faster,
nothing depends on them. Matters that the clock begins are few, and the ticker's own. APScheduler beats in memory; no business job ever lies in it.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from engine import due, hints
from engine.db import Database

logger = structlog.get_logger()
#: Steps of one beat, so that a heap of due matters does not keep a stopping process waiting.
MOST = 1000
#: What workers have not done in this time, nobody may be doing.
LATE = timedelta(minutes=1)


def beat(database: Database, stopping: Callable[[], bool] = lambda: False, *, late: timedelta = timedelta(0)) -> int:
    """Do everything that has been due for ``late``; returns how many instances were advanced or begun.

    Then failed calls are made again whose time has come, and holders told of tasks that fall due.
    """
    done = 0
    acts: list[Callable[[Database], bool]] = [
        lambda each: due.advance_next(each, late),
        due.begin_next,
        due.retry_next,
        due.remind_next,
    ]
    for act in acts:
        for _ in range(MOST):
            if stopping():
                return done
            if not act(database):
                break
            done += act in acts[:2]
    return done


def hint(database: Database, queue: hints.Queue, stopping: Callable[[], bool] = lambda: False) -> int:
    """Tell the workers what is due; returns how many hints were given. What they leave lying is done here."""
    waiting = due.waiting(database, MOST)
    for instance_id in waiting:
        hints.give(queue, instance_id, seconds=int(LATE.total_seconds()))
    beat(database, stopping, late=LATE)
    return len(waiting)


def run(database: Database, stopping: threading.Event) -> None:
    """Beat until ``stopping`` is set; the step under way is finished first."""
    with heartbeat(database, stopping):
        stopping.wait()


class heartbeat:
    """Beats beside whatever else the process does, from entering to leaving the block."""

    def __init__(self, database: Database, stopping: threading.Event | None = None) -> None:
        self.database, self.stopping = database, stopping or threading.Event()
        self.queue = hints.application(database.settings) if database.settings.broker_url else None
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
            self._tell_or_do()
        except Exception:
            # A beat must not end the heart: the database may be away for a minute.
            logger.exception("ticker.beat_failed")

    def _tell_or_do(self) -> None:
        if self.queue is not None:
            try:
                hint(self.database, self.queue, self.stopping.is_set)
                return
            except hints.Away:
                logger.warning("ticker.broker_away")
        beat(self.database, self.stopping.is_set)
