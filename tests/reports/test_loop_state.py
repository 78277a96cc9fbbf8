"""The loop's state as one document, told of a town that was just published and of a city after its year."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from engine.assessment import consultation, plans, results, revisions
from engine.reports.loop_state import loop_state, moment
from tests.assessment.town import Town, april, closed, ended, grave


@pytest.fixture
def town() -> Iterator[Town]:
    with april() as opened:
        yield opened


def state(town: Town) -> dict[str, Any]:
    with town.by(reading=True) as ctx:
        return loop_state(ctx, plans.find(ctx, "county_leadership"))


def test_a_round_is_told_with_its_moments_in_the_offices_time(town: Town) -> None:
    (april,) = state(town)["rounds"]
    warned = april.pop("warned")
    assert april == {
        "round": "april",
        "as_of": "2026-03-31",
        "opened_at": "2026-04-01T00:00:00+08:00",
        "published_at": "2026-04-20T15:00:00+08:00",
    }
    assert len(warned) == 29
    assert warned[:2] == [
        {"unit": "A01", "indicator": "H01", "reasons": ["bottom_three"], "level": "yellow"},
        {"unit": "A02", "indicator": "E15", "reasons": ["bottom_three"], "level": "yellow"},
    ]


def test_units_and_indicators_are_told_in_the_order_of_their_codes(town: Town) -> None:
    told = [(each["unit"], each["indicator"]) for each in state(town)["rounds"][0]["warned"]]
    assert told == sorted(told)


def test_a_withdrawn_warning_is_not_told_and_a_lifted_one_is(town: Town) -> None:
    with town.by("lead1") as ctx:
        revisions.withdraw(ctx, town.notice(ctx, "A01", "H01").id, "数据有误")
        revisions.lift(ctx, town.notice(ctx, "A02", "E15").id, "已回到序时进度")
    told = [(each["unit"], each["indicator"]) for each in state(town)["rounds"][0]["warned"]]
    assert ("A01", "H01") not in told
    assert ("A02", "E15") in told
    assert len(told) == 28


def test_nothing_is_told_that_has_not_happened(town: Town) -> None:
    told = state(town)
    assert (told["package"], told["cycle"], told["now"]) == ("county_leadership", 2026, "2026-04-20T15:00:00+08:00")
    assert told["rectifications"] == {"opened": 0, "closed_out": 0, "overdue": 0, "reopened": 0}
    assert (told["consultations"], told["broken_loops"], told["results"], told["graded_at"]) == ([], [], [], None)


def test_matters_are_counted_by_how_they_stand() -> None:
    with closed() as town:
        # Twenty-nine letters' matters, two closed out; of the others no plan came by 30 April.
        assert state(town)["rectifications"] == {"opened": 29, "closed_out": 2, "overdue": 27, "reopened": 0}


def test_a_consultation_is_told_with_its_findings() -> None:
    with grave() as town:
        assert state(town)["consultations"] == [{"unit": "A04", "status": "proposed", "findings": []}]
        until = (town.now + timedelta(days=11)).date()
        finding = {
            "problem": "落后",
            "cause": "储备少",
            "measure": "建库",
            "owner": "发改局",
            "due": date(2026, 11, 30),
        }
        with town.by("lead1") as ctx:
            (held,) = consultation.of_cycle(ctx, town.cycle(ctx))
            consultation.convene(ctx, town.cycle(ctx), held, ["expert1"], until, "问题集中")
            given = [finding | {"indicator": "H05"}, finding | {"indicator": "E15"}]
            consultation.conclude(ctx, town.cycle(ctx), held, given)
        (told,) = state(town)["consultations"]
        assert told["status"] == "diagnosed"
        assert told["findings"] == [
            {"indicator": code, "cause": "储备少", "measure": "建库", "owner": "发改局"} for code in ("E15", "H05")
        ]


@pytest.mark.requirement("G3")
def test_the_loops_that_are_broken_are_told_with_what_is_missing() -> None:
    with ended() as town:
        assert state(town)["broken_loops"] == [{"unit": "A02", "indicator": "E15", "missing": ["follow_up_review"]}]


def test_published_results_are_told_with_every_digit_of_a_total() -> None:
    with ended() as town:
        told = state(town)
    assert [each["unit"] for each in told["results"]] == ["A01", "A02", "A03", "A04", "A05", "A06"]
    # The kept answers of the small city.
    assert told["results"][1] == {"unit": "A02", "group": "A", "score": "96.4265", "rank": 1, "grade": "excellent"}
    assert told["results"][0]["score"] == "95.090942965"
    assert sum(told["stages"].values()) == 71
    assert told["graded_at"].endswith("+08:00")


def test_results_that_are_not_published_are_not_told() -> None:
    with ended() as town:
        with town.by() as ctx:
            for each in results.of_cycle(ctx, town.cycle(ctx)):
                each.published_at = None
        assert state(town)["results"] == []


def test_a_moment_that_has_not_come_is_none() -> None:
    assert moment(None) is None
