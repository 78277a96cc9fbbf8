"""Votes: a task of several people that is decided by how many agree and how many refuse (会签, 或签, 票签).

The property ``vote`` of a multi-instance human task says what it takes: ``all``, ``any`` (one who agrees), a share of the
voters such as ``2/3`` or ``60%``, or a number of them such as ``3``; ``vote_against`` is the number of refusals that decide
it the other way at once. It ends as soon as it is decided, either way: also when too few are left who could still agree.
A ballot is the answer named by ``vote_field`` (``verdict``); ``vote_agrees`` and ``vote_abstains`` list the answers that
agree and those that do neither, any other refuses. The outcome becomes the variable ``vote_result``, the counts
``vote_counts``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final

from engine.errors import Invalid
from engine.workflow.spiff.data import assign
from engine.workflow.spiff.diagram import Element
from engine.workflow.spiff.tokens import Halt, Many, Token

AGREED: Final = "agreed"
REFUSED: Final = "refused"
ABSTAINED: Final = "abstained"
PASSED: Final = "passed"
RULE: Final = "vote"
_AGREES: Final = "agree,agreed,approve,approved,accepted,yes,true"
_ABSTAINS: Final = "abstain,abstained"


class NoVote(Invalid):
    """Say whether you agree: the answer {field} is missing, and a ballot without it counts for nothing."""

    code = "no_vote"


class BadRule(Invalid):
    """{text} is no rule of a vote; write all, any, a share such as 2/3 or 60%, or a number of voters."""

    code = "bad_vote"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a vote takes: a share of the voters or a number of them, and how many refusals end it."""

    share: Fraction | None
    number: int | None
    against: int | None

    def needed(self, voters: int) -> int:
        return ceil(self.share * voters) if self.share is not None else self.number or 0


def rule_of(element: Element) -> Rule | None:
    """The rule drawn on an element; None where it is no vote. Raises ``BadRule``."""
    text = element.properties.get(RULE)
    if text is None:
        return None
    against = element.properties.get("vote_against")
    if against is not None and not (
        isinstance(against, str) and against.isascii() and against.isdigit() and int(against)
    ):
        raise BadRule(text=str(against))
    share, number = _taken(str(text).strip())
    return Rule(share, number, None if against is None else int(str(against)))


def _taken(text: str) -> tuple[Fraction | None, int | None]:
    if text in ("all", "any"):
        return (Fraction(1), None) if text == "all" else (None, 1)
    try:
        value = Fraction(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        raise BadRule(text=text) from None
    if value.denominator == 1 and value >= 1 and text.isdigit():
        return None, int(value)
    if not 0 < value <= 1:
        raise BadRule(text=text)
    return value, None


def word_of(element: Element, answers: Mapping[str, Any]) -> str:
    """What a ballot says: agreed, refused or abstained. Raises ``NoVote``."""
    field = str(element.properties.get("vote_field", "verdict"))
    value = answers.get(field)
    if value is None or value == "":
        raise NoVote(field=field)
    said = str(value).lower() if isinstance(value, bool) else str(value)
    if said in _listed(element, "vote_agrees", _AGREES):
        return AGREED
    return ABSTAINED if said in _listed(element, "vote_abstains", _ABSTAINS) else REFUSED


def _listed(element: Element, name: str, otherwise: str) -> list[str]:
    return [each.strip() for each in str(element.properties.get(name, otherwise)).split(",")]


def cast(token: Token, answers: Mapping[str, Any]) -> str | None:
    """Counts a ballot; None where the task is no vote. Raises ``NoVote`` before anything has moved."""
    if RULE not in token.element.properties or token.body is None:
        return None
    word, many = word_of(token.element, answers), token.whole.many
    assert many is not None
    many.votes[word] = many.votes.get(word, 0) + 1
    return word


def settle(activity: Token, rule: Rule) -> bool:
    """Whether the vote is decided; then its outcome is written for what follows. Raises ``Halt`` where nobody votes."""
    many = activity.many
    assert many is not None
    if not many.total or rule.needed(many.total) > many.total:
        raise Halt(f"the vote takes {rule.needed(many.total) or 'somebody'} and there are {many.total} voters")
    outcome = _outcome(many, rule)
    if outcome is not None:
        counts = {word: Decimal(many.votes.get(word, 0)) for word in (AGREED, REFUSED, ABSTAINED)}
        assign(activity, {"vote_result": outcome, "vote_counts": {**counts, "voters": Decimal(many.total)}})
    return outcome is not None


def _outcome(many: Many, rule: Rule) -> str | None:
    agreed, needed = many.votes.get(AGREED, 0), rule.needed(many.total)
    if agreed >= needed:
        return PASSED
    # Who was taken off the task or passed over has not answered: they stay in the base and agree no more.
    left = many.total - many.done - many.cancelled
    against = rule.against is not None and many.votes.get(REFUSED, 0) >= rule.against
    return REFUSED if against or agreed + left < needed else None
