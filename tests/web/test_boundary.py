"""One request, one transaction; a key that is used twice; who is in and who no longer is."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from engine import people, requests, workflow
from engine.db import set_clock
from engine.people import Person
from tests.cast import MONDAY, PASSWORD, Office
from tests.web.browsing import JSON, PAGE, application
from tests.web.site import browser, site  # noqa: F401
from tests.workflow import running
from web import boundary, create_app


def people_of(office: Office) -> list[str]:
    with office.by(reading=True) as ctx:
        return list(ctx.session.scalars(select(Person.account).where(Person.name == "new").order_by(Person.account)))


# ---- one request, one transaction


def test_what_a_request_does_is_there_afterwards(site: Flask, office: Office) -> None:
    assert browser(site).post("/act/add/he").json == {"added": "he"}
    assert people_of(office) == ["he"]


def test_a_refusal_undoes_everything_the_request_did(site: Flask, office: Office) -> None:
    assert browser(site).post("/act/add-and-fail/he", headers=JSON).status_code == 409
    assert people_of(office) == []


def test_an_unforeseen_error_undoes_everything_and_says_nothing_of_itself(site: Flask, office: Office) -> None:
    site.testing = False
    answer = browser(site).post("/act/stumble", headers=JSON)
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.get_data(as_text=True)
    assert answer.json is not None and answer.json["code"] == "http_500"
    assert people_of(office) == []


def test_a_view_that_only_reads_cannot_write(site: Flask, office: Office) -> None:
    assert browser(site).get("/act/write-while-reading", headers=JSON).status_code == 500
    assert people_of(office) == []


# ---- idempotency


def test_the_same_key_twice_is_one_effect_and_the_same_answer(site: Flask, office: Office) -> None:
    visitor = browser(site)
    answers = [visitor.post("/act/add/he", headers={**JSON, "Idempotency-Key": "k1"}) for _ in range(2)]
    assert [answer.json for answer in answers] == [{"added": "he"}] * 2
    assert [answer.status_code for answer in answers] == [200, 200]
    assert people_of(office) == ["he"]


def test_a_key_that_was_used_for_something_else_is_refused(site: Flask, office: Office) -> None:
    visitor = browser(site)
    visitor.post("/act/add/he", headers={"Idempotency-Key": "k1"})
    again = visitor.post("/act/add/she", headers={**JSON, "Idempotency-Key": "k1"})
    assert again.status_code == 422
    assert again.json is not None and again.json["code"] == "key_reused"
    assert people_of(office) == ["he"]


def test_a_refused_call_may_be_tried_again_with_its_key(site: Flask, office: Office) -> None:
    visitor = browser(site)
    headers = {**JSON, "Idempotency-Key": "k1"}
    assert visitor.post("/act/add-and-fail/he", headers=headers).status_code == 409
    with office.by(reading=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(requests.AnsweredRequest)) == 0


def test_a_completed_task_answers_the_second_press_of_the_button_alike(site: Flask, office: Office) -> None:
    running.deploy(office, "start s \n user plan candidateGroups=clerk@unit \n s -> plan")
    matter = running.start(office, unit="A01")
    with office.by(reading=True) as ctx:
        task = running.task_of(ctx, matter, "plan").id
    visitor = browser(site)
    headers = {**JSON, "Idempotency-Key": "press-1"}
    answers = [visitor.post(f"/tasks/{task}/complete", data={"payload": "{}"}, headers=headers) for _ in range(2)]
    assert [answer.json for answer in answers] == [{"redirect": f"/tasks/{task}/after"}] * 2
    late = visitor.post(f"/tasks/{task}/complete", data={"payload": "{}"}, headers=JSON)
    assert late.status_code == 409
    assert late.json is not None and (late.json["code"], late.json["winner"]) == ("task_closed", "张伟")


# ---- signing in and out


def test_a_wrong_password_is_said_and_counted(site: Flask) -> None:
    stranger = browser(site, None)
    for _ in range(5):
        answer = stranger.sign_in("zhang", "wrong")
        assert answer.status_code == 401
        assert 'role="alert"' in answer.get_data(as_text=True)
    locked = stranger.sign_in("zhang", PASSWORD)
    assert locked.status_code == 429


def test_nothing_tells_which_accounts_exist(site: Flask) -> None:
    stranger = browser(site, None)
    answers = [stranger.sign_in(account, "wrong") for account in ("zhang", "wu", "nobody")]
    pages = [re.sub(r'(content|value)="[^"]*"', "", answer.get_data(as_text=True)) for answer in answers]
    assert len(set(pages)) == 1
    assert {answer.status_code for answer in answers} == {401}


def test_a_one_time_password_leads_to_a_new_one_first(site: Flask, office: Office) -> None:
    with office.by() as ctx:
        once = people.give_account(ctx, "wu", again=False)
    visitor = browser(site, None)
    assert visitor.sign_in("wu", once).status_code == 303
    for path in ("/", "/done", "/notifications"):
        answer = visitor.get(path, headers=PAGE)
        assert (answer.status_code, answer.location) == (303, "/password"), path
    assert visitor.post("/act/add/he", headers=JSON).status_code == 303
    changed = visitor.post("/password", data={"old": once, "new": "Winter-2026!", "again": "Winter-2026!"})
    assert (changed.status_code, changed.location) == (303, "/")
    assert visitor.get("/done", headers=PAGE).status_code == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"old": PASSWORD, "new": "Winter-2026!", "again": "Winter-2027!"}, 422),
        ({"old": "wrong", "new": "Winter-2026!", "again": "Winter-2026!"}, 422),
        ({"old": PASSWORD, "new": "weak", "again": "weak"}, 422),
        ({}, 422),
    ],
)
def test_a_password_that_cannot_be_taken_is_said_on_the_page(site: Flask, given: dict[str, str], status: int) -> None:
    answer = browser(site).post("/password", data=given)
    assert answer.status_code == status
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_a_new_password_ends_the_other_sessions_but_not_this_one(site: Flask) -> None:
    here, elsewhere = browser(site), browser(site)
    here.post("/password", data={"old": PASSWORD, "new": "Winter-2026!", "again": "Winter-2026!"})
    assert here.get("/done", headers=JSON).status_code == 200
    assert elsewhere.get("/done", headers=JSON).status_code == 401


def test_disabling_an_account_ends_its_sessions_at_once(site: Flask, office: Office) -> None:
    visitor = browser(site)
    assert visitor.get("/done", headers=JSON).status_code == 200
    with office.by() as ctx:
        people.disable_account(ctx, "zhang")
    assert visitor.get("/done", headers=JSON).status_code == 401


def test_signing_out_ends_the_session(site: Flask) -> None:
    visitor = browser(site)
    assert visitor.post("/sign-out").status_code == 303
    assert visitor.get("/done", headers=JSON).status_code == 401


def test_a_forged_cookie_is_nobody(site: Flask) -> None:
    visitor = browser(site, None)
    visitor.set_cookie("session", "eyJfdXNlcl9pZCI6InpoYW5nIzEifQ.aaaaaa.forged")
    assert visitor.get("/done", headers=JSON).status_code == 401


def test_a_card_opens_the_door_of_a_demo_only(site: Flask, office: Office) -> None:
    stranger = browser(site, None)
    answer = stranger.post("/sign-in", data={"account": "wang", "card": "1"}, headers=JSON)
    assert answer.status_code == 401
    assert stranger.get("/done", headers=JSON).status_code == 401
    with office.by() as ctx:
        set_clock(ctx, MONDAY)
    assert stranger.post("/sign-in", data={"account": "wang", "card": "1"}).status_code == 303
    assert stranger.get("/done", headers=JSON).status_code == 200


def test_an_empty_city_says_how_to_begin(database: Any) -> None:
    visitor = application(database).test_client()
    page = visitor.get("/", headers=PAGE).get_data(as_text=True)
    assert "bihuan demo" in page and "bihuan account create" in page


# ---- the key that signs cookies


def test_many_machines_must_be_given_their_key(office: Office, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        first, second = create_app(database=office.database), create_app(database=office.database)
        assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
        kept = office.database.engine.url.database
        assert kept is not None
        assert (boundary.Path(kept).with_suffix(".secret").stat().st_mode & 0o777) == 0o600
        return
    with pytest.raises(boundary.WrongSetting, match="BIHUAN_SECRET_KEY"):
        create_app(database=office.database)


def plan_of(office: Office, unit: str, doer: str) -> int:
    """The task of a new matter of ``unit`` that a clerk of ``doer`` is to do."""
    running.deploy(office, "start s \n user plan candidateGroups=clerk@doer \n s -> plan")
    with office.by("wang") as ctx:
        matter = workflow.start(ctx, "main", key="1", title="A matter", unit=unit, variables={"doer": doer})
        return running.task_of(ctx, matter.id, "plan").id


def test_a_task_of_somebody_else_does_not_exist(site: Flask, office: Office) -> None:
    task = plan_of(office, unit="A02", doer="A02")
    visitor = browser(site)
    for path in (f"/tasks/{task}", f"/tasks/{task}/together", f"/tasks/{task}/after", f"/api/v1/tasks/{task}"):
        assert visitor.get(path, headers=JSON).status_code == 404, path
    with office.by(reading=True) as ctx:
        assert workflow.task(ctx, task).instance.version == 1


def test_a_unit_sees_who_has_its_matter_but_not_what_they_are_writing(site: Flask, office: Office) -> None:
    task = plan_of(office, unit="A01", doer="D10")
    with office.by("qian") as ctx:
        workflow.save_draft(ctx, task, {"verdict": "not before autumn"})
    shown = browser(site).get(f"/api/v1/tasks/{task}").json
    assert shown is not None and (shown["groups"], shown["values"]) == (["clerk@D10"], {})
    assert "not before autumn" not in browser(site).page(f"/tasks/{task}")
