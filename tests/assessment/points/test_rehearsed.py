"""A year of points judged anew by other weights, lines and shares; its months stay as they were closed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import rehearsal
from engine.assessment.points import membership, year
from engine.db import Database
from engine.rehearsal import changing
from tests.assessment.points.committee import PACKAGE, Committee, cycle, founded


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Committee]:
    """Twelve months: li 98 and 2 points of honours, han 100, wu 90 since May, everybody else 80; the year is proposed."""
    with founded(tmp_path_factory.mktemp("whole")) as made:
        for month in membership.months_of(2026):
            if month == "2026-03":
                made.at("2026-03-10")
                made.enter("sun", "li", "PRIZE", "2026-03-09", "2")
            made.month(month, li="98", han="100", wu="90")
        made.at("2027-01-15").reviewed(li="96", han="100", wu="90")
        with made.by() as ctx:
            year.propose(ctx, cycle(ctx), "DW")
        yield made


def package(folder: Path, **points: Any) -> Path:
    content = yaml.safe_load((PACKAGE / "package.yaml").read_text("utf-8"))
    content["parameters"]["points"].update(points)
    file = folder / "package.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return file


def differences(database: Database, given: Path) -> dict[tuple[str, str], tuple[Any, Any]]:
    told = rehearsal.rehearse(database, "party_points", 2026, [given])
    return {(each["unit"], each["what"]): (each["before"], each["after"]) for each in told["differences"]}


def test_the_files_in_force_make_no_difference(house: Committee) -> None:
    told = rehearsal.rehearse(house.database, "party_points", 2026, [PACKAGE])
    assert told["differences"] == told["before"]["recorded_otherwise"] == []
    assert {each["unit"]: each["score"] for each in told["before"]["results"]} == {
        "han": "100",
        "li": "99.8",
        "wu": "90",
        **dict.fromkeys(("ji", "ma", "office", "qin", "sun"), "80"),
    }


def test_other_weights_change_the_scores_as_by_hand(house: Committee, tmp_path: Path) -> None:
    """li: 98 · 0.5 + 96 · 0.5 + 2 = 99; for everybody else the months and the review are the same number."""
    changed = package(tmp_path, monthly_weight="0.5", review_weight="0.5")
    told = rehearsal.rehearse(house.database, "party_points", 2026, [changed])
    (only,) = told["differences"]
    assert (only["unit"], only["what"], only["before"], only["after"]) == ("li", "score", "99.8", "99")
    assert (only["round"], only["because"]) == ("annual", ["parameters.points"])


def test_other_lines_change_the_grades_between_them(house: Committee, tmp_path: Path) -> None:
    lines = {"优秀": "99", "合格": "95", "基本合格": "80", "不合格": "0"}
    assert differences(house.database, package(tmp_path, lines=lines)) == {
        ("li", "grade"): ("合格", "优秀"),
        ("wu", "grade"): ("合格", "基本合格"),
    }


def test_other_shares_change_the_standards_by_place(house: Committee, tmp_path: Path) -> None:
    """Of eight ranked, 20 % reach to the second place, rounded up; half reach to the fourth, which five share."""
    standards = [{"name": "优秀", "share": "0.5"}, {"name": "合格", "share": "0.5"}]
    found = differences(house.database, package(tmp_path, standards=standards))
    assert {what for _, what in found} == {"standard"}
    assert {unit: after for (unit, _), (_, after) in found.items()} == dict.fromkeys(
        ("wu", "ji", "ma", "office", "qin", "sun"), "优秀"
    )


def test_other_categories_are_refused_because_the_months_were_rated_by_these(house: Committee, tmp_path: Path) -> None:
    categories = [{"code": "all", "name": "全部", "full": 100}]
    with pytest.raises(changing.OtherDates, match=r"points\.categories"):
        rehearsal.rehearse(house.database, "party_points", 2026, [package(tmp_path, categories=categories)])


def test_a_year_without_results_is_refused(tmp_path: Path) -> None:
    with founded(tmp_path) as fresh, pytest.raises(year.NoPointsYet):
        rehearsal.rehearse(fresh.database, "party_points", 2026, [PACKAGE])
