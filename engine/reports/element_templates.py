"""The operations a diagram may call, as element templates of the designer.

An operation that takes a person's answers belongs on a user task, which names it in an extension property; one that
takes none may stand on a service task, which calls it by its topic, or on a user task that only confirms.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.workflow import Operation
from engine.workflow.registry import Parameter

SCHEMA = "https://unpkg.com/@camunda/element-templates-json-schema/resources/schema.json"
#: A message id -> the text in the reader's language.
Say = Callable[[str], str]


def element_templates(operations: Mapping[str, Operation], say: Say) -> list[dict[str, Any]]:
    """One template for each operation and each kind of task it may stand on, by name."""
    found: list[dict[str, Any]] = []
    for name in operations:
        operation = operations[name]
        if not takes_answers(operation):
            found.append(_template(operation, "bpmn:ServiceTask", _called, say))
        found.append(_template(operation, "bpmn:UserTask", _named, say))
    return found


def takes_answers(operation: Operation) -> bool:
    """Whether the operation reads what a person filled in, or prepares the form for it."""
    code = getattr(operation.verb, "__code__", None)
    return operation.preparation is not None or "answers" in getattr(code, "co_names", ())


def _template(
    operation: Operation, element: str, bound: Callable[[str], list[dict[str, Any]]], say: Say
) -> dict[str, Any]:
    subject = operation.name.partition(".")[0]
    kind = element.removeprefix("bpmn:")
    outputs = ", ".join(operation.outputs)
    return {
        "$schema": SCHEMA,
        "id": f"{operation.name}:{kind}",
        "name": f"{say(operation.summary)} ({operation.name})",
        "version": 1,
        "description": f"{say('Gives')} {outputs}" if outputs else operation.name,
        "category": {"id": subject, "name": subject},
        "appliesTo": [element],
        "elementType": {"value": element},
        "properties": [*bound(operation.name), *(_input(each, say) for each in operation.parameters)],
    }


def _called(name: str) -> list[dict[str, Any]]:
    return [
        _hidden("external", {"type": "property", "name": "camunda:type"}),
        _hidden(name, {"type": "property", "name": "camunda:topic"}),
    ]


def _named(name: str) -> list[dict[str, Any]]:
    return [_hidden(name, {"type": "camunda:property", "name": "operation"})]


def _hidden(value: str, binding: Mapping[str, str]) -> dict[str, Any]:
    return {"type": "Hidden", "value": value, "binding": dict(binding)}


def _input(parameter: Parameter, say: Say) -> dict[str, Any]:
    """An input parameter; its usual value is the process value of the same name."""
    made: dict[str, Any] = {
        "label": f"{parameter.name} ({say(_TYPES[parameter.type])})",
        "type": "String",
        "binding": {"type": "camunda:inputParameter", "name": parameter.name},
    }
    if parameter.required:
        usual = {} if parameter.type == "decision" else {"value": f"={parameter.name}"}
        return {**made, **usual, "constraints": {"notEmpty": True}}
    return {**made, "optional": True}


_TYPES: Mapping[str, str] = {
    "int": "whole number",
    "str": "text",
    "bool": "true or false",
    "Decimal": "number",
    "date": "date",
    "datetime": "date and time",
    "list": "list",
    "dict": "context",
    "decision": "name of a decision table",
    "any": "any value",
}
