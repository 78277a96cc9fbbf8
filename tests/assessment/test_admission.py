"""Indicators are admitted before they carry weight: by three different people, with a paper, until a day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import access, importing
from engine.assessment import admission, hands, indicators, rules
from engine.assessment.admission import Admission, AdmissionMoved, AdmissionUnderWay, NotAdmitted
from engine.errors import Invalid, NotFound
from engine.importing import ImportRefused
from tests.assessment import hall as halls
from tests.assessment import years
from tests.assessment.hall import count, day, refusal
from tests.assessment.town import Town
from tests.cast import Office
from tests.test_importing import GDP, INDICATORS, bring, cycle, sent

hall = halls.hall
COUNTY = "county"


@pytest.fixture
def january(tmp_path: Path) -> Iterator[Town]:
    with years.begun(tmp_path) as town:
        yield town


def propose(office: Office, code: str = "E99", by: str = "qian") -> int:
    with office.by(by) as ctx:
        return admission.propose(ctx, COUNTY, "D10", code, "数字经济增加值", "云政办〔2026〕8号").id


def forward(office: Office, number: int, by: str = "wang") -> None:
    with office.by(by) as ctx:
        admission.review(ctx, number, forwarded=True, note="符合准入条件")


def decide(office: Office, number: int, by: str = "gao", **changed: Any) -> None:
    given: dict[str, Any] = {"admitted": True, "document": "云考领〔2026〕6号", "expires_on": date(2028, 12, 31)}
    with office.by(by) as ctx:
        admission.decide(ctx, number, **given | changed)


def admitted(office: Office, code: str = "E99", **changed: Any) -> int:
    number = propose(office, code)
    forward(office, number)
    decide(office, number, **changed)
    return number


def carried(office: Office, *codes: str) -> list[tuple[int, str]]:
    """Import indicators of equal weight; row and column of those that may carry none."""
    weight = str(100 // len(codes))
    text = INDICATORS + "".join(GDP.format(code, code, weight) for code in codes)
    try:
        bring(office, indicators=text)
    except ImportRefused as refused:
        assert {each.message.template for each in refused.problems} == {NotAdmitted.__doc__}
        return [(each.row, each.column) for each in refused.problems]
    return []


# ---- the procedure


@pytest.mark.requirement("A3")
def test_a_unit_proposes_the_lead_reviews_and_the_leading_group_admits(hall: Office) -> None:
    number = admitted(hall)
    with hall.by("qian", reading=True) as ctx:
        made = admission.get(ctx, number)
        assert (made.status, made.basis, made.document) == ("admitted", "云政办〔2026〕8号", "云考领〔2026〕6号")
        assert (made.proposed_by, made.reviewed_by, made.decided_by) == ("qian", "wang", "gao")
        assert (made.decided_at, made.expires_on) == (hall.now, date(2028, 12, 31))
        acts = years.acts(ctx, "admission.decide")
    assert acts == [
        {"admission": number, "outcome": "admitted", "document": "云考领〔2026〕6号", "expires_on": "2028-12-31"}
    ]


@pytest.mark.requirement("A3")
def test_proposer_reviewer_and_approver_are_three_people(hall: Office) -> None:
    with hall.by() as ctx:
        halls.appoint_as(ctx, "qian", "lead", "D01")
        halls.appoint_as(ctx, "qian", "committee", "LXZ")
        halls.appoint_as(ctx, "wang", "committee", "LXZ")
    number = propose(hall)
    with refusal(hall, hands.OwnWork, "qian") as ctx:
        admission.review(ctx, number, forwarded=True, note="")
    forward(hall, number)
    for account in ("qian", "wang"):
        with refusal(hall, hands.OwnWork, account) as ctx:
            admission.decide(ctx, number, admitted=True, document="6号", expires_on=date(2028, 12, 31))
    with refusal(hall, access.NotYours, "ma") as ctx:
        admission.decide(ctx, number, admitted=True, document="6号", expires_on=date(2028, 12, 31))
    decide(hall, number, "fang")


def test_only_the_unit_itself_proposes_and_only_the_lead_reviews(hall: Office) -> None:
    with refusal(hall, access.NotYours, "wang") as ctx:
        admission.propose(ctx, COUNTY, "D10", "E99", "数字经济", "8号")
    number = propose(hall)
    with refusal(hall, access.NotYours, "gao") as ctx:
        admission.review(ctx, number, forwarded=True, note="")


def test_nothing_is_skipped_and_nothing_decided_twice(hall: Office) -> None:
    number = propose(hall)
    with refusal(hall, AdmissionMoved, "gao") as ctx:
        admission.decide(ctx, number, admitted=True, document="6号", expires_on=date(2028, 12, 31))
    with refusal(hall, AdmissionUnderWay, "zhao") as ctx:
        admission.propose(ctx, COUNTY, "D10", "E99", "数字经济", "8号")
    forward(hall, number)
    decide(hall, number)
    with refusal(hall, AdmissionMoved, "fang") as ctx:
        admission.decide(ctx, number, admitted=False, document="7号", note="不再需要")


@pytest.mark.parametrize(
    "wrong",
    [{"document": " "}, {"expires_on": None}, {"expires_on": day(4, 20)}, {"admitted": False}],
)
def test_a_decision_is_dated_expires_and_a_refusal_has_its_reason(hall: Office, wrong: dict[str, Any]) -> None:
    number = propose(hall)
    forward(hall, number)
    with pytest.raises(Invalid):
        decide(hall, number, **wrong)


def test_another_unit_does_not_read_it(hall: Office) -> None:
    number = propose(hall)
    with refusal(hall, NotFound, "li") as ctx:
        admission.get(ctx, number)
    with hall.by("li", reading=True) as ctx:
        assert admission.of_package(ctx, COUNTY) == []


# ---- what it keeps out


@pytest.mark.requirement("A3")
def test_an_indicator_on_its_way_or_refused_carries_no_weight(hall: Office) -> None:
    number = propose(hall)
    assert carried(hall, "E01", "E99") == [(3, "code")]
    forward(hall, number)
    assert carried(hall, "E01", "E99") == [(3, "code")]
    decide(hall, number, admitted=False, note="口径不清")
    assert carried(hall, "E01", "E99") == [(3, "code")]
    assert count(hall, Admission) == 1, "what is refused adopts nothing"
    assert carried(hall, "E01") == []


@pytest.mark.requirement("A3")
def test_an_admission_that_ends_before_the_last_figures_carries_no_weight(hall: Office) -> None:
    admitted(hall, "E98", expires_on=date(2026, 12, 30))
    admitted(hall, "E99", expires_on=date(2026, 12, 31))
    # The figures of the year are those of 31 December.
    assert carried(hall, "E98", "E99") == [(2, "code")]


@pytest.mark.requirement("A3")
def test_an_issued_system_admits_what_is_new_by_its_paper_for_its_year(hall: Office) -> None:
    assert carried(hall, "E01", "E02") == []
    with hall.by("wang", reading=True) as ctx:
        found = admission.histories(ctx, COUNTY, ["E01", "E02"])
    (first,) = found["E01"]
    assert (first.adopted, first.status, first.basis) == (True, "admitted", "indicators.csv 2026")
    assert (first.unit, first.expires_on) == ("D10", date(2026, 12, 31))
    assert carried(hall, "E01", "E02") == [] and count(hall, Admission) == 2, "once"


def test_a_new_proposal_leaves_what_holds_in_force(hall: Office) -> None:
    admitted(hall)
    number = propose(hall)
    forward(hall, number)
    decide(hall, number, admitted=False, note="已准入")
    assert carried(hall, "E01", "E99") == []


@pytest.mark.requirement("A3")
def test_the_booklet_is_not_issued_with_an_indicator_that_is_not_admitted(january: Town) -> None:
    with january.by() as ctx:
        held = admission.histories(ctx, "county_leadership", ["E13"])["E13"]
        held[0].expires_on = date(2026, 6, 30)
        assert [each.code for each in admission.unadmitted(ctx, january.cycle(ctx))] == ["E13"]
    with january.refusal(NotAdmitted) as ctx:
        rules.issue(ctx, january.cycle(ctx))
    with january.by() as ctx:
        admission.histories(ctx, "county_leadership", ["E13"])["E13"][0].expires_on = date(2026, 12, 31)
    with january.by() as ctx:
        rules.issue(ctx, january.cycle(ctx))


def test_an_indicator_without_weight_needs_no_admission(hall: Office) -> None:
    assert carried(hall, "E01") == []
    with hall.by() as ctx:
        used = indicators.find(ctx, cycle(ctx), "E01")
        used.weights = []
        for each in admission.histories(ctx, COUNTY, ["E01"])["E01"]:
            ctx.session.delete(each)
        ctx.session.flush()
        assert admission.unadmitted(ctx, cycle(ctx)) == []
        assert importing.import_files(ctx, sent({}), cycle(ctx)) == {}
