"""What a form is opened with: the choices it offers and what is known already."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import workflow
from engine.assessment import follow_up, revisions
from engine.workflow.store import Task
from tests.assessment import years
from tests.assessment.town import Town, april, begun, closed, delivered, grave


@pytest.fixture
def town() -> Iterator[Town]:
    """Tuesday 21 April: A04 works on E13 and H05; on its other letters' matters nobody has written yet."""
    with begun() as opened:
        yield opened


def offered(town: Town, account: str, element: str, **inputs: Any) -> dict[str, Any]:
    """What the person's form of the one open task of the element is opened with; the page of a task may write."""
    (task_id,) = town.tasks(element, **inputs)
    with town.by(account) as ctx:
        return workflow.offered(ctx, ctx.session.scalars(select(Task).where(Task.id == task_id)).one())


def values(options: list[dict[str, Any]]) -> list[Any]:
    return [each["value"] for each in options]


def test_a_letter_begins_with_what_it_warns_of() -> None:
    with april() as town:
        letter = town.letter_id("A04")
        wording = offered(town, "lead1", "draft_letter", letter=letter)
        assert "7项指标" in wording["opening"]
        given = {"opening": "另拟", "requirement": "另拟"}
        town.do("lead1", "draft_letter", given, letter=letter)
        town.do("org_leader", "sign_letter", {"verdict": "returned"}, letter=letter)
        assert offered(town, "lead1", "draft_letter", letter=letter) == given
        assert town.tasks("sign_letter", letter=letter) == []


def test_a_unit_chooses_what_to_dispute_among_the_notices_that_stand() -> None:
    with delivered() as town:
        letter = town.letter_id("A04")
        with town.by("lead1") as ctx:
            revisions.withdraw(ctx, town.notice(ctx, "A04", "E13").id, "数据有误")
        notices = offered(town, "a04_clerk", "check_figures", letter=letter)["notices"]
        with town.by(reading=True) as ctx:
            standing = [town.notice(ctx, "A04", code).id for code in ("E14", "E30", "E34", "S07", "H05", "J02")]
        assert values(notices) == standing
        assert notices[0]["label"] == "重点项目年度投资完成额"


def test_a_plan_that_came_back_begins_with_what_it_said(town: Town) -> None:
    item = town.matter("A04", "E14")
    assert offered(town, "a04_clerk", "submit_plan", item=item.id) == {}
    town.plan(item, measures="按旬调度")
    town.do("d01_clerk", "approve_plan", {"verdict": "returned", "note": "补充责任人"}, item=item.id)
    again = offered(town, "a04_clerk", "submit_plan", item=item.id)
    assert (again["measures"], again["finish_on"], again["criterion"]) == ("按旬调度", "2026-07-31", "value")
    assert "criterion_value" not in again


def test_an_extension_is_decided_from_the_date_that_was_asked_for(town: Town) -> None:
    item = town.matter("A04", "E13")
    town.hand_in(item, request="extension", reason="招标推迟", new_due="2026-08-31")
    assert offered(town, "d01_clerk", "decide_extension", item=item.id) == {"new_due": "2026-08-31"}


def test_a_visit_begins_with_who_opens_its_form() -> None:
    with closed() as town:
        town.live_to("2026-06-05 10:00")
        with town.by(reading=True) as ctx:
            review = follow_up.of_item(ctx, town.items(ctx, "A04")["H05"])[0].id
        form = offered(town, "inspector2", "review_on_site", review=review)
        assert form["first_reviewer"] == "inspector2"
        assert sorted(values(form["inspectors"])) == ["inspector1", "inspector2"]


def test_the_lead_chooses_among_the_pool_of_experts() -> None:
    with grave() as town:
        experts = offered(town, "lead1", "convene")["experts"]
        assert "expert1" in values(experts)
        assert not set(values(experts)) & {"lead1", "a04_clerk", "inspector1"}


def test_a_finding_is_on_one_of_the_years_indicators() -> None:
    with grave() as town:
        given = {"decision": "convened", "experts": ["expert1"], "diagnose_by": "2026-09-04", "reason": "问题集中"}
        town.do("lead1", "convene", given)
        town.do("expert1", "diagnose", {"crux": "要素", "causes": "土地", "measures": "盘活"}, expert="expert1")
        indicators = offered(town, "lead1", "conclude")["indicators"]
        assert len(indicators) == 12
        assert indicators[0] == {"value": "E13", "label": "E13 固定资产投资完成额"}


def test_sheets_are_returned_to_units_that_answer_for_indicators() -> None:
    with april() as town:
        assert town.tasks("check_values") == []
    with begun() as town:
        town.live_to("2026-08-24 09:00")
        units = offered(town, "lead1", "check_values", round="august")["responsible_units"]
        assert values(units) == ["D01", "D09", "D25", "D32", "D35"]


def test_rules_are_drafted_row_by_row(tmp_path: Path) -> None:
    with years.begun(tmp_path) as town:
        town.do("lead1", "confirm_plan")
        town.live_to("2026-01-06 09:00")
        rules = offered(town, "d25_clerk", "draft_rules", responsible_unit="D25")["rules"]
        assert [(each["code"], each["name"]) for each in rules] == [
            ("H01", "能源消费总量"),
            ("H05", "空气质量优良天数比例"),
        ]
