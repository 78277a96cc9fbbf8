"""What happens to a test whose component is missing."""

import os
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skip with the reason; where everything is installed on purpose, its absence is a failure."""
    if os.environ.get("BIHUAN_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
