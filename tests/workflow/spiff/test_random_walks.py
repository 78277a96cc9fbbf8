"""Random diagrams, walked at random by the machine and by an interpreter that has never heard of tokens.

Each diagram is walked three times at once: by the machine in memory, by a machine that is dumped and loaded before every
step, and by the reference. After every step they must agree on what is open, what was done, what is due and whether it
is over, and the two machines on every byte of their state. ``WALKS=5000`` walks more; a walk that differs is kept, with
its seed and its steps, under ``tests/.kept``.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.workflow.spiff import Machine, NotEarlier, specify
from tests.workflow.spiff.blocks import VARIABLES, Generator, Sub, Task, Vote, render, walk
from tests.workflow.spiff.drawing import draw
from tests.workflow.spiff.reference import Game, PersonRun
from tests.workflow.spiff.walking import START, World

WALKS = int(os.environ.get("WALKS", "300"))
STEPS = 30
KEPT = Path(__file__).parents[2] / ".kept"


class Trio:
    """The three walkers of one diagram."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.body = Generator(self.random).process()
        text, called = render(self.body)
        self.source = draw(text, **called)
        self.specification = specify("main", dict.fromkeys(["main", *called], self.source))
        self.world = World()
        self.straight = Machine.start(self.specification, {}, self.world, START)
        self.stored = Machine.start(self.specification, {}, self.world, START)
        self.game = Game(self.body, START)
        self.names = [block.id for block in walk(self.body) if isinstance(block, Task | Vote | Sub)]
        self.messages = sorted({wait.message for wait in self.game.waits() if wait.message} | {"m_early"})
        self.done: list[str] = []
        self.compare(0, 0, 0)

    def step(self) -> None:
        acts: list[Callable[[], None]] = [self.complete] * 6 + [self.advance, self.advance, self.message, self.message]
        self.random.choice([*acts, self.give_back, self.give_back])()

    def complete(self) -> None:
        if not self.open:
            self.advance()
            return
        run = self.random.choice(self.open)
        data = {name: self.random.random() < 0.4 for name in VARIABLES if self.random.random() < 0.5}
        token = self.token(run)
        self.act(
            f"complete {run.block.id} {run.item or ''} {data}",
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
            f"message {name}",
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
        self.act(f"advance {to}", lambda machine: machine.advance(to), lambda: self.game.advance(to))

    def give_back(self) -> None:
        if not self.open:
            return
        run = self.random.choice(self.open)
        targets = [name for name in self.names if self.game.earlier(run, name)]
        target = self.random.choice(targets if targets and self.random.random() < 0.8 else self.names)
        visit = self.game.earlier(run, target)
        token = self.token(run)
        said = f"return from {run.block.id} {run.item or ''} to {target}"
        if visit is None or (self.too_long_ago(visit) and not self.goes_back(token, target)):
            self.refused(said, token, target)
        else:
            again = visit
            self.act(said, lambda machine: machine.return_to(token, target), lambda: self.game.return_to(again))

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

    def refused(self, said: str, token: str, target: str) -> None:
        self.done.append(f"{said}: refused")
        for machine in (self.straight, self.stored):
            with pytest.raises(NotEarlier):
                machine.return_to(token, target)

    def act(self, said: str, move: Callable[[Machine], Any], play: Callable[[], Any]) -> None:
        self.done.append(said)
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

    def keep(self, seed: int) -> None:
        KEPT.mkdir(exist_ok=True)
        (KEPT / f"walk_{seed}.bpmn").write_bytes(self.source)
        (KEPT / f"walk_{seed}.txt").write_text("\n".join([render(self.body)[0], f"seed {seed}", *self.done]))


@pytest.mark.parametrize("part", range(10))
def test_machine_and_reference_agree_on_every_walk(part: int) -> None:
    for seed in range(part, WALKS, 10):
        trio = Trio(seed)
        try:
            for _ in range(STEPS):
                if trio.game.finished:
                    break
                trio.step()
            trio.end()
        except BaseException:
            trio.keep(seed)
            raise
