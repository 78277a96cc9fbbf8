"""For the writers of pages: the small city on 15 September, the application on it, and people signed in to it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from engine.db import SHANGHAI, Database
from tests.simulation import cities
from tests.web.browsing import Browser, application

SEPTEMBER = datetime(2026, 9, 15, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Database]:
    """Played once for all tests of a run; each gets a copy of its own."""
    with cities.copied(tmp_path, "small", SEPTEMBER) as database:
        yield database


@pytest.fixture
def app(city: Database) -> Flask:
    return application(city)


@pytest.fixture
def as_(app: Flask) -> Callable[[str], Browser]:
    """``as_("lead1")`` is a browser in which lead1 is signed in."""

    def signed_in(account: str) -> Browser:
        browser = app.test_client()
        assert isinstance(browser, Browser)
        return browser.enter(account)

    return signed_in
