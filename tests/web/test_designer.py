"""The designer's side of the server: who may draw, drafts that nobody overwrites unseen, versions."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from engine.db import Database, transaction
from engine.workflow import definitions
from engine.workflow.store import Definition, Kind
from tests.web.browsing import JSON, Browser

AT = "/designer/county_leadership/rectification"
As = Callable[[str], Browser]


def source(browser: Browser) -> str:
    return browser.get(f"{AT}.xml").get_data(as_text=True)


def put(browser: Browser, drawing: str, seen: str = "", base: int = 1) -> Any:
    headers = {**JSON, "If-Match": seen} if seen else JSON
    return browser.put(f"{AT}/draft?base={base}", data=drawing, headers=headers, content_type="application/xml")


def post(browser: Browser, act: str, drawing: str, base: int = 1) -> Any:
    address = f"{AT}/{act}?base={base}"
    return browser.post(address, data=drawing, headers=JSON, content_type="application/xml")


def renamed(drawing: str, name: str) -> str:
    changed = drawing.replace('name="审批方案"', f'name="{name}"')
    assert changed != drawing
    return changed


def numbers(city: Database) -> list[int]:
    with transaction(city, reading=True) as ctx:
        found = ctx.session.query(Definition).filter_by(kind=Kind.PROCESS, key="rectification").one()
        return [each.number for each in definitions.versions(ctx, found)]


@pytest.mark.parametrize(
    ("account", "looks", "draws"), [("designer1", 200, 200), ("lead1", 200, 403), ("a01_clerk", 403, 403)]
)
def test_designers_draw_the_lead_looks_and_nobody_else_does(as_: As, account: str, looks: int, draws: int) -> None:
    browser, drawing = as_(account), source(as_("designer1"))
    assert browser.get(AT).status_code == looks
    assert browser.get("/designer").status_code == looks
    assert browser.get(f"{AT}/versions/1").status_code == looks
    assert put(browser, drawing).status_code == draws
    assert post(browser, "check", drawing).status_code == draws
    assert post(browser, "deploy", drawing).status_code == draws


def test_what_is_no_process_of_ours_is_not_there(as_: As) -> None:
    browser = as_("designer1")
    for path in ("/designer/county_leadership/nothing", "/designer/-/rectification", f"{AT}/versions/7"):
        assert browser.get(path).status_code == 404, path


def test_a_draft_has_a_version_and_is_written_over_only_by_who_has_seen_it(as_: As) -> None:
    browser = as_("designer1")
    drawing = source(browser)
    assert browser.get(f"{AT}.xml").headers.get("ETag") is None
    assert put(browser, renamed(drawing, "甲")).get_json()["version"] == 1
    assert browser.get(f"{AT}.xml").headers["ETag"] == '"1"'
    unseen = put(as_("admin1"), renamed(drawing, "乙"))
    assert unseen.status_code == 409 and unseen.get_json()["version"] == 1
    assert 'name="甲"' in source(browser)
    assert put(as_("admin1"), renamed(drawing, "乙"), '"1"').get_json()["version"] == 2
    assert 'name="乙"' in source(browser)
    assert put(browser, drawing, "seven").status_code == 422


def test_a_draft_is_compared_with_the_version_it_would_replace(as_: As) -> None:
    browser = as_("designer1")
    browser.page(f"{AT}/draft", 404)
    put(browser, renamed(source(browser), "审定方案"))
    page = browser.page(f"{AT}/draft")
    assert "与第 1 版比较" in page and re.search(r"<dt>改动</dt><dd>审定方案</dd>", page)
    assert json.loads(page.split('id="marks">')[1].split("<")[0]) == {"added": {}, "changed": {"approve_plan": "改动"}}
    as_("lead1").page(f"{AT}/draft", 403)


def test_a_draft_can_be_given_up(as_: As) -> None:
    browser = as_("designer1")
    drawing = source(browser)
    put(browser, renamed(drawing, "甲"))
    assert "草稿" in browser.page(AT)
    assert browser.post(f"{AT}/draft/drop").status_code == 303
    assert source(browser) == drawing


def test_a_drawing_begun_from_an_older_version_is_neither_kept_nor_deployed(as_: As, city: Database) -> None:
    browser = as_("designer1")
    drawing = source(browser)
    assert post(browser, "deploy", renamed(drawing, "甲")).get_json()["version"] == 2
    late = post(as_("admin1"), "deploy", renamed(drawing, "乙"))
    assert late.status_code == 409 and "部署了第 2 版" in late.get_json()["detail"]
    assert put(as_("admin1"), renamed(drawing, "乙")).status_code == 409
    assert numbers(city) == [2, 1] and 'name="甲"' in source(browser)
    assert put(as_("admin1"), renamed(drawing, "乙"), base=2).status_code == 200


def test_a_draft_saved_before_the_current_version_says_so(as_: As, city: Database, app: Flask) -> None:
    browser = as_("designer1")
    drawing = source(browser)
    put(browser, renamed(drawing, "甲"))
    with transaction(city) as ctx:
        found = definitions.Source("rectification.bpmn", renamed(drawing, "丙").encode())
        definitions.deploy(ctx, [found], "county_leadership")
    with transaction(city) as ctx:
        kept = ctx.session.query(Definition).filter_by(kind=Kind.PROCESS, key="rectification").one()
        draft = definitions.draft_of(ctx, kept)
        assert draft is not None
        draft.saved_at = draft.saved_at.replace(year=draft.saved_at.year - 1)
    assert "第 2 版在这份草稿最后保存之后部署" in browser.page(AT)


def test_a_refused_deployment_names_the_shapes_and_changes_nothing(as_: As, city: Database) -> None:
    browser = as_("designer1")
    broken = source(browser).replace('camunda:topic="items.', 'camunda:topic="items.no_', 1)
    refused = post(browser, "deploy", broken)
    assert refused.status_code == 422
    checked = post(browser, "check", broken).get_json()["problems"]
    wrong = [each for each in refused.get_json()["problems"] if each["severity"] == "error"]
    assert wrong and all(each["element"] for each in wrong)
    assert [each for each in checked if each["severity"] == "error"] == wrong
    assert numbers(city) == [1]


def test_a_drawing_that_holds_another_process_is_refused(as_: As, city: Database) -> None:
    browser = as_("designer1")
    other = source(browser).replace('<bpmn:process id="rectification"', '<bpmn:process id="somebody_elses"')
    assert post(browser, "deploy", other).status_code == 422
    assert numbers(city) == [1]


def test_the_operations_are_offered_as_templates_with_chinese_names(as_: As) -> None:
    found = as_("designer1").get("/designer/templates.json").get_json()
    assert len(found) > 20
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in each["name"]) for each in found)
