from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from engine import access
from engine.assessment import consultation, indicators, loop, rectification, revisions, warnings
from engine.assessment.consultation import Consultation, Diagnosis
from engine.db import Context
from engine.errors import BihuanError, Invalid, NotFound
from tests.assessment.town import GRAVE, Town, delivered, moment
from tests.assessment.town import grave as proposed_in

EXPERTS = ["expert1", "expert2"]
FINDING: dict[str, Any] = {
    "indicator": "E13",
    "problem": "投资落后",
    "cause": "项目储备不足",
    "measure": "建立项目库",
    "owner": "县发展改革局",
    "due": date(2026, 11, 30),
}
DIAGNOSIS = {"crux": "要素保障", "causes": "土地供应不足", "measures": "盘活存量"}


@pytest.fixture
def town() -> Iterator[Town]:
    """Monday 24 August: five grave warnings of A04, a consultation of it proposed."""
    with proposed_in() as opened:
        yield opened


@pytest.fixture
def convened(town: Town) -> Town:
    convene(town)
    return town


@pytest.fixture
def diagnosed(convened: Town) -> Town:
    """Both experts have spoken, the lead has drawn two findings, the measures are out."""
    for expert in EXPERTS:
        give(convened, expert)
    conclude(convened, FINDING, FINDING | {"indicator": "P01", "measure": "开展专场招聘"})
    return convened


def held_by(town: Town, ctx: Context) -> Consultation:
    (found,) = consultation.of_cycle(ctx, town.cycle(ctx))
    return found


def held(town: Town) -> Consultation:
    with town.by(reading=True) as ctx:
        return held_by(town, ctx)


def convene(town: Town) -> None:
    given = {"decision": "convened", "experts": EXPERTS, "diagnose_by": "2026-09-04", "reason": "问题集中"}
    town.do("lead1", "convene", given, consultation=held(town).id)


def give(town: Town, expert: str) -> None:
    town.do(expert, "diagnose", DIAGNOSIS, consultation=held(town).id, expert=expert)


def conclude(town: Town, *findings: Mapping[str, Any]) -> None:
    given = [{**each, "due": str(each["due"])} for each in findings]
    town.do("lead1", "conclude", {"findings": given}, consultation=held(town).id)


def publish_august(town: Town, figures: Mapping[tuple[str, str], str]) -> list[str]:
    """August with these figures; the units for which a consultation is proposed."""
    town.publish_august(figures)
    with town.by(reading=True) as ctx:
        return [each.unit for each in consultation.of_cycle(ctx, town.cycle(ctx))]


# ---- the threshold


@pytest.mark.requirement("E1")
@pytest.mark.planted(14)
def test_five_grave_warnings_propose_exactly_one_consultation(town: Town) -> None:
    proposed = held(town)
    assert (proposed.unit, proposed.status, proposed.proposed_at) == ("A04", "proposed", town.now)
    with town.by(reading=True) as ctx:
        grounds = {indicators.get(ctx, warnings.notice(ctx, each).cycle_indicator_id).code for each in proposed.grounds}
        # Red: E13, E14, E15, H05. Yellow, but far behind in both rounds: E34. J02 is far behind for the first time.
        assert grounds == {"E13", "E14", "E15", "H05", "E34"}
        assert len(warnings.of_round(ctx, town.round(ctx, "august"), unit="A04")) == 6
    # 25, 26, 27, 28 and 31 August.
    assert town.due("convene", consultation=proposed.id) == moment("2026-09-01 00:00")
    assert town.acts("consultation.propose") == [{"unit": "A04", "grounds": proposed.grounds}]


@pytest.mark.requirement("E1")
@pytest.mark.planted(14)
def test_four_grave_warnings_propose_nothing() -> None:
    with delivered() as town:
        assert publish_august(town, {key: each for key, each in GRAVE.items() if key[0] != "E34"}) == []


def test_a_warning_that_was_taken_back_is_not_grave_any_more(town: Town) -> None:
    with town.by("lead1") as ctx:
        revisions.withdraw(ctx, town.notice(ctx, "A04", "E14", "august").id, "数据有误")
        assert len(warnings.grave(ctx, town.cycle(ctx), town.round(ctx, "august"))["A04"]) == 4


def test_an_april_notice_that_has_ended_still_makes_the_august_one_the_second() -> None:
    with delivered() as town:
        with town.by("lead1") as ctx:
            revisions.lift(ctx, town.notice(ctx, "A04", "E34").id, "已回到序时进度")
        assert publish_august(town, GRAVE) == ["A04"]


def test_the_plan_may_set_another_threshold() -> None:
    with delivered() as town:
        with town.by() as ctx:
            cycle = town.cycle(ctx)
            cycle.parameters = {**cycle.parameters, "consultation_threshold": 6}
        assert publish_august(town, GRAVE) == []


def propose(town: Town, ctx: Context, *codes: str) -> list[Consultation]:
    """Propose anew on the ground of these August notices of A04, as after a revision of the round."""
    notices = [town.notice(ctx, "A04", code, "august") for code in codes]
    return consultation.propose(
        ctx, town.cycle(ctx), town.round(ctx, "august"), {"A04": notices} if notices else {}, lambda _: True
    )


def test_a_unit_is_consulted_once_a_year_and_its_grounds_follow_a_revision(town: Town) -> None:
    with town.by() as ctx:
        assert propose(town, ctx, "E13", "E14", "E15", "H05", "E34", "J02") == []
        assert len(held_by(town, ctx).grounds) == 6
        assert propose(town, ctx, "E13") == []
        assert held_by(town, ctx).grounds == [town.notice(ctx, "A04", "E13", "august").id]
        assert propose(town, ctx) == []
        assert held_by(town, ctx).grounds == []


def test_what_is_over_rests_on_what_it_rested_on(town: Town) -> None:
    before = held(town).grounds
    with town.by("lead1") as ctx:
        consultation.decline(ctx, town.cycle(ctx), held_by(town, ctx), "已专题调度")
        assert propose(town, ctx, "E13") == []
        assert held_by(town, ctx).grounds == before


# ---- convening


def test_the_lead_calls_experts_until_a_date(town: Town) -> None:
    convene(town)
    found = held(town)
    assert (found.status, found.reason, found.decided_by) == ("convened", "问题集中", "lead1")
    assert found.diagnose_until == moment("2026-09-05 00:00")
    # Five working days after Friday 4 September: 7 to 11 September.
    assert found.conclude_until == moment("2026-09-12 00:00")
    assert town.told("expert1") == ["consultation.convened"]
    assert town.told("expert3", "consultation.convened") == []
    for expert in EXPERTS:
        assert len(town.tasks("diagnose", expert=expert)) == 1
    assert town.acts("consultation.convene") == [{"unit": "A04", "experts": EXPERTS}]


@pytest.mark.parametrize(
    ("experts", "until"),
    [
        ([], date(2026, 9, 4)),
        (["expert1"], date(2026, 8, 24)),
        (["expert1", "a05_clerk"], date(2026, 9, 4)),
        (["nobody"], date(2026, 9, 4)),
    ],
)
def test_experts_come_from_the_pool_and_have_time(town: Town, experts: list[str], until: date) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        consultation.convene(ctx, town.cycle(ctx), held_by(town, ctx), experts, until, "问题集中")


@pytest.mark.parametrize("account", ["a04_leader", "expert1", "inspector1", "d01_clerk"])
def test_only_the_lead_convenes_declines_and_concludes(town: Town, account: str) -> None:
    with town.refusal(access.NotYours, account) as ctx:
        consultation.convene(ctx, town.cycle(ctx), held_by(town, ctx), EXPERTS, date(2026, 9, 4), "问题集中")
    with town.refusal(access.NotYours, account) as ctx:
        consultation.decline(ctx, town.cycle(ctx), held_by(town, ctx), "已专题调度")
    with town.refusal(access.NotYours, account) as ctx:
        consultation.conclude(ctx, town.cycle(ctx), held_by(town, ctx), [FINDING])


def test_the_lead_may_decline_with_a_reason(town: Town) -> None:
    given = {"decision": "declined", "reason": "已专题调度"}
    town.do("lead2", "convene", given, consultation=held(town).id)
    found = held(town)
    assert (found.status, found.reason, found.decided_by, found.decided_at) == (
        "declined",
        "已专题调度",
        "lead2",
        town.now,
    )
    assert town.count(Diagnosis) == [0]
    assert town.acts("consultation.decline") == [{"unit": "A04", "reason": "已专题调度"}]
    with town.by(reading=True) as ctx:
        assert consultation.covered(ctx, town.cycle(ctx)) == {}


def test_nobody_declines_without_a_reason(town: Town) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        consultation.decline(ctx, town.cycle(ctx), held_by(town, ctx), " ")


def test_a_step_is_taken_once_and_in_its_turn(convened: Town) -> None:
    town = convened
    with town.refusal(consultation.NotAtThisStep, "lead1") as ctx:
        consultation.convene(ctx, town.cycle(ctx), held_by(town, ctx), EXPERTS, date(2026, 9, 4), "问题集中")
    with town.refusal(consultation.NotAtThisStep, "lead1") as ctx:
        consultation.decline(ctx, town.cycle(ctx), held_by(town, ctx), "已专题调度")
    with town.refusal(consultation.NotAtThisStep) as ctx:
        consultation.issue_measures(ctx, town.cycle(ctx), held_by(town, ctx))
    conclude_early(town)
    with town.refusal(consultation.NotAtThisStep, "lead1") as ctx:
        consultation.conclude(ctx, town.cycle(ctx), held_by(town, ctx), [FINDING])
    with town.refusal(consultation.NotAtThisStep, "expert1") as ctx:
        consultation.diagnose(ctx, held_by(town, ctx), "expert1", DIAGNOSIS)


def conclude_early(town: Town) -> None:
    with town.by("lead1") as ctx:
        consultation.conclude(ctx, town.cycle(ctx), held_by(town, ctx), [FINDING])


# ---- diagnosing


def test_every_expert_gives_a_diagnosis_of_their_own(convened: Town) -> None:
    town = convened
    give(town, "expert2")
    with town.by(reading=True) as ctx:
        first, second = consultation.diagnoses_of(ctx, held_by(town, ctx))
        assert (first.expert, first.given_at) == ("expert1", None)
        assert (second.expert, second.given_at, second.crux) == ("expert2", town.now, "要素保障")
        assert (second.causes, second.measures) == ("土地供应不足", "盘活存量")
        assert consultation.silent_experts(ctx, held_by(town, ctx)) == ["expert1"]
    assert town.tasks("conclude") == []
    give(town, "expert1")
    assert len(town.tasks("conclude")) == 1


@pytest.mark.parametrize(("account", "expert"), [("expert3", "expert3"), ("expert2", "expert1"), ("lead1", "expert1")])
def test_nobody_speaks_for_an_expert(convened: Town, account: str, expert: str) -> None:
    with convened.refusal(access.NotYours, account) as ctx:
        consultation.diagnose(ctx, held_by(convened, ctx), expert, DIAGNOSIS)


def test_an_expert_who_is_silent_is_named_and_the_lead_goes_on(convened: Town) -> None:
    town = convened
    give(town, "expert1")
    town.live_to("2026-09-05 00:00")
    assert town.tasks("diagnose") == []
    conclude(town, FINDING)
    assert town.acts("consultation.conclude") == [{"unit": "A04", "findings": 1, "silent": ["expert2"]}]


# ---- findings


@pytest.mark.requirement("E1")
@pytest.mark.parametrize("missing", ["problem", "cause", "measure", "owner"])
def test_every_finding_has_a_problem_a_cause_a_measure_and_an_owner(convened: Town, missing: str) -> None:
    with convened.refusal(Invalid, "lead1") as ctx:
        findings = [FINDING, FINDING | {missing: " "}]
        consultation.conclude(ctx, convened.cycle(ctx), held_by(convened, ctx), findings)


def test_a_consultation_without_a_finding_is_not_concluded(convened: Town) -> None:
    with convened.refusal(Invalid, "lead1") as ctx:
        consultation.conclude(ctx, convened.cycle(ctx), held_by(convened, ctx), [])


@pytest.mark.parametrize(
    ("change", "error"),
    [({"due": date(2026, 8, 24)}, Invalid), ({"indicator": "X99"}, indicators.UnknownIndicator)],
)
def test_a_measure_is_due_after_today_on_an_indicator_of_the_year(
    convened: Town, change: dict[str, Any], error: type[BihuanError]
) -> None:
    with convened.refusal(error, "lead1") as ctx:
        consultation.conclude(ctx, convened.cycle(ctx), held_by(convened, ctx), [FINDING | change])


# ---- measures


@pytest.mark.requirement("E2")
@pytest.mark.requirement("G1")
def test_every_measure_becomes_a_matter_or_joins_the_open_one(diagnosed: Town) -> None:
    town = diagnosed
    found = held(town)
    assert (found.status, found.issued_at) == ("measures_issued", town.now)
    with town.by(reading=True) as ctx:
        joined, opened = consultation.findings_of(ctx, found)
        # A04 has been working on E13 since April; on P01 nobody had warned it.
        assert joined.item_id == town.items(ctx, "A04")["E13"].id
        assert opened.item_id == town.items(ctx, "A04")["P01"].id
    kept, made = town.matter("A04", "E13"), town.matter("A04", "P01")
    assert (kept.number, kept.source, kept.work_due) == ("ZG-2026-A04-001", "consultation", moment("2026-08-01 00:00"))
    assert (made.number, made.source, made.letter_id) == ("ZG-2026-A04-008", "consultation", None)
    assert made.work_due == moment("2026-12-01 00:00")
    assert town.open_elements(made) == ["submit_plan"]


def test_a_measure_due_on_a_holiday_is_due_on_the_next_working_day(convened: Town) -> None:
    # 3 October 2026 is a Saturday within the holiday, which ends with Wednesday the 7th.
    for expert in EXPERTS:
        give(convened, expert)
    conclude(convened, FINDING | {"indicator": "P01", "due": date(2026, 10, 3)})
    assert convened.matter("A04", "P01").work_due == moment("2026-10-09 00:00")


def test_two_measures_on_one_indicator_make_one_matter(convened: Town) -> None:
    for expert in EXPERTS:
        give(convened, expert)
    used = FINDING | {"indicator": "P01"}
    conclude(convened, used, used | {"measure": "开展专场招聘"})
    with convened.by(reading=True) as ctx:
        assert len({each.item_id for each in consultation.findings_of(ctx, held_by(convened, ctx))}) == 1
        numbers = [each.number for each in rectification.items(ctx, convened.cycle(ctx), unit="A04")]
    assert numbers[-1] == "ZG-2026-A04-008"


def test_the_plan_of_a_measure_is_the_leads_to_approve(diagnosed: Town) -> None:
    made = diagnosed.matter("A04", "P01")
    diagnosed.plan(made, finish_on="2026-11-30")
    with diagnosed.refusal(access.NotYours, "d09_clerk") as ctx:
        rectification.approve_plan(ctx, diagnosed.cycle(ctx), diagnosed.item(ctx, made.number), "approved", None)
    diagnosed.approve(made, "lead1")
    assert diagnosed.matter("A04", "P01").status == "in_progress"


# ---- what it covers


def test_a_consultation_covers_its_grounds_and_its_measures(diagnosed: Town) -> None:
    with diagnosed.by(reading=True) as ctx:
        covered = consultation.covered(ctx, diagnosed.cycle(ctx))
        assert {(indicators.get(ctx, key).code, unit) for key, unit in covered} == {
            (code, "A04") for code in ("E13", "E14", "E15", "H05", "E34", "P01")
        }


def test_a_proposal_nobody_decides_on_leaves_the_stage_missing_from_its_date(town: Town) -> None:
    def standing(at: str) -> str:
        with town.by(now=moment(at), reading=True) as ctx:
            pairs = {each.indicator.code: each for each in loop.pairs(ctx, town.cycle(ctx), unit="A04")}
            return pairs["E13"].steps[2].standing

    assert standing("2026-08-31 23:59") == "not_yet"
    assert standing("2026-09-01 00:00") == "missing"


# ---- who sees it


def test_before_it_is_convened_only_those_who_oversee_see_it(town: Town) -> None:
    number = held(town).id
    for account in ("lead1", "inspector1", "committee1"):
        with town.by(account, reading=True) as ctx:
            assert consultation.consultation(ctx, number).unit == "A04"
    for account in ("a04_clerk", "a04_leader", "expert1", "a05_clerk"):
        with town.refusal(NotFound, account) as ctx:
            consultation.consultation(ctx, number)


def test_then_its_unit_and_its_experts_see_it_and_nobody_else(convened: Town) -> None:
    number = held(convened).id
    for account in ("a04_clerk", "a04_leader", "expert1", "expert2"):
        with convened.by(account, reading=True) as ctx:
            assert consultation.consultation(ctx, number).unit == "A04"
    for account in ("expert3", "a05_leader", "d01_clerk"):
        with convened.refusal(NotFound, account) as ctx:
            consultation.consultation(ctx, number)


def test_who_acts_in_an_experts_name_sees_what_the_expert_sees(convened: Town) -> None:
    with convened.by("expert3", on_behalf_of="expert1", reading=True) as ctx:
        assert consultation.consultation(ctx, held(convened).id).unit == "A04"


def test_one_that_was_declined_is_not_told_to_the_unit(town: Town) -> None:
    with town.by("lead1") as ctx:
        consultation.decline(ctx, town.cycle(ctx), held_by(town, ctx), "已专题调度")
    with town.refusal(NotFound, "a04_leader") as ctx:
        consultation.consultation(ctx, held(town).id)


def test_a_consultation_that_does_not_exist_is_refused_like_one_that_is_not_yours(town: Town) -> None:
    with town.refusal(NotFound, "lead1") as ctx:
        consultation.consultation(ctx, 9999)
