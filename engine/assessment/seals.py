"""Seals: one digest over rows as they were kept, written into the chained record by the act that made them.

Recomputing a result finds a changed figure only where the figure decides something. A seal covers every column, also those
nothing is computed from: a name, a unit of measure, a note. The digest is SM3, as of the record itself.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from engine.db import Base


def of_rows(rows: Iterable[Iterable[Any]]) -> str:
    """The seal of rows, whatever their order: their values in the order of the table's columns."""
    lines = map("\x1f".join, zip(*map(_texts, zip(*rows, strict=True)), strict=True))
    return hashlib.new("sm3", "\x1e".join(sorted(lines)).encode()).hexdigest()


def of_kept(*kept: Base, without: Collection[str] = ()) -> str:
    """The seal of mapped rows of one table, without the columns that later acts may change."""
    return of_rows(
        [getattr(row, each.key) for each in row.__mapper__.column_attrs if each.key not in without] for row in kept
    )


def _texts(column: Sequence[Any]) -> Iterable[str]:
    """A column is mostly of one type, which need not be looked up for each of a country's values."""
    kinds = set(map(type, column))
    if len(kinds) > 1:
        return [_TEXT.get(type(value), str)(value) for value in column]
    return column if kinds == {str} else map(_TEXT.get(kinds.pop(), str), column)


def _plain(value: Decimal) -> str:
    """Stored and read back, an exponent is written out and a zero has no sign; a value has one text before and after."""
    text = str(value if value else abs(value))
    return format(value, "f") if "E+" in text else text


_canonical_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode


def _canonical(value: dict[str, Any] | list[Any]) -> str:
    """An empty one, as most are, is written the same way by ``str``, which takes a tenth of the time."""
    return _canonical_json(value) if value else str(value)


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _nothing(_: None) -> str:
    """No text of a database is this one."""
    return "\x00"


#: How a value is written where ``str`` would not write it the same way on every database, or like another value.
_TEXT: dict[type, Callable[[Any], str]] = {
    Decimal: _plain,
    NoneType: _nothing,
    dict: _canonical,
    list: _canonical,
    datetime: _utc,
}
