"""Everything that is wrong with a diagram, at once, each complaint with its element.

What passes runs: an element the machine does not run, or would run otherwise than it is drawn, is refused here and
nowhere later.
"""

from engine.errors import BihuanError
from engine.workflow import xml
from engine.workflow.problems import Problem
from engine.workflow.spiff import reading
from engine.workflow.spiff.checks import drawing, handing, references, shape, words
from engine.workflow.spiff.diagram import MAX_EXPRESSIONS
from engine.workflow.spiff.libraries import Library


def check(source: bytes, library: Library) -> list[Problem]:
    """Every complaint about a diagram, errors first."""
    try:
        root = xml.load(source)
    except BihuanError as error:
        return [Problem(None, "error", error.code, str(error))]
    found = list(drawing.fatal(root))
    if found:
        return found
    found += drawing.complaints(root)
    diagram = reading.read(root)
    if (count := reading.expressions(diagram)) > MAX_EXPRESSIONS:
        message = f"The expressions have {count} characters, where {MAX_EXPRESSIONS} are allowed."
        return [Problem(next(iter(diagram.processes)), "error", "too_large", message)]
    for process in diagram.processes.values():
        found += shape.complaints(process)
        found += words.complaints(process, library)
        found += handing.complaints(process)
        found += references.complaints(process, diagram, library)
    if library.strict and not diagram.has_layout:
        found.append(Problem(None, "error", "no_layout", "The diagram has no layout; draw it in the designer."))
    return sorted(dict.fromkeys(found), key=lambda problem: problem.severity != "error")
