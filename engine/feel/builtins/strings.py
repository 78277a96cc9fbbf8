"""Text: parts of it, patterns in it."""

import re
from decimal import Decimal
from typing import Any, Final

from engine.feel.builtins.patterns import compile_pattern, in_time
from engine.feel.builtins.registry import built_in
from engine.feel.errors import Exhausted
from engine.feel.numbers import truncated, whole
from engine.feel.run import Run
from engine.feel.values import MAX_LIST, MAX_STRING, Value

_BAD_REPLACEMENT: Final = re.compile(r"(?<!\\)(?:\\\\)*\$(?!\d)|\\[^\\$]|\\$")
_REPLACEMENT: Final = re.compile(r"\\([\\$])|\$(\d)")


@built_in("substring", "string: string, start position: number, length?: number?")
def substring(string: str, start: Decimal, length: Decimal | None) -> str | None:
    first, count = whole(start), None if length is None else truncated(length)
    if not first or abs(first) > len(string) or (length is not None and (count is None or count < 1)):
        return None
    begin = first - 1 if first > 0 else len(string) + first
    return string[begin:] if count is None else string[begin : begin + count]


@built_in("string length", "string: string")
def string_length(string: str) -> Decimal:
    return Decimal(len(string))


@built_in("upper case", "string: string")
def upper_case(string: str) -> str:
    return _bounded(string.upper())


@built_in("lower case", "string: string")
def lower_case(string: str) -> str:
    return _bounded(string.lower())


@built_in("trim", "string: string")
def trim(string: str) -> str:
    return string.strip()


@built_in("is blank", "string: string")
def is_blank(string: str) -> bool:
    return not string.strip()


@built_in("substring before", "string: string, match: string")
def substring_before(string: str, match: str) -> str:
    return string.partition(match)[0] if match and match in string else ""


@built_in("substring after", "string: string, match: string")
def substring_after(string: str, match: str) -> str:
    return string.partition(match)[2] if match else string


@built_in("contains", "string: string, match: string")
def contains(string: str, match: str) -> bool:
    return match in string


@built_in("starts with", "string: string, match: string")
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@built_in("ends with", "string: string, match: string")
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@built_in("string join", "list: list, delimiter?: string?")
def string_join(items: list[Value], delimiter: str | None) -> str | None:
    texts = [item for item in items if type(item) is str]
    if len(texts) + items.count(None) < len(items):
        return None
    size = sum(map(len, texts)) + len(delimiter or "") * len(texts)
    if size > MAX_STRING:
        raise Exhausted("a string is too long")
    return (delimiter or "").join(texts)


@built_in("matches", "input: string, pattern: string, flags?: string?")
def matches(run: Run, text: str, pattern: str, flags: str | None) -> bool | None:
    compiled = compile_pattern(run, pattern, flags)
    return None if compiled is None else in_time(run, compiled.search, text) is not None


@built_in("replace", "input: string, pattern: string, replacement: string, flags?: string?")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None) -> str | None:
    """Null for a pattern that also matches nothing at all, and for a replacement no group answers to."""
    compiled = compile_pattern(run, pattern, flags)
    if compiled is None or in_time(run, compiled.search, "") is not None:
        return None
    literal = "q" in (flags or "")
    if not literal and _BAD_REPLACEMENT.search(replacement):
        return None
    grown = 0

    def replaced(found: Any) -> str:
        nonlocal grown
        new = replacement if literal else _filled(replacement, found)
        grown += len(new)
        if grown > MAX_STRING:
            raise Exhausted("a string is too long")
        return new

    return _bounded(in_time(run, lambda subject, timeout: compiled.sub(replaced, subject, timeout=timeout), text))


def _filled(replacement: str, found: Any) -> str:
    def part(reference: re.Match[str]) -> str:
        if reference[1]:
            return reference[1]
        group = int(reference[2])
        return (found.group(group) or "") if group <= found.re.groups else ""

    return _REPLACEMENT.sub(part, replacement)


@built_in("split", "string: string, delimiter: string")
def split(run: Run, string: str, delimiter: str) -> list[Value] | None:
    compiled = compile_pattern(run, delimiter, None)
    if compiled is None:
        return None
    pieces: list[Value] = []
    end = 0
    for found in in_time(run, lambda subject, timeout: list(compiled.finditer(subject, timeout=timeout)), string):
        pieces.append(string[end : found.start()])
        end = found.end()
    if len(pieces) >= MAX_LIST:
        raise Exhausted("a list is too long")
    return [*pieces, string[end:]]


def _bounded(text: str) -> str:
    if len(text) > MAX_STRING:
        raise Exhausted("a string is too long")
    return text
