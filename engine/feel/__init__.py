"""FEEL, the one language of conditions, timers, decision tables and forms (DMN 1.3, chapter 10)."""

from engine.feel.codec import decode, dumps, encode, loads
from engine.feel.errors import Exhausted, FeelSyntaxError, Untranslatable, Unusable
from engine.feel.expression import Expression, Tests, compile, names_in
from engine.feel.expression import compile_unary_tests as compile_tests
from engine.feel.functions import Function
from engine.feel.juel import read
from engine.feel.run import FeelWarning, Run
from engine.feel.values import Range, Value, YearMonths, kind

__all__ = [
    "Exhausted",
    "Expression",
    "FeelSyntaxError",
    "FeelWarning",
    "Function",
    "Range",
    "Run",
    "Tests",
    "Untranslatable",
    "Unusable",
    "Value",
    "YearMonths",
    "compile",
    "compile_tests",
    "decode",
    "dumps",
    "encode",
    "kind",
    "loads",
    "names_in",
    "read",
]
