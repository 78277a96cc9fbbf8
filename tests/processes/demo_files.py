"""Reads the files of the demo city and of the small city, and the answers kept beside them."""

import csv
from fractions import Fraction
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CITY = ROOT / "processes" / "county_leadership"
#: Every package that is shipped.
PACKAGES = sorted(file.parent for file in ROOT.glob("processes/*/package.yaml"))
SMALL = Path(__file__).parent / "small"
#: Those, and what a new one is made from.
DRAWN = [*PACKAGES, ROOT / "engine" / "template"]
BOTTOM, FAR, BOTH = "bottom_three", "far_from_target", "bottom_three;far_from_target"
APRIL, AUGUST, YEAR_END = "2026-03-31", "2026-07-31", "2026-12-31"
GROUP_SIZES = {"A": 6, "B": 10, "C": 4}


def in_every_package(pattern: str) -> list[Path]:
    return [file for package in DRAWN for file in sorted(package.glob(pattern))]


def label(file: Path) -> str:
    """``package/stem``, as the tests over all packages name their cases."""
    return f"{next(each.name for each in DRAWN if each in file.parents)}/{file.stem}"


@cache
def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def values(folder: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    return {(row["unit"], row["indicator"], row["as_of"]): row for row in rows(folder, "demo/values.csv")}


@cache
def indicators(folder: Path) -> dict[str, dict[str, str]]:
    return {row["code"]: row for row in rows(folder, "indicators.csv")}


def members(folder: Path, group: str) -> list[str]:
    return [row["code"] for row in rows(folder, "demo/units.csv") if row["group"] == group]


def progress(folder: Path, indicator: str, group: str, as_of: str) -> list[Fraction | None]:
    """Verified over target of each unit of the group, in order; None where no row or no figure is."""
    found = [values(folder).get((unit, indicator, as_of)) for unit in members(folder, group)]
    return [Fraction(row["verified"]) / Fraction(row["target"]) if row and row["verified"] else None for row in found]


def shares(text: str) -> list[Fraction]:
    return [Fraction(share) for share in text.split()]


def warned(folder: Path, label: str, indicator: str, group: str) -> dict[str, str]:
    found = [row for row in rows(folder, "demo/expected/warnings.csv") if row["unit"][0] == group]
    return {row["unit"]: row["reasons"] for row in found if (row["round"], row["indicator"]) == (label, indicator)}


def ranked(folder: Path, label: str, unit: str, indicator: str) -> dict[str, str]:
    found = rows(folder, "demo/expected/ranks.csv")
    return next(row for row in found if (row["round"], row["unit"], row["indicator"]) == (label, unit, indicator))


@cache
def scores(folder: Path) -> dict[tuple[str, str], str]:
    return {(row["unit"], row["indicator"]): row["score"] for row in rows(folder, "demo/expected/scores.csv")}


def result(folder: Path, unit: str) -> dict[str, str]:
    return next(row for row in rows(folder, "demo/expected/results.csv") if row["unit"] == unit)


def feedback(folder: Path, indicator: str, group: str) -> dict[str, str]:
    found = rows(folder, "demo/expected/feedback.csv")
    return next(row for row in found if (row["indicator"], row["group"]) == (indicator, group))


def events(folder: Path, kind: str) -> list[dict[str, str]]:
    return [row for row in rows(folder, "demo/events.csv") if row["kind"] == kind]
