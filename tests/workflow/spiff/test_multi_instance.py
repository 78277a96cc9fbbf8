import pytest

from tests.workflow.spiff.walking import Begin

VOTE = "start s \n user vote each=people as=person {} \n user after \n s -> vote -> after"
PEOPLE = ["zhang", "li", "wang"]


def test_in_parallel_everyone_is_asked_at_once(walks: Begin) -> None:
    walk = walks(VOTE.format(""), people=PEOPLE)
    assert walk.open == ["vote", "vote", "vote"]
    assert [task.item_value for task in walk.machine.tasks] == PEOPLE
    assert walk.items == [1, 2, 3]
    walk.complete("vote", 2)
    assert walk.items == [1, 3]
    walk.complete("vote", 3)
    walk.complete("vote", 1)
    assert walk.open == ["after"]
    assert walk.visited == ["vote", "vote", "vote"]


def test_in_sequence_one_is_asked_after_the_other(walks: Begin) -> None:
    walk = walks(VOTE.format("sequential"), people=PEOPLE)
    for person in PEOPLE:
        assert [task.item_value for task in walk.machine.tasks] == [person]
        walk.complete("vote")
    assert walk.open == ["after"]


def test_nobody_to_ask_is_done_at_once(walks: Begin) -> None:
    walk = walks(VOTE.format(""), people=[])
    assert walk.open == ["after"]
    assert walk.visited == []


@pytest.mark.parametrize("people", [None, "zhang", 3])
def test_what_is_no_list_is_an_incident(walks: Begin, people: object) -> None:
    walk = walks(VOTE.format(""), people=people)
    assert walk.incidents == ["vote"]


def test_the_same_may_be_asked_a_number_of_times(walks: Begin) -> None:
    walk = walks("start s \n user vote times=n+1 \n user after \n s -> vote -> after", n=1)
    assert walk.open == ["vote", "vote"]


@pytest.mark.parametrize("until", ["nrOfCompletedInstances >= 2", "nrOfCompletedInstances / nrOfInstances > 0.5"])
def test_a_majority_ends_the_vote(walks: Begin, until: str) -> None:
    walk = walks(VOTE.format(f'until="{until}"'), people=PEOPLE)
    walk.complete("vote", 3)
    assert walk.items == [1, 2]
    walk.complete("vote", 1)
    assert walk.open == ["after"]
    assert walk.visited == ["vote", "vote"]
    assert walk.happened("cancelled") == ["cancelled vote"]


def test_one_refusal_may_end_the_vote(walks: Begin) -> None:
    walk = walks(
        VOTE.format('until="vote = &quot;no&quot;"'.replace("&quot;", "'").replace("'no'", '\\"no\\"')), people=PEOPLE
    )
    walk.complete("vote", 1, vote="yes")
    assert walk.items == [2, 3]
    walk.complete("vote", 2, vote="no")
    assert walk.open == ["after"]


def test_the_condition_sees_who_is_still_open_and_the_item_just_done(walks: Begin) -> None:
    walk = walks(VOTE.format('until="nrOfActiveInstances = 1 or person = \\"li\\""'), people=PEOPLE)
    walk.complete("vote", 1)
    assert walk.items == [2, 3]
    walk.complete("vote", 3)
    assert walk.open == ["after"]
    walk = walks(VOTE.format('until="nrOfActiveInstances = 1 or person = \\"li\\""'), people=PEOPLE)
    walk.complete("vote", 2)
    assert walk.open == ["after"]


def test_in_sequence_too_the_condition_ends_it(walks: Begin) -> None:
    walk = walks(VOTE.format('sequential until="nrOfCompletedInstances = 2"'), people=PEOPLE)
    walk.complete("vote")
    walk.complete("vote")
    assert walk.open == ["after"]


def test_every_instance_of_a_subprocess_has_its_own_item(walks: Begin) -> None:
    walk = walks(
        """
    start s
    sub box each=units as=unit {
      start s2
      user a candidateGroups=clerk@unit
      xor x
      user b
      user c
      s2 -> a -> x
      x -> b if unit = "A"
      x -> c default
    }
    user after
    s -> box -> after
    """,
        units=["A", "B"],
    )
    assert [task.candidates for task in walk.machine.tasks] == [("clerk@A",), ("clerk@B",)]
    walk.complete("a")
    walk.complete("a")
    assert walk.open == ["b", "c"]
    walk.complete("b")
    assert walk.visited == ["a", "a", "b", "box"]
    walk.complete("c")
    assert walk.open == ["after"]
    assert walk.visited == ["a", "a", "b", "box", "c", "box"]
    assert walk.variables == {"units": ["A", "B"]}


def test_writing_the_item_changes_only_this_instance(walks: Begin) -> None:
    walk = walks(
        """
    start s
    sub box each=units as=unit {
      start s2
      script t feel="unit + \\"!\\"" resultVariable=unit
      user a candidateGroups=clerk@unit
      s2 -> t -> a
    }
    s -> box
    """,
        units=["A", "B"],
    )
    assert [task.candidates for task in walk.machine.tasks] == [("clerk@A!",), ("clerk@B!",)]
    assert walk.variables == {"units": ["A", "B"]}


def test_an_interrupting_event_withdraws_every_instance(walks: Begin) -> None:
    walk = walks("""
    start s
    user vote each=[1,2,3]
    boundary late on=vote timer=P1D
    user after
    user chase
    s -> vote -> after
    late -> chase
    """)
    walk.complete("vote")
    walk.advance(days=1)
    assert walk.open == ["chase"]


def test_an_event_aside_leaves_them_open_and_its_timer_ends_with_the_last(walks: Begin) -> None:
    walk = walks("""
    start s
    user vote each=[1,2]
    boundary remind on=vote cycle=R/P1D aside
    user note
    user after
    s -> vote -> after
    remind -> note
    """)
    walk.advance(days=2)
    assert walk.open == ["note", "note", "vote", "vote"]
    walk.complete("vote")
    walk.complete("vote")
    assert walk.due is None
    assert walk.open == ["after", "note", "note"]


def test_a_call_may_be_made_for_each(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q each=units as=unit give:name=unit \n user after \n s -> k -> after",
        others={"q": "start s \n user a candidateGroups=clerk@name \n s -> a"},
        units=["A", "B"],
    )
    assert [task.candidates for task in walk.machine.tasks] == [("clerk@A",), ("clerk@B",)]
    walk.complete("a")
    walk.complete("a")
    assert walk.visited == ["a", "k", "a", "k"]
    assert walk.open == ["after"]


def test_a_vote_in_a_loop_starts_from_nothing(walks: Begin) -> None:
    walk = walks(
        """
    start s
    xor m
    user vote each=people as=p until="nrOfCompletedInstances = 2"
    user check
    xor x
    s -> m -> vote -> check -> x
    x -> m if again
    """,
        people=PEOPLE,
    )
    for _ in range(3):
        assert walk.items == [1, 2, 3]
        walk.complete("vote", 1)
        walk.complete("vote", 3)
        assert walk.open == ["check"]
        walk.complete("check", again=True)


def test_an_instance_sees_how_far_the_whole_has_come(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box each=["A","B"] as=unit sequential {
      start s2
      user a prop:of==nrOfInstances prop:done==nrOfCompletedInstances prop:at==loopCounter
      s2 -> a
    }
    s -> box
    """)
    assert walk.machine.tasks[0].properties == {"of": 2, "done": 0, "at": 0}
    walk.complete("a")
    assert walk.machine.tasks[0].properties == {"of": 2, "done": 1, "at": 1}


def test_a_called_process_does_not_see_the_item_it_is_called_for(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q each=units as=unit \n s -> k",
        others={"q": "start s \n user a prop:unit==unit prop:of==nrOfInstances \n s -> a"},
        units=["A"],
    )
    assert walk.machine.tasks[0].properties == {"unit": None, "of": None}


# ---- standard loops


def test_a_loop_runs_while_its_condition_is_true(walks: Begin) -> None:
    walk = walks('start s \n user a loop="more" \n user b \n s -> a -> b')
    walk.complete("a", more=True)
    walk.complete("a", more=True)
    assert walk.open == ["a"]
    walk.complete("a", more=False)
    assert walk.open == ["b"]
    assert walk.visited == ["a", "a", "a"]


def test_a_loop_that_is_tested_before_may_not_run_at_all(walks: Begin) -> None:
    walk = walks('start s \n user a loop="more" before=1 \n user b \n s -> a -> b', more=False)
    assert walk.open == ["b"]
    assert walk.visited == []


def test_a_loop_runs_at_most_its_maximum(walks: Begin) -> None:
    walk = walks('start s \n user a loop="true" max=2 \n user b \n s -> a -> b')
    walk.complete("a")
    walk.complete("a")
    assert walk.open == ["b"]


# ---- more and fewer signers


def test_a_signer_added_in_parallel_is_asked_at_once_and_counts(walks: Begin) -> None:
    walk = walks(VOTE.format('until="nrOfCompletedInstances / nrOfInstances >= 0.5"'), people=["zhang", "li"])
    task = walk.task("vote", 1)
    assert walk.step(lambda machine: machine.add_item(task.id, "wang")) == 3
    assert [task.item_value for task in walk.machine.tasks] == PEOPLE
    walk.complete("vote", 1)
    assert walk.open == ["vote", "vote"]  # one of three is less than half, one of two would have been enough
    walk.complete("vote", 3)
    assert walk.open == ["after"]


def test_a_signer_added_in_sequence_is_asked_in_turn(walks: Begin) -> None:
    walk = walks(VOTE.format("sequential"), people=["zhang"])
    task = walk.task("vote")
    walk.step(lambda machine: machine.add_item(task.id, "li"))
    assert walk.items == [1]
    walk.complete("vote")
    assert walk.task("vote").item_value == "li"


def test_a_signer_removed_lowers_the_base_and_decides_the_vote(walks: Begin) -> None:
    walk = walks(VOTE.format('until="nrOfCompletedInstances / nrOfInstances >= 0.5"'), people=PEOPLE)
    walk.complete("vote", 1)
    assert walk.items == [2, 3]
    task = walk.task("vote", 3)
    walk.step(lambda machine: machine.remove_item(task.id))
    assert walk.open == ["after"]
    assert walk.visited == ["vote"]


def test_positions_do_not_shift_when_a_signer_is_removed(walks: Begin) -> None:
    walk = walks(VOTE.format(""), people=PEOPLE)
    task = walk.task("vote", 1)
    walk.step(lambda machine: machine.remove_item(task.id))
    assert walk.items == [2, 3]
    walk.complete("vote", 3)
    walk.complete("vote", 2)
    assert walk.open == ["after"]


def test_a_signer_whose_turn_has_not_come_may_be_removed(walks: Begin) -> None:
    walk = walks(VOTE.format("sequential"), people=PEOPLE)
    task = walk.task("vote")
    walk.step(lambda machine: machine.remove_item(task.id, 2))
    walk.complete("vote")
    assert walk.task("vote").item_value == "wang"
    walk.complete("vote")
    assert walk.open == ["after"]


def test_the_last_signer_stays(walks: Begin) -> None:
    walk = walks(VOTE.format(""), people=["zhang", "li"])
    task = walk.task("vote", 1)
    walk.step(lambda machine: machine.remove_item(task.id))
    last = walk.task("vote", 2)
    with pytest.raises(Exception) as refused:
        walk.step(lambda machine: machine.remove_item(last.id))
    assert getattr(refused.value, "code", None) == "last_signer"
    assert walk.items == [2]


def test_a_cancelled_instance_does_not_hang_the_vote(walks: Begin) -> None:
    walk = walks(VOTE.format('until="nrOfCompletedInstances / nrOfInstances > 0.5"'), people=PEOPLE)
    task = walk.task("vote", 2)
    walk.step(lambda machine: machine.cancel_task(task.id))
    walk.complete("vote", 1)
    assert walk.items == [3]  # one of three: the base is not lowered
    walk.complete("vote", 3)
    assert walk.open == ["after"]
