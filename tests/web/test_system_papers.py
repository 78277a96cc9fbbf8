"""Papers attached to adjustments, changed targets and successions, and a unit dissolved among several, at the browser."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.assessment import years
from tests.assessment.town import Town, begun, delivered, moment
from tests.web.assessment_fixtures import PAGE, Visit, shown, visit  # noqa: F401
from tests.web.browsing import JSON

SUCCESSION = "/units/A04/succession"
ENDED = {"ends_on": "2026-04-21", "reason": "区划调整", "document": "市编办〔2026〕4号"}


@pytest.fixture
def town() -> Iterator[Town]:
    """The day after April's letters."""
    with delivered() as made:
        yield made


@pytest.fixture
def working() -> Iterator[Town]:
    """A04 works on its matters on E13 and H05."""
    with begun() as made:
        yield made


@pytest.fixture
def october(tmp_path: Path) -> Iterator[Town]:
    with years.begun(tmp_path) as made:
        made.now = moment("2026-10-20 10:00")
        yield made


def post(town: Town, visit: Visit, account: str, path: str, status: int = 303, /, **data: Any) -> str:
    answer = visit(town, account).post(path, data=data, headers=PAGE)
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text
    return text


def scan(name: str = "批复.pdf", content: bytes = b"%PDF-1.7") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def papers_on(page: str) -> list[str]:
    return re.findall(r'href="(/files/\d+)" download>', page)


def read(town: Town, visit: Visit, account: str, path: str) -> Any:
    return visit(town, account).get(f"/api/v1{path}", headers=JSON).json


def write(town: Town, visit: Visit, account: str, path: str, status: int = 200, /, **given: Any) -> Any:
    answer = visit(town, account).post(f"/api/v1{path}", headers=JSON, **given)
    assert answer.status_code == status, answer.json
    return answer.json


def fetched(town: Town, visit: Visit, account: str, path: str) -> int:
    with visit(town, account).get(path, headers=PAGE) as answer:
        return answer.status_code


def test_the_scan_of_an_adjustment_is_a_link_in_the_list_and_on_its_page(town: Town, visit: Visit) -> None:
    begun = {"round": "august", "basis": "市委办〔2026〕12号", "reason": "国家口径调整"}
    refused = post(town, visit, "lead1", "/adjustments", 422, **begun, papers=scan("依据.txt", b"text"))
    assert "依据.txt" in refused and papers_on(shown(visit(town, "lead1"), "/adjustments")) == []
    post(town, visit, "lead1", "/adjustments", 422, **begun, papers=scan(content=b"not a pdf"))
    post(town, visit, "lead1", "/adjustments", **begun, papers=scan())
    (paper,) = papers_on(shown(visit(town, "lead1"), "/adjustments"))
    assert papers_on(shown(visit(town, "lead1"), "/adjustments/1")) == [paper]
    post(town, visit, "committee1", "/adjustments/1/papers", papers=scan("补充.png", b"\x89PNG"))
    post(town, visit, "committee1", "/adjustments/1/papers", 422)
    post(town, visit, "d01_leader", "/adjustments/1/papers", 404, papers=scan())
    assert len(papers_on(shown(visit(town, "committee1"), "/adjustments/1"))) == 2
    assert [fetched(town, visit, who, paper) for who in ("lead2", "committee1", "a04_clerk")] == [200, 200, 404]


def test_the_scan_of_a_changed_target_is_for_those_who_see_the_change(october: Town, visit: Visit) -> None:
    asked = {"unit": "A04", "indicator": "E13", "value": "180", "reason": "项目停建", "basis": "市政府〔2026〕9号"}
    post(october, visit, "a04_clerk", "/targets/changes", **asked, papers=scan())
    (paper,) = papers_on(shown(visit(october, "a04_leader"), "/targets"))
    post(
        october,
        visit,
        "committee1",
        "/targets/changes/1/approve",
        document="领导小组〔2026〕5号",
        papers=scan("决定.pdf"),
    )
    assert len(papers_on(shown(visit(october, "a04_leader"), "/targets"))) == 2
    assert "/targets/changes/1/papers" in shown(visit(october, "d01_clerk"), "/targets")
    assert "/targets/changes/1/papers" not in shown(visit(october, "lead2"), "/targets")
    post(october, visit, "a04_leader", "/targets/changes/1/papers", papers=scan("说明.jpg", b"\xff\xd8"))
    assert [fetched(october, visit, who, paper) for who in ("d01_clerk", "a05_clerk")] == [200, 404]


def test_the_page_shows_who_would_get_what_before_anything_is_recorded(working: Town, visit: Visit) -> None:
    item = working.matter("A04", "E13")
    chosen = {"successor": "A05", f"matter/{item.number}": "A06"}
    page = post(working, visit, "lead1", f"{SUCCESSION}/preview", 200, **chosen)
    shares = page.split("<article")[1:]
    assert [item.number in each for each in shares] == [False, True]
    assert f'name="matter/{item.number}" value="A06"' in page
    wrong = post(working, visit, "lead1", f"{SUCCESSION}/preview", 422, **chosen | {f"matter/{item.number}": "D01"})
    assert 'role="alert"' in wrong and "A04" in wrong
    post(working, visit, "a05_leader", f"{SUCCESSION}/preview", 403, **chosen)
    assert "/preview" in shown(visit(working, "lead1"), SUCCESSION)


def test_a_dissolved_unit_is_recorded_with_its_paper_and_each_heir_reads_its_part(working: Town, visit: Visit) -> None:
    town, item = working, working.matter("A04", "E13")
    given = ENDED | {"successor": "A05", f"matter/{item.number}": "A06"}
    post(town, visit, "lead1", SUCCESSION, **given, papers=scan())
    record = shown(visit(town, "a05_leader"), SUCCESSION)
    (paper,) = papers_on(record)
    assert item.number in record and "ZG-2026-A04-007" in record
    part = shown(visit(town, "a06_leader"), SUCCESSION)
    assert item.number in part and "ZG-2026-A04-007" not in part and papers_on(part) == [paper]
    shown(visit(town, "a02_leader"), SUCCESSION, 404)
    who = ("lead2", "a05_clerk", "a06_clerk", "a02_clerk")
    assert [fetched(town, visit, each, paper) for each in who] == [200, 200, 200, 404]
    unit = shown(visit(town, "a06_clerk"), "/units/A06")
    assert item.number in unit and "市编办〔2026〕4号" in unit
    told = shown(visit(town, "a06_clerk"), f"/items/{item.id}")
    assert "/tasks/" in told and "/loop/A04/" not in told
    letter = shown(visit(town, "a06_clerk"), f"/letters/{town.letter_id('A04')}")
    assert "E13" in letter and "H05" not in letter and "/loop/" not in letter
    assert item.number in shown(visit(town, "a06_clerk"), "/ledger?unit=A06")
    shown(visit(town, "a06_clerk"), "/units/A04", 403)


def test_a_matter_passes_on_from_its_page_and_a_page_gone_stale_is_refused(working: Town, visit: Visit) -> None:
    town, item = working, working.matter("A04", "E13")
    path = f"{SUCCESSION}/matters/{item.id}"
    assert path not in shown(visit(town, "lead1"), f"/items/{item.id}")
    shown(visit(town, "lead1"), path, 409)
    post(town, visit, "lead1", SUCCESSION, **ENDED, successor="A05")
    assert path in shown(visit(town, "lead1"), f"/items/{item.id}")
    assert path not in shown(visit(town, "a05_leader"), f"/items/{item.id}")
    shown(visit(town, "a05_leader"), path, 403)
    shown(visit(town, "lead1"), f"/units/A05/succession/matters/{item.id}", 404)
    page = shown(visit(town, "lead1"), path)
    assert 'name="now" value="A05"' in page and 'value="A06"' in page and 'value="A05">' not in page.split("heir")[1]
    given = {"now": "A05", "heir": "A06", "reason": "职责划转", "document": "市编办〔2026〕7号"}
    post(town, visit, "lead1", path, **given, papers=scan())
    post(town, visit, "lead1", path, 422, **given | {"heir": "A03"})
    record = shown(visit(town, "lead1"), SUCCESSION)
    assert "市编办〔2026〕7号" in record and len(papers_on(record)) == 1
    post(town, visit, "lead1", f"{SUCCESSION}/passings/1/papers", papers=scan("补充.pdf"))
    post(town, visit, "lead1", f"{SUCCESSION}/papers", papers=scan("批复.pdf"))
    assert len(papers_on(shown(visit(town, "a06_clerk"), SUCCESSION))) == 3


def test_programs_read_the_records_with_their_papers_and_write_them(working: Town, visit: Visit) -> None:
    town, item = working, working.matter("A04", "E13")
    ending = ENDED | {"successor": "A05", "matters": {item.number: "A06"}}
    made = write(town, visit, "lead1", "/units/A04/succession", json=ending)
    assert [(each["matter"], each["heir"]) for each in made["passings"]] == [(item.number, "A06")]
    assert write(town, visit, "lead1", "/units/A04/succession", 409, json=ending)["code"] == "already_succeeded"
    (paper,) = write(town, visit, "lead1", "/units/A04/succession/papers", data={"papers": scan()})["papers"]
    assert (paper["name"], paper["size"]) == ("批复.pdf", 8)
    (own,) = read(town, visit, "a06_clerk", "/successions")
    assert own["passed"] is None and own["papers"] == [paper]
    with visit(town, "a06_clerk").get(paper["url"], headers=JSON) as answer:
        assert answer.data == b"%PDF-1.7"
    assert read(town, visit, "a02_clerk", "/successions") == []
    handing = {"now": "A06", "heir": "A03", "reason": "职责划转", "document": "市编办〔2026〕7号"}
    path = f"/matters/{item.number}/pass-on"
    passed = write(town, visit, "lead1", path, json=handing)
    assert (passed["left"], passed["heir"]) == ("A06", "A03")
    assert write(town, visit, "lead1", path, 422, json=handing)["code"] == "not_of_unit"
    assert len(write(town, visit, "lead1", f"/passings/{passed['id']}/papers", data={"papers": scan()})["papers"]) == 1


def test_programs_read_changes_of_targets_with_their_papers(october: Town, visit: Visit) -> None:
    asked = {"unit": "A04", "indicator": "E13", "value": "180", "reason": "项目停建", "basis": "市政府〔2026〕9号"}
    post(october, visit, "a04_clerk", "/targets/changes", **asked, papers=scan())
    (change,) = read(october, visit, "d01_clerk", "/target-changes")
    assert (change["unit"], change["new"], change["papers"][0]["name"]) == ("A04", "180", "批复.pdf")
    assert read(october, visit, "a05_clerk", "/target-changes") == []
    path = "/target-changes/1/papers"
    wrong = write(october, visit, "a04_clerk", path, 422, data={"papers": scan("依据.txt", b"text")})
    assert wrong["code"] == "not_a_scan"
    answer = write(october, visit, "a04_clerk", path, data={"papers": scan("依据.pdf")})
    assert len(answer["papers"]) == 2


def test_programs_read_adjustments_with_their_papers(town: Town, visit: Visit) -> None:
    begun = {"round": "august", "basis": "市委办〔2026〕12号", "reason": "国家口径调整"}
    post(town, visit, "lead1", "/adjustments", **begun, papers=scan())
    (found,) = read(town, visit, "lead1", "/adjustments")
    assert (found["round"], found["papers"][0]["name"]) == ("august", "批复.pdf")
    assert read(town, visit, "a04_clerk", "/adjustments") == []
    assert len(write(town, visit, "lead1", "/adjustments/1/papers", data={"papers": scan()})["papers"]) == 2
