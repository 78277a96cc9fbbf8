"""What an adjustment does to each indicator, as it is kept: JSON whose decimals are text."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from enum import StrEnum
from typing import Any

from engine.assessment import indicators


class Act(StrEnum):
    ADD = "add"
    DROP = "drop"
    CHANGE = "change"


def changed(changes: Mapping[str, Any], code: str, name: str, new: Any, old: Any) -> dict[str, Any]:
    """The changes with one more; one that leaves what stands is no change."""
    change = {key: value for key, value in changes.get(code, {"act": Act.CHANGE}).items() if key != name}
    if new != old and not (name == "weights" and decimals(new) == decimals(old)):
        change[name] = new
    kept = {key: value for key, value in changes.items() if key != code}
    return {**kept, code: change} if change.keys() > {"act"} else kept


def weights_of(used: indicators.CycleIndicator) -> dict[str, str]:
    """Group -> weight as text."""
    return {each.group: format(each.weight, "f") for each in sorted(used.weights, key=lambda each: each.group)}


def decimals(weights: Mapping[str, str]) -> dict[str, Decimal]:
    return {group: Decimal(weight) for group, weight in weights.items()}


def row(used: indicators.CycleIndicator, change: Mapping[str, Any]) -> indicators.Row:
    """The indicator as a row of the system, changed."""
    return indicators.Row(
        code=used.code,
        name=used.name,
        category=used.indicator.category,
        source=used.source,
        responsible_unit=used.responsible_unit,
        data_unit=used.data_unit,
        unit_of_measure=used.indicator.unit_of_measure,
        direction=used.direction,
        measure=used.measure,
        schedule=used.schedule,
        method=change.get("method", used.method),
        params=change.get("params", used.params),
        main=used.main,
        target_total=used.target_total,
        weights=decimals(change.get("weights", weights_of(used))),
    )


def row_json(row: indicators.Row) -> dict[str, Any]:
    """A new indicator, to be read back by ``row_of``."""
    weights = {group: format(weight, "f") for group, weight in row.weights.items() if weight}
    return {**asdict(row), "target_total": text(row.target_total), "weights": weights}


def row_of(kept: Mapping[str, Any]) -> indicators.Row:
    """The indicator that ``row_json`` kept."""
    return indicators.Row(
        **{**kept, "target_total": number(kept["target_total"]), "weights": decimals(kept["weights"])}
    )


def text(figure: Decimal | None) -> str | None:
    return None if figure is None else format(figure, "f")


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
