"""FEEL made by dice: mostly of the kinds that belong together, now and then not.

What is made knows what it is made of, so that of a long expression whose answer is in doubt the part that brings the doubt
in can be found: each part that stands alone is an expression too, and of a loop's body so is the body with an item put in.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

GIVEN: Final[dict[str, Any]] = {
    "x": 5,
    "金额": 1200.5,
    "Full Name": "Li Lei",
    "order-total": 99.9,
    "通过": True,
    "空": None,
    "区县": ["东城", "西城", "Nord", "东城"],
    "scores": [3, 1.5, -2, 3, 0],
    "单位": {"name": "教育局", "得分": 88.5, "passed": False, "parent unit": {"name": "市政府"}},
    "indicators": [{"code": "a1", "得分": 3}, {"code": "b2", "得分": 1.5}, {"code": "a1"}],
}
"""The variables everything is made over."""

NAMES: Final = {
    "number": ("x", "金额", "order-total", "单位.得分"),
    "string": ("Full Name", "单位.name", "单位.parent unit.name"),
    "boolean": ("通过", "单位.passed"),
    "numbers": ("scores", "indicators.得分"),
    "strings": ("区县", "indicators.code"),
    "context": ("单位", "indicators[1]"),
    "contexts": ("indicators",),
    "null": ("空", "unknown", "单位.unknown"),
}

_LITERALS: Final[dict[str, Sequence[str]]] = {
    "number": ("0", "1", "2", "3", "7", "10", "0.1", "0.2", "0.5", "2.5", "1.25", "12.345", "100", "1000000", ".5"),
    "small": ("-2", "-1", "0", "1", "2", "3", "4"),
    "string": (
        '""',
        '"a"',
        '"b"',
        '"abc"',
        '"Hello World"',
        '"中文 文本"',
        '"a,b;c"',
        '"2026-03-31"',
        '"x\\"y"',
        '"12.5"',
    ),
    "pattern": ('"a"', '"[a-c]"', '"l+"', '"^H"', '"\\\\s"', '"[;,]"', '"(o)"', '"中"', '"."', '"x|y"', '"("'),
    "boolean": ("true", "false"),
    "date": ('@"2026-03-31"', 'date("2024-02-29")', "date(2025, 12, 31)", '@"1999-01-01"', 'date("2026-04-01")'),
    "time": ('@"10:30:00"', 'time("23:59:59")', '@"08:00:00+08:00"', '@"00:00:00Z"', "time(9, 5, 0)"),
    "moment": (
        '@"2026-03-31T10:30:00"',
        'date and time("2026-01-31T00:00:00")',
        '@"2026-03-31T10:30:00+08:00"',
        '@"2026-03-31T02:30:00Z"',
    ),
    "span": ('@"P1D"', 'duration("PT36H")', '@"-P2D"', '@"PT0S"', '@"P1DT2H30M"', '@"PT90S"'),
    "months": ('@"P1Y"', 'duration("P14M")', '@"-P1Y6M"', '@"P0M"', '@"P2Y3M"'),
    "null": ("null",),
}
_KINDS: Final = (
    *("number", "string", "boolean", "date", "time", "moment", "span", "months", "null"),
    *("numbers", "strings", "list", "context", "contexts", "range", "function"),
)
_BUILT_INS: Final = (
    # name, kinds of its arguments, kind of its answer; "?" before a kind that may be left out
    *((name, ("number",), "number") for name in ("floor", "ceiling", "abs", "sqrt", "exp", "log")),
    *((name, ("number", "small"), "number") for name in ("decimal", "floor", "ceiling", "round up", "round down")),
    *((name, ("number", "small"), "number") for name in ("round half up", "round half down")),
    *((name, ("small",), "boolean") for name in ("odd", "even")),
    ("modulo", ("number", "number"), "number"),
    *((name, ("numbers",), "number") for name in ("min", "max", "sum", "mean", "median", "product", "stddev")),
    *((name, ("number", "number", "number"), "number") for name in ("min", "max", "sum", "mean", "median")),
    ("min", ("strings",), "string"),
    ("max", ("strings",), "string"),
    ("mode", ("numbers",), "numbers"),
    ("count", ("list",), "number"),
    ("string length", ("string",), "number"),
    ("substring", ("string", "small", "?small"), "string"),
    *((name, ("string",), "string") for name in ("upper case", "lower case")),
    *((name, ("string", "string"), "string") for name in ("substring before", "substring after")),
    *((name, ("string", "string"), "boolean") for name in ("contains", "starts with", "ends with")),
    ("matches", ("string", "pattern"), "boolean"),
    ("replace", ("string", "pattern", "string"), "string"),
    ("split", ("string", "pattern"), "strings"),
    ("string join", ("strings", "?string"), "string"),
    ("string", ("any",), "string"),
    ("number", ("string",), "number"),
    ("not", ("boolean",), "boolean"),
    ("all", ("booleans",), "boolean"),
    ("any", ("booleans",), "boolean"),
    ("list contains", ("list", "any"), "boolean"),
    ("index of", ("list", "any"), "numbers"),
    ("append", ("list", "any"), "list"),
    ("concatenate", ("list", "list"), "list"),
    ("union", ("list", "list"), "list"),
    *((name, ("list",), "list") for name in ("reverse", "distinct values", "flatten")),
    ("insert before", ("list", "small", "any"), "list"),
    ("remove", ("list", "small"), "list"),
    ("list replace", ("list", "small", "any"), "list"),
    ("sublist", ("list", "small", "?small"), "list"),
    ("sort", ("numbers", "order"), "numbers"),
    ("get value", ("context", "key"), "any"),
    ("get entries", ("context",), "contexts"),
    ("context put", ("context", "key", "any"), "context"),
    ("context merge", ("contexts",), "context"),
    ("date", ("moment",), "date"),
    ("date", ("number", "small", "small"), "date"),
    ("time", ("moment",), "time"),
    ("date and time", ("date", "time"), "moment"),
    ("years and months duration", ("date", "date"), "months"),
    *((name, ("date",), "number") for name in ("day of year", "week of year")),
    *((name, ("date",), "string") for name in ("day of week", "month of year")),
    ("abs", ("span",), "span"),
    ("abs", ("months",), "months"),
    ("is", ("any", "any"), "boolean"),
    *((name, ("number", "range"), "boolean") for name in ("before", "after")),
    *((name, ("range", "range"), "boolean") for name in ("before", "after", "meets", "met by", "overlaps", "includes")),
    ("includes", ("range", "number"), "boolean"),
)
_MEMBERS: Final = {
    "date": ("year", "month", "day", "weekday"),
    "time": ("hour", "minute", "second"),
    "moment": ("year", "month", "day", "hour", "minute", "second", "weekday"),
    "span": ("days", "hours", "minutes", "seconds"),
    "months": ("years", "months"),
}
_TYPES: Final = (
    *("number", "string", "boolean", "date", "time", "date and time", "days and time duration"),
    *("years and months duration", "list<number>", "list<Any>", "context<a: number>"),
)
_ARITHMETIC: Final = (
    # left, operator, right, answer
    *(("number", operator, "number", "number") for operator in ("+", "-", "*", "/")),
    ("string", "+", "string", "string"),
    *(("date", operator, by, "date") for operator in "+-" for by in ("span", "months")),
    *(("moment", operator, by, "moment") for operator in "+-" for by in ("span", "months")),
    ("time", "+", "span", "time"),
    ("time", "-", "span", "time"),
    ("date", "-", "date", "span"),
    ("moment", "-", "moment", "span"),
    ("time", "-", "time", "span"),
    *((kind, operator, kind, kind) for operator in "+-" for kind in ("span", "months")),
    *((kind, operator, "number", kind) for operator in "*/" for kind in ("span", "months")),
    ("span", "/", "span", "number"),
    ("months", "/", "months", "number"),
)
_ORDERED: Final = ("number", "number", "string", "date", "time", "moment", "span", "months")

_OR, _AND, _COMPARED, _ADDED, _MULTIPLIED, _RAISED, _NEGATED, _TYPED, _FOLLOWED, _WHOLE = range(1, 11)
_LOOSE: Final = 0
_RANK: Final = {"+": _ADDED, "-": _ADDED, "*": _MULTIPLIED, "/": _MULTIPLIED, "**": _RAISED}
_WRONG: Final = 0.07
_DEEPEST: Final = 4


@dataclass(frozen=True)
class Made:
    """An expression: its text in pieces, those made of others among them.

    ``form`` says what it is (an operator, ``substring()``, ``for``), ``rank`` how tightly it holds together. ``samples``
    are the body of a loop or filter with an item in the place of what it binds.
    """

    form: str
    pieces: tuple["str | Made", ...]
    rank: int = _WHOLE
    binds: frozenset[str] = frozenset()
    samples: tuple["Made", ...] = ()

    @cached_property
    def text(self) -> str:
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self.pieces)

    @cached_property
    def free(self) -> frozenset[str]:
        """The loop variables in it that it does not bind itself."""
        if self.form == "bound":
            return frozenset((self.text,))
        inner = frozenset[str]().union(*(piece.free for piece in self.pieces if isinstance(piece, Made)))
        return inner - self.binds

    def with_(self, name: str, value: "Made") -> "Made":
        """With a value in the place of a loop variable."""
        if name not in self.free:
            return self
        if self.form == "bound":
            return value
        pieces = tuple(piece if isinstance(piece, str) else piece.with_(name, value) for piece in self.pieces)
        return replace(self, pieces=pieces, samples=tuple(each.with_(name, value) for each in self.samples))

    @cached_property
    def parts(self) -> tuple["Made", ...]:
        """The nearest expressions it is made of that stand alone; a test such as ``< 3`` does not."""
        inner = [*self.samples, *(piece for piece in self.pieces if isinstance(piece, Made))]
        return tuple(found for each in inner for found in (each.parts if each.free or each.is_test else [each]))

    @property
    def is_test(self) -> bool:
        return self.form.split(" ")[-1] in ("test", "tests", "steps")


def whole(made: Made) -> Made:
    return made if made.rank == _WHOLE else Made("()", ("(", made, ")"))


def _tight(made: Made, rank: int) -> Made:
    return made if made.rank >= rank else Made("()", ("(", made, ")"))


def _joined(form: str, opening: str, parts: Sequence["str | Made"], closing: str, rank: int = _WHOLE) -> Made:
    pieces: list[str | Made] = [opening]
    for number, part in enumerate(parts):
        pieces += [", ", part] if number else [part]
    return Made(form, (*pieces, closing), rank)


class Maker:
    """Makes expressions of a kind, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._bound = 0
        self._filtering = False
        self._seen: list[tuple[str, str]] = []  # loop variables in sight, with their kinds

    def some(self) -> Made:
        """Any expression."""
        self._bound = 0
        return self.of(self._dice.choice(_KINDS[:-1]), 0)

    def tests(self) -> tuple[Made, Made]:
        """The unary tests of a decision table's cell, and an input for them."""
        kind = self._dice.choice(("number", "number", "string", "date", "span", "boolean"))
        given = self.of(kind, _DEEPEST)
        tests = [self._test(kind) for _ in range(self._dice.randint(1, 3))]
        negated = self._dice.random() < 0.25
        return _joined(
            "not tests" if negated else "tests", "not(" if negated else "", tests, ")" if negated else ""
        ), given

    def _test(self, kind: str) -> Made:
        operand = _tight(self.of(kind, _DEEPEST - 1), _ADDED)
        if kind == "boolean" or self._dice.random() < 0.3:
            return operand
        if self._dice.random() < 0.4:
            return self._range(kind, _DEEPEST - 1)
        operator = self._dice.choice(("<", "<=", ">", ">="))
        return Made(f"{operator} test", (operator + " ", operand), _LOOSE)

    def of(self, kind: str, depth: int) -> Made:
        """An expression that should give that kind."""
        if self._dice.random() < _WRONG:
            kind = self._dice.choice(_KINDS)
        if kind == "any":
            kind = self._dice.choice(_KINDS[:-1])
        if depth >= _DEEPEST or self._dice.random() < 0.25:
            return self._plain(kind, depth)
        return self._dice.choice(list(self._ways(kind, depth + 1)))()

    def _plain(self, kind: str, depth: int) -> Made:
        """A literal or a name."""
        seen = [name for name, of in self._seen if of == kind]
        if seen and self._dice.random() < 0.6:
            return Made("bound", (self._dice.choice(seen),))
        if kind in NAMES and self._dice.random() < 0.4:
            return Made("variable", (self._dice.choice(NAMES[kind]),), _FOLLOWED)
        if kind in _LITERALS:
            text = self._dice.choice(_LITERALS[kind])
            return Made("literal", (text,), _NEGATED if text.startswith("-") else _WHOLE)
        return self._composed(kind, depth)

    def _composed(self, kind: str, depth: int) -> Made:
        if kind in ("numbers", "strings", "contexts", "booleans"):
            return self._list(kind[:-1], depth)
        if kind == "list":
            return self._list(self._dice.choice(("number", "string", "any")), depth)
        if kind == "context":
            return self._context(depth)
        if kind == "range":
            return self._range(self._dice.choice(_ORDERED), depth)
        if kind == "key":
            return Made("literal", (self._dice.choice(('"a"', '"name"', '"得分"', '"parent unit"')),))
        if kind == "order":
            return self._order()
        return self._function(depth)

    def _list(self, kind: str, depth: int) -> Made:
        items = [self.of(kind, depth + 1) for _ in range(self._dice.choice((0, 1, 2, 3, 3, 4)))]
        return _joined("list", "[", items, "]")

    def _context(self, depth: int) -> Made:
        names = self._dice.sample(("a", "b", "得分", "Given Name", "code"), self._dice.randint(0, 3))
        pieces: list[str | Made] = []
        for name in names:
            kind = "number" if name in ("a", "得分") else self._dice.choice(("string", "boolean", "any"))
            pieces += [f"{', ' if pieces else ''}{name}: ", self.of(kind, depth + 1)]
        return Made("context", ("{", *pieces, "}"))

    def _range(self, kind: str, depth: int) -> Made:
        low, high = (_tight(self.of(kind, depth + 2), _ADDED) for _ in range(2))
        return Made("range", (self._dice.choice("[[("), low, "..", high, self._dice.choice("]])")))

    def _order(self) -> Made:
        way = self._dice.choice("<>")
        return Made("function", (f"function(one, other) one {way} other",), _LOOSE)

    def _function(self, depth: int) -> Made:
        return Made("function", ("function(p) ", _tight(self.of("number", depth + 1), _ADDED)), _LOOSE)

    # What gives a kind

    def _ways(self, kind: str, depth: int) -> Iterator[Callable[[], Made]]:
        yield lambda: self._plain(kind, depth)
        yield lambda: self._if(kind, depth)
        for name, arguments, answer in _BUILT_INS:
            if answer == kind:
                yield lambda name=name, arguments=arguments: self._call(name, arguments, depth)  # type: ignore[misc]
        for left, operator, right, answer in _ARITHMETIC:
            if answer == kind:
                for _ in range(3):
                    yield lambda left=left, operator=operator, right=right: self._binary(  # type: ignore[misc]
                        left, operator, right, depth
                    )
        yield from (lambda way=way: way(depth) for way in self._special(kind) for _ in range(4))  # type: ignore[misc]

    def _special(self, kind: str) -> Sequence[Callable[[int], Made]]:
        ways: dict[str, Sequence[Callable[[int], Made]]] = {
            "number": (self._power, self._negative, self._member, self._position, self._entry, self._invoked),
            "small": (),
            "boolean": (
                *(self._comparison, self._comparison, self._equality, self._equality, self._junction, self._junction),
                *(self._between, self._in_tests, self._in_range, self._quantified, self._instance_of),
            ),
            "span": (self._negative_span,),
            "numbers": (self._for, self._for_range, self._filter, self._walk),
            "contexts": (self._filter_contexts,),
            "list": (self._for, self._filter, self._concatenated),
        }
        return ways.get(kind, ())

    def _binary(self, left: str, operator: str, right: str, depth: int) -> Made:
        rank = _RANK[operator]
        a, b = _tight(self.of(left, depth), rank), _tight(self.of(right, depth), rank + 1)
        return Made(operator, (a, f" {operator} ", b), rank)

    def _power(self, depth: int) -> Made:
        base = _tight(self.of("number", depth), _RAISED)
        return Made("**", (base, " ** ", _tight(self._plain("small", depth), _NEGATED)), _RAISED)

    def _negative(self, depth: int) -> Made:
        return Made("negative", ("-", _tight(self.of("number", depth), _TYPED)), _NEGATED)

    def _negative_span(self, depth: int) -> Made:
        return Made("negative", ("-", _tight(self.of("span", depth), _TYPED)), _NEGATED)

    def _member(self, depth: int) -> Made:
        kind = self._dice.choice(list(_MEMBERS))
        name = self._dice.choice(_MEMBERS[kind])
        return Made(f".{name}", (_tight(self.of(kind, depth), _FOLLOWED), f".{name}"), _FOLLOWED)

    def _entry(self, depth: int) -> Made:
        return Made(".a", (_tight(self.of("context", depth), _FOLLOWED), ".a"), _FOLLOWED)

    def _position(self, depth: int) -> Made:
        place = self._plain("small", depth)
        return Made("position", (_tight(self.of("numbers", depth), _FOLLOWED), "[", place, "]"), _FOLLOWED)

    def _invoked(self, depth: int) -> Made:
        """A function written out and called."""
        argument = self.of("number", depth)
        body = Made("+", (Made("bound", ("p",)), " + ", _tight(self.of("number", depth), _MULTIPLIED)), _ADDED)
        sample = body.with_("p", Made("()", ("(", argument, ")")))
        return Made("called", ("(function(p) ", body, ")(", argument, ")"), _FOLLOWED, frozenset("p"), (sample,))

    def _call(self, name: str, kinds: tuple[str, ...], depth: int) -> Made:
        needed = [kind for kind in kinds if not kind.startswith("?")]
        optional = [kind[1:] for kind in kinds if kind.startswith("?")]
        chosen = needed + (optional if self._dice.random() < 0.5 else [])
        return _joined(f"{name}()", f"{name}(", [self.of(kind, depth) for kind in chosen], ")", _FOLLOWED)

    def _if(self, kind: str, depth: int) -> Made:
        condition, then, otherwise = self.of("boolean", depth), self.of(kind, depth), self.of(kind, depth)
        return Made("if", ("if ", condition, " then ", then, " else ", otherwise), _LOOSE)

    def _comparison(self, depth: int) -> Made:
        kind = self._dice.choice(_ORDERED)
        return self._compared(self._dice.choice(("<", "<=", ">", ">=")), kind, depth)

    def _equality(self, depth: int) -> Made:
        return self._compared(self._dice.choice(("=", "!=")), self._dice.choice(_KINDS[:-1]), depth)

    def _compared(self, operator: str, kind: str, depth: int) -> Made:
        left, right = (_tight(self.of(kind, depth), _ADDED) for _ in range(2))
        return Made(operator, (left, f" {operator} ", right), _COMPARED)

    def _junction(self, depth: int) -> Made:
        word, rank = self._dice.choice((("and", _AND), ("or", _OR)))
        pieces: list[str | Made] = []
        for _ in range(self._dice.choice((2, 2, 2, 3))):
            kind = self._dice.choice(("boolean", "boolean", "boolean", "null"))
            pieces += (
                [f" {word} ", _tight(self.of(kind, depth), rank + 1)]
                if pieces
                else [_tight(self.of(kind, depth), rank + 1)]
            )
        return Made(word, tuple(pieces), rank)

    def _between(self, depth: int) -> Made:
        kind = self._dice.choice(_ORDERED)
        value, low, high = (_tight(self.of(kind, depth), _ADDED) for _ in range(3))
        return Made("between", (value, " between ", low, " and ", high), _COMPARED)

    def _in_range(self, depth: int) -> Made:
        kind = self._dice.choice(_ORDERED)
        return Made("in", (_tight(self.of(kind, depth), _ADDED), " in ", self._range(kind, depth)), _COMPARED)

    def _in_tests(self, depth: int) -> Made:
        kind = self._dice.choice(_ORDERED)
        value = _tight(self.of(kind, depth), _ADDED)
        tests = [self._test(kind) for _ in range(self._dice.randint(1, 3))]
        return Made("in", (value, " in ", _joined("tests", "(", tests, ")")), _COMPARED)

    def _instance_of(self, depth: int) -> Made:
        value = _tight(self.of("any", depth), _FOLLOWED)
        return Made("instance of", (value, " instance of ", self._dice.choice(_TYPES)), _TYPED)

    def _concatenated(self, depth: int) -> Made:
        return _joined("concatenate()", "concatenate(", [self.of("list", depth) for _ in range(3)], ")", _FOLLOWED)

    def _walk(self, depth: int) -> Made:
        return Made(".得分", (_tight(self.of("contexts", depth), _FOLLOWED), ".得分"), _FOLLOWED)

    # Loops and filters

    def _new_name(self) -> str:
        self._bound += 1
        return f"{self._dice.choice(('i', '项', 'each one '))}{self._bound}"

    def _body(self, kind: str, name: str, of: str, depth: int) -> Made:
        """A body of that kind, in sight of a variable."""
        self._seen.append((name, of))
        try:
            return self.of(kind, depth)
        finally:
            self._seen.pop()

    def _items(self, depth: int) -> tuple[Made, list[Made]]:
        """A list of numbers written out, and its items."""
        items = [self.of("number", depth + 1) for _ in range(self._dice.randint(1, 3))]
        return _joined("list", "[", items, "]"), items

    def _loop(self, form: str, words: tuple[str, str], over: Made, items: list[Made], kind: str, depth: int) -> Made:
        name = self._new_name()
        body = self._body(kind, name, "number", depth)
        samples = tuple(body.with_(name, Made("()", ("(", item, ")"))) for item in items)
        pieces = (f"{words[0]} {name} in ", over, f" {words[1]} ", body)
        return Made(form, pieces, _LOOSE, frozenset((name,)), samples)

    def _for(self, depth: int) -> Made:
        over, items = self._items(depth)
        return self._loop("for", ("for", "return"), over, items, "number", depth)

    def _for_range(self, depth: int) -> Made:
        low, high = self._dice.sample(range(-1, 4), 2)
        items = [Made("literal", (str(item),), _NEGATED) for item in (low, high)]
        return self._loop("for", ("for", "return"), Made("steps", (f"{low}..{high}",)), items, "number", depth)

    def _quantified(self, depth: int) -> Made:
        word = self._dice.choice(("some", "every"))
        over, items = self._items(depth)
        return self._loop(word, (word, "satisfies"), over, items, "boolean", depth)

    def _filter(self, depth: int) -> Made:
        over, items = self._items(depth)
        return self._filtered(over, items, "item", depth)

    def _filter_contexts(self, depth: int) -> Made:
        """``indicators[得分 > 2]``: the entries of the item go by their own names."""
        items = [Made("variable", (f"indicators[{place}].得分",), _FOLLOWED) for place in (1, 3)]
        return self._filtered(Made("variable", ("indicators",)), items, "得分", depth)

    def _filtered(self, over: Made, items: list[Made], name: str, depth: int) -> Made:
        if self._filtering:
            return over
        self._filtering = True
        body = self._body("boolean", name, "number", depth)
        self._filtering = False
        samples = tuple(body.with_(name, Made("()", ("(", item, ")"))) for item in items)
        return Made("filter", (over, "[", body, "]"), _FOLLOWED, frozenset((name,)), samples)
