"""Snapshots: the figures of a round as they were published, frozen for ever.

A snapshot is never changed. A late or corrected figure makes the next revision, with a list of what is different; what
was computed from a snapshot can be computed from it again, digit for digit. That is why it keeps the rules beside the
figures: how each indicator was measured, scored and weighed. An adjustment of the year's system changes none of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from itertools import repeat
from operator import attrgetter
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import abreast, audit
from engine.assessment import indicators, measures, plans, readings, rules, rulings, seals, targets
from engine.assessment.figures import Figure
from engine.assessment.measures import Draft, State, by_population, facts_of, measures_of, scores_of, scoring_method
from engine.db import Base, Context, Key, insert_columns, plain
from engine.errors import NotFound

__all__ = ["State", "by_population", "facts_of", "measures_of", "scores_of", "scoring_method"]


class NotPublished(NotFound):
    """The round {round} is not published yet."""

    code = "not_published"


class Snapshot(Base):
    __tablename__ = "snapshot"
    __table_args__ = (UniqueConstraint("round_id", "revision"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    #: 1 is the publication, 2 and more are corrections of it.
    revision: Mapped[int]
    reason: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(String(60))
    #: The parameters it was made under.
    parameters: Mapped[dict[str, Any]]
    #: Responsible units that had not signed when collection closed.
    late: Mapped[list[Any]]
    #: Of a revision: the notices it would add, drop or change, put before the lead.
    changes: Mapped[list[Any]]


class SnapshotRow(Base):
    """One unit on one indicator. Measures are kept to 12 decimals for reading; what decides is computed anew, exactly."""

    __tablename__ = "snapshot_row"
    __table_args__ = (Index("ix_snapshot_row_unit", "snapshot_id", "unit"),)

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"), primary_key=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(String(40), primary_key=True)
    group: Mapped[str] = mapped_column("group_code", String(40))
    state: Mapped[str] = mapped_column(String(20))
    target: Mapped[Decimal | None]
    base: Mapped[Decimal | None]
    actual: Mapped[Decimal | None]
    detail: Mapped[dict[str, Any]]
    as_of: Mapped[date | None]
    #: Share of the target due by then, a decimal or a fraction such as 3/12.
    expected: Mapped[str] = mapped_column(String(40))
    progress: Mapped[Decimal | None]
    lead_points: Mapped[Decimal | None]
    rank: Mapped[int | None]
    #: Why the unit is not ranked: exempt, missing, pending, no_target, not_due.
    why: Mapped[str | None] = mapped_column(String(20))
    #: The indicator's score of the unit, in annual rounds.
    score: Mapped[Decimal | None]


class SnapshotIndicator(Base):
    """How an indicator was measured, scored and weighed when the round's figures were frozen."""

    __tablename__ = "snapshot_indicator"

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"), primary_key=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"), primary_key=True)
    #: The indicator of the library, under which figures are kept over the years.
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    #: Place in the booklet, from 0.
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(100))
    unit_of_measure: Mapped[str] = mapped_column(String(40))
    responsible_unit: Mapped[str] = mapped_column(String(40))
    direction: Mapped[str] = mapped_column(String(20))
    measure: Mapped[str] = mapped_column(String(20))
    schedule: Mapped[dict[str, Any]]
    method: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    main: Mapped[bool]
    #: Which figure counted: ``indicators.Counting``.
    counting: Mapped[str] = mapped_column(String(20))
    #: Group -> weight, as decimal text.
    weights: Mapped[dict[str, Any]]
    #: Version of the scoring rules in the booklet; None where none were written.
    rule_version: Mapped[int | None]

    def weight(self, group: str) -> Decimal | None:
        kept = self.weights.get(group)
        return None if kept is None else Decimal(kept)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a revision changed for one unit on one indicator."""

    cycle_indicator_id: int
    unit: str
    old: Decimal | None
    new: Decimal | None
    old_state: str
    new_state: str


def freeze(ctx: Context, cycle: plans.Cycle, round: plans.Round, reason: str | None = None) -> Snapshot:
    """Keep the round's verified figures as its next revision, with the rules they are measured by.

    The first revision takes the rules that stand now; a later one corrects figures and keeps the rules of the first.
    """
    earlier = of_round(ctx, round)
    made = Snapshot(
        round_id=round.id,
        revision=len(earlier) + 1,
        reason=reason,
        published_at=ctx.now,
        published_by=ctx.actor,
        parameters=dict(cycle.parameters),
        late=readings.late_units(ctx, round),
        changes=[],
    )
    ctx.session.add(made)
    ctx.session.flush()
    _keep_rules(ctx, cycle, made, earlier)
    drawn = _drafts(ctx, cycle, round, made, earlier)
    scored, scope = round.kind == plans.RoundKind.ANNUAL, str(made.parameters["rank_scope"])
    rows, kept = 0, {}
    measured = measures.measured(drawn, scope, scored=scored, processes=_processes(ctx, cycle, made))
    for (key, used), (drafts, seal) in zip(rules_of(ctx, made).items(), measured, strict=True):
        rows += _insert(ctx, made, drafts)
        kept[str(key)] = sealed(used, seal)
    facts = {"round": round.key, "revision": made.revision, "rows": rows, "reason": reason, "late": made.late}
    seals_kept = {"seal": seals.of_kept(made, without=LATER), "seals": kept}
    audit.record(ctx, "round.freeze", plans.chain_of(cycle), **facts, **seals_kept)
    return made


#: What is noted on a snapshot after its publication.
LATER = ("changes",)


def sealed(used: SnapshotIndicator, rows: str) -> str:
    """The seal of an indicator as it was frozen: of its rule and of all its rows, whose seal is ``rows``."""
    return seals.of_rows([[seals.of_kept(used), rows]])


def of_round(ctx: Context, round: plans.Round) -> list[Snapshot]:
    """Every revision of the round, the publication first."""
    query = select(Snapshot).where(Snapshot.round_id == round.id).order_by(Snapshot.revision)
    return list(ctx.session.scalars(query))


def latest(ctx: Context, round: plans.Round) -> Snapshot:
    """The revision that counts now. Raises ``NotPublished``."""
    found = of_round(ctx, round)
    if not found:
        raise NotPublished(round=round.key)
    return found[-1]


def rows(ctx: Context, snapshot: Snapshot, *, unit: str | None = None) -> list[SnapshotRow]:
    """The rows of a snapshot, by indicator and unit; of one unit where that is asked."""
    query = select(SnapshotRow).where(SnapshotRow.snapshot_id == snapshot.id)
    query = query.where(SnapshotRow.unit == unit) if unit else query
    return list(ctx.session.scalars(query.order_by(SnapshotRow.cycle_indicator_id, SnapshotRow.unit)))


def rules_of(ctx: Context, snapshot: Snapshot) -> dict[int, SnapshotIndicator]:
    """Cycle indicator id -> the indicator as the snapshot kept it, in the order of the booklet."""
    found: dict[int, SnapshotIndicator] | None = ctx.memo.get(("frozen rules", snapshot.id))
    if found is None:
        query = select(SnapshotIndicator).where(SnapshotIndicator.snapshot_id == snapshot.id)
        kept = ctx.session.scalars(query.order_by(SnapshotIndicator.position, SnapshotIndicator.cycle_indicator_id))
        found = ctx.memo["frozen rules", snapshot.id] = {each.cycle_indicator_id: each for each in kept}
    return found


def row(ctx: Context, snapshot: Snapshot, cycle_indicator_id: int, unit: str) -> SnapshotRow | None:
    return ctx.session.get(SnapshotRow, (snapshot.id, cycle_indicator_id, unit))


def differences(ctx: Context, older: Snapshot, newer: Snapshot) -> list[Difference]:
    """What changed between two revisions, by indicator and unit; a unit that was not there counts as exempt."""
    before = {(each.cycle_indicator_id, each.unit): (each.actual, each.state) for each in rows(ctx, older)}
    found = []
    for each in rows(ctx, newer):
        actual, state = before.get((each.cycle_indicator_id, each.unit), (None, str(State.EXEMPT)))
        if (actual, state) != (each.actual, each.state):
            found.append(Difference(each.cycle_indicator_id, each.unit, actual, each.actual, state, each.state))
    return found


def expected_text(measure: str, schedule: Mapping[str, str], day: date) -> str:
    """The share of the target due by the day, as a row keeps it: a decimal, or a fraction such as 3/12."""
    share = indicators.expected_share(measure, schedule, day)
    return f"{share[0]}/{share[1]}" if isinstance(share, tuple) else str(share)


def _keep_rules(ctx: Context, cycle: plans.Cycle, made: Snapshot, earlier: Sequence[Snapshot]) -> None:
    if earlier:
        kept = [_copied(each) for each in rules_of(ctx, earlier[-1]).values()]
    else:
        versions = rules.versions(ctx, cycle)
        kept = [_as_used(each, versions.get(each.id)) for each in indicators.in_force(ctx, cycle)]
    if kept:
        ctx.session.execute(insert(SnapshotIndicator), [{"snapshot_id": made.id, **each} for each in kept])


_COPIED = (
    "indicator_id",
    "position",
    "code",
    "name",
    "responsible_unit",
    "direction",
    "measure",
    "method",
    "main",
    "counting",
)


def _as_used(used: indicators.CycleIndicator, rule_version: int | None) -> dict[str, Any]:
    return {
        "cycle_indicator_id": used.id,
        **{name: getattr(used, name) for name in _COPIED},
        "category": used.indicator.category,
        "unit_of_measure": used.indicator.unit_of_measure,
        "schedule": dict(used.schedule),
        "params": dict(used.params),
        "weights": {each.group: format(each.weight, "f") for each in used.weights},
        "rule_version": rule_version,
    }


def _copied(kept: SnapshotIndicator) -> dict[str, Any]:
    names = [column.key for column in SnapshotIndicator.__mapper__.column_attrs if column.key != "snapshot_id"]
    return {name: getattr(kept, name) for name in names}


def _drafts(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, made: Snapshot, earlier: Sequence[Snapshot]
) -> Iterator[tuple[SnapshotIndicator, list[Draft]]]:
    """The rows of one indicator after the other: a country's figures are never in memory at once."""
    units = [(unit.code, unit.group) for unit in plans.assessed_units(ctx, cycle) if unit.exists_on(round.as_of)]
    announced = {each.cycle_indicator_id for each in readings.pending(ctx, round)}
    tolerated = rulings.approved(ctx, cycle) if round.kind == plans.RoundKind.ANNUAL else {}
    for key, used in rules_of(ctx, made).items():
        figures = readings.effective(ctx, cycle, round, used.indicator_id, used.responsible_unit)
        allocated = _allocated(ctx, key, earlier)
        draft = _drawer(round, used, State.PENDING if key in announced else State.MISSING)
        drafts = [draft(unit, group, allocated.get(unit), figures.get(unit)) for unit, group in units]
        for each in drafts if tolerated else ():
            if each.state == State.VALUED and (key, each.unit) in tolerated:
                each.detail = {**each.detail, "rulings": tolerated[key, each.unit]}
        yield used, drafts


#: From so many rows on it pays to measure in a second process.
_MANY = 200_000


def _processes(ctx: Context, cycle: plans.Cycle, made: Snapshot) -> int:
    return (
        2 if len(rules_of(ctx, made)) * len(plans.assessed_units(ctx, cycle)) >= _MANY and abreast.is_allowed() else 1
    )


def _allocated(ctx: Context, indicator_id: int, earlier: Sequence[Snapshot]) -> dict[str, targets.Allocation]:
    """Unit -> its target as it stands; in a correction of the round, as the round was measured by it."""
    if not earlier:
        return targets.of_indicator(ctx, indicator_id)
    kept = (SnapshotRow.unit, SnapshotRow.target, SnapshotRow.base, SnapshotRow.state)
    query = select(*kept).where(
        SnapshotRow.snapshot_id == earlier[-1].id, SnapshotRow.cycle_indicator_id == indicator_id
    )
    found = plain(ctx, query, {})
    return {unit: targets.Allocation(target, base, state == State.EXEMPT) for unit, target, base, state in found}


def _drawer(
    round: plans.Round, used: SnapshotIndicator, unknown: State
) -> Callable[[str, str, targets.Allocation | None, Figure | None], Draft]:
    """What draws the indicator's rows, from a unit, its group, its target and its figure.

    What is the same for thousands of rows is looked up once: the rule, and the share due by the few dates there are.
    """
    key, counting = used.cycle_indicator_id, used.counting
    exempt, valued, missing = str(State.EXEMPT), str(State.VALUED), str(unknown)
    expected = cache(partial(expected_text, used.measure, used.schedule))

    def draft(unit: str, group: str, target: targets.Allocation | None, figure: Figure | None) -> Draft:
        share = expected(round.as_of if figure is None else figure.as_of)
        if target is None or target.exempt:
            return Draft(key, unit, group, exempt, None, None, None, {}, None, share)
        if figure is None or figure.verified is None:
            return Draft(key, unit, group, missing, target.value, target.base, None, {}, None, share)
        detail = _detail(counting, figure)
        given = target.value, target.base, figure.verified
        return Draft(key, unit, group, valued, *given, detail, figure.as_of, share)

    return draft


def _detail(counting: str, figure: Figure) -> dict[str, Any]:
    """What methods need beside the figure, and the figure that does not count where the superior has one too."""
    other = figure.reported if counting == indicators.Counting.SUPERIOR else figure.superior
    if figure.superior is None or other is None:
        return dict(figure.detail)
    return {**figure.detail, "other": format(other, "f")}


#: Field of a draft -> column of the table.
_COLUMNS = {each.name: SnapshotRow.__mapper__.attrs[each.name].columns[0].name for each in fields(Draft)}


def _insert(ctx: Context, made: Snapshot, drafts: Sequence[Draft]) -> int:
    columns = {column: map(attrgetter(name), drafts) for name, column in _COLUMNS.items()}
    insert_columns(ctx, SnapshotRow, {"snapshot_id": repeat(made.id, len(drafts)), **columns})
    return len(drafts)
