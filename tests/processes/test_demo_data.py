"""The demo city and the small city: their files, their shape, and who wrote them."""

import ast
import json
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from processes.county_leadership.demo import generate
from processes.county_leadership.demo.expected import expected
from tests.processes.demo_files import (
    APRIL,
    AUGUST,
    CITY,
    GROUP_SIZES,
    SMALL,
    YEAR_END,
    events,
    indicators,
    members,
    rows,
    values,
)

# The files


@pytest.mark.parametrize(("folder", "written"), [(CITY, "city"), (SMALL, "small")])
def test_the_generator_writes_the_files_that_are_kept(folder: Path, written: str) -> None:
    texts = generate.city(generate.SEED) if written == "city" else generate.small_city()
    assert {name for name, text in texts.items() if (folder / name).read_text(encoding="utf-8") != text} == set()


@pytest.mark.parametrize("folder", [CITY, SMALL])
def test_the_answers_kept_are_those_the_slow_script_works_out(folder: Path) -> None:
    for name, table in expected.compute(folder).items():
        assert table == rows(folder, f"demo/expected/{name}.csv"), name


def test_the_slow_script_imports_the_standard_library_only() -> None:
    tree = ast.parse((CITY / "demo/expected/expected.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_city_left_to_chance_has_ties_gaps_and_exemptions(tmp_path: Path, seed: int) -> None:
    generate.write(tmp_path, generate.city(seed, groups={"A": 5, "B": 9}, indicators=25, planted=False))
    tables = expected.compute(tmp_path)
    assert len(tables["scores"]) == 14 * 25
    assert {"missing", "exempt"} <= {row["why"] for row in tables["ranks"]}
    group_a = [row["score"] for row in tables["results"] if row["group"] == "A"]
    assert len(set(group_a)) < len(group_a)
    assert {row["unit"] for row in tables["consultations"]}
    assert all(sum(Decimal(row[f"weight:{g}"]) for row in rows(tmp_path, "indicators.csv")) == 100 for g in "AB")


def test_the_same_seed_draws_the_same_city_and_another_seed_another() -> None:
    def drawn(seed: int) -> dict[str, str]:
        return generate.city(seed, groups={"A": 5}, indicators=20, planted=False)

    assert drawn(3) == drawn(3)
    assert drawn(3)["demo/values.csv"] != drawn(4)["demo/values.csv"]


def test_a_story_is_told_of_its_own_city_only() -> None:
    with pytest.raises(ValueError, match="120 indicators"):
        generate.city(1, groups={"A": 5}, indicators=25)


# Units and people


def test_the_city_has_twenty_assessed_units_and_forty_offices() -> None:
    units = rows(CITY, "demo/units.csv")
    assert Counter(row["group"] for row in units if row["kind"] == "county") == GROUP_SIZES
    kinds = Counter(row["kind"] for row in units)
    assert kinds["department"] == 40
    assert [kinds[kind] for kind in ("city", "lead", "inspection", "committee", "expert_pool", "audit")] == [1] * 6
    assert [row["code"] for row in units if not row["parent"]] == ["T"]
    assert len({row["code"] for row in units}) == len(units) == 66


def test_everybody_who_acts_has_a_name_and_an_office() -> None:
    people, appointments = rows(CITY, "demo/people.csv"), rows(CITY, "demo/appointments.csv")
    accounts = {row["account"] for row in people}
    assert len(accounts) == len(people) == len({row["name"] for row in people})
    assert {row["account"] for row in appointments} == accounts
    assert {row["unit"] for row in appointments} <= {row["code"] for row in rows(CITY, "demo/units.csv")}
    cards = "lead1 b07_clerk b07_leader d01_clerk d01_leader inspector1 inspector2 expert1 designer1 admin1 org_leader"
    assert set(cards.split()) <= accounts
    assert {row["by"] for row in rows(CITY, "demo/events.csv")} - {""} <= accounts


def test_roles_are_filled_as_the_city_needs_them() -> None:
    roles = Counter(row["role"] for row in rows(CITY, "demo/appointments.csv"))
    # One clerk each for 20 counties, 40 offices, the lead department and audit, and the successor of one clerk.
    assert roles == {"clerk": 63, "leader": 63, "lead": 3, "committee": 3, "expert": 15} | {
        "inspector": 2,
        "supervisor": 3,
        "admin": 1,
        "designer": 1,
    }


def test_one_clerk_hands_over_in_july_without_a_gap() -> None:
    terms = [row for row in rows(CITY, "demo/appointments.csv") if row["unit"] == "B05" and row["role"] == "clerk"]
    assert [(row["account"], row["from"], row["to"]) for row in terms] == [
        ("b05_clerk", "2024-01-01", "2026-07-10"),
        ("b05_clerk2", "2026-07-11", ""),
    ]


# Indicators


def test_every_group_weighs_one_hundred_in_the_shares_of_the_categories() -> None:
    categories = ["经济发展", "社会治理", "公共服务", "生态环境", "党的建设"]
    by_category = Counter(row["category"] for row in rows(CITY, "indicators.csv"))
    assert by_category == dict(zip(categories, (36, 24, 24, 16, 20), strict=True))
    for group, wanted in {"A": (30, 22, 20, 13, 15), "B": (32, 20, 20, 15, 13), "C": (50, 12, 12, 13, 13)}.items():
        weights: Counter[str] = Counter()
        for row in rows(CITY, "indicators.csv"):
            weights[row["category"]] += Decimal(row[f"weight:{group}"])  # type: ignore[assignment]
        assert weights == dict(zip(categories, map(Decimal, wanted), strict=True))


def test_the_methods_are_mixed_as_real_cities_mix_them() -> None:
    methods = Counter(row["method"] for row in rows(CITY, "indicators.csv"))
    assert methods == {
        "completion_ratio": 34,
        "efficacy_minmax": 18,
        "control_limit": 10,
        "per_point_deduct": 14,
        "rank_step": 8,
        "target_or_zero": 6,
        "gate_plus_rank": 2,
        "range": 4,
        "growth_vs_mean": 10,
        "count_capped": 6,
        "vote_grades": 2,
        "panel_mean": 2,
        "event_deduct": 4,
    }
    assert sum(row["main"] == "1" for row in rows(CITY, "indicators.csv")) == 30
    uncapped = [row["code"] for row in rows(CITY, "indicators.csv") if '"cap": null' in row["params"]]
    assert uncapped == ["E16"]


def test_every_office_but_one_answers_for_one_to_six_indicators() -> None:
    owners = Counter(row["responsible_unit"] for row in rows(CITY, "indicators.csv"))
    assert set(owners) == {f"D{number:02d}" for number in range(1, 40)}
    assert max(owners.values()) == 6
    of_others = [
        row["data_unit"] for row in rows(CITY, "indicators.csv") if row["responsible_unit"] != row["data_unit"]
    ]
    assert Counter(of_others) == {"D02": 22}


@pytest.mark.parametrize("folder", [CITY, SMALL])
def test_county_targets_together_reach_the_citys_target_and_stay_within_its_limits(folder: Path) -> None:
    for code, row in indicators(folder).items():
        if row["target_total"]:
            ends = [cell for (_, of, as_of), cell in values(folder).items() if (of, as_of) == (code, YEAR_END)]
            together, wanted = sum(Fraction(cell["target"] or 0) for cell in ends), Fraction(row["target_total"])
            assert together <= wanted if row["direction"] == "lower_better" else together >= wanted, code


# Values


@pytest.mark.parametrize("folder", [CITY, SMALL])
def test_figures_are_complete_at_every_year_end(folder: Path) -> None:
    units = [row["code"] for row in rows(folder, "demo/units.csv") if row["kind"] == "county"]
    pairs = {(unit, code) for unit in units for code in indicators(folder)}
    for as_of in ("2024-12-31", "2025-12-31", YEAR_END):
        assert {(unit, code) for unit, code, at in values(folder) if at == as_of} == pairs
    for cell in values(folder).values():
        assert all((cell[name] == "") == (cell["exempt"] == "1") for name in ("reported", "verified", "target"))


def test_figures_come_at_the_rounds_dates_but_two_indicators_lag_a_month() -> None:
    dates = {(code, as_of) for _, code, as_of in values(CITY) if as_of.startswith("2026")}
    assert {as_of for _, as_of in dates} == {"2026-02-28", APRIL, "2026-06-30", AUGUST, YEAR_END}
    assert {code for code, as_of in dates if as_of in ("2026-02-28", "2026-06-30")} == {"E02", "E05"}
    assert not {code for code, as_of in dates if as_of in (APRIL, AUGUST)} & {"E02", "E05"}


def test_target_and_base_stand_on_every_row_of_the_year() -> None:
    facts: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
    for (unit, code, as_of), cell in values(CITY).items():
        if as_of.startswith("2026"):
            facts.setdefault((unit, code), set()).add((cell["target"], cell["base"], cell["exempt"]))
    assert {len(found) for found in facts.values()} == {1}
    for (unit, code), found in facts.items():
        assert next(iter(found))[1] == values(CITY)[unit, code, "2025-12-31"]["verified"]


def test_exemptions_missing_and_misreported_figures_are_as_many_as_told() -> None:
    exempt = Counter(
        unit for unit, code, at in values(CITY) if at == YEAR_END and values(CITY)[unit, code, at]["exempt"] == "1"
    )
    assert not any(exempt[unit] for unit in members(CITY, "A"))
    assert all(1 <= exempt[unit] <= 3 for unit in members(CITY, "B"))
    assert [exempt[unit] for unit in members(CITY, "C")] == [45, 45, 45, 45]
    wrong = sum(cell["reported"] != cell["verified"] for cell in values(CITY).values())
    assert 20 <= wrong <= 45  # five in a thousand of some 6 500
    due = 116 * 20 * 2 - 2 * sum(exempt.values())  # the four votes and typed marks are read at the year's end only
    seen = sum(1 for (_, _, at), cell in values(CITY).items() if "2026-01" < at < "2026-08" and cell["exempt"] == "0")
    assert 25 <= due - seen - 40 <= 65  # one in a hundred, beside the 40 figures of the office that missed August


def test_raw_inputs_give_the_figure_a_person_would_read() -> None:
    methods = {"vote_grades": "votes", "count_capped": "counts", "event_deduct": "deductions"}
    for row in (event for kind in methods.values() for event in events(CITY, kind)):
        params, content = json.loads(indicators(CITY)[row["indicator"]]["params"]), json.loads(row["json"])
        assert content["round"] == "annual"
        if row["kind"] == "votes":
            worth = sum(Fraction(params["values"][name]) * count for name, count in content["votes"].items())
            figure = worth / sum(content["votes"].values())
        elif row["kind"] == "counts":
            figure = Fraction(sum(content["counts"].values()))
        else:
            figure = sum(map(Fraction, content["deductions"]), Fraction(0))
        assert Fraction(values(CITY)[row["unit"], row["indicator"], YEAR_END]["verified"]) == figure
    assert len(events(CITY, "votes")) == 2 * 20
    assert len(events(CITY, "counts")) == 6 * 20 - 4  # development zones have nothing to do with J15
    assert len(events(CITY, "deductions")) == 4 * 20


def test_the_calendar_lists_only_the_exceptions_of_two_years() -> None:
    days = {date.fromisoformat(row["date"]): row["working"] for row in rows(CITY, "calendar.csv")}
    assert all((day.weekday() >= 5) == (working == "1") for day, working in days.items())
    worked = {day.isoformat() for day, working in days.items() if working == "1" and day.year == 2026}
    assert worked == {"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"}
    # 2025: 1 + 6 + 1 + 3 + 1 + 6 weekdays off; 2026: 2 + 6 + 1 + 3 + 1 + 1 + 5.
    assert Counter(day.year for day, working in days.items() if working == "0") == {2025: 18, 2026: 19}
