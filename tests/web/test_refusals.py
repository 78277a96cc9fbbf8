"""Every refusal is a page for a person and a problem document for a program, with the same sentence."""

import pytest
from flask import Flask

from tests.web.browsing import JSON, PAGE
from tests.web.site import REFUSALS, browser, site  # noqa: F401

#: What is tested here is HTTP; which database lies below makes no difference to it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_every_refusal_is_a_problem_document_for_a_program(site: Flask, number: int) -> None:
    error, status = REFUSALS[number]
    answer = browser(site).get(f"/act/refuse/{number}", headers=JSON)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json is not None
    assert (answer.json["status"], answer.json["code"], answer.json["type"]) == (status, error.code, "about:blank")
    assert answer.json["detail"]


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_every_refusal_is_a_page_with_the_same_sentence_for_a_person(site: Flask, number: int) -> None:
    visitor = browser(site)
    detail = visitor.get(f"/act/refuse/{number}", headers=JSON).json
    page = visitor.page(f"/act/refuse/{number}", status=REFUSALS[number][1])
    assert detail is not None and detail["detail"] in page
    assert 'href="/"' in page


def test_a_wrong_form_names_its_fields_and_a_lost_race_its_winner(site: Flask) -> None:
    visitor = browser(site)
    visitor.get("/language/en")
    wrong = visitor.get("/act/refuse/6", headers=JSON).json
    assert wrong is not None and wrong["fields"] == {"plan": "At least 4 characters."}
    lost = visitor.get("/act/refuse/5", headers=JSON).json
    assert lost is not None and (lost["winner"], lost["detail"]) == ("张伟", "This was already done by 张伟.")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/api/v1/nowhere", 404), ("DELETE", "/password", 405), ("GET", "/sign-in", 405)],
)
def test_what_http_itself_refuses_has_the_same_two_shapes(site: Flask, method: str, path: str, status: int) -> None:
    visitor = browser(site)
    document = visitor.open(path, method=method, headers=JSON)
    assert (document.status_code, document.mimetype) == (status, "application/problem+json")
    assert document.json is not None and document.json["code"] == f"http_{status}"
    if not path.startswith("/api/"):
        page = visitor.open(path, method=method, headers=PAGE)
        assert (page.status_code, page.mimetype) == (status, "text/html")


def test_an_upload_that_is_far_too_large_is_refused(site: Flask) -> None:
    site.config["MAX_CONTENT_LENGTH"] = 1000
    answer = browser(site).post("/password", data={"old": "x" * 2000}, headers=JSON)
    assert answer.status_code == 413


def test_an_unknown_path_under_the_api_is_never_a_page(site: Flask) -> None:
    assert browser(site).get("/api/v1/tasks/4711", headers=PAGE).mimetype == "application/problem+json"


def test_a_refusal_names_a_unit_by_its_name_not_by_its_code(site: Flask) -> None:
    refused = browser(site).get(f"/act/refuse/{len(REFUSALS) - 1}", headers=JSON).json
    assert refused is not None
    assert "A01" not in refused["detail"]
    assert "青河县" in refused["detail"]
