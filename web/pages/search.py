"""Looking something up from any page."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import access
from engine.db import Context
from engine.reports import search as told
from web.boundary import door
from web.pages.named import name_units
from web.years import cycle_asked

search = Blueprint("search", __name__)


@search.get("/search")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """Matters, letters, units and indicators in which the text is found."""
    text = request.args.get("q", "").strip()[:100]
    name_units(ctx)
    found = told.search(ctx, cycle_asked(ctx), text)
    own = sorted(access.own_units(ctx))
    return render_template("ledger/search.html", q=text, found=found, sees_all=access.oversees(ctx), own=own)
