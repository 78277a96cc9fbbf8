"""The roster of assessors: who serves, who led what, what each was trained in."""

import pytest

from engine import access
from engine.assessment import annual_plan, assessors
from engine.assessment.assessors import (
    AssessorKind,
    AssignedBefore,
    LedByAnother,
    OffRoster,
    OnRoster,
    OwnUnit,
    Part,
    TrainingKind,
)
from engine.errors import Invalid, NotFound
from engine.people import UnknownPerson
from tests.assessment import hall as halls
from tests.assessment.hall import day, planned, refusal
from tests.cast import Office

hall = halls.hall


def enrol(office: Office, account: str, unit: str, kind: AssessorKind = AssessorKind.PART_TIME) -> int:
    with office.by("wang") as ctx:
        return assessors.enrol(ctx, account, kind, unit, "财务审计", day(3, 2)).id


@pytest.mark.requirement("L1")
def test_the_roster_says_who_led_which_assessment(hall: Office) -> None:
    ma, yu = enrol(hall, "ma", "D01", AssessorKind.FULL_TIME), enrol(hall, "yu", "D34")
    safety, review = planned(hall, "安全考核"), planned(hall, "一报告两评议")
    with hall.by("wang") as ctx:
        assessors.assign(ctx, ma, safety, Part.LEADER)
        assessors.assign(ctx, yu, safety, Part.MEMBER)
        assessors.assign(ctx, yu, review, Part.LEADER)
    with hall.by("gao", reading=True) as ctx:
        assert [(each.account, each.kind, each.unit) for each in assessors.roster(ctx)] == [
            ("ma", "full_time", "D01"),
            ("yu", "part_time", "D34"),
        ]
        found = assessors.duties(ctx)
        led = {key: [entry.name for entry, duty in each if duty.part == Part.LEADER] for key, each in found.items()}
        assert led == {ma: ["安全考核"], yu: ["一报告两评议"]}
        entry = annual_plan.get(ctx, safety)
        assert [(each.assessor_id, each.part) for each in assessors.of_assessment(ctx, entry)] == [
            (ma, "leader"),
            (yu, "member"),
        ]


@pytest.mark.requirement("L1")
def test_an_assessment_has_one_leader_and_nobody_assesses_their_own_unit(hall: Office) -> None:
    ma, yu, zhang = enrol(hall, "ma", "D01"), enrol(hall, "yu", "D34"), enrol(hall, "zhang", "D10")
    safety = planned(hall, "安全考核")
    with hall.by("wang") as ctx:
        assessors.assign(ctx, ma, safety, Part.LEADER)
    with refusal(hall, LedByAnother, "wang") as ctx:
        assessors.assign(ctx, yu, safety, Part.LEADER)
    with refusal(hall, AssignedBefore, "wang") as ctx:
        assessors.assign(ctx, ma, safety, Part.MEMBER)
    # Sent by a department, but a clerk of A01.
    with refusal(hall, OwnUnit, "wang") as ctx:
        assessors.assign(ctx, zhang, safety, Part.MEMBER)


def test_only_an_approved_assessment_gets_assessors(hall: Office) -> None:
    ma = enrol(hall, "ma", "D01")
    with hall.by("wang") as ctx:
        loose = annual_plan.propose(ctx, 2026, annual_plan.Draft("检查", "D10", "检查", "1号")).id
    with refusal(hall, annual_plan.NotInPlan, "wang") as ctx:
        assessors.assign(ctx, ma, loose, Part.LEADER)


def test_a_person_is_on_the_roster_once_until_released(hall: Office) -> None:
    yu = enrol(hall, "yu", "D34")
    with refusal(hall, OnRoster, "wang") as ctx:
        assessors.enrol(ctx, "yu", AssessorKind.PART_TIME, "D34", "", day(4, 1))
    with hall.by("wang") as ctx:
        assessors.release(ctx, yu, day(3, 31))
    with refusal(hall, OffRoster, "wang") as ctx:
        assessors.assign(ctx, yu, planned(hall, "安全考核"), Part.LEADER)
    with hall.by("wang") as ctx:
        assessors.enrol(ctx, "yu", AssessorKind.PART_TIME, "D34", "", day(4, 1))


@pytest.mark.requirement("L2")
@pytest.mark.parametrize("kind", TrainingKind)
def test_each_kind_of_training_is_recorded(hall: Office, kind: TrainingKind) -> None:
    yu = enrol(hall, "yu", "D34")
    with hall.by("wang") as ctx:
        assessors.train(ctx, yu, kind, "考核业务", day(3, 9), day(3, 13), "结业")
    with hall.by("gao", reading=True) as ctx:
        (made,) = assessors.trainings(ctx)[yu]
        assert (made.kind, made.topic, made.from_date, made.to_date) == (kind, "考核业务", day(3, 9), day(3, 13))
        assert (made.outcome, made.recorded_by) == ("结业", "wang")


def test_a_training_without_topic_or_ahead_is_refused(hall: Office) -> None:
    yu = enrol(hall, "yu", "D34")
    for topic, begin, end in (
        (" ", day(3, 9), day(3, 9)),
        ("业务", day(3, 9), day(3, 8)),
        ("业务", day(5, 4), day(5, 8)),
    ):
        with refusal(hall, Invalid, "wang") as ctx:
            assessors.train(ctx, yu, TrainingKind.COURSE, topic, begin, end)


def test_a_person_reads_their_own_entry_and_those_who_oversee_read_all(hall: Office) -> None:
    yu = enrol(hall, "yu", "D34")
    with hall.by("yu", reading=True) as ctx:
        assert [each.id for each in assessors.roster(ctx)] == [yu]
    with hall.by("xu", reading=True) as ctx:
        assert assessors.roster(ctx) == []
    with refusal(hall, NotFound, "xu") as ctx:
        assessors.get(ctx, yu)
    for account in ("sun", "yu"):
        with refusal(hall, access.NotYours, account) as ctx:
            assessors.enrol(ctx, "xu", AssessorKind.PART_TIME, "D32", "", day(4, 1))
    with refusal(hall, UnknownPerson, "wang") as ctx:
        assessors.enrol(ctx, "nobody", AssessorKind.PART_TIME, "D32", "", day(4, 1))
