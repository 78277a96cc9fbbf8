"""Random diagrams, built out of blocks that open and close: what is drawn here can also be understood without tokens.

``Generator(seed).process()`` gives the blocks, ``render`` their drawing. Every wait has a name of its own, and every
timer a length of its own, so that no two fall due at one instant.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True)
class Task:
    id: str


@dataclass(frozen=True)
class Script:
    id: str


@dataclass(frozen=True)
class Vote:
    """A task done by several: in parallel or in turn, until enough are done."""

    id: str
    count: int
    sequential: bool
    enough: int


@dataclass(frozen=True)
class Catch:
    """Waits for a message, or for so many minutes."""

    id: str
    minutes: int | None


@dataclass(frozen=True)
class Seq:
    blocks: tuple["Block", ...]


@dataclass(frozen=True)
class Choice:
    """``inclusive``: every branch whose variable is true, else the last one; exclusive: the first such branch."""

    id: str
    inclusive: bool
    branches: tuple[tuple[str, Seq], ...]
    otherwise: Seq


@dataclass(frozen=True)
class Parallel:
    id: str
    branches: tuple[Seq, ...]


@dataclass(frozen=True)
class Loop:
    """Its body once, and again as long as the variable is true."""

    id: str
    variable: str
    body: Seq


@dataclass(frozen=True)
class Race:
    id: str
    branches: tuple[tuple[Catch, Seq], ...]


@dataclass(frozen=True)
class Sub:
    """A subprocess, so many times; or, with ``process``, a called process that gets and gives everything."""

    id: str
    body: Seq
    count: int | None = None
    process: str | None = None


@dataclass(frozen=True)
class Boundary:
    id: str
    minutes: int | None
    interrupting: bool
    branch: Seq


@dataclass(frozen=True)
class Guarded:
    """An activity with boundary events. After an interrupting one its branch takes the activity's place."""

    host: "Task | Vote | Sub"
    boundaries: tuple[Boundary, ...]


Block = Task | Script | Vote | Catch | Seq | Choice | Parallel | Loop | Race | Sub | Guarded

VARIABLES = ("v1", "v2", "v3")


@dataclass
class Generator:
    random: Random
    count: int = 0
    minutes: list[int] = field(default_factory=list)
    #: Inside a branch that may run several times at once. There an inclusive join waits for the tokens of all of them,
    #: which is right for tokens and cannot be said in blocks.
    aside: int = 0

    def process(self) -> Seq:
        self.minutes = self.random.sample(range(61, 9000), 120)
        return self.seq(depth=0, least=2)

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def seq(self, depth: int, least: int = 1, *, waits: bool = False) -> Seq:
        """``waits``: begins with a task, so that a loop around it cannot run away."""
        length = self.random.randint(least, 3 if depth < 2 else 2)
        first = [Task(self.name("t"))] if waits else []
        return Seq((*first, *(self.block(depth) for _ in range(length))))

    def block(self, depth: int) -> Block:
        simple = [self.task, self.task, self.guarded, self.script, self.vote, self.catch]
        nested = [self.choice, self.parallel, self.parallel, self.loop, self.race, self.sub, self.guarded]
        makers = simple if depth >= 3 or self.count > 45 else simple + nested
        return self.random.choice(makers)(depth)

    def task(self, _depth: int) -> Task:
        return Task(self.name("t"))

    def script(self, _depth: int) -> Script:
        return Script(self.name("s"))

    def vote(self, _depth: int) -> Vote:
        count = self.random.randint(0, 3)
        return Vote(self.name("m"), count, self.random.random() < 0.4, self.random.randint(1, 3))

    def catch(self, _depth: int) -> Catch:
        return Catch(self.name("c"), self.minutes.pop() if self.random.random() < 0.5 else None)

    def choice(self, depth: int) -> Choice:
        variables = self.random.sample(VARIABLES, self.random.randint(1, 2))
        branches = tuple((variable, self.branch(depth)) for variable in variables)
        inclusive = self.random.random() < 0.5 and not self.aside
        return Choice(self.name("x"), inclusive, branches, self.branch(depth))

    def branch(self, depth: int) -> Seq:
        return Seq(()) if self.random.random() < 0.15 else self.seq(depth + 1)

    def parallel(self, depth: int) -> Parallel:
        count = self.random.randint(2, 3)
        return Parallel(self.name("p"), tuple(self.branch(depth) for _ in range(count)))

    def loop(self, depth: int) -> Loop:
        return Loop(self.name("l"), self.random.choice(VARIABLES), self.seq(depth + 1, waits=True))

    def race(self, depth: int) -> Race:
        count = self.random.randint(2, 3)
        return Race(self.name("r"), tuple((self.catch(depth), self.branch(depth)) for _ in range(count)))

    def sub(self, depth: int) -> Sub:
        roll = self.random.random()
        name = self.name("b")
        if roll < 0.25:
            return Sub(name, self.seq(depth + 1), count=self.random.randint(1, 2))
        return Sub(name, self.seq(depth + 1), process=f"q_{name}" if roll < 0.45 else None)

    def guarded(self, depth: int) -> Guarded:
        makers = [self.task, self.vote] if depth >= 3 or self.count > 45 else [self.task, self.vote, self.sub, self.sub]
        host = self.random.choice(makers)(depth)
        count = self.random.randint(1, 2)
        return Guarded(host, tuple(self.boundary(depth) for _ in range(count)))  # type: ignore[arg-type]

    def boundary(self, depth: int) -> Boundary:
        minutes = self.minutes.pop() if self.random.random() < 0.6 else None
        interrupting = self.random.random() < 0.4
        self.aside += not interrupting
        branch = self.branch(depth + 1)
        self.aside -= not interrupting
        return Boundary(self.name("e"), minutes, interrupting, branch)


def walk(block: Block) -> Iterator[Block]:
    """A block and all it holds, called processes included."""
    yield block
    for inner in inside(block):
        yield from walk(inner)


def inside(block: Block) -> tuple[Block, ...]:
    match block:
        case Seq(blocks):
            return blocks
        case Choice():
            return (*(branch for _, branch in block.branches), block.otherwise)
        case Parallel():
            return block.branches
        case Loop():
            return (block.body,)
        case Race():
            return tuple(part for pair in block.branches for part in pair)
        case Sub():
            return (block.body,)
        case Guarded():
            return (block.host, *(boundary.branch for boundary in block.boundaries))
    return ()


# ---- drawing


def render(body: Seq, withdraw: str | None = None) -> tuple[str, dict[str, str]]:
    """The process in the notation of ``drawing``, and the processes it calls; ``withdraw`` is written on every task."""
    called: dict[str, str] = {}
    texts = {"": _scope(body, "0", called), **called}
    if withdraw is not None:
        texts = {
            name: re.sub("^user .*", rf"\g<0> prop:withdraw={withdraw}", text, flags=re.M)
            for name, text in texts.items()
        }
    return texts.pop(""), texts


def _scope(body: Seq, name: str, called: dict[str, str]) -> str:
    lines = [f"start start_{name}", f"end end_{name}"]
    _chain(body, f"start_{name}", f"end_{name}", "", lines, called)
    return "\n".join(lines)


def _chain(body: Seq, source: str, target: str, condition: str, lines: list[str], called: dict[str, str]) -> None:
    """A sequence between two nodes; the condition is that of the first flow."""
    for block in body.blocks:
        first, last = _draw(block, lines, called)
        lines.append(f"{source} -> {first} {condition}")
        source, condition = last, ""
    lines.append(f"{source} -> {target} {condition}")


def _draw(block: Block, lines: list[str], called: dict[str, str]) -> tuple[str, str]:
    """Draws a block; where it is entered and where it is left."""
    match block:
        case Task(name):
            lines.append(f"user {name}")
            return name, name
        case Script(name):
            lines.append(f"script {name} feel=1 resultVariable=out")
            return name, name
        case Vote(name, count, sequential, enough):
            order = "sequential" if sequential else ""
            items = list(range(count))
            lines.append(f'user {name} each="{items}" {order} until="nrOfCompletedInstances >= {enough}"')
            return name, name
        case Catch(name, minutes):
            lines.append(f"catch {name} {_event(name, minutes)}")
            return name, name
        case Choice(name, inclusive):
            kind = "or" if inclusive else "xor"
            lines.extend((f"{kind} {name}", f"{kind} {name}_end"))
            for variable, branch in block.branches:
                _chain(branch, name, f"{name}_end", f"if {variable}", lines, called)
            _chain(block.otherwise, name, f"{name}_end", "default", lines, called)
            return name, f"{name}_end"
        case Parallel(name, branches):
            lines.extend((f"and {name}", f"and {name}_end"))
            for branch in branches:
                _chain(branch, name, f"{name}_end", "", lines, called)
            return name, f"{name}_end"
        case Loop(name, variable, body):
            lines.extend((f"xor {name}", f"xor {name}_end", f"xor {name}_out"))
            _chain(body, name, f"{name}_end", "", lines, called)
            lines.extend((f"{name}_end -> {name} if {variable}", f"{name}_end -> {name}_out default"))
            return name, f"{name}_out"
        case Race(name, branches):
            lines.extend((f"race {name}", f"xor {name}_end"))
            for catch, branch in branches:
                _draw(catch, lines, called)
                lines.append(f"{name} -> {catch.id}")
                _chain(branch, catch.id, f"{name}_end", "", lines, called)
            return name, f"{name}_end"
        case Sub(name):
            return _draw_sub(block, lines, called)
        case Guarded():
            return _draw_guarded(block, lines, called)
    raise AssertionError(block)


def _draw_sub(block: Sub, lines: list[str], called: dict[str, str]) -> tuple[str, str]:
    if block.process is not None:
        called[block.process] = _scope(block.body, block.id, called)
        lines.append(f"call {block.id} calls={block.process} give:all=1 take:all=1")
    else:
        each = f' each="{list(range(block.count))}"' if block.count is not None else ""
        lines.extend((f"sub {block.id}{each} {{", _scope(block.body, block.id, called), "}"))
    return block.id, block.id


def _draw_guarded(block: Guarded, lines: list[str], called: dict[str, str]) -> tuple[str, str]:
    first, last = _draw(block.host, lines, called)
    if any(boundary.interrupting for boundary in block.boundaries):
        lines.extend((f"xor {last}_merge", f"{last} -> {last}_merge"))
        last = f"{last}_merge"
    for boundary in block.boundaries:
        aside = "" if boundary.interrupting else "aside"
        lines.append(f"boundary {boundary.id} on={block.host.id} {_event(boundary.id, boundary.minutes)} {aside}")
        end = last
        if not boundary.interrupting:
            end = f"{boundary.id}_end"
            lines.append(f"end {end}")
        _chain(boundary.branch, boundary.id, end, "", lines, called)
    return first, last


def _event(name: str, minutes: int | None) -> str:
    return f"timer=PT{minutes}M" if minutes is not None else f"message=m_{name}"
