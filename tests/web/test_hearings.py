"""Vetoes, opinions, rulings, appeals and analysis at the browser."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine import files
from engine.assessment import rules, veto_list
from tests.assessment import years
from tests.assessment.town import Town, moment
from tests.web.assessment_fixtures import PAGE, Visit, ended, shown, visit  # noqa: F401


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The result is decided and shown; YP-01 stands on the list of vetoes."""
    with years.settled(tmp_path) as made:
        years.list_veto(made)
        years.decide(made)
        yield made


def post(town: Town, visit: Visit, account: str, path: str, status: int = 303, **data: str) -> None:
    answer = visit(town, account).post(f"/hearings{path}", data=data, headers=PAGE)
    assert answer.status_code == status, answer.get_data(as_text=True)


def test_an_appeal_goes_its_whole_way_and_the_report_shows_what_it_changed(town: Town, visit: Visit) -> None:
    filed = {"unit": "A05", "indicator": "E13", "text": "完成值漏计在建项目"}
    post(town, visit, "a05_clerk", "/appeals", **filed)
    post(town, visit, "a04_clerk", "/appeals", 403, **filed)
    post(town, visit, "lead1", "/appeals/1/accept")
    post(town, visit, "lead1", "/appeals/1/uphold", 409, note="属实")
    post(town, visit, "lead2", "/appeals/1/uphold", note="属实")
    post(town, visit, "lead1", "/appeals/1/recompute", 409)
    post(town, visit, "d01_leader", "/appeals/1/correct", value="200")
    post(town, visit, "lead1", "/appeals/1/recompute")
    page = shown(visit(town, "lead1"), "/hearings/appeals/1")
    assert page.count("<tr") == 7 and page.count("<b>") >= 3
    own = shown(visit(town, "a05_leader"), "/hearings/appeals/1")
    assert "A05区" in own and "A04区" not in own
    shown(visit(town, "a04_leader"), "/hearings/appeals/1", 404)
    assert "完成值漏计在建项目" not in shown(visit(town, "a04_leader"), "/hearings")


def test_the_result_shows_that_it_was_computed_anew_and_what_changed(town: Town, visit: Visit) -> None:
    with town.by() as ctx:
        scan = files.store(ctx, "纪要.txt", io.BytesIO("审定".encode())).id
        minutes = {
            "meeting_date": date(2027, 1, 29),
            "minutes_no": "〔2027〕2号",
            "scan": [scan],
            "outcome": "approved",
        }
        rules.record_decision(ctx, town.cycle(ctx), "grades", minutes)
    assert "重新计算结果" not in shown(visit(town, "lead3"), "/results")
    post(town, visit, "a05_clerk", "/appeals", unit="A05", indicator="E13", text="完成值漏计在建项目")
    post(town, visit, "lead1", "/appeals/1/accept")
    post(town, visit, "lead2", "/appeals/1/uphold", note="经复核属实")
    post(town, visit, "d01_leader", "/appeals/1/correct", value="200")
    town.now = moment("2027-02-02 09:30")
    post(town, visit, "lead1", "/appeals/1/recompute")
    page = shown(visit(town, "lead3"), "/results")
    table = page[page.index('id="anew-2"') : page.index('id="group-A"')]
    # A04 and A05 change places; five working days are counted from the decision of 29 January, not from this.
    assert "E13 固定资产投资完成额 · A05区：经复核属实" in table
    assert [unit in table for unit in ("A03区", "A04区", "A05区", "A06区")] == [
        False,
        True,
        True,
        False,
    ]
    assert "2月5日" in page[page.index("公示") : page.index('id="anew-2"')]
    own = shown(visit(town, "a04_leader"), "/results/A04")
    assert "重新计算结果（第 2 次发布）" in own and "原名次" in own
    # Why is for who appealed and who oversees; whom it did not touch is told nothing.
    assert "经复核属实" not in own
    assert "重新计算结果" not in shown(visit(town, "a01_leader"), "/results/A01")


def test_a_veto_is_proposed_and_confirmed_on_the_page_by_two_persons(town: Town, visit: Visit) -> None:
    with town.by("lead1", reading=True) as ctx:
        (listed,) = veto_list.items(ctx, veto_list.ListKind.VETO)
    assert f'<option value="YP-01">YP-01 {listed.name}</option>' in shown(visit(town, "lead1"), "/hearings")
    post(town, visit, "lead1", "/bars", unit="A02", item="YP-01", basis="重大事故")
    post(town, visit, "lead1", "/bars/1/confirm", 409, note="同意")
    post(town, visit, "committee1", "/bars/1/confirm", note="会议同意")
    vetoed = shown(visit(town, "lead1"), "/results")
    assert "优秀" not in vetoed and vetoed.count("#bars") == 1
    assert "重大事故" in shown(visit(town, "a02_leader"), "/hearings")
    post(town, visit, "committee1", "/bars/1/revoke", note="事实有误")
    assert "优秀" in shown(visit(town, "lead1"), "/results")


@pytest.mark.requirement("H7")
def test_a_ruling_is_visible_in_the_explanation_of_the_score(town: Town, visit: Visit) -> None:
    asked = {"unit": "A06", "indicator": "S07", "points": "10", "basis": "先行先试失误"}
    post(town, visit, "a06_clerk", "/rulings", **asked)
    post(town, visit, "a06_clerk", "/rulings", 422, **asked | {"points": "十"})
    post(town, visit, "lead1", "/rulings/1/approve", note="同意")
    post(town, visit, "lead1", "/recompute", why="纳入容错认定")
    page = shown(visit(town, "a06_leader"), "/results/A06")
    assert "容错返还 10 分" in page and "先行先试失误" in page


@pytest.mark.requirement("C3")
def test_the_explanation_leads_from_the_total_to_value_rule_and_hands(ended: Town, visit: Visit) -> None:
    page = shown(visit(ended, "a03_leader"), "/results/A03")
    part = page.split("得分来源")[1]
    # E13 of A03: 198.2 of 200 is 99.1, of weight 6; entered and verified by D01's two persons.
    row = next(each for each in part.split("<tr") if "E13" in each)
    for told in ("99.1 × 6 / 100", "198.2", "杨文远", "朱国平", "第 1 版"):
        assert told in row, told


def test_opinions_are_asked_given_and_waived_on_the_page(town: Town, visit: Visit) -> None:
    asked = {"units": "A02", "body": "audit", "asked_of": "D32", "due": "2027-02-05"}
    post(town, visit, "lead1", "/opinions", **asked)
    post(town, visit, "lead1", "/opinions", **asked | {"body": "petitions"})
    post(town, visit, "lead1", "/opinions", 404, **asked | {"body": "nobody"})
    post(town, visit, "lead1", "/opinions", 422, **asked | {"due": "soon"})
    post(town, visit, "d32_clerk", "/opinions/1/give", verdict="clear", text="未发现问题")
    post(town, visit, "lead1", "/opinions/2/waive", why="经领导小组同意")
    page = shown(visit(town, "lead1"), "/hearings")
    assert "未发现问题" in page and "经领导小组同意" in page
    # The unit it is about reads none of it.
    assert "未发现问题" not in shown(visit(town, "a02_leader"), "/hearings")


@pytest.mark.requirement("K1", "K3", "K4")
def test_analysis_and_advice_are_for_those_who_oversee(ended: Town, visit: Visit) -> None:
    lead = visit(ended, "lead1")
    page = shown(lead, "/analysis")
    assert "指标区分度" in page and "各环节用时" in page and "考核负担" in page
    paper = shown(lead, "/analysis/advice")
    assert 'class="paper"' in paper and "三、各班子短板" in paper and "社会治理" in paper
    unit = visit(ended, "a03_leader")
    shown(unit, "/analysis/advice", 403)
    own = shown(unit, "/analysis")
    assert "指标区分度" not in own and "A03" in own and "A04" not in own


@pytest.mark.requirement("K2")
def test_the_course_of_a_team_shows_the_ledgers_figures_and_its_short_boards(ended: Town, visit: Visit) -> None:
    page = shown(visit(ended, "a03_leader"), "/analysis/teams/A03")
    assert "短板" in page and "198.2" in page and "data-chart" in page
    shown(visit(ended, "a03_leader"), "/analysis/teams/A04", 403)
