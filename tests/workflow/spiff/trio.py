"""Random walks: three walkers go the same way through one random diagram, and have to agree after every step.

A machine in memory, a machine that is dumped and loaded before every step, and the reference, which has never heard of
tokens. They must agree on what is open, what was done, what is due, what the variables are and whether it is over; and
the two machines, at the end, on every byte of their state. A walk that differs is kept under ``tests/.kept``.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest

from engine.workflow.spiff import Machine, NotEarlier, specify
from tests.workflow.spiff.blocks import VARIABLES, Generator, Sub, Task, Vote, render, walk
from tests.workflow.spiff.drawing import draw
from tests.workflow.spiff.reference import Game, PersonRun
from tests.workflow.spiff.runs import Run
from tests.workflow.spiff.walking import START, World

STEPS = 30
KEPT = Path(__file__).parents[2] / ".kept"


@dataclass(frozen=True)
class Act:
    """One step of a walk, so plain that any process can be told to make it."""

    kind: Literal["complete", "message", "advance", "return", "refused", "withdraw"]
    #: Of a withdrawal the task that is taken back.
    element: str = ""
    item: int | None = None
    data: tuple[tuple[str, bool], ...] = ()
    #: Of a message its name, of a return where to, of the clock the instant.
    to: str = ""

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.kind, self.element, self.item, dict(self.data), self.to) if part)


class Trio:
    """The three walkers of one diagram.

    A machine takes a token back past everything; the doors people use lead to no called process and past none that is
    over, and tell a withdrawal from a return. With ``doors`` a walk makes only moves that those allow.
    """

    def __init__(self, seed: int, *, doors: bool = False) -> None:
        self.seed = seed
        self.doors = doors
        self.random = Random(seed)
        self.body = Generator(self.random).process()
        text, called = render(self.body, withdraw="forced" if doors else None)
        self.source = draw(text, **called)
        self.calls = [block.id for block in walk(self.body) if isinstance(block, Sub) and block.process]
        self.specification = specify("main", dict.fromkeys(["main", *called], self.source))
        self.world = World()
        self.straight = Machine.start(self.specification, {}, self.world, START)
        self.stored = Machine.start(self.specification, {}, self.world, START)
        self.game = Game(self.body, START)
        self.names = [block.id for block in walk(self.body) if isinstance(block, Task | Vote | Sub)]
        self.messages = sorted({wait.message for wait in self.game.waits() if wait.message} | {"m_early"})
        self.acts: list[Act] = []
        self.compare(0, 0, 0)

    def walk(self) -> None:
        """To the end, or so many steps. What differs is raised, and the walk kept."""
        try:
            for _ in range(STEPS):
                if self.game.finished:
                    break
                self.step()
            self.end()
        except BaseException:
            self.keep()
            raise

    def step(self) -> None:
        acts: list[Callable[[], None]] = [self.complete] * 6 + [self.advance, self.advance, self.message, self.message]
        self.random.choice([*acts, self.give_back, self.give_back, *([self.withdraw] if self.doors else [])])()

    def complete(self) -> None:
        if not self.open:
            self.advance()
            return
        run = self.random.choice(self.open)
        data = {name: self.random.random() < 0.4 for name in VARIABLES if self.random.random() < 0.5}
        token = self.token(run)
        self.act(
            Act("complete", run.block.id, run.item, tuple(data.items())),
            lambda machine: machine.complete(token, data),
            lambda: self.game.complete(run, data),
        )

    def token(self, run: Any) -> str:
        return next(task.id for task in self.straight.tasks if (task.element, task.item) == (run.block.id, run.item))

    @property
    def open(self) -> list[PersonRun]:
        """The open tasks that can be told from each other by what both sides know of them."""
        count = Counter((run.block.id, run.item) for run in self.game.open)
        return [run for run in self.game.open if count[run.block.id, run.item] == 1]

    def message(self) -> None:
        """One that at most one waits for: which of two alike has waited longer, the two sides cannot ask each other."""
        waiting = Counter(wait.message for wait in self.game.waits() if wait.message)
        name = self.random.choice([name for name in sorted(waiting) * 3 + self.messages if waiting[name] < 2])
        self.act(
            Act("message", to=name),
            lambda machine: machine.message(name, {}),
            lambda: self.game.message(name),
        )

    def advance(self) -> None:
        due = self.game.due
        to = (
            due
            if due and self.random.random() < 0.7
            else self.game.now + timedelta(minutes=self.random.randint(1, 4000))
        )
        to = max(to, self.game.now)
        self.act(Act("advance", to=to.isoformat()), lambda machine: machine.advance(to), lambda: self.game.advance(to))

    def give_back(self) -> None:
        if not self.open:
            return
        run = self.random.choice(self.open)
        targets = [name for name in self.names if self.game.earlier(run, name)]
        target = self.random.choice(targets if targets and self.random.random() < 0.8 else self.names)
        visit = self.game.earlier(run, target)
        token = self.token(run)
        said = Act("return", run.block.id, run.item, to=target)
        if visit is not None and self.doors and (target in self.calls or not self.passes_no_call()):
            return
        if visit is None or (self.too_long_ago(visit) and not self.goes_back(token, target)):
            self.refused(said, token, target)
        else:
            again = visit
            self.act(said, lambda machine: machine.return_to(token, target), lambda: self.game.return_to(again))

    def passes_no_call(self) -> bool:
        """Whether every process that was called still runs, so that no way back can lead past one."""
        running = Counter(run.name for run in self.game.runs())
        return all(self.game.visits.get(name, 0) == running[name] for name in self.calls)

    def withdraw(self) -> None:
        """A task is taken back of which another has come, and which nobody has reached again since."""
        if not self.open or any(self.game.visits.get(name, 0) for name in self.calls):
            return
        found = [(run, name, visit) for run in self.open for name, visit in self.led_from(run)]
        if not found:
            return
        run, name, visit = self.random.choice(found)
        token = self.token(run)
        self.act(
            Act("withdraw", name),
            lambda machine: machine.return_to(token, name),
            lambda: self.game.return_to(visit),
        )

    def led_from(self, run: PersonRun) -> Iterator[tuple[str, Run]]:
        """The tasks done on the way to an open one, each with its visit as long as nobody has been there since."""
        for block in walk(self.body):
            if isinstance(block, Task) and block.id != run.block.id and block.id not in self.manifold:
                visit = self.game.earlier(run, block.id)
                if visit and visit.completed and visit.visit == self.game.visits[block.id]:
                    yield block.id, visit

    @property
    def manifold(self) -> set[str]:
        """What may be open several times at once, inside a subprocess for each of a list."""
        many = (block for block in walk(self.body) if isinstance(block, Sub) and block.count is not None)
        return {inner.id for block in many for inner in walk(block.body) if isinstance(inner, Task)}

    def too_long_ago(self, visit: Any) -> bool:
        """Whether a machine may have forgotten the visit: it remembers the newest three."""
        return self.game.visits[visit.name] - visit.visit >= 3

    def goes_back(self, token: str, target: str) -> bool:
        trial = Machine.load(self.specification, self.stored.dump(), self.world, self.stored.now)
        try:
            trial.return_to(token, target)
        except NotEarlier:
            return False
        return True

    def refused(self, said: Act, token: str, target: str) -> None:
        self.acts.append(replace(said, kind="refused"))
        for machine in (self.straight, self.stored):
            with pytest.raises(NotEarlier):
                machine.return_to(token, target)

    def act(self, said: Act, move: Callable[[Machine], Any], play: Callable[[], Any]) -> None:
        self.acts.append(said)
        state = self.stored.dump()
        self.stored = Machine.load(self.specification, state, self.world, self.stored.now)
        known = len(self.straight.visited), len(self.stored.visited), len(self.game.visited)
        for machine in (self.straight, self.stored):
            move(machine)
        play()
        self.compare(*known)

    def compare(self, straight: int, stored: int, game: int) -> None:
        for machine, known in ((self.straight, straight), (self.stored, stored)):
            found = sorted((task.element, task.item or 0) for task in machine.tasks)
            assert found == sorted((run.block.id, run.item or 0) for run in self.game.open)
            assert Counter(machine.visited[known:]) == Counter(self.game.visited[game:])
            assert machine.finished == self.game.finished
            assert machine.due == self.game.due
            assert machine.incidents == []
            variables = {name: machine.variables.get(name) for name in VARIABLES}
            assert variables == {name: (self.game.root.own or {}).get(name) for name in VARIABLES}

    def end(self) -> None:
        """The machine that was never stored stands where the other stands, to the byte."""
        assert self.straight.dump() == self.stored.dump()

    def keep(self) -> None:
        """Puts the walk where it can be looked at, and says where."""
        KEPT.mkdir(exist_ok=True)
        diagram = KEPT / f"walk_{self.seed}.bpmn"
        diagram.write_bytes(self.source)
        said = [f"seed {self.seed}", *map(str, self.acts), "", render(self.body)[0]]
        diagram.with_suffix(".txt").write_text("\n".join(said), "utf-8")
        sys.stderr.write(f"Seed {self.seed} is kept as {diagram}, its steps beside it.\n")


def walks(default: int) -> int:
    """How many walks a mode makes: ``WALKS`` where it is set, for every mode alike."""
    return int(os.environ.get("WALKS", default))
