"""Figures are measured and scored alike wherever it is done, and only a few indicators are in memory at a time."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from engine.assessment import measures
from engine.assessment.measures import Definition, Draft, State

COMPLETION = Definition("higher_better", "cumulative", "completion_ratio", {"cap": "1"})
STEPS = Definition("higher_better", "level", "rank_step", {"step": "0.05", "floor": "0"})


def drafts(number: int, figures: str) -> list[Draft]:
    """Units U1, U2 … of group A with these figures of a target of 100; ? is missing, - exempt."""
    return [
        Draft(
            cycle_indicator_id=number,
            unit=f"U{place}",
            group="A",
            state={"?": State.MISSING, "-": State.EXEMPT}.get(figure, State.VALUED),
            target=None if figure == "-" else Decimal(100),
            base=None,
            actual=None if figure in "?-" else Decimal(figure),
            detail={},
            as_of=None,
            expected="1/2",
        )
        for place, figure in enumerate(figures.split(), 1)
    ]


def country() -> Iterator[tuple[Definition, list[Draft]]]:
    for number in range(6):
        yield (COMPLETION, STEPS)[number % 2], drafts(number, "60 40 50 ? - 20")


def told(found: list[Draft]) -> list[tuple[str, str | None, int | None, str | None, str | None]]:
    return [
        (
            each.unit,
            None if each.progress is None else f"{each.progress:f}",
            each.rank,
            each.why,
            None if each.score is None else f"{each.score:f}",
        )
        for each in found
    ]


def test_a_draft_is_filled_with_progress_rank_and_score() -> None:
    (first, _), (second, _), *_ = measures.measured(country(), "group", scored=True)
    assert told(first) == [
        ("U1", "0.600000000000", 1, None, "60.000000"),
        ("U2", "0.400000000000", 3, None, "40.000000"),
        ("U3", "0.500000000000", 2, None, "50.000000"),
        ("U4", None, None, "missing", None),
        ("U5", None, None, "exempt", None),
        ("U6", "0.200000000000", 4, None, "20.000000"),
    ]
    assert [each.lead_points for each in first][:3] == [Decimal(10), Decimal(-10), Decimal(0)]
    assert [row[4] for row in told(second)] == ["100.000000", "90.000000", "95.000000", None, None, "85.000000"]


def test_a_round_that_is_not_scored_has_no_scores() -> None:
    assert {each.score for found, _ in measures.measured(country(), "group", scored=False) for each in found} == {None}


@pytest.mark.requirement("C6")
def test_two_processes_find_the_same_digits_in_the_same_order_as_one() -> None:
    alone = [(told(found), seal) for found, seal in measures.measured(country(), "group", scored=True)]
    together = [(told(found), seal) for found, seal in measures.measured(country(), "group", scored=True, processes=2)]
    assert together == alone
    assert len({seal for _, seal in alone}) == len(alone)


def test_an_indicator_is_read_only_when_those_before_it_are_done() -> None:
    taken = 0

    def watched() -> Iterator[tuple[Definition, list[Draft]]]:
        nonlocal taken
        for each in country():
            taken += 1
            yield each

    next(measures.measured(watched(), "group", scored=True))
    assert taken == 1
