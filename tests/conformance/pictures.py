"""The pictures of docs/bpmn.md: diagrams of the shipped packages, and some cases, as they stand in the middle of a scenario.

What has been done is drawn in green with the flows that were taken, what is open or waited for in blue, what stands in red.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import orjson
import yaml
from playwright.sync_api import Browser

from engine.workflow.scenarios import Play, _make, read
from engine.workflow.scenarios.stage import Folder
from tests.conformance.cases import DRAWN

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "bpmn"
VIEWER: Final = ROOT / "node_modules" / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"
DRAW: Final = """async (xml) => {
  const viewer = new BpmnJS({container: document.body});
  await viewer.importXML(xml);
  return (await viewer.saveSVG()).svg;
}"""
#: Stroke and fill.
DONE, OPEN, STANDS = ("#2f7d4f", "#e6f4ea"), ("#1f5fbf", "#dbe8fb"), ("#b3261e", "#fbe4e2")
BIOC: Final = 'xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0"'


@dataclass(frozen=True)
class Picture:
    name: str
    #: The section or the move it stands with.
    at: str
    says: str
    diagram: Path
    scenario: Mapping[str, Any]

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.svg"

    @property
    def source(self) -> str:
        return str(self.diagram.relative_to(ROOT))

    @property
    def mark(self) -> str:
        """What it was drawn from, written into it."""
        steps = orjson.dumps(self.scenario, default=str, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(self.diagram.read_bytes() + steps).hexdigest()
        return f"<!-- of {self.source}, sha256 {digest} -->"


@cache
def pictures() -> list[Picture]:
    written: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "pictures.yaml").read_text("utf-8"))
    return [_picture(each) for each in written]


def _picture(written: Mapping[str, Any]) -> Picture:
    if "case" in written:
        file = (DRAWN / written["case"]).with_suffix(".yaml")
    else:
        package, _, name = written["play"].partition("/")
        file = ROOT / "processes" / package / "scenarios" / f"{name}.yaml"
    scenario = yaml.safe_load(file.read_text("utf-8"))
    folder = file.parent if "case" in written else file.parents[1]
    scenario["steps"] = [*scenario["steps"][: written["after"]], *written.get("then", [])]
    scenario["start"] = {**scenario.get("start", {}), **written.get("start", {})}
    scenario["stub"] = {**scenario.get("stub", {}), **written.get("stub", {})}
    return Picture(written["name"], written["at"], written["says"], folder / f"{scenario['process']}.bpmn", scenario)


def played(picture: Picture) -> Play:
    """The scenario so far. A step that does not hold would make a picture that is not true."""
    script = read(picture.scenario)
    under_way = Play(Folder(picture.diagram), picture.scenario["process"], script)
    for number, step in enumerate(script.steps, 1):
        failure = _make(under_way, number, step)
        assert failure is None, (picture.name, failure)
    return under_way


def coloured(picture: Picture) -> str:
    """The diagram's file with what has happened written into its colours, and who holds a task into its name."""
    under_way = played(picture)
    colours = dict(_colours(under_way))
    text = picture.diagram.read_text("utf-8").replace("<bpmn:definitions ", f"<bpmn:definitions {BIOC} ", 1)
    text = re.sub(r'(<bpmndi:BPMN(?:Shape|Edge)[^>]*bpmnElement="([^"]+)")', lambda m: _with(m, colours), text)
    for element, holder in _holders(under_way):
        text = re.sub(
            rf'(id="{element}" name=)"([^"]*)"', lambda m, by=holder: f"{m[1]}{quoteattr(f'{m[2]} [{by}]')}", text
        )
    return text


def _with(found: re.Match[str], colours: Mapping[str, tuple[str, str]]) -> str:
    stroke, fill = colours.get(found[2], ("", ""))
    return f'{found[1]} bioc:stroke="{stroke}" bioc:fill="{fill}"' if stroke else found[1]


def _colours(under_way: Play) -> Iterator[tuple[str, tuple[str, str]]]:
    own = ("", under_way.machine.specification.process)
    for entry in under_way.machine.trace:
        if entry.process in own and entry.event in ("entered", "completed", "fired", "received", "sent"):
            yield from ((flow, DONE) for flow in entry.flows)
            if entry.event != "entered" or under_way.machine.specification.elements[entry.element].kind == "startEvent":
                yield entry.element, DONE
    machine = under_way.machine
    drawn = machine.specification.elements
    yield from (
        (wait.element, OPEN)
        for wait in machine.waits
        if drawn[wait.element].kind != "boundaryEvent" and wait.takes_early
    )
    yield from ((element, OPEN) for element in _running(under_way))
    yield from ((task.element, OPEN) for task in machine.tasks if task.process in own)
    yield from ((incident.element, STANDS) for incident in machine.incidents)


def _running(under_way: Play) -> list[str]:
    """Subprocesses and calls that were entered and not left."""
    machine = under_way.machine
    count: Counter[str] = Counter()
    for entry in machine.trace:
        drawn = machine.specification.elements.get(entry.element)
        own = entry.process in ("", machine.specification.process)
        if own and drawn and drawn.kind in ("subProcess", "transaction", "callActivity"):
            count[entry.element] += {"entered": 1, "completed": -1, "cancelled": -1}.get(entry.event, 0)
    return [element for element, open_now in count.items() if open_now > 0]


def _holders(under_way: Play) -> Iterator[tuple[str, str]]:
    for task in under_way.machine.tasks:
        holder, owner = under_way.holders.get(task.id), under_way.owners.get(task.id)
        if holder:
            yield task.element, f"{holder} → {owner}" if owner else holder


def draw_all(browser: Browser) -> None:
    FOLDER.mkdir(exist_ok=True)
    for picture in pictures():
        sheet = browser.new_page(viewport={"width": 1300, "height": 800})
        sheet.set_content("<!doctype html><body style='height: 800px'></body>")
        sheet.add_script_tag(path=str(VIEWER))
        drawn = sheet.evaluate(DRAW, coloured(picture))
        sheet.close()
        picture.file.write_text(f"{drawn.strip()}\n{picture.mark}\n", "utf-8")
