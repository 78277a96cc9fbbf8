"""Tokens, and the frames they move in.

A token is a SpiffWorkflow task that exists only where something is or was. A frame is one run of a process or of an
embedded subprocess: the instance itself (``Run``), or what an activity has opened (``Inner``). Finished tokens stay for
a while as history: ``ups`` says what a token came from, and a return to an earlier task follows it.

The order in which things began is a counter and never a clock: two tokens of one instant are still first and second.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.workflow.spiff.diagram import Element, Event, Process
from engine.workflow.spiff.host import Host
from engine.workflow.spiff.moments import Timer
from engine.workflow.spiff.specs import ScopeSpec

FUTURE: Final = TaskState.FUTURE
WAITING: Final = TaskState.WAITING
READY: Final = TaskState.READY
STARTED: Final = TaskState.STARTED
COMPLETED: Final = TaskState.COMPLETED
ERROR: Final = TaskState.ERROR
CANCELLED: Final = TaskState.CANCELLED
DEAD: Final = frozenset({COMPLETED, CANCELLED})
"""An incident is no end: a token in ERROR keeps its frame alive until somebody deals with it."""

MAX_STEPS: Final = 10_000
"""Steps of one act; more is a process that runs on without ever waiting."""


class Halt(Exception):
    """An element cannot go on, for a reason of the diagram or its data; it is left standing as an incident."""


class Standing(NamedTuple):
    """Why a token stands, and what was being done: ``arriving``, ``working``, ``counting`` or ``leaving``."""

    cause: str
    phase: str


@dataclass(slots=True)
class Many:
    """How far a multi-instance or a loop has come."""

    items: list[Any] = field(default_factory=list)
    #: Position (from 0) of the item that starts next.
    next: int = 0
    done: int = 0
    #: Ended without being done. They stay in the number of instances; the ``removed`` positions do not.
    cancelled: int = 0
    removed: list[int] = field(default_factory=list)
    live: list[int] = field(default_factory=list)
    #: Of a vote: how many ballots say what.
    votes: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return len(self.items) - len(self.removed)

    def counts(self) -> dict[str, Any]:
        return {
            "nrOfInstances": self.total,
            "nrOfCompletedInstances": self.done,
            "nrOfActiveInstances": len(self.live),
        }


@dataclass(slots=True)
class Facts:
    """What was worked out when a human task was entered, and holds for as long as it is open."""

    candidates: tuple[str, ...] = ()
    assignee: str | None = None
    due: datetime | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)


class Token(Task):  # type: ignore[misc]
    """A task of SpiffWorkflow with the facts this machine adds. ``id`` counts up within the instance."""

    top: "Run"
    frame: "Frame"
    element: Element
    #: When it began to wait or was created, on the instance's counter.
    order: int
    #: The sequence flow it came by.
    flow: str | None = None
    #: What it came from: usually one token, several after a join.
    ups: list[int]
    #: A boundary listener: the activity it hangs on. An instance of a multi-instance: the whole of it.
    host: int | None = None
    body: int | None = None
    #: Waits on the side: does not keep its frame alive.
    listening = False
    listeners: tuple[int, ...] = ()
    awaits: tuple[Event, ...] = ()
    timer: Timer | None = None
    key: str | None = None
    #: A conditional event fires when its condition becomes true, not as long as it is.
    was_true = False
    #: The event-based gateway whose race it takes part in.
    gate: int | None = None
    #: Position (from 1) in the collection, and what only this instance sees.
    item: int | None = None
    local: dict[str, Any]
    many: Many | None = None
    #: Of an event that compensates: the handlers still to run, the last one first; None before it has begun. Of a
    #: handler: the event that asked for it.
    handlers: list[str] | None = None
    asked_by: int | None = None
    #: Of an event subprocess: the start event it began with.
    start: str | None = None
    facts: Facts | None = None
    standing: Standing | None = None
    visits = 0
    entered_at: datetime | None = None

    def __init__(self, frame: "Frame", spec: Any, parent: "Token | None", state: int, identity: int) -> None:
        self.top = frame.top
        self.frame = frame
        self.element = spec.element
        self.order = identity
        self.ups = []
        self.local = {}
        super().__init__(frame, spec, parent, state, identity)
        self._set_state(state)

    def _set_state(self, value: int) -> None:
        """As the stock method, without its log record (which gathers the whole tree), and keeping the frame's open
        tokens at hand: a frame of 10,000 dead tokens is asked for its living ones at every step."""
        self._state, before = value, self._state
        if value in DEAD:
            self.frame.open.pop(self.id, None)
            return
        self.frame.open[self.id] = self
        if before in DEAD:
            # One that lives again stands where it stood, as it does when it is fetched from a stored state.
            in_order = sorted(self.frame.open.items())
            self.frame.open.clear()
            self.frame.open.update(in_order)

    def run(self) -> bool | None:
        """As the stock method, but None leaves the state to whoever did the work: it may have ended the token."""
        done: bool | None = self.task_spec._run(self)
        if done:
            self.complete()
        return done

    @property
    def live(self) -> bool:
        return self._state not in DEAD

    @property
    def whole(self) -> "Token":
        """The activity an instance of a multi-instance belongs to; any other token itself."""
        return self if self.body is None else self.frame.token(self.body)


class Entry(NamedTuple):
    """One line of the trace: at that instant, this happened to that element."""

    at: datetime
    event: str
    element: str
    #: The sequence flows taken on completion.
    flows: tuple[str, ...] = ()
    #: The token, as in ``OpenTask.id``; None for the process itself.
    token: str | None = None
    #: Position in the collection, of an instance of a multi-instance.
    item: int | None = None
    #: The process that holds the element.
    process: str = ""
    #: The name of what was sent or received, or the cause of an incident.
    note: str | None = None


class Frame:
    """What an instance and an opened subprocess have in common."""

    top: "Run"
    spec: ScopeSpec
    tasks: dict[int, Token]
    task_tree: Token
    completed: bool
    #: The frame whose process instance this one belongs to, and, there only, the variables and visits of all of it.
    home: "Frame"
    owner: Token | None

    def _furnish(self) -> None:
        self.open: dict[int, Token] = {}
        self.variables: dict[str, Any] = {}
        self.visits: dict[str, int] = {}
        #: Activities that can be compensated, in the order of their completion.
        self.compensable: list[str] = []

    def plant(self, identity: int) -> None:
        """Gives the frame the task its tree hangs on."""
        self.task_tree = Token(self, self.spec.start, None, COMPLETED, identity)

    def token(self, identity: int) -> Token:
        return self.tasks[identity]

    def add(self, element: str, *, ups: Iterable[int] = (), state: int = FUTURE) -> Token:
        """A new token at an element, its history hanging on ``ups``."""
        causes = list(ups)
        parent = self.tasks.get(causes[0], self.task_tree) if causes else self.task_tree
        token = Token(self, self.spec.task_specs[element], parent, state, self.top.tick())
        token.ups = causes
        return token

    def elements(self) -> Mapping[str, Element]:
        return self.spec.scope.elements

    def update_waiting_tasks(self) -> None:
        """Nothing waits to be looked at: what is waited for comes by name."""

    def get_tasks_iterator(
        self, first_task: Token | None = None, state: int = TaskState.ANY_MASK, spec_name: str | None = None, **_: Any
    ) -> Iterator[Token]:
        """Flat. The stock iterator follows the tree and stops at a depth of 1,000: a long loop would seem finished."""
        return (
            task for task in list(self.tasks.values()) if task._state & state and spec_name in (None, task.element.id)
        )


class Inner(Frame, BpmnSubWorkflow):  # type: ignore[misc]
    """A frame that an activity has opened."""

    def __init__(self, owner: Token, spec: ScopeSpec) -> None:
        self.owner = owner
        self.top = owner.top
        self._furnish()
        super().__init__(spec, owner.id, owner.top, deserializing=True)
        self.home = self if owner.element.kind == "callActivity" else owner.frame.home

    @property
    def parent_workflow(self) -> Frame:
        assert self.owner is not None
        return self.owner.frame

    def _calculate_depth(self) -> int:
        outer: int = self.parent_workflow.depth  # type: ignore[attr-defined]
        return outer + 1


class Rules(NamedTuple):
    """What reaching, doing and completing mean for a BPMN element."""

    arrive: Callable[[Token], bool]
    perform: Callable[[Token], bool]
    completed: Callable[[Token], None]


class Kept(NamedTuple):
    """A message that came before anyone waited for it."""

    name: str
    key: str | None
    data: Mapping[str, Any]


Errand: TypeAlias = "Token | Frame"
"""A token to be moved on, or a frame that may have come to its end."""


class _NoScripts:
    """Stands where SpiffWorkflow would put its Python engine: nothing a diagram says is ever evaluated as Python."""


class Run(Frame, BpmnWorkflow):  # type: ignore[misc]
    """A process instance while it is in memory."""

    def __init__(
        self,
        processes: Mapping[str, Process],
        specs: Mapping[tuple[str, str], ScopeSpec],
        process: str,
        *,
        rules: Rules,
        host: Host,
        now: datetime,
    ) -> None:
        self.top = self
        self.home = self
        self.owner = None
        self.processes = processes
        self.specs = specs
        self.rules = rules
        self.host = host
        self.now = now
        #: When a stored instance was put away, until something moves in it.
        self.moved: datetime | None = None
        self.counter = 0
        self.left = MAX_STEPS
        self.agenda: deque[Errand] = deque()
        self.kept: list[Kept] = []
        self.suspended = False
        self.visited: list[str] = []
        self.trace: list[Entry] = []
        self._furnish()
        self.process = processes[process]
        super().__init__(specs[process, process], {}, _NoScripts(), deserializing=True)

    def tick(self) -> int:
        self.counter += 1
        return self.counter

    def spec_inside(self, activity: Element) -> ScopeSpec:
        """What a subprocess, an event subprocess or a call activity opens."""
        if activity.kind == "callActivity":
            return self.specs[activity.called or "", activity.called or ""]
        return self.specs[activity.process, activity.id]

    @property
    def frames(self) -> list[Frame]:
        return [self, *self.subprocesses.values()]

    def tokens(self) -> Iterator[Token]:
        """Every live token of every frame."""
        for frame in self.frames:
            yield from list(frame.open.values())

    def note(self, event: str, token: Token, *, flows: tuple[str, ...] = (), note: str | None = None) -> None:
        element = token.element
        self.trace.append(Entry(self.now, event, element.id, flows, str(token.id), token.item, element.process, note))


def stand(token: Token, cause: str, phase: str) -> None:
    """Leaves the token where it is, as an incident."""
    token._set_state(ERROR)
    token.standing = Standing(cause, phase)
    token.top.note("incident", token, note=cause)


def close(token: Token, state: int = CANCELLED) -> None:
    """Ends a token and everything that lives for it: its instances, its listeners, the frame it opened."""
    if state == CANCELLED and token.live and not token.listening and token.entered_at:
        token.top.note("cancelled", token)
    token._set_state(state)
    for identity in [*token.listeners, *(token.many.live if token.many else ())]:
        other = token.frame.tasks.get(identity)
        if other is not None and other.live:
            close(other)
    token.listeners = ()
    inner = token.top.subprocesses.pop(token.id, None)
    if inner is not None:
        clear(inner)


def clear(frame: Frame) -> None:
    """Ends a frame with every live token in it."""
    frame.completed = True
    for token in list(frame.open.values()):
        if token.live:
            close(token)
