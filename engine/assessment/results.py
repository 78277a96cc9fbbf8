"""The year's result: totals, ranks, grades, the units' own check, publicity (S3 3.1.3, 3.1.4, 4.2).

The lead adds up what the responsible units scored; grades are proposed by quota and lines, decided by the leading group,
shown for five working days, then published. Decisions are recorded here, never made here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications
from engine.assessment import archives, bars, components, plans, ranking, scoring, snapshots, ties
from engine.db import Base, Context, Key, insert_if_absent
from engine.errors import Conflict, Invalid, NotFound, Refused

#: Methods by which people judge; their part of a total is shown apart from the measured part.
SUBJECTIVE = frozenset({"vote_grades", "panel_mean", "vote_rate_tiers", "voter_class_mix", "site_plus_feedback"})


class NoResult(NotFound):
    """There is no result of {year} yet."""

    code = "no_result"


class Unscored(Refused):
    """{count} scores are missing, such as {unit}'s on {indicator}; return the sheets to their units."""

    code = "unscored"


class AlreadyDecided(Conflict):
    """The grades of {year} are decided already."""

    code = "already_decided"


class NotDecided(Refused):
    """The grades of {year} are not decided yet."""

    code = "not_decided"


class AlreadyChecked(Conflict):
    """{unit} has already checked its scores."""

    code = "already_checked"


class CheckOutcome(StrEnum):
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    #: Said nothing in three working days.
    SILENT = "silent"


class Result(Base):
    """A unit's total of the year as computed from one snapshot."""

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("snapshot_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"))
    unit: Mapped[str] = mapped_column(String(40))
    group: Mapped[str] = mapped_column("group_code", String(40))
    total: Mapped[Decimal]
    #: The measured part and the part that people judged; they sum to the total.
    objective: Mapped[Decimal]
    subjective: Mapped[Decimal]
    rank: Mapped[int]
    proposed_grade: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str | None] = mapped_column(String(20))
    #: The weights it was added up with, those of exempt indicators re-spread.
    weights: Mapped[dict[str, Any]]
    decided_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]


class OwnCheck(Base):
    """A unit's answer to its own scores before they are added up."""

    __tablename__ = "own_check"
    __table_args__ = (UniqueConstraint("round_id", "unit", "attempt"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit: Mapped[str] = mapped_column(String(40))
    #: The revision of the round's figures that was checked.
    attempt: Mapped[int]
    outcome: Mapped[str] = mapped_column(String(20))
    text: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(String(60))


@dataclass(frozen=True, slots=True)
class Total:
    """A unit's total with its parts; exact."""

    unit: str
    group: str
    total: Decimal
    objective: Decimal
    subjective: Decimal
    weights: Mapping[str, Decimal]


def totals(ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot) -> list[Total]:
    """Every unit's total from frozen scores: Σ(stored score × weight) / 100, exempt weights re-spread in the category.

    Raises ``Unscored`` where a unit has no score on an indicator it is measured by and not exempt from (H1).
    """
    used = snapshots.rules_of(ctx, snapshot)
    by_unit: dict[str, list[snapshots.SnapshotRow]] = {}
    for row in snapshots.rows(ctx, snapshot):
        by_unit.setdefault(row.unit, []).append(row)
    _require_scored(used, [row for rows in by_unit.values() for row in rows])
    return [_total(used, unit, rows) for unit, rows in sorted(by_unit.items())]


def propose(ctx: Context, cycle: plans.Cycle) -> list[Result]:
    """Add up, rank and propose grades from the annual snapshot; proposals made before are replaced, decisions are not.

    Raises ``components.ComponentMissing`` while a component of the package is not complete for every unit (M1).
    """
    snapshot = snapshots.latest(ctx, plans.annual_round(ctx, cycle))
    components.require_complete(ctx, cycle)
    for old in of_snapshot(ctx, snapshot):
        if old.decided_at is not None:
            raise AlreadyDecided(year=cycle.year)
        ctx.session.delete(old)
    ctx.session.flush()
    made = would_be(ctx, cycle, snapshot)
    ctx.session.add_all(made)
    facts = {each.unit: [str(each.total), each.rank, each.proposed_grade] for each in made}
    audit.record(ctx, "results.propose", plans.chain_of(cycle), snapshot=snapshot.id, results=facts)
    ctx.session.flush()
    return made


def would_be(ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot) -> list[Result]:
    """What a snapshot comes to under the parameters and vetoes that stand, not kept. Raises ``Unscored``."""
    graded = _graded(ctx, cycle, totals(ctx, cycle, snapshot), bars.standing(ctx, cycle))
    return [_result(snapshot, each, rank, grade) for each, rank, grade in graded]


def decide(ctx: Context, cycle: plans.Cycle) -> datetime:
    """The leading group has approved: the proposed grades are the grades, publicity begins; returns until when.

    A unit on which a needed opinion is missing gets what its lines give instead of 优秀; its place stays empty.
    """
    proposed = of_cycle(ctx, cycle)
    if is_public(proposed):
        raise AlreadyDecided(year=cycle.year)
    archives.require_reviewed(ctx, cycle)
    due = grades_due(ctx, cycle, proposed)
    for each in proposed:
        each.grade, each.decided_at = due[each.unit], ctx.now
    audit.record(ctx, "results.decide", plans.chain_of(cycle), snapshot=proposed[0].snapshot_id, grades=due)
    notifications.notify(
        ctx, "results.publicised", groups=["leader", "clerk"], link=plans.path(ctx, cycle, "/results"), year=cycle.year
    )
    return calendars.deadline(ctx, cycle.days("publicity"))


def grades_due(ctx: Context, cycle: plans.Cycle, found: Sequence[Result]) -> dict[str, str]:
    """Unit -> the grade that rank, lines, the vetoes standing now and the opinions given until now come to."""
    vetoed, withheld = bars.standing(ctx, cycle), bars.withheld(ctx, cycle) or {}
    computed = [Total(each.unit, each.group, each.total, each.objective, each.subjective, {}) for each in found]
    due = {total.unit: grade for total, _, grade in _graded(ctx, cycle, computed, vetoed)}
    for each in found:
        if due[each.unit] == ranking.Grade.EXCELLENT and each.unit in withheld:
            due[each.unit] = _by_lines(cycle, each.total)
    return due


def tied(cycle: plans.Cycle, found: Iterable[Total | Result]) -> list[ties.Tie]:
    """The units of each population that tie across the last excellent place."""
    return ties.found(cycle, {each.unit: (each.group, each.total) for each in found})


def regrade(ctx: Context, cycle: plans.Cycle, found: Sequence[Result]) -> dict[str, list[Any]]:
    """Propose the grades of these results anew, their totals and ranks as they are; unit -> total, rank and grade."""
    computed = [Total(each.unit, each.group, each.total, each.objective, each.subjective, {}) for each in found]
    due = {total.unit: grade for total, _, grade in _graded(ctx, cycle, computed, bars.standing(ctx, cycle))}
    for each in found:
        each.proposed_grade = due[each.unit]
    return {each.unit: [str(each.total), each.rank, each.proposed_grade] for each in found}


def publish(ctx: Context, cycle: plans.Cycle) -> None:
    """The publicity is over: the result is final and goes out together with the feedback of every indicator (S3 4.2)."""
    decided = of_cycle(ctx, cycle)
    if not is_public(decided):
        raise NotDecided(year=cycle.year)
    for each in decided:
        each.published_at = ctx.now
    plans.annual_round(ctx, cycle).published_at = ctx.now
    cycle.status = plans.CycleStatus.FINAL
    audit.record(ctx, "results.publish", plans.chain_of(cycle))
    notifications.notify(
        ctx, "results.published", groups=["leader", "clerk"], link=plans.path(ctx, cycle, "/results"), year=cycle.year
    )


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Result]:
    """The year's results by unit, from the snapshot that counts. Raises ``NoResult`` before they are proposed."""
    frozen = snapshots.of_round(ctx, plans.annual_round(ctx, cycle))
    found = of_snapshot(ctx, frozen[-1]) if frozen else []
    if not found:
        raise NoResult(year=cycle.year)
    return found


def of_snapshot(ctx: Context, snapshot: snapshots.Snapshot) -> list[Result]:
    return list(ctx.session.scalars(select(Result).where(Result.snapshot_id == snapshot.id).order_by(Result.unit)))


def is_public(results: Sequence[Result]) -> bool:
    """Whether the units may see the result: from publicity on."""
    return bool(results) and all(each.decided_at is not None for each in results)


def check_own(ctx: Context, cycle: plans.Cycle, unit: str, outcome: str, text: str | None) -> None:
    """A unit confirms its scores or disputes them in writing. Raises ``AlreadyChecked`` the second time."""
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}")
    if outcome == CheckOutcome.DISPUTED and not (text or "").strip():
        raise Invalid("Write what you dispute.")
    _record_check(ctx, cycle, unit, CheckOutcome(outcome), text)


def close_checks(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """Three working days are over: who said nothing is recorded as silent; returns the units that dispute."""
    answered = {each.unit: each for each in checks(ctx, cycle)}
    for unit in plans.standing_units(ctx, cycle):
        if unit.code not in answered:
            _record_check(ctx, cycle, unit.code, CheckOutcome.SILENT, None)
    return sorted(each.unit for each in answered.values() if each.outcome == CheckOutcome.DISPUTED)


def checks(ctx: Context, cycle: plans.Cycle) -> list[OwnCheck]:
    """The answers to the revision that counts."""
    round = plans.annual_round(ctx, cycle)
    query = select(OwnCheck).where(OwnCheck.round_id == round.id, OwnCheck.attempt == _attempt(ctx, round))
    return list(ctx.session.scalars(query.order_by(OwnCheck.unit)))


def flat_indicators(rows: Iterable[snapshots.SnapshotRow]) -> list[int]:
    """Indicators on which every scored unit of the city, two at least, got the same: they tell nobody from anybody."""
    scores: dict[int, list[Decimal]] = {}
    for row in rows:
        if row.score is not None:
            scores.setdefault(row.cycle_indicator_id, []).append(row.score)
    return sorted(indicator for indicator, found in scores.items() if len(found) > 1 and len(set(found)) == 1)


def feedback(
    ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot
) -> dict[tuple[int, str], ranking.Statistics]:
    """(indicator, group) -> top three, bottom three, maximum, minimum and mean of its scores (F1)."""
    populations = snapshots.by_population(snapshots.rows(ctx, snapshot))
    return {
        key: ranking.statistics({each.unit: each.score for each in group if each.state != snapshots.State.EXEMPT})
        for key, group in populations.items()
    }


def differing_scores(ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot) -> list[tuple[str, str]]:
    """(unit, indicator) whose stored score is not what its own frozen figures give."""
    used = snapshots.rules_of(ctx, snapshot)
    found: list[tuple[str, str]] = []
    populations = snapshots.by_population(snapshots.rows(ctx, snapshot), snapshot.parameters["rank_scope"])
    for (indicator_id, _), group in populations.items():
        scores = snapshots.scores_of(used[indicator_id], group)
        found += [(each.unit, used[indicator_id].code) for each in group if each.score != scores[each.unit]]
    return found


def _total(used: Mapping[int, snapshots.SnapshotIndicator], unit: str, rows: Sequence[snapshots.SnapshotRow]) -> Total:
    group = rows[0].group
    spread = spread_weights(used, group, rows)
    scores = {used[row.cycle_indicator_id].code: row.score for row in rows}
    judged = {each.code for each in used.values() if each.method in SUBJECTIVE}
    subjective = scoring.total(scores, {code: weight for code, weight in spread.items() if code in judged})
    objective = scoring.total(scores, {code: weight for code, weight in spread.items() if code not in judged})
    return Total(unit, group, scoring.total(scores, spread), objective, subjective, spread)


def spread_weights(
    used: Mapping[int, snapshots.SnapshotIndicator], group: str, rows: Iterable[snapshots.SnapshotRow]
) -> dict[str, Decimal]:
    """Code -> weight in a unit's total, in the order of the booklet: those of exempt indicators re-spread."""
    exempt = {used[row.cycle_indicator_id].code for row in rows if row.state == snapshots.State.EXEMPT}
    weights = {each.code: weight for each in used.values() if (weight := each.weight(group))}
    return scoring.respread(weights, exempt, {each.code: each.category for each in used.values()})


def _require_scored(used: Mapping[int, snapshots.SnapshotIndicator], rows: Iterable[snapshots.SnapshotRow]) -> None:
    missing = [
        (row.unit, used[row.cycle_indicator_id].code)
        for row in rows
        if row.score is None and row.state != snapshots.State.EXEMPT and used[row.cycle_indicator_id].weight(row.group)
    ]
    if missing:
        unit, code = min(missing)
        raise Unscored(count=len(missing), unit=unit, indicator=code)


def _by_lines(cycle: plans.Cycle, total: Decimal) -> str:
    """The grade of a unit that is not excellent."""
    if total >= cycle.number("good_line"):
        return str(ranking.Grade.GOOD)
    return str(ranking.Grade.QUALIFIED if total >= cycle.number("qualified_line") else ranking.Grade.UNQUALIFIED)


def _graded(
    ctx: Context, cycle: plans.Cycle, computed: Sequence[Total], vetoed: Collection[str]
) -> Iterable[tuple[Total, int, str]]:
    scope = cycle.parameter("rank_scope")
    decided = ties.named(ties.standing(ctx, cycle).values(), tied(cycle, computed), vetoed)
    for population, units in ranking.populations({each.unit: each.group for each in computed}, scope).items():
        members = [each for each in computed if each.unit in units]
        scores = {each.unit: each.total for each in members}
        graded = ranking.grades(
            scores,
            quota=cycle.number("excellent_quota"),
            good_line=cycle.number("good_line"),
            qualified_line=cycle.number("qualified_line"),
            vetoed=vetoed,
            decided=decided.get(population, ()),
        )
        ranks = ranking.ranks(scores)
        for each in members:
            yield each, ranks[each.unit] or 0, str(graded[each.unit])


def _result(snapshot: snapshots.Snapshot, total: Total, rank: int, grade: str) -> Result:
    return Result(
        snapshot_id=snapshot.id,
        unit=total.unit,
        group=total.group,
        total=total.total,
        objective=total.objective,
        subjective=total.subjective,
        rank=rank,
        proposed_grade=grade,
        weights={code: str(weight) for code, weight in total.weights.items()},
    )


def _record_check(ctx: Context, cycle: plans.Cycle, unit: str, outcome: CheckOutcome, text: str | None) -> None:
    round = plans.annual_round(ctx, cycle)
    snapshots.latest(ctx, round)
    values = {"round_id": round.id, "unit": unit, "attempt": _attempt(ctx, round), "at": ctx.now, "by": ctx.actor}
    if not insert_if_absent(ctx, OwnCheck, **values, outcome=outcome, text=text):
        raise AlreadyChecked(unit=unit)
    audit.record(ctx, "results.check_own", plans.chain_of(cycle), unit=unit, outcome=outcome)


def _attempt(ctx: Context, round: plans.Round) -> int:
    return len(snapshots.of_round(ctx, round))
