"""Ties across the last excellent place: nobody of the tied is excellent unless the lead names some of them in writing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.access import NotYours
from engine.assessment import bars, grading, ranking, results, ties
from engine.assessment.grading import NoTie
from engine.assessment.results import AlreadyDecided, NoResult
from engine.errors import Invalid
from tests.assessment import years
from tests.assessment.town import WARNED, Town
from tests.assessment.years import acts

PAPER = ("民生指标完成更好", "考核领导小组会议纪要〔2027〕1号")
NOBODY = dict.fromkeys(WARNED, "good")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """One excellent place of six units, and A01 and A02 have the same total: 96.4265, the highest."""
    with years.settled(tmp_path) as made:
        with made.by() as ctx:
            found = {each.unit: each for each in results.propose(ctx, made.cycle(ctx))}
            best = found["A02"]
            found["A01"].total, found["A01"].objective, found["A01"].subjective = best.total, best.total, best.total * 0
            found["A02"].rank = found["A01"].rank = 1
            ctx.session.flush()
            results.regrade(ctx, made.cycle(ctx), list(found.values()))
        yield made


def name(town: Town, *units: str, by: str = "lead1", population: str = "A", paper: Sequence[str] = PAPER) -> None:
    with town.by(by) as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), population, units, *paper)


def proposed(town: Town) -> dict[str, str]:
    with town.by(reading=True) as ctx:
        return {each.unit: each.proposed_grade for each in results.of_cycle(ctx, town.cycle(ctx))}


def decided(town: Town) -> dict[str, str | None]:
    with town.by() as ctx:
        results.decide(ctx, town.cycle(ctx))
        return {each.unit: each.grade for each in results.of_cycle(ctx, town.cycle(ctx))}


@pytest.mark.planted(17)
@pytest.mark.requirement("H2")
def test_without_a_decision_none_of_the_tied_is_excellent(town: Town) -> None:
    with town.by(reading=True) as ctx:
        (tie,) = results.tied(town.cycle(ctx), results.of_cycle(ctx, town.cycle(ctx)))
        assert (tie.population, tie.units, tie.places) == ("A", ("A01", "A02"), 1)
    assert proposed(town) == NOBODY
    assert decided(town) == NOBODY


@pytest.mark.planted(17)
@pytest.mark.requirement("H2")
def test_whom_the_lead_names_in_writing_is_excellent(town: Town) -> None:
    name(town, "A02")
    assert proposed(town) == NOBODY | {"A02": "excellent"}
    with town.by(reading=True) as ctx:
        made = ties.standing(ctx, town.cycle(ctx))["A"]
        assert (made.units, made.reason, made.document, made.decided_by) == (["A02"], *PAPER, "lead1")
        (told,) = acts(ctx, "results.name_excellent")
        assert (told["population"], told["units"], told["results"]["A02"][2]) == ("A", ["A02"], "excellent")
    assert decided(town) == NOBODY | {"A02": "excellent"}


def test_a_later_decision_takes_the_place_of_the_earlier_and_nobody_takes_it_back(town: Town) -> None:
    name(town, "A02")
    name(town, "A01")
    assert proposed(town) == NOBODY | {"A01": "excellent"}
    name(town)
    assert proposed(town) == NOBODY


@pytest.mark.parametrize("units", [("A01", "A02"), ("A03",), ("X99",)])
def test_no_more_than_fit_and_nobody_who_does_not_tie(town: Town, units: tuple[str, ...]) -> None:
    with town.refusal(ranking.BadDecision, "lead1") as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), "A", units, *PAPER)


def test_a_vetoed_unit_is_not_named_and_one_vetoed_afterwards_loses_it(town: Town) -> None:
    years.list_veto(town)
    name(town, "A02")
    with town.by("lead1") as ctx:
        bar = bars.propose(ctx, town.cycle(ctx), "A02", "YP-01", "调查报告〔2027〕3号").id
    with town.by("committee1") as ctx:
        grading.confirm_bar(ctx, town.cycle(ctx), bar, "会议纪要")
    with town.refusal(ranking.BadDecision, "lead1") as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), "A", ["A02"], *PAPER)
    assert decided(town) == NOBODY | {"A02": "qualified"}


@pytest.mark.parametrize("paper", [(" ", "纪要"), ("理由", " ")])
def test_a_decision_needs_its_reason_and_its_paper(town: Town, paper: tuple[str, str]) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), "A", ["A02"], *paper)


@pytest.mark.parametrize("account", ["a02_leader", "d01_leader", "inspector1", "committee1"])
def test_only_the_lead_department_names(town: Town, account: str) -> None:
    with town.refusal(NotYours, account) as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), "A", ["A02"], *PAPER)


def test_where_nobody_ties_there_is_nothing_to_decide(town: Town) -> None:
    with town.refusal(NoTie, "lead1") as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), "B", ["A02"], *PAPER)


def test_after_the_leading_group_has_decided_it_is_too_late(town: Town) -> None:
    decided(town)
    with town.refusal(AlreadyDecided, "lead1") as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), "A", ["A02"], *PAPER)


def test_before_anything_is_added_up_there_is_no_tie(tmp_path: Path) -> None:
    with years.settled(tmp_path) as town, town.refusal(NoResult, "lead1") as ctx:
        grading.name_excellent(ctx, town.cycle(ctx), "A", ["A02"], *PAPER)
