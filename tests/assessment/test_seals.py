"""A seal is the same before rows are stored and after they are read back, and another one when anything is different."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from engine.assessment import seals

ROW: tuple[Any, ...] = (7, "A02", None, Decimal("1.50"), date(2026, 3, 31), {"b": [1], "a": None}, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Decimal("1E+2"), Decimal("100")),
        (Decimal("-0.00"), Decimal("0.00")),
        ({"b": 1, "a": "一"}, {"a": "一", "b": 1}),
        (
            datetime(2026, 4, 1, 8, tzinfo=timezone(timedelta(hours=8))),
            datetime(2026, 4, 1, tzinfo=UTC),
        ),
    ],
)
def test_a_value_has_one_seal_before_and_after_it_is_stored(before: Any, after: Any) -> None:
    assert seals.of_rows([(before,)]) == seals.of_rows([(after,)])


@pytest.mark.parametrize("place", range(len(ROW)))
@pytest.mark.parametrize("value", [None, "", "None", 8, Decimal("1.5"), date(2026, 4, 1), {}, [], False])
def test_another_value_in_any_place_gives_another_seal(place: int, value: Any) -> None:
    changed = (*ROW[:place], value, *ROW[place + 1 :])
    if changed != ROW or place == 3:
        assert seals.of_rows([changed]) != seals.of_rows([ROW])


def test_the_order_of_rows_does_not_count_but_their_number_does() -> None:
    one, other = ("A01", 1), ("A02", 2)
    assert seals.of_rows([one, other]) == seals.of_rows([other, one])
    assert seals.of_rows([one, other]) != seals.of_rows([one])
    assert seals.of_rows([one, one]) != seals.of_rows([one])


def test_values_do_not_run_into_each_other() -> None:
    assert seals.of_rows([("A", "02")]) != seals.of_rows([("A0", "2")])
