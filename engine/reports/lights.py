"""The light of a pair of unit and indicator: what the newest figure says, and what stands open about it (2.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select

from engine import access, calendars
from engine.assessment import loop, plans, rectification, snapshots, warnings
from engine.db import Context

#: An overdue matter turns red after as many working days as the inspection office waits with its slip.
LONG_OVERDUE = 5


class Light(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Figure:
    """What a round's frozen row says of one pair."""

    state: str
    why: str | None
    target: Decimal | None
    actual: Decimal | None
    lead: Decimal | None
    rank: int | None


Key = tuple[int, str]
Figures = Mapping[Key, Figure]


#: States of a warning to which no matter answers yet.
_UNANSWERED = frozenset({warnings.NoticeStatus.DRAFTED, warnings.NoticeStatus.ISSUED, warnings.NoticeStatus.OBJECTED})


def figures_of(ctx: Context, round: plans.Round, pairs: Sequence[loop.Pair]) -> dict[Key, Figure]:
    """(indicator, unit) -> what the round's latest snapshot says of those pairs and of the exempt ones beside them."""
    kept = snapshots.SnapshotRow
    query = select(
        kept.cycle_indicator_id,
        kept.unit,
        *(kept.state, kept.why, kept.target, kept.actual, kept.lead_points, kept.rank),
    ).where(
        kept.snapshot_id == snapshots.latest(ctx, round).id,
        kept.unit.in_({each.unit for each in pairs}),
        kept.cycle_indicator_id.in_({each.indicator.id for each in pairs}),
    )
    return {(row[0], row[1]): Figure(*row[2:]) for row in ctx.session.execute(query)}


def light_of(ctx: Context, pair: loop.Pair, figure: Figure | None) -> tuple[Light, str]:
    """The light of a pair and why: an overdue matter before a standing warning before the figure itself."""
    item = pair.items[-1] if pair.items and pair.items[-1].is_open else None
    if item is not None and (late := days_late(ctx, item)):
        return (Light.RED, "overdue_long") if late > LONG_OVERDUE else (Light.ORANGE, "overdue")
    standing = [each for each in told(ctx, pair) if item is not None or each.status in _UNANSWERED]
    if standing:
        red = standing[-1].level == "red"
        return (Light.RED, "red_warning") if red else (Light.YELLOW, "yellow_warning")
    return light_of_figure(figure)


def light_of_figure(figure: Figure | None) -> tuple[Light, str]:
    """The light a figure alone gives."""
    if figure is None:
        return Light.GREY, "not_measured"
    if figure.lead is None:
        return Light.GREY, "exempt" if figure.state == snapshots.State.EXEMPT else figure.why or "not_measured"
    return (Light.GREEN, "on_schedule") if figure.lead >= 0 else (Light.YELLOW, "behind")


def told(ctx: Context, pair: loop.Pair) -> list[warnings.Notice]:
    """The pair's standing warnings that the person may know of: a drafted one is the lead's until its letter is out."""
    hidden = warnings.ENDED if access.oversees(ctx) else warnings.ENDED | {warnings.NoticeStatus.DRAFTED}
    return [each for each in pair.notices if each.status not in hidden]


def days_late(ctx: Context, item: rectification.Item) -> int:
    """Working days since the date of an open matter passed, at least 1; 0 when it has not."""
    if not loop.overdue(ctx, [item]):
        return 0
    planning = item.status in (rectification.ItemStatus.OPENED, rectification.ItemStatus.PLAN_SUBMITTED)
    due = calendars.last_day(item.plan_due if planning else item.work_due)
    return max(calendars.calendar(ctx).between(due, ctx.today), 1)
