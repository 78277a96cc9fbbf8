"""One system from the goal to what came of it (O1), in which every office works and sees (O2) and which is kept in order (O3)."""

import io
import json
import re
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from engine import access, audit
from engine.assessment import feedback, letters, plans, rectification, results, targets
from engine.workflow.store import Task, TaskStatus
from tests.assessment.town import Town
from tests.web.assessment_fixtures import Visit, ended, visit

__all__ = ["ended", "visit"]

#: Warned in April and August, with matters put right: everything of the year has come to this unit.
UNIT = "A05"


def page(browser: Any, path: str) -> str:
    answer = browser.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return str(answer.get_data(as_text=True))


@pytest.mark.requirement("O1")
def test_a_unit_is_followed_from_its_goal_to_its_result_and_what_was_made_of_it(ended: Town) -> None:
    with ended.by(reading=True) as ctx:
        cycle = ended.cycle(ctx)
        rounds = plans.rounds(ctx, cycle)
        assert UNIT in targets.signatures(ctx, cycle)
        assert [each.published_at is not None for each in rounds] == [True] * 3
        assert {each.unit for each in results.of_cycle(ctx, cycle)} >= {UNIT}
        assert UNIT in {each.unit for round in rounds for each in feedback.of_round(ctx, round)}
        assert UNIT in {each.unit for round in rounds for each in letters.visible(ctx, round)}
        closed = [each for each in rectification.items(ctx, cycle) if each.unit == UNIT and each.closed_at]
        assert closed != []


@pytest.mark.requirement("O1")
def test_the_same_is_on_one_page_of_the_unit_with_ways_to_all_of_it(ended: Town, visit: Visit) -> None:
    told = page(visit(ended, "a05_leader"), f"/units/{UNIT}")
    for part in ("四月预考核", "八月预考核", "年度考核", "/letters/", "/loop/", "/ledger"):
        assert part in told


@pytest.mark.requirement("O1")
def test_what_is_told_in_numbers_is_drawn_as_well(ended: Town, visit: Visit) -> None:
    lead = visit(ended, "lead1")
    drawn = json.loads(
        re.findall(r'<script type="application/json" id="history">(.*?)</script>', page(lead, f"/loop/{UNIT}/E13"))[0]
    )
    # Two years' ends before, then the two rounds and the end of this one.
    assert drawn["categories"] == ["2024-12-31", "2025-12-31", "2026-03-31", "2026-07-31", "2026-12-31"]
    assert all(len(each["values"]) == 5 for each in drawn["series"])
    assert "data-ring" in page(lead, "/loop")


@pytest.mark.requirement("O1")
def test_other_systems_read_by_the_api_and_take_tables_away(ended: Town, visit: Visit) -> None:
    lead = visit(ended, "lead1")
    described = lead.get("/api/v1/openapi.json").get_json()
    assert {"/api/v1/session", "/api/v1/tasks", "/api/v1/tasks/{task_id}/complete"} <= set(described["paths"])
    book = load_workbook(io.BytesIO(lead.get("/results.xlsx").data), read_only=True)
    told = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    with ended.by(reading=True) as ctx:
        totals = results.of_cycle(ctx, ended.cycle(ctx))
    assert {"A05区", "A01区"} <= told and len(totals) == 6
    assert lead.get("/ledger.xlsx").status_code == 200


@pytest.mark.requirement("O2")
def test_every_step_of_the_year_was_taken_in_the_system_and_names_who_took_it(ended: Town) -> None:
    with ended.by(reading=True) as ctx:
        done = ctx.session.scalars(select(Task).where(Task.status == TaskStatus.COMPLETED)).all()
        assert len(done) > 200
        assert [each.id for each in done if each.completed_by is None or each.completed_at is None] == []
        noted = ctx.session.scalar(
            select(func.count()).select_from(audit.Entry).where(audit.Entry.act == "task.complete")
        )
        assert noted is not None and noted >= len(done)


@pytest.mark.requirement("O2")
def test_a_figure_one_office_enters_is_what_the_others_see_with_who_entered_it(ended: Town, visit: Visit) -> None:
    """The figure of D01 on the unit's indicator: the same for who entered it, who is judged by it, and who leads."""
    seen = {who: page(visit(ended, who), f"/loop/{UNIT}/E13") for who in ("lead1", "d01_clerk", "a05_leader")}
    with ended.by(reading=True) as ctx:
        entered = ctx.session.scalar(
            select(Task.completed_by).where(Task.element == "enter_values", Task.unit == "D01")
        )
    figures = {who: re.findall(r'id="history">(.*?)</script>', told)[0] for who, told in seen.items()}
    assert len(set(figures.values())) == 1
    assert entered == "d01_clerk"


@pytest.mark.requirement("O2")
def test_a_matter_tells_its_whole_story_to_the_unit_it_concerns(ended: Town, visit: Visit) -> None:
    with ended.by(reading=True) as ctx:
        items = rectification.items(ctx, ended.cycle(ctx))
        item = next(each for each in items if each.unit == UNIT and each.closed_at is not None)
    told = page(visit(ended, "a05_clerk"), f"/items/{item.id}")
    for step in ("提交整改方案", "负责人审签方案", "审批方案", "提交佐证材料"):
        assert step in told
    assert visit(ended, "a01_clerk").get(f"/items/{item.id}").status_code == 404


@pytest.mark.requirement("O3")
def test_who_keeps_the_system_has_no_say_in_what_it_decides(ended: Town) -> None:
    """Administrators and designers keep diagrams, accounts and incidents; no verb of an assessment is theirs."""
    for account in ("admin1", "designer1"):
        with ended.by(account, reading=True) as ctx:
            assert access.groups(ctx).isdisjoint({"lead", "committee", "inspector", "clerk", "leader"})
        with ended.refusal(access.NotYours, account) as ctx:
            plans.confirm(ctx, ended.cycle(ctx), None)


@pytest.mark.requirement("O3")
def test_what_was_done_in_a_year_can_be_checked_for_gaps(ended: Town) -> None:
    with ended.by(reading=True) as ctx:
        assert list(audit.broken_entries(ctx)) == []
        acts = set(ctx.session.scalars(select(audit.Entry.act).distinct()))
    assert {"cycle.confirm", "round.publish", "letter.issue", "results.decide", "task.complete"} <= acts
