"""The files open in the designer's own viewer without a warning, everything in them drawn."""

import pytest
from playwright.sync_api import Browser

from tests.conformance.layout import BPMN
from tests.conformance.report import VIEWER
from tests.conformance.write import shown
from tests.lacking import lacking

IMPORT = """async (files) => {
  const found = {};
  for (const [name, xml] of Object.entries(files)) {
    const viewer = new BpmnJS({container: document.body});
    const {warnings} = await viewer.importXML(xml);
    found[name] = warnings.map((one) => one.message);
    viewer.destroy();
  }
  return found;
}"""


@pytest.mark.browser
def test_every_case_that_holds_opens_in_the_viewer(chromium: Browser) -> None:
    if not VIEWER.exists():
        lacking("The browser libraries are not installed: run `npm ci`")
    files = {f"{case.group}/{case.name}": case.file.read_text("utf-8") for case in shown() if case.refusal is None}
    assert all(BPMN in text for text in files.values())
    page = chromium.new_page(viewport={"width": 1300, "height": 800})
    page.set_content("<!doctype html><body style='height: 800px'></body>")
    page.add_script_tag(path=str(VIEWER))
    opened = page.evaluate(IMPORT, files)
    page.close()
    assert opened == {name: [] for name in files}
