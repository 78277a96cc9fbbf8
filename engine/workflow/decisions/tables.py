"""A decision table out of its XML."""

from collections.abc import Callable

from engine.workflow.decisions.sources import Cell, InputSource, OutputSource, RuleSource, TableSource
from engine.workflow.xml import Element, local, split_name

ReadCell = Callable[[Element | None, Element], Cell]


def table_source(element: Element, cell: ReadCell) -> TableSource:
    """The table as it is written. ``cell`` reads the text an element holds."""
    return TableSource(
        element=element.get("id") or element.getparent().get("id"),
        hit_policy=element.get("hitPolicy", "UNIQUE"),
        aggregation=element.get("aggregation"),
        inputs=tuple(_input(each, cell) for each in _children(element, "input")),
        outputs=tuple(_output(each, cell) for each in _children(element, "output")),
        rules=tuple(_rule(each, cell) for each in _children(element, "rule")),
    )


def _children(element: Element, name: str) -> list[Element]:
    return [each for each in element if local(each) == name]


def _child(element: Element, name: str) -> Element | None:
    return next(iter(_children(element, name)), None)


def _input(element: Element, cell: ReadCell) -> InputSource:
    expression, values = _child(element, "inputExpression"), _child(element, "inputValues")
    read = cell(expression, element)
    return InputSource(
        expression=read,
        label=element.get("label") or read.text.strip(),
        values=None if values is None else cell(values, element),
        variable=_extension(element, "inputVariable"),
    )


def _extension(element: Element, name: str) -> str | None:
    """An attribute of that name in a namespace that is not DMN's own."""
    for attribute, value in element.attrib.items():
        namespace, local_name = split_name(attribute)
        if namespace and local_name == name:
            return str(value)
    return None


def _output(element: Element, cell: ReadCell) -> OutputSource:
    values, default = _child(element, "outputValues"), _child(element, "defaultOutputEntry")
    return OutputSource(
        element=element.get("id"),
        name=element.get("name") or None,
        values=None if values is None else cell(values, element),
        default=None if default is None else cell(default, element),
    )


def _rule(element: Element, cell: ReadCell) -> RuleSource:
    return RuleSource(
        element=element.get("id"),
        tests=tuple(cell(each, element) for each in _children(element, "inputEntry")),
        results=tuple(cell(each, element) for each in _children(element, "outputEntry")),
        annotation=_annotation(element),
    )


def _annotation(element: Element) -> str:
    """What is said of a rule: its description, and its annotation columns."""
    notes = [_child(entry, "text") for entry in _children(element, "annotationEntry")]
    said = [
        str(note.xpath("string()")).strip() for note in (_child(element, "description"), *notes) if note is not None
    ]
    return "; ".join(filter(None, said))
