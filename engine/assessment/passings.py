"""Single open matters that a unit which is gone has left: each passes to another unit by a recorded act, resting on a paper.

The matter keeps its number, its letters and the name of the unit it was issued to; that unit's successor goes on reading
it. From the act on the other unit's people do it: what waits for them is theirs, and so is what still comes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people, workflow
from engine.assessment import letters, plans, rectification, scans, supervision, warnings
from engine.assessment.rectification import Item, ItemNotice
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, Message, NotFound, Refused
from engine.workflow.inbox import ForSigners
from engine.workflow.store import Instance, Status


class NoSuccessor(Invalid):
    """{successor} cannot stand in the place of {unit}: {why}"""

    code = "no_successor"


class NotOfUnit(Invalid):
    """{matter} is none of the matters that {unit} has to do."""

    code = "not_of_unit"


class StillThere(Refused):
    """{unit} is still there; only what a unit that is gone has left passes to another."""

    code = "still_there"


class HasItAlready(Conflict):
    """{matter} is for {unit} to do already."""

    code = "has_it_already"


class WithSigners(Conflict):
    """Added signers have not all spoken in {matter} yet; wait for them or take them off, then pass it on."""

    code = "with_signers"


class Passing(Base):
    """One matter passed from the unit whose people did it to another: by which paper."""

    __tablename__ = "passing"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    #: Whose people did it, and do it from now on.
    left: Mapped[str] = mapped_column("left_unit", String(40))
    heir: Mapped[str] = mapped_column(String(40), index=True)
    #: The end of the unit in whose act it passed; None for an act of its own later.
    succession_id: Mapped[int | None] = mapped_column(ForeignKey("succession.id"))
    reason: Mapped[str] = mapped_column(Text)
    document: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


def pass_on(
    ctx: Context, unit: str, number: str, heir: str, reason: str, document: str, papers: Sequence[int] = ()
) -> Passing:
    """The lead passes an open matter that ``unit`` does in the place of one that is gone to another unit.

    Raises ``NotOfUnit``, ``ItemClosed``, ``StillThere``, ``HasItAlready``, ``NoSuccessor`` and ``WithSigners``.
    """
    item = require_passable(ctx, unit, number)
    require_heir(ctx, item, heir)
    if not reason.strip() or not document.strip():
        raise Invalid("Give the reason and the paper it rests on.")
    made = give(ctx, item, heir, reason.strip(), document.strip())
    scans.attach(ctx, "units", f"passing:{made.id}", papers)
    return made


def require_passable(ctx: Context, unit: str, number: str) -> Item:
    """The matter, when it can pass from the unit to another."""
    access.require(ctx, "lead")
    people.unit(ctx, unit)
    item = open_matter(ctx, unit, number)
    if people.unit(ctx, item.unit).successor is None:
        raise StillThere(unit=item.unit)
    return item


def require_heir(ctx: Context, item: Item, heir: str) -> None:
    """Refuse a unit that does the matter already, or that could not stand in the place of the one it was issued to."""
    if stands_for(ctx, item.worked_by) == heir:
        raise HasItAlready(matter=item.number, unit=heir)
    require_fit(ctx, people.unit(ctx, item.unit), people.unit(ctx, heir))


def open_matter(ctx: Context, unit: str, number: str) -> Item:
    """An open matter that the unit has to do. Raises ``NotOfUnit``, and ``ItemClosed`` for one that has ended."""
    item = ctx.session.scalar(select(Item).where(Item.number == number))
    if item is None or stands_for(ctx, item.worked_by) != unit:
        raise NotOfUnit(matter=number, unit=unit)
    if not item.is_open:
        raise rectification.ItemClosed(number=item.number, status=item.status)
    return item


def give(ctx: Context, item: Item, heir: str, reason: str, document: str, succession_id: int | None = None) -> Passing:
    """The matter is the heir's to do: its tasks and those of its slips, what is still to come, what it is told of."""
    at, left = item.worked_by, stands_for(ctx, item.worked_by)
    item.given_to = heir
    move_tasks(ctx, item, _instances(ctx, item), at, heir, f"{left} → {heir} {document}")
    made = Passing(
        item_id=item.id,
        left=left,
        heir=heir,
        succession_id=succession_id,
        reason=reason,
        document=document,
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    chain = plans.chain_of(plans.cycle(ctx, item.cycle_id))
    audit.record(ctx, "item.pass_on", chain, item=item.number, left=left, heir=heir, document=document, reason=reason)
    _tell(ctx, item, left, heir)
    return made


def move_tasks(
    ctx: Context, item: Item, instances: Iterable[int], left: str, heir: str, why: str, variable: str = "unit"
) -> None:
    """What waits in the matter for the posts of one unit, and what still will, is the heir's. Raises ``WithSigners``."""
    try:
        for instance_id in instances:
            workflow.give_over(ctx, instance_id, left, heir, why, variable)
    except ForSigners:
        raise WithSigners(matter=item.number) from None


def add_papers(ctx: Context, passing_id: int, papers: Sequence[int]) -> Passing:
    """The lead attaches what the act rests on, later than the act."""
    access.require(ctx, "lead")
    found = visible(ctx, passing_id)
    scans.require_some(papers)
    scans.attach(ctx, "units", f"passing:{found.id}", papers)
    return found


def visible(ctx: Context, passing_id: int) -> Passing:
    """A passing the person may see: who may see its matter, and the unit that gave it. Raises ``NotFound``."""
    found = ctx.session.get(Passing, passing_id)
    if found is None:
        raise NotFound
    if found.left not in access.own_units(ctx):
        rectification.item(ctx, found.item_id)
    return found


def of_item(ctx: Context, item: Item) -> Sequence[Passing]:
    """Through whose hands the matter has gone, oldest first."""
    return ctx.session.scalars(select(Passing).where(Passing.item_id == item.id).order_by(Passing.id)).all()


def of_unit(ctx: Context, unit: str) -> list[tuple[Passing, Item]]:
    """What was passed on of the matters issued to the unit, oldest first; of others' matters what one gave or was given."""
    found, own = _with_items(ctx, Item.unit == unit), access.own_units(ctx)
    if access.oversees(ctx) or unit in own:
        return found
    return [(made, item) for made, item in found if {made.left, made.heir} & own]


def received(ctx: Context, unit: str) -> list[tuple[Passing, Item]]:
    """The matters of others that were given to the unit by name, oldest first, whoever does them now."""
    return _with_items(ctx, Passing.heir == unit)


def done_by(ctx: Context, units: Iterable[str]) -> Any:
    """The condition that a matter is one of those units' to do."""
    return func.coalesce(Item.given_to, Item.unit).in_(list(units))


def stood_for(ctx: Context, unit: str) -> list[str]:
    """The unit's own code and those of the units in whose place it stands."""
    gone = select(people.Unit.code).where(people.Unit.successor == unit).order_by(people.Unit.code)
    return [unit, *ctx.session.scalars(gone)]


def stands_for(ctx: Context, unit: str) -> str:
    """The unit itself, or who stands in its place."""
    return people.unit(ctx, unit).successor or unit


def letter_rows(ctx: Context, letter_id: int) -> frozenset[int]:
    """The warnings of a letter that belong to matters given to one's own units: all of it they may read."""
    own = access.own_units(ctx)
    query = select(ItemNotice.notice_id).join(Item, Item.id == ItemNotice.item_id)
    query = query.join(warnings.Notice, warnings.Notice.id == ItemNotice.notice_id)
    return frozenset(ctx.session.scalars(query.where(Item.given_to.in_(own), warnings.Notice.letter_id == letter_id)))


def letter(ctx: Context, letter_id: int) -> tuple[letters.Letter, frozenset[int] | None]:
    """A letter the person may see, or one on which a matter given to them rests, and then the warnings they may read."""
    found, rows = ctx.session.get(letters.Letter, letter_id), letter_rows(ctx, letter_id)
    if found is None or not rows or access.oversees(ctx) or found.unit in access.own_units(ctx):
        return letters.letter(ctx, letter_id), None
    return found, rows


def require_fit(ctx: Context, gone: people.Unit, heir: people.Unit) -> None:
    """Refuse with ``NoSuccessor`` a unit that is gone itself, or of another kind."""
    if heir.code == gone.code or heir.successor is not None or not heir.exists_on(ctx.today):
        raise NoSuccessor(unit=gone.code, successor=heir.code, why=Message("there is no such unit today."))
    if bool(heir.group) != bool(gone.group):
        why = Message("one of them is assessed, the other is not.")
        raise NoSuccessor(unit=gone.code, successor=heir.code, why=why)


def _with_items(ctx: Context, condition: Any) -> list[tuple[Passing, Item]]:
    query = select(Passing, Item).join(Item, Item.id == Passing.item_id).where(condition).order_by(Passing.id)
    return [(made, item) for made, item in ctx.session.execute(query)]


def _instances(ctx: Context, item: Item) -> list[int]:
    """The matter's own instance and those of its slips that are not over."""
    cycle = plans.cycle(ctx, item.cycle_id)
    slips = select(supervision.Slip.id).where(supervision.Slip.item_id == item.id)
    keys = [f"{cycle.year}/slip/{each}" for each in ctx.session.scalars(slips)]
    query = select(Instance.id).where(
        Instance.package == cycle.package,
        or_(Instance.id == item.instance_id, Instance.key.in_(keys)),
        Instance.status.in_((Status.RUNNING, Status.SUSPENDED)),
    )
    return list(ctx.session.scalars(query.order_by(Instance.id)))


def _tell(ctx: Context, item: Item, left: str, heir: str) -> None:
    facts = {"number": item.number, "unit": people.unit(ctx, heir).name}
    for code, link in ((heir, f"/items/{item.id}"), (left, f"/units/{item.unit}/succession")):
        groups = [f"{role}@{code}" for role in ("clerk", "leader")]
        notifications.notify(ctx, "item.passed_on", groups=groups, link=link, **facts)
