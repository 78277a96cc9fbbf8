"""Works out the answers of the demo team from its files and from nothing else: a slow script to check the fast engine by.

    python expected.py [FOLDER]     FOLDER holds indicators.csv and demo/; default: the package this file lies in

It imports the standard library only, computes in exact fractions and says at each rule what the rule is. It writes the
tables named in ``COLUMNS`` to FOLDER/demo/expected.
"""

import csv
import json
import sys
from collections import defaultdict
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

Row = dict[str, str]
Table = list[Row]
FULL, NOTHING = Fraction(100), Fraction(0)

COLUMNS = {
    # How far each branch's objectives are by the end of each quarter, in hundredths.
    "completions": ("round", "unit", "completion"),
    # How far each owner's own key results are at the year's end.
    "people": ("account", "completion"),
    "scores": ("unit", "indicator", "score"),
    # the score with all its digits and no trailing zeros
    "results": ("unit", "group", "score", "rank", "grade"),
}
ROUNDS = ("q1", "q2", "q3", "annual")
EXCELLENT_QUOTA, GOOD_LINE, QUALIFIED_LINE = Fraction(25, 100), 80, 60


class Team:
    """Everything the files say, by what it is about."""

    def __init__(self, folder: Path) -> None:
        demo = folder / "demo"
        self.indicators = {row["code"]: row for row in rows(folder / "indicators.csv")}
        self.units = {row["code"]: row["group"] for row in rows(demo / "units.csv") if row["group"]}
        year_end = [row for row in rows(demo / "values.csv") if row["as_of"].endswith("-12-31")]
        self.values = {(row["unit"], row["indicator"]): row for row in year_end}
        self.posts = {row["account"]: (row["role"], row["unit"]) for row in rows(demo / "appointments.csv")}
        self.events = [(row, json.loads(row["json"])) for row in rows(demo / "events.csv")]

    def told(self, kind: str) -> list[tuple[Row, Any]]:
        return [(row, given) for row, given in self.events if row["kind"] == kind]

    def group(self, name: str) -> list[str]:
        return [unit for unit, group in self.units.items() if group == name]


def rows(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key_results(team: Team, unit: str) -> list[tuple[Fraction, dict[str, str]]]:
    """Each key result with its share in the unit's whole: weight of the objective times its own, in hundredths."""
    ((_, given),) = [(row, given) for row, given in team.told("objectives") if row["unit"] == unit]
    weights = {each["number"]: Fraction(each["weight"]) for each in given["objectives"]}
    return [(weights[each["objective"]] * Fraction(each["weight"]) / 100, each) for each in given["key_results"]]


def completion(team: Team, unit: str, result: dict[str, str], last: str) -> Fraction:
    """By the latest report up to the round that is not rejected: the way gone of the way to go, from 0 to 1, in hundredths."""
    rejected = {(row["unit"], given["round"], given["title"]) for row, given in team.told("rejected")}
    until = ROUNDS[: ROUNDS.index(last) + 1]
    reports = {
        given["round"]: Fraction(given["value"])
        for row, given in team.told("progress")
        if row["unit"] == unit and given["title"] == result["title"]
    }
    good = [reports[at] for at in until if at in reports and (unit, at, result["title"]) not in rejected]
    if not good:
        return NOTHING
    start, target = Fraction(result["start"]), Fraction(result["target"])
    return min(max((good[-1] - start) / (target - start), NOTHING), Fraction(1)) * 100


def unit_completion(team: Team, unit: str, last: str) -> Fraction:
    parts = [share * completion(team, unit, each, last) for share, each in key_results(team, unit)]
    return half_up(sum(parts, NOTHING) / 100, 6)


def people(team: Team) -> Table:
    """The mean of a person's key results, each by its share in the unit's whole."""
    owned: dict[str, list[tuple[Fraction, Fraction]]] = defaultdict(list)
    for unit in team.units:
        for share, each in key_results(team, unit):
            owned[each["owner"]].append((share, completion(team, unit, each, "annual")))
    means = {
        account: sum((share * done for share, done in held), NOTHING) / sum((share for share, _ in held), NOTHING)
        for account, held in owned.items()
    }
    return [{"account": account, "completion": fixed(means[account], 6)} for account in sorted(means)]


def score(team: Team, unit: str, row: Row) -> Fraction:
    params, figure = json.loads(row["params"]), team.values[unit, row["code"]]
    method = row["method"]
    if method == "count_capped":
        # Points for each meeting, every kind of meeting up to its cap.
        counted = of_unit(team, "counts", unit)["counts"]
        items = params["items"]
        parts = [min(Fraction(items[n]["each"]) * c, Fraction(items[n]["cap"])) for n, c in counted.items()]
        return sum(parts, NOTHING)
    if method == "event_deduct":
        # Full points less the deductions, which together never pass the cap.
        taken = sum(map(Fraction, of_unit(team, "deductions", unit)["deductions"]), NOTHING)
        return Fraction(params["full"]) - min(taken, Fraction(params["cap"]))
    if method == "voter_class_mix":
        return votes(team, unit, params)
    done = unit_completion(team, unit, "annual") if row["code"] == "K01" else Fraction(figure["verified"])
    target = Fraction(figure["target"])
    if method == "completion_ratio":
        # In proportion, up to the cap.
        return FULL * max(min(done / target, Fraction(params["cap"])), NOTHING)
    if method == "target_or_zero":
        return FULL if done >= target else NOTHING
    # For each point short of the target a deduction, pro rata.
    short = max(target - done, NOTHING) / Fraction(params["step"])
    return max(Fraction(params["floor"]), FULL - Fraction(params["deduct"]) * short)


def of_unit(team: Team, kind: str, unit: str) -> Any:
    return next(given for row, given in team.told(kind) if row["unit"] == unit)


def votes(team: Team, unit: str, params: Any) -> Fraction:
    """Each class's mean of what its grades are worth, weighted by class; everybody votes in one class alone."""
    marks: dict[str, list[Fraction]] = defaultdict(list)
    for row, given in team.told("ballot"):
        if given["title"].endswith(unit):
            role, own = team.posts[row["by"]]
            of = {"cadre": "subordinate", "superior": "superior", "secretary": "self" if own == unit else "peer"}
            marks[of[role]].append(Fraction(params["values"][given["marks"][unit]]))
    means = {name: sum(given, NOTHING) / len(given) for name, given in marks.items()}
    return sum((Fraction(params["weights"][name]) * mean for name, mean in means.items()), NOTHING)


def grade(total: Fraction, of_group: list[Fraction]) -> str:
    """Excellent within the quota (rounded down, at least one); units tied across its edge are all left out of it."""
    quota = max(1, int(len(of_group) * EXCELLENT_QUOTA))
    if sum(other >= total for other in of_group) <= quota:
        return "excellent"
    if total >= GOOD_LINE:
        return "good"
    return "qualified" if total >= QUALIFIED_LINE else "unqualified"


def results(team: Team, stored: dict[tuple[str, str], Fraction]) -> Table:
    """Per unit the exact sum of stored score x weight / 100 with rank and grade."""
    sums = {
        unit: sum(
            (stored[unit, code] * Fraction(row[f"weight:{group}"]) / 100 for code, row in team.indicators.items()),
            NOTHING,
        )
        for unit, group in team.units.items()
    }
    table = []
    for unit, group in team.units.items():
        own, others = sums[unit], [sums[other] for other in team.group(group)]
        place = 1 + sum(other > own for other in others)
        table.append(
            {"unit": unit, "group": group, "score": exact(own), "rank": str(place), "grade": grade(own, others)}
        )
    return table


def half_up(value: Fraction, digits: int) -> Fraction:
    """Rounded to ``digits`` decimals, halves away from zero."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def fixed(value: Fraction, digits: int) -> str:
    return f"{as_decimal(half_up(value, digits)):.{digits}f}"


def exact(value: Fraction) -> str:
    """All digits of a finite decimal, without trailing zeros and without an exponent."""
    text = format(as_decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_decimal(value: Fraction) -> Decimal:
    with localcontext(prec=60) as context:
        context.traps[Inexact] = True
        return Decimal(value.numerator) / Decimal(value.denominator)


def compute(folder: Path) -> dict[str, Table]:
    """All tables of a team by name; ``folder`` is the package folder."""
    team = Team(folder)
    pairs = list(product(team.units, team.indicators))
    stored = {(unit, code): half_up(score(team, unit, team.indicators[code]), 6) for unit, code in pairs}
    return {
        "completions": [
            {"round": label, "unit": unit, "completion": fixed(unit_completion(team, unit, label), 6)}
            for label, unit in product(ROUNDS, team.units)
        ],
        "people": people(team),
        "scores": [{"unit": u, "indicator": code, "score": fixed(stored[u, code], 6)} for u, code in pairs],
        "results": results(team, stored),
    }


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    for name, table in compute(folder).items():
        with (folder / "demo" / "expected" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    main(sys.argv[1:])
