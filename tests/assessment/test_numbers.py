"""Numbers of papers and matters, on both kinds of database."""

import threading

import pytest

from engine.assessment import numbers
from tests.cast import Office


def draw(office: Office, kind: str = "letter", year: int = 2026, scope: str = "") -> int:
    with office.by() as ctx:
        return numbers.draw(ctx, kind, year, scope)


def test_numbers_begin_with_one_and_none_is_left_out(office: Office) -> None:
    assert [draw(office) for _ in range(3)] == [1, 2, 3]


def test_every_kind_year_and_scope_counts_for_itself(office: Office) -> None:
    draw(office)
    assert [draw(office, "slip"), draw(office, year=2027), draw(office, "item", scope="A01")] == [1, 1, 1]
    assert [draw(office, "item", scope="A02"), draw(office, "item", scope="A01"), draw(office)] == [1, 2, 2]


def test_several_are_drawn_in_one_go(office: Office) -> None:
    with office.by() as ctx:
        assert [numbers.draw(ctx, "letter", 2026) for _ in range(3)] == [1, 2, 3]


def test_what_is_undone_gives_its_number_back(office: Office) -> None:
    draw(office)
    with pytest.raises(ZeroDivisionError), office.by() as ctx:
        assert numbers.draw(ctx, "letter", 2026) == 2
        raise ZeroDivisionError
    assert draw(office) == 2


def test_two_who_draw_at_the_same_time_never_get_the_same(office: Office) -> None:
    drawn: list[int] = []
    together = threading.Barrier(4)

    def draw_five() -> None:
        together.wait()
        for _ in range(5):
            drawn.append(draw(office))

    threads = [threading.Thread(target=draw_five) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(drawn) == list(range(1, 21))
