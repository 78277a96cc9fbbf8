"""Truth: ``not``, ``all``, ``any``, ``is``, and whether there is anything at all."""

from datetime import datetime, time
from typing import Any

from engine.feel.builtins.registry import built_in
from engine.feel.comparison import Truth, any_holds, both, equal, negation
from engine.feel.run import Run
from engine.feel.temporal import show_zone
from engine.feel.values import Value


@built_in("not", "negand: any")
def not_(negand: Value) -> Truth:
    return negation(negand)


@built_in("all", "...list: list")
def all_(items: list[Value]) -> Truth:
    answer: Truth = True
    for item in items:
        answer = both(answer, item)
    return answer


@built_in("any", "...list: list")
def any_(items: list[Value]) -> Truth:
    return any_holds(item if type(item) is bool else None for item in items)


@built_in("is", "value1?: any, value2?: any")
def is_(run: Run, value1: Value, value2: Value) -> Truth:
    """The same value of the same kind; unlike equal moments, the same moments are written with the same zone."""
    if type(value1) is not type(value2):
        return False
    if isinstance(value1, time | datetime):
        return _same_written(value1, value2)
    return equal(value1, value2, run)


def _same_written(value1: time | datetime, value2: Any) -> bool:
    return show_zone(value1) == show_zone(value2) and value1.replace(tzinfo=None) == value2.replace(tzinfo=None)


@built_in("is defined", "value: any")
def is_defined(value: Value) -> bool:
    return value is not None


@built_in("get or else", "value: any, default: any")
def get_or_else(value: Value, default: Value) -> Value:
    return default if value is None else value
