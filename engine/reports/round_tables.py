"""A round as people follow it: who has handed in, what was published and corrected, the figures as a table.

Sheets and figures are shown to those who oversee everything, to the unit that answers for the indicator, and to the
assessed unit its own once they are frozen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from engine import access, people
from engine.assessment import indicators, plans, readings, results, revisions, snapshots
from engine.db import Context
from engine.reports import systems


@dataclass(frozen=True, slots=True)
class Handed:
    """A responsible unit's sheet of the round."""

    unit: str
    indicators: int
    status: str
    submitted_at: datetime | None
    submitted_by: str | None
    signed_at: datetime | None
    signed_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    #: State of sheets -> how many of all, whoever asks.
    counts: dict[str, int]
    sheets: list[Handed]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def late(self) -> list[str]:
        return [each.unit for each in self.sheets if each.status == readings.SheetStatus.LATE]


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision changed of one pair."""

    indicator: indicators.CycleIndicator
    unit: str
    old: Decimal | None
    new: Decimal | None
    old_state: str
    new_state: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A published revision of the round; the first is the publication itself."""

    snapshot: snapshots.Snapshot
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows of a snapshot as a table of indicators by units."""

    units: list[people.Unit]
    lines: list[tuple[indicators.CycleIndicator, dict[str, snapshots.SnapshotRow]]]
    #: The kept rows, so that what is computed from them is computed of what is shown.
    as_of: datetime | None


def progress(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> Progress:
    """How far collection is; the sheets of one's own unit, or of all for those who oversee."""
    held = {
        each.unit: each
        for each in ctx.session.scalars(select(readings.Sheet).where(readings.Sheet.round_id == round.id))
    }
    answering = [each.responsible_unit for each in indicators.of_cycle(ctx, cycle)]
    sheets = [_handed(unit, answering.count(unit), held.get(unit)) for unit in sorted(set(answering))]
    states = [each.status for each in sheets]
    counts = {str(state): states.count(state) for state in readings.SheetStatus if state in states}
    own = [each for each in sheets if access.oversees(ctx) or each.unit in access.own_units(ctx)]
    return Progress(counts, own)


def editions(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[Edition]:
    """The round's revisions, newest first, with the differences the person may see."""
    frozen = snapshots.of_round(ctx, round)
    earlier = [None, *frozen]
    found = [Edition(new, _changes(ctx, cycle, old, new)) for old, new in zip(earlier, frozen, strict=False)]
    return list(reversed(found))


def figures(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    *,
    group: str | None = None,
    category: str | None = None,
    revision: int | None = None,
) -> Figures:
    """The figures of a revision (the latest) that the person may see, in the order of the booklet.

    Empty before anything is frozen. Raises ``NotPublished`` for a revision there is not.
    """
    frozen = _frozen(ctx, round, revision)
    if frozen is None:
        return Figures([], [], None)
    units = [each for each in plans.assessed_units(ctx, cycle) if group is None or each.group == group]
    used = [each for each in indicators.of_cycle(ctx, cycle) if category in (None, each.indicator.category)]
    seen: dict[int, dict[str, snapshots.SnapshotRow]] = {}
    for row in snapshots.rows(ctx, frozen):
        seen.setdefault(row.cycle_indicator_id, {})[row.unit] = row
    lines = [(each, _seen(ctx, each, seen.get(each.id, {}), {unit.code for unit in units})) for each in used]
    shown = {unit for _, rows in lines for unit in rows}
    return Figures(
        sorted((unit for unit in units if unit.code in shown), key=lambda unit: (unit.group, unit.code)),
        [(each, rows) for each, rows in lines if rows],
        frozen.published_at,
    )


def flat(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[indicators.CycleIndicator]:
    """Indicators of the annual round on which every scored unit got the same; for those who see all its scores."""
    frozen = snapshots.of_round(ctx, round)
    if round.kind != plans.RoundKind.ANNUAL or not frozen:
        return []
    found = set(results.flat_indicators(snapshots.rows(ctx, frozen[-1])))
    return [each for each in indicators.of_cycle(ctx, cycle) if each.id in found and systems.sees_all(ctx, each)]


def requestable(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[indicators.CycleIndicator]:
    """Indicators whose figures the person may ask to enter although the round is published (补报)."""
    if round.published_at is None or round.kind == plans.RoundKind.ANNUAL:
        return []
    busy = set(
        ctx.session.scalars(
            select(revisions.Revision.cycle_indicator_id).where(
                revisions.Revision.round_id == round.id, revisions.Revision.status.in_(revisions.OPEN)
            )
        )
    )
    return [
        each
        for each in indicators.of_cycle(ctx, cycle)
        if each.id not in busy and access.may(ctx, f"clerk@{each.responsible_unit}") and ctx.actor is not None
    ]


def revisions_of(
    ctx: Context, cycle: plans.Cycle, round: plans.Round
) -> list[tuple[indicators.CycleIndicator, revisions.Revision]]:
    """Requests to revise the round, newest first; those on one's own indicators, or all for those who oversee."""
    known = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    query = select(revisions.Revision).where(revisions.Revision.round_id == round.id)
    found = [(known[each.cycle_indicator_id], each) for each in ctx.session.scalars(query)]
    return [
        (on, each)
        for on, each in reversed(found)
        if access.oversees(ctx) or on.responsible_unit in access.own_units(ctx)
    ]


def pending(
    ctx: Context, cycle: plans.Cycle, round: plans.Round
) -> list[tuple[indicators.CycleIndicator, readings.Pending]]:
    """Indicators announced for later and not published yet (待发布)."""
    known = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    return [(known[each.cycle_indicator_id], each) for each in readings.pending(ctx, round)]


def _handed(unit: str, count: int, held: readings.Sheet | None) -> Handed:
    if held is None:
        return Handed(unit, count, str(readings.SheetStatus.OPEN), None, None, None, None, None)
    note = held.return_note if held.status == readings.SheetStatus.RETURNED else held.note
    return Handed(unit, count, held.status, held.submitted_at, held.submitted_by, held.signed_at, held.signed_by, note)


def _frozen(ctx: Context, round: plans.Round, revision: int | None) -> snapshots.Snapshot | None:
    found = snapshots.of_round(ctx, round)
    if revision is None:
        return found[-1] if found else None
    wanted = [each for each in found if each.revision == revision]
    if not wanted:
        raise snapshots.NotPublished(round=round.key)
    return wanted[0]


def _seen(
    ctx: Context, used: indicators.CycleIndicator, rows: dict[str, snapshots.SnapshotRow], units: set[str]
) -> dict[str, snapshots.SnapshotRow]:
    return {unit: row for unit, row in rows.items() if unit in units and systems.sees(ctx, used, unit)}


def _changes(
    ctx: Context, cycle: plans.Cycle, older: snapshots.Snapshot | None, newer: snapshots.Snapshot
) -> list[Change]:
    if older is None:
        return []
    known = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    found: Sequence[snapshots.Difference] = snapshots.differences(ctx, older, newer)
    return [
        Change(known[each.cycle_indicator_id], each.unit, each.old, each.new, each.old_state, each.new_state)
        for each in found
        if systems.sees(ctx, known[each.cycle_indicator_id], each.unit)
    ]
