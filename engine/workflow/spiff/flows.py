"""Leaving an element: which of its flows are taken."""

from engine.workflow.spiff.data import holds
from engine.workflow.spiff.diagram import Flow
from engine.workflow.spiff.tokens import Halt, Token, stand


def leave(token: Token) -> None:
    """Sends tokens down the flows a completed element takes, in the order of the file, and has its frame looked at."""
    try:
        taken = _taken(token)
    except Halt as halt:
        stand(token, str(halt), "leaving")
        return
    token.top.note("completed", token, flows=tuple(flow.id for flow in taken))
    for flow in taken:
        follow(token, flow)
    token.top.agenda.append(token.frame)


def follow(token: Token, flow: Flow) -> Token:
    following = token.frame.add(flow.target, ups=(token.id,))
    following.flow = flow.id
    following.gate = token.id if token.element.kind == "eventBasedGateway" else None
    token.top.agenda.append(following)
    return following


def _taken(token: Token) -> tuple[Flow, ...]:
    """A condition is asked only where it can decide: a parallel or event-based gateway takes every flow."""
    element = token.element
    if element.kind in ("parallelGateway", "eventBasedGateway"):
        return element.flows
    taken: list[Flow] = []
    for flow in element.flows:
        if flow.default or not (flow.condition is None or holds(flow.condition, token)):
            continue
        taken.append(flow)
        if element.kind == "exclusiveGateway":
            break
    if not taken:
        taken = [flow for flow in element.flows if flow.default]
    if element.flows and not taken:
        raise Halt("no condition is true and there is no default flow")
    return tuple(taken)
