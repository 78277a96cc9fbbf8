"""What a diagram may call: every operation has one name and one function.

    operations = Registry()

    @operations.operation("rectification.open", summary="Open an item for each finding", outputs={"items": "their numbers"})
    def open_items(ctx, call, *, unit: str, deadline: date, note: str | None = None) -> Mapping[str, object]: ...

The keyword-only parameters of the function are the parameters a diagram may give, with their types and defaults; what
it returns are the outputs. ``ctx`` and ``call`` are handed through untouched.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from inspect import Parameter as Drawn
from inspect import signature
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from engine.errors import Invalid, NotFound

Verb = TypeVar("Verb", bound=Callable[..., Any])

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_LOCAL: Final = ZoneInfo("Asia/Shanghai")
_MISSING: Final = Drawn.empty


class WrongParameter(Invalid):
    """The operation {operation} cannot take its parameter {parameter}: {reason}."""

    code = "wrong_parameter"


class UnknownOperation(NotFound):
    """There is no operation {name}{nearest}."""

    code = "unknown_operation"


class DecisionName(str):
    """A parameter of this type names a decision that the operation evaluates; it is checked and pinned like a drawn one."""

    __slots__ = ()


class BadDeclaration(TypeError):
    """An operation was declared in a way that cannot work; a fault of the program."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing a diagram may give to an operation."""

    name: str
    #: ``int``, ``str``, ``bool``, ``Decimal``, ``date``, ``datetime``, ``list``, ``dict``, ``decision`` or ``any``.
    type: str
    #: Whether null may be given.
    optional: bool
    required: bool
    default: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A name a diagram may call, and what it means."""

    name: str
    verb: Callable[..., Mapping[str, object] | None]
    parameters: tuple[Parameter, ...]
    #: Name of an output -> what it means.
    outputs: Mapping[str, str]
    summary: str
    #: What a form of a task with this operation is opened with: a verb of the same parameters, without a call.
    preparation: Callable[..., Mapping[str, object]] | None = None

    def prepare(self, ctx: Any, inputs: Mapping[str, Any]) -> Mapping[str, object]:
        """Known values and choices for the form, from the parameters the task was entered with."""
        return self.preparation(ctx, **self.arguments(inputs)) if self.preparation else {}

    def call(self, ctx: Any, call: Any, inputs: Mapping[str, Any]) -> Mapping[str, object]:
        """Calls the verb with the inputs as its annotations type them. Raises ``WrongParameter``, or what it raises."""
        return self.verb(ctx, call, **self.arguments(inputs)) or {}

    def arguments(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs, typed. Raises ``WrongParameter`` for the first that is unknown, missing or unfit."""
        for reason in self.misfits(inputs):
            raise reason
        known = {parameter.name: parameter for parameter in self.parameters}
        return {name: self._fit(known[name], value) for name, value in inputs.items()}

    def misfits(self, given: Mapping[str, Any]) -> Iterator[WrongParameter]:
        """Every parameter that is given and not known, or known, required and not given."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                nearest = ", ".join(known) or "none"
                reason = f"it has no such parameter, only {nearest}"
                yield WrongParameter(operation=self.name, parameter=name, reason=reason)
        for name, parameter in known.items():
            if parameter.required and name not in given:
                yield WrongParameter(operation=self.name, parameter=name, reason="it is required and not given")

    def fit(self, name: str, value: Any) -> Any:
        """One input, typed. Raises ``WrongParameter``."""
        return self._fit(next(parameter for parameter in self.parameters if parameter.name == name), value)

    def _fit(self, parameter: Parameter, value: Any) -> Any:
        if value is None or (value == "" and parameter.optional and parameter.type != "str"):
            if parameter.optional or parameter.type == "any":
                return None
            reason = "null was given"
            raise WrongParameter(operation=self.name, parameter=parameter.name, reason=reason)
        try:
            return _FITTERS[parameter.type](value)
        except (ValueError, InvalidOperation, OverflowError) as error:
            reason = f"{value!r} is no {parameter.type}"
            raise WrongParameter(operation=self.name, parameter=parameter.name, reason=reason) from error


class Registry(Mapping[str, Operation]):
    """Operations by name."""

    def __init__(self) -> None:
        self._operations: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        """Raises ``UnknownOperation``, which names the nearest."""
        if name in self._operations:
            return self._operations[name]
        raise UnknownOperation(name=name, nearest=nearest(name, self._operations))

    def __contains__(self, name: object) -> bool:
        return name in self._operations

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._operations))

    def __len__(self) -> int:
        return len(self._operations)

    def get(self, name: str, default: Any = None) -> Any:
        return self._operations.get(name, default)

    def operation(self, name: str, *, summary: str, outputs: Mapping[str, str] | None = None) -> Callable[[Verb], Verb]:
        """Declares the decorated function as an operation. Raises ``BadDeclaration``, also for a name already taken."""

        def declare(verb: Verb) -> Verb:
            self._add(Operation(name, verb, _parameters(name, verb), dict(outputs or {}), summary))
            return verb

        return declare

    def prepares(self, name: str) -> Callable[[Verb], Verb]:
        """Declares what the form of a task with that operation is opened with."""

        def declare(verb: Verb) -> Verb:
            self._operations[name] = replace(self[name], preparation=verb)
            return verb

        return declare

    def include(self, other: "Registry") -> None:
        """Takes over every operation of another registry, or none of them."""
        for operation in other._operations.values():
            self._refuse_duplicate(operation)
        self._operations |= other._operations

    def _add(self, operation: Operation) -> None:
        if not _NAME.fullmatch(operation.name):
            raise BadDeclaration(f"{operation.name!r} is no name of the form subject.verb ({_place(operation)})")
        self._refuse_duplicate(operation)
        self._operations[operation.name] = operation

    def _refuse_duplicate(self, operation: Operation) -> None:
        standing = self._operations.get(operation.name)
        if standing is not None:
            places = f"at {_place(standing)} and at {_place(operation)}"
            raise BadDeclaration(f"the operation {operation.name} is declared twice, {places}")


def nearest(name: str, known: Mapping[str, object]) -> str:
    """`` (did you mean a or b?)``, or nothing."""
    close = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def _place(operation: Operation) -> str:
    code = getattr(operation.verb, "__code__", None)
    line = f":{code.co_firstlineno}" if code else ""
    return f"{getattr(operation.verb, '__module__', '?')}{line}"


def _parameters(name: str, verb: Callable[..., Any]) -> tuple[Parameter, ...]:
    hints = get_type_hints(verb)
    drawn = list(signature(verb).parameters.values())
    handed, own = drawn[:2], drawn[2:]
    if len(handed) < 2 or any(each.kind is not Drawn.POSITIONAL_OR_KEYWORD for each in handed):
        raise BadDeclaration(f"{name}: the first two parameters are ctx and call")
    if any(each.kind is not Drawn.KEYWORD_ONLY for each in own):
        raise BadDeclaration(f"{name}: what a diagram gives are keyword-only parameters")
    return tuple(_parameter(name, each, hints) for each in own)


def _parameter(name: str, drawn: Drawn, hints: Mapping[str, Any]) -> Parameter:
    if drawn.name not in hints:
        raise BadDeclaration(f"{name}: the parameter {drawn.name} has no type")
    kind, optional = _kind(hints[drawn.name])
    if kind is None:
        raise BadDeclaration(f"{name}: a parameter cannot be of type {hints[drawn.name]}")
    required = drawn.default is _MISSING
    return Parameter(drawn.name, kind, optional, required, None if required else drawn.default)


def _kind(hint: Any) -> tuple[str | None, bool]:
    """Name of the type in ``_FITTERS``, and whether null may be given."""
    if get_origin(hint) in (Union, UnionType):
        inner = [each for each in get_args(hint) if each is not NoneType]
        return (_kind(inner[0])[0] if len(inner) == 1 else None), len(inner) < len(get_args(hint))
    bare = get_origin(hint) or hint
    if bare in (Any, object):
        return "any", True
    names: dict[Any, str] = {list: "list", dict: "dict", Mapping: "dict", DecisionName: "decision"}
    plain = {each: each.__name__ for each in (int, str, bool, Decimal, date, datetime)}
    return (plain | names).get(bare), False


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str) or int(value) != _decimal(value):
        raise ValueError(value)
    return int(value)


def _str(value: Any) -> str:
    """A number is taken too: a unit's code may be drawn as 17."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(value)
    return str(int(value)) if value == int(value) else str(value)


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}[value] if value in ("true", "false") else _refuse(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError(value)
    number = Decimal(value)
    return number if number.is_finite() else _refuse(value)


def _date(value: Any) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return value if type(value) is date else _refuse(value)


def _datetime(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        raise ValueError(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=_LOCAL)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else _refuse(value)


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else _refuse(value)


def _refuse(value: Any) -> Any:
    raise ValueError(value)


_FITTERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "int": _int,
    "str": _str,
    "bool": _bool,
    "Decimal": _decimal,
    "date": _date,
    "datetime": _datetime,
    "list": _list,
    "dict": _dict,
    "decision": lambda value: DecisionName(_str(value)),
    "any": lambda value: value,
}
