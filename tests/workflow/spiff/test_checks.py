"""Every complaint, each with its element. A diagram that is walked in the other tests passes, which they see to."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from engine.workflow.problems import Problem
from engine.workflow.registry import Registry
from engine.workflow.spiff import Library, Machine, check, specify
from tests.workflow.spiff.drawing import draw
from tests.workflow.spiff.walking import START, World


def registry() -> Registry:
    operations = Registry()

    @operations.operation("evidence.count", summary="", outputs={"files": "their number"})
    def count(ctx: Any, call: Any, *, item: int, share: Decimal | None = None) -> Mapping[str, object]:
        return {}

    return operations


LIBRARY = Library(
    operations=registry(),
    decisions=["level"],
    forms={"plan": ["plan", "verdict"]},
    processes=["other"],
    roles=["clerk", "lead"],
)
STRICT = Library(forms={"plan": []}, strict=True)


def problems(diagram: str | bytes, library: Library = LIBRARY) -> list[Problem]:
    return check(diagram if isinstance(diagram, bytes) else draw(diagram), library)


def errors(diagram: str | bytes, library: Library = LIBRARY) -> list[tuple[str | None, str]]:
    return [(each.element, each.code) for each in problems(diagram, library) if each.severity == "error"]


def warnings(diagram: str | bytes, library: Library = LIBRARY) -> list[tuple[str | None, str]]:
    return [(each.element, each.code) for each in problems(diagram, library) if each.severity == "warning"]


A = "start s \n user a candidateGroups=clerk \n end e \n s -> a -> e \n"


def test_a_plain_diagram_has_no_problems() -> None:
    assert problems(A) == []


@pytest.mark.parametrize("source", [b"", b"<a>", b"not xml"])
def test_what_is_no_xml_is_one_problem(source: bytes) -> None:
    ((element, code),) = errors(source)
    assert (element, code) == (None, "not_xml")


def test_a_doctype_and_a_file_without_a_process() -> None:
    assert errors(b"<!DOCTYPE a><a/>") == [(None, "doctype")]
    assert errors(b"<a/>") == [(None, "no_process")]


# ---- what is not run


@pytest.mark.parametrize(
    ("line", "element"),
    [
        ("complex c", "c"),
        ("adhoc c", "c"),
        ("user c parallelMultiple=true", "c"),
        ("receive c message=m instantiate=true", "c"),
        ("receive c", "c"),
        ("catch c", "c"),
        ("catch c error=E", "c"),
        ("catch c message=", "c"),
        ("throw c timer=P1D", "c"),
        ("throw c error=E", "c"),
        ("throw c escalation=", "c"),
        ("throw c cancel", "c"),
        ("throw c message=m compensate=", "c"),
        ("throw c compensate=a", "c"),
        ("catch c timer=P1D date=2026-05-01", "c"),
        ("service c camunda:class=org.example.Do", "c"),
        ("service c camunda:delegateExpression=${bean}", "c"),
        ("service c camunda:expression=${bean.go()}", "c"),
        ("user c each=people aside=1 as=p times= each=", "c"),
        ("rule c decisionRef=level mapDecisionResult=odd", "c"),
        ("call c", "c"),
        ("call c calls=${name}", "c"),
    ],
)
def test_what_is_not_run_is_refused_with_its_element(line: str, element: str) -> None:
    found = errors(A.replace("-> e", "-> c -> e") + line)
    assert {code for name, code in found if name == element} & {"not_run", "unknown_operation"}


@pytest.mark.parametrize(
    "boundary",
    ["boundary c on=a", "boundary c on=a terminate", "boundary c on=a error=E aside", "boundary c on=a cancel"],
)
def test_boundary_events_that_mean_nothing(boundary: str) -> None:
    assert ("c", "not_run") in errors(A + boundary + "\n c -> e")


@pytest.mark.parametrize("host", ["e", "s", "nowhere"])
def test_a_boundary_event_hangs_on_an_activity(host: str) -> None:
    assert ("c", "dangling_flow") in errors(A + f"boundary c on={host} timer=P1D \n c -> e")


EVENT_SUBPROCESS = "sub es event {{ \n {} \n user h candidateGroups=clerk \n {} \n }}"


@pytest.mark.parametrize(
    ("start", "flow", "element"),
    [
        ("start b", "b -> h", "es"),
        ("start b message=x timer=P1D", "b -> h", "es"),
        ("start b terminate", "b -> h", "b"),
        ("start b compensate=", "b -> h", "b"),
        ("start b error=E aside", "b -> h", "b"),
        ("start b message=x \n start b2 signal=y", "b -> h \n b2 -> h", "es"),
    ],
)
def test_event_subprocesses_have_one_start_with_one_trigger(start: str, flow: str, element: str) -> None:
    assert (element, "not_run") in errors(A + EVENT_SUBPROCESS.format(start, flow))


def test_a_subprocess_begins_when_it_is_reached() -> None:
    assert ("s2", "not_run") in errors("start s \n sub b { \n start s2 message=x \n } \n s -> b")


def test_a_race_is_between_events() -> None:
    assert ("g", "not_run") in errors(
        "start s \n race g \n user a candidateGroups=clerk \n catch t timer=P1D \n s -> g -> a \n g -> t"
    )


def test_data_stores_are_refused_and_data_objects_are_documentation() -> None:
    source = draw(A).replace(b"<bpmn:startEvent", b'<bpmn:dataStoreReference id="d"/><bpmn:startEvent', 1)
    assert errors(source) == [("d", "not_run")]
    objects = b'<bpmn:dataObject id="o"/><bpmn:dataObjectReference id="d" dataObjectRef="o"/>'
    assert errors(draw(A).replace(b"<bpmn:startEvent", objects + b"<bpmn:startEvent", 1)) == []


@pytest.mark.parametrize("listener", ["executionListener", "taskListener", "connector"])
def test_code_behind_an_element_is_refused(listener: str) -> None:
    extension = f'<bpmn:extensionElements><camunda:{listener} class="x"/></bpmn:extensionElements></bpmn:userTask>'
    source = draw(A).replace(b"</bpmn:userTask>", extension.encode())
    assert ("a", "not_run") in errors(source)


def test_zeebe_is_another_dialect() -> None:
    assert errors(A + "user z zeebe:x=1 candidateGroups=clerk \n a -> z") == [("z", "dialect")]
    extension = b"<bpmn:extensionElements><zeebe:taskDefinition type='x'/></bpmn:extensionElements></bpmn:userTask>"
    assert errors(draw(A).replace(b"</bpmn:userTask>", extension)) == [("a", "dialect")]


def test_attributes_of_related_dialects_are_read_alike() -> None:
    source = draw("start s \n user a flowable:candidateGroups=clerk@unit flowable:dueDate=P3D \n s -> a")
    (task,) = Machine.start(specify("main", {"main": source}), {"unit": "A"}, World(), START).tasks
    assert task.candidates == ("clerk@A",)
    assert task.due is not None


def test_what_is_kept_and_not_read_is_said() -> None:
    assert ("a", "ignored") in warnings(
        "start s \n user a camunda:candidateUsers=zhang candidateGroups=clerk \n s -> a"
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<bpmn:potentialOwner/>",
        "<bpmn:extensionElements><camunda:formData/></bpmn:extensionElements>",
        "<bpmn:extensionElements><camunda:errorEventDefinition/></bpmn:extensionElements>",
    ],
)
def test_elements_that_are_kept_and_not_read_are_said(inside: str) -> None:
    source = draw(A).replace(b"</bpmn:userTask>", f"{inside}</bpmn:userTask>".encode())
    assert warnings(source) == [("a", "ignored")]


# ---- flows


def test_flows_without_ids_are_told_apart_by_their_ends() -> None:
    source = draw("start s \n and j \n end e \n s -> j \n s -> j \n j -> e")
    for flow in (b' id="f1"', b' id="f2"'):
        source = source.replace(flow, b"")
    assert errors(source) == []
    assert [*specify("main", {"main": source}).flows] == ["s->j", "s->j 2", "f3"]
    assert Machine.start(specify("main", {"main": source}), {}, World(), START).finished


def test_loose_ends_are_refused() -> None:
    assert ("f3", "dangling_flow") in errors(A + "a -> nowhere")
    assert ("f3", "dangling_flow") in errors(A + "a -> s")
    assert ("f3", "dangling_flow") in errors(A + "e -> a")
    assert ("f1", "dangling_flow") in errors("start s \n sub b { \n start s2 \n s2 -> s \n } \n s -> b")


def test_a_default_flow_leaves_its_gateway() -> None:
    source = draw("start s \n xor x \n user a candidateGroups=clerk \n s -> x -> a")
    assert errors(source.replace(b'<bpmn:exclusiveGateway id="x"', b'<bpmn:exclusiveGateway id="x" default="f1"')) == [
        ("x", "dangling_flow")
    ]


@pytest.mark.parametrize("kind", ["xor", "or"])
def test_a_choice_needs_conditions(kind: str) -> None:
    found = errors(f"start s \n {kind} x \n end a \n end b \n s -> x -> a \n x -> b default")
    assert found == [("f2", "no_condition")]
    assert errors(f"start s \n {kind} x \n end a \n s -> x -> a") == []


def test_a_condition_that_is_never_asked_is_said() -> None:
    assert ("f2", "ignored") in warnings("start s \n and x \n end a \n end b \n s -> x -> a if n = 1 \n x -> b")


@pytest.mark.parametrize(
    "diagram",
    [
        "start s \n xor m \n user a candidateGroups=clerk \n s -> m -> a -> m",
        "start s \n sub b { \n start s2 \n xor m \n user a candidateGroups=clerk \n s2 -> m -> a -> m \n } \n s -> b",
    ],
)
def test_a_circle_nothing_leads_out_of_is_refused(diagram: str) -> None:
    assert errors(diagram) == [("m", "no_way_to_an_end"), ("a", "no_way_to_an_end")] or errors(diagram)[-1] == (
        "a",
        "no_way_to_an_end",
    )


@pytest.mark.parametrize(
    "diagram",
    [
        # by a boundary event on the way, by one around it, by an event subprocess, by a link
        "start s \n xor m \n user a candidateGroups=clerk \n boundary t on=a timer=P1D \n end e \n s -> m -> a -> m \n t -> e",
        "start s \n sub b { \n start s2 \n xor m \n user a candidateGroups=clerk \n s2 -> m -> a -> m \n } \n boundary t on=b timer=P1D \n end e \n s -> b \n t -> e",
        "start s \n xor m \n user a candidateGroups=clerk \n s -> m -> a -> m \n sub es event { \n start x message=stop \n }",
        "start s \n user a candidateGroups=clerk \n throw out link=L \n catch in link=L \n end e \n s -> a -> out \n in -> e",
    ],
)
def test_there_are_many_ways_out(diagram: str) -> None:
    assert errors(diagram) == []


def test_a_link_is_caught_once_in_its_scope() -> None:
    assert ("out", "dangling_flow") in errors("start s \n throw out link=L \n s -> out")
    both = (
        "start s \n throw out link=L \n catch c1 link=L \n catch c2 link=L \n end e \n s -> out \n c1 -> e \n c2 -> e"
    )
    assert ("c1", "not_run") in errors(both)


def test_a_process_begins_somewhere() -> None:
    assert errors("user a candidateGroups=clerk") == [("main", "no_start")]
    assert ("b", "no_start") in errors("start s \n sub b { \n end x \n } \n s -> b")


def test_what_nothing_leads_to_is_said() -> None:
    assert warnings(A + "user b candidateGroups=clerk") == [("b", "unreachable")]


def test_two_plain_starts_are_said() -> None:
    assert ("main", "several_starts") in warnings("start s \n start s2 \n end e \n s -> e \n s2 -> e")


def test_ids_are_unique_and_there() -> None:
    assert errors("start a \n user a \n a -> a") == [("a", "duplicate_id")]
    assert errors("start main \n end e \n main -> e") == [("main", "duplicate_id")]
    assert errors(draw(A).replace(b' id="a"', b"")) == [(None, "no_id")]


# ---- sizes


def test_more_than_five_hundred_flow_nodes_are_refused() -> None:
    chain = " -> ".join(["s", *(f"t{number}" for number in range(499))])
    tasks = "\n".join(f"user t{number} candidateGroups=clerk" for number in range(500))
    fits = tasks.rsplit("\n", 1)[0]
    assert errors(f"start s \n {fits} \n {chain}") == []
    assert errors(f"start s \n {tasks} \n {chain} -> t499") == [("main", "too_large")]


def test_a_chain_of_five_hundred_nodes_is_run() -> None:
    chain = " -> ".join(["s", *(f"t{number}" for number in range(499))])
    tasks = "\n".join(f"script t{number} feel=1 resultVariable=v" for number in range(499))
    source = draw(f"start s \n {tasks} \n {chain}")
    machine = Machine.start(specify("main", {"main": source}), {}, World(), START)
    assert machine.finished
    assert len(machine.visited) == 499


def nested(depth: int) -> str:
    opened = "\n".join(f"sub b{level} {{ \n start s{level}" for level in range(depth))
    inner = "user a candidateGroups=clerk"
    closed = "\n".join(
        f"s{level} -> {f'b{level + 1}' if level < depth - 1 else 'a'} \n }}" for level in reversed(range(depth))
    )
    return f"start s \n {opened} \n {inner} \n {closed} \n s -> b0"


def test_subprocesses_lie_at_most_twenty_deep() -> None:
    assert errors(nested(20)) == []
    machine = Machine.start(specify("main", {"main": draw(nested(20))}), {}, World(), START)
    assert [task.element for task in machine.tasks] == ["a"]
    machine.complete(machine.tasks[0].id, {})
    assert machine.finished
    (problem,) = problems(nested(21))
    assert (problem.element, problem.code) == ("main", "too_large")
    assert "21 deep" in problem.message


# ---- expressions


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("a -> e if 1 +", "bad_expression"),
        ("a -> e if ${bean.go()}", "untranslatable"),
        ("a -> e if #{order.total() > 1}", "untranslatable"),
    ],
)
def test_conditions_have_to_be_understood(line: str, code: str) -> None:
    assert errors(A + line) == [("f3", code)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("user b each='1 +' as=p", "bad_expression"),
        ("user b candidateGroups='=1 +'", "bad_expression"),
        ("user b candidateGroups='clerk@1 +'", "bad_expression"),
        ("user b assignee=${bean.go()} candidateGroups=clerk", "untranslatable"),
        ("user b dueDate='1 week' candidateGroups=clerk", "bad_expression"),
        ("user b prop:x='=1 +' candidateGroups=clerk", "bad_expression"),
        ("user b in:x='Hello ${name}' candidateGroups=clerk", "untranslatable"),
        ("user b loop= max=0 candidateGroups=clerk", "bad_expression"),
        ("user b loop= candidateGroups=clerk", "no_condition"),
        ("script b feel='1 +' resultVariable=x", "bad_expression"),
        ("script b scriptFormat=python resultVariable=x", "script"),
        ("script b scriptFormat=groovy resultVariable=x", "script"),
        ("script b resultVariable=x", "script"),
        ("catch b timer=R0/P1D", "bad_expression"),
        ("catch b timer=R3/P1D", "bad_expression"),
        ("catch b cycle=P1D", "bad_expression"),
        ("catch b date=2026-13-01", "bad_expression"),
        ("catch b timer='0 0 * * *'", "bad_expression"),
        ("catch b when=", "no_condition"),
    ],
)
def test_expressions_scripts_and_times_have_to_be_understood(line: str, code: str | None) -> None:
    assert errors(A.replace("-> e", "-> b -> e") + line) == ([("b", code)] if code else [])


def test_a_condition_in_another_language_is_refused() -> None:
    source = draw(A + "a -> e if x").replace(
        b"<bpmn:conditionExpression", b'<bpmn:conditionExpression language="groovy"'
    )
    assert errors(source) == [("f3", "script")]


def test_a_script_whose_value_nobody_takes_is_said() -> None:
    assert ("b", "no_result") in warnings(A.replace("-> e", "-> b -> e") + "script b feel=1")


def test_names_nothing_supplies_are_said_once() -> None:
    diagram = """
    start s
    user a candidateGroups=clerk@unit formRef=plan
    service c op=evidence.count in:item==item
    script d feel="files + n" resultVariable=sum
    user f each=people as=person candidateGroups=clerk@person
    xor x
    end e
    end e2
    s -> a -> c -> d -> f -> x
    x -> e if verdict = "no" and sum > 2 and unit = "A"
    x -> e2 default
    """
    found = {each.message.split()[-1] for each in problems(diagram) if each.code == "unknown_name"}
    assert found == {"unit.", "item.", "n.", "people."}
    declared = draw(diagram).replace(
        b'isExecutable="true">',
        b'isExecutable="true"><bpmn:extensionElements><camunda:properties><camunda:property name="start" '
        b'value="unit, item, n, people"/></camunda:properties></bpmn:extensionElements>',
    )
    assert problems(declared) == []


# ---- references


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("service b op=evidence.cuont in:item=1", [("b", "unknown_operation")]),
        ("service b", [("b", "unknown_operation")]),
        ("send b", [("b", "unknown_operation")]),
        ("send b message=x", []),
        ("service b op=evidence.count in:item=1", []),
        ("service b op=evidence.count in:item==n", []),
        ("service b op=evidence.count in:item=1 in:share=0.5", []),
        ("service b op=evidence.count", [("b", "wrong_parameter")]),
        ("service b op=evidence.count in:item=x", [("b", "wrong_parameter")]),
        ("service b op=evidence.count in:item=1 in:itme=2", [("b", "wrong_parameter")]),
        ("user b prop:operation=evidence.count in:item=1 candidateGroups=clerk", []),
        ("user b prop:operation=evidence.count candidateGroups=clerk", [("b", "wrong_parameter")]),
        ("user b prop:operation=no.such candidateGroups=clerk", [("b", "unknown_operation")]),
        ("user b prop:operation='=name' candidateGroups=clerk", [("b", "unknown_operation")]),
        ("rule b decisionRef=level resultVariable=r", []),
        ("rule b decisionRef=levle resultVariable=r", [("b", "unknown_decision")]),
        ("rule b", [("b", "unknown_decision")]),
        ("call b calls=other", []),
        ("call b calls=main", []),
        ("call b calls=othre", [("b", "unknown_process")]),
        ("user b candidateGroups=clerk,lead@unit", []),
        ("user b candidateGroups=clrek", [("b", "unknown_role")]),
        ("user b candidateGroups=clerk,boss@unit", [("b", "unknown_role")]),
        ("user b candidateGroups='clerk,,'", [("b", "no_candidate")]),
        ("user b candidateGroups='=group'", []),
        ("user b", []),
    ],
)
def test_what_a_diagram_refers_to_is_there(line: str, found: list[tuple[str, str]]) -> None:
    assert errors(A.replace("-> e", "-> b -> e") + line) == found


def test_the_nearest_name_is_offered() -> None:
    (problem,) = [
        each
        for each in problems(A.replace("-> e", "-> b -> e") + "rule b decisionRef=levle")
        if each.severity == "error"
    ]
    assert problem.message == "b: there is no decision levle (did you mean level?)."


def test_without_a_list_of_roles_any_may_be_named() -> None:
    assert errors("start s \n user b candidateGroups=anybody \n s -> b", Library()) == []


def test_a_form_that_is_missing_is_an_error_only_in_a_package() -> None:
    diagram = "start s \n user b candidateGroups=clerk formRef=pain \n s -> b"
    assert warnings(diagram, Library()) == [("b", "unknown_form")]
    assert ("b", "unknown_form") in errors(diagram, STRICT)


def test_a_package_wants_forms_people_and_a_layout() -> None:
    assert errors("start s \n user b \n manual c \n s -> b -> c", STRICT) == [
        ("b", "no_form"),
        ("b", "no_candidate"),
        (None, "no_layout"),
    ]
    good = draw("start s \n user b formRef=plan assignee=zhang \n s -> b").replace(
        b"</bpmn:definitions>",
        b'<di:BPMNShape xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"/></bpmn:definitions>',
    )
    assert errors(good, STRICT) == []


def test_a_message_that_is_not_declared_is_said_and_goes_by_its_reference() -> None:
    source = draw("start s \n catch c message=x \n user a candidateGroups=clerk \n s -> c -> a")
    bare = source.replace(b'<bpmn:message id="message_x" name="x" />', b"")
    assert warnings(bare) == [("c", "unknown_reference")]
    machine = Machine.start(specify("main", {"main": bare}), {}, World(), START)
    assert machine.message("message_x", {}) is True


# ---- compensation


@pytest.mark.parametrize(
    ("diagram", "element"),
    [
        (A + "boundary u on=a compensate=", "u"),
        (A + "boundary u on=a compensate= handler=h \n user h candidateGroups=clerk", "u"),
        ("start s \n tx t { \n start s2 \n end x cancel \n s2 -> x \n } \n s -> t", "x"),
        (
            "start s \n sub b { \n start s2 \n user a candidateGroups=clerk \n boundary u on=a compensate= handler=h "
            "\n user h candidateGroups=clerk compensates=1 \n s2 -> a \n } \n end x compensate= \n s -> b -> x",
            "x",
        ),
    ],
)
def test_compensation_that_could_not_work_is_refused(diagram: str, element: str) -> None:
    assert (element, "not_run") in errors(diagram)
