"""What simulated people do at their desks before they hand in a task: enter the figures the demo's files give.

The function of an operation is called as the person who holds the task, before its form is filled in.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from engine import calendars
from engine.assessment import indicators, plans, readings
from engine.db import Context
from engine.simulation import asking, counting, judging
from engine.simulation.world import World

#: Gets what the person sees: the parameters of the task among it. What it gives back stands in the form already.
Preparation = Callable[[Context, World, Mapping[str, Any]], Mapping[str, Any] | None]


def enter_sheet(ctx: Context, world: World, sees: Mapping[str, Any]) -> None:
    """All figures of a unit's sheet in a round, but those whose publication is only announced."""
    _enter_figures(ctx, world, sees, None)


def enter_revision(ctx: Context, world: World, sees: Mapping[str, Any]) -> None:
    """The figures of the one indicator that came late."""
    _enter_figures(ctx, world, sees, sees["indicator"])


#: Operation of the task -> what is done before it is handed in.
PREPARATIONS: Final[Mapping[str, Preparation]] = {
    "readings.submit": enter_sheet,
    "readings.submit_revision": enter_revision,
    "rulings.propose": asking.ask_tolerance,
    "objectives.submit": asking.set_objectives,
    "objectives.report": asking.report_progress,
    "objectives.check": asking.check_progress,
    "ballots.vote": judging.vote,
    "spot_checks.record": judging.check,
    "panels.give": judging.give_marks,
    "debriefings.report": judging.excuse,
    "debriefings.comment": judging.comment,
    "points.rate": counting.give_marks,
    "points.review": counting.give_scores,
}


def _enter_figures(ctx: Context, world: World, sees: Mapping[str, Any], only: str | None) -> None:
    cycle = plans.cycle(ctx, sees["cycle"])
    round = plans.round_of(ctx, cycle, sees["round"])
    unit = sees["responsible_unit"]
    later = _announced(world, round, ctx.now)
    entries = []
    for cell in readings.cells(ctx, cycle, round, unit, only=only):
        figure = world.figure(cell.indicator.code, cell.unit, _previous(ctx, cycle, round), round.as_of)
        if figure is not None and not cell.target.exempt and cell.indicator.code not in later:
            entries.append(figure)
    readings.enter(ctx, cycle, round, unit, entries, revision=only is not None)
    own = {each.code for each in indicators.of_unit(ctx, cycle, unit)}
    for code, on in later.items():
        if code in own:
            readings.announce(ctx, cycle, round, code, calendars.local_date(on))


def _announced(world: World, round: plans.Round, now: datetime) -> dict[str, datetime]:
    """Indicators of the round whose figures are only announced yet -> when they are published."""
    events = world.of_kind("late_publication")
    return {event.indicator: event.at for event in events if event.content["round"] == round.key and event.at > now}


def _previous(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> date:
    earlier = [each.as_of for each in plans.rounds(ctx, cycle) if each.position < round.position]
    return max(earlier, default=date(cycle.year - 1, 12, 31))
