"""Complaints about what a diagram refers to: operations, forms, decisions, processes, people."""

from collections.abc import Iterator

from engine.errors import BihuanError
from engine.workflow.problems import Problem
from engine.workflow.registry import Operation, nearest
from engine.workflow.spiff.diagram import Diagram, Element, Process
from engine.workflow.spiff.libraries import Library
from engine.workflow.spiff.people import lane, role_and_unit


def complaints(process: Process, diagram: Diagram, library: Library) -> Iterator[Problem]:
    for element in process.elements:
        yield from _operations(element, library)
        if element.kind == "businessRuleTask" and element.operation is None:
            yield from _decision(element, library)
        if element.kind == "callActivity":
            yield from _called(element, diagram, library)
        if element.human:
            yield from _form(element, library)
            yield from _people(element, library)


def _error(element: Element, code: str, message: str) -> Problem:
    return Problem(element.id, "error", code, f"{element.id}: {message}")


# ---- operations


def _operations(element: Element, library: Library) -> Iterator[Problem]:
    names = [element.operation, *(event.operation for event in element.events if element.kind != "boundaryEvent")]
    for name in dict.fromkeys(name for name in names if name and name not in library.stubbed):
        operation = library.operations.get(name)
        if operation is None:
            said = f"there is no operation {name}{nearest(name, library.operations)}."
            yield _error(element, "unknown_operation", said)
        else:
            yield from _parameters(element, operation)
    needs = element.kind == "serviceTask" or (element.kind == "sendTask" and not element.events)
    if needs and element.operation is None:
        yield _error(element, "unknown_operation", 'it names no operation (type="external" topic="subject.verb").')
    if element.human and "operation" in element.properties and element.operation is None:
        yield _error(element, "unknown_operation", "its operation has to be named, not computed.")


def _parameters(element: Element, operation: Operation) -> Iterator[Problem]:
    for misfit in operation.misfits(element.inputs):
        yield _error(element, misfit.code, str(misfit))
    known = {parameter.name for parameter in operation.parameters}
    for name, value in element.inputs.items():
        if name in known and isinstance(value, str):
            try:
                operation.fit(name, value)
            except BihuanError as error:
                yield _error(element, error.code, str(error))


# ---- decisions, processes, forms


def _decision(element: Element, library: Library) -> Iterator[Problem]:
    if element.decision is None:
        yield _error(element, "unknown_decision", "it names no decision (decisionRef).")
    elif element.decision not in library.decisions:
        said = f"there is no decision {element.decision}{nearest(element.decision, dict.fromkeys(library.decisions))}."
        yield _error(element, "unknown_decision", said)
    if element.decision_mapping not in (None, "singleEntry", "singleResult", "collectEntries", "resultList"):
        yield _error(element, "not_run", f"a result cannot be mapped as {element.decision_mapping}.")


def _called(element: Element, diagram: Diagram, library: Library) -> Iterator[Problem]:
    called = element.called or ""
    if not called or called.startswith(("=", "${", "#{")):
        yield _error(element, "not_run", "the process it calls has to be named, so that an instance can pin it.")
    elif called not in diagram.processes and called not in library.processes:
        said = f"there is no process {called}{nearest(called, dict.fromkeys(library.processes))}."
        yield _error(element, "unknown_process", said)


def _form(element: Element, library: Library) -> Iterator[Problem]:
    if element.form is None:
        if library.strict and element.kind == "userTask":
            yield _error(element, "no_form", "it has no form (formRef).")
    elif element.form not in library.forms:
        severity = "error" if library.strict else "warning"
        said = f"{element.id}: there is no form {element.form}{nearest(element.form, library.forms)}."
        yield Problem(element.id, "error" if severity == "error" else "warning", "unknown_form", said)


# ---- people


def _people(element: Element, library: Library) -> Iterator[Problem]:
    drawn = element.candidates if element.candidates or element.assignee else lane(element)
    if drawn is None and element.assignee is None:
        if library.strict and element.kind == "userTask":
            yield _error(element, "no_candidate", "nobody is drawn to do it (candidateGroups, assignee or a lane).")
        return
    if not isinstance(drawn, str):
        return
    for part in drawn.split(","):
        yield from _candidate(element, part.strip(), library)


def _candidate(element: Element, text: str, library: Library) -> Iterator[Problem]:
    role, unit = role_and_unit(text)
    if not role:
        yield _error(element, "no_candidate", f"“{text}” names no role.")
    elif library.roles is not None and role not in library.roles:
        said = f"there is no role {role}{nearest(role, dict.fromkeys(library.roles))}."
        yield _error(element, "unknown_role", said)
    if unit is not None:
        try:
            unit.expression  # noqa: B018
        except BihuanError as error:
            yield _error(element, error.code, f"“{text}”: {error}")
