"""Administration: accounts, posts, import, the clock of a demo."""

import io
import re
from collections.abc import Callable

import pytest

from engine import people
from engine.db import Database, transaction
from tests.web.browsing import PAGE, Browser

As = Callable[[str], Browser]


@pytest.mark.parametrize("path", ["/admin", "/admin/people", "/admin/posts", "/admin/import"])
def test_only_administrators_come_in(as_: As, path: str) -> None:
    assert "<h1>" in as_("admin1").page(path)
    for account in ("lead1", "designer1", "a01_clerk"):
        as_(account).page(path, 403)


def test_a_new_one_time_password_is_shown_once_and_works(as_: As, app: object) -> None:
    admin = as_("admin1")
    page = admin.post("/admin/people/a01_clerk/reset", headers=PAGE).get_data(as_text=True)
    secret = re.search(r'class="secret">([^<]+)<', page)
    assert secret is not None
    assert secret[1] not in admin.page("/admin/people")
    stranger = as_("a02_clerk")
    assert stranger.sign_in("a01_clerk", secret[1]).status_code == 303


def test_a_disabled_account_is_shown_so_and_ones_own_is_not_disabled(as_: As, city: Database) -> None:
    admin = as_("admin1")
    assert admin.post("/admin/people/a01_clerk/disable").status_code == 303
    assert "停用" in admin.page("/admin/people?q=a01_clerk")
    refused = admin.post("/admin/people/admin1/disable", headers=PAGE)
    assert refused.status_code == 422
    with transaction(city, reading=True) as ctx:
        assert people.person(ctx, "admin1") is not None
    admin.page("/admin")


def test_people_are_found_by_account_name_and_unit(as_: As) -> None:
    admin = as_("admin1")
    assert set(re.findall(r"<td>(a\d\d_\w+)</td>", admin.page("/admin/people?q=a01"))) == {"a01_clerk", "a01_leader"}
    assert "没有" in admin.page("/admin/people?q=nobody-at-all")


def test_a_file_with_a_wrong_line_brings_in_nothing_and_says_which(as_: As, city: Database) -> None:
    admin = as_("admin1")
    text = "account,name\nnewcomer,新来\n,无账号\n"
    answer = admin.post("/admin/import", data={"files": (io.BytesIO(text.encode()), "people.csv")}, headers=PAGE)
    assert answer.status_code == 422 and "people.csv" in answer.get_data(as_text=True)
    with transaction(city, reading=True) as ctx:
        assert people.names(ctx, ["newcomer"]) == {}
    good = {"files": (io.BytesIO("account,name\nnewcomer,新来\n".encode()), "people.csv")}
    assert admin.post("/admin/import", data=good, headers=PAGE).status_code == 200
    with transaction(city, reading=True) as ctx:
        assert people.names(ctx, ["newcomer"]) == {"newcomer": "新来"}
    assert admin.post("/admin/import", headers=PAGE).status_code == 422


def test_the_demo_clock_goes_forward_only(as_: As) -> None:
    admin = as_("admin1")
    assert admin.post("/admin/clock", data={"day": "2026-09-14"}, headers=PAGE).status_code == 422
    assert admin.post("/admin/clock", data={"day": "soon"}, headers=PAGE).status_code == 422
    assert admin.post("/admin/clock", data={"day": "2026-09-18"}).status_code == 303
    assert "2026年9月18日" in admin.page("/admin")
    assert as_("lead1").post("/admin/clock", data={"day": "2026-09-20"}, headers=PAGE).status_code == 403
