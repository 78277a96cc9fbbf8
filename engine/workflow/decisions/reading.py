"""A DMN file as a model: editions 1.1 to 1.5, every complaint with the element it is about."""

from graphlib import CycleError, TopologicalSorter
from typing import Final

from engine import feel
from engine.workflow import xml
from engine.workflow.decisions.logic import NOTHING, Logic, Reading, child, children, function_of, logic_in
from engine.workflow.decisions.model import Decision, Model
from engine.workflow.problems import Problem
from engine.workflow.xml import Element, local

_DMN: Final = "omg.org/spec/DMN/"
_MOST_TEXT: Final = 150_000
"""Characters of all cells and expressions, which are compiled when the file is read."""
_WARNINGS: Final = frozenset({"same_rule"})
_REQUIREMENTS: Final = ("informationRequirement", "knowledgeRequirement")
_NAMED: Final = frozenset(
    {
        *("inputData", "decision", "businessKnowledgeModel", "variable", "informationItem"),
        *("itemDefinition", "itemComponent", "formalParameter", "parameter", "output", "column"),
    }
)


def read(source: bytes) -> Model:
    """The decisions of a DMN file.

    What is wrong with a decision stands in the model's ``problems``; a file that is no DMN at all is one problem. Refuses
    only what ``xml.load`` refuses: what is not XML, too large, or carries a DOCTYPE.
    """
    root = xml.load(source)
    if local(root) != "definitions" or _DMN not in xml.namespace(root):
        return _only_a_problem(root, "not_dmn", "This is no DMN file.")
    if (count := sum(len(each.text or "") for each in root.iter() if local(each) == "text")) > _MOST_TEXT:
        return _only_a_problem(
            root, "too_large", f"Its expressions have {count} characters, where {_MOST_TEXT} are allowed; divide it."
        )
    try:
        return _model(root)
    except RecursionError:
        return _only_a_problem(root, "too_deep", "The file's expressions lie too deeply inside each other.")


def _only_a_problem(root: Element, code: str, message: str) -> Model:
    return Model({}, {}, (Problem(root.get("id"), "error", code, message),))


def _model(root: Element) -> Model:
    problems: list[Problem] = []

    def complain(element: str | None, code: str, message: str) -> None:
        problems.append(Problem(element, "warning" if code in _WARNINGS else "error", code, message))

    reading = Reading(_names(root), root.get("expressionLanguage"), complain)
    functions = _parts(root, "businessKnowledgeModel", reading)
    decisions = _parts(root, "decision", reading)
    parts = _without_strays(functions | decisions, reading)
    if not decisions:
        complain(root.get("id"), "no_decision", "The file holds no decision.")
    _refuse_cycles(parts, reading)
    return Model({key: parts[key] for key in decisions}, {key: parts[key] for key in functions}, tuple(problems))


def _names(root: Element) -> frozenset[str]:
    """The names the file gives to anything that are more than one plain word, so that expressions may use them."""
    return feel.names_in({each.get("name") or "": None for each in root.iter() if local(each) in _NAMED})


def _parts(root: Element, kind: str, reading: Reading) -> dict[str, Decision]:
    parts: dict[str, Decision] = {}
    for element in children(root, kind):
        part = _part(element, kind, reading)
        if part.id in parts:
            reading.complain(part.id, "duplicate", f"There are two decisions with the id {part.id}.")
        parts[part.id] = part
    return parts


def _part(element: Element, kind: str, reading: Reading) -> Decision:
    name = element.get("name") or element.get("id") or ""
    key = element.get("id") or name
    if not key:
        reading.complain(None, "no_id", f"A {kind} has neither an id nor a name.")
    variable = child(element, "variable")
    logic = function_of(element, reading, name) if kind == "businessKnowledgeModel" else _logic(element, reading, key)
    table = logic.table
    return Decision(
        id=key,
        name=name,
        variable=(variable.get("name") if variable is not None else None) or name,
        logic=logic,
        required=_required(element, reading),
        outputs=tuple(output.name for output in table.outputs) if table else (),
        type=_type(variable) if kind == "decision" else None,
    )


def _logic(element: Element, reading: Reading, key: str) -> Logic:
    logic = logic_in(element, reading, key)
    if logic is None:
        reading.complain(key, "no_logic", f"The decision {key} has neither a table nor an expression.")
    return logic or NOTHING


def _type(variable: Element | None) -> feel.Type | None:
    """The type a decision's result is fitted to, where it is one of FEEL's own."""
    named = variable.get("typeRef") if variable is not None else None
    return feel.type_named(named) if named else None


def _required(element: Element, reading: Reading) -> tuple[str, ...]:
    required = []
    for requirement in (each for each in element if local(each) in _REQUIREMENTS):
        for each in requirement:
            if local(each) not in ("requiredDecision", "requiredKnowledge"):
                continue
            file, _, key = (each.get("href") or "").rpartition("#")
            if file:
                reading.complain(
                    element.get("id"), "other_file", f"{file}#{key} lies in another file, which is not read."
                )
            else:
                required.append(key)
    return tuple(required)


def _without_strays(parts: dict[str, Decision], reading: Reading) -> dict[str, Decision]:
    """The parts, requiring only what is there."""
    kept = {}
    for key, part in parts.items():
        for each in part.required:
            if each not in parts:
                reading.complain(key, "no_such_decision", f"{key} requires {each}, which is not in the file.")
        known = tuple(each for each in part.required if each in parts)
        kept[key] = Decision(part.id, part.name, part.variable, part.logic, known, part.outputs, part.type)
    return kept


def _refuse_cycles(parts: dict[str, Decision], reading: Reading) -> None:
    try:
        TopologicalSorter({key: part.required for key, part in parts.items()}).prepare()
    except CycleError as error:
        circle = " requires ".join(error.args[1][::-1])
        reading.complain(error.args[1][0], "circle", f"Decisions require each other in a circle: {circle}.")
