"""Human tasks: who may do them, until when, and what they are told."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from engine.workflow.spiff import moments
from engine.workflow.spiff.data import context, evaluate, resolve
from engine.workflow.spiff.diagram import Element, Formula, Value, formulas
from engine.workflow.spiff.tokens import Facts, Halt, Token


def facts(token: Token) -> Facts:
    """What is worked out once, when the task is entered. Raises ``Halt``."""
    element = token.element
    return Facts(
        candidates=tuple(_candidates(token)),
        assignee=_text(resolve(element.assignee, token), element.assignee),
        due=_due(token),
        properties={name: resolve(value, token) for name, value in element.properties.items() if _computed(value)},
        inputs={name: resolve(value, token) for name, value in element.inputs.items() if _computed(value)},
    )


def _computed(value: Value) -> bool:
    """Literal texts are read from the diagram each time; only what had to be worked out is kept."""
    return next(formulas(value), None) is not None


def told(element: Element, kept: dict[str, Any], written: str) -> dict[str, Any]:
    """Properties or inputs of an open task: the literal ones as drawn, the others as they were worked out."""
    drawn = element.properties if written == "properties" else element.inputs
    return {name: kept.get(name, value) for name, value in drawn.items()}


def _candidates(token: Token) -> Iterator[str]:
    """``role`` or ``role@unit``: what is drawn, and without anything drawn the name of the lane, read the same way."""
    drawn = token.element.candidates
    if drawn is None and token.element.assignee is None:
        drawn = lane(token.element)
    value = resolve(drawn, token)
    for text in value if isinstance(value, list) else [value]:
        if text is None:
            continue
        if not isinstance(text, str):
            raise Halt(f"the candidates {drawn} are no text")
        for part in text.split(","):
            yield from _candidate(part.strip(), token, computed=isinstance(drawn, Formula))


def lane(element: Element) -> Value:
    """The lane's name as candidates, an expression where it is written as one."""
    name = (element.lane or "").strip()
    return Formula(name) if name.startswith(("=", "${", "#{")) else name or None


@lru_cache(maxsize=2048)
def role_and_unit(text: str) -> tuple[str, Formula | None]:
    """The two sides of ``role@variable``."""
    role, at, variable = text.partition("@")
    return role.strip(), Formula(variable.strip()) if at else None


def _candidate(text: str, token: Token, *, computed: bool) -> Iterator[str]:
    """In a computed text what follows the @ may be the unit's code itself; it is one unless a variable is called so.
    A variable without a value leaves the unit empty: nobody answers to that, where a bare role would mean anyone."""
    role, variable = role_and_unit(text)
    if variable is None:
        if role:
            yield role
    elif computed and variable.text not in context(token):
        yield text
    else:
        value = evaluate(variable, token)
        for unit in value if isinstance(value, list) else [value]:
            yield f"{role}@{'' if unit is None else unit}"


def _text(value: Any, drawn: Value) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    raise Halt(f"{drawn} gives no text")


def _due(token: Token) -> Any:
    drawn, run = token.element.due, token.top
    value = resolve(drawn, token)
    if value is None:
        return None
    try:
        return moments.moment(value, run.now, run.host.add_workdays, end_of_day=True)
    except moments.NoMoment as error:
        raise Halt(f"{drawn}: {error}") from error
