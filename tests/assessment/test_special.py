"""Special assessments: opened when their occasion comes, five aspects, confirmed by three bodies or waived."""

import pytest

from engine import access
from engine.assessment import annual_plan, hands, special
from engine.assessment.annual_plan import EntryKind, NotInPlan
from engine.assessment.special import (
    AskedBefore,
    Aspect,
    AspectsMissing,
    Body,
    Corroborated,
    FrontLine,
    Given,
    NotCorroborated,
    Rating,
    RepliedBefore,
    SpecialAssessment,
    SpecialFinal,
    Trigger,
)
from engine.errors import Invalid, NotFound
from tests.assessment import hall as halls
from tests.assessment.hall import count, day, planned, refusal
from tests.cast import Office

hall = halls.hall
ALL = {aspect: Given(Rating.GOOD, "有记录") for aspect in Aspect}
#: Body -> its unit, its clerk.
BODIES = {Body.DISCIPLINE: ("D39", "cao"), Body.AUDIT: ("D34", "yu"), Body.PETITIONS: ("D32", "xu")}


@pytest.fixture
def entry(hall: Office) -> int:
    return planned(hall, "防汛专项考核", kind=EntryKind.SPECIAL)


@pytest.fixture
def flood(hall: Office, entry: int) -> int:
    """A special assessment of A01 on its work in a flood."""
    return opened(hall, entry)


def opened(office: Office, entry: int, unit: str = "A01", trigger: Trigger = Trigger.SUDDEN_EVENT) -> int:
    tags = [FrontLine.ASSESS, FrontLine.RELIEF]
    with office.by("wang") as ctx:
        return special.open_special(ctx, entry, unit, trigger, "抗洪抢险", "4月18日特大暴雨", tags).id


def rate(office: Office, number: int, given: dict[Aspect, Given]) -> None:
    with office.by("wang") as ctx:
        special.rate(ctx, number, given)


def ask(office: Office, number: int, *bodies: Body) -> None:
    for body in bodies:
        with office.by("wang") as ctx:
            special.ask(ctx, number, body, BODIES[body][0], "有无反映", day(4, 30))


def answer(office: Office, number: int, *bodies: Body) -> None:
    for body in bodies:
        with office.by(BODIES[body][1]) as ctx:
            special.reply(ctx, number, body, "无不良反映")


def standings(office: Office, number: int) -> list[Corroborated]:
    with office.by("wang", reading=True) as ctx:
        return list(special.standings(ctx, special.get(ctx, number)).values())


# ---- J1


@pytest.mark.requirement("J1")
@pytest.mark.parametrize("trigger", Trigger)
def test_it_is_opened_on_each_of_its_occasions(hall: Office, entry: int, trigger: Trigger) -> None:
    number = opened(hall, entry, trigger=trigger)
    with hall.by("gao", reading=True) as ctx:
        made = special.get(ctx, number)
        assert (made.trigger, made.unit, made.year, made.opened_at) == (trigger, "A01", 2026, hall.now)


@pytest.mark.requirement("J1", "A1")
def test_an_occasion_that_comes_unplanned_is_added_to_the_plan_first(hall: Office) -> None:
    draft = annual_plan.Draft("防汛专项考核", "D01", "防汛", "云防指〔2026〕1号", EntryKind.SPECIAL)
    with hall.by("wang") as ctx:
        entry = annual_plan.propose(ctx, 2026, draft).id
    with refusal(hall, NotInPlan, "wang") as ctx:
        special.open_special(ctx, entry, "A01", Trigger.SUDDEN_EVENT, "抗洪抢险", "暴雨")
    with hall.by("gao") as ctx:
        annual_plan.decide(ctx, [entry], approved=True, document="云考领〔2026〕8号")
    assert opened(hall, entry)
    assert count(hall, SpecialAssessment) == 1


def test_it_is_the_lead_that_opens_it_for_a_unit_the_entry_names(hall: Office) -> None:
    entry = planned(hall, "防汛专项考核", kind=EntryKind.SPECIAL, units=("A02",))
    with refusal(hall, access.NotYours, "sun") as ctx:
        special.open_special(ctx, entry, "A02", Trigger.SUDDEN_EVENT, "抗洪抢险", "暴雨")
    with refusal(hall, Invalid, "wang") as ctx:
        special.open_special(ctx, entry, "A01", Trigger.SUDDEN_EVENT, "抗洪抢险", "暴雨")


# ---- J2, J3


@pytest.mark.requirement("J2")
@pytest.mark.parametrize("left_out", Aspect)
def test_all_five_aspects_are_required(hall: Office, flood: int, left_out: Aspect) -> None:
    ask(hall, flood, *Body)
    answer(hall, flood, *Body)
    rate(hall, flood, {aspect: each for aspect, each in ALL.items() if aspect != left_out})
    with refusal(hall, AspectsMissing, "wang") as ctx:
        special.finalise(ctx, flood, "表现突出")
    rate(hall, flood, {left_out: Given(Rating.EXCELLENT)})
    with hall.by("wang") as ctx:
        special.finalise(ctx, flood, "表现突出")


@pytest.mark.requirement("J3")
def test_work_on_the_front_line_is_marked_as_such(hall: Office, flood: int) -> None:
    with hall.by("wang", reading=True) as ctx:
        assert special.get(ctx, flood).tags == ["assess", "relief"]


# ---- J4


@pytest.mark.requirement("J4")
def test_it_is_not_final_while_a_reply_is_outstanding(hall: Office, flood: int) -> None:
    rate(hall, flood, ALL)
    assert standings(hall, flood) == ["unasked", "unasked", "unasked"]
    ask(hall, flood, *Body)
    answer(hall, flood, Body.DISCIPLINE, Body.AUDIT)
    assert standings(hall, flood) == ["replied", "replied", "outstanding"]
    with refusal(hall, NotCorroborated, "wang") as ctx:
        special.finalise(ctx, flood, "表现突出")
    answer(hall, flood, Body.PETITIONS)
    with hall.by("wang") as ctx:
        special.finalise(ctx, flood, "表现突出")
        assert special.get(ctx, flood).final_by == "wang"


@pytest.mark.requirement("J4")
def test_the_leading_group_may_waive_a_reply_with_a_reason(hall: Office, flood: int) -> None:
    rate(hall, flood, ALL)
    ask(hall, flood, Body.DISCIPLINE, Body.AUDIT)
    answer(hall, flood, Body.DISCIPLINE)
    with refusal(hall, access.NotYours, "wang") as ctx:
        special.waive(ctx, flood, Body.AUDIT, "时间紧")
    with refusal(hall, Invalid, "gao") as ctx:
        special.waive(ctx, flood, Body.AUDIT, " ")
    with hall.by("gao") as ctx:
        special.waive(ctx, flood, Body.AUDIT, "抢险期间无审计事项")
        special.waive(ctx, flood, Body.PETITIONS, "无信访事项")
    assert standings(hall, flood) == ["replied", "waived", "waived"]
    with hall.by("wang") as ctx:
        special.finalise(ctx, flood, "表现突出")


def test_who_asked_does_not_waive(hall: Office, flood: int) -> None:
    with hall.by() as ctx:
        halls.appoint_as(ctx, "wang", "committee", "LXZ")
    ask(hall, flood, Body.AUDIT)
    with refusal(hall, hands.OwnWork, "wang") as ctx:
        special.waive(ctx, flood, Body.AUDIT, "时间紧")


def test_a_body_is_asked_once_and_replies_once_for_itself(hall: Office, flood: int) -> None:
    ask(hall, flood, Body.AUDIT)
    with refusal(hall, AskedBefore, "wang") as ctx:
        special.ask(ctx, flood, Body.AUDIT, "D34", "有无反映", day(4, 30))
    with refusal(hall, access.NotYours, "cao") as ctx:
        special.reply(ctx, flood, Body.AUDIT, "代答")
    answer(hall, flood, Body.AUDIT)
    with refusal(hall, RepliedBefore, "yu") as ctx:
        special.reply(ctx, flood, Body.AUDIT, "更正")
    with refusal(hall, NotFound, "cao") as ctx:
        special.reply(ctx, flood, Body.DISCIPLINE, "未被问到")
    with refusal(hall, Invalid, "wang") as ctx:
        special.ask(ctx, flood, Body.PETITIONS, "A01", "自证", day(4, 30))


# ---- who reads, and the end


def test_the_unit_reads_it_once_it_is_final_and_never_what_others_confirmed(hall: Office, flood: int) -> None:
    ask(hall, flood, Body.AUDIT)
    with hall.by("yu", reading=True) as ctx:
        seen = special.get(ctx, flood)
        assert list(special.corroborations(ctx, seen)) == [Body.AUDIT] and special.ratings_of(ctx, seen) == {}
    for account in ("li", "wu", "xu"):
        with refusal(hall, NotFound, account) as ctx:
            special.get(ctx, flood)
    answer(hall, flood, Body.AUDIT)
    rate(hall, flood, ALL)
    with hall.by("gao") as ctx:
        special.waive(ctx, flood, Body.DISCIPLINE, "无")
        special.waive(ctx, flood, Body.PETITIONS, "无")
    with hall.by("wang") as ctx:
        special.finalise(ctx, flood, "表现突出")
    with hall.by("li", reading=True) as ctx:
        seen = special.get(ctx, flood)
        assert special.corroborations(ctx, seen) == {} and len(special.ratings_of(ctx, seen)) == 5
    with refusal(hall, NotFound, "wu") as ctx:
        special.get(ctx, flood)


def test_what_is_final_does_not_change_any_more(hall: Office, flood: int) -> None:
    rate(hall, flood, ALL)
    for body in Body:
        with hall.by("gao") as ctx:
            special.waive(ctx, flood, body, "无")
    with hall.by("wang") as ctx:
        special.finalise(ctx, flood, "表现突出")
    with refusal(hall, SpecialFinal, "wang") as ctx:
        special.rate(ctx, flood, {Aspect.EFFECT: Given(Rating.UNQUALIFIED)})
    with refusal(hall, SpecialFinal, "wang") as ctx:
        special.finalise(ctx, flood, "更正")
