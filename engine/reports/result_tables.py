"""The year's result as people read it: totals and grades, and how a unit's total came about, down to each figure.

Those who oversee see every unit from the proposal on. A unit sees its own scores once the annual figures are frozen, for
it has to check them; its total, rank and grade from publicity on; who came first and last with the published result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from engine import access, people
from engine.assessment import appeals, grading, plans, ranking, results, rules, scoring, snapshots
from engine.assessment.ties import Tie
from engine.db import Context
from engine.reports import year_plan

#: Ranks by measured and by judged part that lie this far apart are worth a second look.
FAR_APART = 5


class Stage(StrEnum):
    #: The annual figures are not frozen yet.
    SCORING = "scoring"
    #: The units check their own scores.
    CHECKING = "checking"
    #: Added up and graded, waiting for the leading group.
    PROPOSED = "proposed"
    PUBLICISED = "publicised"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the year's result stands, and until when it is shown for objections."""

    stage: Stage
    publicity_until: datetime | None
    decided: rules.Decision | None


@dataclass(frozen=True, slots=True)
class TotalLine:
    """One unit among the totals, with the places its measured and its judged part would have alone."""

    result: results.Result
    unit: people.Unit
    objective_rank: int | None
    subjective_rank: int | None
    tied: bool

    @property
    def jumps(self) -> bool:
        """Whether judging moves the unit far from where measuring puts it."""
        ranks = (self.objective_rank, self.subjective_rank)
        return None not in ranks and abs((ranks[0] or 0) - (ranks[1] or 0)) >= FAR_APART


@dataclass(frozen=True, slots=True)
class Part:
    """An indicator's part in a unit's total."""

    indicator: snapshots.SnapshotIndicator
    row: snapshots.SnapshotRow
    nominal: Decimal
    #: With the weight of exempt indicators re-spread; None where the unit is exempt.
    weight: Decimal | None
    #: score × weight / 100, exact; None where the score is missing.
    contribution: Decimal | None
    #: None until the unit may compare itself; without names until the result is published.
    statistics: ranking.Statistics | None
    standing: ranking.Standing | None

    @property
    def respread(self) -> bool:
        return self.weight is not None and self.weight != self.nominal


@dataclass(frozen=True, slots=True)
class Chapter:
    """The indicators of one category with what they bring together."""

    category: str
    parts: list[Part]

    @property
    def weight(self) -> Decimal:
        return sum((part.weight or Decimal(0) for part in self.parts), Decimal(0))

    @property
    def contribution(self) -> Decimal:
        return sum((part.contribution or Decimal(0) for part in self.parts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Explanation:
    """A unit's total from the sum down to each figure."""

    unit: people.Unit
    snapshot: snapshots.Snapshot
    #: None until the unit may see it.
    result: results.Result | None
    chapters: list[Chapter]
    check: results.OwnCheck | None
    #: Whether the unit may compare itself with its group.
    compared: bool
    #: How many units its group has.
    group_size: int

    @property
    def contribution(self) -> Decimal:
        return sum((chapter.contribution for chapter in self.chapters), Decimal(0))


@dataclass(frozen=True, slots=True)
class Recomputation:
    """A result computed anew, and what that changed for the units the person may see."""

    snapshot: snapshots.Snapshot
    changes: list[grading.Change]


def standing(ctx: Context, cycle: plans.Cycle) -> Standing:
    """Where the year's result stands."""
    decided = next(iter(reversed([each for each in year_plan.decisions(ctx, cycle, "grades") if each.approved])), None)
    frozen = snapshots.of_round(ctx, plans.annual_round(ctx, cycle))
    if not frozen:
        return Standing(Stage.SCORING, None, None)
    found = results.of_snapshot(ctx, frozen[-1])
    if not found:
        return Standing(Stage.CHECKING, None, None)
    if not results.is_public(found):
        return Standing(Stage.PROPOSED, None, None)
    if any(each.published_at is None for each in found):
        return Standing(Stage.PUBLICISED, appeals.window(ctx, cycle), decided)
    return Standing(Stage.PUBLISHED, None, decided)


def totals(ctx: Context, cycle: plans.Cycle) -> dict[str, list[TotalLine]]:
    """Group -> its units, best first, for those who oversee; empty before anything is proposed."""
    if not access.oversees(ctx):
        raise access.NotYours(groups=", ".join(sorted(access.OVERSEERS)))
    try:
        found = results.of_cycle(ctx, cycle)
    except results.NoResult:
        return {}
    groups: dict[str, list[results.Result]] = {}
    for each in found:
        groups.setdefault(each.group, []).append(each)
    return {group: _lines(ctx, members) for group, members in sorted(groups.items())}


def ties(ctx: Context, cycle: plans.Cycle) -> list[Tie]:
    """The units that tie across the last excellent place, for those who oversee; none before results are proposed."""
    frozen = snapshots.of_round(ctx, plans.annual_round(ctx, cycle))
    return results.tied(cycle, results.of_snapshot(ctx, frozen[-1])) if frozen and access.oversees(ctx) else []


def explanation(ctx: Context, cycle: plans.Cycle, unit: str) -> Explanation:
    """How the unit's total came about. Raises ``NotYours`` for other units, ``NotPublished`` before figures are frozen."""
    access.require_unit(ctx, unit)
    known, annual = people.unit(ctx, unit), plans.annual_round(ctx, cycle)
    frozen = snapshots.latest(ctx, annual)
    rows = snapshots.rows(ctx, frozen)
    if all(row.unit != unit for row in rows):
        raise results.NoResult(year=cycle.year)
    kept = results.of_snapshot(ctx, frozen)
    shown = next((each for each in kept if each.unit == unit), None)
    compared = access.oversees(ctx) or results.is_public(kept)
    parts = _parts(snapshots.rules_of(ctx, frozen), rows, known)
    if annual.published_at is None and not access.oversees(ctx):
        parts = [_unnamed(part, compared=compared) for part in parts]
    return Explanation(
        unit=known,
        snapshot=frozen,
        result=shown if compared else None,
        chapters=_chapters(parts),
        check=next((each for each in results.checks(ctx, cycle) if each.unit == unit), None),
        compared=compared,
        group_size=len({row.unit for row in rows if row.group == known.group}),
    )


def recomputations(ctx: Context, cycle: plans.Cycle, units: Iterable[str]) -> list[Recomputation]:
    """Each time the result was computed anew, the latest first, with those of the units for which it changed something.

    Nobody but who oversees learns of it before the result is public, or of another unit than the own.
    """
    seen = set(units) if access.oversees(ctx) else set(units) & set(access.own_units(ctx))
    found = []
    for older, newer in pairwise(snapshots.of_round(ctx, plans.annual_round(ctx, cycle))):
        # A revision that was frozen before anything was added up is no result computed anew.
        is_shown = access.oversees(ctx) or results.is_public(results.of_snapshot(ctx, newer))
        if is_shown and results.of_snapshot(ctx, older):
            changes = [each for each in grading.differences(ctx, older, newer) if each.is_change and each.unit in seen]
            found.append(Recomputation(newer, changes))
    return found[::-1]


def checks(ctx: Context, cycle: plans.Cycle) -> list[results.OwnCheck]:
    """The units' answers to their own scores: all for those who oversee, else one's own."""
    if not snapshots.of_round(ctx, plans.annual_round(ctx, cycle)):
        return []
    own = access.own_units(ctx)
    return [each for each in results.checks(ctx, cycle) if access.oversees(ctx) or each.unit in own]


def best_and_worst(chapters: Iterable[Chapter], count: int = 5) -> tuple[list[Part], list[Part]]:
    """The indicators on which the unit is furthest ahead of its group's mean, and furthest behind (F2)."""
    known = [part for chapter in chapters for part in chapter.parts if part.standing and part.standing.gap_to_mean]
    ordered = sorted(known, key=lambda part: part.standing.gap_to_mean or Decimal(0), reverse=True)  # type: ignore[union-attr]
    ahead = [part for part in ordered if (part.standing.gap_to_mean or 0) > 0]  # type: ignore[union-attr]
    behind = [part for part in reversed(ordered) if (part.standing.gap_to_mean or 0) < 0]  # type: ignore[union-attr]
    return ahead[:count], behind[:count]


def _lines(ctx: Context, members: Sequence[results.Result]) -> list[TotalLine]:
    objective = ranking.ranks({each.unit: each.objective for each in members})
    subjective = ranking.ranks({each.unit: each.subjective for each in members})
    totals = [each.total for each in members]
    lines = [
        TotalLine(
            each,
            people.unit(ctx, each.unit),
            objective[each.unit],
            subjective[each.unit],
            totals.count(each.total) > 1,
        )
        for each in members
    ]
    return sorted(lines, key=lambda line: (line.result.rank, line.unit.code))


def _parts(
    used: Mapping[int, snapshots.SnapshotIndicator],
    rows: Sequence[snapshots.SnapshotRow],
    unit: people.Unit,
) -> list[Part]:
    own = {row.cycle_indicator_id: row for row in rows if row.unit == unit.code}
    weights = results.spread_weights(used, unit.group, own.values())
    peers: dict[int, dict[str, Decimal | None]] = {}
    for row in rows:
        if row.group == unit.group and row.state != snapshots.State.EXEMPT:
            peers.setdefault(row.cycle_indicator_id, {})[row.unit] = row.score
    return [
        _part(each, own[key], unit, weights.get(each.code), peers.get(key, {}))
        for key, each in used.items()
        if key in own and each.weight(unit.group)
    ]


def _part(
    used: snapshots.SnapshotIndicator,
    row: snapshots.SnapshotRow,
    unit: people.Unit,
    weight: Decimal | None,
    peers: Mapping[str, Decimal | None],
) -> Part:
    scored = row.score is not None and weight is not None
    return Part(
        indicator=used,
        row=row,
        nominal=used.weight(unit.group) or Decimal(0),
        weight=weight,
        contribution=scoring.total({used.code: row.score}, {used.code: weight}) if scored and weight else None,
        statistics=ranking.statistics(peers),
        standing=ranking.standing(peers, unit.code) if unit.code in peers else None,
    )


def _unnamed(part: Part, *, compared: bool) -> Part:
    """The part as its unit sees it before the result is published: nobody is named, at first nothing is compared."""
    if not compared or part.statistics is None:
        return replace(part, statistics=None, standing=None)
    return replace(part, statistics=replace(part.statistics, top=(), bottom=(), overlap=()))


def _chapters(parts: Iterable[Part]) -> list[Chapter]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.indicator.category, []).append(part)
    return [Chapter(category, each) for category, each in found.items()]
