"""Gateways that wait for each other's tokens.

What has arrived waits at the gateway as a token of its own, with the flow it came by. When the gateway fires, the
arrivals are done and one new token comes out of them; so a firing can be told from its arrivals, and undone.
"""

from collections.abc import Iterator, Mapping

from engine.workflow.spiff.diagram import Element
from engine.workflow.spiff.specs import ScopeSpec
from engine.workflow.spiff.tokens import COMPLETED, WAITING, Frame, Run, Token

JOINS = ("parallelGateway", "inclusiveGateway")


def arrive(token: Token) -> bool:
    """A token reaches a parallel or inclusive gateway; True where it passes at once because it is the only way in."""
    if len(token.element.incoming) < 2:
        return True
    token._set_state(WAITING)
    token.order = token.top.tick()
    arrived = arrivals(token.frame, token.element)
    if arrived.keys() >= set(token.element.incoming):
        fire(token.frame, token.element, arrived)
    return False


def arrivals(frame: Frame, gateway: Element) -> dict[str | None, Token]:
    """Incoming flow -> the oldest token that waits at the gateway by it."""
    waiting = [token for token in frame.open.values() if token.element is gateway and token._state == WAITING]
    oldest: dict[str | None, Token] = {}
    for token in sorted(waiting, key=lambda token: token.order):
        oldest.setdefault(token.flow, token)
    return oldest


def fire(frame: Frame, gateway: Element, arrived: Mapping[str | None, Token]) -> None:
    for token in arrived.values():
        token._set_state(COMPLETED)
    firing = frame.add(gateway.id, ups=[token.id for token in arrived.values()])
    firing.entered_at = frame.top.now
    firing._ready()
    firing.run()


def fire_inclusive(run: Run) -> bool:
    """Fires one inclusive gateway that need not wait longer, when nothing else moves; True if there was one.

    It waits for every token that could still come by an empty flow without first coming by a filled one (BPMN 2.0,
    13.4.3). Gateways that wait for nobody but each other would wait for ever: of those, the longest waiting fires.
    """
    for frame in run.frames:
        blocked: dict[str, set[str]] = {}
        gateways = {token.element.id: token.element for token in frame.open.values() if _waits_inclusively(token)}
        for gateway in gateways.values():
            arrived = arrivals(frame, gateway)
            blockers = list(_blockers(frame, gateway, set(arrived)))
            if not blockers:
                fire(frame, gateway, arrived)
                return True
            blocked[gateway.id] = {token.element.id if _waits_inclusively(token) else "" for token in blockers}
        mutual = _waiting_for_each_other(blocked)
        if mutual:
            first = min((arrivals(frame, gateways[name]) for name in mutual), key=_longest)
            fire(frame, next(iter(first.values())).element, first)
            return True
    return False


def _longest(arrived: Mapping[str | None, Token]) -> int:
    return min(token.order for token in arrived.values())


def _waits_inclusively(token: Token) -> bool:
    return token.element.kind == "inclusiveGateway" and token._state == WAITING


def _blockers(frame: Frame, gateway: Element, filled: set[str | None]) -> Iterator[Token]:
    empty = set(gateway.incoming) - filled
    reachable = _reachable(frame.spec, gateway)
    for token in frame.open.values():
        if token.listening or token.element is gateway:
            continue
        ahead = reachable[token.element.id]
        if ahead & empty and not ahead & filled:
            yield token


def _waiting_for_each_other(blocked: Mapping[str, set[str]]) -> set[str]:
    """The gateways whose every blocker is a gateway of this same set."""
    mutual = set(blocked)
    while True:
        freed = {gateway for gateway in mutual if not blocked[gateway] <= mutual}
        if not freed:
            return mutual
        mutual -= freed


def _reachable(spec: ScopeSpec, gateway: Element) -> dict[str, frozenset[str]]:
    """Element -> the flows a token there can still take without passing the gateway; worked out once per diagram."""
    known = spec.reachable.get(gateway.id)
    if known is None:
        known = {element: _ahead(spec, element, gateway.id) for element in spec.scope.elements}
        spec.reachable[gateway.id] = known
    return known


def _ahead(spec: ScopeSpec, start: str, avoided: str) -> frozenset[str]:
    """Boundary events and links count as ways out."""
    scope = spec.scope
    seen: set[str] = {avoided}
    flows: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        element = scope.elements[name]
        flows.update(flow.id for flow in element.flows)
        ahead += [flow.target for flow in element.flows]
        ahead += element.boundary
        if element.kind == "intermediateThrowEvent":
            ahead += [scope.links[event.name] for event in element.events if event.kind == "link"]
    return frozenset(flows)


def stuck(frame: Frame) -> list[Token]:
    """The tokens of a frame that can never go on: all that live in it wait at joins, and none is left to come."""
    living = [token for token in frame.open.values() if not token.listening]
    waiting = all(token._state == WAITING and token.element.kind in JOINS for token in living)
    return living if waiting else []
