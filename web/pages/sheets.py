"""The sheet on which a responsible unit enters a round: cell by cell, pasted, or by a workbook down and up."""

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import files, people
from engine.assessment import plans, readings
from engine.assessment.indicators import Counting
from engine.db import Context
from engine.errors import Invalid, Message
from engine.reports import workbooks
from engine.reports.sheets import Block, EntrySheet, OutsideRound, sheet
from web import boundary, sheet_cells, texts
from web.boundary import door
from web.pages.named import name_units
from web.sheet_cells import Change
from web.words import word
from web.years import cycle_asked, keep_year

sheets = keep_year(Blueprint("sheets", __name__, url_prefix="/rounds/<key>/sheets"))


class NoWorkbook(Invalid):
    """Choose the filled-in template first."""

    code = "no_workbook"


@sheets.get("/<unit>")
@door()
def show(ctx: Context, key: str, unit: str) -> ResponseReturnValue:
    return _page(ctx, key, unit)


@sheets.put("/<unit>")
@door(writes=True)
def save(ctx: Context, key: str, unit: str) -> ResponseReturnValue:
    """Cells as they were typed; each is saved, refused with its reason, or contested by who was first."""
    changes = _typed(request.get_json(silent=True))
    kept = sheet_cells.keep(ctx, _sheet(ctx, key, unit), changes)
    names = people.names(ctx, [by for _, _, by in kept.conflicts.values()])
    return jsonify(
        {
            "saved": kept.saved,
            "errors": {cell: texts.message(message) for cell, message in kept.errors.items()},
            "conflicts": {
                cell: {"value": value, "version": version, "by": names.get(by or "", by)}
                for cell, (value, version, by) in kept.conflicts.items()
            },
            "saved_at": texts.moment(ctx.now),
        }
    )


@sheets.post("/<unit>/announce")
@door(writes=True)
def announce(ctx: Context, key: str, unit: str) -> ResponseReturnValue:
    """Mark one indicator as announced for later (待发布)."""
    cycle = cycle_asked(ctx)
    expected = _day(request.form.get("expected_on", ""))
    code = request.form.get("indicator", "")
    readings.announce(ctx, cycle, plans.round_of(ctx, cycle, key), code, expected)
    return redirect(url_for("sheets.show", key=key, unit=unit), 303)


@sheets.get("/<unit>.xlsx")
@door()
def template(ctx: Context, key: str, unit: str) -> ResponseReturnValue:
    """The sheet as a workbook, with what is entered already."""
    found = _sheet(ctx, key, unit)
    title = f"{people.unit(ctx, unit).name} {word('round', key)} {found.cycle.year}"
    content = io.BytesIO(workbooks.template(found, title, texts.say))
    name = f"{found.cycle.year}-{key}-{unit}.xlsx"
    return send_file(content, mimetype=workbooks.MIME, download_name=name, as_attachment=True)


@sheets.post("/<unit>.xlsx")
@door(writes=True)
def upload(ctx: Context, key: str, unit: str) -> ResponseReturnValue:
    """Take over a filled-in workbook: every cell of it, or none."""
    given = request.files.get("workbook")
    if given is None or not given.filename:
        raise NoWorkbook
    stored = files.store(ctx, given.filename, given.stream, subject=f"sheet:{key}/{unit}")
    found = _sheet(ctx, key, unit)
    with files.path_of(ctx.database, stored.sha256).open("rb") as opened:
        given_back = workbooks.filled_in(found, opened, texts.say)
    kept = sheet_cells.keep(ctx, found, [_changed(found, each) for each in given_back.typed])
    if wrong := [*given_back.problems, *_problems(kept, {each.key: each.cell for each in given_back.typed})]:
        raise workbooks.WrongWorkbook(wrong)
    return redirect(url_for("sheets.show", key=key, unit=unit, taken=len(kept.saved)), 303)


@sheets.errorhandler(workbooks.WrongWorkbook)
@sheets.errorhandler(workbooks.OtherSheet)
@sheets.errorhandler(files.WrongFile)
@sheets.errorhandler(NoWorkbook)
@sheets.errorhandler(OutsideRound)
def _refused(error: Invalid) -> ResponseReturnValue:
    """The refused act is undone; the sheet is shown again with what was wrong."""
    if not boundary.is_page():
        return boundary.problem(422, error.code, boundary.sentence(error))
    view: Mapping[str, Any] = request.view_args or {}
    return _again(view["key"], view["unit"].removesuffix(".xlsx"), error)


@door()
def _again(ctx: Context, key: str, unit: str, error: Invalid) -> ResponseReturnValue:
    response: Response = make_response(_page(ctx, key, unit, error), 422)
    return response


def _page(ctx: Context, key: str, unit: str, error: Invalid | None = None) -> str:
    name_units(ctx)
    found = _sheet(ctx, key, unit, dated=error is None)
    return render_template(
        "rounds/sheet.html",
        sheet=found,
        cycle=found.cycle,
        round=found.round,
        facts=_facts(found),
        version=sheet_cells.version,
        only=request.args.get("indicator"),
        refused=boundary.sentence(error) if error else None,
        problems=error.problems if isinstance(error, workbooks.WrongWorkbook) else [],
        message=texts.message,
        taken=request.args.get("taken", type=int),
        save_url=_save_url(key, unit, dated=error is None),
    )


def _save_url(key: str, unit: str, *, dated: bool) -> str:
    """Where cells are saved: with the dates and the one indicator the page was opened for."""
    days: dict[str, Any] = {f"as_of.{code}": day.isoformat() for code, day in _dates_asked().items()} if dated else {}
    return url_for("sheets.save", key=key, unit=unit, indicator=request.args.get("indicator"), **days)


def _sheet(ctx: Context, key: str, unit: str, *, dated: bool = True) -> EntrySheet:
    cycle = cycle_asked(ctx)
    round = plans.round_of(ctx, cycle, key)
    days = _dates_asked() if dated else {}
    return sheet(ctx, cycle, round, unit, as_of=days, only=request.args.get("indicator") or None)


def _dates_asked() -> dict[str, date]:
    """``?as_of.E01=2026-02-28``: how what is entered next is dated, by indicator."""
    asked = {name.removeprefix("as_of."): text for name, text in request.args.items() if name.startswith("as_of.")}
    return {code: day for code, text in asked.items() if (day := _day(text))}


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("{text} is not a date.", text=text) from None


def _typed(given: Any) -> list[Change]:
    cells = given.get("cells") if isinstance(given, dict) else None
    if not isinstance(cells, dict) or not all(isinstance(each, dict) for each in cells.values()):
        raise Invalid("What the page sent cannot be read; reload it and try again.")
    return [
        Change(
            str(cell), str(each.get("value") or ""), each["version"] if isinstance(each.get("version"), int) else None
        )
        for cell, each in cells.items()
    ]


def _changed(found: EntrySheet, typed: workbooks.Typed) -> Change:
    """A cell of a workbook; who changed it on the sheet since the template was made is not overwritten."""
    unit, code, field = typed.key.split("/")
    block = found.block(code)
    standing = str(getattr(block.places[unit], field)) if block else ""
    if workbooks.same(typed.text, standing):
        return Change(typed.key, standing)
    return Change(typed.key, typed.text, sheet_cells.version(typed.before))


def _problems(kept: sheet_cells.Kept, cells: Mapping[str, str]) -> list[workbooks.CellProblem]:
    refused = [workbooks.CellProblem(cells[key], why) for key, why in kept.errors.items()]
    template = "Somebody has entered {value} here since the template was downloaded."
    return refused + [
        workbooks.CellProblem(cells[key], Message(template, {"value": value or "—"}))
        for key, (value, _, _) in kept.conflicts.items()
    ]


def _facts(found: EntrySheet) -> dict[str, Any]:
    """What the browser computes its hints from; decimals are text."""
    codes = {block.indicator.code: block for block in found.blocks}
    is_grouped = found.cycle.parameter("rank_scope") == "group"
    targets = {
        f"{unit}/{code}": format(place.target, "f")
        for code, block in codes.items()
        for unit, place in block.places.items()
        if place.target is not None
    }
    return {
        "field": "reported",
        "instead": "verified",
        "indicators": {code: _rule(block) for code, block in codes.items()},
        "targets": targets,
        "expected": {},
        # Who is ranked together: the units of a group, or all.
        "groups": {unit.code: unit.group for unit in found.units} if is_grouped else {},
    }


def _rule(block: Block) -> dict[str, Any]:
    used = block.indicator
    ends = {name: str(used.params[name]) for name in ("low", "high", "width") if used.direction == "range"}
    counts = {"counts": "superior"} if used.counting == Counting.SUPERIOR else {}
    return {"expected": block.expected, "direction": used.direction, "kind": used.measure, **ends, **counts}
