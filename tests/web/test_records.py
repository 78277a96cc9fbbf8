"""Daily assessment, special assessments and the plan of assessments in the browser: who sees what, and every act once."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from engine.assessment import annual_plan, special
from engine.assessment.annual_plan import Draft, EntryKind
from engine.assessment.special import Body
from tests.assessment.town import Town
from tests.web import matters_fixtures
from tests.web.matters_fixtures import PAGE, Visit, shown

town, visit = matters_fixtures.town, matters_fixtures.visit
RECORD = {
    "kind": "talk",
    "unit": "A01",
    "held_on": "2026-04-17",
    "text": "与班子成员谈话",
    "tag": ["joint", "cadre_work"],
}
PLACES = (
    *("/assessments", "/combined", "/admissions", "/veto-list", "/assessors"),
    *("/records", "/special", "/archives"),
)


def send(browser: FlaskClient, path: str, given: Mapping[str, Any], status: int = 303) -> str:
    answer = browser.post(path, data=dict(given), headers=PAGE)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.headers.get("Location", "") or answer.get_data(as_text=True)


@pytest.mark.parametrize("account", ["lead1", "inspector1", "committee1", "a01_clerk", "d01_clerk", "expert1"])
def test_every_page_opens_empty_for_everybody(visit: Visit, account: str) -> None:
    browser = visit(account)
    for place in PLACES:
        assert "</main>" in shown(browser, place)


def test_a_record_is_entered_found_by_its_source_and_kept_from_the_unit(town: Town, visit: Visit) -> None:
    lead = visit("lead1")
    place = send(lead, "/records", RECORD | {"files": (io.BytesIO(b"%PDF-1.7 x"), "记录.pdf")})
    page = shown(lead, place)
    assert all(text in page for text in ("谈心谈话", "与班子成员谈话", "协同考", "立体考", "记录.pdf"))
    assert place in shown(lead, "/records?tag=joint&unit=A01")
    assert place not in shown(lead, "/records?tag=study_campaign")
    unit = visit("a01_leader")
    shown(unit, place, 404)
    assert place not in shown(unit, "/records") and 'name="held_on"' not in shown(unit, "/records")
    send(unit, "/records", RECORD, 403)


def test_a_reminder_is_told_and_opens_a_matter_from_its_page(town: Town, visit: Visit) -> None:
    lead = visit("lead1")
    place = send(lead, "/records", RECORD | {"kind": "reminder", "text": "进度苗头"})
    assert "贵单位收到一项提醒" in shown(visit("a01_clerk"), "/notifications")
    assert f"{place}/matter" not in shown(visit("a01_clerk"), place)
    send(lead, f"{place}/matter", {"indicator": "E13", "due_on": "2026-07-31"})
    matter = town.matter("A01", "E13")
    assert f'href="/items/{matter.id}"' in shown(visit("a01_clerk"), place)
    assert "提醒" in shown(lead, "/ledger")
    for account in ("lead1", "a01_clerk"):
        assert "进度苗头" in shown(visit(account), f"/items/{matter.id}")
    page = shown(visit("d01_clerk"), f"/items/{matter.id}")
    assert "由平时考核转来" in page and "进度苗头" not in page


def test_a_wrong_day_is_refused_in_words_and_nothing_is_entered(visit: Visit) -> None:
    lead = visit("lead1")
    assert "不是日期" in send(lead, "/records", RECORD | {"held_on": "17.4."}, 422)
    assert "请从所列选项中选择" in send(lead, "/records", RECORD | {"kind": "gossip"}, 422)
    assert "没有记录" in shown(lead, "/records")


@pytest.mark.requirement("I4")
def test_the_archive_is_one_file_with_an_index_in_words(visit: Visit) -> None:
    lead = visit("lead1")
    for kind in ("talk", "commendation"):
        send(lead, "/records", RECORD | {"kind": kind, "files": (io.BytesIO(b"%PDF-1.7 x"), "记录.pdf")})
    send(lead, "/records", RECORD | {"unit": "A02"})
    with lead.get("/archives/A01.zip") as answer:
        packed = zipfile.ZipFile(io.BytesIO(answer.data))
    book = load_workbook(io.BytesIO(packed.read("index.xlsx")))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert sorted(row[2] for row in rows[1:]) == ["表扬", "谈心谈话"]
    assert {f"{row[8]}/{row[9]}" for row in rows[1:]} == set(packed.namelist()) - {"index.xlsx"}
    with visit("a01_clerk").get("/archives/A01.zip") as answer:
        assert len(zipfile.ZipFile(io.BytesIO(answer.data)).namelist()) == 2, "the index and the commendation"
    assert visit("a02_clerk").get("/archives/A01.zip", headers=PAGE).status_code == 403
    shown(visit("a02_clerk"), "/archives/A01", 403)
    assert "A01" in shown(visit("a01_clerk"), "/archives/A01")


def test_an_assessment_is_proposed_approved_and_struck_on_the_plans_page(town: Town, visit: Visit) -> None:
    given = {"name": "安全考核", "organiser": "D09", "subject": "安全", "basis": "5号", "kind": "special"}
    send(visit("d09_clerk"), "/assessments", given)
    send(visit("a01_clerk"), "/assessments", given, 403)
    group = visit("committee1")
    with town.by(reading=True) as ctx:
        entry = annual_plan.of_year(ctx, 2026)[-1].id
    assert "decide/approve" not in shown(visit("lead1"), "/assessments")
    send(group, "/assessments/decide/approve", {"entry": str(entry), "document": ""}, 422)
    send(group, "/assessments/decide/approve", {"entry": str(entry), "document": "T考领〔2026〕7号"})
    assert "T考领〔2026〕7号" in shown(visit("a01_clerk"), "/assessments")
    send(group, f"/assessments/{entry}/strike", {"document": "8号", "reason": "并入"})
    assert "已移出" in shown(group, "/assessments")


def test_who_is_assessed_twice_is_shown_to_those_who_oversee(town: Town, visit: Visit) -> None:
    with town.by("lead1") as ctx:
        for organiser in ("D01", "D09"):
            annual_plan.propose(ctx, 2026, Draft(f"{organiser}检查", organiser, "营商环境", "5号"))
    assert "多头考核（内容相同）" in shown(visit("lead1"), "/assessments")
    assert "多头考核（" not in shown(visit("d01_clerk"), "/assessments")


def test_a_combined_assessment_from_its_making_to_the_count_of_visits(town: Town, visit: Visit) -> None:
    parts = [_approved(town, "党风廉政检查", EntryKind.BUSINESS), _approved(town, "改革考核", EntryKind.BUSINESS)]
    lead = visit("lead1")
    days = {"from_date": "2026-04-20", "to_date": "2026-05-29"}
    place = send(lead, "/combined", {"name": "春季合并考核", "part": parts, **days})
    send(lead, f"{place}/requests", {"title": "总结", "due_on": "2026-05-08", "part": parts})
    send(lead, f"{place}/visits", {"unit": "A01", "visited_on": "2026-04-20", "visitors": "李组长", "part": parts})
    clerk = visit("a01_clerk")
    assert "春季合并考核" in shown(clerk, place) and "A02" not in shown(clerk, place)
    given = {"unit": "A01", "files": (io.BytesIO(b"%PDF-1.7 y"), "总结.pdf")}
    send(clerk, f"{place}/requests/1", given)
    page = shown(lead, place)
    assert "总结.pdf" in page and "供 2 项考核共用" in page
    file = page.split('href="/files/')[1].split('"')[0]
    assert clerk.get(f"/files/{file}", buffered=True).status_code == 200
    assert visit("a02_clerk").get(f"/files/{file}", buffered=True).status_code == 404


def test_an_indicator_is_admitted_by_three_people_on_one_page(visit: Visit) -> None:
    given = {"unit": "D01", "code": "N01", "name": "数字经济", "basis": "8号"}
    send(visit("d01_clerk"), "/admissions", given)
    assert "数字经济" in shown(visit("lead1"), "/admissions")
    assert "数字经济" not in shown(visit("d09_clerk"), "/admissions")
    send(visit("lead1"), "/admissions/" + _number(visit, "N01") + "/review/forward", {"note": ""})
    decided = {"document": "9号", "expires_on": "2028-12-31"}
    send(visit("lead1"), "/admissions/" + _number(visit, "N01") + "/decide/admit", decided, 403)
    send(visit("committee1"), "/admissions/" + _number(visit, "N01") + "/decide/admit", decided)
    assert "2028年12月31日" in shown(visit("d01_clerk"), "/admissions")


def test_the_list_of_vetoes_and_a_rebound(visit: Visit) -> None:
    send(visit("lead1"), "/veto-list", {"kind": "veto", "code": "V01", "name": "安全生产", "basis": "1号"})
    send(visit("committee1"), "/veto-list/1/list", {"document": "2号"})
    given = {"unit": "A01", "inspected_on": "2026-04-20", "inspectors": "张三", "vetoes": "V01，招商引资"}
    send(visit("inspector1"), "/veto-list/inspections", given)
    page = shown(visit("lead1"), "/veto-list")
    assert "反弹回潮" in page and "从未列入清单" in page
    assert "反弹回潮" not in shown(visit("a02_clerk"), "/veto-list")


def test_an_assessor_is_enrolled_assigned_and_trained(town: Town, visit: Visit) -> None:
    part, lead = _approved(town, "改革考核", EntryKind.BUSINESS), visit("lead1")
    given = {"account": "d09_leader", "kind": "part_time", "unit": "D09", "from_date": "2026-03-02"}
    send(lead, "/assessors", given)
    send(lead, "/assessors/duties", {"assessor": "1", "planned": part, "part": "leader"})
    trained = {"assessor": "1", "kind": "rotation", "topic": "业务", "from_date": "2026-03-09", "to_date": "2026-03-10"}
    send(lead, "/assessors/trainings", trained)
    page = shown(lead, "/assessors")
    assert all(text in page for text in ("改革考核", "带队", "轮训", "兼职"))
    assert "轮训" in shown(visit("d09_leader"), "/assessors")
    assert "轮训 业务" not in shown(visit("d01_leader"), "/assessors")


def test_a_special_assessment_is_opened_rated_confirmed_and_concluded(town: Town, visit: Visit) -> None:
    lead = visit("lead1")
    given = {"planned": _approved(town, "防汛专项考核", EntryKind.SPECIAL), "unit": "A01", "trigger": "sudden_event"}
    place = send(lead, "/special", given | {"title": "抗洪抢险", "occasion": "暴雨", "tag": "relief"})
    send(lead, f"{place}/ask", {"body": "petitions", "unit": "D32", "text": "有无反映", "due_on": "2026-04-30"})
    send(lead, f"{place}/final", {"conclusion": "好"}, 409)
    asked = visit("d32_clerk")
    page = shown(asked, place)
    assert "有无反映" in page and "五个方面" not in page and "暴雨" not in page
    send(asked, f"{place}/reply", {"body": "petitions", "text": "无"})
    for body in ("discipline", "audit"):
        send(visit("committee1"), f"{place}/waive", {"body": body, "text": "无事项"})
    aspects = ("attitude", "responsibility", "leadership", "role", "effect")
    send(lead, f"{place}/ratings", dict.fromkeys(aspects, "good") | {"role_remark": "冲锋在前"})
    shown(visit("a01_leader"), place, 404)
    send(lead, f"{place}/final", {"conclusion": "表现突出"})
    page = shown(visit("a01_leader"), place)
    assert "冲锋在前" in page and "表现突出" in page and "有无反映" not in page
    with town.by("lead1", reading=True) as ctx:
        assert list(special.standings(ctx, special.of_year(ctx, 2026)[0])) == list(Body)


def _number(visit: Visit, code: str) -> str:
    """The admission as the page of the lead or the leading group names it."""
    for account in ("lead1", "committee1"):
        page = shown(visit(account), "/admissions")
        if 'action="/admissions/' in page:
            return page.split('action="/admissions/')[1].split("/")[0]
    raise AssertionError(code)


def _approved(town: Town, name: str, kind: EntryKind) -> str:
    with town.by("lead1") as ctx:
        entry = annual_plan.propose(ctx, 2026, Draft(name, "ORG", name, "1号", kind)).id
    with town.by("committee1") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="2号")
    return str(entry)
