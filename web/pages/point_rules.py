"""The rules by which points are given, for everybody who is given any: items, marks, formula, lines."""

from decimal import Decimal

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.assessment.points import items, membership, scheme
from engine.db import Context
from web import years
from web.boundary import door
from web.pages.points import cycle_of_points

point_rules = years.keep_year(Blueprint("point_rules", __name__))


@point_rules.get("/points/rules")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    """The year's rules. They hold for all alike, so whoever may sign in may read them."""
    cycle = cycle_of_points(ctx)
    drawn, listed = scheme.of_cycle(cycle), items.of_cycle(ctx, cycle)
    return render_template(
        "points/rules.html",
        cycle=cycle,
        scheme=drawn,
        parts={leaf.code: leaf for leaf in drawn.divided},
        standards=[(name, Decimal(share.numerator) / share.denominator) for name, share in drawn.standards],
        listed=[(category, _of(listed, category)) for category in drawn.categories],
        honours=[each for each in listed if each.kind == items.Kind.HONOUR],
        mine=membership.own_branch(ctx),
    )


def _of(listed: list[items.PointItem], category: scheme.Category) -> list[items.PointItem]:
    """The category's items, those of one part together."""
    places = {leaf.code: place for place, leaf in enumerate(category.leaves)}
    return sorted(
        (each for each in listed if each.leaf in places), key=lambda each: (places[each.leaf or ""], each.code)
    )
