"""What was done, by whom, in whose name: rows that are only ever added, chained so that a gap or a change shows.

Each chain (a process instance, or a named chain such as ``people``) numbers its entries 1, 2, 3 … and every entry's
digest covers the one before it. Deleting, changing or reordering an entry breaks the chain at a place ``verify`` names.
The digest is SM3 (GB/T 32905).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Context, Key, Write, changed, insert_if_absent, inserted, write


class Entry(Base):
    """One act. ``act`` reads ``subject.verb`` (``task.complete``, ``letter.sign``)."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("chain", "seq"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    chain: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int]
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(60), index=True)
    actor: Mapped[str | None] = mapped_column(String(60), index=True)
    on_behalf_of: Mapped[str | None] = mapped_column(String(60))
    #: The facts of the act as plain JSON: ids, old and new values, reasons. Never a form's personal content.
    facts: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


COLUMNS = ("chain", "seq", "at", "act", "actor", "on_behalf_of", "facts", "previous", "digest")


class Head(Base):
    """The last entry of a named chain; its row is locked while the next one is added."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(80), primary_key=True)
    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_digest: Mapped[str] = mapped_column(String(64), default="")


class Chained(Protocol):
    """Anything that carries the head of its own chain, such as an instance row that is locked anyway."""

    chain_seq: Any
    chain_digest: Any


def record(ctx: Context, act: str, chain: str, /, **facts: Any) -> None:
    """Add one entry to ``chain``. ``facts`` are JSON values; instants, dates and decimals are written as text."""
    head = _locked_head(ctx, chain)
    entry, link = next_of(ctx, act, chain, head, **facts)
    write(ctx, entry, *changed(ctx, head, **link))


def next_of(ctx: Context, act: str, chain: str, head: Chained, /, **facts: Any) -> tuple[Write, dict[str, Any]]:
    """The next entry of a chain whose head is kept on a row the caller has locked, and what to write on that row."""
    entry = Entry(
        chain=chain,
        seq=head.chain_seq + 1,
        at=ctx.now,
        act=act,
        actor=ctx.actor,
        on_behalf_of=ctx.on_behalf_of,
        facts=json.loads(json.dumps(facts, default=str)),
        previous=head.chain_digest,
    )
    entry.digest = digest_of(entry)
    columns = {name: getattr(entry, name) for name in COLUMNS}
    return inserted(Entry, **columns), {"chain_seq": entry.seq, "chain_digest": entry.digest}


def digest_of(entry: Entry) -> str:
    """SM3 over the previous digest and the entry's own content in one canonical text."""
    content = [
        entry.previous,
        entry.chain,
        entry.seq,
        entry.at.astimezone(UTC).isoformat(),
        entry.act,
        entry.actor,
        entry.on_behalf_of,
        entry.facts,
    ]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.new("sm3", canonical.encode()).hexdigest()


def broken_entries(ctx: Context) -> Iterator[str]:
    """Where a chain does not hold: ``chain#seq``, in order. Empty when nothing was changed, dropped or reordered."""
    last: dict[str, tuple[int, str]] = {}
    for entry in ctx.session.scalars(select(Entry).order_by(Entry.chain, Entry.seq).execution_options(yield_per=1000)):
        seq, digest = last.get(entry.chain, (0, ""))
        if (entry.seq, entry.previous, entry.digest) != (seq + 1, digest, digest_of(entry)):
            yield f"{entry.chain}#{entry.seq}"
        last[entry.chain] = (entry.seq, entry.digest)
    for head in ctx.session.scalars(select(Head)):
        if last.get(head.chain, (0, "")) != (head.chain_seq, head.chain_digest):
            yield f"{head.chain}#{head.chain_seq}"


def _locked_head(ctx: Context, chain: str) -> Head:
    if ctx.session.get(Head, chain) is None:
        insert_if_absent(ctx, Head, chain=chain, chain_seq=0, chain_digest="")
    return ctx.session.get_one(Head, chain, with_for_update=True, populate_existing=True)
