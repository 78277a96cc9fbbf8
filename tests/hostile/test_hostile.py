"""Whatever is written or handed in: refused in one clear sentence, or bounded, by a process that goes on as before.

All attacks meet one process (``child``), which measures its own CPU time, in pieces of plain work, and its memory.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.attack import Attack
from tests.hostile.child import ATTACKS
from tests.hostile.harmless import HARMLESS, Harmless

#: A second where nothing else runs is 36; the rest is for the noise of so short a yard.
MOST_YARDS = 45
MOST_MIB = 128
ROOT = Path(__file__).parents[2]

Rows = list[Mapping[str, Any]]


@pytest.fixture(scope="module")
def rows() -> Rows:
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.child"], cwd=ROOT, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_or_bounded(attack: Attack, rows: Rows) -> None:
    [met] = [row["attack"] for row in rows if "attack" in row and row["attack"]["name"] == attack.name]
    assert met["outcome"] == ("refused" if attack.is_refused else "answered"), met["said"]
    assert attack.says in met["said"]
    assert met["yards"] < MOST_YARDS
    assert met["mib"] < MOST_MIB


@pytest.mark.parametrize("harmless", HARMLESS, ids=lambda harmless: harmless.name)
def test_the_harmless_is_answered_as_ever(harmless: Harmless, rows: Rows) -> None:
    """Among the attacks and once more after the last of them."""
    said = [row["harmless"]["said"] for row in rows if "harmless" in row and row["harmless"]["name"] == harmless.name]
    assert len(said) > 1
    assert all(harmless.says in each for each in said), said


def test_there_are_enough_of_each() -> None:
    assert len(ATTACKS) >= 40
    assert len(HARMLESS) >= 24
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
