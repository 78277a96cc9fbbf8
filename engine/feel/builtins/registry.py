"""How the built-in functions are declared.

    @built_in("substring", "string: string, start position: number, length?: number?")
    def substring(string: str, start: Decimal, length: Decimal | None) -> str | None: ...

Each signature lists ``name: kinds``, kinds between ``|``; ``name?`` may be left out, ``kind?`` may be null, ``any`` takes
everything. ``...list`` gathers all arguments into one list. A body whose first parameter is ``run`` is given the run.
"""

import inspect
from collections.abc import Callable
from typing import Any, Final, TypeVar

from engine.feel.far import FarDate, FarMoment
from engine.feel.functions import Function, Parameter, Signature
from engine.feel.values import KIND

FUNCTIONS: Final[dict[str, Function]] = {}
"""Every built-in function by its name."""

_TYPES: Final = {name: type_ for type_, name in reversed(KIND.items())} | {
    "far date": FarDate,
    "far date and time": FarMoment,
}
"""By the name of its kind the usual type; the far days are named where a function takes them."""
Body = TypeVar("Body", bound=Callable[..., Any])


def built_in(name: str, *signatures: str) -> Callable[[Body], Body]:
    """Declare the body of one or more signatures of a function; the first declared is tried first."""

    def declare(body: Body) -> Body:
        called = _with_run(body)
        known = FUNCTIONS[name].signatures if name in FUNCTIONS else ()
        FUNCTIONS[name] = Function(*known, *(_signature(text, called) for text in signatures))
        return body

    return declare


def _with_run(body: Callable[..., Any]) -> Callable[..., Any]:
    if next(iter(inspect.signature(body).parameters), None) == "run":
        return body
    return lambda _run, *arguments: body(*arguments)


def _signature(text: str, body: Callable[..., Any]) -> Signature:
    variadic = text.startswith("...")
    parts = text.removeprefix("...").split(", ") if text else []
    return Signature(tuple(_parameter(part) for part in parts), body, variadic)


def _parameter(text: str) -> Parameter:
    name, _, kinds = text.partition(": ")
    optional, nullable = name.endswith("?"), kinds.endswith("?")
    name, kinds = name.removesuffix("?"), kinds.removesuffix("?")
    if kinds == "any":
        return Parameter(name, None, optional)
    return Parameter(name, frozenset(_TYPES[each] for each in kinds.split("|")), optional, nullable or optional)
