"""Signers before and after a task, and votes that people are added to and taken off while they run."""

from typing import Any

import pytest
from sqlalchemy import select

from engine import workflow
from engine.access import NotYours
from engine.verify import verify
from engine.workflow import TaskStatus, handing, opinions, signers, spiff
from engine.workflow.completing import VotedAlready
from engine.workflow.inbox import ForSigners, NotYourTask, OpinionOnly
from engine.workflow.instances import TaskClosed
from engine.workflow.moves import MovedOn, send_back, withdraw
from engine.workflow.opinions import NothingSaid
from engine.workflow.signers import (
    NotASigner,
    VoteIsEnough,
    VotesAlready,
    add_voter,
    ask_signer,
    remove_signer,
    remove_voter,
    sign,
)
from engine.workflow.store import Side, Signer
from tests.cast import Office
from tests.workflow import running
from tests.workflow.moving import begun, entries, equipped, mine, row, task_id, told  # noqa: F401
from tests.workflow.running import Closed, complete, opened

PLAN = (
    "start s \n user plan candidateGroups=clerk@unit {} \n user sign candidateGroups=leader@unit \n s -> plan -> sign"
)
VOTE = """
start s
user vote each=people as=person assignee==person prop:vote={} {}
user after candidateGroups=lead
s -> vote -> after
"""


def plan(office: Office, properties: str = "") -> tuple[int, int]:
    matter = begun(office, PLAN.format(properties))
    return matter, task_id(office, matter, "plan")


def ask(office: Office, task: int, account: str, side: Side, by: str = "zhang") -> int:
    with office.by(by) as ctx:
        return ask_signer(ctx, task, account, side, "请会签").id


def speak(office: Office, task: int, by: str, agreed: bool = True, opinion: str = "同意") -> None:
    with office.by(by) as ctx:
        sign(ctx, task, agreed=agreed, opinion=opinion)


def sound(office: Office) -> bool:
    with office.by(reading=True) as ctx:
        return not any(finding.places for finding in verify(ctx))


# ---- before


def test_while_those_before_it_speak_the_task_waits(office: Office) -> None:
    matter, task = plan(office)
    one, other = ask(office, task, "chen", Side.BEFORE), ask(office, task, "li", Side.BEFORE)
    assert (mine(office, "chen"), mine(office, "li")) == (["plan"], ["plan"])
    with pytest.raises(ForSigners), office.by("zhang") as ctx:
        workflow.complete(ctx, task, {})
    speak(office, one, "chen")
    with pytest.raises(ForSigners), office.by("zhang") as ctx:
        send_back(ctx, task, "plan", "x")
    assert sound(office)
    speak(office, other, "li", agreed=False, opinion="进度太慢")
    assert told(office, "zhang") == ["task.signers_done"]
    complete(office, matter, "plan", by="zhang")
    assert opened(office) == ["sign"]
    with office.by("zhang", reading=True) as ctx:
        said = [(each.kind, each.text, each.given_by) for each, _ in opinions.of_matter(ctx, row(office, task))]
    assert said == [("agreed", "同意", "chen"), ("refused", "进度太慢", "li")]
    assert [entry.actor for entry in entries(office, "signer.sign")] == ["chen", "li"]
    assert sound(office)


def test_nobody_signs_twice_nor_beside_himself_nor_from_another_unit(office: Office) -> None:
    _, task = plan(office)
    ask(office, task, "chen", Side.BEFORE)
    for account, refusal in (("chen", VotesAlready), ("zhang", VotesAlready), ("wu", handing.NotAColleague)):
        with pytest.raises(refusal), office.by("zhang") as ctx:
            ask_signer(ctx, task, account, Side.BEFORE, "请会签")


def test_a_signer_gives_an_opinion_and_does_nothing_else(office: Office) -> None:
    _, task = plan(office)
    asked = ask(office, task, "chen", Side.BEFORE)
    for act in (
        lambda ctx: workflow.complete(ctx, asked, {}),
        lambda ctx: handing.transfer(ctx, asked, "li"),
        lambda ctx: ask_signer(ctx, asked, "li", Side.BEFORE, "请会签"),
        lambda ctx: send_back(ctx, asked, "plan", "退"),
    ):
        with pytest.raises(OpinionOnly), office.by("chen") as ctx:
            act(ctx)
    with pytest.raises(NothingSaid), office.by("chen") as ctx:
        sign(ctx, asked, agreed=False)
    with pytest.raises(NotYourTask), office.by("li") as ctx:
        sign(ctx, asked, agreed=True)


def test_a_signer_speaks_once_and_a_task_without_signers_has_none(office: Office) -> None:
    _, task = plan(office)
    asked = ask(office, task, "chen", Side.BEFORE)
    speak(office, asked, "chen")
    with pytest.raises(TaskClosed), office.by("chen") as ctx:
        sign(ctx, asked, agreed=True)
    with pytest.raises(NotASigner), office.by("zhang") as ctx:
        sign(ctx, task, agreed=True)


def test_taking_off_the_last_one_before_it_frees_the_task_and_keeps_the_row(office: Office) -> None:
    matter, task = plan(office)
    asked = ask(office, task, "chen", Side.BEFORE)
    with pytest.raises(NotYourTask), office.by("wu") as ctx:
        remove_signer(ctx, asked, "不需要")
    with office.by("zhang") as ctx:
        remove_signer(ctx, asked, "不需要")
    with office.by(reading=True) as ctx:
        kept = ctx.session.get_one(Signer, asked)
        assert (kept.agreed, kept.removed_by, kept.removed_why) == (None, "zhang", "不需要")
    assert (row(office, asked).status, row(office, asked).gone) == (TaskStatus.CANCELLED, "removed")
    complete(office, matter, "plan", by="zhang")


def test_when_the_diagram_takes_the_task_away_its_signers_go_with_it(office: Office) -> None:
    drawn = "start s \n user plan candidateGroups=clerk@unit \n boundary late on=plan timer=P3D \n user chase candidateGroups=lead \n"
    matter = begun(office, drawn + "s -> plan \n late -> chase")
    asked = ask(office, task_id(office, matter, "plan"), "chen", Side.BEFORE)
    waiting = ask(office, task_id(office, matter, "plan"), "li", Side.AFTER)
    office.wait(days=4)
    running.tick(office)
    assert [row(office, each).status for each in (asked, waiting)] == [TaskStatus.CANCELLED] * 2
    assert opened(office) == ["chase"]


def test_a_sheet_is_handed_in_without_the_row_that_waits_for_a_signer(office: Office) -> None:
    drawn = "start s \n user plan candidateGroups=clerk@unit prop:batch=letter \n s -> plan"
    first = task_id(office, begun(office, drawn), "plan")
    other = task_id(office, running.start(office, key="2", unit="A01"), "plan")
    third = task_id(office, running.start(office, key="3", unit="A01"), "plan")
    ask(office, first, "chen", Side.BEFORE)
    with office.by("zhang", reading=True) as ctx:
        assert [each.id for each in workflow.batch_of(ctx, row(office, other))] == [other, third]


# ---- after


def test_what_is_handed_in_is_held_until_those_after_it_agree(office: Office) -> None:
    matter, task = plan(office)
    asked = ask(office, task, "chen", Side.AFTER)
    assert mine(office, "chen") == [], "their turn comes afterwards"
    assert row(office, asked).status == TaskStatus.WAITING
    complete(office, matter, "plan", by="zhang", goal="5%")
    assert (opened(office), row(office, task).parked) == (["plan", "plan"], "held")
    assert (mine(office, "zhang"), mine(office, "chen")) == ([], ["plan"])
    assert sound(office)
    speak(office, asked, "chen")
    assert opened(office) == ["sign"]
    assert running.variables(office, matter)["goal"] == "5%"
    done = row(office, task)
    assert (done.completed_by, done.on_behalf_of) == ("chen", "zhang")
    (entry,) = entries(office, "task.complete")
    assert (entry.actor, entry.on_behalf_of, entry.facts["handed_in_by"]) == ("chen", "zhang", "zhang")
    assert sound(office)


def test_a_refusal_after_it_gives_it_back_as_a_draft_and_asks_nobody_else(office: Office) -> None:
    matter, task = plan(office)
    one, other = ask(office, task, "chen", Side.AFTER), ask(office, task, "li", Side.AFTER)
    complete(office, matter, "plan", by="zhang", goal="5%")
    speak(office, one, "chen", agreed=False, opinion="目标偏低")
    assert (row(office, task).draft, row(office, task).parked) == ({"goal": "5%"}, None)
    assert row(office, other).status == TaskStatus.CANCELLED
    assert (mine(office, "zhang"), told(office, "zhang")) == (["plan"], ["task.signer_refused"])
    complete(office, matter, "plan", by="zhang", goal="8%")
    assert opened(office) == ["sign"]


def test_taking_off_all_after_a_task_that_is_not_handed_in_does_not_hand_it_in(office: Office) -> None:
    matter, task = plan(office)
    asked = ask(office, task, "chen", Side.AFTER)
    with office.by("zhang") as ctx:
        remove_signer(ctx, asked, "不需要")
    assert (opened(office), row(office, task).status) == (["plan"], TaskStatus.OPEN)
    complete(office, matter, "plan", by="zhang")
    assert opened(office) == ["sign"]


def test_taking_off_the_last_one_after_a_task_that_is_handed_in_lets_it_go(office: Office) -> None:
    matter, task = plan(office)
    asked = ask(office, task, "chen", Side.AFTER)
    complete(office, matter, "plan", by="zhang")
    with office.by("zhang") as ctx:
        remove_signer(ctx, asked, "已电话沟通")
    assert opened(office) == ["sign"]
    assert (row(office, task).completed_by, row(office, task).on_behalf_of) == ("zhang", None)


def test_what_is_held_is_taken_back_until_one_of_them_has_spoken(office: Office) -> None:
    matter, task = plan(office)
    one, other = ask(office, task, "chen", Side.AFTER), ask(office, task, "li", Side.AFTER)
    complete(office, matter, "plan", by="zhang", goal="5%")
    with office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    assert (row(office, task).draft, row(office, one).status) == ({"goal": "5%"}, TaskStatus.WAITING)
    complete(office, matter, "plan", by="zhang", goal="6%")
    speak(office, one, "chen")
    with pytest.raises(MovedOn), office.by("zhang") as ctx:
        withdraw(ctx, task, "又错了")
    speak(office, other, "li")
    assert running.variables(office, matter)["goal"] == "6%"


def test_both_kinds_may_stand_beside_one_task(office: Office) -> None:
    matter, task = plan(office)
    before, after = ask(office, task, "chen", Side.BEFORE), ask(office, task, "li", Side.AFTER)
    speak(office, before, "chen")
    complete(office, matter, "plan", by="zhang")
    speak(office, after, "li")
    assert opened(office) == ["sign"]


def test_what_the_operation_refuses_at_the_end_the_last_signer_reads_and_nothing_has_moved(office: Office) -> None:
    matter, task = plan(office, "prop:operation=counter.ask in:open==false")
    asked = ask(office, task, "chen", Side.AFTER)
    complete(office, matter, "plan", by="zhang")
    before = running.everything(office)
    with pytest.raises(Closed), office.by("chen") as ctx:
        sign(ctx, asked, agreed=True)
    assert running.everything(office) == before


# ---- votes


def ballots(office: Office, matter: int) -> list[tuple[str | None, str, str | None]]:
    with office.by(reading=True) as ctx:
        query = select(workflow.Task).where(workflow.Task.instance_id == matter, workflow.Task.element == "vote")
        return [
            (each.assignee, each.status, each.vote) for each in ctx.session.scalars(query.order_by(workflow.Task.id))
        ]


def test_a_ballot_is_a_row_with_its_rule_and_what_was_cast(office: Office) -> None:
    matter = begun(office, VOTE.format("2/3", ""), people=["zhang", "chen", "li"])
    complete(office, matter, "vote", by="zhang", verdict="agreed")
    with office.by("li") as ctx:
        workflow.complete(ctx, task_id(office, matter, "vote", 3), {"verdict": "agreed"})
    assert ballots(office, matter) == [
        ("zhang", "completed", "agreed"),
        ("chen", "cancelled", None),
        ("li", "completed", "agreed"),
    ]
    assert row(office, 1).ballot == "2/3"
    assert opened(office) == ["after"]
    assert running.variables(office, matter)["vote_result"] == "passed"


def test_one_more_voter_enlarges_the_base(office: Office) -> None:
    matter = begun(office, VOTE.format("all", ""), people=["zhang"])
    with office.by("zhang") as ctx:
        assert add_voter(ctx, task_id(office, matter, "vote"), "chen", "分管领导要求") == 2
    complete(office, matter, "vote", by="zhang", verdict="agreed")
    assert opened(office) == ["vote"]
    (entry,) = entries(office, "task.add_signer")
    assert (entry.actor, entry.facts["value"], entry.facts["reason"]) == ("zhang", "chen", "分管领导要求")
    complete(office, matter, "vote", by="chen", verdict="agreed")
    assert opened(office) == ["after"]


def test_nobody_is_added_twice_nor_by_a_stranger_nor_where_one_alone_acts(office: Office) -> None:
    matter = begun(office, VOTE.format("all", ""), people=["zhang", "chen"])
    task = task_id(office, matter, "vote", 1)
    with pytest.raises(VotesAlready), office.by("zhang") as ctx:
        add_voter(ctx, task, "chen", "x")
    with pytest.raises(NotYourTask), office.by("wu") as ctx:
        add_voter(ctx, task, "li", "x")
    with pytest.raises(handing.NotAColleague), office.by("zhang") as ctx:
        add_voter(ctx, task, "wu", "x")
    alone = begun(office, PLAN.format(""), key="2")
    with pytest.raises(spiff.NotMultiInstance), office.by("liu") as ctx:
        add_voter(ctx, task_id(office, alone, "plan"), "A02", "x")


def test_a_voter_taken_off_stays_in_the_record_and_may_decide_the_vote(office: Office) -> None:
    matter = begun(office, VOTE.format("all", ""), people=["zhang", "chen"])
    complete(office, matter, "vote", by="zhang", verdict="agreed")
    task = task_id(office, matter, "vote", 2)
    with pytest.raises(NotYours), office.by("zhang") as ctx:
        remove_voter(ctx, task, "出差")
    with office.by("wang") as ctx:
        remove_voter(ctx, task, "出差")
    assert (row(office, task).status, row(office, task).gone) == (TaskStatus.CANCELLED, "removed")
    assert entries(office, "task.remove_signer")[0].facts["reason"] == "出差"
    assert opened(office) == ["after"]


def test_the_last_voter_stays(office: Office) -> None:
    matter = begun(office, VOTE.format("all", ""), people=["zhang"])
    with pytest.raises(spiff.LastSigner), office.by("wang") as ctx:
        remove_voter(ctx, task_id(office, matter, "vote"), "出差")


def test_an_agent_who_votes_casts_no_second_ballot(office: Office) -> None:
    matter = begun(office, VOTE.format("all", ""), people=["zhang", "chen", "li"])
    with pytest.raises(VotedAlready), office.by("chen", on_behalf_of="zhang") as ctx:
        workflow.complete(ctx, task_id(office, matter, "vote", 1), {"verdict": "agreed"})
    complete(office, matter, "vote", by="zhang", verdict="agreed")
    with office.by("wu", on_behalf_of="chen") as ctx:
        workflow.complete(ctx, task_id(office, matter, "vote", 2), {"verdict": "agreed"})
    with pytest.raises(VotedAlready), office.by("wu", on_behalf_of="li") as ctx:
        workflow.complete(ctx, task_id(office, matter, "vote", 3), {"verdict": "agreed"})


def test_a_voter_asks_somebody_after_him_in_no_other_way_than_into_the_vote(office: Office) -> None:
    matter = begun(office, VOTE.format("all", ""), people=["zhang"])
    with pytest.raises(VoteIsEnough), office.by("zhang") as ctx:
        ask_signer(ctx, task_id(office, matter, "vote"), "chen", Side.AFTER, "x")


def test_units_are_added_where_each_is_a_unit(office: Office) -> None:
    drawn = "start s \n user report each=units as=county candidateGroups=clerk@county \n s -> report"
    matter = begun(office, drawn, units=["A01"])
    with office.by("wang") as ctx:
        add_voter(ctx, task_id(office, matter, "report"), "A02", "补列")
    assert mine(office, "wu") == ["report"]


def states(office: Office, matter: int, account: str = "wang") -> list[tuple[int, Any, str]]:
    with office.by(account, reading=True) as ctx:
        return signers.voters(ctx, running.task_of(ctx, matter, "vote"))


def test_in_sequence_who_comes_later_is_seen_and_may_be_taken_off(office: Office) -> None:
    matter = begun(office, VOTE.format("any", "sequential"), people=["zhang", "chen", "li"])
    assert states(office, matter) == [(1, "zhang", "open"), (2, "chen", "ahead"), (3, "li", "ahead")]
    with office.by("wang") as ctx:
        remove_voter(ctx, task_id(office, matter, "vote"), "出差", item=2)
    complete(office, matter, "vote", by="zhang", verdict="refused")
    assert states(office, matter) == [(1, "zhang", "done"), (2, "chen", "removed"), (3, "li", "open")]
