"""A confirmed veto is taken back: proposed by one with the reason, decided by another (S4, row N9).

The veto stays on record and is never undone silently. Once it is revoked the member's points show again, and the year's
result follows (``year.settle``).
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people, workflow
from engine.assessment import plans
from engine.assessment.points import items, membership, scheme, vetoes, year
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class NotConfirmed(Refused):
    """Only a confirmed veto is revoked; this one is {status}."""

    code = "point_veto_not_confirmed"


class RevocationStands(Conflict):
    """The revocation of this veto is proposed already."""

    code = "point_revocation_stands"


class RevocationMoved(Conflict):
    """The revocation is {status} already."""

    code = "point_revocation_moved"


class NoRevocation(Refused):
    """The package {package} draws no process by which a veto is revoked; name one under points, processes, revocation."""

    code = "no_revocation_process"


class Status(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class VetoRevocation(Base):
    __tablename__ = "point_veto_revocation"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    veto_id: Mapped[int] = mapped_column(ForeignKey("point_veto.id"), index=True)
    #: Why the veto does not stand.
    basis: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)


def propose(ctx: Context, veto_id: int, basis: str) -> VetoRevocation:
    """Who keeps the member's account, and not the member, proposes that a confirmed veto be revoked; a process decides it.

    Raises ``NotConfirmed``, ``RevocationStands``, ``vetoes.SameHand``, ``year.BooksClosed``, or ``Invalid`` without a reason.
    """
    veto = vetoes.get(ctx, veto_id)
    cycle = plans.cycle(ctx, veto.cycle_id)
    if membership.is_own(ctx, veto.account):
        raise vetoes.SameHand
    if not membership.keeps(ctx, membership.Place(veto.account, veto.branch, veto.committee)):
        raise access.NotYours(groups=f"secretary@{veto.branch}")
    _require_open(ctx, cycle, veto)
    if not basis.strip():
        raise Invalid("Write why the veto does not stand.")
    made = VetoRevocation(veto_id=veto.id, basis=basis.strip(), status=Status.PROPOSED)
    made.proposed_at, made.proposed_by = ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    facts = {"revocation": made.id, "veto": veto.id, "account": veto.account, "basis": made.basis}
    audit.record(ctx, "points.revocation", plans.chain_of(cycle), **facts)
    _start(ctx, cycle, veto, made)
    return made


def decide(ctx: Context, revocation_id: int, verdict: str, note: str | None) -> VetoRevocation:
    """The committee's discipline secretary or secretary, who did not propose it, approves or rejects, with a reason."""
    found = get(ctx, revocation_id)
    veto = vetoes.get(ctx, found.veto_id)
    cycle = plans.cycle(ctx, veto.cycle_id)
    access.require(ctx, *vetoes.deciders(veto.committee))
    if found.status != Status.PROPOSED:
        raise RevocationMoved(status=found.status)
    if membership.is_own(ctx, veto.account) or membership.is_own(ctx, found.proposed_by or ""):
        raise vetoes.SameHand
    if not (note or "").strip():
        raise Invalid("Write the reason of the decision.")
    found.status, found.note = Status(verdict), (note or "").strip()
    found.decided_at, found.decided_by = ctx.now, ctx.actor
    facts = {"revocation": found.id, "veto": veto.id, "account": veto.account, "verdict": found.status}
    audit.record(ctx, "points.decide_revocation", plans.chain_of(cycle), **facts, note=found.note)
    if found.status == Status.APPROVED:
        _revoke(ctx, cycle, veto)
    return found


def get(ctx: Context, revocation_id: int) -> VetoRevocation:
    found = ctx.session.get(VetoRevocation, revocation_id)
    if found is None:
        raise NotFound
    return found


def of_vetoes(ctx: Context, wanted: list[vetoes.PointVeto]) -> dict[int, list[VetoRevocation]]:
    """Veto -> what was proposed about it, in order."""
    query = select(VetoRevocation).where(VetoRevocation.veto_id.in_([each.id for each in wanted]))
    found: dict[int, list[VetoRevocation]] = {}
    for each in ctx.session.scalars(query.order_by(VetoRevocation.id)):
        found.setdefault(each.veto_id, []).append(each)
    return found


def told(ctx: Context, revocation_id: int) -> dict[str, str]:
    """What its decider is shown: the veto with its facts, and why it should not stand."""
    found = get(ctx, revocation_id)
    return {**vetoes.told(ctx, found.veto_id), "reason": found.basis}


def _require_open(ctx: Context, cycle: plans.Cycle, veto: vetoes.PointVeto) -> None:
    if veto.status != vetoes.Status.CONFIRMED:
        raise NotConfirmed(status=veto.status)
    if any(each.status == Status.PROPOSED for each in of_vetoes(ctx, [veto]).get(veto.id, [])):
        raise RevocationStands
    year.require_books_open(cycle)


def _revoke(ctx: Context, cycle: plans.Cycle, veto: vetoes.PointVeto) -> None:
    veto.status = vetoes.Status.REVOKED
    ctx.session.flush()
    year.settle(ctx, cycle, veto.account)
    link = plans.path(ctx, cycle, "/points")
    notifications.notify(ctx, "points.veto_revoked", accounts=[veto.account], link=link, item=veto.item)


def _start(ctx: Context, cycle: plans.Cycle, veto: vetoes.PointVeto, made: VetoRevocation) -> None:
    process = scheme.of_cycle(cycle).processes.get("revocation")
    if process is None:
        raise NoRevocation(package=cycle.package)
    name = people.person(ctx, veto.account).name
    facts = {"cycle": cycle.id, "revocation": made.id, "veto": veto.id, "account": veto.account, "member": name}
    workflow.start(
        ctx,
        process,
        package=cycle.package,
        key=f"{cycle.year}/revocation/{made.id}",
        title=name,
        unit=veto.committee,
        variables={
            **facts,
            "branch": veto.branch,
            "committee": veto.committee,
            "item": items.find(ctx, cycle, veto.item).name,
            "proposer": made.proposed_by,
        },
    )
