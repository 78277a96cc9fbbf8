"""Simulated people as judges: what they say of a unit stands in ``events.csv``, and so it is the same for every seed.

    kind ``ballot``     by the voter         {"marks": {unit: grade}, "title", "attempt": only where it is that vote}
    kind ``check``      of the unit          {"round", "score", "finding", "place", "problem": "" where there is none}
    kind ``panel``      by the member        {"marks": [{"unit", means: mark, "remark"}]}
    kind ``absent``     of the unit          {"session", "excuse"}
    kind ``comments``   by nobody named      {"session", "comments": [{"unit", "mark", "text"}]}

An event counts from its time on; of several the latest. Vetoes happen without a task: ``bar_item`` (code, name, basis) is
proposed for the list, ``bar_listed`` (document) decided; ``bar`` (item, basis) of a unit proposed, ``bar_confirmed`` decided.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import func, select

from engine.assessment import ballots, bars, grading, plans, veto_list, voting
from engine.db import Context
from engine.errors import Refused
from engine.simulation.world import Event, World


class NothingSaid(Refused):
    """The demo's events.csv has no line {kind} for {who} at {at}."""

    code = "nothing_said"


def vote(ctx: Context, world: World, sees: Mapping[str, Any]) -> None:
    """Cast the ballot. One against the rules is cast as it is: it counts as invalid."""
    held, _ = voting.own(ctx, int(sees["evaluation"]))
    attempt = _attempt(ctx, held)
    found = [each for each in _past(ctx, world, "ballot") if each.by == ctx.actor and _is_of(each, held, attempt)]
    said = _last(ctx, found, "ballot", str(ctx.actor))
    asked = {each["code"] for each in held.subjects}
    marks = {unit: grade for unit, grade in said["marks"].items() if unit in asked}
    voting.vote(ctx, held.id, marks, as_it_is=True)


def check(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the file says was found; the second of the two is the first other one on offer."""
    found = [each for each in _past(ctx, world, "check") if each.unit == sees["unit"]]
    said = _last(ctx, [each for each in found if each.content["round"] == sees["round"]], "check", sees["unit"])
    second = next(each["value"] for each in sees["inspectors"] if each["value"] != ctx.actor)
    words = {name: said[name] for name in ("score", "finding", "place", "problem")}
    return {**words, "second_checker": second, "checked_on": sees["today"]}


def give_marks(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    found = [each for each in _past(ctx, world, "panel") if each.by == ctx.actor]
    return {"marks": _last(ctx, found, "panel", str(ctx.actor))["marks"]}


def excuse(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who is said to be absent from this session excuses himself; everybody else comes."""
    found = [each for each in _past(ctx, world, "absent") if each.unit == sees["unit"]]
    said = [each for each in found if each.content["session"] == sees["session"]]
    return {"stance": "absent", "excuse": said[-1].content["excuse"]} if said else {"stance": "comes"}


def comment(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    found = [each for each in _past(ctx, world, "comments") if each.content["session"] == sees["session"]]
    return {"comments": _last(ctx, found, "comments", str(sees["session"]))["comments"]}


def propose_item(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    veto_list.propose(ctx, veto_list.ListKind.VETO, said["code"], said["name"], said["basis"])


def list_items(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    for each in veto_list.items(ctx, veto_list.ListKind.VETO):
        if each.status == veto_list.ListStatus.PROPOSED:
            veto_list.decide(ctx, each.id, listed=True, document=event.content["document"])


def propose_bar(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    bars.propose(ctx, cycle, event.unit, event.content["item"], event.content["basis"])


def confirm_bars(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    for each in bars.of_cycle(ctx, cycle):
        if each.status == bars.BarStatus.PROPOSED:
            grading.confirm_bar(ctx, cycle, each.id, event.content["note"])


HAPPENINGS: Final[Mapping[str, Callable[[Context, plans.Cycle, Event], None]]] = {
    "bar_item": propose_item,
    "bar_listed": list_items,
    "bar": propose_bar,
    "bar_confirmed": confirm_bars,
}


def _past(ctx: Context, world: World, kind: str) -> list[Event]:
    return [each for each in world.of_kind(kind) if each.at <= ctx.now]


def _is_of(event: Event, held: ballots.Evaluation, attempt: int) -> bool:
    said = event.content
    return bool(said.get("title", held.title) == held.title and said.get("attempt", attempt) == attempt)


def _attempt(ctx: Context, held: ballots.Evaluation) -> int:
    """How often this vote has been called, a void one being called again under the same title."""
    same = (ballots.Evaluation.cycle_id == held.cycle_id, ballots.Evaluation.title == held.title)
    query = select(func.count()).where(*same, ballots.Evaluation.id <= held.id)
    return ctx.session.scalar(query) or 0


def _last(ctx: Context, found: list[Event], kind: str, who: str) -> Mapping[str, Any]:
    if not found:
        raise NothingSaid(kind=kind, who=who, at=ctx.now)
    return found[-1].content
