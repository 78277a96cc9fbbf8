import pytest

from tests.workflow.spiff.walking import Begin

ONE = "start s \n user a {} \n s -> a"


@pytest.mark.parametrize(
    ("drawn", "candidates"),
    [
        ("candidateGroups=clerk", ("clerk",)),
        ("candidateGroups='clerk, leader@unit'", ("clerk", "leader@A01")),
        ("candidateGroups=clerk@responsible_unit", ("clerk@B02",)),
        ("candidateGroups=clerk@units", ("clerk@A01", "clerk@B02")),
        ("candidateGroups=clerk@matter.unit", ("clerk@C03",)),
        ("candidateGroups=clerk@nobody", ("clerk@",)),
        ("candidateGroups='=\"clerk@\" + unit'", ("clerk@A01",)),
        ("candidateGroups='=\"clerk@unit\"'", ("clerk@A01",)),
        ('candidateGroups=\'=if true then ["clerk", "leader@Z9"] else null\'', ("clerk", "leader@Z9")),
        ("candidateGroups='${group}'", ("expert", "lead")),
        ("candidateGroups='=null'", ()),
        ("", ()),
    ],
)
def test_who_may_do_a_task(walks: Begin, drawn: str, candidates: tuple[str, ...]) -> None:
    walk = walks(
        ONE.format(drawn),
        unit="A01",
        responsible_unit="B02",
        units=["A01", "B02"],
        matter={"unit": "C03"},
        group="expert, lead",
    )
    assert walk.machine.tasks[0].candidates == candidates


def test_candidates_are_settled_when_the_task_is_entered(walks: Begin) -> None:
    walk = walks("start s \n and p \n user a candidateGroups=clerk@unit \n user b \n s -> p -> a \n p -> b", unit="A")
    walk.complete("b", unit="B")
    assert walk.machine.tasks[0].candidates == ("clerk@A",)


def test_an_assignee_is_an_account_or_an_expression(walks: Begin) -> None:
    assert walks(ONE.format("assignee=zhang")).machine.tasks[0].assignee == "zhang"
    assert walks(ONE.format("assignee='=who'"), who="li").machine.tasks[0].assignee == "li"
    assert walks(ONE.format("assignee='=who'")).machine.tasks[0].assignee is None


LANES = """
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
 <bpmn:process id="main">
  <bpmn:laneSet id="ls">
   <bpmn:lane id="l1" name="clerk@unit"><bpmn:flowNodeRef>a</bpmn:flowNodeRef><bpmn:flowNodeRef>b</bpmn:flowNodeRef>
    <bpmn:flowNodeRef>c</bpmn:flowNodeRef><bpmn:flowNodeRef>box</bpmn:flowNodeRef>
    <bpmn:childLaneSet id="in"><bpmn:lane id="l2" name="leader"><bpmn:flowNodeRef>d</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet>
   </bpmn:lane>
   <bpmn:lane id="l3" name="${role}"><bpmn:flowNodeRef>g</bpmn:flowNodeRef></bpmn:lane>
  </bpmn:laneSet>
  <bpmn:startEvent id="s"/>
  <bpmn:parallelGateway id="and"/>
  <bpmn:userTask id="a"/>
  <bpmn:userTask id="b" camunda:candidateGroups="expert"/>
  <bpmn:userTask id="c" camunda:assignee="zhang"/>
  <bpmn:userTask id="d"/>
  <bpmn:userTask id="g"/>
  <bpmn:subProcess id="box"><bpmn:startEvent id="s2"/><bpmn:userTask id="h"/>
   <bpmn:sequenceFlow id="f9" sourceRef="s2" targetRef="h"/></bpmn:subProcess>
  <bpmn:sequenceFlow id="f0" sourceRef="s" targetRef="and"/>
  <bpmn:sequenceFlow id="f1" sourceRef="and" targetRef="a"/><bpmn:sequenceFlow id="f2" sourceRef="and" targetRef="b"/>
  <bpmn:sequenceFlow id="f3" sourceRef="and" targetRef="c"/><bpmn:sequenceFlow id="f4" sourceRef="and" targetRef="d"/>
  <bpmn:sequenceFlow id="f5" sourceRef="and" targetRef="box"/><bpmn:sequenceFlow id="f6" sourceRef="and" targetRef="g"/>
 </bpmn:process>
</bpmn:definitions>
"""


def test_a_task_with_nobody_drawn_belongs_to_its_lane(walks: Begin) -> None:
    walk = walks(LANES.encode(), unit="A", role="expert")
    assert {task.element: task.candidates for task in walk.machine.tasks} == {
        "a": ("clerk@A",),
        "b": ("expert",),
        "c": (),
        "d": ("leader",),
        "g": ("expert",),
        "h": ("clerk@A",),
    }


@pytest.mark.parametrize(
    ("drawn", "due"),
    [
        ("dueDate=2026-04-22", "2026-04-22T23:59:59+08:00"),
        ("dueDate=2026-04-22T12:00:00+08:00", "2026-04-22T12:00:00+08:00"),
        ("dueDate=P3D", "2026-04-23T09:00:00+08:00"),
        ("dueDate='5 workdays'", "2026-04-27T09:00:00+08:00"),
        ("dueDate='=deadline'", "2026-05-08T23:59:59+08:00"),
        ("dueDate='${deadline}'", "2026-05-08T23:59:59+08:00"),
        ("dueDate='=string(plan) + \" workdays\"'", "2026-04-29T09:00:00+08:00"),
    ],
)
def test_until_when_a_task_is_due(walks: Begin, drawn: str, due: str) -> None:
    walk = walks(ONE.format(drawn), deadline="2026-05-08", plan=7)
    (task,) = walk.machine.tasks
    assert task.due is not None
    assert task.due.isoformat() == due
    assert walk.machine.due is None  # the due date of a person is no timer


def test_a_due_date_that_says_no_time_is_an_incident(walks: Begin) -> None:
    assert walks(ONE.format("dueDate='=yes'"), yes=True).incidents == ["a"]


def test_a_due_date_without_a_value_is_none(walks: Begin) -> None:
    assert walks(ONE.format("dueDate='=nothing'")).machine.tasks[0].due is None


def test_what_a_task_is_told(walks: Begin) -> None:
    walk = walks(
        ONE.format("name=交方案 formRef=plan prop:batch=letter prop:n==n+1 in:item==item in:kind=x"), n=1, item=[1, 2]
    )
    (task,) = walk.machine.tasks
    assert (task.element, task.name, task.kind, task.form, task.process) == ("a", "交方案", "userTask", "plan", "main")
    assert task.properties == {"batch": "letter", "n": 2}
    assert task.inputs == {"item": [1, 2], "kind": "x"}
    assert task.entered_at.isoformat() == "2026-04-20T09:00:00+08:00"


def test_an_id_of_a_task_is_never_given_twice(walks: Begin) -> None:
    walk = walks("start s \n xor m \n user a \n s -> m -> a -> m")
    seen = set()
    for _ in range(20):
        seen.add(walk.machine.tasks[0].id)
        walk.complete("a")
    assert len(seen) == 20


def test_a_task_knows_how_often_its_element_was_entered(walks: Begin) -> None:
    walk = walks("start s \n xor m \n user a \n user b \n xor x \n s -> m -> a -> b -> x \n x -> m if again")
    for round_ in (1, 2, 3):
        assert walk.machine.tasks[0].visits == round_
        walk.complete("a")
        if round_ == 2:
            walk.return_to("a")
            assert walk.machine.tasks[0].visits == 3
            break
        walk.complete("b", again=True)


def test_manual_and_plain_tasks_are_for_people_too(walks: Begin) -> None:
    walk = walks("start s \n manual a \n task b \n s -> a -> b")
    assert walk.machine.tasks[0].kind == "manualTask"
    walk.complete("a")
    assert walk.machine.tasks[0].kind == "task"


def test_a_task_that_is_not_open_cannot_be_completed(walks: Begin) -> None:
    walk = walks("start s \n user a \n user b \n s -> a -> b")
    task = walk.task("a")
    walk.complete("a")
    with pytest.raises(Exception) as refused:
        walk.step(lambda machine: machine.complete(task.id, {}))
    assert getattr(refused.value, "code", None) == "not_open"
