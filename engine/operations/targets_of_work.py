"""Objectives and key results: handed in, approved, reported on, checked at each stage, put on the round's sheets."""

from datetime import date
from decimal import Decimal
from typing import Any

from engine import calendars, people
from engine.assessment import objectives, plans, scoring
from engine.assessment.figures import figure
from engine.db import Context
from engine.errors import Invalid
from engine.operations.options import person_options, round_of
from engine.operations.switchboard import Values, operation, prepares, verdict_of
from engine.workflow import Act


@operation(
    "objectives.open",
    summary="Say which units set themselves objectives, and until when",
    outputs={"objective_units": "the assessed units", "objectives_until": "until when"},
)
def open_objectives(ctx: Context, act: Act, *, cycle: int, days: int) -> Values:
    codes = [unit.code for unit in plans.assessed_units(ctx, plans.cycle(ctx, cycle))]
    return {"objective_units": codes, "objectives_until": calendars.deadline(ctx, days)}


@operation("objectives.submit", summary="A unit hands in its objectives with their key results, owners and dates")
def submit_objectives(ctx: Context, act: Act, *, cycle: int, unit: str) -> None:
    given = act.answers
    aims: dict[str, list[objectives.Aim]] = {}
    for row in given.get("key_results") or []:
        aims.setdefault(row["objective"].strip(), []).append(_aim(row))
    rows = given.get("objectives") or []
    if strangers := sorted(aims.keys() - {row["number"].strip() for row in rows}):
        raise Invalid("There is no objective with the number {number}.", number=strangers[0])
    drafts = [
        objectives.Draft(
            row["title"] or "", row["basis"] or "", _number(row["weight"]), aims.get(row["number"].strip(), [])
        )
        for row in rows
    ]
    objectives.submit(ctx, plans.cycle(ctx, cycle), unit, drafts)


@prepares("objectives.submit")
def prepare_objectives(ctx: Context, *, cycle: int, unit: str) -> Values:
    standing = objectives.of_unit(ctx, plans.cycle(ctx, cycle), unit)
    offered: Values = {"people": person_options(ctx, objectives.members(ctx, unit))}
    if not standing:
        return offered
    return {
        **offered,
        "objectives": [
            {"number": str(each.number), "title": each.title, "basis": each.basis, "weight": _plain(each.weight)}
            for each in standing
        ],
        "key_results": [_aim_row(aim) for each in standing for aim in each.key_results],
        "returned": next((each.note for each in standing if each.note), ""),
    }


@operation(
    "objectives.decide",
    summary="The lead approves a unit's objectives or returns them",
    outputs={"verdict": "approved or returned"},
)
def decide_objectives(ctx: Context, act: Act, *, cycle: int, unit: str) -> Values:
    verdict = verdict_of(act, "approved", "returned")
    approved, note = verdict == "approved", act.answers.get("note") or ""
    objectives.decide(ctx, plans.cycle(ctx, cycle), unit, approved=approved, note=note)
    return {"verdict": verdict}


@prepares("objectives.decide")
def prepare_decision(ctx: Context, *, cycle: int, unit: str) -> Values:
    standing = objectives.of_unit(ctx, plans.cycle(ctx, cycle), unit)
    names = people.names(ctx, [aim.owner for each in standing for aim in each.key_results])
    return {
        "key_results": [
            {**_aim_row(aim), "objective": f"{each.number} {each.title}", "owner": names[aim.owner]}
            for each in standing
            for aim in each.key_results
        ]
    }


@operation(
    "objectives.call",
    summary="Call the owners of key results to report for the round",
    outputs={
        "owners": "their accounts",
        "objective_units": "the units they are of",
        "report_until": "until when they report",
        "check_until": "until when the lead checks",
    },
)
def call_reports(ctx: Context, act: Act, *, cycle: int, round: str, days: int, check_days: int) -> Values:
    held = round_of(ctx, cycle, round)[0]
    approved = [each for each in objectives.of_cycle(ctx, held) if each.status == objectives.Status.APPROVED]
    return {
        "owners": objectives.owners(ctx, held),
        "objective_units": sorted({each.unit for each in approved}),
        "report_until": calendars.deadline(ctx, days),
        "check_until": calendars.deadline(ctx, days + check_days),
    }


@operation("objectives.report", summary="An owner reports how far the own key results are")
def report_progress(ctx: Context, act: Act, *, cycle: int, round: str, owner: str) -> None:
    held, opened = round_of(ctx, cycle, round)
    own = {each.id: each for each in objectives.owned(ctx, held, owner)}
    files = act.answers.get("evidence") or []
    as_of = min(opened.as_of, ctx.today)
    for row in act.answers.get("reports") or []:
        each = own.get(int(row["key_result"]))
        if each is None:
            raise Invalid("This key result is not yours.")
        objectives.report(ctx, each, _number(row["value"]), as_of, row["text"] or "", files)


@prepares("objectives.report")
def prepare_report(ctx: Context, *, cycle: int, round: str, owner: str) -> Values:
    held, opened = round_of(ctx, cycle, round)
    return {"reports": [_report_row(ctx, each, opened.as_of) for each in objectives.owned(ctx, held, owner)]}


@operation("objectives.check", summary="The lead checks a unit's key results at this stage")
def check_objectives(ctx: Context, act: Act, *, cycle: int, round: str, unit: str) -> None:
    held, opened = round_of(ctx, cycle, round)
    own = {aim.id: aim for each in objectives.of_unit(ctx, held, unit) for aim in each.key_results}
    for row in act.answers.get("checks") or []:
        each = own.get(int(row["key_result"]))
        if each is None:
            raise Invalid("This key result is another unit's.")
        objectives.check(ctx, opened, each, row["verdict"], row["note"] or "")


@prepares("objectives.check")
def prepare_check(ctx: Context, *, cycle: int, round: str, unit: str) -> Values:
    held, opened = round_of(ctx, cycle, round)
    aims = [aim for each in objectives.of_unit(ctx, held, unit) for aim in each.key_results]
    return {"checks": [_check_row(ctx, each, opened.as_of) for each in aims]}


@operation("objectives.fill", summary="Put each unit's completion of its objectives on the round's sheet, as drafts")
def fill_completions(ctx: Context, act: Act, *, cycle: int, round: str, indicator: str) -> None:
    objectives.fill(ctx, *round_of(ctx, cycle, round), indicator)


def _aim(row: dict[str, Any]) -> objectives.Aim:
    due = row["due"]
    return objectives.Aim(
        title=row["title"] or "",
        unit_of_measure=row["unit_of_measure"] or "",
        start=_number(row["start"]),
        target=_number(row["target"]),
        weight=_number(row["weight"]),
        owner=row["owner"],
        due=due if isinstance(due, date) else date.fromisoformat(str(due)),
    )


def _aim_row(aim: objectives.KeyResult) -> Values:
    return {
        "objective": str(aim.objective.number),
        "title": aim.title,
        "unit_of_measure": aim.unit_of_measure,
        "start": _plain(aim.start),
        "target": _plain(aim.target),
        "weight": _plain(aim.weight),
        "owner": aim.owner,
        "due": str(aim.due),
    }


def _report_row(ctx: Context, aim: objectives.KeyResult, until: date) -> Values:
    last = objectives.standing(ctx, aim, until).report
    return {
        "key_result": str(aim.id),
        "name": aim.title,
        "title": f"{aim.title}（{_plain(aim.start)}→{_plain(aim.target)}{aim.unit_of_measure}）",
        "due": str(aim.due),
        "last": _plain(last.value) if last else "",
        "value": "",
        "text": "",
    }


def _check_row(ctx: Context, aim: objectives.KeyResult, until: date) -> Values:
    known = objectives.standing(ctx, aim, until)
    names = people.names(ctx, [aim.owner])
    return {
        "key_result": str(aim.id),
        "title": aim.title,
        "owner": names[aim.owner],
        "reported": f"{_plain(known.report.value)}{aim.unit_of_measure}" if known.report else "",
        "text": known.report.text if known.report else "",
        "completion": f"{scoring.half_up(known.completion, 1)}%",
        "verdict": None,
        "note": "",
    }


def _number(text: object) -> Decimal:
    number = figure(str(text) if text is not None else None)
    if number is None:
        raise Invalid("A number is missing.")
    return number


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
