"""Who may do what: decided from the posts a person holds on the day, inside the verbs and inside the queries."""

from engine import people
from engine.db import Context
from engine.errors import Forbidden


class NotYours(Forbidden):
    """This needs {groups}; you do not hold it."""

    code = "not_yours"


#: Roles that see every unit's matters: the lead department, the inspection office and those who keep the system.
OVERSEERS = frozenset({"lead", "inspector", "supervisor", "committee", "admin"})


def groups(ctx: Context, account: str | None = None) -> frozenset[str]:
    """Every candidate group the person answers to: ``clerk`` and ``clerk@B07`` for a clerk of B07."""
    who = account or ctx.on_behalf_of or ctx.actor
    if who is None:
        return frozenset()
    held = people.positions(ctx, who)
    return frozenset(position.role for position in held) | frozenset(position.group for position in held)


def may(ctx: Context, *wanted: str) -> bool:
    """Whether the actor holds one of the groups. The system itself may everything."""
    return ctx.actor is None or bool(groups(ctx) & frozenset(wanted))


def require(ctx: Context, *wanted: str) -> None:
    """Refuse with ``NotYours`` unless the actor holds one of the groups."""
    if not may(ctx, *wanted):
        raise NotYours(groups=", ".join(wanted))


def oversees(ctx: Context) -> bool:
    """Whether the actor may see all units' matters: by role, or as leader of the unit that holds such a role."""
    if ctx.actor is None or groups(ctx) & OVERSEERS:
        return True
    led = {group.partition("@")[2] for group in groups(ctx) if group.startswith("leader@")}
    return any(people.holders(ctx, f"{role}@{unit}") for unit in led for role in ("lead", "inspector"))


def own_units(ctx: Context) -> frozenset[str]:
    """The codes of the units in which the actor holds any post."""
    who = ctx.on_behalf_of or ctx.actor
    return frozenset(position.unit for position in people.positions(ctx, who)) if who else frozenset()


def require_unit(ctx: Context, *codes: str) -> None:
    """Refuse unless the actor oversees everything or holds a post in one of the units."""
    if not oversees(ctx) and not own_units(ctx) & frozenset(codes):
        raise NotYours(groups=", ".join(codes))
