"""The party-team package's demo year: completions, persons and scores as the slow script has them, and cases by hand."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from engine.assessment import ballots, indicators, objectives, plans, result_uses, scoring, snapshots
from engine.db import Context, transaction
from engine.reports import goals
from tests.processes.demo_files import ROOT, rows
from tests.processes.test_years_of_packages import end_of
from tests.simulation.cities import opened, played

NAME = "party_team"
PACKAGE = ROOT / "processes" / NAME


@pytest.fixture(scope="module")
def year() -> Iterator[tuple[Context, plans.Cycle]]:
    """The played year, to be read."""
    folder, _ = played(NAME, end_of(PACKAGE))
    with (
        opened(f"sqlite:///{folder / 'bihuan.db'}", folder / "files") as database,
        transaction(database, now=end_of(PACKAGE), reading=True) as ctx,
    ):
        yield ctx, plans.find(ctx, NAME)


def kept(table: str) -> list[dict[str, str]]:
    return rows(PACKAGE, f"demo/expected/{table}.csv")


def fixed(value: Any) -> str:
    return "" if value is None else f"{scoring.half_up(Fraction(value), 6):.6f}"


def frozen(ctx: Context, cycle: plans.Cycle, key: str) -> dict[tuple[str, str], snapshots.SnapshotRow]:
    codes = {each.id: each.code for each in indicators.of_cycle(ctx, cycle)}
    snapshot = snapshots.latest(ctx, plans.round_of(ctx, cycle, key))
    return {(each.unit, codes[each.cycle_indicator_id]): each for each in snapshots.rows(ctx, snapshot)}


@pytest.mark.requirement("M5")
def test_twelve_branches_and_eighty_seven_cadres_are_loaded_with_the_example_contents(year: Any) -> None:
    ctx, cycle = year
    branches = [unit.code for unit in plans.assessed_units(ctx)]
    posts = rows(PACKAGE, "demo/appointments.csv")
    assert (len(branches), sum(row["unit"] in branches for row in posts)) == (12, 87)
    names = {each.name for each in indicators.of_cycle(ctx, cycle)}
    assert {"三会一课开展次数", "发展党员质量合格率", "服务群众满意度"} <= names


def test_completions_of_every_quarter_are_as_the_slow_script_has_them(year: Any) -> None:
    found = {
        (key, unit): fixed(row.actual)
        for key in ("q1", "q2", "q3", "annual")
        for (unit, code), row in frozen(*year, key).items()
        if code == "K01"
    }
    assert found == {(row["round"], row["unit"]): row["completion"] for row in kept("completions")}


@pytest.mark.requirement("H5")
def test_persons_are_scored_beside_their_team(year: Any) -> None:
    found = {each.account: fixed(each.completion) for each in goals.persons(goals.units(*year))}
    assert found == {row["account"]: row["completion"] for row in kept("people")}
    assert len(found) == 48  # four owners in each of twelve branches


def test_every_score_is_as_the_slow_script_has_it(year: Any) -> None:
    found = {pair: fixed(row.score) for pair, row in frozen(*year, "annual").items()}
    assert found == {(row["unit"], row["indicator"]): row["score"] for row in kept("scores")}


def test_a_rejected_report_takes_the_branch_back_to_what_was_proved(year: Any) -> None:
    ctx, cycle = year
    aim = next(
        aim
        for each in objectives.of_unit(ctx, cycle, "U09")
        for aim in each.key_results
        if aim.title == "开展支部共建活动"
    )
    shown = [objectives.standing(ctx, aim, date(2026, *day)).completion for day in ((3, 31), (6, 30), (9, 30))]
    # 2 of 8 in March; the 4 of June are rejected; 6 of 8 in September.
    assert shown == [25, 25, 75]


def test_who_reports_nothing_keeps_nobody_waiting(year: Any) -> None:
    ctx, cycle = year
    (aim,) = objectives.owned(ctx, cycle, "u12_cadre1")
    assert [each.as_of.month for each in objectives.reports_of(ctx, aim)] == [3, 9, 12]
    assert plans.round_of(ctx, cycle, "q2").published_at is not None


@pytest.mark.requirement("H4")
def test_each_branch_is_evaluated_from_all_sides(year: Any) -> None:
    ctx, cycle = year
    held = ballots.of_cycle(ctx, cycle)
    assert len(held) == 12
    # Itself, three superiors, five or six cadres (seven or eight people less secretary and clerk), eleven peers.
    counted = {each.title: {one.code: one.valid for one in ballots.counts(ctx, each)} for each in held}
    assert counted["360度评价 U01"] == {"self": 1, "superior": 3, "subordinate": 5, "peer": 11}
    assert counted["360度评价 U07"] == {"self": 1, "superior": 3, "subordinate": 6, "peer": 11}


def test_incentives_are_recorded_with_who_decided_them(year: Any) -> None:
    ctx, cycle = year
    used = {(each.unit, each.kind, each.person or "") for each in result_uses.of_cycle(ctx, cycle)}
    assert used == {("U01", "commendation", ""), ("U08", "incentive", "薛德诚")}
