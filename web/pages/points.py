"""Points of persons: one's own on a phone, the branch's ranking, entries and methods of who keeps a branch, vetoes, results."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import plans
from engine.assessment.figures import figure
from engine.assessment.points import appeals, entries, items, membership, methods, months, revocations, scheme, vetoes
from engine.db import Context
from engine.errors import Invalid
from engine.reports import points as reports
from engine.reports import workbooks
from web import point_workbook, years
from web.boundary import door

#: So many of a branch's last entries are shown.
LATEST = 20

points = years.keep_year(Blueprint("points", __name__))


def cycle_of_points(ctx: Context) -> plans.Cycle:
    """The cycle the page is about where it gives points, else the newest that does. Raises ``NoPoints``."""
    asked = years.cycle_asked(ctx)
    if scheme.has_points(asked):
        return asked
    found = next((each for each in years.cycles(ctx) if scheme.has_points(each)), None)
    if found is None:
        raise scheme.NoPoints(package=asked.package)
    years.look_at(found.package, found)
    return found


@points.get("/points")
@door()
def own(ctx: Context) -> ResponseReturnValue:
    """One's own points; who belongs to no branch is shown the branches."""
    cycle = cycle_of_points(ctx)
    if membership.own_branch(ctx) is None:
        return redirect(url_for("points.overview"), 303)
    found = reports.own(ctx, cycle)
    ranking = reports.branch(ctx, cycle, found.place.branch)
    waiting = [] if found.is_vetoed else reports.unrated(ctx, cycle, found.account)
    return render_template(
        "points/own.html",
        found=found,
        standing=next((each for each in ranking if each.account == found.account), None),
        ranked=len(ranking),
        waiting=[(each, _begun(ctx, cycle, each)) for each in waiting],
        **_common(ctx, cycle),
    )


@points.post("/points/months/<month>")
@door(writes=True)
def rate_self(ctx: Context, month: str) -> ResponseReturnValue:
    cycle = cycle_of_points(ctx)
    marks = {leaf.code: _number(leaf.code) for leaf in scheme.of_cycle(cycle).leaves}
    given = {code: mark for code, mark in marks.items() if mark is not None}
    months.rate_self(ctx, cycle, month, given, request.form.get("note"))
    return redirect(url_for("points.own"), 303)


@points.post("/points/entries/<int:entry_id>/appeal")
@door(writes=True)
def dispute(ctx: Context, entry_id: int) -> ResponseReturnValue:
    appeals.raise_appeal(ctx, cycle_of_points(ctx), entry_id, request.form.get("text", ""))
    return redirect(url_for("points.own"), 303)


@points.post("/points/entries/<int:entry_id>/undo")
@door(writes=True)
def undo(ctx: Context, entry_id: int) -> ResponseReturnValue:
    cycle = cycle_of_points(ctx)
    branch = entries.get(ctx, cycle, entry_id).branch
    entries.undo(ctx, cycle, entry_id, request.form.get("reason", ""))
    return redirect(url_for("points.branch", code=branch), 303)


@points.get("/points/branches")
@door()
def overview(ctx: Context) -> ResponseReturnValue:
    """The branches of every committee the person belongs to or keeps."""
    cycle = cycle_of_points(ctx)
    found = [(people.unit(ctx, each), reports.branches(ctx, cycle, each)) for each in reports.committees(ctx, cycle)]
    mine = membership.own_branch(ctx)
    seen = {row.code for _, rows in found for row in rows if membership.sees_branch(ctx, row.code)}
    return render_template("points/branches.html", found=found, mine=mine, seen=seen, **_common(ctx, cycle))


@points.get("/points/branches/<code>")
@door()
def branch(ctx: Context, code: str) -> ResponseReturnValue:
    """The ranking for its members; for who keeps it also entries, the method and what was entered last."""
    cycle = cycle_of_points(ctx)
    ranking = reports.branch(ctx, cycle, code)
    keeps = access.may(ctx, f"secretary@{code}", *membership.keepers(membership.committee_of(ctx, code)))
    latest = reports.latest(ctx, cycle, code, LATEST) if keeps else []
    day = reports.day_of(ctx, cycle)
    return render_template(
        "points/branch.html",
        unit=people.unit(ctx, code),
        ranking=ranking,
        keeps=keeps,
        sets_method=access.may(ctx, f"secretary@{code}"),
        method=methods.in_force(ctx, cycle, code, day),
        next_month=_next_month(day),
        latest=latest,
        undone={each.undoes for each in latest},
        items=items.by_code(ctx, cycle),
        members=_members(ctx, cycle, code),
        names=people.names(ctx, [each.account for each in latest]),
        **_common(ctx, cycle),
    )


@points.post("/points/branches/<code>/entries")
@door(writes=True)
def enter(ctx: Context, code: str) -> ResponseReturnValue:
    """The same item for everybody that is ticked."""
    cycle = cycle_of_points(ctx)
    accounts, given = request.form.getlist("account"), request.form
    if not accounts:
        raise Invalid("Tick at least one member.")
    about = (given.get("item", ""), _day("day"), _number("points"), given.get("note", "").strip() or None)
    entries.add_many(ctx, cycle, [entries.Draft(account, *about) for account in accounts])
    return redirect(url_for("points.branch", code=code), 303)


@points.post("/points/branches/<code>/method")
@door(writes=True)
def set_method(ctx: Context, code: str) -> ResponseReturnValue:
    """Criteria as lines of a text and its points, part by part."""
    cycle = cycle_of_points(ctx)
    found = [
        methods.Criterion(leaf.code, *_criterion(line))
        for leaf in scheme.of_cycle(cycle).divided
        for line in request.form.get(f"criteria.{leaf.code}", "").splitlines()
        if line.strip()
    ]
    methods.put(ctx, cycle, code, _day("since"), found)
    return redirect(url_for("points.branch", code=code), 303)


@points.get("/points/people/<account>")
@door()
def person(ctx: Context, account: str) -> ResponseReturnValue:
    cycle = cycle_of_points(ctx)
    found = reports.of_person(ctx, cycle, account)
    proposes = membership.keeps(ctx, found.place) and not membership.is_own(ctx, account)
    shown = {vetoes.Status.CONFIRMED, vetoes.Status.REVOKED}
    standing = [each for each in vetoes.of_member(ctx, cycle, account) if proposes or each.status in shown]
    listed = [each for each in items.of_cycle(ctx, cycle) if each.veto]
    facts = {"found": found, "proposes": proposes, "vetoes": standing, "veto_items": listed}
    facts["revocations"] = revocations.of_vetoes(ctx, standing)
    return render_template("points/person.html", **facts, items=items.by_code(ctx, cycle), **_common(ctx, cycle))


@points.post("/points/people/<account>/veto")
@door(writes=True)
def propose_veto(ctx: Context, account: str) -> ResponseReturnValue:
    given = request.form
    vetoes.propose(ctx, cycle_of_points(ctx), account, given.get("item", ""), given.get("basis", ""))
    return redirect(url_for("points.person", account=account), 303)


@points.post("/points/vetoes/<int:veto_id>/revocation")
@door(writes=True)
def propose_revocation(ctx: Context, veto_id: int) -> ResponseReturnValue:
    revocations.propose(ctx, veto_id, request.form.get("basis", ""))
    return redirect(url_for("points.person", account=vetoes.get(ctx, veto_id).account), 303)


@points.get("/points/people/<account>.csv")
@door(writes=True)
def table(ctx: Context, account: str) -> ResponseReturnValue:
    """Every entry of one person; who took it away is kept."""
    cycle = cycle_of_points(ctx)
    detail = point_workbook.detail(reports.exported(ctx, cycle, account), scheme.of_cycle(cycle))
    out = io.StringIO(newline="")
    csv.writer(out).writerows([map(point_workbook.cell, row) for row in detail[-1].rows])
    headers = {"Content-Disposition": f'attachment; filename="{cycle.year}-{account}.csv"'}
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8", headers=headers)


@points.get("/points/people/<account>.xlsx")
@door(writes=True)
def workbook(ctx: Context, account: str) -> ResponseReturnValue:
    cycle = cycle_of_points(ctx)
    tables = point_workbook.detail(reports.exported(ctx, cycle, account), scheme.of_cycle(cycle))
    content, name = io.BytesIO(workbooks.workbook(tables)), f"{cycle.year}-{account}.xlsx"
    return send_file(content, mimetype=workbooks.MIME, download_name=name, as_attachment=True)


@points.get("/points/results")
@door()
def results(ctx: Context) -> ResponseReturnValue:
    """The year's scores, grades and standards: from publicity on for members, earlier for who keeps the committee."""
    cycle = cycle_of_points(ctx)
    found = [(people.unit(ctx, each), reports.results(ctx, cycle, each)) for each in reports.committees(ctx, cycle)]
    every = [row for _, rows in found for row in rows]
    names, detailed = people.names(ctx, [row.account for row in every]), reports.detailed(ctx, every)
    units = {unit.code: unit.name for unit in people.units(ctx)}
    return render_template(
        "points/results.html", found=found, names=names, units=units, detailed=detailed, **_common(ctx, cycle)
    )


def _common(ctx: Context, cycle: plans.Cycle) -> dict[str, Any]:
    return {"cycle": cycle, "scheme": scheme.of_cycle(cycle), "day": reports.day_of(ctx, cycle)}


def _begun(ctx: Context, cycle: plans.Cycle, month: months.PointMonth) -> dict[str, Decimal]:
    """What the entries of a month come to: the self-rating begins from it."""
    return entries.month_marks(ctx, cycle, [month.account], month.month)[month.account]


def _members(ctx: Context, cycle: plans.Cycle, code: str) -> list[tuple[str, str]]:
    """Whom the person who acts may enter points for in the branch."""
    found = membership.places(ctx, reports.day_of(ctx, cycle))
    wanted = [each for each in found.values() if each.branch == code and not membership.is_own(ctx, each.account)]
    names = people.names(ctx, [each.account for each in wanted])
    return [(each.account, names[each.account]) for each in wanted]


def _next_month(day: date) -> date:
    return day.replace(day=1) if day.day == 1 or day.month == 12 else date(day.year, day.month + 1, 1)


def _number(name: str) -> Decimal | None:
    return figure(request.form.get(name, "").strip() or None)


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Invalid("Choose a day.") from None


def _criterion(line: str) -> tuple[str, Decimal]:
    words, _, last = line.strip().rpartition(" ")
    points = figure(last)
    if points is None or not words.strip():
        raise Invalid("{line}: write a name, a space and a number.", line=line)
    return words.strip(), points
