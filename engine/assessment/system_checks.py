"""Whether separate hands worked on the changes of an issued system (5.4): who asked or drafted did not decide."""

from collections.abc import Iterator

from sqlalchemy import select

from engine.assessment.adjustments import Adjustment
from engine.assessment.concurrence import Concurrence
from engine.assessment.series import SeriesBreak
from engine.assessment.target_changes import TargetChange
from engine.db import Context


def same_hands(ctx: Context) -> Iterator[str]:
    """The papers on which one person stands twice."""
    for change in ctx.session.scalars(select(TargetChange).order_by(TargetChange.id)):
        if _twice(change.decided_by, change.requested_by):
            yield f"target change {change.id}"
    for adjustment in ctx.session.scalars(select(Adjustment).order_by(Adjustment.id)):
        if _twice(adjustment.decided_by, adjustment.drafted_by, adjustment.submitted_by):
            yield f"adjustment {adjustment.id}"
    for broken in ctx.session.scalars(select(SeriesBreak).order_by(SeriesBreak.id)):
        if _twice(broken.confirmed_by, broken.recorded_by):
            yield f"definition {broken.id}"
    for asked in ctx.session.scalars(select(Concurrence).order_by(Concurrence.id)):
        if _twice(asked.answered_by, asked.asked_by):
            yield f"concurrence {asked.id}"


def _twice(decider: str | None, *others: str | None) -> bool:
    return decider is not None and decider in others
