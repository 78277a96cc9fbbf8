"""The built-in functions, by subject (DMN 1.3, 10.3.4, with what later editions and Camunda added)."""

from typing import Final

from engine.feel.builtins import contexts, conversion, lists, logic, numeric, ranges, strings, temporal
from engine.feel.builtins.registry import FUNCTIONS
from engine.feel.scanner import KnownNames

__all__ = ["FUNCTIONS", "SPACED_NAMES"]

_MODULES = (contexts, conversion, lists, logic, numeric, ranges, strings, temporal)
"""Importing them is what declares the functions."""

SPACED_NAMES: Final = KnownNames(FUNCTIONS, followed_by=r"(?=\s*\()")
"""The names of several words; without a parenthesis after them the words are only words, as in ``date and time``."""
