"""Telling people: one row per person in the in-app inbox, written in the transaction of the act it tells of.

The row is also the outbox of other channels: a channel delivers rows it has not delivered yet, at least once, with the
row's id as its key. A kind is a name such as ``task.new`` or ``letter.issued``; pages hold its words in each language.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engine import people
from engine.db import Base, Context, Key


class Notification(Base):
    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification_unread", "account", "read_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("person.account"))
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]]
    #: Where a click leads, a path of this site.
    link: Mapped[str] = mapped_column(String(300), default="")
    read_at: Mapped[datetime | None]
    #: When an outside channel (mail, chat) had it; None while there is none or it has not yet.
    delivered_at: Mapped[datetime | None]


def notify(
    ctx: Context, kind: str, *, groups: Iterable[str] = (), accounts: Iterable[str] = (), link: str = "", **facts: Any
) -> list[str]:
    """Tell the accounts and everyone who holds one of the candidate groups today; returns whom, each once."""
    told = sorted({*accounts, *(account for group in groups for account in people.holders(ctx, group))})
    for account in told:
        ctx.session.add(Notification(account=account, at=ctx.now, kind=kind, facts=facts, link=link))
    return told


def unread(ctx: Context, account: str) -> int:
    query = select(func.count()).where(Notification.account == account, Notification.read_at.is_(None))
    return ctx.session.scalar(query) or 0


def latest(ctx: Context, account: str, limit: int = 50, before: int | None = None) -> list[Notification]:
    """Newest first; ``before`` is the id from which the next page goes on."""
    query = select(Notification).where(Notification.account == account).order_by(Notification.id.desc()).limit(limit)
    return list(ctx.session.scalars(query.where(Notification.id < before) if before else query))


def mark_read(ctx: Context, account: str) -> None:
    ctx.session.execute(
        update(Notification)
        .where(Notification.account == account, Notification.read_at.is_(None))
        .values(read_at=ctx.now)
    )
