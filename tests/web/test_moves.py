"""The menu of moves on a task's page, its forms, copies, standing in, and the operator's pages."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from engine import people, workflow
from engine.workflow import handing, packages
from tests.cast import PASSWORD, Office
from tests.web.browsing import JSON, PAGE, Browser
from tests.web.site import browser, site  # noqa: F401
from tests.workflow import running
from tests.workflow.moving import task_id as task
from tests.workflow.running import complete, deploy, opened, start

#: What is tested here is HTTP; which database lies below makes no difference to it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHAIN = """
start s
user plan candidateGroups=clerk@unit prop:withdraw=before_open
user sign candidateGroups=leader@unit prop:paper=yes
s -> plan -> sign
"""


@pytest.fixture
def town(site: Flask, office: Office) -> Iterator[Office]:
    with office.by() as ctx:
        for account in ("li", "chen", "sun", "wu"):
            people.open_account(ctx, account, PASSWORD)
    deploy(office, CHAIN)
    yield office


def moved(visitor: Browser, task_id: int, move: str, **given: Any) -> Any:
    return visitor.post(f"/tasks/{task_id}/moves/{move}", data=given, headers=PAGE)


def test_the_menu_offers_what_the_person_may_do_and_nothing_else(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    page = browser(site, "zhang").page(f"/tasks/{plan}")
    offered = {name for name in MOVES if f'/tasks/{plan}/moves/{name}"' in page}
    assert offered == {"transfer", "delegate", "sign-before", "sign-after", "copy", "comment"}
    page = browser(site, "wang").page(f"/tasks/{plan}")
    assert {name for name in MOVES if f'/tasks/{plan}/moves/{name}"' in page} == {"urge", "copy", "comment"}


MOVES = (
    *("transfer", "delegate", "give-back", "take-back", "sign", "sign-before", "sign-after", "remove-signer"),
    *("add-voter", "return", "withdraw", "extension", "paper", "urge", "copy", "comment"),
)


def test_a_task_is_transferred_by_its_form(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    visitor = browser(site, "zhang")
    form = visitor.page(f"/tasks/{plan}/moves/transfer")
    assert "陈静（青河县）" in form and "王敏" not in form.split("<form")[-1]
    answer = moved(visitor, plan, "transfer", to="chen", reason="出差")
    assert (answer.status_code, answer.location) == (303, f"/tasks/{plan}")
    page = visitor.page(f"/tasks/{plan}")
    assert "张伟 → 陈静 转办" in page and "出差" in page
    assert "张伟把“plan”转办给您：Matter 1。出差" in browser(site, "chen").page("/notifications")


def test_a_refused_move_shows_its_form_again_with_what_was_typed(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    answer = moved(browser(site, "zhang"), plan, "delegate", to="chen", reason=" ")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'role="alert"' in page and '<option value="chen" selected>' in page
    assert opened(town) == ["plan"]
    program = browser(site, "zhang").post(
        f"/tasks/{plan}/moves/transfer", data={"to": "wu", "reason": ""}, headers=JSON
    )
    assert (program.status_code, program.json and program.json["code"]) == (422, "not_a_colleague")


def test_in_a_dialog_the_form_is_a_part_of_a_page_and_success_leads_back(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    visitor, part = browser(site, "zhang"), {**PAGE, "HX-Request": "true"}
    form = visitor.get(f"/tasks/{plan}/moves/comment", headers=part).get_data(as_text=True)
    assert "<html" not in form and "hx-post" in form
    answer = visitor.post(f"/tasks/{plan}/moves/comment", data={"reason": "已电话核实", "keep": "1"}, headers=part)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/tasks/{plan}")
    assert '<option value="已电话核实">' in visitor.page(f"/tasks/{plan}/moves/comment")
    assert "已电话核实" in visitor.page(f"/tasks/{plan}")


def test_a_move_that_is_none_and_a_task_that_is_not_ones_own_are_not_there(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    browser(site, "zhang").page(f"/tasks/{plan}/moves/explode", status=404)
    browser(site, "wu").page(f"/tasks/{plan}/moves/transfer", status=404)
    assert moved(browser(site, "wu"), plan, "transfer", to="chen").status_code == 403


def test_a_returned_task_is_open_again_where_it_came_from(town: Office, site: Flask) -> None:
    matter = start(town, unit="A01")
    complete(town, matter, "plan", by="zhang")
    sign = task(town, matter, "sign")
    visitor = browser(site, "li")
    assert 'value="plan"' in visitor.page(f"/tasks/{sign}/moves/return")
    assert moved(visitor, sign, "return", to="plan", reason="缺附件").status_code == 303
    assert opened(town) == ["plan"]
    assert "已退回。" in visitor.page(f"/tasks/{sign}")


def test_what_nobody_has_opened_is_withdrawn_and_opening_ends_that(town: Office, site: Flask) -> None:
    matter = start(town, unit="A01")
    plan = task(town, matter, "plan")
    complete(town, matter, "plan", by="zhang")
    visitor = browser(site, "zhang")
    assert f"/tasks/{plan}/moves/withdraw" in visitor.page(f"/tasks/{plan}")
    browser(site, "li").page(f"/tasks/{task(town, matter, 'sign')}")
    assert f"/tasks/{plan}/moves/withdraw" not in visitor.page(f"/tasks/{plan}")
    assert moved(visitor, plan, "withdraw", reason="填错了").status_code == 422


def test_a_signer_signs_on_a_page_of_his_own_and_the_holder_sees_it(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    visitor, signer = browser(site, "zhang"), browser(site, "chen")
    assert moved(visitor, plan, "sign-before", to="chen", reason="请核数").status_code == 303
    assert "正在等待前加签人签署。" in visitor.page(f"/tasks/{plan}")
    with town.by("chen", reading=True) as ctx:
        (own,) = [each.id for each in workflow.mine(ctx).tasks if each.side]
    assert "请您对本事项加签。" in signer.page(f"/tasks/{own}")
    assert moved(signer, own, "sign", agreed="no", reason="数据有误").status_code == 303
    page = visitor.page(f"/tasks/{plan}")
    assert "不同意" in page and "数据有误" in page


def test_a_paper_signature_is_shown_as_what_it_is(town: Office, site: Flask) -> None:
    matter = start(town, unit="A01")
    complete(town, matter, "plan", by="zhang")
    sign = task(town, matter, "sign")
    visitor = browser(site, "zhang")
    given = {"to": "li", "manner": "signed", "scan": (io.BytesIO(b"%PDF-1.7 x"), "签字页.pdf")}
    refused = visitor.post(f"/tasks/{sign}/moves/paper", data={**given, "signed_on": "soon"}, headers=PAGE)
    assert refused.status_code == 422
    given["scan"] = (io.BytesIO(b"%PDF-1.7 x"), "签字页.pdf")
    with town.by(reading=True) as ctx:
        today = ctx.session.get_one(workflow.Task, sign).created_at.date().isoformat()
    # The browser lives by the clock of the host, months after the task was made.
    answer = visitor.post(f"/tasks/{sign}/moves/paper", data={**given, "signed_on": today}, headers=PAGE)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = visitor.page(f"/tasks/{sign}")
    assert "李强于" in page and "纸签，张伟代录。" in page
    with visitor.get(f"/tasks/{sign}/paper") as scan:
        assert scan.data == b"%PDF-1.7 x"
    assert browser(site, "wu").get(f"/tasks/{sign}/paper").status_code == 404


def test_copies_stand_in_a_list_of_their_own_until_they_are_read(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    assert moved(browser(site, "wang"), plan, "copy", to=["sun", "wu"], reason="知悉").status_code == 303
    visitor = browser(site, "wu")
    assert f'href="/tasks/{plan}"' in visitor.page("/copies")
    assert "未阅" in browser(site, "wang").page(f"/tasks/{plan}")
    visitor.page(f"/tasks/{plan}")
    assert "已阅" in browser(site, "wang").page(f"/tasks/{plan}")
    assert "没有抄送" in browser(site, "zhang").page("/copies")


def test_one_acts_for_whom_one_stands_in_and_for_oneself_again(town: Office, site: Flask) -> None:
    sign = start(town, unit="A01")
    complete(town, sign, "plan", by="zhang")
    absent, agent = browser(site, "li"), browser(site, "zhang")
    given = {"agent": "zhang", "since": "2026-01-01", "until": "2099-12-31", "reason": "出差"}
    assert absent.post("/absence", data=given, headers=PAGE).status_code == 303
    assert "张伟" in absent.page("/absence")
    assert "代李强办理" in agent.page("/")
    assert agent.post("/acting", data={"account": "chen"}, headers=PAGE).status_code == 403
    assert agent.post("/acting", data={"account": "li"}, headers=PAGE).status_code == 303
    page = agent.page("/")
    assert "正在代理李强" in page and "sign" in page
    with town.by(reading=True) as ctx:
        task_id = running.task_of(ctx, sign, "sign").id
    done = agent.post(f"/tasks/{task_id}/complete", data={"payload": "{}"}, headers=PAGE)
    assert done.status_code == 200
    assert "张伟代李强办理。" in agent.page(f"/tasks/{task_id}")
    agent.post("/acting", data={}, headers=PAGE)
    assert "正在代理李强" not in agent.page("/")


def test_when_it_is_over_one_is_told_once_and_is_oneself_again(town: Office, site: Flask) -> None:
    absent, agent = browser(site, "li"), browser(site, "zhang")
    absent.post("/absence", data={"agent": "zhang", "since": "2026-01-01", "until": "2099-12-31"}, headers=PAGE)
    agent.post("/acting", data={"account": "li"}, headers=PAGE)
    assert absent.post("/absence/1/end", headers=PAGE).status_code == 303
    agent.page("/", status=403)
    agent.page("/")


def test_more_time_is_asked_for_and_granted_on_the_tasks_page(town: Office, site: Flask) -> None:
    deploy(town, late='start s \n user plan candidateGroups=clerk@unit dueDate="2098-04-24" \n s -> plan')
    plan = task(town, start(town, "late", key="2", unit="A01"), "plan")
    asked = moved(browser(site, "zhang"), plan, "extension", until="2098-05-30", reason="数据未齐", progress="一半")
    assert asked.status_code == 303
    lead = browser(site, "wang")
    assert "数据未齐" in lead.page(f"/tasks/{plan}")
    answer = lead.post(
        "/extensions/1", data={"decision": "grant", "until": "2098-05-20", "answer": "同意"}, headers=PAGE
    )
    assert answer.status_code == 303
    assert "原期限4月24日" in lead.page(f"/tasks/{plan}")


# ---- the operator


def stuck(office: Office) -> int:
    deploy(
        office,
        stuck="start s \n service ask op=counter.ask in:open==open \n user done candidateGroups=lead \n s -> ask -> done",
    )
    with office.by() as ctx:
        ctx.memo["patient"] = True
        return workflow.start(ctx, "stuck", key="stuck", title="停滞事项", variables={"open": False}).id


def test_an_operator_sees_what_stands_looks_before_acting_and_passes_over_it(town: Office, site: Flask) -> None:
    matter = stuck(town)
    visitor = browser(site, "liu")
    assert "停滞事项" in visitor.page("/admin/incidents")
    assert "The counter is closed." in visitor.page(f"/admin/matters/{matter}")
    with town.by(reading=True) as ctx:
        incident = workflow.incidents(ctx, workflow.instance(ctx, matter))[0].id
    seen = visitor.post(
        f"/admin/matters/{matter}/skip", data={"incident": incident, "reason": "线下办", "preview": "1"}, headers=PAGE
    )
    assert "以上仅为预览，尚未办理。" in seen.get_data(as_text=True) and opened(town, matter) == []
    refused = visitor.post(f"/admin/matters/{matter}/retry", data={"incident": incident}, headers=PAGE)
    assert refused.status_code == 422 and "The counter is closed." in refused.get_data(as_text=True)
    assert (
        visitor.post(
            f"/admin/matters/{matter}/skip", data={"incident": incident, "reason": "线下办"}, headers=PAGE
        ).status_code
        == 303
    )
    assert opened(town, matter) == ["done"]
    assert "停滞事项" not in visitor.page("/admin/incidents")
    for name, reason in (("suspend", "等"), ("resume", "好"), ("cancel", "重复")):
        assert visitor.post(f"/admin/matters/{matter}/{name}", data={"reason": reason}, headers=PAGE).status_code == 303
    assert running.instance_of(town, matter).status == "cancelled"


def test_a_guarded_matter_is_ended_by_two_the_second_of_whom_sees_what_waits(
    town: Office, site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "is_guarded", lambda ctx, package, process: process == "stuck")
    matter = stuck(town)
    operator, lead = browser(site, "liu"), browser(site, "wang")
    assert "受双人管控" in operator.page(f"/admin/matters/{matter}")
    operator.post(f"/admin/matters/{matter}/cancel", data={"reason": "发错单位"}, headers=PAGE)
    assert running.instance_of(town, matter).status == "running"
    assert "由您提出，须由他人确认。" in operator.page("/admin/incidents")
    waiting = lead.page("/admin/requests")
    assert "发错单位" in waiting and "确认并执行" in waiting
    given = {"confirmed": "yes", "answer": "情况属实"}
    assert operator.post("/admin/requests/1", data=given, headers=PAGE).status_code in (409, 422)
    assert lead.post("/admin/requests/1", data=given, headers=PAGE).status_code == 303
    assert running.instance_of(town, matter).status == "cancelled"
    assert "确认并执行" not in lead.page("/admin/requests")


def test_only_the_operator_comes_there(town: Office, site: Flask) -> None:
    matter = stuck(town)
    for account in ("wang", "zhang"):
        visitor = browser(site, account)
        visitor.page("/admin/incidents", status=403)
        visitor.page(f"/admin/matters/{matter}", status=403)
        assert visitor.post(f"/admin/matters/{matter}/suspend", data={"reason": "x"}, headers=PAGE).status_code == 403
    browser(site, "liu").page("/admin/matters/4711", status=404)


def test_everything_of_a_leaver_is_handed_over_by_a_form(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    with town.by("zhang") as ctx:
        workflow.claim(ctx, plan)
    leader = browser(site, "li")
    leader.page("/admin/handover")
    answer = leader.post(
        "/admin/handover", data={"leaver": "zhang", "successor": "chen", "reason": "调离"}, headers=PAGE
    )
    assert "已移交 1 项待办。" in answer.get_data(as_text=True)
    with town.by(reading=True) as ctx:
        assert [each.to_account for each in handing.chain(ctx, ctx.session.get_one(workflow.Task, plan))] == ["chen"]
    browser(site, "zhang").page("/admin/handover", status=403)


def test_matters_on_an_older_version_are_shown_and_moved(town: Office, site: Flask) -> None:
    start(town, unit="A01")
    deploy(
        town,
        CHAIN.replace("user sign", "user more candidateGroups=lead \n user sign").replace("-> sign", "-> more -> sign"),
    )
    visitor = browser(site, "liu")
    page = visitor.page("/admin/versions?process=/main")
    assert "1 → 2" in page and "Matter 1" in page
    answer = visitor.post("/admin/versions", data={"process": "/main", "matter": "1", "reason": "调整"}, headers=PAGE)
    assert answer.status_code == 303
    assert "均为现行版本" in visitor.page("/admin/versions?process=/main")
    browser(site, "wang").page("/admin/versions?process=/main", status=403)
