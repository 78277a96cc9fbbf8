"""The plan of all assessments: nothing opens off it, who is assessed twice is named, changes need a paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import access
from engine.assessment import annual_plan, hands, plans, rounds
from engine.assessment.annual_plan import (
    Draft,
    Duplicate,
    EntryDecided,
    EntryKind,
    EntryStatus,
    NotInPlan,
    Overlap,
    PlannedAssessment,
)
from engine.errors import Invalid
from engine.people import UnknownUnit
from tests.assessment import hall as halls
from tests.assessment import years
from tests.assessment.hall import count, day, planned, refusal
from tests.assessment.town import Town
from tests.cast import Office

hall = halls.hall
#: A safety inspection of D10 in May.
SAFETY = Draft("安全生产考核", "D10", "安全生产", "云政〔2026〕5号", from_date=day(5, 11), to_date=day(5, 15))


@pytest.fixture
def january(tmp_path: Path) -> Iterator[Town]:
    with years.begun(tmp_path) as town:
        yield town


def propose(office: Office, draft: Draft, by: str = "wang") -> int:
    with office.by(by) as ctx:
        return annual_plan.propose(ctx, 2026, draft).id


def status(office: Office, entry: int) -> str:
    with office.by(reading=True) as ctx:
        return annual_plan.get(ctx, entry).status


def duplicates(office: Office) -> list[Duplicate]:
    with office.by("wang", reading=True) as ctx:
        return annual_plan.duplicates(ctx, 2026)


# ---- how an entry comes into the plan


@pytest.mark.requirement("A1")
def test_an_organiser_proposes_and_the_leading_group_approves_by_a_paper(hall: Office) -> None:
    entry = propose(hall, SAFETY, "qian")
    assert status(hall, entry) == "proposed"
    with hall.by("gao") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="云考领〔2026〕2号")
    with hall.by(reading=True) as ctx:
        made = annual_plan.require_approved(ctx, entry)
        assert (made.status, made.document, made.decided_by) == ("approved", "云考领〔2026〕2号", "gao")
        assert (made.proposed_by, made.basis, made.from_date) == ("qian", "云政〔2026〕5号", day(5, 11))


@pytest.mark.requirement("A1")
@pytest.mark.parametrize("outcome", [EntryStatus.PROPOSED, EntryStatus.REFUSED, EntryStatus.STRUCK])
def test_nothing_opens_on_an_entry_that_is_not_approved(hall: Office, outcome: EntryStatus) -> None:
    entry = planned(hall, "城建考核") if outcome == EntryStatus.STRUCK else propose(hall, SAFETY)
    with hall.by("gao") as ctx:
        if outcome == EntryStatus.STRUCK:
            annual_plan.strike(ctx, entry, document="云考领〔2026〕3号", reason="并入年度考核")
        elif outcome == EntryStatus.REFUSED:
            annual_plan.decide(ctx, [entry], approved=False, document="云考领〔2026〕2号", reason="部门自查不得称考核")
    assert status(hall, entry) == outcome
    with refusal(hall, NotInPlan, "wang") as ctx:
        annual_plan.require_approved(ctx, entry)


def test_an_entry_of_another_kind_opens_nothing(hall: Office) -> None:
    entry = planned(hall, "城建考核")
    with refusal(hall, NotInPlan, "wang") as ctx:
        annual_plan.require_approved(ctx, entry, EntryKind.SPECIAL)


def test_only_the_lead_and_the_organiser_itself_propose(hall: Office) -> None:
    for account in ("zhang", "sun", "gao"):
        with refusal(hall, access.NotYours, account) as ctx:
            annual_plan.propose(ctx, 2026, SAFETY)
    assert count(hall, PlannedAssessment) == 0


def test_whoever_proposed_does_not_approve(hall: Office) -> None:
    entry = propose(hall, SAFETY, "zhao")
    with hall.by() as ctx:
        halls.appoint_as(ctx, "zhao", "committee", "LXZ")
    with refusal(hall, hands.OwnWork, "zhao") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="云考领〔2026〕2号")
    with refusal(hall, access.NotYours, "wang") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="云考领〔2026〕2号")
    with hall.by("he") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="云考领〔2026〕2号")
    assert status(hall, entry) == "approved"


def test_a_decision_needs_its_paper_a_refusal_its_reason_and_is_made_once(hall: Office) -> None:
    entry = propose(hall, SAFETY)
    for given in ({"approved": True, "document": " "}, {"approved": False, "document": "2号"}):
        with refusal(hall, Invalid, "gao") as ctx:
            annual_plan.decide(ctx, [entry], **given)  # type: ignore[arg-type]
    with hall.by("gao") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="2号")
    with refusal(hall, EntryDecided, "fang") as ctx:
        annual_plan.decide(ctx, [entry], approved=False, document="3号", reason="撤销")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"basis": ""},
        {"from_date": day(5, 1)},
        {"from_date": day(5, 2), "to_date": day(5, 1)},
    ],
)
def test_an_incomplete_entry_is_refused(hall: Office, wrong: dict[str, object]) -> None:
    given: dict[str, object] = {"name": "考核", "organiser": "D10", "subject": "安全", "basis": "5号"}
    with refusal(hall, Invalid, "wang") as ctx:
        annual_plan.propose(ctx, 2026, Draft(**given | wrong))  # type: ignore[arg-type]


def test_a_unit_that_does_not_exist_is_refused(hall: Office) -> None:
    with refusal(hall, UnknownUnit, "wang") as ctx:
        annual_plan.propose(ctx, 2026, Draft("考核", "D10", "安全", "5号", units=("A01", "Z99")))


# ---- who is assessed twice


@pytest.mark.requirement("A2")
def test_two_organisers_on_one_subject_are_named_with_the_units_they_share(hall: Office) -> None:
    first = propose(hall, Draft("安全检查", "D10", "安全 生产", "5号", units=("A01", "A02")))
    second = propose(hall, Draft("安全督查", "D02", "安全生产", "6号", units=("A02",)))
    propose(hall, Draft("安全评比", "D34", "安全生产", "7号", units=("D10",)))
    (found,) = duplicates(hall)
    assert (found.first.id, found.second.id) == (first, second)
    assert (found.why, found.units) == ((Overlap.SUBJECT,), ("A02",))


@pytest.mark.requirement("A2")
def test_two_organisers_on_one_indicator_are_named(hall: Office) -> None:
    propose(hall, Draft("营商评价", "D10", "营商环境", "5号", indicators=("E01", "E02")))
    propose(hall, Draft("企业评价", "D34", "企业服务", "6号", indicators=("E02",)))
    (found,) = duplicates(hall)
    # Both assess every assessed unit.
    assert (found.why, found.units) == ((Overlap.INDICATOR,), ("A01", "A02"))


@pytest.mark.requirement("A2")
def test_overlapping_windows_are_named_even_of_one_organiser(hall: Office) -> None:
    propose(hall, SAFETY)
    propose(hall, Draft("消防考核", "D10", "消防", "6号", from_date=day(5, 15), to_date=day(5, 20)))
    propose(hall, Draft("档案考核", "D10", "档案", "7号", from_date=day(5, 21), to_date=day(5, 22)))
    (found,) = duplicates(hall)
    assert (found.second.name, found.why) == ("消防考核", (Overlap.WINDOW,))


@pytest.mark.requirement("A2")
def test_what_is_off_the_plan_assesses_nobody_twice(hall: Office) -> None:
    entry = propose(hall, SAFETY)
    propose(hall, Draft("安全督查", "D02", "安全生产", "6号"))
    assert len(duplicates(hall)) == 1
    with hall.by("gao") as ctx:
        annual_plan.decide(ctx, [entry], approved=False, document="2号", reason="重复")
    assert duplicates(hall) == []


# ---- the assessment of leadership teams


@pytest.mark.requirement("A1")
def test_a_year_that_is_not_in_the_approved_plan_cannot_be_started(january: Town) -> None:
    with january.by() as ctx:
        number = plans.make_cycle(ctx, "county_leadership", 2027).id
    with january.refusal(NotInPlan, "lead1") as ctx:
        rounds.start_year(ctx, plans.cycle(ctx, number))
    with january.by("lead1") as ctx:
        following = plans.cycle(ctx, number)
        entry = annual_plan.propose_cycle(ctx, following, name="2027 年度考核", basis="T委〔2026〕30号").id
    with january.refusal(NotInPlan, "lead1") as ctx:
        rounds.start_year(ctx, plans.cycle(ctx, number))
    with january.by("committee1") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="T考领〔2027〕1号")
    with january.by("lead1") as ctx:
        rounds.start_year(ctx, plans.cycle(ctx, number))
        assert plans.cycle(ctx, number).status == "running"


@pytest.mark.requirement("A1")
def test_no_round_opens_once_its_assessment_is_struck_from_the_plan(january: Town) -> None:
    with january.by("committee1") as ctx:
        (entry,) = annual_plan.of_year(ctx, 2026)
        annual_plan.strike(ctx, entry.id, document="T考领〔2026〕2号", reason="暂停")
    with january.refusal(NotInPlan) as ctx:
        rounds.open_round(ctx, january.cycle(ctx), "april")


def test_an_issued_indicator_system_brings_its_assessment_into_an_empty_plan_with_its_paper(january: Town) -> None:
    with january.by(reading=True) as ctx:
        (entry,) = annual_plan.of_year(ctx, 2026)
    assert (entry.kind, entry.status, entry.organiser) == ("cycle", "approved", "ORG")
    assert (entry.document, entry.package) == ("indicators.csv 2026", "county_leadership")


def test_where_the_plan_is_kept_here_an_import_adds_nothing_to_it(january: Town) -> None:
    with january.by("lead1") as ctx:
        following = plans.make_cycle(ctx, "county_leadership", 2027)
        annual_plan.propose(ctx, 2027, Draft("安全考核", "D01", "安全", "5号"))
        annual_plan.adopt_cycle(ctx, following, "indicators.csv 2027")
        assert [each.name for each in annual_plan.of_year(ctx, 2027)] == ["安全考核"]
