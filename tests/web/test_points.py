"""Points at the browser and for programs: one's own on a phone, who may see whose, the code at the door (N11–N13)."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from engine import audit, people, workflow
from engine.assessment.points import activities, entries, months, vetoes
from engine.db import set_clock
from tests.assessment.points.committee import Committee, cycle, founded
from tests.web.browsing import JSON, PAGE, Browser, application

Visit = Callable[[str], Browser]


@pytest.fixture
def house(tmp_path: Path, quick_passwords: None) -> Iterator[Committee]:
    """The committee on 6 February: January is settled, February has entries."""
    with founded(tmp_path) as made:
        made.enter("sun", "li", "DISCIPLINE", "2026-01-05")
        made.month("2026-01", li="98", han="97.5")
        made.enter("sun", "li", "STUDY", "2026-02-02", "7.5")
        made.enter("sun", "li", "PRIZE", "2026-02-02", "3")
        with made.by() as ctx:
            set_clock(ctx, made.now)
            for account in ("ma", "ji", "office", "sun", "li", "qin", "han"):
                people.open_account(ctx, account, "Spring-2026-points")
        yield made


@pytest.fixture
def visit(house: Committee) -> Visit:
    app = application(house.database)

    def enter(account: str) -> Browser:
        browser = app.test_client()
        assert isinstance(browser, Browser)
        with house.by() as ctx:
            ctx.session.get_one(people.Account, account).must_change = False
        assert browser.sign_in(account, "Spring-2026-points").status_code == 303
        return browser

    return enter


def put_on(house: Committee) -> None:
    """The database's clock follows the house's."""
    with house.by() as ctx:
        set_clock(ctx, house.now)


@pytest.mark.requirement("N12")
def test_a_member_sees_their_own_points_of_each_month_and_the_branchs_ranking(visit: Visit) -> None:
    page = visit("li").page("/points")
    assert "李二" in page and "2026-01" in page and "98" in page and "已定" in page
    assert "支部第 1 名（共 4 人）" in page
    ranking = visit("li").page("/points/branches/B1")
    places = re.findall(r'<td class="num">(\d|—)</td><td>(?:<a[^>]*>)?([^<]+)<', ranking)
    # 98·0.9 + 3, 97.5·0.9, 80·0.9 twice.
    assert places == [("1", "李二"), ("2", "韩五"), ("3", "马书记"), ("3", "孙一")]
    assert "录入积分" not in ranking and "/points/people/han" not in ranking
    branches = visit("li").page("/points/branches")
    assert "第一支部" in branches and "第二支部" in branches


#: Who asks, about whom, and what comes of it.
PEOPLE = (
    *(("li", "li", 200), ("li", "han", 403), ("han", "li", 403), ("sun", "li", 200), ("sun", "ji", 403)),
    *(("qin", "li", 403), ("qin", "ji", 200), ("ma", "ji", 200), ("ji", "li", 200), ("office", "li", 200)),
)
BRANCHES = (("li", "B1", 200), ("li", "B2", 403), ("qin", "B1", 403), ("ma", "B2", 200), ("office", "B1", 200))


@pytest.mark.requirement("N12")
def test_who_may_see_whose_points(visit: Visit) -> None:
    for who, person, status in PEOPLE:
        browser = visit(who)
        for address in (f"/points/people/{person}", f"/points/people/{person}.csv", f"/points/people/{person}.xlsx"):
            assert browser.get(address, headers=PAGE).status_code == status, (who, address)
        assert browser.get(f"/api/v1/points/people/{person}", headers=JSON).status_code == status, (who, person)


@pytest.mark.requirement("N12")
def test_who_may_see_which_branchs_ranking(visit: Visit) -> None:
    for who, branch, status in BRANCHES:
        browser = visit(who)
        assert browser.get(f"/points/branches/{branch}", headers=PAGE).status_code == status, (who, branch)
        assert browser.get(f"/api/v1/points/branches/{branch}", headers=JSON).status_code == status, (who, branch)


def test_a_stranger_is_shown_nothing(house: Committee) -> None:
    browser = application(house.database).test_client()
    for address in ("/points", "/points/branches/B1", "/points/people/li", "/points/activities", "/points/results"):
        assert browser.get(address, headers=PAGE).status_code == 303
        assert browser.get(address, headers=JSON).status_code == 401


@pytest.mark.requirement("N13")
def test_the_points_of_a_person_are_taken_away_to_the_last_entry_and_that_is_kept(
    house: Committee, visit: Visit
) -> None:
    house.enter("sun", "li", "LATE", "2026-02-03")
    with house.by("sun") as ctx:
        note = entries.Draft("li", "STUDY", house.now.date(), Decimal("0.5"), "=1+1")
        entries.add(ctx, cycle(ctx), note)
    browser = visit("office")
    rows = list(csv.reader(io.StringIO(browser.get("/points/people/li.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert [(row[2], row[6]) for row in rows[1:]] == [
        ("2026-01-05", "25"),
        ("2026-02-02", "7.5"),
        ("2026-02-02", "3"),
        ("2026-02-03", "-2"),
        ("2026-02-06", "0.5"),
    ]
    assert rows[-1][7] == "'=1+1"
    book = load_workbook(io.BytesIO(browser.get("/points/people/li.xlsx").data))
    assert [sheet.max_row for sheet in book] == [2, 6]
    assert browser.get("/api/v1/points/people/li", headers=JSON).get_json()["months"][0]["base"] == "98"
    with house.by() as ctx:
        kept = list(ctx.session.scalars(select(audit.Entry).where(audit.Entry.act == "points.export")))
    assert [(each.actor, each.facts["account"], each.facts["rows"]) for each in kept] == [("office", "li", 5)] * 3


def test_a_member_rates_themself_on_the_page_once(house: Committee, visit: Visit) -> None:
    house.opened("2026-02")
    put_on(house)
    browser = visit("li")
    page = browser.page("/points")
    assert "2026-02 自评" in page and 'value="7.5"' in page
    marks = {"politics": "20", "discipline": "25", "morality": "25", "performance": "9", "innovation": "4"}
    given = {**marks, "cooperation": "5", "assignment": "5", "note": "完成"}
    assert browser.post("/points/months/2026-02", data={**given, "politics": "26"}, headers=PAGE).status_code == 422
    assert browser.post("/points/months/2026-02", data=given, headers=PAGE).status_code == 303
    assert browser.post("/points/months/2026-02", data=given, headers=PAGE).status_code == 409
    with house.by() as ctx:
        assert months.of_member(ctx, cycle(ctx), "li", "2026-02").self_total == Decimal(93)
    answer = visit("han").post(
        "/api/v1/points/months/2026-02", json={"marks": {**marks, "cooperation": "5", "assignment": "5"}}
    )
    assert (answer.status_code, answer.get_json()["state"]) == (200, "self_confirmed")


def test_a_secretary_enters_points_for_several_and_undoes_one(house: Committee, visit: Visit) -> None:
    browser = visit("sun")
    assert 'value="sun"' not in browser.page("/points/branches/B1")
    form = {"account": ["li", "han"], "item": "WORK", "day": "2026-02-06", "points": "", "note": "抗洪"}
    assert browser.post("/points/branches/B1/entries", data=form, headers=PAGE).status_code == 303
    with house.by() as ctx:
        newest = entries.latest(ctx, cycle(ctx), "B1", 2)
    assert {(row.account, row.points, row.note) for row in newest} == {
        (each, Decimal(10), "抗洪") for each in ("li", "han")
    }
    undo = browser.post(f"/points/entries/{newest[0].id}/undo", data={"reason": "重复"}, headers=PAGE)
    assert undo.status_code == 303
    for wrong, status in (
        ({"account": []}, 422),
        ({"day": "x"}, 422),
        ({"account": ["sun"]}, 409),
        ({"points": "11"}, 422),
    ):
        answer = browser.post("/points/branches/B1/entries", data={**form, **wrong}, headers=PAGE)
        assert answer.status_code == status, wrong
    assert visit("li").post("/points/branches/B1/entries", data=form, headers=PAGE).status_code in (403, 409)


def test_programs_enter_rows_all_or_none(house: Committee, visit: Visit) -> None:
    browser = visit("office")
    rows = [{"account": each, "item": "STUDY", "day": "2026-02-05", "points": "1.25"} for each in ("li", "ji", "qin")]
    assert browser.post("/api/v1/points/entries", json={"entries": rows}).get_json() == {"entered": 3}
    wrong = browser.post("/api/v1/points/entries", json={"entries": [*rows, {**rows[0], "item": "GHOST"}]})
    assert (wrong.status_code, wrong.get_json()["code"]) == (404, "no_item")
    for bad in ([], [{**rows[0], "points": "NaN"}], [{**rows[0], "more": "1"}]):
        assert browser.post("/api/v1/points/entries", json={"entries": bad}).status_code == 422
    with house.by() as ctx:
        assert len(entries.of_member(ctx, cycle(ctx), "ji")) == 1


def test_a_member_disputes_an_entry_and_the_committee_finds_it_as_a_task(house: Committee, visit: Visit) -> None:
    with house.by() as ctx:
        entry = entries.of_member(ctx, cycle(ctx), "li")[-1].id
    browser = visit("li")
    assert browser.post(f"/points/entries/{entry}/appeal", data={"text": "应为 5 分"}, headers=PAGE).status_code == 303
    assert "核查中" in browser.page("/points")
    assert visit("han").post(f"/points/entries/{entry}/appeal", data={"text": "?"}, headers=PAGE).status_code == 409


def test_a_veto_is_proposed_on_the_members_page_and_hides_the_points(house: Committee, visit: Visit) -> None:
    form = {"item": "CRIME", "basis": "判决书"}
    assert visit("li").post("/points/people/han/veto", data=form, headers=PAGE).status_code == 403
    browser = visit("sun")
    assert browser.post("/points/people/li/veto", data=form, headers=PAGE).status_code == 303
    assert "已提出一票否决" in browser.page("/points/people/li")
    assert "一票否决" not in visit("li").page("/points/people/li")


@pytest.mark.requirement("N9")
def test_a_confirmed_veto_is_revoked_from_the_members_page(house: Committee, visit: Visit) -> None:
    with house.by("sun") as ctx:
        veto = vetoes.propose(ctx, cycle(ctx), "li", "CRIME", "判决书").id
    with house.by("ji") as ctx:
        vetoes.decide(ctx, veto, "confirmed", "属实")
    assert "已被一票否决" in visit("li").page("/points") and "/revocation" not in visit("li").page("/points/people/li")
    secretary, address = visit("sun"), f"/points/vetoes/{veto}/revocation"
    assert address in secretary.page("/points/people/li")
    assert secretary.post(address, data={"basis": " "}, headers=PAGE).status_code == 422
    assert visit("li").post(address, data={"basis": "冤枉"}, headers=PAGE).status_code == 409
    assert secretary.post(address, data={"basis": "判决已再审撤销"}, headers=PAGE).status_code == 303
    page = secretary.page("/points/people/li")
    assert "已提出撤销" in page and "判决已再审撤销" in page and address not in page
    discipline = visit("ji")
    (task,) = [each for each in discipline.get("/api/v1/tasks").get_json()["tasks"] if each["element"] == "decide"]
    assert "决定是否撤销" in discipline.page(f"/tasks/{task['id']}")
    with house.by("ji") as ctx:
        workflow.complete(ctx, task["id"], {"verdict": "approved", "note": "处分已撤销"})
    assert "98" in visit("li").page("/points")
    assert "否决已撤销" in visit("li").page("/points/people/li")


def test_the_branch_sets_its_method_on_its_page(visit: Visit) -> None:
    form = {
        "since": "2026-03-01",
        "criteria.performance": "完成任务 6\n应急 4",
        "criteria.innovation": "新办法 5",
        "criteria.cooperation": "配合 5",
        "criteria.assignment": "交办 5",
    }
    browser = visit("sun")
    wrong = browser.post("/points/branches/B1/method", data={**form, "criteria.innovation": "新办法 4"}, headers=PAGE)
    assert wrong.status_code == 422 and "应为 5 分" in wrong.get_data(as_text=True)
    assert browser.post("/points/branches/B1/method", data={**form, "criteria.innovation": "新办法"}).status_code == 422
    assert browser.post("/points/branches/B1/method", data=form, headers=PAGE).status_code == 303
    assert visit("li").post("/points/branches/B1/method", data=form, headers=PAGE).status_code == 403


@pytest.mark.requirement("N11")
def test_an_activity_from_its_creation_to_signing_in_by_its_code(house: Committee, visit: Visit) -> None:
    secretary, member, other = visit("sun"), visit("li"), visit("qin")
    form = {
        "unit": "B1",
        "title": "主题党日",
        "place": "会议室",
        "starts_at": "2026-02-06T14:00",
        "ends_at": "2026-02-06T16:00",
        "item": "MEETING",
    }
    assert member.post("/points/activities", data=form, headers=PAGE).status_code == 403
    assert secretary.post("/points/activities", data={**form, "ends_at": ""}, headers=PAGE).status_code == 422
    address = str(secretary.post("/points/activities", data=form, headers=PAGE).location).partition("?")[0]
    assert "主题党日" in member.page("/points/activities") and "主题党日" not in other.page("/points/activities")
    assert other.get(address, headers=PAGE).status_code == 404
    house.at("2026-02-06", 14)
    put_on(house)
    shown = secretary.page(f"{address}/code")
    assert "<svg" in shown and 'http-equiv="refresh"' in shown
    assert member.get(f"{address}/code", headers=PAGE).status_code == 403
    with house.by("sun") as ctx:
        token = activities.code(ctx, cycle(ctx), int(address.rsplit("/", 1)[1]))
    door = f"/points/sign-in/{token}"
    assert "签到" in member.page(door)
    assert member.post(door, headers=PAGE).status_code == 303
    assert member.post(door, headers=PAGE).status_code == 409
    assert other.post(door, headers=PAGE).status_code == 409
    assert member.post("/points/sign-in/1.2.3", headers=PAGE).status_code == 404
    assert visit("han").post("/api/v1/points/sign-ins", json={"code": token}).get_json()["title"] == "主题党日"
    assert "2 / 4" in secretary.page(address)


@pytest.mark.requirement("N11")
def test_leave_is_asked_for_on_the_activitys_page(house: Committee, visit: Visit) -> None:
    form = {
        "unit": "B1",
        "title": "党课",
        "place": "礼堂",
        "starts_at": "2026-02-09T14:00",
        "ends_at": "2026-02-09T16:00",
    }
    address = str(visit("sun").post("/points/activities", data=form, headers=PAGE).location).partition("?")[0]
    member = visit("li")
    assert member.post(f"{address}/leave", data={"reason": ""}, headers=PAGE).status_code == 422
    assert member.post(f"{address}/leave", data={"reason": "出差"}, headers=PAGE).status_code == 303
    assert "已请假，待批" in member.page(address)
    assert member.post(f"{address}/leave", data={"reason": "出差"}, headers=PAGE).status_code == 409


def test_before_there_is_a_result_the_page_says_when_there_will_be(visit: Visit) -> None:
    assert "暂无结果" in visit("li").page("/points/results")


def test_the_menu_of_persons_speaks_of_points_and_every_entry_opens(visit: Visit) -> None:
    browser = visit("office")
    page = browser.page("/points/branches")
    side = page.partition("shell-side")[2].partition("</nav>")[0]
    links = re.findall(r'href="([^"]+)"', side)
    assert "/points" in links and "/ledger" not in links and "/loop" not in links
    for link in links:
        assert browser.get(link, headers=PAGE, follow_redirects=True).status_code == 200, link
