"""What changes a grade or a result after it was proposed: vetoes, opinions that come late, corrections (S3 4.2, 4.5).

Nothing here changes by itself: each act is a person's, with a reason, and says what it changed. A correction makes a new
revision of the figures and a new result beside the old one; a list of differences says what became of every unit.
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine import access, audit, notifications
from engine.assessment import bars, hands, plans, ranking, results, snapshots, ties
from engine.assessment.bars import Bar, BarStatus
from engine.db import Context
from engine.errors import Invalid, Refused


class NothingWithheld(Refused):
    """The grade of {unit} is already what score, vetoes and opinions come to."""

    code = "nothing_withheld"


class NoTie(Refused):
    """No units of {population} tie across the last excellent place."""

    code = "no_tie"


@dataclass(frozen=True, slots=True)
class Change:
    """One unit in two results of a year; grades are what was decided, else what was proposed."""

    unit: str
    group: str
    old_total: Decimal
    new_total: Decimal
    old_rank: int
    new_rank: int
    old_grade: str
    new_grade: str

    @property
    def is_change(self) -> bool:
        old = (self.old_total, self.old_rank, self.old_grade)
        return old != (self.new_total, self.new_rank, self.new_grade)


def confirm_bar(ctx: Context, cycle: plans.Cycle, bar_id: int, note: str) -> Bar:
    """Another person confirms a veto: the grade is barred, also one already decided; score and rank stay (5.4)."""
    found = _decide(ctx, cycle, bar_id, BarStatus.CONFIRMED, note)
    changed = _regrade(ctx, cycle, [found.unit])
    audit.record(ctx, "bar.confirm", plans.chain_of(cycle), bar=found.id, unit=found.unit, item=found.item, **changed)
    groups = [f"clerk@{found.unit}", f"leader@{found.unit}"]
    notifications.notify(ctx, "bar.confirmed", groups=groups, link=plans.path(ctx, cycle, "/hearings#bars"))
    return found


def reject_bar(ctx: Context, cycle: plans.Cycle, bar_id: int, note: str) -> Bar:
    """Another person finds that the proposed veto does not hold."""
    found = _decide(ctx, cycle, bar_id, BarStatus.REJECTED, note)
    audit.record(ctx, "bar.reject", plans.chain_of(cycle), bar=found.id, unit=found.unit)
    return found


def revoke_bar(ctx: Context, cycle: plans.Cycle, bar_id: int, why: str) -> Bar:
    """A confirmed veto is taken back, never by who proposed it; the grade becomes what it is without it."""
    access.require(ctx, "lead", "committee")
    found = bars.get(ctx, cycle, bar_id, BarStatus.CONFIRMED)
    hands.require_apart(ctx, found.proposed_by)
    if not why.strip():
        raise Invalid("Write why the veto is taken back.")
    found.status = BarStatus.REVOKED
    found.revoked_at, found.revoked_by, found.revoked_why = ctx.now, ctx.actor, why.strip()
    changed = _regrade(ctx, cycle, [found.unit])
    audit.record(ctx, "bar.revoke", plans.chain_of(cycle), bar=found.id, unit=found.unit, why=why, **changed)
    groups = [f"clerk@{found.unit}", f"leader@{found.unit}"]
    notifications.notify(ctx, "bar.revoked", groups=groups, link=plans.path(ctx, cycle, "/hearings#bars"))
    return found


def settle(ctx: Context, cycle: plans.Cycle, unit: str, why: str) -> str:
    """After a late opinion the lead gives the grade that was withheld; returns it. Raises ``NothingWithheld``."""
    access.require(ctx, "lead")
    if not why.strip():
        raise Invalid("Write what the grade rests on now.")
    changed = _regrade(ctx, cycle, [unit])
    if not changed:
        raise NothingWithheld(unit=unit)
    audit.record(ctx, "results.settle", plans.chain_of(cycle), unit=unit, why=why.strip(), **changed)
    return str(changed["grades"][unit])


def name_excellent(
    ctx: Context, cycle: plans.Cycle, population: str, units: Collection[str], reason: str, document: str
) -> None:
    """The lead names who of the tied units gets the places that are left, in writing and before the leading group decides.

    No unit named takes an earlier naming back. Raises ``NoTie``, ``results.AlreadyDecided``, ``ranking.BadDecision`` for
    a unit that does not tie, is vetoed, or is one too many.
    """
    access.require(ctx, "lead")
    found = results.of_cycle(ctx, cycle)
    if results.is_public(found):
        raise results.AlreadyDecided(year=cycle.year)
    tie = next((each for each in results.tied(cycle, found) if each.population == population), None)
    if tie is None:
        raise NoTie(population=population or "-")
    if not reason.strip() or not document.strip():
        raise Invalid("Write the reason, and name the paper in which it was decided.")
    for unit in sorted(set(units)):
        if unit not in tie.units or unit in bars.standing(ctx, cycle) or len(set(units)) > tie.places:
            raise ranking.BadDecision(unit=unit)
    ties.keep(ctx, cycle, tie, units, reason.strip(), document.strip())
    facts = {"snapshot": found[0].snapshot_id, "units": sorted(set(units)), "reason": reason, "document": document}
    graded = results.regrade(ctx, cycle, found)
    audit.record(ctx, "results.name_excellent", plans.chain_of(cycle), population=population, results=graded, **facts)


def recompute(ctx: Context, cycle: plans.Cycle, reason: str) -> snapshots.Snapshot:
    """Freeze corrected figures as the next revision and compute the result anew; the old one stays beside it.

    What was decided stays decided and what was published stays published, with the new numbers.
    """
    access.require(ctx, "lead")
    if not reason.strip():
        raise Invalid("Write why the result is computed anew.")
    old = results.of_cycle(ctx, cycle)
    frozen = snapshots.freeze(ctx, cycle, plans.annual_round(ctx, cycle), reason.strip())
    made = results.propose(ctx, cycle)
    if results.is_public(old):
        due = results.grades_due(ctx, cycle, made)
        for each in made:
            each.grade, each.decided_at, each.published_at = due[each.unit], ctx.now, old[0].published_at and ctx.now
        facts = {"snapshot": frozen.id, "grades": due, "reason": reason.strip()}
        audit.record(ctx, "results.recompute", plans.chain_of(cycle), **facts)
    ctx.session.flush()
    return frozen


def differences(ctx: Context, older: snapshots.Snapshot, newer: snapshots.Snapshot) -> list[Change]:
    """What became of every unit between two results of a year, by group and unit."""
    before = {each.unit: each for each in results.of_snapshot(ctx, older)}
    after = results.of_snapshot(ctx, newer)
    found = [_change(before[each.unit], each) for each in after if each.unit in before]
    return sorted(found, key=lambda each: (each.group, each.unit))


def _change(old: results.Result, new: results.Result) -> Change:
    return Change(
        unit=new.unit,
        group=new.group,
        old_total=old.total,
        new_total=new.total,
        old_rank=old.rank,
        new_rank=new.rank,
        old_grade=old.grade or old.proposed_grade,
        new_grade=new.grade or new.proposed_grade,
    )


def _decide(ctx: Context, cycle: plans.Cycle, bar_id: int, outcome: BarStatus, note: str) -> Bar:
    access.require(ctx, "lead", "committee")
    found = bars.get(ctx, cycle, bar_id, BarStatus.PROPOSED)
    hands.require_apart(ctx, found.proposed_by)
    if not note.strip():
        raise Invalid("Write the reason of the decision.")
    found.status, found.decided_at, found.decided_by, found.note = outcome, ctx.now, ctx.actor, note.strip()
    ctx.session.flush()
    return found


def _regrade(ctx: Context, cycle: plans.Cycle, units: Collection[str]) -> dict[str, Any]:
    """Give decided results the grade that is due now; the facts of it for the record, empty where nothing changes."""
    try:
        found = results.of_cycle(ctx, cycle)
    except results.NoResult:
        return {}
    due, before = results.grades_due(ctx, cycle, found), {}
    for each in found:
        if each.unit in units and each.grade not in (None, due[each.unit]):
            before[each.unit], each.grade = each.grade, due[each.unit]
    changed = {unit: due[unit] for unit in before}
    return {"snapshot": found[0].snapshot_id, "grades": changed, "before": before} if changed else {}
