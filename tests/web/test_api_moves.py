"""The same moves for programs: what is offered, each by its own call, refusals with their codes."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from engine import people, workflow
from engine.workflow import absence, packages
from tests.cast import PASSWORD, Office
from tests.web.browsing import JSON
from tests.web.site import browser, site  # noqa: F401
from tests.workflow import running
from tests.workflow.moving import task_id as task
from tests.workflow.running import deploy, opened, start

#: What is tested here is HTTP; which database lies below makes no difference to it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHAIN = """
start s
user plan candidateGroups=clerk@unit prop:withdraw=before_action
user sign candidateGroups=leader@unit
s -> plan -> sign
"""


@pytest.fixture
def town(site: Flask, office: Office) -> Iterator[Office]:
    with office.by() as ctx:
        for account in ("li", "chen", "wu"):
            people.open_account(ctx, account, PASSWORD)
    deploy(office, CHAIN)
    yield office


def call(site: Flask, account: str, path: str, _headers: dict[str, str] | None = None, **given: Any) -> Any:
    return browser(site, account).post(f"/api/v1{path}", json=given, headers={**JSON, **(_headers or {})})


def test_a_program_learns_what_it_may_do_with_a_task(town: Office, site: Flask) -> None:
    matter = start(town, unit="A01")
    plan = task(town, matter, "plan")
    answer = browser(site, "zhang").get(f"/api/v1/tasks/{plan}/moves", headers=JSON).json
    assert answer["moves"] == ["transfer", "delegate", "sign-before", "sign-after", "copy", "comment"]
    assert (answer["colleagues"], answer["returns"]) == (["chen", "li", "zhang"], [])
    running.complete(town, matter, "plan", by="zhang")
    answer = browser(site, "li").get(f"/api/v1/tasks/{task(town, matter, 'sign')}/moves", headers=JSON).json
    assert answer["returns"] == [{"id": "plan", "name": "plan"}]


def test_hands_signers_and_opinions_have_a_call_each(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("zhang", "claim", {}),
        ("zhang", "release", {}),
        ("zhang", "delegate", {"to": "chen", "reason": "请看"}),
        ("chen", "give-back", {"reason": "可以"}),
        ("zhang", "delegate", {"to": "chen", "reason": "再看"}),
        ("zhang", "take-back", {}),
        ("wang", "urge", {"reason": "请抓紧"}),
        ("wang", "copies", {"to": ["wu"]}),
        ("wang", "comments", {"reason": "注意口径"}),
        ("zhang", "signers", {"to": "chen", "side": "after", "reason": "请会签"}),
        ("zhang", "transfer", {"to": "li"}),
    ]
    for account, name, given in steps:
        answer = call(site, account, f"/tasks/{plan}/{name}", **given)
        assert answer.status_code == 200, (name, answer.json)
        assert answer.json["id"] == plan
    assert answer.json["assignee"] == "li"


def test_a_return_and_a_withdrawal_move_the_matter(town: Office, site: Flask) -> None:
    matter = start(town, unit="A01")
    plan = task(town, matter, "plan")
    running.complete(town, matter, "plan", by="zhang")
    assert call(site, "zhang", f"/tasks/{plan}/withdraw", reason="填错了").status_code == 200
    assert opened(town) == ["plan"]
    running.complete(town, matter, "plan", by="zhang")
    answer = call(site, "li", f"/tasks/{task(town, matter, 'sign')}/return", to="plan", reason="缺附件")
    assert (answer.status_code, opened(town)) == (200, ["plan"])


@pytest.mark.parametrize(
    ("account", "name", "given", "status", "code"),
    [
        ("wu", "transfer", {"to": "chen"}, 403, "not_your_task"),
        ("zhang", "transfer", {"to": "wu"}, 422, "not_a_colleague"),
        ("zhang", "transfer", {}, 422, "http_422"),
        ("zhang", "transfer", {"to": "chen", "more": 1}, 422, "http_422"),
        ("zhang", "return", {"to": "sign", "reason": "x"}, 409, "not_returnable"),
        ("zhang", "return", {"to": "sign", "reason": ""}, 422, "nothing_said"),
        ("zhang", "sign", {"agreed": True}, 409, "not_a_signer"),
        ("zhang", "withdraw", {"reason": "x"}, 403, "not_your_task"),
        ("zhang", "extensions", {"until": "2030-01-01", "reason": "x", "progress": "y"}, 409, "too_late"),
    ],
)
def test_what_is_refused_is_refused_with_its_code_and_moves_nothing(
    town: Office, site: Flask, account: str, name: str, given: dict[str, Any], status: int, code: str
) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    visitor = browser(site, account)
    before = running.everything(town)
    answer = visitor.post(f"/api/v1/tasks/{plan}/{name}", json=given, headers=JSON)
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json
    assert running.everything(town) == before


def test_the_same_key_twice_is_one_urge(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    for _ in range(3):
        assert call(site, "wang", f"/tasks/{plan}/urge", {"Idempotency-Key": "k1"}, reason="请抓紧").status_code == 200
    with town.by(reading=True) as ctx:
        assert len(list(ctx.session.connection().exec_driver_sql("SELECT id FROM urge"))) == 1


def test_a_program_acts_for_another_by_a_header_and_only_where_it_stands_in(town: Office, site: Flask) -> None:
    plan = task(town, start(town, unit="A01"), "plan")
    header = {"X-On-Behalf-Of": "zhang"}
    refused = call(site, "wu", f"/tasks/{plan}/claim", header)
    assert (refused.status_code, refused.json["code"]) == (403, "not_agent")
    with town.by("zhang") as ctx:
        absence.set_absence(ctx, "zhang", "wu", ctx.today, ctx.today.replace(year=2099))
    assert call(site, "wu", f"/tasks/{plan}/claim", header).json["assignee"] == "zhang"


def test_an_operator_deals_with_what_stands(town: Office, site: Flask) -> None:
    deploy(
        town,
        stuck="start s \n service ask op=counter.ask in:open==open \n user done candidateGroups=lead \n s -> ask -> done",
    )
    with town.by() as ctx:
        ctx.memo["patient"] = True
        matter = workflow.start(ctx, "stuck", key="stuck", title="停滞事项", variables={"open": False}).id
    (found,) = browser(site, "liu").get("/api/v1/incidents", headers=JSON).json
    assert (found["matter"], found["element"], found["attempts"]) == ("停滞事项", "ask", 0)
    refused = call(site, "liu", f"/incidents/{found['id']}/retry")
    assert (refused.status_code, refused.json["code"]) == (409, "closed")
    assert call(site, "wang", f"/incidents/{found['id']}/skip", reason="x").status_code == 403
    assert call(site, "liu", f"/incidents/{found['id']}/skip", reason="线下办").status_code == 204
    assert opened(town, matter) == ["done"]
    with town.by(reading=True) as ctx:
        token = running.task_of(ctx, matter, "done").token
    assert call(site, "liu", f"/instances/{matter}/jump", token=token, to="ask", reason="再问").status_code == 409
    for name, status in (("suspend", "suspended"), ("resume", "running"), ("cancel", "cancelled")):
        assert call(site, "liu", f"/instances/{matter}/{name}", reason="x").json["status"] == status
    assert call(site, "liu", "/instances/4711/suspend", reason="x").status_code == 404


def test_running_matters_are_moved_to_the_current_version_with_a_report(town: Office, site: Flask) -> None:
    matter = start(town, unit="A01")
    deploy(
        town,
        CHAIN.replace("user sign", "user more candidateGroups=lead \n user sign").replace("-> sign", "-> more -> sign"),
    )
    plan = {"id": matter, "matter": "Matter 1", "before": 1, "after": 2, "moved": False, "obstacles": []}
    asked = {"process": "main", "reason": "调整"}
    assert call(site, "liu", "/migrations", **asked, preview=True).json == [plan]
    assert call(site, "wang", "/migrations", **asked).status_code == 403
    assert call(site, "liu", "/migrations", **asked).json == [{**plan, "moved": True}]
    assert call(site, "liu", "/migrations", **asked).json == []


def test_a_guarded_matter_is_ended_by_two(town: Office, site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "is_guarded", lambda ctx, package, process: process == "main")
    matter = start(town, unit="A01")
    alone = call(site, "liu", f"/instances/{matter}/cancel", reason="发错")
    assert (alone.status_code, alone.json["code"]) == (409, "needs_second")
    asked = call(site, "liu", f"/instances/{matter}/requests", act="cancel", reason="发错").json
    assert (asked["act"], asked["asked_by"], asked["confirmed"]) == ("cancel", "liu", None)
    assert browser(site, "wang").get("/api/v1/requests", headers=JSON).json == [asked]
    assert browser(site, "zhang").get("/api/v1/requests", headers=JSON).status_code == 403
    own = call(site, "liu", f"/requests/{asked['id']}", confirmed=True, answer="属实")
    assert (own.status_code, own.json["code"]) == (409, "own_request")
    assert call(site, "wang", f"/requests/{asked['id']}", confirmed=True, answer="属实").json["confirmed"] is True
    assert running.instance_of(town, matter).status == "cancelled"
