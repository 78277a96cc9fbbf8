"""Compensation: what has been completed is undone by its handlers, the latest first, one after the other.

What is compensated is what was completed in the frame of the event that asks for it (or, from an event subprocess, in
the frame around it), each completion once. The event goes on when the last handler is done.
"""

from engine.workflow.spiff.tokens import READY, STARTED, Frame, Token


def remember(activity: Token) -> None:
    """A completed activity that has a handler may be compensated later."""
    if _handler(activity.frame, activity.element.id) is not None:
        activity.frame.compensable.append(activity.element.id)


def compensate(token: Token, activity: str | None) -> bool:
    """Begins what an event asks for; True where nothing is left to compensate."""
    if token.handlers is None:
        frame = _concerned(token)
        done = [name for name in frame.compensable if activity in (None, name)]
        frame.compensable = [name for name in frame.compensable if name not in done]
        token.handlers = [handler for name in done if (handler := _handler(frame, name))]
    if not token.handlers:
        return True
    token._set_state(STARTED)
    _next(token)
    return False


def handled(handler: Token) -> None:
    """A handler is done: the next one begins, or the event that asked for them goes on."""
    asking = next((token for token in handler.top.tokens() if token.id == handler.asked_by), None)
    if asking is None:
        handler.top.agenda.append(handler.frame)
    elif asking.handlers:
        _next(asking)
    else:
        asking._set_state(READY)
        handler.top.agenda.append(asking)


def _next(asking: Token) -> None:
    assert asking.handlers
    frame = _concerned(asking)
    handler = frame.add(asking.handlers.pop(), ups=(asking.id,) if frame is asking.frame else ())
    handler.asked_by = asking.id
    asking.top.agenda.append(handler)


def _concerned(token: Token) -> Frame:
    frame = token.frame
    while frame.owner is not None and frame.owner.element.event_subprocess:
        frame = frame.owner.frame
    return frame


def _handler(frame: Frame, activity: str) -> str | None:
    elements = frame.elements()
    for boundary in elements[activity].boundary:
        if any(event.kind == "compensate" for event in elements[boundary].events):
            return elements[boundary].handler
    return None
