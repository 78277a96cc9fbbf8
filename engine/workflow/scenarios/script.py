"""What a scenario says: read from YAML, and refused where it says what means nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from engine.errors import BihuanError, Invalid
from engine.workdays import Calendar
from engine.workflow.spiff import moments

DEFAULT_START: Final = "2026-01-05T09:00:00+08:00"
_EXPECTATIONS: Final = frozenset(["open", "finished", "variables", "due", "incident", "visited", "visited_has"])
_OPTIONS: Final = frozenset(["with", "by", "item", "key", "from", "to", "reason", "refused"])
_VERBS: Final = frozenset(
    [
        "expect",
        "complete",
        "advance",
        "message",
        "signal",
        "return",
        "transfer",
        "claim",
        "release",
        "delegate",
        "add_signer",
        "remove_signer",
        "withdraw",
        "urge",
        "suspend",
        "resume",
        "cancel",
        "retry",
        "skip",
        "jump",
    ]
)


class BadScenario(Invalid):
    """The scenario cannot be read: {reason}."""

    code = "bad_scenario"


@dataclass(frozen=True)
class Step:
    """One step: what is done, to what, and with what."""

    verb: str
    subject: Any
    options: Mapping[str, Any]

    @property
    def refused(self) -> str | None:
        return self.options.get("refused")

    @property
    def element(self) -> str:
        """The element it is about, written plainly or as ``task:``."""
        name = self.subject.get("task") if isinstance(self.subject, Mapping) else self.subject
        if not isinstance(name, str):
            raise BadScenario(reason=f"{self.verb} names no task")
        return name

    def option(self, name: str) -> Any:
        """An option, written beside the verb or inside its mapping."""
        inside = self.subject.get(name) if isinstance(self.subject, Mapping) else None
        return self.options.get(name) if inside is None else inside


@dataclass(frozen=True)
class Scenario:
    process: str | None
    at: datetime
    start: Mapping[str, Any]
    #: The message that begins it, with ``start`` as what it brings; None where it is started by hand.
    message: str | None
    #: The start event whose time has come at ``at``; None where it begins otherwise.
    timer: str | None
    stub: Mapping[str, Any]
    steps: tuple[Step, ...]


def read(scenario: Path | Mapping[str, Any]) -> Scenario:
    """Raises ``BadScenario``."""
    written = scenario if isinstance(scenario, Mapping) else _yaml(scenario)
    if not isinstance(written, Mapping):
        raise BadScenario(reason="it is no mapping")
    unknown = set(written) - {"process", "start", "message", "timer", "at", "stub", "steps", "title", "description"}
    if unknown:
        raise BadScenario(reason=f"it says {', '.join(sorted(map(str, unknown)))}, which means nothing")
    if written.get("timer") is not None and (written.get("message") is not None or written.get("start")):
        raise BadScenario(reason="what a time begins is begun by no message and brings nothing")
    return Scenario(
        process=written.get("process"),
        at=instant(written.get("at") or DEFAULT_START),
        start=mapping(written.get("start"), "start"),
        message=written.get("message"),
        timer=written.get("timer"),
        stub=mapping(written.get("stub"), "stub"),
        steps=tuple(_step(number, step) for number, step in enumerate(written.get("steps") or (), 1)),
    )


def _step(number: int, written: Any) -> Step:
    verbs = [name for name in written if name in _VERBS] if isinstance(written, Mapping) else []
    unknown = set(written) - _VERBS - _OPTIONS if isinstance(written, Mapping) else set()
    if len(verbs) != 1 or unknown:
        raise BadScenario(reason=f"step {number} is not one act: {written}")
    subject = written[verbs[0]]
    if verbs[0] == "expect" and not (isinstance(subject, Mapping) and set(subject) <= _EXPECTATIONS):
        raise BadScenario(reason=f"step {number} expects what cannot be: {subject}")
    return Step(verbs[0], subject, {name: value for name, value in written.items() if name != verbs[0]})


def _yaml(file: Path) -> Any:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise BadScenario(reason=" ".join(str(error).split())) from error


class _Loader(yaml.SafeLoader):
    """Numbers with a fraction are decimals, exactly as they are written."""


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    try:
        number = Decimal(str(loader.construct_scalar(node)).replace("_", ""))
    except InvalidOperation as error:
        raise yaml.YAMLError(f"{node.value} is no number that can be counted with") from error
    if not number.is_finite():
        raise yaml.YAMLError(f"{node.value} is no number that can be counted with")
    return number


_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise BadScenario(reason=f"{name} is no mapping")
    return value or {}


def instant(value: Any) -> datetime:
    try:
        return moments.moment(value, datetime.fromisoformat(DEFAULT_START), partial(later, Calendar({})))
    except BihuanError as error:
        raise BadScenario(reason=str(error)) from error


def later(calendar: Calendar, start: datetime, days: int) -> datetime:
    """So many working days later, at the same time of day."""
    local = start.astimezone(moments.LOCAL)
    return datetime.combine(calendar.add(local.date(), days), local.timetz())
