"""Which names a process reads, and where they can come from.

A process says what it is started with in an extension property ``start``, a list of names with commas between, or by a
form on its start event; an element that catches a message says in the property ``brings`` what comes with it. A name it reads that is neither started with nor set by anything in it is unsupplied.
"""

from collections.abc import Iterator

from engine.errors import BihuanError
from engine.workflow.spiff.diagram import Element, Formula, Process, formulas
from engine.workflow.spiff.libraries import Library
from engine.workflow.spiff.people import lane, role_and_unit

_COUNTS = {"nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances", "loopCounter"}


def unsupplied(process: Process, library: Library) -> frozenset[str]:
    """The names the process reads that nothing supplies. Nothing is missing where a call hands everything out."""
    read: set[str] = set()
    supplied = started_with(process)
    for element in process.elements:
        if any(handover.everything and not handover.inward for handover in element.handovers):
            return frozenset()
        supplied |= set(_supplies(element, library))
        for _where, names in read_names(element):
            read |= names
    return frozenset(read - supplied)


def started_with(process: Process) -> set[str]:
    """The names a process says it is started with."""
    said = process.properties.get("start")
    return {name.strip() for name in said.split(",")} if isinstance(said, str) else set()


def read_names(element: Element) -> Iterator[tuple[str, frozenset[str]]]:
    """Where -> the variables an expression there reads; output parameters read the results themselves and are left
    out, so that an output's own name is not asked for."""
    outputs = {id(formula) for formula in formulas(element.outputs)}
    for where, formula in [*element.formulas(), *((element.id, unit) for unit in _units(element))]:
        if id(formula) not in outputs:
            yield where, _names(formula)
    for handover in element.handovers:
        if handover.inward and isinstance(handover.source, str):
            yield element.id, frozenset({handover.source})


def _names(formula: Formula) -> frozenset[str]:
    try:
        return formula.expression.names
    except BihuanError:
        return frozenset()


def _units(element: Element) -> Iterator[Formula]:
    drawn = element.candidates if element.candidates or element.assignee else lane(element)
    if element.human and isinstance(drawn, str):
        for part in drawn.split(","):
            unit = role_and_unit(part.strip())[1]
            if unit is not None:
                yield unit


def _supplies(element: Element, library: Library) -> Iterator[str]:
    if element.outputs:
        yield from element.outputs
    elif element.operation is not None:
        operation = library.operations.get(element.operation)
        yield from operation.outputs if operation else ()
    elif element.form is not None:
        yield from library.forms.get(element.form, ())
    if element.result is not None:
        yield element.result
    brought = element.properties.get("brings")
    if isinstance(brought, str):
        yield from (name.strip() for name in brought.split(","))
    for event in element.events:
        yield from (name for name in (event.code_variable, event.message_variable) if name)
    for handover in element.handovers:
        if not handover.inward and handover.target:
            yield handover.target
    if element.loop is not None:
        yield from _COUNTS
        if element.loop.item_variable:
            yield element.loop.item_variable
