"""The year's indicator system: who answers for what, with which weight, and what cannot be entered in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from engine import importing
from engine.assessment import indicators, plans, rules
from engine.assessment.indicators import CycleIndicator, Row, SystemIssued, UnknownIndicator, WrongIndicator
from engine.db import Context
from tests.assessment.town import Town
from tests.assessment.years import acts, begun
from tests.processes.demo_files import SMALL


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        yield made


ROADS = Row(
    code="R01",
    name="农村公路养护里程",
    category="公共服务",
    source="routine",
    responsible_unit="D09",
    data_unit=None,
    unit_of_measure="公里",
    direction="higher_better",
    measure="cumulative",
    schedule={},
    method="completion_ratio",
    params={"cap": "1"},
    main=True,
    target_total=Decimal(500),
    weights={"A": Decimal("2.5"), "B": Decimal(3)},
)


def put(ctx: Context, cycle: plans.Cycle, **changed: Any) -> CycleIndicator:
    return indicators.put(ctx, cycle, replace(ROADS, **changed), 12)


@pytest.mark.requirement("B1")
def test_every_indicator_has_a_source_a_weight_and_exactly_one_responsible_unit(town: Town) -> None:
    with town.by(reading=True) as ctx:
        found = indicators.of_cycle(ctx, town.cycle(ctx))
        assert {each.code: (each.source, each.weight("A"), each.responsible_unit) for each in found} == {
            "E13": ("superior", Decimal("6.00"), "D01"),
            "E14": ("key_work", Decimal("6.00"), "D01"),
            "E15": ("key_work", Decimal("6.00"), "D01"),
            "E30": ("superior", Decimal("6.00"), "D01"),
            "E34": ("key_work", Decimal("6.00"), "D01"),
            "S07": ("superior", Decimal("22.00"), "D32"),
            "P01": ("superior", Decimal("10.00"), "D09"),
            "P03": ("key_work", Decimal("10.00"), "D09"),
            "H01": ("superior", Decimal("6.50"), "D25"),
            "H05": ("superior", Decimal("6.50"), "D25"),
            "J01": ("key_work", Decimal("7.50"), "D35"),
            "J02": ("key_work", Decimal("7.50"), "D35"),
        }
        assert indicators.responsible_units(ctx, town.cycle(ctx)) == ["D01", "D09", "D25", "D32", "D35"]


@pytest.mark.requirement("B1")
@pytest.mark.parametrize("missing", ["source", "responsible_unit"])
def test_the_database_keeps_no_indicator_without_source_or_responsible_unit(town: Town, missing: str) -> None:
    with pytest.raises(IntegrityError), town.by() as ctx:
        made = put(ctx, town.cycle(ctx))
        setattr(made, missing, None)
        ctx.session.flush()


@pytest.mark.requirement("B1")
def test_the_three_sources_are_named_and_no_other_is_imported(town: Town) -> None:
    assert list(indicators.Source) == ["superior", "key_work", "routine"]
    text = (SMALL / "indicators.csv").read_text("utf-8").replace("superior", "wish", 1)
    with town.by() as ctx, pytest.raises(importing.ImportRefused, match="row 2, source"):
        importing.import_files(ctx, [("indicators.csv", text.encode())], town.cycle(ctx))


@pytest.mark.requirement("B3")
def test_an_indicator_is_entered_in_the_library_and_in_the_year(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        put(ctx, cycle)
        found = indicators.find(ctx, cycle, "R01")
        assert (found.name, found.indicator.category, found.position, found.main) == (
            "农村公路养护里程",
            "公共服务",
            12,
            True,
        )
        assert (found.weight("A"), found.weight("B"), found.weight("C")) == (Decimal("2.5"), Decimal(3), None)
        assert [each.code for each in indicators.of_unit(ctx, cycle, "D09")] == ["P01", "P03", "R01"]


def test_entered_again_it_is_changed_and_not_doubled(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        put(ctx, cycle)
        put(ctx, cycle, responsible_unit="D25", weights={"A": Decimal(1)})
        found = [each for each in indicators.of_cycle(ctx, cycle) if each.code == "R01"]
        assert [(each.responsible_unit, each.weight("A"), each.weight("B")) for each in found] == [
            ("D25", Decimal(1), None)
        ]


def test_another_year_takes_the_same_indicator_from_the_library(town: Town) -> None:
    with town.by() as ctx:
        this, following = town.cycle(ctx), plans.make_cycle(ctx, "county_leadership", 2027)
        first, second = put(ctx, this), put(ctx, following, params={"cap": None})
        assert first.indicator_id == second.indicator_id
        assert (first.params, second.params) == ({"cap": "1"}, {"cap": None})
        assert [each.code for each in indicators.of_cycle(ctx, following)] == ["R01"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"method": "guess"}, "no scoring method"),
        ({"params": {"colour": "red"}}, "no parameter colour"),
        ({"params": {"cap": "much"}}, "cap of completion_ratio"),
        ({"weights": {}}, "no weight"),
        ({"weights": {"A": Decimal(0)}}, "no weight"),
        ({"measure": "milestone", "direction": "lower_better"}, "counted upward"),
        ({"direction": "range"}, "low, high and width"),
    ],
)
def test_what_could_not_be_measured_or_scored_later_is_refused_now(
    town: Town, changed: dict[str, Any], why: str
) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        with pytest.raises(WrongIndicator, match=rf"R01: .*{why}"):
            put(ctx, cycle, **changed)
        with pytest.raises(UnknownIndicator, match="no indicator 'R01' in the cycle 2026"):
            indicators.find(ctx, cycle, "R01")


@pytest.mark.requirement("B5")
def test_the_system_does_not_change_any_more_once_the_booklet_is_issued(town: Town) -> None:
    files = [("indicators.csv", (SMALL / "indicators.csv").read_bytes())]
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        importing.import_files(ctx, files, cycle)
        rules.issue(ctx, cycle)
        with pytest.raises(SystemIssued, match="2026 is issued"):
            importing.import_files(ctx, files, cycle)


@pytest.mark.requirement("B2")
def test_weights_stand_in_the_order_of_the_booklet_and_must_sum_to_100(town: Town) -> None:
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        assert list(indicators.weights(ctx, cycle, "A"))[:2] == ["E13", "E14"]
        assert indicators.weights(ctx, cycle, "Z") == {}
        assert indicators.wrong_sums(indicators.of_cycle(ctx, cycle)) == {}
        put(ctx, cycle)
        found = indicators.of_cycle(ctx, cycle)
        assert indicators.wrong_sums(found) == {"A": Decimal("102.50"), "B": Decimal(3)}
        assert indicators.wrong_sums(found, ["C"])["C"] == 0


@pytest.mark.parametrize(
    ("measure", "schedule", "day", "share"),
    [
        ("cumulative", {}, date(2026, 2, 28), (2, 12)),
        ("cumulative", {}, date(2026, 3, 31), (3, 12)),
        ("cumulative", {}, date(2026, 7, 31), (7, 12)),
        ("cumulative", {"06-30": "0.6", "12-31": "1"}, date(2026, 6, 29), Decimal(0)),
        ("cumulative", {"06-30": "0.6", "12-31": "1"}, date(2026, 6, 30), Decimal("0.6")),
        ("cumulative", {"06-30": "0.6", "12-31": "1"}, date(2026, 12, 30), Decimal("0.6")),
        ("level", {}, date(2026, 3, 31), Decimal(1)),
        ("level", {"12-31": "1"}, date(2026, 3, 31), Decimal(0)),
        ("level", {"12-31": "1"}, date(2026, 12, 31), Decimal(1)),
        ("milestone", {}, date(2026, 3, 31), Decimal(1)),
    ],
)
def test_what_is_due_follows_the_months_or_the_indicators_own_schedule(
    measure: str, schedule: dict[str, str], day: date, share: Any
) -> None:
    assert CycleIndicator(measure=measure, schedule=schedule).expected_share(day) == share


def test_an_import_is_recorded_with_its_count(town: Town) -> None:
    with town.by("admin1") as ctx:
        indicators.record_import(ctx, town.cycle(ctx), 12)
        assert acts(ctx, "indicators.put")[-1] == {"count": 12}


def test_a_code_stands_once_in_the_library(town: Town) -> None:
    with town.by() as ctx, pytest.raises(IntegrityError):
        facts = {"package": "county_leadership", "code": "E13", "name": "x", "category": "x", "unit_of_measure": ""}
        ctx.session.execute(insert(indicators.Indicator).values(**facts))
