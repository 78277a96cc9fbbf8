"""What a method needs beside the figure a person reads, such as counts by kind or ballots by grade, as one line of text.

``省部级 1；市厅级 4`` for names with numbers, ``10；5`` for a list of numbers.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.assessment import indicators, snapshots
from engine.errors import Invalid

#: Row fields that hold a number for each of the names the parameters list, and the parameter that lists them.
NAMED: Mapping[str, str] = {"counts": "items", "votes": "values", "rates": "weights", "differences": "terms"}
#: Row fields that hold a list of numbers.
LISTED = frozenset({"deductions", "ranks"})
#: A comma is left out on purpose: people write 1,200.
_BETWEEN = re.compile(r"[；;、\n]+")
_NAMED = re.compile(r"(.+?)[\s:：=]*(-?\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class WrongDetail(Invalid):
    """{text}: expected {expected}."""

    code = "wrong_detail"


def field(used: indicators.CycleIndicator) -> str | None:
    """The row field the indicator's method needs beside its figure; None where the figure is enough."""
    wanted = snapshots.scoring_method(used.method).row_fields
    return next((name for name in wanted if name in NAMED or name in LISTED), None)


def names(used: indicators.CycleIndicator) -> list[str]:
    """The names that have numbers: kinds of events, grades of a ballot; empty for a list of numbers."""
    known = field(used)
    return list(used.params.get(NAMED[known]) or {}) if known is not None and known in NAMED else []


def text(used: indicators.CycleIndicator, detail: Mapping[str, Any]) -> str:
    """The stored detail as a person reads and writes it."""
    known = field(used)
    value = detail.get(known) if known else None
    if isinstance(value, Mapping):
        return "；".join(f"{name} {value[name]}" for name in names(used) if value.get(name) is not None)
    # An empty list is known to be nothing, which is more than not known.
    return "" if value is None else "；".join(map(str, value)) or "0"


def read(used: indicators.CycleIndicator, text: str) -> dict[str, Any]:
    """The detail a person typed; empty text is none. Raises ``WrongDetail`` naming the part that cannot be read."""
    known = field(used)
    parts = [part.strip() for part in _BETWEEN.split(text.translate(_PLAIN)) if part.strip()]
    if known is None or not parts:
        return {}
    if known in LISTED:
        return {known: [_listed(part) for part in parts]}
    found = dict(_named(part, names(used)) for part in parts)
    return {known: found}


_PLAIN = str.maketrans("０１２３４５６７８９．", "0123456789.")


def _listed(part: str) -> str:
    if not _NUMBER.fullmatch(part):
        raise WrongDetail(text=part, expected="10；5")
    return part


def _named(part: str, known: list[str]) -> tuple[str, int | str]:
    found = _NAMED.fullmatch(part)
    if found is None or (known and found[1] not in known):
        raise WrongDetail(text=part, expected="；".join(f"{name} 1" for name in known) or "A 1")
    number = Decimal(found[2])
    return found[1], int(number) if number == number.to_integral_value() else found[2]
