"""What a diagram of blocks means, without tokens, joins or flows: an independent opinion for the machine to agree with.

A block that runs is a tree of runs that keeps everything it has done. A sequence runs its blocks one after the other, a
parallel block waits for its branches, and a return cuts the tree at an earlier task and begins there again.
"""

from collections.abc import Iterator
from datetime import datetime

from tests.workflow.spiff.blocks import Seq, Sub
from tests.workflow.spiff.runs import PersonRun, Run, ScopeRun, Wait, before, names_in


class Game:
    """A process under way."""

    def __init__(self, body: Seq, now: datetime) -> None:
        self.now = now
        self.order = 0
        self.visited: list[str] = []
        self.kept: list[str] = []
        self.visits: dict[str, int] = {}
        self.root = ScopeRun(Sub("p", body), None, self)
        self.root.begin()
        self.settle()

    def tick(self) -> int:
        self.order += 1
        return self.order

    # ---- what is

    @property
    def finished(self) -> bool:
        return not self.root.live

    def runs(self) -> Iterator[Run]:
        return (run for run in self.root.all() if run.live)

    @property
    def open(self) -> list[PersonRun]:
        return sorted((run for run in self.runs() if isinstance(run, PersonRun)), key=lambda run: run.order)

    def waits(self) -> list[Wait]:
        return sorted((wait for run in self.runs() for wait in run.waits), key=lambda wait: wait.order)

    @property
    def due(self) -> datetime | None:
        return min((wait.due for wait in self.waits() if wait.due), default=None)

    # ---- what happens

    def settle(self) -> None:
        """Ends every scope in which nothing is left to do, the innermost first."""
        while True:
            over = [run for run in self.runs() if isinstance(run, ScopeRun) and run.is_over()]
            if not over:
                return
            over[-1].finish()

    def complete(self, run: PersonRun, data: dict[str, bool]) -> None:
        run.variables().update(data)
        self.visited.append(run.block.id)
        run.done()
        self.settle()

    def message(self, name: str) -> bool:
        for wait in self.waits():
            if wait.message == name:
                wait.hit()
                self.settle()
                return True
        self.kept.append(name)
        return False

    def advance(self, to: datetime) -> None:
        while True:
            timed = [(wait.due, wait.order, wait) for wait in self.waits() if wait.due and wait.due <= to]
            if not timed:
                break
            due, _, wait = min(timed, key=lambda entry: entry[:2])
            self.now = max(self.now, due)
            wait.hit()
            self.settle()
        self.now = max(self.now, to)

    # ---- return

    def earlier(self, run: PersonRun, target: str) -> Run | None:
        """The newest earlier visit of the target that a return from this task leads to; None where it is refused.

        A task that has come round again, or a subprocess around it, is not earlier than itself.
        """
        here: Run = run.whole
        while here.name != target:
            scope = here.scope()
            if target in names_in(scope.block.body):
                visits = [visit for visit in before(here) if visit.name == target]
                return max(visits, key=lambda visit: visit.order, default=None)
            if scope is self.root:
                return None
            here = scope.whole
        return None

    def return_to(self, visit: Run) -> None:
        visit.again()
        self.settle()
