"""Experts on the indicators: who was asked, every opinion with its answer, what was revised; and what is foretold."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.assessment import expert_reviews
from engine.assessment import indicators as system
from engine.db import Context
from engine.reports import forecast
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

experts = keep_year(Blueprint("experts", __name__))


@experts.get("/indicators/experts")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """The year's consultations of experts, the newest first, each with opinions, answers and revisions."""
    cycle = cycle_asked(ctx)
    held = expert_reviews.of_cycle(ctx, cycle)
    asked = {each.id: expert_reviews.requests_of(ctx, each) for each in held}
    name_people(ctx, [each.expert for requests in asked.values() for each in requests])
    return render_template(
        "indicators/experts.html",
        cycle=cycle,
        reviews=held,
        asked=asked,
        opinions={each.id: expert_reviews.opinions_of(ctx, each) for each in held},
        revisions={each.id: expert_reviews.revisions_of(ctx, each) for each in held},
        used={each.id: each for each in system.of_cycle(ctx, cycle)},
        library={each.indicator_id: each for each in system.of_cycle(ctx, cycle)},
        named=expert_reviews.sees_names(ctx),
    )


@experts.get("/forecast")
@door()
def ahead(ctx: Context) -> ResponseReturnValue:
    """Who will be far behind at the year's end if it goes on like this; a hint, no notice."""
    cycle = cycle_asked(ctx)
    name_units(ctx)
    return render_template("indicators/forecast.html", cycle=cycle, told=forecast.of_cycle(ctx, cycle))
