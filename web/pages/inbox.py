"""The first page: the inbox of who is signed in, else the door; in an empty database, how to begin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from engine import calendars, demo, notifications, people, workflow
from engine.assessment.points import membership
from engine.db import Context, is_demo
from engine.reports import desk
from engine.workflow import packages
from engine.workflow.store import Task
from web import identity, texts
from web.boundary import csrf, door

inbox = Blueprint("inbox", __name__)


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that fall due alike: 已超期, 今天到期, 本周, 稍后."""

    name: str
    #: Each line with how many rows its sheet has.
    tasks: list[tuple[Task, int]]


@inbox.get("/")
@door(public=True)
def home(ctx: Context) -> ResponseReturnValue:
    if people.is_empty(ctx):
        return render_template("begin.html")
    if not current_user.is_authenticated:
        return _sign_in_page(ctx)
    if current_user.must_change:
        return redirect(url_for("account.password"), 303)
    package, process = request.args.get("package"), request.args.get("process")
    page = workflow.mine(ctx, after=request.args.get("after"), process=process, package=package)
    template = "inbox/rows.html" if request.headers.get("HX-Request") else "inbox/inbox.html"
    return render_template(
        template,
        groups=list(_grouped(ctx, _sheets(page.tasks))),
        about=desk.subjects(ctx, page.tasks),
        next=page.next,
        kinds=workflow.count_by_process(ctx, package),
        by_package=workflow.count_by_package(ctx),
        chosen=process,
        of=package,
        upcoming=workflow.next_due(ctx),
    )


@inbox.get("/done")
@door()
def done(ctx: Context) -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    return render_template("inbox/done.html", tasks=workflow.done(ctx, before=before))


@inbox.get("/started")
@door()
def started(ctx: Context) -> ResponseReturnValue:
    found = workflow.started(ctx, before=request.args.get("before", type=int))
    return render_template("inbox/started.html", instances=found, ways_in=workflow.ways_in(ctx, found))


@inbox.get("/notifications")
@door(writes=True)
def told(ctx: Context) -> ResponseReturnValue:
    """What one was told; reading the list marks it read."""
    found = notifications.latest(ctx, current_user.account, before=request.args.get("before", type=int))
    response = render_template("inbox/notifications.html", notifications=found)
    notifications.mark_read(ctx, current_user.account)
    return response


@inbox.post("/sign-in")
@door(writes=True, public=True)
def sign_in(ctx: Context) -> ResponseReturnValue:
    account = request.form.get("account", "").strip()
    if request.form.get("card"):
        identity.sign_in_to_demo(ctx, account)
    elif not identity.sign_in(ctx, account, request.form.get("password", "")):
        return _sign_in_page(ctx, account=account, refused=texts.said(people.SignInRefused())), 401
    return redirect(_inside(request.form.get("next")), 303)


@inbox.post("/sign-out")
@door()
def sign_out(ctx: Context) -> ResponseReturnValue:
    identity.sign_out()
    return redirect(url_for("inbox.home"), 303)


@inbox.get("/language/<chosen>")
def language(chosen: str) -> ResponseReturnValue:
    """Remember the language in a cookie of its own, so that it outlives the session."""
    response = redirect(_inside(request.args.get("back")), 303)
    if chosen in texts.LANGUAGES:
        response.set_cookie("language", chosen, max_age=int(timedelta(days=365).total_seconds()), samesite="Lax")
    return response


def _sign_in_page(ctx: Context, **more: Any) -> str:
    cards = demo.cards(ctx) if is_demo(ctx) else []
    for card in cards:
        called = packages.role_names(ctx, card["package"])
        # A plain member's post stands on every member's card; what sets them apart comes first.
        card["posts"] = sorted(card["posts"], key=lambda post: post["role"] == membership.MEMBER)
        card["titles"] = [(called[post["role"]], post["unit"]) for post in card["posts"]]
    return render_template("sign_in.html", cards=cards, next=request.values.get("next", ""), **more)


def _grouped(ctx: Context, tasks: Iterable[tuple[Task, int]]) -> Iterable[Group]:
    today, week = ctx.today, ctx.today + timedelta(days=6 - ctx.today.weekday())
    names = [texts.say("Overdue"), texts.say("Due today"), texts.say("This week"), texts.say("Later")]
    groups = [Group(name, []) for name in names]
    for task, rows in tasks:
        last = calendars.last_day(task.due_at) if task.due_at else None
        late = task.due_at is not None and task.due_at <= ctx.now
        where = 0 if late else 1 if last == today else 2 if last is not None and last <= week else 3
        groups[where].tasks.append((task, rows))
    return [group for group in groups if group.tasks]


def _sheets(tasks: Iterable[Task]) -> list[tuple[Task, int]]:
    """Rows of one sheet as one line, with how many there are: people work by letter, not by row."""
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], Task] = {}
    lines: list[tuple[Task, tuple[str, str]]] = []
    for task in tasks:
        key = (task.element, task.batch or f"task/{task.id}")
        counts[key] = counts.get(key, 0) + 1
        if key not in first:
            first[key] = task
            lines.append((task, key))
    return [(task, counts[key]) for task, key in lines]


def _inside(path: str | None) -> str:
    """A path of this site, never another's."""
    return path if path and path.startswith("/") and not path.startswith(("//", "/\\")) else url_for("inbox.home")


csrf.exempt("web.pages.inbox.language")
