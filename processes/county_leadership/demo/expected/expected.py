"""Works out the answers of a demo city from its files and from nothing else: a slow script to check the fast engine by.

    python expected.py [FOLDER]     FOLDER holds indicators.csv and demo/; default: the package this file lies in

It imports the standard library only, computes in exact fractions, says each rule, and writes the tables of ``COLUMNS``.
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
    # notices as first published; after revisions (late publications); where each unit stood then, on all indicators
    "first_warnings": ("round", "unit", "indicator", "reasons", "level"),
    "warnings": ("round", "unit", "indicator", "reasons"),
    "ranks": ("round", "unit", "indicator", "progress", "lead_points", "rank", "why", "level"),
    # proposed after a round, with the number of its grave warnings
    "consultations": ("unit", "round", "warnings"),
    # empty for an exempt pair
    "scores": ("unit", "indicator", "score"),
    # at first and after appeals, scores without trailing zeros; the parts: subjective are votes and typed marks
    "first_results": ("unit", "group", "score", "rank", "grade"),
    "results": ("unit", "group", "score", "rank", "grade"),
    "subtotals": ("unit", "objective", "subjective"),
    "feedback": ("indicator", "group", "n", "max", "min", "mean", "top", "bottom"),
}

ROUNDS = {"april": (3, 31), "august": (7, 31), "annual": (12, 31)}  # the day as of which a round reads
WARNED_ROUNDS = ("april", "august")
# The package's parameters.
BOTTOM, MIN_GROUP, CONSULTATION_THRESHOLD = 3, 4, 5
LAG_POINTS, RED_LAG_POINTS = 10, 30
EXCELLENT_QUOTA, GOOD_LINE, QUALIFIED_LINE = Fraction(30, 100), 80, 60
BOTTOM_THREE, FAR = "bottom_three", "far_from_target"
SUBJECTIVE, RAW = ("vote_grades", "panel_mean"), ("votes", "counts", "deductions")


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
    inputs: dict[tuple[str, str], dict[str, Any]]  # (unit, indicator) -> votes, counts or deductions of the year
    late: set[tuple[str, str]]  # (round, indicator) published only after the round's collection had closed

    def group(self, name: str) -> list[str]:
        return [unit for unit, group in self.units.items() if group == name]

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(self.units.values()))


def rows(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read(folder: Path, *, appealed: bool = True) -> City:
    """``appealed``: with the figures of the year's end as they stand after the appeals that were upheld."""
    demo = folder / "demo"
    values, events = rows(demo / "values.csv"), rows(demo / "events.csv")
    year = max(int(row["as_of"][:4]) for row in values)
    lowered, corrected = changes(events, "target_change"), changes(events, "appeal_corrected") if appealed else {}
    readings: dict[tuple[str, str], list[Reading]] = defaultdict(list)
    for row in values:
        if row["as_of"].startswith(str(year)):
            pair, when, exempt = (row["unit"], row["indicator"]), date.fromisoformat(row["as_of"]), row["exempt"] == "1"
            value, target, base = (Fraction(row[c]) if row[c] else None for c in ("verified", "target", "base"))
            since, changed = lowered.get(pair, ("9", NOTHING))
            target = changed if row["as_of"] >= since else target
            value = corrected[pair][1] if pair in corrected and when == date(year, *ROUNDS["annual"]) else value
            readings[pair].append(Reading(when, value, target, base, exempt))
    inputs = {(row["unit"], row["indicator"]): json.loads(row["json"]) for row in events if row["kind"] in RAW}
    late = {(json.loads(row["json"])["round"], row["indicator"]) for row in events if row["kind"] == "late_publication"}
    units = {row["code"]: row["group"] for row in rows(demo / "units.csv") if row["group"]}
    indicators = {row["code"]: row for row in rows(folder / "indicators.csv")}
    return City(year, units, indicators, dict(readings), inputs, late)


def changes(events: Table, kind: str) -> dict[tuple[str, str], tuple[str, Fraction]]:
    """(unit, indicator) -> the day on which another number was given, and that number."""
    told = [(row, json.loads(row["json"])) for row in events if row["kind"] == kind]
    return {(row["unit"], row["indicator"]): (row["at"][:10], Fraction(said["value"])) for row, said in told}


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
    if indicator["direction"] == "range":
        low, high, width = (Fraction(json.loads(indicator["params"])[name]) for name in ("low", "high", "width"))
        return 1 - max(low - value, value - high, NOTHING) / width
    if indicator["direction"] == "lower_better" and indicator["kind"] != "cumulative":
        return 2 - value / target
    return value / target  # of a limit that is used up in the course of the year: the share used


def standing(city: City, unit: str, code: str, label: str, *, known: bool) -> Standing:
    """``known`` is False where the indicator was announced but not yet published: neither ranked nor missing."""
    indicator, of_year = city.indicators[code], city.readings.get((unit, code), [])
    by_then = [row for row in of_year if row.as_of <= date(city.year, *ROUNDS[label])]
    target = next((row.target for row in [*by_then[::-1], *of_year] if row.target is not None), None)
    found = reading_of(city, unit, code, label)
    as_of = found.as_of if found else date(city.year, *ROUNDS[label])
    expected = expected_progress(indicator, as_of)
    if any(row.exempt for row in of_year):
        return Standing("exempt")
    if not target:
        return Standing("no_target")
    if expected == 0:
        return Standing("not_due")
    if not known:
        return Standing("pending")
    if found is None or found.value is None:
        return Standing("missing")
    progress = completion(indicator, found.value, target)
    if indicator["direction"] == "lower_better" and indicator["kind"] == "cumulative":
        return Standing("", as_of, progress, expected - progress, -1)
    return Standing("", as_of, progress, progress - expected)


def stand_row(own: Standing, group: list[Standing]) -> Row:
    """A unit's rank among the group's and, with its reasons and level, whether it is to be warned.

    Bottom three: fewer than three units strictly worse, at least four ranked, and strictly below the best; so a tie at
    the cut warns more than three and an indicator on which all stand equal warns nobody. Far from the target: strictly
    more than ten points behind schedule. Only figures of the same date are compared; ranks are competition ranks.
    """
    if own.why:
        return dict.fromkeys(("progress", "lead_points", "rank", "reasons", "level"), "") | {"why": own.why}
    peers = [other.merit for other in group if not other.why and other.as_of == own.as_of]
    reasons = []
    if sum(other < own.merit for other in peers) < BOTTOM and len(peers) >= MIN_GROUP and own.merit < max(peers):
        reasons.append(BOTTOM_THREE)
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


def standings(city: City, *, revised: bool) -> Table:
    """Everybody's standing on every indicator in both rounds, at first publication or after revisions.

    The rounds collect all indicators and warn on the main ones.
    """
    table: Table = []
    for label, (code, indicator) in product(WARNED_ROUNDS, city.indicators.items()):
        known = revised or (label, code) not in city.late
        for group in city.groups:
            stand = {unit: standing(city, unit, code, label, known=known) for unit in city.group(group)}
            for unit, own in stand.items():
                row = {"round": label, "unit": unit, "indicator": code} | stand_row(own, list(stand.values()))
                table.append(row if indicator["main"] == "1" else row | {"reasons": "", "level": ""})
    return sorted(table, key=lambda row: (WARNED_ROUNDS.index(row["round"]), row["unit"], row["indicator"]))


def consultations(warnings: Table) -> Table:
    """Proposed after the first round with five grave warnings, one for a unit and year.

    A warning is grave when it is red, or far from the target on the same indicator in both rounds.
    """
    far = {(row["round"], row["unit"], row["indicator"]) for row in warnings if FAR in row["reasons"]}
    proposed: dict[str, Row] = {}
    for label, unit in product(WARNED_ROUNDS, sorted({row["unit"] for row in warnings})):
        own = [row for row in warnings if (row["round"], row["unit"]) == (label, unit)]
        in_both = [row for row in own if {(at, unit, row["indicator"]) for at in WARNED_ROUNDS} <= far]
        grave = [row for row in own if row["level"] == "red" or (label == "august" and row in in_both)]
        if len(grave) >= CONSULTATION_THRESHOLD and unit not in proposed:
            proposed[unit] = {"unit": unit, "round": label, "warnings": str(len(grave))}
    return [proposed[unit] for unit in sorted(proposed)]


@dataclass(frozen=True)
class Case:
    """One unit on one indicator, with all scored units of its group: an exempt one counts in no best, worst or mean."""

    own: Reading
    peers: list[Reading]
    params: dict[str, Any]
    higher: bool  # a higher figure is better
    given: dict[str, Any]  # votes, counts or deductions

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


def gate_plus_rank(case: Case) -> Fraction:
    """Below the gate nothing; at the gate the gate's points; above it also a share of the rank's points by rank."""
    actual, gate = need(case.own.value), case.param("gate")
    if actual <= gate:
        return case.param("gate_points") if actual == gate else NOTHING
    by_rank = case.param("rank_points") * (1 - case.param("step") * (case.place - 1))
    return case.param("gate_points") + max(by_rank, NOTHING)


def efficacy_minmax(case: Case) -> Fraction:
    """The worst figure has the base, the best base + span, linear between; all equal: everybody base + span."""
    low, high = min(case.figures), max(case.figures)
    best, worst = (high, low) if case.higher else (low, high)
    reached = (need(case.own.value) - worst) / (best - worst) if best != worst else Fraction(1)
    return case.param("base") + case.param("span") * reached


def per_point_deduct(case: Case) -> Fraction:
    """For each step (in the figure's unit) on the wrong side of the target a deduction, pro rata or by whole steps."""
    gap = need(case.own.target) - need(case.own.value)
    steps = max(gap if case.higher else -gap, NOTHING) / case.param("step")
    if case.params["mode"] == "whole_steps":
        steps = Fraction(steps.numerator // steps.denominator)
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


def inside_range(case: Case) -> Fraction:
    """Full inside, falling in a straight line to 0 at ``width`` outside."""
    actual = need(case.own.value)
    away = max(case.param("low") - actual, actual - case.param("high"), NOTHING)
    return max(FULL * (1 - away / case.param("width")), NOTHING)


def count_capped(case: Case) -> Fraction:
    """Points for each thing counted, every kind of thing up to its cap."""
    items = case.params["items"]
    parts = [min(Fraction(items[n]["each"]) * c, Fraction(items[n]["cap"])) for n, c in case.given["counts"].items()]
    return sum(parts, NOTHING)


def event_deduct(case: Case) -> Fraction:
    """Full points less the deductions, which together never pass the cap."""
    return case.param("full") - min(sum(map(Fraction, case.given["deductions"]), NOTHING), case.param("cap"))


def vote_grades(case: Case) -> Fraction:
    """The mean over the valid votes of what each grade is worth."""
    worth, votes = case.params["values"], case.given["votes"]
    total = sum((Fraction(worth[name]) * count for name, count in votes.items()), NOTHING)
    return total / int(sum(votes.values()))


def panel_mean(case: Case) -> Fraction:
    """One typed mark for each unit, which is its own mean."""
    return need(case.own.value)


_METHODS: list[Callable[[Case], Fraction]] = [
    *(completion_ratio, control_limit, target_or_zero, rank_step, gate_plus_rank, efficacy_minmax, per_point_deduct),
    *(growth_vs_mean, inside_range, count_capped, event_deduct, vote_grades, panel_mean),
]
METHODS = {method.__name__.removeprefix("inside_"): method for method in _METHODS}


def need(value: Fraction | None) -> Fraction:
    if value is None:
        raise ValueError("A figure, a target or a base that the method needs is empty.")
    return value


def scores(city: City) -> dict[tuple[str, str], Fraction]:
    """Stored scores, rounded half up to six decimals; an exempt pair has none. Units are compared within their group."""
    stored: dict[tuple[str, str], Fraction] = {}
    for code, row in city.indicators.items():
        params, higher = json.loads(row["params"]), row["direction"] == "higher_better"
        for group in city.groups:
            found = {unit: reading_of(city, unit, code, "annual") for unit in city.group(group)}
            own = {unit: reading for unit, reading in found.items() if reading and not reading.exempt}
            if None in found.values():
                raise ValueError(f"{code}, {group}: a unit has neither a figure nor an exemption at the year's end.")
            for unit, reading in own.items():
                given = city.inputs.get((unit, code), {})
                case = Case(reading, list(own.values()), params, higher, given)
                stored[unit, code] = half_up(METHODS[row["method"]](case), 6)
    return stored


def weights(city: City, unit: str, scored: set[str]) -> dict[str, Fraction]:
    """A unit's weights: what its exempt indicators weigh goes pro rata to the others of the same category.

    Re-spread weights are rounded half up to six decimals; the last one, in the order of the indicators, is the remainder.
    """
    result: dict[str, Fraction] = {}
    column = f"weight:{city.units[unit]}"
    for category in dict.fromkeys(row["category"] for row in city.indicators.values()):
        plain = {c: Fraction(row[column]) for c, row in city.indicators.items() if row["category"] == category}
        kept = {code: weight for code, weight in plain.items() if code in scored}
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
    """Per unit the exact sum of stored score x weight / 100 with rank and grade, and its two parts."""
    sums, subjective = {}, {}
    for unit in city.units:
        scored = {code for of_unit, code in stored if of_unit == unit}
        parts = {code: stored[unit, code] * weight / 100 for code, weight in weights(city, unit, scored).items()}
        sums[unit] = sum(parts.values(), NOTHING)
        subjective[unit] = sum((parts[c] for c in parts if city.indicators[c]["method"] in SUBJECTIVE), NOTHING)
    table = []
    for unit, group in city.units.items():
        own, others = sums[unit], [sums[other] for other in city.group(group)]
        place = 1 + sum(other > own for other in others)
        row = {"unit": unit, "group": group, "score": exact(own), "rank": str(place), "grade": grade(own, others)}
        table.append(row | {"objective": exact(own - subjective[unit]), "subjective": exact(subjective[unit])})
    return table


def feedback(city: City, stored: dict[tuple[str, str], Fraction]) -> Table:
    """Per indicator and group over the scored units. A tie at third place, or at third-last, names more than three."""
    table = []
    for code, group in product(city.indicators, city.groups):
        own = {unit: stored[unit, code] for unit in city.group(group) if (unit, code) in stored}
        better = {unit: sum(other > score for other in own.values()) for unit, score in own.items()}
        worse = {unit: sum(other < score for other in own.values()) for unit, score in own.items()}
        row = {
            "max": fixed(max(own.values()), 6) if own else "",
            "min": fixed(min(own.values()), 6) if own else "",
            "mean": fixed(sum(own.values(), NOTHING) / len(own), 2) if own else "",
            "top": ";".join(sorted((unit for unit in own if better[unit] < 3), key=lambda unit: (better[unit], unit))),
            "bottom": ";".join(sorted((unit for unit in own if worse[unit] < 3), key=lambda unit: (worse[unit], unit))),
        }
        table.append({"indicator": code, "group": group, "n": str(len(own))} | row)
    return table


def half_up(value: Fraction, digits: int) -> Fraction:
    """Rounded to ``digits`` decimals, halves away from zero."""
    whole = int(abs(value) * 10**digits + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**digits)


def fixed(value: Fraction, digits: int) -> str:
    return f"{as_decimal(half_up(value, digits)):.{digits}f}"


def exact(value: Fraction) -> str:
    """All digits of a finite decimal, without trailing zeros and without an exponent."""
    return f"{as_decimal(value):f}"


def as_decimal(value: Fraction) -> Decimal:
    with localcontext(prec=60) as context:
        context.traps[Inexact] = True
        return (Decimal(value.numerator) / Decimal(value.denominator)).normalize()


def compute(folder: Path) -> dict[str, Table]:
    """All tables of a city by name; ``folder`` is the package folder."""
    city, shown = read(folder), read(folder, appealed=False)
    first, final, stored = standings(city, revised=False), standings(city, revised=True), scores(city)
    warnings, totals = [row for row in final if row["reasons"]], results(city, stored)
    tables = {
        "first_warnings": [row for row in first if row["reasons"]],
        "warnings": warnings,
        "ranks": final,
        "consultations": consultations(warnings),
        "scores": [
            {"unit": unit, "indicator": code, "score": fixed(stored[unit, code], 6) if (unit, code) in stored else ""}
            for unit, code in product(city.units, city.indicators)
        ],
        "first_results": results(shown, scores(shown)),
        "results": totals,
        "subtotals": totals,
        "feedback": feedback(city, stored),
    }
    return {name: [{column: row[column] for column in COLUMNS[name]} for row in tables[name]] for name in COLUMNS}


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2]
    for name, table in compute(folder).items():
        with (folder / "demo" / "expected" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS[name], *(row.values() for row in table)])


if __name__ == "__main__":
    main(sys.argv[1:])
