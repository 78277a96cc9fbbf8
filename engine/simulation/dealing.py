"""What people of a demo city enter of their own accord in the course of the year: no task asks them for it.

Peacetime records, the roster of assessors, a special assessment from the plan to its conclusion, a changed target, a veto
that is taken back, rules that somebody would change after their issue.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from engine.assessment import (
    annual_plan,
    assessors,
    bars,
    grading,
    plans,
    records,
    rules,
    special,
    target_changes,
)
from engine.db import Context
from engine.errors import Broken
from engine.simulation.world import Event


class NotRefused(Broken):
    """{kind} at {at} was to be refused, and was not."""

    code = "not_refused"


def record(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    kind, tags = records.RecordKind(said["kind"]), [records.SourceTag(tag) for tag in said.get("tags", ())]
    day = date.fromisoformat(said["on"]) if "on" in said else event.at.date()
    draft = records.Draft(kind, event.unit, day, said["text"], said.get("participants", ""), tags, cycle.year)
    records.write(ctx, draft)


def enrol(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    kind = assessors.AssessorKind(said["kind"])
    assessors.enrol(ctx, said["account"], kind, event.unit, said["speciality"], event.at.date())


def train(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    since, until = (date.fromisoformat(said[name]) for name in ("from", "to"))
    kind = assessors.TrainingKind(said["kind"])
    for each in assessors.roster(ctx):
        if each.account in said["accounts"]:
            assessors.train(ctx, each.id, kind, said["topic"], since, until, said.get("outcome", ""))


def plan(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    kind = annual_plan.EntryKind(said["kind"])
    draft = annual_plan.Draft(said["name"], said["organiser"], said["subject"], said["basis"], kind, said["units"])
    annual_plan.propose(ctx, cycle.year, draft)


def approve_plan(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    annual_plan.decide(ctx, [_planned(ctx, cycle, event).id], approved=True, document=event.content["document"])


def assign(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said, planned = event.content, _planned(ctx, cycle, event)
    for each in assessors.roster(ctx):
        if each.account in said["accounts"]:
            part = assessors.Part.LEADER if each.account == said["accounts"][0] else assessors.Part.MEMBER
            assessors.assign(ctx, each.id, planned.id, part)


def open_special(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    trigger, tags = special.Trigger(said["trigger"]), [special.FrontLine(tag) for tag in said.get("tags", ())]
    planned = _planned(ctx, cycle, event)
    special.open_special(ctx, planned.id, event.unit, trigger, said["title"], said["occasion"], tags)


def rate_special(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    given = {
        special.Aspect(aspect): special.Given(special.Rating(rating), remark)
        for aspect, (rating, remark) in event.content["aspects"].items()
    }
    special.rate(ctx, _special(ctx, cycle, event), given)


def ask_body(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    body, due = special.Body(said["body"]), date.fromisoformat(said["due"])
    special.ask(ctx, _special(ctx, cycle, event), body, said["asked"], said["question"], due)


def reply(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    special.reply(ctx, _special(ctx, cycle, event), special.Body(event.content["body"]), event.content["text"])


def waive(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    special.waive(ctx, _special(ctx, cycle, event), special.Body(event.content["body"]), event.content["reason"])


def conclude(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    special.finalise(ctx, _special(ctx, cycle, event), event.content["conclusion"])


def request_target(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    value = Decimal(said["value"])
    target_changes.request(ctx, cycle, event.unit, event.indicator, value, said["reason"], said["basis"])


def approve_targets(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    for each in target_changes.of_cycle(ctx, cycle):
        if each.status == target_changes.ChangeStatus.REQUESTED:
            target_changes.decide(ctx, cycle, each.id, approved=True, document=event.content["document"])


def revoke_bars(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    for each in bars.of_cycle(ctx, cycle):
        if each.status == bars.BarStatus.CONFIRMED and each.unit == event.unit:
            grading.revoke_bar(ctx, cycle, each.id, event.content["why"])


def change_rules(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    """A responsible unit would hand in another standard after the booklet is out; nothing may come of it."""
    try:
        rules.submit(ctx, cycle, event.unit, dict.fromkeys(event.content["codes"], event.content["standard"]))
    except rules.RulesIssued:
        return
    raise NotRefused(kind=event.kind, at=event.at)


def _planned(ctx: Context, cycle: plans.Cycle, event: Event) -> annual_plan.PlannedAssessment:
    found = annual_plan.of_year(ctx, cycle.year)
    return next(each for each in found if each.name == event.content["name"])


def _specials(ctx: Context, cycle: plans.Cycle) -> list[special.SpecialAssessment]:
    """All of them: a body that is asked may reply to one it does not see otherwise."""
    kept = special.SpecialAssessment
    return list(ctx.session.scalars(select(kept).where(kept.year == cycle.year).order_by(kept.id)))


def _special(ctx: Context, cycle: plans.Cycle, event: Event) -> int:
    return next(each.id for each in _specials(ctx, cycle) if each.title == event.content["title"])


HAPPENINGS: Final[Mapping[str, Callable[[Context, plans.Cycle, Event], None]]] = {
    "record": record,
    "assessor": enrol,
    "training": train,
    "duty": assign,
    "planned": plan,
    "plan_approved": approve_plan,
    "special": open_special,
    "special_rated": rate_special,
    "corroboration_asked": ask_body,
    "corroborated": reply,
    "corroboration_waived": waive,
    "special_concluded": conclude,
    "target_change": request_target,
    "target_changes_approved": approve_targets,
    "bar_revoked": revoke_bars,
    "rules_changed": change_rules,
}
