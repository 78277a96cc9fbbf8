"""A stored instance moved under another version of its diagram, token by token, everything it has kept its age.

Tokens stand in the new diagram where they stood in the old one, or where a map of element ids says. Their timers, the
people they wait for and what is open stay as they are; what the new version draws anew on an element that is entered
already is not added to it. History the new version has no element for is forgotten, so a return does not lead there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.workflow.spiff.diagram import Element, Loop
from engine.workflow.spiff.joins import JOINS
from engine.workflow.spiff.specification import Specification
from engine.workflow.spiff.tokens import Frame, Run, Token


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a token cannot be moved: its element, a stable code and one English sentence."""

    element: str
    code: str
    message: str


def obstacles(run: Run, new: Specification, names: Mapping[str, str]) -> list[Obstacle]:
    """Everything that stands against moving an instance under ``new``; ``names`` maps element ids of its own process."""
    if new.process != run.process.id:
        return [Obstacle(run.process.id, "other_process", f"The new version is of the process {new.process}.")]
    found = [each for frame in run.frames for token in frame.open.values() for each in _against(token, new, names)]
    found += [each for frame in run.frames for each in _at_joins(frame, new, names)]
    return list(dict.fromkeys(found))


def transplant(run: Run, stored: bytes, new: Specification, names: Mapping[str, str]) -> bytes:
    """The state of an instance against which nothing stands, written for ``new``."""
    state = orjson.loads(stored)
    for frame, written in zip(run.frames, state["frames"], strict=True):
        _rewrite(frame, written, new, names)
    return orjson.dumps(state)


def _rewrite(frame: Frame, written: dict[str, Any], new: Specification, names: Mapping[str, str]) -> None:
    home = _scope(frame, new, names)
    assert home is not None
    renamed = names if _is_own(frame) else {}
    gone = {
        token["id"]: token.get("ups", [])
        for token in written["tokens"]
        if renamed.get(token["at"], token["at"]) not in home
    }
    written["tokens"] = [token for token in written["tokens"] if token["id"] not in gone]
    for token in written["tokens"]:
        token["at"] = renamed.get(token["at"], token["at"])
        if "ups" in token:
            token["ups"] = sorted(set(_beyond(token["ups"], gone)))
        for name in ("start",):
            if name in token:
                token[name] = renamed.get(token[name], token[name])
        if "handlers" in token:
            token["handlers"] = [[renamed.get(each, each) for each in token["handlers"][0]]]
    written["visits"] = {renamed.get(name, name): count for name, count in written["visits"].items()}
    written["compensable"] = [renamed.get(name, name) for name in written["compensable"]]


def _beyond(ups: list[int], gone: Mapping[int, list[int]]) -> Iterator[int]:
    """What a token came from, looking through what is forgotten."""
    for up in ups:
        if up in gone:
            yield from _beyond(gone[up], gone)
        else:
            yield up


def _against(token: Token, new: Specification, names: Mapping[str, str]) -> Iterator[Obstacle]:
    old, scope = token.element, _scope(token.frame, new, names)
    name = names.get(old.id, old.id) if _is_own(token.frame) else old.id
    drawn = scope.get(name) if scope is not None else None
    if drawn is None:
        yield Obstacle(
            old.id, "no_target", f"The new version has no {name} in the same place; say what it is to become."
        )
        return
    if (drawn.kind, _shape(drawn.loop), drawn.event_subprocess) != (old.kind, _shape(old.loop), old.event_subprocess):
        yield Obstacle(old.id, "other_kind", f"{name} is done in another way there than {old.id} is here.")
    if old.called != drawn.called:
        yield Obstacle(old.id, "other_process", f"{name} calls {drawn.called} there.")
    if token.awaits and not old.event_subprocess and _events(old) != _events(drawn):
        yield Obstacle(old.id, "other_event", f"{name} waits for something else there.")
    if token.listening and token.host is not None and not _hangs_alike(token, drawn, names):
        yield Obstacle(old.id, "other_host", f"{name} hangs on another element there, or interrupts it otherwise.")


def _at_joins(frame: Frame, new: Specification, names: Mapping[str, str]) -> Iterator[Obstacle]:
    """A join knows who has come by the flow; those it has let through may have to wait there again after a return."""
    renamed = names if _is_own(frame) else {}
    scope = _scope(frame, new, names) or {}
    before, after = _sources(frame.elements()), _sources(scope)
    for token in frame.tasks.values():
        name = renamed.get(token.element.id, token.element.id)
        if token.element.kind not in JOINS or token.flow is None or name not in scope:
            continue
        source = before[token.flow]
        if token.flow not in scope[name].incoming or after[token.flow] != renamed.get(source, source):
            message = f"The flow {token.flow} by which a token has come from {source} does not lead to {name} there."
            yield Obstacle(token.element.id, "no_flow", message)


def _sources(scope: Mapping[str, Element]) -> dict[str, str]:
    return {flow.id: element.id for element in scope.values() for flow in element.flows}


def _hangs_alike(token: Token, drawn: Element, names: Mapping[str, str]) -> bool:
    host = token.element.attached_to or ""
    renamed = names.get(host, host) if _is_own(token.frame) else host
    return (drawn.attached_to, drawn.interrupting) == (renamed, token.element.interrupting)


def _scope(frame: Frame, new: Specification, names: Mapping[str, str]) -> Mapping[str, Element] | None:
    """The elements that take the place of a frame's in the new version."""
    owner = frame.owner
    if owner is None:
        return new.processes[new.process].scopes[new.process].elements
    if owner.element.kind == "callActivity":
        called = new.processes.get(owner.element.called or "")
        return called.scopes[called.id].elements if called else None
    process = new.processes.get(owner.element.process)
    inside = names.get(owner.element.id, owner.element.id) if _is_own(owner.frame) else owner.element.id
    scope = process.scopes.get(inside) if process else None
    return scope.elements if scope else None


def _is_own(frame: Frame) -> bool:
    """Whether a frame runs in the instance's own process, whose elements the map names."""
    return frame.spec.scope.process == frame.top.process.id and frame.home is frame.top


def _shape(loop: Loop | None) -> tuple[bool, bool] | None:
    return None if loop is None else (loop.many, loop.sequential)


def _events(element: Element) -> list[tuple[str, str | None]]:
    return [(event.kind, event.name) for event in element.events]
