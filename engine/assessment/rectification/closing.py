"""The end of a matter: close-out by the lead (销号), or back to work."""

from engine import access, audit
from engine.assessment import hands, plans
from engine.assessment.rectification.hand_ins import hand_ins, owners
from engine.assessment.rectification.items import Item, ItemStatus, require_open, tell
from engine.db import Context
from engine.errors import Refused


class NotAccepted(Refused):
    """The matter {number} has no evidence that stands accepted; it cannot be closed out."""

    code = "not_accepted"


def close_out(ctx: Context, cycle: plans.Cycle, closed: Item, note: str | None) -> None:
    """The lead closes the matter out, which no owner of it may do. Raises ``NotAccepted``, ``hands.OwnWork``."""
    _require_decidable(ctx, closed)
    closed.status, closed.closed_at, closed.closed_by = ItemStatus.CLOSED_OUT, ctx.now, ctx.actor
    audit.record(ctx, "item.close_out", plans.chain_of(cycle), item=closed.number, round=closed.round, note=note)
    tell(ctx, closed, "item.closed_out")


def return_to_work(ctx: Context, cycle: plans.Cycle, returned: Item, note: str | None) -> None:
    """The lead does not close the matter out; the unit goes on with it."""
    _require_decidable(ctx, returned)
    returned.status = ItemStatus.IN_PROGRESS
    audit.record(ctx, "item.return", plans.chain_of(cycle), item=returned.number, note=note)
    tell(ctx, returned, "item.returned")


def acceptors(ctx: Context, item: Item) -> set[str]:
    """Who has accepted evidence of the matter or closed it out: none of them looks at it again."""
    accepted = {each.decided_by for each in hand_ins(ctx, item) if each.verdict == "accepted"}
    return {account for account in (*accepted, item.closed_by) if account is not None}


def _require_decidable(ctx: Context, item: Item) -> None:
    access.require(ctx, "lead")
    require_open(item)
    handed = hand_ins(ctx, item, round=item.round)
    # The fact, not the state: only what another hand has accepted closes a matter, whatever a diagram says.
    if not handed or handed[-1].verdict != "accepted":
        raise NotAccepted(number=item.number)
    hands.require_apart(ctx, *owners(ctx, item))
