"""Simulated people and their points: daily entries, self-ratings, activities, vetoes, disputes.

Everything comes from the package's ``demo/`` tables and goes through the verbs a page calls, as the person who acts:
``entries.csv``, ``self_ratings.csv``, ``methods.csv``, ``ratings.csv``, ``reviews.csv`` and these lines of ``events.csv``:

    kind ``activity``   of the unit   {"key", "title", "place", "starts_at", "ends_at", "item"}
    kind ``sign_in``    by a member   {"activity": key, "refused": the code of a refusal that is expected}
    kind ``leave``      by a member   {"activity": key, "reason"}
    kind ``veto``                     {"account", "item", "basis"}
    kind ``appeal``     by a member   {"item", "day", "text"}
    kind ``reversal``                 {"account", "item", "day", "reason"}
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select

from engine.assessment import plans
from engine.assessment.points import activities, appeals, entries, methods, months, scheme, vetoes
from engine.db import Context
from engine.errors import BihuanError, NotFound, Refused
from engine.simulation.world import Event, World

Line = Mapping[str, str]


class ExpectedRefusal(Refused):
    """The demo expects {what} at {at} to be refused with {code}, and it was not."""

    code = "expected_refusal"


def enter_points(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    """Everything that is entered at one instant, by whoever enters it."""
    for by, lines in _by(event, "by"):
        ctx.actor = by
        entries.add_many(ctx, cycle, [_draft(line) for line in lines])


def rate_selves(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    """Members rate themselves; a mark that is left out is what the entries come to."""
    leaves = [leaf.code for leaf in scheme.of_cycle(cycle).leaves]
    for month, lines in _by(event, "month"):
        own = entries.month_marks(ctx, cycle, [line["account"] for line in lines], month)
        for line in lines:
            ctx.actor = line["account"]
            marks = {code: Decimal(line[code]) if line[code] else own[ctx.actor][code] for code in leaves}
            months.rate_self(ctx, cycle, month, marks, line["note"])


def set_methods(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    for (by, branch, since), lines in _by(event, "by", "branch", "from"):
        ctx.actor = by
        criteria = [methods.Criterion(line["part"], line["criterion"], Decimal(line["points"])) for line in lines]
        methods.put(ctx, cycle, branch, date.fromisoformat(since), criteria)


def make_activity(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    begins, ends = datetime.fromisoformat(said["starts_at"]), datetime.fromisoformat(said["ends_at"])
    item = said.get("item") or None
    activities.make(ctx, cycle, activities.Plan(event.unit, said["title"], said["place"], begins, ends, item))


def sign_in(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    """The organiser shows a fresh code, the member signs in with it."""
    activity = _activity(ctx, cycle, event)
    ctx.actor = activity.made_by
    token = activities.code(ctx, cycle, activity.id)
    ctx.actor = event.by
    _expected(ctx, event, lambda: activities.sign_in(ctx, token))


def ask_leave(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    activity = _activity(ctx, cycle, event)
    _expected(ctx, event, lambda: activities.ask_leave(ctx, cycle, activity.id, event.content["reason"]))


def propose_veto(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    said = event.content
    _expected(ctx, event, lambda: vetoes.propose(ctx, cycle, said["account"], said["item"], said["basis"]))


def dispute(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    found = _entry(ctx, cycle, event.by, event)
    _expected(ctx, event, lambda: appeals.raise_appeal(ctx, cycle, found.id, event.content["text"]))


def undo(ctx: Context, cycle: plans.Cycle, event: Event) -> None:
    found = _entry(ctx, cycle, event.content["account"], event)
    _expected(ctx, event, lambda: entries.undo(ctx, cycle, found.id, event.content["reason"]))


def give_marks(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """The sheet as it is opened, with the marks of ``ratings.csv`` in it."""
    said = {line["account"]: line for line in world.table("ratings") if line["month"] == sees["month"]}
    return {"ratings": [_filled(row, said.get(row["account"], {})) for row in sees["ratings"]]}


def give_scores(ctx: Context, world: World, sees: Mapping[str, Any]) -> Mapping[str, Any]:
    """The outcome of the review, from ``reviews.csv``."""
    said = {line["account"]: line for line in world.table("reviews")}
    return {"reviews": [_filled(row, said.get(row["account"], {})) for row in sees["reviews"]]}


HAPPENINGS: Final[Mapping[str, Callable[[Context, plans.Cycle, Event], None]]] = {
    "point_entries": enter_points,
    "self_ratings": rate_selves,
    "branch_methods": set_methods,
    "activity": make_activity,
    "sign_in": sign_in,
    "leave": ask_leave,
    "veto": propose_veto,
    "appeal": dispute,
    "reversal": undo,
}


def _by(event: Event, *columns: str) -> Iterable[tuple[Any, list[Line]]]:
    """The event's lines, those together that agree in these columns; of one column its bare value."""

    def key(line: Line) -> Any:
        return line[columns[0]] if len(columns) == 1 else tuple(line[column] for column in columns)

    return [(value, list(lines)) for value, lines in groupby(sorted(event.content["lines"], key=key), key)]


def _draft(line: Line) -> entries.Draft:
    points = Decimal(line["points"]) if line["points"] else None
    return entries.Draft(line["account"], line["item"], date.fromisoformat(line["day"]), points, line["note"] or None)


def _filled(row: Mapping[str, Any], said: Line) -> dict[str, Any]:
    return {**row, **{name: said[name] for name in row if said.get(name) and name not in ("account", "member")}}


def _activity(ctx: Context, cycle: plans.Cycle, event: Event) -> activities.Activity:
    said = event.content["activity"]
    begins = datetime.fromisoformat(said["starts_at"])
    query = select(activities.Activity).where(
        activities.Activity.cycle_id == cycle.id,
        activities.Activity.title == said["title"],
        activities.Activity.starts_at == begins,
    )
    return ctx.session.scalars(query).one()


def _entry(ctx: Context, cycle: plans.Cycle, account: str, event: Event) -> entries.PointEntry:
    """The newest entry of the item on the day."""
    day = date.fromisoformat(event.content["day"])
    found = [each for each in entries.of_member(ctx, cycle, account, day, day) if each.item == event.content["item"]]
    if not found:
        raise NotFound
    return found[-1]


def _expected(ctx: Context, event: Event, act: Callable[[], object]) -> None:
    """Do it, or see it refused as the event expects."""
    code = event.content.get("refused")
    if code is None:
        act()
        return
    try:
        with ctx.session.begin_nested():
            act()
            ctx.session.flush()
    except BihuanError as refusal:
        if refusal.code != code:
            raise
        return
    raise ExpectedRefusal(what=event.kind, at=event.at, code=code)
