"""The blocks of ``blocks`` while they run: each keeps all it has done, so that a return can cut it off again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.workflow.spiff.blocks import (
    Block,
    Boundary,
    Catch,
    Choice,
    Guarded,
    Loop,
    Parallel,
    Race,
    Script,
    Seq,
    Sub,
    Task,
    Vote,
    inside,
)

if TYPE_CHECKING:
    from tests.workflow.spiff.reference import Game


class Wait:
    """Something waited for: a message by name, or an instant."""

    def __init__(self, game: "Game", name: str, minutes: int | None, hit: Callable[["Wait"], None]) -> None:
        self.order = game.tick()
        self.message = f"m_{name}" if minutes is None else None
        self.due = None if minutes is None else game.now + timedelta(minutes=minutes)
        self._hit = hit

    def hit(self) -> None:
        self._hit(self)


class Run:
    """A block that runs or has run."""

    def __init__(self, block: Any, parent: "Run | None", game: "Game") -> None:
        self.block = block
        self.parent = parent
        self.game = game
        self.order = game.tick()
        self.live = True
        #: It came to its own end, and was not taken away.
        self.completed = False
        self.waits: list[Wait] = []
        self.children: list[Run] = []
        if self.name:
            game.visits[self.name] = self.visit = game.visits.get(self.name, 0) + 1

    @property
    def name(self) -> str | None:
        """Of a run one may return to."""
        return None

    @property
    def whole(self) -> "Run":
        return self

    def begin(self) -> None: ...

    def child_done(self, child: "Run") -> None: ...

    def done(self) -> None:
        self.live, self.completed = False, True
        self.waits = []
        assert self.parent is not None
        self.parent.child_done(self)

    def stop(self) -> None:
        """Ends this and everything in it, what it has set going beside it included."""
        self.live = False
        self.waits = []
        for child in self.children:
            child.stop()

    def add(self, block: Block) -> "Run":
        child = _RUNS[type(block)](block, self, self.game)
        self.children.append(child)
        return child

    def all(self) -> Iterator["Run"]:
        yield self
        for child in self.children:
            yield from child.all()

    def scope(self) -> "ScopeRun":
        run = self.parent
        while not isinstance(run, ScopeRun):
            assert run is not None
            run = run.parent
        return run

    def variables(self) -> dict[str, Any]:
        scope = self.scope()
        return scope.own if scope.own is not None else scope.variables()

    # ---- being returned to

    def again(self) -> None:
        """Takes back everything that came of this run, and begins it anew."""
        assert self.parent is not None
        place = self.parent.children.index(self)
        self.parent.cut_behind(self)
        self.stop()
        fresh = type(self)(self.block, self.parent, self.game)
        self.parent.children[place] = fresh
        fresh.begin()

    def cut_behind(self, child: "Run") -> None:
        """Takes back what came after a child, here and further out, up to the scope."""
        self.live = True
        if self.parent is not None:
            self.parent.cut_behind(self)


class SeqRun(Run):
    def begin(self) -> None:
        self.go_on()

    def go_on(self) -> None:
        if len(self.children) < len(self.block.blocks):
            self.add(self.block.blocks[len(self.children)]).begin()
        else:
            self.done()

    def child_done(self, child: Run) -> None:
        if self.live:
            self.go_on()

    def cut_behind(self, child: Run) -> None:
        place = self.children.index(child)
        for later in self.children[place + 1 :]:
            later.stop()
        del self.children[place + 1 :]
        super().cut_behind(child)


class ScriptRun(Run):
    def begin(self) -> None:
        self.game.visited.append(self.block.id)
        self.done()


class PersonRun(Run):
    """An open task; ``item`` where it is one of several."""

    item: int | None = None

    @property
    def name(self) -> str | None:
        return self.block.id if isinstance(self.block, Task) else None

    @property
    def whole(self) -> Run:
        assert self.parent is not None
        return self.parent if isinstance(self.parent, VoteRun) else self


class VoteRun(Run):
    @property
    def name(self) -> str:
        return str(self.block.id)

    def begin(self) -> None:
        self.ended = 0
        for _ in range(min(1, self.block.count) if self.block.sequential else self.block.count):
            self.ask()
        if not self.block.count:
            self.done()

    def ask(self) -> None:
        instance = PersonRun(self.block, self, self.game)
        self.children.append(instance)
        instance.item = len(self.children)

    def child_done(self, child: Run) -> None:
        self.ended += 1
        if self.ended >= min(self.block.enough, self.block.count):
            for other in self.children:
                other.stop()
            self.done()
        elif self.block.sequential:
            self.ask()


class CatchRun(Run):
    def begin(self) -> None:
        if self.block.minutes is None and f"m_{self.block.id}" in self.game.kept:
            self.game.kept.remove(f"m_{self.block.id}")
            self.caught()
        else:
            self.waits = [Wait(self.game, self.block.id, self.block.minutes, lambda _: self.caught())]

    def caught(self) -> None:
        self.game.visited.append(self.block.id)
        self.done()


class ChoiceRun(Run):
    def begin(self) -> None:
        true = [branch for variable, branch in self.block.branches if self.variables().get(variable) is True]
        chosen = true if self.block.inclusive else true[:1]
        for branch in chosen or [self.block.otherwise]:
            self.add(branch)
        for child in list(self.children):
            child.begin()

    def child_done(self, child: Run) -> None:
        if self.live and not any(other.live for other in self.children):
            self.done()


class ParallelRun(ChoiceRun):
    def begin(self) -> None:
        for branch in self.block.branches:
            self.add(branch)
        for child in list(self.children):
            child.begin()


class LoopRun(SeqRun):
    def begin(self) -> None:
        self.add(self.block.body).begin()

    def child_done(self, child: Run) -> None:
        if self.variables().get(self.block.variable) is True:
            self.add(self.block.body).begin()
        else:
            self.done()


class RaceRun(Run):
    def begin(self) -> None:
        for catch, _branch in self.block.branches:
            self.add(catch)
        for child in list(self.children):
            if child.live:
                child.begin()

    def child_done(self, child: Run) -> None:
        for catch, branch in self.block.branches:
            if catch is child.block:
                for other in self.children:
                    other.stop()
                self.add(branch).begin()
                return
        self.done()


class ScopeRun(Run):
    """A subprocess or called process: done when its body is, and all that was set going beside it."""

    #: Its own variables, of a process.
    own: dict[str, Any] | None = None

    def __init__(self, block: Sub, parent: Run | None, game: "Game") -> None:
        super().__init__(block, parent, game)
        if parent is None:
            self.own = {}

    @property
    def name(self) -> str | None:
        return None if self.parent is None or isinstance(self.parent, ManyRun) else self.block.id

    @property
    def whole(self) -> Run:
        return self.parent if isinstance(self.parent, ManyRun) else self

    def begin(self) -> None:
        if self.block.process is not None:
            self.own = dict(self.variables())
        self.add(self.block.body).begin()

    def is_over(self) -> bool:
        return self.live and not any(run.live for child in self.children for run in child.all())

    def finish(self) -> None:
        if self.parent is None:
            self.live = False
            return
        if self.own is not None:
            self.variables().update(self.own)
        self.game.visited.append(self.block.id)
        self.done()

    def variables(self) -> dict[str, Any]:
        """Seen from outside: those of the scope around."""
        return super().variables() if self.parent is not None else (self.own or {})

    def cut_behind(self, child: Run) -> None:
        """A return never reaches further out than the scope it is made in."""


class ManyRun(Run):
    """A subprocess for each of a list."""

    @property
    def name(self) -> str:
        return str(self.block.id)

    def begin(self) -> None:
        for _ in range(self.block.count):
            self.children.append(ScopeRun(self.block, self, self.game))
        for child in list(self.children):
            child.begin()

    def child_done(self, child: Run) -> None:
        if not any(other.live for other in self.children):
            self.done()


def sub_run(block: Sub, parent: Run, game: "Game") -> Run:
    return ScopeRun(block, parent, game) if block.count is None else ManyRun(block, parent, game)


class GuardedRun(Run):
    """Its first child is the activity; then come the branches of its boundary events as they fire."""

    def begin(self) -> None:
        self.interrupted = False
        host = self.add(self.block.host)
        for boundary in self.block.boundaries:
            self.waits.append(Wait(self.game, boundary.id, boundary.minutes, self._fires(boundary)))
        host.begin()

    def _fires(self, boundary: Boundary) -> Callable[[Wait], None]:
        def fire(wait: Wait) -> None:
            self.game.visited.append(boundary.id)
            if boundary.interrupting:
                self.interrupted = True
                self.waits = []
                self.children[0].stop()
            elif wait.due is not None:
                self.waits.remove(wait)
            branch = self.add(boundary.branch)
            branch.after = self.interrupted  # type: ignore[attr-defined]
            branch.begin()

        return fire

    def child_done(self, child: Run) -> None:
        """The activity is done, or the branch that has taken its place; what runs aside just ends."""
        if child is self.children[0] or getattr(child, "after", False):
            self.done()

    def cut_behind(self, child: Run) -> None:
        if child is self.children[0]:
            raise AssertionError("the activity is begun anew together with its boundary events")
        if getattr(child, "after", False):
            super().cut_behind(child)


# ---- what comes before what


def before(run: Run) -> Iterator[Run]:
    """Every run one may return to that this one came of, within its scope."""
    here, around = run, run.parent
    while not isinstance(around, ScopeRun):
        assert around is not None
        if isinstance(around, SeqRun):
            for earlier in around.children[: around.children.index(here)]:
                yield from _visits(earlier)
        if isinstance(around, GuardedRun) and here is not around.children[0]:
            yield _returnable(around)
        here, around = around, around.parent


def _visits(run: Run) -> Iterator[Run]:
    """The runs inside one that is over that everything after it came of."""
    if isinstance(run, GuardedRun):
        yield _returnable(run)
        for branch in run.children[1:]:
            if getattr(branch, "after", False):
                yield from _visits(branch)
    elif run.name:
        yield run
    else:
        for child in run.children:
            yield from _visits(child)


def _returnable(guard: GuardedRun) -> Run:
    """Returning to an activity with boundary events begins the events anew as well."""
    host = guard.children[0]
    return _Stand_in(guard, host)


class _Stand_in(Run):
    """An activity that stands for itself and its boundary events."""

    def __init__(self, guard: GuardedRun, host: Run) -> None:
        self.guard = guard
        self.host = host
        self.order = host.order
        self.visit, self.completed = host.visit, host.completed

    @property
    def name(self) -> str | None:
        return self.host.name

    def again(self) -> None:
        Run.again(self.guard)


def names_in(body: Block) -> set[str]:
    """The activities a scope directly holds."""
    if isinstance(body, Task | Vote | Sub):
        return {body.id}
    return {name for block in inside(body) for name in names_in(block)}


_RUNS: dict[type, Any] = {
    Task: PersonRun,
    Script: ScriptRun,
    Vote: VoteRun,
    Catch: CatchRun,
    Seq: SeqRun,
    Choice: ChoiceRun,
    Parallel: ParallelRun,
    Loop: LoopRun,
    Race: RaceRun,
    Sub: sub_run,
    Guarded: GuardedRun,
}
