"""Decisions: DMN tables and expressions on FEEL, with every rule's reasons."""

from engine.workflow.decisions.errors import (
    BadDecision,
    NoSuchDecision,
    NotSummable,
    RulesDisagree,
    RulesOverlap,
    WhichDecision,
)
from engine.workflow.decisions.explanation import CellTrace, RuleTrace, TableTrace
from engine.workflow.decisions.model import Decision, Evaluation, Model
from engine.workflow.decisions.reading import read
from engine.workflow.decisions.rows import BadRow, answer

__all__ = [
    "BadDecision",
    "BadRow",
    "CellTrace",
    "Decision",
    "Evaluation",
    "Model",
    "NoSuchDecision",
    "NotSummable",
    "RuleTrace",
    "RulesDisagree",
    "RulesOverlap",
    "TableTrace",
    "WhichDecision",
    "answer",
    "read",
]
