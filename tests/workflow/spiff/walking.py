"""Walks a diagram as a person, a clock and the outside world would, and remembers what happened.

Every walk is made twice by the fixture ``walks``: straight, and with the instance dumped and loaded before every step.
What a test claims has to hold for both.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.workflow.spiff import Call, Library, Machine, OpenTask, Specification, check, outline, specify
from tests.workflow.spiff.drawing import draw

START = datetime.fromisoformat("2026-04-20T09:00:00+08:00")  # a Monday


@dataclass
class World:
    """A host that answers from a table and notes what it was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    decisions: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    sent: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)
    signals: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    delivers: bool = False

    def operate(self, call: Call) -> Mapping[str, Any]:
        self.calls.append(call)
        answer = self.answers.get(call.operation, {})
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(call) if callable(answer) else answer

    def decide(self, decision: str, context: Mapping[str, Any]) -> Any:
        self.asked.append((decision, dict(context)))
        return self.decisions[decision]

    def add_workdays(self, start: datetime, days: int) -> datetime:
        while days:
            start += timedelta(days=1)
            days -= start.weekday() < 5
        return start

    def about_to_throw(self, name: str) -> None:
        pass

    def thrown(self, name: str, key: str | None, data: Mapping[str, Any]) -> bool:
        self.sent.append((name, key, dict(data)))
        return self.delivers

    def signalled(self, name: str, data: Mapping[str, Any]) -> None:
        self.signals.append((name, dict(data)))


class Walk:
    """An instance under way. ``stored`` walks dump and load before every step."""

    def __init__(self, machine: Machine, specification: Specification, world: World, *, stored: bool) -> None:
        self.machine = machine
        self.specification = specification
        self.world = world
        self.stored = stored
        self.visited: list[str] = list(machine.visited)
        self.trace = list(machine.trace)

    # ---- steps

    def complete(self, element: str, item: int | None = None, **data: Any) -> None:
        task = self.task(element, item)
        self.step(lambda machine: machine.complete(task.id, data))

    def message(self, name: str, key: str | None = None, **data: Any) -> bool:
        return self.step(lambda machine: machine.message(name, data, key))

    def signal(self, name: str, **data: Any) -> int:
        return self.step(lambda machine: machine.signal(name, data))

    def advance(self, *, days: float = 0, hours: float = 0, to: str | None = None) -> None:
        now = self.machine.now + timedelta(days=days, hours=hours) if to is None else datetime.fromisoformat(to)
        self.step(lambda machine: machine.advance(now))

    def return_to(self, element: str, *, source: str | None = None, item: int | None = None) -> None:
        task = self.task(source, item)
        self.step(lambda machine: machine.return_to(task.id, element))

    def targets(self, source: str) -> list[str]:
        """Where people may be offered to return the open task to."""
        return [element.id for element in self.machine.earlier(self.task(source).id)]

    def step(self, act: Callable[[Machine], Any]) -> Any:
        if self.stored:
            state = self.machine.dump()
            self.machine = Machine.load(self.specification, state, self.world, self.machine.now)
        known_visits, known_trace = len(self.machine.visited), len(self.machine.trace)
        try:
            return act(self.machine)
        finally:
            self.visited += self.machine.visited[known_visits:]
            self.trace += self.machine.trace[known_trace:]

    # ---- what is

    def task(self, element: str | None, item: int | None = None) -> OpenTask:
        """The oldest open task of the element, or the one of that item."""
        for task in self.machine.tasks:
            if element in (None, task.element) and item in (None, task.item):
                return task
        raise AssertionError(f"{element} {item or ''} is not open, but {self.open}")

    @property
    def open(self) -> list[str]:
        return sorted(task.element for task in self.machine.tasks)

    @property
    def items(self) -> list[int | None]:
        return [task.item for task in self.machine.tasks]

    @property
    def incidents(self) -> list[str]:
        return [incident.element for incident in self.machine.incidents]

    @property
    def finished(self) -> bool:
        return self.machine.finished

    @property
    def variables(self) -> Mapping[str, Any]:
        return self.machine.variables

    @property
    def due(self) -> str | None:
        return None if self.machine.due is None else self.machine.due.isoformat()

    def happened(self, *events: str) -> list[str]:
        """``event element`` lines of the trace, of the kinds asked for."""
        return [f"{entry.event} {entry.element}" for entry in self.trace if entry.event in events]


Begin = Callable[..., Walk]


def refuse_unless_endless(source: bytes, world: World, processes: Collection[str]) -> None:
    """What is walked has to pass the checks, but that it may go round for ever."""
    operations = {name for process in outline(source).processes for name in process.operations}
    problems = check(source, Library(stubbed=operations, decisions=world.decisions, processes=processes))
    errors = [problem for problem in problems if problem.severity == "error" and problem.code != "no_way_to_an_end"]
    assert errors == []


def begin_with(*, stored: bool) -> Begin:
    def begin(
        text: str | bytes, /, *, world: World | None = None, others: Mapping[str, str] | None = None, **variables: Any
    ) -> Walk:
        drawn = {"main": text, **(others or {})}
        sources = {name: each if isinstance(each, bytes) else draw(each, name) for name, each in drawn.items()}
        world = world or World()
        for source in sources.values():
            refuse_unless_endless(source, world, sources)
        specification = specify("main", sources)
        machine = Machine.start(specification, variables, world, START)
        return Walk(machine, specification, world, stored=stored)

    return begin
