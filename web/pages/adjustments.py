"""Adjustments of an issued indicator system: drafted by the lead, decided by the leading group."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import adjustments as system
from engine.assessment import authority, indicators, plans, rules, scans, scoring, targets
from engine.assessment.figures import figure
from engine.db import Context
from engine.errors import Invalid
from web import fields
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

adjustments = keep_year(Blueprint("adjustments", __name__, url_prefix="/adjustments"))


@adjustments.get("")
@door()
def everything(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    found = system.of_cycle(ctx, cycle)
    name_people(ctx, [who for each in found for who in (each.drafted_by, each.decided_by)])
    rounds = plans.rounds(ctx, cycle)
    return render_template(
        "system/adjustments.html",
        cycle=cycle,
        found=found,
        papers=scans.of(ctx, "adjustment", [each.id for each in found]),
        rounds={each.id: each for each in rounds},
        ahead=[each for each in rounds if each.opened_at is None],
        leads=access.may(ctx, "lead"),
        busy=any(each.status in system.UNDER_WAY for each in found),
    )


@adjustments.post("")
@door(writes=True)
def begin(ctx: Context) -> ResponseReturnValue:
    key, reason, basis = fields.text("round"), fields.text("reason"), fields.text("basis")
    return _to(system.draft(ctx, cycle_asked(ctx), key, reason, basis, fields.uploads(ctx, "papers")).id)


@adjustments.get("/<int:key>")
@door()
def one(ctx: Context, key: int) -> ResponseReturnValue:
    """What an adjustment changes, and while it is a draft the forms that change it."""
    cycle = cycle_asked(ctx)
    found = system.get(ctx, cycle, key)
    name_units(ctx)
    name_people(ctx, [found.drafted_by, found.submitted_by, found.decided_by])
    planned, groups = system.planned_weights(ctx, cycle, found), system.groups(ctx, cycle)
    every = {each.code: each for each in indicators.of_cycle(ctx, cycle)}
    chosen = every.get(request.args.get("rules", ""))
    return render_template(
        "system/adjustment.html",
        cycle=cycle,
        found=found,
        papers=scans.of(ctx, "adjustment", [key])[key],
        round=ctx.session.get_one(plans.Round, found.round_id),
        every=every,
        standing=[each for each in every.values() if each.is_in_force],
        groups=groups,
        planned=planned,
        sums=system.sums(planned, groups),
        drafting=found.status == system.AdjustmentStatus.DRAFTED and access.may(ctx, "lead"),
        leads=access.may(ctx, "lead"),
        decides=authority.decides(ctx),
        chosen=chosen,
        standard=rules.rules_of(ctx, chosen).standard if chosen else "",
        methods=[each.name for each in scoring.methods()],
        units=plans.assessed_units(ctx, cycle),
        offices=[unit for unit in people.units(ctx) if not unit.group and unit.parent_id],
        kinds=indicators,
        as_json=lambda value: json.dumps(value, ensure_ascii=False),
    )


@adjustments.post("/<int:key>/weights")
@door(writes=True)
def weigh(ctx: Context, key: int) -> ResponseReturnValue:
    """Every weight of the system as the table has them: fields ``weight/<code>/<group>``."""
    given: dict[str, dict[str, Decimal | None]] = {}
    for name, text in request.form.items():
        kind, _, rest = name.partition("/")
        code, _, group = rest.rpartition("/")
        if kind == "weight" and code:
            given.setdefault(code, {})[group] = figure(text)
    system.weigh(ctx, cycle_asked(ctx), key, given)
    return _to(key)


@adjustments.post("/<int:key>/rules")
@door(writes=True)
def change_rules(ctx: Context, key: int) -> ResponseReturnValue:
    system.change_rules(
        ctx,
        cycle_asked(ctx),
        key,
        fields.text("indicator"),
        method=fields.text("method"),
        params=_params(),
        counting=fields.choice("counting", indicators.Counting),
        standard=fields.text("standard"),
    )
    return _to(key)


@adjustments.post("/<int:key>/<any(drop, leave):act>")
@door(writes=True)
def take(ctx: Context, key: int, act: str) -> ResponseReturnValue:
    """Drop an indicator, or leave it as it stands after all."""
    (system.drop if act == "drop" else system.leave)(ctx, cycle_asked(ctx), key, fields.text("indicator"))
    return _to(key)


@adjustments.post("/<int:key>/add")
@door(writes=True)
def add(ctx: Context, key: int) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    system.add(ctx, cycle, key, _row(ctx, system.groups(ctx, cycle)), fields.text("standard"), _allocated(ctx, cycle))
    return _to(key)


@adjustments.post("/<int:key>/<any(submit, discard):act>")
@door(writes=True)
def hand_in(ctx: Context, key: int, act: str) -> ResponseReturnValue:
    if act == "submit":
        system.submit(ctx, cycle_asked(ctx), key)
    else:
        system.discard(ctx, cycle_asked(ctx), key, fields.text("note"))
    return _to(key)


@adjustments.post("/<int:key>/decide/<any(approve, refuse):verdict>")
@door(writes=True)
def decide(ctx: Context, key: int, verdict: str) -> ResponseReturnValue:
    document, note = fields.text("document"), fields.text("note")
    approved = verdict == "approve"
    papers = fields.uploads(ctx, "papers")
    system.decide(ctx, cycle_asked(ctx), key, approved=approved, document=document, note=note, papers=papers)
    return _to(key)


@adjustments.post("/<int:key>/papers")
@door(writes=True)
def attach(ctx: Context, key: int) -> ResponseReturnValue:
    """A paper that comes later than the act that rests on it."""
    system.add_papers(ctx, cycle_asked(ctx), key, fields.uploads(ctx, "papers"))
    return _to(key)


def _row(ctx: Context, groups: list[str]) -> indicators.Row:
    """A new indicator as its form has it; its schedule is the months of the year."""
    responsible, data = fields.text("responsible_unit"), fields.text("data_unit") or None
    for code in (responsible, data):
        if code is not None:
            people.unit(ctx, code)
    if not all(fields.text(name) for name in ("code", "name", "category")):
        raise Invalid("Give the code, the name and the category.")
    weights = {group: figure(fields.text(f"weight.{group}")) for group in groups}
    return indicators.Row(
        code=fields.text("code"),
        name=fields.text("name"),
        category=fields.text("category"),
        source=fields.choice("source", indicators.Source),
        responsible_unit=responsible,
        data_unit=data,
        unit_of_measure=fields.text("unit_of_measure"),
        direction=fields.choice("direction", indicators.Direction),
        measure=fields.choice("measure", indicators.Measure),
        schedule={},
        method=fields.text("method"),
        params=_params(),
        main=bool(fields.text("main")),
        target_total=figure(fields.text("target_total")),
        weights={group: weight for group, weight in weights.items() if weight},
    )


def _allocated(ctx: Context, cycle: plans.Cycle) -> dict[str, targets.Allocation]:
    given = {unit.code: figure(fields.text(f"target.{unit.code}")) for unit in plans.assessed_units(ctx, cycle)}
    bases = {code: figure(fields.text(f"base.{code}")) for code in given}
    return {code: targets.Allocation(value, bases[code], exempt=value is None) for code, value in given.items()}


def _params() -> Mapping[str, Any]:
    try:
        found = json.loads(fields.text("params") or "{}", parse_float=str)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Invalid("The parameters are a JSON object, such as {example}.", example='{"cap": "1"}')
    return found


def _to(key: int) -> ResponseReturnValue:
    return redirect(url_for("adjustments.one", key=key), 303)
