import pytest

from engine.workflow.spiff import BpmnError, Failure
from tests.workflow.spiff.drawing import draw
from tests.workflow.spiff.walking import Begin, World


def test_an_error_end_is_caught_on_the_subprocess(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      and p
      user a
      user b
      end bad error=WRONG
      s2 -> p
      p -> a -> bad
      p -> b
    }
    boundary failed on=box error=WRONG
    user c
    user d
    s -> box -> d
    failed -> c
    """)
    walk.complete("a")
    assert walk.open == ["c"]
    assert walk.visited == ["a", "failed"]


def test_an_error_goes_outward_until_somebody_catches_it(walks: Begin) -> None:
    walk = walks("""
    start s
    sub outer {
      start s2
      sub inner {
        start s3
        user a
        end bad error=WRONG
        s3 -> a -> bad
      }
      boundary other on=inner error=OTHER
      user x
      s2 -> inner
      other -> x
    }
    boundary failed on=outer error=WRONG
    user c
    s -> outer
    failed -> c
    """)
    walk.complete("a")
    assert walk.open == ["c"]


def test_an_error_leaves_a_called_process(walks: Begin) -> None:
    walk = walks(
        "start s \n call k calls=q \n boundary failed on=k error=WRONG \n user c \n s -> k \n failed -> c",
        others={"q": "start s \n user a \n end bad error=WRONG in:why==reason \n s -> a -> bad"},
    )
    walk.complete("a", reason="no plan")
    assert walk.open == ["c"]
    assert walk.variables == {"why": "no plan"}


def test_an_error_nobody_catches_is_an_incident(walks: Begin) -> None:
    walk = walks("start s \n user a \n end bad error=WRONG \n s -> a -> bad")
    walk.complete("a")
    assert walk.incidents == ["bad"]
    assert walk.machine.incidents[0].cause == "nobody catches the error WRONG"
    assert not walk.finished


def test_an_error_of_one_instance_is_caught_on_the_whole(walks: Begin) -> None:
    world = World(answers={"x.do": lambda call: {} if call.item != 2 else _raise(BpmnError("NO"))})
    walk = walks(
        """
    start s
    service a op=x.do each=[1,2,3] as=n
    boundary failed on=a error=NO
    user c
    s -> a
    failed -> c
    """,
        world=world,
    )
    assert walk.open == ["c"]
    assert walk.visited == ["a", "failed"]


def _raise(error: Exception) -> None:
    raise error


def test_a_failure_leaves_the_element_standing_with_its_cause(walks: Begin) -> None:
    world = World(answers={"x.do": [Failure("the printer is off"), {"n": 1}]})
    walk = walks("start s \n service a op=x.do \n user b \n s -> a -> b", world=world)
    assert walk.incidents == ["a"]
    assert walk.machine.incidents[0].cause == "the printer is off"
    assert walk.visited == []
    walk.step(lambda machine: machine.retry(machine.incidents[0].task))
    assert walk.open == ["b"]
    assert walk.variables == {"n": 1}


@pytest.mark.parametrize("error", [ValueError("broken"), KeyError("x")])
def test_any_other_exception_goes_unchanged_to_the_caller(walks: Begin, error: Exception) -> None:
    world = World(answers={"x.do": error})
    walk = walks("start s \n user a \n service b op=x.do \n s -> a -> b", world=world)
    with pytest.raises(type(error)) as caught:
        walk.complete("a")
    assert caught.value is error


def test_an_escalation_that_interrupts_ends_the_subprocess(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      user a
      throw up escalation=HIGH
      user b
      s2 -> a -> up -> b
    }
    boundary raised on=box escalation=HIGH
    user c
    s -> box
    raised -> c
    """)
    walk.complete("a")
    assert walk.open == ["c"]


def test_an_escalation_that_does_not_interrupt_lets_the_subprocess_go_on(walks: Begin) -> None:
    walk = walks("""
    start s
    sub box {
      start s2
      user a
      throw up escalation=HIGH in:level=3
      user b
      s2 -> a -> up -> b
    }
    boundary raised on=box escalation aside
    user c
    s -> box
    raised -> c
    """)
    walk.complete("a")
    assert walk.open == ["b", "c"]
    assert walk.variables == {"level": "3"}


def test_an_escalation_nobody_catches_is_nothing(walks: Begin) -> None:
    walk = walks("start s \n throw up escalation=HIGH \n user b \n s -> up -> b")
    assert walk.open == ["b"]
    assert walk.incidents == []


def test_what_is_caught_may_be_told_to_variables(walks: Begin) -> None:
    source = draw("start s \n service a op=x.do \n boundary b on=a error \n user c \n s -> a \n b -> c").replace(
        b"<bpmn:errorEventDefinition",
        b'<bpmn:errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="text"',
    )
    world = World(answers={"x.do": BpmnError("NO", {"message": "no paper", "sheets": 0})})
    walk = walks(source, world=world)
    assert walk.variables == {"code": "NO", "text": "no paper", "message": "no paper", "sheets": 0}
