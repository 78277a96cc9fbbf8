"""The ledger of matters (整改台账): filters, sorting, paging, and the same list as a spreadsheet."""

from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from engine import calendars, people
from engine.assessment import plans, rectification
from engine.db import Context
from engine.reports import ledger as told
from engine.reports import workbooks
from web import texts, words
from web.boundary import door
from web.pages.named import holder_names, name_units
from web.years import cycle_asked

ledger = Blueprint("ledger", __name__)

_ = lazy_gettext

Value = str | int | date | None
#: Heads of the spreadsheet's columns.
HEADS = (
    *(_("Matter no."), _("Unit"), _("Indicator"), _("Responsible unit"), _("Source"), _("Level"), _("Repeated")),
    *(_("State"), _("Held by"), _("At step"), _("Held since"), _("Round"), _("Opened"), _("Plan due"), _("Work due")),
    *(_("Originally due"), _("Extensions"), _("Rebounds"), _("Closed out"), _("Follow-up review"), _("Overdue")),
)
#: What the address may say of the list.
FILTERS = ("standing", "unit", "status", "round", "indicator", "holder", "sort")


@ledger.get("/ledger")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    cycle, wanted = cycle_asked(ctx), _wanted()
    number = max(request.args.get("page", 1, type=int), 1)
    name_units(ctx)
    page = told.page(ctx, cycle, wanted, offset=(number - 1) * told.PAGE)
    return render_template(
        "ledger/ledger.html",
        page=page,
        number=number,
        last=max((page.total - 1) // told.PAGE + 1, 1),
        wanted=wanted,
        counts=told.counts(ctx, cycle, wanted),
        cycle=cycle,
        rounds=plans.rounds(ctx, cycle),
        units=told.units_of(ctx, cycle),
        statuses=list(rectification.ItemStatus),
        held_by=_held_by(ctx, page.lines),
        narrowed=_narrowed,
    )


@ledger.get("/ledger.xlsx")
@door()
def export(ctx: Context) -> ResponseReturnValue:
    """Every matter asked for, as a spreadsheet; what people wrote stands in it as text, never as a formula."""
    cycle, wanted = cycle_asked(ctx), _wanted()
    name_units(ctx)
    table = workbooks.Table(texts.say("Ledger of matters"), list(_rows(ctx, cycle, wanted)))
    response = Response(workbooks.workbook([table]), content_type=workbooks.MIME)
    response.headers["Content-Disposition"] = f'attachment; filename="ledger-{cycle.year}.xlsx"'
    return response


def _wanted() -> told.Wanted:
    return told.Wanted(**{name: request.args[name] for name in FILTERS if request.args.get(name)})


def _narrowed(path: str = "", **changes: str) -> str:
    """This list's address with some of its filters changed; an empty one is left out, and the page begins anew."""
    kept = {name: request.args[name] for name in (*FILTERS, "package", "year") if request.args.get(name)}
    asked = urlencode({name: value for name, value in {**kept, **changes}.items() if value})
    return f"{path or request.path}?{asked}" if asked else path or request.path


def _held_by(ctx: Context, lines: list[told.Line]) -> Callable[[str | None], str]:
    return holder_names(ctx, [each.holder for line in lines for each in line.held])


def _rows(ctx: Context, cycle: plans.Cycle, wanted: told.Wanted) -> Iterator[list[Value]]:
    yield [str(head) for head in HEADS]
    lines = list(told.every(ctx, cycle, wanted))
    held_by = _held_by(ctx, lines)
    for line in lines:
        yield _row(ctx, line, held_by)


def _row(ctx: Context, line: told.Line, held_by: Callable[[str | None], str]) -> list[Value]:
    item, used = line.item, line.indicator
    return [
        item.number,
        people.unit(ctx, item.unit).name,
        f"{used.code} {used.name}",
        people.unit(ctx, used.responsible_unit).name,
        words.word("origin", item.source),
        words.word("level", "red" if item.red else "yellow"),
        texts.say("Yes") if item.repeated else None,
        words.word("item", item.status),
        "、".join(held_by(each.holder) for each in line.held) or None,
        "、".join(each.step for each in line.held) or None,
        min((calendars.local_date(each.since) for each in line.held), default=None),
        "、".join(words.word("round", key) for key in line.rounds) or None,
        calendars.local_date(item.opened_at),
        calendars.last_day(item.plan_due),
        calendars.last_day(item.work_due),
        calendars.last_day(item.original_due),
        item.extensions,
        item.round - 1,
        calendars.local_date(item.closed_at) if item.closed_at else None,
        words.word("verdict", line.review.verdict) if line.review and line.review.verdict else None,
        texts.say("Yes") if line.is_overdue else None,
    ]
