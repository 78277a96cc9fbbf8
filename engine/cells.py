"""Reading one cell of a CSV file; what cannot be read is named by its column."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.errors import Message

Line = Mapping[str, str]


class Wrong(Exception):
    """A cell that cannot be read, and why; no column is the row or the file as a whole."""

    def __init__(self, column: str, template: str, **facts: Any) -> None:
        self.column, self.message = column, Message(template, facts)


def text(line: Line, column: str) -> str:
    given = line[column].strip()
    if not given:
        raise Wrong(column, "The cell is empty.")
    return given


def flag(line: Line, column: str) -> bool:
    given = line[column].strip()
    if given not in ("", "0", "1"):
        raise Wrong(column, "Expected 0 or 1.")
    return given == "1"


def day(line: Line, column: str) -> date:
    try:
        return date.fromisoformat(line[column].strip())
    except ValueError:
        raise Wrong(column, "Expected a date such as 2026-04-30.") from None


def decimal(line: Line, column: str) -> Decimal | None:
    given = line[column].strip()
    if not given:
        return None
    try:
        number = Decimal(given)
    except InvalidOperation:
        raise Wrong(column, "Expected a number.") from None
    if not number.is_finite():
        raise Wrong(column, "Expected a number.")
    return number


def weight(line: Line, column: str) -> Decimal | None:
    given = decimal(line, column)
    if given is not None and given < 0:
        raise Wrong(column, "A weight is not below 0.")
    return given


def choice(line: Line, column: str, choices: Any) -> str:
    given = line[column].strip()
    if given not in set(choices):
        raise Wrong(column, "Expected one of {choices}.", choices=", ".join(choices))
    return given


def schedule(line: Line) -> dict[str, str]:
    """Month and day -> the share of the target expected by then, as text."""
    try:
        found = dict(part.split("=") for part in line["schedule"].strip().split(";") if part)
        for month_day, share in found.items():
            date.fromisoformat(f"2024-{month_day}")
            if not 0 <= Decimal(share) <= 1:
                raise ValueError(share)
    except (ValueError, InvalidOperation):
        raise Wrong("schedule", "Expected dates with shares, such as 03-31=0;07-31=0.2;12-31=1.") from None
    return found


def params(line: Line) -> dict[str, Any]:
    try:
        given = json.loads(line["params"].strip() or "{}", parse_float=str)
    except ValueError:
        raise Wrong("params", "Expected JSON.") from None
    if not isinstance(given, dict):
        raise Wrong("params", "Expected a JSON object.")
    return given
