"""Complaints about what leads where: flows, ways to an end, events in places where they mean something."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.workflow.problems import Problem
from engine.workflow.spiff.diagram import THROWING, Element, Event, Process, Scope

_START: Final = frozenset({"message", "timer", "signal", "conditional"})
_ALLOWED: Final = {
    "startEvent": _START,
    "intermediateCatchEvent": _START | {"link"},
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation", "link", "compensate"}),
    "endEvent": frozenset({"message", "signal", "error", "escalation", "terminate", "cancel", "compensate"}),
    "boundaryEvent": _START | {"error", "escalation", "cancel", "compensate"},
}
_INTERRUPTING_STARTS: Final = _START | {"error", "escalation"}
_NEEDS_NAME: Final = ("message", "signal", "link")
_CHOOSING: Final = ("exclusiveGateway", "inclusiveGateway")
_RACERS: Final = ("intermediateCatchEvent", "receiveTask")


def complaints(process: Process) -> Iterator[Problem]:
    for scope in process.scopes.values():
        yield from _flows(scope)
        yield from _starts(process, scope)
        yield from _ways(process, scope)
        for element in scope.elements.values():
            yield from _element(process, scope, element)


def _error(element: str, code: str, message: str) -> Problem:
    return Problem(element, "error", code, f"{element}: {message}")


def _warning(element: str, code: str, message: str) -> Problem:
    return Problem(element, "warning", code, f"{element}: {message}")


# ---- flows


def _flows(scope: Scope) -> Iterator[Problem]:
    for flow in scope.flows:
        for end in (flow.source, flow.target):
            if end not in scope.elements:
                reason = f"it leads from or to {end}, which is not in {scope.id}" if end else "one end of it is loose"
                yield _error(flow.id, "dangling_flow", f"{reason}.")
        target = scope.elements.get(flow.target)
        if target is not None and target.kind in ("startEvent", "boundaryEvent"):
            yield _error(flow.id, "dangling_flow", f"no flow may lead to {flow.target}.")
        source = scope.elements.get(flow.source)
        if source is not None and source.kind == "endEvent":
            yield _error(flow.id, "dangling_flow", f"no flow may lead from {flow.source}.")


def _element(process: Process, scope: Scope, element: Element) -> Iterator[Problem]:
    yield from _conditions(element)
    yield from _reached(element)
    yield from _events(process, scope, element)
    yield from _loop(element)
    if element.attached_to is not None or element.kind == "boundaryEvent":
        yield from _attached(scope, element)
    if element.kind == "eventBasedGateway":
        yield from _race(scope, element)
    if element.event_subprocess:
        yield from _event_subprocess(process, element)


def _conditions(element: Element) -> Iterator[Problem]:
    if element.default is not None and element.default not in (flow.id for flow in element.flows):
        yield _error(element.id, "dangling_flow", f"its default flow {element.default} does not leave it.")
    asked = element.kind not in ("parallelGateway", "eventBasedGateway")
    for flow in element.flows:
        if element.kind in _CHOOSING and len(element.flows) > 1 and flow.condition is None and not flow.default:
            yield _error(flow.id, "no_condition", "it has no condition and is not the default flow.")
        if flow.condition is not None and (flow.default or not asked):
            yield _warning(flow.id, "ignored", "its condition is never asked.")


def _reached(element: Element) -> Iterator[Problem]:
    starts_alone = element.kind in ("startEvent", "boundaryEvent") or element.event_subprocess
    by_link = element.kind == "intermediateCatchEvent" and any(event.kind == "link" for event in element.events)
    if not element.incoming and not starts_alone and not by_link and not element.for_compensation:
        yield _warning(element.id, "unreachable", "nothing leads to it, so it is never reached.")
    if element.event_subprocess and (element.incoming or element.flows):
        yield _error(element.id, "dangling_flow", "an event subprocess has no flows.")
    if element.for_compensation and (element.incoming or element.flows):
        yield _error(element.id, "dangling_flow", "a compensation handler has no flows.")


# ---- starts and ends


def _starts(process: Process, scope: Scope) -> Iterator[Problem]:
    yield from _begun_twice(process, scope)
    if not scope.starts:
        yield _error(scope.id, "no_start", "it has no start event.")
    plain = [start for start in scope.starts if not start.events]
    if len(plain) > 1:
        names = ", ".join(start.id for start in plain)
        yield _warning(scope.id, "several_starts", f"it begins at all of {names} at once.")
    owner = _owner(process, scope)
    for start in scope.starts:
        if owner is None and any(event.kind == "conditional" for event in start.events):
            yield _error(
                start.id,
                "not_run",
                "before a matter has begun there is no data a condition could watch; begin by a message, a signal or a time.",
            )
        if start.events and owner is not None and not owner.event_subprocess:
            yield _error(start.id, "not_run", "a subprocess begins when it is reached; its start has no trigger.")


def _begun_twice(process: Process, scope: Scope) -> Iterator[Problem]:
    """One message, or one signal, begins a process at one place."""
    seen: set[tuple[str, str | None]] = set()
    for start in scope.starts if _owner(process, scope) is None else ():
        for event in start.events:
            if event.kind not in ("message", "signal"):
                continue
            if (event.kind, event.name) in seen:
                yield _error(
                    start.id, "not_run", f"another start event begins with the {event.kind} {event.name} already."
                )
            seen.add((event.kind, event.name))


def _ways(process: Process, scope: Scope) -> Iterator[Problem]:
    """A cycle nothing leads out of. What can be interrupted from outside may go round until it is."""
    owner = _owner(process, scope)
    hanging = [] if owner is None else [_outer(process, scope).elements[name] for name in owner.boundary]
    if any(event.interrupting for event in [*hanging, *_interrupters(process, scope)]):
        return
    leaving = _leading_out(scope)
    for element in scope.elements.values():
        if element.id not in leaving and element.kind != "boundaryEvent":
            yield _error(element.id, "no_way_to_an_end", "no way leads from it to an end.")


def _leading_out(scope: Scope) -> set[str]:
    """The elements from which an end can be reached, worked out backwards from the ends."""
    ahead = {element.id: set(_next(scope, element)) for element in scope.elements.values()}
    leaving = {name for name, following in ahead.items() if not following}
    while True:
        more = {name for name, following in ahead.items() if name not in leaving and following & leaving}
        if not more:
            return leaving
        leaving |= more


def _next(scope: Scope, element: Element) -> Iterator[str]:
    yield from (flow.target for flow in element.flows if flow.target in scope.elements)
    yield from (name for name in element.boundary if scope.elements[name].flows)
    if element.kind == "intermediateThrowEvent":
        yield from (scope.links[event.name] for event in element.events if event.name in scope.links)


def _interrupters(process: Process, scope: Scope) -> Iterator[Element]:
    for element in scope.event_subprocesses:
        yield from process.scopes[element.id].starts


def _owner(process: Process, scope: Scope) -> Element | None:
    return None if scope.outer is None else _outer(process, scope).elements[scope.id]


def _outer(process: Process, scope: Scope) -> Scope:
    assert scope.outer is not None
    return process.scopes[scope.outer]


# ---- events


def _events(process: Process, scope: Scope, element: Element) -> Iterator[Problem]:
    for event in element.events:
        yield from _event(process, scope, element, event)
    if sum(event.kind == "timer" for event in element.events) > 1:
        yield _error(element.id, "not_run", "it waits for two times; draw two events.")
    if element.kind in ("intermediateCatchEvent", "boundaryEvent") and not element.events:
        yield _error(element.id, "not_run", "it does not say what it waits for.")
    if element.kind == "receiveTask" and not element.events:
        yield _error(element.id, "not_run", "it names no message.")


def _event(process: Process, scope: Scope, element: Element, event: Event) -> Iterator[Problem]:
    allowed: Mapping[str, Iterable[str]] = _ALLOWED
    if element.kind in allowed and event.kind not in _allowed_here(process, scope, element):
        yield _error(element.id, "not_run", f"no {event.kind} event can stand here.")
        return
    if event.kind in _NEEDS_NAME and event.name is None and event.operation is None:
        yield _error(element.id, "not_run", f"it names no {event.kind}.")
    if element.kind in THROWING and event.kind in ("error", "escalation") and event.name is None:
        yield _error(element.id, "not_run", f"it names no {event.kind}.")
    if not event.declared:
        yield _warning(element.id, "unknown_reference", f"{event.reference} is not declared in the file.")
    if event.kind == "conditional" and event.condition is None:
        yield _error(element.id, "no_condition", "it has no condition.")
    if event.kind == "timer" and event.timing is None:
        yield _error(element.id, "bad_expression", "its timer says no time.")
    if event.kind == "link":
        yield from _link(scope, element, event)
    if event.kind == "error" and not element.interrupting:
        yield _error(element.id, "not_run", "an error always interrupts.")
    if event.kind == "cancel" and not _in_transaction(process, scope, element):
        yield _error(element.id, "not_run", "a cancel event belongs to a transaction.")
    if event.kind == "cancel" and element.kind == "endEvent":
        yield from _cancelled(process, scope, element)
    if event.kind in ("cancel", "compensate") and element.kind in THROWING:
        if len(element.events) > 1:
            yield _error(element.id, "not_run", f"a {event.kind} event does nothing else; draw two events.")
        yield from _compensation(process, scope, element, event)


def _allowed_here(process: Process, scope: Scope, element: Element) -> frozenset[str]:
    owner = _owner(process, scope)
    if element.kind == "startEvent" and owner is not None and owner.event_subprocess:
        return _INTERRUPTING_STARTS
    return _ALLOWED[element.kind]


def _link(scope: Scope, element: Element, event: Event) -> Iterator[Problem]:
    if element.kind == "intermediateThrowEvent" and event.name not in scope.links:
        yield _error(element.id, "dangling_flow", f"nothing catches the link {event.name} in {scope.id}.")
    if element.kind == "intermediateThrowEvent" and element.flows:
        yield _error(element.id, "dangling_flow", "a link goes on at its catch, not by a flow.")
    if element.kind == "intermediateCatchEvent" and scope.links.get(event.name) != element.id:
        yield _error(element.id, "not_run", f"the link {event.name} is caught twice.")


def _in_transaction(process: Process, scope: Scope, element: Element) -> bool:
    if element.kind == "boundaryEvent":
        host = scope.elements.get(element.attached_to or "")
        return host is not None and host.kind == "transaction"
    owner = _owner(process, scope)
    return owner is not None and owner.kind == "transaction"


def _cancelled(process: Process, scope: Scope, element: Element) -> Iterator[Problem]:
    owner = _owner(process, scope)
    hanging = [] if owner is None else [_outer(process, scope).elements[name] for name in owner.boundary]
    if not any(event.kind == "cancel" for boundary in hanging for event in boundary.events):
        yield _error(element.id, "not_run", f"nothing catches the cancellation of {scope.id}.")


def _compensation(process: Process, scope: Scope, element: Element, event: Event) -> Iterator[Problem]:
    """It undoes what was completed beside it; it does not reach into subprocesses that are over."""
    while (owner := _owner(process, scope)) is not None and owner.event_subprocess:
        scope = _outer(process, scope)
    activity = scope.elements.get(event.name or "")
    if event.name is not None and (activity is None or not _compensable(scope, activity)):
        yield _error(element.id, "not_run", f"{event.name} is no activity of {scope.id} with a compensation handler.")
    for inner in process.scopes.values():
        holds = any(_compensable(inner, each) for each in inner.elements.values())
        if event.name is None and holds and _lies_in(process, inner, scope):
            yield _error(element.id, "not_run", f"compensation does not reach into {inner.id}; name the activity.")


def _compensable(scope: Scope, activity: Element) -> bool:
    hanging = (scope.elements[name] for name in activity.boundary)
    return any(event.kind == "compensate" for boundary in hanging for event in boundary.events)


def _lies_in(process: Process, inner: Scope, outer: Scope) -> bool:
    around = inner.outer
    while around is not None and around != outer.id:
        around = process.scopes[around].outer
    return around is not None


def _attached(scope: Scope, element: Element) -> Iterator[Problem]:
    host = scope.elements.get(element.attached_to or "")
    if host is None or not host.activity or host.event_subprocess:
        yield _error(element.id, "dangling_flow", f"it hangs on {element.attached_to}, which is no activity here.")
    compensates = any(event.kind == "compensate" for event in element.events)
    handler = scope.elements.get(element.handler or "")
    if compensates and (handler is None or not handler.for_compensation):
        yield _error(element.id, "not_run", "it is not associated with a compensation handler beside it.")
    if compensates and element.flows:
        yield _error(element.id, "dangling_flow", "a compensation event has an association and no flow.")


def _race(scope: Scope, gateway: Element) -> Iterator[Problem]:
    for flow in gateway.flows:
        target = scope.elements.get(flow.target)
        if target is not None and not _can_race(target):
            reason = f"{flow.target} is no message, signal, time or condition to wait for"
            yield _error(gateway.id, "not_run", f"{reason}.")


def _can_race(element: Element) -> bool:
    if element.kind not in _RACERS or element.loop is not None or element.boundary:
        return False
    return all(event.kind != "link" for event in element.events)


def _event_subprocess(process: Process, element: Element) -> Iterator[Problem]:
    starts = process.scopes[element.id].starts
    if len(starts) != 1 or len(starts[0].events) != 1:
        yield _error(element.id, "not_run", "an event subprocess has one start event with one trigger.")
    if element.loop is not None:
        yield _error(element.id, "not_run", "an event subprocess is run once for each event, not for a list.")


# ---- loops


def _loop(element: Element) -> Iterator[Problem]:
    loop = element.loop
    if loop is None:
        return
    if loop.many and loop.collection is None and loop.cardinality is None:
        yield _error(element.id, "not_run", "it does not say for what, or how often, it is done.")
    if not loop.many and loop.condition is None and loop.maximum is None:
        yield _error(element.id, "no_condition", "it would loop for ever; give a condition or a maximum.")
    if loop.maximum is not None and not (loop.maximum.isascii() and loop.maximum.isdigit() and int(loop.maximum) > 0):
        yield _error(element.id, "bad_expression", f"{loop.maximum} is no number of rounds.")
