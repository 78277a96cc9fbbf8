"""Indicators are admitted before they may carry weight (指标准入, S3 4.5).

proposed by the unit that would answer for it -> reviewed by the lead -> admitted | refused by the leading group, each by
another person; an admission is dated and expires.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, people
from engine.assessment import authority, hands, indicators, plans
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NotAdmitted(Refused):
    """The indicator {indicator} is not admitted for {year}; it may carry no weight until it is."""

    code = "not_admitted"


class AdmissionUnderWay(Conflict):
    """The admission of {indicator} is under way already."""

    code = "admission_under_way"


class AdmissionMoved(Refused):
    """The admission of {indicator} is {status}; this cannot be done with it now."""

    code = "admission_moved"


class AdmissionStatus(StrEnum):
    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    ADMITTED = "admitted"
    REFUSED = "refused"


UNDER_WAY = frozenset({AdmissionStatus.PROPOSED, AdmissionStatus.REVIEWED})


class Admission(Base):
    """One passage of an indicator through admission; one that holds counts."""

    __tablename__ = "admission"
    __table_args__ = (Index("ix_admission_code", "package", "code"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    package: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    #: The unit that would answer for the indicator.
    unit: Mapped[str] = mapped_column(String(40))
    #: The paper that asks for it.
    basis: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=AdmissionStatus.PROPOSED)
    #: Taken over with an issued indicator system instead of decided on here.
    adopted: Mapped[bool] = mapped_column(default=False)
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(String(60))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(60))
    review_note: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    document: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    #: The last day on which it holds.
    expires_on: Mapped[date | None]

    def holds_on(self, day: date) -> bool:
        return self.status == AdmissionStatus.ADMITTED and self.expires_on is not None and day <= self.expires_on


def propose(ctx: Context, package: str, unit: str, code: str, name: str, basis: str) -> Admission:
    """A unit proposes an indicator it would answer for. Raises ``AdmissionUnderWay``."""
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}")
    people.unit(ctx, unit)
    if not all(text.strip() for text in (code, name, basis)):
        raise Invalid("Give the code, the name and the paper it rests on.")
    if any(each.status in UNDER_WAY for each in histories(ctx, package, [code.strip()])[code.strip()]):
        raise AdmissionUnderWay(indicator=code.strip())
    made = _new(ctx, package, unit, code.strip(), name.strip(), basis.strip())
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "admission.propose", _chain(package), admission=made.id, code=made.code, basis=made.basis)
    return made


def review(ctx: Context, admission_id: int, *, forwarded: bool, note: str) -> None:
    """The lead puts a proposal before the leading group, or refuses it; a refusal needs its reason."""
    access.require(ctx, "lead")
    reviewed = get(ctx, admission_id)
    _require(reviewed, AdmissionStatus.PROPOSED)
    hands.require_apart(ctx, reviewed.proposed_by)
    if not forwarded and not note.strip():
        raise Invalid("Write the reason.")
    reviewed.status = AdmissionStatus.REVIEWED if forwarded else AdmissionStatus.REFUSED
    reviewed.reviewed_at, reviewed.reviewed_by, reviewed.review_note = ctx.now, ctx.actor, note.strip() or None
    audit.record(
        ctx, "admission.review", _chain(reviewed.package), admission=reviewed.id, outcome=reviewed.status, note=note
    )


def decide(
    ctx: Context, admission_id: int, *, admitted: bool, document: str, expires_on: date | None = None, note: str = ""
) -> None:
    """The leading group admits the indicator until a day, or refuses; neither who proposed nor who reviewed decides."""
    decided = get(ctx, admission_id)
    authority.require_leadership(ctx, decided.proposed_by, decided.reviewed_by)
    _require(decided, AdmissionStatus.REVIEWED)
    if not document.strip():
        raise Invalid("Give the number of the paper.")
    if admitted and (expires_on is None or expires_on <= ctx.today):
        raise Invalid("Give the day after today on which the admission expires.")
    if not admitted and not note.strip():
        raise Invalid("Write the reason.")
    decided.status = AdmissionStatus.ADMITTED if admitted else AdmissionStatus.REFUSED
    decided.expires_on = expires_on if admitted else None
    decided.decided_at, decided.decided_by = ctx.now, ctx.actor
    decided.document, decided.note = document.strip(), note.strip() or None
    facts = {"admission": decided.id, "outcome": decided.status, "document": document, "expires_on": expires_on}
    audit.record(ctx, "admission.decide", _chain(decided.package), **facts)


def settle_import(
    ctx: Context, cycle: plans.Cycle, used: Iterable[indicators.CycleIndicator], basis: str
) -> list[indicators.CycleIndicator]:
    """An issued indicator system comes in: indicators new to admission are recorded as admitted by its paper for the year.

    Returns those that stay out: under way, refused, or admitted here and expired.
    """
    used = [each for each in used if each.weights]
    known, day = histories(ctx, cycle.package, [each.code for each in used]), _day(ctx, cycle)
    lacking = [each for each in used if not any(held.holds_on(day) for held in known[each.code])]
    adopted = [each for each in lacking if all(held.adopted for held in known[each.code])]
    ctx.session.add_all(_adopted(ctx, cycle, each, basis, day) for each in adopted)
    if adopted:
        facts = {"codes": [each.code for each in adopted], "basis": basis, "expires_on": day}
        audit.record(ctx, "admission.adopt", _chain(cycle.package), **facts)
    return [each for each in lacking if each not in adopted]


def unadmitted(ctx: Context, cycle: plans.Cycle) -> list[indicators.CycleIndicator]:
    """Indicators that carry weight in the year and are not admitted for all of it, in the order of the booklet."""
    used = [each for each in indicators.of_cycle(ctx, cycle) if each.weights]
    known, day = histories(ctx, cycle.package, [each.code for each in used]), _day(ctx, cycle)
    return [each for each in used if not any(held.holds_on(day) for held in known[each.code])]


def require_all(ctx: Context, cycle: plans.Cycle) -> None:
    """Refuse with ``NotAdmitted`` while an indicator of the year carries weight without being admitted."""
    for each in unadmitted(ctx, cycle):
        raise NotAdmitted(indicator=each.code, year=cycle.year)


def require(ctx: Context, cycle: plans.Cycle, code: str) -> None:
    """Refuse with ``NotAdmitted`` unless the indicator is admitted for all of the year."""
    day = _day(ctx, cycle)
    if not any(held.holds_on(day) for held in histories(ctx, cycle.package, [code])[code]):
        raise NotAdmitted(indicator=code, year=cycle.year)


def get(ctx: Context, admission_id: int) -> Admission:
    """An admission the person may see: the unit that proposed it, and those who oversee."""
    found = ctx.session.get(Admission, admission_id)
    if found is None or not (access.oversees(ctx) or found.unit in access.own_units(ctx)):
        raise NotFound
    return found


def of_package(ctx: Context, package: str) -> list[Admission]:
    """The admissions the person may see, the newest first."""
    query = select(Admission).where(Admission.package == package).order_by(Admission.id.desc())
    if not access.oversees(ctx):
        query = query.where(Admission.unit.in_(access.own_units(ctx)))
    return list(ctx.session.scalars(query))


def histories(ctx: Context, package: str, codes: Sequence[str]) -> dict[str, list[Admission]]:
    """Code -> its admissions, oldest first; one that still holds is not touched by what is proposed after it."""
    query = select(Admission).where(Admission.package == package, Admission.code.in_(codes)).order_by(Admission.id)
    found: dict[str, list[Admission]] = {code: [] for code in codes}
    for each in ctx.session.scalars(query):
        found[each.code].append(each)
    return found


def _adopted(ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, basis: str, day: date) -> Admission:
    made = _new(ctx, cycle.package, used.responsible_unit, used.code, used.name, basis)
    made.status, made.adopted, made.document, made.expires_on = AdmissionStatus.ADMITTED, True, basis, day
    made.decided_at, made.decided_by = ctx.now, ctx.actor
    return made


def _new(ctx: Context, package: str, unit: str, code: str, name: str, basis: str) -> Admission:
    return Admission(
        package=package,
        code=code,
        name=name,
        unit=unit,
        basis=basis,
        status=AdmissionStatus.PROPOSED,
        adopted=False,
        proposed_at=ctx.now,
        proposed_by=ctx.actor,
    )


def _day(ctx: Context, cycle: plans.Cycle) -> date:
    """The day whose figures make the result: an admission must reach it."""
    return plans.annual_round(ctx, cycle).as_of


def _require(admission: Admission, status: AdmissionStatus) -> None:
    if admission.status != status:
        raise AdmissionMoved(indicator=admission.code, status=admission.status)


def _chain(package: str) -> str:
    return f"admission:{package}"
