from pathlib import Path

from engine.workflow.spiff import outline, specify
from tests.workflow.spiff.drawing import draw

OFFICE = Path(__file__).parents[1] / "diagrams" / "office"


def test_what_a_real_diagram_holds() -> None:
    drawn = outline((OFFICE / "matter.bpmn").read_bytes())
    assert drawn.has_layout
    (process,) = drawn.processes
    assert (process.id, process.name, process.executable) == ("matter", "督办事项", True)
    assert process.documentation == "交办、方案、会签、核验、销号。"
    assert process.called == ("verification",)
    assert process.decisions == ("level",)
    assert process.forms == ("opinion", "plan")
    assert process.operations == ("evidence.count",)
    assert process.start_variables == ("item", "signers", "unit")
    assert [task.id for task in process.tasks] == ["submit_plan", "chase", "countersign", "close_out", "hand_in"]
    plan = process.tasks[0]
    assert (plan.name, plan.form, plan.due, plan.lane, plan.candidates) == (
        "提交方案",
        "plan",
        "7 workdays",
        "clerk@unit",
        None,
    )
    assert process.tasks[2].multi_instance
    assert process.tasks[2].candidates == "leader@signer"


def test_a_diagram_in_the_making_has_an_outline_too() -> None:
    drawn = outline(draw("complex c \n user a candidateGroups='=1 +' prop:operation=a.b prop:x==1 \n a -> nowhere"))
    (process,) = drawn.processes
    assert [element.kind for element in process.elements] == ["complexGateway", "userTask"]
    assert process.operations == ("a.b",)
    assert process.tasks[0].properties == {"operation": "a.b", "x": "=1"}


def test_messages_that_start_a_process() -> None:
    process = outline(
        draw("start s message=go \n start s2 \n user a \n end e message=gone \n s -> a -> e \n s2 -> a")
    ).process("main")
    assert process.started_by == {"go": "s"}
    assert process.messages == ("go", "gone")


def test_a_specification_shows_its_graph() -> None:
    specification = specify(
        "main", {"main": draw("start s \n sub b name=inside { \n start s2 \n user a \n s2 -> a \n } \n s -> b")}
    )
    assert list(specification.elements) == ["s", "b", "s2", "a"]
    assert specification.elements["b"].name == "inside"
    assert specification.elements["a"].scope == "b"
    assert [(flow.source, flow.target) for flow in specification.flows.values()] == [("s", "b"), ("s2", "a")]
