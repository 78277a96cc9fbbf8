"""What the package offers, and that threads may share it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine import feel


def test_every_name_of_the_door_is_there() -> None:
    assert sorted(feel.__all__) == list(feel.__all__)
    assert all(hasattr(feel, name) for name in feel.__all__)


def test_threads_share_an_expression_and_not_its_budget() -> None:
    expression = feel.compile("sum(for i in 1..limit return i)")

    def evaluate(limit: int) -> object:
        try:
            return expression.evaluate({"limit": limit}, budget=5_000)
        except feel.Exhausted:
            return "exhausted"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(evaluate, [100, 4_000, 200, 9_000] * 25))
    assert answers == [5050, "exhausted", 20100, "exhausted"] * 25


def test_expressions_of_one_run_share_its_budget() -> None:
    run = feel.Run({}, budget=1_000)
    expression = feel.compile("count(for i in 1..300 return i)")
    expression.run(run)
    with pytest.raises(feel.Exhausted):
        for _ in range(5):
            expression.run(run)


def test_a_function_of_the_host_is_called_like_any_other() -> None:
    double = feel.Function.of(["n"], lambda _run, n: n + n)
    assert feel.compile("double(4) + double(n: 1)").evaluate({"double": double}) == 10
    assert feel.compile("double()").evaluate({"double": double}) is None


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("number", 5, 5),
        ("feel:string", ["a"], "a"),
        ("list<number>", 5, [5]),
        ("list<number>", ["a"], None),
        ("number", "5", None),
        ("Any", "5", "5"),
        ("integer", 5, 5),
    ],
)
def test_a_value_is_fitted_to_a_type_or_null(type_: str, value: object, expected: object) -> None:
    named = feel.type_named(type_)
    assert named is not None
    assert feel.fit(feel.compile("x").evaluate({"x": value}), named) == expected


def test_a_type_of_the_files_own_is_none_of_feels() -> None:
    assert feel.type_named("tRisk") is None
    assert feel.type_named("list<tRisk>") is None
