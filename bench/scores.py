"""What scoring costs at the size of the country: generated cases through ``bihuan score --batch``.

1,000 indicators of 2,844 units are aimed at in 120 s and 1 GB; twice the units at most 2.2 times the time.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import Figure
from engine.assessment import scoring

INDICATORS, UNITS = 1_000, 2_844
MEGABYTE = 1024 * 1024
#: Methods that every one of thousands of units can be scored by from figures alone.
METHODS = ("completion_ratio", "efficacy_coefficient", "control_limit", "rank_step", "target_or_zero", "panel_mean")


@dataclass(frozen=True, slots=True)
class Run:
    """One run over a file."""

    seconds: float
    #: The most that the command and its processes held at a time.
    megabytes: float
    lines: int


def score_national(indicators: int = INDICATORS, units: int = UNITS) -> Figure:
    """The whole country's cases, and half of its units to see how the time grows."""
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        file = Path(folder) / "cases.jsonl"
        half, whole = (run(write(file, indicators, size), indicators) for size in (units // 2, units))
    told = f"half the units: {half.seconds:.1f} s; {whole.megabytes:.0f} MB at most; aims: 120 s, 1024 MB, 2.2"
    return Figure("score_national", "s", round(whole.seconds, 1), told, round(whole.seconds / half.seconds, 2))


def write(file: Path, indicators: int, units: int) -> Path:
    """The generated cases of one size, the same ones every time."""
    with file.open("w", encoding="utf-8") as opened:
        opened.writelines(json.dumps(case, ensure_ascii=False) + "\n" for case in cases(indicators, units))
    return file


def cases(indicators: int, units: int) -> Iterator[dict[str, Any]]:
    """Cases of the commonest methods with drawn figures, some of them missing, some exempt."""
    drawn = random.Random(20260101)
    known = {method.name: method for method in scoring.methods()}
    examples = [known[name].example for name in METHODS if name in known]
    for number in range(indicators):
        example = examples[number % len(examples)]
        rows = [_row(drawn, example["rows"][unit % len(example["rows"])], unit) for unit in range(units)]
        yield {**example, "rows": rows}


def _row(drawn: random.Random, example: dict[str, Any], unit: int) -> dict[str, Any]:
    figure = f"{drawn.uniform(40, 130):.4f}"
    row = {**example, "unit": f"{110000 + unit}", "exempt": drawn.random() < 0.02}
    if row.get("actual") is not None:
        row["actual"] = None if drawn.random() < 0.01 else figure
    return row


def run(file: Path, lines: int) -> Run:
    """Score the file in processes of its own and watch what they hold."""
    command = [sys.executable, "-c", "from web.cli import main; main()", "score", "--batch", str(file)]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as scoring_run:
        most, over = [0.0], threading.Event()
        watching = threading.Thread(target=watch, args=(scoring_run.pid, most, over))
        watching.start()
        assert scoring_run.stdout is not None
        counted = sum('"error"' not in line.decode()[:12] for line in scoring_run.stdout)
        scoring_run.wait()
        over.set()
        watching.join()
    if counted != lines or scoring_run.returncode:
        raise RuntimeError(f"{counted} of {lines} cases were scored")
    return Run(time.perf_counter() - begun, most[0], counted)


def watch(session: int, most: list[float], over: threading.Event) -> None:
    while not over.wait(0.25):
        most[0] = max(most[0], _held(session))


def _held(session: int) -> float:
    """Megabytes of memory of a session's processes, pages that several share counted once (Linux; 0 elsewhere)."""
    held = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(process.name)) == session:
                told = (process / "smaps_rollup").read_text("ascii")
                held += next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))
        except (OSError, StopIteration):
            # It ended while it was looked at.
            continue
    return held * 1024 / MEGABYTE
