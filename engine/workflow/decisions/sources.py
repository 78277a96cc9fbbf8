"""A decision table as it was written, before anything of it is understood."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

UNIQUE: Final = "UNIQUE"
ANY: Final = "ANY"
FIRST: Final = "FIRST"
PRIORITY: Final = "PRIORITY"
RULE_ORDER: Final = "RULE ORDER"
OUTPUT_ORDER: Final = "OUTPUT ORDER"
COLLECT: Final = "COLLECT"
HIT_POLICIES: Final = (UNIQUE, ANY, FIRST, PRIORITY, RULE_ORDER, OUTPUT_ORDER, COLLECT)
AGGREGATIONS: Final = ("SUM", "MIN", "MAX", "COUNT")

Complain: TypeAlias = Callable[[str | None, str, str], None]
"""Takes an element's id, a stable code and one sentence."""


@dataclass(frozen=True)
class Cell:
    """A piece of text, the element it stands in, and the language it claims to be, None for FEEL."""

    element: str | None
    text: str
    language: str | None = None


@dataclass(frozen=True)
class InputSource:
    expression: Cell
    label: str
    values: Cell | None = None
    variable: str | None = None
    """the name Camunda lets the cells call the input by, besides ``?``"""


@dataclass(frozen=True)
class OutputSource:
    element: str | None
    name: str | None
    values: Cell | None = None
    default: Cell | None = None


@dataclass(frozen=True)
class RuleSource:
    element: str | None
    tests: tuple[Cell, ...]
    results: tuple[Cell, ...]
    annotation: str = ""


@dataclass(frozen=True)
class TableSource:
    element: str | None
    hit_policy: str
    aggregation: str | None
    inputs: tuple[InputSource, ...]
    outputs: tuple[OutputSource, ...]
    rules: tuple[RuleSource, ...]
