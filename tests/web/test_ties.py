"""The page of results shows a tie at the last excellent place and takes the lead's decision down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assessment.test_ties import town as tied
from tests.assessment.town import Town
from tests.web.assessment_fixtures import PAGE, Visit, shown, visit  # noqa: F401

GIVEN = {"population": "A", "units": "A02", "reason": "民生指标完成更好", "document": "会议纪要〔2027〕1号"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    yield from tied.__wrapped__(tmp_path)  # type: ignore[attr-defined]


@pytest.mark.requirement("H2")
def test_the_lead_names_who_of_the_tied_is_excellent(town: Town, visit: Visit) -> None:
    lead = visit(town, "lead1")
    page = shown(lead, "/results")
    assert "优秀名额末位并列" in page and 'name="units" value="A01"' in page
    assert lead.post("/results/tie", data=GIVEN, headers=PAGE).status_code == 303
    page = shown(lead, "/results")
    assert "民生指标完成更好（会议纪要〔2027〕1号）" in page
    assert lead.post("/results/tie", data=GIVEN | {"reason": ""}, headers=PAGE).status_code == 422


def test_a_unit_neither_sees_the_tie_nor_decides_it(town: Town, visit: Visit) -> None:
    unit = visit(town, "a02_leader")
    assert unit.post("/results/tie", data=GIVEN, headers=PAGE).status_code == 403
    assert "优秀名额末位并列" not in unit.get("/results", follow_redirects=True).get_data(as_text=True)
