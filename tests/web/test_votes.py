"""Votes at the browser: drawn up, links printed once, a ballot cast without signing in, counts that name nobody."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from engine.db import set_clock
from tests.assessment.town import Town, moment
from tests.assessment.years import begun
from tests.web.assessment_fixtures import PAGE, Visit, shown, visit  # noqa: F401

FORM = {
    "title": "领导班子民主测评",
    "kind": "democratic_review",
    "period": "2026",
    "opens_at": "2027-01-11T08:00",
    "closes_at": "2027-01-15T18:00",
    "subjects": "A01\nA02\n王局长",
    "options": "优秀 100\n称职 80\n不称职 40",
    "classes": "主要领导 40\n干部 60",
    "most_best": "2",
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        made.now = moment("2027-01-11 09:00")
        yield made


def drawn_up(lead: FlaskClient, **changed: str) -> str:
    answer = lead.post("/votes", data=FORM | changed, headers=PAGE)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def slips(lead: FlaskClient, vote: str, voters: str, count: int) -> list[str]:
    """The addresses on the printed slips."""
    page = lead.post(f"{vote}/links", data={"voters": voters, "count": count}, headers=PAGE).get_data(as_text=True)
    assert page.count("<svg") >= count and page.count('class="qr"') == count
    return re.findall(r'vote-url">https?://[^/]+(/vote/[\w-]+)<', page)


def stranger(lead: FlaskClient) -> FlaskClient:
    return lead.application.test_client()


@pytest.mark.requirement("H4")
def test_a_vote_from_drawing_up_to_the_result(town: Town, visit: Visit) -> None:
    lead = visit(town, "lead1")
    vote = drawn_up(lead)
    links = slips(lead, vote, "k1", 3) + slips(lead, vote, "k2", 3)
    assert len(set(links)) == 6
    for link in links:
        voter = stranger(lead)
        page = shown(voter, link)
        assert "不记名" in page and "A01区" in page and "王局长" in page and "最多 2 个" in page
        done = voter.post(link, data={"mark.A01": "优秀", "mark.A02": "称职", "mark.p3": "不称职"}, headers=PAGE)
        assert "测评已提交。" in done.get_data(as_text=True)
        assert voter.get(link, headers=PAGE).status_code == 409
    counting = shown(lead, vote)
    assert "一次性投票链接" in counting or "生成一次性链接" in counting
    assert lead.post(f"{vote}/close", headers=PAGE).status_code == 303
    page = shown(lead, vote)
    for name, score in (("A01区", "100.00"), ("A02区", "80.00"), ("王局长", "40.00")):
        assert re.search(rf"{name}</td>.*?{re.escape(score)}", page, re.S), name


@pytest.mark.requirement("H4")
def test_a_ballot_against_the_rules_is_given_back_with_its_marks_and_may_be_cast_as_it_is(
    town: Town, visit: Visit
) -> None:
    lead = visit(town, "lead1")
    (link,) = slips(lead, drawn_up(lead), "k1", 1)
    marks = {"mark.A01": "优秀", "mark.A02": "优秀", "mark.p3": "优秀"}
    given_back = stranger(lead).post(link, data=marks, headers=PAGE)
    page = given_back.get_data(as_text=True)
    assert given_back.status_code == 422 and page.count("checked") == 3 and "计为废票" in page
    cast = stranger(lead).post(link, data=marks | {"as_it_is": "on"}, headers=PAGE).get_data(as_text=True)
    assert "计为废票" in cast


@pytest.mark.requirement("H4")
def test_a_lost_link_is_replaced_by_the_number_on_its_stub(town: Town, visit: Visit) -> None:
    lead = visit(town, "lead1")
    vote = drawn_up(lead)
    page = lead.post(f"{vote}/links", data={"voters": "k2", "count": 1}, headers=PAGE).get_data(as_text=True)
    (lost,) = re.findall(r'vote-url">https?://[^/]+(/vote/[\w-]+)<', page)
    (number,) = re.findall(r"票号 <b>([0-9A-F-]{14})</b>", page)
    assert "补发遗失的链接" in shown(lead, vote) and "已补发" not in shown(lead, vote)
    again = lead.post(f"{vote}/links/replace", data={"number": number, "why": "手机遗失"}, headers=PAGE)
    page = again.get_data(as_text=True)
    (new,) = re.findall(r'vote-url">https?://[^/]+(/vote/[\w-]+)<', page)
    assert "干部" in page and new != lost
    assert stranger(lead).get(lost, headers=PAGE).status_code == 404
    assert "A01区" in shown(stranger(lead), new)
    assert "已补发遗失链接 1 个。" in shown(lead, vote)
    refused = lead.post(f"{vote}/links/replace", data={"number": number, "why": "手机遗失"}, headers=PAGE)
    assert refused.status_code == 404 and "请核对存根上的票号" in refused.get_data(as_text=True)
    inspector = visit(town, "inspector1")
    assert "补发遗失的链接" not in shown(inspector, vote)
    assert inspector.post(f"{vote}/links/replace", data={"number": number}, headers=PAGE).status_code == 403


def test_what_is_wrong_in_a_plan_stands_at_its_field_and_what_was_typed_stays(town: Town, visit: Visit) -> None:
    lead = visit(town, "lead1")
    answer = lead.post("/votes", data=FORM | {"classes": "干部 70", "closes_at": "2020-01-01T00:00"}, headers=PAGE)
    page = html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert "干部 70" in page and 'value="领导班子民主测评"' in page
    assert page.count("said-refused") == 3
    unreadable = lead.post("/votes", data=FORM | {"options": "优秀", "opens_at": ""}, headers=PAGE)
    assert unreadable.status_code == 422 and "请选择日期和时间" in unreadable.get_data(as_text=True)


def test_links_that_nobody_gave_out_lead_nowhere_and_late_ones_are_told_the_dates(town: Town, visit: Visit) -> None:
    lead = visit(town, "lead1")
    (link,) = slips(lead, drawn_up(lead), "k1", 1)
    assert stranger(lead).get("/vote/nobody-gave-this-out", headers=PAGE).status_code == 404
    with town.by() as ctx:
        set_clock(ctx, moment("2027-01-15 18:00"))
    assert stranger(lead).get(link, headers=PAGE).status_code == 409


def test_a_vote_is_the_leads_and_units_see_none(town: Town, visit: Visit) -> None:
    vote = drawn_up(visit(town, "lead1"))
    unit = visit(town, "a01_leader")
    assert FORM["title"] not in shown(unit, "/votes")
    shown(unit, vote, 404)
    assert unit.post("/votes", data=FORM, headers=PAGE).status_code == 403
    # Who oversees sees counts and cannot change anything.
    inspector = visit(town, "inspector1")
    assert "生成一次性链接" not in shown(inspector, vote)
    assert inspector.post(f"{vote}/links", data={"voters": "k1", "count": 1}, headers=PAGE).status_code == 403


def test_the_lists_are_empty_before_the_first_vote(town: Town, visit: Visit) -> None:
    assert "暂无测评" in shown(visit(town, "lead1"), "/votes")
