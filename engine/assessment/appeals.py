"""Appeals against the annual result, filed while it is shown, decided by other hands, followed by a recomputation (5.3).

filed -> accepted -> upheld -> recomputed | dismissed. An appeal suspends nothing; where it is upheld the unit that answers
for the indicator corrects the figure, the lead computes the result anew, and a report says what changed for whom.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, calendars, notifications, people
from engine.assessment import grading, hands, indicators, plans, readings, results, rules, snapshots
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused

#: Working days the lead has to decide an accepted appeal.
DECISION_DAYS = 20


class NotShown(Refused):
    """An appeal is filed while the result is open to view: from its decision until the publicity ends."""

    code = "not_shown"


class AppealMoved(Conflict):
    """This appeal is {status}; reload to see what is true now."""

    code = "appeal_moved"


class NotCorrected(Refused):
    """{unit} has not corrected {indicator} yet; without that the result would be the same."""

    code = "not_corrected"


class AppealStatus(StrEnum):
    FILED = "filed"
    ACCEPTED = "accepted"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    RECOMPUTED = "recomputed"


class Appeal(Base):
    """One unit's appeal against its score on one indicator."""

    __tablename__ = "appeal"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    unit: Mapped[str] = mapped_column(String(40), index=True)
    cycle_indicator_id: Mapped[int] = mapped_column(ForeignKey("cycle_indicator.id"))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), default=AppealStatus.FILED)
    filed_at: Mapped[datetime]
    filed_by: Mapped[str | None] = mapped_column(String(60))
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None] = mapped_column(String(60))
    due_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)
    #: The figure that was entered because of it.
    reading_id: Mapped[int | None] = mapped_column(ForeignKey("reading.id"))
    #: The results before and after, whose differences are the report.
    before_id: Mapped[int | None] = mapped_column(ForeignKey("snapshot.id"))
    after_id: Mapped[int | None] = mapped_column(ForeignKey("snapshot.id"))


def window(ctx: Context, cycle: plans.Cycle) -> datetime | None:
    """Until when appeals are taken; None while the result is not open to view, or is published."""
    try:
        found = results.of_cycle(ctx, cycle)
    except results.NoResult:
        return None
    if not results.is_public(found) or any(each.published_at for each in found):
        return None
    shown = _first_shown(ctx, cycle, found)
    return calendars.deadline(ctx, cycle.days("publicity"), calendars.local_date(shown))


def file(ctx: Context, cycle: plans.Cycle, unit: str, code: str, text: str) -> Appeal:
    """The unit appeals against its score on one indicator, in writing. Raises ``NotShown`` outside the window."""
    access.require(ctx, f"clerk@{unit}", f"leader@{unit}")
    until = window(ctx, cycle)
    if until is None or ctx.now >= until:
        raise NotShown
    if not text.strip():
        raise Invalid("Write what is wrong and what it rests on.")
    used = indicators.find(ctx, cycle, code)
    if any(each.unit == unit and each.cycle_indicator_id == used.id for each in _all(ctx, cycle)):
        raise Conflict("{unit} has appealed against its score on {indicator} already.", unit=unit, indicator=code)
    made = Appeal(cycle_id=cycle.id, unit=unit, cycle_indicator_id=used.id, text=text.strip())
    made.status, made.filed_at, made.filed_by = AppealStatus.FILED, ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "appeal.file", plans.chain_of(cycle), appeal=made.id, unit=unit, indicator=code)
    notifications.notify(
        ctx,
        "appeal.filed",
        groups=["lead"],
        link=plans.path(ctx, cycle, "/hearings#appeals"),
        unit=unit,
        indicator=code,
    )
    return made


def accept(ctx: Context, cycle: plans.Cycle, appeal_id: int) -> Appeal:
    """The lead takes the appeal on; it is decided within twenty working days."""
    access.require(ctx, "lead")
    found = get(ctx, cycle, appeal_id, AppealStatus.FILED)
    found.status, found.accepted_at, found.accepted_by = AppealStatus.ACCEPTED, ctx.now, ctx.actor
    found.due_at = calendars.deadline(ctx, DECISION_DAYS)
    audit.record(ctx, "appeal.accept", plans.chain_of(cycle), appeal=found.id)
    answering = indicators.get(ctx, found.cycle_indicator_id).responsible_unit
    groups = [f"clerk@{answering}", f"leader@{answering}"]
    notifications.notify(
        ctx, "appeal.accepted", groups=groups, link=plans.path(ctx, cycle, "/hearings#appeals"), unit=found.unit
    )
    return found


def decide(ctx: Context, cycle: plans.Cycle, appeal_id: int, note: str, *, upheld: bool) -> Appeal:
    """Upheld or dismissed, in writing, by another person than who took it on (5.4)."""
    access.require(ctx, "lead", "committee")
    found = get(ctx, cycle, appeal_id, AppealStatus.ACCEPTED)
    hands.require_apart(ctx, found.filed_by, found.accepted_by)
    if not note.strip():
        raise Invalid("Write the reason of the decision.")
    found.status = AppealStatus.UPHELD if upheld else AppealStatus.DISMISSED
    found.decided_at, found.decided_by, found.note = ctx.now, ctx.actor, note.strip()
    audit.record(ctx, "appeal.decide", plans.chain_of(cycle), appeal=found.id, outcome=found.status)
    groups = [f"clerk@{found.unit}", f"leader@{found.unit}"]
    answering = indicators.get(ctx, found.cycle_indicator_id).responsible_unit
    groups += [f"leader@{answering}"] if upheld else []
    notifications.notify(
        ctx, f"appeal.{found.status}", groups=groups, link=plans.path(ctx, cycle, "/hearings#appeals"), unit=found.unit
    )
    return found


def correct(ctx: Context, cycle: plans.Cycle, appeal_id: int, value: Decimal) -> readings.Reading:
    """The leader of the unit that answers for the indicator enters the corrected figure; the lead never does (5.4)."""
    found = get(ctx, cycle, appeal_id, AppealStatus.UPHELD)
    used = indicators.get(ctx, found.cycle_indicator_id)
    access.require(ctx, f"leader@{used.responsible_unit}")
    hands.require_apart(ctx, found.filed_by, found.decided_by)
    made = readings.correct(ctx, cycle, plans.annual_round(ctx, cycle), used, found.unit, value, None)
    found.reading_id = made.id
    notifications.notify(
        ctx, "appeal.corrected", groups=["lead"], link=plans.path(ctx, cycle, "/hearings#appeals"), unit=found.unit
    )
    return made


def recompute(ctx: Context, cycle: plans.Cycle, appeal_id: int) -> list[grading.Change]:
    """The lead computes the result anew after the correction; returns what changed for which unit."""
    access.require(ctx, "lead")
    found = get(ctx, cycle, appeal_id, AppealStatus.UPHELD)
    used = indicators.get(ctx, found.cycle_indicator_id)
    if found.reading_id is None:
        raise NotCorrected(unit=used.responsible_unit, indicator=used.code)
    before = snapshots.latest(ctx, plans.annual_round(ctx, cycle))
    after = grading.recompute(
        ctx, cycle, f"{used.code} {used.name} · {people.unit(ctx, found.unit).name}：{found.note}"
    )
    found.status, found.before_id, found.after_id = AppealStatus.RECOMPUTED, before.id, after.id
    changed = [each for each in grading.differences(ctx, before, after) if each.is_change]
    facts = {each.unit: [str(each.old_total), str(each.new_total), each.old_rank, each.new_rank] for each in changed}
    audit.record(ctx, "appeal.recompute", plans.chain_of(cycle), appeal=found.id, changes=facts)
    for each in changed:
        groups = [f"clerk@{each.unit}", f"leader@{each.unit}"]
        notifications.notify(
            ctx, "appeal.recomputed", groups=groups, link=plans.path(ctx, cycle, f"/results/{each.unit}")
        )
    return changed


def report(ctx: Context, cycle: plans.Cycle, appeal_id: int) -> list[grading.Change]:
    """What a recomputed appeal changed: all units for those who oversee, else the own one alone."""
    found = get(ctx, cycle, appeal_id, AppealStatus.RECOMPUTED)
    frozen = [ctx.session.get_one(snapshots.Snapshot, each) for each in (found.before_id, found.after_id)]
    own = access.own_units(ctx)
    changed = grading.differences(ctx, frozen[0], frozen[1])
    return [each for each in changed if access.oversees(ctx) or each.unit in own]


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Appeal]:
    """All for those who oversee; a unit sees its own, a responsible unit those on its indicators; newest first."""
    own = access.own_units(ctx)
    answering = {each.id for each in indicators.of_cycle(ctx, cycle) if each.responsible_unit in own}
    return [
        each
        for each in reversed(_all(ctx, cycle))
        if access.oversees(ctx) or each.unit in own or each.cycle_indicator_id in answering
    ]


def get(ctx: Context, cycle: plans.Cycle, appeal_id: int, *states: AppealStatus) -> Appeal:
    """An appeal the person may see, in one of these states. Raises ``NotFound``, ``AppealMoved``."""
    found = next((each for each in of_cycle(ctx, cycle) if each.id == appeal_id), None)
    if found is None:
        raise NotFound
    if states and found.status not in states:
        raise AppealMoved(status=found.status)
    return found


def _all(ctx: Context, cycle: plans.Cycle) -> list[Appeal]:
    return list(ctx.session.scalars(select(Appeal).where(Appeal.cycle_id == cycle.id).order_by(Appeal.id)))


def _first_shown(ctx: Context, cycle: plans.Cycle, found: list[results.Result]) -> datetime:
    """When the result was first shown: a recomputation on the way opens no second window."""
    decided = [each.decided_at for each in found if each.decided_at is not None]
    query = select(rules.Decision.recorded_at).where(
        rules.Decision.cycle_id == cycle.id, rules.Decision.about == "grades", rules.Decision.approved
    )
    recorded = list(ctx.session.scalars(query.order_by(rules.Decision.recorded_at.desc())))
    return min([*decided, *recorded[:1]])
