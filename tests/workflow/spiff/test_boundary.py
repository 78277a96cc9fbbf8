import pytest

from engine.workflow.spiff import BpmnError
from tests.workflow.spiff.walking import Begin, World

LATE = """
start s
user a
boundary late on=a timer=P3D
user b
user chase
end e
s -> a -> b -> e
late -> chase
"""


def test_an_interrupting_timer_ends_its_task(walks: Begin) -> None:
    walk = walks(LATE)
    assert walk.due == "2026-04-23T09:00:00+08:00"
    walk.advance(days=2)
    assert walk.open == ["a"]
    walk.advance(days=1)
    assert walk.open == ["chase"]
    assert walk.visited == ["late"]
    assert walk.due is None
    walk.complete("chase")
    assert walk.finished
    assert walk.visited == ["late", "chase"]


def test_a_task_done_in_time_takes_its_timer_with_it(walks: Begin) -> None:
    walk = walks(LATE)
    walk.complete("a")
    assert walk.due is None
    walk.advance(days=10)
    assert walk.open == ["b"]


REMIND = """
start s
user a
boundary remind on=a cycle=R3/P1D aside
user note
end e
s -> a -> e
remind -> note
"""


def test_a_timer_that_does_not_interrupt_fires_as_often_as_it_says(walks: Begin) -> None:
    walk = walks(REMIND)
    walk.advance(days=1)
    assert walk.open == ["a", "note"]
    assert walk.due == "2026-04-22T09:00:00+08:00"
    walk.advance(days=10)
    assert walk.open == ["a", "note", "note", "note"]
    assert walk.due is None
    assert walk.machine.waits == []
    walk.complete("a")
    assert walk.open == ["note", "note", "note"]
    for _ in range(3):
        walk.complete("note")
    assert walk.finished


def test_a_cycle_without_a_number_goes_on_until_its_task_ends(walks: Begin) -> None:
    walk = walks(REMIND.replace("R3/", "R/"))
    walk.advance(days=50)
    assert len(walk.open) == 51
    walk.complete("a")
    walk.advance(days=50)
    assert len(walk.open) == 50


def test_a_loop_that_comes_back_starts_its_timer_afresh(walks: Begin) -> None:
    walk = walks("""
    start s
    xor m
    user a
    boundary late on=a timer=P3D aside
    user chase
    user b
    xor x
    s -> m -> a -> b -> x
    x -> m if again
    late -> chase
    """)
    walk.advance(days=2)
    walk.complete("a")
    walk.complete("b", again=True)
    assert walk.due == "2026-04-25T09:00:00+08:00"
    walk.advance(days=2)
    assert walk.open == ["a"]
    walk.advance(days=1)
    assert walk.open == ["a", "chase"]


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_a_message_or_signal_may_interrupt(walks: Begin, kind: str) -> None:
    walk = walks(f"start s \n user a \n boundary stop on=a {kind}=halt \n user b \n user c \n s -> a -> b \n stop -> c")
    getattr(walk, kind)("halt", why="x")
    assert walk.open == ["c"]
    assert walk.variables == {"why": "x"}
    assert walk.visited == ["stop"]


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_a_message_or_signal_that_does_not_interrupt_may_come_again(walks: Begin, kind: str) -> None:
    walk = walks(f"start s \n user a \n boundary more on=a {kind}=paper aside \n user read \n s -> a \n more -> read")
    getattr(walk, kind)("paper")
    getattr(walk, kind)("paper")
    assert walk.open == ["a", "read", "read"]
    assert walk.visited == ["more", "more"]
    walk.complete("a")
    getattr(walk, kind)("paper")
    assert walk.open == ["read", "read"]


def test_a_boundary_event_takes_no_message_that_came_before_its_task(walks: Begin) -> None:
    walk = walks("start s \n user a \n user b \n boundary stop on=b message=halt \n user c \n s -> a -> b \n stop -> c")
    assert walk.message("halt") is False
    walk.complete("a")
    assert walk.open == ["b"]


def test_a_condition_interrupts_when_it_becomes_true(walks: Begin) -> None:
    walk = walks(
        """
    start s
    and p
    user a
    user b
    boundary full on=a when="count > 2"
    user c
    s -> p
    p -> a
    p -> b
    full -> c
    """,
        count=0,
    )
    assert walk.open == ["a", "b"]
    walk.complete("b", count=3)
    assert walk.open == ["c"]


def test_a_condition_that_does_not_interrupt_fires_each_time_it_becomes_true(walks: Begin) -> None:
    walk = walks("""
    start s
    and p
    user a
    user set times=4
    boundary full on=a when="count > 2" aside
    user note
    s -> p
    p -> a
    p -> set
    full -> note
    """)
    walk.complete("set", count=3)
    assert walk.open.count("note") == 1
    walk.complete("set", count=4)
    assert walk.open.count("note") == 1
    walk.complete("set", count=1)
    walk.complete("set", count=9)
    assert walk.open.count("note") == 2


def test_an_error_of_the_operation_is_caught_on_the_task(walks: Begin) -> None:
    world = World(answers={"x.send": BpmnError("NO_PAPER", {"reason": "empty"})})
    walk = walks(
        """
    start s
    service a op=x.send
    boundary failed on=a error=NO_PAPER
    boundary other on=a error
    user b
    user c
    user d
    s -> a -> b
    failed -> c
    other -> d
    """,
        world=world,
    )
    assert walk.open == ["c"]
    assert walk.variables == {"reason": "empty"}
    assert walk.visited == ["failed"]


def test_the_event_that_names_the_error_comes_before_the_one_that_takes_any(walks: Begin) -> None:
    diagram = """
    start s
    service a op=x.send
    boundary other on=a error
    boundary failed on=a error=NO_PAPER
    user c
    user d
    s -> a
    failed -> c
    other -> d
    """
    assert walks(diagram, world=World(answers={"x.send": BpmnError("NO_PAPER")})).open == ["c"]
    assert walks(diagram, world=World(answers={"x.send": BpmnError("ELSE")})).open == ["d"]


def test_an_interrupted_subprocess_is_gone_with_all_it_held(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      and p
      user a
      user b
      boundary inner on=a timer=P1D aside
      user note
      s2 -> p
      p -> a
      p -> b
      inner -> note
    }
    boundary late on=box timer=P2D
    user c
    s -> box
    late -> c
    """)
    walk.advance(days=1)
    assert walk.open == ["a", "b", "note"]
    walk.advance(days=1)
    assert walk.open == ["c"]
    assert walk.visited == ["inner", "late"]
    assert walk.machine.waits == []


def test_two_timers_on_one_task_fire_in_the_order_of_their_instants(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    boundary second on=a timer=P5D
    boundary first on=a timer=P2D aside
    user note
    user chase
    s -> a
    first -> note
    second -> chase
    """)
    walk.advance(days=9)
    assert walk.visited == ["first", "second"]
    assert [str(entry.at)[:10] for entry in walk.trace if entry.event == "fired"] == ["2026-04-22", "2026-04-25"]
    assert walk.open == ["chase", "note"]
