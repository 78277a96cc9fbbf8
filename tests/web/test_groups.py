"""Candidate groups in the sentences people read."""

from collections.abc import Callable

import pytest

from engine.db import Database, transaction
from tests.processes.demo_files import SMALL, rows
from tests.web.browsing import Browser, application
from web import groups

NAMES = {row["account"]: row["name"] for row in rows(SMALL, "demo/people.csv")}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("clerk@D01", "T市发展改革委 经办人"),
        ("D01", "T市发展改革委"),
        ("lead, admin", "牵头部门、系统管理员"),
        ("lead1, nobody", f"{NAMES['lead1']}、nobody"),
        ("D01, D01", "T市发展改革委"),
    ],
)
def test_groups_units_and_people_are_named(city: Database, given: str, said: str) -> None:
    with application(city).test_request_context(), transaction(city, reading=True) as ctx:
        assert groups.in_words(ctx, given) == said


def test_who_is_refused_reads_whose_it_is_and_no_code(as_: Callable[[str], Browser]) -> None:
    page = as_("a01_clerk").page("/rounds/april/sheets/D01", 403)
    assert "仅限 T市发展改革委 办理或查看" in page and "D01" not in page
    assert "流程设计员、系统管理员、牵头部门" in as_("a01_clerk").page("/designer", 403)
