from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import BihuanError
from engine.workflow.registry import BadDeclaration, Parameter, Registry


def registry() -> Registry:
    operations = Registry()

    @operations.operation("evidence.count", summary="How many files there are", outputs={"files": "their number"})
    def count(
        ctx: Any,
        call: Any,
        *,
        item: int,
        share: Decimal = Decimal(1),
        note: str | None = None,
        on: date | None = None,
        at: datetime | None = None,
        wanted: bool = True,
        kinds: list[str] | None = None,
        facts: Mapping[str, object] | None = None,
        anything: Any = None,
    ) -> Mapping[str, object]:
        return {"ctx": ctx, "call": call} | {
            key: value for key, value in locals().items() if key not in ("ctx", "call")
        }

    return operations


def test_an_operation_says_what_it_takes_and_gives() -> None:
    operation = registry()["evidence.count"]
    assert operation.summary == "How many files there are"
    assert operation.outputs == {"files": "their number"}
    assert operation.parameters[0] == Parameter("item", "int", optional=False, required=True)
    assert operation.parameters[2] == Parameter("note", "str", optional=True, required=False)
    assert [parameter.type for parameter in operation.parameters] == [
        "int", "Decimal", "str", "date", "datetime", "bool", "list", "dict", "any",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("item", 17, 17),
        ("item", Decimal("17.0"), 17),
        ("item", "17", 17),
        ("share", "0.3", Decimal("0.3")),
        ("share", 2, Decimal(2)),
        ("note", "x", "x"),
        ("note", "", ""),
        ("note", Decimal("17"), "17"),
        ("note", None, None),
        ("on", "2026-04-30", date(2026, 4, 30)),
        ("on", date(2026, 4, 30), date(2026, 4, 30)),
        ("on", "", None),
        ("at", "2026-04-30T09:00:00+08:00", datetime.fromisoformat("2026-04-30T09:00:00+08:00")),
        ("at", "2026-04-30T09:00:00", datetime.fromisoformat("2026-04-30T09:00:00+08:00")),
        ("wanted", "false", False),
        ("wanted", True, True),
        ("kinds", ["a"], ["a"]),
        ("facts", {"a": 1}, {"a": 1}),
        ("anything", None, None),
    ],
)
def test_inputs_are_typed_as_the_verb_says(name: str, given: object, taken: object) -> None:
    result = registry()["evidence.count"].call("ctx", "call", {"item": 1, name: given})
    assert result[name] == taken
    assert type(result[name]) is type(taken)
    assert (result["ctx"], result["call"]) == ("ctx", "call")


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("item", None), ("item", "x"), ("item", True), ("item", Decimal("1.5")), ("item", [1]), ("item", ""),
        ("share", "x"), ("share", 0.5), ("share", "NaN"), ("note", ["x"]), ("note", True), ("on", "30.4.2026"),
        ("on", datetime(2026, 4, 30)), ("at", date(2026, 4, 30)), ("wanted", "yes"), ("wanted", 1), ("wanted", None),
        ("kinds", "a"), ("facts", [1]), ("unknown", 1),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(name: str, given: object) -> None:
    with pytest.raises(BihuanError) as refused:
        registry()["evidence.count"].call(None, None, {"item": 1, name: given})
    assert refused.value.code == "wrong_parameter"
    assert f"parameter {name}:" in str(refused.value)


def test_a_required_parameter_may_not_be_left_out() -> None:
    with pytest.raises(BihuanError) as refused:
        registry()["evidence.count"].call(None, None, {})
    assert "parameter item: it is required" in str(refused.value)


def test_a_name_declared_twice_is_refused_with_both_places() -> None:
    operations = registry()
    with pytest.raises(
        BadDeclaration, match=r"evidence\.count is declared twice, at .*test_registry:\d+ and at .*:\d+"
    ):

        @operations.operation("evidence.count", summary="")
        def again(ctx: Any, call: Any) -> None: ...


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BihuanError, match=r"\(did you mean evidence\.count\?\)") as refused:
        registry()["evidence.cuont"]
    assert refused.value.code == "unknown_operation"
    with pytest.raises(BihuanError, match=r"There is no operation other\.thing\."):
        registry()["other.thing"]


def test_a_registry_is_included_as_a_whole_or_not_at_all() -> None:
    mine, other = registry(), Registry()

    @other.operation("a.first", summary="")
    def first(ctx: Any, call: Any) -> None: ...

    mine.include(other)
    assert list(mine) == ["a.first", "evidence.count"]
    clashing = registry()

    @clashing.operation("b.new", summary="")
    def new(ctx: Any, call: Any) -> None: ...

    with pytest.raises(BadDeclaration):
        mine.include(clashing)
    assert list(mine) == ["a.first", "evidence.count"]
    assert mine.get("b.new") is None
    assert len(mine) == 2


def _no_call(ctx: Any) -> None: ...
def _positional(ctx: Any, call: Any, item: int) -> None: ...
def _untyped(ctx: Any, call: Any, *, item) -> None: ...  # type: ignore[no-untyped-def]
def _odd(ctx: Any, call: Any, *, item: set[int]) -> None: ...
def _either(ctx: Any, call: Any, *, item: int | str) -> None: ...


@pytest.mark.parametrize("verb", [_no_call, _positional, _untyped, _odd, _either])
def test_a_declaration_that_cannot_work_is_refused_at_once(verb: Any) -> None:
    with pytest.raises(BadDeclaration):
        Registry().operation("a.b", summary="")(verb)


@pytest.mark.parametrize("name", ["", "count", "Evidence.count", "evidence.", "a b.c"])
def test_a_name_is_a_subject_and_a_verb(name: str) -> None:
    with pytest.raises(BadDeclaration):
        Registry().operation(name, summary="")(lambda ctx, call: None)


def test_a_verb_that_returns_nothing_has_no_outputs() -> None:
    operations = Registry()
    operations.operation("a.b", summary="")(lambda ctx, call: None)
    assert operations["a.b"].call(None, None, {}) == {}
