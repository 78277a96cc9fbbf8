"""Who may come in, by which routes, with what the browser is told to keep to."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from tests.cast import PASSWORD
from tests.web.browsing import JSON, PAGE, UNSAFE, Browser
from tests.web.site import browser, site  # noqa: F401

#: What is tested here is HTTP; which database lies below makes no difference to it.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
#: Routes that answer without a sign-in, and why.
PUBLIC = {
    "/": "the first page is the door",
    "/sign-in": "the door itself",
    "/language/<chosen>": "who stands at the door may read in another language",
    "/static/<path:filename>": "what browsers load",
    "/livez": "machines ask",
    "/readyz": "machines ask",
    "/healthz": "machines ask",
    "/metrics": "machines ask",
    "/api/v1/openapi.json": "describes the door",
    "/api/v1/session": "the door of programs",
    "/vote/<token>": "who votes is asked for the link alone",
}


def routes(app: Flask, number: int = 4711) -> Iterator[tuple[str, Rule, str]]:
    """Method, rule and a path that fits it, for every route but those of these tests."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            values = {name: _sample(rule._converters[name], number) for name in rule.arguments}
            if not rule.rule.startswith("/act/"):
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    yield method, rule, adapter.build(rule.endpoint, values, method=method)


def _sample(converter: Any, number: int) -> Any:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return number if isinstance(converter, IntegerConverter) else "x"


def test_every_route_but_the_public_ones_needs_a_sign_in(site: Flask) -> None:
    stranger = browser(site, None)
    open_to_all = set()
    for method, rule, path in routes(site):
        answer = stranger.open(path, method=method, headers=JSON)
        if answer.status_code != 401:
            open_to_all.add(rule.rule)
        elif rule.rule not in PUBLIC:
            assert answer.json is not None and answer.json["code"] == "sign_in_required", path
    assert open_to_all <= PUBLIC.keys()


def test_a_stranger_is_led_to_the_door_and_afterwards_to_where_he_wanted(site: Flask) -> None:
    stranger = browser(site, None)
    answer = stranger.get("/done?before=9", headers=PAGE)
    assert (answer.status_code, answer.location) == (303, "/?next=/done?before%3D9")
    door_page = stranger.page(answer.location)
    assert 'name="next" value="/done?before=9"' in door_page
    entered = stranger.post("/sign-in", data={"account": "zhang", "password": PASSWORD, "next": "/done?before=9"})
    assert entered.location == "/done?before=9"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_another_site(site: Flask, elsewhere: str) -> None:
    stranger = browser(site, None)
    answer = stranger.post("/sign-in", data={"account": "zhang", "password": PASSWORD, "next": elsewhere})
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser(site).get("/language/en", query_string={"back": elsewhere}).location == "/"


def test_every_unsafe_route_needs_the_token_of_the_page(site: Flask) -> None:
    visitor = browser(site)
    checked = 0
    for method, rule, path in routes(site):
        if method in UNSAFE and (method, rule.rule) != ("POST", "/api/v1/session"):
            answer = visitor.open(path, method=method, headers=JSON, token=False)
            assert answer.json is not None and answer.json["code"] == "page_expired", f"{method} {path}"
            checked += 1
    assert checked >= 10


def test_whoever_is_no_longer_in_is_told_so_and_not_to_reload(site: Flask) -> None:
    visitor = browser(site)
    visitor._token()
    visitor.delete_cookie("session")
    answer = visitor.post("/api/v1/tasks/4711/complete", json={"version": 1, "data": {}})
    assert answer.json is not None and (answer.status_code, answer.json["code"]) == (401, "sign_in_required")
    at_the_door = browser(site, None).post("/sign-in", data={"account": "zhang"}, headers=JSON, token=False)
    assert at_the_door.json is not None and at_the_door.json["code"] == "page_expired"


def overseers(site: Flask) -> list[Browser]:
    """The lead department's chief and the administrator: between them they may enter nearly everywhere."""
    return [browser(site, "wang"), browser(site, "liu")]


@pytest.mark.parametrize("number", [0, 2**63, 10**400], ids=["zero", "large", "huge"])
def test_no_route_stumbles_over_a_number_nobody_has(site: Flask, number: int) -> None:
    site.testing = False
    stumbled = []
    for visitor, (method, rule, path) in product(overseers(site), list(routes(site, number))):
        if rule.rule != "/sign-out" and method != "DELETE":
            status = visitor.open(path, method=method, headers=JSON).status_code
            stumbled += [f"{method} {path[:60]}: {status}"] if status >= 500 else []
    assert stumbled == []


@pytest.mark.parametrize(
    "query", ["after=x", "after=%7C", "after=2026-04-20%7Cx", "before=x", "page=x", "year=x", "back=x"]
)
def test_no_list_stumbles_over_what_somebody_typed_into_its_address(site: Flask, query: str) -> None:
    site.testing = False
    stumbled = []
    for visitor, (method, _, path) in product(overseers(site), list(routes(site))):
        if method == "GET":
            status = visitor.get(f"{path}?{query}", headers=JSON).status_code
            stumbled += [f"{path}: {status}"] if status >= 500 else []
    assert stumbled == []


def test_a_token_of_another_session_is_not_taken(site: Flask) -> None:
    other = browser(site, "wang")
    answer = browser(site).post("/act/add/he", headers={**JSON, "X-CSRF-Token": other._token()}, token=False)
    assert answer.json is not None and answer.json["code"] == "page_expired"


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(site: Flask) -> None:
    visitor = browser(site)
    for method, rule, path in routes(site):
        if method != "GET" or rule.rule == "/static/<path:filename>":
            continue
        headers = visitor.get(path, headers=PAGE).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy, path
        assert "'unsafe-inline'" not in policy.replace("style-src-attr 'unsafe-inline'", ""), path
        assert "unsafe-eval" not in policy and "frame-ancestors 'none'" in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert "no-store" in headers["Cache-Control"] or "private" in headers["Cache-Control"], path


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(site: Flask) -> None:
    answer = browser(site, None).post("/sign-in", data={"account": "zhang", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


# ---- languages


def test_the_chosen_language_is_kept_in_a_cookie_that_outlives_the_session(site: Flask) -> None:
    visitor = browser(site)
    assert 'lang="zh-CN"' in visitor.page("/done")
    answer = visitor.get("/language/en?back=/done")
    assert answer.location == "/done"
    assert "Max-Age=31536000" in answer.headers["Set-Cookie"]
    assert 'lang="en"' in visitor.page("/done")
    visitor.post("/sign-out")
    assert 'lang="en"' in visitor.page("/")
    visitor.get("/language/klingon")
    assert 'lang="en"' in visitor.page("/")


def test_refusals_are_said_in_the_readers_language(site: Flask) -> None:
    visitor = browser(site)
    visitor.get("/language/en")
    document = visitor.get("/act/refuse/4", headers=JSON).json
    assert document is not None and document["detail"] == "There is nothing here, or it is not yours to see."
