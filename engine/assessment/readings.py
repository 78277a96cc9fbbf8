"""Readings: what a responsible unit reports of each unit on each indicator, and what its leader has verified (S3 4.6).

A reading is dated by ``as_of``, the last day of the period it covers; it counts for the round whose own date is the
earliest one not before it. Verified rows are never overwritten: a correction is a further row with the next number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit
from engine.assessment import indicators, plans, targets, writers
from engine.assessment.figures import Figure, figure
from engine.db import Base, Context, Key, plain
from engine.errors import Invalid, Message, Refused


class SheetClosed(Refused):
    """The sheet of {unit} is {status}; what is still to be entered comes in as a revision."""

    code = "sheet_closed"


class NotOpen(Refused):
    """The round {round} opens at {at}; nothing can be entered before."""

    code = "round_not_open"


class SameHands(Refused):
    """Who entered the figures cannot verify them; another leader of the unit has to sign."""

    code = "same_hands"


class WrongCells(Invalid):
    """{count} cells cannot be used; see the marked ones."""

    code = "wrong_cells"


class ReadingStatus(StrEnum):
    DRAFT = "draft"
    REPORTED = "reported"
    VERIFIED = "verified"


class SheetStatus(StrEnum):
    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    SIGNED = "signed"
    #: Not signed when collection closed: all its indicators are 无数据 and the unit is named late.
    LATE = "late"


class Reading(Base):
    """One figure. ``detail`` holds what methods that count or vote need beside the figure a person reads."""

    __tablename__ = "reading"
    __table_args__ = (
        UniqueConstraint("indicator_id", "unit", "as_of", "number"),
        Index("ix_reading_as_of", "as_of", "status"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    unit: Mapped[str] = mapped_column(String(40))
    as_of: Mapped[date]
    number: Mapped[int] = mapped_column(default=1)
    reported: Mapped[Decimal | None]
    #: The figure that counts: ours as it was checked, or the superior's where the rules say so.
    verified: Mapped[Decimal | None]
    #: What the superior publishes of the same matter, beside ours.
    superior: Mapped[Decimal | None]
    detail: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(20), default=ReadingStatus.DRAFT)
    entered_at: Mapped[datetime]
    entered_by: Mapped[str | None] = mapped_column(String(60))
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[str | None] = mapped_column(String(60))


class Sheet(Base):
    """A responsible unit's sheet of a round: who handed it in, who signed, or that it came late."""

    __tablename__ = "sheet"
    __table_args__ = (UniqueConstraint("round_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default=SheetStatus.OPEN)
    note: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(60))
    return_note: Mapped[str | None] = mapped_column(Text)


class Pending(Base):
    """待发布: the data owner has announced the figure for later; it is neither missing nor warned of until then."""

    __tablename__ = "pending"
    __table_args__ = (UniqueConstraint("round_id", "cycle_indicator_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    expected_on: Mapped[date | None]
    announced_at: Mapped[datetime]
    announced_by: Mapped[str | None] = mapped_column(String(60))
    published_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell as it is typed or imported; figures are text, so that what was typed is what is checked."""

    unit: str
    indicator: str
    reported: str | None
    verified: str | None
    as_of: date | None = None
    detail: Mapping[str, Any] | None = None
    #: What the superior publishes; None leaves what stands.
    superior: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A place of the sheet with what stands in it."""

    indicator: indicators.CycleIndicator
    unit: str
    target: targets.Target
    reading: Reading | None


def sheet(ctx: Context, round: plans.Round, unit: str) -> Sheet:
    """The unit's sheet of the round, made when it is first asked for."""
    found = ctx.session.scalar(select(Sheet).where(Sheet.round_id == round.id, Sheet.unit == unit))
    if found is None:
        found = Sheet(round_id=round.id, unit=unit, status=SheetStatus.OPEN)
        ctx.session.add(found)
        ctx.session.flush()
    return found


def sheet_status(ctx: Context, round: plans.Round, unit: str) -> str:
    """How the unit's sheet stands; open where nobody has touched it."""
    status = ctx.session.scalar(select(Sheet.status).where(Sheet.round_id == round.id, Sheet.unit == unit))
    return status or SheetStatus.OPEN


def cells(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, *, only: str | None = None) -> list[Cell]:
    """Every place of the unit's sheet, exempt ones included, with the newest figure whatever its state."""
    own = [each for each in indicators.of_unit(ctx, cycle, unit) if only in (None, each.code)]
    newest = _newest(ctx, cycle, round, [each.indicator_id for each in own])
    allocated: dict[int, list[targets.Target]] = {}
    for (indicator_id, _), target in sorted(targets.of_cycle(ctx, cycle).items()):
        allocated.setdefault(indicator_id, []).append(target)
    return [
        Cell(each, target.unit, target, newest.get((each.indicator_id, target.unit)))
        for each in own
        for target in allocated.get(each.id, [])
    ]


def enter(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, entries: Iterable[Entry], *, revision: bool = False
) -> list[Reading]:
    """Keep figures as drafts. Every wrong cell is named at once in ``WrongCells.fields``; then nothing is kept.

    ``revision`` says that an open revision allows it although collection has closed.
    """
    own = writers.entered(ctx, cycle, unit)
    if not revision:
        _require_open(ctx, round, unit)
    every = cells(ctx, cycle, round, unit)
    places = {(each.indicator.code, each.unit): each for each in every if each.indicator.code in own}
    before = _before(ctx, cycle, round)
    wrong: dict[str, Message] = {}
    good: dict[tuple[str, str], tuple[Cell, Entry, Decimal | None, Decimal | None]] = {}
    for entry in entries:
        key = entry.indicator, entry.unit
        try:
            if key in good:
                raise Invalid("This cell is given twice.")
            place = _place(places, entry, before, round)
            good[key] = place, entry, figure(entry.reported), figure(entry.verified)
        except Invalid as error:
            wrong[f"{entry.unit}/{entry.indicator}"] = Message(error.template, error.facts)
    if wrong:
        raise WrongCells(count=len(wrong), fields=wrong)
    last = _last_numbers(ctx, cycle, round, [place.indicator.indicator_id for place, *_ in good.values()])
    return [_keep(ctx, round, last, *each) for each in good.values()]


def announce(ctx: Context, cycle: plans.Cycle, round: plans.Round, code: str, expected_on: date | None) -> None:
    """Mark an indicator as announced but not yet published (待发布); again, with another date."""
    used = indicators.find(ctx, cycle, code)
    access.require(ctx, f"clerk@{used.responsible_unit}")
    _require_open(ctx, round, used.responsible_unit)
    mark = next((each for each in pending(ctx, round) if each.cycle_indicator_id == used.id), None)
    mark = mark or Pending(round_id=round.id, cycle_indicator_id=used.id)
    mark.expected_on, mark.announced_at, mark.announced_by = expected_on, ctx.now, ctx.actor
    ctx.session.add(mark)
    ctx.session.flush()
    audit.record(ctx, "readings.announce", plans.chain_of(cycle), round=round.key, indicator=code, on=expected_on)


def pending(ctx: Context, round: plans.Round) -> list[Pending]:
    """The announcements of the round not yet redeemed."""
    query = select(Pending).where(Pending.round_id == round.id, Pending.published_at.is_(None))
    return list(ctx.session.scalars(query))


def submit(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, note: str | None) -> Sheet:
    """Hand the sheet to the unit's leader. Empty cells are allowed: they stand as 无数据."""
    access.require(ctx, f"clerk@{unit}")
    _require_open(ctx, round, unit)
    handed = sheet(ctx, round, unit)
    handed.status, handed.note = SheetStatus.SUBMITTED, note
    handed.submitted_at, handed.submitted_by = ctx.now, ctx.actor
    _advance(ctx, cycle, round, unit, ReadingStatus.DRAFT, ReadingStatus.REPORTED)
    audit.record(ctx, "readings.submit", plans.chain_of(cycle), round=round.key, unit=unit)
    return handed


def sign(ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, verdict: str, note: str | None) -> Sheet:
    """The unit's leader verifies the sheet (``signed``) or gives it back (``returned``).

    Raises ``SameHands`` for who handed it in or entered any of its figures (5.4).
    """
    access.require(ctx, f"leader@{unit}")
    handed = sheet(ctx, round, unit)
    if handed.status != SheetStatus.SUBMITTED:
        raise SheetClosed(unit=unit, status=handed.status)
    if verdict == "returned":
        handed.status, handed.return_note = SheetStatus.RETURNED, note
    else:
        own = [each.indicator_id for each in indicators.of_unit(ctx, cycle, unit)]
        entered = [each.entered_by for each in _unverified(ctx, cycle, round, own)]
        require_other_hands(ctx, handed.submitted_by, *entered)
        handed.status, handed.signed_at, handed.signed_by = SheetStatus.SIGNED, ctx.now, ctx.actor
        _advance(ctx, cycle, round, unit, ReadingStatus.REPORTED, ReadingStatus.VERIFIED)
    audit.record(ctx, f"readings.{verdict}", plans.chain_of(cycle), round=round.key, unit=unit, note=note)
    return handed


def require_other_hands(ctx: Context, *accounts: str | None) -> None:
    """Refuse with ``SameHands`` who had a hand in what they are to verify, or acts in the name of somebody who had."""
    if {ctx.actor, ctx.on_behalf_of} & {account for account in accounts if account is not None}:
        raise SameHands


def require_score(used: indicators.CycleIndicator, *figures: Decimal | None) -> None:
    """A score that a person gives lies between 0 and 100 (H1); a computed one may pass 100 where its method says so."""
    if used.method == "panel_mean" and any(each is not None and not 0 <= each <= 100 for each in figures):
        raise Invalid("A score lies between 0 and 100.")


def unverified_by(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, used: indicators.CycleIndicator
) -> set[str | None]:
    """Who entered the indicator's figures that are not verified yet."""
    return {each.entered_by for each in _unverified(ctx, cycle, round, [used.indicator_id])}


def close(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[str]:
    """Stop collecting: sheets not signed are late, their units are named and returned (1.4 no. 6, S3 4.1)."""
    late = [
        unit
        for unit in indicators.responsible_units(ctx, cycle)
        if sheet(ctx, round, unit).status != SheetStatus.SIGNED
    ]
    for unit in late:
        sheet(ctx, round, unit).status = SheetStatus.LATE
    round.closed_at = ctx.now
    audit.record(ctx, "round.close_collection", plans.chain_of(cycle), round=round.key, late=late)
    return late


def reopen(ctx: Context, cycle: plans.Cycle, round: plans.Round, units: Sequence[str], note: str | None) -> None:
    """The lead returns sheets for correction: it never changes a figure itself (5.4)."""
    for unit in units:
        returned = sheet(ctx, round, unit)
        returned.status, returned.return_note = SheetStatus.RETURNED, note
    round.closed_at = None
    audit.record(ctx, "readings.reopen", plans.chain_of(cycle), round=round.key, units=list(units), note=note)


def effective(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, indicator_id: int, responsible_unit: str
) -> dict[str, Figure]:
    """Unit -> the library indicator's figure that counts for the round: verified, the latest period, newest number."""
    kept = (Reading.as_of, Reading.reported, Reading.verified, Reading.detail, Reading.superior)
    query = _in_round(ctx, cycle, round).with_only_columns(Reading.unit, *kept)
    query = query.where(Reading.indicator_id == indicator_id, Reading.status == ReadingStatus.VERIFIED)
    if responsible_unit in late_units(ctx, round):
        # What was verified after the close came in as a revision and counts; what a late sheet still held does not.
        after = func.coalesce(Reading.verified_at, ctx.now) > round.closed_at if round.closed_at else false()
        query = query.where(after)
    return {row[0]: Figure._make(row[1:]) for row in plain(ctx, query.order_by(Reading.as_of, Reading.number), {})}


def late_units(ctx: Context, round: plans.Round) -> list[str]:
    """The responsible units whose sheet was not signed when collection closed."""
    query = select(Sheet.unit).where(Sheet.round_id == round.id, Sheet.status == SheetStatus.LATE)
    return list(ctx.session.scalars(query.order_by(Sheet.unit)))


def accept_late(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    used: indicators.CycleIndicator,
    verified_by: str | None,
) -> None:
    """The figures entered for one indicator after publication count from now on; its announcement is redeemed."""
    for reading in _unverified(ctx, cycle, round, [used.indicator_id]):
        reading.status, reading.verified_at, reading.verified_by = ReadingStatus.VERIFIED, ctx.now, verified_by
    for mark in pending(ctx, round):
        if mark.cycle_indicator_id == used.id:
            mark.published_at = ctx.now
    audit.record(ctx, "readings.accept_late", plans.chain_of(cycle), round=round.key, indicator=used.code)


def correct(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    used: indicators.CycleIndicator,
    unit: str,
    value: Decimal,
    entered_by: str | None,
) -> Reading:
    """Enter a corrected figure after publication: a further number of the same period, verified by who acts now."""
    require_score(used, value)
    standing = effective(ctx, cycle, round, used.indicator_id, used.responsible_unit).get(unit)
    as_of = standing.as_of if standing else round.as_of
    is_superiors = used.counting == indicators.Counting.SUPERIOR
    made = Reading(
        indicator_id=used.indicator_id,
        unit=unit,
        as_of=as_of,
        number=_last_numbers(ctx, cycle, round, [used.indicator_id]).get((used.indicator_id, unit, as_of), 0) + 1,
        reported=standing.reported if standing else value,
        verified=value,
        superior=value if is_superiors else standing.superior if standing else None,
        detail=dict(standing.detail) if standing else {},
        status=ReadingStatus.VERIFIED,
        entered_at=ctx.now,
        entered_by=entered_by,
        verified_at=ctx.now,
        verified_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"round": round.key, "indicator": used.code, "unit": unit, "value": value}
    audit.record(ctx, "readings.correct", plans.chain_of(cycle), **facts)
    return made


def history(ctx: Context, indicator_id: int, unit: str) -> list[Reading]:
    """Every figure of the pair over the years, corrections included, by date (C1)."""
    query = select(Reading).where(Reading.indicator_id == indicator_id, Reading.unit == unit)
    return list(ctx.session.scalars(query.order_by(Reading.as_of, Reading.number)))


def remember(
    ctx: Context, used: indicators.Indicator, entry: Entry, reported: Decimal | None, verified: Decimal | None
) -> None:
    """Take over a figure that was settled elsewhere, such as a past year's (import)."""
    assert entry.as_of is not None
    ctx.session.add(
        Reading(
            indicator_id=used.id,
            unit=entry.unit,
            as_of=entry.as_of,
            number=1,
            reported=reported,
            verified=verified,
            detail=dict(entry.detail or {}),
            status=ReadingStatus.VERIFIED,
            entered_at=ctx.now,
            entered_by=ctx.actor,
            verified_at=ctx.now,
            verified_by=ctx.actor,
        )
    )


def _place(places: Mapping[tuple[str, str], Cell], entry: Entry, before: date, round: plans.Round) -> Cell:
    """Where the entry belongs on the unit's sheet; ``Invalid`` says why it belongs nowhere or cannot be used."""
    place = places.get((entry.indicator, entry.unit))
    if place is None:
        if entry.indicator in {code for code, _ in places}:
            raise Invalid("{unit} has no target on this indicator.", unit=entry.unit)
        raise Invalid("This indicator is not yours to report.")
    if place.target.exempt:
        raise Invalid("The unit is exempt from this indicator.")
    _require_date(place, entry.as_of or round.as_of, before, round)
    require_score(place.indicator, figure(entry.reported), figure(entry.verified), figure(entry.superior))
    return place


def _require_date(place: Cell, as_of: date, before: date, round: plans.Round) -> None:
    if as_of > round.as_of:
        raise Invalid("The date {day} lies after the round's.", day=as_of)
    if as_of <= before:
        raise Invalid("The date {day} belongs to the round before.", day=as_of)
    standing = place.reading
    if standing is not None and standing.status == ReadingStatus.VERIFIED and as_of < standing.as_of:
        raise Invalid("A figure of {day} is verified; correct that one.", day=standing.as_of)


def _keep(
    ctx: Context,
    round: plans.Round,
    last: Mapping[tuple[int, str, date], int],
    place: Cell,
    entry: Entry,
    reported: Decimal | None,
    verified: Decimal | None,
) -> Reading:
    """A draft is written over; beside a verified figure stands the next number of its period."""
    as_of, indicator_id, kept = entry.as_of or round.as_of, place.indicator.indicator_id, place.reading
    superior = kept.superior if kept is not None and entry.superior is None else figure(entry.superior)
    if kept is None or kept.status == ReadingStatus.VERIFIED:
        kept = Reading(indicator_id=indicator_id, unit=entry.unit)
        ctx.session.add(kept)
    if kept.as_of != as_of:
        kept.as_of, kept.number = as_of, last.get((indicator_id, entry.unit, as_of), 0) + 1
    ours = verified if verified is not None else reported
    kept.reported, kept.superior = reported, superior
    kept.verified = superior if place.indicator.counting == indicators.Counting.SUPERIOR else ours
    kept.detail, kept.status = dict(entry.detail or {}), ReadingStatus.DRAFT
    kept.entered_at, kept.entered_by = ctx.now, ctx.actor
    return kept


def _last_numbers(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, indicator_ids: Sequence[int]
) -> dict[tuple[int, str, date], int]:
    """(library indicator, unit, period) -> the last number given to a figure of it."""
    query = _in_round(ctx, cycle, round).where(Reading.indicator_id.in_(indicator_ids)).order_by(Reading.number)
    return {(each.indicator_id, each.unit, each.as_of): each.number for each in ctx.session.scalars(query)}


def _require_open(ctx: Context, round: plans.Round, unit: str) -> None:
    if round.opened_at is None:
        raise NotOpen(round=round.key, at=round.opens_at)
    status = sheet(ctx, round, unit).status
    if round.closed_at is not None or status not in (SheetStatus.OPEN, SheetStatus.RETURNED):
        raise SheetClosed(unit=unit, status=status)


def _advance(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, unit: str, old: ReadingStatus, new: ReadingStatus
) -> None:
    own = [each.indicator_id for each in indicators.of_unit(ctx, cycle, unit)]
    query = _in_round(ctx, cycle, round).where(Reading.indicator_id.in_(own), Reading.status == old)
    for reading in ctx.session.scalars(query):
        reading.status = new
        if new is ReadingStatus.VERIFIED:
            reading.verified_at, reading.verified_by = ctx.now, ctx.actor


def _unverified(ctx: Context, cycle: plans.Cycle, round: plans.Round, indicator_ids: Sequence[int]) -> list[Reading]:
    query = _in_round(ctx, cycle, round).where(
        Reading.indicator_id.in_(indicator_ids), Reading.status != ReadingStatus.VERIFIED
    )
    return list(ctx.session.scalars(query))


def _newest(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, indicator_ids: Sequence[int]
) -> dict[tuple[int, str], Reading]:
    query = _in_round(ctx, cycle, round).where(Reading.indicator_id.in_(indicator_ids))
    ordered = ctx.session.scalars(query.order_by(Reading.as_of, Reading.number))
    return {(each.indicator_id, each.unit): each for each in ordered}


def _in_round(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> Any:
    return select(Reading).where(Reading.as_of <= round.as_of, Reading.as_of > _before(ctx, cycle, round))


def _before(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> date:
    """The last day of the round before, or of the year before: from the next day on figures belong to this round."""
    earlier = [each.as_of for each in plans.rounds(ctx, cycle) if each.position < round.position]
    return max(earlier, default=date(cycle.year - 1, 12, 31))
