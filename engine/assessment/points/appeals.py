"""A member disputes an entry of their own: another person looks at it and undoes it or lets it stand."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people, workflow
from engine.assessment import plans
from engine.assessment.points import entries, items, membership, scheme
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NotYourEntry(Refused):
    """Only your own points can be disputed."""

    code = "not_your_entry"


class AppealMoved(Conflict):
    """This entry is disputed already, or the dispute is decided."""

    code = "point_appeal_moved"


class SameJudge(Refused):
    """Who entered the points does not decide whether they stand, nor does the member."""

    code = "same_judge"


class Status(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


class PointAppeal(Base):
    __tablename__ = "point_appeal"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    #: An entry is disputed once.
    entry_id: Mapped[int] = mapped_column(ForeignKey("point_entry.id"), unique=True)
    account: Mapped[str] = mapped_column(String(60), index=True)
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    raised_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)


def raise_appeal(ctx: Context, cycle: plans.Cycle, entry_id: int, text: str) -> PointAppeal:
    """Dispute an entry of one's own; a process decides it. Raises ``NotYourEntry``, ``AppealMoved``, ``Invalid``."""
    entry = entries.get(ctx, cycle, entry_id)
    if not membership.is_own(ctx, entry.account):
        raise NotYourEntry
    if not text.strip():
        raise Invalid("Write what you dispute.")
    if ctx.session.scalar(select(PointAppeal.id).where(PointAppeal.entry_id == entry.id)) is not None:
        raise AppealMoved
    made = PointAppeal(cycle_id=cycle.id, entry_id=entry.id, account=entry.account, text=text.strip())
    made.status, made.raised_at = Status.OPEN, ctx.now
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "points.appeal", plans.chain_of(cycle), appeal=made.id, entry=entry.id)
    _start(ctx, cycle, made, entry)
    return made


def decide(ctx: Context, appeal_id: int, verdict: str, note: str | None, statement: str | None = None) -> PointAppeal:
    """Uphold (the entry is undone) or reject. Raises ``SameJudge``, ``AppealMoved`` and what ``entries.undo`` raises."""
    found = get(ctx, appeal_id)
    cycle = plans.cycle(ctx, found.cycle_id)
    entry = entries.get(ctx, cycle, found.entry_id)
    member = membership.Place(entry.account, entry.branch, membership.committee_of(ctx, entry.branch))
    if not membership.keeps(ctx, member):
        raise access.NotYours(groups=f"secretary@{member.committee}")
    if found.status != Status.OPEN:
        raise AppealMoved
    if membership.is_own(ctx, found.account) or membership.is_own(ctx, entry.recorded_by or ""):
        raise SameJudge
    if not (note or "").strip():
        raise Invalid("Write the reason.")
    found.status, found.note = Status(verdict), (note or "").strip()
    found.decided_at, found.decided_by = ctx.now, ctx.actor
    if found.status == Status.UPHELD:
        entries.undo(ctx, cycle, entry.id, found.note)
    ctx.session.flush()
    facts = {"appeal": found.id, "verdict": found.status, "statement": statement}
    audit.record(ctx, "points.decide_appeal", plans.chain_of(cycle), **facts)
    notifications.notify(
        ctx,
        "points.appeal_decided",
        accounts=[found.account],
        link=plans.path(ctx, cycle, "/points"),
        verdict=found.status,
    )
    return found


def get(ctx: Context, appeal_id: int) -> PointAppeal:
    found = ctx.session.get(PointAppeal, appeal_id)
    if found is None:
        raise NotFound
    return found


def told(ctx: Context, appeal_id: int) -> dict[str, str]:
    """What its decider is shown: the entry with who made it, and what the member says."""
    found = get(ctx, appeal_id)
    cycle = plans.cycle(ctx, found.cycle_id)
    entry = entries.get(ctx, cycle, found.entry_id)
    who = people.names(ctx, [entry.recorded_by]).get(entry.recorded_by or "", "")
    return {"entry": f"{_entry_in_words(ctx, cycle, entry)} {who}".strip(), "text": found.text}


def of_member(ctx: Context, cycle: plans.Cycle, account: str) -> dict[int, PointAppeal]:
    """Entry id -> the member's dispute about it."""
    query = select(PointAppeal).where(PointAppeal.cycle_id == cycle.id, PointAppeal.account == account)
    return {each.entry_id: each for each in ctx.session.scalars(query)}


def _entry_in_words(ctx: Context, cycle: plans.Cycle, entry: entries.PointEntry) -> str:
    return f"{entry.day} {items.find(ctx, cycle, entry.item).name} {entry.points:+f}"


def _start(ctx: Context, cycle: plans.Cycle, appeal: PointAppeal, entry: entries.PointEntry) -> None:
    name = people.person(ctx, appeal.account).name
    committee = membership.committee_of(ctx, entry.branch)
    workflow.start(
        ctx,
        scheme.of_cycle(cycle).processes["appeal"],
        package=cycle.package,
        key=f"{cycle.year}/appeal/{appeal.id}",
        title=name,
        unit=committee,
        variables={
            "cycle": cycle.id,
            "appeal": appeal.id,
            "account": appeal.account,
            "member": name,
            "branch": entry.branch,
            "committee": committee,
            "entry": _entry_in_words(ctx, cycle, entry),
            "text": appeal.text,
        },
    )
