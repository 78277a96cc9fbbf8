"""The small city at four moments of its year, and people of it at their browsers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from flask.testing import FlaskClient

from tests.assessment import years
from tests.assessment.town import Town, april, moment
from tests.simulation import cities
from tests.web.matters_fixtures import PAGE, application, entered, shown

__all__ = ["PAGE", "Visit", "april_town", "begun", "collecting", "ended", "moment", "shown", "visit"]

#: A town and an account -> the person's browser, signed in, at the town's present moment.
Visit: TypeAlias = Callable[[Town, str], FlaskClient]


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Town]:
    """The first morning of the year: it is started, its plan is not confirmed."""
    # Nobody has handed in a file on the first morning.
    (cities.played("small", years.BEGUN)[0] / "files").mkdir(exist_ok=True)
    with years.begun(tmp_path) as made:
        yield made


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Town]:
    """The morning of 1 April: the sheets are open and empty."""
    with years.collecting(tmp_path) as made:
        yield made


@pytest.fixture
def april_town() -> Iterator[Town]:
    """April is published and nothing done since."""
    with april() as made:
        yield made


@pytest.fixture
def ended(tmp_path: Path) -> Iterator[Town]:
    """The year is over: results are published."""
    with cities.copied(tmp_path, "small", cities.THE_END) as database:
        yield Town(database, cities.THE_END)


@pytest.fixture
def visit() -> Visit:
    def signed_in(town: Town, account: str) -> FlaskClient:
        app = application(town)
        app.config.update(PROPAGATE_EXCEPTIONS=True)
        return entered(app, town, account)

    return signed_in
