"""A year replayed: from frozen figures to warnings, consultations, totals, ranks and grades.

What the rules say is replayed, not what people decided about it: a notice they withdrew, a consultation they declined, a
grade they gave otherwise. ``recorded`` tells what stands in the record, to be laid beside the replay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine import workflow
from engine.assessment import consultation, plans, results, scoring, snapshots, warnings
from engine.db import Context
from engine.errors import Refused
from engine.rehearsal.outcomes import Called, Figure, Outcome, Pair, Placed, RoundOutcome, Warned
from engine.workflow import definitions
from engine.workflow.store import Kind

#: The operation whose inputs, in a round's diagram, name the tables that warn and that call consultations.
DETERMINE = "warnings.determine"
LEVEL, CONSULTATION = "level_table", "consultation_table"
#: What decides something of a rule that a snapshot keeps.
DECIDING = ("direction", "measure", "schedule", "method", "params", "main", "category")

#: A round and the figures it is replayed from.
Frozen = tuple[plans.Round, snapshots.Snapshot]
#: (indicator, unit) -> reasons and level.
WarningSet = Mapping[tuple[int, str], Mapping[str, Any]]


class NoScore(Refused):
    """With the changed rules {unit} has no score on {indicator}, which carries weight; change its method or its weight."""

    code = "no_score"


@dataclass(frozen=True, slots=True)
class Judges:
    """The decisions that judge a round: input of ``DETERMINE`` -> the decision and its version. None of a round that warns nobody."""

    tables: Mapping[str, tuple[str, int]]

    def numbers(self, ctx: Context) -> dict[str, int]:
        return {name: definitions.version(ctx, version).number for name, version in self.tables.values()}

    def looked_at(self, ctx: Context, which: str) -> frozenset[str]:
        """The names the table reads."""
        if which not in self.tables:
            return frozenset()
        name, version = self.tables[which]
        return definitions.decision_model(ctx, version).reads(name)

    def table(self, ctx: Context, which: str, snapshot: snapshots.Snapshot) -> warnings.Table:
        """It as a function, evaluated as on the day of the publication."""
        name, version = self.tables[which]
        model = definitions.decision_model(ctx, version)
        return lambda facts: model.evaluate(name, facts, now=snapshot.published_at).outputs


def frozen(ctx: Context, cycle: plans.Cycle) -> list[Frozen]:
    """The rounds whose figures are frozen, with the revision that counts, in the order of the schedule."""
    found = ((each, snapshots.of_round(ctx, each)) for each in plans.rounds(ctx, cycle))
    return [(each, made[-1]) for each, made in found if made]


def replay(
    ctx: Context, cycle: plans.Cycle, rounds: Sequence[Frozen], given: Mapping[str, int], *, graded: bool
) -> Outcome:
    """What the rules make of the figures.

    ``given`` is ``decision:warning_level`` and the like -> the version in force in the place of what a round pinned.
    ``graded`` asks for the year's result too. Raises ``NoScore`` where it cannot be worked out.
    """
    judges = {round.key: _judges(ctx, cycle, round, given) for round, _ in rounds}
    warned = {round.key: _warned(ctx, cycle, judges[round.key], snapshot) for round, snapshot in rounds}
    return Outcome(
        rounds=tuple(
            _outcome(ctx, round, snapshot, judges[round.key].numbers(ctx), warned[round.key])
            for round, snapshot in rounds
        ),
        consultations=_called(ctx, cycle, rounds, judges, warned),
        results=_placed(ctx, cycle, rounds[-1][1]) if graded else {},
        looked_at={
            which: frozenset().union(*(each.looked_at(ctx, which) for each in judges.values()))
            for which in (LEVEL, CONSULTATION)
        },
    )


def recorded(ctx: Context, cycle: plans.Cycle, replayed: Outcome, rounds: Sequence[Frozen]) -> Outcome:
    """The same year with the warnings, consultations and results that stand in the record."""
    known = {round.key: (round, snapshot) for round, snapshot in rounds}
    told = [
        RoundOutcome(
            each.key,
            each.as_of,
            each.parameters,
            each.rules,
            each.tables,
            each.figures,
            _pairs(ctx, known[each.key][1], _noticed(ctx, known[each.key][0])),
        )
        for each in replayed.rounds
    ]
    standing = {each.unit: each for each in consultation.of_cycle(ctx, cycle)}
    keys = {round.id: key for key, (round, _) in known.items()}
    called = {unit: Called(keys[each.round_id], len(each.grounds)) for unit, each in standing.items()}
    given = results.of_snapshot(ctx, rounds[-1][1]) if replayed.results else []
    placed = {each.unit: Placed(each.group, each.total, each.rank, each.grade or each.proposed_grade) for each in given}
    return Outcome(tuple(told), called, placed, replayed.looked_at)


def is_graded(ctx: Context, rounds: Sequence[Frozen]) -> bool:
    """Whether a result of the year has been proposed."""
    return bool(results.of_snapshot(ctx, rounds[-1][1]))


def _judges(ctx: Context, cycle: plans.Cycle, round: plans.Round, given: Mapping[str, int]) -> Judges:
    """The tables the round's own diagram names, in the versions it has pinned but for those that are given."""
    pinned = workflow.find(ctx, cycle.package, f"{cycle.year}/{round.key}")
    release = {**pinned.release, **{name: version for name, version in given.items() if name in pinned.release}}
    if any(name.startswith(f"{Kind.PROCESS}:") for name in given):
        # A changed diagram may reach what the old one did not.
        release = {**definitions.release(ctx, pinned.process, cycle.package), **release}
    named = _named(ctx, release)
    return Judges({which: (name, release[f"{Kind.DECISION}:{name}"]) for which, name in named.items()})


def _named(ctx: Context, release: Mapping[str, int]) -> dict[str, str]:
    for name, version in sorted(release.items()):
        kind, _, key = name.partition(":")
        elements = definitions.outline(ctx, version).process(key).elements if kind == Kind.PROCESS else ()
        for element in elements:
            if element.operation == DETERMINE:
                return {which: str(element.inputs[which]) for which in (LEVEL, CONSULTATION)}
    return {}


def _warned(ctx: Context, cycle: plans.Cycle, judges: Judges, snapshot: snapshots.Snapshot) -> WarningSet:
    if LEVEL not in judges.tables:
        return {}
    return warnings.warning_set(ctx, cycle, snapshot, judges.table(ctx, LEVEL, snapshot))


def _called(
    ctx: Context,
    cycle: plans.Cycle,
    rounds: Sequence[Frozen],
    judges: Mapping[str, Judges],
    warned: Mapping[str, WarningSet],
) -> dict[str, Called]:
    """Unit -> the consultation its grave warnings call for; one a year."""
    called: dict[str, Called] = {}
    by_position = {round.position: warned[round.key] for round, _ in rounds}
    for round, snapshot in rounds:
        if CONSULTATION not in judges[round.key].tables:
            continue
        is_needed = judges[round.key].table(ctx, CONSULTATION, snapshot)
        grave = _grave(warned[round.key], by_position.get(round.position - 1, {}))
        for unit, count in sorted(grave.items()):
            if unit not in called and is_needed({**cycle.parameters, "grave_warnings": count}) is True:
                called[unit] = Called(round.key, count)
    return called


def _grave(warned: WarningSet, before: WarningSet) -> dict[str, int]:
    """Unit -> how many of its warnings are red, or far from the target for the second round running (S3 4.1)."""
    found: dict[str, int] = {}
    for pair, outcome in warned.items():
        if outcome["level"] == "red" or (_is_far(outcome) and _is_far(before.get(pair, {"reasons": ()}))):
            found[pair[1]] = found.get(pair[1], 0) + 1
    return found


def _is_far(outcome: Mapping[str, Any]) -> bool:
    return "far_from_target" in outcome["reasons"]


def _outcome(
    ctx: Context, round: plans.Round, snapshot: snapshots.Snapshot, tables: Mapping[str, int], warned: WarningSet
) -> RoundOutcome:
    used = snapshots.rules_of(ctx, snapshot)
    return RoundOutcome(
        key=round.key,
        as_of=round.as_of,
        parameters=dict(snapshot.parameters),
        rules={each.code: _rule(each) for each in used.values()},
        tables=tables,
        figures={
            Pair(row.unit, used[row.cycle_indicator_id].code): Figure(row.group, row.lead_points, row.rank, row.score)
            for row in snapshots.rows(ctx, snapshot)
        },
        warned=_pairs(ctx, snapshot, warned),
    )


def _rule(used: snapshots.SnapshotIndicator) -> dict[str, Any]:
    """What decides something of it; equal weights are written alike."""
    weights = {group: scoring.digits(Decimal(weight)) for group, weight in used.weights.items()}
    return {**{name: getattr(used, name) for name in DECIDING}, "weights": weights}


def _pairs(ctx: Context, snapshot: snapshots.Snapshot, warned: WarningSet) -> dict[Pair, Warned]:
    used = snapshots.rules_of(ctx, snapshot)
    return {
        Pair(unit, used[key].code): Warned(tuple(outcome["reasons"]), outcome["level"])
        for (key, unit), outcome in warned.items()
    }


def _noticed(ctx: Context, round: plans.Round) -> WarningSet:
    withdrawn = warnings.NoticeStatus.WITHDRAWN
    return {
        (each.cycle_indicator_id, each.unit): {"reasons": sorted(each.reasons), "level": each.level}
        for each in warnings.of_round(ctx, round)
        if each.status != withdrawn
    }


def _placed(ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot) -> dict[str, Placed]:
    try:
        found = results.would_be(ctx, cycle, snapshot)
    except results.Unscored as error:
        raise NoScore(unit=error.facts["unit"], indicator=error.facts["indicator"]) from None
    due = results.grades_due(ctx, cycle, found)
    return {each.unit: Placed(each.group, each.total, each.rank, due[each.unit]) for each in found}
