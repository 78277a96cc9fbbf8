"""The plan of all assessments of the year, who is assessed twice, and what has been made one."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import annual_plan, authority, combined, plans
from engine.assessment.annual_plan import Draft, EntryKind
from engine.db import Context
from web import fields
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

assessments = keep_year(Blueprint("assessments", __name__))


@assessments.get("/assessments")
@door()
def show(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = annual_plan.of_year(ctx, cycle.year)
    name_people(ctx, [who for each in found for who in (each.proposed_by, each.decided_by)])
    return render_template(
        "yearly/plan.html",
        cycle=cycle,
        entries=found,
        duplicates=annual_plan.duplicates(ctx, cycle.year) if access.oversees(ctx) else [],
        decides=authority.decides(ctx),
        leads=access.may(ctx, "lead"),
        organisers=_organisers(ctx),
        units=plans.assessed_units(ctx, cycle),
        has_cycle=any(each.package == cycle.package and each.is_standing for each in found),
        kinds=[EntryKind.BUSINESS, EntryKind.SPECIAL],
    )


@assessments.post("/assessments")
@door(writes=True)
def propose(ctx: Context) -> ResponseReturnValue:
    draft = Draft(
        name=fields.text("name"),
        organiser=fields.text("organiser"),
        subject=fields.text("subject"),
        basis=fields.text("basis"),
        kind=fields.choice("kind", EntryKind),
        units=fields.words("units"),
        indicators=fields.words("indicators"),
        from_date=fields.day_or_none("from_date"),
        to_date=fields.day_or_none("to_date"),
    )
    annual_plan.propose(ctx, cycle_asked(ctx).year, draft)
    return redirect(url_for("assessments.show"), 303)


@assessments.post("/assessments/cycle")
@door(writes=True)
def propose_cycle(ctx: Context) -> ResponseReturnValue:
    """The leadership assessment itself, where the plan of the year does not hold it yet."""
    annual_plan.propose_cycle(ctx, cycle_asked(ctx), name=fields.text("name"), basis=fields.text("basis"))
    return redirect(url_for("assessments.show"), 303)


@assessments.post("/assessments/decide/<any(approve, refuse):verdict>")
@door(writes=True)
def decide(ctx: Context, verdict: str) -> ResponseReturnValue:
    document, reason = fields.text("document"), fields.text("reason")
    annual_plan.decide(ctx, fields.numbers("entry"), approved=verdict == "approve", document=document, reason=reason)
    return redirect(url_for("assessments.show"), 303)


@assessments.post("/assessments/<int:entry_id>/strike")
@door(writes=True)
def strike(ctx: Context, entry_id: int) -> ResponseReturnValue:
    annual_plan.strike(ctx, entry_id, document=fields.text("document"), reason=fields.text("reason"))
    return redirect(url_for("assessments.show"), 303)


@assessments.get("/combined")
@door()
def combinations(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    free = [each for each in annual_plan.of_year(ctx, cycle.year) if each.combined_id is None]
    return render_template(
        "yearly/combinations.html",
        cycle=cycle,
        found=[(each, combined.parts(ctx, each)) for each in combined.of_year(ctx, cycle.year)],
        free=[each for each in free if each.status == annual_plan.EntryStatus.APPROVED],
        leads=access.may(ctx, "lead"),
    )


@assessments.post("/combined")
@door(writes=True)
def combine(ctx: Context) -> ResponseReturnValue:
    parts, begin, end = fields.numbers("part"), fields.day("from_date"), fields.day("to_date")
    made = combined.combine(ctx, cycle_asked(ctx).year, fields.text("name"), parts, begin, end)
    return redirect(url_for("assessments.combination", combined_id=made.id), 303)


@assessments.get("/combined/<int:combined_id>")
@door()
def combination(ctx: Context, combined_id: int) -> ResponseReturnValue:
    held = combined.get(ctx, combined_id)
    name_units(ctx)
    materials = combined.materials(ctx, held)
    name_people(ctx, [each.handed_by for each in materials])
    own, units = access.own_units(ctx), combined.units(ctx, held)
    return render_template(
        "yearly/combination.html",
        held=held,
        parts=combined.parts(ctx, held),
        requests=combined.requests(ctx, held),
        materials=materials,
        papers=combined.papers(ctx, materials),
        visits=combined.visits(ctx, held) if access.oversees(ctx) else [],
        burdens=combined.burdens(ctx, held),
        units=units,
        mine=[unit for unit in units if unit in own and access.may(ctx, f"clerk@{unit}", f"leader@{unit}")],
        leads=access.may(ctx, "lead"),
        visits_units=access.may(ctx, "lead", "inspector"),
    )


@assessments.post("/combined/<int:combined_id>/requests")
@door(writes=True)
def ask(ctx: Context, combined_id: int) -> ResponseReturnValue:
    combined.ask(ctx, combined_id, fields.text("title"), fields.day("due_on"), fields.numbers("part"))
    return _back(combined_id)


@assessments.post("/combined/<int:combined_id>/visits")
@door(writes=True)
def visit(ctx: Context, combined_id: int) -> ResponseReturnValue:
    unit, visitors, again = fields.text("unit"), fields.text("visitors"), fields.text("again")
    combined.visit(ctx, combined_id, unit, fields.day("visited_on"), visitors, fields.numbers("part"), again)
    return _back(combined_id)


@assessments.post("/combined/<int:combined_id>/requests/<int:request_id>")
@door(writes=True)
def hand_in(ctx: Context, combined_id: int, request_id: int) -> ResponseReturnValue:
    combined.hand_in(ctx, request_id, fields.text("unit"), fields.text("note"), fields.uploads(ctx))
    return _back(combined_id)


@assessments.post("/combined/<int:combined_id>/close")
@door(writes=True)
def close(ctx: Context, combined_id: int) -> ResponseReturnValue:
    combined.close(ctx, combined_id)
    return _back(combined_id)


def _organisers(ctx: Context) -> list[people.Unit]:
    """For whom the person may propose: the lead for any unit that is not assessed itself, others for their own."""
    if access.may(ctx, "lead"):
        return [unit for unit in people.units(ctx) if not unit.group and unit.parent_id is not None]
    mine = [code for code in access.own_units(ctx) if access.may(ctx, f"clerk@{code}", f"leader@{code}")]
    return [people.unit(ctx, code) for code in sorted(mine) if not people.unit(ctx, code).group]


def _back(combined_id: int) -> ResponseReturnValue:
    return redirect(url_for("assessments.combination", combined_id=combined_id), 303)
