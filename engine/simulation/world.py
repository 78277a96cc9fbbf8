"""What simulated people know of their city: its figures and events, from the package's ``demo/`` files."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from engine.assessment import readings
from engine.simulation import behaviour


@dataclass(frozen=True, slots=True)
class Event:
    #: Its line in ``events.csv``, the first below the heading being 1; of another table with the table's name.
    line: int | str
    at: datetime
    kind: str
    unit: str
    indicator: str
    by: str
    content: Mapping[str, Any]

    def concerns(self, sees: Mapping[str, Any]) -> bool:
        """Whether it is about the unit, the indicator, the round and the person somebody has before them."""
        units = (sees.get("unit"), sees.get("responsible_unit"))
        told = all(self.content.get(name, sees.get(name)) == sees.get(name) for name in ("round", "rater", "owner"))
        return (
            (not self.unit or self.unit in units)
            and (not self.indicator or self.indicator == sees.get("indicator"))
            and told
        )


@dataclass(frozen=True, slots=True)
class World:
    behaviour: behaviour.Behaviour
    #: (indicator, unit) -> figures of the year by date.
    figures: Mapping[tuple[str, str], list[readings.Entry]]
    events: tuple[Event, ...]
    folder: Path

    def table(self, name: str) -> list[dict[str, str]]:
        """The lines of a table of the demo; none where the package has no such table."""
        return _lines(self.folder / "demo" / f"{name}.csv")

    def figure(self, indicator: str, unit: str, after: date, until: date) -> readings.Entry | None:
        """The latest figure of the pair dated after ``after`` and not after ``until``."""
        dated = [each for each in self.figures.get((indicator, unit), []) if each.as_of and after < each.as_of <= until]
        return dated[-1] if dated else None

    def of_kind(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


#: Events whose content belongs to a figure: what a method that counts or votes needs beside it.
DETAILS = ("votes", "counts", "deductions")


#: Tables whose lines are acts of their own, and the kind of event they are. Lines of one instant are one event.
ACTS = {"entries": "point_entries", "self_ratings": "self_ratings", "methods": "branch_methods"}


def read(folder: Path) -> World:
    happening = [*_named(_events(folder)), *(event for table in ACTS for event in _acts(folder, table))]
    events = tuple(sorted(happening, key=lambda event: (event.at, event.kind, event.unit, event.indicator)))
    details = {
        (event.indicator, event.unit): {event.kind: event.content[event.kind]}
        for event in events
        if event.kind in DETAILS
    }
    figures: dict[tuple[str, str], list[readings.Entry]] = {}
    for line in _lines(folder / "demo" / "values.csv"):
        if line["verified"]:
            key = line["indicator"], line["unit"]
            figures.setdefault(key, []).append(_entry(line, details.get(key, {})))
    for entries in figures.values():
        entries.sort(key=lambda entry: entry.as_of or date.min)
    return World(behaviour.read(folder), figures, events, folder)


def _entry(line: Mapping[str, str], detail: Mapping[str, Any]) -> readings.Entry:
    as_of = date.fromisoformat(line["as_of"])
    # Ballots, counts and deductions are known of the whole year only; earlier figures carry none.
    whole_year = (as_of.month, as_of.day) == (12, 31)
    return readings.Entry(
        line["unit"], line["indicator"], line["reported"], line["verified"], as_of, detail if whole_year else {}
    )


def _events(folder: Path) -> list[Event]:
    return [
        Event(
            number,
            datetime.fromisoformat(line["at"]),
            line["kind"],
            line["unit"],
            line["indicator"],
            line["by"],
            json.loads(line["json"] or "{}", parse_float=str),
        )
        for number, line in enumerate(_lines(folder / "demo" / "events.csv"), start=1)
    ]


def _named(events: list[Event]) -> list[Event]:
    """An event that names an activity by its key carries what the activity's own event says of it."""
    known = {event.content["key"]: event.content for event in events if event.kind == "activity"}
    return [
        replace(event, content={**event.content, "activity": known[event.content["activity"]]})
        if event.content.get("activity") in known
        else event
        for event in events
    ]


def _acts(folder: Path, table: str) -> list[Event]:
    together: dict[str, list[dict[str, str]]] = {}
    for line in _lines(folder / "demo" / f"{table}.csv"):
        together.setdefault(line["at"], []).append(line)
    return [
        Event(f"{table} {at}", datetime.fromisoformat(at), ACTS[table], "", "", "", {"lines": lines})
        for at, lines in together.items()
    ]


def _lines(file: Path) -> list[dict[str, str]]:
    """The lines of a table; a package need not have every one of them."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))
