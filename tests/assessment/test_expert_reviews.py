"""Experts are asked about the draft of the indicators; every opinion is answered and every revision kept."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine import audit
from engine.access import NotYours
from engine.assessment import expert_reviews, indicators, rules
from engine.assessment.expert_reviews import (
    WHOLE,
    AlreadyRevised,
    Change,
    ExpertOpinion,
    ExpertReview,
    IndicatorRevision,
    NotAsking,
    OpinionsUnanswered,
    StillAsking,
)
from engine.assessment.indicators import SystemIssued
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, moment
from tests.assessment.years import begun

EXPERTS = ("expert1", "expert2")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with begun(tmp_path) as made:
        yield made


def ask(town: Town, experts: Sequence[str] = EXPERTS, account: str = "lead1", until: str = "2026-01-16") -> int:
    with town.by(account) as ctx:
        day = date.fromisoformat(until)
        return expert_reviews.ask(ctx, town.cycle(ctx), experts, day, "指标设置是否科学合理").id


def advise(town: Town, review: int, expert: str, *opinions: tuple[str, str]) -> None:
    with town.by(expert) as ctx:
        expert_reviews.advise(ctx, expert_reviews.get(ctx, review), expert, opinions)


def close(town: Town, review: int) -> list[str]:
    with town.by() as ctx:
        return expert_reviews.close(ctx, expert_reviews.get(ctx, review))


def revise(town: Town, review: int, adopted: dict[int, bool], changes: Sequence[Change] = ()) -> None:
    with town.by("lead1") as ctx:
        answers = {each: (yes, "已研究") for each, yes in adopted.items()}
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), answers, changes)


def opinions(town: Town, review: int, account: str | None = None) -> list[ExpertOpinion]:
    with town.by(account, reading=True) as ctx:
        return expert_reviews.opinions_of(ctx, expert_reviews.get(ctx, review))


def closed(town: Town, *given: tuple[str, str]) -> int:
    review = ask(town)
    advise(town, review, "expert1", *given)
    close(town, review)
    return review


def weights(town: Town) -> dict[str, Decimal]:
    with town.by(reading=True) as ctx:
        return indicators.weights(ctx, town.cycle(ctx), "A")


@pytest.mark.requirement("B8")
def test_every_opinion_is_kept_with_its_answer_and_the_revision_with_what_stood_before(town: Town) -> None:
    before = weights(town)
    review = ask(town)
    advise(town, review, "expert1", ("J01", "权重偏低"), (WHOLE, "指标总数偏多"))
    assert close(town, review) == ["expert2"]
    first, second = (each.id for each in opinions(town, review))
    revise(town, review, {first: True, second: False}, changes(before))
    told = [(each.text, each.adopted, each.reason, each.decided_by) for each in opinions(town, review)]
    assert told == [("权重偏低", True, "已研究", "lead1"), ("指标总数偏多", False, "已研究", "lead1")]
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "J01")
        (kept,) = expert_reviews.history(ctx, used)
    assert (kept.field, Decimal(kept.old), Decimal(kept.new), kept.made_by) == (
        "weight:A",
        before["J01"],
        before["J01"] + 1,
        "lead1",
    )
    after = weights(town)
    assert (after["J01"], after["J02"]) == (before["J01"] + 1, before["J02"] - 1)
    assert sum(after.values()) == 100


def changes(before: dict[str, Decimal]) -> list[Change]:
    """One point from J02 to J01."""
    return [
        Change("J01", "weight:A", str(before["J01"] + 1), "采纳专家意见"),
        Change("J02", "weight:A", str(before["J02"] - 1), "采纳专家意见"),
    ]


def test_who_says_nothing_is_named_and_who_has_no_opinion_is_not(town: Town) -> None:
    review = ask(town)
    advise(town, review, "expert2")
    assert close(town, review) == ["expert1"]
    with town.by(reading=True) as ctx:
        held = expert_reviews.get(ctx, review)
        assert [each.status for each in expert_reviews.requests_of(ctx, held)] == ["silent", "none"]


def test_experts_are_told_and_only_those_of_the_pool_are_asked(town: Town) -> None:
    ask(town)
    assert town.told("expert1", "experts.asked") == ["experts.asked"]
    with town.refusal(Invalid, "lead1") as ctx:
        expert_reviews.ask(ctx, town.cycle(ctx), ["a01_clerk"], date(2026, 1, 16), "？")
    with town.refusal(Invalid, "lead1") as ctx:
        expert_reviews.ask(ctx, town.cycle(ctx), ["expert1"], date(2026, 1, 5), "？")
    with town.refusal(Invalid, "lead1") as ctx:
        expert_reviews.ask(ctx, town.cycle(ctx), ["expert1"], date(2026, 1, 16), " ")
    with town.refusal(NotYours, "d01_clerk") as ctx:
        expert_reviews.ask(ctx, town.cycle(ctx), ["expert1"], date(2026, 1, 16), "？")


def test_an_expert_speaks_for_himself_and_once(town: Town) -> None:
    review = ask(town)
    for account in ("expert1", "lead1"):
        with town.refusal(NotYours, account) as ctx:
            expert_reviews.advise(ctx, expert_reviews.get(ctx, review), "expert2", [])
    with town.refusal(Invalid, "expert1") as ctx:
        expert_reviews.advise(ctx, expert_reviews.get(ctx, review), "expert1", [("J01", " ")])
    advise(town, review, "expert1", ("J01", "口径不清"))
    with town.refusal(NotAsking, "expert1") as ctx:
        expert_reviews.advise(ctx, expert_reviews.get(ctx, review), "expert1", [])


def test_nothing_is_revised_while_experts_may_answer_nor_twice_nor_by_another(town: Town) -> None:
    review = ask(town)
    with town.refusal(StillAsking, "lead1") as ctx:
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {}, [])
    close(town, review)
    with town.refusal(NotYours, "d01_clerk") as ctx:
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {}, [])
    with town.refusal(NotAsking, "expert1") as ctx:
        expert_reviews.advise(ctx, expert_reviews.get(ctx, review), "expert1", [])
    revise(town, review, {})
    with town.refusal(AlreadyRevised, "lead1") as ctx:
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {}, [])


def test_an_opinion_without_an_answer_keeps_everything_as_it_was(town: Town) -> None:
    review = closed(town, ("J01", "权重偏低"))
    with town.refusal(OpinionsUnanswered, "lead1") as ctx:
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {}, [])
    with town.refusal(NotFound, "lead1") as ctx:
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {999: (True, "已研究")}, [])


@pytest.mark.parametrize(
    "change",
    [
        Change("J01", "weight:A", "99", "权重之和不再是一百"),
        Change("J01", "weight:A", "多", "不是数"),
        Change("J01", "weight:A", "-1", "低于零"),
        Change("J01", "name", "新名称", " "),
        Change("J01", "name", " ", "没有名称"),
        Change("J01", "main", "yes", "不是 1 或 0"),
        Change("J01", "method", "rank_step", "这里不能改"),
    ],
    ids=["sum", "word", "below zero", "no reason", "no value", "flag", "other property"],
)
@pytest.mark.requirement("B8")
def test_a_revision_that_cannot_stand_is_refused_whole(town: Town, change: Change) -> None:
    review = closed(town)
    with town.refusal(Invalid, "lead1") as ctx:
        rename = Change("J02", "name", "另一名称", "理顺表述")
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {}, [rename, change])
    assert town.count(IndicatorRevision) == [0]


def test_name_unit_and_main_can_be_revised_and_a_change_that_is_none_cannot(town: Town) -> None:
    review = closed(town)
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "J01")
        name, main = used.name, used.main
    with town.refusal(Invalid, "lead1") as ctx:
        same = Change("J01", "name", name, "没有变化")
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {}, [same])
    given = [
        Change("J01", "name", "党建述职评议得分", "名称统一"),
        Change("J01", "unit_of_measure", "分", "计量统一"),
        Change("J01", "main", "0" if main else "1", "调整督查重点"),
    ]
    revise(town, review, {}, given)
    with town.by(reading=True) as ctx:
        used = indicators.find(ctx, town.cycle(ctx), "J01")
        kept = [each.field for each in expert_reviews.history(ctx, used)]
        assert (used.name, used.indicator.unit_of_measure, used.main) == ("党建述职评议得分", "分", not main)
    assert kept == ["main", "unit_of_measure", "name"]


def test_once_the_booklet_is_issued_no_expert_is_asked_and_nothing_is_revised(town: Town) -> None:
    review = closed(town)
    with town.by() as ctx:
        rules.issue(ctx, town.cycle(ctx))
    with town.refusal(SystemIssued, "lead1") as ctx:
        rename = Change("J02", "name", "另一名称", "理顺表述")
        expert_reviews.revise(ctx, expert_reviews.get(ctx, review), {}, [rename])
    with town.refusal(SystemIssued, "lead1") as ctx:
        expert_reviews.ask(ctx, town.cycle(ctx), EXPERTS, date(2026, 1, 16), "？")
    assert town.count(ExpertReview) == [1]


def test_opinions_are_read_by_the_lead_at_once_by_their_expert_and_by_all_once_answered(town: Town) -> None:
    review = ask(town)
    advise(town, review, "expert1", ("J01", "口径不清"))
    seen = {account: len(opinions(town, review, account)) for account in ("lead1", "expert1", "expert2", "a01_clerk")}
    assert seen == {"lead1": 1, "expert1": 1, "expert2": 0, "a01_clerk": 0}
    close(town, review)
    revise(town, review, {opinions(town, review)[0].id: True})
    assert len(opinions(town, review, "a01_clerk")) == 1
    with town.by("a01_clerk", reading=True) as ctx:
        assert not expert_reviews.sees_names(ctx)


def test_a_year_may_ask_more_than_once_and_every_act_is_in_the_audit_log(town: Town) -> None:
    first = closed(town)
    revise(town, first, {})
    town.now = moment("2026-01-20 10:00")
    second = ask(town, until="2026-01-30")
    with town.by(reading=True) as ctx:
        assert [each.id for each in expert_reviews.of_cycle(ctx, town.cycle(ctx))] == [second, first]
        acts = [each.act for each in ctx.session.query(audit.Entry).order_by(audit.Entry.id)]
    assert acts[-4:] == ["experts.advise", "experts.close", "indicators.revise", "experts.ask"]
