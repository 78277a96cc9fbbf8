"""Waiting: what a token waits for, who waits for what, and the messages that came too early."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from engine.workflow.spiff import moments
from engine.workflow.spiff.data import plain, resolve
from engine.workflow.spiff.diagram import Element, Event, Formula
from engine.workflow.spiff.tokens import WAITING, Frame, Halt, Kept, Run, Token

_FROM_OUTSIDE: Final = frozenset({"timer", "message", "signal", "conditional"})


@dataclass(frozen=True, slots=True)
class Wait:
    """Something an instance waits for: a time, a message, a signal or a condition."""

    #: The waiting token. It stays the same for as long as the wait does.
    id: str
    kind: str
    element: str
    #: Name of the message or signal, code of the error or escalation.
    name: str | None
    key: str | None
    due: datetime | None
    #: Whether a message that came before it may serve it: a catch, not a boundary event nor an event subprocess.
    takes_early: bool


def starting_event(token: Token) -> Element:
    """The start event of the event subprocess a token stands for."""
    scope = token.top.processes[token.element.process].scopes[token.element.id]
    return scope.starts[0]


def wait(token: Token, drawn: Element, at: Token) -> None:
    """Makes a token wait for the events drawn on an element, worked out as seen from ``at``. Raises ``Halt``."""
    for event in drawn.events:
        if event.kind == "timer":
            token.timer = started(event, at)
        elif event.kind == "message" and drawn.key is not None:
            token.key = key_text(resolve(drawn.key, at))
            if token.key is None:
                raise Halt(f"the correlation key {drawn.key} is null")
    token.awaits = drawn.events
    token.order = token.top.tick()
    token._set_state(WAITING)


def started(event: Event, at: Token) -> moments.Timer:
    run = at.top
    try:
        return moments.timer(event.timing or "date", resolve(event.when, at), run.now, run.host.add_workdays)
    except moments.NoMoment as error:
        raise Halt(f"{event.when}: {error}") from error


def key_text(value: Any) -> str | None:
    """A correlation key as text, so that 17 from a form and 17 from a table are one key."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    return str(value)


def key_of(start: Element, content: Mapping[str, Any], now: datetime) -> str | None:
    """The correlation key drawn on a start event, worked out of what a message brings: nothing else is there yet."""
    value = start.key
    return key_text(plain(value.expression.evaluate(content, now=now)) if isinstance(value, Formula) else value)


def start_timer(event: Event, now: datetime, add_workdays: moments.AddWorkdays) -> moments.Timer:
    """The timer of a start event as of the moment from which it counts. There is no matter yet, so an expression knows
    nothing but the time. Raises ``NoMoment``, and whatever an expression does."""
    local, when = now.astimezone(moments.LOCAL), event.when
    value = plain(when.expression.evaluate({}, now=local)) if isinstance(when, Formula) else when
    return moments.timer(event.timing or "date", value, local, add_workdays)


def listen(frame: Frame) -> None:
    """Every event subprocess of a frame that has no listener yet gets one."""
    heard = {token.element.id for token in frame.open.values() if token.listening}
    for element in frame.spec.scope.event_subprocesses:
        if element.id not in heard:
            listener = frame.add(element.id)
            listener.listening = True
            wait(listener, starting_event(listener), listener)


def listen_around(activity: Token) -> None:
    """The boundary events of an activity that has just been entered."""
    for boundary in activity.element.boundary:
        drawn = activity.frame.elements()[boundary]
        if any(event.kind == "compensate" for event in drawn.events):
            continue
        listener = activity.frame.add(boundary, ups=(activity.id,))
        listener.listening = True
        listener.host = activity.id
        activity.listeners += (listener.id,)
        wait(listener, drawn, activity)


def waiters(run: Run, kind: str, name: str | None) -> list[Token]:
    """Who waits for it, the longest first."""
    found = (token for token in run.tokens() if token._state == WAITING and _names(token, kind, name))
    return sorted(found, key=lambda token: token.order)


def _names(token: Token, kind: str, name: str | None) -> bool:
    return any(event.kind == kind and event.name == name for event in token.awaits)


def fits(token: Token, key: str | None) -> bool:
    """Who waits without a key takes any message of that name; who waits with one, only its own."""
    return token.key is None or token.key == key


def takers(run: Run, name: str, key: str | None) -> list[Token]:
    return [token for token in waiters(run, "message", name) if fits(token, key)]


def early_message(token: Token) -> Kept | None:
    """The oldest kept message a token that begins to wait may take; it is taken off the shelf."""
    for kept in token.top.kept:
        if _names(token, "message", kept.name) and fits(token, kept.key):
            token.top.kept.remove(kept)
            return kept
    return None


def waits(run: Run) -> Iterator[Wait]:
    """Everything the instance waits for that can come from outside it; errors and escalations come from inside."""
    for token in run.tokens():
        if token._state != WAITING:
            continue
        element = starting_event(token).id if token.element.event_subprocess else token.element.id
        for event in token.awaits:
            if event.kind not in _FROM_OUTSIDE:
                continue
            due = token.timer.due if event.kind == "timer" and token.timer else None
            key = token.key if event.kind == "message" else None
            yield Wait(str(token.id), event.kind, element, event.name, key, due, not token.listening)


def due_first(run: Run) -> Token | None:
    """The waiting token whose timer is due next, the older of two."""
    timed = (token for token in run.tokens() if token._state == WAITING and token.timer is not None)
    return min(timed, key=_due, default=None)


def _due(token: Token) -> tuple[datetime, int]:
    assert token.timer is not None
    return token.timer.due, token.order
