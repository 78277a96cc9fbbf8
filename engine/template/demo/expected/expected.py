"""Works out what the demo's year must come to, from the files alone: ``python demo/expected/expected.py``.

It knows nothing of the program, so that neither vouches for itself. It knows two methods, ``completion_ratio`` (at most
100 points, or as many times as ``cap`` says) and ``control_limit``; score, total, rank and grade are in exact fractions.
"""

import csv
import json
import re
from fractions import Fraction
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
RESULT = ("unit", "group", "score", "rank", "grade")
WARNING = ("round", "unit", "indicator", "reasons")


def rows(name: str) -> list[dict[str, str]]:
    with (PACKAGE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parameter(name: str) -> Fraction:
    text = (PACKAGE / "package.yaml").read_text(encoding="utf-8")
    found = re.search(rf"^  {name}: ([0-9.]+)", text, re.MULTILINE)
    if found is None:
        raise SystemExit(f"package.yaml says no {name}")
    return Fraction(found.group(1))


def score(indicator: dict[str, str], value: dict[str, str]) -> Fraction:
    """Of 100, to six decimals, a half rounded up."""
    actual, target = Fraction(value["verified"]), Fraction(value["target"])
    if indicator["method"] == "completion_ratio":
        cap = json.loads(indicator["params"] or "{}").get("cap", "1")
        share = actual / target if cap is None else min(actual / target, Fraction(cap))
    elif indicator["method"] == "control_limit":
        share = min(2 - actual / target, Fraction(1))
    else:
        raise SystemExit(
            f"{indicator['code']}: the method {indicator['method']} is not known here; work it out by hand"
        )
    return Fraction(int(max(share, Fraction(0)) * 100 * 10**6 + Fraction(1, 2)), 10**6)


def totals(values: list[dict[str, str]]) -> dict[tuple[str, str], Fraction]:
    """(group, unit) -> the weighted sum of its scores at the year's end."""
    last = max(value["as_of"] for value in values)
    by_place = {(value["unit"], value["indicator"]): value for value in values if value["as_of"] == last}
    units = [row for row in rows("demo/units.csv") if row["group"]]
    return {
        (unit["group"], unit["code"]): sum(
            (
                score(each, by_place[unit["code"], each["code"]]) * Fraction(each[f"weight:{unit['group']}"]) / 100
                for each in rows("indicators.csv")
            ),
            Fraction(0),
        )
        for unit in units
    }


def grade(total: Fraction, group: list[Fraction]) -> str:
    """Excellent within the quota, unless a tie runs over it; the others by the two lines."""
    places = max(int(len(group) * parameter("excellent_quota")), 1)
    if sum(other >= total for other in group) <= places:
        return "excellent"
    if total >= parameter("good_line"):
        return "good"
    return "qualified" if total >= parameter("qualified_line") else "unqualified"


def results() -> list[tuple[str, ...]]:
    found = totals(rows("demo/values.csv"))
    made: list[tuple[str, ...]] = []
    for (group, unit), total in sorted(found.items()):
        peers = [other for (name, _), other in found.items() if name == group]
        rank = 1 + sum(other > total for other in peers)
        made.append((unit, group, decimal(total), str(rank), grade(total, peers)))
    return made


def decimal(number: Fraction) -> str:
    """All its digits, which end: every factor has at most eight of them."""
    text = f"{number.numerator * 10**12 // number.denominator:013d}"
    return f"{text[:-12]}.{text[-12:]}".rstrip("0").rstrip(".")


def write(name: str, head: tuple[str, ...], lines: list[tuple[str, ...]]) -> None:
    with (PACKAGE / "demo" / "expected" / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *lines])


if __name__ == "__main__":
    write("results.csv", RESULT, results())
    # This assessment warns nobody between its rounds.
    write("warnings.csv", WARNING, [])
