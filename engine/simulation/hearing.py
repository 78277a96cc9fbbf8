"""People of a demo city and the written opinions that are needed before a unit is excellent.

kind ``opinions_asked``  of the body's unit, by the lead   {"body", "due"}: on every assessed unit
kind ``opinions_given``  by the body                       {"body", "text"}: nothing speaks against any of them
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from engine.assessment import bars, plans
from engine.db import Context
from engine.simulation.world import Event


def ask(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said, units = event.content, [each.code for each in plans.assessed_units(ctx, cycle)]
    bars.ask(ctx, cycle, units, said["body"], event.unit, date.fromisoformat(said["due"]))


def give(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    for each in bars.opinions(ctx, cycle):
        if each.body == event.content["body"] and each.is_open:
            bars.give(ctx, cycle, each.id, bars.Verdict.CLEAR, event.content["text"])


HAPPENINGS: Final[Mapping[str, Callable[[Context, plans.Cycle, Event], None]]] = {
    "opinions_asked": ask,
    "opinions_given": give,
}
