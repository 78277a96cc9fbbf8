"""Return and withdrawal: where they may lead, what they undo, what they never undo."""

import pytest

from engine import workflow
from engine.workflow import TaskStatus, moves
from engine.workflow.inbox import NotYourTask
from engine.workflow.moves import AlreadyOpened, MovedOn, NotReturnable, NotWithdrawable, send_back, withdraw
from engine.workflow.opinions import NothingSaid
from tests.cast import Office
from tests.workflow import running
from tests.workflow.moving import begun, entries, equipped, mine, row, task_id, told  # noqa: F401
from tests.workflow.running import complete, opened

CHAIN = """
start s
user plan candidateGroups=clerk@unit {plan}
user check candidateGroups=leader@unit {check}
user approve candidateGroups=lead {approve}
s -> plan -> check -> approve
"""
BLOCK = """
start s
user draft candidateGroups=clerk@unit
and split
user left candidateGroups=clerk@unit
user more candidateGroups=leader@unit
user right candidateGroups=lead
and join
user last candidateGroups=lead
s -> draft -> split
split -> left -> more -> join
split -> right -> join -> last
"""


def chain(office: Office, plan: str = "", check: str = "", approve: str = "") -> int:
    return begun(office, CHAIN.format(plan=plan, check=check, approve=approve))


def places(office: Office, account: str, matter: int, element: str) -> list[str]:
    with office.by(account, reading=True) as ctx:
        return [each.element for each in moves.targets(ctx, running.task_of(ctx, matter, element))]


# ---- return


def test_a_task_goes_back_to_any_earlier_one_and_to_whoever_did_it(office: Office) -> None:
    matter = chain(office)
    complete(office, matter, "plan", by="chen")
    complete(office, matter, "check", by="li")
    assert places(office, "wang", matter, "approve") == ["check", "plan"]
    task = task_id(office, matter, "approve")
    with office.by("wang") as ctx:
        (again,) = send_back(ctx, task, "plan", "缺少分月计划")
    assert opened(office) == ["plan"]
    assert (again.visits, again.assignee, mine(office, "chen"), mine(office, "zhang")) == (2, "chen", ["plan"], [])
    assert (row(office, task).status, row(office, task).gone) == (TaskStatus.CANCELLED, "returned")
    (entry,) = entries(office, "task.return")
    assert (entry.actor, entry.facts["to"], entry.facts["reason"]) == ("wang", "plan", "缺少分月计划")
    assert "task.returned" in told(office, "chen")
    for element, by in (("plan", "chen"), ("check", "li"), ("approve", "wang")):
        complete(office, matter, element, by=by)
    assert running.instance_of(office, matter).status == "ended"


def test_who_left_the_post_does_not_get_it_back(office: Office) -> None:
    matter = chain(office)
    complete(office, matter, "plan", by=None)
    with office.by("li") as ctx:
        send_back(ctx, running.task_of(ctx, matter, "check").id, "plan", "重报")
    assert (mine(office, "zhang"), mine(office, "chen")) == (["plan"], ["plan"])


def test_a_reason_must_be_given_and_the_target_must_be_earlier(office: Office) -> None:
    matter = chain(office)
    complete(office, matter, "plan", by="zhang")
    task = task_id(office, matter, "check")
    with pytest.raises(NothingSaid), office.by("li") as ctx:
        send_back(ctx, task, "plan", "  ")
    for nowhere in ("approve", "check", "s", "nowhere"):
        with pytest.raises(NotReturnable), office.by("li") as ctx:
            send_back(ctx, task, nowhere, "重报")
    with pytest.raises(NotYourTask), office.by("zhou") as ctx:
        send_back(ctx, task, "plan", "重报")
    assert opened(office) == ["check"]


def test_a_task_that_has_come_round_again_is_not_earlier_than_itself(office: Office) -> None:
    """As in a play: tests/conformance/drawn/moves/return_in_a_later_round.yaml."""
    drawn = "start s \n xor again \n user one candidateGroups=clerk@unit \n user two candidateGroups=clerk@unit \n"
    matter = begun(
        office, drawn + " end e \n s -> again -> one -> two \n two -> again if more \n two -> e default", more=True
    )
    complete(office, matter, "one", by="zhang")
    complete(office, matter, "two", by="zhang")
    assert places(office, "zhang", matter, "one") == ["two"]
    with pytest.raises(NotReturnable), office.by("zhang") as ctx:
        send_back(ctx, task_id(office, matter, "one"), "one", "重报")
    with office.by("zhang") as ctx:
        send_back(ctx, task_id(office, matter, "one"), "two", "重报")
    assert places(office, "zhang", matter, "two") == ["one"]


def test_within_a_branch_only_that_branch_goes_back(office: Office) -> None:
    matter = begun(office, BLOCK)
    complete(office, matter, "draft", by="zhang")
    complete(office, matter, "left", by="zhang")
    with office.by("li") as ctx:
        send_back(ctx, running.task_of(ctx, matter, "more").id, "left", "补充")
    assert opened(office) == ["left", "right"]


def test_before_the_split_the_whole_block_goes_back_and_the_others_are_told(office: Office) -> None:
    matter = begun(office, BLOCK)
    complete(office, matter, "draft", by="zhang")
    complete(office, matter, "left", by="zhang")
    sibling = task_id(office, matter, "right")
    with office.by("li") as ctx:
        send_back(ctx, running.task_of(ctx, matter, "more").id, "draft", "重拟")
    assert opened(office) == ["draft"]
    assert row(office, sibling).gone == "returned"
    assert "task.gone" in told(office, "wang")
    for element in ("draft", "left", "more", "right", "last"):
        complete(office, matter, element)
    assert running.instance_of(office, matter).status == "ended"


def test_another_branch_is_no_place_to_return_to(office: Office) -> None:
    matter = begun(office, BLOCK)
    complete(office, matter, "draft", by="zhang")
    complete(office, matter, "left", by="zhang")
    assert places(office, "wang", matter, "right") == ["draft"]


def test_a_return_does_not_lead_past_what_an_operation_has_done(office: Office) -> None:
    drawn = """
    start s
    user draft candidateGroups=clerk@unit
    service file op=note.write in:text=filed
    user check candidateGroups=clerk@unit
    user approve candidateGroups=lead
    s -> draft -> file -> check -> approve
    """
    matter = begun(office, drawn)
    complete(office, matter, "draft", by="zhang")
    complete(office, matter, "check", by="zhang")
    assert places(office, "wang", matter, "approve") == ["check"]
    with pytest.raises(NotReturnable), office.by("wang") as ctx:
        send_back(ctx, task_id(office, matter, "approve"), "draft", "重报")


def test_a_task_whose_operation_was_called_is_returned_to_only_where_that_is_drawn(office: Office) -> None:
    matter = chain(office, plan="prop:operation=note.hand_in")
    complete(office, matter, "plan", by="zhang")
    assert places(office, "li", matter, "check") == []
    matter = begun(
        office, CHAIN.format(plan="prop:operation=note.hand_in", check="prop:return=plan", approve=""), key="2"
    )
    complete(office, matter, "plan", by="zhang")
    assert places(office, "li", matter, "check") == ["plan"]


def test_the_diagram_may_forbid_returns(office: Office) -> None:
    matter = chain(office, check="prop:return=no")
    complete(office, matter, "plan", by="zhang")
    assert places(office, "li", matter, "check") == []


def test_a_return_to_a_task_of_several_opens_all_of_them_and_its_timers_afresh(office: Office) -> None:
    drawn = """
    start s
    user draft candidateGroups=clerk@unit
    user vote each=people as=person assignee==person
    boundary late on=vote timer=P3D aside
    user chase candidateGroups=lead
    user after candidateGroups=lead
    s -> draft -> vote -> after
    late -> chase
    """
    matter = begun(office, drawn, people=["zhang", "chen"])
    complete(office, matter, "draft", by="zhang")
    office.wait(days=1)
    complete(office, matter, "vote", by="zhang")
    complete(office, matter, "vote", by="chen")
    with office.by("wang") as ctx:
        send_back(ctx, task_id(office, matter, "after"), "vote", "重新表决")
    assert opened(office) == ["vote", "vote"]
    office.wait(days=2)
    assert (running.tick(office), opened(office)) == (0, ["vote", "vote"])
    office.wait(days=1)
    assert (running.tick(office), opened(office)) == (1, ["chase", "vote", "vote"])


# ---- withdrawal


def handed_in(office: Office, policy: str) -> tuple[int, int]:
    matter = chain(office, plan=f"prop:withdraw={policy}" if policy else "")
    task = task_id(office, matter, "plan")
    complete(office, matter, "plan", by="zhang")
    return matter, task


def look(office: Office, account: str, matter: int, element: str) -> None:
    with office.by(account) as ctx:
        workflow.opened(ctx, running.task_of(ctx, matter, element))


@pytest.mark.parametrize("policy", ["", "never"])
def test_nothing_is_withdrawn_where_the_diagram_does_not_say_so(office: Office, policy: str) -> None:
    _, task = handed_in(office, policy)
    with pytest.raises(NotWithdrawable), office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")


@pytest.mark.parametrize("policy", ["before_open", "before_action", "forced"])
def test_what_nobody_has_looked_at_is_withdrawn(office: Office, policy: str) -> None:
    matter, task = handed_in(office, policy)
    lost = task_id(office, matter, "check")
    with office.by("zhang") as ctx:
        assert moves.may_withdraw(ctx, ctx.session.get_one(workflow.Task, task))
        again = withdraw(ctx, task, "填错了")
    assert (opened(office), again.assignee, row(office, lost).gone) == (["plan"], "zhang", "withdrawn")
    assert row(office, task).status == TaskStatus.COMPLETED, "what was done stays done in the record"
    assert "task.gone" in told(office, "li")
    (entry,) = entries(office, "task.withdraw")
    assert (entry.actor, entry.facts["task"]) == ("zhang", task)


def test_what_was_opened_is_withdrawn_only_where_opening_does_not_count(office: Office) -> None:
    matter, task = handed_in(office, "before_open")
    look(office, "li", matter, "check")
    with pytest.raises(AlreadyOpened) as refused, office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    assert refused.value.winner == "li"
    matter = begun(office, CHAIN.format(plan="prop:withdraw=before_action", check="", approve=""), key="2")
    task = task_id(office, matter, "plan")
    complete(office, matter, "plan", by="zhang")
    look(office, "li", matter, "check")
    with office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    assert opened(office, matter) == ["plan"]


def test_what_somebody_has_acted_on_is_withdrawn_only_by_force(office: Office) -> None:
    matter, task = handed_in(office, "before_action")
    complete(office, matter, "check", by="li")
    with pytest.raises(MovedOn), office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    matter = begun(office, CHAIN.format(plan="prop:withdraw=forced", check="", approve=""), key="2")
    task = task_id(office, matter, "plan")
    complete(office, matter, "plan", by="zhang")
    complete(office, matter, "check", by="li")
    with office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    assert opened(office, matter) == ["plan"]
    assert "task.gone" in told(office, "wang")


def test_not_even_force_passes_an_operation_or_the_end(office: Office) -> None:
    drawn = "start s \n user plan candidateGroups=clerk@unit prop:withdraw=forced \n service file op=note.write in:text=x \n"
    matter = begun(office, drawn + "user check candidateGroups=lead \n s -> plan -> file -> check")
    task = task_id(office, matter, "plan")
    complete(office, matter, "plan", by="zhang")
    with pytest.raises(MovedOn), office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    complete(office, matter, "check", by="wang")
    with pytest.raises(MovedOn), office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")


def test_another_branch_going_on_is_no_reason_against_it_but_one_that_came_of_it_is(office: Office) -> None:
    drawn = BLOCK.replace(
        "user left candidateGroups=clerk@unit", "user left candidateGroups=clerk@unit prop:withdraw=before_action"
    )
    matter = begun(office, drawn)
    complete(office, matter, "draft", by="zhang")
    task = task_id(office, matter, "left")
    complete(office, matter, "left", by="zhang")
    complete(office, matter, "right", by="wang")
    with office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    assert opened(office) == ["left"]
    for element in ("left", "more", "last"):
        complete(office, matter, element)
    assert running.instance_of(office, matter).status == "ended"


def test_with_a_split_behind_it_all_that_came_of_it_goes_unless_one_part_is_done(office: Office) -> None:
    drawn = BLOCK.replace(
        "user draft candidateGroups=clerk@unit", "user draft candidateGroups=clerk@unit prop:withdraw=before_action"
    )
    matter = begun(office, drawn)
    task = task_id(office, matter, "draft")
    complete(office, matter, "draft", by="zhang")
    with office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")
    assert opened(office) == ["draft"]
    task = task_id(office, matter, "draft")
    complete(office, matter, "draft", by="zhang")
    complete(office, matter, "right", by="wang")
    with pytest.raises(MovedOn), office.by("zhang") as ctx:
        withdraw(ctx, task, "填错了")


def test_an_earlier_round_and_anothers_work_cannot_be_withdrawn(office: Office) -> None:
    matter, first = handed_in(office, "before_action")
    with pytest.raises(NotYourTask), office.by("chen") as ctx:
        withdraw(ctx, first, "填错了")
    with office.by("zhang") as ctx:
        withdraw(ctx, first, "填错了")
    complete(office, matter, "plan", by="zhang")
    with pytest.raises(MovedOn), office.by("zhang") as ctx:
        withdraw(ctx, first, "填错了")


def test_a_ballot_cannot_be_withdrawn(office: Office) -> None:
    vote = "start s \n user vote each=people as=person assignee==person prop:vote=all prop:withdraw=forced \n s -> vote"
    matter = begun(office, vote, people=["zhang", "chen"])
    task = task_id(office, matter, "vote", 1)
    complete(office, matter, "vote", by="zhang", verdict="agreed")
    with pytest.raises(NotWithdrawable), office.by("zhang") as ctx:
        withdraw(ctx, task, "改主意")
