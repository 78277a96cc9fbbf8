"""The year's plan: its rounds and parameters, and the story of how targets and rules came about."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import access, calendars, files
from engine.assessment import loop, plans, rounds, rules
from engine.db import Context
from engine.errors import Invalid
from engine.reports import year_plan
from web import texts
from web.boundary import door, sentence
from web.pages.named import name_units
from web.words import WORDS, word
from web.years import cycle_asked, cycles, keep_year

plan = keep_year(Blueprint("plan", __name__, url_prefix="/plan"))

#: What parameters govern -> which of them, in the order people ask for them; the others come after these.
GOVERNS = {
    "warning": (
        *("warn_scope", "bottom", "min_group", "lag_points", "lag_ratio", "red_lag_points"),
        *("suppress_if_on_schedule", "consultation_threshold"),
    ),
    "grading": ("rank_scope", "excellent_quota", "good_line", "qualified_line", "opinions_needed"),
    "targets": ("target_change",),
    "follow_up": ("work_due", "follow_up_after", "follow_up_until", "follow_up_sample"),
    "deadlines": (
        *("drafting", "opinions", "revising", "reviewing", "signing_targets", "letter_draft", "letter_sign"),
        *("expert_revision", "tolerance", "tolerance_decision"),
        *(
            "receipt_reminder",
            "deemed_received",
            "objection",
            "objection_answer",
            "concurrence",
            "plan",
            "plan_approval",
        ),
        *("verification", "close_out", "rework", "extension_decision", "slip_issue", "slip_answer", "revision"),
        *("consultation_convene", "consultation_conclude", "own_check", "collation"),
        *("self_rating", "rating", "review", "publicity"),
    ),
}
SHARES = frozenset({"excellent_quota", "follow_up_sample"})
POINTS = frozenset({"lag_points", "red_lag_points"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in words."""

    name: str
    label: str
    value: str
    #: The value as a form takes it.
    plain: str


@plan.get("")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    return _page(ctx)


@plan.post("/start")
@door(writes=True)
def start(ctx: Context) -> ResponseReturnValue:
    rounds.start_year(ctx, cycle_asked(ctx))
    return redirect(url_for("plan.show"), 303)


@plan.post("/parameters")
@door(writes=True)
def change(ctx: Context) -> ResponseReturnValue:
    """One parameter, before the plan is confirmed."""
    try:
        plans.change_parameter(ctx, cycle_asked(ctx), request.form.get("name", ""), request.form.get("value", ""))
    except Invalid as error:
        # Nothing has been written when a value is refused.
        return _page(ctx, refused=sentence(error)), 422
    return redirect(url_for("plan.show") + "#parameters", 303)


@plan.get("/decisions/<int:decision_id>/scan")
@door()
def scan(ctx: Context, decision_id: int) -> ResponseReturnValue:
    """The scanned minutes."""
    stored = year_plan.scan(ctx, decision_id)
    return send_file(
        files.path_of(ctx.database, stored.sha256).resolve(), download_name=stored.name, as_attachment=True
    )


def _page(ctx: Context, refused: str | None = None) -> str:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    asked = year_plan.requests(ctx, cycle)
    silent = [each.unit for each in asked if each.status == rules.OpinionStatus.SILENT]
    return render_template(
        "plan/plan.html",
        cycle=cycle,
        cycles=cycles(ctx),
        rounds=plans.rounds(ctx, cycle),
        # An instant that opens a day is that day; the filter for deadlines would name the day before.
        opens=calendars.local_date,
        parameters=_parameters(cycle),
        decomposes=loop.Stage.TARGET_DECOMPOSITION in loop.kept(ctx, cycle),
        leads=access.may(ctx, "lead"),
        oversees=access.oversees(ctx),
        drafting=year_plan.drafting(ctx, cycle),
        asked=asked,
        asked_counts=year_plan.counts(asked),
        silent=silent,
        opinions=year_plan.opinions(ctx, cycle),
        decisions=year_plan.decisions(ctx, cycle, "targets"),
        signatures=year_plan.signatures(ctx, cycle),
        unplaced=year_plan.unplaced(ctx, cycle),
        refused=refused,
    )


def _parameters(cycle: plans.Cycle) -> dict[str, list[Parameter]]:
    """What the year's parameters govern -> them in words. A rule of several parts stands on a page of its own."""
    known = {name: value for name, value in cycle.parameters.items() if not isinstance(value, Mapping)}
    named = {name for names in GOVERNS.values() for name in names}
    groups = {**GOVERNS, "other": tuple(name for name in known if name not in {*named, *plans.PINNED})}
    found = {group: [name for name in names if name in known] for group, names in groups.items()}
    return {group: [_parameter(name, known[name]) for name in names] for group, names in found.items() if names}


def _parameter(name: str, value: Any) -> Parameter:
    return Parameter(name, word("parameter", name), in_words(name, value), _plain(value))


def in_words(name: str, value: Any) -> str:
    """A parameter's value as a person says it."""
    if value is None:
        return texts.say("not used")
    if isinstance(value, bool):
        return texts.say("Yes") if value else texts.say("No")
    if isinstance(value, list):
        return "、".join(_month_day(str(each)) for each in value)
    if isinstance(value, str):
        return word(name, value) if name in WORDS else _duration(value)
    number = Decimal(str(value))
    if name in SHARES:
        return f"{texts.number(number * 100)}%"
    if name in POINTS:
        return texts.say("{value} percentage points", value=texts.number(number))
    return texts.say("{count} working days", count=number) if name in GOVERNS["deadlines"] else texts.number(number)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _month_day(text: str) -> str:
    month, _, day = text.partition("-")
    return texts.say("{month}/{day}", month=int(month), day=int(day)) if day.isdigit() and month.isdigit() else text


def _duration(text: str) -> str:
    days = text.removeprefix("P").removesuffix("D")
    return texts.say("{count} days", count=days) if days.isdigit() else text
