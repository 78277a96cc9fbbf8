"""FEEL, the one language of conditions, timers, decision tables and forms (DMN 1.3, chapter 10)."""

from engine.feel.builtins.patterns import browser_pattern
from engine.feel.codec import decode, dumps, encode, loads
from engine.feel.errors import Exhausted, FeelSyntaxError, Untranslatable, Unusable
from engine.feel.expression import Expression, Tests, compile, names_in, show
from engine.feel.expression import compile_unary_tests as compile_tests
from engine.feel.functions import Function
from engine.feel.juel import read
from engine.feel.run import DEFAULT_BUDGET, FeelWarning, Run
from engine.feel.types import Type, fit, type_named
from engine.feel.values import Range, Value, YearMonths, kind

__all__ = [
    "DEFAULT_BUDGET",
    "Exhausted",
    "Expression",
    "FeelSyntaxError",
    "FeelWarning",
    "Function",
    "Range",
    "Run",
    "Tests",
    "Type",
    "Untranslatable",
    "Unusable",
    "Value",
    "YearMonths",
    "browser_pattern",
    "compile",
    "compile_tests",
    "decode",
    "dumps",
    "encode",
    "fit",
    "kind",
    "loads",
    "names_in",
    "read",
    "show",
    "type_named",
]
