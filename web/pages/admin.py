"""Administration: people and accounts, posts, what stands, what was deployed, the demo's clock, import."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, audit, importing, people, workflow
from engine.assessment import plans
from engine.db import SHANGHAI, Context, is_demo, set_clock
from engine.errors import Invalid, NotFound
from engine.reports import upkeep
from engine.workflow import packages
from web import texts
from web.boundary import door
from web.pages.named import name_units
from web.years import cycles

admin = Blueprint("admin", __name__, url_prefix="/admin")


class OwnAccount(Invalid):
    """Your own account is disabled by another administrator, so that one is left."""

    code = "own_account"


class ClockBack(Invalid):
    """The demo clock only goes forward; it is {now} there."""

    code = "clock_back"


class NothingChosen(Invalid):
    """Choose at least one CSV file."""

    code = "nothing_chosen"


@admin.get("")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    return _overview(ctx)


@admin.get("/people")
@door()
def accounts(ctx: Context) -> ResponseReturnValue:
    return _people(ctx)


@admin.post("/people/<account>/<act>")
@door(writes=True)
def change_account(ctx: Context, account: str, act: str) -> ResponseReturnValue:
    """Open an account, give a new one-time password, or disable it. The password is shown in this answer and never again."""
    access.require(ctx, "admin")
    if act == "disable":
        if account == ctx.actor:
            raise OwnAccount
        people.disable_account(ctx, account)
        return redirect(url_for("admin.accounts", q=request.args.get("q")), 303)
    if act not in ("create", "reset"):
        raise NotFound
    secret = people.give_account(ctx, account, again=act == "reset")
    return _people(ctx, secret=(people.person(ctx, account), secret))


@admin.get("/posts")
@door()
def posts(ctx: Context) -> ResponseReturnValue:
    name_units(ctx)
    text, page = request.args.get("q", "").strip(), _page_asked()
    found, total = upkeep.posts(ctx, text=text, page=page)
    return render_template("admin/posts.html", posts=found, **_paging(total, page), titles=_titles(ctx), text=text)


@admin.get("/import")
@door()
def bring(ctx: Context) -> ResponseReturnValue:
    return _import_page(ctx)


@admin.post("/import")
@door(writes=True)
def take(ctx: Context) -> ResponseReturnValue:
    """Import the chosen files, all or nothing, as ``bihuan import`` does."""
    access.require(ctx, "admin")
    given = [(each.filename or "", each.read()) for each in request.files.getlist("files") if each.filename]
    if not given:
        raise NothingChosen
    package, year = request.form.get("package", ""), request.form.get("year", "").strip()
    if year and not (year.isdecimal() and 2000 <= int(year) <= 2100):
        raise Invalid("{text} is not a year.", text=year)
    cycle = plans.make_cycle(ctx, package, int(year)) if year else None
    counts = importing.import_files(ctx, given, cycle)
    return _import_page(ctx, counts=counts)


@admin.post("/clock")
@door(writes=True)
def move_clock(ctx: Context) -> ResponseReturnValue:
    """Move a demo's time forward: to the morning of a day, or to the next date in the system."""
    access.require(ctx, "admin")
    if not is_demo(ctx):
        raise NotFound
    moment = workflow.next_due(ctx) if request.form.get("next") else _morning(request.form.get("day", ""))
    if moment is None or moment <= ctx.now:
        raise ClockBack(now=ctx.now)
    audit.record(ctx, "clock.move", "people", to=moment, before=ctx.now)
    set_clock(ctx, moment)
    return redirect(url_for("admin.show", moved=1), 303)


@admin.errorhandler(Invalid)
def _refused(error: Invalid) -> ResponseReturnValue:
    """The refused act is undone; its page is shown again with what was wrong."""
    return _again(PAGES.get(request.endpoint or "", _overview), error)


@door()
def _again(ctx: Context, page: Callable[..., str], error: Invalid) -> ResponseReturnValue:
    response: Response = make_response(page(ctx, refused=error), 422)
    return response


def _overview(ctx: Context, refused: Invalid | None = None) -> str:
    incidents = upkeep.incidents(ctx)
    return render_template(
        "admin/admin.html",
        incidents=incidents,
        messages=upkeep.kept_messages(ctx),
        packages=upkeep.packages(ctx),
        upcoming=workflow.next_due(ctx),
        refused=texts.said(refused) if refused else None,
        moved=request.args.get("moved"),
    )


def _people(ctx: Context, refused: Invalid | None = None, secret: tuple[people.Person, str] | None = None) -> str:
    name_units(ctx)
    text, page = request.args.get("q", "").strip(), _page_asked()
    found, total = upkeep.members(ctx, text=text, page=page)
    return render_template(
        "admin/people.html",
        members=found,
        **_paging(total, page),
        titles=_titles(ctx),
        text=text,
        secret=secret,
        refused=texts.said(refused) if refused else None,
    )


def _import_page(ctx: Context, refused: Invalid | None = None, counts: dict[str, int] | None = None) -> str:
    access.require(ctx, "admin")
    return render_template(
        "admin/import.html",
        kinds={name: kind.columns for name, kind in importing.KINDS.items()},
        deployed=packages.deployed(ctx),
        cycles=cycles(ctx),
        counts=counts,
        refused=texts.said(refused) if refused else None,
        problems=refused.problems if isinstance(refused, importing.ImportRefused) else [],
        message=texts.message,
    )


#: Where a refused act is shown again.
PAGES: dict[str, Callable[..., str]] = {
    "admin.change_account": _people,
    "admin.take": _import_page,
    "admin.move_clock": _overview,
}


def _titles(ctx: Context) -> dict[str, str]:
    return {role: texts.local_name(names) for role, names in packages.role_names(ctx).items()}


def _page_asked() -> int:
    return max(request.args.get("page", 1, type=int), 1)


def _paging(total: int, page: int) -> dict[str, Any]:
    return {"total": total, "page": page, "pages": -(-total // upkeep.PAGE) or 1}


def _morning(text: str) -> datetime:
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(9), SHANGHAI)
    except ValueError:
        raise Invalid("{text} is not a date.", text=text) from None
