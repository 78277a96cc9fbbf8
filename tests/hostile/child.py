"""Makes every attack in one process, which answers harmless questions all the while; a line of JSON for each.

    python -m tests.hostile.child

Time is that of this process's CPU, told in yards: a yard is a fixed piece of plain work, measured beside each attack, so
that a busy or slow machine stretches both. Memory is the most it ever held beyond what it held at the start.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from engine.errors import BihuanError
from tests.hostile.attack import Attack
from tests.hostile.diagrams import DIAGRAMS
from tests.hostile.expressions import EXPRESSIONS
from tests.hostile.files import FILES
from tests.hostile.harmless import HARMLESS, Harmless
from tests.hostile.tables import TABLES
from tests.hostile.timers import TIMERS

ATTACKS = [*EXPRESSIONS, *TIMERS, *TABLES, *DIAGRAMS, *FILES]


def tried(act: Callable[[], object]) -> tuple[str, str]:
    try:
        return "answered", repr(act())[:500]
    except BihuanError as refusal:
        return "refused", f"{refusal.code}: {refusal}"[:2_000]
    except Exception as error:
        return "fell", repr(error)[:500]


def met(attack: Attack, start: int) -> dict[str, Any]:
    begun = time.process_time()
    outcome, said = tried(attack.act)
    yards = (time.process_time() - begun) / yard()
    return {"name": attack.name, "outcome": outcome, "said": said, "yards": yards, "mib": held() - start}


def yard() -> float:
    """What a million empty rounds take here and now, in seconds: about 28 ms where nothing else runs."""
    begun = time.process_time()
    for _ in range(1_000_000):
        pass
    return time.process_time() - begun


def asked(harmless: Harmless) -> dict[str, Any]:
    outcome, said = tried(harmless.act)
    return {"name": harmless.name, "outcome": outcome, "said": said}


def held() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def rows() -> Iterator[dict[str, Any]]:
    for harmless in HARMLESS:
        asked(harmless)  # what is made once is made before the start is measured
    start = held()
    for number, attack in enumerate(ATTACKS):
        yield {"attack": met(attack, start)}
        yield {"harmless": asked(HARMLESS[number % len(HARMLESS)])}
    for harmless in HARMLESS:
        yield {"harmless": asked(harmless)}


if __name__ == "__main__":
    for row in rows():
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
        sys.stdout.flush()
