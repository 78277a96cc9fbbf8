"""What happens in a demo city without anybody finding a task: lines of ``demo/events.csv`` that people act upon.

Each kind of event has one function here. It is called at the event's instant, in a transaction of its own, as the
person the line names under ``by``, and acts through the same verb and the same check of rights as a page. One that comes
before its moment raises ``NotYet`` and is tried again, as ``waiting`` says. Lines of other kinds are facts that behaviours
ask about (``skip_on``, ``upon``), or inputs of a figure.
"""

from collections.abc import Callable, Mapping
from typing import Final

from engine import access, people
from engine.assessment import indicators, plans, revisions
from engine.db import Context
from engine.simulation import appealing, counting, dealing, hearing, judging
from engine.simulation.world import Event

Happening = Callable[[Context, plans.Cycle, Event], None]


def enter_late_figures(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    """The data owner has published: the responsible unit's clerk asks to enter the figures."""
    unit = indicators.find(ctx, cycle, event.indicator).responsible_unit
    ctx.actor = people.holders(ctx, f"clerk@{unit}")[0]
    access.require(ctx, f"clerk@{unit}")
    round = plans.round_of(ctx, cycle, event.content["round"])
    revisions.request(ctx, cycle, round, event.indicator, f"数据于{event.at.month}月{event.at.day}日公布")


#: Kind of event -> what comes of it.
HAPPENINGS: Final[Mapping[str, Happening]] = {
    "late_publication": enter_late_figures,
    **counting.HAPPENINGS,
    **judging.HAPPENINGS,
    **dealing.HAPPENINGS,
    **appealing.HAPPENINGS,
    **hearing.HAPPENINGS,
}
