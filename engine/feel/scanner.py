"""From characters to tokens, one at a time, since what a token is depends on the names known so far.

A FEEL name may hold spaces and operators ("Monthly Salary", "order-total"), so a name is the longest known one that
stands at this place, else one plain word (DMN 1.3, 10.3.1).
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.feel.errors import FeelSyntaxError

# What may begin and continue a name beyond what Unicode calls a word: signs and pictures (DMN 1.3, 10.3.1.2).
_SIGNS: Final = "\U00010000-\U000effff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
WORD: Final = re.compile(rf"(?:[^\W\d]|[{_SIGNS}])(?:\w|[{_SIGNS}])*|\?")
_BLANK: Final = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER: Final = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_SYMBOL: Final = re.compile(r"\*\*|\.\.|<=|>=|!=|->|[-+*/=<>()\[\]{},.:@]")
_NEW_NAME: Final = rf"((?:[^\W\d]|[{_SIGNS}])(?:[\w\s.'/+*\-]|[{_SIGNS}])*?)"
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_FULL_WIDTH: Final = dict(zip("（），：；“”＝＜＞＋－＊／［］｛｝．", '(),:;""=<>+-*/[]{}.', strict=True))

KEYWORDS: Final = frozenset(
    (
        *("for", "in", "return", "if", "then", "else", "some", "every", "satisfies"),
        *("and", "or", "between", "instance", "function", "true", "false", "null"),
    )
)
MAX_SOURCE: Final = 20_000
MAX_NEW_NAMES: Final = 100
"""Names of several words an expression may define itself; every one is looked for at every place."""


class Token(NamedTuple):
    kind: str
    """name, keyword, number, string, symbol or end"""
    text: str
    """As written; of a string, what it says; of a known name, the name as it was declared"""
    start: int


class KnownNames:
    """The names that are more than one plain word, by their first character."""

    def __init__(self, names: Iterable[str] = (), followed_by: str = "") -> None:
        self._patterns: dict[str, dict[str, re.Pattern[str]]] = {}
        self._followed_by = followed_by
        for name in names:
            self.learn(name)

    def learn(self, name: str) -> None:
        parts = name.split()
        if not parts or WORD.fullmatch(name):
            return
        pattern = r"\s+".join(map(re.escape, parts)) + (r"(?!\w)" if parts[-1][-1].isalnum() else "")
        self._patterns.setdefault(parts[0][0], {})[name] = re.compile(pattern + self._followed_by)

    def longest_at(self, text: str, position: int) -> tuple[str, int] | None:
        """The longest known name at this place, and where it ends."""
        best: tuple[str, int] | None = None
        for name, pattern in self._patterns.get(text[position], {}).items():
            found = pattern.match(text, position)
            if found and (best is None or found.end() > best[1]):
                best = name, found.end()
        return best


class Scanner:
    """Stands on one token of a text; ``advance`` goes to the next.

    Besides the names of ``known`` it knows those that the text itself has defined so far.
    """

    def __init__(self, text: str, *known: KnownNames) -> None:
        if len(text) > MAX_SOURCE:
            raise FeelSyntaxError(
                position=MAX_SOURCE, expected="the end of the text", found="more text than is allowed"
            )
        self.text = text
        self._own = KnownNames()
        self._known = known
        self._end = 0
        self._learnt = 0
        self.token = Token("end", "", 0)
        self.advance()

    def advance(self) -> Token:
        """Go to the next token; answers the one left behind."""
        left = self.token
        start = self._skip_blank(self._end)
        self.token, self._end = self._token_at(start)
        return left

    def mark(self) -> tuple[Token, int]:
        return self.token, self._end

    def reset(self, mark: tuple[Token, int]) -> None:
        self.token, self._end = mark

    def goto(self, position: int) -> None:
        self._end = position
        self.advance()

    def comes(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What of the text at the present token fits the pattern, whatever tokens it is made of."""
        return pattern.match(self.text, self.token.start)

    def new_name(self, stop: str) -> str | None:
        """A name being defined here: everything up to ``stop``, blanks made single. Known from now on."""
        if self.token.kind == "string":
            return self.advance().text
        found = self.comes(re.compile(_NEW_NAME + rf"(?={stop})"))
        if not found:
            return None
        name = " ".join(found[1].split())
        self._learn(name)
        self.goto(found.end())
        return name

    def _learn(self, name: str) -> None:
        self._learnt += not WORD.fullmatch(name)
        if self._learnt > MAX_NEW_NAMES:
            raise self.refuse("fewer new names of several words")
        self._own.learn(name)

    def refuse(self, expected: str) -> FeelSyntaxError:
        token = self.token
        found = "nothing more" if token.kind == "end" else f"“{token.text}”"
        return FeelSyntaxError(position=token.start + 1, expected=expected, found=found)

    def _skip_blank(self, position: int) -> int:
        found = _BLANK.match(self.text, position)
        return found.end() if found else position

    def _token_at(self, start: int) -> tuple[Token, int]:
        text = self.text
        if start >= len(text):
            return Token("end", "", start), start
        if known := self._longest_at(start):
            return Token("name", known[0], start), known[1]
        if word := WORD.match(text, start):
            return Token("keyword" if word[0] in KEYWORDS else "name", word[0], start), word.end()
        if number := _NUMBER.match(text, start):
            return Token("number", number[0], start), number.end()
        if string := _STRING.match(text, start):
            return Token("string", _unescaped(string[1]), start), string.end()
        if symbol := _SYMBOL.match(text, start):
            return Token("symbol", symbol[0], start), symbol.end()
        raise self._unreadable(start)

    def _longest_at(self, start: int) -> tuple[str, int] | None:
        """The longest known name here; of two alike the text's own, then the variable's."""
        found = [known for names in (self._own, *self._known) if (known := names.longest_at(self.text, start))]
        return max(found, key=lambda known: known[1], default=None)

    def _unreadable(self, start: int) -> FeelSyntaxError:
        character = self.text[start]
        if character in _FULL_WIDTH:
            expected, found = f"“{_FULL_WIDTH[character]}” of half width", f"“{character}” of full width"
        elif character == '"':
            expected, found = "a closing quotation mark", "none"
        else:
            expected, found = "a name, a value or an operator", f"“{character}”"
        return FeelSyntaxError(position=start + 1, expected=expected, found=found)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_character, text)
    if not any("\ud800" <= character <= "\udfff" for character in plain):
        return plain
    # Two escaped halves of one character are that character; half of one is none.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 1:
        return _LETTERS.get(code, escape[0])
    number = int(code[1:], 16)
    return chr(number) if number <= 0x10FFFF else escape[0]
