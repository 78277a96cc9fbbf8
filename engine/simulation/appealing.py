"""People of a demo city and an appeal against the annual result, from its filing to the result computed anew.

    kind ``appeal_filed``       of the unit, by its leader   {"text"}
    kind ``appeal_accepted``    by the lead
    kind ``appeal_upheld``      by another person            {"note"}
    kind ``appeal_corrected``   by the responsible leader    {"value"}
    kind ``appeal_recomputed``  by the lead

All name the unit and the indicator. An appeal is filed while the result is shown, so its lines are dated before that can
begin and wait. Where each has an earlier hour than the one it follows upon, one comes about on a working day.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from engine.assessment import appeals, indicators, plans, results
from engine.assessment.appeals import Appeal, AppealStatus
from engine.db import Context
from engine.simulation.waiting import NotYet
from engine.simulation.world import Event

#: The way of an appeal that is upheld.
_STAGES = (AppealStatus.FILED, AppealStatus.ACCEPTED, AppealStatus.UPHELD)


def file(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    """Waits until the result is shown. Who comes after the window was closed is refused, as a person is."""
    try:
        shown = results.is_public(results.of_cycle(ctx, cycle))
    except results.NoResult:
        shown = False
    if not shown:
        raise NotYet(event)
    appeals.file(ctx, cycle, event.unit, event.indicator, event.content["text"])


def accept(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    appeals.accept(ctx, cycle, _come_to(ctx, cycle, event, AppealStatus.FILED).id)


def uphold(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    found = _come_to(ctx, cycle, event, AppealStatus.ACCEPTED)
    appeals.decide(ctx, cycle, found.id, event.content["note"], upheld=True)


def correct(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    found = _come_to(ctx, cycle, event, AppealStatus.UPHELD)
    appeals.correct(ctx, cycle, found.id, Decimal(event.content["value"]))


def recompute(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    found = _come_to(ctx, cycle, event, AppealStatus.UPHELD)
    if found.reading_id is None:
        raise NotYet(event)
    appeals.recompute(ctx, cycle, found.id)


HAPPENINGS: Final[Mapping[str, Callable[[Context, plans.Cycle, Event], None]]] = {
    "appeal_filed": file,
    "appeal_accepted": accept,
    "appeal_upheld": uphold,
    "appeal_corrected": correct,
    "appeal_recomputed": recompute,
}


def _come_to(ctx: Context, cycle: plans.Cycle, event: Event, stage: AppealStatus) -> Appeal:
    """The event's appeal. Raises ``NotYet`` before it has come to the stage; past it, the verb refuses."""
    used = indicators.find(ctx, cycle, event.indicator)
    for each in appeals.of_cycle(ctx, cycle):
        if (each.unit, each.cycle_indicator_id) == (event.unit, used.id):
            if each.status in _STAGES[: _STAGES.index(stage)]:
                break
            return each
    raise NotYet(event)
