"""Every diagram of every package: it is lint-clean, tidy to look at, and opens in the browser without a warning."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.lacking import lacking
from tests.processes import layout
from tests.processes.demo_files import CITY, ROOT, in_every_package, label

DIAGRAMS = in_every_package("*.bpmn")
MODULES = ROOT / "node_modules"
VIEWER = MODULES / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"
#: What a diagram may take of a window of 1300 × 800: the pages fit it in, and at this scale its texts stay legible.
WIDTH, HEIGHT = 1340, 800
IMPORT = """async (xml) => {
  const viewer = new BpmnJS({container: document.body});
  const {warnings} = await viewer.importXML(xml);
  return {warnings: warnings.map((one) => one.message), drawn: viewer.get('elementRegistry').getAll().map((one) => one.id)};
}"""


@pytest.fixture(scope="module")
def lint() -> dict[str, Any]:
    if not MODULES.is_dir():
        lacking("The browser libraries are not installed: run `npm ci`")
    command = ["node", str(ROOT / "tests" / "processes" / "lint.mjs"), *map(str, DIAGRAMS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=label)
def test_a_diagram_is_lint_clean_by_the_designers_own_rules(diagram: Path, lint: dict[str, Any]) -> None:
    assert lint[str(diagram)] == []


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=label)
def test_a_diagram_is_tidy(diagram: Path) -> None:
    assert layout.complaints(layout.read(diagram)) == []


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=label)
def test_a_diagram_fits_a_window(diagram: Path) -> None:
    drawing = layout.read(diagram)
    assert (drawing.width <= WIDTH, drawing.height <= HEIGHT) == (True, True)


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=label)
def test_the_main_path_runs_on_one_line_from_the_start_to_an_end(diagram: Path) -> None:
    drawing = layout.read(diagram)
    line = layout.main_line(drawing)
    assert drawing.kinds[line[-1]] == "endEvent"
    lefts = [drawing.shapes[name].left for name in line]
    assert lefts == sorted(lefts)


@pytest.mark.browser
def test_the_diagrams_open_in_the_viewer_without_a_warning(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 1300, "height": 800})
    page.set_content("<!doctype html><body style='height: 800px'></body>")
    page.add_script_tag(path=str(VIEWER))
    opened = {label(diagram): page.evaluate(IMPORT, diagram.read_text("utf-8")) for diagram in DIAGRAMS}
    page.close()
    assert {name: one["warnings"] for name, one in opened.items()} == {name: [] for name in opened}
    for diagram in DIAGRAMS:
        assert set(layout.read(diagram).shapes) <= set(opened[label(diagram)]["drawn"])


def test_an_untidy_drawing_is_complained_of(tmp_path: Path) -> None:
    text = (CITY / "objection.bpmn").read_text("utf-8")
    drawing = layout.read(CITY / "objection.bpmn")
    mover, other = [name for name, kind in drawing.kinds.items() if kind == "userTask"][:2]
    box, onto = drawing.shapes[mover], drawing.shapes[other]
    moved = tmp_path / "moved.bpmn"
    moved.write_text(text.replace(f'x="{box.left:g}" y="{box.top:g}"', f'x="{onto.left:g}" y="{onto.top:g}"'), "utf-8")
    assert f"{mover} overlaps {other}" in layout.complaints(layout.read(moved))
