"""The ledger of matters (整改台账): every matter the person may see, who holds it since when (S3 4.6, C3).

Filtering, counting and paging are the database's work, so that ten thousand matters cost what one page of them costs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from engine import access, people
from engine.assessment import follow_up, indicators, loop, plans, rectification, supervision, warnings
from engine.assessment.rectification import Item, ItemNotice, ItemStatus
from engine.db import Context
from engine.workflow.store import Candidate, Instance, Task, TaskStatus

PAGE = 100
#: What a reader may ask for at once; the order is that of the chips.
STANDINGS = ("open", "overdue", "to_review", "rebounded", "closed_out", "long_term", "ended")
#: States in which the plan's date counts; afterwards the date of the work.
_PLANNING = (ItemStatus.OPENED, ItemStatus.PLAN_SUBMITTED)


@dataclass(frozen=True, slots=True)
class Holding:
    """An open task of a matter: who has it, at which step, since when."""

    task_id: int
    process: str
    step: str
    #: A unit's code or an account; None where the post is held in several units.
    holder: str | None
    since: datetime
    due: datetime | None
    #: The matter in words.
    title: str = ""
    #: Nobody held the post when the task was made.
    is_unattended: bool = False
    #: It waits for a role of the whole city, and ``holder`` is only where that role sits.
    is_of_role: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which matters, in which order; an empty text asks for all."""

    standing: str = ""
    unit: str = ""
    status: str = ""
    #: Key of a round whose notices the matter answers.
    round: str = ""
    indicator: str = ""
    #: Code of the unit that holds it.
    holder: str = ""
    #: ``number``, ``unit``, ``status``, ``opened`` or ``due``, with ``-`` before it the other way round.
    sort: str = "number"


@dataclass(frozen=True, slots=True)
class Line:
    """One matter of the ledger."""

    item: Item
    indicator: indicators.CycleIndicator
    #: Keys of the rounds whose notices it answers; none for a measure of a consultation.
    rounds: tuple[str, ...]
    held: tuple[Holding, ...]
    #: The latest second look at it.
    review: follow_up.Review | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Page:
    lines: list[Line]
    #: How many matters the whole list has.
    total: int


def page(ctx: Context, cycle: plans.Cycle, wanted: Wanted, *, offset: int = 0, limit: int = PAGE) -> Page:
    """Part of the matters that the person may see and asks for."""
    query = _wanted(ctx, cycle, wanted)
    total = ctx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(*_order(wanted.sort)).offset(offset).limit(limit)
    return Page(_lines(ctx, cycle, list(ctx.session.scalars(ordered))), total)


def every(ctx: Context, cycle: plans.Cycle, wanted: Wanted, size: int = 500) -> Iterator[Line]:
    """All the matters asked for, for an export."""
    offset = 0
    while lines := page(ctx, cycle, wanted, offset=offset, limit=size).lines:
        yield from lines
        offset += size


def counts(ctx: Context, cycle: plans.Cycle, wanted: Wanted) -> dict[str, int]:
    """Standing -> how many of the matters asked for, whatever standing is chosen; "" is all of them."""
    others = _narrowed(ctx, cycle, wanted).subquery()
    standing = _standings(ctx)
    columns = [func.coalesce(func.sum(case((standing[name], 1), else_=0)), 0).label(name) for name in STANDINGS]
    query = select(func.count().label("everything"), *columns).select_from(Item).where(Item.id.in_(select(others.c.id)))
    row = ctx.session.execute(query).one()
    return {"": row.everything, **{name: int(getattr(row, name)) for name in STANDINGS}}


def units_of(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The units with a matter that the person may see, issued to them or given to them since."""
    query = select(Item.unit, Item.given_to).where(*_visible(ctx, cycle)).distinct()
    return sorted({code for pair in ctx.session.execute(query) for code in pair if code})


def numbered(ctx: Context, cycle: plans.Cycle, text: str, limit: int) -> list[Item]:
    """Matters whose number holds the text."""
    query = select(Item).where(*_visible(ctx, cycle), Item.number.icontains(text, autoescape=True))
    return list(ctx.session.scalars(query.order_by(Item.number).limit(limit)))


def open_by_unit(ctx: Context, cycle: plans.Cycle) -> dict[str, tuple[int, int]]:
    """Unit -> how many of its matters are open and how many of those overdue, of the matters the person may see.

    One that was given to another unit counts for both, as both lists show it.
    """
    standing = _standings(ctx)
    overdue = func.sum(case((standing["overdue"], 1), else_=0))
    found: dict[str, tuple[int, int]] = {}
    for whose in (Item.unit, Item.given_to):
        query = select(whose, func.count(), overdue).where(*_visible(ctx, cycle), standing["open"], whose.is_not(None))
        for unit, count, late in ctx.session.execute(query.group_by(whose)):
            before = found.get(unit, (0, 0))
            found[unit] = before[0] + count, before[1] + int(late)
    return found


def holdings(ctx: Context, cycle: plans.Cycle) -> dict[str, list[Holding]]:
    """Number of a matter -> the open tasks of its work, its slips and its review.

    It says who holds what and nothing of rights: look up only matters that the person may see.
    """
    found: dict[str, list[Holding]] | None = ctx.memo.get(("holdings", cycle.id))
    if found is None:
        found = ctx.memo["holdings", cycle.id] = _holdings(ctx, cycle)
    return found


def seats(ctx: Context) -> dict[str, str]:
    """Role -> the one unit in which it is held today; roles of several units are left out."""
    query = (
        select(people.Appointment.role, func.min(people.Unit.code))
        .join(people.Unit, people.Unit.id == people.Appointment.unit_id)
        .where(*people.in_office(ctx))
        .group_by(people.Appointment.role)
        .having(func.count(people.Unit.code.distinct()) == 1)
    )
    return dict(ctx.session.execute(query).all())


def open_tasks(ctx: Context, cycle: plans.Cycle, *keys: str) -> list[tuple[str, Holding]]:
    """(business key, open task) of the year's instances; ``keys`` are what follows the year, as patterns of LIKE."""
    # Columns, not rows: a task brings its instance along, and with it the whole state of the process.
    columns = (Task.process, Task.name, Task.assignee, Task.unit, Task.created_at, Task.due_at, Task.unattended)
    query = (
        select(Task.id, *columns, Instance.key, Instance.title, Candidate.group)
        .join(Instance, Instance.id == Task.instance_id)
        .outerjoin(Candidate, and_(Candidate.task_id == Task.id, Candidate.group.not_like("%@%")))
        .where(Task.status == TaskStatus.OPEN, Instance.package == cycle.package)
        .where(or_(false(), *(Instance.key.like(f"{cycle.year}/{key}") for key in keys)))
        .order_by(Task.id)
    )
    seated = seats(ctx)
    rows = {row.id: row for row in ctx.session.execute(query)}
    return [
        (
            row.key,
            Holding(
                task_id=row.id,
                process=row.process,
                step=row.name,
                holder=row.assignee or row.unit or seated.get(row.group or ""),
                since=row.created_at,
                due=row.due_at,
                title=row.title,
                is_unattended=row.unattended,
                is_of_role=row.assignee is None and row.unit is None,
            ),
        )
        for row in rows.values()
    ]


def _holdings(ctx: Context, cycle: plans.Cycle) -> dict[str, list[Holding]]:
    query = select(supervision.Slip.id, Item.number).join(Item, Item.id == supervision.Slip.item_id)
    slips = dict(ctx.session.execute(query.where(Item.cycle_id == cycle.id)).all())
    found: dict[str, list[Holding]] = {}
    for key, holding in open_tasks(ctx, cycle, "item/%", "review/%", "slip/%"):
        _, kind, rest = key.split("/", 2)
        number = slips.get(int(rest), "") if kind == "slip" else rest.rpartition("/")[0]
        found.setdefault(number, []).append(holding)
    return found


def _lines(ctx: Context, cycle: plans.Cycle, items: list[Item]) -> list[Line]:
    ids = [each.id for each in items]
    rounds, reviews, held = _rounds(ctx, ids), _reviews(ctx, ids), holdings(ctx, cycle)
    used = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    late = {each.id for each in loop.overdue(ctx, items)}
    return [
        Line(
            each,
            used[each.cycle_indicator_id],
            tuple(rounds.get(each.id, ())),
            tuple(held.get(each.number, ())),
            reviews.get(each.id),
            each.id in late,
        )
        for each in items
    ]


def _rounds(ctx: Context, items: list[int]) -> dict[int, list[str]]:
    query = (
        select(ItemNotice.item_id, plans.Round.key)
        .join(warnings.Notice, warnings.Notice.id == ItemNotice.notice_id)
        .join(plans.Round, plans.Round.id == warnings.Notice.round_id)
        .where(ItemNotice.item_id.in_(items))
        .order_by(plans.Round.position)
    )
    found: dict[int, list[str]] = {}
    for item, key in ctx.session.execute(query):
        found.setdefault(item, []).append(key)
    return found


def _reviews(ctx: Context, items: list[int]) -> dict[int, follow_up.Review]:
    query = select(follow_up.Review).where(follow_up.Review.item_id.in_(items)).order_by(follow_up.Review.round)
    return {each.item_id: each for each in ctx.session.scalars(query)}


def _wanted(ctx: Context, cycle: plans.Cycle, wanted: Wanted) -> Select[Item]:
    query = _narrowed(ctx, cycle, wanted)
    return query.where(_standings(ctx)[wanted.standing]) if wanted.standing in STANDINGS else query


def _narrowed(ctx: Context, cycle: plans.Cycle, wanted: Wanted) -> Select[Item]:
    """Everything that is asked for but the standing."""
    query = select(Item).where(*_visible(ctx, cycle))
    if wanted.unit:
        query = query.where(or_(Item.unit == wanted.unit, Item.given_to == wanted.unit))
    if wanted.status:
        query = query.where(Item.status == wanted.status)
    if wanted.indicator:
        codes = [each.id for each in indicators.of_cycle(ctx, cycle) if each.code == wanted.indicator]
        query = query.where(Item.cycle_indicator_id.in_(codes))
    if wanted.round:
        query = query.where(Item.id.in_(_of_round(wanted.round)))
    return query.where(_held_by(ctx, wanted.holder)) if wanted.holder else query


def _of_round(key: str) -> Select[int]:
    notices = select(ItemNotice.item_id).join(warnings.Notice, warnings.Notice.id == ItemNotice.notice_id)
    return notices.join(plans.Round, plans.Round.id == warnings.Notice.round_id).where(plans.Round.key == key)


def _held_by(ctx: Context, holder: str) -> ColumnElement[bool]:
    """The matter's own work stands with the unit or person: by name, by unit, or by a post that only this unit has."""
    posts = [role for role, unit in seats(ctx).items() if unit == holder]
    by_post = select(Candidate.task_id).where(Candidate.group.in_(posts), Candidate.is_open)
    nobody_else = and_(Task.assignee.is_(None), Task.unit.is_(None), Task.id.in_(by_post))
    theirs = or_(Task.assignee == holder, and_(Task.assignee.is_(None), Task.unit == holder), nobody_else)
    return Item.instance_id.in_(select(Task.instance_id).where(Task.status == TaskStatus.OPEN, theirs))


def _visible(ctx: Context, cycle: plans.Cycle) -> list[ColumnElement[bool]]:
    """The year's matters of one's own unit and of the indicators it answers for; all of them for who oversees."""
    clauses = [Item.cycle_id == cycle.id]
    if not access.oversees(ctx):
        own = access.own_units(ctx)
        judged = [each.id for each in indicators.of_cycle(ctx, cycle) if each.responsible_unit in own]
        clauses.append(or_(Item.unit.in_(own), Item.given_to.in_(own), Item.cycle_indicator_id.in_(judged)))
    return clauses


def _standings(ctx: Context) -> Mapping[str, ColumnElement[bool]]:
    is_open = Item.status.in_(rectification.OPEN)
    pending = select(follow_up.Review.id).where(
        follow_up.Review.item_id == Item.id, follow_up.Review.round == Item.round, follow_up.Review.done_at.is_(None)
    )
    disputed = (
        select(ItemNotice.item_id)
        .join(warnings.Notice, warnings.Notice.id == ItemNotice.notice_id)
        .where(ItemNotice.item_id == Item.id, warnings.Notice.status == warnings.NoticeStatus.OBJECTED)
    )
    return {
        "open": is_open,
        # As ``loop.overdue`` has it: while a figure is disputed, the plan's clock stands.
        "overdue": and_(is_open, _due() < ctx.now, ~and_(Item.status.in_(_PLANNING), disputed.exists())),
        "to_review": and_(Item.status == ItemStatus.CLOSED_OUT, pending.exists()),
        "rebounded": Item.round > 1,
        "closed_out": Item.status == ItemStatus.CLOSED_OUT,
        "long_term": Item.status == ItemStatus.LONG_TERM,
        "ended": Item.status.in_([ItemStatus.WITHDRAWN, ItemStatus.LIFTED]),
    }


def _due() -> ColumnElement[datetime]:
    return case((Item.status.in_(_PLANNING), Item.plan_due), else_=Item.work_due)


def _order(sort: str) -> list[Any]:
    columns = {"unit": Item.unit, "status": Item.status, "opened": Item.opened_at, "due": _due(), "number": Item.number}
    column: Any = columns.get(sort.lstrip("-"), Item.number)
    return [column.desc() if sort.startswith("-") else column, Item.number]
