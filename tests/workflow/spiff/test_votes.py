"""Votes: how many must agree, refusals counted as well, and an end as soon as it is decided either way."""

from decimal import Decimal
from typing import Any

import pytest

from engine.workflow import spiff
from tests.workflow.spiff.drawing import draw
from tests.workflow.spiff.walking import Begin

VOTE = "start s \n user vote each=people as=person {} \n user after \n s -> vote -> after"
FIVE = ["zhang", "li", "wang", "zhao", "qian"]
YES, NO, NEITHER = {"verdict": "agreed"}, {"verdict": "refused"}, {"verdict": "abstain"}


def voted(walks: Begin, rule: str, ballots: str, **more: Any) -> Any:
    """A walk on which the ballots were cast one after the other: y, n, or a for neither."""
    walk = walks(VOTE.format(f"prop:vote={rule}"), **{"people": FIVE, **more})
    for ballot in ballots:
        walk.complete("vote", **{"y": YES, "n": NO, "a": NEITHER}[ballot])
    return walk


@pytest.mark.parametrize(
    ("rule", "ballots", "result"),
    [
        ("all", "yyyyy", "passed"),
        ("all", "yyn", "refused"),
        ("all", "a", "refused"),
        ("any", "nny", "passed"),
        ("any", "nnnnn", "refused"),
        # Two thirds of five is 3.33: four must agree, so two who do not decide it.
        ("2/3", "yyyy", "passed"),
        ("2/3", "yynn", "refused"),
        ("2/3", "yyan", "refused"),
        ("60%", "yyy", "passed"),
        ("0.6", "nnn", "refused"),
        ("2", "nyny", "passed"),
        ("2", "nnnn", "refused"),
    ],
)
def test_a_vote_ends_as_soon_as_it_is_decided_either_way(walks: Begin, rule: str, ballots: str, result: str) -> None:
    before = voted(walks, rule, ballots[:-1])
    assert "vote" in before.open, "it was not decided before the last of these ballots"
    walk = voted(walks, rule, ballots)
    assert walk.open == ["after"]
    assert walk.machine.variables["vote_result"] == result
    counts = walk.machine.variables["vote_counts"]
    assert counts == {
        "agreed": Decimal(ballots.count("y")),
        "refused": Decimal(ballots.count("n")),
        "abstained": Decimal(ballots.count("a")),
        "voters": Decimal(5),
    }


def test_so_many_refusals_decide_it_where_the_diagram_says_so(walks: Begin) -> None:
    walk = voted(walks, "2 prop:vote_against=2", "yn")
    assert "vote" in walk.open
    walk = voted(walks, "2 prop:vote_against=2", "nn")
    assert (walk.open, walk.machine.variables["vote_result"]) == (["after"], "refused")


def test_one_more_voter_makes_the_base_larger_and_one_fewer_may_decide_it(walks: Begin) -> None:
    walk = voted(walks, "60%", "yy")
    walk.machine.add_item(walk.machine.tasks[0].id, "sun")  # four of six are needed now
    walk.complete("vote", **YES)
    assert "vote" in walk.open
    walk.machine.remove_item(walk.machine.tasks[0].id)  # three of five again
    assert (walk.open, walk.machine.variables["vote_result"]) == (["after"], "passed")


def test_in_sequence_the_others_are_not_asked_any_more(walks: Begin) -> None:
    walk = voted(walks, "any sequential", "ny")
    assert (walk.open, walk.visited) == (["after"], ["vote", "vote"])


def test_a_ballot_that_says_nothing_is_refused_and_nothing_has_moved(walks: Begin) -> None:
    walk = voted(walks, "all", "y")
    with pytest.raises(spiff.NoVote):
        walk.machine.complete(walk.machine.tasks[0].id, {"opinion": "fine"})
    assert walk.open == ["vote"] * 4


def test_the_field_and_its_words_are_drawn(walks: Begin) -> None:
    drawn = "prop:vote=1 prop:vote_field=stance prop:vote_agrees=赞成 prop:vote_abstains=弃权"
    walk = walks(VOTE.format(drawn), people=["zhang", "li"])
    walk.complete("vote", stance="弃权")
    walk.complete("vote", stance="赞成")
    assert walk.machine.variables["vote_counts"]["abstained"] == 1
    assert walk.machine.variables["vote_result"] == "passed"


@pytest.mark.parametrize(("rule", "people"), [("all", []), ("3", ["zhang", "li"])])
def test_a_vote_nobody_can_win_stands_as_an_incident(walks: Begin, rule: str, people: list[str]) -> None:
    walk = voted(walks, rule, "", people=people)
    assert walk.incidents == ["vote"]


@pytest.mark.parametrize(
    "drawn",
    ["prop:vote=most", "prop:vote=0", "prop:vote=3/2", "prop:vote=all prop:vote_against=few", "prop:vote=all until==x"],
)
def test_a_rule_nobody_can_follow_is_refused_at_deployment(drawn: str) -> None:
    problems = spiff.check(draw(VOTE.format(drawn)), spiff.Library(operations={}, processes={}, decisions={}, forms={}))
    assert [(each.element, each.code) for each in problems if each.severity == "error"] == [("vote", "bad_vote")]


@pytest.mark.parametrize(
    "drawn", ["prop:withdraw=sometimes", "prop:paper=ja", "prop:return=nowhere", "prop:transfer=x"]
)
def test_a_property_with_an_unknown_word_is_refused_at_deployment(drawn: str) -> None:
    source = draw(f"start s \n user plan {drawn} \n s -> plan")
    problems = spiff.check(source, spiff.Library(operations={}, processes={}, decisions={}, forms={}))
    assert ("plan", "bad_property") in [(each.element, each.code) for each in problems]
