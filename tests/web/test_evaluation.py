"""Judgement by people at the browser: one's own vote, what a unit sees of checks and debriefings, uses of results."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.assessment import ballots
from engine.db import SHANGHAI
from engine.workflow.store import Task
from tests.assessment.town import Town
from tests.simulation import cities
from tests.web.assessment_fixtures import PAGE, Visit, shown, visit  # noqa: F401

PARTY = "party_building"
#: The secretaries have reported, and those called are voting.
VOTING = datetime(2026, 12, 8, 9, tzinfo=SHANGHAI)
PROBLEM = "主题党日无签到"
VOTED = {"payload": '{"voted": true}'}


@pytest.fixture
def voting(tmp_path: Path) -> Iterator[Town]:
    with cities.copied(tmp_path, PARTY, VOTING) as database:
        yield Town(database, VOTING)


@pytest.fixture
def over(tmp_path: Path) -> Iterator[Town]:
    with cities.copied(tmp_path, PARTY, cities.THE_END) as database:
        yield Town(database, cities.THE_END)


@pytest.mark.requirement("M1")
def test_who_is_called_votes_once_and_hands_in_the_task(voting: Town, visit: Visit) -> None:
    task = voting.tasks("vote")[0]
    with voting.by(reading=True) as ctx:
        account = ctx.session.get_one(Task, task).assignee or ""
        evaluation = ctx.session.scalars(select(ballots.Evaluation.id)).one()
    voter = visit(voting, account)
    assert "民主测评：党组织书记述职民主测评（第1场）" in shown(voter, "/")
    assert f"/votes/{evaluation}/own" in shown(voter, f"/tasks/{task}")
    early = voter.post(f"/tasks/{task}/complete", data=VOTED, headers=PAGE)
    assert early.status_code == 409
    page = shown(voter, f"/votes/{evaluation}/own")
    marks = dict.fromkeys(re.findall(r'name="(mark\.[A-Z0-9]+)"', page), "好")
    assert len(marks) == 15
    given_back = voter.post(f"/votes/{evaluation}/own", data={"mark.SQ01": "差"}, headers=PAGE)
    assert given_back.status_code == 422
    assert re.search(r'name="mark.SQ01" value="差" checked', given_back.get_data(as_text=True))
    assert voter.post(f"/votes/{evaluation}/own", data=marks, headers=PAGE).status_code == 303
    assert voter.post(f"/votes/{evaluation}/own", data=marks, headers=PAGE).status_code == 409
    assert "您已投票" in shown(voter, f"/votes/{evaluation}/own")
    done = voter.post(f"/tasks/{task}/complete", data=VOTED, headers=PAGE)
    assert done.status_code == 200


def test_nobody_else_finds_the_vote_and_no_further_links_are_made(voting: Town, visit: Visit) -> None:
    with voting.by(reading=True) as ctx:
        evaluation = ctx.session.scalars(select(ballots.Evaluation.id)).one()
    assert visit(voting, "sq01_leader").get(f"/votes/{evaluation}/own").status_code == 404
    lead = visit(voting, "lead1")
    page = shown(lead, f"/votes/{evaluation}")
    assert "应参加" in page
    assert "生成一次性链接" not in page
    refused = lead.post(f"/votes/{evaluation}/links", data={"voters": "public", "count": 3}, headers=PAGE)
    assert refused.status_code == 409


@pytest.mark.requirement("M1")
def test_the_page_of_components_names_what_is_lacking(voting: Town, visit: Visit) -> None:
    page = shown(visit(voting, "lead1"), "/evaluation")
    assert re.search(r"述职评议.*?0 / 16", page, re.DOTALL)
    assert re.search(r"日常考核.*?16 / 16", page, re.DOTALL)
    # What rests on figures alone is not complete before they are frozen.
    assert re.search(r"专项考核.*?—.*?数据尚未冻结", page, re.DOTALL)
    own = shown(visit(voting, "nc03_leader"), "/evaluation")
    assert re.search(r"述职评议.*?0 / 1", own, re.DOTALL)
    assert "清溪村党支部" in own
    assert "柳河村" not in own


def test_a_unit_reads_its_own_checks_and_debriefing_and_nobody_elses(over: Town, visit: Visit) -> None:
    lead = visit(over, "lead1")
    everything = shown(lead, "/checks")
    assert everything.count('id="check-') == 32
    assert everything.count("复核一致") == 3
    assert "抽中的社区正在换届选举" in everything
    unit = visit(over, "nc02_leader")
    page = shown(unit, "/checks")
    assert page.count('id="check-') == 2
    assert PROBLEM in page
    assert "种子" not in page
    debriefings = shown(unit, "/debriefings")
    assert "石桥村党支部" in debriefings
    assert "柳河村" not in debriefings
    assert "暂无评价组" in shown(unit, "/panels")
    assert shown(lead, "/debriefings").count("因病住院") == 1


@pytest.mark.requirement("M2")
def test_a_member_of_the_panel_sees_its_own_marks_and_the_lead_all(over: Town, visit: Visit) -> None:
    heading = re.compile(r'<th scope="col" class="num">')
    # Members who marked, the score, and between them a column for each member whose marks one may read.
    assert len(heading.findall(shown(visit(over, "lead1"), "/panels"))) == 2 + 7
    assert len(heading.findall(shown(visit(over, "expert1"), "/panels"))) == 2 + 1


@pytest.mark.requirement("M3")
def test_the_lead_records_a_use_and_takes_it_back(over: Town, visit: Visit) -> None:
    lead = visit(over, "lead1")
    form = {
        "unit": "NC01",
        "kind": "commendation",
        "decided_by": "临江区委",
        "document": "临委〔2027〕9号",
        "decided_on": "2027-03-30",
        "person": "",
        "note": "",
    }
    assert lead.post("/uses", data=form, headers=PAGE).status_code == 303
    page = shown(lead, "/uses")
    assert "临委〔2027〕9号" in page
    assert lead.post("/uses", data={**form, "document": ""}, headers=PAGE).status_code == 422
    use = max(int(found) for found in re.findall(r"/uses/(\d+)/void", page))
    assert lead.post(f"/uses/{use}/void", data={"reason": "文号有误"}, headers=PAGE).status_code == 303
    assert "文号有误" in shown(lead, "/uses")
    unit = visit(over, "nc01_leader")
    assert "登记结果运用" not in shown(unit, "/uses")
    assert unit.post("/uses", data=form, headers=PAGE).status_code == 403


def test_the_pages_open_for_every_role(over: Town, visit: Visit) -> None:
    for account in ("nc02_leader", "expert1", "committee1", "inspector1", "jg02_member", "d01_clerk"):
        person = visit(over, account)
        for path in ("/evaluation", "/checks", "/panels", "/debriefings", "/uses"):
            assert person.get(path).status_code == 200, (account, path)


def test_the_inbox_of_an_inspector_names_the_unit_of_each_check(tmp_path: Path, visit: Visit) -> None:
    morning = datetime(2026, 5, 8, 9, tzinfo=SHANGHAI)
    with cities.copied(tmp_path, PARTY, morning) as database:
        page = shown(visit(Town(database, morning), "inspector1"), "/")
    assert page.count("现场检查") == 16
    for name in ("临江社区党总支", "恒达机械党支部", "石桥村党支部", "区财政局机关党委"):
        assert name in page
