"""From the parts of an expression to code: one function for each kind of part."""

from collections.abc import Callable
from typing import Any, Final

from engine.feel import calls, loops, operators, structures, syntax
from engine.feel.builtins import FUNCTIONS
from engine.feel.scope import Code, Reads, Scope

_PARTS: Final[dict[type, Callable[[Any, Scope], Code]]] = {
    syntax.Literal: structures.literal,
    syntax.Name: structures.name,
    syntax.Path: structures.path,
    syntax.If: structures.condition,
    syntax.Context: structures.context,
    syntax.List: structures.list_,
    syntax.Span: structures.span,
    syntax.Negative: operators.negative,
    syntax.Chain: operators.chain,
    syntax.Comparison: operators.comparison,
    syntax.Conjunction: operators.conjunction,
    syntax.Disjunction: operators.disjunction,
    syntax.Between: operators.between,
    syntax.In: operators.within,
    syntax.InstanceOf: operators.instance_of,
    syntax.Filter: loops.filter_,
    syntax.For: loops.for_,
    syntax.Quantified: loops.quantified,
    syntax.Lambda: calls.lambda_,
    syntax.Call: calls.call,
}


def _compile_part(part: Any, scope: Scope) -> Code:
    return _PARTS[type(part)](part, scope)


def compile_expression(expression: syntax.Expression) -> tuple[Code, Reads]:
    """The code of a whole expression, to be run with the outermost frame, and the names it reads."""
    reads = Reads()
    return _compile_part(expression, _outermost(reads)), reads


def compile_tests(tests: syntax.UnaryTests) -> tuple[operators.Accepts, Reads]:
    """The code of a decision table cell, and the names it reads besides its input."""
    reads = Reads()
    return operators.unary_tests(tests, _outermost(reads)), reads


def _outermost(reads: Reads) -> Scope:
    return Scope(_compile_part, FUNCTIONS, reads)
