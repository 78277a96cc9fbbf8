"""Boxed expressions: literal expressions, contexts, invocations, functions, lists and relations (DMN 1.3, 10.2).

Each compiles to a ``Logic``: what it reads and what it gives within a run. An inner part sees the variables of its outer
ones before those of the host.
"""

from collections import ChainMap
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from engine import feel
from engine.feel import Value
from engine.workflow.decisions import texts
from engine.workflow.decisions.sources import Cell, Complain
from engine.workflow.decisions.table import Table
from engine.workflow.decisions.tables import table_source
from engine.workflow.xml import Element, local


@dataclass(frozen=True)
class Logic:
    """``names`` are the variables it reads from outside; ``table`` is set where it is a decision table."""

    names: frozenset[str]
    run: Callable[[feel.Run], Value]
    table: Table | None = None


NOTHING: Final = Logic(frozenset(), lambda _run: None)


@dataclass(frozen=True)
class Reading:
    """What the parts of one file share while it is read: the names in it, its language, and where to complain."""

    names: Collection[str]
    language: str | None
    complain: Complain

    def cell(self, element: Element | None, of: Element) -> Cell:
        """The text an element holds, complained of under its own id or that of the element it belongs to."""
        if element is None:
            return Cell(of.get("id"), "")
        text = child(element, "text")
        language = element.get("expressionLanguage") or self.language
        return Cell(element.get("id") or of.get("id"), content(text), language)


def content(element: Element | None) -> str:
    """All the text of an element; a comment in the middle of it does not end it."""
    return "" if element is None else str(element.xpath("string()"))


def child(element: Element, name: str) -> Element | None:
    return next((each for each in element if local(each) == name), None)


def children(element: Element, name: str) -> list[Element]:
    return [each for each in element if local(each) == name]


def logic_in(element: Element, reading: Reading, decision: str) -> Logic | None:
    """The logic among an element's children; None where there is none."""
    for each in element:
        read = _KINDS.get(local(each))
        if read is not None:
            return read(each, reading, decision)
        if local(each) in _NOT_RUN:
            reading.complain(each.get("id") or element.get("id"), "not_run", f"A boxed {local(each)} is not run here.")
            return NOTHING
    return None


def _needed(element: Element, reading: Reading, decision: str) -> Logic:
    logic = logic_in(element, reading, decision)
    if logic is None:
        reading.complain(element.get("id"), "no_logic", f"There is nothing to evaluate in this {local(element)}.")
    return logic or NOTHING


def _literal(element: Element, reading: Reading, _decision: str) -> Logic:
    cell = reading.cell(element, element.getparent())
    expression = texts.expression(cell, reading.names, reading.complain)
    if expression is None:
        if not cell.text.strip():
            reading.complain(cell.element, "no_logic", "The expression is empty.")
        return NOTHING
    return Logic(expression.names, expression.run)


def _table(element: Element, reading: Reading, decision: str) -> Logic:
    source = table_source(element, reading.cell)
    table = Table(source, reading.names, reading.complain, decision)
    return Logic(table.names, table.run, table)


def _context(element: Element, reading: Reading, decision: str) -> Logic:
    """Entries see those before them. An entry without a name is the result of the whole."""
    entries = []
    for each in children(element, "contextEntry"):
        variable = child(each, "variable")
        name = None if variable is None else variable.get("name")
        entries.append((name, _needed(each, reading, decision)))

    def run(run: feel.Run) -> Value:
        made: dict[str, Any] = {}
        for name, logic in entries:
            value = run.over(ChainMap(made, run.given), logic.run)  # type: ignore[arg-type]
            if name is None:
                return value
            made[name] = value
        return made

    return Logic(_outside(entries), run)


def _outside(entries: Iterable[tuple[str | None, Logic]]) -> frozenset[str]:
    known: set[str | None] = set()
    outside: set[str] = set()
    for name, logic in entries:
        outside |= {each for each in logic.names if each not in known}
        known.add(name)
    return frozenset(outside)


def _invocation(element: Element, reading: Reading, decision: str) -> Logic:
    called = _needed(element, reading, decision)
    bindings = []
    for each in children(element, "binding"):
        parameter = child(each, "parameter")
        bindings.append((parameter.get("name") if parameter is not None else "", _needed(each, reading, decision)))

    def run(run: feel.Run) -> Value:
        function = called.run(run)
        if type(function) is not feel.Function:
            return None
        return function.named({name: logic.run(run) for name, logic in bindings}, run)  # type: ignore[no-any-return]

    return Logic(called.names.union(*(logic.names for _, logic in bindings)), run)


def _function(element: Element, reading: Reading, decision: str) -> Logic:
    """A function, of a boxed definition or of a business knowledge model."""
    kind = element.get("kind", "FEEL")
    if kind != "FEEL":
        reading.complain(element.get("id"), "not_run", f"Functions are written in FEEL, not in {kind}.")
        return NOTHING
    parameters = tuple(each.get("name", "") for each in children(element, "formalParameter"))
    body = _needed(element, reading, decision)

    def run(run: feel.Run) -> Value:
        given = run.given

        def call(inner: feel.Run, *arguments: Value) -> Value:
            inner.enter()
            try:
                return inner.over(ChainMap(dict(zip(parameters, arguments, strict=True)), given), body.run)  # type: ignore[arg-type]
            finally:
                inner.leave()

        return feel.Function.of(parameters, call)

    return Logic(body.names - set(parameters), run)


def _list(element: Element, reading: Reading, decision: str) -> Logic:
    items = [_KINDS[local(each)](each, reading, decision) for each in element if local(each) in _KINDS]
    return Logic(frozenset().union(*(item.names for item in items)), lambda run: [item.run(run) for item in items])


def _relation(element: Element, reading: Reading, decision: str) -> Logic:
    columns = [each.get("name", "") for each in children(element, "column")]
    rows = [_list(row, reading, decision) for row in children(element, "row")]

    def run(run: feel.Run) -> Value:
        return [dict(zip(columns, row.run(run), strict=False)) for row in rows]  # type: ignore[arg-type]

    return Logic(frozenset().union(*(row.names for row in rows)), run)


def function_of(element: Element, reading: Reading, name: str) -> Logic:
    """The function a business knowledge model encapsulates."""
    encapsulated = child(element, "encapsulatedLogic")
    if encapsulated is None:
        reading.complain(element.get("id"), "no_logic", f"{name} encapsulates no function.")
        return NOTHING
    return _function(encapsulated, reading, name)


_KINDS: Final[dict[str, Callable[[Element, Reading, str], Logic]]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "functionDefinition": _function,
    "list": _list,
    "relation": _relation,
}
_NOT_RUN: Final = ("conditional", "filter", "for", "every", "some")
"""Boxed expressions of DMN 1.4; each says no more than the FEEL of the same name."""
