"""How a value reads as text: what ``string()`` answers, and what explanations show."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from engine.feel.far import FarDate, FarMoment
from engine.feel.functions import Function
from engine.feel.numbers import show_number
from engine.feel.run import Run
from engine.feel.temporal import show_date, show_date_and_time, show_days_and_time, show_time, show_years_and_months
from engine.feel.values import Range, Value, YearMonths


def show(value: Value, run: Run) -> str:
    """The value as FEEL text. Every part is paid for, so what is shared a thousand times costs a thousand times."""
    run.charge()
    return _SHOW[type(value)](value, run)


def _show_string(value: str, run: Run) -> str:
    run.charge(1 + len(value) // 16)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _show_list(value: list[Value], run: Run) -> str:
    return "[" + ", ".join(show(item, run) for item in value) + "]"


def _show_context(value: dict[str, Value], run: Run) -> str:
    return "{" + ", ".join(f"{name}: {show(item, run)}" for name, item in value.items()) + "}"


def _show_range(value: Range, run: Run) -> str:
    if value.comparator is not None:
        return f"({value.comparator} {show(value.start if value.end is None else value.end, run)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{show(value.start, run)}..{show(value.end, run)}{closing}"


_SHOW: Final[dict[type, Callable[[Any, Run], str]]] = {
    type(None): lambda _value, _run: "null",
    bool: lambda value, _run: "true" if value else "false",
    str: _show_string,
    Decimal: lambda value, _run: show_number(value),
    date: lambda value, _run: show_date(value),
    time: lambda value, _run: show_time(value),
    datetime: lambda value, _run: show_date_and_time(value),
    FarDate: lambda value, _run: show_date(value),
    FarMoment: lambda value, _run: show_date_and_time(value),
    timedelta: lambda value, _run: show_days_and_time(value),
    YearMonths: lambda value, _run: show_years_and_months(value),
    list: _show_list,
    dict: _show_context,
    Range: _show_range,
    Function: lambda _value, _run: "function",
}
