"""How a cost is measured: in alternating blocks, so that a machine that slows down slows both sides."""

import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

BLOCKS = 5
#: Wall-clock time, or the time of the process's own CPU.
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. ``ratio`` is value over reference; where there is nothing to compare with, both are None."""

    name: str
    unit: str
    value: float
    reference: str | None = None
    ratio: float | None = None
    limit: float | None = None

    @property
    def is_over(self) -> bool:
        return self.ratio is not None and self.limit is not None and self.ratio > self.limit

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def compared(
    name: str,
    limit: float,
    reference: str,
    one: Callable[[], object],
    other: Callable[[], object],
    times: int,
    clock: Clock = time.perf_counter,
) -> Figure:
    """What ``one`` costs against ``other``: the median of ``BLOCKS`` blocks of each, ``times`` calls a block, in turn."""
    # As a server does once it has started: what stays for ever is not looked through for garbage again and again.
    gc.collect()
    gc.freeze()
    seconds: list[float] = []
    references: list[float] = []
    for _ in range(BLOCKS):
        references.append(_seconds(other, times, clock))
        seconds.append(_seconds(one, times, clock))
    value, least = median(seconds) / times, median(references) / times
    told = f"{reference}: {least * 1000:.4f} ms"
    return Figure(name, "ms", round(value * 1000, 4), told, round(value / least, 2), limit)


def timed(name: str, act: Callable[[], object]) -> Figure:
    """How long ``act`` takes, once."""
    return Figure(name, "s", round(_seconds(act, 1), 1))


def _seconds(act: Callable[[], object], times: int, clock: Clock = time.perf_counter) -> float:
    begun = clock()
    for _ in range(times):
        act()
    return clock() - begun
