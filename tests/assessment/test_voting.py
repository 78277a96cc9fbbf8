"""Votes of appointed voters: one right each, one link each, nobody's ballot known, void below the needed share."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import audit
from engine.access import NotYours
from engine.assessment import ballots, judged, readings, voting
from engine.assessment.ballots import Ballot, InvalidBallot, NotVoting, Plan, VotingLink
from engine.assessment.voting import ByCallOnly, NobodyVotes, NotVoted, VotedBefore, VotingRight
from engine.errors import Invalid, NotFound
from tests.assessment.town import Town, moment
from tests.assessment.years import begun, collecting

OPENS, CLOSES = moment("2026-03-16 08:00"), moment("2026-03-18 18:00")
SUBJECTS = [{"code": code, "name": f"{code}区", "kind": "unit"} for code in ("A01", "A02")]
PLAN = Plan(
    title="民主测评",
    kind="democratic_review",
    period="2026",
    subjects=SUBJECTS,
    options=[("好", Decimal(100)), ("较好", Decimal(85)), ("差", Decimal(50))],
    classes=[("top", "领导小组", Decimal("0.4")), ("watch", "督考员", Decimal("0.6"))],
    opens_at=OPENS,
    closes_at=CLOSES,
)
GROUPS = {"top": "committee", "watch": "supervisor"}
VOTERS = ["committee1", "committee2", "committee3", "supervisor1", "supervisor2", "supervisor3"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Voting is open since an hour."""
    with begun(tmp_path) as made:
        made.now = moment("2026-03-16 09:00")
        yield made


def call(town: Town, fewest: str | None = None, groups: Mapping[str, str] = GROUPS) -> int:
    with town.by("lead1") as ctx:
        return voting.call(ctx, town.cycle(ctx), PLAN, groups, Decimal(fewest) if fewest else None).id


def vote(town: Town, evaluation: int, account: str, first: str, second: str = "好") -> None:
    with town.by(account) as ctx:
        voting.vote(ctx, evaluation, {"A01": first, "A02": second}, as_it_is=True)


def close(town: Town, evaluation: int) -> list[str]:
    town.now = CLOSES
    with town.by("lead1") as ctx:
        return [each.name for each in voting.close(ctx, town.cycle(ctx), evaluation)]


@pytest.mark.requirement("H4", "M1")
def test_those_called_vote_once_each_in_the_class_of_their_role(town: Town) -> None:
    evaluation = call(town)
    assert all(town.told(account, "vote.called") for account in VOTERS)
    for account in VOTERS[:3]:
        vote(town, evaluation, account, "好")
    for account in VOTERS[3:]:
        vote(town, evaluation, account, "较好")
    assert close(town, evaluation) == []
    with town.by("lead1", reading=True) as ctx:
        held = ballots.get(ctx, town.cycle(ctx), evaluation)
        first, _ = ballots.outcomes(ctx, held)
        assert first.score == Decimal("91.000000")  # 100 x 0.4 + 85 x 0.6
        assert voting.voters(ctx, held) == VOTERS
        assert [(each.entitled, each.valid) for each in voting.turnout(ctx, held)] == [(3, 3), (3, 3)]


def test_a_voter_has_one_ballot_and_nothing_leads_from_one_to_the_other(town: Town) -> None:
    evaluation = call(town)
    vote(town, evaluation, "committee1", "差")
    with town.refusal(VotedBefore, "committee1") as ctx:
        voting.vote(ctx, evaluation, {"A01": "好", "A02": "好"})
    with town.refusal(NotFound, "a01_clerk") as ctx:
        voting.vote(ctx, evaluation, {"A01": "好", "A02": "好"})
    with town.by(reading=True) as ctx:
        written = [str(vars(each)) for table in (VotingLink, Ballot) for each in ctx.session.scalars(select(table))]
        assert len(written) == 2
        assert not any("committee1" in each for each in written)
        assert not any(each.actor == "committee1" for each in ctx.session.scalars(select(audit.Entry)))
        columns = {column.key for column in VotingRight.__mapper__.column_attrs}
        assert columns == {"evaluation_id", "account", "voters", "voted"}


def test_a_ballot_against_the_rules_is_given_back_and_the_right_stays(town: Town) -> None:
    evaluation = call(town)
    with town.refusal(InvalidBallot, "committee1") as ctx:
        voting.vote(ctx, evaluation, {"A01": "好"})
    with town.by("committee1") as ctx:
        assert voting.vote(ctx, evaluation, {"A01": "好"}, as_it_is=True) is False


def test_no_links_are_made_where_voters_are_called_by_name(town: Town) -> None:
    evaluation = call(town)
    with town.refusal(ByCallOnly, "lead1") as ctx:
        voting.issue(ctx, town.cycle(ctx), evaluation, "top", 3)
    with town.by("lead1") as ctx:
        handed_out = ballots.make(ctx, town.cycle(ctx), PLAN)
        assert len(voting.issue(ctx, town.cycle(ctx), handed_out.id, "top", 3)) == 3


def test_nobody_votes_before_and_after_the_time(town: Town) -> None:
    evaluation = call(town)
    for wrong in (moment("2026-03-16 07:59"), CLOSES):
        town.now = wrong
        with town.refusal(NotVoting, "committee1") as ctx:
            voting.vote(ctx, evaluation, {"A01": "好", "A02": "好"})


def test_a_task_to_vote_is_done_only_by_who_has_voted(town: Town) -> None:
    evaluation = call(town)
    with town.refusal(NotVoted, "committee1") as ctx:
        voting.require_voted(ctx, evaluation, "committee1")
    with town.refusal(NotYours, "committee2") as ctx:
        voting.require_voted(ctx, evaluation, "committee1")
    vote(town, evaluation, "committee1", "好")
    with town.by("committee1", reading=True) as ctx:
        voting.require_voted(ctx, evaluation, "committee1")


def test_a_vote_of_which_too_few_of_a_class_are_valid_is_void_and_has_no_scores(town: Town) -> None:
    evaluation = call(town, fewest="0.5")
    for account in ("committee1", "committee2", "supervisor1", "supervisor2"):
        # One of the two ballots of the second class leaves a unit out: one valid of three called is under a half.
        vote(town, evaluation, account, "" if account == "supervisor2" else "好")
    assert close(town, evaluation) == ["督考员"]
    with town.by("lead1", reading=True) as ctx:
        held = ballots.get(ctx, town.cycle(ctx), evaluation)
        assert held.void
        assert [each.score for each in ballots.outcomes(ctx, held)] == [None, None]


def test_exactly_the_needed_share_is_enough(town: Town) -> None:
    evaluation = call(town, fewest="0.6666")
    for account in ("committee1", "committee2", "supervisor1", "supervisor2"):
        vote(town, evaluation, account, "好")
    assert close(town, evaluation) == []


def test_a_class_that_nobody_is_in_refuses_the_vote(town: Town) -> None:
    with town.refusal(NobodyVotes, "lead1") as ctx:
        voting.call(ctx, town.cycle(ctx), PLAN, {**GROUPS, "watch": "mayor"})
    with town.refusal(Invalid, "lead1") as ctx:
        voting.call(ctx, town.cycle(ctx), PLAN, {"top": "committee"})
    with town.refusal(Invalid, "lead1") as ctx:
        voting.call(ctx, town.cycle(ctx), PLAN, GROUPS, Decimal("1.1"))


def test_what_was_voted_stands_on_the_sheet_as_a_draft_and_a_void_vote_does_not(tmp_path: Path) -> None:
    with collecting(tmp_path) as town:
        with town.by("lead1") as ctx:
            marks = {
                "title": "民主测评",
                "indicator": "J01",
                "opens_at": town.now,
                "closes_at": moment("2026-04-03 18:00"),
            }
            plan = Plan(**{**{name: getattr(PLAN, name) for name in PLAN.__slots__}, **marks})
            evaluation = voting.call(ctx, town.cycle(ctx), plan, GROUPS, Decimal("0.5")).id
        for account in VOTERS:
            vote(town, evaluation, account, "较好")
        town.now = moment("2026-04-03 18:00")
        with town.by("lead1") as ctx:
            voting.close(ctx, town.cycle(ctx), evaluation)
            ballots.get(ctx, town.cycle(ctx), evaluation).void = True
        with town.by() as ctx:
            assert judged.fill(ctx, town.cycle(ctx), town.round(ctx)) == {}
            ctx.session.get_one(ballots.Evaluation, evaluation).void = False
            assert judged.fill(ctx, town.cycle(ctx), town.round(ctx)) == {"J01": 2}
            unit = next(each for each in readings.cells(ctx, town.cycle(ctx), town.round(ctx), "D35", only="J01"))
            assert unit.reading is not None
            assert (unit.unit, unit.reading.verified, unit.reading.status) == ("A01", Decimal("85.000000"), "draft")
