"""Values in, scores out: every scoring method of the house, pure and exact.

``score`` takes one indicator's case, ``check`` looks at a method and its parameters before there are values, ``methods``
lists them all, ``total`` and ``respread`` put indicators together.
"""

from engine.assessment.scoring import competition, counts, deductions, parts, scales, targets, votes
from engine.assessment.scoring.case import Scored, answer, printed, score
from engine.assessment.scoring.exact import BadCase, digits, half_up, shown
from engine.assessment.scoring.registry import Method, Param, Vector, check, described, methods
from engine.assessment.scoring.weights import BadWeights, respread, total

FAMILIES = (targets, deductions, competition, scales, parts, votes, counts)
"""The modules whose methods are registered by being imported here."""

__all__ = [
    "FAMILIES",
    "BadCase",
    "BadWeights",
    "Method",
    "Param",
    "Scored",
    "Vector",
    "answer",
    "check",
    "described",
    "digits",
    "half_up",
    "methods",
    "printed",
    "respread",
    "score",
    "shown",
    "total",
]
