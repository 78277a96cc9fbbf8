"""Revisions: what comes or changes after publication, and what becomes of the warnings it touches (5.1).

A published snapshot is never changed. A late figure (待发布), or one corrected after an objection, makes the next
revision with its differences; the lead decides for each notice whether it is kept, withdrawn or added, and every unit
concerned is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, workflow
from engine.assessment import (
    indicators,
    letters,
    objections,
    plans,
    readings,
    rectification,
    snapshots,
    warnings,
)
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, Refused


class RevisionOpen(Conflict):
    """A revision of {indicator} for this round is under way already."""

    code = "revision_open"


class AnnualRound(Refused):
    """The annual figures are corrected by the lead department, which returns the sheet to its unit."""

    code = "annual_round"


class RevisionStatus(StrEnum):
    REQUESTED = "requested"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    REFUSED = "refused"
    PUBLISHED = "published"


class Revision(Base):
    """One unit's request to revise one indicator of a published round."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=RevisionStatus.REQUESTED)
    requested_at: Mapped[datetime]
    requested_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    signed_by: Mapped[str | None] = mapped_column(String(60))
    snapshot_id: Mapped[int | None] = mapped_column(ForeignKey("snapshot.id"))


class Change(StrEnum):
    """What a revision means for one notice."""

    ADDED = "added"
    DROPPED = "dropped"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class NoticeChange:
    indicator: indicators.CycleIndicator
    unit: str
    change: Change
    outcome: Mapping[str, Any]


OPEN = (RevisionStatus.REQUESTED, RevisionStatus.SUBMITTED, RevisionStatus.SIGNED)


def request(ctx: Context, cycle: plans.Cycle, round: plans.Round, code: str, reason: str) -> Revision:
    """The responsible unit asks to enter figures after publication; starts the revision's own instance.

    Only of a pre-assessment: a result rests on the annual figures.
    """
    used = indicators.find(ctx, cycle, code)
    access.require(ctx, f"clerk@{used.responsible_unit}")
    if round.kind == plans.RoundKind.ANNUAL:
        raise AnnualRound
    if round.published_at is None:
        raise snapshots.NotPublished(round=round.key)
    if _open(ctx, round, used) is not None:
        raise RevisionOpen(indicator=code)
    made = Revision(
        round_id=round.id,
        cycle_indicator_id=used.id,
        reason=reason,
        status=RevisionStatus.REQUESTED,
        requested_at=ctx.now,
        requested_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "revision.request", plans.chain_of(cycle), round=round.key, indicator=code, reason=reason)
    workflow.start(
        ctx,
        "snapshot_revision",
        package=cycle.package,
        key=f"{cycle.year}/{round.key}/revision/{made.id}",
        title=f"{used.name}",
        unit=used.responsible_unit,
        variables={
            "cycle": cycle.id,
            "round": round.key,
            "indicator": code,
            "responsible_unit": used.responsible_unit,
            "reason": reason,
            "revision_until": calendars.deadline(ctx, cycle.days("revision")),
        },
    )
    return made


def is_open(ctx: Context, cycle: plans.Cycle, round: plans.Round, code: str) -> bool:
    """Whether figures of the indicator may be entered although the round is published."""
    found = _open(ctx, round, indicators.find(ctx, cycle, code))
    return found is not None and found.status == RevisionStatus.REQUESTED


def was_requested(ctx: Context, round: plans.Round, used: indicators.CycleIndicator) -> bool:
    """Whether a revision of the indicator has ever been asked for in the round."""
    query = select(Revision.id).where(Revision.round_id == round.id, Revision.cycle_indicator_id == used.id)
    return ctx.session.scalars(query).first() is not None


def submit(ctx: Context, cycle: plans.Cycle, round: plans.Round, code: str, note: str | None) -> None:
    """The clerk hands the figures to the unit's leader."""
    used = indicators.find(ctx, cycle, code)
    access.require(ctx, f"clerk@{used.responsible_unit}")
    revision = _require(ctx, round, used, RevisionStatus.REQUESTED)
    revision.status, revision.note, revision.submitted_by = RevisionStatus.SUBMITTED, note, ctx.actor
    audit.record(ctx, "revision.submit", plans.chain_of(cycle), round=round.key, indicator=code, note=note)


def sign(ctx: Context, cycle: plans.Cycle, round: plans.Round, code: str, verdict: str) -> None:
    """The unit's leader verifies the figures, or gives them back. Raises ``SameHands`` for who entered them."""
    used = indicators.find(ctx, cycle, code)
    access.require(ctx, f"leader@{used.responsible_unit}")
    revision = _require(ctx, round, used, RevisionStatus.SUBMITTED)
    if verdict == "signed":
        entered = readings.unverified_by(ctx, cycle, round, used)
        readings.require_other_hands(ctx, revision.submitted_by, *entered)
        revision.status, revision.signed_by = RevisionStatus.SIGNED, ctx.actor
    else:
        revision.status = RevisionStatus.REQUESTED
    audit.record(ctx, f"revision.{verdict}", plans.chain_of(cycle), round=round.key, indicator=code)


def decide(ctx: Context, cycle: plans.Cycle, round: plans.Round, code: str, verdict: str, note: str | None) -> None:
    """The lead allows the revision, whose figures then count, or refuses it."""
    access.require(ctx, "lead")
    used = indicators.find(ctx, cycle, code)
    revision = _require(ctx, round, used, RevisionStatus.SIGNED)
    if verdict == "refused":
        revision.status, revision.note = RevisionStatus.REFUSED, note
    else:
        readings.accept_late(ctx, cycle, round, used, revision.signed_by)
    audit.record(ctx, f"revision.{verdict}", plans.chain_of(cycle), round=round.key, indicator=code, note=note)


def publish(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    reason: str,
    table: warnings.Table,
    code: str | None = None,
    *,
    apart: tuple[str, str] | None = None,
) -> snapshots.Snapshot:
    """Freeze the next revision and note what it means for each notice, to be decided by the lead.

    ``code`` is the indicator whose allowed request is fulfilled with it; none after an objection, whose own notice
    (``apart``: unit and indicator) is decided by itself.
    """
    older = snapshots.latest(ctx, round)
    newer = snapshots.freeze(ctx, cycle, round, reason)
    if code is not None:
        fulfilled = _require(ctx, round, indicators.find(ctx, cycle, code), RevisionStatus.SIGNED)
        fulfilled.status, fulfilled.snapshot_id = RevisionStatus.PUBLISHED, newer.id
    newer.changes = [
        {"unit": each.unit, "indicator": each.indicator.code, "change": each.change, **each.outcome}
        for each in _notice_changes(ctx, cycle, round, newer, table)
        if (each.unit, each.indicator.code) != apart
    ]
    differences = len(snapshots.differences(ctx, older, newer))
    facts = {"round": round.key, "revision": newer.revision, "differences": differences, "notices": newer.changes}
    audit.record(ctx, "round.revise", plans.chain_of(cycle), **facts)
    return newer


def notice_rows(ctx: Context, cycle: plans.Cycle, round: plans.Round, revision: int) -> list[dict[str, Any]]:
    """What the lead has to decide, as its form shows it."""
    return [
        {"unit": each["unit"], "indicator": each["indicator"], "change": each["change"], "decision": "", "reason": ""}
        for each in _snapshot(ctx, round, revision).changes
    ]


def decide_notices(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, revision: int, decisions: Sequence[Mapping[str, Any]]
) -> None:
    """Apply the lead's decisions: ``unit``, ``indicator``, ``decision`` (keep, withdraw, add, skip), ``reason``."""
    access.require(ctx, "lead")
    snapshot = _snapshot(ctx, round, revision)
    expected = {(each["unit"], each["indicator"]): each for each in snapshot.changes}
    decided = [(each["unit"], each["indicator"]) for each in decisions]
    if set(decided) != expected.keys() or len(decided) != len(expected):
        raise Invalid("Decide on every notice the revision concerns, and on no other.")
    for each in decisions:
        known = expected[each["unit"], each["indicator"]]
        _apply(ctx, cycle, round, snapshot, known, each["decision"], each["reason"])


def tell(ctx: Context, cycle: plans.Cycle, round: plans.Round, revision: int) -> None:
    """Tell every unit whose figures the revision changed, each once."""
    newer = _snapshot(ctx, round, revision)
    older = snapshots.of_round(ctx, round)[revision - 2]
    news = notifications.Notification
    known = select(news.link).where(news.kind == "round.revised", news.at >= newer.published_at)
    told = set(ctx.session.scalars(known))
    for unit in sorted({each.unit for each in snapshots.differences(ctx, older, newer)}):
        groups, link = [f"clerk@{unit}", f"leader@{unit}"], plans.path(ctx, cycle, f"/units/{unit}")
        if link not in told:
            notifications.notify(ctx, "round.revised", groups=groups, link=link, round=round.key)


def stop_clock(ctx: Context, cycle: plans.Cycle, objection: objections.Objection) -> dict[str, Any]:
    """An objection stops the plan clock of its matter alone; returns what the objection's own process is given."""
    notice = warnings.notice(ctx, objection.notice_id)
    used = indicators.get(ctx, notice.cycle_indicator_id)
    item = rectification.find(ctx, cycle, notice.unit, notice.cycle_indicator_id)
    if item is not None:
        workflow.send(ctx, "objection_raised", key=str(item.id), keep=False)
    return {
        "id": notice.id,
        "indicator": used.code,
        "responsible_unit": used.responsible_unit,
        "answer_until": calendars.deadline(ctx, cycle.days("objection_answer")),
    }


def settle(ctx: Context, notice_id: int, table: warnings.Table) -> snapshots.Snapshot | None:
    """The responsible unit's leader signs the answer; returns the revision that a corrected value made, None without one.

    Confirmed, the matter's clock runs again; corrected, it goes on standing until the lead has decided. What the revision
    means for the other notices is left in its ``changes``: the disputed one is decided by itself.
    """
    notice, cycle, round = _of_notice(ctx, notice_id)
    corrected = objections.sign(ctx, cycle, notice)
    if corrected:
        used = indicators.get(ctx, notice.cycle_indicator_id)
        apart = notice.unit, used.code
        newer = publish(ctx, cycle, round, f"{used.code} {notice.unit}", table, apart=apart)
        tell(ctx, cycle, round, newer.revision)
        return newer
    _run_clock(ctx, cycle, notice)
    return None


def decide_objection(ctx: Context, notice_id: int, decision: str, reason: str) -> None:
    """The lead keeps the notice, whose clock runs again, or withdraws it, which ends its matter."""
    notice, cycle, _ = _of_notice(ctx, notice_id)
    objections.decide(ctx, cycle, notice, decision, reason)
    if decision == objections.ObjectionStatus.WITHDRAWN:
        _void_letter(ctx, notice)
        end_item(ctx, cycle, notice, "withdrawn", reason)
    else:
        _run_clock(ctx, cycle, notice)


def withdraw(ctx: Context, notice_id: int, reason: str) -> None:
    """The lead takes a notice back, with a reason; its matter is cancelled at whatever step, its papers stay."""
    _end_notice(ctx, notice_id, warnings.NoticeStatus.WITHDRAWN, reason)


def withdraw_dropped(ctx: Context, notice: warnings.Notice, reason: str) -> None:
    """An adjustment drops the notice's indicator: its warning and its matter end with that reason."""
    _, cycle, _ = _of_notice(ctx, notice.id)
    warnings.close(ctx, cycle, notice, warnings.NoticeStatus.WITHDRAWN, reason)
    _end_matter(ctx, cycle, notice, warnings.NoticeStatus.WITHDRAWN, reason)


def lift(ctx: Context, notice_id: int, reason: str) -> None:
    """The lead confirms that the unit is back on schedule: the warning is lifted (解除), its matter ends."""
    _end_notice(ctx, notice_id, warnings.NoticeStatus.LIFTED, reason)


def end_item(ctx: Context, cycle: plans.Cycle, notice: warnings.Notice, outcome: str, reason: str) -> None:
    """End the matter of an ended notice, unless another standing notice is merged into it."""
    item = rectification.find(ctx, cycle, notice.unit, notice.cycle_indicator_id)
    standing = (
        [each for each in rectification.notices_of(ctx, item) if each.status not in warnings.ENDED] if item else []
    )
    if item is not None and not standing:
        workflow.send(ctx, "notice_ended", {"outcome": outcome, "reason": reason}, key=str(item.id), keep=False)


def _end_notice(ctx: Context, notice_id: int, status: warnings.NoticeStatus, reason: str) -> None:
    notice, cycle, _ = _of_notice(ctx, notice_id)
    warnings.end(ctx, cycle, notice, status, reason)
    _end_matter(ctx, cycle, notice, status, reason)


def _end_matter(
    ctx: Context, cycle: plans.Cycle, notice: warnings.Notice, status: warnings.NoticeStatus, reason: str
) -> None:
    """The notice has ended: its letter if nothing is left in it, and its matter end; the unit is told."""
    _void_letter(ctx, notice)
    end_item(ctx, cycle, notice, str(status), reason)
    groups = [f"clerk@{notice.unit}", f"leader@{notice.unit}"]
    notifications.notify(
        ctx, f"notice.{status}", groups=groups, link=plans.path(ctx, cycle, f"/units/{notice.unit}"), reason=reason
    )


def _void_letter(ctx: Context, notice: warnings.Notice) -> None:
    if notice.letter_id is not None:
        letters.void_if_empty(ctx, ctx.session.get_one(letters.Letter, notice.letter_id))


def _run_clock(ctx: Context, cycle: plans.Cycle, notice: warnings.Notice) -> None:
    item = rectification.find(ctx, cycle, notice.unit, notice.cycle_indicator_id)
    if item is not None:
        item.plan_due = calendars.deadline(ctx, cycle.days("plan"))
        workflow.send(ctx, "objection_settled", {"plan_due": item.plan_due}, key=str(item.id), keep=False)


def _apply(
    ctx: Context,
    cycle: plans.Cycle,
    round: plans.Round,
    snapshot: snapshots.Snapshot,
    known: Mapping[str, Any],
    decision: str,
    reason: str,
) -> None:
    used = indicators.find(ctx, cycle, known["indicator"])
    allowed = ("add", "skip") if known["change"] == Change.ADDED else ("keep", "withdraw")
    if decision not in allowed:
        raise Invalid(
            "{unit} {indicator}: choose one of {allowed}.", unit=known["unit"], indicator=used.code, allowed=allowed
        )
    made = []
    if decision == "add":
        made.append(warnings.draft(ctx, cycle, round, snapshot, used.id, known["unit"], known))
    elif decision == "withdraw":
        standing = warnings.of_round(ctx, round, unit=known["unit"])
        withdraw(ctx, next(each.id for each in standing if each.cycle_indicator_id == used.id), reason)
    facts = {"unit": known["unit"], "indicator": used.code, "decision": decision, "reason": reason}
    facts |= {"round": round.key, "snapshot": snapshot.id, "seals": warnings.sealed(made)}
    audit.record(ctx, "revision.decide_notice", plans.chain_of(cycle), **facts)


def _notice_changes(
    ctx: Context, cycle: plans.Cycle, round: plans.Round, newer: snapshots.Snapshot, table: warnings.Table
) -> list[NoticeChange]:
    """Notices the new figures would add, drop or change; of those that were withdrawn or lifted the lead has decided."""
    used = {key: indicators.get(ctx, key) for key in snapshots.rules_of(ctx, newer)}
    known = {(each.cycle_indicator_id, each.unit): each for each in warnings.of_round(ctx, round)}
    would = warnings.warning_set(ctx, cycle, newer, table)
    found = []
    for indicator_id, unit in sorted(known.keys() | would.keys()):
        standing, outcome = known.get((indicator_id, unit)), would.get((indicator_id, unit))
        if standing is None and outcome is not None:
            found.append(NoticeChange(used[indicator_id], unit, Change.ADDED, outcome))
        elif standing is None or standing.status in warnings.ENDED:
            continue
        elif outcome is None:
            found.append(NoticeChange(used[indicator_id], unit, Change.DROPPED, {"reasons": [], "level": None}))
        elif (outcome["reasons"], outcome["level"]) != (standing.reasons, standing.level):
            found.append(NoticeChange(used[indicator_id], unit, Change.CHANGED, outcome))
    return found


def _open(ctx: Context, round: plans.Round, used: indicators.CycleIndicator) -> Revision | None:
    return next((each for each in _open_in(ctx, round) if each.cycle_indicator_id == used.id), None)


def _open_in(ctx: Context, round: plans.Round) -> list[Revision]:
    query = select(Revision).where(Revision.round_id == round.id, Revision.status.in_(OPEN))
    return list(ctx.session.scalars(query.order_by(Revision.id)))


def _require(ctx: Context, round: plans.Round, used: indicators.CycleIndicator, status: RevisionStatus) -> Revision:
    """The open revision of the indicator, in the state in which this can be done with it."""
    found = _open(ctx, round, used)
    if found is None or found.status != status:
        raise readings.SheetClosed(unit=used.responsible_unit, status=found.status if found else "published")
    return found


def _snapshot(ctx: Context, round: plans.Round, revision: int) -> snapshots.Snapshot:
    return next(each for each in snapshots.of_round(ctx, round) if each.revision == revision)


def _of_notice(ctx: Context, notice_id: int) -> tuple[warnings.Notice, plans.Cycle, plans.Round]:
    notice = warnings.notice(ctx, notice_id)
    round = ctx.session.get_one(plans.Round, notice.round_id)
    return notice, plans.cycle(ctx, round.cycle_id), round
