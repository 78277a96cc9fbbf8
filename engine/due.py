"""What the clock brings is done here: one matter, one transaction, whoever asks for it.

A step that fails unforeseen is undone; the matter stands aside with an incident, so that it cannot hold up the rest.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

import structlog

from engine import workflow
from engine.db import Context, Database, transaction
from engine.workflow import operating, starts, urging

logger = structlog.get_logger()

#: Finds what is due now, does it, and notes that it failed and why.
Find: TypeAlias = Callable[[Context], int | None]
Do: TypeAlias = Callable[[Context, int], object]
PutOff: TypeAlias = Callable[[Context, int, str], object]


def advance_next(database: Database, late: timedelta = timedelta(0)) -> bool:
    """Advance the matter that has been due longest, if one has been for ``late``; whether there was one."""
    return _advance(database, lambda ctx: workflow.due(ctx, since=ctx.now - late))


def advance_only(database: Database, instance_id: int) -> bool:
    """Advance this matter if it is due and nobody else is at it; whether it was."""
    return _advance(database, lambda ctx: workflow.due(ctx, only=instance_id))


def begin_next(database: Database) -> bool:
    """Begin one matter by the clock, if the time of one has come; whether there was one."""
    return _one(database, "start", starts.due_start, starts.begin, starts.put_off)


def waiting(database: Database, limit: int) -> list[int]:
    """The matters that are due now."""
    with transaction(database, reading=True) as ctx:
        return workflow.all_due(ctx, limit)


def retry_next(database: Database) -> bool:
    """Make one call again that failed and whose time has come; whether there was one.

    A failure that nobody foresaw counts like any other.
    """
    put_off = operating.put_off
    return _one(
        database, "incident", operating.due_retry, operating.try_again, lambda ctx, found, _: put_off(ctx, found)
    )


def remind_next(database: Database) -> bool:
    """Tell whoever holds one task that it falls due or is overdue; whether there was one."""
    with transaction(database) as ctx:
        return urging.remind(ctx) is not None


def _advance(database: Database, find: Find) -> bool:
    return _one(database, "instance", find, workflow.advance, workflow.set_aside)


def _one(database: Database, what: str, find: Find, do: Do, put_off: PutOff) -> bool:
    """Do the next thing that is due; whether there was one. What fails is undone and put off, and holds up nobody."""
    found: int | None = None
    try:
        with transaction(database) as ctx:
            found = find(ctx)
            if found is None:
                return False
            do(ctx, found)
    except Exception as error:
        if found is None:
            raise
        logger.exception(f"{what}_failed", **{what: found})
        with transaction(database) as ctx:
            put_off(ctx, found, str(error))
    return True
