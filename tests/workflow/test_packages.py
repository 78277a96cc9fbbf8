from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.db import SHANGHAI
from engine.workflow import definitions, packages
from engine.workflow.packages import NoPackage, WrongPackage
from tests.cast import Office

ROUND = {
    "round": "april",
    "as_of": "{year}-03-31",
    "opens_at": "{year}-04-01T00:00+08:00",
    "collect_until": "{year}-04-22",
    "publish_by": "{next}-04-30",
}
GOOD: dict[str, Any] = {
    "key": "county",
    "title": {"zh": "县区", "en": "Counties"},
    "roles": {"lead": {"zh": "牵头部门", "en": "Lead"}, "clerk": "经办人"},
    "start": "year",
    "starts_at": "{year}-01-05T09:00+08:00",
    "schedule": [ROUND],
    "parameters": {"bottom": 3},
}


def read(**changed: Any) -> packages.Package:
    content = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    return packages.read(yaml.safe_dump(content, allow_unicode=True).encode())


def test_a_package_is_read_with_its_names_by_language() -> None:
    found = read()
    assert (found.key, found.subject, found.default) == ("county", "unit", False)
    assert found.roles == {"lead": {"zh": "牵头部门", "en": "Lead"}, "clerk": {"zh": "经办人", "en": "经办人"}}
    assert found.parameters == {"bottom": 3}


def test_the_year_is_put_into_the_schedule() -> None:
    [planned] = read().rounds(2026)
    assert planned.dates == {
        "key": "april",
        "as_of": date(2026, 3, 31),
        "opens_at": datetime(2026, 4, 1, tzinfo=SHANGHAI),
        "collect_until": date(2026, 4, 22),
        "publish_by": date(2027, 4, 30),
    }
    assert planned.is_last
    assert read().start_of(2027) == datetime(2027, 1, 5, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": None},
        {"key": "County"},
        {"key": "a b"},
        {"title": None},
        {"title": {}},
        {"title": 7},
        {"roles": None},
        {"roles": ["lead"]},
        {"start": None},
        {"starts_at": "{year}-01-05T09:00"},
        {"starts_at": "{years}-01-05T09:00+08:00"},
        {"starts_at": "5 January"},
        {"schedule": []},
        {"schedule": [{**ROUND, "as_of": "{year}-02-30"}]},
        {"schedule": [{**ROUND, "opens_at": "{year}-04-01"}]},
        {"schedule": [{"round": "april"}]},
        {"schedule": [{**ROUND, "until": "{year}-05-01"}]},
        {"subject": "village"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_wrong_package_is_refused_and_the_line_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongPackage) as refused:
        read(**wrong)
    assert "package.yaml" in str(refused.value)


@pytest.mark.parametrize("source", [b"", b"[]", b"key: [", b"\xff\xfe", b"!!python/object/apply:os.system ['true']"])
def test_what_is_no_package_at_all_is_refused(source: bytes) -> None:
    with pytest.raises(WrongPackage):
        packages.read(source)


def test_a_folder_without_a_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongPackage, match="no such file"):
        packages.read_folder(tmp_path)


def test_the_shipped_package_is_the_default_folder() -> None:
    shipped = Path(packages.__file__).parents[2] / "processes"
    assert packages.default_folder(shipped) == "county_leadership"


def test_without_a_default_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "package.yaml").write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    with pytest.raises(NoPackage):
        packages.default_folder(tmp_path)


def put(office: Office, **changed: Any) -> None:
    source = yaml.safe_dump({**GOOD, **changed}, allow_unicode=True).encode()
    with office.by("wang") as ctx:
        definitions.deploy(ctx, [definitions.Source("package.yaml", source)])


def test_a_deployed_package_is_found_in_its_current_version(office: Office) -> None:
    put(office)
    put(office, parameters={"bottom": 5})
    with office.by(reading=True) as ctx:
        assert packages.current(ctx, "county").parameters == {"bottom": 5}
        with pytest.raises(NoPackage, match="town"):
            packages.current(ctx, "town")
    put(office)
    with office.by(reading=True) as ctx:
        assert packages.current(ctx, "county").parameters == {"bottom": 3}


def test_the_default_package_comes_first(office: Office) -> None:
    with office.by(reading=True) as ctx, pytest.raises(NoPackage):
        packages.default_key(ctx)
    put(office, key="a_first")
    put(office, key="z_last", default=True)
    with office.by(reading=True) as ctx:
        assert [each.key for each in packages.deployed(ctx)] == ["z_last", "a_first"]
        assert packages.default_key(ctx) == "z_last"


def test_a_role_is_called_as_the_package_asked_calls_it_else_as_the_default_one_does(office: Office) -> None:
    put(office, key="a_first", roles={"lead": "督导办", "clerk": "督学"})
    put(office, key="z_last", default=True, roles={"lead": "考核办"})
    with office.by(reading=True) as ctx:
        said = {asked: packages.role_names(ctx, asked) for asked in ("", "a_first", "z_last")}
    assert [each["lead"]["zh"] for each in said.values()] == ["考核办", "督导办", "考核办"]
    assert {each["clerk"]["zh"] for each in said.values()} == {"督学"}
    assert said[""]["admin"] == packages.SYSTEM_ROLES["admin"]


def test_a_round_starts_what_its_row_names_and_is_called_what_its_row_says() -> None:
    first = {**ROUND, "title": {"zh": "四月", "en": "April"}, "process": "monthly"}
    last = {**ROUND, "round": "annual", "as_of": "{year}-12-31", "opens_at": "{next}-01-05T00:00+08:00"}
    last |= {"collect_until": "{next}-01-22", "publish_by": "{next}-03-05"}
    found = read(
        schedule=[
            first,
            {
                **ROUND,
                "round": "may",
                "as_of": "{year}-04-30",
                "opens_at": "{year}-05-01T00:00+08:00",
                "collect_until": "{year}-05-22",
            },
            last,
        ]
    )
    assert [found.process_of(key) for key in ("april", "may", "annual")] == [
        "monthly",
        "pre_assessment",
        "annual_assessment",
    ]
    assert (found.round_title("april"), found.round_title("annual")) == ({"zh": "四月", "en": "April"}, {})
    assert found.has_round("may") and not found.has_round("june")
    with pytest.raises(packages.NoSuchRound):
        found.process_of("june")


@pytest.mark.parametrize("wrong", [{"stages": ["dancing"]}, {"stages": []}, {"groups": []}], ids=str)
def test_stages_and_groups_that_say_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongPackage):
        read(**wrong)
