"""The year's plan: its rounds, its parameters, who may confirm and change it, and when its days fall."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import calendars
from engine.access import NotYours
from engine.assessment import annual_plan, plans, rounds
from engine.assessment.plans import (
    AlreadyConfirmed,
    CycleStatus,
    FiguresCome,
    NoCycle,
    NoLead,
    NoRound,
    NotFinal,
    WrongParameterValue,
)
from engine.assessment.ranking import BadQuota
from engine.assessment.scoring import BadCase
from engine.db import SHANGHAI, Context
from engine.errors import Invalid
from engine.workflow import definitions, packages
from tests.assessment.town import Town
from tests.assessment.years import PACKAGE, acts, begun
from tests.processes.demo_files import CITY


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        yield made


def shipped() -> dict[str, Any]:
    return dict(yaml.safe_load((CITY / "package.yaml").read_text("utf-8")))


def deploy(ctx: Context, content: dict[str, Any]) -> None:
    source = yaml.safe_dump(content, allow_unicode=True).encode()
    definitions.deploy(ctx, [definitions.Source("package.yaml", source)])


JUNE = {
    "round": "june",
    "as_of": "{year}-05-31",
    "opens_at": "{year}-06-01T00:00+08:00",
    "collect_until": "{year}-06-10",
    "publish_by": "{year}-06-15",
}


# ---- rounds


@pytest.mark.requirement("D1")
def test_every_year_has_two_pre_assessments_and_the_annual_one(town: Town) -> None:
    with town.by() as ctx:
        made = plans.make_cycle(ctx, PACKAGE, 2027)
        found = [(each.key, each.kind, each.as_of, each.collect_until) for each in plans.rounds(ctx, made)]
        assert found == [
            ("april", "pre", date(2027, 3, 31), date(2027, 4, 22)),
            ("august", "pre", date(2027, 7, 31), date(2027, 8, 21)),
            ("annual", "annual", date(2027, 12, 31), date(2028, 1, 29)),
        ]
        assert plans.round_of(ctx, made, "april").opens_at == datetime(2027, 4, 1, tzinfo=SHANGHAI)
        assert plans.annual_round(ctx, made).key == "annual"


@pytest.mark.requirement("D1")
def test_a_third_pre_assessment_is_a_line_in_the_package_and_opens_in_its_turn(town: Town) -> None:
    content = shipped()
    content["schedule"].insert(1, JUNE)
    with town.by() as ctx:
        deploy(ctx, content)
        made = plans.make_cycle(ctx, PACKAGE, 2027)
        annual_plan.adopt_cycle(ctx, made, "T考领〔2026〕9号")
        assert [each.key for each in plans.rounds(ctx, made)] == ["april", "june", "august", "annual"]
    town.live_to("2027-01-05 09:00")
    with town.by("lead1") as ctx:
        rounds.start_year(ctx, plans.find(ctx, PACKAGE, 2027))
    town.do("lead1", "confirm_plan", {}, cycle=made.id)
    town.live_to("2027-06-02 09:00")
    with town.by(reading=True) as ctx:
        planned = plans.rounds(ctx, plans.find(ctx, PACKAGE, 2027))
        assert [each.opened_at is not None for each in planned] == [True, True, False, False]


def test_a_year_is_made_once_and_its_draws_are_its_own(town: Town) -> None:
    with town.by() as ctx:
        first = plans.make_cycle(ctx, PACKAGE, 2027)
        assert plans.make_cycle(ctx, PACKAGE, 2027).id == first.id
        assert len(plans.rounds(ctx, first)) == 3
        assert plans.make_cycle(ctx, PACKAGE, 2028).draw_seed != first.draw_seed
        assert plans.make_cycle(ctx, PACKAGE, 2029, "rehearsed").draw_seed == "rehearsed"


def test_a_year_keeps_the_parameters_it_was_made_with(town: Town) -> None:
    content = shipped()
    content["parameters"]["lag_points"] = 15
    with town.by() as ctx:
        deploy(ctx, content)
        assert plans.find(ctx, PACKAGE, 2026).number("lag_points") == 10
        assert plans.make_cycle(ctx, PACKAGE, 2027).number("lag_points") == 15


def test_the_latest_year_is_meant_where_none_is_named(town: Town) -> None:
    with town.by() as ctx:
        plans.make_cycle(ctx, PACKAGE, 2027)
        assert plans.find(ctx, PACKAGE).year == 2027
        assert plans.find(ctx, PACKAGE, 2026).year == 2026
        with pytest.raises(NoCycle, match="no cycle 2031"):
            plans.find(ctx, PACKAGE, 2031)
        with pytest.raises(NoCycle):
            plans.find(ctx, "party_points")
        with pytest.raises(NoRound, match="no round june"):
            plans.round_of(ctx, plans.find(ctx, PACKAGE, 2026), "june")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"as_of": "{year}-06-02"}, "june are not in order"),
        ({"collect_until": "{year}-05-30"}, "june are not in order"),
        ({"publish_by": "{year}-06-09"}, "june are not in order"),
        ({"as_of": "{year}-03-31"}, "june does not come after april"),
        ({"as_of": "{year}-03-01", "opens_at": "{year}-03-02T00:00+08:00"}, "june does not come after april"),
        ({"round": "august"}, "the same name"),
    ],
)
def test_a_schedule_whose_days_are_not_in_order_is_refused(changed: dict[str, str], why: str) -> None:
    content = shipped()
    content["schedule"].insert(1, JUNE | changed)
    with pytest.raises(packages.WrongPackage, match=why):
        packages.read(yaml.safe_dump(content).encode())


# ---- confirming


def test_the_lead_confirms_the_plan_once_and_the_quota_with_it(town: Town) -> None:
    with town.by("lead1") as ctx:
        plans.confirm(ctx, town.cycle(ctx), "同意")
    with town.by("lead2") as ctx:
        confirmed = town.cycle(ctx)
        assert (confirmed.confirmed_at, confirmed.confirmed_by) == (town.now, "lead1")
        assert acts(ctx, "cycle.confirm") == [{"note": "同意", "quota": 0.3}]
        with pytest.raises(AlreadyConfirmed):
            plans.confirm(ctx, confirmed, None)


@pytest.mark.parametrize("account", ["d01_clerk", "a01_leader", "inspector1", "admin1"])
def test_nobody_but_the_lead_confirms_changes_or_archives(town: Town, account: str) -> None:
    with town.by(account) as ctx:
        cycle = town.cycle(ctx)
        for act in (
            lambda: plans.confirm(ctx, cycle, None),
            lambda: plans.change_parameter(ctx, cycle, "bottom", "4"),
            lambda: plans.archive(ctx, cycle, None),
        ):
            with pytest.raises(NotYours):
                act()
        assert (cycle.confirmed_at, cycle.number("bottom"), cycle.archived_at) == (None, 3, None)


@pytest.mark.requirement("B9")
def test_nothing_changes_after_the_plan_is_confirmed(town: Town) -> None:
    with town.by("lead1") as ctx:
        cycle = town.cycle(ctx)
        plans.confirm(ctx, cycle, None)
        with pytest.raises(AlreadyConfirmed):
            plans.change_parameter(ctx, cycle, "excellent_quota", "0.5")
        assert cycle.parameters["excellent_quota"] == 0.3


@pytest.mark.requirement("B9")
@pytest.mark.parametrize("name", ["excellent_quota", "good_line", "bottom"])
def test_nothing_changes_once_figures_may_come_though_nobody_has_confirmed_the_plan(town: Town, name: str) -> None:
    with town.by() as ctx:
        rounds.open_round(ctx, town.cycle(ctx), "april")
    with town.refusal(FiguresCome, "lead1") as ctx:
        plans.change_parameter(ctx, town.cycle(ctx), name, "1")


def test_the_books_are_closed_by_the_lead_once_and_after_the_result(town: Town) -> None:
    with town.refusal(NotFinal, "lead2") as ctx:
        plans.archive(ctx, town.cycle(ctx), "归档")
    with town.by("lead2") as ctx:
        cycle = town.cycle(ctx)
        cycle.status = CycleStatus.FINAL
        plans.archive(ctx, cycle, "归档")
        assert (cycle.status, cycle.archived_by, cycle.archived_at) == (CycleStatus.ARCHIVED, "lead2", town.now)
    with town.refusal(NotFinal, "lead1") as ctx:
        plans.archive(ctx, town.cycle(ctx), "再归档")


# ---- parameters


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("bottom", "4", 4),
        ("lag_points", "12.5", 12.5),
        ("lag_points", "", None),
        ("lag_ratio", "0.85", 0.85),
        ("lag_ratio", "", None),
        ("suppress_if_on_schedule", "true", True),
        ("warn_scope", "all", "all"),
        ("rank_scope", "all", "all"),
        ("excellent_quota", "0.25", 0.25),
        ("good_line", "82.5", 82.5),
        ("plan", " 10 ", 10),
        ("follow_up_after", "P45D", "P45D"),
        ("follow_up_sample", "1", 1),
        ("work_due", "06-30, 10-31", ["06-30", "10-31"]),
    ],
)
def test_a_parameter_is_read_as_what_stands_there(town: Town, name: str, text: str, value: Any) -> None:
    with town.by("lead1") as ctx:
        cycle = town.cycle(ctx)
        before = cycle.parameters[name]
        plans.change_parameter(ctx, cycle, name, text)
        assert cycle.parameters[name] == value
        assert acts(ctx, "cycle.change") == [{"name": name, "old": before, "new": value}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bottom", "three"),
        ("bottom", ""),
        ("bottom", "2.5"),
        ("plan", "7.5"),
        ("plan", "-1"),
        ("lag_points", "1e2"),
        ("suppress_if_on_schedule", "yes"),
        ("warn_scope", "some"),
        ("rank_scope", "city"),
        ("follow_up_after", "30"),
        ("follow_up_after", "PT5H"),
        ("work_due", "02-30"),
        ("work_due", "07-31, soon"),
        ("excellent_quota", ""),
        ("follow_up_sample", "1.5"),
    ],
)
def test_another_kind_of_value_is_refused(town: Town, name: str, text: str) -> None:
    with town.by("lead1") as ctx:
        cycle = town.cycle(ctx)
        before = dict(cycle.parameters)
        with pytest.raises(WrongParameterValue, match=name):
            plans.change_parameter(ctx, cycle, name, text)
        assert cycle.parameters == before


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("excellent_quota", "0", BadQuota),
        ("excellent_quota", "30", BadQuota),
        ("good_line", "60", BadQuota),
        ("qualified_line", "80", BadQuota),
        ("bottom", "0", BadCase),
        ("min_group", "0", BadCase),
        ("rounds", "4", Invalid),
    ],
)
def test_a_value_the_year_could_not_work_with_is_refused_in_january(
    town: Town, name: str, text: str, error: type[Invalid]
) -> None:
    with town.by("lead1") as ctx:
        cycle = town.cycle(ctx)
        before = dict(cycle.parameters)
        with pytest.raises(error):
            plans.change_parameter(ctx, cycle, name, text)
        assert cycle.parameters == before


# ---- offices and days


def test_the_leading_offices_are_found_by_their_posts(town: Town) -> None:
    with town.by() as ctx:
        assert plans.offices(ctx) == plans.Offices(lead="ORG", inspection="DCS")
        assert [unit.code for unit in plans.assessed_units(ctx)] == ["A01", "A02", "A03", "A04", "A05", "A06"]


def test_a_city_without_a_lead_is_told_so(town: Town) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=SHANGHAI)
    with town.by(now=long_ago) as ctx, pytest.raises(NoLead, match="role lead"):
        plans.offices(ctx)


def opened(town: Town, **dates: date) -> plans.Round:
    """The April round opened after its dates were planned so."""
    with town.by() as ctx:
        planned = town.round(ctx)
        for name, day in dates.items():
            setattr(planned, name, day)
        rounds.open_round(ctx, town.cycle(ctx), "april")
        return planned


def test_a_date_lasts_to_the_end_of_its_day(town: Town) -> None:
    assert opened(town).closes_at == datetime(2026, 4, 23, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("planned", "moved"),
    [
        (date(2026, 4, 25), date(2026, 4, 27)),  # a Saturday
        (date(2026, 5, 1), date(2026, 5, 6)),  # a holiday of five days
        (date(2026, 5, 9), date(2026, 5, 9)),  # a Saturday that is worked for it
    ],
)
def test_a_closing_day_without_work_moves_to_the_next_working_day(town: Town, planned: date, moved: date) -> None:
    round = opened(town, collect_until=planned, publish_by=planned + timedelta(days=7))
    assert round.collect_until == moved
    assert round.closes_at == calendars.end_of(moved)


def test_a_publication_day_without_work_moves_as_well(town: Town) -> None:
    assert opened(town, publish_by=date(2026, 5, 2)).publish_by == date(2026, 5, 6)
