"""How simulated people behave: ``demo/behaviour.yaml`` of a package.

default: {delay: [0, 2]}                  # working days until somebody acts
tasks:
  rectification/verify:
    delay: [1, 4]
    answers:
      verdict: {draw: {accepted: 85, returned: 15}, until_visit: 2, then: accepted}
      note: "材料齐全"
      finish_on: "=date(due) - duration(\\"P5D\\")"    # FEEL over what the person sees
  follow_up_review/review_written:
    skip_on: omit_follow_up               # an event of demo/events.csv about the same unit and indicator
    upon: {rebound: {when: "=round = 1", answers: {verdict: rebounded}}}
  rectification/submit_evidence: {upon: {slow: {delay: [20, 25]}}}    # about such a unit it takes so long
  objection/answer_objection: {held: false}     # done even by those who let their work lie
hold: {b07_leader: 5}                         # in a demo: working days before its date in which a person does nothing
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from engine import feel
from engine.errors import Invalid
from engine.simulation import draws

FILE = "demo/behaviour.yaml"
#: What may be said of one kind of task.
SAID = frozenset({"delay", "answers", "skip_on", "held", "upon"})


class WrongBehaviour(Invalid):
    """{file}: {why}."""

    code = "wrong_behaviour"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an event changes in the answers, where its condition holds, and how long it then takes."""

    when: str | None
    answers: Mapping[str, Any]
    delay: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How one kind of task is done."""

    delay: tuple[int, int]
    answers: Mapping[str, Any] = field(default_factory=dict)
    #: Kind of event that keeps everybody from doing it.
    skip_on: str | None = None
    #: Whether people who let their work lie let this lie too; what is not held reaches whoever comes after them.
    is_held: bool = True
    reactions: Mapping[str, Reaction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Behaviour:
    default: Manner
    tasks: Mapping[str, Manner]
    #: Account -> working days before a demo's date in which that person lets things lie.
    hold: Mapping[str, int]

    def manner(self, process: str, element: str) -> Manner:
        return self.tasks.get(f"{process}/{element}", self.default)


def read(folder: Path) -> Behaviour:
    """The package's behaviour. Raises ``WrongBehaviour``."""
    file = folder / FILE
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        default = _manner(content.get("default") or {}, (0, 2))
        tasks = {name: _manner(each, default.delay) for name, each in (content.get("tasks") or {}).items()}
    except (OSError, yaml.YAMLError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise WrongBehaviour(file=file, why=str(error)) from None
    return Behaviour(default, tasks, content.get("hold") or {})


def answer(spec: Any, sees: Mapping[str, Any], *about: object) -> Any:
    """One answer: a plain value, FEEL over what the person sees, or a draw (which may end after some visits)."""
    if isinstance(spec, str) and spec.startswith("="):
        return feel.compile(spec[1:], sees.keys()).evaluate(sees)
    if not isinstance(spec, Mapping) or "draw" not in spec:
        return spec
    if "until_visit" in spec and sees["visits"] >= spec["until_visit"]:
        return answer(spec["then"], sees, *about)
    if "when" in spec and answer(spec["when"], sees) is not True:
        return answer(spec["then"], sees, *about)
    return answer(draws.weighted(spec["draw"], *about), sees, *about)


def _manner(content: Mapping[str, Any], delay: tuple[int, int]) -> Manner:
    # Not passed over: YAML reads a key such as ``on`` as true, and nobody would miss what was said under it.
    if content.keys() - SAID:
        raise ValueError(f"unknown: {', '.join(sorted(map(str, content.keys() - SAID)))}")
    low, high = content.get("delay", delay)
    reactions = {kind: _reaction(each) for kind, each in (content.get("upon") or {}).items()}
    is_held = bool(content.get("held", True))
    return Manner((int(low), int(high)), content.get("answers") or {}, content.get("skip_on"), is_held, reactions)


def _reaction(content: Mapping[str, Any]) -> Reaction:
    if not content.keys() & {"answers", "delay"} or content.keys() - {"when", "answers", "delay"}:
        raise ValueError("an event changes answers or delay, under a condition named when")
    delay = content.get("delay")
    return Reaction(
        content.get("when"), content.get("answers") or {}, None if delay is None else (int(delay[0]), int(delay[1]))
    )
