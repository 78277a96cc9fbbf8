"""Matters of rectification: opened when a letter is received, merged, withdrawn, lifted, closed out, reopened.

opened -> plan_submitted -> plan_signed -> in_progress -> claimed -> accepted -> closed_out; aside: long_term, withdrawn,
lifted. A rebound reopens the same matter with its round one higher; everything before stays.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people, workflow
from engine.assessment import indicators, letters, numbers, plans, warnings
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused


class UnknownItem(NotFound):
    """There is no such matter."""

    code = "unknown_item"


class ItemClosed(Refused):
    """The matter {number} is {status}; nothing more can be done in it."""

    code = "item_closed"


class NotClosedOut(Refused):
    """The matter {number} is {status}; only one that was closed out can be reopened."""

    code = "not_closed_out"


class Source(StrEnum):
    WARNING = "warning"
    CONSULTATION = "consultation"
    #: A reminder of the lead department in daily assessment.
    REMINDER = "reminder"
    #: A finding of the inspection office.
    SUPERVISION = "supervision"
    #: A long-term matter of an earlier year.
    LONG_TERM = "long_term"


class ItemStatus(StrEnum):
    OPENED = "opened"
    PLAN_SUBMITTED = "plan_submitted"
    PLAN_SIGNED = "plan_signed"
    IN_PROGRESS = "in_progress"
    #: Evidence has been handed in by the unit's clerk and waits for its leader.
    EVIDENCE_SUBMITTED = "evidence_submitted"
    #: Evidence has left the unit: it claims to be done.
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    CLOSED_OUT = "closed_out"
    LONG_TERM = "long_term"
    WITHDRAWN = "withdrawn"
    LIFTED = "lifted"


#: Operations by which the unit that answers for the indicator decides, until the matter becomes one of the lead's.
APPROVALS = ("items.approve_plan", "items.decide_extension")
#: How a matter may end with its notice.
OUTCOMES = (ItemStatus.WITHDRAWN, ItemStatus.LIFTED)
#: States in which somebody still has to do something.
OPEN = frozenset(
    {
        ItemStatus.OPENED,
        ItemStatus.PLAN_SUBMITTED,
        ItemStatus.PLAN_SIGNED,
        ItemStatus.IN_PROGRESS,
        ItemStatus.EVIDENCE_SUBMITTED,
        ItemStatus.CLAIMED,
        ItemStatus.ACCEPTED,
    }
)


class Item(Base):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    #: ZG-2026-B07-012, drawn at opening.
    number: Mapped[str] = mapped_column(String(60), unique=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), index=True)
    #: The unit it was issued to; numbers, letters and figures stay its own whoever does the work.
    unit: Mapped[str] = mapped_column(String(40), index=True)
    #: The unit whose people do it now, where that one is gone and a recorded act gave the matter to another.
    given_to: Mapped[str | None] = mapped_column(String(40), index=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    source: Mapped[str] = mapped_column(String(20))
    red: Mapped[bool] = mapped_column(default=False)
    repeated: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(20), default=ItemStatus.OPENED, index=True)
    #: 1, and one more after each rebound.
    round: Mapped[int] = mapped_column(default=1)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instance.id"))
    opened_at: Mapped[datetime]
    #: The dates the unit works to; lights use these.
    plan_due: Mapped[datetime]
    work_due: Mapped[datetime]
    #: The date before any extension; statistics show both.
    original_due: Mapped[datetime]
    extensions: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(60))
    #: The long-term matter of an earlier year that this one goes on with.
    carried_from: Mapped[int | None] = mapped_column(ForeignKey("item.id"), unique=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)

    @property
    def worked_by(self) -> str:
        """The unit at whose posts the matter is done."""
        return self.given_to or self.unit

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class ItemNotice(Base):
    """A notice that a matter answers: the one it was opened for, and those merged into it (并入)."""

    __tablename__ = "item_notice"
    __table_args__ = (UniqueConstraint("notice_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    merged: Mapped[bool] = mapped_column(default=False)


def open_for_letter(ctx: Context, cycle: plans.Cycle, letter: letters.Letter) -> list[Item]:
    """Open a matter for each notice of a received letter, or merge it into the unit's open one on the same indicator."""
    opened = []
    for notice in warnings.of_letter(ctx, letter.id):
        if notice.status != warnings.NoticeStatus.ISSUED:
            continue
        standing = find(ctx, cycle, notice.unit, notice.cycle_indicator_id)
        if standing is not None:
            _merge(ctx, cycle, standing, notice)
        else:
            opened.append(_open_for_notice(ctx, cycle, letter, notice))
    return opened


def open_for_measure(
    ctx: Context, cycle: plans.Cycle, unit: str, used: indicators.CycleIndicator, due: datetime
) -> Item:
    """Open a matter for a measure of a consultation."""
    made = open_new(ctx, cycle, unit, used.id, Source.CONSULTATION, red=False, repeated=False, work_due=due)
    start_rectifying(ctx, cycle, made)
    return made


def open_for_record(
    ctx: Context, cycle: plans.Cycle, unit: str, used: indicators.CycleIndicator, source: Source, due: datetime
) -> Item:
    """Open a matter for a reminder or a finding; the unit's open one on the same indicator is it, where there is one."""
    standing = find(ctx, cycle, unit, used.id)
    if standing is not None:
        return standing
    made = open_new(ctx, cycle, unit, used.id, source, red=False, repeated=False, work_due=due)
    start_rectifying(ctx, cycle, made)
    return made


def join_measure(ctx: Context, cycle: plans.Cycle, standing: Item) -> None:
    """A consultation's measure joins the unit's open matter; from now on the lead decides its plan and requests."""
    standing.source = Source.CONSULTATION
    _inform(ctx, standing)
    audit.record(ctx, "item.join_measure", plans.chain_of(cycle), item=standing.number)


def item(ctx: Context, item_id: int) -> Item:
    """A matter the person may see: its unit, the one it was given to, the one that answers for the indicator, overseers."""
    found = ctx.session.get(Item, item_id)
    if found is None:
        raise UnknownItem
    if not access.oversees(ctx):
        responsible = indicators.get(ctx, found.cycle_indicator_id).responsible_unit
        if not access.own_units(ctx) & {found.unit, found.worked_by, responsible}:
            raise UnknownItem
    return found


def items(ctx: Context, cycle: plans.Cycle, *, unit: str | None = None) -> list[Item]:
    """The year's matters that the person may see, by number."""
    query = select(Item).where(Item.cycle_id == cycle.id)
    query = query.where(Item.unit == unit) if unit else query
    if not access.oversees(ctx):
        own = access.own_units(ctx)
        judged = [each.id for each in indicators.of_cycle(ctx, cycle) if each.responsible_unit in own]
        query = query.where(Item.unit.in_(own) | Item.given_to.in_(own) | Item.cycle_indicator_id.in_(judged))
    return list(ctx.session.scalars(query.order_by(Item.number)))


def find(ctx: Context, cycle: plans.Cycle, unit: str, cycle_indicator_id: int) -> Item | None:
    """The unit's open matter on the indicator."""
    query = select(Item).where(
        Item.cycle_id == cycle.id,
        Item.unit == unit,
        Item.cycle_indicator_id == cycle_indicator_id,
        Item.status.in_(OPEN),
    )
    return ctx.session.scalars(query.order_by(Item.id)).first()


def notices_of(ctx: Context, item: Item) -> list[warnings.Notice]:
    """The notices the matter answers, oldest first."""
    query = select(warnings.Notice).join(ItemNotice, ItemNotice.notice_id == warnings.Notice.id)
    return list(ctx.session.scalars(query.where(ItemNotice.item_id == item.id).order_by(warnings.Notice.id)))


def origins(ctx: Context, item: Item) -> list[Item]:
    """The matters of earlier years that this one goes on from, the latest first."""
    found = []
    while item.carried_from is not None:
        item = ctx.session.get_one(Item, item.carried_from)
        found.append(item)
    return found


def reopen(ctx: Context, cycle: plans.Cycle, rebounded: Item, finding: str) -> None:
    """The problem has come back: the same matter goes on with its round one higher (G2). Raises ``NotClosedOut``."""
    if rebounded.status != ItemStatus.CLOSED_OUT:
        raise NotClosedOut(number=rebounded.number, status=rebounded.status)
    rebounded.round += 1
    rebounded.status, rebounded.closed_at, rebounded.closed_by = ItemStatus.OPENED, None, None
    rebounded.plan_due = calendars.deadline(ctx, cycle.days("plan"))
    rebounded.work_due = rebounded.original_due = calendars.deadline(ctx, cycle.days("rework"))
    rebounded.extensions = 0
    audit.record(ctx, "item.reopen", plans.chain_of(cycle), item=rebounded.number, round=rebounded.round, why=finding)
    start_rectifying(ctx, cycle, rebounded)
    tell(ctx, rebounded, "item.reopened")


def end(ctx: Context, cycle: plans.Cycle, ended: Item, outcome: str, reason: str) -> None:
    """The notice was ``withdrawn`` or ``lifted``: the matter ends at whatever step it is; its papers stay."""
    require_open(ended)
    if outcome not in OUTCOMES:
        raise Invalid("A matter ends with its notice as one of {allowed}.", allowed=OUTCOMES)
    ended.status, ended.ended_at, ended.end_reason = ItemStatus(outcome), ctx.now, reason
    audit.record(ctx, f"item.{outcome}", plans.chain_of(cycle), item=ended.number, reason=reason)
    tell(ctx, ended, f"item.{outcome}")


def remind(ctx: Context, reminded: Item) -> None:
    """Tell the unit's clerk that the date is near; work that comes back after its date needs no such word."""
    if ctx.now >= reminded.work_due:
        return
    link, due = f"/items/{reminded.id}", calendars.last_day(reminded.work_due)
    facts = {"number": reminded.number, "due": str(due)}
    notifications.notify(ctx, "item.due_soon", groups=[f"clerk@{reminded.worked_by}"], link=link, **facts)


def tell_leader(ctx: Context, cycle: plans.Cycle, overdue: Item, step: str) -> None:
    """A date has passed: the unit's leader is told (overdue ladder, one day after)."""
    facts = {"number": overdue.number, "step": step}
    groups = [f"leader@{overdue.worked_by}"]
    notifications.notify(ctx, "item.overdue", groups=groups, link=f"/items/{overdue.id}", **facts)
    audit.record(ctx, "item.tell_leader", plans.chain_of(cycle), item=overdue.number, step=step)


def number_label(year: int, unit: str, number: int) -> str:
    return f"ZG-{year}-{unit}-{number:03d}"


def _open_for_notice(ctx: Context, cycle: plans.Cycle, letter: letters.Letter, notice: warnings.Notice) -> Item:
    made = open_new(
        ctx,
        cycle,
        notice.unit,
        notice.cycle_indicator_id,
        Source.WARNING,
        red=notice.level == "red",
        repeated=notice.escalated,
        work_due=first_work_due(ctx, cycle),
    )
    made.letter_id = letter.id
    notice.status = warnings.NoticeStatus.RECEIVED
    ctx.session.add(ItemNotice(item_id=made.id, notice_id=notice.id, merged=False))
    start_rectifying(ctx, cycle, made)
    return made


def open_new(
    ctx: Context,
    cycle: plans.Cycle,
    unit: str,
    cycle_indicator_id: int,
    source: Source,
    *,
    red: bool,
    repeated: bool,
    work_due: datetime,
) -> Item:
    made = Item(
        number=number_label(cycle.year, unit, numbers.draw(ctx, "item", cycle.year, unit)),
        cycle_id=cycle.id,
        unit=unit,
        cycle_indicator_id=cycle_indicator_id,
        source=source,
        red=red,
        repeated=repeated,
        status=ItemStatus.OPENED,
        round=1,
        extensions=0,
        opened_at=ctx.now,
        plan_due=calendars.deadline(ctx, cycle.days("plan")),
        work_due=work_due,
        original_due=work_due,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "item.open", plans.chain_of(cycle), item=made.number, source=source, due=work_due)
    return made


def start_rectifying(ctx: Context, cycle: plans.Cycle, item: Item) -> None:
    used = indicators.get(ctx, item.cycle_indicator_id)
    item.instance_id = workflow.start(
        ctx,
        "rectification",
        package=cycle.package,
        key=f"{cycle.year}/item/{item.number}/{item.round}",
        title=f"{people.unit(ctx, item.unit).name} · {used.name}",
        unit=item.worked_by,
        variables={
            "cycle": cycle.id,
            "item": item.id,
            "indicator": used.code,
            "responsible_unit": used.responsible_unit,
            "round": item.round,
            "letter": f"letter/{item.letter_id}" if item.letter_id else f"item/{item.id}",
            "plan_due": item.plan_due,
            "work_due": item.work_due,
            **_marks(item),
        },
    ).id


def _marks(item: Item) -> dict[str, Any]:
    """What decides who approves: the routing values that a merge or a consultation may change."""
    return {"unit": item.worked_by, "red": item.red, "repeated": item.repeated, "source": str(item.source)}


def _merge(ctx: Context, cycle: plans.Cycle, standing: Item, notice: warnings.Notice) -> None:
    """The matter takes over the later notice with its plan and evidence; both numbers stay, its dates too."""
    ctx.session.add(ItemNotice(item_id=standing.id, notice_id=notice.id, merged=True))
    notice.status = warnings.NoticeStatus.MERGED
    standing.red, standing.repeated = standing.red or notice.level == "red", True
    _inform(ctx, standing)
    audit.record(ctx, "item.merge", plans.chain_of(cycle), item=standing.number, notice=notice.id)


def _inform(ctx: Context, item: Item) -> None:
    """The matter has become one of the lead's: what is decided from now on, and what waits to be decided, is the lead's."""
    if item.instance_id is None:
        return
    workflow.put_variables(ctx, item.instance_id, _marks(item))
    # An open task keeps the groups it was made for, and the verb would refuse them: nobody could go on.
    for task in workflow.of_instances(ctx, [item.instance_id]):
        if task.operation in APPROVALS and workflow.candidates(ctx, task) != ["lead"]:
            workflow.put_before(ctx, task, "lead")


def first_work_due(ctx: Context, cycle: plans.Cycle) -> datetime:
    """The first of the year's dates that still lies ahead (1.4 no. 15); a non-working one moves on to the next working day."""
    dates: Sequence[str] = cycle.parameter("work_due")
    ahead = [day for text in dates if (day := date.fromisoformat(f"{cycle.year}-{text}")) > ctx.today]
    if not ahead:
        return calendars.deadline(ctx, cycle.days("rework"))
    return calendars.end_of(calendars.calendar(ctx).roll(min(ahead)))


def require_open(item: Item) -> None:
    """Refuse with ``ItemClosed`` what would be done in a matter that has come to its end."""
    if not item.is_open:
        raise ItemClosed(number=item.number, status=item.status)


def tell(ctx: Context, item: Item, kind: str, facts: Mapping[str, Any] | None = None) -> None:
    """Tell the unit's clerk and leader what has become of their matter."""
    groups = [f"clerk@{item.worked_by}", f"leader@{item.worked_by}"]
    notifications.notify(ctx, kind, groups=groups, link=f"/items/{item.id}", number=item.number, **(facts or {}))
