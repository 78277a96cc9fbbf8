"""Totals of indicator scores, and the weight of what a unit is exempt from."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.assessment.scoring.exact import exact_sum, half_up, hundredth
from engine.errors import Invalid

_ONE: Final = Decimal(1)


class BadWeights(Invalid):
    """The weights cannot be used as they are."""

    code = "bad_weights"


def total(scores: Mapping[str, Decimal | None], weights: Mapping[str, Decimal]) -> Decimal:
    """Σ(stored score · weight) / 100 over the weighted indicators, exact.

    ``weights`` decides: what has no weight does not count, what has one must be scored (``BadWeights`` names it).
    """
    products: list[tuple[Decimal, Decimal]] = []
    for indicator, weight in weights.items():
        score = scores.get(indicator)
        if score is None:
            template = "Indicator {indicator} has a weight and no score; score it or mark the unit exempt from it."
            raise BadWeights(template, indicator=indicator)
        products.append((score, weight))
    return hundredth(exact_sum(products))


def respread(
    weights: Mapping[str, Decimal], exempt: Collection[str], category: Mapping[str, str], *, across: bool = False
) -> dict[str, Decimal]:
    """The weights of the indicators that are left, in the given order, with what the exempt ones weighed.

    The weight of an exempt indicator goes to the others of its category in proportion to their weights, so every
    category keeps its sum. New weights are HALF_UP to 6 decimals and the last one of the category takes the remainder;
    a category without an exempt weight keeps its weights as they are.

    A category whose every weight is exempt is refused (``BadWeights``). With ``across`` its weight goes to all that is
    left, in proportion to the weights after the first step: rounded once, the last indicator left takes the remainder.
    """
    _check(weights, category)
    members: dict[str, list[str]] = {}
    for indicator in weights:
        members.setdefault(category[indicator], []).append(indicator)
    left = {name: [i for i in indicators if i not in exempt] for name, indicators in members.items()}
    empty = [name for name in members if _sum(members[name], weights) and not _sum(left[name], weights)]
    if empty and (not across or not _sum((i for i in weights if i not in exempt), weights)):
        template = "Every indicator with a weight in category {category} is exempt, so its weight has nowhere to go."
        raise BadWeights(template, category=empty[0])
    exact = {i: share for name in members for i, share in _shares(members[name], left[name], weights).items()}
    if empty:
        return _stretched({i: exact[i] for i in weights if i in exact}, weights)
    stored: dict[str, Decimal] = {}
    for name, indicators in members.items():
        kept = left[name]
        same = _sum(kept, weights) == _sum(indicators, weights)
        stored |= (
            {i: weights[i] for i in kept} if same else _stored({i: exact[i] for i in kept}, _sum(indicators, weights))
        )
    return {i: stored[i] for i in weights if i in stored}


def _check(weights: Mapping[str, Decimal], category: Mapping[str, str]) -> None:
    for indicator, weight in weights.items():
        if indicator not in category:
            raise BadWeights("Indicator {indicator} has no category; give it one.", indicator=indicator)
        if not weight.is_finite() or weight < 0:
            template = "The weight {weight} of indicator {indicator} is not a number of 0 or more; correct it."
            raise BadWeights(template, weight=str(weight), indicator=indicator)


def _sum(indicators: Iterable[str], weights: Mapping[str, Decimal]) -> Decimal:
    return exact_sum((weights[indicator], _ONE) for indicator in indicators)


def _shares(members: list[str], left: list[str], weights: Mapping[str, Decimal]) -> dict[str, Fraction]:
    """What each indicator left weighs when it takes its part of the whole category; 0 where nothing weighs."""
    whole, kept = Fraction(_sum(members, weights)), Fraction(_sum(left, weights))
    return {i: Fraction(weights[i]) * whole / kept if kept else Fraction(0) for i in left}


def _stretched(exact: Mapping[str, Fraction], weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    whole = _sum(weights, weights)
    factor = Fraction(whole) / sum(exact.values())
    return _stored({indicator: weight * factor for indicator, weight in exact.items()}, whole)


def _stored(exact: Mapping[str, Fraction], whole: Decimal) -> dict[str, Decimal]:
    """HALF_UP to 6 decimals; the last weight is what the others leave of ``whole``, exactly."""
    stored = {indicator: half_up(weight) for indicator, weight in exact.items()}
    *others, last = stored
    return stored | {last: exact_sum([(whole, _ONE), *((stored[other], -_ONE) for other in others)])}
