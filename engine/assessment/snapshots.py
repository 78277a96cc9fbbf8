"""Snapshots: the figures of a round as they were published, frozen for ever.

A snapshot is never changed. A late or corrected figure makes the next revision, with a list of what is different; what
was computed from a snapshot can be computed from it again, digit for digit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import audit, people
from engine.assessment import indicators, plans, ranking, readings, rulings, scoring, targets
from engine.db import Base, Context, Key
from engine.errors import NotFound

#: Progress, lead over the schedule in points, rank, and why there is none.
Measures: TypeAlias = tuple[Decimal | None, Decimal | None, int | None, str | None]


class NotPublished(NotFound):
    """The round {round} is not published yet."""

    code = "not_published"


class State(StrEnum):
    VALUED = "valued"
    #: 不考核
    EXEMPT = "exempt"
    #: 无数据
    MISSING = "missing"
    #: 待发布
    PENDING = "pending"


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
    """Keep the round's verified figures as its next revision."""
    made = Snapshot(
        round_id=round.id,
        revision=len(of_round(ctx, round)) + 1,
        reason=reason,
        published_at=ctx.now,
        published_by=ctx.actor,
        parameters=dict(cycle.parameters),
        late=readings.late_units(ctx, round),
        changes=[],
    )
    ctx.session.add(made)
    ctx.session.flush()
    rows = frozen_rows(ctx, cycle, round)
    ctx.session.execute(insert(SnapshotRow), [{"snapshot_id": made.id, **row} for row in rows])
    facts = {"round": round.key, "revision": made.revision, "rows": len(rows), "reason": reason, "late": made.late}
    audit.record(ctx, "round.freeze", plans.chain_of(cycle), **facts)
    return made


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


def facts_of(used: indicators.CycleIndicator, group: Sequence[SnapshotRow]) -> dict[str, ranking.Facts]:
    """Unit -> the exact facts of a warning, computed from frozen rows of one indicator in one group."""
    case = {
        "direction": used.direction,
        "kind": used.measure,
        # Every row carries its own schedule; this stands for the exempt ones alone, which count nowhere.
        "time_progress": "1",
        "rows": [_warning_row(used, each) for each in group if each.state != State.PENDING],
    }
    return {each.unit: each for each in ranking.facts(case)}


def measures_of(used: indicators.CycleIndicator, group: Sequence[SnapshotRow]) -> dict[str, Measures]:
    """Unit -> progress, lead in points, rank and why it has none, as a frozen row keeps them (to 12 decimals)."""
    facts = facts_of(used, group)
    return {each.unit: _measures(facts.get(each.unit)) for each in group}


def scores_of(used: indicators.CycleIndicator, group: Sequence[SnapshotRow]) -> dict[str, Decimal | None]:
    """Unit -> the indicator's score out of 100, computed from frozen rows of one indicator in one group.

    Points that a ruling of tolerance gives back are added last, up to the full 100 (H7).
    """
    method = scoring_method(used.method)
    rows = [_scoring_row(method, each) for each in group]
    params = dict(used.params)
    if "direction" in {param.name for param in method.params} and used.direction != indicators.Direction.RANGE:
        params.setdefault("direction", used.direction)
    scored = scoring.score({"method": used.method, "points": "100", "params": params, "rows": rows})
    return {each.unit: _given_back(each.score, row, method) for each, row in zip(scored, group, strict=True)}


def by_population(rows: Iterable[SnapshotRow], scope: str = "group") -> dict[tuple[int, str], list[SnapshotRow]]:
    """Rows of one indicator that are compared with each other: those of one group, or of all (``rank_scope``)."""
    found: dict[tuple[int, str], list[SnapshotRow]] = {}
    for each in rows:
        found.setdefault((each.cycle_indicator_id, each.group if scope == "group" else ""), []).append(each)
    return found


def frozen_rows(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> list[dict[str, Any]]:
    """The rows a publication would freeze now."""
    units = {unit.code: unit for unit in plans.assessed_units(ctx)}
    allocated, figures = targets.of_cycle(ctx, cycle), readings.effective(ctx, cycle, round)
    announced = {each.cycle_indicator_id for each in readings.pending(ctx, round)}
    tolerated = rulings.approved(ctx, cycle) if round.kind == plans.RoundKind.ANNUAL else {}
    drafts: list[SnapshotRow] = []
    for used in indicators.of_cycle(ctx, cycle):
        for code, unit in units.items():
            target = allocated.get((used.id, code))
            reading = figures.get((used.indicator_id, code))
            drafts.append(_row(round, used, unit, target, reading, pending=used.id in announced))
            if drafts[-1].state == State.VALUED and (used.id, code) in tolerated:
                drafts[-1].detail = {**drafts[-1].detail, "rulings": tolerated[used.id, code]}
    _measure(ctx, cycle, round, drafts)
    names = [column.key for column in SnapshotRow.__mapper__.column_attrs if column.key != "snapshot_id"]
    return [{name: getattr(each, name) for name in names} for each in drafts]


def scoring_method(code: str) -> scoring.Method:
    return _METHODS[code]


_METHODS: Mapping[str, scoring.Method] = {method.name: method for method in scoring.methods()}


def _row(
    round: plans.Round,
    used: indicators.CycleIndicator,
    unit: people.Unit,
    target: targets.Target | None,
    reading: readings.Reading | None,
    *,
    pending: bool,
) -> SnapshotRow:
    exempt = target is None or target.exempt
    valued = reading is not None and reading.verified is not None and not exempt
    share = used.expected_share(reading.as_of if reading is not None else round.as_of)
    return SnapshotRow(
        cycle_indicator_id=used.id,
        unit=unit.code,
        group=unit.group,
        state=State.EXEMPT if exempt else State.VALUED if valued else State.PENDING if pending else State.MISSING,
        target=target.value if target is not None and not exempt else None,
        base=target.base if target is not None and not exempt else None,
        actual=reading.verified if reading is not None and valued else None,
        detail=dict(reading.detail) if reading is not None and valued else {},
        as_of=reading.as_of if reading is not None and valued else None,
        expected=f"{share[0]}/{share[1]}" if isinstance(share, tuple) else str(share),
        progress=None,
        lead_points=None,
        rank=None,
        why=None,
        score=None,
    )


def _measure(ctx: Context, cycle: plans.Cycle, round: plans.Round, drafts: list[SnapshotRow]) -> None:
    used_by_id = {each.id: each for each in indicators.of_cycle(ctx, cycle)}
    for (indicator_id, _), group in by_population(drafts, cycle.parameters["rank_scope"]).items():
        measures = measures_of(used_by_id[indicator_id], group)
        for each in group:
            each.progress, each.lead_points, each.rank, each.why = measures[each.unit]
        if round.kind == plans.RoundKind.ANNUAL:
            scores = scores_of(used_by_id[indicator_id], group)
            for each in group:
                each.score = scores[each.unit]


def _measures(known: ranking.Facts | None) -> Measures:
    if known is None:
        return None, None, None, str(State.PENDING)
    why = str(known.why) if known.why else None
    if known.progress is None or known.lead_points is None:
        return None, None, None, why
    return scoring.half_up(known.progress, 12), scoring.half_up(known.lead_points, 12), known.rank, why


def _warning_row(used: indicators.CycleIndicator, frozen: SnapshotRow) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit": frozen.unit,
        "target": frozen.target,
        "actual": frozen.actual,
        "expected": frozen.expected,
        "exempt": frozen.state == State.EXEMPT,
        "as_of": frozen.as_of,
    }
    if used.direction == indicators.Direction.RANGE:
        row |= {name: used.params[name] for name in ("low", "high", "width")}
    return row


def _scoring_row(method: scoring.Method, frozen: SnapshotRow) -> dict[str, Any]:
    known = {"target": frozen.target, "actual": frozen.actual, "base": frozen.base, **_without_tolerated(frozen)}
    if frozen.actual is not None:
        known.setdefault("scores", [str(frozen.actual)])
    row = {name: known[name] for name in method.row_fields if known.get(name) is not None}
    return {"unit": frozen.unit, "exempt": frozen.state == State.EXEMPT, **row}


def _given_back(score: Decimal | None, frozen: SnapshotRow, method: scoring.Method) -> Decimal | None:
    """A deduction of a list was struck out before scoring; anywhere else the points are added to the score."""
    tolerated = rulings.points_of(frozen.detail.get("rulings", ()))
    if score is None or not tolerated or "deductions" in method.row_fields:
        return score
    return max(score, min(score + sum(tolerated), Decimal("100.000000")))


def _without_tolerated(frozen: SnapshotRow) -> dict[str, Any]:
    """The row's detail without the listed deductions that a ruling takes away."""
    left = list(frozen.detail.get("deductions", ()))
    for points in rulings.points_of(frozen.detail.get("rulings", ())):
        found = next((each for each in left if each is not None and Decimal(str(each)) == points), None)
        if found is not None:
            left.remove(found)
    return {**frozen.detail, **({"deductions": left} if "deductions" in frozen.detail else {})}
