"""The entry sheet goes out as a workbook, is filled in elsewhere and comes back: whole, or not at all with every reason."""

import html
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from engine import importing, people
from engine.assessment import readings
from tests import libreoffice
from tests.assessment import years
from tests.assessment.town import Town
from tests.web.assessment_fixtures import PAGE, Visit, visit  # noqa: F401

SHEET = "/rounds/april/sheets/D01"
Typing = Callable[[Path, Path, Mapping[str, str], Path], None]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The sheets of April are open and empty."""
    with years.collecting(tmp_path) as made:
        yield made


def by_openpyxl(source: Path, target: Path, cells: Mapping[str, str], folder: Path) -> None:
    """As at the keyboard: digits are a number, what begins with = is a formula, with ' a text."""
    book = load_workbook(source)
    for place, value in cells.items():
        text = value.removeprefix("'")
        cell = book.worksheets[0][place]
        cell.value = float(value) if re.fullmatch(r"[\d.]+", value) else text
        if value.startswith("'"):
            cell.data_type = "s"
    book.save(target)


def place(page: Worksheet, unit: str, key: str) -> str:
    """Where the template has a unit's cell."""
    column = next(each.column_letter for each in page[2] if each.value == key)
    return f"{column}{next(each.row for each in page['A'] if each.value == unit)}"


class Clerk:
    """The clerk of D01, who takes the template along and brings it back."""

    def __init__(self, town: Town, browser: FlaskClient, folder: Path, typing: Typing) -> None:
        self.town, self.browser, self.folder, self.typing = town, browser, folder, typing
        self.template = folder / "template.xlsx"
        self.template.write_bytes(browser.get(f"{SHEET}.xlsx").data)
        self.page = load_workbook(self.template).worksheets[0]

    def at(self, unit: str, code: str = "E13", field: str = "reported") -> str:
        return place(self.page, unit, f"{code}/{field}")

    def bring_back(self, cells: Mapping[str, str]) -> tuple[int, dict[str, str]]:
        """The status of the answer, and cell -> what was wrong with it."""
        target = self.folder / "filled.xlsx"
        target.unlink(missing_ok=True)
        self.typing(self.template, target, cells, self.folder)
        given = {"workbook": (io.BytesIO(target.read_bytes()), "filled.xlsx")}
        answer = self.browser.post(f"{SHEET}.xlsx", data=given, headers=PAGE)
        told = re.findall(r"<li><b>(\w+)</b>(.*?)</li>", answer.get_data(as_text=True), re.DOTALL)
        return answer.status_code, {cell: html.unescape(why).strip(" ：:\n") for cell, why in told}

    def kept(self) -> dict[str, str]:
        """Unit -> what stands on the sheet of E13."""
        with self.town.by("d01_clerk", reading=True) as ctx:
            found = readings.cells(ctx, self.town.cycle(ctx), self.town.round(ctx), "D01", only="E13")
            return {
                each.target.unit: format(each.reading.reported.normalize(), "f")
                for each in found
                if each.reading is not None and each.reading.reported is not None
            }


@pytest.fixture(params=["openpyxl", "LibreOffice"])
def clerk(request: pytest.FixtureRequest, town: Town, visit: Visit, tmp_path: Path) -> Clerk:
    typing = {"openpyxl": by_openpyxl, "LibreOffice": libreoffice.typed}[request.param]
    folder = tmp_path / "desk"
    folder.mkdir()
    return Clerk(town, visit(town, "d01_clerk"), folder, typing)


@pytest.mark.requirement("C4")
def test_a_filled_in_sheet_is_taken_whole_or_refused_cell_by_cell(clerk: Clerk) -> None:
    good = {clerk.at("A01"): "60.25", clerk.at("A02"): "58", clerk.at("A03"): "'54"}
    wrong = {
        clerk.at("A04"): "约48",
        clerk.at("A05"): "=40+6",
        clerk.at("A06"): '\'=cmd|"/c calc"!A1',
    }
    status, told = clerk.bring_back(good | wrong)
    assert status == 422
    assert set(told) == set(wrong)
    assert all(told.values())
    assert clerk.kept() == {}
    status, told = clerk.bring_back(good)
    assert (status, told) == (303, {})
    assert clerk.kept() == {"A01": "60.25", "A02": "58", "A03": "54"}


HOSTILE = ("=cmd|'/c calc'!A1", "=1+1", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://x.example","y")')


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_that_looks_like_a_formula_goes_out_as_text(town: Town, visit: Visit, text: str) -> None:
    with town.by() as ctx:
        ctx.session.connection().exec_driver_sql("UPDATE unit SET name = ? WHERE code = 'A01'", (text,))
    for path, account in ((f"{SHEET}.xlsx", "d01_clerk"), ("/archives/A01.xlsx", "lead1")):
        answer = visit(town, account).get(path)
        if answer.status_code == 404:
            continue
        cells = [cell for page in load_workbook(io.BytesIO(answer.data)) for row in page.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        assert [cell.quotePrefix for cell in cells if cell.value == text] or path.startswith("/archives")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_brought_in_as_csv_keeps_such_a_text_as_text_and_never_a_figure(tmp_path: Path, text: str) -> None:
    quoted = text.replace('"', '""')
    with years.begun(tmp_path) as town:
        with town.by() as ctx:
            importing.import_files(
                ctx, [("units.csv", f'code,name,group,kind,parent\nX1,"{quoted}",,部门,\n'.encode())]
            )
            assert people.unit(ctx, "X1").name == text
        head = "unit,indicator,as_of,reported,verified,target,base,exempt\n"
        row = f'A01,E13,2026-03-31,"{quoted}",,,,0\n'
        with pytest.raises(importing.ImportRefused) as refused, town.by() as ctx:
            importing.import_files(ctx, [("values.csv", (head + row).encode())], town.cycle(ctx))
        assert [(each.file, each.row, each.column) for each in refused.value.problems] == [
            ("values.csv", 2, "reported")
        ]
