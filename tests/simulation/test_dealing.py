"""What the people of the demo city enter of their own accord is accepted where it should be, and refused where it should be."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from engine.assessment import (
    annual_plan,
    assessors,
    bars,
    indicators,
    plans,
    records,
    results,
    rules,
    special,
    targets,
)
from engine.assessment.results import NoResult
from engine.simulation.dealing import HAPPENINGS as DEALT
from engine.simulation.dealing import NotRefused
from engine.simulation.happenings import HAPPENINGS
from engine.simulation.world import Event
from processes.county_leadership.demo.acts import Act, acts
from tests.assessment import years
from tests.assessment.town import Town

#: The small city has one group, fewer people and other indicators; what is done to its units is the same.
UNITS = {"B03": "A03", "C02": "A04", "B02": "A02", "B01": "A01", "B07": "A06", "D22": "D09"}


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Town]:
    """The small city from its first morning, with every act of the demo city's year that it can have."""
    with years.settled(tmp_path) as town:
        for line, act in enumerate(sorted(_of_small_city(), key=lambda each: each[0])):
            at, kind, unit, code, by, content = act
            town.now = datetime.fromisoformat(at)
            event = Event(line, town.now, kind, unit, code, by, content)
            with town.by(by) as ctx:
                HAPPENINGS[kind](ctx, town.cycle(ctx), event)
        yield town


def _of_small_city() -> Iterator[Act]:
    for at, kind, unit, code, by, content in acts():
        there = UNITS.get(unit, unit)
        if kind in ("target_change", "target_changes_approved", "rules_changed") or there[:1] in ("B", "C"):
            continue
        changed = {"units": [UNITS.get(each, each) for each in content["units"]]} if "units" in content else {}
        asked = {"D39": "D35"}.get(content.get("asked", ""), content.get("asked", ""))
        changed |= {"asked": asked} if asked else {}
        yield at, kind, there, code, by.replace("d39", "d35"), content | changed


def test_the_pages_of_peacetime_special_assessments_and_assessors_are_not_empty(lived: Town) -> None:
    with lived.by("lead1", reading=True) as ctx:
        found = records.of_year(ctx, 2026)
        kinds = {each.kind for each in found}
        assert kinds == {
            *("field_visit", "talk", "democratic_life_meeting", "supervision_finding", "commendation", "reminder"),
            "taken_over",
        }
        assert [each.unit for each in special.of_year(ctx, 2026)] == ["A04", "A03"]
        assert all(each.final_at is not None for each in special.of_year(ctx, 2026))
        assert len(assessors.roster(ctx)) == 6
        assert sum(map(len, assessors.trainings(ctx).values())) == 8
        planned = [each for each in annual_plan.of_year(ctx, 2026) if each.kind == "special"]
        assert [each.status for each in planned] == ["approved", "approved"]
        assert [len(assessors.of_assessment(ctx, each)) for each in planned] == [2, 2]


@pytest.mark.planted(16)
def test_a_veto_that_is_taken_back_leaves_nothing_behind(lived: Town) -> None:
    with lived.by("lead1", reading=True) as ctx:
        (bar,) = bars.of_cycle(ctx, lived.cycle(ctx))
        assert (bar.unit, bar.status, bar.proposed_by, bar.decided_by, bar.revoked_by) == (
            *("A02", "revoked", "inspector1", "committee1"),
            "lead2",
        )
        assert bars.standing(ctx, lived.cycle(ctx)) == set()


@pytest.mark.planted(22)
def test_rules_stay_as_they_were_issued(tmp_path: Path) -> None:
    with years.collecting(tmp_path) as town:
        with town.by(reading=True) as ctx:
            codes = [each.code for each in indicators.of_unit(ctx, town.cycle(ctx), "D09")]
            before = {
                each.code: rules.rules_of(ctx, each).standard for each in indicators.of_cycle(ctx, town.cycle(ctx))
            }
        content = {"codes": codes, "standard": "另加奖励分"}
        event = Event(1, town.now, "rules_changed", "D09", "", "d09_clerk", content)
        with town.by("d09_clerk") as ctx:
            DEALT["rules_changed"](ctx, town.cycle(ctx), event)
        with town.by(reading=True) as ctx:
            used = indicators.of_cycle(ctx, town.cycle(ctx))
            assert {each.code: rules.rules_of(ctx, each).standard for each in used} == before


def test_a_city_in_which_rules_could_be_changed_after_their_issue_stops(tmp_path: Path) -> None:
    with years.begun(tmp_path) as town, town.by() as ctx:
        cycle = town.cycle(ctx)
        content = {"codes": [each.code for each in indicators.of_unit(ctx, cycle, "D09")], "standard": "另加奖励分"}
        ctx.actor = "d09_clerk"
        with pytest.raises(NotRefused):
            DEALT["rules_changed"](ctx, cycle, Event(1, town.now, "rules_changed", "D09", "", "d09_clerk", content))


@pytest.mark.planted(18)
def test_the_target_of_case_18_is_lowered_by_two_people(tmp_path: Path) -> None:
    with years.begun(tmp_path) as town:
        for _, kind, unit, _, by, content in (each for each in acts() if each[1].startswith("target_change")):
            town.now = datetime.fromisoformat("2026-10-15T10:00:00+08:00")
            with town.by(by) as ctx:
                event = Event(1, town.now, kind, unit, "E13", by, content)
                HAPPENINGS[kind](ctx, town.cycle(ctx), event)
        with town.by(reading=True) as ctx:
            used = indicators.find(ctx, town.cycle(ctx), "E13")
            assert targets.of_cycle(ctx, town.cycle(ctx))[used.id, "A05"].value == 62
            with pytest.raises(NoResult):
                results.of_cycle(ctx, plans.find(ctx, "county_leadership"))
