"""A worker: takes hints from the broker and does what is due in the matter they name. As many as there are machines."""

from engine import due, hints
from engine.db import Database


def run(database: Database) -> None:
    """Work until the process is told to stop; the step under way is finished first."""
    queue = hints.application(database.settings)

    @queue.task(name=hints.ADVANCE)
    def advance(instance_id: int) -> None:
        due.advance_only(database, instance_id)

    # One process, one step at a time: more work is more processes, and each has its own connection.
    queue.worker_main(["worker", "--pool=solo", "--loglevel=WARNING", "--without-mingle", "--without-gossip"])
