"""Works out the answers of the demo district from its files and from nothing else: a slow script to check the engine by.

    python expected.py [FOLDER]     FOLDER holds indicators.csv and demo/; default: the package this file lies in

It imports the standard library only and computes in exact fractions. It writes ``scores.csv``, ``results.csv`` and
``turnout.csv`` to FOLDER/demo/expected.
"""

import csv
import json
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

Row = dict[str, str]

EXCELLENT_QUOTA, GOOD_LINE, QUALIFIED_LINE = Fraction(30, 100), 85, 70
#: A vote is void when of one class fewer valid ballots came than this share of those called.
FEWEST = Fraction(1, 2)
CLASSES = {"committee": "committee", "members": "member_rep", "public": "public_rep"}
MEANS = {"documents": Fraction(3, 10), "site_visit": Fraction(4, 10), "questionnaire": Fraction(3, 10)}
FIRST_VOTE = "党组织书记述职民主测评（第1场）"


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def half_up(value: Fraction, places: int) -> Fraction:
    shifted = value * 10**places
    return Fraction((2 * shifted.numerator + shifted.denominator) // (2 * shifted.denominator), 10**places)


def plain(value: Fraction) -> str:
    """All digits of a finite decimal, no trailing zeros."""
    whole, rest = divmod(value, 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)


def sixth(value: Fraction) -> str:
    """A rounded score with its six decimals."""
    return f"{value.numerator * 10**6 // value.denominator // 10**6}.{value * 10**6 % 10**6!s:0>6}"


class District:
    def __init__(self, folder: Path) -> None:
        demo = folder / "demo"
        self.indicators = {row["code"]: row for row in rows(folder / "indicators.csv")}
        self.units = {row["code"]: row["group"] for row in rows(demo / "units.csv") if row["group"]}
        self.roles = {row["account"]: row["role"] for row in rows(demo / "appointments.csv")}
        self.values = {(row["unit"], row["indicator"], row["as_of"]): row for row in rows(demo / "values.csv")}
        self.said: dict[str, list[tuple[Row, dict[str, Any]]]] = defaultdict(list)
        for row in rows(demo / "events.csv"):
            self.said[row["kind"]].append((row, json.loads(row["json"])))

    def ballots(self, title: str, attempt: int) -> dict[str, dict[str, str]]:
        """Voter -> marks: the latest said of this vote, else what is said of any."""
        found: dict[str, dict[str, str]] = {}
        for row, said in self.said["ballot"]:
            if said.get("title", title) == title and said.get("attempt", attempt) == attempt:
                found[row["by"]] = said["marks"]
        return found

    def absent(self) -> set[str]:
        return {row["unit"] for row, said in self.said["absent"] if said["session"] == 1}


def valid(marks: dict[str, str], asked: set[str]) -> bool:
    """A ballot that leaves somebody without a mark is invalid."""
    return all(marks.get(unit) for unit in asked)


def turnout(district: District) -> list[Row]:
    """Of the two times the first vote was held: those called and the valid ballots of each class, and whether it is void."""
    asked = set(district.units) - district.absent()
    table = []
    for attempt in (1, 2):
        cast = district.ballots(FIRST_VOTE, attempt)
        for name, role in CLASSES.items():
            called = [account for account, held in district.roles.items() if held == role]
            good = sum(valid(cast[account], asked) for account in called)
            short = good < FEWEST * len(called)
            line = {"attempt": attempt, "class": name, "called": len(called), "valid": good, "short": short}
            table.append({column: str(value) for column, value in line.items()})
    return table


def democratic_review(district: District, unit: str) -> Fraction:
    """Each class has the mean of its ballots, and the classes their shares; the vote that counts is the second one held."""
    params = json.loads(district.indicators["S01"]["params"])
    asked = district.absent() if unit in district.absent() else set(district.units) - district.absent()
    title = FIRST_VOTE if unit not in district.absent() else "党组织书记述职民主测评（第2场）"
    cast = district.ballots(title, 2)
    total = Fraction(0)
    for name, role in CLASSES.items():
        worth = [
            Fraction(params["values"][marks[unit]])
            for account, marks in cast.items()
            if district.roles[account] == role and valid(marks, asked)
        ]
        total += Fraction(params["weights"][name]) * sum(worth, Fraction(0)) / len(worth)
    return total


def comment(district: District, unit: str) -> Fraction:
    return next(
        Fraction(line["mark"])
        for _, said in district.said["comments"]
        for line in said["comments"]
        if line["unit"] == unit
    )


def checks(district: District, unit: str) -> Fraction:
    marks = [Fraction(said["score"]) for row, said in district.said["check"] if row["unit"] == unit]
    return sum(marks, Fraction(0)) / len(marks)


def panel(district: District, unit: str) -> Fraction:
    """A member's mark is the weighted sum by means; of more than five members one highest and one lowest are left out."""
    marks = []
    for _, said in district.said["panel"]:
        line = next(each for each in said["marks"] if each["unit"] == unit)
        marks.append(sum((share * Fraction(line[means]) for means, share in MEANS.items()), Fraction(0)))
    kept = sorted(marks)[1:-1] if len(marks) > 5 else marks
    return sum(kept, Fraction(0)) / len(kept)


def measured(district: District, unit: str, code: str) -> Fraction:
    row, method = district.values[unit, code, "2026-12-31"], district.indicators[code]["method"]
    actual, target = Fraction(row["verified"]), Fraction(row["target"])
    if method == "panel_mean":
        return actual
    if method == "completion_ratio":
        return min(Fraction(100), 100 * actual / target)
    # A limit: full within it, 100 x (2 - actual / limit) above, never under 0.
    return Fraction(100) if actual <= target else max(Fraction(0), 100 * (2 - actual / target))


JUDGED = {"S01": democratic_review, "S02": comment, "R01": checks, "P01": panel}


def score(district: District, unit: str, code: str) -> Fraction | None:
    """Out of 100, rounded half up to six decimals; None where the unit is exempt."""
    if district.values[unit, code, "2026-12-31"]["exempt"] == "1":
        return None
    found = JUDGED[code](district, unit) if code in JUDGED else measured(district, unit, code)
    return half_up(found, 6)


def weights(district: District, unit: str, scored: set[str]) -> dict[str, Fraction]:
    """What an exempt indicator weighs goes pro rata to the others of its category."""
    column = f"weight:{district.units[unit]}"
    own = {code: Fraction(row[column]) for code, row in district.indicators.items() if row[column]}
    result = {}
    for code, weight in own.items():
        mates = {
            c: w for c, w in own.items() if district.indicators[c]["category"] == district.indicators[code]["category"]
        }
        left = sum(w for c, w in mates.items() if c in scored)
        if code in scored:
            result[code] = weight if left == sum(mates.values()) else half_up(weight * sum(mates.values()) / left, 6)
    return result


def grade(total: Fraction, others: list[Fraction], vetoed: bool) -> str:
    """Excellent within the quota (rounded down, at least one), tied ones not; a veto bars excellent and good."""
    quota = max(1, int(len(others) * EXCELLENT_QUOTA))
    if sum(other >= total for other in others) <= quota and not vetoed:
        return "excellent"
    if total >= GOOD_LINE and not vetoed:
        return "good"
    return "qualified" if total >= QUALIFIED_LINE else "unqualified"


def results(district: District, scores: dict[tuple[str, str], Fraction]) -> list[Row]:
    totals = {}
    for unit in district.units:
        scored = {code for owner, code in scores if owner == unit}
        spread = weights(district, unit, scored)
        totals[unit] = sum((scores[unit, code] * weight / 100 for code, weight in spread.items()), Fraction(0))
    vetoed = {row["unit"] for row, _ in district.said["bar"]}
    table = []
    for unit, group in sorted(district.units.items()):
        mates = [totals[other] for other, theirs in district.units.items() if theirs == group]
        rank = 1 + sum(other > totals[unit] for other in mates)
        given = grade(totals[unit], mates, unit in vetoed)
        table.append({"unit": unit, "group": group, "score": plain(totals[unit]), "rank": str(rank), "grade": given})
    return table


def write(path: Path, table: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def main(folder: Path) -> None:
    district = District(folder)
    scores = {}
    for unit, group in sorted(district.units.items()):
        for code, row in district.indicators.items():
            found = score(district, unit, code) if row[f"weight:{group}"] else None
            if found is not None:
                scores[unit, code] = found
    told = [{"unit": unit, "indicator": code, "score": sixth(found)} for (unit, code), found in scores.items()]
    expected = folder / "demo" / "expected"
    write(expected / "scores.csv", told)
    write(expected / "results.csv", results(district, scores))
    write(expected / "turnout.csv", turnout(district))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2])
