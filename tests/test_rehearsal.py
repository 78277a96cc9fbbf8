"""A year judged anew: exactly what hand and paper say would have been different, and nothing of the city is touched.

The small city's year is over. Leads, scores and totals are those of ``tests/processes/small/demo/expected``.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import select

from engine import audit, backups, rehearsal
from engine.assessment import plans, revisions
from engine.db import Database, transaction
from engine.errors import BihuanError
from engine.rehearsal import changing, offering
from engine.tables import metadata
from engine.workflow import definitions, packages
from tests import databases
from tests.assessment import town
from tests.processes.demo_files import SMALL, rows
from tests.simulation import cities
from web.cli import main

FAR, BOTTOM = "far_from_target", "bottom_three"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The small city after its year; one for all, since no rehearsal changes it."""
    with cities.copied(tmp_path_factory.mktemp("city"), "small", cities.THE_END) as database:
        yield database


@pytest.fixture(scope="module")
def package() -> Path:
    """The files that were in force in it."""
    return cities.played("small")[0] / "package"


@pytest.fixture
def changed(tmp_path: Path, package: Path) -> "Changed":
    return Changed(package, tmp_path)


class Changed:
    """Files of the package with something in them changed."""

    def __init__(self, package: Path, folder: Path) -> None:
        self.package, self.folder = package, folder

    def text(self, name: str, old: str, new: str) -> Path:
        """The file with one text in the place of another that stands in it."""
        text = (self.package / name).read_text("utf-8")
        assert old in text
        return self.written(name, text.replace(old, new))

    def parameters(self, **given: Any) -> Path:
        content = yaml.safe_load((self.package / packages.FILE).read_text("utf-8"))
        content["parameters"].update(given)
        return self.written(packages.FILE, yaml.safe_dump(content, allow_unicode=True))

    def weights(self, **given: str) -> Path:
        """The indicators with other weights of the group A."""
        lines = (self.package / "indicators.csv").read_text("utf-8").splitlines()
        parts = [line.rpartition(",") for line in lines]
        weighed = [f"{told},{given.get(told.partition(',')[0], weight)}" for told, _, weight in parts]
        return self.written("indicators.csv", "\n".join(weighed) + "\n")

    def written(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file


def rehearse(city: Database, *paths: Path) -> dict[str, Any]:
    return rehearsal.rehearse(city, None, 2026, paths)


def of(told: dict[str, Any], what: str) -> dict[tuple[str, ...], tuple[Any, Any]]:
    """(round, unit, indicator where it is on one) -> before and after, of the differences of one kind."""
    found = [each for each in told["differences"] if each["what"] == what]
    return {
        tuple(filter(None, (each["round"], each["unit"], each["indicator"]))): (each["before"], each["after"])
        for each in found
    }


def reasons(told: dict[str, Any]) -> dict[tuple[str, ...], tuple[Any, Any]]:
    """The same of the warnings, by their reasons."""
    return {key: (old["reasons"], new["reasons"]) for key, (old, new) in of(told, "warning").items()}


def kinds(told: dict[str, Any]) -> set[str]:
    return {each["what"] for each in told["differences"]}


# What would have been different


def test_the_files_in_force_make_no_difference_and_the_replay_is_the_record(city: Database, package: Path) -> None:
    told = rehearse(city, package)
    assert told["differences"] == []
    assert told.keys() == {"before", "after", "differences"}
    before, after = told["before"], told["after"]
    assert before.pop("recorded_otherwise") == after.pop("not_replayed") == []
    assert before == after
    assert [each["round"] for each in before["rounds"]] == ["april", "august", "annual"]
    warned = {
        (each["round"], pair["unit"], pair["indicator"]): ";".join(pair["reasons"])
        for each in before["rounds"]
        for pair in each["warned"]
    }
    expected = rows(SMALL, "demo/expected/warnings.csv")
    assert warned == {(each["round"], each["unit"], each["indicator"]): each["reasons"] for each in expected}
    results = rows(SMALL, "demo/expected/results.csv")
    assert [{name: str(each[name]) for name in results[0]} for each in before["results"]] == results


def test_a_threshold_changes_exactly_the_notices_that_hand_and_paper_say(city: Database, changed: Changed) -> None:
    """Far is strictly below -36 points. April: E34 of A04 and A05 is 25 behind, H05 of A03 35, of A04 just 36, of A05 37.

    August: J02 of A03 is 17.4 behind, E15 of A06 18.3, H01 of A06 16.7.
    """
    told = rehearse(city, changed.parameters(lag_points=36))
    both, bottom = [BOTTOM, FAR], [BOTTOM]
    assert reasons(told) == {
        ("april", "A03", "H05"): ([FAR], []),
        ("april", "A04", "E34"): (both, bottom),
        ("april", "A04", "H05"): (both, bottom),
        ("april", "A05", "E34"): (both, bottom),
        ("august", "A03", "J02"): (both, bottom),
        ("august", "A06", "E15"): (both, bottom),
        ("august", "A06", "H01"): (both, bottom),
    }
    assert kinds(told) == {"warning"}
    dropped = told["differences"][0]
    assert dropped["before"] == {"reasons": [FAR], "level": "red", "lead_points": "-35.000000", "rank": 3}
    assert dropped["after"] == {"reasons": [], "level": None, "lead_points": "-35.000000", "rank": 3}
    assert dropped["because"] == ["parameters.lag_points"]
    april = told["before"]["rounds"][0], told["after"]["rounds"][0]
    assert [each["parameters"] for each in april] == [{"lag_points": 10}, {"lag_points": 36}]


def test_a_table_judges_the_year_in_the_place_of_the_one_in_force(city: Database, changed: Changed) -> None:
    """Red from 20 points behind: the two that are 25 behind on E34 in April; in August nobody is 20 behind."""
    told = rehearse(city, changed.text("warning_level.dmn", "&lt; -red_lag_points", "&lt; -20"))
    levels = {key: (old["level"], new["level"]) for key, (old, new) in of(told, "warning").items()}
    assert levels == {("april", "A04", "E34"): ("yellow", "red"), ("april", "A05", "E34"): ("yellow", "red")}
    assert {tuple(each["because"]) for each in told["differences"]} == {("tables.warning_level",)}
    numbers = [told[side]["rounds"][0]["tables"]["warning_level"] for side in ("before", "after")]
    assert numbers == [1, 2]


def test_a_diagram_that_names_another_table_has_its_round_judged_by_it(city: Database, changed: Changed) -> None:
    """The other table warns whoever is ranked."""
    everybody = (
        '<decision id="everybody" name="everybody"><variable id="everybody_variable" name="everybody"/>'
        '<literalExpression id="everybody_text"><text>{reasons: ["far_from_target"], level: "red"}</text>'
        "</literalExpression></decision>"
    )
    table = changed.text("warning_level.dmn", "<dmndi:DMNDI>", f"{everybody}<dmndi:DMNDI>")
    diagram = changed.text("pre_assessment.bpmn", ">warning_level<", ">everybody<")
    told = rehearse(city, table, diagram)
    for number, key in enumerate(("april", "august")):
        ranked = {
            (each["unit"], each["indicator"])
            for each in rows(SMALL, "demo/expected/ranks.csv")
            if each["round"] == key and each["rank"]
        }
        warned = told["after"]["rounds"][number]["warned"]
        assert {(each["unit"], each["indicator"]) for each in warned} == ranked


def test_weights_change_totals_and_ranks_as_by_hand(city: Database, changed: Changed) -> None:
    """Five of E34's six points go to S07: each total moves by (S07 - E34) * 0.05.

    A04: (76 - 98) * 0.05 = -1.1, from 89.482969245; A05: (78 - 92) * 0.05 = -0.7, from 89.20578947: A05 is before A04.
    """
    told = rehearse(city, changed.weights(E34="1.00", S07="27.00"))
    assert of(told, "score") == {
        ("annual", "A01"): ("95.090942965", "94.365942965"),
        ("annual", "A02"): ("96.4265", "95.8515"),
        ("annual", "A03"): ("94.715262075", "94.215262075"),
        ("annual", "A04"): ("89.482969245", "88.382969245"),
        ("annual", "A05"): ("89.20578947", "88.50578947"),
        ("annual", "A06"): ("84.68002035", "83.43002035"),
    }
    assert of(told, "rank") == {("annual", "A04"): (4, 5), ("annual", "A05"): (5, 4)}
    assert kinds(told) == {"score", "rank"}
    because = {tuple(each["because"]) for each in told["differences"] if each["what"] == "score"}
    assert because == {("indicators.E34.weights", "indicators.S07.weights")}


def test_a_scoring_parameter_changes_the_indicator_and_what_it_adds_up_to(city: Database, changed: Changed) -> None:
    """S07 deducts 2 a point in the place of 5: A06 was 6.5 points short (67.5), so it has 87; 22 % of 19.5 is 4.29."""
    told = rehearse(city, changed.text("indicators.csv", '""deduct"": ""5""', '""deduct"": ""2""'))
    scores = of(told, "score")
    assert scores["annual", "A06", "S07"] == ("67.5", "87")
    assert scores["annual", "A06"] == ("84.68002035", "88.97002035")
    assert {key[2] for key in scores if len(key) == 3} == {"S07"}
    mine = [each for each in told["differences"] if (each["unit"], each["what"]) == ("A06", "score")]
    assert [each["because"] for each in mine] == [["scores.S07"], ["indicators.S07.params"]]


def test_an_indicator_that_is_left_out_is_out_of_every_round(city: Database, changed: Changed) -> None:
    """J01 carries the 7.5 of J02 too, as it did already for A06, which is exempt from J02: its total stays."""
    lines = changed.weights(J01="15.00").read_text("utf-8").splitlines()
    kept = "\n".join(line for line in lines if not line.startswith("J02"))
    told = rehearse(city, changed.written("indicators.csv", kept + "\n"))
    assert reasons(told) == {
        (each["round"], each["unit"], "J02"): (each["reasons"].split(";"), [])
        for each in rows(SMALL, "demo/expected/warnings.csv")
        if each["indicator"] == "J02"
    }
    scores = of(told, "score")
    # A01: 100 and 97.473684 weighed 7.5 each; (100 - 97.473684) * 0.075 = 0.1894737 more.
    assert scores["annual", "A01"] == ("95.090942965", "95.280416665")
    assert scores["annual", "A01", "J02"] == ("97.473684", None)
    assert ("annual", "A06") not in scores
    on_it = [each["because"] for each in told["differences"] if each["indicator"] == "J02"]
    assert set(map(tuple, on_it)) == {("indicators.J02",)}


def test_quota_and_lines_change_grades_and_nothing_else(city: Database, changed: Changed) -> None:
    """Half of six are three places; 89.3 lies between A04 (89.48) and A05 (89.21)."""
    told = rehearse(city, changed.parameters(excellent_quota=0.5, good_line=89.3, opinions_needed=False))
    assert of(told, "grade") == {
        ("annual", "A01"): ("good", "excellent"),
        ("annual", "A03"): ("good", "excellent"),
        ("annual", "A05"): ("good", "qualified"),
        ("annual", "A06"): ("good", "qualified"),
    }
    assert kinds(told) == {"grade"}


def test_consultations_are_called_for_whom_the_threshold_reaches(city: Database, changed: Changed) -> None:
    """Four units have one red warning each in April, on H05; nobody has two grave ones at any time."""
    told = rehearse(city, changed.parameters(consultation_threshold=1))
    once = {"round": "april", "grave_warnings": 1}
    assert of(told, "consultation") == {("april", unit): (None, once) for unit in ("A03", "A04", "A05", "A06")}
    assert kinds(told) == {"consultation"}


def test_a_changed_diagram_is_shown_by_the_scenarios_that_go_otherwise(city: Database, changed: Changed) -> None:
    """The slip of the inspection office comes after nine days in the place of five: the ladder is not climbed in time."""
    told = rehearse(
        city, changed.text("rectification.bpmn", 'work_due) + duration("P5D")', 'work_due) + duration("P9D")')
    )
    (ladder,) = told["differences"]
    assert (ladder["what"], ladder["story"], ladder["round"]) == ("story", "rectification_ladder", None)
    assert ladder["before"]["holds"] and not ladder["after"]["holds"]
    assert ladder["before"]["goes"]["element"] == "work_overdue_long"
    assert ladder["because"] == ["process:rectification"]
    played = {each["story"]: each["holds"] for each in told["after"]["stories"]}
    assert {each["story"] for each in told["before"]["stories"]} == played.keys()
    assert [story for story, holds in played.items() if not holds] == ["rectification_ladder"]


def test_a_parameter_nobody_looks_at_in_a_replay_is_named(city: Database, changed: Changed) -> None:
    told = rehearse(city, changed.parameters(lag_points=36, plan=9))
    assert told["after"]["not_replayed"] == ["parameters.plan"]


def test_a_running_year_is_replayed_as_far_as_it_has_come(package: Path, tmp_path: Path) -> None:
    """Only April is published: the four on H05 are red, and A03's falls away with a threshold of 36."""
    with town.april() as standing:
        told = rehearsal.rehearse(standing.database, "county_leadership", 2026, [package])
        assert told["differences"] == told["before"]["results"] == []
        assert [each["round"] for each in told["before"]["rounds"]] == ["april"]
        told = rehearse(standing.database, Changed(package, tmp_path).parameters(lag_points=36))
        assert [each["unit"] for each in told["differences"]] == ["A03", "A04", "A04", "A05"]


def test_what_people_decided_otherwise_is_told_beside_the_replay(package: Path) -> None:
    """The lead takes A01's only warning back; the rules would warn all the same."""
    with town.april() as standing:
        with standing.by("lead1") as ctx:
            notice = standing.notice(ctx, "A01", "H01").id
        with standing.by("lead1") as ctx:
            revisions.withdraw(ctx, notice, "数据有误")
        told = rehearse(standing.database, package)
    assert told["differences"] == []
    (otherwise,) = told["before"]["recorded_otherwise"]
    assert (otherwise["unit"], otherwise["indicator"], otherwise["what"]) == ("A01", "H01", "warning")
    assert (otherwise["before"]["reasons"], otherwise["after"]["reasons"]) == ([BOTTOM], [])


# The city is only read


def content(database: Database) -> dict[str, list[Any]]:
    with database.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def test_not_a_byte_of_the_city_is_touched(tmp_path: Path, changed: Changed) -> None:
    with cities.copied(tmp_path, "small", cities.THE_END) as database, transaction(database, reading=True) as ctx:
        assert list(audit.broken_entries(ctx)) == []
    before = hashes(tmp_path)
    command(tmp_path, changed.parameters(lag_points=36), changed.weights(E34="1.00", S07="27.00"))
    assert hashes(tmp_path) == before
    refusal = command(tmp_path, changed.weights(E34="1.00"), exit_code=1)
    assert refusal.stderr.splitlines()[-1].startswith("error: 1 rows cannot be imported;")
    assert hashes(tmp_path) == before


def hashes(folder: Path) -> dict[str, str]:
    files = [each for each in folder.rglob("*") if each.is_file() and each.suffix not in (".yaml", ".csv")]
    return {str(each): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


def command(folder: Path, *paths: Path, exit_code: int = 0) -> Result:
    database = f"sqlite:///{folder / 'bihuan.db'}"
    arguments = ["rehearse", "--against", "2026", "--database", database, "--with", *map(str, paths)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == exit_code, done.output
    return done


@pytest.mark.postgresql
def test_a_city_on_postgresql_is_rehearsed_in_a_file_and_not_touched(
    city: Database, changed: Changed, tmp_path: Path
) -> None:
    archive = tmp_path / "city.bihuan"
    backups.backup(city, archive)
    with databases.postgresql(template="template0") as url, cities.opened(url, tmp_path / "files") as there:
        backups.restore(there, archive)
        before, given = content(there), changed.parameters(lag_points=36)
        assert rehearse(there, given) == rehearse(city, given)
        assert content(there) == before


def test_a_copy_is_the_city_row_by_row_and_gone_afterwards(city: Database) -> None:
    with backups.copied(city) as copy:
        assert content(copy) == content(city)
        file = Path(copy.engine.url.database or "")
        assert file.exists()
    assert not file.exists()


# What is said


def test_people_read_what_would_have_been_different(tmp_path: Path, changed: Changed) -> None:
    with cities.copied(tmp_path, "small", cities.THE_END):
        pass
    lines = command(tmp_path, changed.parameters(lag_points=36, plan=9)).stdout.splitlines()
    assert lines[:3] == [
        "county_leadership 2026 replayed: april, august, annual",
        "april (2026-03-31)",
        "  parameters.lag_points: 10 -> 36",
    ]
    told = "    A03 H05      warning: red far_from_target (lead -35.000000, rank 3) -> none (lead -35.000000, rank 3)"
    assert f"{told}  [parameters.lag_points]" in lines
    assert lines[-2:] == ["7 differences", "changed, but nothing that is replayed looks at it: parameters.plan"]
    same = command(tmp_path, changed.package / "warning_level.dmn").stdout.splitlines()
    assert same[-1] == "Nothing would have been different."


# What is refused


def refused(error: type[BihuanError], city: Database, *paths: Path, year: int = 2026) -> str:
    """What is said of a rehearsal that is refused."""
    with pytest.raises(error) as found:
        rehearsal.rehearse(city, None, year, paths)
    return " ".join(str(found.value).split())


def test_what_the_package_does_not_have_is_refused_by_name(city: Database, changed: Changed) -> None:
    stranger = changed.text("rectification.bpmn", 'process id="rectification"', 'process id="repair"')
    assert refused(offering.NotInForce, city, stranger).startswith(
        "rectification.bpmn takes the place of nothing: the package county_leadership has no repair;"
    )
    notes = changed.written("notes.txt", "notes")
    assert refused(offering.NotRehearsed, city, notes).startswith(f"{notes} cannot be rehearsed; give diagrams,")
    empty = changed.folder / "empty"
    empty.mkdir()
    assert refused(offering.NotRehearsed, city, empty).startswith(f"{empty} cannot be rehearsed;")


def test_what_does_not_pass_the_check_is_refused_with_its_element(city: Database, changed: Changed) -> None:
    broken = changed.text("rectification.bpmn", 'formRef="close_out"', 'formRef="dance"')
    with pytest.raises(definitions.DeploymentRefused) as found:
        rehearse(city, broken)
    (complaint,) = [each for each in found.value.complaints if each.problem.severity == "error"]
    assert (complaint.file, complaint.problem.element) == ("rectification.bpmn", "close_out")


def test_two_files_for_one_place_are_refused(city: Database, changed: Changed) -> None:
    again = changed.text("warning_level.dmn", "&lt; -red_lag_points", "&lt; -20")
    said = refused(offering.GivenTwice, city, changed.package, again)
    assert said.endswith("is given twice; leave one of the two out.")


def test_what_has_no_figures_is_refused_by_name(city: Database, changed: Changed) -> None:
    table = (changed.package / "indicators.csv").read_text("utf-8").replace("E13", "E99")
    said = refused(changing.NoFigures, city, changed.written("indicators.csv", table))
    assert said == "There are no figures of E99 in 2026, so it cannot be rehearsed; leave it out."
    dates = changed.text(packages.FILE, "{year}-03-31", "{year}-03-30")
    assert refused(changing.OtherDates, city, dates).startswith("The package.yaml changes its schedule,")
    groups = changed.text(packages.FILE, "subject: unit", "groups: [A, Z]\nsubject: unit")
    assert refused(changing.NoFigures, city, groups).startswith("There are no figures of Z in 2026")


def test_a_parameter_the_rule_cannot_work_with_is_refused(city: Database, changed: Changed) -> None:
    assert "lag_points" in refused(BihuanError, city, changed.parameters(lag_points="ten"))


def test_weights_that_do_not_sum_to_100_are_refused(city: Database, changed: Changed) -> None:
    said = refused(BihuanError, city, changed.weights(E13="7.00"))
    assert "The weights of group A sum to 101.00, not to 100." in said


def test_a_method_that_leaves_a_unit_without_its_score_is_refused(city: Database, changed: Changed) -> None:
    """The method scores votes, and nobody voted on S07."""
    lines = (changed.package / "indicators.csv").read_text("utf-8").splitlines()
    voted = 'vote_grades,"{""values"": {""A"": ""100""}}",1,,22.00'
    judged = [f"{line.partition('per_point_deduct')[0]}{voted}" if line.startswith("S07") else line for line in lines]
    table = changed.written("indicators.csv", "\n".join(judged) + "\n")
    assert refused(BihuanError, city, table).startswith("With the changed rules A01 has no score on S07,")


def test_a_form_alone_cannot_be_rehearsed(city: Database, changed: Changed) -> None:
    form = json.loads((changed.package / "forms" / "close_out.form.json").read_text("utf-8"))
    other = changed.written("forms/close_out.form.json", json.dumps(form, ensure_ascii=False, indent=1))
    said = refused(rehearsal.NothingToReplay, city, other)
    assert said.startswith("Nothing that is changed can be replayed: form:close_out.")


def test_a_year_without_figures_is_refused(city: Database, package: Path, tmp_path: Path) -> None:
    assert refused(plans.NoCycle, city, package, year=2020).startswith(
        "The package county_leadership has no cycle 2020"
    )
    with cities.copied(tmp_path, "small", town.OPENED) as opened:
        said = refused(rehearsal.NothingFrozen, opened, package)
    assert said.startswith("No round of 2026 is published yet")
