"""Values survive being written and read, all of them, exactly."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel import Range, YearMonths

ZONES = [None, UTC, timezone(timedelta(hours=8)), ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Paris")]
NAMES = st.one_of(
    st.text(max_size=5),
    st.sampled_from(["typename", "n", "ctx", "$date", "$$date", "$", "$dict", "date", "$range", "$decimal"]),
)
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=10),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.times(timezones=st.sampled_from([zone for zone in ZONES if not isinstance(zone, ZoneInfo)])),
    st.datetimes(timezones=st.sampled_from(ZONES)),
    st.timedeltas(),
    st.builds(YearMonths, st.integers(-(10**9), 10**9)),
    st.builds(Range, st.integers(), st.integers(), st.booleans(), st.booleans()),
    st.builds(
        Range,
        st.none(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.just(False),
        st.booleans(),
        st.just("<"),
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


def exactly(value: Any) -> Any:
    """The value with the type of every part, since 1, True and Decimal(1) are equal to Python."""
    if isinstance(value, dict):
        return {name: exactly(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    if isinstance(value, Range):
        return "range", exactly(value.start), exactly(value.end), value
    return type(value), str(value), value


@settings(deadline=None)
@given(VALUES)
def test_any_value_comes_back_exactly(value: Any) -> None:
    assert exactly(feel.loads(feel.dumps(value))) == exactly(value)


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_json_without_a_dollar_is_written_as_json(value: Any) -> None:
    if "$" not in repr(value):
        assert json.loads(feel.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (Decimal("0.10"), "0.10"),
        (Decimal(5), "5E0"),
        (Decimal("1E+2"), "1E+2"),
        ("甲", '"甲"'),
        ({"a": [True, None]}, '{"a":[true,null]}'),
        (date(2026, 4, 1), '{"$date":"2026-04-01"}'),
        (datetime(2026, 4, 1, 9, tzinfo=UTC), '{"$datetime":"2026-04-01T09:00:00+00:00"}'),
        (timedelta(days=1), '{"$duration":"P1D"}'),
        ({"$date": 1}, '{"$$date":1}'),
        (0.1, "0.1"),
    ],
)
def test_what_is_written(value: object, text: str) -> None:
    assert feel.dumps(value) == text


def test_the_hour_a_clock_shows_twice_stays_the_hour_it_was() -> None:
    paris = ZoneInfo("Europe/Paris")
    for fold in (0, 1):
        moment = datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=fold)
        back = feel.loads(feel.dumps(moment))
        assert (back.fold, back.utcoffset(), back.tzinfo) == (fold, moment.utcoffset(), paris)


def test_years_out_of_reach_come_back() -> None:
    for text in ("-0044-03-15", "12026-04-01T09:00:00@Asia/Shanghai", "-2021-01-01T00:00:00Z"):
        value = feel.compile(f'@"{text}"').evaluate({})
        assert feel.loads(feel.dumps([value])) == [value]


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        object(),
        {1: "a"},
        {"a": {1, 2}},
        "\ud800",
        {"\ud800": 1},
        feel.compile("function(x) x").evaluate({}),
        10**5000,
        b"bytes",
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_come_back_is_not_written(value: object) -> None:
    with pytest.raises(feel.Unusable):
        feel.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "NaN", "[Infinity]", '{"$date":"2026-02-30"}', '{"$date":5}', '{"$nothing":1}', '{"$range":{}}'),
        *('{"$date":"2026-01-01","a":1}', "1e99999999999999999999", "[" * 100_000, '{"$time":[1]}'),
    ],
    ids=lambda text: text[:20],
)
def test_what_was_never_written_is_not_read(text: str) -> None:
    with pytest.raises(feel.Unusable):
        feel.loads(text)


def test_bottomless_values_are_refused() -> None:
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(feel.Unusable):
        feel.dumps(deep)


@pytest.mark.parametrize(
    "encoded",
    [
        *(None, True, "a", [], {"n": "0.3"}, {"n": "-120000"}, {"date": "2026-04-01"}, {"time": "09:00:00+08:00"}),
        *({"dateTime": "2026-04-01T09:00:00@Asia/Shanghai"}, {"duration": "P1DT2H"}, {"duration": "-P1Y2M"}),
        {"ctx": {"a": [{"n": "1"}], "n": "x", "b": {"ctx": {}}}},
    ],
)
def test_the_conformance_encoding_goes_both_ways(encoded: object) -> None:
    assert feel.encode(feel.decode(encoded)) == encoded


def test_plain_json_in_a_context_is_what_it_says() -> None:
    assert feel.decode({"a": Decimal("0.1"), "b": [1], "n": 5}) == {"a": Decimal("0.1"), "b": [1], "n": 5}
    assert feel.decode({"n": 5}) == {"n": 5}
    assert feel.decode({"date": "tomorrow"}) == {"date": "tomorrow"}
    assert type(feel.decode(5)) is Decimal


def test_times_of_a_named_zone_come_back() -> None:
    moment = time(9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    back = feel.loads(feel.dumps(moment))
    assert (back.hour, back.minute, back.tzinfo) == (9, 30, ZoneInfo("Asia/Shanghai"))
