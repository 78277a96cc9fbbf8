"""A task's form: what is filled in arrives exactly, once, and is never lost."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.assets_app import Recorded, Visit, Visiting, unreachable

pytestmark = pytest.mark.browser

TASK = "/act/tasks/12/complete"
DRAFT = "/act/tasks/12/draft"


def opened(visit: Visiting, path: str = "/p/task", **how: Any) -> Visit:
    visited = visit(path, **how)
    visited.page.locator(".fjs-powered-by").wait_for()
    return visited


def fill(page: Page, *, leader: str = "王强", until: str = "2026-11-20", plan: str = "更换三台燃煤锅炉。") -> None:
    page.get_by_label("责任人").fill(leader)
    page.get_by_label("完成日期").fill(until)
    page.get_by_label("完成日期").press("Tab")
    page.get_by_label("整改措施").fill(plan)


def submit(page: Page, name: str = "提交") -> None:
    page.locator(".task-actions").get_by_role("button", name=name, exact=True).click()


def payload(recorded: Recorded) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recorded.to(TASK, "POST")[-1]["form"]["payload"])
    return found


def test_what_is_filled_in_arrives_with_its_action_and_the_page_goes_on(visit: Visiting, recorded: Recorded) -> None:
    recorded.answers[TASK] = (200, {"redirect": "/p/inbox"})
    visited = opened(visit)
    fill(visited.page)
    submit(visited.page)
    expect(visited.page).to_have_title("待办 · 闭环")

    [sent] = recorded.to(TASK, "POST")
    assert sent["form"]["action"] == "submit"
    assert sent["headers"]["X-Csrf-Token"] == "token-of-the-page"
    assert len(sent["headers"]["Idempotency-Key"]) == 32
    assert payload(recorded) == {
        "leader": "王强",
        "until": "2026-11-20",
        "money": None,
        "level": None,
        "plan": "更换三台燃煤锅炉。",
        "steps": [{"title": "招标", "share": "0.30"}],
        "evidence": None,
    }
    assert visited.complaints == []


def sent_after(page: Page, recorded: Recorded, name: str) -> dict[str, Any]:
    """Press a button that the server refuses, so that the page stays, and return what was sent."""
    recorded.answers[TASK] = (422, {"detail": "未提交。", "fields": {}})
    with page.expect_response(f"**{TASK}"):
        submit(page, name)
    expect(page.locator("form[data-task-form]")).to_have_attribute("aria-busy", "false")
    return payload(recorded)


def test_numbers_arrive_exactly_as_typed(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    exact = {
        "0.1": "0.1",
        "4.50": "4.50",
        "-3": "-3",
        "１２．５": "12.5",
        "1,234.5": "1234.5",
        "1,234": "1234",
        "0.0000001": "0.0000001",
        "90071992547409931": "90071992547409931",
        "": None,
    }
    arrived = {}
    for typed in exact:
        page.get_by_label("投入（万元）").fill(typed)
        arrived[typed] = sent_after(page, recorded, "退回")["money"]

    assert arrived == exact


def test_a_comma_typed_between_thousands_never_becomes_a_decimal_point(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    page.get_by_label("投入（万元）").press_sequentially("1,234")
    assert sent_after(page, recorded, "退回")["money"] == "1234"


def test_expressions_of_the_form_see_numbers(visit: Visiting) -> None:
    page = opened(visit).page
    expect(page.get_by_label("投入超过 100 万元")).to_have_count(0)
    page.get_by_label("投入（万元）").press_sequentially("250")
    expect(page.get_by_label("投入超过 100 万元")).to_be_visible()


def test_a_number_stepped_by_its_arrows_is_sent_as_shown(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    page.get_by_label("占比").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("占比")).to_have_value("1")
    assert sent_after(page, recorded, "退回")["steps"] == [{"title": "招标", "share": "1"}]


def test_a_date_is_year_month_day_however_it_is_written(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    arrived = []
    for typed in ("2026-11-20", "2026/11/21", "20261122", "2026年11月23日", "2026.11.24"):
        page.get_by_label("完成日期").fill(typed)
        page.get_by_label("完成日期").press("Tab")
        arrived.append(sent_after(page, recorded, "退回")["until"])

    assert arrived == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]


def test_a_day_that_does_not_exist_is_no_date(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    fill(page, until="2026-02-30")
    submit(page)
    expect(page.locator(".problem-summary li")).to_have_text(["完成日期：必填"])
    assert recorded.to(TASK) == []


def test_what_is_missing_is_said_at_the_field_and_on_top(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    page.get_by_label("整改措施").fill("短")
    submit(page)

    summary = page.locator(".problem-summary")
    expect(summary).to_be_focused()
    expect(summary.locator("li")).to_have_text(["责任人：必填", "完成日期：必填", "整改措施：至少 5 个字"])
    expect(page.locator(".fjs-form-field-textarea .fjs-form-field-error")).to_have_text("至少 5 个字")
    summary.get_by_text("整改措施").click()
    expect(page.get_by_label("整改措施")).to_be_focused()
    assert recorded.to(TASK) == []


def test_one_click_sends_even_from_a_field_that_has_a_complaint_to_show(visit: Visiting, recorded: Recorded) -> None:
    recorded.answers[TASK] = (200, {"redirect": "/p/inbox"})
    page = opened(visit).page
    page.get_by_label("完成日期").focus()
    submit(page)
    expect(page.locator(".problem-summary li")).to_have_text(["责任人：必填", "完成日期：必填", "整改措施：必填"])
    page.get_by_label("责任人").fill("王强")
    page.get_by_label("整改措施").fill("更换三台燃煤锅炉。")
    page.get_by_label("完成日期").fill("2026-11-20")
    submit(page)
    expect(page).to_have_title("待办 · 闭环")
    assert payload(recorded)["until"] == "2026-11-20"


def test_returning_a_matter_needs_no_complete_form(visit: Visiting, recorded: Recorded) -> None:
    recorded.answers[TASK] = (200, {"redirect": "/p/inbox"})
    page = opened(visit).page
    submit(page, "退回")
    expect(page).to_have_title("待办 · 闭环")
    assert recorded.to(TASK, "POST")[0]["form"]["action"] == "return"


def test_files_travel_under_the_key_the_form_names(visit: Visiting, recorded: Recorded) -> None:
    recorded.answers[TASK] = (200, {"redirect": "/p/inbox"})
    page = opened(visit).page
    page.locator("input[type=file]").set_input_files(
        {"name": "方案.txt", "mimeType": "text/plain", "buffer": "正文".encode()}
    )
    expect(page.get_by_text("方案.txt")).to_be_visible()
    submit(page, "退回")
    expect(page).to_have_title("待办 · 闭环")

    [sent] = recorded.to(TASK, "POST")
    key = payload(recorded)["evidence"]
    assert key.startswith("files::")
    assert sent["files"] == {key: ("方案.txt", "正文".encode())}


def test_the_servers_complaints_stand_at_their_fields_and_the_rest_on_top(visit: Visiting, recorded: Recorded) -> None:
    fields = {"leader": "查无此人", "steps[0].share": "合计须为 1", "other": "附件超过 20 MB"}
    recorded.answers[TASK] = (422, {"detail": "未提交：有三处要改。", "fields": fields})
    page = opened(visit).page
    fill(page)
    submit(page)

    summary = page.locator(".problem-summary")
    expect(summary).to_be_focused()
    expect(summary.locator("b")).to_have_text("未提交：有三处要改。")
    expect(summary.locator("li")).to_have_text(["责任人：查无此人", "占比：合计须为 1", "附件超过 20 MB"])
    expect(page.locator(".fjs-form-field-error", has_text="合计须为 1")).to_be_visible()
    expect(page.get_by_label("责任人")).to_have_value("王强")


def test_a_refused_try_and_the_next_one_are_two_acts(visit: Visiting, recorded: Recorded) -> None:
    recorded.answers[TASK] = (422, {"detail": "未提交。", "fields": {}})
    page = opened(visit).page
    fill(page)
    submit(page)
    expect(page.locator(".problem-summary")).to_be_visible()
    recorded.answers[TASK] = (200, {"redirect": "/p/inbox"})
    submit(page)
    expect(page).to_have_title("待办 · 闭环")

    first, second = (one["headers"]["Idempotency-Key"] for one in recorded.to(TASK, "POST"))
    assert first != second


def test_a_lost_race_says_who_was_first_and_offers_to_reload(visit: Visiting, recorded: Recorded) -> None:
    detail = "这件事已由 李明 在 10:32 办结，您的填写已存为草稿。"
    recorded.answers[TASK] = (409, {"detail": detail, "winner": "liming"})
    page = opened(visit).page
    fill(page)
    submit(page)
    expect(page.locator(".problem-summary b")).to_have_text(detail)
    expect(page.get_by_role("link", name="重新打开这件事")).to_be_visible()


def test_a_submission_that_found_no_server_is_kept_and_sent_again_as_the_same_act(
    visit: Visiting, recorded: Recorded
) -> None:
    visited = opened(visit)
    page = visited.page
    keys: list[str] = []
    page.on("request", lambda one: one.url.endswith(TASK) and keys.append(one.headers["idempotency-key"]))
    fill(page)
    with unreachable(visited, "**/act/**"):
        submit(page)
        expect(page.locator(".problem-summary")).to_contain_text("您的填写保存在本机")
        expect(page.locator(".connection-notice")).to_have_text("连接已断开，您的填写保存在本机，恢复后自动再发")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/p/task")
    expect(page.locator(".kept-offer")).to_contain_text("上次提交没有送达")
    recorded.answers[TASK] = (200, {"redirect": "/p/inbox"})
    page.locator(".kept-offer").get_by_role("button", name="再发一次").click()
    expect(page).to_have_title("待办 · 闭环")

    assert payload(recorded)["plan"] == "更换三台燃煤锅炉。"
    assert len(keys) == 2 and keys[0] == keys[1]
    page.goto("/p/task")
    page.locator(".fjs-powered-by").wait_for()
    expect(page.locator(".kept-offer")).to_have_count(0)


def test_a_session_that_ran_out_costs_nothing(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    fill(page)
    recorded.answers[TASK] = (401, {})
    submit(page)
    expect(page.locator(".problem-summary b")).to_have_text("登录已过期，请重新登录。您的填写保存在本机。")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/p/task")
    recorded.answers[TASK] = (200, {"redirect": "/p/inbox"})
    page.locator(".kept-offer").get_by_role("button", name="再发一次").click()
    expect(page).to_have_title("待办 · 闭环")
    assert payload(recorded)["leader"] == "王强"


def test_a_form_that_cannot_be_drawn_says_so(visit: Visiting) -> None:
    visited = visit("/livez")
    visited.page.route(
        "**/p/task",
        lambda route: route.fulfill(
            body=route.fetch().text().replace('"textarea"', '"abacus"'), content_type="text/html"
        ),
    )
    visited.page.goto("/p/task")
    expect(visited.page.locator("[data-form]")).to_contain_text("这张表单打不开，请告诉管理员")


def test_what_one_person_left_behind_is_not_offered_to_another(visit: Visiting) -> None:
    visited = opened(visit)
    fill(visited.page)
    with unreachable(visited, "**/act/**"):
        submit(visited.page)
        expect(visited.page.locator(".problem-summary")).to_be_visible()
    visited.page.on("dialog", lambda dialog: dialog.accept())
    visited.page.route(
        "**/p/task",
        lambda route: route.fulfill(
            body=route.fetch().text().replace('content="li"', 'content="zhang"'), content_type="text/html"
        ),
    )
    visited.page.goto("/p/task")
    visited.page.locator(".fjs-powered-by").wait_for()
    expect(visited.page.locator(".kept-offer")).to_have_count(0)


def test_a_draft_follows_the_writing_and_says_when(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    page.get_by_label("责任人").fill("王强")
    expect(page.locator("[data-draft-state]")).to_have_text("有未保存的填写")
    page.clock.fast_forward(3000)
    expect(page.locator("[data-draft-state]")).to_have_text("草稿已保存 10:31")

    [saved] = recorded.to(DRAFT, "PUT")
    assert saved["json"]["data"]["leader"] == "王强"
    assert saved["json"]["data"]["steps"] == [{"title": "招标", "share": "0.30"}]


def test_opening_a_form_saves_nothing(visit: Visiting, recorded: Recorded) -> None:
    page = opened(visit).page
    page.clock.fast_forward(10_000)
    page.wait_for_timeout(100)
    assert recorded.to(DRAFT) == []


def test_a_task_to_read_has_no_buttons_and_shows_its_values(visit: Visiting) -> None:
    page = opened(visit, "/p/task?readonly").page
    assert page.locator("[data-form] button:visible").count() == 0
    expect(page.get_by_label("责任人")).to_have_value("王强")
    expect(page.get_by_label("完成日期")).to_have_value("2026-11-20")
    expect(page.get_by_label("责任人")).not_to_be_editable()


def test_the_form_speaks_the_language_of_the_page(visit: Visiting) -> None:
    page = opened(visit, "/p/task?lang=en").page
    submit(page)
    expect(page.locator(".problem-summary li").first).to_have_text("责任人: Field is required.")
    expect(page.get_by_role("button", name="Choose file")).to_be_visible()


def test_the_makers_mark_stays_in_sight(visit: Visiting) -> None:
    page = opened(visit, width=390, height=844).page
    mark = page.locator(".fjs-powered-by")
    mark.scroll_into_view_if_needed()
    expect(mark).to_be_visible()


# ---- many rows on a phone


RATING = "/act/tasks/14/complete"


def rating(visit: Visiting, width: int = 390) -> Page:
    return opened(visit, "/p/rating", width=width, height=844).page


def standing(page: Page) -> tuple[list[str], str]:
    """The rows that are in sight, and what is said of those left."""
    names = [field.input_value() for field in page.get_by_label("党员", exact=True).all() if field.is_visible()]
    return names, page.locator(".row-left").inner_text()


def test_on_a_phone_the_given_rows_of_a_list_come_one_at_a_time(visit: Visiting, recorded: Recorded) -> None:
    recorded.answers[RATING] = (200, {"redirect": "/p/inbox"})
    page = rating(visit)
    assert standing(page) == (["甲"], "第 1 行，共 4 行，还有 4 行没看")
    page.get_by_role("button", name="下一个").click()
    assert standing(page) == (["乙"], "第 2 行，共 4 行，还有 3 行没看")
    page.get_by_role("button", name="下一个").click()
    page.get_by_role("button", name="下一个").click()
    # The third has no mark yet: it stays among those left, however often it is passed.
    assert standing(page) == (["丁"], "第 4 行，共 4 行，还有 2 行没看")
    page.get_by_role("button", name="下一个").click()
    assert standing(page) == (["丙"], "第 3 行，共 4 行，还有 1 行没看")
    choice = page.get_by_label("选择一行")
    assert choice.locator("optgroup").evaluate_all("groups => groups.map((group) => group.label)") == [
        "还没看（1）",
        "看过了（3）",
    ]
    # A reload does not ask for what has been looked at.
    page.reload()
    page.locator(".fjs-powered-by").wait_for()
    assert standing(page) == (["丙"], "第 3 行，共 4 行，还有 1 行没看")
    page.locator("input[id*='r_mark']").nth(2).fill("23.5")
    page.get_by_role("button", name="上一行").click()
    assert standing(page) == (["乙"], "4 行都看过了，可以提交")
    submit(page)
    expect(page).to_have_title("待办 · 闭环")
    [sent] = recorded.to(RATING, "POST")
    marks = [row["mark"] for row in json.loads(sent["form"]["payload"])["ratings"]]
    assert marks == ["25", "24", "23.5", "22"]


def test_a_message_about_a_row_put_aside_leads_to_it(visit: Visiting, recorded: Recorded) -> None:
    page = rating(visit)
    submit(page)
    page.locator(".problem-summary a").first.click()
    assert standing(page)[0] == ["丙"]
    expect(page.locator("input[id*='r_mark']").nth(2)).to_be_focused()
    assert recorded.to(RATING, "POST") == []


def test_on_a_desk_all_rows_are_in_sight(visit: Visiting) -> None:
    page = rating(visit, width=1300)
    expect(page.locator(".row-steps")).to_be_hidden()
    assert all(field.is_visible() for field in page.get_by_label("党员", exact=True).all())
