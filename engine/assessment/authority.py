"""Who decides in the name of the city: the leading group, or the leader of the department that leads the assessment."""

from engine import access
from engine.assessment import hands, plans
from engine.db import Context


def require_leadership(ctx: Context, *before: str | None) -> None:
    """Refuse unless the actor decides for the city and is none of the accounts that proposed or reviewed (5.4).

    Raises ``access.NotYours`` or ``hands.OwnWork``.
    """
    access.require(ctx, "committee", f"leader@{plans.lead_unit(ctx)}")
    hands.require_apart(ctx, *before)


def decides(ctx: Context) -> bool:
    """Whether the actor may decide for the city."""
    return access.may(ctx, "committee", f"leader@{plans.lead_unit(ctx)}")
