from decimal import Decimal

import pytest

from engine.errors import BihuanError, Invalid
from engine.workflow.spiff import BpmnError, Failure
from tests.workflow.spiff.walking import Begin, World, begin_with


def test_an_operation_gets_its_parameters_and_its_answer_becomes_variables(walks: Begin) -> None:
    world = World(answers={"evidence.count": {"files": 2}})
    walk = walks(
        "start s \n service a op=evidence.count in:item==item in:kind=plan prop:note==item+1 \n user b \n s -> a -> b",
        world=world,
        item=17,
    )
    (call,) = walk.world.calls
    assert call.operation == "evidence.count"
    assert call.inputs == {"item": 17, "kind": "plan"}
    assert call.properties == {"note": 18}
    assert (call.element, call.item, call.answers) == ("a", None, None)
    assert walk.variables == {"item": 17, "files": 2}
    assert walk.visited == ["a"]


def test_output_parameters_choose_and_name(walks: Begin) -> None:
    world = World(answers={"x.do": {"files": 2, "size": 30}})
    walk = walks(
        "start s \n service a op=x.do out:count==files out:twice='=files * factor' \n user b \n s -> a -> b",
        world=world,
        factor=10,
    )
    assert walk.variables == {"factor": 10, "count": 2, "twice": 20}


def test_a_result_variable_takes_the_answer_as_a_whole(walks: Begin) -> None:
    walk = walks(
        "start s \n service a op=x.do resultVariable=r \n user b \n s -> a -> b",
        world=World(answers={"x.do": {"n": 1}}),
    )
    assert walk.variables == {"r": {"n": 1}}


def test_an_operation_called_for_each_knows_its_item(walks: Begin) -> None:
    walk = walks("start s \n service a op=x.do each=units as=unit in:u==unit \n s -> a", units=["A", "B"])
    assert [(call.item, call.inputs, call.locals) for call in walk.world.calls] == [
        (1, {"u": "A"}, {"unit": "A", "loopCounter": 0}),
        (2, {"u": "B"}, {"unit": "B", "loopCounter": 1}),
    ]
    assert walk.finished


def test_a_script_is_feel_and_names_its_result(walks: Begin) -> None:
    walk = walks('start s \n script a feel="0.1 + 0.2" resultVariable=sum \n user b \n s -> a -> b')
    assert walk.variables == {"sum": Decimal("0.3")}


def test_a_script_that_costs_too_much_is_an_incident(walks: Begin) -> None:
    walk = walks('start s \n script a feel="for i in 1..1000000 return i" resultVariable=x \n s -> a')
    assert walk.incidents == ["a"]


def test_a_function_is_no_value_to_keep(walks: Begin) -> None:
    walk = walks('start s \n script a feel="function(x) x" resultVariable=f \n s -> a')
    assert walk.incidents == ["a"]


@pytest.mark.parametrize(
    ("mapping", "result", "value"),
    [
        ("", "red", "red"),
        ("", {"level": "red"}, {"level": "red"}),
        ("", [1, 2], [1, 2]),
        ("mapDecisionResult=singleEntry", "red", "red"),
        ("mapDecisionResult=singleEntry", {"level": "red"}, "red"),
        ("mapDecisionResult=singleEntry", None, None),
        ("mapDecisionResult=singleResult", {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ("mapDecisionResult=singleResult", [{"a": 1}], {"a": 1}),
        ("mapDecisionResult=collectEntries", [{"a": 1}, {"a": 2}], [1, 2]),
        ("mapDecisionResult=collectEntries", "red", ["red"]),
        ("mapDecisionResult=resultList", [{"a": 1}], [{"a": 1}]),
        ("mapDecisionResult=resultList", {"a": 1}, [{"a": 1}]),
        ("mapDecisionResult=resultList", None, []),
    ],
)
def test_a_decision_is_asked_and_its_result_shaped(walks: Begin, mapping: str, result: object, value: object) -> None:
    world = World(decisions={"level": result})
    walk = walks(
        f"start s \n rule a decisionRef=level resultVariable=r {mapping} \n user b \n s -> a -> b", world=world, n=1
    )
    assert walk.world.asked == [("level", {"n": 1})]
    assert walk.variables == {"n": 1, "r": value}


@pytest.mark.parametrize(
    ("mapping", "result"),
    [("singleEntry", [1, 2]), ("singleResult", [1, 2]), ("singleEntry", {"a": 1, "b": 2})],
)
def test_a_decision_that_does_not_fit_its_shape_is_an_incident(walks: Begin, mapping: str, result: object) -> None:
    world = World(decisions={"level": result})
    walk = walks(
        f"start s \n rule a decisionRef=level resultVariable=r mapDecisionResult={mapping} \n s -> a", world=world
    )
    assert walk.incidents == ["a"]


def test_outputs_of_a_decision_without_a_name_for_them_become_variables(walks: Begin) -> None:
    walk = walks(
        "start s \n rule a decisionRef=d \n user b \n s -> a -> b", world=World(decisions={"d": {"x": 1, "y": 2}})
    )
    assert walk.variables == {"x": 1, "y": 2}


# ---- a person's task that calls an operation


HUMAN = """
start s
user a prop:operation=rectification.submit in:item==item in:twice='=n * 2'
boundary refused on=a error=TOO_LATE
user b
user c
s -> a -> b
refused -> c
"""


def test_what_the_operation_of_a_task_answers_takes_the_place_of_what_was_typed(walks: Begin) -> None:
    world = World(answers={"rectification.submit": {"plan_id": 5}})
    walk = walks(HUMAN, world=world, item=17, n=1)
    walk.complete("a", plan="mend it")
    (call,) = walk.world.calls
    assert call.answers == {"plan": "mend it"}
    assert call.inputs == {"item": 17, "twice": 2}
    assert walk.variables == {"item": 17, "n": 1, "plan_id": 5}
    assert walk.open == ["b"]


def test_an_error_of_a_tasks_operation_takes_the_drawn_way(walks: Begin) -> None:
    walk = walks(HUMAN, world=World(answers={"rectification.submit": BpmnError("TOO_LATE")}), item=1, n=1)
    walk.complete("a", plan="x")
    assert walk.open == ["c"]
    assert walk.visited == ["refused"]


def test_a_refusal_of_a_tasks_operation_goes_to_the_person_and_nothing_has_moved(walks: Begin) -> None:
    world = World(answers={"rectification.submit": Invalid("No plan.")})
    walk = walks(HUMAN, world=world, item=1, n=1)
    state = walk.machine.dump()
    with pytest.raises(Invalid):
        walk.complete("a")
    assert walk.machine.dump() == state


def test_a_failure_of_a_tasks_operation_is_an_incident_and_the_task_opens_again_on_retry(walks: Begin) -> None:
    world = World(answers={"rectification.submit": [Failure("off"), {}]})
    walk = walks(HUMAN, world=world, item=1, n=1)
    walk.complete("a")
    assert walk.open == []
    assert walk.incidents == ["a"]
    walk.step(lambda machine: machine.retry(machine.incidents[0].task))
    assert walk.open == ["a"]
    walk.complete("a")
    assert walk.open == ["b"]


def test_a_message_event_that_names_an_operation_calls_it(walks: Begin) -> None:
    source = (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"><bpmn:process id="main"><bpmn:startEvent id="s"/>'
        '<bpmn:endEvent id="e"><bpmn:messageEventDefinition camunda:type="external" camunda:topic="mail.send"/>'
        '</bpmn:endEvent><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="e"/></bpmn:process></bpmn:definitions>'
    )
    walk = walks(source.encode())
    assert [call.operation for call in walk.world.calls] == ["mail.send"]
    assert walk.world.sent == []
    assert walk.finished


def test_an_operation_answers_with_plain_data_that_is_its_instances_own() -> None:
    rows = [1]
    walk = begin_with(stored=False)(
        "start s \n service a op=x.do \n user b \n s -> a -> b", world=World(answers={"x.do": {"rows": rows}})
    )
    rows.append(2)
    assert walk.variables == {"rows": [1]}
    with pytest.raises(BihuanError) as refused:
        begin_with(stored=False)(
            "start s \n service a op=x.do \n s -> a", world=World(answers={"x.do": {"o": object()}})
        )
    assert refused.value.code == "not_plain"
