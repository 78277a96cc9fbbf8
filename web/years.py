"""Which assessment and which year a page is about.

The address says so by ``?package=`` and ``?year=``. Where it does not, it is the package one looked at last, remembered in
a cookie as the language is, else the default one; and always its latest year. Opening a task or a paper of a package is
looking at it, so whatever one goes on to from there is of the same package.
"""

from typing import Any

from flask import Blueprint, Flask, Response, g, has_request_context, request
from sqlalchemy import select

from engine.assessment import plans
from engine.db import Context
from engine.workflow import packages

NAMES = ("package", "year")
COOKIE = "package"


def register(app: Flask) -> None:
    app.after_request(_remember)


def cycle_asked(ctx: Context) -> plans.Cycle:
    """The cycle of ``?package=`` and ``?year=``. Raises ``NoPackage`` or ``NoCycle``."""
    package = request.args.get("package") or _remembered(ctx) or packages.default_key(ctx)
    found = plans.find(ctx, package, request.args.get("year", type=int))
    look_at(package, found)
    return found


def look_at(package: str, cycle: plans.Cycle | None = None) -> None:
    """The page is about this package, and of it about this year; an empty package is none."""
    if package:
        g.package, g.cycle = package, cycle


def looked_at(ctx: Context) -> plans.Cycle | None:
    """The cycle the page stands in: the one it is about, else the latest of the package looked at last."""
    about: plans.Cycle | None = g.get("cycle")
    package = g.get("package") or _remembered(ctx)
    if about is not None:
        return about
    query = select(plans.Cycle).order_by(plans.Cycle.year.desc(), plans.Cycle.id)
    return ctx.session.scalars(query.where(plans.Cycle.package == package) if package else query).first()


def cycles(ctx: Context) -> list[plans.Cycle]:
    """Every cycle there is, the newest first, to choose from."""
    return list(ctx.session.scalars(select(plans.Cycle).order_by(plans.Cycle.year.desc(), plans.Cycle.package)))


def running(ctx: Context) -> list[packages.Package]:
    """The packages that have a year, the default one first: what one may look at."""
    known = set(ctx.session.scalars(select(plans.Cycle.package).distinct()))
    return [each for each in packages.deployed(ctx) if each.key in known]


def keep_year(blueprint: Blueprint) -> Blueprint:
    """Make the links of the blueprint's pages stay in the year they were opened for."""
    blueprint.url_defaults(_add_year)
    return blueprint


def _add_year(_endpoint: str, values: dict[str, Any]) -> None:
    if has_request_context():
        for name in NAMES:
            if request.args.get(name):
                values.setdefault(name, request.args[name])


def _remembered(ctx: Context) -> str | None:
    """The package of the cookie, while it has a year."""
    chosen = request.cookies.get(COOKIE)
    return chosen if chosen and chosen in {each.key for each in running(ctx)} else None


def _remember(response: Response) -> Response:
    seen, chosen = g.get("package"), request.cookies.get(COOKIE)
    if seen and seen != chosen and (chosen or g.get("several")):
        response.set_cookie(COOKIE, seen, samesite="Lax")
    return response
