from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assessment.points.committee import Committee, founded


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Committee]:
    with founded(tmp_path) as made:
        yield made
