"""What simulated people know of their city: its figures and events, from the package's ``demo/`` files."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from engine.assessment import readings
from engine.simulation import behaviour


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    kind: str
    unit: str
    indicator: str
    by: str
    content: Mapping[str, Any]

    def concerns(self, sees: Mapping[str, Any]) -> bool:
        """Whether it is about the unit, the indicator and the round somebody has before them."""
        units = (sees.get("unit"), sees.get("responsible_unit"))
        round = self.content.get("round", sees.get("round"))
        return (
            (not self.unit or self.unit in units)
            and (not self.indicator or self.indicator == sees.get("indicator"))
            and round == sees.get("round")
        )


@dataclass(frozen=True, slots=True)
class World:
    behaviour: behaviour.Behaviour
    #: (indicator, unit) -> figures of the year by date.
    figures: Mapping[tuple[str, str], list[readings.Entry]]
    events: tuple[Event, ...]

    def figure(self, indicator: str, unit: str, after: date, until: date) -> readings.Entry | None:
        """The latest figure of the pair dated after ``after`` and not after ``until``."""
        dated = [each for each in self.figures.get((indicator, unit), []) if each.as_of and after < each.as_of <= until]
        return dated[-1] if dated else None

    def of_kind(self, kind: str) -> list[Event]:
        return [event for event in self.events if event.kind == kind]


#: Events whose content belongs to a figure: what a method that counts or votes needs beside it.
DETAILS = ("votes", "counts", "deductions")


def read(folder: Path) -> World:
    events = tuple(sorted(_events(folder), key=lambda event: (event.at, event.kind, event.unit, event.indicator)))
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
    return World(behaviour.read(folder), figures, events)


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
            datetime.fromisoformat(line["at"]),
            line["kind"],
            line["unit"],
            line["indicator"],
            line["by"],
            json.loads(line["json"] or "{}", parse_float=str),
        )
        for line in _lines(folder / "demo" / "events.csv")
    ]


def _lines(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))
