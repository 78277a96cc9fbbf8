"""Compiled expressions and decision table cells."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from engine.feel import texts
from engine.feel.builtins import SPACED_NAMES
from engine.feel.compiler import compile_expression, compile_tests
from engine.feel.errors import Exhausted, FeelSyntaxError
from engine.feel.operators import Accepts, boundaries_of, constants_of
from engine.feel.parser import parse, parse_tests
from engine.feel.run import DEFAULT_BUDGET, FeelWarning, Run, admit
from engine.feel.scanner import WORD, KnownNames
from engine.feel.scope import Code, Reads
from engine.feel.syntax import UnaryTests
from engine.feel.values import Value

_KEPT: Final = 2_048
"""Compiled texts kept for when they are asked for again."""
_KEPT_NAMES: Final = 64


class Expression:
    """A compiled FEEL expression; any number of threads may evaluate it at once.

    ``names`` are the host's variables it reads (of a path, its head); ``item_names`` those it reads inside a filter,
    where they may just as well be entries of the item.
    """

    __slots__ = ("_code", "item_names", "names", "text")

    def __init__(self, text: str, code: Code, reads: Reads) -> None:
        self.text = text
        self.names = frozenset(reads.certain)
        self.item_names = frozenset(reads.perhaps) - self.names
        self._code = code

    def evaluate(
        self,
        context: Mapping[str, object],
        *,
        now: datetime | None = None,
        budget: int = DEFAULT_BUDGET,
        warnings: list[FeelWarning] | None = None,
    ) -> Value:
        """The value over the host's variables. A doubtful null is said in ``warnings`` where a list is given.

        Refuses with ``Exhausted`` beyond the bounds and with ``Unusable`` where a variable it reads is no plain data.
        """
        return self.run(Run(context, now=now, budget=budget, warnings=warnings))

    def run(self, run: Run) -> Value:
        """The value within an evaluation under way, out of its budget."""
        try:
            value = self._code(run, None)
            if type(value) is list or type(value) is dict:
                run.measure(value)
        except RecursionError:
            raise Exhausted("the expression is too deep") from None
        return value

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class Tests:
    """A compiled cell of a decision table: the unary tests its input has to pass.

    ``names`` and ``item_names`` as of an expression, without ``?``, which is the input. What a table may know beforehand:
    ``constants`` are the only values that pass; ``boundaries`` the numbers at which the verdict on a number may change,
    while no value but a number or null passes. Both are None where that depends on more than the input.
    """

    __slots__ = ("_accepts", "boundaries", "constants", "item_names", "names", "text")

    def __init__(self, text: str, accepts: Accepts, reads: Reads, tests: UnaryTests) -> None:
        self.text = text
        self.constants = None if tests.negated else constants_of(tests.tests)
        self.boundaries = boundaries_of(tests.tests)
        self.names = frozenset(reads.certain)
        self.item_names = frozenset(reads.perhaps) - self.names
        self._accepts = accepts

    def accepts(
        self,
        value: object,
        context: Mapping[str, object],
        *,
        now: datetime | None = None,
        budget: int = DEFAULT_BUDGET,
        warnings: list[FeelWarning] | None = None,
    ) -> bool | None:
        """Whether the input passes; null where that cannot be told, which a table takes as no."""
        run = Run(context, now=now, budget=budget, warnings=warnings)
        return self.run(admit(value, run), run)

    def run(self, value: Value, run: Run) -> bool | None:
        """Whether a FEEL value passes, within an evaluation under way."""
        try:
            return self._accepts(value, run, None)
        except RecursionError:
            raise Exhausted("the expression is too deep") from None

    def __repr__(self) -> str:
        return f"Tests({self.text!r})"


def compile(text: str, names: Iterable[str] = ()) -> Expression:
    """Compile an expression. ``names`` are the variables that are more than one plain word ("Full Name", "a-b").

    Refuses with ``FeelSyntaxError``, whose facts are the position (from 1), what was expected and what was found.
    """
    return _compiled(text, _odd(names))


def compile_unary_tests(text: str, names: Iterable[str] = ()) -> Tests:
    """Compile the unary tests of a decision table cell; ``-`` and an empty cell accept everything."""
    return _compiled_tests(text, _odd(names))


def names_in(context: Mapping[str, object]) -> frozenset[str]:
    """The names in a context, and in what it holds, that have to be declared to be understood."""
    found: set[str] = set()
    _gather(context, found, 0)
    return _odd(found)


def show(value: Value) -> str:
    """The value as FEEL text, as an explanation shows it; text stands in quotation marks."""
    return texts.show(value, Run({}))


_DEEPEST_NAMES: Final = 8


def _gather(value: object, found: set[str], depth: int) -> None:
    if depth > _DEEPEST_NAMES:
        return
    if isinstance(value, Mapping):
        found.update(name for name in value if type(name) is str)
        value = tuple(value.values())
    if type(value) is list or type(value) is tuple:
        for item in value:
            _gather(item, found, depth + 1)


def _odd(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if not WORD.fullmatch(name))


@lru_cache(_KEPT_NAMES)
def _known(names: frozenset[str]) -> KnownNames:
    """The names one host declares, made ready once for all its expressions."""
    return KnownNames(names)


@lru_cache(_KEPT)
def _compiled(text: str, names: frozenset[str]) -> Expression:
    try:
        return Expression(text, *compile_expression(parse(text, _known(names), SPACED_NAMES)))
    except RecursionError:
        raise _too_nested() from None


@lru_cache(_KEPT)
def _compiled_tests(text: str, names: frozenset[str]) -> Tests:
    try:
        parsed = parse_tests(text, _known(names), SPACED_NAMES)
        return Tests(text, *compile_tests(parsed), parsed)
    except RecursionError:
        raise _too_nested() from None


def _too_nested() -> FeelSyntaxError:
    return FeelSyntaxError(position=1, expected="less nesting", found="more than can be followed")
