"""Two assessments in one house with the same units: neither sees the other's matters, and whoever works in both has one inbox."""

import contextlib
import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from engine import importing, starting, verify, workflow
from engine.assessment import annual_plan, plans, rounds
from engine.db import SHANGHAI, Context, Database, transaction
from engine.reports import board, ledger, search
from engine.reports.loop_state import loop_state
from engine.workflow import definitions
from engine.workflow.store import Instance, Task, TaskStatus
from tests.simulation import cities
from tests.web.browsing import Browser, application
from tests.web.conftest import SEPTEMBER

#: The assessment that comes into the county's house.
NAME = "school_inspection"
COUNTY = "county_leadership"
OCTOBER = datetime(2026, 10, 1, 9, tzinfo=SHANGHAI)
INDICATORS = """code,name,category,source,responsible_unit,data_unit,unit_of_measure,direction,kind,schedule,method,params,main,target_total,weight:A
N1,课程开齐开足率,教育教学,routine,D01,,%,higher_better,level,,completion_ratio,{},1,,60
N2,家长满意度,办学成效,routine,D09,,%,higher_better,level,,completion_ratio,{},1,,40
"""
#: Who works in both: the clerk of an assessed unit of the county also collects figures of the schools.
POSTS = "account,role,unit,from,to\na06_clerk,clerk,D09,2026-09-01,\n"
BOTH = "a06_clerk"
CHANGES = {
    "title: {zh: 新的考核, en: New assessment}": "title: {zh: 学校督导, en: School inspection}",
    "{zh: 上半年考核, en: Half-year assessment}": "{zh: 秋季督导, en: Autumn inspection}",
    "{year}-06-30": "{year}-09-30",
    "{year}-07-01T": "{year}-10-01T",
    "{year}-07-15": "{year}-10-16",
    "{year}-07-24": "{year}-10-30",
}


@dataclass
class House:
    database: Database
    now: datetime = SEPTEMBER

    def by(self, account: str | None = None, *, reading: bool = False) -> Any:
        return transaction(self.database, actor=account, now=self.now, reading=reading)

    def live_to(self, moment: datetime) -> None:
        while True:
            with self.by(reading=True) as ctx:
                due = workflow.next_due(ctx)
            if due is None or due > moment:
                break
            self.now = max(due, self.now)
            with self.by() as ctx:
                found = workflow.due(ctx)
                assert found is not None
                workflow.advance(ctx, found)
        self.now = moment

    def do(self, account: str, element: str, given: dict[str, Any]) -> None:
        """The person does the one open task of the new assessment at that element."""
        with self.by(account) as ctx:
            query = select(Task).join(Instance).where(Instance.package == NAME, Task.element == element)
            (task,) = ctx.session.scalars(query.where(Task.status == TaskStatus.OPEN))
            workflow.complete(ctx, task.id, given)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The county's year, a new package beside it with its year begun: on 15 September, and on 1 October; made once."""
    folder = tmp_path_factory.mktemp("house")
    with cities.copied(folder, "small", SEPTEMBER) as database:
        house = House(database)
        starting.start(folder / "processes", NAME)
        _move_in(house, folder / "processes" / NAME)
        _keep(house, folder / "september.db")
        house.live_to(OCTOBER)
        _keep(house, folder / "october.db")
    return folder


def _keep(house: House, file: Path) -> None:
    with contextlib.closing(sqlite3.connect(house.database.engine.url.database or "")) as kept:
        kept.execute("VACUUM INTO ?", [str(file)])


def _move_in(house: House, folder: Path) -> None:
    text = (folder / "package.yaml").read_text("utf-8")
    for old, new in CHANGES.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "package.yaml").write_text(text, "utf-8")
    with house.by() as ctx:
        definitions.deploy(ctx, definitions.sources_of([folder]))
        importing.import_files(ctx, [("appointments.csv", POSTS.encode())])
        cycle = plans.make_cycle(ctx, NAME, 2026, "test")
        importing.import_files(ctx, [("indicators.csv", INDICATORS.encode()), ("values.csv", _targets())], cycle)
    with house.by("lead1") as ctx:
        entry = annual_plan.propose_cycle(ctx, plans.find(ctx, NAME), name="学校督导", basis="教督〔2026〕1号")
    with house.by("committee1") as ctx:
        annual_plan.decide(ctx, [entry.id], approved=True, document="〔2026〕9号")
    with house.by("lead1") as ctx:
        rounds.start_year(ctx, plans.find(ctx, NAME))
    house.do("lead1", "confirm_plan", {})


def _targets() -> bytes:
    lines = [f"A0{unit},{code},2026-09-30,,,{100},,0" for unit in range(1, 7) for code in ("N1", "N2")]
    return "\n".join(["unit,indicator,as_of,reported,verified,target,base,exempt", *lines]).encode()


@contextlib.contextmanager
def opened(begun: Path, folder: Path, month: str) -> Iterator[Database]:
    shutil.copyfile(begun / f"{month}.db", folder / "bihuan.db")
    shutil.copytree(begun / "files", folder / "files", dirs_exist_ok=True)
    with cities.opened(f"sqlite:///{folder / 'bihuan.db'}", folder / "files") as database:
        yield database


@pytest.fixture
def september(begun: Path, tmp_path: Path) -> Iterator[House]:
    with opened(begun, tmp_path, "september") as database:
        yield House(database, SEPTEMBER)


@pytest.fixture
def house(begun: Path, tmp_path: Path) -> Iterator[House]:
    """On 1 October: the schools' autumn round is open."""
    with opened(begun, tmp_path, "october") as database:
        yield House(database, OCTOBER)


@pytest.fixture
def as_(house: House) -> Callable[[str], Browser]:
    app = application(house.database)

    def signed_in(account: str) -> Browser:
        client = app.test_client()
        assert isinstance(client, Browser)
        return client.enter(account)

    return signed_in


def state(ctx: Context, package: str) -> dict[str, Any]:
    return json.loads(json.dumps(loop_state(ctx, plans.find(ctx, package))))


def codes(pairs: list[Any]) -> set[str]:
    return {each.indicator.code for each in pairs}


# What each of them is told


def test_the_countys_loop_is_what_it_was_before_the_other_came(september: House) -> None:
    _, before = cities.played("small", SEPTEMBER)
    with september.by(reading=True) as ctx:
        assert state(ctx, COUNTY) == before
        other = state(ctx, NAME)
    assert [each["round"] for each in other["rounds"]] == []
    assert set(other["stages"].values()) == {0}
    assert other["rectifications"] == {"opened": 0, "closed_out": 0, "overdue": 0, "reopened": 0}
    assert (other["consultations"], other["broken_loops"], other["results"]) == ([], [], [])
    assert other["tasks"] == {"completed": 1, "open": 0}


def test_what_happens_in_one_stays_out_of_the_others_board_ledger_and_search(house: House) -> None:
    with house.by("lead1", reading=True) as ctx:
        county, school = plans.find(ctx, COUNTY), plans.find(ctx, NAME)
        mine, theirs = (board.board(ctx, each, board.Asked(main=False)) for each in (school, county))
        assert codes(mine.pairs) == {"N1", "N2"}
        assert codes(theirs.pairs).isdisjoint({"N1", "N2"})
        assert mine.overdue == [] and mine.stuck == []
        # The county's board has overdue matters and the same units; not one of them is the school's.
        assert theirs.overdue != []
        assert [each.stage for each in mine.stages] == ["process_monitoring"]
        assert ledger.page(ctx, school, ledger.Wanted()).lines == []
        assert ledger.page(ctx, county, ledger.Wanted()).lines != []
        assert [each.code for each in search.search(ctx, school, "课程").indicators] == ["N1"]
        assert search.search(ctx, county, "课程").indicators == []
        assert search.search(ctx, school, "考函").letters == []


def test_both_years_stand_by_their_own_rounds_and_the_invariants_hold(house: House) -> None:
    with house.by(reading=True) as ctx:
        opened = {each: [row["round"] for row in state(ctx, each)["rounds"]] for each in (COUNTY, NAME)}
        assert opened == {COUNTY: ["april", "august"], NAME: ["half_year"]}
        assert [each for each in verify.verify(ctx) if each.places] == []


# Whoever works in both


@pytest.mark.requirement("O1")
def test_one_inbox_names_the_assessment_of_each_task(house: House, as_: Callable[[str], Browser]) -> None:
    with house.by(BOTH, reading=True) as ctx:
        by_package = workflow.count_by_package(ctx)
    assert by_package == {COUNTY: 9, NAME: 1}
    clerk = as_(BOTH)
    inbox = clerk.page("/")
    assert "填报指标数据" in inbox and "提交佐证材料" in inbox
    assert "学校督导 1" in inbox and "县区领导班子考核闭环 9" in inbox
    alone = clerk.page(f"/?package={NAME}")
    assert "填报指标数据" in alone and "提交佐证材料" not in alone
    tasks = clerk.get("/api/v1/tasks").get_json()["tasks"]
    assert {each["package"] for each in tasks} == {COUNTY, NAME}
    asked = clerk.get(f"/api/v1/tasks?package={NAME}").get_json()["tasks"]
    assert [(each["package"], each["element"]) for each in asked] == [(NAME, "enter_values")]


def test_opening_a_task_leads_into_its_own_assessment(house: House, as_: Callable[[str], Browser]) -> None:
    clerk = as_("d01_clerk")
    (task,) = clerk.get(f"/api/v1/tasks?package={NAME}").get_json()["tasks"]
    page = clerk.page(f"/tasks/{task['id']}")
    assert "/rounds/half_year/sheets/D01" in page
    sheet = clerk.page("/rounds/half_year/sheets/D01")
    assert "秋季督导" in sheet and "课程开齐开足率" in sheet
    # And back by the switch that stands on every page.
    assert "秋季督导" not in clerk.page(f"/rounds?package={COUNTY}")
    assert "四月预考核" in clerk.page("/rounds")


def test_a_notification_leads_into_the_assessment_it_is_about(house: House) -> None:
    with house.by(reading=True) as ctx:
        assert plans.path(ctx, plans.find(ctx, NAME), "/hearings#bars") == f"/hearings?package={NAME}#bars"
        assert plans.path(ctx, plans.find(ctx, COUNTY), "/hearings#bars") == "/hearings#bars"


PAGES = [
    "/loop",
    "/ledger",
    "/units",
    "/plan",
    "/indicators",
    "/rounds",
    "/results",
    "/votes",
    "/hearings",
    "/analysis",
]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_second_assessment_opens_and_speaks_of_it_alone(
    house: House, as_: Callable[[str], Browser], page: str
) -> None:
    lead = as_("lead1")
    shown = lead.page(f"{page}?package={NAME}")
    assert "学校督导" in shown
    assert "固定资产投资完成额" not in shown  # E13 of the county
    # The switch keeps the page, the next click keeps the assessment.
    assert f"{page}?package={COUNTY}" in shown
    assert "固定资产投资完成额" not in lead.page(page)


def test_an_export_holds_the_figures_of_its_own_assessment_alone(house: House, as_: Callable[[str], Browser]) -> None:
    clerk = as_("d01_clerk")
    book = clerk.get(f"/rounds/half_year/sheets/D01.xlsx?package={NAME}")
    assert book.status_code == 200
    told = {str(cell.value) for row in load_workbook(io.BytesIO(book.data)).active.iter_rows() for cell in row}
    assert any("课程开齐开足率" in each for each in told)
    assert not any("固定资产投资完成额" in each for each in told)


def test_a_round_of_one_is_none_of_the_other(house: House, as_: Callable[[str], Browser]) -> None:
    lead = as_("lead1")
    assert "秋季督导" in lead.page(f"/rounds/half_year?package={NAME}")
    lead.page(f"/rounds/half_year?package={COUNTY}", 404)
    lead.page(f"/rounds/april?package={NAME}", 404)
    lead.page(f"/results/A01?package={NAME}", 404)


def test_an_assessment_may_keep_to_groups_of_its_own(september: House, tmp_path: Path) -> None:
    """A third package assesses units the county knows nothing of, and nothing of the county's."""
    starting.start(tmp_path, "villages")
    file = tmp_path / "villages" / "package.yaml"
    file.write_text(f"{file.read_text('utf-8')}groups: [V]\n", "utf-8")
    units = "code,name,group,kind,parent\nV1,一村,V,village,T\nV2,二村,V,village,T\n"
    measured = INDICATORS.replace("weight:A", "weight:V")
    with september.by() as ctx:
        county = plans.find(ctx, COUNTY)
        before = {each.code for each in plans.assessed_units(ctx, county)}
        definitions.deploy(ctx, definitions.sources_of([tmp_path / "villages"]))
        importing.import_files(ctx, [("units.csv", units.encode())])
        cycle = plans.make_cycle(ctx, "villages", 2026, "test")
        importing.import_files(ctx, [("indicators.csv", measured.encode())], cycle)
        assert [each.code for each in plans.assessed_units(ctx, cycle)] == ["V1", "V2"]
        assert {each.code for each in plans.assessed_units(ctx, plans.find(ctx, NAME))} == before | {"V1", "V2"}
        with pytest.raises(importing.ImportRefused, match="weight:V"):
            importing.import_files(ctx, [("indicators.csv", INDICATORS.encode())], cycle)


def test_the_groups_of_a_year_are_those_its_package_had_when_it_was_made(september: House, tmp_path: Path) -> None:
    starting.start(tmp_path, "villages")
    file = tmp_path / "villages" / "package.yaml"
    text = file.read_text("utf-8")
    file.write_text(f"{text}groups: [A]\n", "utf-8")
    with september.by() as ctx:
        definitions.deploy(ctx, definitions.sources_of([tmp_path / "villages"]))
        cycle = plans.make_cycle(ctx, "villages", 2026, "test")
        file.write_text(f"{text}groups: [V]\n", "utf-8")
        definitions.deploy(ctx, definitions.sources_of([tmp_path / "villages"]))
        assert {each.group for each in plans.assessed_units(ctx, cycle)} == {"A"}
