"""Writes docs/bpmn.md from the cases: ``python -m tests.conformance.report``; with ``--pictures`` its pictures as well.

What it says runs, is used by cases that hold; why something is refused, is said in the words the checks use.
"""

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

from engine.workflow import following, xml
from engine.workflow.spiff import Library, check
from engine.workflow.spiff.checks import drawing
from tests.conformance import pictures
from tests.conformance.cases import DRAWN, Case
from tests.conformance.catalogue import ATTRIBUTES, ELEMENTS, MOVES, PICTURES, Row
from tests.conformance.features import attributes, features
from tests.conformance.pictures import DRAW, VIEWER
from tests.conformance.settings import settled
from tests.conformance.write import diagram, shown

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "bpmn.md"
FOREIGN = Path(__file__).parent / "foreign"
CHROMIUM = Path("/usr/bin/chromium")
_HEAD = """# What a diagram may say

This page is written by `python -m tests.conformance.report` from the cases under `tests/conformance`; a test fails when it is
stale. Every case that is said to hold is played from its file, in memory and put away and fetched after every step; the pieces
among them also in a loop, nested, called, beside other work and for each of a list. What cannot be run is refused at
deployment, with the element and the reason given here.

The pictures are of scenarios of the shipped packages, or of cases, as they stand at one step: what has been done is green with
the flows that were taken, what is open or waited for is blue. Attributes that say who may do a task, until when and what may be
done with it besides are described in [processes/README.md](../processes/README.md).
"""
_BEGUN = """A message goes to the matter that has waited longest for it. Where nobody waits, it begins every deployed process whose
current version has a start event for it; older versions and pools with `isExecutable="false"` do not listen. What it brings
are the variables of the new matter, through the output parameters of the start event if it has any. A matter that is
suspended and waits for the message is still its receiver: the message is kept for it and begins nothing.

The new matter is called `process/key` after the key of the message. A start event may draw the `key`, an expression over
what the message brings: then a message without a key takes that one, and a message with another key does not begin this
process. While a matter begun with a key goes on, a second message of that key begins nothing and is kept, so that a matter
is not begun twice; it serves the first catch that asks for it. Once the matter is over, the next is `process/key#2`. A message
without any key begins a matter each time, called by the moment at which it came. Where the message says a `unit`, the matter
is that unit's. Kept messages serve catches only: a process deployed later is not begun by them.

A signal is for everybody: it reaches whoever waits for it and begins every deployed process whose current version starts with it,
each time it is sent.

A play follows one instance. It begins by a message or a signal where the scenario says `message: name` beside `start`, which then holds
what the message brings; a message that nobody in this instance waits for is kept and begins nothing beside it.

Matters that answer each other within one step are heard as long as they come to an end. Telling another is free, and so is
its answer; after {most} answers to answers the next element that would send one stands as an incident that names the processes, and
everything before it is done.
"""
_CLOCK = """The current version of a process begins a matter at each time its start event names. A date and a cycle with a beginning
name the calendar; a duration, and a cycle without a beginning, count from the deployment of the version. There is no matter
yet whose data could be asked, so an expression sees nothing but `now()`; one that needs more is refused at deployment.

A new version brings its own schedule and ends that of the version before; the same bytes again change nothing. Of dates that
are past when it is deployed nothing begins, but what the version before had still to see to. A process whose new version
names no time, or says `isExecutable="false"`, begins nothing any more.

Each time begins one matter, whoever ticks and however many do. It is begun by the system, is called `process/2026-05-01T09:00:00` after its time,
and counts from that time also where the clock ticks late. After an outage each date that was missed begins its own matter; of a
cycle the last time that was missed begins one, and its story says how many it stands for. What cannot be begun is undone and tried again
after five minutes, half an hour and two hours; then that time is passed over. Administrators are told of both.

A process that the clock begins may also be begun by hand. A play begins there where the scenario says `timer: start event`; its clock then
stands at the time that has come (`at`).
"""


@cache
def holding() -> dict[str, bytes]:
    """The diagrams of all cases that hold, by a name of their own; foreign ones among them."""
    played = [case for case in shown() if case.refusal is None]
    played += [case for case in settled() if case.group != "fragments"]
    ours = {f"{case.group}/{case.name}": diagram(case) for case in played}
    foreign = [file.with_suffix(".bpmn") for file in FOREIGN.glob("*.yaml") if file.stem != "refused"]
    return ours | {f"foreign/{file.stem}": file.read_bytes() for file in foreign}


@cache
def refused() -> dict[str, Case]:
    return {case.name: case for case in shown() if case.refusal is not None}


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    count = len([case for case in shown() if case.refusal is None])
    yield f"{count} diagrams with a scenario, {len(holding())} with every setting they are put into; {len(refused())} refused.\n"
    for section, rows in ELEMENTS.items():
        yield from (f"## {section}\n", *_table(("element", "", "cases", ""), [_row(row) for row in rows]), "")
        yield from _shown_at(section)
    yield from _attributes()
    yield from _moves()
    yield from _begun()
    yield from _caps()
    yield from _pictures()


def _row(row: Row) -> Sequence[str]:
    if row.refused is not None:
        return row.name, "refused", f"`{row.refused}`", reason(refused()[row.refused])
    return row.name, "runs", str(len(proofs(row.feature or ""))), row.note


@cache
def _used() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(features(source)) for name, source in holding().items()}


def proofs(feature: str) -> list[str]:
    """The cases that use a feature and hold."""
    return [name for name, used in _used().items() if feature in used]


def reason(case: Case) -> str:
    """The complaint the case is there for, without the element's name before it."""
    assert case.refusal is not None
    element, code, words = case.refusal.element, case.refusal.code, case.refusal.words
    for problem in check(diagram(case), Library(processes=[*case.others])):
        if (problem.element, problem.code) == (element, code) and words in problem.message:
            return _cell(problem.message.removeprefix(f"{element}: "))
    raise AssertionError(f"{case.name} is not refused as it says")


def _attributes() -> Iterator[str]:
    yield "## Attributes\n"
    yield "Those of Camunda 7; `flowable:` and `activiti:` attributes of the same names are read alike.\n"
    used = [attributes(source) for source in holding().values()]
    rows = [(f"`{name}`", str(sum(name in each for each in used)), says) for name, says in ATTRIBUTES.items()]
    yield from (*_table(("attribute", "cases", ""), rows), "")
    yield "Kept in the file and not read, which `bihuan check` says:\n"
    ignored = [(f"`{name}`", instead or "—") for name, instead in sorted(drawing._NOT_READ.items())]
    yield from (*_table(("attribute", "instead"), ignored), "")


def verbs() -> dict[str, int]:
    """Verb of a step -> how many cases make it."""
    cases = [{name for step in case.steps for name in step if name in MOVES} for case in shown()]
    return {verb: sum(verb in made for made in cases) for verb in MOVES}


def _moves() -> Iterator[str]:
    yield "## Moves\n"
    counted = verbs()
    rows = [(f"`{verb}`", str(counted[verb]), says) for verb, says in MOVES.items()]
    yield from (*_table(("step of a scenario", "cases", ""), rows), "")
    for verb in MOVES:
        yield f"### `{verb}`\n"
        yield from _shown_at(verb)


def _shown_at(place: str) -> Iterator[str]:
    """The pictures of a section or of a move: what has been done is green, what is open or waited for is blue."""
    for each in pictures.pictures():
        if each.at == place:
            yield f"{each.says} (`{each.source}`)\n"
            yield f"![{each.says}](bpmn/{each.name}.svg)\n"


def _begun() -> Iterator[str]:
    yield "## What a message begins\n"
    yield _BEGUN.format(most=following.MAX_ANSWERS)
    yield "## What the clock begins\n"
    yield _CLOCK


def _caps() -> Iterator[str]:
    yield "## How large a diagram may be\n"
    rows = [
        ("bytes", f"{xml.MAX_BYTES:,}"),
        ("XML elements", f"{xml.MAX_ELEMENTS:,}"),
        ("flow nodes of a process", f"{drawing.MAX_NODES:,}"),
        ("sequence flows of a process", f"{drawing.MAX_FLOWS:,}"),
        ("subprocesses in each other", str(drawing.MAX_NESTING)),
    ]
    yield from (*_table(("", "at most"), rows), "")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _pictures() -> Iterator[str]:
    yield "## Some of the cases\n"
    for case in pictured():
        yield f"{case.says} (`{case.group}/{case.name}`)\n"
        yield f"![{case.name}](bpmn/{case.name}.svg)\n"


def pictured() -> list[Case]:
    return [case for case in shown() if (case.group, case.name) in PICTURES]


def picture(case: Case) -> Path:
    return PAGE.parent / "bpmn" / f"{case.name}.svg"


def mark(case: Case) -> str:
    """What a picture was drawn from, written into it."""
    digest = hashlib.sha256((DRAWN / case.group / f"{case.name}.bpmn").read_bytes()).hexdigest()
    return f"<!-- of {case.group}/{case.name}.bpmn, sha256 {digest} -->"


def draw_pictures() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for case in pictured():
            sheet = browser.new_page(viewport={"width": 1300, "height": 800})
            sheet.set_content("<!doctype html><body style='height: 800px'></body>")
            sheet.add_script_tag(path=str(VIEWER))
            drawn = sheet.evaluate(DRAW, case.file.read_text("utf-8"))
            sheet.close()
            picture(case).parent.mkdir(exist_ok=True)
            picture(case).write_text(f"{drawn.strip()}\n{mark(case)}\n", "utf-8")
        pictures.draw_all(browser)
        browser.close()


def main() -> None:
    if "--pictures" in sys.argv:
        draw_pictures()
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
