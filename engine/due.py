"""What the clock brings is done here: one matter, one transaction, whoever asks for it.

A step that fails unforeseen is undone; the matter stands aside with an incident, so that it cannot hold up the rest.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog

from engine import workflow
from engine.db import Context, Database, transaction
from engine.workflow import operating, starts, urging

logger = structlog.get_logger()


def advance_next(database: Database, late: timedelta = timedelta(0)) -> bool:
    """Advance the matter that has been due longest, if one has been for ``late``; whether there was one."""
    return _advance(database, lambda ctx: workflow.due(ctx, since=ctx.now - late))


def advance_only(database: Database, instance_id: int) -> bool:
    """Advance this matter if it is due and nobody else is at it; whether it was."""
    return _advance(database, lambda ctx: workflow.due(ctx, only=instance_id))


def begin_next(database: Database) -> bool:
    """Begin one matter by the clock, if the time of one has come; whether there was one.

    One that cannot be begun is undone and put off, and holds up nobody.
    """
    start_id: int | None = None
    try:
        with transaction(database) as ctx:
            start_id = starts.due_start(ctx)
            if start_id is None:
                return False
            starts.begin(ctx, start_id)
    except Exception as error:
        if start_id is None:
            raise
        logger.exception("start_failed", start=start_id)
        with transaction(database) as ctx:
            starts.put_off(ctx, start_id, str(error))
    return True


def waiting(database: Database, limit: int) -> list[int]:
    """The matters that are due now."""
    with transaction(database, reading=True) as ctx:
        return workflow.all_due(ctx, limit)


def retry_next(database: Database) -> bool:
    """Make one call again that failed and whose time has come; whether there was one.

    A failure that nobody foresaw is undone and counts like any other.
    """
    incident_id: int | None = None
    try:
        with transaction(database) as ctx:
            incident_id = operating.due_retry(ctx)
            if incident_id is None:
                return False
            operating.try_again(ctx, incident_id)
    except Exception:
        if incident_id is None:
            raise
        logger.exception("retry_failed", incident=incident_id)
        with transaction(database) as ctx:
            operating.put_off(ctx, incident_id)
    return True


def remind_next(database: Database) -> bool:
    """Tell whoever holds one task that it falls due or is overdue; whether there was one."""
    with transaction(database) as ctx:
        return urging.remind(ctx) is not None


def _advance(database: Database, find: Callable[[Context], int | None]) -> bool:
    instance_id: int | None = None
    try:
        with transaction(database) as ctx:
            instance_id = find(ctx)
            if instance_id is None:
                return False
            workflow.advance(ctx, instance_id)
    except Exception as error:
        if instance_id is None:
            raise
        logger.exception("step_failed", instance=instance_id)
        with transaction(database) as ctx:
            workflow.set_aside(ctx, instance_id, str(error))
    return True
