"""Writes the diagrams and scenarios of the cases: ``python -m tests.conformance.write``.

What lies under ``drawn/`` are plain files, to be opened in the designer and played by
``bihuan play tests/conformance/drawn/timers/date.bpmn --scenario tests/conformance/drawn/timers/date.yaml``.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.conformance.cases import CASES, DRAWN, Case, fragments, whole
from tests.conformance.layout import lay_out
from tests.conformance.settings import SETTINGS
from tests.workflow.spiff.drawing import draw


def shown() -> list[Case]:
    """The cases that are kept as files: every whole process, and every fragment alone."""
    return [*whole(), *(SETTINGS["fragments"](fragment) for fragment in fragments())]


def files() -> Iterator[tuple[Path, bytes]]:
    for case in shown():
        yield case.file, diagram(case)
        if case.refusal is None:
            yield case.file.with_suffix(".yaml"), scenario(case.scenario)
    for group in sorted({case.group for case in shown()}):
        yield DRAWN / group / "level.dmn", (CASES / "level.dmn").read_bytes()


def diagram(case: Case) -> bytes:
    return lay_out(draw(case.diagram, case.name, **case.others))


def scenario(said: Mapping[str, Any]) -> bytes:
    """One step a line."""
    lines = [_line({name: value})[1:-1] for name, value in said.items() if name != "steps" and value != {}]
    steps = [f"  - {_line(step)}" for step in said["steps"]]
    return "\n".join([*lines, "steps:" if steps else "steps: []", *steps, ""]).encode()


def _line(said: Mapping[str, Any]) -> str:
    text: str = yaml.dump(dict(said), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)
    return text.strip()


def main() -> None:
    shutil.rmtree(DRAWN, ignore_errors=True)
    for file, content in files():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


if __name__ == "__main__":
    main()
