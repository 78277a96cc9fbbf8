"""Names of units and people that a long page needs, looked up at once instead of row by row."""

from collections.abc import Callable, Iterable

from engine import people
from engine.db import Context
from web import texts


def name_units(ctx: Context) -> None:
    """Read every unit once; the ``unit`` filter then asks nothing more."""
    for unit in people.units(ctx):
        ctx.memo["unit", unit.code] = unit


def name_people(ctx: Context, accounts: Iterable[str | None]) -> None:
    """Read these people once; the ``person`` filter then asks nothing more."""
    known = texts.names().known
    wanted = {account for account in accounts if account and account not in known}
    known.update({account: account for account in wanted} | people.names(ctx, wanted))


def holder_names(ctx: Context, codes: Iterable[str | None]) -> Callable[[str | None], str]:
    """Units by code and people by account -> a function that puts one of them into words."""
    wanted = {code for code in codes if code}
    found = {unit.code: unit.name for unit in people.units(ctx) if unit.code in wanted}
    found |= people.names(ctx, wanted - found.keys())
    return lambda code: found.get(code or "", "") or texts.say("Nobody in particular")
