"""An expression answered by the engine and by feelin, and where the two part: in the innermost expression they differ on."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from engine import feel
from engine.errors import BihuanError
from tests.feel.random_expressions import GIVEN, Made

NAMES: Final = feel.names_in(GIVEN)
_SCRIPT: Final = Path(__file__).with_name("feelin.mjs")
_NOT_INSTALLED: Final = 3

Answer = dict[str, Any]
"""``{"value": ...}`` as the conformance cases write it, ``{"refused": ...}`` for text that cannot be read, ``{"fell": ...}``."""


class NotInstalled(Exception):
    """feelin cannot be asked here: {reason}."""


class Feelin:
    """feelin in a node process that lives as long as this; what was asked once is remembered."""

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None:
            raise NotInstalled("there is no node")
        self._process = subprocess.Popen(
            [node, str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TZ": "UTC"},
        )
        self._kept: dict[str, Answer] = {}
        self._send(GIVEN)

    def answer(self, asked: Mapping[str, str]) -> Answer:
        key = json.dumps(asked)
        if key not in self._kept:
            self._send(asked)
            line = self._process.stdout.readline() if self._process.stdout else ""
            if not line:
                raise NotInstalled("npm ci has not been run" if self._process.wait() == _NOT_INSTALLED else "node fell")
            self._kept[key] = json.loads(line)
        return self._kept[key]

    def _send(self, row: object) -> None:
        if self._process.stdin:
            self._process.stdin.write(json.dumps(row) + "\n")
            self._process.stdin.flush()

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait(10)


def asked_of(made: Made) -> dict[str, str]:
    return {"expression": made.text}


def value_of(text: str) -> feel.Value:
    return feel.compile(text, NAMES).evaluate(GIVEN)


def answer(asked: Mapping[str, str]) -> Answer:
    """The engine's."""
    try:
        if "tests" not in asked:
            return {"value": _encoded(value_of(asked["expression"]))}
        given = value_of(asked["input"])
        return {"value": feel.compile_tests(asked["tests"], NAMES).run(given, feel.Run(GIVEN)) is True}
    except feel.FeelSyntaxError as refusal:
        return {"refused": str(refusal)}
    except BihuanError as refusal:
        return {"fell": str(refusal)}


def _encoded(value: feel.Value) -> Any:
    """As the cases write it; of a function nothing but that it is one, of a range its parts."""
    if isinstance(value, feel.Function):
        return {"function": "written"}
    if isinstance(value, feel.Range):
        return {"range": [_encoded(value.start), _encoded(value.end), value.start_included, value.end_included]}
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if isinstance(value, dict):
        return {"ctx": {name: _encoded(item) for name, item in value.items()}}
    return feel.encode(value)


def agree(ours: Answer, theirs: Answer) -> bool:
    if "value" in ours and "value" in theirs:
        return same(ours["value"], theirs["value"])
    return "refused" in ours and "refused" in theirs


def same(ours: Any, theirs: Any) -> bool:
    """Equal; numbers to 1e-9 of their size, for feelin reckons in floats."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        return type(ours) is type(theirs) and bool(ours == theirs)
    if ours.keys() != theirs.keys():
        return False
    if ours.keys() == {"n"}:
        return _close(Decimal(ours["n"]), Decimal(theirs["n"]))
    if ours.keys() == {"function"}:
        return True
    return all(same(ours[name], theirs[name]) for name in ours)


def _close(ours: Decimal, theirs: Decimal) -> bool:
    return theirs.is_finite() and abs(ours - theirs) <= Decimal("1e-9") * max(1, abs(ours))


@dataclass(frozen=True)
class Parting:
    """A smallest expression (or a cell with its input) the two differ on, and what it is made of.

    ``operands`` are the values of the parts that stand in it, on which both agree.
    """

    form: str
    asked: Mapping[str, str]
    ours: Answer
    theirs: Answer
    operands: tuple[feel.Value, ...]

    @property
    def value(self) -> Any:
        """What we say, encoded; the kinds of refusal are all the same nothing."""
        return self.ours.get("value")

    @property
    def their_value(self) -> Any:
        return self.theirs.get("value")

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(map(feel.kind, self.operands))

    def __str__(self) -> str:
        return "\n    ".join(
            (f"{self.form}: {self.asked}", f"ours {json.dumps(self.ours, ensure_ascii=False)}", f"feelin {self.theirs}")
        )


def partings(made: Made, feelin: Feelin) -> Iterator[Parting]:
    """The innermost expressions in it that are answered differently; none where the whole is answered alike."""
    ours, theirs = answer(asked_of(made)), feelin.answer(asked_of(made))
    if agree(ours, theirs):
        return
    inner = [parting for part in made.parts for parting in partings(part, feelin)]
    yield from inner or [Parting(made.form, asked_of(made), ours, theirs, _operands(made))]


def cell_partings(tests: Made, given: Made, feelin: Feelin) -> Iterator[Parting]:
    """As ``partings``, of a decision table's cell and an input."""
    asked = {"tests": tests.text, "input": given.text}
    ours, theirs = answer(asked), feelin.answer(asked)
    their_truth = {"value": theirs["value"] is True} if "value" in theirs else theirs  # null is a no, in a table
    if agree(ours, their_truth):
        return
    inner = [parting for part in (*tests.parts, given) for parting in partings(part, feelin)]
    operands = (value_of(given.text), *_operands(tests))
    yield from inner or [Parting(tests.form, asked, ours, theirs, operands)]


def _operands(made: Made) -> tuple[feel.Value, ...]:
    pieces = [piece for piece in made.pieces if isinstance(piece, Made) and not piece.free]
    return tuple(
        value for piece in pieces for value in (_operands(piece) if piece.is_test else (value_of(piece.text),))
    )
