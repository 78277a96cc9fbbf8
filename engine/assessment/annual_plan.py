"""The plan of all business assessments of a year: nothing opens that is not in it and approved (S3 4.5).

An entry goes proposed -> approved | refused, and an approved one may be struck again. An entry approved after the first
approval of the year is an amendment. Organisers propose, the lead gathers, the leading group approves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import combinations
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, people
from engine.assessment import authority, plans
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused


class NotInPlan(Refused):
    """{name} is not in the approved plan of {year}; propose it there and have it approved first."""

    code = "not_in_plan"


class EntryDecided(Refused):
    """{name} stands in the plan as {status}; this cannot be done with it now."""

    code = "entry_decided"


class EntryKind(StrEnum):
    #: The assessment of leadership teams: a cycle of a package.
    CYCLE = "cycle"
    #: A business assessment of a department.
    BUSINESS = "business"
    SPECIAL = "special"


class EntryStatus(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    STRUCK = "struck"


#: An entry that still counts.
STANDING = frozenset({EntryStatus.PROPOSED, EntryStatus.APPROVED})


class PlannedAssessment(Base):
    """One assessment of the year's plan."""

    __tablename__ = "planned_assessment"
    __table_args__ = (Index("ix_planned_assessment_year", "year", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    #: The unit that holds it.
    organiser: Mapped[str] = mapped_column(String(40))
    #: What it is about: two organisers on one subject assess it twice.
    subject: Mapped[str] = mapped_column(String(200))
    #: Codes of the units it assesses; empty means every assessed unit.
    units: Mapped[list[Any]]
    #: Codes of the indicators it uses.
    indicators: Mapped[list[Any]]
    #: When it comes to the units; None where nobody is visited.
    from_date: Mapped[date | None]
    to_date: Mapped[date | None]
    #: The package, for a cycle.
    package: Mapped[str | None] = mapped_column(String(80))
    #: The combined assessment it is a part of.
    combined_id: Mapped[int | None] = mapped_column(ForeignKey("combined_assessment.id"))
    status: Mapped[str] = mapped_column(String(20), default=EntryStatus.PROPOSED)
    #: The paper that asks for it.
    basis: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    #: Number of the paper that approved, refused or struck it.
    document: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be planned; ``from_date`` and ``to_date`` both or neither."""

    name: str
    organiser: str
    subject: str
    basis: str
    kind: EntryKind = EntryKind.BUSINESS
    units: Sequence[str] = ()
    indicators: Sequence[str] = ()
    from_date: date | None = None
    to_date: date | None = None


class Overlap(StrEnum):
    """Why two entries assess the same units twice."""

    #: 多头: two organisers on one subject.
    SUBJECT = "subject"
    #: 多头: two organisers on one indicator.
    INDICATOR = "indicator"
    #: 重复: both come to the same units at the same time.
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two standing entries that assess the same units twice."""

    first: PlannedAssessment
    second: PlannedAssessment
    why: tuple[Overlap, ...]
    #: The units concerned, by code.
    units: tuple[str, ...]


def propose(ctx: Context, year: int, draft: Draft) -> PlannedAssessment:
    """Propose an assessment for the plan of the year: the lead, or the organiser for itself."""
    access.require(ctx, "lead", f"clerk@{draft.organiser}", f"leader@{draft.organiser}")
    if not all(text.strip() for text in (draft.name, draft.subject, draft.basis)):
        raise Invalid("Give the name, the subject and the paper it rests on.")
    _check_window(draft)
    for code in (draft.organiser, *draft.units):
        people.unit(ctx, code)
    made = _enter(ctx, year, draft)
    audit.record(ctx, "annual_plan.propose", _chain(year), entry=made.id, name=made.name)
    return made


def decide(ctx: Context, entry_ids: Iterable[int], *, approved: bool, document: str, reason: str = "") -> None:
    """The leading group approves or refuses proposed entries, by a paper; nobody decides on an own proposal."""
    found = [get(ctx, entry_id) for entry_id in sorted(set(entry_ids))]
    authority.require_leadership(ctx, *(each.proposed_by for each in found))
    if not found or not document.strip():
        raise Invalid("Choose what is decided on, and give the number of the paper.")
    if not approved and not reason.strip():
        raise Invalid("Write the reason.")
    for each in found:
        _require(each, EntryStatus.PROPOSED)
        each.status = EntryStatus.APPROVED if approved else EntryStatus.REFUSED
        _sign(ctx, each, document, reason or None)


def strike(ctx: Context, entry_id: int, *, document: str, reason: str) -> None:
    """The leading group takes an approved entry out of the plan again; what it had opened goes on to its end."""
    authority.require_leadership(ctx)
    struck = get(ctx, entry_id)
    _require(struck, EntryStatus.APPROVED)
    if not document.strip() or not reason.strip():
        raise Invalid("Give the number of the paper and the reason.")
    struck.status = EntryStatus.STRUCK
    _sign(ctx, struck, document, reason)


def get(ctx: Context, entry_id: int) -> PlannedAssessment:
    found = ctx.session.get(PlannedAssessment, entry_id)
    if found is None:
        raise NotFound
    return found


def of_year(ctx: Context, year: int) -> list[PlannedAssessment]:
    """The plan as it stands, in the order of its entries; everybody signed in may read it."""
    query = select(PlannedAssessment).where(PlannedAssessment.year == year).order_by(PlannedAssessment.id)
    return list(ctx.session.scalars(query))


def require_approved(ctx: Context, entry_id: int, kind: EntryKind | None = None) -> PlannedAssessment:
    """The entry, when an assessment may be opened on it. Raises ``NotInPlan``."""
    found = get(ctx, entry_id)
    if found.status != EntryStatus.APPROVED or kind not in (None, found.kind):
        raise NotInPlan(name=found.name, year=found.year)
    return found


def require_cycle(ctx: Context, cycle: plans.Cycle) -> None:
    """Refuse with ``NotInPlan`` to open anything of a cycle that the approved plan of its year does not hold."""
    query = select(PlannedAssessment.id).where(
        PlannedAssessment.year == cycle.year,
        PlannedAssessment.package == cycle.package,
        PlannedAssessment.status == EntryStatus.APPROVED,
    )
    if ctx.session.scalars(query.limit(1)).first() is None:
        raise NotInPlan(name=cycle.package, year=cycle.year)


def propose_cycle(ctx: Context, cycle: plans.Cycle, *, name: str, basis: str) -> PlannedAssessment:
    """The lead proposes the assessment of a package for the plan of its year."""
    access.require(ctx, "lead")
    if not name.strip() or not basis.strip():
        raise Invalid("Give the name, the subject and the paper it rests on.")
    made = _enter_cycle(ctx, cycle, name, basis)
    audit.record(ctx, "annual_plan.propose", _chain(cycle.year), entry=made.id, name=made.name)
    return made


def adopt_cycle(ctx: Context, cycle: plans.Cycle, basis: str) -> None:
    """An issued indicator system comes in from a file: its assessment was approved by the paper it was issued with.

    Only where the plan of the year has not been begun here; where it has, the assessment needs an entry like any other.
    Before anybody leads there is nobody whose plan it could be.
    """
    if of_year(ctx, cycle.year) or not people.holders(ctx, "lead"):
        return
    made = _enter_cycle(ctx, cycle, f"{cycle.year} 年度考核", basis)
    made.status = EntryStatus.APPROVED
    _sign(ctx, made, basis, None)


def duplicates(ctx: Context, year: int) -> list[Duplicate]:
    """Pairs of standing entries that assess a unit twice: one subject or indicator under two organisers (多头), or
    two visits at the same time (重复). Parts of one combined assessment come together on purpose."""
    standing = [each for each in of_year(ctx, year) if each.is_standing]
    everybody = frozenset(unit.code for unit in plans.assessed_units(ctx))
    found: list[Duplicate] = []
    for first, second in combinations(standing, 2):
        shared = _assessed(first, everybody) & _assessed(second, everybody)
        why = tuple(_overlaps(first, second))
        if shared and why:
            found.append(Duplicate(first, second, why, tuple(sorted(shared))))
    return found


def assessed(ctx: Context, entry: PlannedAssessment) -> frozenset[str]:
    """The units an entry assesses, by code."""
    return _assessed(entry, frozenset(unit.code for unit in plans.assessed_units(ctx)))


def _overlaps(first: PlannedAssessment, second: PlannedAssessment) -> Iterable[Overlap]:
    if first.combined_id is not None and first.combined_id == second.combined_id:
        return
    if first.organiser != second.organiser:
        if _same(first.subject) == _same(second.subject):
            yield Overlap.SUBJECT
        if set(first.indicators) & set(second.indicators):
            yield Overlap.INDICATOR
    windows = [(each.from_date, each.to_date) for each in (first, second) if each.from_date and each.to_date]
    if len(windows) == 2 and max(begin for begin, _ in windows) <= min(end for _, end in windows):
        yield Overlap.WINDOW


def _same(subject: str) -> str:
    return "".join(subject.split()).casefold()


def _assessed(entry: PlannedAssessment, everybody: frozenset[str]) -> frozenset[str]:
    return frozenset(entry.units) or everybody


def _enter(ctx: Context, year: int, draft: Draft) -> PlannedAssessment:
    made = PlannedAssessment(
        year=year,
        kind=draft.kind,
        name=draft.name.strip(),
        organiser=draft.organiser,
        subject=draft.subject.strip(),
        units=sorted(set(draft.units)),
        indicators=sorted(set(draft.indicators)),
        from_date=draft.from_date,
        to_date=draft.to_date,
        status=EntryStatus.PROPOSED,
        basis=draft.basis.strip(),
        proposed_at=ctx.now,
        proposed_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    return made


def _enter_cycle(ctx: Context, cycle: plans.Cycle, name: str, basis: str) -> PlannedAssessment:
    draft = Draft(name, plans.lead_unit(ctx), name, basis, EntryKind.CYCLE)
    made = _enter(ctx, cycle.year, draft)
    made.package = cycle.package
    return made


def _check_window(draft: Draft) -> None:
    if (draft.from_date is None) != (draft.to_date is None):
        raise Invalid("Give both the first and the last day, or neither.")
    if draft.from_date and draft.to_date and draft.to_date < draft.from_date:
        raise Invalid("The last day lies before the first.")


def _sign(ctx: Context, entry: PlannedAssessment, document: str, reason: str | None) -> None:
    entry.decided_at, entry.decided_by = ctx.now, ctx.actor
    entry.document, entry.reason = document.strip(), reason
    facts = {"entry": entry.id, "name": entry.name, "document": entry.document, "reason": reason}
    audit.record(ctx, f"annual_plan.{entry.status}", _chain(entry.year), **facts)


def _require(entry: PlannedAssessment, status: EntryStatus) -> None:
    if entry.status != status:
        raise EntryDecided(name=entry.name, status=entry.status)


def _chain(year: int) -> str:
    return f"annual_plan:{year}"
