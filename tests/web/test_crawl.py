"""Every page that a person can reach, in both languages: it answers, and it speaks one language."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.browsing import Browser
from tests.web.crawling import chinese_left, english_left, walk

PEOPLE = [
    "lead1",
    "a04_clerk",
    "a04_leader",
    "d01_clerk",
    "d01_leader",
    "inspector1",
    "committee1",
    "expert1",
    "designer1",
    "admin1",
]


@pytest.mark.parametrize("account", PEOPLE)
def test_every_link_leads_to_a_chinese_page(app: Flask, as_: Callable[[str], Browser], account: str) -> None:
    found = walk(as_(account), app.url_map.bind("localhost"))
    assert len(found.pages) > 10
    assert found.lost == {}
    assert {path: left for path, words in found.pages.items() if (left := english_left(words))} == {}


@pytest.mark.parametrize("account", ["lead1", "a04_clerk", "d01_leader", "admin1"])
def test_every_link_leads_to_an_english_page(app: Flask, as_: Callable[[str], Browser], account: str) -> None:
    browser = as_(account)
    browser.set_cookie("language", "en")
    found = walk(browser, app.url_map.bind("localhost"))
    assert found.lost == {}
    assert {path: left for path, words in found.pages.items() if (left := chinese_left(words))} == {}
