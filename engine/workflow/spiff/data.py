"""What expressions see and where values go.

A process instance has one set of variables; a subprocess shares it, a called process has its own. An instance of a
multi-instance also sees its item and the counts of the whole. Whoever writes a name that is local here, writes the
local one; everything else belongs to the process instance.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from engine import feel
from engine.errors import BihuanError, Invalid
from engine.workflow.spiff.diagram import Formula, Value
from engine.workflow.spiff.tokens import Halt, Token

_PLAIN: Final = frozenset(
    {type(None), bool, int, Decimal, str, date, datetime, time, timedelta, feel.YearMonths, feel.Range}
)
_MAX_DEPTH: Final = 50


class NotPlain(Invalid):
    """A value of kind {kind} cannot be kept in a process; give text, numbers, dates, lists or maps of these."""

    code = "not_plain"


def plain(value: Any, depth: int = 0) -> Any:
    """An independent copy of plain data. A float becomes the decimal it is written as. Raises ``NotPlain``."""
    if depth > _MAX_DEPTH:
        raise NotPlain(kind="list inside list inside list")
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return Decimal(repr(value))
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping) and all(type(name) is str for name in value):
        return {name: plain(item, depth + 1) for name, item in value.items()}
    raise NotPlain(kind=kind.__name__)


def _around(token: Token) -> Iterator[Token]:
    """The token, the whole it is an instance of, the subprocess it runs in, and so on up to the process instance."""
    here: Token | None = token
    while here is not None:
        yield here
        if here.body is not None:
            here = here.whole
        else:
            frame = here.frame
            here = None if frame.home is frame else frame.owner


def context(token: Token, *nearer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The names an expression at this token sees; ``nearer`` names hide those further out."""
    maps: list[Mapping[str, Any]] = list(nearer)
    for here in _around(token):
        if here.local:
            maps.append(here.local)
        if here.many is not None:
            maps.append(here.many.counts())
    return ChainMap(*maps, token.frame.home.variables)  # type: ignore[arg-type]


def visible(token: Token) -> dict[str, Any]:
    """Every variable a token sees, a copy."""
    seen = dict(token.frame.home.variables)
    for here in reversed(list(_around(token))):
        seen.update(here.local)
    return {name: plain(value) for name, value in seen.items()}


def evaluate(formula: Formula, token: Token, *nearer: Mapping[str, Any]) -> Any:
    """The value of an expression at a token. Raises ``Halt`` where it cannot be had."""
    try:
        return plain(formula.expression.evaluate(context(token, *nearer), now=token.top.now))
    except BihuanError as error:
        raise Halt(f"{formula.text}: {error}") from error


def holds(formula: Formula, token: Token, *nearer: Mapping[str, Any]) -> bool:
    """Whether a condition is true. Null is not true, nor is any other value."""
    return evaluate(formula, token, *nearer) is True


def resolve(value: Value, token: Token, *nearer: Mapping[str, Any]) -> Any:
    """What an attribute means here: literal text as it is, expressions by their value."""
    if isinstance(value, Formula):
        return evaluate(value, token, *nearer)
    if isinstance(value, tuple):
        return [resolve(item, token, *nearer) for item in value]
    if isinstance(value, Mapping):
        return {name: resolve(item, token, *nearer) for name, item in value.items()}
    return value


def assign(token: Token, values: Mapping[str, Any], *, outside: bool = False) -> None:
    """Writes variables as seen from a token, or from just outside its activity."""
    own = (token, token.whole) if outside else ()
    for name, value in values.items():
        for here in _around(token):
            if name in here.local and here not in own:
                here.local[name] = value
                break
        else:
            token.frame.home.variables[name] = value


def deliver(token: Token, results: Mapping[str, Any]) -> None:
    """Writes what an activity has produced. Its output parameters choose and name, for the world outside the activity;
    without any, every result is written as seen from inside, where an instance has its own item."""
    outputs = token.element.outputs
    if outputs:
        assign(token, {name: resolve(value, token, results) for name, value in outputs.items()}, outside=True)
    else:
        assign(token, results)
