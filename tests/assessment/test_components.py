"""The components of a result: while one of them is missing for one unit, nothing is worked out, and it is named."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import delete, select

from engine import workflow
from engine.assessment import components, indicators, plans, results, snapshots, spot_checks
from engine.assessment.components import ComponentMissing
from engine.assessment.debriefings import Debriefing
from engine.assessment.results import Result
from engine.assessment.snapshots import SnapshotRow
from engine.assessment.spot_checks import SpotCheck
from engine.db import SHANGHAI, Context
from engine.errors import Invalid
from engine.workflow import definitions, packages
from tests.assessment.town import Town, moment
from tests.assessment.years import begun
from tests.processes.demo_files import ROOT
from tests.simulation import cities

PARTY = "party_building"
#: The annual figures are checked and frozen; the lead collates.
COLLATING = datetime(2027, 1, 20, 9, tzinfo=SHANGHAI)
#: Between two sessions of debriefings: one secretary was absent from the first one.
BETWEEN = datetime(2026, 12, 18, 9, tzinfo=SHANGHAI)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The year is over; the scores are frozen."""
    with cities.copied(tmp_path, PARTY, cities.THE_END) as database:
        yield Town(database, cities.THE_END)


def cycle(ctx: Context) -> plans.Cycle:
    return plans.find(ctx, PARTY, 2026)


def lacking(ctx: Context) -> dict[str, list[str]]:
    return {each.key: sorted(each.lacking) for each in components.standings(ctx, cycle(ctx))}


@pytest.mark.requirement("M1")
def test_with_all_components_the_result_is_proposed(town: Town) -> None:
    with town.by() as ctx:
        assert lacking(ctx) == {"debriefing": [], "daily": [], "special": [], "third_party": []}
        ctx.session.execute(delete(Result).where(Result.unit == "no such unit"))
        with pytest.raises(results.AlreadyDecided):
            results.propose(ctx, cycle(ctx))


@pytest.mark.requirement("M1")
def test_without_the_comment_on_one_debriefing_nothing_is_worked_out(town: Town) -> None:
    with town.refusal(ComponentMissing) as ctx:
        for each in ctx.session.scalars(select(Debriefing).where(Debriefing.unit == "SQ02")):
            each.commented_at = None
        ctx.session.flush()
        with pytest.raises(ComponentMissing, match=r"^述职评议 is not complete: 1 units lack it, such as SQ02"):
            components.require_complete(ctx, cycle(ctx))
        results.propose(ctx, cycle(ctx))


@pytest.mark.requirement("M1")
def test_without_a_check_of_one_unit_nothing_is_worked_out(town: Town) -> None:
    with town.refusal(ComponentMissing) as ctx:
        for each in ctx.session.scalars(select(SpotCheck).where(SpotCheck.unit == "NC01")):
            each.recorded_at = None
        ctx.session.flush()
        assert lacking(ctx)["daily"] == ["NC01"]
        assert "NC01" not in spot_checks.checked(ctx, cycle(ctx))
        results.propose(ctx, cycle(ctx))


@pytest.mark.requirement("M1")
def test_without_a_score_of_a_special_field_nothing_is_worked_out(town: Town) -> None:
    with town.refusal(ComponentMissing) as ctx:
        frozen = snapshots.latest(ctx, plans.annual_round(ctx, cycle(ctx)))
        used = indicators.find(ctx, cycle(ctx), "Z41")
        row = ctx.session.get_one(SnapshotRow, (frozen.id, used.id, "JG02"))
        row.score = None
        ctx.session.flush()
        assert lacking(ctx)["special"] == ["JG02"]
        results.propose(ctx, cycle(ctx))


@pytest.mark.requirement("M1")
def test_the_lead_who_collates_is_told_what_is_missing_and_nothing_moves(tmp_path: Path) -> None:
    with cities.copied(tmp_path, PARTY, COLLATING) as database:
        town = Town(database, COLLATING)
        (task,) = town.tasks("collate")
        with town.by() as ctx:
            missing = ctx.session.scalars(
                select(Debriefing).where(Debriefing.unit == "SQ02", Debriefing.session == 1)
            ).one()
            missing.commented_at, was = None, missing.commented_at
        with town.refusal(ComponentMissing, "lead1") as ctx:
            workflow.complete(ctx, task, {"verdict": "proceed"})
        assert town.tasks("collate") == [task]
        with town.by() as ctx:
            ctx.session.get_one(Debriefing, missing.id).commented_at = was
        with town.by("lead1") as ctx:
            workflow.complete(ctx, task, {"verdict": "proceed"})
        assert len(town.tasks("record_decision")) == 1


def test_a_unit_exempt_from_an_indicator_does_not_lack_it(town: Town) -> None:
    with town.by() as ctx:
        special = next(each for each in components.standings(ctx, cycle(ctx)) if each.key == "special")
        # QY04 is exempt from Z23 and measured by the others.
        assert "QY04" in special.units
        assert (special.lacking, special.awaits_scores) == ({}, False)


@pytest.mark.requirement("M1")
def test_who_was_absent_lacks_the_debriefing_until_a_later_session(tmp_path: Path) -> None:
    with cities.copied(tmp_path, PARTY, BETWEEN) as database:
        early = Town(database, BETWEEN)
        with early.by(reading=True) as ctx:
            assert components.lacking(ctx, cycle(ctx), "debriefing") == ["NC03"]
            # Nothing is complete by marks alone before the year's figures are frozen.
            assert all(each.awaits_scores for each in components.standings(ctx, cycle(ctx)))
            with pytest.raises(Invalid, match="no component"):
                components.lacking(ctx, cycle(ctx), "exam")


def test_a_package_without_components_asks_for_none(tmp_path: Path) -> None:
    with begun(tmp_path) as county, county.by(reading=True) as ctx:
        county.now = moment("2026-01-06")
        assert components.standings(ctx, county.cycle(ctx)) == []
        components.require_complete(ctx, county.cycle(ctx))


def deploy_with(ctx: Context, extra: dict[str, object]) -> None:
    """The package anew, with these components and no others."""
    content = yaml.safe_load((ROOT / "processes" / PARTY / packages.FILE).read_text("utf-8")) | {"components": extra}
    definitions.deploy(ctx, [definitions.Source(packages.FILE, yaml.safe_dump(content, allow_unicode=True).encode())])


@pytest.mark.requirement("M1")
def test_a_year_keeps_the_components_it_was_made_with(town: Town) -> None:
    exam = {"exam": {"title": "书面考试", "indicators": ["Z41"], "records": ["panel"]}}
    with town.by() as ctx:
        deploy_with(ctx, exam)
        assert list(lacking(ctx)) == ["debriefing", "daily", "special", "third_party"]
        # A year that is made now asks for what the package asks now.
        later = plans.make_cycle(ctx, PARTY, 2027, "test")
        assert [each["key"] for each in later.parameters[plans.COMPONENTS]] == ["exam"]


def test_a_year_made_before_components_were_kept_goes_by_the_deployed_package(town: Town) -> None:
    exam = {"exam": {"title": "书面考试", "indicators": ["Z41"], "records": []}}
    with town.by() as ctx:
        known = cycle(ctx)
        known.parameters = {name: value for name, value in known.parameters.items() if name != plans.COMPONENTS}
        assert list(lacking(ctx)) == ["debriefing", "daily", "special", "third_party"]
        deploy_with(ctx, exam)
        assert lacking(ctx) == {"exam": []}


def test_what_a_year_asks_for_is_no_parameter_to_change(town: Town) -> None:
    with town.by("lead1") as ctx:
        known = plans.make_cycle(ctx, PARTY, 2027, "test")
        for name in (plans.COMPONENTS, plans.GROUPS, "debriefing"):
            with pytest.raises(Invalid, match=f"no parameter {name}"):
                plans.change_parameter(ctx, known, name, "3")
