"""Warnings: who is among the last three or far from the target, told point to point (S3 4.1).

A notice is one row per unit, indicator and round. The facts are computed here as exact fractions; whether they make a
notice, and of which colour, is the package's decision table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications
from engine.assessment import indicators, plans, ranking, seals, snapshots
from engine.db import Base, Context, Key
from engine.errors import Invalid, NotFound, Refused

#: Facts and parameters -> ``{"reasons": [...], "level": "yellow" | "red"}``: the package's table.
Table = Callable[[Mapping[str, object]], Any]


class UnknownNotice(NotFound):
    """There is no such notice."""

    code = "unknown_notice"


class NoticeEnded(Refused):
    """The notice on {indicator} is {status} already."""

    code = "notice_ended"


class NoticeStatus(StrEnum):
    DRAFTED = "drafted"
    ISSUED = "issued"
    #: Signed for, or deemed received; its matter is open.
    RECEIVED = "received"
    OBJECTED = "objected"
    #: Taken over by the unit's matter still open on the same indicator.
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    #: Back on schedule, confirmed by the lead.
    LIFTED = "lifted"


ENDED = frozenset({NoticeStatus.WITHDRAWN, NoticeStatus.LIFTED})


#: What becomes of a notice after it was drafted.
LATER = ("letter_id", "status", "ended_at", "ended_by", "end_reason")


class Notice(Base):
    """One unit warned of one indicator in one round."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("round_id", "cycle_indicator_id", "unit"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    unit: Mapped[str] = mapped_column(String(40), index=True)
    #: The snapshot the notice rests on.
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id", use_alter=True))
    status: Mapped[str] = mapped_column(String(20), default=NoticeStatus.DRAFTED)
    #: ``bottom_three``, ``far_from_target``; sorted.
    reasons: Mapped[list[Any]]
    level: Mapped[str] = mapped_column(String(10))
    #: The unit was warned of the same indicator in the round before: a fact of the notice, not a level.
    escalated: Mapped[bool] = mapped_column(default=False)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(60))
    end_reason: Mapped[str | None] = mapped_column(Text)


def determine(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, snapshot: snapshots.Snapshot, table: Table
) -> list[Notice]:
    """Draft a notice for every warned pair of the snapshot that has none yet in the round. Run again, it adds nothing."""
    standing = {(each.cycle_indicator_id, each.unit) for each in of_round(ctx, round)}
    warned = warning_set(ctx, cycle, snapshot, table)
    made = [
        draft(ctx, cycle, round, snapshot, indicator_id, unit, outcome)
        for (indicator_id, unit), outcome in warned.items()
        if (indicator_id, unit) not in standing
    ]
    facts = {"round": round.key, "snapshot": snapshot.id, "notices": len(made), "seals": sealed(made)}
    audit.record(ctx, "warnings.determine", plans.chain_of(cycle), **facts)
    return made


def sealed(made: Iterable[Notice]) -> dict[str, list[Any]]:
    """Unit -> how many notices it was drafted, and their seal."""
    by_unit: dict[str, list[Notice]] = {}
    for each in made:
        by_unit.setdefault(each.unit, []).append(each)
    return {unit: [len(found), seals.of_kept(*found, without=LATER)] for unit, found in sorted(by_unit.items())}


def warning_set(
    ctx: Context, cycle: plans.Cycle, snapshot: snapshots.Snapshot, table: Table
) -> dict[tuple[int, str], dict[str, Any]]:
    """(indicator, unit) -> reasons and level, for every warned pair of the snapshot; the union of both reasons."""
    used = {key: each for key, each in snapshots.rules_of(ctx, snapshot).items() if is_watched(cycle, each)}
    frozen = [each for each in snapshots.rows(ctx, snapshot) if each.cycle_indicator_id in used]
    found: dict[tuple[int, str], dict[str, Any]] = {}
    populations = snapshots.by_population(frozen, snapshot.parameters["rank_scope"])
    for (indicator_id, _), group in populations.items():
        for unit, facts in snapshots.facts_of(used[indicator_id], group).items():
            outcome = judge(facts, snapshot.parameters, table)
            if outcome["reasons"]:
                found[indicator_id, unit] = outcome
    return dict(sorted(found.items()))


def judge(facts: ranking.Facts, parameters: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """What the table says of one unit; nobody is warned who is not ranked."""
    if facts.why is not None:
        return {"reasons": [], "level": None}
    outcome = table({**_THRESHOLDS, **parameters, **ranking.decision_inputs(facts)})
    return {"reasons": sorted(set(outcome["reasons"] or [])), "level": outcome["level"]}


def answer(case: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """The warnings and ranks of one warning case, as JSON rows in the order of the units.

    A missing figure names its unit with the reason ``data_missing`` and no level: it is told to the responsible unit.
    """
    facts = sorted(ranking.facts(case), key=lambda each: each.unit)
    rule = ranking.rule_parameters(case["rule"])
    judged = [
        (each, {"reasons": ["data_missing"], "level": None} if each.why == "missing" else judge(each, rule, table))
        for each in facts
    ]
    warned = [{"unit": each.unit, **outcome} for each, outcome in judged if outcome["reasons"]]
    return {"warnings": warned, "ranks": ranking.printed_facts(facts)}


#: What an absent parameter means to the table (the published contract of a warning rule).
_THRESHOLDS: Mapping[str, Any] = {"lag_ratio": None, "suppress_if_on_schedule": False, "min_group": 4}


def is_watched(cycle: plans.Cycle, used: indicators.CycleIndicator | snapshots.SnapshotIndicator) -> bool:
    """Whether warnings are sent on the indicator: on main ones, or on all (``warn_scope``)."""
    return used.main or cycle.parameter("warn_scope") != "main"


def tell_of_missing(ctx: Context, cycle: plans.Cycle, round: plans.Round, snapshot: snapshots.Snapshot) -> int:
    """Tell each responsible unit of the figures it owes (无数据); they are nobody's warning. Returns how many pairs."""
    owed: dict[str, int] = {}
    used = snapshots.rules_of(ctx, snapshot)
    for row in snapshots.rows(ctx, snapshot):
        if row.state == snapshots.State.MISSING:
            owner = used[row.cycle_indicator_id].responsible_unit
            owed[owner] = owed.get(owner, 0) + 1
    for unit, count in owed.items():
        groups = [f"clerk@{unit}", f"leader@{unit}"]
        notifications.notify(ctx, "readings.missing", groups=groups, round=round.key, count=count)
    return sum(owed.values())


def draft(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    snapshot: snapshots.Snapshot,
    indicator_id: int,
    unit: str,
    outcome: Mapping[str, Any],
) -> Notice:
    """One notice, with its link to the one of the round before, open or closed: two running escalate.

    A pair has one notice a round: one that was taken back is not written anew. Raises ``NoticeEnded``.
    """
    standing = [each for each in of_round(ctx, round, unit=unit) if each.cycle_indicator_id == indicator_id]
    if standing:
        raise NoticeEnded(indicator=indicators.get(ctx, indicator_id).code, status=standing[0].status)
    previous = _previous(ctx, cycle, round, indicator_id, unit)
    made = Notice(
        round_id=round.id,
        cycle_indicator_id=indicator_id,
        unit=unit,
        snapshot_id=snapshot.id,
        status=NoticeStatus.DRAFTED,
        reasons=list(outcome["reasons"]),
        level=outcome["level"],
        escalated=previous is not None,
        previous_id=previous.id if previous else None,
    )
    ctx.session.add(made)
    ctx.session.flush()
    return made


def notice(ctx: Context, notice_id: int) -> Notice:
    found = ctx.session.get(Notice, notice_id)
    if found is None:
        raise UnknownNotice
    return found


def of_round(ctx: Context, round: plans.Round, *, unit: str | None = None) -> list[Notice]:
    """The notices of the round, withdrawn ones included, by unit and indicator."""
    query = select(Notice).where(Notice.round_id == round.id)
    query = query.where(Notice.unit == unit) if unit else query
    return list(ctx.session.scalars(query.order_by(Notice.unit, Notice.cycle_indicator_id)))


def of_letter(ctx: Context, letter_id: int) -> list[Notice]:
    query = select(Notice).where(Notice.letter_id == letter_id).order_by(Notice.cycle_indicator_id)
    return list(ctx.session.scalars(query))


def of_cycle(ctx: Context, cycle: plans.Cycle, *, unit: str | None = None) -> list[Notice]:
    query = select(Notice).join(plans.Round, plans.Round.id == Notice.round_id).where(plans.Round.cycle_id == cycle.id)
    query = query.where(Notice.unit == unit) if unit else query
    return list(ctx.session.scalars(query.order_by(plans.Round.position, Notice.unit, Notice.cycle_indicator_id)))


def end(ctx: Context, cycle: plans.Cycle, ended: Notice, status: NoticeStatus, reason: str) -> None:
    """The lead withdraws or lifts a notice, with the reason; it keeps its number, shown 作废. Raises ``NoticeEnded``."""
    access.require(ctx, "lead")
    close(ctx, cycle, ended, status, reason)


def close(ctx: Context, cycle: plans.Cycle, ended: Notice, status: NoticeStatus, reason: str) -> None:
    """The same as a consequence of what was decided elsewhere; who may decide it is for the caller to see."""
    if not reason.strip():
        raise Invalid("Write the reason.")
    if ended.status in ENDED:
        raise NoticeEnded(indicator=indicators.get(ctx, ended.cycle_indicator_id).code, status=ended.status)
    ended.status, ended.ended_at, ended.ended_by, ended.end_reason = status, ctx.now, ctx.actor, reason
    audit.record(ctx, f"notice.{status}", plans.chain_of(cycle), notice=ended.id, unit=ended.unit, reason=reason)


def grave(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> dict[str, list[Notice]]:
    """Unit -> its warnings of the round that are red, or far from target in the round before as well (1.4 no. 10)."""
    found: dict[str, list[Notice]] = {}
    for each in of_round(ctx, round):
        previous = ctx.session.get(Notice, each.previous_id) if each.previous_id else None
        twice = previous is not None and _is_far(each) and _is_far(previous)
        if each.status not in ENDED and (each.level == "red" or twice):
            found.setdefault(each.unit, []).append(each)
    return found


def is_red(notices: Iterable[Notice]) -> bool:
    return any(each.level == "red" for each in notices)


def is_repeated(notices: Sequence[Notice]) -> bool:
    return any(each.escalated for each in notices)


def lag_of(ctx: Context, warned: Notice) -> Decimal | None:
    """Lead over the schedule in percentage points as the notice's snapshot froze it."""
    row = ctx.session.get(snapshots.SnapshotRow, (warned.snapshot_id, warned.cycle_indicator_id, warned.unit))
    return row.lead_points if row else None


def _is_far(warned: Notice) -> bool:
    return "far_from_target" in warned.reasons


def _previous(ctx: Context, cycle: plans.Cycle, round: plans.Round, indicator_id: int, unit: str) -> Notice | None:
    earlier = [each.id for each in plans.rounds(ctx, cycle) if each.position == round.position - 1]
    query = select(Notice).where(
        Notice.round_id.in_(earlier),
        Notice.cycle_indicator_id == indicator_id,
        Notice.unit == unit,
        Notice.status.not_in([NoticeStatus.WITHDRAWN]),
    )
    return ctx.session.scalar(query)
