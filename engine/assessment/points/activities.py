"""Activities of a branch or a committee: created online, signed in to on the spot by a code that runs out, leave asked
for online (S4, row N11).

The code is an address that carries the activity, the moment it runs out and a signature over both; nothing of it is
stored, so a page may show a fresh one every few minutes. Signing in counts once and may give the points of an item.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people, workflow
from engine.assessment import plans
from engine.assessment.points import entries, items, membership, scheme
from engine.db import Base, Context, Key, insert_if_absent
from engine.errors import Conflict, Invalid, NotFound, Refused

#: How long a code can be used after it was shown.
CODE_LASTS = timedelta(minutes=10)
#: Signing in begins so long before the activity and ends with it.
EARLY = timedelta(minutes=30)


class CodeOver(Refused):
    """This code has run out; have the organiser show a new one."""

    code = "code_over"


class WrongCode(NotFound):
    """This is no code of an activity."""

    code = "wrong_code"


class NotInvited(Refused):
    """The activity is for members of {unit}; you do not belong to it."""

    code = "not_invited"


class NotNow(Refused):
    """Signing in is possible from {opens} to {closes}."""

    code = "not_now"


class AlreadySignedIn(Conflict):
    """You are signed in to this activity already."""

    code = "already_signed_in"


class LeaveMoved(Conflict):
    """Leave from this activity was asked for already, or the request is decided."""

    code = "leave_moved"


class LeaveTooLate(Refused):
    """The activity has begun; leave is asked for before it."""

    code = "leave_too_late"


class OwnLeave(Refused):
    """Nobody decides their own leave."""

    code = "own_leave"


class LeaveStatus(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class Activity(Base):
    __tablename__ = "point_activity"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    #: Whose members are invited: a branch, or a committee with all its branches.
    unit: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    #: The item whose points signing in gives.
    item: Mapped[str | None] = mapped_column(String(40))
    #: What its codes are signed with.
    secret: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by: Mapped[str | None] = mapped_column(String(60))


class SignIn(Base):
    __tablename__ = "point_sign_in"

    activity_id: Mapped[int] = mapped_column(ForeignKey("point_activity.id"), primary_key=True)
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime]


class LeaveRequest(Base):
    __tablename__ = "point_leave"
    __table_args__ = (Index("uq_point_leave_activity", "activity_id", "account", unique=True),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("point_activity.id"))
    account: Mapped[str] = mapped_column(String(60), index=True)
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Plan:
    """An activity as its organiser draws it up."""

    unit: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """One invited member: when signed in, and what became of the leave they asked for."""

    account: str
    branch: str
    signed_in_at: datetime | None
    leave: LeaveRequest | None


def make(ctx: Context, cycle: plans.Cycle, plan: Plan) -> Activity:
    """The branch's or the committee's secretary creates an activity; its members are told. Raises ``Invalid``."""
    _require_organiser(ctx, plan.unit)
    if not plan.title.strip() or not plan.place.strip():
        raise Invalid("Give the activity a title and a place.")
    if plan.ends_at <= plan.starts_at or plan.ends_at <= ctx.now:
        raise Invalid("The activity ends after it begins, and it lies ahead.")
    if plan.item is not None:
        given = items.find(ctx, cycle, plan.item)
        if given.kind not in (items.Kind.MUST, items.Kind.ENCOURAGED):
            raise Invalid("{item} cannot be given for signing in.", item=plan.item)
    made = Activity(cycle_id=cycle.id, unit=plan.unit, title=plan.title.strip(), place=plan.place.strip())
    made.starts_at, made.ends_at, made.item = plan.starts_at, plan.ends_at, plan.item
    made.secret, made.made_at, made.made_by = secrets.token_hex(32), ctx.now, ctx.actor
    ctx.session.add(made)
    ctx.session.flush()
    audit.record(ctx, "points.activity", plans.chain_of(cycle), activity=made.id, unit=made.unit, title=made.title)
    told = [account for account, _ in _invited(ctx, made)]
    notifications.notify(
        ctx,
        "points.activity",
        accounts=told,
        link=plans.path(ctx, cycle, f"/points/activities/{made.id}"),
        title=made.title,
    )
    return made


def code(ctx: Context, cycle: plans.Cycle, activity_id: int) -> str:
    """A fresh code of the activity for its organiser to show; it runs out after ten minutes."""
    found = get(ctx, cycle, activity_id)
    _require_organiser(ctx, found.unit)
    expires = int((min(ctx.now, found.ends_at) + CODE_LASTS).timestamp())
    return f"{found.id}.{expires}.{_signature(found, expires)}"


def by_code(ctx: Context, token: str) -> Activity:
    """The activity of a code that has not run out. Raises ``WrongCode``, ``CodeOver``."""
    number, _, rest = token.partition(".")
    expires, _, signature = rest.partition(".")
    if not (number.isascii() and number.isdecimal() and expires.isascii() and expires.isdecimal()):
        raise WrongCode
    if len(number) > 18 or len(expires) > 12:
        raise WrongCode
    found = ctx.session.get(Activity, int(number))
    if found is None or not hmac.compare_digest(signature.encode(), _signature(found, int(expires)).encode()):
        raise WrongCode
    if ctx.now >= datetime.fromtimestamp(int(expires), UTC):
        raise CodeOver
    return found


def sign_in(ctx: Context, token: str) -> Activity:
    """The person who acts signs in with a code of the activity, once; an item's points come with it.

    Raises ``WrongCode``, ``CodeOver``, ``NotNow``, ``NotInvited``, ``AlreadySignedIn``.
    """
    found = by_code(ctx, token)
    account = ctx.actor or ""
    if ctx.on_behalf_of is not None:
        raise Invalid("Everybody signs in for themself.")
    if not found.starts_at - EARLY <= ctx.now <= found.ends_at:
        raise NotNow(opens=found.starts_at - EARLY, closes=found.ends_at)
    if account not in {invited for invited, _ in _invited(ctx, found)}:
        raise NotInvited(unit=people.unit(ctx, found.unit).name)
    if not insert_if_absent(ctx, SignIn, activity_id=found.id, account=account, at=ctx.now):
        raise AlreadySignedIn
    if found.item is not None:
        cycle = plans.cycle(ctx, found.cycle_id)
        source = f"activity:{found.id}"
        entries.add_by_rule(ctx, cycle, entries.Draft(account, found.item, ctx.today, note=found.title, source=source))
    return found


def ask_leave(ctx: Context, cycle: plans.Cycle, activity_id: int, reason: str) -> LeaveRequest:
    """A member asks for leave before the activity begins; a process decides it.

    Raises ``LeaveTooLate``, ``LeaveMoved``, ``NotInvited``, and ``Invalid`` without a reason.
    """
    found = get(ctx, cycle, activity_id)
    account = ctx.on_behalf_of or ctx.actor or ""
    invited = dict(_invited(ctx, found))
    if account not in invited:
        raise NotInvited(unit=people.unit(ctx, found.unit).name)
    if ctx.now >= found.starts_at:
        raise LeaveTooLate
    if not reason.strip():
        raise Invalid("Write why you cannot come.")
    state = {"reason": reason.strip(), "status": LeaveStatus.ASKED, "asked_at": ctx.now}
    if not insert_if_absent(ctx, LeaveRequest, activity_id=found.id, account=account, **state):
        raise LeaveMoved
    made = leaves(ctx, found)[account]
    audit.record(ctx, "points.leave", plans.chain_of(cycle), leave=made.id, activity=found.id)
    _start(ctx, cycle, found, made)
    return made


def decide_leave(ctx: Context, leave_id: int, verdict: str, note: str | None) -> LeaveRequest:
    """Who rates the member approves or refuses. Raises ``OwnLeave``, ``LeaveMoved``, ``NotYours``."""
    found = leave(ctx, leave_id)
    member = membership.place(ctx, found.account, ctx.today)
    if membership.is_own(ctx, found.account):
        raise OwnLeave
    if not membership.keeps(ctx, member):
        raise access.NotYours(groups=f"secretary@{member.branch}")
    if found.status != LeaveStatus.ASKED:
        raise LeaveMoved
    found.status, found.note = LeaveStatus(verdict), (note or "").strip() or None
    found.decided_at, found.decided_by = ctx.now, ctx.actor
    ctx.session.flush()
    cycle = plans.cycle(ctx, ctx.session.get_one(Activity, found.activity_id).cycle_id)
    audit.record(ctx, "points.decide_leave", plans.chain_of(cycle), leave=found.id, verdict=found.status)
    link = plans.path(ctx, cycle, f"/points/activities/{found.activity_id}")
    notifications.notify(ctx, "points.leave_decided", accounts=[found.account], link=link, verdict=found.status)
    return found


def leave(ctx: Context, leave_id: int) -> LeaveRequest:
    found = ctx.session.get(LeaveRequest, leave_id)
    if found is None:
        raise NotFound
    return found


def get(ctx: Context, cycle: plans.Cycle, activity_id: int) -> Activity:
    """An activity the person may see: one they are invited to or keep. Raises ``NotFound``."""
    found = ctx.session.get(Activity, activity_id)
    if found is None or found.cycle_id != cycle.id or not _sees(ctx, found):
        raise NotFound
    return found


def of_cycle(ctx: Context, cycle: plans.Cycle) -> list[Activity]:
    """What the person is invited to or keeps, the newest first."""
    query = (
        select(Activity).where(Activity.cycle_id == cycle.id).order_by(Activity.starts_at.desc(), Activity.id.desc())
    )
    return [each for each in ctx.session.scalars(query) if _sees(ctx, each)]


def attendance(ctx: Context, activity: Activity) -> list[Attendance]:
    """Every invited member, for who organises. Raises ``NotYours`` for others."""
    _require_organiser(ctx, activity.unit)
    query = select(SignIn.account, SignIn.at).where(SignIn.activity_id == activity.id)
    came: dict[str, datetime] = dict(ctx.session.execute(query).all())
    asked = leaves(ctx, activity)
    return [Attendance(each, branch, came.get(each), asked.get(each)) for each, branch in _invited(ctx, activity)]


def is_organiser(ctx: Context, unit: str) -> bool:
    above = people.unit(ctx, unit).parent_id
    committee = membership.committee_of(ctx, unit) if above is not None else unit
    groups = (f"{membership.SECRETARY}@{unit}", *membership.keepers(committee), *membership.keepers(unit))
    return access.may(ctx, *groups)


def signed_in_at(ctx: Context, activity: Activity, account: str) -> datetime | None:
    found = ctx.session.get(SignIn, (activity.id, account))
    return found.at if found else None


def leaves(ctx: Context, activity: Activity) -> dict[str, LeaveRequest]:
    """Account -> the leave it asked for."""
    query = select(LeaveRequest).where(LeaveRequest.activity_id == activity.id)
    return {each.account: each for each in ctx.session.scalars(query)}


def _require_organiser(ctx: Context, unit: str) -> None:
    if not is_organiser(ctx, unit):
        raise access.NotYours(groups=f"{membership.SECRETARY}@{unit}")


def _sees(ctx: Context, activity: Activity) -> bool:
    own = membership.own_branch(ctx)
    return is_organiser(ctx, activity.unit) or (own is not None and activity.unit in (own.branch, own.committee))


def _invited(ctx: Context, activity: Activity) -> list[tuple[str, str]]:
    """(account, branch) of the unit's members today, by branch."""
    found = membership.places(ctx, ctx.today).values()
    mine = [each for each in found if activity.unit in (each.branch, each.committee)]
    return sorted(((each.account, each.branch) for each in mine), key=lambda each: (each[1], each[0]))


def _signature(activity: Activity, expires: int) -> str:
    told = f"{activity.id}.{expires}".encode()
    return hmac.new(bytes.fromhex(activity.secret), told, hashlib.sha256).hexdigest()[:32]


def _start(ctx: Context, cycle: plans.Cycle, activity: Activity, asked: LeaveRequest) -> None:
    member, name = membership.place(ctx, asked.account, ctx.today), people.person(ctx, asked.account).name
    workflow.start(
        ctx,
        scheme.of_cycle(cycle).processes["leave"],
        package=cycle.package,
        key=f"{cycle.year}/leave/{asked.id}",
        title=f"{name} {activity.title}",
        unit=member.branch,
        variables={
            "cycle": cycle.id,
            "leave": asked.id,
            "account": asked.account,
            "member": name,
            "branch": member.branch,
            "committee": member.committee,
            "activity": activity.title,
            "decider": membership.rater_of(ctx, member),
            "reason": asked.reason,
        },
    )
