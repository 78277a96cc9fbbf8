"""Frames: how a process or subprocess begins, and when it is over."""

from typing import Any

from engine.workflow.spiff import waiting
from engine.workflow.spiff.data import context, deliver, evaluate, plain, visible
from engine.workflow.spiff.diagram import Element, Formula, Handover
from engine.workflow.spiff.flows import leave
from engine.workflow.spiff.tokens import (
    COMPLETED,
    STARTED,
    Entry,
    Frame,
    Halt,
    Inner,
    Kept,
    Token,
    clear,
    stand,
)

MAX_DEPTH = 40
"""Frames inside each other: twenty subprocesses may be drawn, and calls come on top; a call of oneself ends here."""


def open_frame(owner: Token) -> None:
    """Opens what a subprocess, an event subprocess or a call activity holds, and begins it."""
    run = owner.top
    inner = Inner(owner, run.spec_inside(owner.element))
    if inner.depth > MAX_DEPTH:
        raise Halt(f"processes call each other more than {MAX_DEPTH} deep")
    if owner.element.kind == "callActivity":
        inner.variables = _handed_in(owner)
    owner._set_state(STARTED)
    run.subprocesses[owner.id] = inner
    inner.plant(run.tick())
    begin(inner, owner.start)


def begin(frame: Frame, start: str | None = None) -> None:
    """Sets the listeners of a frame and starts it: at one start event, or at every one that needs no trigger."""
    waiting.listen(frame)
    for event in _starts(frame, start):
        token = frame.add(event.id, state=COMPLETED)
        token.entered_at = token.top.now
        token.top.note("entered", token)
        leave(token)


def begin_triggered(frame: Frame, start: str, letter: Kept | None) -> None:
    """Begins an instance at the start event whose trigger has come: a message or a signal, or without one its time. What
    that brings is there before anything of the instance is worked out."""
    token = frame.add(start, state=COMPLETED)
    token.entered_at = token.top.now
    token.top.note("entered", token)
    if letter is None:
        token.top.note("fired", token)
    else:
        token.top.note("received", token, note=letter.name)
    deliver(token, letter.data if letter else {})
    waiting.listen(frame)
    leave(token)


def _starts(frame: Frame, start: str | None) -> list[Element]:
    starts = frame.spec.scope.starts
    if start is not None:
        return [event for event in starts if event.id == start]
    return [event for event in starts if not event.events] or list(starts[:1])


def _handed_in(owner: Token) -> dict[str, Any]:
    """The variables a called process begins with: what is mapped, and nothing else."""
    given: dict[str, Any] = {}
    for handover in owner.element.handovers:
        if handover.inward and handover.everything:
            given.update(visible(owner))
        elif handover.inward and handover.target:
            given[handover.target] = _source(handover, owner)
    return given


def _handed_out(frame: Frame) -> dict[str, Any]:
    """What a called process gives back, as seen at its end; of a subprocess nothing, it shares its variables."""
    assert frame.owner is not None
    given: dict[str, Any] = {}
    for handover in frame.owner.element.handovers:
        if handover.inward:
            continue
        if handover.everything:
            given.update(frame.variables)
        elif handover.target:
            given[handover.target] = _source(handover, frame.task_tree)
    return given


def _source(handover: Handover, at: Token) -> Any:
    if isinstance(handover.source, Formula):
        return evaluate(handover.source, at)
    return plain(context(at).get(handover.source or ""))


def look_at(frame: Frame) -> None:
    """Ends a frame in which nothing lives any more but listeners."""
    if not frame.completed and all(token.listening for token in frame.open.values()):
        finish(frame)


def finish(frame: Frame) -> None:
    """Ends a frame and completes the activity that opened it; what still lives in it is cancelled."""
    owner = frame.owner
    run = frame.top
    if owner is None:
        clear(frame)
        run.trace.append(Entry(run.now, "ended", run.process.id, process=run.process.id))
        return
    try:
        deliver(owner, _handed_out(frame))
    except Halt as halt:
        stand(owner, str(halt), "closing")
        return
    clear(frame)
    run.subprocesses.pop(owner.id, None)
    owner.complete()
