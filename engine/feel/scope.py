"""Where a name gets its value: resolved once, when an expression is compiled.

While code runs, the values bound around a part are a chain of pairs ``(bound, outer)``, innermost first; None is the
outermost, behind which stand the host's variables and the built-in functions. A scope knows which binding lies how many
steps out. Only two bindings are looked into at run time: the item of a filter, whose entries may be anything, and those
entries of a context that are written after the part that names them, which a function may find when it is called.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, auto
from typing import Any, TypeAlias

from engine.feel.functions import Function
from engine.feel.numbers import in_reach
from engine.feel.run import UNCHANGED, Run
from engine.feel.values import Value

Frame: TypeAlias = tuple[Any, Any] | None
Code: TypeAlias = Callable[[Run, Any], Value]
"""What a part of an expression becomes: its value, from a run and a frame."""


class Binds(Enum):
    VALUE = auto()
    """one name to the bound value itself"""
    ARGUMENTS = auto()
    """names to the bound values in their order"""
    ENTRIES = auto()
    """names to the entries of the bound context"""
    ITEM = auto()
    """``item`` to the bound value, and whatever entries it has"""
    PARTIAL = auto()
    """``partial`` to what the loop has returned so far, which still grows"""


@dataclass
class Reads:
    """The names an expression reads from its host."""

    certain: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)
    """in filters and in functions of a context, where the item or the context may supply them"""


class Scope:
    """The bindings around one part. ``code`` gives the code of a part that stands here."""

    def __init__(
        self,
        compile_part: Callable[[Any, "Scope"], Code],
        functions: dict[str, Function],
        reads: Reads,
        binds: Binds | None = None,
        names: tuple[str, ...] = (),
        later: tuple[str, ...] = (),
        outer: "Scope | None" = None,
    ) -> None:
        self._compile_part = compile_part
        self.functions = functions
        self.reads = reads
        self._binds = binds
        self._names = names
        self._later = later
        self._outer = outer

    def inside(self, binds: Binds, *names: str, later: tuple[str, ...] = ()) -> "Scope":
        """The scope within a binding of ``names``; ``later`` are entries that are not there yet, but will be."""
        return Scope(self._compile_part, self.functions, self.reads, binds, names, later, self)

    def code(self, part: Any) -> Code:
        return self._compile_part(part, self)

    def is_free(self, name: str) -> bool:
        """Whether no binding around could be meant by the name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope._names or name in scope._later:
                return False
            scope = scope._outer
        return True

    def is_hosts(self, name: str) -> bool:
        """Whether the name can only mean a variable of the host."""
        scope: Scope | None = self
        while scope is not None:
            if scope._binds is Binds.ITEM or name in scope._names or name in scope._later:
                return False
            scope = scope._outer
        return True

    def read(self, name: str, at: int) -> Code:
        """The code that finds the value of a name used at this place."""
        scope: Scope | None = self
        doubtful: list[Callable[[Code], Code]] = []
        steps = 0
        while scope is not None and scope._binds is not None:
            if scope._binds is Binds.ITEM:
                doubtful.append(_entry_of_item(steps, name))
            if name in scope._names:
                return _doubting(doubtful, scope._bound(steps, name))
            if name in scope._later:
                doubtful.append(_entry_if_there(steps, name))
            scope, steps = scope._outer, steps + 1
        (self.reads.perhaps if doubtful else self.reads.certain).add(name)
        return _doubting(doubtful, self._from_host(name, at))

    def _bound(self, steps: int, name: str) -> Code:
        if self._binds is Binds.ARGUMENTS:
            return _part(steps, self._names.index(name))
        if self._binds is Binds.ENTRIES:
            return _part(steps, name)
        return _partial(steps) if self._binds is Binds.PARTIAL else _value(steps)

    def _from_host(self, name: str, at: int) -> Code:
        built_in = self.functions.get(name)

        def code(run: Run, _frame: Frame) -> Value:
            try:
                raw: Any = run.given[name]
            except KeyError:
                if built_in is None:
                    run.warn("unknown_name", at, f"There is no variable {name}; it is taken as null.")
                return built_in
            if (type(raw) is Decimal and in_reach(raw)) or type(raw) in UNCHANGED:
                return raw  # type: ignore[no-any-return]
            return run.admit(name, raw)

        return code


def _doubting(doubtful: list[Callable[[Code], Code]], code: Code) -> Code:
    for look in reversed(doubtful):
        code = look(code)
    return code


def _value(steps: int) -> Code:
    if steps == 0:
        return lambda _run, frame: frame[0]
    if steps == 1:
        return lambda _run, frame: frame[1][0]

    def code(_run: Run, frame: Any) -> Value:
        for _ in range(steps):
            frame = frame[1]
        return frame[0]  # type: ignore[no-any-return]

    return code


def _part(steps: int, key: int | str) -> Code:
    bound: Callable[[Run, Any], Any] = _value(steps)
    return lambda run, frame: bound(run, frame)[key]


def _partial(steps: int) -> Code:
    """A copy: what has been read must not grow afterwards, let alone come to contain itself."""
    bound: Callable[[Run, Any], Any] = _value(steps)

    def code(run: Run, frame: Any) -> Value:
        returned = bound(run, frame)
        run.charge(1 + len(returned) // 16)
        return list(returned)

    return code


def _entry_of_item(steps: int, name: str) -> Callable[[Code], Code]:
    bound: Callable[[Run, Any], Any] = _value(steps)

    def look(otherwise: Code) -> Code:
        def code(run: Run, frame: Any) -> Value:
            item = bound(run, frame)
            if type(item) is dict and name in item:
                return item[name]  # type: ignore[no-any-return]
            return otherwise(run, frame)

        return code

    return look


def _entry_if_there(steps: int, name: str) -> Callable[[Code], Code]:
    bound: Callable[[Run, Any], Any] = _value(steps)

    def look(otherwise: Code) -> Code:
        def code(run: Run, frame: Any) -> Value:
            entries = bound(run, frame)
            return entries[name] if name in entries else otherwise(run, frame)

        return code

    return look
