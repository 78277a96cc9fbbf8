"""Ranks, feedback statistics, grades by quota and the facts of a warning. Pure: values in, values out."""

from engine.assessment.ranking.facts import (
    Facts,
    Measured,
    Why,
    decision_inputs,
    facts,
    measures,
    printed_facts,
    rule_parameters,
)
from engine.assessment.ranking.feedback import FEW, Standing, Statistics, standing, statistics
from engine.assessment.ranking.grades import BadDecision, BadQuota, Grade, excellent_places, grades, tied_at_cut
from engine.assessment.ranking.order import Scores, populations, progress_ranks, ranks

__all__ = [
    "FEW",
    "BadDecision",
    "BadQuota",
    "Facts",
    "Grade",
    "Measured",
    "Scores",
    "Standing",
    "Statistics",
    "Why",
    "decision_inputs",
    "excellent_places",
    "facts",
    "grades",
    "measures",
    "populations",
    "printed_facts",
    "progress_ranks",
    "ranks",
    "rule_parameters",
    "standing",
    "statistics",
    "tied_at_cut",
]
