"""What the annual snapshot costs at the size of the country: figures from the database, measured, scored and kept again.

1,000 indicators of 2,844 units are aimed at in 120 s and 1 GB, on SQLite, in one transaction.
"""

import gc
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from bench.measure import Figure
from bench.scores import INDICATORS, UNITS, Run, watch
from engine import migrations
from engine.assessment import indicators, plans, readings, snapshots, targets
from engine.db import Base, Database, transaction
from engine.operations import registry
from engine.people import Unit
from engine.settings import Settings, read_settings
from engine.workflow import definitions

NOW = datetime(2027, 1, 29, 9, 0, tzinfo=UTC)
YEAR_END = date(2026, 12, 31)
PACKAGE, GROUPS = "county_leadership", ("A", "B", "C")
#: Method, direction, kind and parameters of the indicators, in turn.
DRAWN: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("completion_ratio", "higher_better", "cumulative", {"cap": "1"}),
    ("efficacy_minmax", "higher_better", "level", {}),
    ("control_limit", "lower_better", "level", {}),
    ("rank_step", "higher_better", "level", {"step": "0.0003"}),
    ("target_or_zero", "higher_better", "cumulative", {}),
    ("panel_mean", "higher_better", "level", {}),
)


def snapshot_national(indicators: int = INDICATORS, units: int = UNITS) -> Figure:
    """The whole country's figures and half of its units', to see how the time grows."""
    with tempfile.TemporaryDirectory(prefix="bihuan-bench-") as folder:
        half, whole = (run(Path(folder) / f"{size}.db", indicators, size) for size in (units // 2, units))
    told = f"half the units: {half.seconds:.1f} s; {whole.megabytes:.0f} MB at most; aims: 120 s, 1024 MB"
    return Figure("snapshot_national", "s", round(whole.seconds, 1), told, round(whole.seconds / half.seconds, 2))


def run(file: Path, indicators: int, units: int) -> Run:
    """Freeze a generated year in a process of its own and watch what it holds; ``RuntimeError`` if rows are missing."""
    url = f"sqlite:///{file}"
    fill(url, indicators, units)
    command = [sys.executable, "-c", "import sys; from bench import snapshots; snapshots.main(sys.argv[1])", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as freezing:
        most, over = [0.0], threading.Event()
        watching = threading.Thread(target=watch, args=(freezing.pid, most, over))
        watching.start()
        assert freezing.stdout is not None
        seconds, rows = (freezing.stdout.read() or "0 0").split()
        over.set()
        watching.join()
    if freezing.returncode or int(rows) != indicators * units:
        raise RuntimeError(f"{rows} of {indicators * units} rows were kept")
    return Run(float(seconds), most[0], int(rows))


def fill(url: str, count: int, units: int) -> None:
    """A year whose annual round has every figure in, some missing, some exempt; the same one every time."""
    database = _database(url)
    migrations.upgrade(database.engine)
    with transaction(database, now=NOW) as ctx:
        definitions.deploy(ctx, definitions.sources_of([read_settings().packages_dir / PACKAGE]))
    drawn = random.Random(20260101)
    codes = [f"{110000 + unit}" for unit in range(units)]
    with database.engine.begin() as connection:
        _put(
            connection,
            Unit,
            ({"code": code, "name": code, "kind": "county", "group_code": _group(code)} for code in codes),
        )
        _put(connection, plans.Cycle, [_CYCLE])
        _put(connection, plans.Round, [_ROUND])
        _put(connection, indicators.Indicator, (_library(each) for each in range(count)))
        _put(connection, indicators.CycleIndicator, (_used(each) for each in range(count)))
        for each in range(count):
            _put(connection, targets.Target, (_target(each, code, drawn) for code in codes))
            _put(connection, readings.Reading, (_reading(each, code, drawn) for code in codes if drawn.random() > 0.01))
    database.dispose()


def freeze(url: str) -> tuple[float, int]:
    """Seconds that freezing took, its commit included, and the rows kept."""
    database = _database(url)
    begun = time.perf_counter()
    with transaction(database, now=NOW) as ctx:
        cycle = plans.find(ctx, PACKAGE)
        snapshots.freeze(ctx, cycle, plans.annual_round(ctx, cycle))
    seconds = time.perf_counter() - begun
    with transaction(database, now=NOW, reading=True) as ctx:
        rows = ctx.session.scalar(select(func.count()).select_from(snapshots.SnapshotRow)) or 0
    database.dispose()
    return seconds, rows


def main(url: str) -> None:
    """What the process does that is watched."""
    # As a server does once it has started: what stays for ever is not looked through for garbage again and again.
    gc.collect()
    gc.freeze()
    seconds, rows = freeze(url)
    sys.stdout.write(f"{seconds} {rows}\n")


_CYCLE = {
    "id": 1,
    "package": PACKAGE,
    "year": 2026,
    "status": "running",
    "parameters": {"rank_scope": "group", "warn_scope": "main"},
    "draw_seed": "1",
}
_ROUND = {
    "id": 1,
    "cycle_id": 1,
    "key": "annual",
    "kind": "annual",
    "position": 0,
    "as_of": YEAR_END,
    "opens_at": NOW,
    "opened_at": NOW,
    "collect_until": NOW.date(),
    "publish_by": NOW.date(),
}


def _database(url: str) -> Database:
    return Database(Settings(database_url=url), registry)


def _put(connection: Connection, table: type[Base], rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    if found := list(rows):
        connection.execute(insert(table), found)


def _group(code: str) -> str:
    return GROUPS[int(code) % len(GROUPS)]


def _library(number: int) -> dict[str, Any]:
    code = f"N{number:04}"
    return {
        "id": number + 1,
        "package": PACKAGE,
        "code": code,
        "name": code,
        "category": "A",
        "unit_of_measure": "%",
    }


def _used(number: int) -> dict[str, Any]:
    method, direction, measure, params = DRAWN[number % len(DRAWN)]
    return {
        "id": number + 1,
        "cycle_id": 1,
        "indicator_id": number + 1,
        "position": number,
        "source": "routine",
        "responsible_unit": "D01",
        "direction": direction,
        "measure": measure,
        "schedule": {},
        "method": method,
        "params": params,
        "main": True,
    }


def _target(number: int, unit: str, drawn: random.Random) -> dict[str, Any]:
    exempt = drawn.random() < 0.02
    return {
        "cycle_indicator_id": number + 1,
        "unit": unit,
        "value": None if exempt else Decimal(100),
        "base": None,
        "exempt": exempt,
    }


def _reading(number: int, unit: str, drawn: random.Random) -> dict[str, Any]:
    figure = Decimal(f"{drawn.uniform(40, 130):.4f}")
    return {
        "indicator_id": number + 1,
        "unit": unit,
        "as_of": YEAR_END,
        "number": 1,
        "reported": figure,
        "verified": figure,
        "detail": {},
        "status": "verified",
        "entered_at": NOW,
        "verified_at": NOW,
    }
