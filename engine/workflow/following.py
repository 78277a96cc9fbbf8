"""What follows from a step: what came for a matter while it moved, and how far one matter leads to the next.

A matter whose machine is in memory is in the middle of a step. What comes for it meanwhile is put off and done right
after: done at once it would move the stored state, which the step under way then overwrites. What that leads to in the
same matter is done after it and never inside it, so that an exchange of any length needs no more room than one message.

Two matters that answer each other would go on for ever. Telling another is free, and so is its answer; from the third
on, what one message has led to within one step of somebody is counted, and ends at ``MAX_ANSWERS``.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from engine.db import Context
from engine.errors import Refused
from engine.workflow import spiff

MAX_ANSWERS: Final = 200
"""Messages and signals that answers have led to within one step. It is the step budget of a process that runs on without
ever waiting, for several that do so together; each of theirs is a step with a state to store."""
_FREE: Final = 2

Deed: TypeAlias = Callable[[], object]


class AnswersWithoutEnd(Refused):
    """The processes {processes} answer each other without end: {name} would follow {most} answers in one step; let one of them wait or end."""

    code = "answers_without_end"


@dataclass(slots=True)
class _Echo:
    """How far one thing has led to another at this moment."""

    depth: int = 0
    count: int = 0
    #: The processes it went through, each once.
    processes: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Ahead:
    """What is still to be done for a matter whose step is over."""

    machine: spiff.Machine
    depth: int
    deeds: deque[Deed]


# ---- in the middle of a step


def begin_step(ctx: Context, instance_id: int) -> None:
    _under_way(ctx).setdefault(instance_id, [])


def stands_back(ctx: Context, instance_id: int, deed: Deed) -> bool:
    """Whether ``deed`` is put off because the matter is itself in the middle of a step; it is done right after it."""
    put_off = _under_way(ctx).get(instance_id)
    if put_off is None:
        return False
    depth = _echo(ctx).depth
    put_off.append(lambda: _at(ctx, depth, deed))
    return True


@contextmanager
def undone_on_error(ctx: Context) -> Iterator[None]:
    """Where what happens inside fails and is rolled back, what it had begun in other matters is forgotten with it."""
    under_way = {each: [*put_off] for each, put_off in _under_way(ctx).items()}
    ahead = {each: (mine.machine, mine.depth, [*mine.deeds]) for each, mine in _ahead(ctx).items()}
    try:
        yield
    except BaseException:
        ctx.memo["stepping"] = under_way
        for instance_id, (machine, depth, deeds) in ahead.items():
            mine = _ahead(ctx)[instance_id]
            mine.machine, mine.depth, mine.deeds = machine, depth, deque(deeds)
        raise


def end_step(
    ctx: Context, instance_id: int, machine: spiff.Machine, served: Callable[[spiff.Machine], Deed | None]
) -> None:
    """The step is stored: do what follows from it. ``served`` says what a message that was kept earlier does now."""
    put_off = _under_way(ctx).pop(instance_id, [])
    depth, mine = _echo(ctx).depth, _ahead(ctx).get(instance_id)
    if mine is not None:
        # A step that followed from another: whoever does what follows from that one goes on with this.
        mine.machine, mine.depth = machine, depth
        mine.deeds.extend(put_off)
        return
    mine = _ahead(ctx)[instance_id] = _Ahead(machine, depth, deque(put_off))
    try:
        while (deed := served(mine.machine) or (mine.deeds.popleft() if mine.deeds else None)) is not None:
            _at(ctx, mine.depth, deed)
    finally:
        del _ahead(ctx)[instance_id]


# ---- how far it leads


@contextmanager
def led_to(ctx: Context, process: str) -> Iterator[None]:
    """Within it happens what a message, a signal or a changed value has led to in a matter of that process."""
    echo = _echo(ctx)
    if echo.depth == 0:
        echo.count, echo.processes = 0, {}
    echo.depth, before = echo.depth + 1, echo.depth
    echo.processes[process] = None
    try:
        yield
    finally:
        echo.depth = before


def about_to_tell(ctx: Context, name: str) -> None:
    """Somebody is about to send it. Raises ``AnswersWithoutEnd`` where answers have led to answers for too long."""
    echo = _echo(ctx)
    if echo.depth < _FREE:
        return
    echo.count += 1
    if echo.count > MAX_ANSWERS:
        raise AnswersWithoutEnd(processes=" and ".join(sorted(echo.processes)), name=name, most=MAX_ANSWERS)


def _at(ctx: Context, depth: int, deed: Deed) -> None:
    """Do it as far down as it was called for."""
    echo = _echo(ctx)
    echo.depth, before = depth, echo.depth
    try:
        deed()
    finally:
        echo.depth = before


def _echo(ctx: Context) -> _Echo:
    found: _Echo | None = ctx.memo.get("echo")
    if found is None:
        found = ctx.memo["echo"] = _Echo()
    return found


def _under_way(ctx: Context) -> dict[int, list[Deed]]:
    """The matters whose machines are in memory now, each with what came meanwhile."""
    found: dict[int, list[Deed]] = ctx.memo.setdefault("stepping", {})
    return found


def _ahead(ctx: Context) -> dict[int, _Ahead]:
    found: dict[Any, _Ahead] = ctx.memo.setdefault("ahead", {})
    return found
