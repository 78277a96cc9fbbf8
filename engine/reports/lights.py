"""The light of a pair of unit and indicator: what the newest figure says, and what stands open about it (2.6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import select

from engine import calendars
from engine.assessment import loop, plans, rectification, scoring, snapshots, warnings
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
    as_of: date | None
    #: Share of the target due by then, a decimal or a fraction such as 3/12.
    expected: str
    progress: Decimal | None
    lead: Decimal | None
    rank: int | None

    @property
    def due_share(self) -> Decimal:
        """``expected`` as a decimal, to six places."""
        return share(self.expected)


Key = tuple[int, str]
Figures = Mapping[Key, Figure]


#: States of a warning to which no matter answers yet.
_UNANSWERED = frozenset({warnings.NoticeStatus.DRAFTED, warnings.NoticeStatus.ISSUED, warnings.NoticeStatus.OBJECTED})


def figures_of(
    ctx: Context, round: plans.Round, units: Iterable[str], indicator_ids: Iterable[int]
) -> dict[Key, Figure]:
    """(indicator, unit) -> what the published round's latest snapshot says, for every two of those given."""
    kept = snapshots.SnapshotRow
    columns = (kept.state, kept.why, kept.target, kept.actual, kept.as_of, kept.expected, kept.progress)
    query = select(kept.cycle_indicator_id, kept.unit, *columns, kept.lead_points, kept.rank).where(
        kept.snapshot_id == snapshots.latest(ctx, round).id,
        kept.unit.in_(set(units)),
        kept.cycle_indicator_id.in_(set(indicator_ids)),
    )
    return {(row[0], row[1]): Figure(*row[2:]) for row in ctx.session.execute(query)}


def share(expected: str) -> Decimal:
    """A share of the target as a snapshot keeps it, 3/12 or 0.25, as a decimal to six places."""
    return scoring.half_up(Fraction(expected), 6)


def light_of(pair: loop.Pair, figure: Figure | None, late: Mapping[int, int]) -> tuple[Light, str]:
    """The light of a pair and why: an overdue matter before a standing warning before the figure itself.

    ``late`` is what ``lateness`` says of the pair's matters.
    """
    item = pair.items[-1] if pair.items and pair.items[-1].is_open else None
    if item is not None and item.id in late:
        return (Light.RED, "overdue_long") if late[item.id] > LONG_OVERDUE else (Light.ORANGE, "overdue")
    standing = [each for each in pair.notices if each.status not in warnings.ENDED]
    standing = [each for each in standing if item is not None or each.status in _UNANSWERED]
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


def lateness(ctx: Context, items: Iterable[rectification.Item]) -> dict[int, int]:
    """Id of each overdue matter among these -> working days since its date passed, at least 1."""
    calendar = calendars.calendar(ctx)
    return {
        each.id: max(calendar.between(calendars.last_day(due_of(each)), ctx.today), 1)
        for each in loop.overdue(ctx, list(items))
    }


def due_of(item: rectification.Item) -> datetime:
    """The date an open matter is measured by: the plan's until there is one, then the work's."""
    planning = (rectification.ItemStatus.OPENED, rectification.ItemStatus.PLAN_SUBMITTED)
    return item.plan_due if item.status in planning else item.work_due
