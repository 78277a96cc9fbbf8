"""Random diagrams, walked at random by the machine and by an interpreter that has never heard of tokens.

2,000 walks in memory, each also dumped and loaded before every step. ``WALKS=5000`` makes as many, here and in the other
modes (``tests/workflow/test_walks_stored.py``).
"""

import pytest

from tests.workflow.spiff.trio import Trio, walks

WALKS = walks(2000)
PARTS = 20


@pytest.mark.parametrize("part", range(PARTS))
def test_machine_and_reference_agree_on_every_walk(part: int) -> None:
    for seed in range(part, WALKS, PARTS):
        Trio(seed).walk()
