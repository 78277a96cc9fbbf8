"""A responsible unit enters a round: typed, pasted, by workbook; kept as it is typed; handed in."""

import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Locator, Page, expect

from engine.assessment import indicators
from engine.reports import sheets
from tests.assessment.town import Town
from tests.browser.served import Entering

pytestmark = pytest.mark.browser

SHEET = "/rounds/april/sheets/D01"
UNITS = ("A01", "A02", "A03", "A04", "A05", "A06")


def cell(page: Page, unit: str, field: str = "E13/reported") -> Locator:
    return page.locator(f'[data-cell="{unit}/{field}"]')


def hint(page: Page, kind: str, unit: str) -> str:
    return page.locator(f'[data-{kind}="{unit}/E13"]').inner_text()


def kept(town: Town, field: str = "E13") -> list[str]:
    """What the database holds as reported, unit by unit."""
    with town.by("d01_clerk", reading=True) as ctx:
        found = sheets.sheet(ctx, town.cycle(ctx), town.round(ctx), "D01")
        block = found.block(field)
        assert block is not None
        return [str(block.places[unit].reported) for unit in UNITS]


def saved(page: Page, place: Locator) -> None:
    page.clock.fast_forward(2500)
    expect(place).to_have_attribute("data-state", "saved")


def paste(page: Page, unit: str, text: str) -> None:
    cell(page, unit).focus()
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_what_is_typed_is_hinted_kept_and_there_again_on_the_next_visit(entering: Entering, collecting: Town) -> None:
    visited = entering("d01_clerk", SHEET)
    page = visited.page
    cell(page, "A01").fill("60")
    cell(page, "A02").fill("４６")
    page.keyboard.press("Enter")
    # The targets are 200 and a quarter of the year is gone: 60 is 30 %, five points ahead; 46 is 23 %, two behind.
    assert [hint(page, "lag", unit) for unit in ("A01", "A02")] == ["+5.0", "−2.0"]
    assert [hint(page, "rank", unit) for unit in ("A01", "A02")] == ["1 / 2", "2 / 2"]
    saved(page, cell(page, "A02"))
    expect(page.locator("[data-draft-state]").first).to_have_text(re.compile(r"^已保存 \d\d:\d\d$"))
    assert kept(collecting) == ["60", "46", "", "", "", ""]
    page.reload()
    assert [cell(page, unit).input_value() for unit in ("A01", "A02", "A03")] == ["60", "46", ""]
    assert visited.complaints == []


def test_where_the_superiors_figure_counts_the_hint_follows_that_one(entering: Entering, collecting: Town) -> None:
    with collecting.by() as ctx:
        indicators.find(ctx, collecting.cycle(ctx), "E13").counting = indicators.Counting.SUPERIOR
    page = entering("d01_clerk", SHEET).page
    for unit, ours in (("A01", "60"), ("A02", "80"), ("A03", "90")):
        cell(page, unit).fill(ours)
    # Our own figures alone count for nothing.
    assert [hint(page, "lag", unit) for unit in ("A01", "A02", "A03")] == ["无数据"] * 3
    cell(page, "A01", "E13/superior").fill("60")
    cell(page, "A02", "E13/superior").fill("46")
    told = ["+5.0", "−2.0", "无数据"]
    assert [hint(page, "lag", unit) for unit in ("A01", "A02", "A03")] == told
    assert [hint(page, "rank", unit) for unit in ("A01", "A02", "A03")] == ["1 / 2", "2 / 2", ""]
    # What was checked of ours does not count either.
    cell(page, "A02", "E13/verified").fill("100")
    assert hint(page, "lag", "A02") == "−2.0"
    saved(page, cell(page, "A02", "E13/superior"))
    with collecting.by("d01_clerk", reading=True) as ctx:
        block = sheets.sheet(ctx, collecting.cycle(ctx), collecting.round(ctx), "D01").block("E13")
        assert block is not None
        assert [(each.rank, each.lead_points, each.why) for each in map(block.places.__getitem__, UNITS[:3])] == [
            (1, 5, None),
            (2, -2, None),
            (None, None, "missing"),
        ]


def test_a_column_pasted_from_a_spreadsheet_is_looked_at_filled_and_kept(entering: Entering, collecting: Town) -> None:
    page = entering("d01_clerk", SHEET).page
    paste(page, "A01", "60\r\n58\r\n54\r\n约48\r\n46\r\n44\r\n")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("h2")).to_have_text("粘贴将填入 5 格")
    expect(dialog.locator("li")).to_have_text("A04 · E13：“约48”不是数字")
    dialog.get_by_role("button", name="填入 5 格").click()
    saved(page, cell(page, "A06"))
    assert kept(collecting) == ["60", "58", "54", "", "46", "44"]


def test_two_clerks_at_one_cell_are_told_of_each_other(entering: Entering, collecting: Town) -> None:
    first, second = (entering("d01_clerk", SHEET).page for _ in range(2))
    cell(first, "A01").fill("60")
    saved(first, cell(first, "A01"))
    cell(second, "A01").fill("61")
    second.clock.fast_forward(2500)
    expect(cell(second, "A01")).to_have_attribute("data-state", "conflict")
    cell(second, "A01").hover()
    expect(second.locator(".sheet-note:visible")).to_contain_text("刚填了 60")
    second.get_by_role("button", name="用我的").click()
    saved(second, cell(second, "A01"))
    assert kept(collecting)[0] == "61"


def test_the_workbook_goes_down_and_comes_up_whole_or_not_at_all(
    entering: Entering, collecting: Town, tmp_path: Path
) -> None:
    page = entering("d01_clerk", SHEET).page
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载模板").click()
    downloading.value.save_as(tmp_path / "template.xlsx")

    give(page, tmp_path, {"A01": 60, "A02": "约58", "A03": "=50+4"})
    refused = page.locator(".said-refused")
    expect(refused.locator("li")).to_have_count(2)
    expect(refused.locator("li b")).to_have_text([place(tmp_path, "A02"), place(tmp_path, "A03")])
    assert kept(collecting) == [""] * 6

    give(page, tmp_path, {"A01": 60, "A02": 58, "A03": "54"})
    expect(page.locator("p.said")).to_have_text("已从表格导入 3 个单元格。")
    assert kept(collecting) == ["60", "58", "54", "", "", ""]
    assert cell(page, "A02").input_value() == "58"


def give(page: Page, folder: Path, typed: dict[str, object]) -> None:
    """Fill in the template's column of E13 and bring it up."""
    book = load_workbook(folder / "template.xlsx")
    for unit, value in typed.items():
        book.worksheets[0][_place(book.worksheets[0], unit)] = value
    book.save(folder / "filled.xlsx")
    page.set_input_files("#workbook", folder / "filled.xlsx")
    page.get_by_role("button", name="上传").click()
    page.wait_for_load_state()


def place(folder: Path, unit: str) -> str:
    return _place(load_workbook(folder / "template.xlsx").worksheets[0], unit)


def _place(page: Worksheet, unit: str) -> str:
    """Where the template has a unit's reported figure of E13."""
    column = next(each.column_letter for each in page[2] if each.value == "E13/reported")
    row = next(each.row for each in page["A"] if each.value == unit)
    return f"{column}{row}"


def test_handing_in_keeps_what_is_still_unsaved_and_passes_the_sheet_to_the_leader(
    entering: Entering, collecting: Town
) -> None:
    visited = entering("d01_clerk", SHEET)
    page = visited.page
    cell(page, "A01").fill("60")
    page.get_by_role("button", name="提交单位负责人审签").click()
    page.wait_for_url("**/tasks/*")
    assert kept(collecting)[0] == "60"
    page.locator(".task-actions .btn-primary").click()
    page.wait_for_url("**/after")
    page.goto(SHEET)
    expect(page.locator(".page-head .chip").first).to_have_text("待本单位审签")
    assert page.locator("input[data-cell]").count() == 0
    leader = entering("d01_leader", "/").page
    expect(leader.locator("[data-row]").filter(has_text="单位负责人审签")).to_have_count(1)
    assert visited.complaints == []
