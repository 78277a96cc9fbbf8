"""The archive of daily assessment (平时考核档案): what a year has to say of a unit besides its figures (S3 4.3).

It is a basis of the annual grade: before the grades are decided the archive of every assessed unit is reviewed, and what
lay in it then is kept with the review (H3).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, people
from engine.assessment import plans, records, rectification, special, succession, supervision
from engine.db import Base, Context, Key
from engine.errors import Invalid, Refused


class ArchiveNotReviewed(Refused):
    """The archives of {year} have not been reviewed for {count} units; review them before the grades are decided."""

    code = "archive_not_reviewed"


class ArchiveReview(Base):
    """One unit's archive as it was when the lead reviewed it for the annual grade."""

    __tablename__ = "archive_review"
    __table_args__ = (Index("ix_archive_review_cycle_unit", "cycle_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40))
    #: ``records``: ids, ``matters``: numbers, ``slips``: labels, ``special``: ids.
    references: Mapped[dict[str, Any]]
    reviewed_at: Mapped[datetime]
    reviewed_by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Archive:
    """What lies in a unit's archive of a year, as far as the reader may see it."""

    unit: str
    year: int
    records: tuple[records.Record, ...]
    matters: tuple[rectification.Item, ...]
    slips: tuple[supervision.Slip, ...]
    special: tuple[special.SpecialAssessment, ...]

    @property
    def references(self) -> dict[str, list[Any]]:
        """What names each piece, without what was made void."""
        return {
            "records": [each.id for each in self.records if each.void_at is None],
            "matters": [each.number for each in self.matters],
            "slips": [each.label for each in self.slips if each.label],
            "special": [each.id for each in self.special],
        }


def archive(ctx: Context, cycle: plans.Cycle, unit: str) -> Archive:
    """The unit's archive of the cycle's year: for those who oversee, and for the unit what is said to it."""
    access.require_unit(ctx, unit)
    people.unit(ctx, unit)
    # What another unit left open to this one lies in both archives.
    passed = succession.passed_matters(ctx, cycle, unit)
    matters = sorted([*rectification.items(ctx, cycle, unit=unit), *passed], key=lambda item: item.number)
    return Archive(
        unit,
        cycle.year,
        tuple(records.of_year(ctx, cycle.year, unit=unit)),
        tuple(matters),
        tuple(slip for item in matters for slip in supervision.of_item(ctx, item)),
        tuple(special.of_year(ctx, cycle.year, unit)),
    )


def review(ctx: Context, cycle: plans.Cycle, *, reviewed: bool) -> list[ArchiveReview]:
    """The lead has gone through every assessed unit's archive for the grades; what lay in each is kept.

    ``reviewed`` is the lead's own word for it. Raises ``Invalid`` without it.
    """
    access.require(ctx, "lead")
    if not reviewed:
        raise Invalid("Review the archive of every unit, and say so.")
    made = [_review(ctx, cycle, unit.code) for unit in plans.standing_units(ctx, cycle)]
    ctx.session.add_all(made)
    ctx.session.flush()
    counts = {each.unit: sum(map(len, each.references.values())) for each in made}
    audit.record(ctx, "archive.review", plans.chain_of(cycle), pieces=counts)
    return made


def reviews(ctx: Context, cycle: plans.Cycle) -> dict[str, ArchiveReview]:
    """Unit -> its last review, for the units the person may see."""
    query = select(ArchiveReview).where(ArchiveReview.cycle_id == cycle.id).order_by(ArchiveReview.id)
    if not access.oversees(ctx):
        query = query.where(ArchiveReview.unit.in_(access.own_units(ctx)))
    return {each.unit: each for each in ctx.session.scalars(query)}


def require_reviewed(ctx: Context, cycle: plans.Cycle) -> None:
    """Refuse with ``ArchiveNotReviewed`` to decide grades while an assessed unit's archive has not been reviewed."""
    known = set(ctx.session.scalars(select(ArchiveReview.unit).where(ArchiveReview.cycle_id == cycle.id)))
    if missing := {unit.code for unit in plans.standing_units(ctx, cycle)} - known:
        raise ArchiveNotReviewed(year=cycle.year, count=len(missing))


def _review(ctx: Context, cycle: plans.Cycle, unit: str) -> ArchiveReview:
    found = archive(ctx, cycle, unit).references
    return ArchiveReview(cycle_id=cycle.id, unit=unit, references=found, reviewed_at=ctx.now, reviewed_by=ctx.actor)
