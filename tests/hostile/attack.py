"""An attack: something a person could write or hand in that aims at the process that reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine import feel
from engine.workflow import definitions, spiff
from engine.workflow.definitions import Source
from tests.workflow.spiff.walking import START, World

GIVEN: Final[dict[str, Any]] = {
    "amount": 12,
    "passed": True,
    "long": "a" * 100_000,
    "many": [1] * 10_000,
    "units": [{"name": "东城", "score": 90}, {"name": "西城", "score": 70}],
}


@dataclass(frozen=True)
class Attack:
    """``says`` has to stand in the refusal, or in what came of it where it is answered; ``act`` gives or raises it."""

    name: str
    says: str
    act: Callable[[], object]
    is_refused: bool = True


def evaluating(text: str, **given: Any) -> Callable[[], object]:
    return lambda: feel.compile(text, frozenset(GIVEN)).evaluate({**GIVEN, **given})


def deploying(content: bytes | Callable[[], bytes], name: str = "hostile.bpmn") -> Callable[[], object]:
    """Every complaint about the file, each with its element, as a deployment would refuse it."""

    def act() -> object:
        source = Source(name, content if isinstance(content, bytes) else content())
        complaints = definitions.check([source], {})
        if any(each.problem.severity == "error" for each in complaints):
            raise Complained(complaints)
        return "deployed"

    return act


class Complained(definitions.DeploymentRefused):
    """The deployment has {count} errors; the first: {first}"""

    def __str__(self) -> str:
        problems = [each.problem for each in self.complaints[:20]]
        return "; ".join(f"{problem.element} {problem.code}: {problem.message}" for problem in problems)


def running(source: bytes, *, until: str | None = None, **variables: Any) -> Callable[[], object]:
    """The incidents of the process, once it has run as far as it goes, or until a moment."""
    return lambda: _run(source, until, variables)


def _run(source: bytes, until: str | None, variables: dict[str, Any]) -> object:
    machine = spiff.Machine.start(spiff.specify("main", {"main": source}), variables, World(), START)
    if until is not None:
        machine.advance(START.fromisoformat(until))
    machine.dump()
    return [f"{incident.element}: {incident.cause}" for incident in machine.incidents] or machine.variables
