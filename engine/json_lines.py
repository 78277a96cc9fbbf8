"""A JSON document a line in, a JSON document a line out, in the same order; a line that cannot be used stops nothing.

Over several processes the lines go out in portions and only a few portions are under way at a time, so that a file of any
length takes the memory of a few of its lines.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

from engine import abreast
from engine.errors import BihuanError, Invalid

#: So many bytes are worth the way to another process; a longer line travels alone.
PORTION = 1_000_000
#: Number of its first line, and the lines.
Portion: TypeAlias = tuple[int, list[bytes]]


class NotJson(Invalid):
    """{where} is no JSON: {why}."""

    code = "not_json"


def read(given: str | bytes | Path, where: str) -> Any:
    """JSON with exact numbers, and only what JSON knows. Raises ``NotJson`` saying ``where``."""
    try:
        text = given.read_text("utf-8") if isinstance(given, Path) else given
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotJson(where=where, why=str(error)) from None


def error_line(error: BihuanError) -> dict[str, Any]:
    """What stands in the place of an answer that was refused."""
    return {"error": {"code": error.code, "message": " ".join(str(error).split())}}


def answers(lines: Iterable[bytes], calculate: Callable[[Any], Any], processes: int = 1) -> Iterator[str]:
    """``calculate`` of every line that is not blank, as JSON text; of a line that is refused, its error.

    With several ``processes``, ``calculate`` is a function of a module; what fits one portion is never sent away.
    """
    portions = _portions(lines)
    first, second = next(portions, None), next(portions, None)
    if first is None:
        return iter(())
    if processes == 1 or second is None:
        together = chain([first], [second] if second else [], portions)
        return chain.from_iterable(_answered(portion, calculate) for portion in together)
    return _by_others(chain([first, second], portions), calculate, processes)


def _by_others(portions: Iterable[Portion], calculate: Callable[[Any], Any], processes: int) -> Iterator[str]:
    asked = ((None, (portion, calculate)) for portion in portions)
    for _, answered in abreast.in_order(_all_answered, asked, processes):
        yield from answered


def _portions(lines: Iterable[bytes]) -> Iterator[Portion]:
    portion: list[bytes] = []
    start = size = 0
    for number, line in enumerate(lines, 1):
        if portion and size + len(line) > PORTION:
            yield start, portion
            portion, size = [], 0
        if not portion:
            start = number
        portion.append(line)
        size += len(line)
    if portion:
        yield start, portion


def _all_answered(asked: tuple[Portion, Callable[[Any], Any]]) -> list[str]:
    return list(_answered(*asked))


def _answered(portion: Portion, calculate: Callable[[Any], Any]) -> Iterator[str]:
    start, lines = portion
    for number, line in enumerate(lines, start):
        if line.strip():
            yield json.dumps(_answer(line, number, calculate), ensure_ascii=False, default=str)


def _answer(line: bytes, number: int, calculate: Callable[[Any], Any]) -> Any:
    try:
        return calculate(read(line, f"line {number}"))
    except BihuanError as error:
        return error_line(error)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")
