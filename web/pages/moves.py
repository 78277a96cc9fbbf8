"""The moves of a task as dialogs; copies, absences and acting for somebody as pages."""

from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from engine import files, people, workflow
from engine.db import Context
from engine.errors import Forbidden, NotFound, Refused
from engine.workflow import absence, copies, extensions, handing, opinions, paper, signers, urging
from engine.workflow.store import Task
from web import moves as menu
from web.boundary import database, door, is_page, sentence

moves = Blueprint("moves", __name__)


@moves.app_context_processor
def _standing_in() -> dict[str, Any]:
    """For whom the person could act today; asked only where a page shows it."""
    return {"stands_in_for": lambda: absence.absent(g.ctx)}


@moves.get("/tasks/<int:task_id>/moves/<name>")
@door()
def ask(ctx: Context, task_id: int, name: str) -> ResponseReturnValue:
    """The form of a move: a part of the page for a dialog, a page of its own without scripts."""
    return _form(ctx, task_id, name)


@moves.post("/tasks/<int:task_id>/moves/<name>")
def act(task_id: int, name: str) -> ResponseReturnValue:
    """Make a move. Refused, it is undone, and its form is shown again with the reason."""
    try:
        return _made(task_id, name)
    except Refused as error:
        if isinstance(error, NotFound | Forbidden) or not is_page():
            raise
        return _again(task_id, name, sentence(error))


@door(writes=True)
def _made(ctx: Context, task_id: int, name: str) -> ResponseReturnValue:
    given = {"reason": "", "to": "", **request.form.to_dict()}
    _move(name).act(ctx, task_id, given)
    if request.form.get("keep"):
        opinions.keep_phrase(ctx, given["reason"])
    return _to(url_for("tasks.show", task_id=task_id))


@door()
def _again(ctx: Context, task_id: int, name: str, refused: str) -> ResponseReturnValue:
    response: Response = make_response(_form(ctx, task_id, name, refused), 422)
    return response


@moves.get("/tasks/<int:task_id>/paper")
@door()
def scan(ctx: Context, task_id: int) -> ResponseReturnValue:
    """The scan of a paper signature, for whoever sees the task."""
    kept = paper.signature(ctx, workflow.task(ctx, task_id))
    if kept is None:
        raise NotFound
    stored = files.stored(ctx, kept.file_id)
    return send_file(files.path_of(database(), stored.sha256), as_attachment=True, download_name=stored.name)


@moves.post("/extensions/<int:extension_id>")
@door(writes=True)
def decide(ctx: Context, extension_id: int) -> ResponseReturnValue:
    granted = request.form.get("decision") == "grant"
    until = menu.day(request.form.get("until", "")) if granted else None
    decided = extensions.decide_extension(ctx, extension_id, until, request.form.get("answer", ""))
    return _to(url_for("tasks.show", task_id=decided.task_id))


@moves.get("/copies")
@door()
def copied(ctx: Context) -> ResponseReturnValue:
    found = copies.copies(ctx, before=request.args.get("before", type=int))
    return render_template("tasks/moves/copies.html", copies=found, page=copies.PAGE)


# ---- standing in


@moves.get("/absence")
@door()
def away(ctx: Context) -> ResponseReturnValue:
    return _absence_page(ctx)


@moves.post("/absence")
@door(writes=True)
def go_away(ctx: Context) -> ResponseReturnValue:
    given = request.form
    account = given.get("account") or current_user.account
    since, until = menu.day(given.get("since", "")), menu.day(given.get("until", ""))
    absence.set_absence(ctx, account, given.get("agent", ""), since, until, reason=given.get("reason", ""))
    return redirect(url_for("moves.away", account=account), 303)


@moves.post("/absence/<int:absence_id>/end")
@door(writes=True)
def come_back(ctx: Context, absence_id: int) -> ResponseReturnValue:
    absence.end_absence(ctx, absence_id)
    return redirect(url_for("moves.away"), 303)


@moves.post("/acting")
@door(writes=True)
def take_place(ctx: Context) -> ResponseReturnValue:
    """Act for somebody from now on, or for oneself again."""
    account = request.form.get("account", "")
    if account:
        absence.act_for(ctx, account)
        session["acting_for"] = account
    else:
        session.pop("acting_for", None)
    return redirect(url_for("inbox.home"), 303)


def _absence_page(ctx: Context) -> str:
    account = request.args.get("account") or current_user.account
    person = people.person(ctx, account)
    units = {position.unit for position in people.positions(ctx, account)}
    return render_template(
        "tasks/moves/absence.html",
        absences=absence.absences(ctx, account),
        person=person,
        colleagues=menu.named_people(ctx, handing.of_units(ctx, units)) if units else [],
        today=ctx.today,
    )


# ---- what a task's page shows of its moves


def beside(ctx: Context, task: Task) -> dict[str, Any]:
    """Opinions, signers, hands, urges, copies and requests of a task, and its menu."""
    return {
        "moves": menu.offered(ctx, task),
        "opinions": opinions.of_matter(ctx, task),
        "signers": signers.of_task(ctx, task),
        "hands": handing.chain(ctx, task),
        "urges": urging.urges(ctx, task),
        "copies": copies.of_task(ctx, task),
        "extensions": extensions.of_task(ctx, task),
        "paper": paper.signature(ctx, task),
    }


def _form(ctx: Context, task_id: int, name: str, refused: str | None = None) -> str:
    task, move = workflow.task(ctx, task_id), _move(name)
    template = "tasks/moves/form.html" if _is_part() else "tasks/moves/page.html"
    return render_template(
        template,
        task=task,
        move=move,
        name=name,
        questions=move.questions(ctx, task),
        phrases=opinions.phrases(ctx),
        given=request.form,
        refused=refused,
    )


def _move(name: str) -> menu.Move:
    if name not in menu.MOVES:
        raise NotFound
    return menu.MOVES[name]


def _is_part() -> bool:
    return bool(request.headers.get("HX-Request"))


def _to(where: str) -> ResponseReturnValue:
    if _is_part():
        return Response(status=204, headers={"HX-Redirect": where})
    return Response(status=303, headers={"Location": where})
