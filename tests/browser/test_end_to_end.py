"""A person signs in to the demo, finds a task, does it, and the loop board moves: by mouse, by keys alone, by thumb.

The small city has one broken loop on 15 September, planted in ``tests/processes/small/demo/events.csv``: the follow-up
review of A02 on E15 was left out. The matter of A03 on J01 has rebounded once, is past its date and waits to be closed out again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo_city import SignedIn, played_demo, served_demo, sign_in

__all__ = ["played_demo", "served_demo", "sign_in"]

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@dataclass(frozen=True, slots=True)
class Hand:
    """A way of working: how something on the page is pressed, chosen and written."""

    press: Callable[[Page, Locator], None]
    choose: Callable[[Page, Locator], None]
    write: Callable[[Page, Locator, str], None]


def _tab_to(page: Page, wanted: Locator) -> None:
    """Only the tabulator moves; what cannot be reached so cannot be used without a mouse."""
    for _ in range(300):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no key leads to {wanted}")


def _press_key(page: Page, wanted: Locator) -> None:
    _tab_to(page, wanted)
    page.keyboard.press("Enter")


def _choose_by_key(page: Page, wanted: Locator) -> None:
    _tab_to(page, wanted)
    page.keyboard.press("Space")


def _write_by_key(page: Page, wanted: Locator, text: str) -> None:
    _tab_to(page, wanted)
    page.keyboard.type(text)


MOUSE = Hand(lambda _, it: it.click(), lambda _, it: it.check(), lambda _, it, text: it.fill(text))
KEYS = Hand(_press_key, _choose_by_key, _write_by_key)
THUMB = Hand(lambda _, it: it.tap(), lambda _, it: it.tap(), lambda _, it, text: it.fill(text))
WAYS: dict[str, tuple[Hand, dict[str, Any]]] = {"mouse": (MOUSE, {}), "keys": (KEYS, {}), "phone": (THUMB, PHONE)}


def _stages(page: Page) -> dict[str, tuple[int, int]]:
    """Stage of the board -> pairs at hand, pairs late or missing."""
    rows = page.locator(".stage-table tbody tr").all()
    return {str(row.get_attribute("id")).removeprefix("stage-"): (_count(row, 0), _count(row, 1)) for row in rows}


def _count(row: Locator, column: int) -> int:
    return int(row.locator("td").nth(column).inner_text())


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("way", WAYS)
def test_a_close_out_moves_the_pair_from_rectification_to_the_follow_up_review(sign_in: SignedIn, way: str) -> None:
    hand, looks = WAYS[way]
    visit = sign_in(None, **looks)
    page = visit.page
    hand.press(page, page.locator('form:has(input[value="lead1"]) button'))
    expect(page.locator("h1")).to_have_text("待办")
    assert _fits(page)

    board = page.locator("nav:visible a", has_text="闭环看板")
    hand.press(page, board)
    expect(page.locator("h1")).to_have_text("闭环看板")
    before = _stages(page)
    hand.press(page, page.locator("nav:visible a", has_text="待办"))

    task = page.locator("[data-row] .matter", has_text="销号：A03区 · 党员教育培训覆盖率")
    hand.press(page, task)
    expect(page.locator("h1")).to_have_text("销号：A03区 · 党员教育培训覆盖率")
    hand.choose(page, page.get_by_label("同意销号"))
    assert _fits(page)
    hand.press(page, page.get_by_role("button", name="提交"))
    expect(page.locator(".said")).to_contain_text("已于")
    expect(page.locator(".said")).to_contain_text("这件事项已办结")

    hand.press(page, board)
    expect(page.locator("h1")).to_have_text("闭环看板")
    after = _stages(page)
    moved = {stage: (after[stage][0] - at_hand, after[stage][1] - late) for stage, (at_hand, late) in before.items()}
    assert moved == dict.fromkeys(before, (0, 0)) | {"rectification": (-1, -1), "follow_up_review": (1, 0)}
    assert visit.complaints == []


@pytest.mark.parametrize("way", WAYS)
def test_the_review_that_was_left_out_closes_the_only_broken_loop(sign_in: SignedIn, way: str) -> None:
    hand, looks = WAYS[way]
    visit = sign_in("inspector1", **looks)
    page = visit.page
    page.goto("/loop")
    broken = page.locator("#broken")
    expect(broken.locator("li")).to_have_count(1)
    expect(broken.locator("li")).to_contain_text(re.compile(r"A02区 · E15 .*\s+缺回头看督考"))
    at_hand, late = _stages(page)["follow_up_review"]

    page.goto("/")
    hand.press(page, page.locator("[data-row] .matter", has_text="书面核查：A02区 · 招商引资到位资金"))
    hand.choose(page, page.get_by_label("整改成果稳固"))
    hand.write(page, page.get_by_label("核查情况"), "对照八月数据，成果稳固。")
    hand.press(page, page.get_by_role("button", name="提交"))
    expect(page.locator(".said")).to_contain_text("已于")

    page.goto("/loop")
    expect(broken).to_contain_text("应有记录的环节都有记录。")
    assert _stages(page)["follow_up_review"] == (at_hand - 1, late - 1)
    assert visit.complaints == []


@pytest.mark.parametrize("sheet", ["", "/together"], ids=["alone", "together"])
def test_a_task_can_be_handed_in_only_once_its_page_has_been_drawn(sign_in: SignedIn, sheet: str) -> None:
    page = sign_in("lead1").page
    task = page.locator("[data-row] a.matter[href*='/tasks/']").first.get_attribute("href")
    assert task
    page.route(re.compile(r"/static/dist/assets/(?!early).*\.js$"), lambda route: route.abort())
    page.goto(re.sub("/together$", "", task) + sheet)
    hand_in = page.locator(".task-actions button.btn-primary")
    expect(hand_in).to_be_disabled()
    page.unroute_all()
    page.reload()
    expect(hand_in).to_be_enabled()


def test_an_empty_answer_is_refused_at_its_place_and_nothing_moves(sign_in: SignedIn) -> None:
    page = sign_in("inspector1").page
    page.locator("[data-row] .matter", has_text="书面核查").click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".problem-summary")).to_contain_text("核查结论")
    page.goto("/loop")
    expect(page.locator("#broken li")).to_have_count(1)
