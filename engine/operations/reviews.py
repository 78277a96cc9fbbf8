"""Follow-up reviews, consultations and the annual assessment."""

from engine import people, workflow
from engine.assessment import archives, components, follow_up, plans, results, rounds, rules
from engine.assessment import consultation as consultations
from engine.db import Context
from engine.operations.options import consultation_of, indicator_options, person_options, review_of
from engine.operations.switchboard import Values, operation, prepares, verdict_of
from engine.operations.year import prepare_review
from engine.workflow import Act


@operation("follow_ups.draw", summary="Draw whether the matter is in the sample", outputs={"drawn": "whether it is"})
def draw_sample(ctx: Context, act: Act, *, review: int) -> Values:
    return {"drawn": follow_up.draw(ctx, *review_of(ctx, review))}


@operation(
    "follow_ups.record",
    summary="The inspection office records what it found",
    outputs={"verdict": "confirmed or rebounded"},
)
def record_review(ctx: Context, act: Act, *, review: int) -> Values:
    form = "on_site" if "record_sheet" in act.answers else "written"
    follow_up.record(ctx, *review_of(ctx, review), form, act.answers)
    return {"verdict": verdict_of(act, "confirmed", "rebounded")}


@prepares("follow_ups.record")
def prepare_record(ctx: Context, *, review: int) -> Values:
    inspectors = people.holders(ctx, "inspector")
    return {
        "inspectors": person_options(ctx, inspectors),
        "first_reviewer": ctx.actor if ctx.actor in inspectors else None,
    }


@operation("follow_ups.reopen", summary="The problem came back: reopen the same matter")
def reopen_item(ctx: Context, act: Act, *, review: int) -> None:
    follow_up.rebound(ctx, *review_of(ctx, review))


@operation(
    "consultations.convene",
    summary="The lead convenes experts, or declines with a reason",
    outputs={
        "convened": "whether",
        "experts": "their accounts",
        "diagnose_until": "until when",
        "conclude_until": "lead's date",
    },
)
def convene(ctx: Context, act: Act, *, consultation: int) -> Values:
    cycle, proposed = consultation_of(ctx, consultation)
    if act.answers["decision"] == "declined":
        consultations.decline(ctx, cycle, proposed, act.answers["reason"])
        return {"convened": False, "experts": [], "diagnose_until": None, "conclude_until": None}
    experts, until, reason = act.answers["experts"], act.answers["diagnose_by"], act.answers["reason"]
    dates = consultations.convene(ctx, cycle, proposed, experts, until, reason)
    return {"convened": True, "experts": sorted(experts), **dates}


@prepares("consultations.convene")
def prepare_convening(ctx: Context, *, consultation: int) -> Values:
    return {"experts": person_options(ctx, people.holders(ctx, "expert"))}


@operation("consultations.diagnose", summary="An expert gives a diagnosis")
def diagnose(ctx: Context, act: Act, *, consultation: int, expert: str) -> None:
    consultations.diagnose(ctx, consultation_of(ctx, consultation)[1], expert, act.answers)


@operation("consultations.conclude", summary="The lead draws the findings together: cause, measure, owner")
def conclude(ctx: Context, act: Act, *, consultation: int) -> None:
    consultations.conclude(ctx, *consultation_of(ctx, consultation), act.answers.get("findings") or [])


@prepares("consultations.conclude")
def prepare_conclusion(ctx: Context, *, consultation: int) -> Values:
    return {"indicators": indicator_options(ctx, consultation_of(ctx, consultation)[0])}


@operation("consultations.issue_measures", summary="Every measure becomes a matter or joins an open one")
def issue_measures(ctx: Context, act: Act, *, consultation: int) -> None:
    consultations.issue_measures(ctx, *consultation_of(ctx, consultation))


@operation("annual.check_own", summary="A unit confirms its scores or disputes them")
def check_own(ctx: Context, act: Act, *, cycle: int, unit: str) -> None:
    results.check_own(ctx, plans.cycle(ctx, cycle), unit, act.answers["outcome"], act.answers.get("text"))


@operation(
    "annual.collate",
    summary="The lead collates, or returns sheets to their units",
    outputs={
        "verdict": "proceed or returned",
        "responsible_units": "whose sheets are collected again",
        "collect_until": "until when",
        "remind_at": "when they are reminded",
        "escalate_at": "when their leaders are told",
    },
)
def collate(ctx: Context, act: Act, *, cycle: int) -> Values:
    collated = plans.cycle(ctx, cycle)
    if act.answers["verdict"] != "returned":
        # Said to the person who proceeds; refused later it would only stand as a fault of the program.
        components.require_complete(ctx, collated)
    results.close_checks(ctx, collated)
    return rounds.check(ctx, collated, plans.annual_round(ctx, collated), act.answers)


@prepares("annual.collate")
def prepare_collation(ctx: Context, *, cycle: int) -> Values:
    return prepare_review(ctx, cycle=cycle)


@operation("annual.propose", summary="Add up, rank, propose grades by quota and lines")
def propose_grades(ctx: Context, act: Act, *, cycle: int) -> None:
    results.propose(ctx, plans.cycle(ctx, cycle))


@operation(
    "annual.decide",
    summary="Enter the leading group's decision on the grades; publicity begins",
    outputs={"approved": "as it was decided", "publicity_until": "until when"},
)
def decide_grades(ctx: Context, act: Act, *, cycle: int) -> Values:
    decided = plans.cycle(ctx, cycle)
    if not rules.record_decision(ctx, decided, "grades", act.answers).approved:
        return {"approved": False, "publicity_until": None}
    archives.review(ctx, decided, reviewed=act.answers.get("archives_reviewed") is True)
    return {"approved": True, "publicity_until": results.decide(ctx, decided)}


@prepares("annual.decide")
def prepare_decision(ctx: Context, *, cycle: int) -> Values:
    # The form serves both decisions of the year; the archives are reviewed for this one.
    return {"about": "grades"}


@operation("annual.publish", summary="Publish the result with the feedback of every indicator")
def publish_results(ctx: Context, act: Act, *, cycle: int) -> None:
    results.publish(ctx, plans.cycle(ctx, cycle))
    workflow.send(ctx, "results_published", key=str(cycle))
