"""Long-term matters (长期整改) go on in the next year, under that year's dates, until they are closed out there (1.4 no. 18).

The matter of the old year stays what it was decided to be, counted apart; the one of the new year knows where it came from.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from engine import audit, calendars, notifications, people
from engine.assessment import indicators, plans
from engine.assessment.rectification import items
from engine.assessment.rectification.hand_ins import HandIn, Request, hand_ins
from engine.assessment.rectification.items import Item, ItemStatus, Source
from engine.db import Context


def carry(ctx: Context, cycle: plans.Cycle) -> list[Item]:
    """Open in the year that begins what earlier years left as long-term matters, once each.

    Work is due by the last of the agreed stages. What has no place, because the year does not measure its indicator or
    its unit any more, is left as it stands, and the lead is told.
    """
    measured = {each.indicator_id: each for each in indicators.in_force(ctx, cycle)}
    assessed = {unit.code for unit in plans.standing_units(ctx, cycle)}
    carried = []
    for left in _left(ctx, cycle):
        unit = _standing(ctx, left.worked_by)
        used = measured.get(indicators.get(ctx, left.cycle_indicator_id).indicator_id)
        if used is not None and unit in assessed:
            carried.append(_carry(ctx, cycle, left, unit, used))
        else:
            notifications.notify(ctx, "item.not_carried", groups=["lead"], link=f"/items/{left.id}", number=left.number)
    return carried


def continued(ctx: Context, item: Item) -> Item | None:
    """The matter of a later year that goes on with this one."""
    return ctx.session.scalar(select(Item).where(Item.carried_from == item.id))


def agreed_stages(ctx: Context, item: Item) -> HandIn | None:
    """The request by which the matter, or the one it goes on from, became a long-term one."""
    for each in (item, *items.origins(ctx, item)):
        asked = [
            made for made in hand_ins(ctx, each) if made.request == Request.LONG_TERM and made.verdict == "approved"
        ]
        if asked:
            return asked[-1]
    return None


def _left(ctx: Context, cycle: plans.Cycle) -> Sequence[Item]:
    gone_on = select(Item.carried_from).where(Item.carried_from.is_not(None))
    query = select(Item).join(plans.Cycle, plans.Cycle.id == Item.cycle_id)
    query = query.where(
        plans.Cycle.package == cycle.package,
        plans.Cycle.year < cycle.year,
        Item.status == ItemStatus.LONG_TERM,
        Item.id.not_in(gone_on),
    )
    return ctx.session.scalars(query.order_by(Item.number)).all()


def _standing(ctx: Context, code: str) -> str:
    """The unit itself, or whoever stands in its place today."""
    while successor := people.unit(ctx, code).successor:
        code = successor
    return code


def _carry(ctx: Context, cycle: plans.Cycle, left: Item, unit: str, used: indicators.CycleIndicator) -> Item:
    due = _due(ctx, cycle, left)
    made = items.open_new(
        ctx, cycle, unit, used.id, Source.LONG_TERM, red=left.red, repeated=left.repeated, work_due=due
    )
    made.carried_from = left.id
    items.start_rectifying(ctx, cycle, made)
    audit.record(ctx, "item.carry", plans.chain_of(cycle), item=made.number, carried_from=left.number, due=due)
    items.tell(ctx, made, "item.carried", {"earlier": left.number})
    return made


def _due(ctx: Context, cycle: plans.Cycle, left: Item) -> datetime:
    asked = agreed_stages(ctx, left)
    last = max((date.fromisoformat(each["due"]) for each in asked.stages), default=None) if asked else None
    if last is None or last <= ctx.today:
        return items.first_work_due(ctx, cycle)
    return calendars.end_of(calendars.calendar(ctx).roll(last))
