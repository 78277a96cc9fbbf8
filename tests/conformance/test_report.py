"""docs/bpmn.md says what the cases prove, of every element, and is not older than they are."""

import pytest

from tests.conformance import pictures, report
from tests.conformance.catalogue import ATTRIBUTES, ELEMENTS, MOVES, PICTURES
from tests.conformance.features import attributes

ROWS = [row for rows in ELEMENTS.values() for row in rows]
RUNS = [row.feature for row in ROWS if row.feature is not None]


def test_the_page_says_what_the_cases_prove() -> None:
    """Where this fails: python -m tests.conformance.report."""
    assert report.PAGE.read_text("utf-8") == report.page()


@pytest.mark.parametrize("feature", RUNS)
def test_what_is_said_to_run_is_used_by_cases_that_hold(feature: str) -> None:
    assert report.proofs(feature)


def test_what_is_not_said_to_run_is_refused_and_why() -> None:
    names = [row.refused for row in ROWS if row.refused is not None]
    assert set(names) <= set(report.refused())
    assert all(report.reason(report.refused()[name]) for name in names)
    assert all((row.feature is None) is not (row.refused is None) for row in ROWS)


def test_every_feature_that_cases_use_has_a_row() -> None:
    used = set().union(*report._used().values())
    plain = {"collaboration", "dataObjectReference"}
    assert used - plain == set(RUNS)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_an_attribute_that_is_read_is_used_by_a_case_that_holds(attribute: str) -> None:
    assert any(attribute in attributes(source) for source in report.holding().values())


def test_every_move_is_made_by_a_case() -> None:
    assert [verb for verb, count in report.verbs().items() if count == 0] == []


def test_the_pictures_are_of_the_cases_as_they_are() -> None:
    """Where this fails: python -m tests.conformance.report --pictures."""
    assert len(report.pictured()) == len(PICTURES)
    stale = [
        case.name for case in report.pictured() if report.mark(case) not in report.picture(case).read_text("utf-8")
    ]
    assert stale == []


def test_every_group_of_elements_and_every_move_has_a_picture() -> None:
    places = {each.at for each in pictures.pictures()}
    only_refused = {section for section, rows in ELEMENTS.items() if not any(row.feature for row in rows)}
    assert places == (set(ELEMENTS) - only_refused) | set(MOVES)


@pytest.mark.parametrize("picture", pictures.pictures(), ids=lambda each: str(each.name))
def test_a_picture_is_of_a_scenario_that_holds_and_not_older_than_it(picture: pictures.Picture) -> None:
    """Where this fails: python -m tests.conformance.report --pictures."""
    assert 'bioc:stroke="#' in pictures.coloured(picture)
    assert picture.mark in picture.file.read_text("utf-8")
