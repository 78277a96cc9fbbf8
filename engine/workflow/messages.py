"""Messages nobody waits for: the processes that begin by one, and those that are kept for who will wait.

A message has one receiver that waits, or begins every process whose current version has a start event for it, or is
kept. What it begins is named after it, so that the same matter is not begun twice: the first of a key is
``process/key``, and as long as that one runs a further message of the key begins nothing and is kept; once it is over,
the next is ``process/key#2``. Without a key each message is a matter of its own, called by the time at which it came.
A signal is for everybody: whoever waits for it gets it, and it begins every process that starts with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, or_, select

from engine import audit, feel
from engine.db import SHANGHAI, Context
from engine.errors import Refused
from engine.workflow import definitions, spiff
from engine.workflow.store import Definition, Instance, KeptMessage, Kind, Status, Wait

MAX_DEPTH: Final = 20
"""Processes that begin each other by messages within one step; one that begins itself would never come to an end."""
_LIVE: Final = (Status.RUNNING, Status.SUSPENDED)


class NoEnd(Refused):
    """The message {name} begins processes that begin each other without end; the last of {most} was {process}."""

    code = "messages_without_end"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A matter that a message, a signal or the clock begins: where, and what it is called."""

    #: None where its time has come.
    message: str | None
    package: str
    process: str
    #: The start event.
    at: str
    key: str
    title: str
    #: What the message says of the unit, where it says anything.
    unit: str | None
    #: The time that has come, and how many before it nobody saw to.
    due: datetime | None = None
    missed: int = 0


def longest_waiting(ctx: Context, name: str, key: str | None) -> int | None:
    """The running instance that has waited longest for such a message; who waits without a key takes any."""
    query = select(Wait.instance_id).join(Instance, Instance.id == Wait.instance_id)
    query = query.where(Wait.kind == "message", Wait.name == name, or_(Wait.key == key, Wait.key.is_(None)))
    return ctx.session.scalar(query.where(Instance.status == Status.RUNNING).order_by(Wait.id).limit(1))


def meet(ctx: Context, name: str) -> None:
    """From here to the end of the transaction, nobody else begins to wait for the message or puts one by.

    Otherwise one that is put by in the moment in which another transaction begins to wait would lie there, and the other
    wait, for ever: neither sees what the other has not committed. SQLite lets only one write at a time anyway.
    """
    if ctx.session.get_bind().dialect.name == "postgresql":
        ctx.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def keep(ctx: Context, name: str, key: str | None, content: Mapping[str, Any]) -> None:
    """Put a message by for the first catch that asks for it."""
    kept = feel.dumps(dict(content))
    ctx.session.add(KeptMessage(name=name, key=key, content=kept, arrived_at=ctx.now))
    audit.record(ctx, "message.keep", "messages", name=name, key=key)


def take_early(ctx: Context, waits: Sequence[spiff.Wait]) -> KeptMessage | None:
    """The oldest kept message for a catch among ``waits``; it is taken off the shelf and serves nobody else."""
    for wait in waits:
        if wait.kind != "message" or not wait.takes_early:
            continue
        early = select(KeptMessage).where(KeptMessage.name == wait.name).order_by(KeptMessage.id).limit(1)
        early = early if wait.key is None else early.where(KeptMessage.key == wait.key)
        kept = ctx.session.scalar(early.with_for_update(skip_locked=True))
        if kept is not None:
            ctx.session.delete(kept)
            return kept
    return None


def beginnings(ctx: Context, name: str, key: str | None, content: Mapping[str, Any]) -> list[Beginning]:
    """The matters a message begins now, one for each process that listens in its current version.

    None where a matter that is suspended waits for it: that one is its receiver, and finds it kept.
    """
    listening = _listening(ctx, name)
    if not listening or _is_awaited(ctx, name, key):
        return []
    found = (_beginning(ctx, definition, name, at, key, content) for definition, at in listening)
    return [each for each in found if each is not None]


def signalled(ctx: Context, name: str, content: Mapping[str, Any]) -> list[Beginning]:
    """The matters a signal begins: one for each process that starts with it in its current version, each time it is sent."""
    found = [_beginning(ctx, each, name, at, None, content) for each, at in _listening(ctx, name, "signalled_by")]
    return [each for each in found if each is not None]


def _listening(ctx: Context, name: str, by: str = "started_by") -> list[tuple[Definition, str]]:
    """Each deployed process with its start event for the name. A pool that is not executable only documents."""
    found = []
    query = select(Definition).where(Definition.kind == Kind.PROCESS, Definition.current_id.is_not(None))
    for definition in ctx.session.scalars(query.order_by(Definition.id)):
        outlined = definitions.outline(ctx, definition.current_id or 0).process(definition.key)
        starts: Mapping[str, str] = getattr(outlined, by)
        if outlined.executable and name in starts:
            found.append((definition, starts[name]))
    return found


def _is_awaited(ctx: Context, name: str, key: str | None) -> bool:
    waiting = select(Wait.id).join(Instance, Instance.id == Wait.instance_id).where(Instance.status.in_(_LIVE))
    waiting = waiting.where(Wait.kind == "message", Wait.name == name, or_(Wait.key == key, Wait.key.is_(None)))
    return ctx.session.scalar(waiting.limit(1)) is not None


def _beginning(
    ctx: Context, definition: Definition, name: str, at: str, key: str | None, content: Mapping[str, Any]
) -> Beginning | None:
    release = definitions.release(ctx, definition.key, definition.package)
    start = definitions.specification(ctx, definition.key, release).elements[at]
    if start.key is not None:
        drawn = spiff.key_of(start, content, ctx.now)
        if drawn is None or key not in (None, drawn):
            return None
        key = drawn
    # The same message at the same moment elsewhere finds what this one has begun, or waits until it has.
    ctx.session.scalar(select(Definition.id).where(Definition.id == definition.id).with_for_update())
    if key is not None and _under_way(ctx, definition, key):
        return None
    base = key if key is not None else f"{ctx.now.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}"
    title = f"{definition.name or definition.key} · {base}"
    unit = content.get("unit")
    matter = free(ctx, definition.package, f"{definition.key}/{base}")
    return Beginning(
        name, definition.package, definition.key, at, matter, title, unit if isinstance(unit, str) else None
    )


def _under_way(ctx: Context, definition: Definition, key: str) -> bool:
    """Whether a matter begun by a message of this key still goes on."""
    begun = f"{definition.key}/{key}"
    query = select(Instance.id).where(Instance.package == definition.package, Instance.process == definition.key)
    named = or_(Instance.key == begun, Instance.key.startswith(f"{begun}#", autoescape=True))
    return ctx.session.scalar(query.where(named, Instance.status.in_(_LIVE)).limit(1)) is not None


def free(ctx: Context, package: str, base: str) -> str:
    """The name itself, or with the next number behind it."""
    name, number = base, 1
    while ctx.session.scalar(select(Instance.id).where(Instance.package == package, Instance.key == name)):
        number += 1
        name = f"{base}#{number}"
    return name


@contextmanager
def begun_by(ctx: Context, name: str, process: str) -> Iterator[None]:
    """Within it a process is begun by a message. Raises ``NoEnd`` where this goes on inside each other too long."""
    depth = ctx.memo.get("begun_by_messages", 0)
    if depth >= MAX_DEPTH:
        raise NoEnd(name=name, most=MAX_DEPTH, process=process)
    ctx.memo["begun_by_messages"] = depth + 1
    try:
        yield
    finally:
        ctx.memo["begun_by_messages"] = depth
