"""退回: the examples are those of an office. Who sends a matter back undoes what came of it, and nothing else."""

import pytest

from engine.errors import BihuanError
from tests.workflow.spiff.walking import Begin, Walk

LINE = "start s \n user a \n user b \n user c \n end e \n s -> a -> b -> c -> e"


def refused(walk: Walk, element: str, source: str | None = None) -> str:
    before = walk.machine.dump()
    with pytest.raises(BihuanError) as refusal:
        walk.return_to(element, source=source)
    assert walk.machine.dump() == before
    return refusal.value.code


def test_a_matter_goes_back_to_an_earlier_task(walks: Begin) -> None:
    walk = walks(LINE)
    walk.complete("a", plan=1)
    walk.complete("b")
    walk.return_to("a")
    assert walk.open == ["a"]
    assert walk.variables == {"plan": 1}
    walk.complete("a", plan=2)
    assert walk.open == ["b"]
    walk.complete("b")
    walk.complete("c")
    assert walk.finished
    assert walk.visited == ["a", "b", "a", "b", "c"]


def test_it_may_go_back_again(walks: Begin) -> None:
    walk = walks(LINE)
    walk.complete("a")
    walk.complete("b")
    walk.return_to("b")
    walk.return_to("a")
    assert walk.open == ["a"]
    walk.complete("a")
    walk.return_to("a")
    assert walk.open == ["a"]


def test_a_task_is_not_earlier_than_itself(walks: Begin) -> None:
    walk = walks(LINE)
    assert refused(walk, "a") == "not_earlier"
    walk.complete("a")
    assert refused(walk, "b") == "not_earlier"


@pytest.mark.parametrize("target", ["c", "e", "s", "nowhere"])
def test_what_is_not_an_earlier_task_is_refused(walks: Begin, target: str) -> None:
    walk = walks(LINE)
    walk.complete("a")
    assert refused(walk, target) == "not_earlier"
    assert walk.open == ["b"]


def test_a_task_that_has_come_round_again_is_not_earlier_than_itself(walks: Begin) -> None:
    walk = walks("start s \n xor m \n user a \n user b \n s -> m -> a -> b -> m")
    walk.complete("a")
    walk.complete("b")
    assert walk.open == ["a"]
    assert refused(walk, "a") == "not_earlier"
    walk.return_to("b")
    assert walk.open == ["b"]
    walk.return_to("a")
    assert walk.open == ["a"]


BLOCK = """
start s
user plan
and split
user a1
user a2
user b1
user b2
and join
user check
end e
s -> plan -> split
split -> a1 -> a2 -> join
split -> b1 -> b2 -> join
join -> check -> e
"""


def test_to_before_a_split_withdraws_the_whole_block(walks: Begin) -> None:
    walk = walks(BLOCK)
    walk.complete("plan")
    walk.complete("a1")
    walk.return_to("plan", source="a2")
    assert walk.open == ["plan"]
    walk.complete("plan")
    assert walk.open == ["a1", "b1"]


def test_what_waits_at_the_join_is_withdrawn_with_the_block(walks: Begin) -> None:
    walk = walks(BLOCK)
    walk.complete("plan")
    walk.complete("a1")
    walk.complete("a2")
    walk.return_to("plan", source="b1")
    walk.complete("plan")
    for task in ("a1", "a2", "b1"):
        walk.complete(task)
    assert walk.open == ["b2"]
    walk.complete("b2")
    assert walk.open == ["check"]


def test_inside_a_branch_only_that_branch_goes_back(walks: Begin) -> None:
    walk = walks(BLOCK)
    walk.complete("plan")
    walk.complete("a1")
    walk.complete("b1")
    walk.complete("b2")
    walk.return_to("a1", source="a2")
    assert walk.open == ["a1"]
    walk.complete("a1")
    walk.complete("a2")
    assert walk.open == ["check"]


def test_into_another_branch_is_refused(walks: Begin) -> None:
    walk = walks(BLOCK)
    walk.complete("plan")
    walk.complete("b1")
    assert refused(walk, "b1", source="a1") == "not_earlier"


def test_from_behind_the_join_into_one_branch_leaves_the_other_done(walks: Begin) -> None:
    """What the other branch has brought to the join waits there again, so that the join does not wait for ever."""
    walk = walks(BLOCK)
    walk.complete("plan")
    for task in ("a1", "a2", "b1", "b2"):
        walk.complete(task)
    walk.return_to("a2")
    assert walk.open == ["a2"]
    walk.complete("a2")
    assert walk.open == ["check"]
    walk.return_to("b1")
    assert walk.open == ["b1"]
    walk.return_to("plan")
    assert walk.open == ["plan"]
    walk.complete("plan")
    for task in ("a1", "a2", "b1", "b2"):
        walk.complete(task)
    assert walk.open == ["check"]
    walk.complete("check")
    assert walk.finished


def test_going_back_and_forth_over_a_join_never_lets_it_fire_twice(walks: Begin) -> None:
    walk = walks(BLOCK)
    walk.complete("plan")
    for task in ("a1", "a2", "b1", "b2"):
        walk.complete(task)
    for back, again in (("a1", ["a1", "a2"]), ("b2", ["b2"]), ("a2", ["a2"]), ("b1", ["b1", "b2"])):
        walk.return_to(back)
        for task in again:
            assert walk.open == [task]
            walk.complete(task)
        assert walk.open == ["check"]
    walk.complete("check")
    assert walk.finished


def test_over_an_inclusive_join_too(walks: Begin) -> None:
    walk = walks("""
    start s
    or split
    user a
    user b
    user c
    or join
    user check
    s -> split
    split -> a if true
    split -> b if true
    split -> c if false
    a -> join
    b -> join
    c -> join
    join -> check
    """)
    walk.complete("a")
    walk.complete("b")
    walk.return_to("a")
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.open == ["check"]


def test_from_one_of_many_withdraws_them_all(walks: Begin) -> None:
    walk = walks("start s \n user a \n user vote each=[1,2,3] \n user b \n s -> a -> vote -> b")
    walk.complete("a")
    walk.complete("vote", 2)
    walk.return_to("a", source="vote", item=3)
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.items == [1, 2, 3]


def test_back_to_many_opens_them_all(walks: Begin) -> None:
    walk = walks("start s \n user vote each=[1,2,3] \n user b \n s -> vote -> b")
    for _ in range(3):
        walk.complete("vote")
    walk.return_to("vote")
    assert walk.items == [1, 2, 3]
    for _ in range(3):
        walk.complete("vote")
    assert walk.open == ["b"]


def test_one_of_many_is_not_earlier_than_another(walks: Begin) -> None:
    walk = walks("start s \n user vote each=[1,2,3] sequential \n user b \n s -> vote -> b")
    walk.complete("vote")
    assert refused(walk, "vote") == "not_earlier"


NESTED = """
start s
user a
sub box {
  start s2
  user b
  user c
  s2 -> b -> c
}
user d
s -> a -> box -> d
"""


def test_out_of_a_subprocess_cancels_it(walks: Begin) -> None:
    walk = walks(NESTED)
    walk.complete("a")
    walk.complete("b")
    walk.return_to("a")
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.open == ["b"]


def test_inside_a_subprocess_it_goes_on(walks: Begin) -> None:
    walk = walks(NESTED)
    walk.complete("a")
    walk.complete("b")
    walk.return_to("b")
    assert walk.open == ["b"]
    walk.complete("b")
    walk.complete("c")
    assert walk.open == ["d"]


def test_into_a_finished_subprocess_is_refused_but_it_may_begin_anew(walks: Begin) -> None:
    walk = walks(NESTED)
    for task in ("a", "b", "c"):
        walk.complete(task)
    assert refused(walk, "c") == "not_earlier"
    walk.return_to("box")
    assert walk.open == ["b"]


def test_out_of_a_called_process_cancels_the_call(walks: Begin) -> None:
    walk = walks(
        "start s \n user a \n call k calls=q give:n=n \n user d \n s -> a -> k -> d",
        others={"q": "start s \n user b \n user c \n s -> b -> c"},
        n=1,
    )
    walk.complete("a")
    walk.complete("b")
    walk.return_to("a")
    assert walk.open == ["a"]
    walk.complete("a")
    walk.complete("b")
    walk.complete("c")
    assert walk.open == ["d"]


def test_out_of_one_of_many_subprocesses_withdraws_them_all(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    sub box each=[1,2] {
      start s2
      user b
      user c
      s2 -> b -> c
    }
    user d
    s -> a -> box -> d
    """)
    walk.complete("a")
    walk.complete("b")
    assert walk.open == ["b", "c"]
    walk.return_to("b", source="c")
    assert walk.open == ["b", "b"]
    walk.complete("b")
    walk.return_to("a", source="c")
    assert walk.open == ["a"]


def test_a_task_that_is_entered_again_has_fresh_timers(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    boundary late on=a timer=P3D aside
    user chase
    user b
    s -> a -> b
    late -> chase
    """)
    walk.advance(days=2)
    walk.complete("a")
    walk.return_to("a")
    assert walk.due == "2026-04-25T09:00:00+08:00"
    walk.advance(days=3)
    assert walk.open == ["a", "chase"]


def test_from_a_reminder_to_the_task_it_hangs_on_starts_that_task_again(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    boundary late on=a cycle=R/P3D aside
    user chase
    user b
    s -> a -> b
    late -> chase
    """)
    first = walk.machine.tasks[0].id
    walk.advance(days=7)
    assert walk.open == ["a", "chase", "chase"]
    walk.return_to("a", source="chase")
    assert walk.open == ["a"]
    assert walk.machine.tasks[0].id != first
    assert walk.due == "2026-04-30T09:00:00+08:00"


def test_from_a_deadline_to_the_task_that_missed_it(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    boundary late on=a timer=P3D
    user chase
    user b
    s -> a -> b
    late -> chase
    """)
    walk.advance(days=3)
    assert walk.open == ["chase"]
    walk.return_to("a")
    assert walk.open == ["a"]
    assert walk.due == "2026-04-26T09:00:00+08:00"


def test_from_an_interrupting_event_subprocess_to_what_it_interrupted(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    user b
    s -> a -> b
    sub es event {
      start begin message=halt
      user h
      begin -> h
    }
    """)
    walk.complete("a")
    walk.message("halt")
    assert walk.open == ["h"]
    walk.return_to("a")
    assert walk.open == ["a"]
    walk.message("halt")
    assert walk.open == ["h"]


def test_what_was_merged_from_two_ways_goes_back_along_the_way_it_came(walks: Begin) -> None:
    diagram = """
    start s
    xor x
    user a
    user b
    xor m
    user c
    s -> x
    x -> a if left
    x -> b default
    a -> m
    b -> m
    m -> c
    """
    walk = walks(diagram, left=True)
    walk.complete("a")
    assert refused(walk, "b") == "not_earlier"
    walk.return_to("a")
    assert walk.open == ["a"]


def test_a_return_reaches_three_visits_back_and_no_further(walks: Begin) -> None:
    """Which is what an instance that is stored remembers; one that never was remembers no more."""
    walk = walks("start s \n xor m \n user a \n user b \n s -> m -> a -> b -> m")
    for _ in range(10):
        walk.complete("a")
        walk.complete("b")
    for element in ("b", "a") * 3:
        walk.return_to(element)
    assert walk.open == ["a"]
    assert refused(walk, "b") == "not_earlier"


def test_a_return_out_of_a_block_inside_a_loop_touches_only_this_round(walks: Begin) -> None:
    walk = walks("""
    start s
    xor m
    user plan
    and split
    user a
    user b
    and join
    xor x
    s -> m -> plan -> split
    split -> a -> join
    split -> b -> join
    join -> x
    x -> m if true
    """)
    for _ in range(5):
        walk.complete("plan")
        walk.complete("b")
        walk.return_to("plan", source="a")
        assert walk.open == ["plan"]
        walk.complete("plan")
        walk.complete("a")
        walk.complete("b")
        assert walk.open == ["plan"]


def test_an_incident_may_be_sent_back(walks: Begin) -> None:
    walk = walks("start s \n user a \n xor x \n user b \n s -> a -> x \n x -> b if ok")
    walk.complete("a", ok=False)
    assert walk.incidents == ["x"]
    walk.step(lambda machine: machine.return_to(machine.incidents[0].task, "a"))
    assert walk.incidents == []
    walk.complete("a", ok=True)
    assert walk.open == ["b"]


def test_from_a_reminder_when_all_that_came_after_is_already_over(walks: Begin) -> None:
    """The join has fired and its way has ended; what the other branch had brought to it is there again all the same."""
    walk = walks("""
    start s
    and split
    user a
    user b
    boundary late on=b timer=P1D aside
    user chase
    and join
    user last
    end e
    s -> split
    split -> a -> join
    split -> b -> join
    join -> last -> e
    late -> chase
    """)
    walk.advance(days=1)
    for task in ("a", "b", "last"):
        walk.complete(task)
    assert walk.open == ["chase"]
    walk.return_to("b", source="chase")
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.open == ["last"]
    walk.complete("last")
    assert walk.finished
