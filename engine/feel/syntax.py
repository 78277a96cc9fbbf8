"""The parts an expression is made of, as the parser leaves them. ``at`` counts characters from 0."""

from dataclasses import dataclass
from typing import TypeAlias

from engine.feel.types import Type
from engine.feel.values import Comparator, Value


@dataclass(frozen=True, slots=True)
class Literal:
    at: int
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """``of.a.b``: consecutive members in one part, so that a long path is not a deep one."""

    at: int
    of: "Expression"
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    at: int
    of: "Expression"
    by: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    at: int
    function: "Expression"
    positional: tuple["Expression", ...]
    named: tuple[tuple[str, "Expression"], ...] | None


@dataclass(frozen=True, slots=True)
class Negative:
    at: int
    of: "Expression"


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank from left to right: ``first`` and then each operator with its operand."""

    at: int
    first: "Expression"
    rest: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    at: int
    comparator: Comparator
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Conjunction:
    at: int
    of: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    at: int
    of: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Between:
    at: int
    value: "Expression"
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True, slots=True)
class In:
    at: int
    value: "Expression"
    tests: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class InstanceOf:
    at: int
    value: "Expression"
    type: Type


@dataclass(frozen=True, slots=True)
class If:
    at: int
    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class Iteration:
    """``name in over``, or ``name in over..to``."""

    name: str
    over: "Expression"
    to: "Expression | None"


@dataclass(frozen=True, slots=True)
class For:
    at: int
    iterations: tuple[Iteration, ...]
    body: "Expression"


@dataclass(frozen=True, slots=True)
class Quantified:
    at: int
    every: bool
    iterations: tuple[Iteration, ...]
    body: "Expression"


@dataclass(frozen=True, slots=True)
class Lambda:
    at: int
    parameters: tuple[tuple[str, Type | None], ...]
    body: "Expression"


@dataclass(frozen=True, slots=True)
class Context:
    at: int
    entries: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class List:
    at: int
    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A range written out. Of the one-sided form, ``low`` or ``high`` is missing and ``comparator`` is set."""

    at: int
    low: "Expression | None"
    high: "Expression | None"
    low_included: bool
    high_included: bool
    comparator: Comparator | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One unary test: a comparison with the input, or an expression the input belongs to."""

    at: int
    comparator: Comparator | None
    operand: "Expression"
    speaks_of_input: bool
    """Whether the operand itself names the input, ``?``: then its own truth decides."""


Expression: TypeAlias = (
    Literal
    | Name
    | Path
    | Filter
    | Call
    | Negative
    | Chain
    | Comparison
    | Conjunction
    | Disjunction
    | Between
    | In
    | InstanceOf
    | If
    | For
    | Quantified
    | Lambda
    | Context
    | List
    | Span
)


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """The tests of one decision table cell; none of them means that anything is accepted."""

    tests: tuple[Test, ...]
    negated: bool
