"""The controlled list of veto items (一票否决) and responsibility letters (责任状): nothing off it may be used (S3 4.5).

The lead proposes an item with its basis, the leading group lists it and may strike it. An inspection goes to a unit and
compares what is used there with the list; what is used and not listed has come back by itself: a rebound (反弹回潮).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, people
from engine.assessment import authority
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NotListed(Refused):
    """{item} is not on the list in force; it may not be used. A use of it is reported as a rebound."""

    code = "not_listed"


class ListedBefore(Conflict):
    """{item} stands on the list already."""

    code = "listed_before"


class ItemDecided(Refused):
    """{item} is {status}; this cannot be done with it now."""

    code = "item_decided"


class SignedBefore(Conflict):
    """{unit} has signed this letter for {year} already."""

    code = "signed_before"


class ListKind(StrEnum):
    VETO = "veto"
    LETTER = "letter"


class ListStatus(StrEnum):
    PROPOSED = "proposed"
    LISTED = "listed"
    REFUSED = "refused"
    #: Cleaned up: it was on the list and may not be used any more.
    STRUCK = "struck"


#: An item that is on the list, or may yet come on it.
STANDING = frozenset({ListStatus.PROPOSED, ListStatus.LISTED})
CHAIN = "veto_list"


class ListedItem(Base):
    """One passage of an item through the list; an item that was struck comes back as a new one."""

    __tablename__ = "listed_item"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    #: The law or the central paper that allows it.
    basis: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=ListStatus.PROPOSED)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(String(60))
    #: First and last day on the list.
    listed_on: Mapped[date | None]
    struck_on: Mapped[date | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    document: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)

    def in_force_on(self, day: date) -> bool:
        return self.listed_on is not None and self.listed_on <= day and (self.struck_on is None or day < self.struck_on)


class ResponsibilityLetter(Base):
    """A letter of responsibility a unit has signed, of a listed kind."""

    __tablename__ = "responsibility_letter"
    __table_args__ = (UniqueConstraint("item_id", "unit", "year"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("listed_item.id"))
    unit: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    signed_on: Mapped[date]
    signatory: Mapped[str] = mapped_column(String(100))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


class ListInspection(Base):
    """A look at what a unit uses in practice."""

    __tablename__ = "list_inspection"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), index=True)
    inspected_on: Mapped[date]
    #: Out of turn, for a reason that came up (不定期专项检查).
    irregular: Mapped[bool]
    inspectors: Mapped[str] = mapped_column(String(300))
    note: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(String(60))


class ListFinding(Base):
    """One veto or letter found in use, and whether it stood on the list on that day."""

    __tablename__ = "list_finding"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("list_inspection.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    is_listed: Mapped[bool]
    #: It had been on the list and was taken off.
    was_struck: Mapped[bool]


@dataclass(frozen=True, slots=True)
class Rebound:
    """A veto or a letter in use that is not on the list."""

    inspection: ListInspection
    kind: str
    name: str
    #: Whether it had been on the list and was struck.
    struck: bool


def propose(ctx: Context, kind: ListKind, code: str, name: str, basis: str) -> ListedItem:
    """The lead proposes an item for the list, with the paper that allows it."""
    access.require(ctx, "lead")
    if not all(text.strip() for text in (code, name, basis)):
        raise Invalid("Give the code, the name and the paper it rests on.")
    if standing := next((each for each in _named(ctx, kind, code.strip()) if each.status in STANDING), None):
        raise ListedBefore(item=standing.name)
    made = ListedItem(kind=kind, code=code.strip(), name=name.strip(), basis=basis.strip(), status=ListStatus.PROPOSED)
    made.proposed_at, made.proposed_by = ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "veto_list.propose", CHAIN, kind=kind, item=made.code, name=made.name, basis=made.basis)
    return made


def decide(ctx: Context, item_id: int, *, listed: bool, document: str, reason: str = "") -> None:
    """The leading group puts a proposed item on the list or refuses it; nobody decides on an own proposal."""
    decided = _get(ctx, item_id)
    authority.require_leadership(ctx, decided.proposed_by)
    _require(decided, ListStatus.PROPOSED)
    if not document.strip():
        raise Invalid("Give the number of the paper.")
    if not listed and not reason.strip():
        raise Invalid("Write the reason.")
    decided.status = ListStatus.LISTED if listed else ListStatus.REFUSED
    decided.listed_on = ctx.today if listed else None
    _sign(ctx, decided, document, reason)


def strike(ctx: Context, item_id: int, *, document: str, reason: str) -> None:
    """The leading group takes an item off the list (清理): from today on it may not be used."""
    authority.require_leadership(ctx)
    struck = _get(ctx, item_id)
    _require(struck, ListStatus.LISTED)
    if not document.strip() or not reason.strip():
        raise Invalid("Give the number of the paper and the reason.")
    struck.status, struck.struck_on = ListStatus.STRUCK, ctx.today
    _sign(ctx, struck, document, reason)


def require_listed(ctx: Context, kind: ListKind, code: str) -> ListedItem:
    """The item, when it may be used today. Raises ``NotListed``."""
    named = _named(ctx, kind, code)
    for each in named:
        if each.in_force_on(ctx.today):
            return each
    raise NotListed(item=named[0].name if named else code)


def record_letter(ctx: Context, code: str, unit: str, year: int, signed_on: date, signatory: str) -> None:
    """Record a signed letter of responsibility: the lead, or the unit itself. Raises ``NotListed`` for any other kind."""
    access.require(ctx, "lead", f"clerk@{unit}", f"leader@{unit}")
    item = require_listed(ctx, ListKind.LETTER, code)
    people.unit(ctx, unit)
    if signed_on > ctx.today or not signatory.strip():
        raise Invalid("Name who signed, and a day not after today.")
    if any(each.item_id == item.id and each.unit == unit for each in letters(ctx, year)):
        raise SignedBefore(unit=unit, year=year)
    facts = {"item_id": item.id, "unit": unit, "year": year, "signed_on": signed_on, "signatory": signatory.strip()}
    ctx.session.add(ResponsibilityLetter(**facts, recorded_at=ctx.now, recorded_by=ctx.actor))
    audit.record(ctx, "veto_list.letter", CHAIN, item=item.code, unit=unit, year=year)


def inspect(
    ctx: Context,
    unit: str,
    inspected_on: date,
    inspectors: str,
    found: Sequence[tuple[ListKind, str]],
    *,
    irregular: bool,
    note: str = "",
) -> ListInspection:
    """The inspection office or the lead records what a unit uses: kind and code or name of each. Empty is a clean unit."""
    access.require(ctx, "lead", "inspector")
    people.unit(ctx, unit)
    if inspected_on > ctx.today or not inspectors.strip():
        raise Invalid("Name who inspected, and a day not after today.")
    made = ListInspection(
        unit=unit,
        inspected_on=inspected_on,
        irregular=irregular,
        inspectors=inspectors.strip(),
        note=note.strip(),
        recorded_at=ctx.now,
        recorded_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    ctx.session.add_all(_finding(ctx, made, kind, text.strip()) for kind, text in found)
    ctx.session.flush()
    back = [each.name for each in rebounds(ctx) if each.inspection.id == made.id]
    audit.record(ctx, "veto_list.inspect", CHAIN, unit=unit, day=inspected_on, irregular=irregular, rebounds=back)
    return made


def items(ctx: Context, kind: ListKind | None = None) -> list[ListedItem]:
    """The list with what was struck or refused, by kind and code; everybody signed in may read it."""
    query = select(ListedItem).order_by(ListedItem.kind.desc(), ListedItem.code)
    return list(ctx.session.scalars(query.where(ListedItem.kind == kind) if kind else query))


def letters(ctx: Context, year: int) -> list[ResponsibilityLetter]:
    """The letters signed for a year; a unit sees its own."""
    query = select(ResponsibilityLetter).where(ResponsibilityLetter.year == year)
    if not access.oversees(ctx):
        query = query.where(ResponsibilityLetter.unit.in_(access.own_units(ctx)))
    return list(ctx.session.scalars(query.order_by(ResponsibilityLetter.unit, ResponsibilityLetter.id)))


def inspections(ctx: Context) -> list[ListInspection]:
    """What was inspected, the newest first; a unit sees its own."""
    query = select(ListInspection).order_by(ListInspection.inspected_on.desc(), ListInspection.id.desc())
    if not access.oversees(ctx):
        query = query.where(ListInspection.unit.in_(access.own_units(ctx)))
    return list(ctx.session.scalars(query))


def rebounds(ctx: Context) -> list[Rebound]:
    """What inspections found in use that was not on the list on that day, the newest first."""
    looked = {each.id: each for each in inspections(ctx)}
    query = select(ListFinding).where(ListFinding.inspection_id.in_(looked), ListFinding.is_listed.is_(False))
    found = list(ctx.session.scalars(query.order_by(ListFinding.id)))
    by_inspection = {key: [each for each in found if each.inspection_id == key] for key in looked}
    return [
        Rebound(looked[key], each.kind, each.name, each.was_struck) for key in looked for each in by_inspection[key]
    ]


def _named(ctx: Context, kind: ListKind, text: str) -> list[ListedItem]:
    """Every passage of the item with this code or name, the newest first."""
    found = [each for each in items(ctx, kind) if text in (each.code, each.name)]
    return sorted(found, key=lambda each: each.id, reverse=True)


def _finding(ctx: Context, inspection: ListInspection, kind: ListKind, text: str) -> ListFinding:
    """As the list stood on the day of the inspection, whatever becomes of the list later."""
    named, day = _named(ctx, kind, text), inspection.inspected_on
    return ListFinding(
        inspection_id=inspection.id,
        kind=kind,
        name=named[0].name if named else text,
        is_listed=any(each.in_force_on(day) for each in named),
        was_struck=any(each.struck_on is not None and each.struck_on <= day for each in named),
    )


def _get(ctx: Context, item_id: int) -> ListedItem:
    found = ctx.session.get(ListedItem, item_id)
    if found is None:
        raise NotFound
    return found


def _sign(ctx: Context, item: ListedItem, document: str, reason: str) -> None:
    item.decided_by, item.document, item.reason = ctx.actor, document.strip(), reason.strip() or None
    facts = {"kind": item.kind, "item": item.code, "document": item.document, "reason": item.reason}
    audit.record(ctx, f"veto_list.{item.status}", CHAIN, **facts)


def _require(item: ListedItem, status: ListStatus) -> None:
    if item.status != status:
        raise ItemDecided(item=item.name, status=item.status)
