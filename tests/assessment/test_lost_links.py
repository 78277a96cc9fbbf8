"""A lost link is replaced: nobody votes twice by it, and nobody learns by it who has voted."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.access import NotYours
from engine.assessment import ballots, lost_links, voting
from engine.assessment.ballots import AlreadyClosed, Ballot, LinkUsed, VotingLink
from engine.assessment.lost_links import UnknownSlip, number_of
from engine.errors import Invalid, NotFound
from tests.assessment.test_ballots import CLOSES, PLAN, cast, links, make
from tests.assessment.town import Town, moment
from tests.assessment.years import begun


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Voting is open since an hour."""
    with begun(tmp_path) as made:
        made.now = moment("2027-01-11 09:00")
        yield made


def replace(town: Town, held: int, number: str, why: str = "遗失") -> tuple[str, str]:
    with town.by("lead1") as ctx:
        return lost_links.replace(ctx, town.cycle(ctx), held, number, why)


def counted(town: Town, held: int) -> list[tuple[int, int]]:
    with town.by("lead1", reading=True) as ctx:
        return [(each.issued, each.cast) for each in ballots.counts(ctx, ballots.get(ctx, town.cycle(ctx), held))]


@pytest.mark.requirement("H4")
def test_the_new_link_votes_once_and_the_old_one_opens_nothing(town: Town) -> None:
    held = make(town)
    lost, kept = links(town, held, "staff", 2)
    voters, new = replace(town, held, number_of(lost))
    assert voters == "staff" and new not in (lost, kept)
    with town.refusal(NotFound) as ctx:
        ballots.cast(ctx, lost, {"A01": "称职", "A02": "称职"})
    assert cast(town, new, "优秀", "称职")
    with town.refusal(LinkUsed) as ctx:
        ballots.cast(ctx, new, {"A01": "称职", "A02": "称职"})
    assert cast(town, kept, "优秀", "称职")
    assert counted(town, held) == [(0, 0), (2, 2)]


@pytest.mark.requirement("H4")
def test_who_has_voted_gets_no_second_ballot_by_saying_that_the_link_is_lost(town: Town) -> None:
    held = make(town)
    (token,) = links(town, held, "staff", 1)
    cast(town, token, "优秀", "称职")
    _, new = replace(town, held, number_of(token))
    with town.refusal(LinkUsed) as ctx:
        ballots.by_link(ctx, new)
    # Nor with a further one.
    _, newer = replace(town, held, number_of(new))
    with town.refusal(LinkUsed) as ctx:
        ballots.cast(ctx, newer, {"A01": "称职", "A02": "称职"})
    assert counted(town, held) == [(0, 0), (1, 1)]
    with town.by("lead1", reading=True) as ctx:
        assert len(ctx.session.scalars(select(Ballot)).all()) == 1


@pytest.mark.requirement("H4")
def test_who_gives_links_out_cannot_tell_a_used_one_from_one_that_was_not(town: Town) -> None:
    held = make(town)
    used, unused = links(town, held, "staff", 2)
    cast(town, used, "优秀", "称职")
    before = counted(town, held)
    answers = [replace(town, held, number_of(token)) for token in (used, unused)]
    assert {voters for voters, _ in answers} == {"staff"}
    assert all(re.fullmatch(r"[\w-]{32}", token) for _, token in answers)
    assert counted(town, held) == before
    first, second = town.acts("evaluation.replace")
    assert first.keys() == second.keys() == {"evaluation", "voters", "number", "why"}
    # What is recorded leads to no link that is still out.
    with town.by(reading=True) as ctx:
        digests = list(ctx.session.scalars(select(VotingLink.digest)))
    assert not any(digest.startswith(act["number"]) for digest in digests for act in (first, second))
    with town.by("lead1", reading=True) as ctx:
        assert lost_links.replaced(ctx, town.cycle(ctx), ballots.get(ctx, town.cycle(ctx), held)) == 2


def test_a_number_is_read_as_people_write_it_and_must_be_of_this_vote(town: Town) -> None:
    held, other = make(town), make(town, title="另一次测评")
    first, second = links(town, held, "chief", 2)
    assert re.fullmatch(r"[0-9A-F]{4}(-[0-9A-F]{4}){2}", number_of(first))
    replace(town, held, number_of(first).lower().replace("-", " "))
    for number in ("", "0000-0000-0000", number_of(second)[:9], first, number_of(first)):
        with town.refusal(UnknownSlip, "lead1") as ctx:
            lost_links.replace(ctx, town.cycle(ctx), held, number, "遗失")
    with town.refusal(UnknownSlip, "lead1") as ctx:
        lost_links.replace(ctx, town.cycle(ctx), other, number_of(second), "遗失")


def test_it_is_the_leads_with_a_reason_and_while_people_vote(town: Town) -> None:
    held = make(town)
    (token,) = links(town, held, "chief", 1)
    with town.refusal(NotYours, "inspector1") as ctx:
        lost_links.replace(ctx, town.cycle(ctx), held, number_of(token), "遗失")
    with town.refusal(Invalid, "lead1") as ctx:
        lost_links.replace(ctx, town.cycle(ctx), held, number_of(token), " ")
    town.now = CLOSES
    with town.refusal(AlreadyClosed, "lead1") as ctx:
        lost_links.replace(ctx, town.cycle(ctx), held, number_of(token), "遗失")


def test_a_vote_to_which_people_are_called_by_name_has_no_links_to_lose(town: Town) -> None:
    with town.by("lead1") as ctx:
        held = voting.call(ctx, town.cycle(ctx), PLAN, {"chief": "lead", "staff": "inspector"}).id
    with town.refusal(voting.ByCallOnly, "lead1") as ctx:
        lost_links.replace(ctx, town.cycle(ctx), held, "3F9A-07C2-1B4D", "遗失")
