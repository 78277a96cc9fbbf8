"""Which year a page is about: the one its address names, else the latest of the default package."""

from typing import Any

from flask import Blueprint, has_request_context, request
from sqlalchemy import select

from engine.assessment import plans
from engine.db import Context
from engine.workflow import packages

NAMES = ("package", "year")


def cycle_asked(ctx: Context) -> plans.Cycle:
    """The cycle of ``?package=`` and ``?year=``. Raises ``NoPackage`` or ``NoCycle``."""
    package = request.args.get("package") or packages.default_key(ctx)
    return plans.find(ctx, package, request.args.get("year", type=int))


def cycles(ctx: Context) -> list[plans.Cycle]:
    """Every cycle there is, the newest first, to choose from."""
    return list(ctx.session.scalars(select(plans.Cycle).order_by(plans.Cycle.year.desc(), plans.Cycle.package)))


def keep_year(blueprint: Blueprint) -> Blueprint:
    """Make the links of the blueprint's pages stay in the year they were opened for."""
    blueprint.url_defaults(_add_year)
    return blueprint


def _add_year(_endpoint: str, values: dict[str, Any]) -> None:
    if has_request_context():
        for name in NAMES:
            if request.args.get(name):
                values.setdefault(name, request.args[name])
