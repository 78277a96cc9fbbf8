"""Function values: built in or written in an expression, called by position or by name.

A function has one or more signatures. A call takes the first signature its arguments fit, and is null where none does:
FEEL has no errors a caller would have to catch.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from engine.feel.run import Run

_MISFIT: Final = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """``types`` are the value types it takes, None any; ``optional`` may be left out, ``nullable`` may be null."""

    name: str
    types: frozenset[type] | None = None
    optional: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Signature:
    """``body`` gets the run and one value per parameter. Of a variadic one the arguments are the items of its list."""

    parameters: tuple[Parameter, ...]
    body: Callable[..., Any]
    variadic: bool = False


class Function:
    """A function value."""

    __slots__ = ("signatures",)

    def __init__(self, *signatures: Signature) -> None:
        self.signatures = signatures

    @classmethod
    def of(cls, names: Sequence[str], body: Callable[..., Any]) -> "Function":
        """A function of parameters of any kind; ``body`` gets the run and the arguments."""
        return cls(Signature(tuple(Parameter(name) for name in names), body))

    def __call__(self, arguments: Sequence[Any], run: "Run") -> Any:
        """The answer for arguments by position."""
        for signature in self.signatures:
            given = _by_position(signature, arguments)
            if given is not None and _fit(given, signature.parameters):
                return _answer(signature, given, run)
        return None

    def named(self, arguments: dict[str, Any], run: "Run") -> Any:
        """The answer for arguments by name."""
        for signature in self.signatures:
            given = _by_name(signature, arguments)
            if given is not None and _fit(given, signature.parameters):
                return _answer(signature, given, run)
        return None


def _by_position(signature: Signature, arguments: Sequence[Any]) -> list[Any] | None:
    parameters = signature.parameters
    if signature.variadic:
        if not arguments:
            return None
        return [arguments[0] if len(arguments) == 1 and type(arguments[0]) is list else list(arguments)]
    missing = parameters[len(arguments) :]
    if len(arguments) > len(parameters) or not all(parameter.optional for parameter in missing):
        return None
    return [*arguments, *(None for _ in missing)]


def _by_name(signature: Signature, arguments: dict[str, Any]) -> list[Any] | None:
    known = {parameter.name for parameter in signature.parameters}
    needed = {parameter.name for parameter in signature.parameters if not parameter.optional}
    if not needed <= arguments.keys() <= known:
        return None
    return [arguments.get(parameter.name) for parameter in signature.parameters]


def _fit(given: list[Any], parameters: tuple[Parameter, ...]) -> bool:
    """Fit the arguments to the parameters in place; False where one cannot be."""
    for index, parameter in enumerate(parameters):
        value = given[index]
        if parameter.types is not None and type(value) not in parameter.types:
            given[index] = _converted(value, parameter)
            if given[index] is _MISFIT:
                return False
    return True


def _converted(value: Any, parameter: Parameter) -> Any:
    """One element out of its list, or into one (DMN 1.3, 10.3.2.9.4)."""
    if value is None:
        return None if parameter.nullable else _MISFIT
    types = parameter.types or frozenset()
    if type(value) is list and len(value) == 1 and type(value[0]) in types:
        return value[0]
    return [value] if list in types else _MISFIT


def _size(value: Any) -> int:
    """What it costs a function to look at an argument."""
    return len(value) // 16 if type(value) is str else len(value) // 4 if type(value) is list else 0


def _answer(signature: Signature, given: list[Any], run: "Run") -> Any:
    run.charge(1 + sum(_size(value) for value in given))
    return signature.body(run, *given)
