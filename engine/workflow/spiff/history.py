"""What came from what, and how much of it is kept.

A return to an earlier task needs to know which visits a token descends from. That is all that finished tokens are for,
so of each activity and each firing of a join the newest three that a living token descends from are kept, and of each
join the last firing of all: what came of it may be over while a reminder set going before it is still open. The rest is
dropped when an instance is stored and before every return: which returns are possible is thereby the same for an
instance that stayed in memory and for one that was stored a thousand times.
"""

from collections.abc import Iterable

from engine.workflow.spiff.joins import JOINS
from engine.workflow.spiff.tokens import COMPLETED, Frame, Token

KEPT_VISITS = 3


def above(token: Token) -> set[int]:
    """The ids of everything a token descends from, within its frame."""
    tasks = token.frame.tasks
    seen: set[int] = set()
    ahead = list(token.ups)
    while ahead:
        identity = ahead.pop()
        if identity not in seen and identity in tasks:
            seen.add(identity)
            ahead += tasks[identity].ups
    return seen


def is_firing(token: Token) -> bool:
    """What came out of a join, as opposed to what arrived there by a flow."""
    return token.element.kind in JOINS and token.flow is None and token._state == COMPLETED


def arrivals_of(firing: Token) -> list[Token]:
    tasks = firing.frame.tasks
    return [tasks[identity] for identity in firing.ups if identity in tasks]


def prune(frame: Frame) -> None:
    """Forgets what no return can need."""
    kept = _kept(frame)
    if len(kept) == len(frame.tasks):
        return
    ups = {identity: _nearest_kept(frame, identity, kept) for identity in kept}
    frame.tasks = {identity: token for identity, token in frame.tasks.items() if identity in kept}
    for identity, token in frame.tasks.items():
        token.ups = ups[identity]
    hang(frame)


def hang(frame: Frame) -> None:
    """Hangs every token of a frame on the first of those it came from, as SpiffWorkflow's tree wants it."""
    root = frame.task_tree
    root._children = []
    for token in frame.tasks.values():
        token._children = []
    for token in frame.tasks.values():
        if token is not root:
            parent = frame.tasks[token.ups[0]] if token.ups else root
            token._parent = parent.id
            parent._children.append(token.id)


def _kept(frame: Frame) -> set[int]:
    kept = {frame.task_tree.id, *frame.open}
    if not frame.open:
        return kept
    for token in frame.open.values():
        if token.body is None and token.host is None:
            kept.update(_newest(frame, above(token)))
    kept.update({token.element.id: token.id for token in frame.tasks.values() if is_firing(token)}.values())
    for identity in list(kept):
        if is_firing(frame.tasks[identity]):
            kept.update(arrival.id for arrival in arrivals_of(frame.tasks[identity]))
    return kept


def _newest(frame: Frame, identities: Iterable[int]) -> set[int]:
    """Of each activity, and of each join's firings, the newest ones."""
    visits: dict[str, list[int]] = {}
    for identity in identities:
        token = frame.tasks[identity]
        if token.element.activity or is_firing(token):
            visits.setdefault(token.element.id, []).append(identity)
    return {identity for found in visits.values() for identity in sorted(found)[-KEPT_VISITS:]}


def _nearest_kept(frame: Frame, identity: int, kept: set[int]) -> list[int]:
    """What a token came from, looking through what is forgotten; always in the same order."""
    found: set[int] = set()
    seen: set[int] = set()
    ahead = list(frame.tasks[identity].ups)
    while ahead:
        up = ahead.pop()
        if up in seen or up not in frame.tasks:
            continue
        seen.add(up)
        if up in kept:
            found.add(up)
        else:
            ahead += frame.tasks[up].ups
    return sorted(found)
