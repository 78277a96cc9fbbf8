"""Conditions of Camunda 7 diagrams, ``${...}`` and ``#{...}``, said in FEEL.

JUEL is translated, never run. What has no exact counterpart (calls of beans, functions, text around an expression) is
refused with the token it stands at, so nothing is guessed. Two things read differently and are translated as JUEL means
them: ``!x`` takes null for false, and ``empty x`` is true of null, of an empty text, list and context. Three go by FEEL's
rules afterwards: a text never equals a number, an unknown variable is null, a remainder has the sign of its divisor.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from engine.feel.errors import Untranslatable
from engine.feel.scanner import MAX_SOURCE

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)
          |(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
          |(?P<word>[^\W\d]\w*)
          |(?P<symbol>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:().,\[\]]))""",
    re.VERBOSE | re.DOTALL,
)
_OPENING: Final = re.compile(r"[$#]\{")
_NAME_TEXT: Final = re.compile(r'"([^\W\d]\w*)"')

_OPERATORS: Final = {
    **{symbol: symbol for symbol in ("and", "or", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%")},
    **dict(zip(("&&", "||", "==", "eq", "ne"), ("and", "or", "=", "=", "!="), strict=True)),
    **dict(zip(("lt", "le", "gt", "ge", "div", "mod"), ("<", "<=", ">", ">=", "/", "%"), strict=True)),
}
_RANK: Final = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "!="), 3),
    **dict.fromkeys(("<", ">", "<=", ">="), 4),
    **dict.fromkeys("+-", 5),
    **dict.fromkeys("*/%", 6),
}
_EMPTY: Final = 'list contains([null, "", [], {{}}], {0})'
_METHODS: Final = {
    ("equals", 1): "({0} = {1})",
    ("size", 0): "count({0})",
    ("length", 0): "string length({0})",
    ("isEmpty", 0): _EMPTY,
    ("contains", 1): "(if {0} instance of string then contains({0}, {1}) else list contains({0}, {1}))",
    ("startsWith", 1): "starts with({0}, {1})",
    ("endsWith", 1): "ends with({0}, {1})",
    ("toLowerCase", 0): "lower case({0})",
    ("toUpperCase", 0): "upper case({0})",
}
_OF_EXECUTION: Final = {"getVariable": "{0}", "getVariableLocal": "{0}", "hasVariable": "is defined({0})"}
_EXECUTION: Final = "execution"
_MAX_NESTING: Final = 60


def read(text: str) -> str:
    """The FEEL text that an attribute of a diagram means.

    A leading ``=`` says that FEEL follows; ``${...}`` and ``#{...}`` are translated; any other text is FEEL already.
    Refuses with ``Untranslatable`` what it would have to guess.
    """
    stripped = text.strip()
    if len(text) > MAX_SOURCE:
        raise Untranslatable("A text so long")
    if stripped.startswith("="):
        return stripped[1:].strip()
    if not _OPENING.search(text):
        return text
    return _Translation(_only_expression(stripped)).whole()


def _only_expression(text: str) -> str:
    """What stands between the braces, where they hold the whole text."""
    opening = _OPENING.match(text)
    if not opening:
        raise Untranslatable(f"Text before “{_first_opening(text)}”")
    if not text.endswith("}") or _OPENING.search(text, 2) or "}" in _without_texts(text)[2:-1]:
        raise Untranslatable("Text around an expression, or a second one,")
    return text[2:-1]


def _first_opening(text: str) -> str:
    found = _OPENING.search(text)
    return found[0] if found else ""


def _without_texts(text: str) -> str:
    return re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "''", text)


class _Token(NamedTuple):
    kind: str
    text: str


def _tokens(source: str) -> list[_Token]:
    tokens, position, end = [], 0, len(source.rstrip())
    while position < end:
        found = _TOKEN.match(source, position)
        if not found or not found.lastgroup:
            raise Untranslatable(f"“{source[position:].strip()[:12]}”")
        tokens.append(_Token(found.lastgroup, found[found.lastgroup]))
        position = found.end()
    return [*tokens, _Token("end", "the end")]


class _Translation:
    """Reads JUEL by precedence and writes FEEL with parentheses wherever the two might part."""

    def __init__(self, source: str) -> None:
        self._tokens = _tokens(source)
        self._place = 0
        self._nesting = 0

    def whole(self) -> str:
        feel = self._choice()
        if self._token.kind != "end":
            raise Untranslatable(f"“{self._token.text}”")
        return feel

    @property
    def _token(self) -> _Token:
        return self._tokens[self._place]

    def _advance(self) -> _Token:
        token = self._token
        self._place += token.kind != "end"
        return token

    def _takes(self, *texts: str) -> bool:
        there = self._token.kind in ("symbol", "word") and self._token.text in texts
        self._place += there
        return there

    def _needs(self, text: str) -> None:
        if not self._takes(text):
            raise Untranslatable(f"“{self._token.text}” where “{text}” is missing")

    def _choice(self) -> str:
        return self._deeper(self._question)

    def _question(self) -> str:
        feel = self._binary(0)
        if self._takes("?"):
            then = self._choice()
            self._needs(":")
            feel = f"(if {feel} then {then} else {self._choice()})"
        return feel

    def _binary(self, rank: int) -> str:
        left = self._unary()
        while (operator := self._operator()) and _RANK[operator] > rank:
            self._advance()
            left = self._joined(operator, left, self._binary(_RANK[operator]), rank)
        return left

    def _joined(self, operator: str, left: str, right: str, rank: int) -> str:
        if operator == "%":
            return f"modulo({left}, {right})"
        plain = f"{left} {operator} {right}"
        return plain if rank == 0 and operator not in ("+", "-", "*", "/") else f"({plain})"

    def _operator(self) -> str | None:
        return _OPERATORS.get(self._token.text) if self._token.kind in ("symbol", "word") else None

    def _unary(self) -> str:
        if self._takes("!", "not"):
            return f"not({self._deeper(self._unary)} = true)"
        if self._takes("-"):
            return f"-{self._deeper(self._unary)}"
        if self._takes("empty"):
            return _EMPTY.format(self._deeper(self._unary))
        return self._followed()

    def _deeper(self, read: Callable[[], str]) -> str:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise Untranslatable("An expression nested so deeply")
        feel = read()
        self._nesting -= 1
        return feel

    def _followed(self) -> str:
        feel = self._value()
        while self._takes(".", "[", "("):
            opened = self._tokens[self._place - 1].text
            if opened == "(":
                raise Untranslatable(f"The function call “{feel}()”")
            feel = self._member(feel) if opened == "." else self._indexed(feel)
            if len(feel) > MAX_SOURCE:  # some methods say their object several times
                raise Untranslatable("An expression that becomes so long")
        if feel == _EXECUTION:
            raise Untranslatable("The engine's own “execution”")
        return feel

    def _value(self) -> str:
        token = self._advance()
        if token.kind == "number":
            return token.text
        if token.kind == "text":
            return _feel_text(token.text)
        if token.kind == "word":
            return token.text
        if token.text == "(":
            inner = self._choice()
            self._needs(")")
            return f"({inner})"
        raise Untranslatable(f"“{token.text}”")

    def _indexed(self, of: str) -> str:
        token = self._advance()
        self._needs("]")
        if token.kind == "number" and token.text.isdigit():
            return f"{of}[{int(token.text) + 1}]"
        if token.kind == "text":
            return f"get value({of}, {_feel_text(token.text)})"
        raise Untranslatable(f"The computed index “{token.text}”")

    def _member(self, of: str) -> str:
        name = self._advance()
        if name.kind != "word":
            raise Untranslatable(f"“{name.text}” after a dot")
        if not self._takes("("):
            if of == _EXECUTION:
                raise Untranslatable(f"The engine's own “execution.{name.text}”")
            return f"{of}.{name.text}"
        arguments = self._arguments()
        if of == _EXECUTION:
            return self._of_execution(name.text, arguments)
        form = _METHODS.get((name.text, len(arguments)))
        if form is None:
            raise Untranslatable(f"The method call “{of}.{name.text}()”")
        return form.format(of, *arguments)

    def _arguments(self) -> list[str]:
        arguments: list[str] = []
        while not self._takes(")"):
            arguments.append(self._choice())
            if not self._takes(","):
                self._needs(")")
                break
        return arguments

    def _of_execution(self, method: str, arguments: list[str]) -> str:
        name = _NAME_TEXT.fullmatch(arguments[0]) if len(arguments) == 1 else None
        if method not in _OF_EXECUTION or name is None:
            raise Untranslatable(f"The method call “execution.{method}()”")
        return _OF_EXECUTION[method].format(name[1])


def _feel_text(quoted: str) -> str:
    content = re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL)
    return '"' + content.replace("\\", "\\\\").replace('"', '\\"') + '"'
