"""Every page of the browser side: drawn under the strict policy, without complaint, readable for everybody."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.assets_app import Recorded, Visit, Visiting, unreachable

pytestmark = pytest.mark.browser

PAGES = ["inbox", "board", "charts", "letter", "task", "task?readonly", "sheet", "designer"]
READY = {
    "charts": "[data-chart] svg",
    "board": ".ring",
    "task": ".fjs-powered-by",
    "task?readonly": ".fjs-powered-by",
    "sheet": "[data-rank]",
    "designer": ".bjs-powered-by",
}


def complaints_of_axe(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes'][:3]]}" for one in found]


@pytest.mark.parametrize(("width", "dark"), [(1360, False), (1360, True), (390, False)], ids=["desk", "dark", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_without_complaint_and_is_accessible(
    visit: Visiting, name: str, width: int, dark: bool
) -> None:
    visited = visit(f"/p/{name}", width=width, dark=dark)
    visited.page.locator(READY.get(name, "main")).first.wait_for()

    assert complaints_of_axe(visited.page) == []
    assert visited.complaints == []
    assert visited.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_an_inline_script_is_refused_so_the_policy_is_really_there(visit: Visiting) -> None:
    visited = visit("/p/inbox")
    visited.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')")

    visited.page.wait_for_timeout(50)
    assert any("Content Security Policy" in complaint for complaint in visited.complaints)


def current(page: Page) -> str:
    return page.locator("[data-row][aria-current=true] .matter").inner_text()


def test_j_and_k_move_x_selects_e_acts_and_enter_opens(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/inbox").page
    recorded.answers["/act/claim"] = (200, "<tr><td>已领取</td></tr>")
    page.keyboard.press("j")
    assert current(page) == "提交整改方案：B07 县 · 万元 GDP 能耗"
    page.keyboard.press("j")
    assert current(page).startswith("签收预警提醒函")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("[data-selected-count]")).to_have_text("1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#m1$"))
    page.keyboard.press("e")
    expect(page.locator("td", has_text="已领取")).to_be_visible()
    [claimed] = recorded.to("/act/claim", "POST")
    assert claimed["headers"]["X-Csrf-Token"] == "token-of-the-page"
    assert re.fullmatch("[0-9a-f]{32}", claimed["headers"]["Idempotency-Key"])


def test_keys_do_nothing_while_somebody_types(visit: Visiting) -> None:
    page = visit("/p/inbox").page
    page.keyboard.press("/")
    page.keyboard.type("jx?e")

    expect(page.locator("[data-search]")).to_have_value("jx?e")
    assert page.locator("[data-row][aria-current=true], dialog[open]").count() == 0


def test_the_question_mark_shows_the_keys_and_ctrl_k_finds_the_search(visit: Visiting) -> None:
    page = visit("/p/inbox").page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.locator("[data-search]")).to_be_focused()


@pytest.mark.parametrize("status", [409, 422])
def test_a_refused_part_of_a_page_comes_back_into_its_place(visit: Visiting, recorded: Recorded, status: int) -> None:
    page = visit("/p/inbox").page
    recorded.answers["/act/remark"] = (status, "<b>这件事已由 李明 在 10:32 办结</b>")
    page.locator("#remark button").click()

    expect(page.locator("#remark-state")).to_have_text("这件事已由 李明 在 10:32 办结")


def test_a_failing_server_is_said_in_words(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/inbox").page
    recorded.answers["/act/remark"] = (500, {"detail": "没有办成：数据库正在备份。"})
    page.locator("#remark button").click()

    expect(page.get_by_role("alert")).to_have_text("没有办成：数据库正在备份。")


def test_one_act_keeps_its_key_until_it_is_answered(visit: Visiting, recorded: Recorded) -> None:
    visited = visit("/p/inbox")
    sent: list[str] = []
    visited.page.on("request", lambda one: "remark" in one.url and sent.append(one.headers["idempotency-key"]))
    recorded.answers["/act/remark"] = (200, "好")
    with unreachable(visited, "**/act/remark"):
        visited.page.locator("#remark button").click()
        expect(visited.page.locator(".connection-notice")).to_have_text("连接已断开，请检查网络")
    visited.page.locator("#remark button").click()
    expect(visited.page.locator("#remark-state")).to_have_text("好")
    expect(visited.page.locator(".connection-notice")).to_have_count(0)
    with visited.page.expect_response("**/act/remark"):
        visited.page.locator("#remark button").click()

    assert sent[0] == sent[1] != sent[2]


def test_the_theme_follows_the_system_until_somebody_chooses(visit: Visiting) -> None:
    page = visit("/p/inbox", dark=True).page
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.locator("[data-theme-toggle]").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")


def test_a_menu_closes_on_escape_and_on_a_click_elsewhere(visit: Visiting) -> None:
    page = visit("/p/inbox").page
    menu = page.locator(".shell-tools .menu")
    menu.locator("summary").click()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    menu.locator("summary").click()
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_a_phone_has_a_bar_of_four_and_no_side(visit: Visiting) -> None:
    page = visit("/p/inbox", width=390, height=844).page
    expect(page.locator(".shell-side")).to_be_hidden()
    expect(page.locator(".shell-bar > *")).to_have_count(4)
    expect(page.locator("thead").first).to_be_hidden()
    expect(page.locator("td[data-label=期限]").first).to_be_visible()


def test_the_printed_letter_has_no_chrome(visit: Visiting) -> None:
    page = visit("/p/letter").page
    page.emulate_media(media="print")
    for chrome in (".shell-top", ".shell-side", ".shell-foot", ".page-actions"):
        expect(page.locator(chrome).first).to_be_hidden()
    expect(page.locator(".paper")).to_be_visible()


def test_the_ring_leads_to_each_stage_and_says_counts_in_words(visit: Visiting) -> None:
    page = visit("/p/board").page
    stage = page.locator(".ring a").nth(4)
    expect(stage).to_have_attribute("aria-label", "问题整改，81 项，超期 7 件，其中 7 项停滞")
    stage.click()
    expect(page).to_have_url(re.compile("#s5$"))


def test_what_htmx_brings_into_the_page_is_drawn_too(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/board").page
    recorded.answers["/act/part"] = (200, '<div data-ring data-values="#ring" id="second"></div>')
    page.locator("[hx-get]").click()
    expect(page.locator("#second .ring a")).to_have_count(6)


def test_a_chart_has_a_name_leads_on_and_shows_a_tip_within_the_policy(visit: Visiting) -> None:
    visited = visit("/p/charts")
    chart = visited.page.locator("[data-chart]").first
    chart.locator("svg").wait_for()
    assert chart.get_attribute("role") == "img"
    value = chart.get_by_text("88.5 分").bounding_box()
    assert value
    on_the_bar = value["x"] - 20, value["y"] + value["height"] / 2
    visited.page.mouse.move(*on_the_bar)
    expect(chart.get_by_text("B02 县")).to_have_count(2)
    visited.page.mouse.click(*on_the_bar)
    expect(visited.page).to_have_url(re.compile("#B02$"))
    assert visited.complaints == []


def stroke(page: Page, element: str) -> str:
    shape = page.locator(f"[data-element-id={element}] .djs-visual > :nth-child(1)").first
    return str(shape.evaluate("node => getComputedStyle(node).stroke"))


def test_the_diagram_marks_what_happened_and_passes_over_what_it_does_not_have(visit: Visiting) -> None:
    visited = visit("/p/task")
    page = visited.page
    expect(page.locator(".diagram-label.is-active")).to_have_text("李明")
    expect(page.locator(".diagram-label.is-overdue")).to_have_text("超期 3 天")
    assert page.locator(".diagram-label").count() == 2
    assert stroke(page, "f1") == stroke(page, "start") == "rgb(47, 125, 79)"
    assert stroke(page, "f2") != "rgb(47, 125, 79)"
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    assert visited.complaints == []


def drawn_width(visited: Visit) -> float:
    box = visited.page.locator("[data-element-id=submit_plan]").bounding_box()
    assert box
    return box["width"]


def test_the_diagram_zooms_by_buttons_and_fits_again(visit: Visiting) -> None:
    visited = visit("/p/task")
    visited.page.locator(".diagram-label").first.wait_for()
    whole = drawn_width(visited)
    visited.page.get_by_role("button", name="放大").click()
    assert drawn_width(visited) > whole * 1.2
    visited.page.get_by_role("button", name="看全图").click()
    assert drawn_width(visited) == pytest.approx(whole, rel=0.02)


def test_the_zoom_buttons_leave_the_makers_mark_free(visit: Visiting) -> None:
    page = visit("/p/task", width=390, height=844).page
    page.locator(".bjs-powered-by").wait_for()
    mark, buttons = (page.locator(one).bounding_box() for one in (".bjs-powered-by", ".diagram-zoom"))
    assert mark and buttons
    above, beside = buttons["y"] + buttons["height"] < mark["y"], buttons["x"] + buttons["width"] < mark["x"]
    assert above or beside
