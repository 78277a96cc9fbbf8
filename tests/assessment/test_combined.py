"""Several assessments as one: one visit, one upload for several parts, everything counted."""

import pytest

from engine import access
from engine.assessment import annual_plan, combined
from engine.assessment.combined import CombinedAssessment, CombinedClosed, HandedInBefore, PartTaken, SecondVisit
from engine.assessment.evidence import NotYourFile
from engine.errors import Invalid, NotFound
from tests.assessment import hall as halls
from tests.assessment.hall import count, day, planned, refusal, upload
from tests.cast import Office

hall = halls.hall


@pytest.fixture
def parts(hall: Office) -> list[int]:
    """The county assessment, the inspection of party discipline by D39, the review of appointments for A01 alone."""
    return [
        planned(hall, "综合考核"),
        planned(hall, "从严治党专项检查", organiser="D39"),
        planned(hall, "一报告两评议", organiser="D10", units=("A01",)),
    ]


@pytest.fixture
def made(hall: Office, parts: list[int]) -> int:
    with hall.by("wang") as ctx:
        return combined.combine(ctx, 2026, "年底多考合一", parts, day(4, 13), day(5, 29)).id


def ask(office: Office, number: int, *serves: int) -> int:
    with office.by("wang") as ctx:
        return combined.ask(ctx, number, "民主生活会材料", day(4, 24), serves).id


def hand_in(office: Office, request: int, account: str, unit: str) -> int:
    file = upload(office, account)
    with office.by(account) as ctx:
        return combined.hand_in(ctx, request, unit, "已整理", [file]).id


@pytest.mark.requirement("A4")
def test_one_upload_serves_every_part_that_its_request_names(hall: Office, parts: list[int], made: int) -> None:
    request = ask(hall, made, *parts)
    handed = hand_in(hall, request, "zhang", "A01")
    with hall.by("wang", reading=True) as ctx:
        held = combined.get(ctx, made)
        assert [[each.id for each in combined.materials(ctx, held, part)] for part in parts] == [[handed]] * 3


@pytest.mark.requirement("A4")
def test_visits_and_requests_are_counted_beside_what_the_parts_alone_would_have_made(
    hall: Office, parts: list[int], made: int
) -> None:
    request = ask(hall, made, *parts)
    hand_in(hall, request, "zhang", "A01")
    with hall.by("sun") as ctx:
        combined.visit(ctx, made, "A01", day(4, 17), "孙立、林静", parts)
        combined.visit(ctx, made, "A02", day(4, 20), "孙立", parts[:2])
    with hall.by("wang", reading=True) as ctx:
        lines = {each.unit: each for each in combined.burdens(ctx, combined.get(ctx, made))}
    # A01 is assessed by all three parts, A02 by the first two.
    first, second = lines["A01"], lines["A02"]
    assert (first.visits, first.visits_apart, second.visits, second.visits_apart) == (1, 3, 1, 2)
    assert (first.requests, first.requests_apart, first.handed_in) == (1, 3, 1)
    assert (second.requests, second.requests_apart, second.handed_in) == (1, 2, 0)


@pytest.mark.requirement("A4")
def test_a_second_visit_needs_its_reason_and_is_counted(hall: Office, parts: list[int], made: int) -> None:
    with hall.by("wang") as ctx:
        combined.visit(ctx, made, "A01", day(4, 15), "王敏", parts)
    with refusal(hall, SecondVisit, "wang") as ctx:
        combined.visit(ctx, made, "A01", day(4, 20), "王敏", parts)
    with hall.by("wang") as ctx:
        combined.visit(ctx, made, "A01", day(4, 20), "王敏", parts[:1], again="核实线索")
        assert [each.visits for each in combined.burdens(ctx, combined.get(ctx, made))] == [2, 0]


@pytest.mark.requirement("A2")
def test_parts_of_one_combined_assessment_no_longer_assess_a_unit_twice(hall: Office) -> None:
    entries = [
        planned(hall, "安全考核", organiser="D10", subject="安全", from_date=day(5, 4), to_date=day(5, 8)),
        planned(hall, "安全检查", organiser="D34", subject="安全", from_date=day(5, 6), to_date=day(5, 7)),
    ]
    with hall.by("wang") as ctx:
        assert len(annual_plan.duplicates(ctx, 2026)) == 1
        combined.combine(ctx, 2026, "安全合并考核", entries, day(5, 6), day(5, 8))
        assert annual_plan.duplicates(ctx, 2026) == []


@pytest.mark.requirement("A1")
def test_a_part_must_stand_in_the_approved_plan(hall: Office, parts: list[int]) -> None:
    with hall.by("wang") as ctx:
        loose = annual_plan.propose(ctx, 2026, annual_plan.Draft("临时检查", "D10", "临时", "9号")).id
    with refusal(hall, annual_plan.NotInPlan, "wang") as ctx:
        combined.combine(ctx, 2026, "合并", [parts[0], loose], day(5, 6), day(5, 8))
    assert count(hall, CombinedAssessment) == 0


def test_a_part_belongs_to_one_combined_assessment(hall: Office, parts: list[int], made: int) -> None:
    with refusal(hall, PartTaken, "wang") as ctx:
        combined.combine(ctx, 2026, "再合并", parts[:2], day(6, 1), day(6, 2))


def test_one_part_is_no_combination_and_only_the_lead_makes_one(hall: Office, parts: list[int]) -> None:
    with refusal(hall, Invalid, "wang") as ctx:
        combined.combine(ctx, 2026, "合并", parts[:1], day(6, 1), day(6, 2))
    with refusal(hall, access.NotYours, "qian") as ctx:
        combined.combine(ctx, 2026, "合并", parts, day(6, 1), day(6, 2))


def test_a_unit_hands_in_once_for_itself_and_what_comes_late_is_marked(
    hall: Office, parts: list[int], made: int
) -> None:
    request = ask(hall, made, *parts)
    hand_in(hall, request, "zhang", "A01")
    with refusal(hall, HandedInBefore, "chen") as ctx:
        combined.hand_in(ctx, request, "A01", "再交", [1])
    with refusal(hall, access.NotYours, "zhang") as ctx:
        combined.hand_in(ctx, request, "A02", "代交", [1])
    with refusal(hall, NotYourFile, "wu") as ctx:
        combined.hand_in(ctx, request, "A02", "别人的材料", [1])
    hall.wait(days=5)
    hand_in(hall, request, "wu", "A02")
    with hall.by("wang", reading=True) as ctx:
        found = combined.materials(ctx, combined.get(ctx, made))
        assert [(each.unit, each.is_late) for each in found] == [("A01", False), ("A02", True)]


def test_a_unit_reads_its_own_material_and_an_organiser_that_of_its_part(
    hall: Office, parts: list[int], made: int
) -> None:
    own = hand_in(hall, ask(hall, made, *parts), "zhang", "A01")
    seen = {"zhang": [own], "wu": [], "cao": [own], "xu": None}
    for account, expected in seen.items():
        if expected is None:
            with refusal(hall, NotFound, account) as ctx:
                combined.get(ctx, made)
            continue
        with hall.by(account, reading=True) as ctx:
            assert [each.id for each in combined.materials(ctx, combined.get(ctx, made))] == expected
    with refusal(hall, NotFound, "wu") as ctx:
        combined.material(ctx, own)


def test_nothing_is_asked_or_handed_in_any_more_once_it_is_closed(hall: Office, parts: list[int], made: int) -> None:
    request = ask(hall, made, *parts)
    with hall.by("wang") as ctx:
        combined.close(ctx, made)
    with refusal(hall, CombinedClosed, "wang") as ctx:
        combined.ask(ctx, made, "补充材料", day(5, 1), parts)
    with refusal(hall, CombinedClosed, "zhang") as ctx:
        combined.hand_in(ctx, request, "A01", "迟交", [1])


def test_a_visit_lies_within_the_window_and_not_ahead(hall: Office, parts: list[int], made: int) -> None:
    for wrong in (day(4, 10), day(4, 21)):
        with refusal(hall, Invalid, "wang") as ctx:
            combined.visit(ctx, made, "A01", wrong, "王敏", parts)
