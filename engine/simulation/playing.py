"""The play itself: what happens next, timer or person, until the date is reached."""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from engine import audit, calendars, demo, people, workflow
from engine.assessment import plans
from engine.db import SHANGHAI, Context, Database, set_clock, transaction
from engine.simulation import behaviour, draws, filling
from engine.simulation.happenings import HAPPENINGS
from engine.simulation.preparing import PREPARATIONS
from engine.simulation.waiting import Ahead, NotYet
from engine.simulation.world import Event, World
from engine.simulation.world import read as read_world
from engine.workflow import packages, starts
from engine.workflow.store import Candidate, Instance, Task, TaskStatus

#: Simulated people work from nine to a quarter to six.
OPENS, MINUTES = time(9), 525


@dataclass(frozen=True, slots=True)
class Played:
    """What a play came to."""

    #: The year of the cycle.
    year: int
    #: Events whose time was over at the end of the play and whose moment had not come.
    waiting: tuple[Event, ...]


@dataclass(slots=True)
class _Play:
    database: Database
    folder: Path
    package: packages.Package
    world: World
    seed: int
    until: datetime
    #: In a demo some people let their latest work lie, so that who signs in as them finds something to do.
    demo: bool
    year: int
    #: (when, task) of everybody's next acts.
    agenda: list[tuple[datetime, int]] = field(default_factory=list)
    known: int = 0


def play(
    database: Database,
    folder: Path,
    until: datetime,
    *,
    seed: int = 1,
    demo_holds: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Played:
    """Play the package's demo city on ``database`` up to ``until``; returns its year and what still waits.

    An empty database is founded first; one that was played before goes on from where it stands. ``tell`` hears of each
    month. Raises ``demo.NotADemo`` for a database that holds a real city.
    """
    demo.found(database, folder)
    package = packages.read_folder(folder)
    year = demo.cycle_year(package, folder)
    run = _Play(database, folder, package, read_world(folder), seed, until, demo_holds, year)
    now = _resume(run)
    ahead = _look_ahead(run, now)
    month = 0
    while (following := _next(run, ahead, now)) is not None:
        now, act = following
        if now.month != month:
            month = now.month
            tell(f"{now:%Y-%m}")
        act()
    with transaction(database, now=until) as ctx:
        # Who played before may have gone further: time never runs back behind what has happened.
        set_clock(ctx, max(until, demo.last_moment(ctx) or until))
    return Played(year, ahead.waiting(until))


def _resume(run: _Play) -> datetime:
    """Where the play stands: at its start, or after the last thing that happened."""
    begins = run.package.start_of(run.year)
    with transaction(run.database, now=begins, reading=True) as ctx:
        started = plans.find(ctx, run.package.key, run.year).started_at is not None
        now = demo.last_moment(ctx) or begins
    if not started:
        with transaction(run.database, now=begins) as ctx:
            demo.start_year(ctx, run.package.key, run.year)
        now = begins
    return max(now, begins)


def _look_ahead(run: _Play, now: datetime) -> Ahead:
    """The events of the city that have not happened yet."""
    with transaction(run.database, now=now, reading=True) as ctx:
        done = {entry.facts["line"] for entry in ctx.session.scalars(_HAPPENED, {"chain": _chain(run)})}
        events = [each for each in run.world.events if each.kind in HAPPENINGS and each.line not in done]
        return Ahead(events, calendars.calendar(ctx), run.package.start_of(run.year), now)


def _next(run: _Play, ahead: Ahead, now: datetime) -> tuple[datetime, Callable[[], None]] | None:
    """The next thing to happen and when, or None when nothing more happens in time. Timers go first.

    Events go last, so that one that waits for what people do finds all of its minute done, also in a play that goes on.
    """
    with transaction(run.database, now=now, reading=True) as ctx:
        due = workflow.next_due(ctx)
        _note_new_tasks(run, ctx)
    choices: list[tuple[datetime, int, Callable[[], None]]] = []
    if due is not None:
        choices.append((max(due, now), 0, lambda: _tick(run, max(due, now))))
    if run.agenda:
        at = run.agenda[0][0]
        choices.append((max(at, now), 1, lambda: _act(run, heapq.heappop(run.agenda)[1], max(at, now))))
    if (event := ahead.next()) is not None:
        choices.append((max(event[0], now), 2, lambda: _happen(run, ahead, event[1], max(event[0], now))))
    if not choices:
        return None
    moment, _, act = min(choices, key=lambda choice: choice[:2])
    return (moment, act) if moment <= run.until else None


def _tick(run: _Play, now: datetime) -> None:
    with transaction(run.database, now=now) as ctx:
        if (instance_id := workflow.due(ctx)) is not None:
            workflow.advance(ctx, instance_id)
        elif (start_id := starts.due_start(ctx)) is not None:
            starts.begin(ctx, start_id)


def _note_new_tasks(run: _Play, ctx: Context) -> None:
    """Enter everybody's new tasks in the agenda, each at the moment somebody will act on it."""
    query = select(Task).join(Instance).where(Task.id > run.known, Instance.package == run.package.key)
    for task in ctx.session.scalars(query.order_by(Task.id)):
        run.known = task.id
        at = None if task.status != TaskStatus.OPEN else _acts_at(run, ctx, task)
        if at is not None:
            heapq.heappush(run.agenda, (at, task.id))


def _acts_at(run: _Play, ctx: Context, task: Task) -> datetime | None:
    """When somebody will act on the task; None when nobody ever does."""
    manner = run.world.behaviour.manner(task.process, task.element)
    if manner.skip_on and any(event.concerns(_sees(ctx, task)) for event in run.world.of_kind(manner.skip_on)):
        return None
    # Rows of one sheet are worked on in one sitting, so they share what is drawn.
    about = (run.seed, task.batch or f"{task.instance.key}/{task.item}", task.element, task.visits)
    days = draws.between(*_delay(run, ctx, task, manner), *about, "days")
    at = _working_moment(ctx, task.created_at, days, draws.between(0, MINUTES, *about, "minute"))
    return None if run.demo and _is_held(run, ctx, task, at) else at


def _delay(run: _Play, ctx: Context, task: Task, manner: behaviour.Manner) -> tuple[int, int]:
    """How many working days it takes: what an event about the same says, else what is usual."""
    for kind, reaction in manner.reactions.items():
        if reaction.delay and any(event.concerns(_sees(ctx, task)) for event in run.world.of_kind(kind)):
            return reaction.delay
    return manner.delay


def _working_moment(ctx: Context, since: datetime, days: int, minute: int) -> datetime:
    calendar = calendars.calendar(ctx)
    day = calendar.roll(calendars.local_date(since))
    day = calendar.add(day, days) if days else day
    at = datetime.combine(day, OPENS, SHANGHAI) + timedelta(minutes=minute)
    return at if at > since else datetime.combine(calendar.add(day, 1), OPENS, SHANGHAI) + timedelta(minutes=minute)


def _is_held(run: _Play, ctx: Context, task: Task, at: datetime) -> bool:
    if not run.world.behaviour.manner(task.process, task.element).is_held:
        return False
    held = run.world.behaviour.hold.get(_actor(run, ctx, task) or "", 0)
    last = calendars.calendar(ctx).add(calendars.local_date(run.until), -held)
    return bool(held) and at >= datetime.combine(last, OPENS, SHANGHAI)


def _act(run: _Play, task_id: int, now: datetime) -> None:
    """Somebody who holds the task opens it, fills in its form and hands it in."""
    with transaction(run.database, now=now) as ctx:
        found = ctx.session.get_one(Task, task_id)
        actor = _actor(run, ctx, found) if found.status == TaskStatus.OPEN else None
        if actor is None:
            return
        # From here on it is the person who acts, with the person's rights.
        ctx.actor = actor
        task = workflow.task(ctx, task_id)
        workflow.opened(ctx, task)
        sees = {**workflow.offered(ctx, task), **_sees(ctx, task), "account": actor}
        prepare = PREPARATIONS.get(task.operation or "")
        if prepare is not None:
            sees |= prepare(ctx, run.world, sees) or {}
        answers = _answers(run, ctx, task, sees)
        workflow.complete(ctx, task_id, answers, version=task.instance.version)


def _actor(run: _Play, ctx: Context, task: Task) -> str | None:
    """One of those who may do the task; of several the same one for the same sheet."""
    if task.assignee is not None:
        return task.assignee
    groups = ctx.session.scalars(select(Candidate.group).where(Candidate.task_id == task.id)).all()
    holders = sorted({account for group in groups for account in people.holders(ctx, group)})
    return draws.one_of(holders, run.seed, task.batch or task.instance.key, task.element) if holders else None


def _answers(run: _Play, ctx: Context, task: Task, sees: Mapping[str, Any]) -> dict[str, Any]:
    if task.form is None:
        return {}
    manner = run.world.behaviour.manner(task.process, task.element)
    specs = dict(manner.answers)
    for kind, reaction in manner.reactions.items():
        holds = reaction.when is None or behaviour.answer(reaction.when, sees) is True
        if holds and any(event.concerns(sees) for event in run.world.of_kind(kind)):
            specs |= reaction.answers
    about = (run.seed, task.instance.key, task.item, task.element, task.visits)
    return filling.Pen(ctx, sees, specs, about).fill(workflow.form_of(ctx, task))


def _sees(ctx: Context, task: Task) -> dict[str, Any]:
    known = {**workflow.variables(ctx, task.instance), **workflow.inputs(task)}
    # An expression gives every number as a decimal; ids are whole again here.
    whole = {name: filling.sent(value) if isinstance(value, Decimal) else value for name, value in known.items()}
    more = {"title": task.instance.title, **whole}
    return filling.sees_of(ctx.today, task.visits, task.due_at, **more)


def _happen(run: _Play, ahead: Ahead, event: Event, now: datetime) -> None:
    """The event comes about and is noted, in one transaction, so that a run that was killed does not repeat it.

    One whose moment has not come leaves nothing behind and is put off.
    """
    try:
        with transaction(run.database, actor=event.by or None, now=now) as ctx:
            HAPPENINGS[event.kind](ctx, plans.find(ctx, run.package.key, run.year), event)
            audit.record(ctx, "simulation.happen", _chain(run), kind=event.kind, line=event.line)
    except NotYet:
        ahead.put_off()
    else:
        ahead.done()


def _chain(run: _Play) -> str:
    return f"simulation:{run.package.key}/{run.year}"


_HAPPENED = select(audit.Entry).where(audit.Entry.chain == bindparam("chain"))
