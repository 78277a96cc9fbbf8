"""Objectives, experts on indicators and forecasts at the browser."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.assessment import expert_reviews, objectives
from tests.assessment.test_expert_reviews import EXPERTS
from tests.assessment.test_objectives import CLERK, FULL, LEADER
from tests.assessment.town import Town, moment
from tests.assessment.years import begun
from tests.web.assessment_fixtures import PAGE, Visit, shown, visit  # noqa: F401


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A January morning: A01 has its objectives approved, two experts are asked."""
    with begun(tmp_path) as made:
        made.now = moment("2026-01-12 10:00")
        with made.by(CLERK) as ctx:
            objectives.submit(ctx, made.cycle(ctx), "A01", FULL)
        with made.by("lead1") as ctx:
            objectives.decide(ctx, made.cycle(ctx), "A01", approved=True, note="")
            expert_reviews.ask(ctx, made.cycle(ctx), EXPERTS, date(2026, 1, 16), "指标设置是否合理")
        made.now = moment("2026-01-13 10:00")
        yield made


def key_result(town: Town, title: str) -> int:
    with town.by(reading=True) as ctx:
        held = objectives.of_unit(ctx, town.cycle(ctx), "A01")
        return next(aim.id for each in held for aim in each.key_results if aim.title == title)


def test_an_owner_reports_between_the_rounds_and_sees_how_far_it_is(town: Town, visit: Visit) -> None:
    own = key_result(town, "走访企业")
    clerk = visit(town, CLERK)
    assert "我负责的关键结果" in shown(clerk, "/objectives")
    given = {"value": "20", "as_of": "2026-01-12", "text": "走访二十家"}
    assert clerk.post(f"/objectives/{own}/reports", data=given, headers=PAGE).status_code == 303
    page = shown(clerk, f"/objectives/{own}")
    assert "40.0%" in page and "走访二十家" in page
    # 40 x 0.7 x 0.6
    assert "16.8%" in shown(visit(town, "lead1"), "/objectives?unit=A01")


@pytest.mark.parametrize(
    "given",
    [
        {"value": "很多", "as_of": "2026-01-12", "text": "走访"},
        {"value": "", "as_of": "2026-01-12", "text": "走访"},
        {"value": "20", "as_of": "昨天", "text": "走访"},
        {"value": "20", "as_of": "2026-02-12", "text": "走访"},
    ],
    ids=["word", "nothing", "no date", "future"],
)
def test_a_report_that_cannot_be_used_is_refused_with_a_sentence(
    town: Town, visit: Visit, given: dict[str, str]
) -> None:
    own = key_result(town, "走访企业")
    answer = visit(town, CLERK).post(f"/objectives/{own}/reports", data=given, headers=PAGE)
    assert answer.status_code == 422
    assert town.count(objectives.ProgressReport) == [0]


def test_another_unit_sees_nothing_of_it_and_another_person_cannot_report(town: Town, visit: Visit) -> None:
    own = key_result(town, "走访企业")
    stranger = visit(town, "a02_clerk")
    assert "优化营商环境" not in shown(stranger, "/objectives")
    assert stranger.get(f"/objectives/{own}").status_code == 404
    leader = visit(town, LEADER)
    assert "报告进展" not in shown(leader, f"/objectives/{own}")
    given = {"value": "20", "as_of": "2026-01-12", "text": "走访"}
    assert leader.post(f"/objectives/{own}/reports", data=given, headers=PAGE).status_code == 403


def test_opinions_are_shown_with_names_to_the_lead_and_to_others_once_answered(town: Town, visit: Visit) -> None:
    with town.by("expert1") as ctx:
        (review,) = expert_reviews.of_cycle(ctx, town.cycle(ctx))
        expert_reviews.advise(ctx, review, "expert1", [("J01", "权重偏低，建议提高")])
    assert "权重偏低" in shown(visit(town, "lead1"), "/indicators/experts")
    assert "权重偏低" not in shown(visit(town, CLERK), "/indicators/experts")
    with town.by("lead1") as ctx:
        (review,) = expert_reviews.of_cycle(ctx, town.cycle(ctx))
        expert_reviews.close(ctx, review)
        (opinion,) = expert_reviews.opinions_of(ctx, review)
        rename = expert_reviews.Change("J01", "name", "党建述职评议得分", "名称统一")
        expert_reviews.revise(ctx, review, {opinion.id: (True, "采纳")}, [rename])
    clerk = visit(town, CLERK)
    page = shown(clerk, "/indicators/experts")
    assert "权重偏低" in page and "党建述职评议得分" in page
    assert "名称统一" in shown(clerk, "/indicators/J01")
    with town.by(reading=True) as ctx:
        names = expert_reviews.requests_of(ctx, expert_reviews.of_cycle(ctx, town.cycle(ctx))[0])
    assert names and all(each.expert not in page for each in names)


def test_without_three_rounds_nothing_is_foretold(town: Town, visit: Visit) -> None:
    assert "没有预测提示" in shown(visit(town, "lead1"), "/forecast")
