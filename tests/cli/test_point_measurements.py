"""The measurement of points, in small: what it enters is entered, what it says is a rate, a ratio and a size."""

import pytest

from bench import points


def test_rows_are_entered_and_compared_with_bare_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "ROWS", 50)
    monkeypatch.setattr(points, "BLOCKS", 2)
    monkeypatch.setattr(points, "MEMBERS", 30)
    told = points.points()
    assert (told.name, told.unit, told.limit) == ("points", "rows/s", None)
    assert told.value > 0 and told.ratio is not None and told.ratio > 0
    assert told.reference is not None and "bytes a row" in told.reference
