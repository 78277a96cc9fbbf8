"""What is said to be different between two drawings."""

from engine.reports.drawing_changes import Changes, Part, changes
from tests.processes.demo_files import CITY

DRAWN = (CITY / "rectification.bpmn").read_text("utf-8")


def compared(newer: str) -> Changes:
    return changes(DRAWN.encode(), newer.encode())


def swapped(old: str, new: str) -> str:
    assert DRAWN.count(old) >= 1
    return DRAWN.replace(old, new, 1)


def test_a_drawing_is_as_it_was() -> None:
    assert compared(DRAWN) == Changes([], [], [])


def test_another_name_changes_the_part_and_not_what_it_stands_in() -> None:
    assert compared(swapped('name="审批方案"', 'name="审定方案"')) == Changes(
        [], [], [Part("approve_plan", "审定方案")]
    )


def test_another_place_or_other_spacing_changes_nothing() -> None:
    moved = swapped('<dc:Bounds x="', '<dc:Bounds x="1')
    assert compared(moved) == Changes([], [], [])
    assert compared(DRAWN.replace("\n", "\n   ")) == Changes([], [], [])


def test_what_comes_and_goes_is_named_and_its_neighbours_are_as_they_were() -> None:
    added = DRAWN.replace("</bpmn:process>", '<bpmn:task id="later" name="以后" /></bpmn:process>', 1).replace(
        "</bpmndi:BPMNPlane>",
        '<bpmndi:BPMNShape id="later_di" bpmnElement="later"><dc:Bounds x="0" y="0" width="9" height="9" />'
        "</bpmndi:BPMNShape></bpmndi:BPMNPlane>",
        1,
    )
    assert compared(added) == Changes([Part("later", "以后")], [], [])
    assert changes(added.encode(), DRAWN.encode()) == Changes([], [Part("later", "以后")], [])


def test_a_new_condition_changes_the_flow_alone() -> None:
    found = compared(swapped('=verdict = "returned"</bpmn:conditionExpression>', "=false</bpmn:conditionExpression>"))
    assert found == Changes([], [], [Part("sign_plan_to_submit_plan", "退回")])
