"""Types: what ``instance of`` asks, what parameters declare, how a value is fitted to a declared type."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from engine.feel.errors import FeelSyntaxError
from engine.feel.scanner import Scanner
from engine.feel.values import Range, Value, kind

_SIMPLE: Final = (
    "years and months duration",
    "days and time duration",
    "day and time duration",
    "date and time",
    "number",
    "string",
    "boolean",
    "date",
    "time",
    "Any",
    "Null",
)
_COMPOUND: Final = ("list", "range", "context", "function")
_TYPE: Final = re.compile("|".join(name.replace(" ", r"\s+") + r"\b" for name in (*_SIMPLE, *_COMPOUND)))
_OLD_NAMES: Final = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "day and time duration": "days and time duration",
    **dict.fromkeys(("integer", "long", "double"), "number"),
}
"""Names of DMN 1.1 and of Camunda 7, and a common slip."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its name, and of a list or range the type of the elements, of a context its entries."""

    name: str
    of: "Type | None" = None
    entries: tuple[tuple[str, "Type"], ...] = ()


ANY: Final = Type("Any")


def read_type(scanner: Scanner) -> Type:
    found = scanner.comes(_TYPE)
    if not found:
        raise scanner.refuse("a type")
    name = " ".join(found[0].split())
    scanner.goto(found.end())
    if name not in _COMPOUND or not _takes(scanner, "<"):
        return Type(_OLD_NAMES.get(name, name))
    return _read_context(scanner) if name == "context" else _read_compound(scanner, name)


def _read_compound(scanner: Scanner, name: str) -> Type:
    inner = []
    while not _takes(scanner, ">"):
        inner.append(read_type(scanner))
        _takes(scanner, ",")
    if name == "function" and _takes(scanner, "->"):
        read_type(scanner)
    return Type(name) if name == "function" or not inner else Type(name, of=inner[0])


def _read_context(scanner: Scanner) -> Type:
    entries = []
    while not _takes(scanner, ">"):
        name = scanner.new_name(":")
        if name is None or not _takes(scanner, ":"):
            raise scanner.refuse("an entry and its type")
        entries.append((name, read_type(scanner)))
        _takes(scanner, ",")
    return Type("context", entries=tuple(entries))


def _takes(scanner: Scanner, symbol: str) -> bool:
    there = scanner.token.kind == "symbol" and scanner.token.text == symbol
    if there:
        scanner.advance()
    return there


def type_named(text: str) -> Type | None:
    """The type a ``typeRef`` names, whatever its prefix and whichever edition of DMN wrote it; None if it is not FEEL's."""
    name = text.strip()
    name = name if "<" in name else name.rpartition(":")[2]
    name = _OLD_NAMES.get(name, name)
    try:
        scanner = Scanner(name)
        found = read_type(scanner)
    except FeelSyntaxError:
        return None
    return found if scanner.token.kind == "end" else None


def conforms(value: Value, to: Type) -> bool:
    """Whether a value is an instance of the type; null is an instance of none but Null, yet may stand in any part."""
    if to.name == "Any":
        return value is not None
    if to.name == "Null":
        return value is None
    if kind(value) != to.name:
        return False
    if type(value) is list:
        return to.of is None or all(_may_stand(item, to.of) for item in value)
    if type(value) is Range:
        return to.of is None or all(_may_stand(end, to.of) for end in (value.start, value.end))
    if type(value) is dict:
        return all(name in value and _may_stand(value[name], entry) for name, entry in to.entries)
    return True


def _may_stand(value: Value, to: Type) -> bool:
    return value is None or conforms(value, to)


def fit(value: Value, to: Type) -> Value:
    """The value as that type: one element out of or into its list, a day as its midnight; null where it does not fit.

    DMN 1.3, 10.3.2.9.4.
    """
    if value is None or conforms(value, to):
        return value
    if type(value) is list and len(value) == 1 and to.name != "list" and conforms(value[0], to):
        return value[0]  # type: ignore[no-any-return]
    if to.name == "list" and conforms([value], to):
        return [value]
    if to.name == "date and time" and type(value) is date:
        return datetime(value.year, value.month, value.day)
    return None
