"""Activities: entered once, done once or many times, completed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from engine.workflow.spiff import votes
from engine.workflow.spiff.compensation import handled, remember
from engine.workflow.spiff.data import evaluate, holds
from engine.workflow.spiff.diagram import CATCHING, Loop
from engine.workflow.spiff.flows import leave
from engine.workflow.spiff.tokens import MAX_STEPS, STARTED, Halt, Many, Token, close, stand
from engine.workflow.spiff.waiting import listen_around


def enter(activity: Token) -> bool:
    """An activity is reached: its boundary events begin to wait; True where it is done just once, now."""
    home = activity.frame.home
    if not activity.visits:  # one that is taken up again after an incident has been counted
        home.visits[activity.element.id] = activity.visits = home.visits.get(activity.element.id, 0) + 1
    activity._set_state(STARTED)
    listen_around(activity)
    loop = activity.element.loop
    if loop is None:
        return True
    activity.many = Many(_items(activity, loop) if loop.many else [])
    if loop.many:
        for _ in range(1 if loop.sequential else len(activity.many.items)):
            _spawn(activity)
        _look_at(activity)
    else:
        _go_round(activity, loop)
    return False


def _items(activity: Token, loop: Loop) -> list[Any]:
    if loop.collection is not None:
        items = evaluate(loop.collection, activity)
        if not isinstance(items, list):
            raise Halt(f"{loop.collection.text} is no list")
        return items
    count = evaluate(loop.cardinality, activity) if loop.cardinality else None
    if not isinstance(count, int | Decimal) or isinstance(count, bool) or not 0 <= count <= MAX_STEPS or count % 1:
        raise Halt(f"the number of instances is not a whole number up to {MAX_STEPS}")
    return [None] * int(count)


def _spawn(activity: Token) -> None:
    """Starts the next instance, if any item is left."""
    many, loop = activity.many, activity.element.loop
    assert many is not None and loop is not None
    while many.next in many.removed:
        many.next += 1
    if loop.many and many.next >= len(many.items):
        return
    instance = activity.frame.add(activity.element.id, ups=(activity.id,))
    instance.body = activity.id
    instance.local = {"loopCounter": many.next}
    if loop.many:
        instance.item = many.next + 1
        if loop.item_variable:
            instance.local[loop.item_variable] = many.items[many.next]
    many.next += 1
    many.live.append(instance.id)
    activity.top.agenda.append(instance)


def completed(token: Token) -> None:
    """What follows when a task has reached its completion, whatever it was."""
    if (token.element.activity and token.many is None) or token.element.kind in CATCHING - {"startEvent"}:
        token.top.visited.append(token.element.id)
    close(token, token._state)
    if token.asked_by is not None:
        token.top.note("completed", token)
        handled(token)
        return
    if token.body is None:
        if token.element.activity:
            remember(token)
        leave(token)
        return
    token.top.note("completed", token)
    activity = token.whole
    assert activity.many is not None
    activity.many.done += 1
    left_over(activity, token)


def left_over(activity: Token, instance: Token) -> None:
    """An instance has ended, one way or another: is the whole activity done, or what comes next?"""
    assert activity.many is not None
    activity.many.live.remove(instance.id)
    recount(activity, instance)


def recount(activity: Token, latest: Token | None = None) -> None:
    """Asks of a multi-instance or a loop whether it is done, and goes on with it where it is not."""
    assert activity.element.loop is not None
    try:
        if activity.element.loop.many:
            _look_at(activity, latest)
        else:
            _go_round(activity, activity.element.loop)
    except Halt as halt:
        stand(activity, str(halt), "counting")


def extend(activity: Token) -> None:
    """An item has been added: in parallel it starts now, in sequence when its turn comes."""
    assert activity.element.loop is not None
    if not activity.element.loop.sequential:
        _spawn(activity)
    recount(activity)


def _look_at(activity: Token, latest: Token | None = None) -> None:
    many, loop = activity.many, activity.element.loop
    assert many is not None and loop is not None
    if _is_over(activity, loop, many, latest):
        activity.complete()
    elif loop.sequential and not many.live:
        _spawn(activity)


def _is_over(activity: Token, loop: Loop, many: Many, latest: Token | None) -> bool:
    rule = votes.rule_of(activity.element)
    if rule is not None:
        return votes.settle(activity, rule)
    ended = many.done + many.cancelled
    return ended >= many.total or (ended > 0 and _is_decided(activity, loop, latest))


def _is_decided(activity: Token, loop: Loop, latest: Token | None) -> bool:
    seen: Sequence[dict[str, Any]] = [latest.local] if latest else []
    return loop.condition is not None and holds(loop.condition, activity, *seen)


def _go_round(activity: Token, loop: Loop) -> None:
    """A standard loop runs while its condition is true, at most its maximum; once at least unless tested before."""
    assert activity.many is not None
    rounds = activity.many.next
    untested = rounds == 0 and not loop.test_before
    allowed = loop.maximum is None or rounds < int(loop.maximum)
    if allowed and (untested or loop.condition is None or holds(loop.condition, activity, {"loopCounter": rounds})):
        _spawn(activity)
    else:
        activity.complete()
