"""Changed definitions of an indicator: recorded by the unit that answers for it, confirmed by the lead."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.assessment import series as kept
from engine.assessment.figures import figure
from engine.db import Context
from web import fields
from web.boundary import door
from web.years import cycle_asked, keep_year

series = keep_year(Blueprint("series", __name__, url_prefix="/indicators/<code>/breaks"))


@series.post("")
@door(writes=True)
def record(ctx: Context, code: str) -> ResponseReturnValue:
    """Restated bases come as fields ``base.<unit>``."""
    given = {
        name.removeprefix("base."): figure(text) for name, text in request.form.items() if name.startswith("base.")
    }
    begins, definition, document = fields.day("begins_on"), fields.text("definition"), fields.text("document")
    kept.record(ctx, cycle_asked(ctx), code, begins, definition, document, given)
    return redirect(url_for("indicators.one", code=code) + "#definition", 303)


@series.post("/<int:key>/confirm")
@door(writes=True)
def confirm(ctx: Context, code: str, key: int) -> ResponseReturnValue:
    kept.confirm(ctx, cycle_asked(ctx), code, key)
    return redirect(url_for("indicators.one", code=code) + "#definition", 303)
