"""The public conformance cases of DMN, levels 2 and 3, where their file is at hand."""

import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from engine.errors import BihuanError
from engine.workflow import decisions

CASES = "BIHUAN_DMN_TCK"
NOW = datetime(2026, 4, 1, 1, tzinfo=UTC)

# What is not answered as the cases want it, all for one of two reasons.
NANOSECONDS = {
    f"cl3/1117-feel-date-and-time-function/{number}"
    for number in (
        *("026_5ba081cd5f", "027_ae365197dd", "028_1c3d56275f", "033_2fac4d6807"),
        *("040_d9116e1daa", "047_60ea7838ce", "054_2561a406fc"),
    )
}
TYPES_OF_THE_FILES_OWN = {
    *(f"cl3/0070-feel-instance-of/context_{number}" for number in ("013", "014", "015", "016")),
    *(f"cl3/0070-feel-instance-of/list_{number}" for number in ("013", "014", "014_a", "015", "017", "018", "019")),
    *("cl3/0070-feel-instance-of/number_013", "cl3/0070-feel-instance-of/string_013"),
    *(f"cl3/0082-feel-coercion/decision_{number}" for number in ("005", "context_03")),
    *(f"cl3/0082-feel-coercion/decision_bkm_{number}" for number in ("002", "003", "004_a", "005", "005_a")),
}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    path = os.environ.get(CASES)
    if not path:
        pytest.skip(f"{CASES} does not name the file of the conformance cases")
    with Path(path).open(encoding="utf-8") as lines:
        return [json.loads(line, parse_float=Decimal) for line in lines]


def key(row: dict[str, Any]) -> str:
    return f"{row['folder']}/{row['id'].split('/')[0]}"


def answer(row: dict[str, Any]) -> Any:
    """An error counts as null, as in the cases."""
    try:
        return decisions.answer(row, now=NOW)
    except BihuanError:
        return None


def agree(given: Any, expected: Any) -> bool:
    """Equal; numbers to 1e-8 of their size, moments as moments."""
    if isinstance(given, list) and isinstance(expected, list):
        return len(given) == len(expected) and all(map(agree, given, expected))
    if not (isinstance(given, dict) and isinstance(expected, dict)):
        return type(given) is type(expected) and bool(given == expected)
    if given.keys() == expected.keys() == {"n"}:
        wanted = Decimal(expected["n"])
        return abs(Decimal(given["n"]) - wanted) <= Decimal("1e-8") * max(1, abs(wanted))
    if given.keys() == expected.keys() == {"ctx"}:
        given, expected = given["ctx"], expected["ctx"]
        return given.keys() == expected.keys() and all(agree(given[name], expected[name]) for name in given)
    return bool(feel.decode(given) == feel.decode(expected))


def test_the_cases_are_answered_but_for_the_named_ones(rows: list[dict[str, Any]]) -> None:
    total, passed, failed = Counter[tuple[str, bool]](), Counter[tuple[str, bool]](), set()
    for row in rows:
        kind = row["folder"], row["expected"] is not None
        total[kind] += 1
        if agree(answer(row), row["expected"]):
            passed[kind] += 1
        else:
            failed.add(key(row))
    for kind in sorted(total):
        sys.stdout.write(f"{kind[0]:55} {'value' if kind[1] else 'null':5} {passed[kind]:4} of {total[kind]:4}\n")
    values = sum(passed[kind] for kind in total if kind[1]) / sum(total[kind] for kind in total if kind[1])
    nulls = sum(passed[kind] for kind in total if not kind[1]) / sum(total[kind] for kind in total if not kind[1])
    sys.stdout.write(f"values {values:.2%}, nulls {nulls:.2%}\n")
    assert failed == NANOSECONDS | TYPES_OF_THE_FILES_OWN
    assert values > 0.98
    assert nulls > 0.99


def test_every_table_of_the_cases_is_answered(rows: list[dict[str, Any]]) -> None:
    tables = [row for row in rows if row["kind"] == "table"]
    assert len(tables) == 83
    assert [key(row) for row in tables if not agree(answer(row), row["expected"])] == []
