"""What keeps a unit from a good grade: vetoes by two persons, opinions of the bodies that are asked."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine import verify
from engine.access import NotYours
from engine.assessment import bars, grading, results, veto_list
from engine.assessment.bars import BarMoved, BarStands, BodyOpinion, OpinionGiven
from engine.assessment.grading import NothingWithheld
from engine.assessment.hands import OwnWork
from engine.assessment.results import Result
from engine.errors import Invalid, NotFound
from tests.assessment import years
from tests.assessment.town import WARNED, Town

DUE = date(2027, 2, 5)
#: Without any bar: one excellent place of six units.
USUAL = dict.fromkeys(WARNED, "good") | {"A02": "excellent"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The annual figures are frozen, on a Friday at the end of January; nothing is added up."""
    with years.settled(tmp_path) as made:
        years.list_veto(made)
        yield made


def propose_bar(town: Town, account: str = "lead1", unit: str = "A02", item: str = "YP-01") -> int:
    with town.by(account) as ctx:
        return bars.propose(ctx, town.cycle(ctx), unit, item, "发生重大生产安全事故，调查报告〔2027〕3号").id


def confirm(town: Town, bar: int, account: str = "committee1") -> None:
    with town.by(account) as ctx:
        grading.confirm_bar(ctx, town.cycle(ctx), bar, "领导小组会议纪要〔2027〕2号")


def propose(town: Town) -> None:
    with town.by() as ctx:
        results.propose(ctx, town.cycle(ctx))


def decide(town: Town) -> None:
    with town.by() as ctx:
        results.decide(ctx, town.cycle(ctx))


def found(town: Town) -> dict[str, Result]:
    with town.by(reading=True) as ctx:
        return {each.unit: each for each in results.of_cycle(ctx, town.cycle(ctx))}


def grades(town: Town) -> dict[str, str | None]:
    return {unit: each.grade for unit, each in found(town).items()}


def holds(town: Town) -> bool:
    with town.by(reading=True) as ctx:
        return [each.places for each in verify.verify(ctx) if each.id in ("I9", "I16")] == [(), ()]


# ---- vetoes


@pytest.mark.requirement("A5")
def test_a_confirmed_veto_bars_the_grade_and_leaves_score_rank_and_place(town: Town) -> None:
    confirm(town, propose_bar(town))
    propose(town)
    decide(town)
    known = found(town)["A02"]
    assert (known.total, known.rank, known.proposed_grade, known.grade) == (
        Decimal("96.4265"),
        1,
        "qualified",
        "qualified",
    )
    # Its place is not handed on.
    assert grades(town) == dict.fromkeys(WARNED, "good") | {"A02": "qualified"}
    assert holds(town)


@pytest.mark.planted(16)
@pytest.mark.requirement("A5")
def test_a_veto_after_the_fact_bars_the_grade_and_taken_back_gives_it_back(town: Town) -> None:
    propose(town)
    decide(town)
    with town.by() as ctx:
        results.publish(ctx, town.cycle(ctx))
    assert grades(town) == USUAL
    bar = propose_bar(town)
    assert grades(town) == USUAL
    confirm(town, bar)
    known = found(town)["A02"]
    assert (known.total, known.rank, known.grade) == (Decimal("96.4265"), 1, "qualified")
    assert grades(town) == USUAL | {"A02": "qualified"}
    assert holds(town)
    assert town.told("a02_leader", "bar.confirmed") == ["bar.confirmed"]
    with town.by("lead2") as ctx:
        grading.revoke_bar(ctx, town.cycle(ctx), bar, "复核认定不属该单位责任")
    assert grades(town) == USUAL
    assert holds(town)


@pytest.mark.requirement("A5")
def test_who_proposes_a_veto_neither_confirms_nor_rejects_nor_revokes_it(town: Town) -> None:
    bar = propose_bar(town, "lead1")
    for act in (grading.confirm_bar, grading.reject_bar):
        with town.refusal(OwnWork, "lead1") as ctx:
            act(ctx, town.cycle(ctx), bar, "同意")
    confirm(town, bar, "lead2")
    with town.refusal(OwnWork, "lead1") as ctx:
        grading.revoke_bar(ctx, town.cycle(ctx), bar, "撤销")


def test_a_rejected_veto_bars_nothing_and_is_not_confirmed_later(town: Town) -> None:
    bar = propose_bar(town, "inspector1")
    with town.by("lead1") as ctx:
        grading.reject_bar(ctx, town.cycle(ctx), bar, "事实不清")
    with town.refusal(BarMoved, "lead2") as ctx:
        grading.confirm_bar(ctx, town.cycle(ctx), bar, "同意")
    propose(town)
    assert {each.proposed_grade for each in found(town).values()} == {"good", "excellent"}
    # The same item may be proposed again on new facts.
    again = propose_bar(town)
    with town.refusal(BarStands, "lead2") as ctx:
        bars.propose(ctx, town.cycle(ctx), "A02", "YP-01", "重复")
    assert again != bar


@pytest.mark.requirement("A5")
def test_a_veto_that_is_not_on_the_list_cannot_be_proposed(town: Town) -> None:
    with town.refusal(veto_list.NotListed, "lead1") as ctx:
        bars.propose(ctx, town.cycle(ctx), "A02", "YP-99", "自行设立")


def test_a_veto_is_proposed_confirmed_and_read_by_those_whose_it_is(town: Town) -> None:
    for account in ("a02_leader", "d32_leader", "committee1"):
        with town.refusal(NotYours, account) as ctx:
            bars.propose(ctx, town.cycle(ctx), "A02", "YP-01", "依据")
    bar = propose_bar(town)
    for account in ("inspector1", "a02_leader"):
        with town.refusal(NotYours, account) as ctx:
            grading.confirm_bar(ctx, town.cycle(ctx), bar, "同意")
    with town.by("a02_leader", reading=True) as ctx:
        assert bars.of_cycle(ctx, town.cycle(ctx)) == []
    confirm(town, bar)
    for account, seen in (("a02_leader", [bar]), ("a03_leader", []), ("inspector1", [bar])):
        with town.by(account, reading=True) as ctx:
            assert [each.id for each in bars.of_cycle(ctx, town.cycle(ctx))] == seen, account


@pytest.mark.parametrize(
    ("unit", "item", "basis", "error"),
    [("A02", " ", "依据", Invalid), ("A02", "YP-01", "", Invalid), ("D01", "YP-01", "依据", NotFound)],
)
def test_a_veto_needs_an_assessed_unit_an_item_and_facts(
    town: Town, unit: str, item: str, basis: str, error: type[Invalid | NotFound]
) -> None:
    with town.refusal(error, "lead1") as ctx:
        bars.propose(ctx, town.cycle(ctx), unit, item, basis)


# ---- opinions before 优秀


@pytest.fixture
def needing(town: Town) -> Town:
    """The year needs the opinions of discipline, petitions and audit; the totals are proposed."""
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        cycle.parameters = {**cycle.parameters, "opinions_needed": True}
    propose(town)
    return town


def ask(town: Town, *bodies: str, units: tuple[str, ...] = ("A02",)) -> None:
    for body in bodies:
        with town.by("lead1") as ctx:
            bars.ask(ctx, town.cycle(ctx), units, body, "D32", DUE)


def asked(town: Town, unit: str = "A02") -> dict[str, BodyOpinion]:
    with town.by(reading=True) as ctx:
        return {each.body: each for each in bars.opinions(ctx, town.cycle(ctx)) if each.unit == unit}


def give(town: Town, body: str, verdict: str = "clear") -> None:
    with town.by("d32_clerk") as ctx:
        bars.give(ctx, town.cycle(ctx), asked(town)[body].id, verdict, "经核查，未发现影响评优的问题")


def test_a_year_that_needs_no_opinions_waits_for_none(town: Town) -> None:
    propose(town)
    decide(town)
    assert grades(town) == USUAL


@pytest.mark.requirement("H3", "J4")
def test_a_missing_opinion_withholds_only_that_units_excellent(needing: Town) -> None:
    ask(needing, "discipline", "petitions", "audit")
    give(needing, "discipline")
    give(needing, "audit")
    decide(needing)
    assert grades(needing) == dict.fromkeys(WARNED, "good")
    assert found(needing)["A02"].proposed_grade == "excellent"
    assert holds(needing)
    # It comes late: the lead gives the grade, the database does not by itself.
    give(needing, "petitions")
    assert grades(needing)["A02"] == "good"
    with needing.by("lead1") as ctx:
        assert grading.settle(ctx, needing.cycle(ctx), "A02", "三方意见已齐") == "excellent"
    assert grades(needing) == USUAL
    assert holds(needing)
    with needing.refusal(NothingWithheld, "lead1") as ctx:
        grading.settle(ctx, needing.cycle(ctx), "A02", "再次")


def test_a_unit_nobody_was_asked_about_is_not_excellent(needing: Town) -> None:
    decide(needing)
    assert grades(needing) == dict.fromkeys(WARNED, "good")


@pytest.mark.requirement("J4")
def test_a_missing_opinion_is_waived_with_a_reason_and_one_that_objects_is_not(needing: Town) -> None:
    ask(needing, "discipline", "petitions", "audit")
    give(needing, "discipline")
    waived = asked(needing)["audit"].id
    with needing.refusal(Invalid, "lead1") as ctx:
        bars.waive(ctx, needing.cycle(ctx), waived, " ")
    with needing.by("lead1") as ctx:
        bars.waive(ctx, needing.cycle(ctx), waived, "审计力量不足，经领导小组同意")
    give(needing, "petitions", "objects")
    with needing.refusal(OpinionGiven, "lead1") as ctx:
        bars.waive(ctx, needing.cycle(ctx), asked(needing)["petitions"].id, "不采纳")
    decide(needing)
    assert grades(needing)["A02"] == "good"


def test_with_all_opinions_or_waivers_the_excellent_unit_is_excellent(needing: Town) -> None:
    ask(needing, "discipline", "petitions", "audit")
    for body in ("discipline", "petitions", "audit"):
        give(needing, body)
    decide(needing)
    assert grades(needing) == USUAL


def test_an_opinion_is_asked_by_the_lead_given_by_the_body_once_and_read_by_neither_unit(needing: Town) -> None:
    with needing.refusal(NotYours, "inspector1") as ctx:
        bars.ask(ctx, needing.cycle(ctx), ["A02"], "audit", "D32", DUE)
    ask(needing, "audit", units=("A01", "A02"))
    ask(needing, "audit", units=("A02", "A03"))
    opinion = asked(needing)["audit"].id
    for account in ("d01_clerk", "a02_leader", "lead1"):
        with needing.refusal(NotYours, account) as ctx:
            bars.give(ctx, needing.cycle(ctx), opinion, "clear", "无")
    with needing.refusal(Invalid, "d32_leader") as ctx:
        bars.give(ctx, needing.cycle(ctx), opinion, "clear", "")
    give(needing, "audit")
    with needing.refusal(OpinionGiven, "d32_leader") as ctx:
        bars.give(ctx, needing.cycle(ctx), opinion, "objects", "改变意见")
    for account, units in (("d32_clerk", ["A01", "A02", "A03"]), ("a02_leader", []), ("d01_clerk", [])):
        with needing.by(account, reading=True) as ctx:
            assert [each.unit for each in bars.opinions(ctx, needing.cycle(ctx))] == units, account


@pytest.mark.parametrize(("units", "due"), [([], DUE), (["A99"], DUE), (["A02"], date(2027, 1, 1))])
def test_an_opinion_is_asked_on_assessed_units_until_a_day_to_come(town: Town, units: list[str], due: date) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        bars.ask(ctx, town.cycle(ctx), units, "audit", "D32", due)
