"""Events: what a hit does to whoever waited, and who is hit by what is thrown."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.workflow.spiff import moments
from engine.workflow.spiff.compensation import compensate
from engine.workflow.spiff.data import deliver, holds, resolve
from engine.workflow.spiff.diagram import Event
from engine.workflow.spiff.frames import finish, open_frame
from engine.workflow.spiff.host import Failure
from engine.workflow.spiff.tokens import COMPLETED, WAITING, Halt, Kept, Run, Token, close, stand
from engine.workflow.spiff.waiting import due_first, early_message, key_text, starting_event, takers, waiters

Data = Mapping[str, Any]


# ---- being hit


def hit(token: Token, data: Data | None = None) -> None:
    """What a token has waited for happens. What it brings becomes variables."""
    try:
        deliver(token, data or {})
    except Halt as halt:
        stand(token, str(halt), "working")
        return
    if token.element.kind == "boundaryEvent":
        _hit_boundary(token)
    elif token.element.event_subprocess:
        _hit_event_subprocess(token)
    else:
        win_race(token)
        token.complete()


def _hit_boundary(listener: Token) -> None:
    assert listener.host is not None
    host = listener.frame.token(listener.host)
    leaving = listener
    if _interrupts(listener):
        host.listeners = tuple(other for other in host.listeners if other != listener.id)
        close(host)
    else:
        leaving = listener.frame.add(listener.element.id, ups=listener.ups)
    leaving.listening = False
    leaving.entered_at = leaving.top.now
    leaving.complete()


def _interrupts(listener: Token) -> bool:
    """An error and a cancellation always end what they happen to, however the event is drawn."""
    return listener.element.interrupting or any(event.kind in ("error", "cancel") for event in listener.awaits)


def _hit_event_subprocess(listener: Token) -> None:
    """Interrupting, it takes the place of everything else in its frame; else it runs beside it and may run again."""
    start = starting_event(listener)
    running = listener
    if start.interrupting or any(event.kind == "error" for event in start.events):
        ended = [token for token in listener.frame.open.values() if token is not listener]
        running.ups = [token.id for token in ended if not token.listening]
        for token in ended:
            if token.live:
                close(token)
        running.listening, running.awaits, running.timer = False, (), None
    else:
        running = listener.frame.add(listener.element.id)
    running.start = start.id
    running.entered_at = running.top.now
    running.top.note("entered", running)
    try:
        open_frame(running)
    except Halt as halt:
        stand(running, str(halt), "working")


def win_race(token: Token) -> None:
    """Behind an event-based gateway the first to be hit ends the others."""
    if token.gate is None:
        return
    for other in list(token.frame.open.values()):
        if other.gate == token.gate and other is not token:
            close(other)


# ---- messages and signals


def message(run: Run, name: str, data: Data, key: str | None = None) -> bool:
    """Gives a message to whoever has waited for it longest, or keeps it; True when somebody took it."""
    for token in takers(run, name, key):
        run.note("received", token, note=name)
        hit(token, data)
        return True
    run.kept.append(Kept(name, key, dict(data)))
    return False


def take_early(token: Token) -> bool:
    """A token that has just begun to wait takes the oldest kept message that fits."""
    kept = early_message(token)
    if kept is None:
        return False
    token.top.note("received", token, note=kept.name)
    hit(token, kept.data)
    return True


def signal(run: Run, name: str, data: Data) -> int:
    """Reaches everyone who waits at this moment; how many there were."""
    reached = 0
    for token in waiters(run, "signal", name):
        if token._state == WAITING:
            run.note("received", token, note=name)
            hit(token, data)
            reached += 1
    return reached


# ---- throwing


def throw(token: Token) -> bool:
    """Everything an event throws, in turn; True where its token goes on afterwards."""
    return all(_throw(token, event) and token.live for event in token.element.events)


def _throw(token: Token, event: Event) -> bool:
    run = token.top
    match event.kind:
        case "terminate":
            end_here(token)
            finish(token.frame)
            return False
        case "link":
            following = token.frame.add(token.frame.spec.scope.links[event.name], ups=(token.id,))
            end_here(token)
            run.agenda.extend((following, token.frame))
            return False
        case "error":
            raise_error(token, event.name or "", _sent(token))
            return False
        case "escalation":
            _escalate(token, event)
        case "signal":
            _ask_host(token, event.name or "")
            run.note("sent", token, note=event.name)
            data = _sent(token)
            signal(run, event.name or "", data)
            run.host.signalled(event.name or "", data)
        case "message":
            post(run, written(token, event))
        case "compensate":
            return compensate(token, event.name)
        case "cancel":
            return _cancel_transaction(token)
    return True


def _cancel_transaction(token: Token) -> bool:
    """Ends everything else in the transaction, undoes what was completed in it, and leaves by its cancel event."""
    for other in list(token.frame.open.values()):
        if token.handlers is None and other is not token and other.live:
            close(other)
    if not compensate(token, None):
        return False
    owner = token.frame.owner
    assert owner is not None
    end_here(token)
    for identity in owner.listeners:
        listener = owner.frame.token(identity)
        if any(event.kind == "cancel" for event in listener.awaits):
            hit(listener)
            break
    return False


def end_here(token: Token) -> None:
    """Completes a token from which nothing goes on."""
    token._set_state(COMPLETED)
    token.top.note("completed", token)


def written(token: Token, event: Event) -> Kept:
    """The message that an event sends, ready to be posted. Raises ``Halt`` where it may not be."""
    letter = Kept(event.name or "", key_text(resolve(token.element.key, token)), _sent(token))
    if not takers(token.top, letter.name, letter.key):
        _ask_host(token, letter.name)
    token.top.note("sent", token, note=event.name)
    return letter


def _ask_host(token: Token, name: str) -> None:
    try:
        token.top.host.about_to_throw(name)
    except Failure as failure:
        raise Halt(failure.cause) from failure


def post(run: Run, letter: Kept) -> None:
    """A message goes to who waits inside, else outside, else it is kept for who will wait."""
    if takers(run, letter.name, letter.key) or not run.host.thrown(letter.name, letter.key, letter.data):
        message(run, letter.name, letter.data, letter.key)


def _sent(token: Token) -> dict[str, Any]:
    """What is sent along: the input parameters drawn on the element."""
    return {name: resolve(value, token) for name, value in token.element.inputs.items()}


# ---- errors and escalations: the nearest catcher, from the inside out


def raise_error(token: Token, error: str, data: Data) -> None:
    """Raises ``Halt`` where nobody catches it: an error nobody foresaw is an incident."""
    catcher = _catcher(token, "error", error)
    if catcher is None:
        raise Halt(f"nobody catches the error {error}")
    token.top.note("sent", token, note=error)
    if not token.element.activity:
        end_here(token)
    _caught(catcher, "error", error, data)


def _escalate(token: Token, event: Event) -> None:
    catcher = _catcher(token, "escalation", event.name or "")
    token.top.note("sent", token, note=event.name)
    if catcher is not None:
        _caught(catcher, "escalation", event.name or "", _sent(token))


def _caught(catcher: Token, kind: str, code: str, data: Data) -> None:
    event = next(event for event in catcher.awaits if event.kind == kind and event.name in (None, code))
    told = {event.code_variable: code, event.message_variable: data.get("message")}
    catcher.top.note("received", catcher, note=code)
    hit(catcher, {**data, **{name: value for name, value in told.items() if name}})


def _catcher(token: Token, kind: str, code: str) -> Token | None:
    """The nearest one: what hangs on the activity itself, then the event subprocesses beside it, then one further out.
    Of two equally near, the one that names the code."""
    for near in _circles(token):
        catching = [
            listener
            for listener in near
            if listener._state == WAITING
            and any(event.kind == kind and event.name in (None, code) for event in listener.awaits)
        ]
        named = [listener for listener in catching if any(event.name == code for event in listener.awaits)]
        if catching:
            return (named or catching)[0]
    return None


def _circles(token: Token) -> Iterator[list[Token]]:
    here: Token | None = token
    while here is not None:
        frame = here.frame
        yield [frame.token(identity) for identity in here.whole.listeners]
        yield [other for other in frame.open.values() if other.listening and other.element.event_subprocess]
        here = frame.owner


# ---- time and conditions


def fire_due(run: Run, to: datetime) -> bool:
    """Fires the timer that is due first, at its own instant; False when none is due by then."""
    token = due_first(run)
    if token is None or token.timer is None or token.timer.due > to:
        return False
    run.now = max(run.now, token.timer.due)
    token.timer = _rest(token.timer, run)
    run.note("fired", token)
    hit(token)
    if token.timer is None and token._state == WAITING and len(token.awaits) == 1:
        close(token)
    return True


def _rest(timer: moments.Timer, run: Run) -> moments.Timer | None:
    try:
        return moments.fired(timer, run.host.add_workdays)
    except moments.NoMoment:  # the calendar ends with the year 9999, and so does the cycle
        return None


def fire_conditions(run: Run) -> bool:
    """Looks whether a condition somebody waits for has become true; True when one has."""
    for token in run.tokens():
        conditions = [event.condition for event in token.awaits if event.kind == "conditional" and event.condition]
        if token._state != WAITING or not conditions:
            continue
        was_true = token.was_true
        try:
            token.was_true = any(holds(condition, token) for condition in conditions)
        except Halt as halt:
            stand(token, str(halt), "working")
            continue
        if token.was_true and not was_true:
            run.note("fired", token)
            hit(token)
            return True
    return False
