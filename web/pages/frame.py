"""What stands around every page: the city, the year, who is signed in, where one may go."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from engine import access, notifications, people, workflow
from engine.assessment import plans
from engine.db import Context, is_demo
from engine.workflow.store import Definition, Kind
from web.news import news

_ = lazy_gettext


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    label: Any
    url: str
    icon: str
    #: Roles that see it; empty is everybody.
    roles: frozenset[str] = frozenset()
    inner: tuple["Place", ...] = ()


ASSESSMENT = (
    Place(_("Plan"), "/plan", ""),
    Place(_("Indicators"), "/indicators", ""),
    Place(_("Data"), "/rounds", ""),
    Place(_("Results"), "/results", ""),
    Place(_("Votes"), "/votes", ""),
    Place(_("Vetoes, tolerance and appeals"), "/hearings", ""),
    Place(_("Analysis"), "/analysis", ""),
    Place(_("Year's assessments"), "/assessments", ""),
    Place(_("Daily assessment"), "/records", ""),
)
PLACES = (
    Place(_("Inbox"), "/", "inbox"),
    Place(_("Loop board"), "/loop", "loop"),
    Place(_("Assessment"), "/plan", "score", inner=ASSESSMENT),
    Place(_("Ledger of matters"), "/ledger", "mend"),
    Place(_("Units"), "/units", "unit"),
    Place(_("Process design"), "/designer", "flow", frozenset({"designer", "admin", "lead"})),
    Place(_("Administration"), "/admin", "admin", frozenset({"admin"})),
)


def register(app: Flask) -> None:
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    """The frame's facts; a page that is shown without a transaction (a refusal) does without."""
    common = {"csrf_token": generate_csrf, "path": request.path}
    ctx: Context | None = g.get("ctx")
    if ctx is None or not current_user.is_authenticated or g.get("failed"):
        return {**common, "framed": False}
    groups = access.groups(ctx)
    return {
        **common,
        "framed": True,
        "ctx": ctx,
        "news": news,
        "holder": lambda code: _holder(ctx, code),
        "process_names": _process_names(ctx),
        "person_name": current_user.name,
        "account_code": current_user.account,
        "places": [place for place in PLACES if not place.roles or place.roles & groups],
        "open_tasks": workflow.count_mine(ctx),
        "counted": workflow.COUNTED,
        "unread": notifications.unread(ctx, current_user.account),
        "city": _city(ctx),
        "cycle": _cycle(ctx),
        "demo_now": ctx.now if is_demo(ctx) else None,
        "today": ctx.today,
    }


def _holder(ctx: Context, code: str | None) -> str:
    """Who holds something: a person by account or a unit by code."""
    if code is None:
        return str(_("Lead department"))
    found = people.names(ctx, [code])
    return found[code] if code in found else people.unit(ctx, code).name


def _process_names(ctx: Context) -> dict[str, str]:
    """Process -> its name as it is drawn."""
    query = select(Definition.key, Definition.name).where(Definition.kind == Kind.PROCESS)
    return dict(ctx.session.execute(query).all())


def _city(ctx: Context) -> str:
    found = ctx.session.scalars(
        select(people.Unit).where(people.Unit.parent_id.is_(None), people.Unit.kind == "city")
    ).first()
    return found.name if found else "闭环"


def _cycle(ctx: Context) -> plans.Cycle | None:
    query = select(plans.Cycle).order_by(plans.Cycle.year.desc(), plans.Cycle.id)
    return ctx.session.scalars(query).first()
