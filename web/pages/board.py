"""The supervisor's board: the ring of six stages, the heat map, what is not closed, overdue or stuck."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access
from engine.assessment import loop
from engine.assessment.points import scheme
from engine.db import Context
from engine.reports import board as boards
from web import texts, words
from web.boundary import door
from web.pages.named import holder_names, name_units
from web.years import cycle_asked

board = Blueprint("board", __name__)

#: Where a click on a stage leads, if to a list of its matters.
LISTS = {
    loop.Stage.RECTIFICATION: "/ledger?standing=open",
    loop.Stage.FOLLOW_UP_REVIEW: "/ledger?standing=to_review",
}


@board.get("/loop")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    asked = boards.Asked(
        group=request.args.get("group", ""),
        category=request.args.get("category", ""),
        main=request.args.get("all") != "1",
    )
    cycle = cycle_asked(ctx)
    if scheme.has_points(cycle):
        # Persons are in no loop of units; theirs is the board of the branches.
        return redirect(url_for("points.overview"), 303)
    name_units(ctx)
    told = boards.board(ctx, cycle, asked)
    holders = [*(each.holder for each in told.overdue), *(each.holder for each in told.stuck)]
    return render_template(
        "board/board.html",
        board=told,
        asked=asked,
        cycle=cycle,
        ring=_ring(ctx, told),
        held_by=holder_names(ctx, holders),
        sees_all=access.oversees(ctx),
        own_units=access.own_units(ctx),
        narrowed=_narrowed,
    )


def _narrowed(**changes: str) -> str:
    """This page's address with some of its filters changed; an empty one is left out."""
    kept = {
        name: request.args[name] for name in ("group", "category", "all", "package", "year") if request.args.get(name)
    }
    asked = urlencode({name: value for name, value in {**kept, **changes}.items() if value})
    return f"{request.path}?{asked}" if asked else request.path


def _ring(ctx: Context, told: boards.Board) -> dict[str, Any]:
    """What the ring draws."""
    return {
        "total": told.at_hand,
        "label": texts.say("at hand"),
        "stages": [
            {
                "name": words.word("stage", each.stage),
                "count": each.at_hand,
                "note": _note(ctx, each),
                "url": LISTS.get(each.stage, f"#stage-{each.stage}"),
                "light": each.light,
                "stuck": each.stuck,
            }
            for each in told.stages
        ],
    }


def _note(ctx: Context, line: boards.StageLine) -> str:
    if line.stuck:
        return texts.say("{count} late", count=line.stuck)
    if line.at_hand and line.oldest is not None:
        return texts.say("longest {days} days", days=(ctx.now - line.oldest).days)
    return texts.say("{count} recorded", count=line.recorded) if line.recorded else ""
