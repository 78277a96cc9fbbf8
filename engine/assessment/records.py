"""Peacetime records (平时考核): meetings attended, talks, visits, commendations, reminders, findings of the inspection office
(S3 4.3, 4.5).

Each has its day, its author, its unit and the sources it draws on. A reminder or a finding may open a matter of
rectification; the matter's papers and the record stand in the same archive (督考一体).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people
from engine.assessment import evidence, indicators, plans, rectification
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NoMatterOfIt(Refused):
    """Only a reminder or a finding opens a matter of rectification."""

    code = "no_matter_of_it"


class MatterOpened(Conflict):
    """A matter of rectification has been opened for this record already."""

    code = "matter_opened"


class RecordVoid(Refused):
    """This record was made void; nothing more can be done with it."""

    code = "record_void"


class RecordKind(StrEnum):
    #: 民主生活会
    DEMOCRATIC_LIFE_MEETING = "democratic_life_meeting"
    TALK = "talk"
    FIELD_VISIT = "field_visit"
    #: What another body has found out, by its source.
    TAKEN_OVER = "taken_over"
    COMMENDATION = "commendation"
    REMINDER = "reminder"
    SUPERVISION_FINDING = "supervision_finding"


class SourceTag(StrEnum):
    """Where a record comes from (I2)."""

    #: 党内学习教育
    STUDY_CAMPAIGN = "study_campaign"
    #: 巡视巡察
    INSPECTION_TOUR = "inspection_tour"
    #: 协同考: with supervision and the specialist bodies.
    JOINT = "joint"
    #: 跟进考: what follows central work.
    CENTRAL_WORK = "central_work"
    #: 立体考: with selection, training, management and use of cadres.
    CADRE_WORK = "cadre_work"


#: Kind -> the roles that may enter it; everything else is entered by those who oversee in daily assessment.
AUTHORS = {
    RecordKind.COMMENDATION: ("lead",),
    RecordKind.REMINDER: ("lead",),
    RecordKind.SUPERVISION_FINDING: ("inspector", "supervisor"),
}
WRITERS = ("lead", "inspector", "supervisor")
#: Kinds that are said to the unit; what was heard in talks and seen on visits is not for it to read.
TOLD = frozenset({RecordKind.COMMENDATION, RecordKind.REMINDER, RecordKind.SUPERVISION_FINDING})
#: Kinds that may open a matter, and what the matter's source is called.
OPENS = {
    RecordKind.REMINDER: rectification.Source.REMINDER,
    RecordKind.SUPERVISION_FINDING: rectification.Source.SUPERVISION,
}


class Record(Base):
    __tablename__ = "record"
    __table_args__ = (Index("ix_record_year_unit", "year", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    #: The assessment year in whose archive it lies.
    year: Mapped[int]
    unit: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(30))
    held_on: Mapped[date]
    participants: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[Any]]
    recorded_at: Mapped[datetime]
    #: The author.
    recorded_by: Mapped[str | None] = mapped_column(String(60))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    void_at: Mapped[datetime | None]
    void_by: Mapped[str | None] = mapped_column(String(60))
    void_why: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be recorded. ``year`` is that of ``held_on``, or the one before while its assessment goes on."""

    kind: RecordKind
    unit: str
    held_on: date
    text: str
    participants: str = ""
    tags: Sequence[SourceTag] = ()
    year: int | None = None


def write(ctx: Context, draft: Draft, file_ids: Sequence[int] = ()) -> Record:
    """Enter a record with its files; what is said to the unit is told to its clerk and leader."""
    access.require(ctx, *AUTHORS.get(draft.kind, WRITERS))
    people.unit(ctx, draft.unit)
    year = draft.year or draft.held_on.year
    if draft.held_on > ctx.today or year not in (draft.held_on.year, draft.held_on.year - 1):
        raise Invalid("The day must not lie ahead, and belong to the year or the one after it.")
    if not draft.text.strip():
        raise Invalid("Write what there is to record.")
    made = Record(
        year=year,
        unit=draft.unit,
        kind=draft.kind,
        held_on=draft.held_on,
        participants=draft.participants.strip(),
        text=draft.text.strip(),
        tags=sorted({str(tag) for tag in draft.tags}),
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    evidence.attach(ctx, f"record:{made.id}", file_ids)
    audit.record(ctx, "record.write", chain_of(year), record=made.id, unit=made.unit, kind=made.kind)
    if made.kind in TOLD:
        groups = [f"clerk@{made.unit}", f"leader@{made.unit}"]
        notifications.notify(ctx, f"record.{made.kind}", groups=groups, link=f"/records/{made.id}")
    return made


def open_matter(ctx: Context, cycle: plans.Cycle, record_id: int, indicator: str, due_on: date) -> rectification.Item:
    """A reminder or a finding opens a matter on an indicator, or joins the unit's open one (I3, A6)."""
    record = get(ctx, record_id)
    if record.kind not in OPENS:
        raise NoMatterOfIt
    access.require(ctx, *AUTHORS[RecordKind(record.kind)])
    if record.item_id is not None:
        raise MatterOpened
    if record.void_at is not None:
        raise RecordVoid
    if cycle.year != record.year or due_on <= ctx.today:
        raise Invalid("Give a day after today, in the year of the record.")
    due = calendars.end_of(calendars.calendar(ctx).roll(due_on))
    used, source = indicators.find(ctx, cycle, indicator), OPENS[RecordKind(record.kind)]
    opened = rectification.open_for_record(ctx, cycle, record.unit, used, source, due)
    record.item_id = opened.id
    audit.record(ctx, "record.open_matter", chain_of(record.year), record=record.id, item=opened.number)
    return opened


def make_void(ctx: Context, record_id: int, reason: str) -> None:
    """Its author or the lead takes back what was recorded wrongly; it stays to be read, with the reason."""
    record = get(ctx, record_id)
    if ctx.actor != record.recorded_by:
        access.require(ctx, "lead")
    if record.void_at is not None:
        raise RecordVoid
    if not reason.strip():
        raise Invalid("Write the reason.")
    record.void_at, record.void_by, record.void_why = ctx.now, ctx.actor, reason.strip()
    audit.record(ctx, "record.void", chain_of(record.year), record=record.id, reason=record.void_why)


def get(ctx: Context, record_id: int) -> Record:
    """A record the person may see: those who oversee, its author, and the unit what is said to it."""
    query = select(Record).where(Record.id == record_id, *_visible(ctx))
    found = ctx.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def of_year(
    ctx: Context, year: int, *, unit: str | None = None, kind: str | None = None, tag: str | None = None
) -> list[Record]:
    """The records the person may see, the newest first; of a unit, of a kind, from a source where that is asked."""
    query = select(Record).where(Record.year == year, *_visible(ctx))
    query = query.where(Record.unit == unit) if unit else query
    query = query.where(Record.kind == kind) if kind else query
    found = ctx.session.scalars(query.order_by(Record.held_on.desc(), Record.id.desc()))
    return [each for each in found if tag is None or tag in each.tags]


def of_item(ctx: Context, item: rectification.Item) -> list[Record]:
    """The records that share the matter, oldest first."""
    return list(
        ctx.session.scalars(select(Record).where(Record.item_id == item.id, *_visible(ctx)).order_by(Record.id))
    )


def kinds_of(ctx: Context) -> list[RecordKind]:
    """What the person may enter."""
    return [kind for kind in RecordKind if access.may(ctx, *AUTHORS.get(kind, WRITERS))]


def chain_of(year: int) -> str:
    return f"records:{year}"


def _visible(ctx: Context) -> Iterable[ColumnElement[bool]]:
    if access.oversees(ctx):
        return []
    said = Record.unit.in_(access.own_units(ctx)) & Record.kind.in_(TOLD) & Record.void_at.is_(None)
    return [or_(said, Record.recorded_by == ctx.actor)]
