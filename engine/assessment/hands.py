"""Separate hands (5.4): who hands in, who signs, who accepts and who looks again are different persons."""

from engine.db import Context
from engine.errors import Refused


class OwnWork(Refused):
    """You have had a part in this before; who hands in, who signs, who accepts and who looks again are different persons."""

    code = "own_work"


def require_apart(ctx: Context, *before: str | None) -> None:
    """Refuse with ``OwnWork`` when the actor, or the person in whose name the actor acts, is one of these accounts."""
    if {ctx.actor, ctx.on_behalf_of} & set(before) - {None}:
        raise OwnWork
