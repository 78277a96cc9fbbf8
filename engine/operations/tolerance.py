"""Experts on the indicators, and fault tolerance: what a diagram of the year calls of them."""

from decimal import Decimal

from engine import calendars, people
from engine.assessment import expert_reviews, indicators, plans, rulings
from engine.assessment.figures import figure
from engine.db import Context
from engine.errors import Invalid
from engine.operations.options import indicator_options, option, person_options
from engine.operations.switchboard import Values, operation, prepares
from engine.workflow import Act


@operation(
    "experts.ask",
    summary="The lead asks experts for their opinion on the draft of the indicators",
    outputs={
        "expert_review": "the consultation",
        "experts": "their accounts",
        "advise_until": "until when they answer",
    },
)
def ask_experts(ctx: Context, act: Act, *, cycle: int) -> Values:
    given = act.answers
    experts = sorted(set(given.get("experts") or []))
    made = expert_reviews.ask(ctx, plans.cycle(ctx, cycle), experts, given["until"], given.get("question") or "")
    return {"expert_review": made.id, "experts": experts, "advise_until": made.until}


@prepares("experts.ask")
def prepare_asking(ctx: Context, *, cycle: int) -> Values:
    return {"experts": person_options(ctx, people.holders(ctx, "expert"))}


@operation("experts.advise", summary="An expert gives opinions on the draft, or has none")
def give_advice(ctx: Context, act: Act, *, expert_review: int, expert: str) -> None:
    given = act.answers.get("opinions") or [] if act.answers["stance"] == "opinions" else []
    opinions = [(each["indicator"], each["text"] or "") for each in given]
    expert_reviews.advise(ctx, expert_reviews.get(ctx, expert_review), expert, opinions)


@prepares("experts.advise")
def prepare_advice(ctx: Context, *, expert_review: int, expert: str) -> Values:
    held = expert_reviews.get(ctx, expert_review)
    offered = indicator_options(ctx, plans.cycle(ctx, held.cycle_id))
    return {"question": held.question, "indicators": [option(expert_reviews.WHOLE, "指标体系整体"), *offered]}


@operation(
    "experts.close",
    summary="The asking is over: who has said nothing is named",
    outputs={"silent": "who said nothing", "revise_until": "when the lead has revised the indicators"},
)
def close_asking(ctx: Context, act: Act, *, expert_review: int) -> Values:
    held = expert_reviews.get(ctx, expert_review)
    silent = expert_reviews.close(ctx, held)
    days = plans.cycle(ctx, held.cycle_id).days("expert_revision")
    return {"silent": silent, "revise_until": calendars.deadline(ctx, days)}


@operation(
    "indicators.revise",
    summary="The lead answers every expert's opinion and revises the indicators",
    outputs={"revised": "how many properties were changed"},
)
def revise_indicators(ctx: Context, act: Act, *, expert_review: int) -> Values:
    answers = {
        int(each["opinion"]): (each["adopted"] == "adopted", each["reason"] or "")
        for each in act.answers.get("answers") or []
    }
    changes = [
        expert_reviews.Change(each["indicator"], each["field"], each["value"] or "", each["reason"] or "")
        for each in act.answers.get("changes") or []
    ]
    return {"revised": len(expert_reviews.revise(ctx, expert_reviews.get(ctx, expert_review), answers, changes))}


@prepares("indicators.revise")
def prepare_revising(ctx: Context, *, expert_review: int) -> Values:
    held = expert_reviews.get(ctx, expert_review)
    cycle = plans.cycle(ctx, held.cycle_id)
    names = people.names(ctx, [each.expert for each in expert_reviews.requests_of(ctx, held)])
    codes = {each.id: f"{each.code} {each.name}" for each in indicators.of_cycle(ctx, cycle)}
    return {
        "answers": [
            {
                "opinion": str(each.id),
                "expert": names[each.expert],
                "indicator": codes.get(each.cycle_indicator_id or 0, "指标体系整体"),
                "text": each.text,
                "adopted": None,
                "reason": "",
            }
            for each in expert_reviews.opinions_of(ctx, held)
        ],
        "indicators": indicator_options(ctx, cycle),
        "fields": [option(each, _field_label(each)) for each in expert_reviews.fields(ctx, cycle)],
    }


@operation(
    "rulings.open",
    summary="Say who may ask for tolerance of an honest mistake, and until when",
    outputs={
        "tolerance_units": "the assessed units",
        "tolerance_until": "until when they ask",
        "tolerance_decided_until": "when the lead has decided",
    },
)
def open_tolerance(ctx: Context, act: Act, *, cycle: int) -> Values:
    held = plans.cycle(ctx, cycle)
    asking = held.days("tolerance")
    return {
        "tolerance_units": [unit.code for unit in plans.assessed_units(ctx, held)],
        "tolerance_until": calendars.deadline(ctx, asking),
        "tolerance_decided_until": calendars.deadline(ctx, asking + held.days("tolerance_decision")),
    }


@operation(
    "rulings.propose", summary="A unit asks that points taken for an honest mistake be given back, or has nothing"
)
def propose_rulings(ctx: Context, act: Act, *, cycle: int, unit: str) -> None:
    asked = act.answers.get("requests") or [] if act.answers["stance"] == "ask" else []
    for each in asked:
        points = _points(each["points"])
        rulings.propose(ctx, plans.cycle(ctx, cycle), unit, each["indicator"], points, each["basis"] or "")


@prepares("rulings.propose")
def prepare_proposal(ctx: Context, *, cycle: int, unit: str) -> Values:
    return {"indicators": indicator_options(ctx, plans.cycle(ctx, cycle))}


@operation(
    "rulings.decide",
    summary="The lead agrees to the requests for tolerance or not, each in writing",
    outputs={"approved": "to how many it agreed"},
)
def decide_rulings(ctx: Context, act: Act, *, cycle: int) -> Values:
    held, approved = plans.cycle(ctx, cycle), 0
    for each in act.answers.get("requests") or []:
        agreed = each["decision"] == "approved"
        rulings.decide(ctx, held, int(each["ruling"]), each["note"] or "", approved=agreed)
        approved += agreed
    return {"approved": approved}


@prepares("rulings.decide")
def prepare_decisions(ctx: Context, *, cycle: int) -> Values:
    held = plans.cycle(ctx, cycle)
    codes = {each.id: f"{each.code} {each.name}" for each in indicators.of_cycle(ctx, held)}
    return {
        "requests": [
            {
                "ruling": str(each.id),
                "unit": people.unit(ctx, each.unit).name,
                "indicator": codes[each.cycle_indicator_id],
                "points": format(each.points, "f"),
                "basis": each.basis,
                "decision": None,
                "note": "",
            }
            for each in reversed(rulings.of_cycle(ctx, held))
            if each.status == rulings.RulingStatus.PROPOSED
        ]
    }


def _field_label(field: str) -> str:
    known = {"name": "指标名称", "unit_of_measure": "计量单位", "main": "主要指标（1 是，0 否）"}
    return known.get(field) or f"权重（{field.removeprefix(expert_reviews.WEIGHT)}组）"


def _points(text: object) -> Decimal:
    points = figure(str(text or ""))
    if points is None:
        raise Invalid("Write how many points were taken.")
    return points
