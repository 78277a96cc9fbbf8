"""The demo year of every package comes to the answers kept beside it in ``demo/expected``, and leaves its house in order.

The county's large city is compared in ``tests/simulation/test_years.py``, table by table.
"""

import ast
import csv
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from engine import demo
from engine.db import SHANGHAI
from engine.workflow import packages
from tests.processes.demo_files import CITY, PACKAGES, ROOT
from tests.simulation.cities import played

OTHERS = [folder for folder in PACKAGES if folder != CITY]
SCRIPTS = sorted(ROOT.glob("processes/*/demo/expected/expected.py"))
RESULT = ("unit", "group", "score", "rank", "grade")
WARNING = ("round", "unit", "indicator", "reasons")


def kept(folder: Path, table: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The rows of a table of answers; a package without warnings keeps no table of them."""
    file = folder / "demo" / "expected" / f"{table}.csv"
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as opened:
        return sorted(tuple(row[column] for column in columns) for row in csv.DictReader(opened))


def told(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    return sorted(tuple(text(row[column]) for column in columns) for row in rows)


def text(value: Any) -> str:
    return "" if value is None else ";".join(value) if isinstance(value, list) else str(value)


def end_of(folder: Path) -> datetime:
    """When the package's demo year is over: ``ends_at`` of its behaviour, or the end of March after it."""
    year = demo.cycle_year(packages.read_folder(folder), folder)
    day = date.fromisoformat(str(demo.said(folder).get("ends_at") or f"{year + 1}-03-31"))
    return datetime.combine(day, time(9), SHANGHAI)


@pytest.mark.parametrize("package", OTHERS, ids=lambda folder: folder.name)
def test_the_year_of_a_package_comes_to_the_answers_kept_beside_it(package: Path) -> None:
    _, state = played(package.name, end_of(package))
    assert told(state["results"], RESULT) == kept(package, "results", RESULT)
    warned = [{"round": each["round"], **row} for each in state["rounds"] for row in each["warned"]]
    assert told(warned, WARNING) == kept(package, "warnings", WARNING)
    assert state["results"], "the year has no result"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.parts[-4])
def test_the_answers_are_worked_out_by_a_script_that_knows_nothing_of_the_program(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: folder.name)
def test_whom_the_first_page_of_a_demo_offers_are_people_of_that_demo(package: Path) -> None:
    with (package / "demo" / "appointments.csv").open(encoding="utf-8", newline="") as opened:
        holders = {row["account"] for row in csv.DictReader(opened)}
    cards = demo.said(package).get("cards") or []
    assert cards and set(cards) <= holders


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: folder.name)
def test_a_package_lies_in_a_folder_of_its_own_name_and_holds_no_python_beside_its_demo(package: Path) -> None:
    assert packages.read_folder(package).key == package.name
    python = {file.relative_to(package).parts[0] for file in package.rglob("*.py")}
    assert python <= {"demo"}


def test_exactly_one_package_is_the_default() -> None:
    assert [folder.name for folder in PACKAGES if packages.read_folder(folder).default] == [CITY.name]


CODE = [
    file
    for folder in ("engine", "web")
    for ending in ("py", "html", "js", "css", "po", "json")
    for file in sorted((ROOT / folder).rglob(f"*.{ending}"))
    if "dist" not in file.parts and "node_modules" not in file.parts
]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: folder.name)
def test_no_code_knows_a_package_by_its_name(package: Path) -> None:
    assert len(CODE) > 300
    assert [str(file.relative_to(ROOT)) for file in CODE if package.name in file.read_text("utf-8")] == []
