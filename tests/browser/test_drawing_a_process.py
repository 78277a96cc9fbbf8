"""A designer changes a process that is deployed: drafts, refusals on the shapes, a new version."""

import pytest
from playwright.sync_api import Page, expect

from engine.workflow import definitions
from engine.workflow.store import Definition, Kind, Version
from tests.assessment.town import Town
from tests.browser.served import Entering, drawn

pytestmark = pytest.mark.browser

RECTIFICATION = "/designer/county_leadership/rectification"


def change(page: Page, element: str, **properties: str) -> None:
    """Give an element other properties, as the panel does."""
    page.evaluate(
        """([id, properties]) => { const { modeler } = window.drawn;
        modeler.get('modeling').updateProperties(modeler.get('elementRegistry').get(id), properties); }""",
        [element, {name.replace("__", ":"): value for name, value in properties.items()}],
    )


def name_of(page: Page, element: str) -> str:
    script = "id => window.drawn.modeler.get('elementRegistry').get(id).businessObject.name"
    return str(page.evaluate(script, element))


def service_task(page: Page) -> str:
    script = "window.drawn.modeler.get('elementRegistry').filter((each) => each.type === 'bpmn:ServiceTask')[0].id"
    return str(page.evaluate(script))


def draft_saved(page: Page) -> None:
    page.clock.fast_forward(3500)
    expect(page.locator("[data-draft-state]").first).to_contain_text("草稿")
    expect(page.locator("[data-draft-state]").first).to_contain_text("已保存")


def versions(town: Town) -> list[Version]:
    with town.by(reading=True) as ctx:
        definition = ctx.session.query(Definition).filter_by(kind=Kind.PROCESS, key="rectification").one()
        return definitions.versions(ctx, definition)


def test_a_change_stays_a_draft_until_it_is_deployed_as_the_next_version(entering: Entering, collecting: Town) -> None:
    visited = entering("designer1", RECTIFICATION)
    page = visited.page
    drawn(page)
    old = name_of(page, "approve_plan")
    change(page, "approve_plan", name="审批整改方案")
    draft_saved(page)
    page.reload()
    drawn(page)
    assert name_of(page, "approve_plan") == "审批整改方案"
    assert [each.number for each in versions(collecting)] == [1]

    page.locator("[data-act=deploy]").click()
    expect(page.locator(".designer-notice")).to_contain_text("2")
    assert [(each.number, each.deployed_by) for each in versions(collecting)] == [(2, "designer1"), (1, None)]
    # Whoever goes on drawing after the deployment begins a draft of the new version, and contests nobody.
    change(page, "approve_plan", name="审批方案")
    draft_saved(page)

    # The editor writes the file anew; what is different is the one name all the same.
    page.goto(f"{RECTIFICATION}/versions/2")
    expect(page.locator(".diagram-label.is-changed")).to_have_text("改动")
    expect(page.locator("#changes-head + .facts")).to_have_text("改动审批整改方案")
    page.goto(f"{RECTIFICATION}/versions/1")
    expect(page.locator(".designer-side .shell-link")).to_contain_text(["设计画布", "第 2 版 · 当前", "第 1 版"])
    expect(page.locator('[data-element-id="approve_plan"]')).to_contain_text(old)
    assert visited.complaints == []


def test_what_cannot_be_deployed_is_marked_on_its_shape_and_changes_nothing(
    entering: Entering, collecting: Town
) -> None:
    page = entering("designer1", RECTIFICATION).page
    drawn(page)
    task = service_task(page)
    change(page, task, camunda__topic="items.no_such_operation")
    page.locator("[data-act=deploy]").click()
    expect(page.locator(f'.djs-overlays[data-container-id="{task}"] .designer-mark.is-error')).to_be_visible()
    problem = page.locator("[data-problems] li").filter(has_text="items.no_such_operation")
    expect(problem).to_have_count(1)
    problem.locator("button").click()
    assert "selected" in (page.locator(f'[data-element-id="{task}"]').get_attribute("class") or "")
    assert [each.number for each in versions(collecting)] == [1]

    page.locator("[data-act=undo]").click()
    page.locator("[data-act=check]").click()
    expect(page.locator(".designer-mark.is-error")).to_have_count(0)


def test_a_drawing_of_the_version_before_is_neither_kept_nor_deployed_unasked(
    entering: Entering, collecting: Town
) -> None:
    first, second = (entering("designer1", RECTIFICATION).page for _ in range(2))
    for page in (first, second):
        drawn(page)
    change(first, "approve_plan", name="甲")
    first.locator("[data-act=deploy]").click()
    expect(first.locator(".designer-notice")).to_contain_text("已部署第 2 版")
    second.locator("[data-act=deploy]").click()
    expect(second.locator(".designer-notice")).to_contain_text("部署了第 2 版")
    assert [each.number for each in versions(collecting)] == [2, 1]

    change(second, "approve_plan", name="乙")
    second.clock.fast_forward(3500)
    second.get_by_role("button", name="用我的覆盖").click()
    draft_saved(second)
    second.locator("[data-act=deploy]").click()
    expect(second.locator(".designer-notice")).to_contain_text("已部署第 3 版")


def test_two_designers_at_one_drawing_are_told_of_each_other(entering: Entering, collecting: Town) -> None:
    first, second = (entering("designer1", RECTIFICATION).page for _ in range(2))
    for page in (first, second):
        drawn(page)
    change(first, "approve_plan", name="甲")
    draft_saved(first)
    change(second, "approve_plan", name="乙")
    second.clock.fast_forward(3500)
    notice = second.locator(".designer-notice")
    expect(notice).to_be_visible()
    notice.get_by_role("button").last.click()
    draft_saved(second)
    second.reload()
    drawn(second)
    assert name_of(second, "approve_plan") == "乙"
