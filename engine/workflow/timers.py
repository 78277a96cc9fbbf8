"""What is due: which running instances have something due, and when anything is; asked by the tickers, who then do it."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select

from engine.db import Context
from engine.workflow import schedule
from engine.workflow.schedule import StartTimer
from engine.workflow.store import Instance, Status, Wait


def due(ctx: Context, *, only: int | None = None, since: datetime | None = None) -> int | None:
    """The id of one running instance with something due, locked for this transaction; None when nothing is.

    Another ticker that asks at the same moment gets another instance. ``only`` asks of one instance alone, ``since`` of
    what has been due since then.
    """
    due_at = Wait.due_at <= (since or ctx.now)
    earliest = _with_due(due_at).limit(1).with_for_update(skip_locked=True, of=Instance)
    earliest = earliest if only is None else earliest.where(Instance.id == only)
    while (found := ctx.session.scalar(earliest)) is not None:
        # PostgreSQL looks again at the row it locked, not at the one joined to it: another ticker may have been here.
        if ctx.session.scalar(select(Wait.id).where(Wait.instance_id == found, due_at).limit(1)):
            return found
    return None


def all_due(ctx: Context, limit: int) -> list[int]:
    """The ids of running instances with something due, what is due longest first; nothing is locked."""
    found = ctx.session.scalars(_with_due(Wait.due_at <= ctx.now).limit(limit))
    return list(dict.fromkeys(found))


def _with_due(condition: ColumnElement[bool]) -> Select[int]:
    joined = select(Instance.id).join(Wait, Wait.instance_id == Instance.id)
    return joined.where(condition, Instance.status == Status.RUNNING).order_by(Wait.due_at)


def next_due(ctx: Context) -> datetime | None:
    """When the next timer of any running instance falls due, or the next process begins by the clock."""
    timers = select(Wait.due_at).join(Instance, Instance.id == Wait.instance_id)
    timers = timers.where(Wait.due_at.is_not(None), Instance.status == Status.RUNNING).order_by(Wait.due_at)
    begins = schedule.waiting(StartTimer.try_at)
    both = select(timers.limit(1).scalar_subquery(), begins.limit(1).scalar_subquery())
    return min((each for each in ctx.session.execute(both).one() if each is not None), default=None)
