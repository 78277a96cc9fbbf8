"""The cases as they are written under ``cases/``: a diagram in the notation of ``tests.workflow.spiff.drawing``, and what
is to happen to it.

A case of ``fragments.yaml`` is a piece of a process and is put into every setting of ``settings``; a case of
``refused.yaml`` says why it is not deployed; every other is a whole process with its scenario.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"
DRAWN = Path(__file__).parent / "drawn"


@dataclass(frozen=True)
class Refusal:
    """Why a diagram is not deployed: the element, the code, and words of the reason."""

    element: str
    code: str
    words: str


@dataclass(frozen=True)
class Case:
    """A process with its scenario, or with the reason why it is refused. Its process is called like the case."""

    group: str
    name: str
    diagram: str
    says: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    #: What a scenario says besides its process and its steps: ``start``, ``message``, ``timer``, ``stub`` and ``at``.
    given: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Mapping[str, Any], ...] = ()
    refusal: Refusal | None = None

    @property
    def file(self) -> Path:
        return DRAWN / self.group / f"{self.name}.bpmn"

    @property
    def scenario(self) -> dict[str, Any]:
        title = {"title": self.says} if self.says else {}
        return {**title, "process": self.name, **self.given, "steps": [*self.steps]}


@dataclass(frozen=True)
class Fragment:
    """A piece of a process, entered at one element and left at one."""

    name: str
    says: str
    enter: str
    leave: str
    diagram: str
    others: Mapping[str, str]
    given: Mapping[str, Any]
    #: One pass, and the pass after it where it goes otherwise.
    steps: tuple[Mapping[str, Any], ...]
    again: tuple[Mapping[str, Any], ...]
    #: Variables at the end of one pass, and of two.
    gives: Mapping[str, Any]
    rounds_give: Mapping[str, Any]
    visited: tuple[str, ...]


@cache
def whole() -> list[Case]:
    """The cases that are processes of their own, the refused ones included."""
    files = [file for file in sorted(CASES.glob("*.yaml")) if file.stem != "fragments"]
    return [_case(file.stem, written) for file in files for written in _read(file)]


@cache
def fragments() -> list[Fragment]:
    return [_fragment(written) for written in _read(CASES / "fragments.yaml")]


def _read(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text("utf-8"))
    return found


def _case(group: str, written: Mapping[str, Any]) -> Case:
    refused = written.get("refused")
    return Case(
        group=group,
        name=written["name"],
        diagram=written["diagram"],
        says=written.get("says", ""),
        others=written.get("others", {}),
        given=_given(written),
        steps=tuple(_steps(written.get("steps", []))),
        refusal=Refusal(*refused) if refused else None,
    )


def _fragment(written: Mapping[str, Any]) -> Fragment:
    steps = tuple(_steps(written["steps"]))
    gives = written.get("gives", {})
    return Fragment(
        name=written["name"],
        says=written["says"],
        enter=written["enter"],
        leave=written["leave"],
        diagram=written["diagram"],
        others=written.get("others", {}),
        given=_given(written),
        steps=steps,
        again=tuple(_steps(written["again"])) if "again" in written else steps,
        gives=gives,
        rounds_give=written.get("rounds_give", gives),
        visited=tuple(written["visited"]),
    )


def _given(written: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: written[name] for name in ("start", "message", "timer", "stub") if name in written}
    return given | ({"at": written["at"].isoformat()} if "at" in written else {})


def _steps(written: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The steps with every ``repeat`` written out."""
    for step in written:
        if "repeat" in step:
            for _ in range(step["repeat"]):
                yield from _steps(step["steps"])
        else:
            yield step
