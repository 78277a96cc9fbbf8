"""What a published result was used for (S1): promotion, a changed team, training, accountability, incentives.

The program records that somebody decided it, who, when and by which paper. It proposes nothing and decides nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, people
from engine.assessment import plans, results
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NothingToUse(Refused):
    """The result of {unit} is not published yet; its use is recorded afterwards."""

    code = "nothing_to_use"


class UseVoid(Conflict):
    """This use was made void already."""

    code = "use_void"


class UseKind(StrEnum):
    PROMOTION_PRIORITY = "promotion_priority"
    TEAM_ADJUSTMENT = "team_adjustment"
    TRAINING = "training"
    ACCOUNTABILITY = "accountability"
    COMMENDATION = "commendation"
    INCENTIVE = "incentive"
    OTHER = "other"


class ResultUse(Base):
    """One use of one unit's result, as it was decided elsewhere."""

    __tablename__ = "result_use"
    __table_args__ = (Index("ix_result_use_cycle_id_unit", "cycle_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40))
    #: Whom it concerns, where it is a person.
    person: Mapped[str] = mapped_column(String(100))
    #: The published result it rests on, and its grade as it was then.
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"))
    grade: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(30))
    decided_by: Mapped[str] = mapped_column(String(200))
    document: Mapped[str] = mapped_column(String(200))
    decided_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))
    void_at: Mapped[datetime | None]
    void_by: Mapped[str | None] = mapped_column(String(60))
    void_why: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Draft:
    """A use as somebody decided it; ``decided_by`` names the body, ``document`` its paper."""

    unit: str
    kind: str
    decided_by: str
    document: str
    decided_on: date
    person: str = ""
    note: str = ""


def record(ctx: Context, cycle: plans.Cycle, draft: Draft) -> ResultUse:
    """The lead records a use of a unit's published result. Raises ``NothingToUse`` before there is one."""
    access.require(ctx, "lead")
    people.unit(ctx, draft.unit)
    if draft.kind not in set(UseKind):
        raise Invalid("Choose one of the kinds.")
    if not draft.decided_by.strip() or not draft.document.strip():
        raise Invalid("Write who decided it, and the number of the paper.")
    if draft.decided_on > ctx.today:
        raise Invalid("The day must not lie ahead.")
    result = _published(ctx, cycle, draft.unit)
    made = ResultUse(
        cycle_id=cycle.id,
        unit=draft.unit,
        person=draft.person.strip(),
        result_id=result.id,
        grade=result.grade or "",
        kind=UseKind(draft.kind),
        decided_by=draft.decided_by.strip(),
        document=draft.document.strip(),
        decided_on=draft.decided_on,
        note=draft.note.strip(),
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"use": made.id, "unit": made.unit, "kind": made.kind, "grade": made.grade, "document": made.document}
    audit.record(ctx, "result_use.record", plans.chain_of(cycle), **facts)
    return made


def make_void(ctx: Context, cycle: plans.Cycle, use_id: int, reason: str) -> None:
    """The lead takes back what was recorded wrongly; it stays to be read, with the reason."""
    access.require(ctx, "lead")
    found = next((each for each in of_cycle(ctx, cycle) if each.id == use_id), None)
    if found is None:
        raise NotFound
    if found.void_at is not None:
        raise UseVoid
    if not reason.strip():
        raise Invalid("Write the reason.")
    found.void_at, found.void_by, found.void_why = ctx.now, ctx.actor, reason.strip()
    audit.record(ctx, "result_use.void", plans.chain_of(cycle), use=found.id, reason=found.void_why)


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[ResultUse]:
    """What the person may read: all who oversee, a unit's leader and clerk those of the unit."""
    query = select(ResultUse).where(ResultUse.cycle_id == cycle.id)
    if not access.oversees(ctx):
        posts = {group.partition("@")[2] for group in access.groups(ctx) if group.startswith(("leader@", "clerk@"))}
        query = query.where(ResultUse.unit.in_(posts))
    return list(ctx.session.scalars(query.order_by(ResultUse.unit, ResultUse.id)))


def _published(ctx: Context, cycle: plans.Cycle, unit: str) -> results.Result:
    try:
        found = next((each for each in results.of_cycle(ctx, cycle) if each.unit == unit), None)
    except NotFound:
        found = None
    if found is None or found.published_at is None:
        raise NothingToUse(unit=unit)
    return found
