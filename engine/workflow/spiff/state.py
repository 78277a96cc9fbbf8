"""An instance as bytes, and back: where its tokens stand and what its variables hold, without the diagram.

JSON. What people entered is one text inside it, in FEEL's own lossless notation, so that no name a form may use can be
mistaken for something else.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from engine import feel
from engine.errors import Broken
from engine.workflow.spiff.diagram import Element
from engine.workflow.spiff.history import hang, prune
from engine.workflow.spiff.moments import LOCAL, Timer
from engine.workflow.spiff.tokens import Facts, Frame, Inner, Kept, Many, Run, Standing, Token
from engine.workflow.spiff.waiting import starting_event

FORMAT: Final = 1


class UnknownState(Broken):
    """The stored state of an instance cannot be read: {reason}."""

    code = "unknown_state"


def dump(run: Run) -> bytes:
    """The state, with what no return can need forgotten."""
    for frame in run.frames:
        prune(frame)
    frames = run.frames
    values = {
        "variables": [frame.variables for frame in frames],
        "tokens": {str(token.id): kept for token in run.tokens() if (kept := _values(token))},
        "kept": [dict(message.data) for message in run.kept],
    }
    return orjson.dumps(
        {
            "format": FORMAT,
            "process": run.process.id,
            "counter": run.counter,
            "suspended": run.suspended,
            "now": run.now.isoformat(),
            "kept": [[message.name, message.key] for message in run.kept],
            "frames": [_frame(frame) for frame in frames],
            "values": feel.dumps(values),
        }
    )


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "owner": frame.owner.id if frame.owner else None,
        "root": frame.task_tree.id,
        "completed": frame.completed,
        "visits": frame.visits,
        "compensable": frame.compensable,
        "tokens": [_token(token) for token in frame.tasks.values() if token is not frame.task_tree],
    }


def _token(token: Token) -> dict[str, Any]:
    """Where it stands; of a finished token only what its history is made of."""
    written: dict[str, Any] = {"id": token.id, "at": token.element.id, "state": token._state}
    written |= {name: value for name, value in _history(token) if value}
    if token.live:
        written |= {name: value for name, value in _life(token) if value}
    return written


def _history(token: Token) -> Iterable[tuple[str, Any]]:
    yield "order", token.order if token.order != token.id else None
    yield "flow", token.flow
    yield "ups", token.ups
    yield "body", token.body


def _life(token: Token) -> Iterable[tuple[str, Any]]:
    yield "host", token.host
    yield "listening", token.listening
    yield "listeners", token.listeners
    yield "waits", bool(token.awaits)
    yield "timer", token.timer and _timer(token.timer)
    yield "key", token.key
    yield "true", token.was_true
    yield "gate", token.gate
    yield "item", token.item
    yield "many", token.many and _many(token.many)
    yield "handlers", None if token.handlers is None else [token.handlers]
    yield "asked_by", token.asked_by
    yield "start", token.start
    yield "facts", token.facts and _facts(token.facts)
    yield "standing", token.standing and [*token.standing]
    yield "visits", token.visits
    yield "entered", token.entered_at and token.entered_at.isoformat()


def _values(token: Token) -> dict[str, Any]:
    """What a living token holds of people's own values."""
    kept: dict[str, Any] = {
        "local": token.local,
        "items": token.many.items if token.many else None,
        "properties": token.facts.properties if token.facts else None,
        "inputs": token.facts.inputs if token.facts else None,
    }
    return {name: value for name, value in kept.items() if value}


def _timer(timer: Timer) -> list[Any]:
    anchor = timer.anchor and timer.anchor.isoformat()
    return [timer.due.isoformat(), timer.left, timer.every, anchor, timer.step]


def _many(many: Many) -> list[Any]:
    counted = [many.next, many.done, many.cancelled, many.removed, many.live]
    return [*counted, many.votes] if many.votes else counted


def _facts(facts: Facts) -> list[Any]:
    return [facts.candidates, facts.assignee, facts.due and facts.due.isoformat()]


def load(run: Run, state: bytes) -> None:
    """Fills a new run, whose clock is left alone; ``run.moved`` is when it was put away.

    Raises ``UnknownState``, also where the diagram no longer has an element a token stands on.
    """
    try:
        stored = orjson.loads(state)
        values = feel.loads(stored["values"])
    except (ValueError, KeyError, TypeError, feel.Unusable) as error:
        raise UnknownState(reason=str(error)) from error
    if stored.get("format") != FORMAT or stored.get("process") != run.process.id:
        raise UnknownState(reason=f"format {stored.get('format')} of process {stored.get('process')}")
    run.counter = stored["counter"]
    run.moved = _moment(stored.get("now"))
    run.suspended = stored["suspended"]
    run.kept = [Kept(name, key, data) for (name, key), data in zip(stored["kept"], values["kept"], strict=True)]
    for written, variables in zip(stored["frames"], values["variables"], strict=True):
        frame = _opened(run, written)
        frame.variables = variables
        _fill(frame, written, values["tokens"])


def _opened(run: Run, written: Mapping[str, Any]) -> Frame:
    """The frame itself; the one it was opened in has been read before."""
    if written["owner"] is None:
        return run
    owner = next(frame.tasks[written["owner"]] for frame in reversed(run.frames) if written["owner"] in frame.tasks)
    inner = Inner(owner, run.spec_inside(owner.element))
    run.subprocesses[owner.id] = inner
    return inner


def _fill(frame: Frame, written: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    frame.completed = written["completed"]
    frame.visits = written["visits"]
    frame.compensable = written["compensable"]
    frame.plant(written["root"])
    for token in written["tokens"]:
        _restore(frame, token, values.get(str(token["id"]), {}))
    hang(frame)


def _restore(frame: Frame, written: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    if written["at"] not in frame.spec.task_specs:
        raise UnknownState(reason=f"the diagram has no element {written['at']}")
    token = Token(frame, frame.spec.task_specs[written["at"]], frame.task_tree, written["state"], written["id"])
    get = written.get
    token.order = get("order", token.id)
    token.flow = get("flow")
    token.ups = get("ups", [])
    token.body = get("body")
    if not token.live:
        return
    token.host = get("host")
    token.listening = get("listening", False)
    token.listeners = tuple(get("listeners", ()))
    token.awaits = _drawn(token).events if get("waits") else ()
    token.timer = _read_timer(*written["timer"]) if get("timer") else None
    token.key = get("key")
    token.was_true = get("true", False)
    token.gate = get("gate")
    token.item = get("item")
    token.many = Many(values.get("items", []), *written["many"]) if get("many") else None
    token.handlers = get("handlers", [None])[0]
    token.asked_by = get("asked_by")
    token.start = get("start")
    token.facts = _read_facts(written["facts"], values) if get("facts") else None
    token.standing = Standing(*written["standing"]) if get("standing") else None
    token.visits = get("visits", 0)
    token.entered_at = _moment(get("entered"))
    token.local = values.get("local", {})


def _drawn(token: Token) -> Element:
    return starting_event(token) if token.element.event_subprocess else token.element


def _read_timer(due: str, left: int | None, every: str | None, anchor: str | None, step: int) -> Timer:
    instant = _moment(due)
    assert instant is not None
    return Timer(instant, left, every, _moment(anchor), step)


def _read_facts(written: list[Any], values: Mapping[str, Any]) -> Facts:
    candidates, assignee, due = written
    return Facts(tuple(candidates), assignee, _moment(due), values.get("properties", {}), values.get("inputs", {}))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(LOCAL)
