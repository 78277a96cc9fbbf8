"""Moves a person makes against the drawn course: return, skip, jump, retry, cancel, more or fewer signers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.errors import Conflict, NotFound, Refused
from engine.workflow.spiff import activities
from engine.workflow.spiff.data import plain
from engine.workflow.spiff.diagram import GATEWAYS, NESTED, Element
from engine.workflow.spiff.events import hit, win_race
from engine.workflow.spiff.flows import leave
from engine.workflow.spiff.history import above, arrivals_of, is_firing, prune
from engine.workflow.spiff.moments import LOCAL
from engine.workflow.spiff.tokens import (
    CANCELLED,
    COMPLETED,
    ERROR,
    FUTURE,
    READY,
    STARTED,
    WAITING,
    Entry,
    Frame,
    Run,
    Token,
    clear,
    close,
)
from engine.workflow.spiff.waiting import listen


class NotOpen(Conflict):
    """The task {task} is not open any more; reload to see what is."""

    code = "not_open"


class NotEarlier(Refused):
    """{element} is not an earlier task of this one, or lies too far back; return to one of the last that led here."""

    code = "not_earlier"


class NotStanding(Refused):
    """{element} does not stand as an incident, so there is nothing to retry."""

    code = "not_standing"


class CannotSkip(Refused):
    """{element} cannot be passed over; jump to the element that is to come next."""

    code = "cannot_skip"


class CannotJump(Refused):
    """{element} is no place to jump to; choose a task, a subprocess or an event of the same process."""

    code = "cannot_jump"


class NotMultiInstance(Refused):
    """{element} is not done by several people, so nobody can be added to it or removed."""

    code = "not_multi_instance"


class NoSuchItem(NotFound):
    """{element} has no open item {item}."""

    code = "no_such_item"


class LastSigner(Refused):
    """Nobody else is left to decide {element}; a vote nobody takes part in decides nothing."""

    code = "last_signer"


def find(run: Run, task: str) -> Token:
    """A live token by the id people know it by."""
    for token in run.tokens():
        if str(token.id) == task and (token._state == ERROR or not token.listening):
            return token
    raise NotOpen(task=task)


# ---- return


def return_to(run: Run, task: str, element: str) -> None:
    """退回: undoes everything that came of the newest earlier visit of an element, and begins that element anew.

    Everything means every token that descends from that visit: the whole block, where the visit lies before a split;
    the one branch, where it lies inside it. What others had brought to a join that is undone waits there again.
    """
    visit = next((visit for visit in _visits(run, task) if visit.element.id == element), None)
    if visit is None:
        raise NotEarlier(element=element)
    frame = visit.frame
    undone = [token for token in list(frame.open.values()) if token is visit or visit.id in above(token)]
    arrivals = list(_brought_by_others(frame, visit))
    for token in undone:
        if token.live:
            close(token)
    for arrival in arrivals:
        arrival._set_state(WAITING)
        arrival.entered_at = run.now
    if any(token.element.event_subprocess for token in undone):
        listen(frame)
    run.agenda.append(frame.add(element, ups=visit.ups))


def _visits(run: Run, task: str) -> Iterator[Token]:
    """The newest earlier visit of each activity from which a task has come, the nearest first, from the inside out.

    Never one of the task itself, nor of a subprocess around it: an earlier round of it is no earlier task.
    """
    here, seen = find(run, task), set[str]()
    while True:
        prune(here.frame)
        seen.add(here.element.id)
        for identity in sorted(above(here.whole), reverse=True):
            visit = here.frame.tasks[identity]
            if visit.element.id not in seen and visit.element.activity and not visit.element.event_subprocess:
                seen.add(visit.element.id)
                yield visit
        if here.frame.owner is None:
            return
        here = here.frame.owner


def _brought_by_others(frame: Frame, visit: Token) -> Iterator[Token]:
    """Arrivals at joins that are undone with the visit, but that do not descend from it themselves."""
    for firing in list(frame.tasks.values()):
        if not is_firing(firing) or visit.id not in above(firing):
            continue
        firing._set_state(CANCELLED)
        for arrival in arrivals_of(firing):
            if visit.id not in above(arrival):
                yield arrival


def came_of(run: Run, task: str) -> list[Token]:
    """The live tokens that descend from a visit, those inside a subprocess it led to included; none where the visit is
    forgotten or its subprocess has ended."""
    for frame in run.frames:
        for visit in frame.tasks.values():
            if str(visit.id) == task:
                heirs = [token for token in frame.open.values() if visit.id in above(token) and not token.listening]
                return [inner for heir in heirs for inner in _inside(heir)]
    return []


def _inside(token: Token) -> Iterator[Token]:
    """A token and the live ones in the frame it has opened."""
    yield token
    inner = token.top.subprocesses.get(token.id)
    for other in list(inner.open.values()) if inner else ():
        yield from _inside(other)


def earlier(run: Run, task: str) -> list[Element]:
    """Where people may be offered to return this task to: what people do, and subprocesses, the nearest first."""
    found = (visit.element for visit in _visits(run, task))
    return [element for element in found if element.human or element.kind in NESTED]


# ---- more time


def postpone(run: Run, task: str, due: datetime) -> None:
    """延期: the date of a task, and with it what the diagram does at that very date.

    A timer that hangs on the task moves where it is due at the same instant, or is drawn with the same words and due when
    that day begins. One that counts from elsewhere, a cycle, and what hangs on a subprocess around it stay: they are not
    the task's date. The timers of a task that several do are those of all, and stay when one of them gets more time.
    """
    token = find(run, task)
    if token.facts is None or token.facts.due is None:
        raise NotOpen(task=task)
    before, token.facts = token.facts.due, replace(token.facts, due=due)
    for listener in (token.frame.token(identity) for identity in token.listeners):
        timer = listener.timer
        if timer is None or timer.every is not None:
            continue
        alike = any(event.when == token.element.due for event in listener.awaits)
        if timer.due == before:
            listener.timer = replace(timer, due=due)
        elif alike and timer.due == _day_of(before):
            listener.timer = replace(timer, due=_day_of(due))


def _day_of(due: datetime) -> datetime:
    """The first moment of the last day one may still hand in."""
    last = (due - timedelta(seconds=1)).astimezone(LOCAL)
    return last.replace(hour=0, minute=0, second=0, microsecond=0)


# ---- an administrator's moves


def retry(run: Run, task: str) -> None:
    """Takes up an incident where it stands: what was done before it is not done again."""
    token = find(run, task)
    if token._state != ERROR or token.standing is None:
        raise NotStanding(element=token.element.id)
    phase, token.standing = token.standing.phase, None
    match phase:
        case "leaving":
            token._set_state(COMPLETED)
            leave(token)
        case "counting":
            token._set_state(STARTED)
            activities.recount(token)
        case "closing":
            token._set_state(STARTED)
            run.agenda.append(run.subprocesses[token.id])
        case "working" if token.awaits:
            token._set_state(WAITING)
        case "working":
            token._set_state(READY)
            run.agenda.append(token)
        case _:
            close(token, FUTURE)
            run.agenda.append(token)


def skip(run: Run, task: str) -> None:
    """Passes over an element as if it had been done, without answers and without its operation."""
    token = find(run, task)
    leaving = token.standing is not None and token.standing.phase == "leaving"
    if leaving or token.element.kind in GATEWAYS:
        raise CannotSkip(element=token.element.id)
    token.standing = None
    if token.awaits:
        hit(token)
    else:
        token.complete()


def jump(run: Run, task: str, element: str) -> None:
    """Takes one token from where it is to another element of its process, out of subprocesses where need be.

    Only that token moves: what runs beside it goes on, and a join it has left waits for it.
    """
    here = find(run, task)
    while element not in here.frame.elements():
        if here.frame.owner is None:
            raise CannotJump(element=element)
        here = here.frame.owner
    if not _is_landing(here.frame.elements()[element]):
        raise CannotJump(element=element)
    leaving = here.whole
    win_race(leaving)
    close(leaving)
    run.agenda.append(here.frame.add(element, ups=(leaving.id,)))


def _is_landing(element: Element) -> bool:
    """A join is none: it would wait for a token by every flow. An exclusive gateway is, it asks its conditions."""
    if element.event_subprocess or element.for_compensation or element.kind in ("startEvent", "boundaryEvent"):
        return False
    return element.kind not in GATEWAYS or element.kind == "exclusiveGateway" or len(element.incoming) < 2


def cancel_task(run: Run, task: str) -> None:
    """Ends one token where it is. Of a vote, that voter counts as one who has not answered."""
    token = find(run, task)
    close(token)
    if token.body is None:
        run.agenda.append(token.frame)
        return
    activity = token.whole
    assert activity.many is not None
    activity.many.cancelled += 1
    activities.left_over(activity, token)


def cancel(run: Run) -> None:
    """Ends the instance with everything in it."""
    clear(run)
    run.agenda.clear()
    run.trace.append(Entry(run.now, "cancelled", run.process.id, process=run.process.id))


# ---- more or fewer signers


def add_item(run: Run, task: str, value: Any) -> int:
    """加签: one more item for the multi-instance a task belongs to; its position, from 1.

    The base of the vote grows with it, and whether the vote is decided is asked again.
    """
    activity = _shared(run, task)
    assert activity.many is not None
    activity.many.items.append(plain(value))
    activities.extend(activity)
    return len(activity.many.items)


def remove_item(run: Run, task: str, item: int | None = None) -> None:
    """减签: takes one item away, that of the task itself or one by position that is open or still to come.

    The base of the vote shrinks with it, and whether the vote is decided is asked again. The last one stays.
    """
    activity = _shared(run, task)
    many = activity.many
    assert many is not None
    position = (find(run, task).item or 0) if item is None else item
    instances = [activity.frame.token(identity) for identity in many.live]
    instance = next((token for token in instances if token.item == position), None)
    if (instance is None and not many.next < position <= len(many.items)) or position - 1 in many.removed:
        raise NoSuchItem(element=activity.element.id, item=position)
    if many.total - many.cancelled <= 1:
        raise LastSigner(element=activity.element.id)
    many.removed.append(position - 1)
    if instance is None:
        activities.recount(activity)
    else:
        close(instance)
        activities.left_over(activity, instance)


def items(run: Run, task: str) -> list[tuple[int, Any, str]]:
    """Of the multi-instance a task belongs to: position, value, and whether it is open, done, removed or still to come."""
    activity = _shared(run, task)
    many = activity.many
    assert many is not None
    live = {activity.frame.token(identity).item for identity in many.live}
    told = []
    for index, value in enumerate(many.items):
        ahead = "ahead" if index >= many.next else "done"
        state = "removed" if index in many.removed else "open" if index + 1 in live else ahead
        told.append((index + 1, value, state))
    return told


def _shared(run: Run, task: str) -> Token:
    activity = find(run, task).whole
    if activity.many is None or activity.element.loop is None or not activity.element.loop.many:
        raise NotMultiInstance(element=activity.element.id)
    return activity
