"""Changed targets, adjustments, concurrences and successions at the browser."""

import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from engine.assessment import indicators
from engine.people import Appointment, Person
from tests.assessment import years
from tests.assessment.town import Town, delivered, moment, remember
from tests.web.assessment_fixtures import PAGE, Visit, shown, visit  # noqa: F401


@pytest.fixture
def town() -> Iterator[Town]:
    """The day after April's letters."""
    with delivered() as made:
        yield made


@pytest.fixture
def october(tmp_path: Path) -> Iterator[Town]:
    with years.begun(tmp_path) as made:
        made.now = moment("2026-10-20 10:00")
        yield made


def post(town: Town, visit: Visit, account: str, path: str, status: int = 303, /, **data: str) -> None:
    answer = visit(town, account).post(path, data=data, headers=PAGE)
    assert answer.status_code == status, answer.get_data(as_text=True)


def test_a_target_is_changed_on_the_page_by_the_unit_and_the_leading_group(october: Town, visit: Visit) -> None:
    asked = {"unit": "A04", "indicator": "E13", "value": "180", "reason": "项目停建", "basis": "市政府〔2026〕9号"}
    post(october, visit, "a04_clerk", "/targets/changes", **asked)
    post(october, visit, "a04_clerk", "/targets/changes", 409, **asked)
    post(october, visit, "a05_clerk", "/targets/changes", 403, **asked)
    before = shown(visit(october, "committee1"), "/targets")
    assert "1,200 → 1,180" in before and "1,176" in before
    post(october, visit, "committee1", "/targets/changes/1/approve", document="领导小组〔2026〕5号")
    own = shown(visit(october, "a04_leader"), "/targets")
    assert "领导小组〔2026〕5号" in own and ">180<" in own and "1,180" not in own
    assert "项目停建" not in shown(visit(october, "a05_clerk"), "/targets")


def test_the_form_is_there_for_those_who_may_ask_while_changes_are_taken(october: Town, visit: Visit) -> None:
    assert 'name="value"' in shown(visit(october, "a04_clerk"), "/targets")
    assert 'name="value"' in shown(visit(october, "d01_leader"), "/targets")
    assert 'name="value"' not in shown(visit(october, "lead1"), "/targets")
    october.now = moment("2026-11-02 10:00")
    assert 'name="value"' not in shown(visit(october, "a04_clerk"), "/targets")


def test_an_adjustment_is_drafted_weighed_and_decided_on_its_pages(town: Town, visit: Visit) -> None:
    begun = {"round": "august", "basis": "市委办〔2026〕12号", "reason": "国家口径调整"}
    post(town, visit, "d01_clerk", "/adjustments", 403, **begun)
    post(town, visit, "lead1", "/adjustments", **begun)
    post(town, visit, "lead1", "/adjustments/1/drop", indicator="H05")
    post(town, visit, "lead1", "/adjustments/1/submit", 409)
    page = shown(visit(town, "lead1"), "/adjustments/1")
    assert "93.5" in page and 'name="weight/H05/A"' not in page
    weights = {"E13": "6", "H01": "13"}
    post(town, visit, "lead1", "/adjustments/1/weights", **{f"weight/{code}/A": each for code, each in weights.items()})
    post(town, visit, "lead1", "/adjustments/1/submit")
    assert "/adjustments/1/decide" not in shown(visit(town, "lead2"), "/adjustments/1")
    shown(visit(town, "a04_clerk"), "/adjustments/1", 404)
    post(town, visit, "committee1", "/adjustments/1/decide/approve", document="领导小组〔2026〕6号")
    told = shown(visit(town, "a04_clerk"), "/adjustments/1")
    assert "领导小组〔2026〕6号" in told and "H05" in told
    assert "H05" not in shown(visit(town, "lead1"), "/indicators/booklet")


def test_rules_are_changed_and_an_indicator_is_added_on_the_draft(town: Town, visit: Visit) -> None:
    post(town, visit, "lead1", "/adjustments", round="august", basis="市委办〔2026〕12号", reason="国家口径调整")
    changed = {"indicator": "E13", "method": "ratio_to_best", "counting": "ours", "standard": "与最优之比"}
    post(town, visit, "lead1", "/adjustments/1/rules", 422, **changed, params="[1]")
    post(town, visit, "lead1", "/adjustments/1/rules", **changed, params='{"direction": "higher_better"}')
    added = {
        "code": "E99",
        "name": "数字经济增速",
        "category": "经济发展",
        "source": "key_work",
        "responsible_unit": "D01",
        "direction": "higher_better",
        "measure": "level",
        "method": "completion_ratio",
        "params": '{"cap": "1"}',
        "standard": "按完成率计分",
        "main": "1",
        "weight.A": "1",
        "target.A01": "10",
        "target.A02": "12",
    }
    post(town, visit, "lead1", "/adjustments/1/add", 422, **added | {"target.A01": "", "target.A02": ""})
    post(town, visit, "lead1", "/adjustments/1/add", **added)
    page = shown(visit(town, "lead1"), "/adjustments/1?rules=E13")
    assert "与最优之比" in page and "数字经济增速" in page and 'name="weight/E99/A"' in page
    post(town, visit, "lead1", "/adjustments/1/leave", indicator="E99")
    assert "数字经济增速" not in shown(visit(town, "lead1"), "/adjustments/1")


def test_a_co_organiser_is_named_and_answers_on_the_page(town: Town, visit: Visit) -> None:
    post(town, visit, "d09_clerk", "/concurrences/partners", 403, indicator="H05", units="D01")
    post(town, visit, "lead1", "/concurrences/partners", indicator="H05", units="D01")
    notice = town.dispute("A04", "H05")[0]
    town.do("d25_clerk", "answer_objection", {"outcome": "corrected", "value": "60", "reason": "更正"}, notice=notice)
    assert "60 更正" in shown(visit(town, "d01_clerk"), "/concurrences")
    assert "60 更正" not in shown(visit(town, "d09_clerk"), "/concurrences")
    post(town, visit, "d01_clerk", "/concurrences/1/differs", 422)
    post(town, visit, "d01_clerk", "/concurrences/1/differs", text="以统计数为准")
    assert "以统计数为准" in shown(visit(town, "d25_leader"), "/concurrences")
    post(town, visit, "d01_clerk", "/concurrences/1/concurs", 409)


def test_a_successor_is_recorded_after_a_preview_and_both_pages_and_archives_show_it(town: Town, visit: Visit) -> None:
    preview = shown(visit(town, "lead1"), "/units/A04/succession")
    assert "ZG-2026-A04-007" in preview
    shown(visit(town, "a05_leader"), "/units/A04/succession", 403)
    given = {"successor": "A05", "ends_on": "2026-04-21", "reason": "区划调整", "document": "市编办〔2026〕4号"}
    post(town, visit, "a05_leader", "/units/A04/succession", 403, **given)
    post(town, visit, "lead1", "/units/A04/succession", 422, **given | {"successor": "D01"})
    post(town, visit, "lead1", "/units/A04/succession", **given)
    post(town, visit, "lead1", "/units/A04/succession", 409, **given)
    for path in ("/units/A04", "/units/A05", "/archives/A04", "/archives/A05", "/units/A04/succession"):
        assert "市编办〔2026〕4号" in shown(visit(town, "a05_leader"), path), path
    assert "ZG-2026-A04-007" in shown(visit(town, "a05_clerk"), "/archives/A05")
    shown(visit(town, "a04_leader"), "/units/A04", 403)


def test_a_result_prints_the_heads_of_the_team_with_their_dates_in_office(tmp_path: Path, visit: Visit) -> None:
    with years.settled(tmp_path) as town:
        with town.by() as ctx:
            leader = ctx.session.scalars(select(Appointment).where(Appointment.account == "a05_leader")).one()
            leader.to_date = date(2026, 6, 30)
            ctx.session.add(Person(account="a05_next", name="周全"))
            ctx.session.flush()
            unit_id, begins = leader.unit_id, date(2026, 7, 1)
            ctx.session.add(Appointment(account="a05_next", role="leader", unit_id=unit_id, from_date=begins))
        years.decide(town)
        paper = shown(visit(town, "lead1"), "/results/A05/print")
        assert "2026年6月30日" in paper and "周全（2026年7月1日" in paper


def test_a_data_unit_finds_the_sheet_and_sees_its_own_columns_alone(tmp_path: Path, visit: Visit) -> None:
    with years.collecting(tmp_path) as town:
        with town.by() as ctx:
            indicators.find(ctx, town.cycle(ctx), "H05").data_unit = "D09"
        browser = visit(town, "d09_clerk")
        assert "/rounds/april/sheets/D25" in shown(browser, "/rounds")
        page = shown(browser, "/rounds/april/sheets/D25")
        assert 'data-cell="A01/H05/reported"' in page and "H01" not in page
        shown(visit(town, "d32_clerk"), "/rounds/april/sheets/D25", 403)


def test_the_superiors_figure_has_a_column_of_its_own_on_the_sheet_and_in_the_workbook(
    tmp_path: Path, visit: Visit
) -> None:
    with years.collecting(tmp_path) as town:
        browser = visit(town, "d01_clerk")
        page = shown(browser, "/rounds/april/sheets/D01")
        assert 'data-cell="A01/E13/superior"' in page and 'data-cell="A01/E14/superior"' not in page
        cells = {"A01/E13/reported": {"value": "50"}, "A01/E13/superior": {"value": "47.5"}}
        answer = browser.put("/rounds/april/sheets/D01", json={"cells": cells})
        assert set(answer.get_json()["saved"]) == set(cells), answer.get_json()
        book = load_workbook(io.BytesIO(browser.get("/rounds/april/sheets/D01.xlsx").data))
        found = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row}
        assert {"E13/superior", "47.5"} <= found and "E14/superior" not in found


def test_a_changed_definition_breaks_the_lines_of_the_charts(tmp_path: Path, visit: Visit) -> None:
    with years.collecting(tmp_path) as town:
        given = {
            "begins_on": "2026-03-31",
            "definition": "含农户投资",
            "document": "统计局〔2026〕2号",
            "base.A01": "175",
        }
        post(town, visit, "d25_clerk", "/indicators/E13/breaks", 403, **given)
        post(town, visit, "d01_clerk", "/indicators/E13/breaks", **given)
        post(town, visit, "lead1", "/indicators/E13/breaks/1/confirm")
        assert "含农户投资" in shown(visit(town, "a01_clerk"), "/indicators/E13")
        with town.by() as ctx:
            for day, figure in ((date(2026, 2, 28), "20"), (date(2026, 3, 31), "30")):
                remember(ctx, town.cycle(ctx), {("E13", "A01"): figure}, day)
        page = shown(visit(town, "lead1"), "/indicators/E13?unit=A01")
        found = re.search(r'id="within-year">(.*?)</script>', page)
        assert found is not None
        names = [each["name"] for each in json.loads(found[1])["series"]]
        assert any("（原口径）" in name for name in names) and any("（2026-03-31 起口径）" in name for name in names)
