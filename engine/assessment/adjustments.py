"""Adjustments (调整) of an issued indicator system: the only way in which it changes (S3 3.1.1).

drafted -> submitted -> approved | refused; approved -> in force. The lead drafts on a paper, the leading group that issued
the system decides. It takes effect with a round that is not open yet: what was measured before is not touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications
from engine.assessment import (
    admission,
    authority,
    changes_kept,
    indicators,
    plans,
    revisions,
    rules,
    scans,
    targets,
    warnings,
)
from engine.assessment.changes_kept import Act
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NotIssued(Refused):
    """The indicator system of {year} is not issued yet; change the draft itself."""

    code = "not_issued"


class AdjustmentOpen(Conflict):
    """An adjustment of {year} is under way already; only one is at a time."""

    code = "adjustment_open"


class AdjustmentMoved(Refused):
    """The adjustment is {status}; this cannot be done with it now."""

    code = "adjustment_moved"


class RoundBegun(Refused):
    """The round {round} is open already; an adjustment takes effect with a later one."""

    code = "round_begun"


class WrongWeights(Refused):
    """The weights of group {group} would sum to {total}, not to 100."""

    code = "wrong_weights"


class AdjustmentStatus(StrEnum):
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    #: Decided; takes effect when its round begins.
    APPROVED = "approved"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    #: Taken back by the lead before the decision.
    DISCARDED = "discarded"


UNDER_WAY = frozenset({AdjustmentStatus.DRAFTED, AdjustmentStatus.SUBMITTED, AdjustmentStatus.APPROVED})


class Adjustment(Base):
    """One adjustment with everything it changes."""

    __tablename__ = "adjustment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), index=True)
    #: The first round it is measured by.
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    reason: Mapped[str] = mapped_column(Text)
    #: The paper it rests on.
    basis: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20), default=AdjustmentStatus.DRAFTED)
    #: Code -> ``act`` and what it sets: ``weights``, ``method``, ``params``, ``counting``, ``standard``, ``row``, ``targets``.
    changes: Mapped[dict[str, Any]]
    #: What stood before, by code, as it was when it took effect.
    before: Mapped[dict[str, Any]]
    drafted_at: Mapped[datetime]
    drafted_by: Mapped[str | None] = mapped_column(String(60))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    document: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    in_force_at: Mapped[datetime | None]


def draft(
    ctx: Context, cycle: plans.Cycle, round_key: str, reason: str, basis: str, papers: Sequence[int] = ()
) -> Adjustment:
    """The lead begins an adjustment that takes effect with a round not open yet, resting on a paper, here with its scan."""
    access.require(ctx, "lead")
    _require_issued(ctx, cycle)
    if any(each.status in UNDER_WAY for each in of_cycle(ctx, cycle)):
        raise AdjustmentOpen(year=cycle.year)
    if not reason.strip() or not basis.strip():
        raise Invalid("Give the reason and the paper it rests on.")
    round = plans.round_of(ctx, cycle, round_key)
    _require_ahead(round)
    made = Adjustment(
        cycle_id=cycle.id,
        round_id=round.id,
        reason=reason.strip(),
        basis=basis.strip(),
        status=AdjustmentStatus.DRAFTED,
        changes={},
        before={},
        drafted_at=ctx.now,
        drafted_by=ctx.actor,
    )
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "adjustment.draft", plans.chain_of(cycle), adjustment=made.id, round=round_key, basis=made.basis)
    _attach(ctx, cycle, made, papers)
    return made


def add_papers(ctx: Context, cycle: plans.Cycle, adjustment_id: int, papers: Sequence[int]) -> Adjustment:
    """The lead, or who decides, attaches what the adjustment rests on or is decided by, whatever has become of it."""
    found = get(ctx, cycle, adjustment_id)
    if not authority.decides(ctx):
        access.require(ctx, "lead")
    scans.require_some(papers)
    _attach(ctx, cycle, found, papers)
    return found


def weigh(
    ctx: Context, cycle: plans.Cycle, adjustment_id: int, weights: Mapping[str, Mapping[str, Decimal | None]]
) -> None:
    """Set weights: code -> group -> weight, None for none. Those left as they stand change nothing."""
    adjustment = _to_write(ctx, cycle, adjustment_id)
    known = {each.code: each for each in indicators.in_force(ctx, cycle)}
    changes = dict(adjustment.changes)
    for code, given in weights.items():
        if any(weight is not None and weight < 0 for weight in given.values()):
            raise Invalid("A weight of {indicator} is below 0.", indicator=code)
        chosen = {group: format(weight, "f") for group, weight in given.items() if weight}
        if changes.get(code, {}).get("act") == Act.ADD:
            changes[code] = {**changes[code], "row": {**changes[code]["row"], "weights": chosen}}
        elif code not in known:
            raise indicators.UnknownIndicator(code=code, year=cycle.year)
        elif changes.get(code, {}).get("act") != Act.DROP:
            changes = changes_kept.changed(changes, code, "weights", chosen, changes_kept.weights_of(known[code]))
    adjustment.changes = changes


def change_rules(
    ctx: Context,
    cycle: plans.Cycle,
    adjustment_id: int,
    code: str,
    *,
    method: str,
    params: Mapping[str, Any],
    counting: str,
    standard: str,
) -> None:
    """Score an indicator in another way: method, parameters, whose figure counts, and the standard that says so."""
    adjustment = _to_write(ctx, cycle, adjustment_id)
    used = _in_force(ctx, cycle, code)
    if not standard.strip():
        raise Invalid("Write the standard.")
    changes = {**adjustment.changes}
    if changes.get(code, {}).get("act") == Act.DROP:
        raise Invalid("{indicator} is to be dropped; take that back first.", indicator=code)
    for name, new, old in (
        ("method", method, used.method),
        ("params", dict(params), dict(used.params)),
        ("counting", str(indicators.Counting(counting)), used.counting),
        ("standard", standard.strip(), rules.rules_of(ctx, used).standard),
    ):
        changes = changes_kept.changed(changes, code, name, new, old)
    indicators.check(changes_kept.row(used, changes.get(code, {})))
    adjustment.changes = changes


def drop(ctx: Context, cycle: plans.Cycle, adjustment_id: int, code: str) -> None:
    """Take an indicator out of the year."""
    adjustment = _to_write(ctx, cycle, adjustment_id)
    _in_force(ctx, cycle, code)
    adjustment.changes = {**adjustment.changes, code: {"act": Act.DROP}}


def add(
    ctx: Context,
    cycle: plans.Cycle,
    adjustment_id: int,
    row: indicators.Row,
    standard: str,
    given: Mapping[str, targets.Allocation],
) -> None:
    """Bring an indicator into the year, with its standard and the units' targets; a unit without one is exempt.

    Raises ``WrongIndicator`` for what could not be scored; that it is admitted is asked when the draft is handed in.
    """
    adjustment = _to_write(ctx, cycle, adjustment_id)
    if any(each.code == row.code for each in indicators.of_cycle(ctx, cycle)):
        raise Invalid("{indicator} is in the system of {year} already.", indicator=row.code, year=cycle.year)
    if not standard.strip() or not any(each.value is not None for each in given.values()):
        raise Invalid("Give the standard and the target of at least one unit.")
    indicators.check(row)
    kept = {
        unit: {"value": changes_kept.text(each.value), "base": changes_kept.text(each.base)}
        for unit, each in given.items()
        if each.value is not None and not each.exempt
    }
    change = {"act": Act.ADD, "row": changes_kept.row_json(row), "standard": standard.strip(), "targets": kept}
    adjustment.changes = {**adjustment.changes, row.code: change}


def leave(ctx: Context, cycle: plans.Cycle, adjustment_id: int, code: str) -> None:
    """Leave an indicator as it stands after all."""
    adjustment = _to_write(ctx, cycle, adjustment_id)
    adjustment.changes = {key: change for key, change in adjustment.changes.items() if key != code}


def discard(ctx: Context, cycle: plans.Cycle, adjustment_id: int, note: str) -> None:
    """The lead takes back what is not decided yet."""
    access.require(ctx, "lead")
    adjustment = get(ctx, cycle, adjustment_id)
    _require(adjustment, AdjustmentStatus.DRAFTED, AdjustmentStatus.SUBMITTED)
    adjustment.status, adjustment.note = AdjustmentStatus.DISCARDED, note.strip() or None
    audit.record(ctx, "adjustment.discard", plans.chain_of(cycle), adjustment=adjustment.id, note=note)


def submit(ctx: Context, cycle: plans.Cycle, adjustment_id: int) -> None:
    """Put the adjustment before the leading group, when it could take effect as it is.

    Raises ``WrongWeights`` unless the weights of every group would sum to 100 again, ``NotAdmitted`` for an indicator
    that may carry no weight.
    """
    access.require(ctx, "lead")
    adjustment = get(ctx, cycle, adjustment_id)
    _require(adjustment, AdjustmentStatus.DRAFTED)
    if not adjustment.changes:
        raise Invalid("The adjustment changes nothing yet.")
    _require_sound(ctx, cycle, adjustment)
    adjustment.status = AdjustmentStatus.SUBMITTED
    adjustment.submitted_at, adjustment.submitted_by = ctx.now, ctx.actor
    facts = {"adjustment": adjustment.id, "changes": adjustment.changes}
    audit.record(ctx, "adjustment.submit", plans.chain_of(cycle), **facts)


def decide(
    ctx: Context,
    cycle: plans.Cycle,
    adjustment_id: int,
    *,
    approved: bool,
    document: str,
    note: str = "",
    papers: Sequence[int] = (),
) -> Adjustment:
    """The leading group, which issued the system, approves its adjustment or refuses it; not who drafted it.

    It takes effect at once where no earlier round is unpublished, else when its own round is opened.
    """
    adjustment = get(ctx, cycle, adjustment_id)
    authority.require_leadership(ctx, adjustment.drafted_by, adjustment.submitted_by)
    _require(adjustment, AdjustmentStatus.SUBMITTED)
    if not document.strip():
        raise Invalid("Give the number of the paper.")
    if not approved and not note.strip():
        raise Invalid("Write the reason.")
    if approved:
        _require_sound(ctx, cycle, adjustment)
    adjustment.status = AdjustmentStatus.APPROVED if approved else AdjustmentStatus.REFUSED
    adjustment.decided_at, adjustment.decided_by = ctx.now, ctx.actor
    adjustment.document, adjustment.note = document.strip(), note.strip() or None
    facts = {"adjustment": adjustment.id, "outcome": adjustment.status, "document": adjustment.document}
    audit.record(ctx, "adjustment.decide", plans.chain_of(cycle), **facts)
    _attach(ctx, cycle, adjustment, papers)
    if approved and _may_begin(ctx, cycle, adjustment):
        _take_effect(ctx, cycle, adjustment)
    return adjustment


def begin_with(ctx: Context, cycle: plans.Cycle, round: plans.Round) -> None:
    """The round is about to open: what was approved for it takes effect now."""
    for adjustment in _of_cycle(ctx, cycle):
        if adjustment.round_id == round.id and adjustment.status == AdjustmentStatus.APPROVED:
            _take_effect(ctx, cycle, adjustment)


def get(ctx: Context, cycle: plans.Cycle, adjustment_id: int) -> Adjustment:
    """An adjustment the person may see. Raises ``NotFound``."""
    found = next((each for each in of_cycle(ctx, cycle) if each.id == adjustment_id), None)
    if found is None:
        raise NotFound
    return found


def visible(ctx: Context, adjustment_id: int) -> Adjustment:
    """An adjustment of whatever year that the person may see. Raises ``NotFound``."""
    found = ctx.session.get(Adjustment, adjustment_id)
    if found is None:
        raise NotFound
    return get(ctx, plans.cycle(ctx, found.cycle_id), adjustment_id)


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Adjustment]:
    """The year's adjustments, newest first: to everybody once decided, before that to those who draft and decide."""
    found = _of_cycle(ctx, cycle)
    if access.oversees(ctx) or authority.decides(ctx):
        return found
    return [each for each in found if each.status in (AdjustmentStatus.APPROVED, AdjustmentStatus.IN_FORCE)]


def planned_weights(ctx: Context, cycle: plans.Cycle, adjustment: Adjustment) -> dict[str, dict[str, Decimal]]:
    """Code -> group -> weight as they would stand, in the order of the booklet; dropped indicators are absent."""
    found = {}
    for used in indicators.in_force(ctx, cycle):
        change = adjustment.changes.get(used.code, {})
        if change.get("act") != Act.DROP:
            found[used.code] = changes_kept.decimals(change.get("weights", changes_kept.weights_of(used)))
    for code, change in adjustment.changes.items():
        if change["act"] == Act.ADD:
            found[code] = changes_kept.decimals(change["row"]["weights"])
    return found


def sums(weights: Mapping[str, Mapping[str, Decimal]], groups: Iterable[str]) -> dict[str, Decimal]:
    """Group -> sum of its weights."""
    return {group: sum((each.get(group, Decimal(0)) for each in weights.values()), Decimal(0)) for group in groups}


def groups(ctx: Context, cycle: plans.Cycle) -> list[str]:
    """The groups whose weights have to sum to 100: those of the assessed units."""
    return sorted({unit.group for unit in plans.standing_units(ctx, cycle)})


# ---- what takes effect


def _take_effect(ctx: Context, cycle: plans.Cycle, adjustment: Adjustment) -> None:
    known = {each.code: each for each in indicators.in_force(ctx, cycle)}
    adjustment.before = {code: _standing(ctx, known[code]) for code in adjustment.changes if code in known}
    adjustment.status, adjustment.in_force_at = AdjustmentStatus.IN_FORCE, ctx.now
    for code, change in adjustment.changes.items():
        if change["act"] == Act.ADD:
            _add(ctx, cycle, change)
        elif change["act"] == Act.DROP:
            _drop(ctx, cycle, known[code], adjustment)
        else:
            _change(ctx, known[code], change)
    ctx.session.flush()
    ctx.memo.pop(("indicators", cycle.id), None)
    for group, total in indicators.wrong_sums(indicators.in_force(ctx, cycle), groups(ctx, cycle)).items():
        raise WrongWeights(group=group, total=total)
    facts = {"adjustment": adjustment.id, "changes": adjustment.changes, "before": adjustment.before}
    audit.record(ctx, "adjustment.begin", plans.chain_of(cycle), **facts)
    _tell(ctx, cycle, adjustment)


def _add(ctx: Context, cycle: plans.Cycle, change: Mapping[str, Any]) -> None:
    position = max(each.position for each in indicators.of_cycle(ctx, cycle)) + 1
    made = indicators.put(ctx, cycle, changes_kept.row_of(change["row"]), position)
    rules.reissue(ctx, made, change["standard"])
    for unit in plans.standing_units(ctx, cycle):
        given = change["targets"].get(unit.code)
        value, base = (
            (changes_kept.number(given["value"]), changes_kept.number(given["base"])) if given else (None, None)
        )
        allocation = targets.Allocation(value, base, exempt=given is None)
        targets.place(ctx, None, made.id, unit.code, allocation)


def _drop(ctx: Context, cycle: plans.Cycle, used: indicators.CycleIndicator, adjustment: Adjustment) -> None:
    used.dropped_at, used.weights = ctx.now, []
    for notice in warnings.of_cycle(ctx, cycle):
        if notice.cycle_indicator_id == used.id and notice.status not in warnings.ENDED:
            revisions.withdraw_dropped(ctx, notice, adjustment.reason)


def _change(ctx: Context, used: indicators.CycleIndicator, change: Mapping[str, Any]) -> None:
    if "weights" in change:
        weights = changes_kept.decimals(change["weights"]).items()
        used.weights = [indicators.Weight(group=group, weight=weight) for group, weight in sorted(weights)]
    used.method = change.get("method", used.method)
    used.params = dict(change.get("params", used.params))
    used.counting = change.get("counting", used.counting)
    if change.keys() & {"method", "params", "counting", "standard"}:
        rules.reissue(ctx, used, change.get("standard", rules.rules_of(ctx, used).standard))


def _tell(ctx: Context, cycle: plans.Cycle, adjustment: Adjustment) -> None:
    units = {*indicators.responsible_units(ctx, cycle), *(unit.code for unit in plans.standing_units(ctx, cycle))}
    held = [f"{role}@{unit}" for unit in sorted(units) for role in ("clerk", "leader")]
    key = ctx.session.get_one(plans.Round, adjustment.round_id).key
    document, link = adjustment.document, plans.path(ctx, cycle, "/adjustments")
    notifications.notify(ctx, "system.adjusted", groups=held, link=link, document=document, round=key)


def _attach(ctx: Context, cycle: plans.Cycle, adjustment: Adjustment, papers: Sequence[int]) -> None:
    scans.attach(ctx, plans.chain_of(cycle), f"adjustment:{adjustment.id}", papers)


# ---- what must hold


def _require_issued(ctx: Context, cycle: plans.Cycle) -> None:
    try:
        rules.require_draft(ctx, cycle)
    except indicators.SystemIssued:
        return
    raise NotIssued(year=cycle.year)


def _require_ahead(round: plans.Round) -> None:
    if round.opened_at is not None:
        raise RoundBegun(round=round.key)


def _require_sound(ctx: Context, cycle: plans.Cycle, adjustment: Adjustment) -> None:
    """It could take effect as it is."""
    _require_ahead(ctx.session.get_one(plans.Round, adjustment.round_id))
    for group, total in sums(planned_weights(ctx, cycle, adjustment), groups(ctx, cycle)).items():
        if total != 100:
            raise WrongWeights(group=group, total=total)
    known = {each.code for each in indicators.in_force(ctx, cycle)}
    for code, change in adjustment.changes.items():
        if change["act"] == Act.ADD:
            admission.require(ctx, cycle, code)
        elif code not in known:
            raise indicators.UnknownIndicator(code=code, year=cycle.year)


def _may_begin(ctx: Context, cycle: plans.Cycle, adjustment: Adjustment) -> bool:
    """Nothing that is still collected or checked would be measured by the new system."""
    effective = ctx.session.get_one(plans.Round, adjustment.round_id)
    earlier = [each for each in plans.rounds(ctx, cycle) if each.position < effective.position]
    return all(each.published_at is not None for each in earlier)


def _of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Adjustment]:
    query = select(Adjustment).where(Adjustment.cycle_id == cycle.id).order_by(Adjustment.id.desc())
    return list(ctx.session.scalars(query))


def _to_write(ctx: Context, cycle: plans.Cycle, adjustment_id: int) -> Adjustment:
    access.require(ctx, "lead")
    adjustment = get(ctx, cycle, adjustment_id)
    _require(adjustment, AdjustmentStatus.DRAFTED)
    return adjustment


def _require(adjustment: Adjustment, *allowed: AdjustmentStatus) -> None:
    if adjustment.status not in allowed:
        raise AdjustmentMoved(status=adjustment.status)


def _in_force(ctx: Context, cycle: plans.Cycle, code: str) -> indicators.CycleIndicator:
    used = indicators.find(ctx, cycle, code)
    if not used.is_in_force:
        raise indicators.UnknownIndicator(code=code, year=cycle.year)
    return used


def _standing(ctx: Context, used: indicators.CycleIndicator) -> dict[str, Any]:
    return {
        "weights": changes_kept.weights_of(used),
        "method": used.method,
        "params": dict(used.params),
        "counting": used.counting,
        "standard": rules.rules_of(ctx, used).standard,
    }
