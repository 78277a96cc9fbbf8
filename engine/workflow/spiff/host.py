"""What the machine asks of the world around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from engine.errors import BihuanError


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation by an element of a diagram."""

    operation: str
    #: The input parameters drawn on the element, evaluated.
    inputs: Mapping[str, Any]
    element: str
    #: Of a multi-instance: the position in the collection, from 1, and what only this instance sees.
    item: int | None = None
    locals: Mapping[str, Any] = field(default_factory=dict)
    #: The element's extension properties, evaluated.
    properties: Mapping[str, Any] = field(default_factory=dict)
    #: What a person answered, where the operation belongs to a human task; else None.
    answers: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision's result in both its shapes: the value as the hit policy gives it, and always by column name."""

    value: Any
    rows: Sequence[Mapping[str, Any]]


class BpmnError(BihuanError):
    """The operation ended with the error {error}."""

    code = "bpmn_error"

    def __init__(self, error: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(error=error)
        #: The code an error event of the diagram may catch, and what becomes variables where it is caught.
        self.error = error
        self.data = dict(data or {})


class Failure(BihuanError):
    """{cause}"""

    code = "failure"

    def __init__(self, cause: str) -> None:
        super().__init__(cause=cause)
        self.cause = cause


class Host(Protocol):
    """The machine's surroundings. Whatever a method raises beside what is named here goes unchanged to the caller,
    whose transaction undoes the step; the machine in memory is then to be thrown away."""

    def operate(self, call: Call) -> Mapping[str, Any]:
        """The outputs of an operation. May raise ``BpmnError``, which an error event of the diagram catches, or
        ``Failure``, which leaves the element standing as an incident."""

    def decide(self, decision: str, context: Mapping[str, Any]) -> Any:
        """The result of a decision: a bare value or a context for one rule, a list of them for several; or ``Decided``,
        from which ``mapDecisionResult`` can name the columns. May raise ``Failure``."""

    def add_workdays(self, start: datetime, days: int) -> datetime:
        """So many working days later, at the same time of day."""

    def about_to_throw(self, name: str) -> None:
        """A message for which nobody waits inside, or a signal, is about to be thrown. May raise ``Failure``, which leaves
        the element standing as an incident; nothing is thrown then."""

    def thrown(self, name: str, key: str | None, data: Mapping[str, Any]) -> bool:
        """A message for which nobody waits inside; True when it was delivered outside."""

    def signalled(self, name: str, data: Mapping[str, Any]) -> None:
        """A signal was thrown; it has reached everyone inside."""
