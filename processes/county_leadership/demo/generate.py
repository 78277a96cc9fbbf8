"""Writes the demo city: indicators, calendar, units, people, values and events, always the same for the same seed.

    python -m processes.county_leadership.demo.generate            the city of this package
    python -m processes.county_leadership.demo.generate --small F  the small city, as a package folder F

The answers are not written here: ``demo/expected/expected.py`` works them out of the files, from the rules' text.
"""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from processes.county_leadership.demo import people
from processes.county_leadership.demo.catalogue import CATALOGUE, CATEGORIES, Indicator, sample, weights
from processes.county_leadership.demo.figures import (
    ROUNDS,
    YEAR,
    Temper,
    as_of,
    figure,
    figure_of,
    inputs,
    is_read_in_rounds,
    lead,
    plain,
    rounded,
    share_due,
    typed_mark,
    typical_target,
)
from processes.county_leadership.demo.planted import (
    ABSENT,
    CITY,
    SMALL,
    SMALL_INDICATORS,
    UNTOUCHED,
    Plant,
    Story,
)

SEED = 7
GROUPS = {"A": 6, "B": 10, "C": 4}
#: A smaller city has one responsible unit for each category.
ONE_OWNER = {"E": "D01", "S": "D32", "P": "D09", "H": "D25", "J": "D35"}
OFFICE_WITHOUT_INDICATOR = "D40"
ANNUAL_EVENT_AT = f"{YEAR + 1}-01-08T10:00:00+08:00"
COLLECTION_CLOSED_AT = f"{YEAR}-08-22T00:00:00+08:00"
LATE_AT = f"{YEAR}-05-06T10:00:00+08:00"
#: Methods whose score depends on the other units or on raw inputs: twins need the same figure.
COMPARED = ("rank_step", "efficacy_minmax", "growth_vs_mean", "gate_plus_rank")
INPUT_KINDS = {"vote_grades": "votes", "count_capped": "counts", "event_deduct": "deductions"}
TYPED_OR_COUNTED = (*INPUT_KINDS, "panel_mean")

# State Council notices on the holidays of 2025 and 2026; weekends off and weekdays worked are not exceptions.
HOLIDAYS = """
2025-01-01 元旦,2025-01-28 春节,2025-01-29 春节,2025-01-30 春节,2025-01-31 春节,2025-02-03 春节,2025-02-04 春节,2025-04-04 清明节,
2025-05-01 劳动节,2025-05-02 劳动节,2025-05-05 劳动节,2025-06-02 端午节,2025-10-01 国庆节中秋节,2025-10-02 国庆节中秋节,
2025-10-03 国庆节中秋节,2025-10-06 国庆节中秋节,2025-10-07 国庆节中秋节,2025-10-08 国庆节中秋节,
2026-01-01 元旦,2026-01-02 元旦,2026-02-16 春节,2026-02-17 春节,2026-02-18 春节,2026-02-19 春节,2026-02-20 春节,2026-02-23 春节,
2026-04-06 清明节,2026-05-01 劳动节,2026-05-04 劳动节,2026-05-05 劳动节,2026-06-19 端午节,2026-09-25 中秋节,
2026-10-01 国庆节,2026-10-02 国庆节,2026-10-05 国庆节,2026-10-06 国庆节,2026-10-07 国庆节
"""
WORKED_WEEKENDS = """
2025-01-26,2025-02-08,2025-04-27,2025-09-28,2025-10-11,
2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10
"""


@dataclass(slots=True)
class Cell:
    """One row of values.csv."""

    value: Decimal | None
    target: Decimal | None
    base: Decimal | None = None
    reported: Decimal | None = None  # where it differs from the verified one


@dataclass(frozen=True, slots=True)
class City:
    seed: int
    groups: dict[str, int]
    indicators: list[Indicator]
    story: Story
    told: bool  # planted; otherwise left to chance
    cells: dict[tuple[str, str, str], Cell]
    given: dict[tuple[str, str], dict[str, Any]]  # raw inputs by unit and indicator

    def draw(self, *key: object) -> Random:
        return Random("/".join(map(str, (self.seed, *key))))

    @property
    def units(self) -> list[tuple[str, str]]:
        return [(row[0], row[2]) for row in people.assessed_units(self.groups)]

    @property
    def exempt(self) -> frozenset[tuple[str, str]]:
        return self.story.exempt


def city(
    seed: int, *, groups: dict[str, int] | None = None, indicators: int = 120, planted: bool = True
) -> dict[str, str]:
    """The files of a city, text by path under the package folder.

    ``planted`` tells the story of the demo city (120 indicators) or of the small city (12); without it any groups and
    any number of indicators from 15 up are drawn from the seed, with ties, missing and exempt figures.
    """
    groups = groups or GROUPS
    if planted and (indicators, list(groups)) not in ((len(CATALOGUE), list(GROUPS)), (len(SMALL_INDICATORS), ["A"])):
        raise ValueError("There is a story for 120 indicators and groups A, B, C, and for 12 indicators and group A.")
    drawn = _told(seed, groups, indicators) if planted else _left_to_chance(seed, groups, indicators)
    fill(drawn)
    align_twins(drawn)
    plant(drawn)
    fill_bases(drawn)
    spoil(drawn)
    return files(drawn)


def _told(seed: int, groups: dict[str, int], size: int) -> City:
    if size == len(CATALOGUE):
        full = City(seed, groups, list(CATALOGUE), CITY, True, {}, {})
        return replace(full, story=replace(CITY, exempt=CITY.exempt | _development_zone_exemptions(full)))
    chosen = [_with_one_owner(row) for row in CATALOGUE if row.code in SMALL_INDICATORS]
    return City(seed, groups, chosen, SMALL, True, {}, {})


def _with_one_owner(indicator: Indicator) -> Indicator:
    owner = ONE_OWNER[indicator.category]
    return replace(indicator, owner=owner, data_unit=owner)


def _development_zone_exemptions(full: City) -> set[tuple[str, str]]:
    """What no development zone does, and six more routine indicators for each zone."""
    planted = {plant.indicator for plant in CITY.plants}
    zones = [unit for unit, group in full.units if group == "C"]
    common = {(unit, row.code) for unit in zones for row in full.indicators if "x" in row.flags}
    told = {row.code for row in full.indicators if row.code in planted or row.owner == CITY.absent_owner}
    told |= {row.code for row in full.indicators if row.main or "x" in row.flags or row.category == "J"}
    spare = [row.code for row in full.indicators if row.code not in told]
    return common | {(unit, code) for unit in zones for code in full.draw("zone", unit).sample(spare, 6)}


def _left_to_chance(seed: int, groups: dict[str, int], size: int) -> City:
    rng = Random(f"{seed}/chance")
    chosen = [_with_one_owner(row) for row in sample(rng, size)]
    chosen = [replace(row, flags=row.flags.replace("m", "") + "m" * (rng.random() < 0.6)) for row in chosen]
    empty = City(seed, groups, chosen, Story(), False, {}, {})
    units = [unit for unit, _ in empty.units]
    mains = [row.code for row in chosen if row.main and is_read_in_rounds(row)]
    exempt = {pair for pair in _chance_exemptions(empty) if pair[0] != units[1]}
    story = Story(
        exempt=frozenset(exempt | {(units[1], code) for unit, code in exempt if unit == units[0]}),
        twins=((units[0], units[1]),),
        strength={unit: rng.randint(-60, 60) for unit in units} | _stragglers(rng, units),
        neglect={rng.choice(units): -400},
        late=(rng.choice(mains), LATE_AT),
        absent_owner=rng.choice(list(ONE_OWNER.values())),
    )
    return replace(empty, story=story)


def _stragglers(rng: Random, units: list[str]) -> dict[str, int]:
    """Two units far enough behind for warnings of both levels, and so for consultations."""
    far, red = rng.sample(units[2:] or units, 2)
    return {far: -140, red: -340}


def _chance_exemptions(empty: City) -> set[tuple[str, str]]:
    """About eight in a hundred, but never all of a category for one unit: its weight would have nowhere to go."""
    exempt = set()
    for unit, _ in empty.units:
        for letter in CATEGORIES:
            codes = [row.code for row in empty.indicators if row.category == letter]
            refused = [code for code in codes if empty.draw("exempt", unit, code).random() < 0.08]
            exempt |= {(unit, code) for code in refused[: len(codes) - 1]}
    return exempt


# Figures


def fill(drawn: City) -> None:
    """Every figure of the cycle and two year-ends before it, as chance and the units' strengths have it."""
    for unit, _ in drawn.units:
        for row in drawn.indicators:
            target = _target(drawn, unit, row)
            if (unit, row.code) in drawn.exempt:
                _fill_exempt(drawn, unit, row)
                continue
            _fill_history(drawn, unit, row, target)
            for label in ROUNDS:
                if label == "annual" or is_read_in_rounds(row):
                    value = _value(drawn, unit, row, target, label)
                    drawn.cells[unit, row.code, as_of(row, label)] = Cell(value, target)


def _target(drawn: City, unit: str, row: Indicator) -> Decimal:
    for line, of_unit, _ in planted_figures(drawn):
        if (of_unit, line.indicator) == (unit, row.code):
            return Decimal(line.target)
    # Growth is compared by amounts, so the second of a pair of twins grows towards the same amount as the first.
    models = {second: first for first, second in drawn.story.twins} if row.method == "growth_vs_mean" else {}
    model = models.get(unit, unit)
    size = drawn.draw("size", model).randint(60, 160)
    return typical_target(row, size, not drawn.told, drawn.draw("target", model, row.code))


def _fill_exempt(drawn: City, unit: str, row: Indicator) -> None:
    dates = [as_of(row, label) for label in ROUNDS if label == "annual" or is_read_in_rounds(row)]
    for date in (f"{YEAR - 2}-12-31", f"{YEAR - 1}-12-31", *dates):
        drawn.cells[unit, row.code, date] = Cell(None, None)


def _fill_history(drawn: City, unit: str, row: Indicator, target: Decimal) -> None:
    rng = drawn.draw("history", unit, row.code)
    for year in (YEAR - 1, YEAR - 2):
        if row.additive:
            target = rounded(target * 1000 / rng.randint(1030, 1090), row.places)
        ahead = Decimal(rng.randint(-40, 40)) / 1000
        value = target if row.method == "growth_vs_mean" else figure(row, target, Decimal(1), ahead, rng)
        drawn.cells[unit, row.code, f"{year}-12-31"] = Cell(value, target)


def _value(drawn: City, unit: str, row: Indicator, target: Decimal, label: str) -> Decimal:
    story, rng = drawn.story, drawn.draw(unit, row.code, label)
    temper = Temper(story.strength.get(unit, 0), story.neglect.get(unit, 0), drawn.told, not drawn.told)
    ahead = lead(row, temper, label, drawn.draw("habit", unit, row.code), rng)
    share = share_due(row, as_of(row, label))
    if row.method == "panel_mean":
        return typed_mark(ahead, rng)
    whole = inputs(row, _annual_lead(drawn, unit, row, temper), drawn.draw("inputs", unit, row.code))
    if whole is None:
        return figure(row, target, share, ahead, rng)
    if (unit, row.code) in story.votes:
        whole = {"votes": story.votes[unit, row.code]}
    drawn.given[unit, row.code] = whole
    return _partly(row, whole, share) if label != "annual" else figure_of(row, whole)


def _annual_lead(drawn: City, unit: str, row: Indicator, temper: Temper) -> Decimal:
    return lead(row, temper, "annual", drawn.draw("habit", unit, row.code), drawn.draw(unit, row.code, "annual"))


def _partly(row: Indicator, whole: dict[str, Any], share: Decimal) -> Decimal:
    """What of the year's counts or deductions had come about when ``share`` of the year was over."""
    if "deductions" in whole:
        first = whole["deductions"][: int(len(whole["deductions"]) * share)]
        return figure_of(row, {"deductions": first})
    return rounded(figure_of(row, whole) * share, 0)


def align_twins(drawn: City) -> None:
    """Lets the second of each pair close the year with the scores of the first."""
    for first, second in drawn.story.twins:
        for row in drawn.indicators:
            if drawn.told:
                _align_year_end(drawn, first, second, row)
            else:
                _clone(drawn, first, second, row)


def _clone(drawn: City, first: str, second: str, row: Indicator) -> None:
    for unit, code, date in list(drawn.cells):
        if unit == first and code == row.code:
            drawn.cells[second, code, date] = replace(drawn.cells[unit, code, date])
    drawn.given.pop((second, row.code), None)
    if (first, row.code) in drawn.given:
        drawn.given[second, row.code] = drawn.given[first, row.code]


def _align_year_end(drawn: City, first: str, second: str, row: Indicator) -> None:
    if (first, row.code) in drawn.exempt or (second, row.code) in drawn.story.votes:
        return
    end, before = f"{YEAR}-12-31", f"{YEAR - 1}-12-31"
    model, copy = drawn.cells[first, row.code, end], drawn.cells[second, row.code, end]
    if row.method in (*COMPARED, *TYPED_OR_COUNTED) or not row.additive:
        copy.value = model.value
        if row.method == "growth_vs_mean":
            drawn.cells[second, row.code, before].value = drawn.cells[first, row.code, before].value
        if (first, row.code) in drawn.given:
            drawn.given[second, row.code] = drawn.given[first, row.code]
    else:
        # Amounts of two counties are never the same; two targets met to the letter score the same.
        model.value, copy.value = model.target, copy.target


def plant(drawn: City) -> None:
    for line, unit, token in planted_figures(drawn):
        row = next(row for row in drawn.indicators if row.code == line.indicator)
        if token == ABSENT:
            del drawn.cells[unit, row.code, as_of(row, line.date)]
        else:
            drawn.cells[unit, row.code, as_of(row, line.date)].value = Decimal(token)


def planted_figures(drawn: City) -> Iterator[tuple[Plant, str, str]]:
    for line in drawn.story.plants:
        units = [unit for unit, group in drawn.units if group == line.group]
        yield from ((line, unit, token) for unit, token in zip(units, line.figures, strict=True) if token != UNTOUCHED)


def fill_bases(drawn: City) -> None:
    """The base of a year is the verified figure with which the year before ended."""
    for (unit, code, date), cell in drawn.cells.items():
        before = drawn.cells.get((unit, code, f"{int(date[:4]) - 1}-12-31"))
        cell.base = before.value if before else None


def spoil(drawn: City) -> None:
    """Leaves out and misreports a few figures, none of them planted, and all that the late unit owed in August."""
    planted = {(line.indicator, line.group, line.date) for line in drawn.story.plants}
    missing, misreported = (10, 5) if drawn.told else (50, 20)
    for unit, group in drawn.units:
        for row in drawn.indicators:
            for label in ROUNDS:
                key, rng = (unit, row.code, as_of(row, label)), drawn.draw("spoil", unit, row.code, label)
                cell, dice = drawn.cells.get(key), (rng.randint(1, 1000), rng.randint(1, 1000))
                if label == "august" and row.owner == drawn.story.absent_owner and (unit, row.code) not in drawn.exempt:
                    drawn.cells.pop(key, None)
                elif cell is None or cell.value is None or (row.code, group, label) in planted:
                    continue
                elif label != "annual" and dice[0] <= missing:
                    del drawn.cells[key]
                elif dice[1] <= misreported and row.method not in TYPED_OR_COUNTED:
                    cell.reported = rounded(cell.value * Decimal("1.03"), row.places)


# Files


def files(drawn: City) -> dict[str, str]:
    others = [people.AUDIT] if len(drawn.indicators) == len(CATALOGUE) else []
    units = people.unit_rows(drawn.groups, offices(drawn), *others)
    appointments = people.appointment_rows(units)
    return {
        "indicators.csv": table(indicator_rows(drawn)),
        "calendar.csv": table(calendar_rows()),
        "demo/units.csv": table([("code", "name", "group", "kind", "parent"), *units]),
        "demo/people.csv": table([("account", "name"), *people.people_rows(appointments)]),
        "demo/appointments.csv": table([("account", "role", "unit", "from", "to"), *appointments]),
        "demo/values.csv": table(value_rows(drawn)),
        "demo/events.csv": table(event_rows(drawn)),
    }


def offices(drawn: City) -> list[str]:
    named = {code for row in drawn.indicators for code in (row.owner, row.data_unit)}
    return sorted(named | ({OFFICE_WITHOUT_INDICATOR} if len(drawn.indicators) == len(CATALOGUE) else set()))


def indicator_rows(drawn: City) -> Iterator[Iterable[str]]:
    rng = None if drawn.told else drawn.draw("weights")
    by_group = {group: weights(drawn.indicators, group, rng) for group in drawn.groups}
    yield (
        *("code", "name", "category", "source", "responsible_unit", "data_unit", "unit_of_measure"),
        *("direction", "kind", "schedule", "method", "params", "main", "target_total"),
        *(f"weight:{group}" for group in drawn.groups),
    )
    for row in drawn.indicators:
        yield (
            *(row.code, row.name, CATEGORIES[row.category], row.source, row.owner, row.data_unit, row.measure),
            *(row.direction, row.kind, row.schedule, row.method, as_json(row.params), str(int(row.main))),
            city_target(drawn, row),
            *(by_group[group][row.code] for group in drawn.groups),
        )


def city_target(drawn: City, row: Indicator) -> str:
    """The city's own target: a little less than the counties' targets together, of a limit a little more."""
    if not row.additive:
        return ""
    targets = [drawn.cells[unit, row.code, f"{YEAR}-12-31"].target or Decimal(0) for unit, _ in drawn.units]
    slack = Decimal("1.02") if row.direction == "lower_better" else Decimal("0.98")
    return plain(rounded(sum(targets, Decimal(0)) * slack, 0))


def value_rows(drawn: City) -> Iterator[Iterable[str]]:
    yield ("unit", "indicator", "as_of", "reported", "verified", "target", "base", "exempt")
    order = {row.code: place for place, row in enumerate(drawn.indicators)}
    for unit, code, date in sorted(drawn.cells, key=lambda key: (order[key[1]], key[2], key[0])):
        cell = drawn.cells[unit, code, date]
        figures = (cell.reported or cell.value, cell.value, cell.target, cell.base)
        exempt = str(int((unit, code) in drawn.exempt))
        yield (unit, code, date, *("" if value is None else plain(value) for value in figures), exempt)


def event_rows(drawn: City) -> Iterator[Iterable[str]]:
    yield ("at", "kind", "unit", "indicator", "by", "json")
    story, rows = drawn.story, list(drawn.story.events)
    if story.late:
        data_unit = next(row.data_unit for row in drawn.indicators if row.code == story.late[0])
        clerk = f"{data_unit.lower()}_clerk"
        rows.append((story.late[1], "late_publication", "", story.late[0], clerk, {"round": "april"}))
    if story.absent_owner:
        rows.append((COLLECTION_CLOSED_AT, "missed_collection", story.absent_owner, "", "", {"round": "august"}))
    for unit, _ in drawn.units:
        for row in drawn.indicators:
            if (unit, row.code) in drawn.given:
                content = {"round": "annual"} | drawn.given[unit, row.code]
                by = f"{row.owner.lower()}_clerk"
                rows.append((ANNUAL_EVENT_AT, INPUT_KINDS[row.method], unit, row.code, by, content))
    for *facts, content in sorted(rows, key=lambda row: row[:4]):
        yield (*facts, as_json(content))


def calendar_rows() -> Iterator[Iterable[str]]:
    yield ("date", "working", "note")
    off = [(day, "0", note) for day, note in (item.split() for item in HOLIDAYS.split(",") if item.strip())]
    on = [(day.strip(), "1", "调休上班") for day in WORKED_WEEKENDS.split(",") if day.strip()]
    yield from sorted(off + on)


def as_json(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False)


def table(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def small_city() -> dict[str, str]:
    return city(SEED, groups={"A": 6}, indicators=len(SMALL_INDICATORS))


def main(arguments: list[str]) -> None:
    match arguments:
        case []:
            write(Path(__file__).parents[1], city(SEED))
        case ["--small", folder]:
            write(Path(folder), small_city())
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
