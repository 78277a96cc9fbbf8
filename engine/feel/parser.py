"""From text to parts, by precedence climbing over the grammar of DMN 1.3, 10.3.1.2.

Lowest to highest: or, and, comparisons (with between and in), + and -, * and /, **, the minus sign, instance of, and what
follows a value directly: a member, a filter, a call.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeVar, cast

from engine.feel import syntax
from engine.feel.errors import FeelSyntaxError
from engine.feel.members import SPACED_PROPERTIES
from engine.feel.numbers import CONTEXT
from engine.feel.scanner import KnownNames, Scanner, Token
from engine.feel.syntax import Expression
from engine.feel.temporal import read_temporal
from engine.feel.types import Type, read_type
from engine.feel.values import Comparator, Value

Whole = TypeVar("Whole")

MAX_NESTING: Final = 100
MAX_CHAIN: Final = 1_000
"""Operands of one rank side by side."""
MAX_LINKS: Final = 100
"""Filters and calls one after the other, or comparisons of comparisons: each is a step deeper at run time."""

_OR, _AND, _COMPARED, _ADDED, _MULTIPLIED, _RAISED, _NEGATED, _TYPED = range(1, 9)
_RANK: Final = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "between", "in"), _COMPARED),
    **dict.fromkeys("+-", _ADDED),
    **dict.fromkeys("*/", _MULTIPLIED),
    "**": _RAISED,
    "instance": _TYPED,
}
_COMPARATORS: Final = ("<", "<=", ">", ">=", "=", "!=")
_NAMED_ARGUMENT: Final = re.compile(r"[^\W\d][\w\s]*:")
_SPACED_PROPERTY: Final = re.compile("|".join(rf"{name.replace(' ', chr(92) + 's+')}\b" for name in SPACED_PROPERTIES))
_CONSTANTS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None}


def parse(text: str, *known: KnownNames) -> Expression:
    """The parts of an expression. ``known`` are the names of several words, of variables before those of functions."""
    parser = _Parser(text, known)
    return parser.to_the_end(parser.expression)


def parse_tests(text: str, *known: KnownNames) -> syntax.UnaryTests:
    """The parts of a decision table cell: ``-``, ``not(...)`` or tests between commas; an empty cell is ``-``."""
    if text.strip() in ("", "-"):
        return syntax.UnaryTests((), negated=False)
    parser = _Parser(text, known)
    return parser.to_the_end(parser.unary_tests)


class _Parser:
    def __init__(self, text: str, known: tuple[KnownNames, ...]) -> None:
        self._scanner = Scanner(text, *known)
        self._nesting = 0
        self._inputs = 0  # how often "?" has been read, to tell whether a test speaks of its input

    def to_the_end(self, read: Callable[[], Whole]) -> Whole:
        whole = read()
        if self._token.kind != "end":
            raise self._scanner.refuse("an operator or the end")
        return whole

    @property
    def _token(self) -> Token:
        return self._scanner.token

    def _stands(self, text: str) -> bool:
        return self._token.text == text and self._token.kind in ("symbol", "keyword")

    def _takes(self, text: str) -> bool:
        there = self._stands(text)
        if there:
            self._scanner.advance()
        return there

    def _needs(self, text: str) -> None:
        if not self._takes(text):
            raise self._scanner.refuse(f"“{text}”")

    def _new_name(self, stop: str) -> str:
        name = self._scanner.new_name(stop)
        if name is None:
            raise self._scanner.refuse("a name")
        return name

    # Operators

    def expression(self, rank: int = 0) -> Expression:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self._scanner.refuse("less nesting")
        whole = self._climbed(self._operand(), rank)
        self._nesting -= 1
        return whole

    def _climbed(self, left: Expression, rank: int) -> Expression:
        """The expression that goes on from ``left`` with operators above ``rank``."""
        links = 0
        while (operator := self._operator()) and _RANK[operator] > rank:
            left, links = self._infix(left, operator), links + 1
            if links > MAX_LINKS:
                raise self._scanner.refuse("fewer comparisons in a row")
        return left

    def _operator(self) -> str | None:
        token = self._token
        return token.text if token.kind in ("symbol", "keyword") and token.text in _RANK else None

    def _infix(self, left: Expression, operator: str) -> Expression:
        at = self._token.start
        if operator == "or":
            return syntax.Disjunction(at, self._joined(left, "or", _OR))
        if operator == "and":
            return syntax.Conjunction(at, self._joined(left, "and", _AND))
        if _RANK[operator] in (_ADDED, _MULTIPLIED, _RAISED):
            return syntax.Chain(at, left, self._chained(_RANK[operator]))
        self._scanner.advance()
        if operator == "between":
            return self._between(at, left)
        if operator == "in":
            return syntax.In(at, left, self._tests_of_in())
        if operator == "instance":
            self._needs_of()
            return syntax.InstanceOf(at, left, read_type(self._scanner))
        return syntax.Comparison(at, cast(Comparator, operator), left, self.expression(_COMPARED))

    def _needs_of(self) -> None:
        if self._token.text != "of":
            raise self._scanner.refuse("“of”")
        self._scanner.advance()

    def _joined(self, first: Expression, word: str, rank: int) -> tuple[Expression, ...]:
        operands = [first]
        while self._takes(word):
            operands.append(self.expression(rank))
            self._refuse_long(operands)
        return tuple(operands)

    def _chained(self, rank: int) -> tuple[tuple[str, Expression], ...]:
        rest: list[tuple[str, Expression]] = []
        while (operator := self._operator()) and _RANK[operator] == rank:
            self._scanner.advance()
            rest.append((operator, self.expression(rank)))
            self._refuse_long(rest)
        return tuple(rest)

    def _refuse_long(self, operands: list[Expression] | list[tuple[str, Expression]]) -> None:
        if len(operands) > MAX_CHAIN:
            raise self._scanner.refuse("fewer operators in a row")

    def _between(self, at: int, value: Expression) -> Expression:
        low = self.expression(_COMPARED)
        self._needs("and")
        return syntax.Between(at, value, low, self.expression(_COMPARED))

    # Unary tests

    def unary_tests(self) -> syntax.UnaryTests:
        if self._token.text == "not":
            mark = self._scanner.mark()
            self._scanner.advance()
            if self._takes("("):
                tests = self._tests_until_end()
                self._needs(")")
                if self._token.kind == "end":
                    return syntax.UnaryTests(tests, negated=True)
            self._scanner.reset(mark)
        return syntax.UnaryTests(self._tests_until_end(), negated=False)

    def _tests_until_end(self) -> tuple[syntax.Test, ...]:
        tests = [self._test()]
        while self._takes(","):
            tests.append(self._test())
        return tuple(tests)

    def _test(self) -> syntax.Test:
        at, inputs = self._token.start, self._inputs
        comparator = self._comparator()
        operand = self.expression(_COMPARED if comparator else 0)
        return syntax.Test(at, comparator, operand, self._inputs > inputs)

    def _comparator(self) -> Comparator | None:
        if self._token.kind != "symbol" or self._token.text not in _COMPARATORS:
            return None
        return cast(Comparator, self._scanner.advance().text)

    def _tests_of_in(self) -> tuple[syntax.Test, ...]:
        """``in`` takes one test, or several in parentheses; a lone parenthesis may also begin a range or a sum."""
        at, inputs = self._token.start, self._inputs
        if not self._takes("("):
            comparator = self._comparator()
            return (syntax.Test(at, comparator, self.expression(_COMPARED), self._inputs > inputs),)
        first = self._test()
        if first.comparator is None and self._takes(".."):
            inner = self._range(at, first.operand, low_included=False)
        elif first.comparator is not None or self._stands(","):
            return self._more_tests(first)
        else:
            self._needs(")")
            inner = first.operand
        return (syntax.Test(at, None, self._climbed(self._followed_up(inner), _COMPARED), self._inputs > inputs),)

    def _more_tests(self, first: syntax.Test) -> tuple[syntax.Test, ...]:
        tests = [first]
        while self._takes(","):
            tests.append(self._test())
        self._needs(")")
        return tuple(tests)

    # Operands

    def _operand(self) -> Expression:
        return self._followed_up(self._first())

    def _followed_up(self, operand: Expression) -> Expression:
        links = 0
        while self._is_followed():
            operand, links = self._followed(operand), links + 1
            if links > MAX_LINKS:
                raise self._scanner.refuse("fewer filters and calls in a row")
        return operand

    def _is_followed(self) -> bool:
        if self._token.kind != "symbol":
            return False
        return self._token.text in (".", "(") or (self._token.text == "[" and self._opens_a_filter())

    def _opens_a_filter(self) -> bool:
        """A bracket that nothing can follow inside is the end of a range such as ``[1..10[``."""
        mark = self._scanner.mark()
        self._scanner.advance()
        after = self._token
        self._scanner.reset(mark)
        if after.kind == "keyword":
            return after.text in _CONSTANTS or after.text in self._beginnings
        return after.kind in ("name", "number", "string") or (after.kind == "symbol" and after.text in "{@-([")

    def _followed(self, operand: Expression) -> Expression:
        at = self._token.start
        if self._token.text == ".":
            return syntax.Path(at, operand, self._members())
        if self._takes("["):
            by = self.expression()
            self._needs("]")
            return syntax.Filter(at, operand, by)
        return self._call(at, operand)

    def _members(self) -> tuple[str, ...]:
        members: list[str] = []
        while self._takes("."):
            members.append(self._member())
            if len(members) > MAX_CHAIN:
                raise self._scanner.refuse("fewer members in a row")
        return tuple(members)

    def _member(self) -> str:
        if spaced := self._scanner.comes(_SPACED_PROPERTY):
            self._scanner.goto(spaced.end())
            return " ".join(spaced[0].split())
        if self._token.kind not in ("name", "keyword"):
            raise self._scanner.refuse("the name of a member")
        return self._scanner.advance().text

    def _call(self, at: int, function: Expression) -> Expression:
        self._needs("(")
        if self._takes(")"):
            return syntax.Call(at, function, (), None)
        if self._token.kind == "name" and self._scanner.comes(_NAMED_ARGUMENT):
            named = self._named_arguments()
            self._needs(")")
            return syntax.Call(at, function, (), named)
        positional = self._listed(")")
        return syntax.Call(at, function, positional, None)

    def _named_arguments(self) -> tuple[tuple[str, Expression], ...]:
        arguments: dict[str, Expression] = {}
        while True:
            name = self._new_name(":")
            if name in arguments:
                raise self._scanner.refuse(f"“{name}” only once")
            self._needs(":")
            arguments[name] = self.expression()
            if not self._takes(","):
                return tuple(arguments.items())

    def _listed(self, end: str) -> tuple[Expression, ...]:
        """Expressions between commas, and the closing mark."""
        items = [self.expression()]
        while self._takes(","):
            items.append(self.expression())
        self._needs(end)
        return tuple(items)

    def _first(self) -> Expression:
        token = self._scanner.advance()
        at = token.start
        match token.kind:
            case "number":
                return syntax.Literal(at, CONTEXT.create_decimal(token.text))
            case "string":
                return syntax.Literal(at, token.text)
            case "name":
                self._inputs += token.text == "?"
                return syntax.Name(at, token.text)
            case "keyword" if token.text in _CONSTANTS:
                return syntax.Literal(at, _CONSTANTS[token.text])
        begin = self._beginnings.get(token.text) if token.kind in ("keyword", "symbol") else None
        if begin is None:
            raise self._refuse_at(token, "a value")
        return begin(self, at)

    def _refuse_at(self, token: Token, expected: str) -> FeelSyntaxError:
        found = f"“{token.text}”" if token.kind != "end" else "nothing more"
        return FeelSyntaxError(position=token.start + 1, expected=expected, found=found)

    def _if(self, at: int) -> Expression:
        condition = self.expression()
        self._needs("then")
        then = self.expression()
        self._needs("else")
        return syntax.If(at, condition, then, self.expression())

    def _for(self, at: int) -> Expression:
        iterations = self._iterations("return")
        return syntax.For(at, iterations, self.expression())

    def _some(self, at: int) -> Expression:
        return syntax.Quantified(at, False, self._iterations("satisfies"), self.expression())

    def _every(self, at: int) -> Expression:
        return syntax.Quantified(at, True, self._iterations("satisfies"), self.expression())

    def _iterations(self, word: str) -> tuple[syntax.Iteration, ...]:
        iterations = [self._iteration()]
        while self._takes(","):
            iterations.append(self._iteration())
        self._needs(word)
        return tuple(iterations)

    def _iteration(self) -> syntax.Iteration:
        name = self._new_name(r"\bin\b")
        self._needs("in")
        over = self.expression()
        return syntax.Iteration(name, over, self.expression() if self._takes("..") else None)

    def _lambda(self, at: int) -> Expression:
        self._needs("(")
        parameters: list[tuple[str, Type | None]] = []
        while not self._takes(")"):
            name = self._new_name("[,:)]")
            parameters.append((name, read_type(self._scanner) if self._takes(":") else None))
            if not self._takes(","):
                self._needs(")")
                break
        if self._token.text == "external":
            raise self._scanner.refuse("a function written in FEEL")
        return syntax.Lambda(at, tuple(parameters), self.expression())

    def _context(self, at: int) -> Expression:
        entries: list[tuple[str, Expression]] = []
        while not self._takes("}"):
            name = self._new_name(":")
            self._needs(":")
            entries.append((name, self.expression()))
            if not self._takes(","):
                self._needs("}")
                break
        return syntax.Context(at, tuple(entries))

    def _at_literal(self, at: int) -> Expression:
        token = self._token
        value = read_temporal(token.text) if token.kind == "string" else None
        if value is None:
            raise self._scanner.refuse("a date, a time or a duration")
        self._scanner.advance()
        return syntax.Literal(at, value)

    def _negative(self, at: int) -> Expression:
        of = self.expression(_NEGATED - 1)
        if type(of) is syntax.Literal and type(of.value) is Decimal:
            return syntax.Literal(at, CONTEXT.minus(of.value))
        return syntax.Negative(at, of)

    def _parenthesis(self, at: int) -> Expression:
        if (comparator := self._comparator()) is not None:
            return self._one_sided(at, comparator)
        inner = self.expression()
        if self._takes(".."):
            return self._range(at, inner, low_included=False)
        self._needs(")")
        return inner

    def _one_sided(self, at: int, comparator: Comparator) -> Expression:
        operand = self.expression(_COMPARED)
        self._needs(")")
        low = None if comparator in ("<", "<=") else operand
        high = operand if comparator in ("<", "<=", "=") else None
        low_included, high_included = comparator in (">=", "="), comparator in ("<=", "=")
        return syntax.Span(at, low, high, low_included, high_included, comparator)

    def _bracket(self, at: int) -> Expression:
        if self._takes("]"):
            return syntax.List(at, ())
        first = self.expression()
        if self._takes(".."):
            return self._range(at, first, low_included=True)
        if self._takes("]"):
            return syntax.List(at, (first,))
        self._needs(",")
        return syntax.List(at, (first, *self._listed("]")))

    def _reversed_bracket(self, at: int) -> Expression:
        low = self.expression()
        self._needs("..")
        return self._range(at, low, low_included=False)

    def _range(self, at: int, low: Expression, *, low_included: bool) -> Expression:
        high = self.expression()
        closing = self._scanner.advance()
        if closing.kind != "symbol" or closing.text not in (")", "]", "["):
            raise self._refuse_at(closing, "“]”, “)” or “[”")
        return syntax.Span(at, low, high, low_included, closing.text == "]")

    _beginnings: Final[dict[str, Callable[["_Parser", int], Expression]]] = {
        "if": _if,
        "for": _for,
        "some": _some,
        "every": _every,
        "function": _lambda,
        "{": _context,
        "@": _at_literal,
        "-": _negative,
        "(": _parenthesis,
        "[": _bracket,
        "]": _reversed_bracket,
    }
