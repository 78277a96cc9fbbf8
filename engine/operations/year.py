"""The year and the decomposition of its targets."""

from collections.abc import Mapping
from typing import Any

from engine import calendars
from engine.assessment import indicators, plans, rounds, rules, targets
from engine.db import Context
from engine.operations.options import indicator_options, unit_options
from engine.operations.switchboard import Values, operation, prepares
from engine.workflow import Act


@operation("plans.confirm", summary="Confirm the year's plan; the quota is locked with it")
def confirm_plan(ctx: Context, act: Act, *, cycle: int) -> None:
    plans.confirm(ctx, plans.cycle(ctx, cycle), act.answers.get("note"))


@operation("plans.archive", summary="Close the year's books")
def archive_cycle(ctx: Context, act: Act, *, cycle: int) -> None:
    plans.archive(ctx, plans.cycle(ctx, cycle), act.answers.get("note"))


@operation("targets.open", summary="Start the decomposition of the year's targets")
def open_decomposition(ctx: Context, act: Act, *, cycle: int) -> None:
    rounds.open_decomposition(ctx, plans.cycle(ctx, cycle))


@operation("rounds.open", summary="Open a pre-assessment of the plan as an instance of its own")
def open_round(ctx: Context, act: Act, *, cycle: int, round: str) -> None:
    rounds.open_round(ctx, plans.cycle(ctx, cycle), round)


@operation("annual.open", summary="Open the annual assessment as an instance of its own")
def open_annual(ctx: Context, act: Act, *, cycle: int) -> None:
    opened = plans.cycle(ctx, cycle)
    rounds.open_round(ctx, opened, plans.annual_round(ctx, opened).key)


@operation("rules.submit", summary="A responsible unit hands in the scoring rules of its indicators")
def submit_rules(ctx: Context, act: Act, *, cycle: int, responsible_unit: str) -> None:
    rules.submit(ctx, plans.cycle(ctx, cycle), responsible_unit, _standards(act.answers))


@prepares("rules.submit")
def prepare_rules(ctx: Context, *, cycle: int, responsible_unit: str) -> Values:
    return {"rules": _rule_rows(ctx, plans.cycle(ctx, cycle), responsible_unit)}


@operation(
    "rules.close_drafting",
    summary="Drafting is over: ask the units and the co-organisers for their opinions",
    outputs={"opinion_units": "whom to ask", "opinions_until": "when asking closes", "late": "who has not drafted"},
)
def close_drafting(ctx: Context, act: Act, *, cycle: int) -> Values:
    asking = plans.cycle(ctx, cycle)
    units = rounds.opinion_units(ctx, asking)
    rules.ask(ctx, asking, units)
    return {
        "opinion_units": units,
        "opinions_until": calendars.deadline(ctx, asking.days("opinions")),
        "late": rules.undrafted(ctx, asking),
    }


@operation("opinions.give", summary="A unit gives its opinions on the drafts, or says it has none")
def give_opinion(ctx: Context, act: Act, *, cycle: int, unit: str) -> None:
    given = act.answers.get("opinions") or [] if act.answers["stance"] == "opinions" else []
    rules.give(ctx, plans.cycle(ctx, cycle), unit, [(each["indicator"], each["text"]) for each in given])


@prepares("opinions.give")
def prepare_opinion(ctx: Context, *, cycle: int, unit: str) -> Values:
    return {"indicators": indicator_options(ctx, plans.cycle(ctx, cycle))}


@operation(
    "opinions.close",
    summary="Record who was silent; the units with opinions to answer are next",
    outputs={"revise_units": "who has opinions to answer", "revise_until": "until when", "review_until": "lead's date"},
)
def close_opinions(ctx: Context, act: Act, *, cycle: int) -> Values:
    closing = plans.cycle(ctx, cycle)
    rules.close_opinions(ctx, closing)
    owing = [
        unit
        for unit in indicators.responsible_units(ctx, closing)
        if rules.opinions_for(ctx, closing, unit, undecided=True)
    ]
    return {"revise_units": owing, **_revision_dates(ctx, closing)}


@operation("opinions.answer", summary="A responsible unit adopts opinions or not, each with a reason")
def answer_opinions(ctx: Context, act: Act, *, cycle: int, responsible_unit: str) -> None:
    answered = plans.cycle(ctx, cycle)
    for each in act.answers.get("answers") or []:
        adopted = each["adopted"] == "adopted"
        opinion = int(each["opinion"])
        rules.decide_opinion(ctx, answered, responsible_unit, opinion, adopted=adopted, reason=each["reason"])
    rules.submit(ctx, answered, responsible_unit, _standards(act.answers))


@prepares("opinions.answer")
def prepare_answers(ctx: Context, *, cycle: int, responsible_unit: str) -> Values:
    answered = plans.cycle(ctx, cycle)
    open_opinions = rules.opinions_for(ctx, answered, responsible_unit, undecided=True)
    return {
        "answers": [_opinion_row(ctx, each) for each in open_opinions],
        **prepare_rules(ctx, cycle=cycle, responsible_unit=responsible_unit),
    }


@operation(
    "rules.review",
    summary="The lead accepts the rules, or returns those of some units",
    outputs={"returned": "whether any were returned", "revise_units": "whose", "revise_until": "until when"},
)
def review_rules(ctx: Context, act: Act, *, cycle: int) -> Values:
    reviewed = plans.cycle(ctx, cycle)
    units = act.answers.get("returned_units") or []
    rules.review(ctx, reviewed, units, act.answers.get("note"))
    return {"returned": bool(units), "revise_units": units, **_revision_dates(ctx, reviewed)}


@prepares("rules.review")
def prepare_review(ctx: Context, *, cycle: int) -> Values:
    return {"responsible_units": unit_options(ctx, indicators.responsible_units(ctx, plans.cycle(ctx, cycle)))}


@operation(
    "rules.decide",
    summary="Enter the leading group's decision on targets and rules",
    outputs={"approved": "as it was decided"},
)
def decide_rules(ctx: Context, act: Act, *, cycle: int) -> Values:
    return {"approved": rules.record_decision(ctx, plans.cycle(ctx, cycle), "targets", act.answers).approved}


@operation(
    "rules.issue",
    summary="Compile and issue the booklet; every unit signs for its targets next",
    outputs={"signing_until": "when signing closes"},
)
def issue_rules(ctx: Context, act: Act, *, cycle: int) -> Values:
    issued = plans.cycle(ctx, cycle)
    rules.issue(ctx, issued)
    return {"signing_until": calendars.deadline(ctx, issued.days("signing_targets"))}


@operation("targets.sign", summary="A unit's leader signs for its targets, or refuses with a reason")
def sign_targets(ctx: Context, act: Act, *, cycle: int, unit: str) -> None:
    targets.sign(ctx, plans.cycle(ctx, cycle), unit, act.answers["outcome"], act.answers.get("reason"))


@operation(
    "targets.close_signing", summary="Signing is over: name who is missing", outputs={"unsigned": "who has not signed"}
)
def close_signing(ctx: Context, act: Act, *, cycle: int) -> Values:
    return {"unsigned": targets.close_signing(ctx, plans.cycle(ctx, cycle))}


def _standards(answers: Mapping[str, Any]) -> dict[str, str]:
    return {each["code"]: each["standard"] or "" for each in answers.get("rules") or []}


def _rule_rows(ctx: Context, cycle: plans.Cycle, unit: str) -> list[Values]:
    own = indicators.of_unit(ctx, cycle, unit)
    return [{"code": each.code, "name": each.name, "standard": rules.rules_of(ctx, each).standard} for each in own]


def _opinion_row(ctx: Context, opinion: rules.Opinion) -> Values:
    code = indicators.get(ctx, opinion.cycle_indicator_id).code
    row = {"opinion": str(opinion.id), "unit": opinion.unit, "indicator": code, "text": opinion.text}
    return {**row, "adopted": None, "reason": ""}


def _revision_dates(ctx: Context, cycle: plans.Cycle) -> Values:
    revised = cycle.days("revising")
    return {
        "revise_until": calendars.deadline(ctx, revised),
        "review_until": calendars.deadline(ctx, revised + cycle.days("reviewing")),
    }
