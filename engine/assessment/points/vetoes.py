"""One-vote vetoes of members: proposed by one, decided by another; who is vetoed has no points that anybody is shown
(S4, row N9).
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people, workflow
from engine.assessment import plans
from engine.assessment.points import items, membership, scheme
from engine.db import Base, Context, Key
from engine.errors import Conflict, Invalid, NotFound, Refused


class SameHand(Refused):
    """Who proposed the veto does not decide it, nor does the member; another person must."""

    code = "same_hand"


class VetoMoved(Conflict):
    """The member's veto is {status} already."""

    code = "point_veto_moved"


class VetoStands(Conflict):
    """A veto of {account} is proposed or confirmed already."""

    code = "point_veto_stands"


class Status(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    #: Confirmed, and taken back since.
    REVOKED = "revoked"


class PointVeto(Base):
    __tablename__ = "point_veto"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    account: Mapped[str] = mapped_column(String(60), index=True)
    branch: Mapped[str] = mapped_column(String(40))
    committee: Mapped[str] = mapped_column(String(40))
    item: Mapped[str] = mapped_column(String(40))
    basis: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)


def propose(ctx: Context, cycle: plans.Cycle, account: str, item: str, basis: str) -> PointVeto:
    """Who rates the member, or the committee, proposes a veto by an item of the list; a process decides it.

    Raises ``VetoStands``, ``SameHand`` for oneself, ``Invalid`` for an item that is no veto or without facts.
    """
    member = membership.place(ctx, account, ctx.today)
    if membership.is_own(ctx, account):
        raise SameHand
    if not membership.keeps(ctx, member):
        raise access.NotYours(groups=f"secretary@{member.branch}")
    if not items.find(ctx, cycle, item).veto or not basis.strip():
        raise Invalid("Name an item of the list that is a veto and write the facts it rests on.")
    if any(each.status in (Status.PROPOSED, Status.CONFIRMED) for each in of_member(ctx, cycle, account)):
        raise VetoStands(account=account)
    made = PointVeto(cycle_id=cycle.id, account=account, branch=member.branch, committee=member.committee)
    made.item, made.basis, made.status = item, basis.strip(), Status.PROPOSED
    made.proposed_at, made.proposed_by = ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "points.veto", plans.chain_of(cycle), veto=made.id, account=account, item=item)
    _start(ctx, cycle, made)
    return made


def decide(ctx: Context, veto_id: int, verdict: str, note: str | None, statement: str | None = None) -> PointVeto:
    """The committee's discipline secretary or secretary confirms or rejects; ``statement`` is what the member said.

    The result of a year that is worked out already follows by ``year.settle``. Raises ``SameHand``, ``VetoMoved``.
    """
    found = get(ctx, veto_id)
    access.require(ctx, *deciders(found.committee))
    if found.status != Status.PROPOSED:
        raise VetoMoved(status=found.status)
    if membership.is_own(ctx, found.account) or membership.is_own(ctx, found.proposed_by or ""):
        raise SameHand
    found.status, found.note = Status(verdict), (note or "").strip() or None
    found.decided_at, found.decided_by = ctx.now, ctx.actor
    ctx.session.flush()
    cycle = plans.cycle(ctx, found.cycle_id)
    facts = {"veto": found.id, "account": found.account, "verdict": found.status, "statement": statement}
    audit.record(ctx, "points.decide_veto", plans.chain_of(cycle), **facts)
    if found.status == Status.CONFIRMED:
        notifications.notify(
            ctx, "points.vetoed", accounts=[found.account], link=plans.path(ctx, cycle, "/points"), item=found.item
        )
    return found


def deciders(committee: str) -> tuple[str, ...]:
    """The groups that decide about a committee's vetoes."""
    return tuple(f"{role}@{committee}" for role in (membership.DISCIPLINE, membership.SECRETARY))


def get(ctx: Context, veto_id: int) -> PointVeto:
    found = ctx.session.get(PointVeto, veto_id)
    if found is None:
        raise NotFound
    return found


def told(ctx: Context, veto_id: int) -> dict[str, str]:
    """What its decider is shown: the item and the facts."""
    found = get(ctx, veto_id)
    return {"item": items.find(ctx, plans.cycle(ctx, found.cycle_id), found.item).name, "basis": found.basis}


def of_member(ctx: Context, cycle: plans.Cycle, account: str) -> list[PointVeto]:
    query = select(PointVeto).where(PointVeto.cycle_id == cycle.id, PointVeto.account == account)
    return list(ctx.session.scalars(query.order_by(PointVeto.id)))


def of_committee(ctx: Context, cycle: plans.Cycle, committee: str) -> list[PointVeto]:
    """All of a committee, the newest first, for those who keep it."""
    access.require(ctx, *membership.keepers(committee))
    query = select(PointVeto).where(PointVeto.cycle_id == cycle.id, PointVeto.committee == committee)
    return list(ctx.session.scalars(query.order_by(PointVeto.id.desc())))


def vetoed(ctx: Context, cycle: plans.Cycle) -> frozenset[str]:
    """The members with a confirmed veto in the year."""
    query = select(PointVeto.account).where(PointVeto.cycle_id == cycle.id, PointVeto.status == Status.CONFIRMED)
    return frozenset(ctx.session.scalars(query))


def _start(ctx: Context, cycle: plans.Cycle, veto: PointVeto) -> None:
    name = people.person(ctx, veto.account).name
    workflow.start(
        ctx,
        scheme.of_cycle(cycle).processes["veto"],
        package=cycle.package,
        key=f"{cycle.year}/veto/{veto.id}",
        title=name,
        unit=veto.committee,
        variables={
            "cycle": cycle.id,
            "veto": veto.id,
            "account": veto.account,
            "member": name,
            "branch": veto.branch,
            "committee": veto.committee,
            "item": items.find(ctx, cycle, veto.item).name,
            "proposer": veto.proposed_by,
        },
    )
