"""Transfer, delegation and handing over everything: whose task it is afterwards, and what the chain of hands says."""

import pytest

from engine import workflow
from engine.access import NotYours
from engine.workflow import handing, opinions
from engine.workflow.handing import (
    NotAColleague,
    NotDelegated,
    SamePerson,
    StaysHere,
    TooManyHops,
    delegate,
    give_back,
    hand_over,
    take_back,
    transfer,
)
from engine.workflow.inbox import Claimed, NotYourTask, OpinionOnly, WithHelper
from tests.cast import Office
from tests.workflow.moving import begun, entries, equipped, mine, row, task_id, told  # noqa: F401
from tests.workflow.running import complete

PLAN = (
    "start s \n user plan candidateGroups=clerk@unit {} \n user sign candidateGroups=leader@unit \n s -> plan -> sign"
)


def plan(office: Office, properties: str = "") -> tuple[int, int]:
    matter = begun(office, PLAN.format(properties))
    return matter, task_id(office, matter, "plan")


def links(office: Office, task: int) -> list[tuple[str, str | None, str | None]]:
    with office.by(reading=True) as ctx:
        return [(each.kind, each.from_account, each.to_account) for each in handing.chain(ctx, row(office, task))]


def test_a_transferred_task_is_the_others_alone_and_both_are_in_the_record(office: Office) -> None:
    matter, task = plan(office)
    with office.by("zhang") as ctx:
        transfer(ctx, task, "chen", "出差")
    assert (mine(office, "zhang"), mine(office, "chen")) == ([], ["plan"])
    assert links(office, task) == [("transfer", "zhang", "chen")]
    assert told(office, "chen") == ["task.transferred"]
    (entry,) = entries(office, "task.transfer")
    assert (entry.actor, entry.on_behalf_of, entry.facts) == ("zhang", None, {"to": "chen", "reason": "出差"})
    with pytest.raises(Claimed), office.by("zhang") as ctx:
        workflow.complete(ctx, task, {})
    complete(office, matter, "plan", by="chen")


def test_a_second_hop_does_not_cover_up_the_first(office: Office) -> None:
    _, task = plan(office)
    with office.by("zhang") as ctx:
        transfer(ctx, task, "chen")
    with office.by("chen") as ctx:
        transfer(ctx, task, "li")
    assert links(office, task) == [("transfer", "zhang", "chen"), ("transfer", "chen", "li")]


def test_a_task_that_is_passed_around_stays_after_five_hands(office: Office) -> None:
    _, task = plan(office)
    hands = ["zhang", "chen"]
    for hop in range(5):
        with office.by(hands[hop % 2]) as ctx:
            transfer(ctx, task, hands[(hop + 1) % 2])
    with pytest.raises(TooManyHops), office.by("chen") as ctx:
        transfer(ctx, task, "zhang")


@pytest.mark.parametrize(("to", "refusal"), [("zhang", SamePerson), ("wu", NotAColleague), ("wang", NotAColleague)])
def test_a_task_goes_neither_to_oneself_nor_out_of_the_unit(office: Office, to: str, refusal: type[Exception]) -> None:
    _, task = plan(office)
    with pytest.raises(refusal), office.by("zhang") as ctx:
        transfer(ctx, task, to)
    assert links(office, task) == []


def test_the_diagram_says_how_far_a_task_may_go(office: Office) -> None:
    _, task = plan(office, "prop:transfer=anyone")
    with office.by("zhang") as ctx:
        transfer(ctx, task, "wu")
    assert mine(office, "wu") == ["plan"]


def test_the_diagram_may_keep_a_task_where_it_is(office: Office) -> None:
    _, task = plan(office, "prop:transfer=no")
    with pytest.raises(StaysHere), office.by("zhang") as ctx:
        transfer(ctx, task, "chen")


def test_a_task_whose_operation_asks_for_a_post_stays_with_those_who_hold_it(office: Office) -> None:
    _, task = plan(office, "prop:operation=note.hand_in")
    with pytest.raises(NotAColleague), office.by("zhang") as ctx:
        transfer(ctx, task, "li")
    with office.by("zhang") as ctx:
        transfer(ctx, task, "chen")


def test_a_leader_and_the_administrator_may_give_a_task_of_the_unit_to_another_of_it(office: Office) -> None:
    _, task = plan(office)
    with office.by("zhang") as ctx:
        workflow.claim(ctx, task)
    for director in ("li", "liu"):
        other = {"zhang": "chen", "chen": "zhang"}[str(row(office, task).assignee)]
        with office.by(director) as ctx:
            transfer(ctx, task, other)
    with pytest.raises(NotYourTask), office.by("zhou") as ctx:
        transfer(ctx, task, "chen")


def test_who_is_asked_gives_an_opinion_and_the_task_comes_back(office: Office) -> None:
    matter, task = plan(office)
    with office.by("zhang") as ctx:
        delegate(ctx, task, "li", "数据口径对吗")
    assert (mine(office, "zhang"), mine(office, "li")) == ([], ["plan"])
    with pytest.raises(OpinionOnly), office.by("li") as ctx:
        workflow.complete(ctx, task, {})
    with office.by("li") as ctx:
        give_back(ctx, task, "口径一致")
    assert (mine(office, "zhang"), mine(office, "li")) == (["plan"], [])
    assert links(office, task) == [("delegate", "zhang", "li"), ("give_back", "li", "zhang")]
    with office.by("zhang", reading=True) as ctx:
        assert [(said.kind, said.text) for said, _ in opinions.of_matter(ctx, row(office, task))] == [
            ("given_back", "口径一致")
        ]
    assert (told(office, "li"), told(office, "zhang")) == (["task.delegated"], ["task.given_back"])
    complete(office, matter, "plan", by="zhang")


def test_the_helper_passes_it_to_nobody_and_puts_it_nowhere(office: Office) -> None:
    _, task = plan(office)
    with office.by("zhang") as ctx:
        delegate(ctx, task, "chen", "请看")
    for act in (
        lambda ctx: transfer(ctx, task, "li"),
        lambda ctx: delegate(ctx, task, "li", "请看"),
        lambda ctx: workflow.release(ctx, task),
    ):
        with pytest.raises(OpinionOnly), office.by("chen") as ctx:
            act(ctx)


def test_the_owner_takes_it_back_without_waiting_and_nobody_else_does(office: Office) -> None:
    _, task = plan(office)
    with office.by("zhang") as ctx:
        delegate(ctx, task, "li", "请看")
    with pytest.raises(NotYourTask), office.by("chen") as ctx:
        take_back(ctx, task)
    with office.by("zhang") as ctx:
        take_back(ctx, task, "时间来不及")
    assert mine(office, "zhang") == ["plan"]
    with pytest.raises(NotDelegated), office.by("zhang") as ctx:
        give_back(ctx, task, "晚了")


def test_while_another_is_asked_the_leader_cannot_hand_it_on(office: Office) -> None:
    _, task = plan(office)
    with office.by("zhang") as ctx:
        delegate(ctx, task, "chen", "请看")
    with pytest.raises(WithHelper), office.by("li") as ctx:
        transfer(ctx, task, "zhang")


def test_an_assessed_unit_asks_nobody_of_another_but_the_lead_may_ask_anybody(office: Office) -> None:
    _, task = plan(office)
    with pytest.raises(NotAColleague), office.by("zhang") as ctx:
        delegate(ctx, task, "wu", "请看")
    matter = begun(office, "start s \n user check candidateGroups=lead \n s -> check", key="2")
    with office.by("wang") as ctx:
        delegate(ctx, task_id(office, matter, "check"), "wu", "请看")


def test_everything_of_somebody_who_leaves_goes_to_the_successor(office: Office) -> None:
    _, held = plan(office)
    asked = task_id(office, begun(office, PLAN.format(""), key="2"), "plan")
    with office.by("zhang") as ctx:
        workflow.claim(ctx, held)
        delegate(ctx, asked, "li", "请看")
    free = task_id(office, begun(office, PLAN.format(""), key="3"), "plan")
    with office.by("liu") as ctx:
        done = hand_over(ctx, "zhang", "chen", "调离")
    assert (done.moved, done.left) == ([held, asked], [])
    with office.by("li") as ctx:
        give_back(ctx, asked, "可以")
    assert [row(office, each).assignee for each in (held, asked, free)] == ["chen", "chen", None]
    (entry,) = entries(office, "people.hand_over")
    assert (entry.actor, entry.facts["tasks"]) == ("liu", [held, asked])


def test_a_successor_who_was_asked_for_an_opinion_has_the_task_itself(office: Office) -> None:
    _, task = plan(office)
    with office.by("zhang") as ctx:
        delegate(ctx, task, "chen", "请看")
    with office.by("li") as ctx:
        hand_over(ctx, "zhang", "chen", "调离")
    assert (row(office, task).assignee, row(office, task).delegated_by) == ("chen", None)


def test_a_ballot_stays_where_the_successor_votes_too(office: Office) -> None:
    vote = "start s \n user vote each=people as=person assignee==person prop:vote=all \n s -> vote"
    matter = begun(office, vote, people=["zhang", "chen"])
    with office.by("liu") as ctx:
        done = hand_over(ctx, "zhang", "chen", "调离")
    assert (done.moved, done.left) == ([], [(task_id(office, matter, "vote", 1), "voted_already")])


def test_only_the_administrator_or_the_units_leader_hands_over(office: Office) -> None:
    plan(office)
    for account in ("zhou", "chen", "wang"):
        with pytest.raises(NotYours), office.by(account) as ctx:
            hand_over(ctx, "zhang", "chen", "调离")
    with pytest.raises(NotYours), office.by("li") as ctx:
        hand_over(ctx, "zhang", "wu", "调离")
