"""What people call a round: the title its package gives it in the schedule."""

from collections.abc import Mapping

from flask import g, has_request_context
from flask_babel import gettext

from engine.db import Context, transaction
from engine.workflow import packages
from web.language import local_name

Titles = Mapping[str, Mapping[str, str]]


def round_name(key: str) -> str:
    """The round's title in the package one looks at, else in any that has such a round, else its key."""
    ctx: Context | None = g.get("ctx") if has_request_context() else None
    title = _titles_for_page(ctx).get(key) if ctx is not None else None
    return local_name(title) if title else gettext(key)


def _titles_for_page(ctx: Context) -> Titles:
    if not g.get("failed"):
        return _titles(ctx, g.get("package"))
    # The transaction of a refused request is over; used again, its session would begin another that nobody ends.
    with transaction(ctx.database, reading=True) as fresh:
        return _titles(fresh, g.get("package"))


def _titles(ctx: Context, looked_at: str | None) -> Titles:
    """Round -> its title, read once for a page."""
    found: Titles | None = ctx.memo.get(("round titles", looked_at))
    if found is None:
        first = sorted(packages.deployed(ctx), key=lambda each: each.key != looked_at)
        found = {row["round"]: row["title"] for each in reversed(first) for row in each.schedule if "title" in row}
        ctx.memo["round titles", looked_at] = found
    return found
