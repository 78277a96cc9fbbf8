"""What several operations need: the rows their parameters name, and the choices their forms offer."""

from collections.abc import Iterable
from typing import Any

from engine import people
from engine.assessment import consultation, follow_up, indicators, letters, plans, rectification, supervision
from engine.db import Context

Option = dict[str, Any]


def round_of(ctx: Context, cycle: int, key: str) -> tuple[plans.Cycle, plans.Round]:
    found = plans.cycle(ctx, cycle)
    return found, plans.round_of(ctx, found, key)


def letter_of(ctx: Context, letter: int) -> tuple[plans.Cycle, letters.Letter]:
    found = letters.letter(ctx, letter)
    return plans.cycle(ctx, ctx.session.get_one(plans.Round, found.round_id).cycle_id), found


def item_of(ctx: Context, item: int) -> tuple[plans.Cycle, rectification.Item]:
    found = rectification.item(ctx, item)
    return plans.cycle(ctx, found.cycle_id), found


def slip_of(ctx: Context, slip: int) -> tuple[plans.Cycle, supervision.Slip]:
    found = supervision.slip(ctx, slip)
    return item_of(ctx, found.item_id)[0], found


def review_of(ctx: Context, review: int) -> tuple[plans.Cycle, follow_up.Review]:
    found = follow_up.review(ctx, review)
    return item_of(ctx, found.item_id)[0], found


def consultation_of(ctx: Context, key: int) -> tuple[plans.Cycle, consultation.Consultation]:
    found = consultation.consultation(ctx, key)
    return plans.cycle(ctx, found.cycle_id), found


def option(value: object, label: str) -> Option:
    """A choice as form-js reads it."""
    return {"value": value, "label": label}


def unit_options(ctx: Context, codes: Iterable[str]) -> list[Option]:
    return [option(code, people.unit(ctx, code).name) for code in codes]


def person_options(ctx: Context, accounts: Iterable[str]) -> list[Option]:
    names = people.names(ctx, accounts)
    return [option(account, name) for account, name in sorted(names.items())]


def indicator_options(ctx: Context, cycle: plans.Cycle) -> list[Option]:
    return [option(each.code, f"{each.code} {each.name}") for each in indicators.in_force(ctx, cycle)]
