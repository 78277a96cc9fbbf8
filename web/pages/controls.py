"""What may be used at all: admission of indicators, the list of vetoes and letters; and who assesses."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import access, people
from engine.assessment import admission, annual_plan, assessors, authority, plans, veto_list
from engine.assessment.admission import AdmissionStatus
from engine.db import Context
from web import fields
from web.boundary import door
from web.pages.named import name_people, name_units
from web.years import cycle_asked, keep_year

controls = keep_year(Blueprint("controls", __name__))
#: Admissions shown at once; of those that were taken over only the number is told.
MOST = 200


@controls.get("/admissions")
@door()
def admissions(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = admission.of_package(ctx, cycle.package)
    decided = [each for each in found if not each.adopted]
    name_people(ctx, [who for each in decided for who in (each.proposed_by, each.reviewed_by, each.decided_by)])
    own = sorted(code for code in access.own_units(ctx) if access.may(ctx, f"clerk@{code}", f"leader@{code}"))
    return render_template(
        "yearly/admissions.html",
        cycle=cycle,
        found=decided[:MOST],
        adopted=len(found) - len(decided),
        unadmitted=admission.unadmitted(ctx, cycle) if access.oversees(ctx) else [],
        own=own,
        reviews=access.may(ctx, "lead"),
        decides=authority.decides(ctx),
        states=AdmissionStatus,
    )


@controls.post("/admissions")
@door(writes=True)
def propose_indicator(ctx: Context) -> ResponseReturnValue:
    unit, code, name = fields.text("unit"), fields.text("code"), fields.text("name")
    admission.propose(ctx, cycle_asked(ctx).package, unit, code, name, fields.text("basis"))
    return redirect(url_for("controls.admissions"), 303)


@controls.post("/admissions/<int:admission_id>/review/<any(forward, refuse):verdict>")
@door(writes=True)
def review_indicator(ctx: Context, admission_id: int, verdict: str) -> ResponseReturnValue:
    admission.review(ctx, admission_id, forwarded=verdict == "forward", note=fields.text("note"))
    return redirect(url_for("controls.admissions"), 303)


@controls.post("/admissions/<int:admission_id>/decide/<any(admit, refuse):verdict>")
@door(writes=True)
def decide_indicator(ctx: Context, admission_id: int, verdict: str) -> ResponseReturnValue:
    document, note = fields.text("document"), fields.text("note")
    until = fields.day_or_none("expires_on")
    admission.decide(ctx, admission_id, admitted=verdict == "admit", document=document, expires_on=until, note=note)
    return redirect(url_for("controls.admissions"), 303)


@controls.get("/veto-list")
@door()
def listed(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    items = veto_list.items(ctx)
    name_people(ctx, [who for each in items for who in (each.proposed_by, each.decided_by)])
    return render_template(
        "yearly/veto_list.html",
        cycle=cycle,
        items=items,
        names={each.id: each.name for each in items},
        letters=veto_list.letters(ctx, cycle.year),
        inspections=veto_list.inspections(ctx),
        rebounds=veto_list.rebounds(ctx),
        kinds=veto_list.ListKind,
        leads=access.may(ctx, "lead"),
        decides=authority.decides(ctx),
        inspects=access.may(ctx, "lead", "inspector"),
        units=people.units(ctx),
        usable=[each for each in items if each.kind == veto_list.ListKind.LETTER and each.in_force_on(ctx.today)],
    )


@controls.post("/veto-list")
@door(writes=True)
def propose_item(ctx: Context) -> ResponseReturnValue:
    kind = fields.choice("kind", veto_list.ListKind)
    veto_list.propose(ctx, kind, fields.text("code"), fields.text("name"), fields.text("basis"))
    return redirect(url_for("controls.listed"), 303)


@controls.post("/veto-list/<int:item_id>/<any(list, refuse, strike):act>")
@door(writes=True)
def decide_item(ctx: Context, item_id: int, act: str) -> ResponseReturnValue:
    document, reason = fields.text("document"), fields.text("reason")
    if act == "strike":
        veto_list.strike(ctx, item_id, document=document, reason=reason)
    else:
        veto_list.decide(ctx, item_id, listed=act == "list", document=document, reason=reason)
    return redirect(url_for("controls.listed"), 303)


@controls.post("/veto-list/letters")
@door(writes=True)
def letter(ctx: Context) -> ResponseReturnValue:
    code, unit, signatory = fields.text("code"), fields.text("unit"), fields.text("signatory")
    veto_list.record_letter(ctx, code, unit, cycle_asked(ctx).year, fields.day("signed_on"), signatory)
    return redirect(url_for("controls.listed"), 303)


@controls.post("/veto-list/inspections")
@door(writes=True)
def inspection(ctx: Context) -> ResponseReturnValue:
    found = [(veto_list.ListKind.VETO, each) for each in fields.words("vetoes")]
    found += [(veto_list.ListKind.LETTER, each) for each in fields.words("letters")]
    day, who, irregular = fields.day("inspected_on"), fields.text("inspectors"), bool(fields.text("irregular"))
    veto_list.inspect(ctx, fields.text("unit"), day, who, found, irregular=irregular, note=fields.text("note"))
    return redirect(url_for("controls.listed"), 303)


@controls.get("/assessors")
@door()
def roster(ctx: Context) -> ResponseReturnValue:
    cycle = cycle_asked(ctx)
    name_units(ctx)
    found = assessors.roster(ctx)
    name_people(ctx, [each.account for each in found])
    planned = annual_plan.of_year(ctx, cycle.year)
    return render_template(
        "yearly/assessors.html",
        cycle=cycle,
        found=found,
        duties=assessors.duties(ctx),
        trainings=assessors.trainings(ctx),
        open=[each for each in planned if each.status == annual_plan.EntryStatus.APPROVED],
        leads=access.may(ctx, "lead"),
        persons=people.in_post(ctx) if access.may(ctx, "lead") else [],
        units=[unit for unit in people.units(ctx) if not unit.group],
        kinds=assessors.AssessorKind,
        parts=assessors.Part,
        trained=assessors.TrainingKind,
        lead_unit=plans.lead_unit(ctx),
    )


@controls.post("/assessors")
@door(writes=True)
def enrol(ctx: Context) -> ResponseReturnValue:
    kind, unit, begins = fields.choice("kind", assessors.AssessorKind), fields.text("unit"), fields.day("from_date")
    assessors.enrol(ctx, fields.text("account"), kind, unit, fields.text("speciality"), begins)
    return redirect(url_for("controls.roster"), 303)


@controls.post("/assessors/<int:assessor_id>/release")
@door(writes=True)
def release(ctx: Context, assessor_id: int) -> ResponseReturnValue:
    assessors.release(ctx, assessor_id, fields.day("to_date"))
    return redirect(url_for("controls.roster"), 303)


@controls.post("/assessors/duties")
@door(writes=True)
def assign(ctx: Context) -> ResponseReturnValue:
    assessors.assign(ctx, fields.number("assessor"), fields.number("planned"), fields.choice("part", assessors.Part))
    return redirect(url_for("controls.roster"), 303)


@controls.post("/assessors/trainings")
@door(writes=True)
def train(ctx: Context) -> ResponseReturnValue:
    kind, begin, end = fields.choice("kind", assessors.TrainingKind), fields.day("from_date"), fields.day("to_date")
    assessors.train(ctx, fields.number("assessor"), kind, fields.text("topic"), begin, end, fields.text("outcome"))
    return redirect(url_for("controls.roster"), 303)
