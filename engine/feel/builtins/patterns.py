"""Regular expressions of XPath, as ``matches``, ``replace`` and ``split`` take them, bounded in length and time.

The dialect is translated to that of the ``regex`` package, which can be stopped. Where the two part: ``.`` is no carriage
return either, ``$`` only the very end, ``\\i`` and ``\\c`` are the characters of names, a class may be subtracted from a
class; look-around and the other ``(?`` forms do not exist (XPath Functions 3.1, 5.6.1).
"""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import regex

from engine.feel.errors import Exhausted
from engine.feel.run import Run

MAX_PATTERN: Final = 500
_SECONDS: Final = 0.05
_STEPS: Final = 100
"""What one search costs beside the length of its text, so that the clock is looked at every ten."""

_FLAGS: Final = {"s": regex.DOTALL, "m": regex.MULTILINE, "i": regex.IGNORECASE, "x": 0, "q": 0}
MAX_WEIGHT: Final = 10_000
"""Characters of a pattern with every counted repetition written out; some are, when it is compiled."""
_PIECE: Final = re.compile(r"\\[pP]\{[^}]*\}|\\.|\(\?:|\(\?|\[\^?|\{[^}]*\}|.", re.DOTALL)
_COUNT: Final = re.compile(r"\{(\d{1,5})(?:,(\d{0,5}))?\}", re.ASCII)
_NAME_START: Final = r"_:\p{L}"
_NAME_PART: Final = r"\-._:\p{L}\p{N}\p{M}"
_ESCAPES: Final = {
    r"\i": f"[{_NAME_START}]",
    r"\I": f"[^{_NAME_START}]",
    r"\c": f"[{_NAME_PART}]",
    r"\C": f"[^{_NAME_PART}]",
}
_KNOWN_ESCAPES: Final = frozenset("nrt\\|.?*+(){}-[]^$sSdDwW")

Found = TypeVar("Found")


def compile_pattern(run: Run, pattern: str, flags: str | None) -> Any:
    """The compiled pattern; None where pattern or flags are not of XPath."""
    if len(pattern) > MAX_PATTERN:
        raise Exhausted("a pattern is too long")
    run.charge(_STEPS)
    given = set(flags or "")
    if not given <= _FLAGS.keys():
        return None
    source = re.escape(pattern) if "q" in given else _translated(pattern, given)
    if source is None:
        return None
    try:
        return regex.compile(source, sum(_FLAGS[flag] for flag in given) | regex.VERSION1)
    except (regex.error, ValueError, OverflowError, RecursionError, IndexError):
        return None


def in_time(run: Run, search: Callable[..., Found], text: str) -> Found:
    """What ``search`` finds in the text, if it does so before the time for one search is over."""
    run.charge(_STEPS)
    run.look_at_clock()
    try:
        return search(text, timeout=_SECONDS)
    except TimeoutError:
        raise Exhausted("a pattern takes too long") from None


def browser_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a text holds the pattern of a form, in the dialect of browsers and within the bounds of ``matches``.

    Raises ``ValueError`` for what is no pattern and ``Exhausted`` for one that is too large, or, asked, takes too long.
    """
    if len(pattern) > MAX_PATTERN:
        raise Exhausted("a pattern is too long")
    weight = _Weight()
    for piece in _PIECE.findall(pattern):
        weight.add(piece)
    try:
        compiled = regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError, IndexError) as error:
        raise ValueError(str(error)) from None
    run = Run({})
    return lambda text: in_time(run, compiled.search, text) is not None


def _translated(pattern: str, flags: set[str]) -> str | None:
    """The pattern in the other dialect; None for what XPath has not."""
    pieces: list[str] = []
    classes, weight = 0, _Weight()
    for found in _PIECE.finditer(pattern):
        piece = "".join(found[0].split()) if "x" in flags and not classes else found[0]
        if piece.startswith("["):
            pieces.append("-" + piece if classes and pieces[-1] == "-" else piece)
            classes += 1
            continue
        classes -= piece == "]" and classes > 0
        translated = _piece(piece, classes > 0, flags)
        if translated is None:
            return None
        if not classes:
            weight.add(piece)
        pieces.append(translated)
    return "".join(pieces)


def _piece(piece: str, in_class: bool, flags: set[str]) -> str | None:
    if piece == "(?" or (in_class and piece[0] == "\\" and piece[1:2].isdigit()):
        return None
    if piece in _ESCAPES:
        return _ESCAPES[piece]
    if piece[:3] in (r"\p{", r"\P{"):
        return piece.replace("{Is", "{In", 1)  # a block; scripts have no prefix in XPath
    if len(piece) == 2 and piece[0] == "\\":
        return piece if piece[1] in _KNOWN_ESCAPES or piece[1].isdigit() else None
    if in_class:
        return rf"\{piece}" if piece in ("&", "|", "~") else piece
    if piece.startswith("{"):
        return piece if _COUNT.fullmatch(piece) else None
    if piece == "." and "s" not in flags:
        return r"[^\n\r]"
    return r"\Z" if piece == "$" and "m" not in flags else piece


class _Weight:
    """What a pattern weighs, found out group by group: a counted repetition weighs what it repeats that often."""

    def __init__(self) -> None:
        self._groups = [0]
        self._last = 0

    def add(self, piece: str) -> None:
        count = _COUNT.fullmatch(piece)
        if count:
            self._groups[-1] += self._last * max(int(count[1]), int(count[2] or 0))
        elif piece.startswith("("):
            self._groups.append(0)
        elif piece == ")" and len(self._groups) > 1:
            self._last = self._groups.pop()
            self._groups[-1] += self._last
        elif piece not in ("*", "+", "?"):
            self._last = 1
            self._groups[-1] += 1
        if self._groups[-1] > MAX_WEIGHT:
            raise Exhausted("a pattern repeats too much")
