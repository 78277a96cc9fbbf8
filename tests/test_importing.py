"""Import of a city: each file, each wrong row named with file, row and column, and nothing half-imported."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import calendars, importing, people
from engine.assessment import concurrence, indicators, plans, readings, targets
from engine.audit import Entry
from engine.db import Context
from engine.errors import Invalid
from engine.importing import ImportRefused
from engine.workflow import definitions
from tests.cast import Office

PACKAGE = """
key: county
title: {zh: 县区, en: Counties}
roles: {lead: 牵头部门}
start: year
starts_at: "{year}-01-05T09:00+08:00"
schedule:
  - {round: april, as_of: "{year}-03-31", opens_at: "{year}-04-01T00:00+08:00", collect_until: "{year}-04-22", publish_by: "{year}-04-30"}
  - {round: annual, as_of: "{year}-12-31", opens_at: "{next}-01-05T00:00+08:00", collect_until: "{next}-01-29", publish_by: "{next}-03-05"}
"""
UNITS = "code,name,group,kind,parent\n"
PEOPLE = "account,name\n"
APPOINTMENTS = "account,role,unit,from,to\n"
CALENDAR = "date,working,note\n"
INDICATORS = (
    "code,name,category,source,responsible_unit,data_unit,unit_of_measure,direction,kind,schedule,method,params,main,"
    "target_total,weight:A\n"
)
GDP = '{},{},经济,superior,D10,D10,亿元,higher_better,cumulative,,completion_ratio,"{{""cap"": ""1""}}",1,100,{}\n'
VALUES = "unit,indicator,as_of,reported,verified,target,base,exempt\n"


def bring(office: Office, **files: str | bytes) -> dict[str, int]:
    """Import files given as ``units="..."``; indicators and values into the cycle 2026."""
    with office.by() as ctx:
        return importing.import_files(ctx, sent(files), cycle(ctx) if {"indicators", "values"} & files.keys() else None)


def sent(files: Mapping[str, str | bytes]) -> list[tuple[str, bytes]]:
    return [(f"{name}.csv", text.encode() if isinstance(text, str) else text) for name, text in files.items()]


def cycle(ctx: Context) -> plans.Cycle:
    definitions.deploy(ctx, [definitions.Source("package.yaml", PACKAGE.encode())])
    return plans.make_cycle(ctx, "county", 2026)


def problems(office: Office, **files: str | bytes) -> list[tuple[str, int, str, str]]:
    """Every wrong row; afterwards the database is as it was."""
    before = counted(office)
    with pytest.raises(ImportRefused) as refused:
        bring(office, **files)
    assert counted(office) == before
    return [(each.file, each.row, each.column, str(each.message)) for each in refused.value.problems]


def counted(office: Office) -> list[int | None]:
    tables = (people.Unit, people.Person, people.Appointment, calendars.DayException, indicators.Indicator)
    more = (indicators.CycleIndicator, targets.Target, readings.Reading, Entry)
    with office.by(reading=True) as ctx:
        return [ctx.session.scalar(select(func.count()).select_from(table)) for table in (*tables, *more)]


def row_of(office: Office, table: Any, **having: Any) -> Any:
    with office.by(reading=True) as ctx:
        return ctx.session.scalars(select(table).filter_by(**having)).one()


def test_units_hang_in_a_tree_whatever_their_order(office: Office) -> None:
    given = UNITS + "A03,黄江县,A,county,NEW\nNEW,新市,,city,\n"
    assert bring(office, units=given) == {"units": 2}
    new, county = row_of(office, people.Unit, code="NEW"), row_of(office, people.Unit, code="A03")
    assert (county.name, county.group, county.kind, county.parent_id) == ("黄江县", "A", "county", new.id)
    assert new.parent_id is None


def test_a_unit_given_again_is_changed_and_not_doubled(office: Office) -> None:
    bring(office, units=UNITS + "A01,青河区,B,district,CITY\n")
    found = row_of(office, people.Unit, code="A01")
    assert (found.name, found.group, found.kind) == ("青河区", "B", "district")


def test_people_and_their_posts(office: Office) -> None:
    assert bring(
        office,
        appointments=APPOINTMENTS + "he,clerk,A02,2026-01-01,2026-12-31\nhe,expert,D01,2026-01-01,\n",
        people=PEOPLE + "he,何平\n",
    ) == {"people": 1, "appointments": 2}
    with office.by(reading=True) as ctx:
        assert [each.group for each in people.positions(ctx, "he")] == ["clerk@A02", "expert@D01"]
    assert row_of(office, people.Appointment, account="he", role="clerk").to_date == date(2026, 12, 31)


def test_an_appointment_given_again_may_end_it(office: Office) -> None:
    bring(office, appointments=APPOINTMENTS + "zhang,clerk,A01,2025-01-01,2026-03-31\n")
    with office.by(reading=True) as ctx:
        assert people.holders(ctx, "clerk@A01") == ["chen"]


def test_a_calendar(office: Office) -> None:
    assert bring(office, calendar=CALENDAR + "2026-05-01,0,劳动节\n2026-05-09,1,调休\n") == {"calendar": 2}
    with office.by(reading=True) as ctx:
        assert not calendars.calendar(ctx).is_working(date(2026, 5, 1))
        assert calendars.calendar(ctx).is_working(date(2026, 5, 9))


def test_indicators_with_their_weights(office: Office) -> None:
    given = INDICATORS + GDP.format("E01", "生产总值", "60") + GDP.format("E02", "固定资产投资", "40.00")
    assert bring(office, indicators=given) == {"indicators": 2}
    with office.by() as ctx:
        first, second = indicators.of_cycle(ctx, cycle(ctx))
        assert (first.code, first.name, first.responsible_unit, first.main) == ("E01", "生产总值", "D10", True)
        assert (first.weight("A"), second.weight("A"), first.target_total) == (
            Decimal(60),
            Decimal("40.00"),
            Decimal(100),
        )
        assert (first.method, first.params) == ("completion_ratio", {"cap": "1"})


def test_values_of_past_years_and_targets_of_this_one(office: Office) -> None:
    bring(office, indicators=INDICATORS + GDP.format("E01", "生产总值", "100"))
    given = VALUES + "A01,E01,2025-12-31,90.10,90.05,,,0\nA01,E01,2026-12-31,,,95.5,90.05,0\nA02,E01,2026-12-31,,,,,1\n"
    assert bring(office, values=given) == {"values": 3}
    reading = row_of(office, readings.Reading, unit="A01")
    assert (reading.reported, reading.verified, reading.as_of) == (
        Decimal("90.10"),
        Decimal("90.05"),
        date(2025, 12, 31),
    )
    allocated = row_of(office, targets.Target, unit="A01")
    assert (allocated.value, allocated.base, allocated.exempt) == (Decimal("95.5"), Decimal("90.05"), False)
    exempt = row_of(office, targets.Target, unit="A02")
    assert (exempt.value, exempt.exempt) == (None, True)


def test_a_spreadsheets_mark_at_the_beginning_and_its_line_ends_do_not_matter(office: Office) -> None:
    given = (PEOPLE + "he,何平\n").replace("\n", "\r\n").encode("utf-8-sig")
    assert bring(office, people=given) == {"people": 1}
    assert row_of(office, people.Person, account="he").name == "何平"


def test_files_are_known_by_their_names_in_any_folder(office: Office) -> None:
    with office.by() as ctx:
        assert importing.import_files(ctx, [("/srv/import/people.csv", (PEOPLE + "he,何平\n").encode())]) == {
            "people": 1
        }


def test_a_file_of_another_name_is_refused(office: Office) -> None:
    with pytest.raises(Invalid, match=r"staff\.csv is none of"):
        bring(office, people=PEOPLE + "he,何平\n", staff=PEOPLE)
    with office.by(reading=True) as ctx:
        assert ctx.session.get(people.Person, "he") is None


def test_indicators_belong_to_a_cycle(office: Office) -> None:
    with pytest.raises(Invalid, match="--package and --cycle"), office.by() as ctx:
        importing.import_files(ctx, sent({"indicators": INDICATORS}))


def test_the_import_is_recorded_once(office: Office) -> None:
    bring(office, people=PEOPLE + "he,何平\n")
    assert row_of(office, Entry, act="import").facts == {"counts": {"people": 1}}


@pytest.mark.requirement("C4")
def test_every_wrong_row_of_every_file_is_named_at_once(office: Office) -> None:
    found = problems(
        office,
        units=UNITS + "A03,黄江县,A,county,NOWHERE\n,无码,A,county,CITY\n",
        people=PEOPLE + "he,\n",
        appointments=APPOINTMENTS + "nobody,clerk,A01,2026-01-01,\nzhang,clerk,A99,1 May,\n",
        calendar=CALENDAR + "2026-02-30,0,\n2026-05-01,yes,\n",
    )
    assert {each[:3] for each in found} == {
        ("units.csv", 2, "parent"),
        ("units.csv", 3, "code"),
        ("people.csv", 2, "name"),
        ("appointments.csv", 2, "account"),
        ("appointments.csv", 3, "unit"),
        ("calendar.csv", 2, "date"),
        ("calendar.csv", 3, "working"),
    }


def test_the_refusal_itself_tells_the_count_and_the_first(office: Office) -> None:
    with pytest.raises(ImportRefused) as refused:
        bring(office, people=PEOPLE + "he,\n,何平\n")
    assert str(refused.value) == "2 rows cannot be imported; the first: people.csv row 2, name: The cell is empty."
    assert refused.value.problems[1].as_json() == {
        "file": "people.csv",
        "row": 3,
        "column": "account",
        "message": "The cell is empty.",
    }


@pytest.mark.parametrize(
    ("kind", "text", "row", "column"),
    [
        ("units", "code,name,group,kind\nA03,x,A,county\n", 1, "parent"),
        ("units", UNITS + "A03,,A,county,CITY\n", 2, "name"),
        ("units", UNITS + "A03,x,A,,CITY\n", 2, "kind"),
        ("units", UNITS + "A03,x\n", 2, "group"),
        ("units", UNITS + "A03,x,A,county,CITY,more\n", 2, ""),
        ("units", UNITS + "A03,x,A,county,CITY\nA03,y,A,county,CITY\n", 3, "code"),
        ("units", UNITS + "A03,x,A,county,A03\n", 2, "parent"),
        ("units", UNITS + f"{'A' * 41},x,A,county,CITY\n", 2, "code"),
        ("units", UNITS + f"A03,{'长' * 201},A,county,CITY\n", 2, "name"),
        ("people", PEOPLE + "he,何平\nhe,何军\n", 3, "account"),
        ("people", PEOPLE + f"{'h' * 61},何平\n", 2, "account"),
        ("people", PEOPLE + "he\x00,何平\n", 2, "account"),
        ("appointments", APPOINTMENTS + "zhang,clerk,A01,2026-01-01,soon\n", 2, "to"),
        ("appointments", APPOINTMENTS + "zhang,clerk,A01,2026-01-02,2026-01-01\n", 2, "to"),
        ("appointments", APPOINTMENTS + "zhang,,A01,2026-01-01,\n", 2, "role"),
        ("calendar", CALENDAR + "2026-05-01,0,\n2026-05-01,1,\n", 3, "date"),
        ("calendar", CALENDAR + "2026-05-01\n", 2, "working"),
        ("calendar", "日期,working,note\n2026-05-01,0,\n", 1, "date"),
    ],
)
def test_a_wrong_row_is_named(office: Office, kind: str, text: str, row: int, column: str) -> None:
    assert [each[:3] for each in problems(office, **{kind: text})] == [(f"{kind}.csv", row, column)]


@pytest.mark.parametrize("content", ["单位\n".encode("gbk"), b"\xff\xfe\x00"])
def test_a_file_in_another_encoding_is_refused_with_the_cure(office: Office, content: bytes) -> None:
    assert problems(office, people=content) == [("people.csv", 1, "", "The file is not UTF-8; save it as CSV UTF-8.")]


LINE = 'E01,{name},经济,{source},{unit},{data},亿元,{direction},{kind},{schedule},{method},"{params}",{main},{total},{weight}\n'
GOOD: dict[str, str] = {
    "name": "生产总值",
    "source": "superior",
    "unit": "D10",
    "data": "",
    "direction": "higher_better",
    "kind": "cumulative",
    "schedule": "",
    "method": "completion_ratio",
    "params": "{}",
    "main": "1",
    "total": "",
    "weight": "100",
}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"name": ""}, "name"),
        ({"source": "wish"}, "source"),
        ({"unit": "D99"}, "responsible_unit"),
        ({"data": "D99"}, "data_unit"),
        ({"direction": "up"}, "direction"),
        ({"kind": "sum"}, "kind"),
        ({"schedule": "31.03=0"}, "schedule"),
        ({"schedule": "03-31=2"}, "schedule"),
        ({"schedule": "02-30=0.5"}, "schedule"),
        ({"method": "guess"}, ""),
        ({"params": "{"}, "params"),
        ({"params": "[1]"}, "params"),
        ({"params": '{""nonsense"": 1}'}, ""),
        ({"main": "yes"}, "main"),
        ({"total": "many"}, "target_total"),
        ({"total": "NaN"}, "target_total"),
        ({"weight": "1OO"}, "weight:A"),
        ({"weight": "-1"}, "weight:A"),
    ],
)
def test_a_wrong_indicator_is_named(office: Office, change: dict[str, str], column: str) -> None:
    found = problems(office, indicators=INDICATORS + LINE.format(**{**GOOD, **change}))
    assert ("indicators.csv", 2, column) in [each[:3] for each in found]


@pytest.mark.requirement("B2")
def test_weights_that_do_not_sum_to_a_hundred_are_named_by_their_group(office: Office) -> None:
    given = INDICATORS + GDP.format("E01", "a", "60") + GDP.format("E02", "b", "39.99")
    expected = "The weights of group A sum to 99.99, not to 100."
    assert problems(office, indicators=given) == [("indicators.csv", 1, "weight:A", expected)]


def test_an_indicator_named_twice_in_a_file_is_refused(office: Office) -> None:
    given = INDICATORS + GDP.format("E01", "a", "100") + GDP.format("E01", "b", "100")
    assert [each[:3] for each in problems(office, indicators=given)] == [("indicators.csv", 3, "code")]


CO_ORGANISED = INDICATORS.replace("\n", ",co_organisers\n")
OFFICES = UNITS + "D11,统计局,,bureau,\nD12,财政局,,bureau,\n"


def partners_of(office: Office, code: str) -> list[str]:
    with office.by(reading=True) as ctx:
        found = plans.find(ctx, "county")
        return concurrence.partners(ctx, indicators.find(ctx, found, code))


@pytest.mark.requirement("B1")
def test_a_file_names_the_units_that_co_organise_an_indicator(office: Office) -> None:
    bring(office, units=OFFICES, indicators=CO_ORGANISED + GDP.format("E01", "生产总值", "100,D12; D11"))
    assert partners_of(office, "E01") == ["D11", "D12"]
    bring(office, indicators=CO_ORGANISED + GDP.format("E01", "生产总值", "100,D12"))
    assert partners_of(office, "E01") == ["D12"]
    # A file without the column says nothing of them, an empty cell names none.
    bring(office, indicators=INDICATORS + GDP.format("E01", "生产总值", "100"))
    assert partners_of(office, "E01") == ["D12"]
    bring(office, indicators=CO_ORGANISED + GDP.format("E01", "生产总值", "100,"))
    assert partners_of(office, "E01") == []
    with office.by(reading=True) as ctx:
        told = select(Entry.facts).where(Entry.act == "partners.name").order_by(Entry.id)
        assert [each["units"] for each in ctx.session.scalars(told)] == [["D11", "D12"], ["D12"], []]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("D11;D99", "There is no unit D99."),
        ("D11,D12", None),
        ("D11;D12;D11", "D11 is named twice."),
        ("D10", "D10 cannot co-organise E01."),
        ("A01", "A01 cannot co-organise E01."),
    ],
)
def test_a_wrong_co_organiser_is_named_with_its_row(office: Office, cell: str, message: str | None) -> None:
    bring(office, units=OFFICES)
    found = problems(office, indicators=CO_ORGANISED + GDP.format("E01", "生产总值", f"100,{cell}"))
    wrong = ("indicators.csv", 2, "co_organisers", message)
    assert wrong in found if message else found[0][:3] == ("indicators.csv", 2, "")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("A99,E01,2025-12-31,1,1,,,0", "unit"),
        ("A01,E99,2025-12-31,1,1,,,0", "indicator"),
        ("A01,E01,31/12/2025,1,1,,,0", "as_of"),
        ("A01,E01,2025-12-31,one,1,,,0", "reported"),
        ("A01,E01,2025-12-31,1,Infinity,,,0", "verified"),
        ("A01,E01,2026-12-31,,,9O,,0", "target"),
        ("A01,E01,2026-12-31,,,,x,0", "base"),
        ("A01,E01,2026-12-31,,,90,,no", "exempt"),
        ("A01,E01", "as_of"),
    ],
)
def test_a_wrong_value_is_named(office: Office, line: str, column: str) -> None:
    bring(office, indicators=INDICATORS + GDP.format("E01", "生产总值", "100"))
    assert [each[:3] for each in problems(office, values=VALUES + line + "\n")] == [("values.csv", 2, column)]


def test_only_units_that_are_compared_have_targets(office: Office) -> None:
    bring(office, indicators=INDICATORS + GDP.format("E01", "生产总值", "100"))
    given = VALUES + "D10,E01,2026-12-31,,,90,,0\n"
    expected = "The unit D10 is in no group and not compared."
    assert problems(office, values=given) == [("values.csv", 2, "unit", expected)]
    # A figure of a past year may be of a unit that is compared no more.
    assert bring(office, values=VALUES + "D10,E01,2025-12-31,1,1,,,0\n") == {"values": 1}


@pytest.mark.requirement("H1")
def test_a_typed_score_lies_between_0_and_100_in_a_file_too(office: Office) -> None:
    marks = (
        GDP.format("E01", "营商环境", "100").replace("completion_ratio", "panel_mean").replace('{""cap"": ""1""}', "{}")
    )
    bring(office, indicators=INDICATORS + marks)
    found = problems(office, values=VALUES + "A01,E01,2025-12-31,100.5,100.5,,,0\n")
    assert found == [("values.csv", 2, "", "A score lies between 0 and 100.")]


def test_no_figure_is_brought_into_a_round_that_is_closed(office: Office) -> None:
    bring(office, indicators=INDICATORS + GDP.format("E01", "生产总值", "100"))
    with office.by() as ctx:
        plans.round_of(ctx, cycle(ctx), "april").closed_at = ctx.now
    for day in ("2026-02-28", "2026-03-31"):
        found = problems(office, values=VALUES + f"A01,E01,{day},20,20,90,,0\n")
        assert found == [("values.csv", 2, "as_of", "The round is closed; a figure of it comes in by a revision.")]
    assert bring(office, values=VALUES + "A01,E01,2026-04-30,20,20,90,,0\n") == {"values": 1}


def test_a_value_given_twice_is_refused_and_so_is_one_that_is_there_already(office: Office) -> None:
    bring(office, indicators=INDICATORS + GDP.format("E01", "生产总值", "100"))
    once = "A01,E01,2025-12-31,1,1,,,0\n"
    assert [each[:2] for each in problems(office, values=VALUES + once + once)] == [("values.csv", 3)]
    bring(office, values=VALUES + once)
    assert [each[:2] for each in problems(office, values=VALUES + once)] == [("values.csv", 2)]
