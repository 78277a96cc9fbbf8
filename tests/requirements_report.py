"""``python -m tests.requirements_report`` writes docs/requirements.md: each requirement's row and the tests that prove it.

The rows and their short names stand in ``requirement_rows.csv``. A test says what it proves by its mark,
``@pytest.mark.requirement("D3")`` or ``@pytest.mark.planted(12)``.
"""

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = Path(__file__).with_name("requirement_rows.csv")
REPORT = ROOT / "docs" / "requirements.md"
SECTIONS = {
    "A": "Plan and admission",
    "B": "Indicators and scoring rules",
    "C": "Monitoring and figures",
    "D": "Rounds and warnings",
    "E": "Consultation",
    "F": "Feedback",
    "G": "Putting right and looking again",
    "H": "Scores, ranks and grades",
    "I": "Peacetime assessment",
    "J": "Special assessment",
    "K": "Analysis",
    "L": "People",
    "M": "Party organisations",
    "N": "Members' points",
    "O": "The system itself",
}
HEAD = """\
# Requirements and their proofs

Written by `python -m tests.requirements_report` from the marks of the tests; `tests/test_requirements.py` fails when it is
out of date. A row is proved when a test of its own holds the program to it: `@pytest.mark.requirement("D3")`.
"""
#: A kind of row and its name, as in ``("requirement", "D3")``.
Row = tuple[str, str]
#: A row -> the tests that claim it, ``file::name`` without the cases of a parameter.
Claims = dict[Row, list[str]]


def rows() -> dict[Row, str]:
    """Every row with its title, in the order they are told."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return {(each["kind"], each["name"]): each["title"] for each in csv.DictReader(file)}


class NotCollected(Exception):
    """The tests cannot be collected, so nobody knows what they prove."""


def collect(*paths: Path) -> list[pytest.Item]:
    """The tests under ``paths`` (all of them by default), collected in this process and not run."""
    found: list[pytest.Item] = []

    class Collector:
        def pytest_collection_finish(self, session: pytest.Session) -> None:
            found.extend(session.items)

    arguments = ["--collect-only", "-qq", "--rootdir", str(ROOT), "--config-file", str(ROOT / "pyproject.toml")]
    arguments += ["-p", "no:cacheprovider", "-p", "no:faulthandler"]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        ended = pytest.main([*arguments, *map(str, paths or [ROOT / "tests"])], plugins=[Collector()])
    if ended != pytest.ExitCode.OK:
        raise NotCollected(said.getvalue())
    return found


def claims(items: Iterable[pytest.Item]) -> Claims:
    """What the tests say they prove. Two databases or ten cases of one test are one proof."""
    found: Claims = {}
    for item in items:
        for kind in ("requirement", "planted"):
            for name in (str(name) for mark in item.iter_markers(kind) for name in mark.args):
                tests = found.setdefault((kind, name), [])
                tests += [test] if (test := item.nodeid.partition("[")[0]) not in tests else []
    return {row: sorted(tests) for row, tests in found.items()}


def report(known: dict[Row, str], found: Claims) -> str:
    return "\n".join([HEAD, *_unproved(known, found), *_by_section(known, found), *_planted(known, found)])


def _unproved(known: dict[Row, str], found: Claims) -> Iterator[str]:
    asked = [row for row in known if row[0] == "requirement"]
    missing = [row for row in asked if row not in found]
    yield f"{len(asked) - len(missing)} of {len(asked)} rows are proved.\n"
    if missing:
        yield "## Not yet proved\n"
        yield from (f"- **{row[1]}** {known[row]}" for row in missing)
        yield ""


def _by_section(known: dict[Row, str], found: Claims) -> Iterator[str]:
    for letter, section in SECTIONS.items():
        yield f"## {letter} {section}\n"
        for row in (row for row in known if row[0] == "requirement" and row[1][0] == letter):
            yield from _proofs(f"{row[1]} {known[row]}", found.get(row, []))


def _planted(known: dict[Row, str], found: Claims) -> Iterator[str]:
    yield "## Cases planted in the demo city\n"
    for row in (row for row in known if row[0] == "planted"):
        yield from _proofs(f"{row[1]} {known[row]}", found.get(row, []))


def _proofs(title: str, tests: list[str]) -> Iterator[str]:
    yield f"### {title}\n"
    for test in tests:
        file, _, name = test.rpartition("::")
        yield f"- {name.removeprefix('test_').replace('_', ' ')} · [{file}](../{file.partition('::')[0]})"
    yield "" if tests else "Not yet proved.\n"


if __name__ == "__main__":
    REPORT.write_text(report(rows(), claims(collect())), "utf-8")
