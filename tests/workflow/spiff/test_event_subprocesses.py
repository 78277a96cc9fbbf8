import pytest

from engine.workflow.spiff import CannotStart, Failure
from tests.workflow.spiff.walking import Begin, World, begin_with


def diagram(start: str, inside: str = "user h") -> str:
    return f"""
    start s
    user a
    user b
    s -> a -> b
    sub es event {{
      start begin {start}
      {inside}
      begin -> {inside.split()[1]}
    }}
    """


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_an_interrupting_one_takes_the_place_of_everything(walks: Begin, kind: str) -> None:
    walk = walks(diagram(f"{kind}=halt"))
    getattr(walk, kind)("halt", why="x")
    assert walk.open == ["h"]
    assert walk.variables == {"why": "x"}
    assert walk.machine.waits == []
    walk.complete("h")
    assert walk.finished
    assert walk.visited == ["h", "es"]


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_one_that_does_not_interrupt_runs_beside_and_again(walks: Begin, kind: str) -> None:
    walk = walks(diagram(f"{kind}=note aside"))
    getattr(walk, kind)("note")
    getattr(walk, kind)("note")
    assert walk.open == ["a", "h", "h"]
    walk.complete("h")
    assert walk.visited == ["h", "es"]
    walk.complete("a")
    walk.complete("b")
    assert not walk.finished
    walk.complete("h")
    assert walk.finished


def test_a_listener_alone_does_not_keep_its_process_alive(walks: Begin) -> None:
    walk = walks(diagram("timer=P3D"))
    walk.complete("a")
    walk.complete("b")
    assert walk.finished
    assert walk.due is None


def test_a_timer_starts_one(walks: Begin) -> None:
    walk = walks(diagram("timer=P3D"))
    assert walk.due == "2026-04-23T09:00:00+08:00"
    walk.advance(days=3)
    assert walk.open == ["h"]


def test_a_cycle_starts_one_again_and_again(walks: Begin) -> None:
    walk = walks(diagram("cycle=R3/P1D aside"))
    walk.advance(days=10)
    assert walk.open == ["a", "h", "h", "h"]
    assert walk.due is None


def test_a_condition_starts_one(walks: Begin) -> None:
    walk = walks(diagram('when="n > 3"'), n=1)
    assert walk.open == ["a"]
    walk.complete("a", n=4)
    assert walk.open == ["h"]


def test_an_error_inside_is_caught_inside(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      user a
      end bad error=WRONG
      s2 -> a -> bad
      sub es event {
        start begin error=WRONG
        user h
        begin -> h
      }
    }
    boundary failed on=box error=WRONG
    user c
    user d
    s -> box -> d
    failed -> c
    """)
    walk.complete("a")
    assert walk.open == ["h"]
    walk.complete("h")
    assert walk.open == ["d"]
    assert walk.visited == ["a", "h", "es", "box"]


def test_an_error_raised_while_the_catcher_runs_goes_further_out(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      user a
      end bad error=WRONG
      s2 -> a -> bad
      sub es event {
        start begin error=WRONG
        user h
        end again error=WRONG
        begin -> h -> again
      }
    }
    boundary failed on=box error=WRONG
    user c
    s -> box
    failed -> c
    """)
    walk.complete("a")
    walk.complete("h")
    assert walk.open == ["c"]


def test_an_escalation_that_interrupts_its_own_process_ends_the_token_that_threw_it(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    throw up escalation=HIGH
    user b
    s -> a -> up -> b
    sub es event {
      start begin escalation=HIGH
      user h
      begin -> h
    }
    """)
    walk.complete("a")
    assert walk.open == ["h"]


def test_a_signal_thrown_inside_interrupts_the_process_that_threw_it(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    throw up signal=stop
    user b
    s -> a -> up -> b
    sub es event {
      start begin signal=stop
      user h
      begin -> h
    }
    """)
    walk.complete("a")
    assert walk.open == ["h"]


def test_a_kept_message_does_not_start_one(walks: Begin) -> None:
    walk = walks("""
    start s
    user a
    sub box {
      start s2
      user b
      s2 -> b
      sub es event {
        start begin message=halt
        user h
        begin -> h
      }
    }
    s -> a -> box
    """)
    assert walk.message("halt") is False
    walk.complete("a")
    assert walk.open == ["b"]
    assert walk.message("halt") is True
    assert walk.open == ["h"]


def test_one_in_a_subprocess_is_gone_with_it(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      user b
      s2 -> b
      sub es event {
        start begin signal=note aside
        user h
        begin -> h
      }
    }
    boundary late on=box timer=P1D
    user c
    s -> box
    late -> c
    """)
    walk.signal("note")
    assert walk.open == ["b", "h"]
    walk.advance(days=1)
    assert walk.open == ["c"]
    assert walk.signal("note") == 0
    assert walk.machine.waits == []


def test_an_operation_that_fails_inside_one_stands_there() -> None:
    world = World(answers={"x.do": Failure("off")})
    walk = begin_with(stored=False)(diagram("signal=note aside", "service h op=x.do"), world=world)
    walk.signal("note")
    assert walk.incidents == ["h"]
    assert walk.open == ["a"]


def test_one_that_has_interrupted_may_itself_be_skipped(walks: Begin) -> None:
    walk = walks(diagram("message=halt"))
    walk.message("halt")
    (running,) = [entry.token for entry in walk.trace if (entry.event, entry.element) == ("entered", "es")]
    walk.step(lambda machine: machine.skip(running))
    assert walk.finished
    assert walk.visited == ["es"]


def test_a_process_whose_listener_knows_no_key_is_not_started() -> None:
    """No token stands yet that an incident could be about."""
    listening = diagram("message=note prop:key==item aside")
    with pytest.raises(CannotStart, match="the correlation key =item is null"):
        begin_with(stored=False)(listening)
    assert begin_with(stored=False)(listening, item=17).open == ["a"]
