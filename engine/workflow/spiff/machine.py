"""One process instance in memory: started or loaded, moved by one act, dumped."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from engine.errors import Conflict, Invalid
from engine.workflow.spiff import events, joins, moves, people, state, transplant, votes, waiting, work
from engine.workflow.spiff.data import deliver, plain
from engine.workflow.spiff.diagram import Element
from engine.workflow.spiff.frames import begin, begin_triggered, look_at
from engine.workflow.spiff.host import Host
from engine.workflow.spiff.moments import LOCAL
from engine.workflow.spiff.specification import Specification
from engine.workflow.spiff.tokens import (
    ERROR,
    FUTURE,
    MAX_STEPS,
    READY,
    Entry,
    Frame,
    Halt,
    Kept,
    Run,
    Token,
    stand,
)
from engine.workflow.spiff.waiting import Wait

MAX_FIRINGS: Final = 5_000
"""Timers fired by one advance of the clock; a cycle of seconds that catches up on a year stands as an incident."""

_Result = TypeVar("_Result")


class CannotStart(Invalid):
    """The process cannot start with these variables: {cause}."""

    code = "cannot_start"


class Suspended(Conflict):
    """The process is suspended; resume it first."""

    code = "suspended"


class Ended(Conflict):
    """The process has ended; nothing in it can be moved any more."""

    code = "ended"


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A human task that is open."""

    id: str
    element: str
    name: str | None
    #: The process that holds the element.
    process: str
    kind: str
    #: Of a multi-instance: position in the collection, from 1, and the element of the collection.
    item: int | None
    item_value: Any
    #: ``role`` or ``role@unit``.
    candidates: tuple[str, ...]
    assignee: str | None
    due: datetime | None
    form: str | None
    properties: Mapping[str, Any]
    inputs: Mapping[str, Any]
    #: How often this element has been entered, this time included.
    visits: int
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """An element that cannot go on until somebody deals with it."""

    element: str
    cause: str
    task: str
    #: It was an operation that failed: the same call may succeed later, where a diagram's own fault never does.
    passing: bool = False


class Machine:
    """A process instance between two stored states.

    Every act runs on until all that is left waits: for a person, a message, a time. ``trace`` and ``visited`` tell what
    has happened since the machine was made. An act that raises anything but a refusal leaves the machine in pieces:
    throw it away, the stored state is whole.
    """

    def __init__(self, specification: Specification, host: Host, now: datetime) -> None:
        self.specification = specification
        self._run = Run(
            specification.processes,
            specification.specs,
            specification.process,
            rules=work.RULES,
            host=host,
            now=now.astimezone(LOCAL),
        )

    @classmethod
    def start(
        cls,
        specification: Specification,
        variables: Mapping[str, Any],
        host: Host,
        now: datetime,
        *,
        at: str | None = None,
        message: str | None = None,
    ) -> "Machine":
        """A new instance that has run to its first waits; ``at`` names the start event whose trigger has come, if any has.

        Begun by a ``message`` or a signal, what it brings is written through that start event, as a catch would; without
        one the time has come that the start event names. Raises ``CannotStart`` where what it listens to from its start cannot be worked out.
        """
        machine = cls(specification, host, now)
        run = machine._run
        run.variables = plain(variables) if message is None else {}
        run.plant(run.tick())
        run.trace.append(Entry(run.now, "started", run.process.id, process=run.process.id))
        try:
            if at is None:
                begin(run)
            else:
                begin_triggered(run, at, None if message is None else Kept(message, None, plain(variables)))
        except Halt as halt:
            # No token stands anywhere yet that an incident could be about.
            raise CannotStart(cause=str(halt)) from halt
        machine._settle()
        return machine

    @classmethod
    def load(cls, specification: Specification, stored: bytes, host: Host, now: datetime) -> "Machine":
        """An instance as it was dumped. Raises ``UnknownState``."""
        machine = cls(specification, host, now)
        state.load(machine._run, stored)
        return machine

    def dump(self) -> bytes:
        """The state, without the diagram and without the history no return can need."""
        return state.dump(self._run)

    def obstacles(self, new: Specification, names: Mapping[str, str]) -> list[transplant.Obstacle]:
        """What stands against going on under another version; ``names`` says what became of which element."""
        return transplant.obstacles(self._run, new, names)

    def transplanted(self, new: Specification, names: Mapping[str, str]) -> bytes:
        """The state for the other version, against which nothing may stand."""
        return transplant.transplant(self._run, self.dump(), new, names)

    # ---- what moves it

    def complete(self, task: str, data: Mapping[str, Any]) -> str | None:
        """A person has done a task. Raises ``NotOpen``; what is given becomes variables, or goes through the task's
        operation, whose answer does. Of a vote: what was cast, ``agreed``, ``refused`` or ``abstained``."""
        self._guard()
        token = moves.find(self._run, task)
        if not token.element.human or token._state != READY:
            raise moves.NotOpen(task=task)
        answers = plain(data)
        ballot = votes.cast(token, answers)
        try:
            if token.element.operation is None:
                deliver(token, answers)
            elif not work.operate(token, answers=answers):
                self._settle()
                return ballot
        except Halt as halt:
            stand(token, str(halt), "working")
        else:
            token.complete()
        self._settle()
        return ballot

    def message(self, name: str, data: Mapping[str, Any], key: str | None = None) -> bool:
        """True when somebody took it; else it is kept for the next who waits for it."""
        self._guard(also_suspended=True)
        data = plain(data)
        if self._run.suspended:
            self._run.kept.append(Kept(name, key, data))
            return False
        taken = events.message(self._run, name, data, key)
        self._settle()
        return taken

    def awaits(self, name: str, key: str | None = None) -> bool:
        """Whether somebody waits for such a message now."""
        return bool(waiting.takers(self._run, name, key))

    def signal(self, name: str, data: Mapping[str, Any]) -> int:
        """How many it reached: everyone who waits for it now."""
        self._guard()
        reached = events.signal(self._run, name, plain(data))
        self._settle()
        return reached

    def advance(self, now: datetime) -> int:
        """Moves the clock on and fires what is due by then, in the order of the due instants, each at its own; how many
        fired. A suspended instance only notes the time: what falls due meanwhile fires once it is resumed.

        One that was put away begins at the time at which it was: what a late clock finds due happens when it was due,
        and what follows from it is counted from then."""
        now = now.astimezone(LOCAL)
        self._run.now = min(self._run.now, self._run.moved or self._run.now)
        fired = 0
        while not self.suspended and not self.finished and events.fire_due(self._run, now):
            self._settle()
            fired += 1
            if fired == MAX_FIRINGS:
                self._stop_firing()
        self._run.now = max(self._run.now, now)
        return fired

    def _stop_firing(self) -> None:
        token = waiting.due_first(self._run)
        if token is not None:
            stand(token, f"{MAX_FIRINGS} timers in one go", "working")

    def put(self, data: Mapping[str, Any]) -> None:
        """Changes variables of the process from outside. What waits for a condition looks again; a timer that runs and
        a task that is open keep what was worked out when they were entered."""
        self._guard(also_suspended=True)
        self._run.variables.update(plain(data))
        if not self.suspended:
            self._settle()

    def return_to(self, task: str, element: str) -> None:
        """退回 to the newest earlier visit of an element. Raises ``NotEarlier``."""
        self._move(lambda run: moves.return_to(run, task, element))

    def retry(self, task: str) -> None:
        """Takes up an incident. Raises ``NotStanding``."""
        self._move(lambda run: moves.retry(run, task))

    def skip(self, task: str) -> None:
        """Passes over an element. Raises ``CannotSkip``."""
        self._move(lambda run: moves.skip(run, task))

    def jump(self, task: str, element: str) -> None:
        """Takes a token to another element. Raises ``CannotJump``."""
        self._move(lambda run: moves.jump(run, task, element))

    def cancel_task(self, task: str) -> None:
        """Ends one token."""
        self._move(lambda run: moves.cancel_task(run, task))

    def postpone(self, task: str, due: datetime) -> None:
        """延期: moves a task's date, and the timers on it that are due with it."""
        self._move(lambda run: moves.postpone(run, task, due.astimezone(LOCAL)))

    def add_item(self, task: str, value: Any) -> int:
        """加签: its position. Raises ``NotMultiInstance``."""
        return self._move(lambda run: moves.add_item(run, task, value))

    def remove_item(self, task: str, item: int | None = None) -> None:
        """减签. Raises ``NotMultiInstance``, ``NoSuchItem`` or ``LastSigner``."""
        self._move(lambda run: moves.remove_item(run, task, item))

    def cancel(self) -> None:
        """Ends the instance."""
        self._guard(also_suspended=True)
        moves.cancel(self._run)

    def suspend(self) -> None:
        """Nothing moves until it is resumed: acts are refused, messages kept, timers wait."""
        self._guard()
        self._run.suspended = True

    def resume(self) -> None:
        self._guard(also_suspended=True)
        self._run.suspended = False
        self._settle()
        for kept in [*self._run.kept]:
            if waiting.takers(self._run, kept.name, kept.key):
                self._run.kept.remove(kept)
                events.message(self._run, kept.name, kept.data, kept.key)
                self._settle()

    # ---- what it tells

    @property
    def tasks(self) -> list[OpenTask]:
        """The open human tasks, the oldest first."""
        return [_open_task(token) for token in self._tokens() if token.element.human and token._state == READY]

    @property
    def waits(self) -> list[Wait]:
        """Everything the instance waits for beside people."""
        return list(waiting.waits(self._run))

    @property
    def incidents(self) -> list[Incident]:
        """The elements that cannot go on, those that wait at a join nobody will ever come to included."""
        standing = [
            Incident(token.element.id, token.standing.cause, str(token.id), _is_passing(token))
            for token in self._run.tokens()
            if token.standing is not None and token._state == ERROR
        ]
        stuck = [token for frame in self._run.frames for token in joins.stuck(frame)]
        return standing + [
            Incident(token.element.id, "nobody is left who could come", str(token.id)) for token in stuck
        ]

    def earlier(self, task: str) -> list[Element]:
        """Where a return from this task may lead, the nearest first."""
        return moves.earlier(self._run, task)

    def came_of(self, task: str) -> list[str]:
        """The live tokens that have come of a task since it was done, by their ids."""
        return [str(token.id) for token in moves.came_of(self._run, task)]

    def items(self, task: str) -> list[tuple[int, Any, str]]:
        """Of the multi-instance a task belongs to: position, value, and ``open``, ``done``, ``removed`` or ``ahead``."""
        return moves.items(self._run, task)

    @property
    def finished(self) -> bool:
        return self._run.completed

    @property
    def suspended(self) -> bool:
        return self._run.suspended

    @property
    def variables(self) -> Mapping[str, Any]:
        return self._run.variables

    @property
    def visited(self) -> Sequence[str]:
        """Elements completed since the machine was made: tasks, calls, subprocesses and caught events."""
        return self._run.visited

    @property
    def trace(self) -> Sequence[Entry]:
        return self._run.trace

    @property
    def now(self) -> datetime:
        return self._run.now

    @property
    def due(self) -> datetime | None:
        """When the next timer is due."""
        token = waiting.due_first(self._run)
        return token.timer.due if token and token.timer else None

    # ---- how it runs

    def _tokens(self) -> list[Token]:
        return sorted(self._run.tokens(), key=lambda token: token.id)

    def _guard(self, *, also_suspended: bool = False) -> None:
        if self.finished:
            raise Ended
        if self.suspended and not also_suspended:
            raise Suspended

    def _move(self, move: Callable[[Run], _Result]) -> _Result:
        self._guard()
        result = move(self._run)
        self._settle()
        return result

    def _settle(self) -> None:
        """Moves every token as far as it goes: what is ready in the order in which it became so, then what that made
        ready. Inclusive gateways and conditions are looked at when nothing else moves."""
        run = self._run
        run.left = MAX_STEPS
        run.moved = None
        while True:
            while run.agenda:
                _step(run)
            if not (joins.fire_inclusive(run) or events.fire_conditions(run)):
                return


def _step(run: Run) -> None:
    errand = run.agenda.popleft()
    if isinstance(errand, Frame):
        look_at(errand)
    elif errand.live:
        run.left -= 1
        if run.left < 0:
            stand(errand, f"it ran on for {MAX_STEPS} steps without waiting", "arriving")
        else:
            _advance(errand)


def _advance(token: Token) -> None:
    """Takes a token through what SpiffWorkflow calls reached, ready and run, as far as it goes by itself."""
    try:
        if token._state == FUTURE:
            token.task_spec._update(token)
    except Halt as halt:
        stand(token, str(halt), "arriving")
        return
    if token._state != READY or token.element.human:
        return
    try:
        token.run()
    except Halt as halt:
        stand(token, str(halt), "working")


def _is_passing(token: Token) -> bool:
    calls = token.element.operation or any(event.operation for event in token.element.events)
    return token.standing is not None and token.standing.phase == "working" and bool(calls)


def _open_task(token: Token) -> OpenTask:
    element, facts = token.element, token.facts
    assert facts is not None and token.entered_at is not None
    many = token.whole.many
    return OpenTask(
        id=str(token.id),
        element=element.id,
        name=element.name,
        process=element.process,
        kind=element.kind,
        item=token.item,
        item_value=many.items[token.item - 1] if many and token.item else None,
        candidates=facts.candidates,
        assignee=facts.assignee,
        due=facts.due,
        form=element.form,
        properties=people.told(element, facts.properties, "properties"),
        inputs=people.told(element, facts.inputs, "inputs"),
        visits=token.whole.visits,
        entered_at=token.entered_at,
    )
