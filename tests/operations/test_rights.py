"""A parameter names a row; who may not see the row is refused as if there were none."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.assessment import consultation, follow_up, letters, rectification, supervision
from engine.db import Context
from engine.errors import NotFound
from engine.operations import options
from tests.assessment.town import Town, closed, grave, late


@pytest.fixture
def town() -> Iterator[Town]:
    with closed() as opened:
        yield opened


def refused(town: Town, account: str, find: Callable[[Context, int], Any], key: int) -> None:
    with town.refusal(NotFound, account) as ctx:
        find(ctx, key)


def found(town: Town, account: str, find: Callable[[Context, int], Any], key: int) -> Any:
    with town.by(account, reading=True) as ctx:
        cycle, row = find(ctx, key)
        assert cycle.package == "county_leadership"
        return row


def test_a_letter_is_found_by_its_unit(town: Town) -> None:
    key = town.letter_id("A04")
    assert isinstance(found(town, "a04_clerk", options.letter_of, key), letters.Letter)
    for account in ("a05_clerk", "d01_clerk"):
        with town.refusal(letters.UnknownLetter, account) as ctx:
            options.letter_of(ctx, key)


def test_a_matter_and_its_review_are_found_by_whom_they_concern(town: Town) -> None:
    item = town.matter("A04", "E13")
    with town.by(reading=True) as ctx:
        review = follow_up.of_item(ctx, item)[0].id
    assert isinstance(found(town, "d01_clerk", options.item_of, item.id), rectification.Item)
    assert isinstance(found(town, "a04_leader", options.review_of, review), follow_up.Review)
    for find, key in ((options.item_of, item.id), (options.review_of, review)):
        with town.refusal(rectification.UnknownItem, "a05_clerk") as ctx:
            find(ctx, key)


def test_a_slip_is_found_by_the_inspection_office_and_not_by_another_unit() -> None:
    with late() as town:
        with town.by(reading=True) as ctx:
            slip = supervision.of_item(ctx, town.items(ctx, "A04")["E13"])[0].id
        assert isinstance(found(town, "inspector1", options.slip_of, slip), supervision.Slip)
        refused(town, "a05_clerk", options.slip_of, slip)
        refused(town, "a04_clerk", options.slip_of, slip)


def test_a_consultation_is_found_by_the_lead_and_not_by_the_unit_it_is_proposed_for() -> None:
    with grave() as town:
        with town.by(reading=True) as ctx:
            (held,) = consultation.of_cycle(ctx, town.cycle(ctx))
        assert isinstance(found(town, "lead1", options.consultation_of, held.id), consultation.Consultation)
        refused(town, "a04_clerk", options.consultation_of, held.id)


@pytest.mark.parametrize(
    "find", [options.letter_of, options.item_of, options.review_of, options.slip_of, options.consultation_of]
)
def test_a_row_that_does_not_exist_is_one_clear_sentence(town: Town, find: Callable[[Context, int], Any]) -> None:
    with town.by("lead1", reading=True) as ctx, pytest.raises(NotFound):
        find(ctx, 9999)
