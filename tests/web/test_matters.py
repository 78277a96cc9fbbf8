"""One matter and its papers: who may open them, and what the lead may do there."""

import hashlib
from datetime import date

from tests.assessment.town import Town, remember
from tests.web import matters_fixtures
from tests.web.matters_fixtures import PAGE, Visit, shown

town, visit = matters_fixtures.town, matters_fixtures.visit


def _delivered(town: Town, *units: str) -> None:
    town.live_to("2026-04-21")
    for unit in units:
        town.deliver(unit)


def test_another_units_pair_matter_letter_and_sheet_are_not_there(town: Town, visit: Visit) -> None:
    _delivered(town, "A02")
    matter, letter = town.matter("A02", "H01"), town.letter_id("A02")
    own, other = visit("a02_clerk"), visit("a01_clerk")
    for path in ("/loop/A02/H01", f"/items/{matter.id}", f"/letters/{letter}"):
        shown(own, path)
        shown(other, path, 404)
    for path in ("/rounds/april/feedback/A02", "/units/A02"):
        shown(own, path)
        shown(other, path, 403)


def test_the_responsible_unit_sees_the_matter_and_not_the_letter(town: Town, visit: Visit) -> None:
    _delivered(town, "A02")
    judge = visit("d25_clerk")
    page = shown(judge, f"/items/{town.matter('A02', 'H01').id}")
    assert "/letters/" not in page and "/units/A02" not in page
    shown(judge, "/loop/A02/H01")
    shown(judge, "/loop/A02/E15", 404)
    shown(judge, f"/letters/{town.letter_id('A02')}", 404)


def test_a_draft_letter_is_the_leads_alone(town: Town, visit: Visit) -> None:
    letter = town.letter_id("A01")
    shown(visit("lead1"), f"/letters/{letter}")
    shown(visit("a01_clerk"), f"/letters/{letter}", 404)


def test_the_letter_names_every_warning_with_its_figures(town: Town, visit: Visit) -> None:
    _delivered(town, "A03")
    page = shown(visit("a03_leader"), f"/letters/{town.letter_id('A03')}")
    for name in ("重点项目年度投资完成额", "工业产能利用率", "空气质量优良天数比例", "党员教育培训覆盖率"):
        assert name in page
    assert "关于重点项目年度投资完成额等5项指标的预警通知书" in page
    assert "发送范围：点对点" in page and "签章处" in page


def test_the_unit_is_led_to_its_task_until_it_has_signed_for_the_letter(town: Town, visit: Visit) -> None:
    town.live_to("2026-04-21")
    letter = town.send_letter("A01")
    (task,) = town.tasks("receive_letter", letter=letter)
    assert f'href="/tasks/{task}"' in shown(visit("a01_clerk"), f"/letters/{letter}")
    assert f'href="/tasks/{task}"' not in shown(visit("inspector1"), f"/letters/{letter}")


def test_the_feedback_sheet_names_no_other_unit(town: Town, visit: Visit) -> None:
    page = shown(visit("a01_clerk"), "/rounds/april/feedback/A01")
    assert "A01区" in page
    assert not [unit for unit in ("A02", "A03", "A04", "A05", "A06") if unit in page]


def test_the_lead_withdraws_a_warning_with_a_reason_and_the_matter_ends(town: Town, visit: Visit) -> None:
    _delivered(town, "A01")
    matter = town.matter("A01", "H01")
    with town.by(reading=True) as ctx:
        notice = town.notice(ctx, "A01", "H01").id
    path = f"/items/{matter.id}/notices/{notice}/withdraw"
    assert visit("a01_clerk").post(path, data={"reason": "不服"}, headers=PAGE).status_code == 403
    assert visit("lead1").post(path, data={"reason": "  "}, headers=PAGE).status_code == 422
    assert town.matter("A01", "H01").status == "opened"
    assert visit("lead1").post(path, data={"reason": "数据有误"}, headers=PAGE).status_code == 303
    assert town.matter("A01", "H01").status == "withdrawn"
    letter = shown(visit("a01_clerk"), f"/letters/{town.letter_id('A01')}")
    assert 'data-void="作废"' in letter
    assert "数据有误" in shown(visit("a01_clerk"), f"/items/{matter.id}")


def test_the_lead_lifts_a_warning(town: Town, visit: Visit) -> None:
    _delivered(town, "A02")
    matter = town.matter("A02", "H01")
    with town.by(reading=True) as ctx:
        notice, other = town.notice(ctx, "A02", "H01").id, town.notice(ctx, "A02", "E15").id
    lead = visit("lead1")
    # A warning of another matter cannot be ended from this one's page.
    wrong = lead.post(f"/items/{matter.id}/notices/{other}/lift", data={"reason": "回到序时"}, headers=PAGE)
    assert wrong.status_code == 404
    lead.post(f"/items/{matter.id}/notices/{notice}/lift", data={"reason": "回到序时"}, headers=PAGE)
    assert (town.matter("A02", "H01").status, town.matter("A02", "E15").status) == ("lifted", "opened")
    letter = shown(visit("a02_clerk"), f"/letters/{town.letter_id('A02')}")
    assert "data-void" not in letter, "the other warning stands"


def test_the_office_registers_its_own_number(town: Town, visit: Visit) -> None:
    _delivered(town, "A01")
    path = f"/letters/{town.letter_id('A01')}"
    given = {"number": "T考发〔2026〕9号", "day": "2026-04-22"}
    assert visit("inspector1").post(f"{path}/register", data=given, headers=PAGE).status_code == 403
    lead = visit("lead1")
    assert lead.post(f"{path}/register", data={"number": "", "day": ""}, headers=PAGE).status_code == 422
    wrong = lead.post(f"{path}/register", data={**given, "day": "22.4.2026"}, headers=PAGE)
    assert wrong.status_code == 422 and "22.4.2026" in wrong.get_data(as_text=True)
    assert lead.post(f"{path}/register", data=given, headers=PAGE).status_code == 303
    assert "T考发〔2026〕9号 2026年4月22日" in shown(visit("a01_clerk"), path)


def test_evidence_is_handed_out_as_a_file_to_who_may_see_the_matter(town: Town, visit: Visit) -> None:
    _delivered(town, "A01")
    matter = town.matter("A01", "H01")
    town.begin(matter, "d25_clerk")
    town.hand_in(matter)
    digest = hashlib.sha256("%PDF-1.7 佐证.pdf".encode()).hexdigest()
    page = shown(visit("d25_clerk"), f"/items/{matter.id}")
    assert digest[:8] in page
    path = "/files/" + page.split("/files/")[1].split('"')[0]
    for account in ("a01_clerk", "a01_leader", "d25_clerk", "lead1", "inspector1"):
        answer = visit(account).get(path, buffered=True)
        assert answer.status_code == 200 and answer.data == "%PDF-1.7 佐证.pdf".encode()
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for account in ("a02_clerk", "d01_clerk", "expert1"):
        assert visit(account).get(path, buffered=True).status_code == 404


def test_a_file_that_only_waits_in_a_draft_is_its_uploaders(town: Town, visit: Visit) -> None:
    path = f"/files/{town.upload('a01_clerk').removeprefix('file:')}"
    assert visit("a01_clerk").get(path, buffered=True).status_code == 200
    assert visit("a01_leader").get(path, buffered=True).status_code == 404
    assert visit("lead1").get(path, buffered=True).status_code == 200


def test_the_assessed_unit_reads_no_figure_before_it_is_published(town: Town, visit: Visit) -> None:
    with town.by() as ctx:
        remember(ctx, town.cycle(ctx), {("E13", "A01"): "777.7"}, date(2026, 7, 31))
    page = shown(visit("a01_clerk"), "/loop/A01/E13")
    assert "777.7" not in page and "2026年3月31日" in page
    for account in ("d01_clerk", "lead1"):
        assert "777.7" in shown(visit(account), "/loop/A01/E13")


def test_the_story_is_told_from_the_letter_to_the_last_step(town: Town, visit: Visit) -> None:
    _delivered(town, "A01")
    matter = town.matter("A01", "H01")
    town.begin(matter, "d25_clerk")
    page = shown(visit("a01_leader"), "/loop/A01/H01")
    assert all(step in page for step in ("签收", "提交整改方案", "负责人审签方案", "审批方案"))
    assert "项目储备不足" in page and "现在在谁手里" in page
