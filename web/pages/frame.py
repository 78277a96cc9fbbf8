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
from engine.assessment.points import scheme
from engine.db import Context, is_demo
from engine.workflow import packages
from engine.workflow.store import Definition, Kind, Task
from web import texts, years
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
    Place(_("Objectives"), "/objectives", ""),
    Place(_("Votes"), "/votes", ""),
    Place(_("Judgement by people"), "/evaluation", ""),
    Place(_("Vetoes, tolerance and appeals"), "/hearings", ""),
    Place(_("Analysis"), "/analysis", ""),
    Place(_("Year's assessments"), "/assessments", ""),
    Place(_("Daily assessment"), "/records", ""),
)
#: In the place of loop, assessment and ledger where the assessment one looks at is of persons.
ACTIVITIES = Place(_("Activities"), "/points/activities", "")
POINTS = Place(
    _("Points"),
    "/points",
    "score",
    inner=(
        Place(_("Points of the branches"), "/points/branches", ""),
        ACTIVITIES,
        Place(_("Results of the year"), "/points/results", ""),
        Place(_("Rules of the points"), "/points/rules", ""),
        Place(_("Plan"), "/plan", ""),
    ),
)
LEDGER = Place(_("Ledger of matters"), "/ledger", "mend")
PLACES = (
    Place(_("Inbox"), "/", "inbox"),
    Place(_("Loop board"), "/loop", "loop"),
    Place(_("Assessment"), "/plan", "score", inner=ASSESSMENT),
    LEDGER,
    Place(_("Units"), "/units", "unit"),
    Place(_("Process design"), "/designer", "flow", frozenset({"designer", "admin", "lead"})),
    Place(_("Administration"), "/admin", "admin", frozenset({"admin"})),
)
#: Entries that speak of units alone.
OF_UNITS = frozenset({"/loop", "/plan", "/ledger"})


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
        "unit_of": _unit_of,
        "process_name": lambda process, package="": _process_name(ctx, process, package),
        "person_name": current_user.name,
        "account_code": current_user.account,
        "places": (places := _places(years.looked_at(ctx), groups)),
        "third": ACTIVITIES if POINTS in places else LEDGER,
        "open_tasks": workflow.count_mine(ctx),
        "counted": workflow.COUNTED,
        "unread": notifications.unread(ctx, current_user.account),
        "city": _city(ctx),
        "cycle": years.looked_at(ctx),
        **_packages(ctx),
        "demo_now": ctx.now if is_demo(ctx) else None,
        "today": ctx.today,
    }


def _places(cycle: plans.Cycle | None, groups: frozenset[str]) -> list[Place]:
    mine = [place for place in PLACES if not place.roles or place.roles & groups]
    if cycle is None or not scheme.has_points(cycle):
        return mine
    return [mine[0], POINTS, *(place for place in mine[1:] if place.url not in OF_UNITS)]


def _unit_of(task: Task) -> str | None:
    """The unit a task is about: its matter's, else the one its parameters name, else the one that has to act."""
    named = workflow.inputs(task).get("unit")
    return task.instance.unit or (named if isinstance(named, str) else None) or task.unit


def _holder(ctx: Context, code: str | None) -> str:
    """Who holds something: a person by account or a unit by code."""
    if code is None:
        return str(_("Lead department"))
    found = people.names(ctx, [code])
    return found[code] if code in found else people.unit(ctx, code).name


def _process_name(ctx: Context, process: str, package: str) -> str:
    """A process as it is drawn in its package (two may each draw one of the same id), or in any where none is named."""
    names: dict[tuple[str, str], str] | None = ctx.memo.get("process names")
    if names is None:
        query = select(Definition.package, Definition.key, Definition.name).where(Definition.kind == Kind.PROCESS)
        found = {(row.package, row.key): row.name for row in ctx.session.execute(query)}
        names = ctx.memo["process names"] = {("", key): name for (_, key), name in found.items()} | found
    return names.get((package, process)) or names.get(("", process), process)


def _city(ctx: Context) -> str:
    found = ctx.session.scalars(
        select(people.Unit).where(people.Unit.parent_id.is_(None), people.Unit.kind == "city")
    ).first()
    return found.name if found else "闭环"


def _packages(ctx: Context) -> dict[str, Any]:
    """The packages one may turn to, their titles, and the one the page is about; several only where there are several."""
    found = years.running(ctx)
    g.several = len(found) > 1
    cycle = years.looked_at(ctx)
    titles = {each.key: texts.local_name(each.title) for each in packages.deployed(ctx)}
    return {
        "shell_packages": found if g.several else [],
        "package_titles": titles,
        "shell_package": cycle.package if cycle else "",
        "package_address": _package_address,
    }


def _package_address(key: str) -> str:
    """Where one gets to by turning to another assessment: the same page of it, else its board."""
    pages = {"/loop", "/ledger", "/units", *(place.url for place in ASSESSMENT)}
    return f"{request.path if request.path in pages else '/loop'}?package={key}"
