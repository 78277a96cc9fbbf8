"""Values as JSON, in two encodings.

``dumps`` and ``loads`` keep process variables. JSON stays the JSON it is; what JSON has no form for is an object whose one
name begins with a single ``$``, such as ``{"$date": "2026-04-01"}``. A name of the user's own that begins with ``$`` is
written with one ``$`` more, so every context survives. A decimal that is a whole number is written ``5E0``: it comes back
as a decimal, while ``5`` comes back as an int.

``encode`` and ``decode`` are the encoding of the public conformance cases, in which a number is ``{"n": "0.3"}``.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.feel.errors import Unusable
from engine.feel.far import FarDate, FarMoment
from engine.feel.numbers import show_number
from engine.feel.run import Run
from engine.feel.temporal import (
    read_date,
    read_date_and_time,
    read_duration,
    read_time,
    show_date,
    show_date_and_time,
    show_days_and_time,
    show_time,
    show_years_and_months,
)
from engine.feel.texts import show
from engine.feel.values import Range, Value, YearMonths

_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
_MAX_MONTHS: Final = 10**15


def dumps(value: object) -> str:
    """The value as one line of JSON; ``loads`` gives it back. A float is taken as the decimal it is written as."""
    try:
        return _write(value)
    except RecursionError:
        raise Unusable("A value so deep") from None


def _write(value: Any) -> str:
    writer = _WRITERS.get(type(value))
    if writer is None:
        raise Unusable("A value of type {kind}", kind=type(value).__name__)
    return writer(value)


def _write_text(value: str) -> str:
    if not value.isascii() and _HALF_CHARACTER.search(value):
        raise Unusable("Text with half a character")
    return encode_basestring(value)


def _write_int(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        raise Unusable("A number so long") from None


def _write_decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise Unusable("A number that is not finite")
    text = str(value)
    return text if "." in text or "E" in text else text + "E0"


def _write_list(value: list[Any] | tuple[Any, ...]) -> str:
    return "[" + ",".join(map(_write, value)) + "]"


def _write_context(value: dict[Any, Any]) -> str:
    return "{" + ",".join([f"{_write_name(name)}:{_write(item)}" for name, item in value.items()]) + "}"


def _write_name(name: object) -> str:
    if type(name) is not str:
        raise Unusable("A context whose names are not text")
    return _write_text("$" + name if name.startswith("$") else name)


def _tagged(tag: str, show_value: Callable[[Any], Any]) -> Callable[[Any], str]:
    return lambda value: f'{{"${tag}":{_write(show_value(value))}}}'


def _show_moment(value: datetime | time) -> str:
    """A named zone stands in brackets after the offset, which tells the two hours apart that a clock shows twice."""
    text = value.isoformat()
    if isinstance(value.tzinfo, ZoneInfo):
        if value.tzinfo.key is None:
            raise Unusable("A time zone without a name")
        return f"{text}[{value.tzinfo.key}]"
    return text


def _show_months(value: YearMonths) -> str:
    if abs(value.months) > _MAX_MONTHS:
        raise Unusable("A duration so long")
    return show_years_and_months(value)


def _range_parts(value: Range) -> dict[str, Any]:
    return {
        "start": value.start,
        "end": value.end,
        "start_included": value.start_included,
        "end_included": value.end_included,
        "comparator": value.comparator,
    }


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _value: "null",
    bool: lambda value: "true" if value else "false",
    str: _write_text,
    int: _write_int,
    float: lambda value: _write_decimal(Decimal(repr(value))),
    Decimal: _write_decimal,
    list: _write_list,
    tuple: _write_list,
    dict: _write_context,
    date: _tagged("date", date.isoformat),
    time: _tagged("time", _show_moment),
    datetime: _tagged("datetime", _show_moment),
    FarDate: _tagged("date", show_date),
    FarMoment: _tagged("far", show_date_and_time),
    timedelta: _tagged("duration", show_days_and_time),
    YearMonths: _tagged("duration", _show_months),
    Range: _tagged("range", _range_parts),
}


def loads(text: str) -> Any:
    """The value ``dumps`` wrote. Whole JSON numbers come back as int, all others as exact decimals."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_hook=_restored)
    except (ValueError, InvalidOperation, RecursionError):
        raise Unusable("Text that is no stored value") from None


def _refuse_constant(_name: str) -> None:
    raise ValueError("not a finite number")


def _restored(entries: dict[str, Any]) -> Any:
    for name in entries:
        if name.startswith("$"):
            return _untagged(entries)
    return entries


def _untagged(entries: dict[str, Any]) -> Any:
    name = next(iter(entries))
    if len(entries) == 1 and not name.startswith("$$"):
        return _read_tagged(name, entries[name])
    if any(name.startswith("$") and not name.startswith("$$") for name in entries):
        _refuse_tag(name)
    return {name[1:] if name.startswith("$") else name: value for name, value in entries.items()}


def _read_tagged(tag: str, content: Any) -> Any:
    if tag == "$range" and type(content) is dict and content.keys() == _RANGE_PARTS:
        return Range(**content)
    return _READERS[tag](content) if tag in _READERS and type(content) is str else _refuse_tag(tag)


def _refuse_tag(name: str) -> None:
    raise ValueError(f"{name} is no tag")


def _read_moment(text: str) -> tuple[str, ZoneInfo | None]:
    clock, bracket, zone = text.partition("[")
    return clock, ZoneInfo(zone.removesuffix("]")) if bracket else None


def _read_date(text: str) -> Any:
    return _known(read_date(text), text)


def _known(value: Any, text: str) -> Any:
    if value is None:
        raise ValueError(text)
    return value


def _read_far_moment(text: str) -> Any:
    return _known(read_date_and_time(text), text)


def _read_datetime(text: str) -> datetime:
    clock, zone = _read_moment(text)
    written = datetime.fromisoformat(clock)
    if zone is None:
        return written
    local = written.replace(tzinfo=zone)
    return local if local.utcoffset() == written.utcoffset() else local.replace(fold=1)


def _read_time(text: str) -> time:
    clock, zone = _read_moment(text)
    return time.fromisoformat(clock) if zone is None else time.fromisoformat(clock).replace(tzinfo=zone)


def _read_duration(text: str) -> Any:
    return _known(read_duration(text), text)


_RANGE_PARTS: Final = {"start", "end", "start_included", "end_included", "comparator"}
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "$date": _read_date,
    "$time": _read_time,
    "$datetime": _read_datetime,
    "$far": _read_far_moment,
    "$duration": _read_duration,
}


def encode(value: Value) -> Any:
    """The value as the conformance cases write it, in plain JSON objects."""
    if value is None or type(value) is bool or type(value) is str:
        return value
    if type(value) is list:
        return [encode(item) for item in value]
    if type(value) is dict:
        return {"ctx": {name: encode(item) for name, item in value.items()}}
    if type(value) not in _ENCODINGS:
        raise Unusable("A function")
    tag, show_value = _ENCODINGS[type(value)]
    return {tag: show_value(value)}


_ENCODINGS: Final[dict[type, tuple[str, Callable[[Any], str]]]] = {
    Decimal: ("n", show_number),
    **dict.fromkeys((date, FarDate), ("date", show_date)),
    time: ("time", show_time),
    **dict.fromkeys((datetime, FarMoment), ("dateTime", show_date_and_time)),
    timedelta: ("duration", show_days_and_time),
    YearMonths: ("duration", show_years_and_months),
    Range: ("range", lambda value: show(value, Run({}))),
}


def decode(encoded: Any) -> Value:
    """The value the conformance cases mean. A plain JSON number is the exact decimal it is written as."""
    if isinstance(encoded, list):
        return [decode(item) for item in encoded]
    if not isinstance(encoded, dict):
        return _decode_plain(encoded)
    if len(encoded) == 1:
        (tag, content), *_ = encoded.items()
        if tag == "ctx" and isinstance(content, dict):
            return {name: decode(item) for name, item in content.items()}
        value = _DECODINGS[tag](content) if tag in _DECODINGS and isinstance(content, str) else None
        if value is not None:
            return value
    return {name: decode(item) for name, item in encoded.items()}


def _decode_plain(encoded: Any) -> Value:
    if encoded is None or isinstance(encoded, bool | str):
        return encoded
    if isinstance(encoded, int | float | Decimal):
        return _decode_number(repr(encoded) if isinstance(encoded, float) else str(encoded))
    raise Unusable("A value of type {kind}", kind=type(encoded).__name__)


def _decode_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_DECODINGS: Final[dict[str, Callable[[str], Value]]] = {
    "n": _decode_number,
    "date": read_date,
    "time": read_time,
    "dateTime": read_date_and_time,
    "duration": read_duration,
}
