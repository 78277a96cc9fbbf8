"""Changing calls that carry a key: the same key twice is one effect and the same answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Context, insert_if_absent
from engine.errors import Invalid


class KeyReused(Invalid):
    """This idempotency key belongs to another call; make a new one for each act."""

    code = "key_reused"


class AnsweredRequest(Base):
    """What a call was answered, kept so that a second press of the button finds the first answer."""

    __tablename__ = "answered_request"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    account: Mapped[str] = mapped_column(String(60), primary_key=True)
    call: Mapped[str] = mapped_column(String(300))
    status: Mapped[int] = mapped_column(default=0)
    content_type: Mapped[str] = mapped_column(String(100), default="")
    location: Mapped[str | None] = mapped_column(String(500))
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    location: str | None
    body: bytes


def once(ctx: Context, account: str, call: str, act: Callable[[], Answer]) -> Answer:
    """Do ``act`` unless the context's key has been answered before; then give that answer again.

    The key is claimed first, so that of two calls at the same instant the second waits for the first and finds its
    answer. Raises ``KeyReused`` for a key that belongs to another call.
    """
    if ctx.key is None:
        return act()
    claimed = {"key": ctx.key, "account": account, "call": call, "status": 0, "content_type": "", "body": b""}
    if not insert_if_absent(ctx, AnsweredRequest, **claimed, at=ctx.now):
        return _again(ctx.session.get_one(AnsweredRequest, (ctx.key, account)), call)
    answer = act()
    row = ctx.session.get_one(AnsweredRequest, (ctx.key, account))
    row.status, row.content_type = answer.status, answer.content_type
    row.location, row.body = answer.location, answer.body
    return answer


def _again(answered: AnsweredRequest, call: str) -> Answer:
    if answered.call != call:
        raise KeyReused
    return Answer(answered.status, answered.content_type, answered.location, answered.body)
