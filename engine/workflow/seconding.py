"""Two pairs of eyes: what an operator may do to a guarded matter only when a second person confirms it.

A package names its guarded processes, such as that of a letter that has been issued. The operator asks, with the reason;
another operator or somebody of the lead department confirms or refuses, and never the same person. What is confirmed is
what was asked for: a matter that has moved on in between is asked about anew.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from engine import access, audit, notifications, people
from engine.db import Base, Context, Key
from engine.errors import Conflict, Refused
from engine.workflow import instances, operating, opinions, packages
from engine.workflow.store import Instance

#: Who may confirm, besides another operator.
LEAD = "lead"


class Asked(StrEnum):
    """What is asked for."""

    SKIP = "skip"
    JUMP = "jump"
    CANCEL = "cancel"


class OperatorRequest(Base):
    """An operator's act on a guarded matter that waits for a second person, or what became of it."""

    __tablename__ = "operator_request"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    act: Mapped[str] = mapped_column(String(10))
    #: What is passed over, or which token is taken to which element.
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"))
    token: Mapped[str | None] = mapped_column(String(40))
    element: Mapped[str | None] = mapped_column(String(200))
    #: The matter's version as the operator saw it.
    version: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str | None] = mapped_column(String(60))
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    confirmed: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]


class AskedAlready(Conflict):
    """For {title} something is asked for already and not decided yet."""

    code = "asked_already"


class DecidedAlready(Conflict):
    """This was decided already."""

    code = "decided_already"


class OwnRequest(Refused):
    """You have asked for it yourself; somebody else confirms it."""

    code = "own_request"


class MovedOn(Conflict):
    """{title} has moved on since this was asked for; refuse it, and look again what is needed."""

    code = "moved_on"


def ask(
    ctx: Context,
    instance_id: int,
    act: str,
    reason: str,
    *,
    incident: int | None = None,
    token: str | None = None,
    element: str | None = None,
) -> OperatorRequest:
    """Ask for an act on a guarded matter. Raises whatever the act itself would raise now."""
    matter = operating.require_matter(ctx, instance_id)
    instances.lock(ctx, instance_id)
    if any(each.instance_id == instance_id for each, _ in waiting(ctx)):
        raise AskedAlready(title=matter.title)
    asked = OperatorRequest(
        instance_id=instance_id,
        act=Asked(act),
        incident_id=incident,
        token=token,
        element=element,
        version=matter.version,
        reason=opinions.said(reason),
        asked_by=ctx.actor,
        on_behalf_of=ctx.on_behalf_of,
        asked_at=ctx.now,
    )
    operating.preview(ctx, instance_id, _act(asked))
    ctx.session.add(asked)
    ctx.session.flush()
    audit.record(ctx, "operator.ask", "incidents", request=asked.id, act=asked.act, matter=matter.key)
    _tell(ctx, asked, matter)
    return asked


def decide(ctx: Context, request_id: int, confirmed: bool, answer: str) -> OperatorRequest:
    """Confirm what was asked for, which does it at once, or refuse it; with what is said to it."""
    access.require(ctx, operating.OPERATOR, LEAD)
    asked = ctx.session.get(OperatorRequest, request_id, with_for_update=True, populate_existing=True)
    if asked is None or asked.decided_at is not None:
        raise DecidedAlready
    if {ctx.actor, ctx.on_behalf_of} & {asked.asked_by, asked.on_behalf_of} - {None}:
        raise OwnRequest
    asked.answer = opinions.said(answer)
    asked.confirmed, asked.decided_by, asked.decided_at = confirmed, ctx.actor, ctx.now
    known = {"request": asked.id, "act": asked.act, "asked_by": asked.asked_by, "answer": asked.answer}
    audit.record(ctx, "operator.confirm" if confirmed else "operator.refuse", "incidents", **known)
    if confirmed:
        _do(ctx, asked)
    return asked


def waiting(ctx: Context) -> list[tuple[OperatorRequest, Instance]]:
    """What waits for a second person, the oldest first."""
    access.require(ctx, operating.OPERATOR, LEAD)
    query = select(OperatorRequest, Instance).join(Instance, Instance.id == OperatorRequest.instance_id)
    found = ctx.session.execute(query.where(OperatorRequest.decided_at.is_(None)).order_by(OperatorRequest.id))
    return [(asked, matter) for asked, matter in found]


def is_guarded(ctx: Context, matter: Instance) -> bool:
    return packages.is_guarded(ctx, matter.package, matter.process)


def _do(ctx: Context, asked: OperatorRequest) -> None:
    matter = instances.lock(ctx, asked.instance_id)
    if matter.version != asked.version:
        raise MovedOn(title=matter.title)
    # It stays the act of who asked for it, who must still be allowed to; the confirmation stands beside it.
    theirs = replace(ctx, actor=asked.asked_by, on_behalf_of=asked.on_behalf_of)
    theirs.memo[operating.SECONDED] = asked.id
    try:
        _act(asked)(theirs)
    finally:
        del theirs.memo[operating.SECONDED]


def _act(asked: OperatorRequest) -> Callable[[Context], None]:
    matter, reason = asked.instance_id, asked.reason
    acts: dict[str, Callable[[Context], None]] = {
        Asked.SKIP: lambda ctx: operating.skip(ctx, asked.incident_id or 0, reason),
        Asked.JUMP: lambda ctx: operating.jump(ctx, matter, asked.token or "", asked.element or "", reason),
        Asked.CANCEL: lambda ctx: operating.call_off(ctx, matter, reason),
    }
    return acts[asked.act]


def _tell(ctx: Context, asked: OperatorRequest, matter: Instance) -> None:
    others = {account for group in (operating.OPERATOR, LEAD) for account in people.holders(ctx, group)}
    by = people.names(ctx, [ctx.actor]).get(ctx.actor or "", "")
    known = {"matter": matter.title, "by": by, "reason": asked.reason}
    notifications.notify(ctx, "operator.asked", accounts=others - {ctx.actor or ""}, link="/admin/requests", **known)
