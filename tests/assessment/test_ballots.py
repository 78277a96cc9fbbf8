"""Votes: one ballot a link, no way from a ballot to a voter, rules for invalid ones, a weighted result."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import NotYours
from engine.assessment import ballots, indicators, plans, readings, snapshots
from engine.assessment.ballots import (
    AlreadyClosed,
    Ballot,
    InvalidBallot,
    LinkUsed,
    NotVoting,
    Outcome,
    Plan,
    StillVoting,
    VotingLink,
)
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, moment
from tests.assessment.years import begun

OPENS, CLOSES = moment("2027-01-11 08:00"), moment("2027-01-15 18:00")
SUBJECTS = [{"code": code, "name": f"{code}区", "kind": "unit"} for code in ("A01", "A02")]
#: Chiefs weigh 0.4, staff 0.6.
PLAN = Plan(
    title="领导班子民主测评",
    kind="democratic_review",
    period="2026",
    subjects=SUBJECTS,
    options=[("优秀", Decimal(100)), ("称职", Decimal(80)), ("不称职", Decimal(40))],
    classes=[("chief", "主要领导", Decimal("0.4")), ("staff", "干部", Decimal("0.6"))],
    opens_at=OPENS,
    closes_at=CLOSES,
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Voting is open since an hour."""
    with begun(tmp_path) as made:
        made.now = moment("2027-01-11 09:00")
        yield made


def make(town: Town, **changed: Any) -> int:
    with town.by("lead1") as ctx:
        return ballots.make(ctx, town.cycle(ctx), replace(PLAN, **changed)).id


def links(town: Town, evaluation: int, voters: str, count: int) -> list[str]:
    with town.by("lead1") as ctx:
        return ballots.issue(ctx, town.cycle(ctx), evaluation, voters, count)


def cast(town: Town, token: str, first: str, second: str, **more: Any) -> bool:
    with town.by() as ctx:
        return ballots.cast(ctx, token, {"A01": first, "A02": second}, **more)


def close(town: Town, evaluation: int) -> None:
    with town.by("lead1") as ctx:
        ballots.close(ctx, town.cycle(ctx), evaluation)


def outcomes(town: Town, evaluation: int) -> dict[str, Outcome]:
    with town.by("lead1", reading=True) as ctx:
        held = ballots.get(ctx, town.cycle(ctx), evaluation)
        return {each.subject: each for each in ballots.outcomes(ctx, held)}


def voted(town: Town, **changed: Any) -> int:
    """Three chiefs and four of five staff have voted, and voting is over."""
    held = make(town, **changed)
    for token, marks in zip(links(town, held, "chief", 3), (("优秀", "称职"),) * 2 + (("称职", "称职"),), strict=True):
        cast(town, token, *marks)
    staff = (("优秀", "不称职"), ("称职", "优秀"), ("称职", "称职"), ("不称职", "称职"))
    for token, marks in zip(links(town, held, "staff", 5), staff, strict=False):
        cast(town, token, *marks)
    town.now = CLOSES
    close(town, held)
    return held


@pytest.mark.requirement("H4")
def test_each_class_has_its_mean_and_the_classes_their_weights(town: Town) -> None:
    found = outcomes(town, voted(town))
    # A01: chiefs (100 + 100 + 80) / 3, staff (100 + 80 + 80 + 40) / 4 = 75: 280/3 · 0.4 + 75 · 0.6 = 82.333333.
    assert (found["A01"].score, found["A01"].rank) == (Decimal("82.333333"), 1)
    # A02: chiefs 80, staff (40 + 100 + 80 + 80) / 4 = 75: 32 + 45.
    assert (found["A02"].score, found["A02"].rank) == (Decimal(77), 2)
    votes = found["A01"].votes
    assert votes is not None
    assert votes["staff"] == {"优秀": 1, "称职": 2, "不称职": 1} and votes["chief"] == {
        "优秀": 2,
        "称职": 1,
        "不称职": 0,
    }


@pytest.mark.requirement("H4")
def test_a_link_counts_once(town: Town) -> None:
    held = make(town)
    (token,) = links(town, held, "chief", 1)
    assert cast(town, token, "优秀", "称职")
    with town.refusal(LinkUsed) as ctx:
        ballots.cast(ctx, token, {"A01": "称职", "A02": "称职"})
    with town.refusal(LinkUsed) as ctx:
        ballots.by_link(ctx, token)
    with town.refusal(NotFound) as ctx:
        ballots.cast(ctx, "no-such-link", {"A01": "称职", "A02": "称职"})
    with town.by("lead1", reading=True) as ctx:
        (chief, staff) = ballots.counts(ctx, ballots.get(ctx, town.cycle(ctx), held))
        assert (chief.issued, chief.cast, chief.valid, staff.issued) == (1, 1, None, 0)


@pytest.mark.requirement("H4")
def test_nothing_in_the_database_leads_from_a_ballot_to_a_link_or_a_time(town: Town) -> None:
    held = make(town)
    tokens = links(town, held, "staff", 12)
    for number, token in enumerate(tokens):
        town.now = moment(f"2027-01-11 09:{number + 10}")
        cast(town, token, "优秀" if number % 2 else "称职", "称职")
    columns = {each.name for each in Ballot.__table__.columns}
    assert columns == {"key", "evaluation_id", "voters", "marks", "valid", "fault"}
    assert {each.name for each in VotingLink.__table__.columns} == {"digest", "evaluation_id", "voters", "used"}
    with closing(sqlite3.connect(town.database.engine.url.database or "")) as connection:
        text = "\n".join(connection.iterdump())
        rows = [marks for (marks,) in connection.execute("SELECT marks FROM ballot")]
        for table in ("ballot", "voting_link"):
            with pytest.raises(sqlite3.OperationalError, match="rowid"):
                connection.execute(f"SELECT rowid FROM {table}")
    # No secret is kept; the digests are not in the order in which the links were given out; nobody is recorded as voting.
    assert not any(token in text for token in tokens)
    with town.by(reading=True) as ctx:
        kept = list(ctx.session.scalars(select(VotingLink.digest)))
    digests = [hashlib.sha256(token.encode()).hexdigest() for token in tokens]
    assert sorted(kept) == sorted(digests) and kept != digests
    assert len(rows) == 12
    assert town.acts("ballot.cast", "evaluation.cast") == []


def test_at_the_closing_nothing_is_lost_by_writing_all_anew(town: Town) -> None:
    held = voted(town)
    with town.by("lead1", reading=True) as ctx:
        kept = ballots.counts(ctx, ballots.get(ctx, town.cycle(ctx), held))
        assert [(each.issued, each.cast, each.valid) for each in kept] == [(3, 3, 3), (5, 4, 4)]


@pytest.mark.requirement("H4")
@pytest.mark.parametrize(
    ("changed", "marks"),
    [
        ({}, {"A01": "优秀"}),
        ({}, {"A01": "优秀", "A02": "良好"}),
        ({"most_best": 1}, {"A01": "优秀", "A02": "优秀"}),
        ({"flat_invalid": True}, {"A01": "称职", "A02": "称职"}),
    ],
    ids=["somebody left out", "unknown grade", "too many best", "all the same"],
)
def test_a_ballot_against_the_rules_is_given_back_first_and_then_counts_as_invalid(
    town: Town, changed: dict[str, Any], marks: dict[str, str]
) -> None:
    held = make(town, **changed)
    (token,) = links(town, held, "chief", 1)
    with town.refusal(InvalidBallot) as ctx:
        ballots.cast(ctx, token, marks)
    with town.by() as ctx:
        assert not ballots.cast(ctx, token, marks, as_it_is=True)
    town.now = CLOSES
    close(town, held)
    with town.by("lead1", reading=True) as ctx:
        known = ballots.get(ctx, town.cycle(ctx), held)
        assert [each.valid for each in ballots.counts(ctx, known)] == [0, 0]
        assert list(ballots.faults(ctx, known).values()) == [1]
    assert {each.score for each in outcomes(town, held).values()} == {None}


def test_ballots_are_cast_between_the_dates_and_read_after_the_last(town: Town) -> None:
    town.now = moment("2027-01-11 07:59")
    held = make(town)
    first, second, third = links(town, held, "chief", 3)
    with town.refusal(NotVoting) as ctx:
        ballots.cast(ctx, first, {"A01": "优秀", "A02": "称职"})
    town.now = OPENS
    cast(town, first, "优秀", "称职")
    with town.refusal(StillVoting, "lead1") as ctx:
        ballots.close(ctx, town.cycle(ctx), held)
    with town.refusal(StillVoting, "lead1") as ctx:
        ballots.outcomes(ctx, ballots.get(ctx, town.cycle(ctx), held))
    town.now = CLOSES
    with town.refusal(NotVoting) as ctx:
        ballots.cast(ctx, second, {"A01": "优秀", "A02": "称职"})
    close(town, held)
    with town.refusal(AlreadyClosed, "lead1") as ctx:
        ballots.close(ctx, town.cycle(ctx), held)
    with town.refusal(AlreadyClosed, "lead1") as ctx:
        ballots.issue(ctx, town.cycle(ctx), held, "chief", 1)
    assert third


def test_when_every_link_is_used_voting_can_end_before_its_date(town: Town) -> None:
    held = make(town)
    for voters in ("chief", "staff"):
        for token in links(town, held, voters, 3):
            cast(town, token, "优秀", "称职")
    close(town, held)
    assert outcomes(town, held)["A01"].score == 100


def test_with_two_voters_in_a_class_only_the_score_is_told(town: Town) -> None:
    held = make(town)
    for voters, count in (("chief", 2), ("staff", 5)):
        for token in links(town, held, voters, count):
            cast(town, token, "优秀", "称职")
    close(town, held)
    assert {(each.score, each.votes) for each in outcomes(town, held).values()} == {(100, None), (80, None)}


def test_only_the_lead_holds_a_vote_and_others_do_not_see_it(town: Town) -> None:
    for account in ("inspector1", "a01_leader", "d32_leader"):
        with town.refusal(NotYours, account) as ctx:
            ballots.make(ctx, town.cycle(ctx), PLAN)
    held = make(town)
    for account in ("a01_leader", "d32_leader"):
        with town.by(account, reading=True) as ctx:
            assert ballots.of_cycle(ctx, town.cycle(ctx)) == []
        with town.refusal(NotYours, account) as ctx:
            ballots.issue(ctx, town.cycle(ctx), held, "chief", 1)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"kind": "show_of_hands"}, "kind"),
        ({"period": ""}, "period"),
        ({"subjects": []}, "subjects"),
        ({"subjects": [{"code": "D01", "name": "发改委", "kind": "unit"}]}, "subjects"),
        ({"options": [("优秀", Decimal(100))]}, "options"),
        ({"options": [("称职", Decimal(80)), ("优秀", Decimal(100))]}, "options"),
        ({"classes": [("chief", "主要领导", Decimal("0.9"))]}, "classes"),
        ({"classes": [("a", "甲", Decimal(0)), ("b", "乙", Decimal(1))]}, "classes"),
        ({"closes_at": OPENS}, "closes_at"),
        ({"kind": "third_party"}, "means"),
        ({"most_best": 0}, "most_best"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_a_plan_that_cannot_be_voted_on_is_refused_with_its_field(
    town: Town, changed: dict[str, Any], field: str
) -> None:
    with town.refusal(Invalid, "lead1") as ctx:
        try:
            ballots.make(ctx, town.cycle(ctx), replace(PLAN, **changed))
        except Invalid as error:
            assert list(error.fields) == [field]
            raise


@pytest.mark.requirement("M2")
def test_a_panel_of_third_parties_judges_from_what_is_named(town: Town) -> None:
    panel = [
        ("expert", "专家", Decimal("0.5")),
        ("npc", "人大代表", Decimal("0.3")),
        ("cppcc", "政协委员", Decimal("0.2")),
    ]
    held = make(town, kind="third_party", classes=panel, means=["documents", "site_visit", "questionnaire"])
    for voters, grade in (("expert", "优秀"), ("npc", "称职"), ("cppcc", "不称职")):
        (token,) = links(town, held, voters, 1)
        cast(town, token, grade, "称职")
    close(town, held)
    # 50 + 24 + 8.
    assert outcomes(town, held)["A01"].score == 82


@pytest.mark.requirement("H5")
def test_persons_are_evaluated_by_the_quarter_as_teams_are_by_the_year(town: Town) -> None:
    people = [{"code": "p1", "name": "张三", "kind": "person"}, {"code": "p2", "name": "李四", "kind": "person"}]
    held = make(town, period="2027-Q1", subjects=people)
    for voters in ("chief", "staff"):
        for token in links(town, held, voters, 3):
            with town.by() as ctx:
                ballots.cast(ctx, token, {"p1": "优秀", "p2": "称职"})
    close(town, held)
    assert {name: each.score for name, each in outcomes(town, held).items()} == {"p1": 100, "p2": 80}
    with town.refusal(Invalid, "lead1") as ctx:
        ballots.make(ctx, town.cycle(ctx), replace(PLAN, subjects=people, indicator="S07"))


@pytest.mark.requirement("H4")
@pytest.mark.parametrize("method", ["voter_class_mix", "panel_mean"])
def test_the_result_becomes_the_score_of_its_indicator_by_the_hands_that_answer_for_it(town: Town, method: str) -> None:
    weights = {"weights": {"chief": "0.4", "staff": "0.6"}, "values": {"优秀": "100", "称职": "80", "不称职": "40"}}
    with town.by() as ctx:
        cycle = town.cycle(ctx)
        used = indicators.find(ctx, cycle, "S07")
        used.method, used.params = method, weights if method == "voter_class_mix" else {}
        plans.annual_round(ctx, cycle).opened_at = town.now
    held = voted(town, indicator="S07")
    with town.refusal(NotFound, "d01_clerk") as ctx:
        ballots.take_over(ctx, town.cycle(ctx), held, plans.annual_round(ctx, town.cycle(ctx)))
    with town.refusal(NotYours, "lead1") as ctx:
        ballots.take_over(ctx, town.cycle(ctx), held, plans.annual_round(ctx, town.cycle(ctx)))
    with town.by("d32_clerk") as ctx:
        cycle = town.cycle(ctx)
        annual = plans.annual_round(ctx, cycle)
        assert ballots.take_over(ctx, cycle, held, annual) == 2
        readings.submit(ctx, cycle, annual, "D32", None)
    with town.by("d32_leader") as ctx:
        cycle = town.cycle(ctx)
        annual = plans.annual_round(ctx, cycle)
        readings.sign(ctx, cycle, annual, "D32", "signed", None)
        frozen = snapshots.freeze(ctx, cycle, annual)
        scores = {row.unit: row.score for row in snapshots.rows(ctx, frozen) if row.cycle_indicator_id == used.id}
    assert (scores["A01"], scores["A02"], scores["A03"]) == (Decimal("82.333333"), Decimal(77), None)
