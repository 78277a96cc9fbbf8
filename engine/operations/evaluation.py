"""Judgement by people: votes, spot checks, panels, debriefings, the components of a result, what it is used for."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from engine import calendars, people
from engine.assessment import (
    ballots,
    components,
    debriefings,
    judged,
    panels,
    plans,
    result_uses,
    spot_checks,
    voting,
)
from engine.db import Context
from engine.errors import Invalid
from engine.operations.options import person_options, round_of, unit_options
from engine.operations.switchboard import Values, operation, prepares, verdict_of
from engine.workflow import Act


@operation("readings.fill", summary="Put what was judged until now on the open sheets of the round, as drafts")
def fill_readings(ctx: Context, act: Act, *, cycle: int, round: str) -> None:
    judged.fill(ctx, *round_of(ctx, cycle, round))


@operation(
    "ballots.open",
    summary="Call the holders of roles to a vote on units; each class has its role and its weight",
    outputs={"evaluation": "the vote", "voters": "accounts of those called", "closes_at": "until when they vote"},
)
def open_ballot(
    ctx: Context,
    act: Act,
    *,
    cycle: int,
    title: str,
    kind: str,
    classes: list[Any],
    options: list[Any],
    days: int,
    units: list[Any] | None = None,
    indicator: str | None = None,
    fewest: Decimal | None = None,
    means: list[Any] | None = None,
) -> Values:
    ctx = _drawn(ctx)
    held = plans.cycle(ctx, cycle)
    plan = ballots.Plan(
        title=title,
        kind=kind,
        period=str(held.year),
        subjects=_subjects(ctx, held, units),
        options=[(each["grade"], Decimal(str(each["value"]))) for each in options],
        classes=[(each["code"], each["name"], Decimal(str(each["weight"]))) for each in classes],
        opens_at=ctx.now,
        closes_at=calendars.deadline(ctx, days),
        indicator=indicator,
        means=means or (),
    )
    made = voting.call(ctx, held, plan, {each["code"]: each["group"] for each in classes}, fewest)
    return {"evaluation": made.id, "voters": voting.voters(ctx, made), "closes_at": made.closes_at}


@operation("ballots.vote", summary="A person called has voted")
def confirm_vote(ctx: Context, act: Act, *, evaluation: int, voter: str) -> None:
    voting.require_voted(ctx, evaluation, voter)


@operation(
    "ballots.close",
    summary="Close a vote at its date and count it; with too few valid ballots of a class it is void",
    outputs={"valid": "whether it counts", "short": "names of the classes of which too few voted validly"},
)
def close_ballot(ctx: Context, act: Act, *, cycle: int, evaluation: int) -> Values:
    short = voting.close(_drawn(ctx), plans.cycle(ctx, cycle), evaluation)
    return {"valid": not short, "short": [each.name for each in short]}


@operation(
    "spot_checks.draw",
    summary="Draw units for unannounced checks, with a recorded seed; again only with a reason",
    outputs={"drawn": "their codes", "number": "which draw of the round it is"},
)
def draw_checks(
    ctx: Context, act: Act, *, cycle: int, round: str, indicator: str, count: int, reason: str | None = None
) -> Values:
    made = spot_checks.draw(_drawn(ctx), *round_of(ctx, cycle, round), indicator, count, reason)
    return {"drawn": made.drawn, "number": made.number}


@operation(
    "spot_checks.confirm",
    summary="The lead confirms the list of the draw, or has it drawn again with a reason",
    outputs={"verdict": "confirmed or again", "reason": "why it is drawn again", "units": "all that are checked"},
)
def confirm_checks(ctx: Context, act: Act, *, cycle: int, round: str) -> Values:
    verdict, reason = verdict_of(act, "confirmed", "again"), act.answers.get("reason")
    if verdict == "again":
        if not (reason or "").strip():
            raise Invalid("Write the reason.")
        return {"verdict": verdict, "reason": reason, "units": []}
    made = spot_checks.confirm(ctx, *round_of(ctx, cycle, round))
    return {"verdict": verdict, "reason": None, "units": [each.unit for each in made]}


@prepares("spot_checks.confirm")
def prepare_confirmation(ctx: Context, *, cycle: int, round: str) -> Values:
    held = spot_checks.latest(ctx, plans.cycle(ctx, cycle), round)
    return {
        "number": held.number,
        "seed": held.seed,
        "drawn": "、".join(people.unit(ctx, code).name for code in held.drawn),
    }


@operation("spot_checks.record", summary="Two inspectors record what they found in a unit")
def record_check(ctx: Context, act: Act, *, cycle: int, round: str, unit: str) -> None:
    given = act.answers
    found = spot_checks.Finding(
        second_checker=given["second_checker"],
        checked_on=given["checked_on"],
        place=given.get("place") or "",
        finding=given.get("finding") or "",
        score=str(given["score"]),
        problem=given.get("problem") or "",
    )
    spot_checks.record(ctx, *round_of(ctx, cycle, round), unit, found)


@prepares("spot_checks.record")
def prepare_check(ctx: Context, *, cycle: int, round: str, unit: str) -> Values:
    return {"inspectors": person_options(ctx, people.holders(ctx, "inspector"))}


@operation(
    "spot_checks.close",
    summary="Checks are over: problems found become matters of rectification, due in so many working days",
    outputs={"unchecked": "units of which no check was recorded", "matters": "how many matters were opened"},
)
def close_checks(ctx: Context, act: Act, *, cycle: int, round: str, days: int) -> Values:
    opened = spot_checks.open_matters(_drawn(ctx), *round_of(ctx, cycle, round), days)
    held = spot_checks.latest(ctx, plans.cycle(ctx, cycle), round)
    unchecked = [each.unit for each in spot_checks.checks(ctx, held) if each.recorded_at is None]
    return {"unchecked": unchecked, "matters": len(opened)}


@operation(
    "panels.convene",
    summary="The lead convenes a third-party panel of experts, deputies and CPPCC members",
    outputs={"panel": "the panel", "members": "their accounts", "marks_until": "until when they give their marks"},
)
def convene_panel(ctx: Context, act: Act, *, cycle: int, round: str, indicator: str, weights: dict[str, Any]) -> Values:
    accounts, until = act.answers.get("members") or [], calendars.end_of(act.answers["until"])
    made = panels.convene(ctx, *round_of(ctx, cycle, round), indicator, weights, accounts, until)
    return {"panel": made.id, "members": sorted(set(accounts)), "marks_until": made.until}


@prepares("panels.convene")
def prepare_panel(ctx: Context, *, cycle: int, round: str, indicator: str, weights: dict[str, Any]) -> Values:
    accounts = {account for kind in panels.MemberKind for account in people.holders(ctx, kind)}
    return {"candidates": person_options(ctx, accounts)}


@operation("panels.give", summary="A member of the panel gives its marks of all units")
def give_marks(ctx: Context, act: Act, *, cycle: int, panel: int, member: str) -> None:
    judging = panels.get(ctx, plans.cycle(ctx, cycle), panel)
    rows = act.answers.get("marks") or []
    given = [panels.Given(each["unit"], each, each.get("remark") or "") for each in rows]
    panels.give(ctx, judging, member, given)


@prepares("panels.give")
def prepare_marks(ctx: Context, *, cycle: int, panel: int, member: str) -> Values:
    judging = panels.get(ctx, plans.cycle(ctx, cycle), panel)
    return {"marks": [{"unit": unit, "name": people.unit(ctx, unit).name} for unit in judging.units]}


@operation("panels.close", summary="The panel's date has come", outputs={"silent": "members who gave no marks"})
def close_panel(ctx: Context, act: Act, *, cycle: int, panel: int) -> Values:
    ctx = _drawn(ctx)
    return {"silent": panels.close(ctx, panels.get(ctx, plans.cycle(ctx, cycle), panel))}


@operation(
    "debriefings.open",
    summary="Call the leaders of units, all assessed ones where none is named, to a debriefing",
    outputs={"session": "number of the session", "called": "the units", "report_until": "until when they report"},
)
def open_debriefings(
    ctx: Context, act: Act, *, cycle: int, indicator: str, days: int, units: list[Any] | None = None
) -> Values:
    held = plans.cycle(ctx, cycle)
    session = debriefings.open_session(_drawn(ctx), held, indicator, units)
    called = [each.unit for each in debriefings.of_session(ctx, held, session)]
    return {"session": session, "called": called, "report_until": calendars.deadline(ctx, days)}


@operation("debriefings.report", summary="A leader hands in the debriefing report, or says why he or she cannot come")
def report(ctx: Context, act: Act, *, cycle: int, session: int, unit: str) -> None:
    given, comes = act.answers, act.answers["stance"] == "comes"
    text, excuse = (given.get("report") or "", "") if comes else ("", given.get("excuse") or "")
    files = (given.get("files") or []) if comes else []
    debriefings.report(ctx, plans.cycle(ctx, cycle), session, unit, text, excuse, files)


@operation(
    "debriefings.close_reports",
    summary="Reports are over",
    outputs={"units": "the units whose leaders debrief", "held": "whether there is any"},
)
def close_reports(ctx: Context, act: Act, *, cycle: int, session: int) -> Values:
    came = debriefings.close_reports(_drawn(ctx), plans.cycle(ctx, cycle), session)
    return {"units": came, "held": bool(came)}


@operation("debriefings.comment", summary="The leading group comments on every debriefing, with a mark")
def comment(ctx: Context, act: Act, *, cycle: int, session: int) -> None:
    rows = act.answers.get("comments") or []
    given = [debriefings.Comment(each["unit"], each.get("mark"), each.get("text") or "") for each in rows]
    debriefings.comment(ctx, plans.cycle(ctx, cycle), session, given)


@prepares("debriefings.comment")
def prepare_comments(ctx: Context, *, cycle: int, session: int) -> Values:
    places = debriefings.of_session(ctx, plans.cycle(ctx, cycle), session)
    came = [each for each in places if each.report is not None]
    rows = [{"unit": each.unit, "name": people.unit(ctx, each.unit).name, "report": each.report} for each in came]
    return {"comments": rows}


@operation(
    "components.check",
    summary="Which units lack a component of the result",
    outputs={"complete": "whether none does", "lacking": "their codes"},
)
def check_component(ctx: Context, act: Act, *, cycle: int, component: str) -> Values:
    lacking = components.lacking(ctx, plans.cycle(ctx, cycle), component)
    return {"complete": not lacking, "lacking": lacking}


@operation("uses.record", summary="The lead records what results were used for; nothing is decided here")
def record_uses(ctx: Context, act: Act, *, cycle: int) -> None:
    for each in act.answers.get("uses") or []:
        result_uses.record(ctx, plans.cycle(ctx, cycle), _use(each))


@prepares("uses.record")
def prepare_uses(ctx: Context, *, cycle: int) -> Values:
    return {"units": unit_options(ctx, [unit.code for unit in plans.assessed_units(ctx, plans.cycle(ctx, cycle))])}


def _drawn(ctx: Context) -> Context:
    """What a service task does is done by the diagram, not by whoever completed the task before it."""
    return replace(ctx, actor=None, on_behalf_of=None)


def _use(row: Mapping[str, Any]) -> result_uses.Draft:
    return result_uses.Draft(
        unit=row["unit"],
        kind=row["kind"],
        decided_by=row.get("decided_by") or "",
        document=row.get("document") or "",
        decided_on=row["decided_on"],
        person=row.get("person") or "",
        note=row.get("note") or "",
    )


def _subjects(ctx: Context, cycle: plans.Cycle, units: list[Any] | None) -> list[dict[str, str]]:
    codes = units if units is not None else [unit.code for unit in plans.assessed_units(ctx, cycle)]
    return [{"code": code, "name": people.unit(ctx, code).name, "kind": "unit"} for code in codes]
