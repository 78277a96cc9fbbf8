"""Works out the answers of the demo county from its files and from nothing else: a slow script to check the fast engine by.

    python expected.py [FOLDER]     FOLDER holds indicators.csv and demo/; default: the package this file lies in

It imports the standard library only, computes in exact fractions and says at each rule what the rule is. It writes the
tables named in ``COLUMNS`` to FOLDER/demo/expected.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

Row = dict[str, str]
Table = list[Row]
FULL, NOTHING = Fraction(100), Fraction(0)

COLUMNS = {
    # notices of the quarters; where each unit stood in every round, on all indicators
    "warnings": ("round", "unit", "indicator", "reasons"),
    "ranks": ("round", "unit", "indicator", "progress", "lead_points", "rank", "why", "level"),
    "scores": ("unit", "indicator", "score"),
    # the score with all its digits and no trailing zeros
    "results": ("unit", "group", "score", "rank", "grade"),
    # who will be far behind at the year's end if the last three rounds go on, as told after each round
    "forecasts": ("after", "unit", "indicator", "at_end", "behind"),
}

# The day as of which a round reads.
DAYS = "m02=02-28 q1=03-31 m04=04-30 m05=05-31 q2=06-30 m07=07-31 m08=08-31 q3=09-30 m10=10-31 m11=11-30 annual=12-31"
ROUNDS = {label: (int(day[:2]), int(day[3:])) for label, day in (item.split("=") for item in DAYS.split())}
WARNED_ROUNDS = ("q1", "q2", "q3")

# The package's parameters.
BOTTOM, MIN_GROUP = 1, 4
LAG_POINTS, RED_LAG_POINTS = 10, 30
EXCELLENT_QUOTA, GOOD_LINE, QUALIFIED_LINE = Fraction(25, 100), 80, 60

LAST, FAR = "last_in_group", "far_from_target"
#: What a third party's grade is worth; the residents' grades are in the indicator's parameters.
THIRD_PARTY = {"优": 95, "良": 85, "中": 70, "差": 50}
#: Grounds that name the list of tolerated mistakes are met.
TOLERATED = "符合容错清单"


@dataclass(frozen=True)
class Reading:
    as_of: date
    value: Fraction | None  # the verified figure; None for an exempt unit
    target: Fraction | None
    base: Fraction | None
    exempt: bool


@dataclass(frozen=True)
class City:
    year: int
    units: dict[str, str]  # assessed unit -> group
    indicators: dict[str, dict[str, str]]  # code -> row of indicators.csv, in its order
    readings: dict[tuple[str, str], list[Reading]]  # (unit, indicator) -> this year's readings
    deductions: dict[str, list[str]]  # unit -> points taken on the indicator of deductions
    ballots: dict[str, list[tuple[str, dict[str, str]]]]  # title of the vote -> (account, unit -> grade)
    tolerated: dict[tuple[str, str], Fraction]  # (unit, indicator) -> points given back

    def group(self, name: str) -> list[str]:
        return [unit for unit, group in self.units.items() if group == name]

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(self.units.values()))


def rows(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(folder: Path) -> City:
    demo = folder / "demo"
    values, events = rows(demo / "values.csv"), rows(demo / "events.csv")
    year = max(int(row["as_of"][:4]) for row in values)
    readings: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for row in values:
        if row["as_of"].startswith(str(year)):
            when, exempt = date.fromisoformat(row["as_of"]), row["exempt"] == "1"
            value, target, base = (Fraction(row[c]) if row[c] else None for c in ("verified", "target", "base"))
            readings[row["unit"], row["indicator"]].append(Reading(when, value, target, base, exempt))
    told = [(row, json.loads(row["json"])) for row in events]
    deductions = {row["unit"]: given["deductions"] for row, given in told if row["kind"] == "deductions"}
    ballots: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for row, given in told:
        if row["kind"] == "ballot":
            ballots[given["title"]].append((row["by"], given["marks"]))
    asked = [(row["unit"], each) for row, given in told if row["kind"] == "tolerance" for each in given["requests"]]
    tolerated = {(unit, e["indicator"]): Fraction(e["points"]) for unit, e in asked if TOLERATED in e["basis"]}
    units = {row["code"]: row["group"] for row in rows(demo / "units.csv") if row["group"]}
    return City(year, units, revised(folder), dict(readings), deductions, dict(ballots), tolerated)


def revised(folder: Path) -> dict[str, dict[str, str]]:
    """The indicators as they were after the experts had been heard; an empty weight is none."""
    indicators = {row["code"]: row for row in rows(folder / "indicators.csv")}
    for change in rows(folder / "demo" / "revisions.csv"):
        indicators[change["indicator"]][change["field"]] = change["value"]
    return indicators


@dataclass(frozen=True)
class Standing:
    """Where a unit stands on an indicator in a round. ``why`` says why it is unranked; else the other fields hold."""

    why: str = ""
    as_of: date | None = None
    progress: Fraction = NOTHING
    lead: Fraction = NOTHING  # how far ahead of schedule; negative: behind
    worse_if: int = 1  # 1: less progress is worse; -1: it is the use of a limit, and more of it is worse

    @property
    def merit(self) -> Fraction:
        return self.progress * self.worse_if


def reading_of(city: City, unit: str, indicator: str, label: str) -> Reading | None:
    """A reading counts for the round whose day is the earliest one not before the reading's own."""
    ends = [date(city.year, *ROUNDS[name]) for name in ROUNDS]
    end = date(city.year, *ROUNDS[label])
    start = max((day for day in ends if day < end), default=date.min)
    found = [row for row in city.readings.get((unit, indicator), []) if start < row.as_of <= end]
    return max(found, key=lambda row: row.as_of, default=None)


def expected_progress(indicator: dict[str, str], as_of: date) -> Fraction:
    """The indicator's own curve (a step function, 0 before its first day), else month/12 of an amount, 1 of a level."""
    if indicator["schedule"]:
        steps = [step.split("=") for step in indicator["schedule"].split(";")]
        passed = [share for day, share in sorted(steps) if day <= as_of.strftime("%m-%d")]
        return Fraction(passed[-1]) if passed else NOTHING
    return Fraction(as_of.month, 12) if indicator["kind"] == "cumulative" else Fraction(1)


def completion(indicator: dict[str, str], value: Fraction, target: Fraction) -> Fraction:
    if indicator["direction"] == "lower_better" and indicator["kind"] != "cumulative":
        return 2 - value / target
    return value / target  # of a limit that is used up in the course of the year: the share used


def standing(city: City, unit: str, code: str, label: str) -> Standing:
    indicator, of_year = city.indicators[code], city.readings.get((unit, code), [])
    target = next((row.target for row in of_year if row.target is not None), None)
    found = reading_of(city, unit, code, label)
    as_of = found.as_of if found else date(city.year, *ROUNDS[label])
    expected = expected_progress(indicator, as_of)
    if not of_year or any(row.exempt for row in of_year):
        return Standing("exempt")
    if not target:
        return Standing("no_target")
    if expected == 0:
        return Standing("not_due")
    if found is None or found.value is None:
        return Standing("missing")
    progress = completion(indicator, found.value, target)
    if indicator["direction"] == "lower_better" and indicator["kind"] == "cumulative":
        return Standing("", as_of, progress, expected - progress, -1)
    return Standing("", as_of, progress, progress - expected)


def stand_row(own: Standing, group: list[Standing]) -> Row:
    """A unit's rank among the group's and, with its reasons and level, whether it is to be warned.

    Last: no unit strictly worse, at least four ranked, and strictly below the best; so a tie warns more than one and an
    indicator on which all stand equal warns nobody. Far from the target: strictly more than ten points behind schedule.
    Only figures of the same date are compared; ranks are competition ranks.
    """
    if own.why:
        return dict.fromkeys(("progress", "lead_points", "rank", "reasons", "level"), "") | {"why": own.why}
    peers = [other.merit for other in group if not other.why and other.as_of == own.as_of]
    reasons = []
    if sum(other < own.merit for other in peers) < BOTTOM and len(peers) >= MIN_GROUP and own.merit < max(peers):
        reasons.append(LAST)
    if own.lead * 100 < -LAG_POINTS:
        reasons.append(FAR)
    return {
        "progress": fixed(own.progress, 6),
        "lead_points": fixed(own.lead * 100, 6),
        "rank": str(1 + sum(other > own.merit for other in peers)),
        "why": "",
        "reasons": ";".join(sorted(reasons)),
        "level": ("red" if own.lead * 100 < -RED_LAG_POINTS else "yellow") if reasons else "",
    }


def standings(city: City) -> Table:
    """Everybody's standing on every indicator in every round before the annual one; only the quarters warn, on main ones."""
    table: Table = []
    for label, (code, indicator) in product(list(ROUNDS)[:-1], city.indicators.items()):
        for group in city.groups:
            stand = {unit: standing(city, unit, code, label) for unit in city.group(group)}
            for unit, own in stand.items():
                row = {"round": label, "unit": unit, "indicator": code} | stand_row(own, list(stand.values()))
                warns = indicator["main"] == "1" and label in WARNED_ROUNDS
                table.append(row if warns else row | {"reasons": "", "level": ""})
    return table


@dataclass(frozen=True)
class Case:
    """One unit on one indicator, with all scored units of its group: an exempt one counts in no best, worst or mean."""

    own: Reading
    peers: list[Reading]
    params: dict[str, Any]
    higher: bool  # a higher figure is better
    marks: dict[str, list[str]]  # class of voters -> grades given to the unit
    taken: list[str]  # points deducted

    @property
    def share(self) -> Fraction:
        return need(self.own.value) / need(self.own.target)

    @property
    def figures(self) -> list[Fraction]:
        return [need(peer.value) for peer in self.peers]

    @property
    def place(self) -> int:
        """Competition rank by the figure, best first."""
        own = need(self.own.value)
        return 1 + sum(other > own if self.higher else other < own for other in self.figures)

    def param(self, name: str) -> Fraction:
        return Fraction(self.params[name])


def completion_ratio(case: Case) -> Fraction:
    """Points in proportion to the completion, up to the cap where there is one, never below 0."""
    ratio = case.share if case.params["cap"] is None else min(case.share, case.param("cap"))
    return max(FULL * ratio, NOTHING)


def control_limit(case: Case) -> Fraction:
    """Within the limit full, over it 100 x (2 - use), from twice the limit nothing."""
    return FULL if case.share <= 1 else max(FULL * (2 - case.share), NOTHING)


def target_or_zero(case: Case) -> Fraction:
    met = case.share >= 1 if case.higher else case.share <= 1
    return FULL if met else NOTHING


def rank_step(case: Case) -> Fraction:
    """The best has all points, each further rank a step (a share of the points) less, down to the floor (in points)."""
    return max(case.param("floor"), FULL * (1 - case.param("step") * (case.place - 1)))


def efficacy_minmax(case: Case) -> Fraction:
    """The worst figure has the base, the best base + span, linear between; all equal: everybody base + span."""
    low, high = min(case.figures), max(case.figures)
    best, worst = (high, low) if case.higher else (low, high)
    reached = (need(case.own.value) - worst) / (best - worst) if best != worst else Fraction(1)
    return case.param("base") + case.param("span") * reached


def per_point_deduct(case: Case) -> Fraction:
    """For each step (in the figure's unit) on the wrong side of the target a deduction, pro rata."""
    gap = need(case.own.target) - need(case.own.value)
    steps = max(gap if case.higher else -gap, NOTHING) / case.param("step")
    return max(case.param("floor"), FULL - case.param("deduct") * steps)


def growth_vs_mean(case: Case) -> Fraction:
    """A share for growth (lowest 0, mean 100, best 150, linear between) and the rest for the level (100 x own/best)."""
    all_growth = [need(peer.value) / need(peer.base) - 1 for peer in case.peers]
    growth = need(case.own.value) / need(case.own.base) - 1
    low, best, mean = min(all_growth), max(all_growth), sum(all_growth, NOTHING) / len(all_growth)
    if low == best:
        for_growth = FULL
    elif growth <= mean:
        for_growth = FULL * (growth - low) / (mean - low)
    else:
        for_growth = FULL + FULL / 2 * (growth - mean) / (best - mean)
    for_level = FULL * need(case.own.value) / max(case.figures)
    return case.param("mix") * for_growth + (1 - case.param("mix")) * for_level


def event_deduct(case: Case) -> Fraction:
    """Full points less the deductions, which together never pass the cap."""
    return case.param("full") - min(sum(map(Fraction, case.taken), NOTHING), case.param("cap"))


def voter_class_mix(case: Case) -> Fraction:
    """Each class's mean of what its grades are worth, weighted by class."""
    worth, weights = case.params["values"], case.params["weights"]
    means = {
        name: sum((Fraction(worth[grade]) for grade in grades), NOTHING) / len(grades)
        for name, grades in case.marks.items()
    }
    return sum((Fraction(weights[name]) * mean for name, mean in means.items()), NOTHING)


def panel_mean(case: Case) -> Fraction:
    """The mean of what the third party's grades are worth, as a figure of six decimals."""
    grades = case.marks["expert"]
    return half_up(Fraction(sum(THIRD_PARTY[grade] for grade in grades), len(grades)), 6)


_METHODS: list[Callable[[Case], Fraction]] = [
    *(completion_ratio, control_limit, target_or_zero, rank_step, efficacy_minmax),
    *(per_point_deduct, growth_vs_mean, event_deduct, voter_class_mix, panel_mean),
]
METHODS = {method.__name__: method for method in _METHODS}
#: The vote an indicator is scored by.
VOTES = {"voter_class_mix": "群众评议", "panel_mean": "第三方评估"}


def need(value: Fraction | None) -> Fraction:
    if value is None:
        raise ValueError("A figure, a target or a base that the method needs is empty.")
    return value


def scores(city: City) -> dict[tuple[str, str], Fraction]:
    """Stored scores, rounded half up to six decimals; an exempt pair has none. Units are compared within their group."""
    stored: dict[tuple[str, str], Fraction] = {}
    for code, row in city.indicators.items():
        for group in city.groups:
            found = {unit: reading_of(city, unit, code, "annual") for unit in city.group(group)}
            own = {unit: reading for unit, reading in found.items() if reading and not reading.exempt}
            for unit, reading in own.items():
                stored[unit, code] = score(
                    city,
                    unit,
                    code,
                    row,
                    Case(
                        reading,
                        list(own.values()),
                        json.loads(row["params"]),
                        row["direction"] == "higher_better",
                        marks(city, row["method"], unit),
                        list(city.deductions.get(unit, [])),
                    ),
                )
    return stored


def score(city: City, unit: str, code: str, row: dict[str, str], case: Case) -> Fraction:
    """A tolerated deduction is struck from the list; anywhere else its points are added, up to the full hundred."""
    given_back = city.tolerated.get((unit, code))
    if given_back is not None and row["method"] == "event_deduct":
        case.taken.remove(next(each for each in case.taken if Fraction(each) == given_back))
        given_back = None
    found = half_up(METHODS[row["method"]](case), 6)
    return found if given_back is None else max(found, min(found + given_back, FULL))


def marks(city: City, method: str, unit: str) -> dict[str, list[str]]:
    """Class of voters -> the grades its ballots give the unit; an account is its class and a number."""
    found: dict[str, list[str]] = defaultdict(list)
    for account, given in city.ballots.get(VOTES.get(method, ""), []):
        found[account.rstrip("0123456789")].append(given[unit])
    return dict(found)


def weights(city: City, unit: str, scored: set[str]) -> dict[str, Fraction]:
    """A unit's weights: what its exempt indicators weigh goes pro rata to the others of the same category.

    Re-spread weights are rounded half up to six decimals; the last one, in the order of the indicators, is the remainder.
    """
    result: dict[str, Fraction] = {}
    column = f"weight:{city.units[unit]}"
    for category in dict.fromkeys(row["category"] for row in city.indicators.values()):
        own = {code: row[column] for code, row in city.indicators.items() if row["category"] == category}
        plain = {code: Fraction(weight) for code, weight in own.items() if weight}
        kept = {code: weight for code, weight in plain.items() if code in scored}
        if len(kept) == len(plain):
            result |= plain
            continue
        if not kept:
            raise ValueError(f"{unit} is exempt from everything in {category}: its weight has nowhere to go.")
        whole, left = sum(plain.values(), NOTHING), sum(kept.values(), NOTHING)
        spread = {code: half_up(weight * whole / left, 6) for code, weight in kept.items()}
        last = list(kept)[-1]
        spread[last] = whole - sum((weight for code, weight in spread.items() if code != last), NOTHING)
        result |= spread
    return result


def grade(total: Fraction, of_group: list[Fraction]) -> str:
    """Excellent within the quota (rounded down, at least one); units tied across its edge are all left out of it."""
    quota = max(1, int(len(of_group) * EXCELLENT_QUOTA))
    if sum(other >= total for other in of_group) <= quota:
        return "excellent"
    if total >= GOOD_LINE:
        return "good"
    return "qualified" if total >= QUALIFIED_LINE else "unqualified"


def results(city: City, stored: dict[tuple[str, str], Fraction]) -> Table:
    """Per unit the exact sum of stored score x weight / 100 with rank and grade."""
    sums = {}
    for unit in city.units:
        scored = {code for of_unit, code in stored if of_unit == unit}
        parts = [stored[unit, code] * weight / 100 for code, weight in weights(city, unit, scored).items()]
        sums[unit] = sum(parts, NOTHING)
    table = []
    for unit, group in city.units.items():
        own, others = sums[unit], [sums[other] for other in city.group(group)]
        place = 1 + sum(other > own for other in others)
        table.append(
            {"unit": unit, "group": group, "score": exact(own), "rank": str(place), "grade": grade(own, others)}
        )
    return table


def forecasts(stands: Table) -> Table:
    """The straight line of least squares through the leads of three rounds that follow each other, at 31 December.

    Told where the lead fell twice and the line ends more than ten points behind; the lead is read with its six decimals.
    """
    labels, told = list(ROUNDS)[:-1], []
    leads = {(r["round"], r["unit"], r["indicator"]): Fraction(r["lead_points"]) for r in stands if r["lead_points"]}
    for last, (unit, code) in product(labels[2:], sorted({key[1:] for key in leads})):
        three = labels[labels.index(last) - 2 :][:3]
        if any((label, unit, code) not in leads for label in three):
            continue
        first, second, third = (leads[label, unit, code] for label in three)
        days = [date(2026, *ROUNDS[label]).toordinal() for label in three]
        middle = Fraction(sum(days), 3)
        mean = (first + second + third) / 3
        rise = sum(((day - middle) * lead for day, lead in zip(days, (first, second, third), strict=True)), NOTHING)
        slope = rise / sum((day - middle) ** 2 for day in days)
        at_end = mean + slope * (date(2026, 12, 31).toordinal() - middle)
        if third < second < first and at_end < -LAG_POINTS:
            row = {"after": last, "unit": unit, "indicator": code, "at_end": fixed(at_end, 2)}
            told.append(row | {"behind": str(int(third < -LAG_POINTS))})
    return told


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
    """All tables of a city by name; ``folder`` is the package folder."""
    city = read(folder)
    stands, stored = standings(city), scores(city)
    tables = {
        "warnings": [row for row in stands if row["reasons"]],
        "ranks": stands,
        "scores": [
            {"unit": unit, "indicator": code, "score": fixed(stored[unit, code], 6) if (unit, code) in stored else ""}
            for unit, code in product(city.units, city.indicators)
        ],
        "results": results(city, stored),
        "forecasts": forecasts(stands),
    }
    return {name: [{column: row[column] for column in COLUMNS[name]} for row in tables[name]] for name in COLUMNS}


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    for name, table in compute(folder).items():
        with (folder / "demo" / "expected" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    main(sys.argv[1:])
