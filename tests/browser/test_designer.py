"""The designer: draws, checks, saves as a draft, deploys, and speaks the language of the office."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.assets_app import Recorded, Visit, Visiting

pytestmark = pytest.mark.browser

AT = "/act/designer/rectification"
REMEMBER = """addEventListener('bihuan:drawn', ({ detail }) => {
  window.drawn = detail;
  document.documentElement.dataset.drawn = '';
})"""


def opened(visit: Visiting, path: str = "/p/designer") -> Visit:
    visited = visit("/livez")
    visited.complaints.clear()
    visited.page.add_init_script(REMEMBER)
    visited.page.goto(path)
    visited.page.locator("html[data-drawn]").wait_for()
    return visited


def shape(page: Page, element: str) -> Locator:
    return page.locator(f'[data-element-id="{element}"] .djs-hit').first


def choose(page: Page, element: str) -> None:
    """Select a flow by its name: its middle may lie where nothing is drawn."""
    page.evaluate(
        """id => { const { modeler } = window.drawn; modeler.get('selection').select(modeler.get('elementRegistry').get(id)); }""",
        element,
    )


def rename(page: Page, element: str, name: str) -> None:
    page.evaluate(
        """([id, name]) => { const { modeler } = window.drawn;
        modeler.get('modeling').updateLabel(modeler.get('elementRegistry').get(id), name); }""",
        [element, name],
    )


def saved_xml(page: Page) -> str:
    return str(page.evaluate("window.drawn.modeler.saveXML().then(({ xml }) => xml)"))


def act(page: Page, name: str) -> None:
    page.locator(f"[data-act={name}]").click()


def test_what_is_drawn_wrong_is_listed_and_a_click_goes_to_the_shape(visit: Visiting) -> None:
    page = opened(visit).page
    problem = page.locator("[data-problems] li")
    expect(problem).to_have_text(["错误审批方案用户任务须指定办理人或候选组"])
    problem.locator("button").click()
    expect(page.locator('[data-element-id="approve_plan"]')).to_have_class(re.compile("selected"))
    expect(page.locator(".bio-properties-panel-header-label")).to_have_text("审批方案")


def test_naming_the_group_clears_the_problem_and_lands_in_the_drawing(visit: Visiting) -> None:
    page = opened(visit).page
    shape(page, "approve_plan").click()
    page.get_by_text("办理人", exact=True).click()
    groups = page.get_by_label("候选组")
    groups.fill("leader@unit")
    groups.press("Tab")
    expect(page.locator("[data-problems] h2")).to_have_text("没有发现问题")
    expect(page.locator("[data-properties]")).to_contain_text(
        "可用角色：clerk 经办人，leader 单位负责人，inspector 督查室"
    )
    assert 'name="审批方案" camunda:candidateGroups="leader@unit"' in saved_xml(page)


def test_a_task_in_a_named_lane_needs_no_group_of_its_own(visit: Visiting) -> None:
    page = opened(visit).page
    page.evaluate(
        """() => { const { modeler } = window.drawn; const task = modeler.get('elementRegistry').get('approve_plan').businessObject;
        const lane = modeler.get('moddle').create('bpmn:Lane', { id: 'l1', name: 'leader', flowNodeRef: [task] });
        task.$parent.laneSets = [modeler.get('moddle').create('bpmn:LaneSet', { id: 'ls', lanes: [lane] })];
        return modeler.get('linting').update(); }"""
    )
    expect(page.locator("[data-problems] h2")).to_have_text("没有发现问题")


def test_the_panel_offers_only_what_the_engine_executes(visit: Visiting) -> None:
    page = opened(visit).page
    groups: dict[str, list[str]] = {}
    for element in ("submit_plan", "tell", "f4"):
        choose(page, element)
        expect(page.locator(".bio-properties-panel-header-label")).to_have_text(NAMES[element])
        groups[element] = page.locator(".bio-properties-panel-group-header-title").all_inner_texts()

    assert groups == {
        "submit_plan": ["常规", "文档", "办理人", "表单", "输入参数", "输出参数", "扩展属性"],
        "tell": ["常规", "文档", "操作模板", "实现方式", "错误", "输入参数", "输出参数", "扩展属性"],
        "f4": ["常规", "文档", "条件", "扩展属性"],
    }


NAMES = {"submit_plan": "提交整改方案", "tell": "通知督查室", "f4": "退回"}


def test_the_condition_of_a_flow_is_one_expression(visit: Visiting) -> None:
    page = opened(visit).page
    choose(page, "f4")
    page.get_by_text("条件", exact=True).click()
    field = page.get_by_label("条件（FEEL）")
    expect(field).to_have_value('verdict = "returned"')
    field.fill("score < 60")
    field.press("Tab")
    assert re.search(r"<bpmn:conditionExpression[^>]*>score &lt; 60</bpmn:conditionExpression>", saved_xml(page))


def test_an_operation_is_chosen_from_the_catalogue_of_the_server(visit: Visiting) -> None:
    visited = opened(visit)
    page = visited.page
    shape(page, "tell").click()
    page.get_by_text("选择", exact=True).click()
    page.locator(".djs-popup").get_by_text("发送通知", exact=True).click()
    expect(page.locator("[data-properties]")).to_contain_text("收件角色")
    xml = saved_xml(page)
    assert 'camunda:modelerTemplate="notice.send"' in xml and 'camunda:topic="notice.send"' in xml
    assert '<camunda:inputParameter name="role">clerk</camunda:inputParameter>' in xml
    assert visited.complaints == []


def test_the_draft_follows_the_drawing_with_the_version_it_stands_on(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    recorded.answers[f"{AT}/draft"] = (200, {"version": "8", "saved_at": "2026-09-15T10:31:05+08:00"})
    expect(page.locator("[data-draft-state]")).to_have_text("草稿")
    for name in ("写整改方案", "交整改方案"):
        rename(page, "submit_plan", name)
        expect(page.locator("[data-draft-state]")).to_have_text("草稿，有未保存的改动")
        page.clock.fast_forward(3000)
        expect(page.locator("[data-draft-state]")).to_have_text("草稿，已保存 10:31")

    first, second = recorded.to(f"{AT}/draft", "PUT")
    assert first["headers"]["If-Match"] == "7" and second["headers"]["If-Match"] == "8"
    assert first["headers"]["Content-Type"] == "application/xml" and 'name="写整改方案"' in first["text"]


def test_looking_at_a_drawing_saves_nothing(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    page.clock.fast_forward(10_000)
    page.wait_for_timeout(100)
    assert recorded.to(f"{AT}/draft") == []


def test_a_draft_that_somebody_else_saved_is_not_overwritten_unasked(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    conflict = {"detail": "别人先存了", "by": "李明", "saved_at": "2026-09-15T10:30:00+08:00", "version": "9"}
    recorded.answers[f"{AT}/draft"] = (409, conflict)
    rename(page, "submit_plan", "写整改方案")
    page.clock.fast_forward(3000)
    notice = page.locator(".designer-notice")
    expect(notice).to_contain_text("李明 在 10:30 也存了这份草稿，您的改动没有存。")
    rename(page, "submit_plan", "再改")
    page.clock.fast_forward(6000)
    assert len(recorded.to(f"{AT}/draft", "PUT")) == 1

    recorded.answers[f"{AT}/draft"] = (200, {"version": "10", "saved_at": "2026-09-15T10:31:05+08:00"})
    notice.get_by_role("button", name="用我的覆盖").click()
    expect(page.locator("[data-draft-state]")).to_have_text("草稿，已保存 10:31")
    last = recorded.to(f"{AT}/draft", "PUT")[-1]
    assert last["headers"]["If-Match"] == "9" and 'name="再改"' in last["text"]


PROBLEMS: list[dict[str, Any]] = [
    {"element": "tell", "severity": "error", "code": "operation_unknown", "message": "没有名为 notice.sent 的操作"},
    {"element": "ok", "severity": "warning", "code": "name_unknown", "message": "没有谁给出 verdict"},
    {"element": "", "severity": "error", "code": "release", "message": "没有名为 plan 的表单"},
]


@pytest.mark.parametrize(("name", "status"), [("check", 200), ("deploy", 422)])
def test_the_servers_problems_are_listed_and_marked_on_the_shapes(
    visit: Visiting, recorded: Recorded, name: str, status: int
) -> None:
    page = opened(visit).page
    recorded.answers[f"{AT}/{name}"] = (status, {"detail": "没有部署：有 2 个错误。", "problems": PROBLEMS})
    act(page, name)
    expect(page.locator("[data-problems] li b")).to_have_text(["通知督查室", "同意吗", "整张图", "审批方案"])
    expect(page.locator("[data-problems] h2")).to_have_text("3 个错误，1 个提醒")
    expect(page.locator(".designer-mark.is-error")).to_have_attribute("title", "没有名为 notice.sent 的操作")
    expect(page.locator(".designer-mark.is-warning")).to_have_count(1)
    assert "<bpmn:process" in recorded.to(f"{AT}/{name}", "POST")[0]["text"]
    rename(page, "tell", "通知")
    expect(page.locator("[data-problems] small")).to_have_text("图已改动，请再检查")


def test_a_deployment_says_its_version_and_where_it_is(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    recorded.answers[f"{AT}/deploy"] = (201, {"version": 4, "url": "/p/inbox#4", "problems": []})
    act(page, "deploy")
    expect(page.locator(".designer-notice")).to_contain_text("已部署第 4 版")
    page.get_by_role("button", name="查看这一版").click()
    expect(page).to_have_url(re.compile("/p/inbox#4$"))


def test_what_the_check_doubts_is_deployed_by_a_second_click_only(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    recorded.answers[f"{AT}/check"] = (200, {"problems": [PROBLEMS[1]]})
    recorded.answers[f"{AT}/deploy"] = (201, {"version": 4, "url": "/p/inbox#4", "problems": []})
    act(page, "deploy")
    expect(page.locator(".designer-notice")).to_contain_text("检查有 1 个提醒，尚未部署")
    expect(page.locator("[data-problems] li b")).to_contain_text(["同意吗"])
    assert recorded.to(f"{AT}/deploy", "POST") == []
    page.get_by_role("button", name="仍要部署").click()
    expect(page.locator(".designer-notice")).to_contain_text("已部署第 4 版")


def test_undo_and_redo_are_offered_when_there_is_something_to(visit: Visiting) -> None:
    page = opened(visit).page
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    rename(page, "tell", "通知")
    act(page, "undo")
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    expect(page.locator("[data-act=redo]")).to_be_enabled()
    assert 'name="通知督查室"' in saved_xml(page)


def test_the_drawing_is_taken_away_as_a_picture_and_as_a_file(visit: Visiting) -> None:
    page = opened(visit).page
    for name, file, content in (
        ("svg", "rectification.svg", "<svg"),
        ("xml", "rectification.bpmn", "bpmn:definitions"),
    ):
        with page.expect_download() as download:
            act(page, name)
        assert download.value.suggested_filename == file
        assert content in download.value.path().read_text("utf-8")


def test_a_file_that_cannot_be_read_does_not_cost_the_drawing(visit: Visiting) -> None:
    page = opened(visit).page
    rename(page, "tell", "通知")
    with page.expect_file_chooser() as chooser:
        act(page, "open")
    chooser.value.set_files({"name": "x.bpmn", "mimeType": "text/xml", "buffer": b"<nothing"})
    expect(page.locator(".designer-notice")).to_contain_text("读不出来")
    assert 'name="通知"' in saved_xml(page)


def test_what_the_panel_does_not_show_survives(visit: Visiting) -> None:
    page = opened(visit).page
    rename(page, "tell", "通知")
    assert 'camunda:historyTimeToLive="P3650D"' in saved_xml(page)


def test_the_simulation_runs_in_chinese_and_is_left_again(visit: Visiting) -> None:
    visited = opened(visit)
    page = visited.page
    act(page, "simulate")
    expect(page.locator("[data-act=simulate]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".bts-palette [title]").first).to_be_visible()
    page.locator('.djs-overlays[data-container-id="start"] .bts-context-pad').click()
    page.wait_for_timeout(300)
    # Instances have made-up names of letters; everything else is words.
    written = page.locator("[class*='bts-']:visible:not(.bts-scope)").evaluate_all(
        """nodes => nodes.map(node => [node.getAttribute('title') ?? '', ...[...node.childNodes].filter(({ nodeType }) => nodeType === 3)
        .map(({ data }) => data)].join(' ')).join(' ')"""
    )
    assert "在此停住" in written
    assert re.findall(r"[A-Za-z]{3,}[A-Za-z ]*", re.sub("只看实例 [a-z0-9]+", "", written)) == []
    act(page, "simulate")
    expect(page.locator("[data-act=simulate]")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".djs-palette")).to_be_visible()
    assert visited.complaints == []


def open_all_groups(page: Page) -> None:
    page.locator(".bio-properties-panel-group-header:not(.open)").evaluate_all(
        "nodes => nodes.forEach(node => node.click())"
    )
    page.wait_for_timeout(50)


def test_a_walk_through_everything_meets_no_untranslated_text(visit: Visiting) -> None:
    visited = opened(visit)
    page = visited.page
    for element in ("start", "submit_plan", "ok", "tell", "end", "f4"):
        choose(page, element)
        open_all_groups(page)
        if page.locator(".djs-context-pad .entry[data-action=replace]").count():
            page.locator(".djs-context-pad .entry[data-action=replace]").click()
            page.keyboard.press("Escape")
    for kind in KINDS:
        page.evaluate(CHANGE, kind)
        open_all_groups(page)
    for entry in ("create", "search"):
        page.locator(".djs-palette .entry").last.click() if entry == "create" else page.keyboard.press("Control+f")
        page.keyboard.press("Escape")
    page.locator(".djs-minimap .toggle").click()

    assert page.evaluate("[...window.drawn.missing]") == []
    assert visited.complaints == []


KINDS = [
    {"type": "bpmn:ServiceTask"},
    {"type": "bpmn:BusinessRuleTask"},
    {"type": "bpmn:ScriptTask"},
    {"type": "bpmn:SendTask"},
    {"type": "bpmn:ReceiveTask"},
    {"type": "bpmn:CallActivity"},
    {"type": "bpmn:SubProcess", "isExpanded": True},
    {"type": "bpmn:UserTask"},
    {"type": "bpmn:IntermediateCatchEvent", "eventDefinitionType": "bpmn:TimerEventDefinition"},
    {"type": "bpmn:IntermediateCatchEvent", "eventDefinitionType": "bpmn:MessageEventDefinition"},
    {"type": "bpmn:IntermediateThrowEvent", "eventDefinitionType": "bpmn:SignalEventDefinition"},
    {"type": "bpmn:IntermediateThrowEvent", "eventDefinitionType": "bpmn:EscalationEventDefinition"},
    {"type": "bpmn:IntermediateCatchEvent", "eventDefinitionType": "bpmn:LinkEventDefinition"},
    {"type": "bpmn:IntermediateCatchEvent", "eventDefinitionType": "bpmn:ConditionalEventDefinition"},
    {"type": "bpmn:EndEvent", "eventDefinitionType": "bpmn:ErrorEventDefinition"},
    {"type": "bpmn:EndEvent", "eventDefinitionType": "bpmn:TerminateEventDefinition"},
    {"type": "bpmn:Participant"},
    {"type": "bpmn:TextAnnotation"},
]
CHANGE = """(kind) => { const { modeler } = window.drawn;
  const root = modeler.get('canvas').getRootElement();
  const shape = modeler.get('elementFactory').createShape(kind);
  modeler.get('modeling').createShape(shape, { x: 500, y: 420 }, root);
  modeler.get('selection').select(shape);
  return modeler.get('linting').update(); }"""


def test_a_phone_gets_the_drawing_and_a_sentence(visit: Visiting) -> None:
    visited = visit("/p/designer", width=390, height=844)
    expect(visited.page.locator(".said")).to_have_text("流程设计请在电脑上进行；手机上可以看图。")
    expect(visited.page.locator('[data-element-id="tell"]')).to_be_visible()
    assert visited.page.locator(".djs-palette").count() == 0


def test_the_makers_mark_is_free_of_everything(visit: Visiting) -> None:
    page = opened(visit).page
    on_top = page.locator(".bjs-powered-by").evaluate(
        """mark => { const { x, y, width, height } = mark.getBoundingClientRect();
        return mark.contains(document.elementFromPoint(x + width / 2, y + height / 2)); }"""
    )
    assert on_top
