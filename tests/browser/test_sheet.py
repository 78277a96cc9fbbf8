"""The score sheet: typing, pasting, hints, saving cell by cell."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.assets_app import Recorded, Visiting, unreachable

pytestmark = pytest.mark.browser

SHEET = "/act/rounds/april/sheets/D01"


def cell(page: Page, name: str) -> Locator:
    return page.locator(f'input[data-cell="{name}"]')


def shown(page: Page, kind: str, name: str) -> str:
    return page.locator(f'[data-{kind}="{name}"]').inner_text()


def paste(page: Page, start: str, text: str) -> None:
    cell(page, start).focus()
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_arrows_enter_and_tab_move_and_step_over_what_takes_nothing(visit: Visiting) -> None:
    page = visit("/p/sheet").page
    walk = [
        ("ArrowDown", "B02/D01-1/actual"),
        ("Enter", "B03/D01-1/actual"),
        ("Tab", "B03/D01-2/actual"),
        ("ArrowDown", "B05/D01-2/actual"),
        ("ArrowUp", "B03/D01-2/actual"),
        ("Shift+Tab", "B03/D01-1/actual"),
        ("Shift+Enter", "B02/D01-1/actual"),
        ("ArrowRight", "B02/D01-2/actual"),
    ]
    cell(page, "B01/D01-1/actual").focus()
    for key, reached in walk:
        page.keyboard.press(key)
        expect(cell(page, reached)).to_be_focused()


def test_lag_and_rank_are_hinted_with_ties_and_the_missing_left_out(visit: Visiting) -> None:
    page = visit("/p/sheet").page
    units = ("B01", "B02", "B03", "B04", "B05")
    # Targets 10, a quarter of the year gone: 2.5 is on schedule; 2 and 2.0 are five points behind, together second.
    assert [shown(page, "lag", f"{unit}/D01-1") for unit in units] == ["0.0", "−5.0", "−5.0", "无数据", "无数据"]
    assert [shown(page, "rank", f"{unit}/D01-1") for unit in units] == ["1 / 3", "2 / 3", "2 / 3", "", ""]
    # A level to be kept low, target 0.5: 0.45 gives 2 - 0.9 = 1.1, 0.60 gives 2 - 1.2 = 0.8, against 1.
    assert [shown(page, "lag", f"{unit}/D01-2") for unit in ("B01", "B02", "B03")] == ["+10.0", "无数据", "−20.0"]
    assert [shown(page, "rank", f"{unit}/D01-2") for unit in ("B01", "B03")] == ["1 / 2", "2 / 2"]


def test_the_hint_follows_the_typing(visit: Visiting) -> None:
    page = visit("/p/sheet").page
    cell(page, "B04/D01-1/actual").fill("3")
    assert shown(page, "lag", "B04/D01-1") == "+5.0"
    assert [shown(page, "rank", f"{unit}/D01-1") for unit in ("B01", "B02", "B04")] == ["2 / 4", "3 / 4", "1 / 4"]


def test_full_width_digits_and_thousands_become_plain_numbers(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/sheet").page
    recorded.answers[SHEET] = (200, {"saved": {"B04/D01-1/actual": 2}, "saved_at": "2026-04-20T10:31:00+08:00"})
    cell(page, "B04/D01-1/actual").fill("１，２３４．５")
    page.keyboard.press("Enter")
    expect(cell(page, "B04/D01-1/actual")).to_have_value("1234.5")
    page.clock.fast_forward(2000)
    expect(page.locator("[data-draft-state]")).to_have_text("已保存 10:31")

    assert recorded.to(SHEET, "PUT")[0]["json"] == {"cells": {"B04/D01-1/actual": {"value": "1234.5", "version": 1}}}


def test_what_is_no_number_is_said_at_the_cell_and_not_sent(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/sheet").page
    for typed, said in (("约3", "不是数字"), ("1.234", "最多 2 位小数"), ("1e3", "不是数字"), ("12,34", "不是数字")):
        cell(page, "B04/D01-1/actual").fill(typed)
        expect(page.locator(".sheet-note")).to_have_text(said)
        expect(cell(page, "B04/D01-1/actual")).to_have_attribute("aria-invalid", "true")
    page.clock.fast_forward(5000)
    page.wait_for_timeout(100)
    assert recorded.to(SHEET) == []


def test_a_pasted_block_is_previewed_fills_and_is_undone(visit: Visiting) -> None:
    page = visit("/p/sheet").page
    paste(page, "B02/D01-1/actual", "3\t0.5\r\n4\t约0.6\r\n5\t0.7\r\n6\t0.8\r\n7\t0.9\r\n")
    dialog = page.get_by_role("dialog")
    # Rows B02 to B05: the field of B03 is no number, B04 is not assessed on the second indicator, a fifth row is outside.
    expect(dialog.locator("h2")).to_have_text("粘贴将填入 6 格")
    expect(dialog.locator("li")).to_have_text(["B03 · D01-2：“约0.6”不是数字", "B04 · D01-2：“0.7”不考核"])
    expect(dialog).to_contain_text("有 2 个值超出表格，不填。")
    assert page.locator(".is-filling").count() == 6 and page.locator(".is-refused").count() == 2
    dialog.get_by_role("button", name="填入 6 格").click()
    expect(cell(page, "B05/D01-1/actual")).to_have_value("6")
    expect(cell(page, "B03/D01-2/actual")).to_have_value("0.60")
    page.keyboard.press("Control+z")
    expect(cell(page, "B05/D01-1/actual")).to_have_value("")
    expect(cell(page, "B02/D01-1/actual")).to_have_value("2")


def test_a_paste_that_is_called_off_changes_nothing(visit: Visiting) -> None:
    page = visit("/p/sheet").page
    paste(page, "B02/D01-1/actual", "8\n9\n")
    page.get_by_role("button", name="取消").click()
    expect(cell(page, "B02/D01-1/actual")).to_have_value("2")
    expect(cell(page, "B02/D01-1/actual")).to_be_focused()
    assert page.locator(".is-filling").count() == 0


def test_changed_cells_are_sent_together_and_each_shows_its_own_answer(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/sheet").page
    recorded.answers[SHEET] = (
        422,
        {
            "saved": {"B04/D01-1/actual": 2},
            "errors": {"B05/D01-1/actual": "超过去年同期 10 倍，请核对"},
            "conflicts": {"B01/D01-1/actual": {"value": "2.7", "version": 5, "by": "陈静"}},
        },
    )
    for unit, value in (("B04", "3"), ("B05", "99"), ("B01", "2.6")):
        cell(page, f"{unit}/D01-1/actual").fill(value)
    page.clock.fast_forward(2000)
    expect(cell(page, "B04/D01-1/actual")).to_have_attribute("data-state", "saved")
    expect(cell(page, "B05/D01-1/actual")).to_have_attribute("data-state", "wrong")
    [sent] = recorded.to(SHEET, "PUT")
    assert sent["json"]["cells"].keys() == {"B04/D01-1/actual", "B05/D01-1/actual", "B01/D01-1/actual"}
    assert sent["headers"]["X-Csrf-Token"] == "token-of-the-page"
    cell(page, "B01/D01-1/actual").hover()
    expect(page.locator(".sheet-note:visible")).to_contain_text("陈静 刚填了 2.7")
    page.get_by_role("button", name="用对方的").click()
    expect(cell(page, "B01/D01-1/actual")).to_have_value("2.7")


def test_keeping_ones_own_value_sends_it_with_the_others_version(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/sheet").page
    name = "B01/D01-1/actual"
    recorded.answers[SHEET] = (409, {"conflicts": {name: {"value": "2.7", "version": 5, "by": "陈静"}}})
    cell(page, name).fill("2.6")
    page.clock.fast_forward(2000)
    expect(cell(page, name)).to_have_attribute("data-state", "conflict")
    recorded.answers[SHEET] = (200, {"saved": {name: 6}})
    cell(page, name).hover()
    page.get_by_role("button", name="用我的").click()
    page.clock.fast_forward(2000)
    expect(cell(page, name)).to_have_attribute("data-state", "saved")

    assert recorded.to(SHEET, "PUT")[-1]["json"] == {"cells": {name: {"value": "2.6", "version": 5}}}


def test_what_could_not_be_sent_comes_back_with_the_page_and_with_its_old_version(
    visit: Visiting, recorded: Recorded
) -> None:
    visited = visit("/p/sheet")
    page = visited.page
    name = "B04/D01-1/actual"
    with unreachable(visited, "**/act/**"):
        cell(page, name).fill("3")
        page.clock.fast_forward(2000)
        expect(page.locator(".connection-notice")).to_be_visible(timeout=4000)
    page.on("dialog", lambda dialog: dialog.accept())
    recorded.answers[SHEET] = (200, {"saved": {name: 2}})
    page.goto("/p/sheet")
    expect(cell(page, name)).to_have_value("3")
    page.clock.fast_forward(2000)
    expect(cell(page, name)).to_have_attribute("data-state", "saved")
    assert recorded.to(SHEET, "PUT")[-1]["json"] == {"cells": {name: {"value": "3", "version": 1}}}


def test_the_line_comes_back_and_the_sheet_sends_by_itself(visit: Visiting, recorded: Recorded) -> None:
    visited = visit("/p/sheet")
    recorded.answers[SHEET] = (200, {"saved": {"B04/D01-1/actual": 2}})
    with unreachable(visited, "**/act/**"):
        cell(visited.page, "B04/D01-1/actual").fill("3")
        visited.page.clock.fast_forward(2000)
        expect(visited.page.locator(".connection-notice")).to_be_visible(timeout=4000)
    visited.page.clock.fast_forward(5000)
    expect(visited.page.locator(".connection-notice")).to_have_count(0)
    expect(cell(visited.page, "B04/D01-1/actual")).to_have_attribute("data-state", "saved")


def test_handing_in_saves_first_and_stops_at_a_wrong_cell(visit: Visiting, recorded: Recorded) -> None:
    page = visit("/p/sheet").page
    hand_in = page.get_by_role("button", name="提交单位负责人审签")
    cell(page, "B04/D01-1/actual").fill("约3")
    hand_in.click()
    expect(page.get_by_role("alert")).to_have_text("没有提交：还有 1 格没有存上。")
    expect(cell(page, "B04/D01-1/actual")).to_be_focused()
    assert recorded.to("/act/sheets/D01/hand-in") == []

    recorded.answers[SHEET] = (200, {"saved": {"B04/D01-1/actual": 2}})
    recorded.answers["/act/sheets/D01/hand-in"] = (200, "已提交")
    cell(page, "B04/D01-1/actual").fill("3")
    hand_in.click()
    expect(page.get_by_text("已提交")).to_be_visible()
    assert [one["path"] for one in recorded.requests] == [SHEET, "/act/sheets/D01/hand-in"]


def test_leaving_with_unsaved_cells_asks(visit: Visiting) -> None:
    page = visit("/p/sheet").page
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    cell(page, "B04/D01-1/actual").fill("约")
    page.goto("/p/inbox")
    assert asked == ["beforeunload"]


def test_what_is_typed_before_the_sheet_is_ready_is_kept_and_nothing_is_handed_in_until_then(
    visit: Visiting, recorded: Recorded
) -> None:
    page = visit("/p/inbox").page
    held: list[Route] = []
    page.route(re.compile(r"/static/dist/assets/sheet.*\.js$"), lambda route: held.append(route))
    page.goto("/p/sheet", wait_until="commit")
    hand_in = page.locator("[data-sheet-submit] button")
    cell(page, "B04/D01-1/actual").fill("3")
    expect(hand_in).to_be_disabled()
    recorded.answers[SHEET] = (200, {"saved": {"B04/D01-1/actual": 2}, "saved_at": "2026-04-20T10:31:00+08:00"})
    for route in held:
        route.continue_()
    expect(hand_in).to_be_enabled()
    page.clock.fast_forward(2000)
    expect(page.locator("[data-draft-state]")).to_have_text("已保存 10:31")
    assert recorded.to(SHEET, "PUT")[0]["json"] == {"cells": {"B04/D01-1/actual": {"value": "3", "version": 1}}}
