from decimal import Decimal

import pytest

from tests.workflow.spiff.walking import Begin


def test_a_sequence_waits_for_each_person_in_turn(walks: Begin) -> None:
    walk = walks("start s \n user a \n user b \n end e \n s -> a -> b -> e")
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.open == ["b"]
    assert not walk.finished
    walk.complete("b")
    assert walk.finished
    assert walk.visited == ["a", "b"]


def test_elements_may_be_called_start_and_end(walks: Begin) -> None:
    walk = walks("start Start \n user End \n end EndJoin \n Start -> End -> EndJoin")
    walk.complete("End")
    assert walk.finished


def test_what_a_person_answers_becomes_variables(walks: Begin) -> None:
    walk = walks("start s \n user a \n s -> a", before=1)
    walk.complete("a", plan="修桥", share=Decimal("0.3"), typename="x")
    assert walk.variables == {"before": 1, "plan": "修桥", "share": Decimal("0.3"), "typename": "x"}


CHOICE = """
start s
user a
xor x
user low
user high
user other
s -> a -> x
x -> low if score < 60
x -> high if score >= 90
x -> other default
"""


@pytest.mark.parametrize(
    ("score", "chosen"), [(Decimal("59.9"), "low"), (90, "high"), (75, "other"), (None, "other"), ("a", "other")]
)
def test_an_exclusive_gateway_takes_the_one_true_flow_else_the_default(
    walks: Begin, score: object, chosen: str
) -> None:
    walk = walks(CHOICE)
    walk.complete("a", score=score)
    assert walk.open == [chosen]


def test_of_two_true_conditions_the_first_in_the_file_decides(walks: Begin) -> None:
    walk = walks("start s \n xor x \n user a \n user b \n s -> x \n x -> b if true \n x -> a if true")
    assert walk.open == ["b"]


def test_a_gateway_without_a_way_out_stands_as_an_incident(walks: Begin) -> None:
    walk = walks("start s \n xor x \n user a \n s -> x \n x -> a if missing = 1")
    assert walk.open == []
    assert walk.incidents == ["x"]
    assert not walk.finished
    assert walk.machine.incidents[0].cause == "no condition is true and there is no default flow"


def test_a_condition_in_the_old_notation_is_read(walks: Begin) -> None:
    walk = walks(
        "start s \n xor x \n user a \n user b \n s -> x \n x -> a if ${n > 2 && ok} \n x -> b default", n=3, ok=True
    )
    assert walk.open == ["a"]


def test_a_parallel_gateway_takes_every_flow_in_the_order_of_the_file(walks: Begin) -> None:
    walk = walks("start s \n and p \n user b \n user a \n s -> p -> b \n p -> a")
    assert [task.element for task in walk.machine.tasks] == ["b", "a"]


def test_an_inclusive_gateway_takes_every_true_flow(walks: Begin) -> None:
    diagram = """
    start s
    or x
    user a
    user b
    user c
    s -> x
    x -> a if n > 1
    x -> b if n > 2
    x -> c default
    """
    assert walks(diagram, n=3).open == ["a", "b"]
    assert walks(diagram, n=2).open == ["a"]
    assert walks(diagram, n=0).open == ["c"]


def test_a_task_with_two_flows_splits(walks: Begin) -> None:
    walk = walks("start s \n user t \n user a \n user b \n s -> t -> a \n t -> b")
    walk.complete("t")
    assert walk.open == ["a", "b"]


def test_a_task_takes_its_conditional_flows_when_they_are_true_else_its_default(walks: Begin) -> None:
    diagram = "start s \n user t \n user a \n user b \n s -> t \n t -> a if n = 1 \n t -> b default"
    walk = walks(diagram)
    walk.complete("t", n=1)
    assert walk.open == ["a"]
    walk = walks(diagram)
    walk.complete("t", n=2)
    assert walk.open == ["b"]


def test_two_flows_into_a_task_open_it_twice(walks: Begin) -> None:
    walk = walks("start s \n and p \n user a \n s -> p -> a \n p -> a")
    assert walk.open == ["a", "a"]
    walk.complete("a")
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.finished


def test_what_completes_at_once_comes_wave_by_wave(walks: Begin) -> None:
    walk = walks("""
    start s
    and p
    script a1 feel=1 resultVariable=v
    script a2 feel=1 resultVariable=v
    script b1 feel=1 resultVariable=v
    script b2 feel=1 resultVariable=v
    s -> p
    p -> a1 -> a2
    p -> b1 -> b2
    """)
    assert walk.visited == ["a1", "b1", "a2", "b2"]


def test_a_terminate_end_ends_everything_in_its_process(walks: Begin) -> None:
    walk = walks("start s \n and p \n user a \n user b \n end stop terminate \n s -> p -> a -> stop \n p -> b")
    walk.complete("a")
    assert walk.finished
    assert walk.open == []
    assert walk.visited == ["a"]


def test_a_process_that_never_waits_is_cut_off(walks: Begin) -> None:
    walk = walks("start s \n xor x \n script t feel=1 resultVariable=v \n s -> x -> t -> x")
    assert len(walk.incidents) == 1
    assert walk.incidents[0] in ("x", "t")
    assert "10000 steps" in walk.machine.incidents[0].cause


def test_a_loop_of_four_hundred_rounds_with_a_join_inside_stays_small(walks: Begin) -> None:
    walk = walks("""
    start s
    xor again
    and split
    user a
    user b
    and join
    xor more
    user last
    s -> again -> split -> a -> join -> more
    split -> b -> join
    more -> again if more
    more -> last default
    """)
    sizes = []
    for round_ in range(400):
        assert walk.open == ["a", "b"]
        walk.complete("a")
        assert walk.open == ["b"]
        walk.complete("b", more=round_ < 399)
        if round_ in (3, 398):
            sizes.append(len(walk.machine.dump()))
    assert walk.open == ["last"]
    # The counters in it have more digits at the end, and nothing else is more.
    assert sizes[1] < sizes[0] + 200
    assert walk.machine.tasks[0].visits == 1


def test_a_link_goes_on_at_its_catch(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    throw out link=later
    catch in link=later
    user b
    s -> a -> out
    in -> b
    """)
    walk.complete("a")
    assert walk.open == ["b"]
    walk.complete("b")
    assert walk.finished
