"""The township package's demo year: every figure of it as the slow script has it, and its planted cases by hand."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import yaml

from engine.assessment import ballots, expert_reviews, indicators, plans, rulings, scoring, snapshots
from engine.db import Context, transaction
from engine.reports import forecast
from tests.processes.demo_files import ROOT, rows
from tests.processes.test_years_of_packages import end_of
from tests.simulation.cities import opened, played

NAME = "township_leadership"
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


def frozen(ctx: Context, cycle: plans.Cycle, key: str) -> dict[tuple[str, str], snapshots.SnapshotRow]:
    """(unit, indicator) -> its row as it was published."""
    codes = {each.id: each.code for each in indicators.of_cycle(ctx, cycle)}
    snapshot = snapshots.latest(ctx, plans.round_of(ctx, cycle, key))
    return {(each.unit, codes[each.cycle_indicator_id]): each for each in snapshots.rows(ctx, snapshot)}


def fixed(value: Decimal | None) -> str:
    return "" if value is None else str(scoring.half_up(Fraction(value), 6))


@pytest.mark.requirement("C5")
def test_every_month_and_quarter_of_monitoring_is_as_the_slow_script_has_it(year: Any) -> None:
    ctx, cycle = year
    wanted = {
        (row["round"], row["unit"], row["indicator"]): tuple(
            row[name] for name in ("progress", "lead_points", "rank", "why")
        )
        for row in kept("ranks")
    }
    found = {
        (key, *pair): (fixed(row.progress), fixed(row.lead_points), str(row.rank or ""), row.why or "")
        for key in {each["round"] for each in kept("ranks")}
        for pair, row in frozen(ctx, cycle, key).items()
    }
    assert {key: (found[key], wanted[key]) for key in wanted if found[key] != wanted[key]} == {}
    assert len(found) == len(wanted) == 2800  # 10 rounds, 14 units, 20 indicators


def test_every_score_is_as_the_slow_script_has_it(year: Any) -> None:
    found = {pair: fixed(row.score) for pair, row in frozen(*year, "annual").items()}
    assert found == {(row["unit"], row["indicator"]): row["score"] for row in kept("scores")}


def test_months_send_no_notices_and_quarters_do() -> None:
    _, state = played(NAME, end_of(PACKAGE))
    warned = {each["round"]: len(each["warned"]) for each in state["rounds"]}
    assert {key for key, number in warned.items() if number} == {"q1", "q2", "q3"}


def test_a_tie_at_the_bottom_warns_both_and_equals_warn_nobody() -> None:
    warned = {(row["round"], row["indicator"], row["unit"]) for row in kept("warnings")}
    # B04 and B05 have 93.0 of 95, all others more; in the second quarter all of A have 92.0.
    assert {unit for at, code, unit in warned if (at, code, unit[0]) == ("q1", "P01", "B")} == {"B04", "B05"}
    assert {unit for at, code, unit in warned if (at, code, unit[0]) == ("q2", "S01", "A")} == set()


def test_an_office_that_misses_a_month_leaves_no_figures_and_keeps_nobody_waiting(year: Any) -> None:
    ctx, cycle = year
    may = frozen(ctx, cycle, "m05")
    assert {row.state for (_, code), row in may.items() if code == "P03"} == {"missing"}
    assert plans.round_of(ctx, cycle, "m05").published_at is not None


@pytest.mark.requirement("B3")
def test_groups_have_weights_and_indicators_of_their_own(year: Any) -> None:
    ctx, cycle = year
    weights = {group: indicators.weights(ctx, cycle, group) for group in "ABC"}
    assert [sum(each.values()) for each in weights.values()] == [100, 100, 100]
    assert ("E02" in weights["C"], "H04" in weights["A"]) == (False, False)
    assert (weights["B"]["H04"], weights["C"]["H04"]) == (3, 9)


@pytest.mark.requirement("B2")
def test_the_five_dimensions_are_the_categories_and_sum_to_a_hundred(year: Any) -> None:
    ctx, cycle = year
    sums: dict[str, Decimal] = {}
    for each in indicators.of_cycle(ctx, cycle):
        sums[each.indicator.category] = sums.get(each.indicator.category, Decimal(0)) + (each.weight("B") or 0)
    assert list(sums) == ["经济发展", "社会管理", "公共服务", "生态环境", "群众满意度"]
    assert sum(sums.values()) == 100


@pytest.mark.requirement("B8")
def test_the_experts_were_asked_and_what_was_revised_is_kept(year: Any) -> None:
    ctx, cycle = year
    (review,) = expert_reviews.of_cycle(ctx, cycle)
    said = expert_reviews.opinions_of(ctx, review)
    assert said and all(each.adopted and each.reason for each in said)
    made = {(row.indicator_id, row.field, row.new): row.old for row in expert_reviews.revisions_of(ctx, review)}
    library = {each.code: each.indicator_id for each in indicators.of_cycle(ctx, cycle)}
    wanted = {(library[row["indicator"]], row["field"], row["value"]) for row in rows(PACKAGE, "demo/revisions.csv")}
    assert made.keys() == wanted
    assert made[library["E05"], "weight:C", "8"] == "7"


def test_the_demo_revises_what_its_answers_rest_on() -> None:
    behaviour = yaml.safe_load((PACKAGE / "demo" / "behaviour.yaml").read_text("utf-8"))
    answers = behaviour["tasks"]["indicator_review/revise_indicators"]["answers"]["changes"]
    changes = [{name: each[name] for name in ("indicator", "field", "value")} for each in answers]
    assert changes == rows(PACKAGE, "demo/revisions.csv")


@pytest.mark.requirement("H7")
def test_an_agreed_mistake_takes_no_points_and_a_refused_one_does(year: Any) -> None:
    ctx, cycle = year
    assert {each.unit: each.status for each in rulings.of_cycle(ctx, cycle)} == {
        "A02": "approved",
        "B02": "refused",
        "C03": "approved",
    }
    annual = frozen(ctx, cycle, "annual")
    # C03 lost 5 and 3, the 5 is struck out; B02 keeps its 4.
    assert (annual["C03", "S04"].score, annual["B02", "S04"].score) == (97, 96)
    assert "rulings" in annual["A02", "H03"].detail


@pytest.mark.requirement("H4")
def test_residents_deputies_and_enterprises_weigh_as_they_should(year: Any) -> None:
    ctx, cycle = year
    held = {each.title: each for each in ballots.of_cycle(ctx, cycle)}
    assert {title: sum(each.valid or 0 for each in ballots.counts(ctx, each)) for title, each in held.items()} == {
        "群众评议": 34,
        "第三方评估": 7,
    }
    annual = frozen(ctx, cycle, "annual")
    scored = {each.subject: each.score for each in ballots.outcomes(ctx, held["群众评议"])}
    assert {unit: annual[unit, "M01"].score for unit in scored} == scored


@pytest.mark.requirement("D5")
@pytest.mark.parametrize("after", ["m04", "m05", "q2", "m07", "m08", "q3", "m10", "m11"])
def test_deviations_are_foretold_as_the_slow_script_foretells_them(year: Any, after: str) -> None:
    told = forecast.of_cycle(*year, after=after)
    found = {(each.unit, each.indicator.code): (f"{each.at_end:.2f}", str(int(each.is_behind))) for each in told}
    wanted = [row for row in kept("forecasts") if row["after"] == after]
    assert found == {(row["unit"], row["indicator"]): (row["at_end"], row["behind"]) for row in wanted}


@pytest.mark.requirement("D5")
def test_a_unit_that_stands_still_is_seen_before_it_is_warned(year: Any) -> None:
    # C02 on E05: 40, 42, 44 % of the year's target at the ends of March, April and May, when 25, 33.33, 41.67 are due.
    told = {(each.unit, each.indicator.code): each for each in forecast.of_cycle(*year, after="m05")}
    seen = told["C02", "E05"]
    assert not seen.is_behind
    assert [round(lead) for _, lead in seen.leads] == [15, 9, 2]
    assert [row["round"] for row in kept("warnings") if (row["unit"], row["indicator"]) == ("C02", "E05")] == ["q2"]


def test_nothing_is_foretold_from_two_rounds_nor_after_the_annual_one(year: Any) -> None:
    assert forecast.of_cycle(*year, after="q1") == []
    assert forecast.of_cycle(*year) == []
